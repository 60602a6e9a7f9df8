"""The results of Table 1, read from the files of a run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from timenet_sklearn.table1 import METHODS, PRIVATE_SET
from timenet_sklearn.table1.protocol import PROTOCOL
from timenet_sklearn.table1.sets import what_is_missing
from timenet_sklearn.table1.units import (
    FAILURES_FILE,
    FIELDS,
    MISSING_FILE,
    read_json,
    read_unit,
)

#: Fields that hold JSON in a CSV.
OBJECTS = ("parameters", "versions", "settings")
_WHOLE = ("seed", "n_train", "n_test", "n_timepoints", "n_classes", "n_channels")
_TYPES = {**dict.fromkeys((*_WHOLE, "protocol"), int), "error": float, "seconds": float}
_FAILED, _NOT_RUN = "failed: ", "not run"
_ENGINES = (
    "NASA's turbofan engines (FD001), not the authors' private data: six sensors, the "
    "first 30 cycles of an engine against the last that there are, if it fails within "
    "30 more; train_FD001 trains, test_FD001 has other engines"
)


@dataclass(frozen=True)
class Results:
    """All results at hand, and why others are not.

    `units` has a row a unit of work, with the `FIELDS` of its file, of which ``column``
    is ``method``. `notes` say by data set why it has no results, `failures` by unit,
    as ``"Wafer SAE-C"``, the last line of its traceback.
    """

    units: pd.DataFrame
    notes: Mapping[str, str] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)

    def restriction(self, dataset: str) -> str:
        """Say what its results lack of the paper's rows; empty if nothing."""
        for unit in self.units[self.units["dataset"] == dataset].itertuples():
            if dataset == PRIVATE_SET:
                return _ENGINES
            return what_is_missing(dataset, unit.n_train, unit.n_test)
        return ""

    def why(self, dataset: str, method: str) -> str:
        """Say why a cell is empty, in one line."""
        why = self.notes.get(dataset, _NOT_RUN)
        for unit, error in self.failures.items():
            if unit.split(" #")[0] == f"{dataset} {method}":
                why = f"{_FAILED}{error}"
        return " ".join(why.split())


def read_results(path: str | os.PathLike[str]) -> Results:
    """Read the results of a run, whole or under way.

    `path` is a folder that ``timenet table1`` wrote, or a CSV of ``timenet report``. A
    file that is damaged or there twice, and results of different data, weights,
    versions or settings, are a ValueError.
    """
    place = Path(path)
    if place.suffix == ".csv":
        results = _read_csv(place)
    else:
        files = sorted(place.glob("units/*/*.json"))
        units = pd.DataFrame(map(read_unit, files), columns=list(FIELDS))
        found = [read_json(place / name) for name in (MISSING_FILE, FAILURES_FILE)]
        results = Results(units.rename(columns={"column": "method"}), *found)
    units = results.units
    if not (len(units) or results.notes or results.failures):
        raise FileNotFoundError(
            f"read_results: no results in {str(place)!r}; expected "
            "units/DATASET/METHOD-SEED.json, as `timenet table1` writes them, or the "
            "lines of a CSV of `timenet report`."
        )
    _check(units, place)
    present = {*units["dataset"]}
    notes = {name: why for name, why in results.notes.items() if name not in present}
    return Results(units, notes, results.failures)


def _check(units: pd.DataFrame, place: Path) -> None:
    """Refuse results that are impossible, there twice, or not of one kind."""
    impossible = ~units["method"].isin(METHODS) | ~units["error"].between(0, 1)
    twice = units.duplicated(["dataset", "method", "seed"])
    for unit in units[impossible | twice].itertuples():
        raise ValueError(
            f"read_results: in {str(place)!r} {unit.dataset}, {unit.method}, seed "
            f"{unit.seed}, error {unit.error}, is there twice or impossible; remove it."
        )
    kinds: dict[tuple[str, str | None], dict[str, str]] = {}
    for unit in units.itertuples():
        version = json.dumps([unit.protocol, unit.settings], sort_keys=True)
        found = {
            (f"data of {unit.dataset}", None): unit.split,
            (f"versions or settings of {unit.method}", None): version,
            ("weights", PROTOCOL[unit.method].weights): unit.weights,
        }
        for kind, value in found.items():
            if isinstance(value, str):  # what has no weights has None or NaN
                kinds.setdefault(kind, {})[value] = f"{unit.dataset} {unit.method}"
    for (what, _), names in kinds.items():
        if len(names) > 1:
            raise ValueError(
                f"read_results: {str(place)!r} holds results of different {what}: "
                f"{' / '.join(names.values())}. Run `timenet table1` again, which "
                "computes again what is outdated, or remove these files."
            )


def _read_csv(file: Path) -> Results:
    """Take back what `timenet_sklearn.table1.report.to_csv` wrote."""
    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    try:
        table = table[[*FIELDS, "note"]].rename(columns={"column": "method"})
        units = table[table["error"] != ""].drop(columns="note").astype(_TYPES)
        units = units.assign(**{name: units[name].map(json.loads) for name in OBJECTS})
    except (KeyError, ValueError) as error:
        raise ValueError(
            f"read_results: {str(file)!r} is no CSV of `timenet report`: {error}"
        ) from error
    notes, failures = {}, {}
    for row in table[table["error"] == ""].itertuples():
        if row.note.startswith(_FAILED):
            failures[f"{row.dataset} {row.method}"] = row.note.removeprefix(_FAILED)
        elif row.note != _NOT_RUN and row.note != _ENGINES:
            notes[row.dataset] = row.note
    return Results(units.replace({"weights": ""}, None), notes, failures)
