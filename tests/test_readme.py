"""README.rst and the pages of docs/ keep what they promise: their code runs."""

from __future__ import annotations

import csv
import io
import warnings
from itertools import zip_longest
from pathlib import Path

import docutils.core
import docutils.nodes
import docutils.utils
import pytest

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.rst"
DOCS = ROOT / "docs"
# by name, since builds leave generated pages in other folders
PARTS = (DOCS, *(DOCS / part for part in ("tutorial", "howto", "explanation", "paper")))
PAGES = [README, *(page for part in PARTS for page in sorted(part.glob("*.rst")))]


def blocks(page: Path, language: str = "python") -> list[tuple[int, str]]:
    """Line number and dedented text of each ``.. code-block::`` of a language."""
    lines = page.read_text(encoding="utf-8").splitlines()
    found = []
    for number, line in enumerate(lines):
        if line.strip() != f".. code-block:: {language}":
            continue
        indent = len(line) - len(line.lstrip()) + 3
        body = []
        for text in lines[number + 1 :]:
            if text.strip() and not text.startswith(" " * indent):
                break
            body.append(text[indent:])
        found.append((number + 1, "\n".join(body)))
    return found


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.usefixtures("cut_short")
@pytest.mark.parametrize("page", list(filter(blocks, PAGES)), ids=name)
def test_python_code_on_the_page_runs_and_prints_what_is_shown(
    page, tmp_path, monkeypatch, capsys
):
    pytest.importorskip("sktime", reason="the pages use data sets that sktime bundles")
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    code = blocks(page)
    shown = [(line, text.strip()) for line, text in blocks(page, "text")]
    for (first_line, source), (next_line, _) in zip_longest(
        code, code[1:], fillvalue=(10**6, "")
    ):
        # blank lines in front, so that a traceback shows the line of the page
        exec(compile("\n" * first_line + source, str(page), "exec"), namespace)
        printed = capsys.readouterr().out.strip()
        for line, text in shown:
            if first_line < line < next_line:
                assert printed == text


def test_readme_holds_the_two_commands_and_an_example_of_about_ten_lines():
    text = README.read_text(encoding="utf-8")
    assert 'python -m pip install ".[sktime,plot]" && timenet demo' in text
    assert 'python -m pip install ".[test]" && python -m pytest -n 2' in text
    [(_, code)] = blocks(README)
    assert sum(bool(line.strip()) for line in code.splitlines()) <= 12


def figures(table: str, method: str, column: str) -> str:
    """One cell of a table that ``python -m benchmarks.jobs report`` writes."""
    path = ROOT / "benchmarks" / "results" / "jobs" / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        [row] = [row for row in csv.DictReader(lines) if method in row.values()]
    return row[column]


@pytest.mark.parametrize(
    ("table", "peer", "column"),
    [
        ("short", "MiniRocket", "error"),
        ("short", "catch22", "error"),
        ("short", "DTW-1NN", "error"),
        ("regression", "MiniRocket", "relative RMSE"),
        ("published", "MOMENT-1-large, frozen, SVC", "error"),
    ],
)
def test_readme_has_the_figures_of_the_benchmark(table, peer, column):
    theirs, ours = figures(table, peer, column), figures(table, peer, "TimeNet there")
    assert f"     - {theirs}\n     - {ours}\n" in README.read_text(encoding="utf-8")


def test_landing_page_has_the_figures_of_the_benchmark():
    text = " ".join((DOCS / "index.rst").read_text(encoding="utf-8").split())
    for job, column in (
        ("Classify short series", "error"),
        ("Predict a number", "relative RMSE"),
        ("Cluster", "adjusted Rand index"),
        ("Search", "precision at 1"),
    ):
        assert figures("overview", job, "figure") == column
        assert figures("overview", job, "TimeNet") in text
    for method in ("TimeNet", "matrix profile"):
        assert figures("anomalies_nab", method, "average precision") in text


@pytest.mark.parametrize("file", ["README.rst", "CHANGELOG.rst"])
def test_page_renders_without_a_warning(file):
    messages = io.StringIO()
    with warnings.catch_warnings():
        # docutils announces changes of its own next release to its callers
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        docutils.core.publish_string(
            (ROOT / file).read_text(encoding="utf-8"),
            source_path=file,
            writer="html5",
            settings_overrides={
                "warning_stream": messages,
                "report_level": docutils.utils.Reporter.INFO_LEVEL,
                "embed_stylesheet": False,
                "raw_enabled": False,
                "file_insertion_enabled": False,
            },
        )
    assert messages.getvalue() == ""


def test_files_that_the_readme_links_to_exist():
    document = docutils.core.publish_doctree(
        README.read_text(encoding="utf-8"), settings_overrides={"report_level": 5}
    )
    links = {node["refuri"] for node in document.findall(docutils.nodes.reference)}
    images = {node["uri"] for node in document.findall(docutils.nodes.image)}
    local = {link for link in links | images if "://" not in link}
    assert local
    assert [link for link in sorted(local) if not (ROOT / link).is_file()] == []
