"""Faults and hostile input: a short form for every day, and the full counts.

    python -m pytest                              # all tests, these in short
    python -m pytest tests/faults --full          # the full counts

A full run notes what was tried, how often and what happened in ``results.csv``
beside this file, for each test that passed whole; the documentation shows that table.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

RESULTS = Path(__file__).parent / "results.csv"
_COLUMNS = ["test", "what was tried", "how often", "what happened"]
_NOTED: dict[str, tuple[str, Counter[str]]] = {}
_PASSED: set[str] = set()
_DESELECTED: set[str] = set()


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="full counts of faults")


@pytest.fixture(scope="session")
def full(request) -> bool:
    """Whether the full counts are wanted."""
    return request.config.getoption("--full", default=False)


@pytest.fixture
def tally(request) -> Counter[str]:
    """Counter of outcomes; beside the test's first line it is a row of the results."""
    name = _name(request.node.nodeid)
    what = request.function.__doc__.partition("\n")[0]
    return _NOTED.setdefault(name, (what, Counter()))[1]


def _name(nodeid: str) -> str:
    path, _, case = nodeid.partition("::")
    return f"{Path(path).stem}::{case.partition('[')[0]}"


def pytest_deselected(items):
    _DESELECTED.update(_name(item.nodeid) for item in items)


def pytest_runtest_logreport(report):
    if report.when == "call" and report.passed:
        _PASSED.add(report.nodeid)


@pytest.fixture(scope="session")
def unbroken_runs(tmp_path_factory) -> Path:
    """Folder for runs that several tests compare with."""
    return tmp_path_factory.mktemp("unbroken")


def pytest_sessionfinish(session):
    # counts of a test of which a case failed, or did not run, would be too small
    failed = {item.nodeid for item in session.items} - _PASSED
    partial = {_name(nodeid) for nodeid in failed} | _DESELECTED
    noted = {n: row for n, row in _NOTED.items() if row[1] and n not in partial}
    if not session.config.getoption("--full", default=False) or not noted:
        return
    rows = {}
    if RESULTS.exists():
        with RESULTS.open(newline="", encoding="utf-8") as file:
            rows = {row[0]: row for row in list(csv.reader(file))[1:]}
    for name, (what, outcomes) in noted.items():
        happened = "; ".join(
            f"{n:,} {outcome}" for outcome, n in outcomes.most_common()
        )
        rows[name] = [name, what, f"{outcomes.total():,}", happened]
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [_COLUMNS, *(rows[name] for name in sorted(rows))]
        )


class Witness:
    """What Python's audit events tell about files opened and code run."""

    _CODE = (
        "exec",
        "marshal.",
        "pickle.",
        "os.exec",
        "os.posix_spawn",
        "os.system",
        "socket.",
        "subprocess.",
    )

    def __init__(self) -> None:
        self._watching = False
        self.opened: set[str] = set()
        self.code: set[str] = set()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self._watching:
            return
        if event in ("open", "os.listdir", "os.scandir"):
            self.opened.add(str(arguments[0]))
        elif event.startswith(self._CODE):
            self.code.add(event)

    def outside(self, folder: Path) -> set[str]:
        """Files and folders opened that are not in a folder."""
        return {path for path in self.opened if not Path(path).is_relative_to(folder)}

    @contextmanager
    def watching(self) -> Iterator[None]:
        self._watching = True
        try:
            yield
        finally:
            self._watching = False


@pytest.fixture(scope="session")
def _witness() -> Witness:
    return Witness()  # an audit hook can never be removed: one is enough


@pytest.fixture
def witness(_witness) -> Witness:
    """Audit hook that listens inside ``with witness.watching()``."""
    _witness.opened.clear()
    _witness.code.clear()
    return _witness
