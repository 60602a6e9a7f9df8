"""Runs Table 1: finds data sets, computes what is not there yet, keeps each result.

The parent alone writes, each result as it arrives: a kill loses the units in flight.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from joblib import Parallel, delayed, parallel_config
from tqdm import tqdm

from timenet_sklearn import __version__
from timenet_sklearn.datasets import Dataset
from timenet_sklearn.files.running import connect
from timenet_sklearn.table1 import units as work
from timenet_sklearn.table1.protocol import PROTOCOL
from timenet_sklearn.table1.sets import find_sets
from timenet_sklearn.table1.units import Unit, read_json, run_unit, write_json

# errors of loky and Dask that tell of a worker that died
_DEATHS = ("TerminatedWorkerError", "BrokenProcessPool", "KilledWorker")
# what the file of a unit tells, or the traceback of one that failed
_Result = dict[str, Any] | str


class RunOutcome(NamedTuple):
    """Units that were there and that were computed, tracebacks, sets not whole."""

    n_skipped: int
    n_computed: int
    failures: dict[Unit, str]
    missing: dict[str, str]


def run_table1(
    data_dir: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    methods: Sequence[str] | None = None,
    sets: Sequence[str] | None = None,
    download: bool = False,
    n_jobs: int = 1,
    scheduler: str | None = None,
    progress: bool = False,
) -> RunOutcome:
    """Compute the units of Table 1 that the results folder does not have.

    Sets are those of `find_sets`, `methods` all by default. `out` gets
    ``units/DATASET/METHOD-SEED.json``; ``missing.json``, why sets are not there or not
    whole; and ``failures.json``, the last line of the traceback of each failed unit.
    There are `n_jobs` processes of one core each; -1 takes every CPU, 1 computes in
    this process. With the address of a Dask `scheduler`, its workers compute instead.
    """
    for method in set(methods or ()) - set(PROTOCOL):
        some = ", ".join(map(repr, PROTOCOL))
        raise ValueError(
            f"run_table1: unknown method {method!r}; expected some of {some}."
        )
    folder = Path(out)
    earlier = read_json(folder / work.MISSING_FILE)
    read_json(folder / work.FAILURES_FILE)  # damaged? better now than after a failure
    found, missing = find_sets(Path(data_dir), sets, download=download)
    kept = {name: note for name, note in earlier.items() if name not in found}
    _write_notes(folder / work.MISSING_FILE, {**kept, **missing})
    to_do, n_skipped = _plan(found, methods or tuple(PROTOCOL), folder)
    # a folder that cannot be written to is better known before hours of work
    (folder / "units").mkdir(parents=True, exist_ok=True)
    total, failures = n_skipped + len(to_do), {}
    bar = tqdm(total=total, initial=n_skipped, unit=" units", disable=not progress)
    with bar, _workers(n_jobs, scheduler):
        for unit, result in _compute(to_do, found):
            if isinstance(result, str):
                failures[unit] = result
            event = _keep(unit, result, folder)
            if progress:
                bar.write(event, file=sys.stderr)
            bar.update()
    return RunOutcome(n_skipped, len(to_do) - len(failures), failures, missing)


def list_units(found: Mapping[str, Dataset], methods: Sequence[str]) -> list[Unit]:
    """List the units, longest first: a long one at the end would keep all waiting."""

    def size(unit: Unit) -> tuple[bool, bool, int]:
        data = found[unit.dataset]
        values = sum(one.size for one in (*data.X_train, *data.X_test))
        return unit.method == "SAE-C", unit.method == "DTW-C", values

    units = [
        Unit(name, method, seed)
        for name, method in product(found, dict.fromkeys(methods))
        for seed in range(PROTOCOL[method].n_seeds)
    ]
    return sorted(units, key=size, reverse=True)


def _plan(
    found: Mapping[str, Dataset], methods: Sequence[str], out: Path
) -> tuple[dict[Unit, dict[str, Any]], int]:
    """Say what identifies each unit that is to be computed; count those that are."""
    splits = {name: work.hash_split(data) for name, data in found.items()}
    to_do, n_skipped = {}, 0
    for unit in list_units(found, methods):
        expected = work.identify(unit, splits[unit.dataset])
        if _is_done(unit, expected, out):
            n_skipped += 1
        else:
            to_do[unit] = {**expected, "package": __version__}
    return to_do, n_skipped


def _is_done(unit: Unit, expected: Mapping[str, Any], out: Path) -> bool:
    """Tell whether a result is there; one that cannot be read is written again."""
    try:
        return not work.differences(work.read_unit(unit.path(out)), expected)
    except ValueError:
        return False


@contextlib.contextmanager
def _workers(n_jobs: int, scheduler: str | None) -> Iterator[None]:
    """Let joblib compute in processes of this machine, or on a Dask cluster."""
    if scheduler is None:
        with parallel_config("loky", n_jobs=n_jobs, inner_max_num_threads=1):
            yield
    else:
        with connect(scheduler) as client, parallel_config("dask", client=client):
            yield


def _compute(
    expected: Mapping[Unit, Mapping[str, Any]], found: Mapping[str, Dataset]
) -> Iterator[tuple[Unit, _Result]]:
    """Give the result of each unit, or its traceback, as they come.

    A process that dies ends the units beside it: each is tried again, alone.
    """
    # max_nbytes: no files in common
    how = {"pre_dispatch": "n_jobs", "batch_size": 1, "max_nbytes": None}
    parallel = Parallel(return_as="generator_unordered", **how)
    rounds, running = [iter(expected)], list[Unit]()

    def tasks(units: Iterator[Unit]) -> Iterator[Any]:
        for unit in units:
            running.append(unit)
            data = found[unit.dataset]
            yield delayed(_attempt)(unit, data, expected[unit], os.getpid())

    while rounds:
        waiting = rounds.pop(0)
        try:
            for unit, result in parallel(tasks(waiting)):
                running.remove(unit)
                yield unit, result
        except Exception as error:
            if (name := type(error).__name__) not in _DEATHS:
                raise
            if len(running) == 1:
                why = "its process died, perhaps for want of memory"
                yield running.pop(), f"{name}: {why}"
            rounds += [*(iter([unit]) for unit in running), waiting]
            running.clear()


def _attempt(
    unit: Unit, data: Dataset, expected: Mapping[str, Any], parent: int
) -> tuple[Unit, _Result]:
    """Compute a unit in a worker, and give its traceback if it fails."""
    if os.getppid() == parent and threading.current_thread() is threading.main_thread():
        _serve(parent)  # a process that joblib started, not a thread of Dask
    try:
        return unit, run_unit(unit, data, expected)
    except Exception:  # whatever it is, the other units go on
        return unit, traceback.format_exc()


@functools.cache
def _serve(parent: int) -> None:
    """Leave Ctrl-C, which goes to a whole terminal, to the parent, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    use_one_core()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def use_one_core() -> None:
    """Keep TensorFlow, which is not imported yet, to one core."""
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(name, "1")


def _keep(unit: Unit, result: _Result, out: Path) -> str:
    """Write the result of a unit or note its failure, and say which it was."""
    path = out / work.FAILURES_FILE
    notes = read_json(path)
    if isinstance(result, str):
        last = result.strip().splitlines()[-1]
        _write_notes(path, {**notes, str(unit): last})
        unit.path(out).unlink(missing_ok=True)  # of other data: it would be reported
        return f"{unit}: FAILED: {last}"
    # first the note: were a kill to come between, the unit is computed again
    _write_notes(path, {name: notes[name] for name in notes if name != str(unit)})
    write_json(unit.path(out), result)
    return f"{unit}: error {result['error']:.3f}"


def _write_notes(path: Path, notes: Mapping[str, str]) -> None:
    if notes != read_json(path):
        write_json(path, dict(sorted(notes.items())))
