"""The results of Table 1, read from the files of a run."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from timenet_sklearn.datasets import TEST_SETS
from timenet_sklearn.table1.files import (
    FAILURES_FILE,
    MISSING_FILE,
    Result,
    read_notes,
    read_unit,
    to_result,
)
from timenet_sklearn.table1.published import (
    COLUMNS,
    PRIVATE_SET,
    STAND_INS,
    what_is_missing,
)

_WHOLE = (
    *("seed", "n_train", "n_test", "n_timepoints", "n_classes", "n_channels"),
    "protocol",
)
_OBJECTS = ("parameters", "versions", "settings")
_FAILED, _NOT_RUN = "failed: ", "not run"
_PRIVATE = f"private data of the authors; {' and '.join(STAND_INS)} stand in"


@dataclass(frozen=True)
class Results:
    """All results at hand, and why others are not.

    Attributes
    ----------
    units : tuple of Result
    notes : dict of str
        Data set without any result -> why.
    failures : dict of str
        Unit, as ``"Wafer SAE-C"`` -> last line of its traceback.
    """

    units: tuple[Result, ...]
    notes: Mapping[str, str] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)

    def errors(self, column: str) -> dict[str, float]:
        """Give the error of each data set, as a mean over the seeds."""
        found: dict[str, list[float]] = {}
        for unit in self.units:
            if unit.column == column:
                found.setdefault(unit.dataset, []).append(unit.error)
        return {name: float(np.mean(errors)) for name, errors in found.items()}

    def cell(self, dataset: str, column: str) -> list[Result]:
        """Give the results of a cell, by seed."""
        units = [
            unit
            for unit in self.units
            if (unit.dataset, unit.column) == (dataset, column)
        ]
        return sorted(units, key=lambda unit: unit.seed)

    def spread(self, dataset: str, column: str) -> tuple[int, float]:
        """Count the seeds of a cell and give their standard deviation (n - 1)."""
        errors = [unit.error for unit in self.cell(dataset, column)]
        return len(errors), float(np.std(errors, ddof=1)) if len(errors) > 1 else 0.0

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns with a result, in the order of the table."""
        present = {unit.column for unit in self.units}
        return tuple(column for column in COLUMNS if column in present)

    @property
    def datasets(self) -> tuple[str, ...]:
        """Rows of the table: the stand-ins, the paper's, then all others."""
        named = {unit.dataset for unit in self.units} | set(self.notes)
        stand_ins = [name for name in STAND_INS if name in named]
        others = named - {PRIVATE_SET, *STAND_INS, *TEST_SETS}
        return (PRIVATE_SET, *stand_ins, *TEST_SETS, *sorted(others))

    @property
    def compared(self) -> tuple[str, ...]:
        """The paper's sets that were run on all of their rows."""
        present = {unit.dataset for unit in self.units}
        return tuple(
            name for name in TEST_SETS if name in present and not self.restriction(name)
        )

    def restriction(self, dataset: str) -> str:
        """Say what its results lack of the archive's rows; empty if nothing."""
        unit = self.facts(dataset)
        return what_is_missing(dataset, unit.n_train, unit.n_test) if unit else ""

    def facts(self, dataset: str) -> Result | None:
        """Any unit of the data set, for its sizes; None if there is none."""
        return next((unit for unit in self.units if unit.dataset == dataset), None)

    def why(self, dataset: str, column: str) -> str:
        """Say why a cell is empty."""
        if dataset == PRIVATE_SET:
            return _PRIVATE
        for unit, error in self.failures.items():
            if unit.split(" #")[0] == f"{dataset} {column}":
                return f"{_FAILED}{error}"
        return self.notes.get(dataset, _NOT_RUN)


def read_results(path: str | os.PathLike[str]) -> Results:
    """Read the results of a run, whole or under way.

    Parameters
    ----------
    path : path
        Folder that ``timenet table1`` wrote, or a ``.csv`` file of
        ``timenet report``.

    Returns
    -------
    Results

    Raises
    ------
    FileNotFoundError
        If there is nothing of the kind.
    ValueError
        If a file is damaged, of another format, or there twice, or if results are of
        different data, weights, versions or settings.
    """
    place = Path(path)
    if place.suffix == ".csv":
        units, notes, failures = _read_csv(place)
    else:
        files = sorted(place.glob("units/*/*.json"))
        units = [read_unit(file) for file in files]
        notes = read_notes(place / MISSING_FILE)
        failures = read_notes(place / FAILURES_FILE)
        if not units and not notes and not failures:
            raise FileNotFoundError(
                f"read_results: no results in {str(place)!r}; expected "
                "units/DATASET/COLUMN-SEED.json, as `timenet table1` writes them."
            )
    _check_unique(units, place)
    for what, groups in _things_shared(units).items():
        _check_one_kind(what, groups, place)
    present = {unit.dataset for unit in units}
    notes = {name: why for name, why in notes.items() if name not in present}
    return Results(tuple(units), notes, failures)


def _check_unique(units: Iterable[Result], place: Path) -> None:
    seen = set()
    for unit in units:
        key = (unit.dataset, unit.column, unit.seed)
        if key in seen:
            raise ValueError(
                f"read_results: {str(place)!r} holds {unit.dataset}, {unit.column}, "
                f"seed {unit.seed} twice; remove one of them."
            )
        seen.add(key)


_Kinds = dict[str, list[str]]


def _things_shared(units: Iterable[Result]) -> dict[str, _Kinds]:
    """Group results by what those that are compared must have in common."""
    shared: dict[str, _Kinds] = {}
    for unit in units:
        version = json.dumps([unit.protocol, unit.settings], sort_keys=True)
        kinds = {
            f"data of {unit.dataset}": unit.split,
            f"versions or settings of {unit.column}": version,
        }
        if unit.weights:
            kinds["weights"] = unit.weights
        for what, kind in kinds.items():
            name = f"{unit.dataset} {unit.column}"
            shared.setdefault(what, {}).setdefault(kind, []).append(name)
    return shared


def _check_one_kind(what: str, kinds: _Kinds, place: Path) -> None:
    if len(kinds) > 1:
        some = [
            f"{', '.join(dict.fromkeys(names[:3]))}{', ...' if len(names) > 3 else ''}"
            for names in kinds.values()
        ]
        raise ValueError(
            f"read_results: {str(place)!r} holds results of different {what}: "
            f"{' / '.join(some)}. Run `timenet table1` again, which computes again "
            "what is outdated, or remove these files."
        )


def _read_csv(file: Path) -> tuple[list[Result], dict[str, str], dict[str, str]]:
    """Take back what `timenet_sklearn.table1.formats.to_csv` wrote."""
    units: list[Result] = []
    notes: dict[str, str] = {}
    failures: dict[str, str] = {}
    with file.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            note = row.get("note") or ""
            if row.get("error"):
                units.append(_unit_of_row(row, f"{file}, line {number}"))
            elif note.startswith(_FAILED):
                unit = f"{row['dataset']} {row['column']}"
                failures[unit] = note.removeprefix(_FAILED)
            elif note not in ("", _NOT_RUN) and row["dataset"] != PRIVATE_SET:
                notes[row["dataset"]] = note
    if not units and not notes and not failures:
        raise FileNotFoundError(f"read_results: {str(file)!r} holds no results.")
    return units, notes, failures


def _unit_of_row(row: Mapping[str, str], where: str) -> Result:
    try:
        content: dict[str, Any] = {
            **{name: int(row[name]) for name in _WHOLE},
            **{name: float(row[name]) for name in ("error", "seconds")},
            **{name: json.loads(row[name]) for name in _OBJECTS},
            **{name: row[name] for name in ("dataset", "column", "split")},
            "weights": row["weights"] or None,
        }
    except (KeyError, ValueError, TypeError) as error:
        raise ValueError(
            f"read_results: {where!r} is no line of results: {error}"
        ) from error
    return to_result(content, where)
