"""Runs Table 1: finds data sets, computes what is not there yet, keeps each result.

A unit of work is a data set, a column and a seed. The parent process alone writes:
a result is a file as soon as it arrives, so that a kill loses at most the units in
flight, and workers need no file system in common with it.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NamedTuple

from timenet_sklearn.datasets import Dataset
from timenet_sklearn.table1.files import (
    FAILURES_FILE,
    MISSING_FILE,
    read_notes,
)
from timenet_sklearn.table1.protocol import (
    COLUMNS,
    SAE_LAYERS,
    SAE_RECIPE,
    SAE_SEARCH,
    SAE_UNITS,
)
from timenet_sklearn.table1.published import print_error
from timenet_sklearn.table1.schedule import Progress, Schedule
from timenet_sklearn.table1.sets import find_sets
from timenet_sklearn.table1.units import (
    Unit,
    check_result,
    hash_split,
    identify,
    is_done,
    run_unit,
    write_json,
)
from timenet_sklearn.table1.workers import Cluster, Processes, Workers


class Failure(NamedTuple):
    """A unit that could not be computed.

    Attributes
    ----------
    unit : Unit
    trace : str
        Its traceback, that of the worker included.
    """

    unit: Unit
    trace: str


class Outcome(NamedTuple):
    """What became of a run.

    Attributes
    ----------
    n_skipped, n_computed : int
        Units that were there before, and that are there now.
    failures : list of Failure
    missing : dict of str to str
        Why a data set has no results, or results of a part of its series.
    """

    n_skipped: int
    n_computed: int
    failures: list[Failure]
    missing: dict[str, str]


def run_table1(
    data_dir: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    columns: Sequence[str] | None = None,
    sets: Sequence[str] | None = None,
    download: bool = False,
    n_jobs: int = 1,
    scheduler: str | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Compute the units of Table 1 that the results folder does not have.

    Parameters
    ----------
    data_dir : path
        Folder of the UCR archive, as `load_ucr` takes it. Sets of which a part of the
        series is there, in it or in its folder ``partial``, are run only if `sets`
        names them.
    out : path
        Results folder: ``units/DATASET/COLUMN-SEED.json``, ``missing.json``, and
        ``failures.json`` with the last line of the traceback of each failed unit.
    columns : sequence of str, optional
        Names in `COLUMNS`; all by default.
    sets : sequence of str, optional
        Names of data sets, also such as sktime bundles. By default the paper's 30
        test sets, as far as they are found, BasicMotions and JapaneseVowels.
    download : bool, default=False
        See `timenet_sklearn.table1.sets.find_sets`.
    n_jobs : int, default=1
        Processes, each on one core; -1 takes every CPU.
    scheduler : str, optional
        Address of a Dask scheduler whose workers then compute, not `n_jobs`.
    report : callable, optional
        Is given lines on what is done, what is running, and the time left.

    Returns
    -------
    Outcome

    Raises
    ------
    ValueError
        If a column is unknown, a file of a set in `sets` cannot be read, or
        ``missing.json`` or ``failures.json`` is damaged.
    FileNotFoundError
        If there is no such folder, or a set in `sets` is not in it.
    """
    _check_columns(columns)
    folder = Path(out)
    earlier = read_notes(folder / MISSING_FILE)
    read_notes(folder / FAILURES_FILE)  # damaged: better now than at the first failure
    found, missing = find_sets(Path(data_dir), sets, download=download)
    _note_missing(folder / MISSING_FILE, earlier, found, missing)
    splits = {name: hash_split(data) for name, data in found.items()}
    units = _list_units(found, columns or tuple(COLUMNS))
    identities = {unit: identify(unit, splits[unit.dataset]) for unit in units}
    to_do = [unit for unit in units if not is_done(unit, splits[unit.dataset], folder)]
    n_skipped = len(units) - len(to_do)
    report(
        f"{len(found)} data sets, {len(missing)} missing or partial; {len(units)} "
        f"units, {n_skipped} of them there already"
    )
    failures: list[Failure] = []
    if to_do:
        with Cluster(scheduler) if scheduler else Processes(n_jobs) as workers:
            failures = _compute(to_do, identities, found, folder, workers, report)
    return Outcome(n_skipped, len(to_do) - len(failures), failures, missing)


def _check_columns(columns: Sequence[str] | None) -> None:
    for column in columns or ():
        if column not in COLUMNS:
            raise ValueError(
                f"run_table1: unknown column {column!r}; expected some of "
                f"{', '.join(map(repr, COLUMNS))}."
            )


def _note_missing(
    path: Path,
    earlier: Mapping[str, str],
    found: Iterable[str],
    missing: Mapping[str, str],
) -> None:
    """Bring the notes of earlier runs, perhaps of other sets, up to date."""
    kept = {name: note for name, note in earlier.items() if name not in set(found)}
    notes = dict(sorted({**kept, **missing}.items()))
    if notes != earlier or not path.exists():
        write_json(path, notes)


def _list_units(found: Mapping[str, Dataset], columns: Sequence[str]) -> list[Unit]:
    """List the units, longest first: a long one at the end would keep all waiting."""
    units = [
        Unit(name, column, seed)
        for name in found
        for column in dict.fromkeys(columns)
        for seed in range(COLUMNS[column].n_seeds)
    ]
    return sorted(units, key=lambda unit: -_expected_seconds(unit, found[unit.dataset]))


def _expected_seconds(unit: Unit, data: Dataset) -> float:
    """Guess, within a small factor, how long a unit takes on one core."""
    n_train, n_test = len(data.y_train), len(data.y_test)
    n_steps = max(one.shape[-1] for one in data.X_train)
    n_channels = data.X_train[0].size // data.X_train[0].shape[-1]
    if unit.column == "DTW-C":
        # all training pairs at the widest window, then test pairs at a narrower one
        pair = 4e-9 * n_channels * n_steps * (0.4 * n_steps + 1)
        seconds = pair * n_train * (n_train + n_test) / 2
    elif unit.column == "SAE-C":
        # each run compiles, then trains on windows half as long as the series or less
        n_searches = len(SAE_UNITS) * len(SAE_LAYERS)
        seconds = n_searches * (15 + 7e-5 * SAE_SEARCH.n_steps * n_steps)
        seconds += 100 + 1e-4 * SAE_RECIPE.n_steps * n_steps
    else:
        embedding = 2e-6 * (n_train + n_test) * n_channels * n_steps
        seconds = embedding + 1e-5 * n_train**2 * n_channels
    return float(seconds)


def _compute(
    units: Sequence[Unit],
    identities: Mapping[Unit, Mapping[str, Any]],
    found: Mapping[str, Dataset],
    out: Path,
    workers: Workers,
    report: Callable[[str], None],
) -> list[Failure]:
    """Compute units, write each result as it arrives, and collect the failures."""
    failures: list[Failure] = []
    progress = Progress(
        {unit: _expected_seconds(unit, found[unit.dataset]) for unit in units},
        workers.width,
    )
    schedule = Schedule(
        units, workers, lambda unit: workers.submit(run_unit, unit, found[unit.dataset])
    )
    events: list[str] = []
    try:
        # results are written before more is started, which may fail
        while schedule.fill():
            _tell(events, progress, schedule, report)
            ended = schedule.wait()
            for unit, future in ended:
                event = _keep(unit, future, identities[unit], out, failures)
                events.append(f"{progress.finish(unit)} {event}")
            if not ended:
                events.append(f"{progress.count} still at it")
    finally:
        _tell(events, progress, schedule, report)
    return failures


def _tell(
    events: list[str],
    progress: Progress,
    schedule: Schedule,
    report: Callable[[str], None],
) -> None:
    while events:
        report(progress.line(events.pop(0), schedule.running))


def _keep(
    unit: Unit,
    future: Future[Any],
    expected: Mapping[str, Any],
    out: Path,
    failures: list[Failure],
) -> str:
    """Write the result of a unit or note its failure, and say which it was."""
    trace = _trace(future, expected)
    if trace is None:
        result = future.result()
        # first the note: were a kill to come between, the unit is computed again
        _note_failure(out, unit, None)
        write_json(unit.path(out), result)
        return f"{unit}: error {print_error(result['error'])}"
    failures.append(Failure(unit, trace))
    last = trace.strip().splitlines()[-1]
    _note_failure(out, unit, last)
    unit.path(out).unlink(missing_ok=True)  # of other data: the report would show it
    return f"{unit}: FAILED: {last}"


def _note_failure(out: Path, unit: Unit, why: str | None) -> None:
    """Keep for the report why a unit has no result; None forgets it."""
    path = out / FAILURES_FILE
    earlier = read_notes(path)
    notes = {name: note for name, note in earlier.items() if name != str(unit)}
    if why is not None:
        notes[str(unit)] = why
    if notes != earlier:
        write_json(path, dict(sorted(notes.items())))


def _trace(future: Future[Any], expected: Mapping[str, Any]) -> str | None:
    """Traceback of a unit that failed, or whose result is not the one asked for."""
    if future.cancelled():
        return "cancelled: the cluster has lost it\n"
    error = future.exception()
    if error is None:
        try:
            check_result(future.result(), expected)
        except ValueError as refusal:
            return f"{refusal}\n"
        return None
    return "".join(traceback.format_exception(error))
