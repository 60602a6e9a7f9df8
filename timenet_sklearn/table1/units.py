"""A unit of work of Table 1, a data set, a method and a seed: computed and kept.

Files say ``column`` where the code says method: they are older than the word.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn import __version__
from timenet_sklearn._atomic import write_atomically
from timenet_sklearn._encoder.weights import fingerprint, load_weights
from timenet_sklearn.datasets import Dataset
from timenet_sklearn.table1.protocol import PROTOCOL, hide_test_labels

#: Raised when the fields of a unit's file change their meaning.
FORMAT = 1
#: Why data sets have no result, and why units have none.
MISSING_FILE, FAILURES_FILE = "missing.json", "failures.json"

#: What the file of a unit tells, beside its format.
FIELDS = tuple(
    """
    dataset column seed error n_train n_test n_timepoints n_classes n_channels seconds
    parameters versions protocol settings weights split
    """.split()
)

_PACKAGES = {"numpy", "scipy", "scikit-learn", "joblib", "sktime", "dtaidistance"}
_PACKAGES |= {"numba", "keras", "tensorflow"}


class Unit(NamedTuple):
    """A cell of Table 1, or one of the draws that make it."""

    dataset: str
    method: str
    seed: int

    def __str__(self) -> str:
        """Name it for people."""
        draw = f" #{self.seed}" if PROTOCOL[self.method].n_seeds > 1 else ""
        return f"{self.dataset} {self.method}{draw}"

    def path(self, out: Path) -> Path:
        """Name its file in the folder of results `out`."""
        name = f"{self.method.replace('/', '_')}-{self.seed}.json"
        return out / "units" / self.dataset / name


def identify(unit: Unit, split: str) -> dict[str, Any]:
    """Tell all that a result depends on, apart from the versions of other packages.

    `split` is the `hash_split` of the data set. A method without weights has None.
    """
    method = PROTOCOL[unit.method]
    weights = method.weights and fingerprint(load_weights(method.weights).model)
    return {
        "format": FORMAT,
        "protocol": method.version,
        "dataset": unit.dataset,
        "column": unit.method,
        "seed": unit.seed,
        "split": split,
        "weights": weights,
        "settings": dict(method.settings),
    }


def differences(result: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    """Say in what a result is not the one that `identify` tells of; empty if it is."""
    return "; ".join(
        f"{name} is {result.get(name)!r}, expected {wanted!r}"
        for name, wanted in expected.items()
        if name not in result or result[name] != wanted
    )


def run_unit(unit: Unit, data: Dataset, expected: Mapping[str, Any]) -> dict[str, Any]:
    """Compute a unit: all `FIELDS`; with other weights or settings it is refused."""
    identity = identify(unit, hash_split(data))  # before it is used, and may change
    if apart := differences({**identity, "package": __version__}, expected):
        raise ValueError(
            f"run_unit: this worker would compute something else: {apart}. Give all "
            "workers the same package, and start again after the weights have changed."
        )
    started = time.perf_counter()
    task = hide_test_labels(data)
    labels, parameters = PROTOCOL[unit.method].predict(task, unit.seed)
    seconds = time.perf_counter() - started
    result = {
        **identity,
        "error": float(np.mean(labels != data.y_test)),
        "n_train": len(data.y_train),
        "n_test": len(data.y_test),
        "n_timepoints": max(map(_length, (*data.X_train, *data.X_test))),
        "n_classes": len(np.unique(np.concatenate([data.y_train, data.y_test]))),
        "n_channels": data.X_train[0].shape[0] if data.X_train[0].ndim == 2 else 1,
        "seconds": round(seconds, 3),
        "parameters": parameters,
        "versions": _versions(),
    }
    json.dumps(result, allow_nan=False)  # NaN is no JSON: this unit fails, not the run
    return result


def read_unit(file: Path) -> dict[str, Any]:
    """Read the result of a unit; a file that is none is a ValueError."""
    content = read_json(file)
    lacking = [name for name in FIELDS if name not in content]
    if content.get("format") != FORMAT or lacking:
        found = f"has format {content.get('format')!r}, expected {FORMAT}"
        again = "run `timenet table1` again, which replaces it"
        raise ValueError(f"{str(file)!r} {found}, lacks {', '.join(lacking)}: {again}.")
    return content


def read_json(file: Path) -> dict[str, Any]:
    """Read an object of JSON: empty without a file, a ValueError if it is none."""
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError(f"it holds {str(content)[:60]}, no object")
    except (ValueError, RecursionError) as error:
        again = "Remove it, and `timenet table1` makes it again."
        raise ValueError(f"cannot read {str(file)!r}: {error}. {again}") from error
    return content


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file atomically, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=1, ensure_ascii=False)
    write_atomically(path, f"{text}\n".encode())


def hash_split(data: Dataset) -> str:
    """Sum up a data set: sha256 of values, shapes, types and order, test labels too."""
    digest = hashlib.sha256()
    for part in (data.X_train, data.y_train, data.X_test, data.y_test):
        arrays = part if isinstance(part, list) else [part]
        digest.update(f"{len(arrays)} arrays\n".encode())
        for array in arrays:
            digest.update(f"{array.dtype.str} {array.shape}\n".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _length(series: NDArray[Any]) -> int:
    """Count the steps of a series, NaN at its end not among them."""
    there = ~np.isnan(np.atleast_2d(series)).all(axis=0)
    return int(np.flatnonzero(there)[-1]) + 1 if there.any() else 0


def _versions() -> dict[str, str]:
    there = {one.name: one.version for one in importlib.metadata.distributions()}
    packages = {name: there[name] for name in sorted(_PACKAGES & set(there))}
    own = {"timenet_sklearn": __version__, "python": platform.python_version()}
    return {**own, **packages}
