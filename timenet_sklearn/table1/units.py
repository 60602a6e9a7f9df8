"""One unit of work of Table 1: computed, described, and kept in a file of its own."""

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

from timenet_sklearn._atomic import write_atomically
from timenet_sklearn._encoder.weights import fingerprint, load_weights
from timenet_sklearn.datasets import Dataset, Panel
from timenet_sklearn.table1.files import FORMAT, to_result
from timenet_sklearn.table1.protocol import COLUMNS, WEIGHTS, hide_test_labels

_PACKAGES = """
    numpy scipy scikit-learn joblib sktime dtaidistance numba keras tensorflow
    """.split()


class Unit(NamedTuple):
    """A cell of Table 1, or one of the draws that make it.

    Attributes
    ----------
    dataset, column : str
    seed : int
    """

    dataset: str
    column: str
    seed: int

    def __str__(self) -> str:
        """Name it for people."""
        draw = f" #{self.seed}" if COLUMNS[self.column].n_seeds > 1 else ""
        return f"{self.dataset} {self.column}{draw}"

    def path(self, out: Path) -> Path:
        """Name its result file in the results folder `out`."""
        name = f"{self.column.replace('/', '_')}-{self.seed}.json"
        return out / "units" / self.dataset / name


def identify(unit: Unit, split: str) -> dict[str, Any]:
    """Tell all that a result depends on, apart from the versions of packages.

    Parameters
    ----------
    unit : Unit
    split : str
        `hash_split` of its data set.

    Returns
    -------
    dict
        ``format``, ``protocol``, ``dataset``, ``column``, ``seed``, ``split``,
        ``weights`` (their fingerprint as they were loaded, None for a column
        without) and ``settings`` of the column.
    """
    column = COLUMNS[unit.column]
    weights = fingerprint(load_weights(WEIGHTS).model) if column.pretrained else None
    return {
        "format": FORMAT,
        "protocol": column.version,
        **unit._asdict(),
        "split": split,
        "weights": weights,
        "settings": dict(column.settings),
    }


def check_result(result: dict[str, Any], expected: Mapping[str, Any]) -> None:
    """Refuse a result of other data, weights, settings or package than expected.

    Parameters
    ----------
    result : dict
        As `run_unit` gives it, perhaps on a machine of its own.
    expected : dict
        What `identify` tells here.

    Raises
    ------
    ValueError
        Naming what differs.
    """
    from timenet_sklearn import __version__

    package = result.get("versions", {}).get("timenet_sklearn")
    pairs = {key: (result.get(key), value) for key, value in expected.items()}
    pairs["version of timenet_sklearn"] = (package, __version__)
    apart = [
        f"{name} is {found!r}, expected {wanted!r}"
        for name, (found, wanted) in pairs.items()
        if found != wanted
    ]
    if apart:
        raise ValueError(
            f"run_table1: a worker's result is not the one asked for: "
            f"{'; '.join(apart)}. Give all workers the same package, and start again "
            "after the weights have changed."
        )


def run_unit(unit: Unit, data: Dataset) -> dict[str, Any]:
    """Compute a unit.

    Parameters
    ----------
    unit : Unit
    data : Dataset
        The unit's data set.

    Returns
    -------
    dict
        What goes into its file: what `identify` tells, the error on the test part,
        sizes, seconds, parameters chosen, and versions of packages.
    """
    identity = identify(unit, hash_split(data))  # of what is used, not of what is left
    started = time.perf_counter()
    labels, parameters = COLUMNS[unit.column].predict(hide_test_labels(data), unit.seed)
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


def is_done(unit: Unit, split: str, out: Path) -> bool:
    """Tell whether a unit is there, of these data, weights and protocol.

    Parameters
    ----------
    unit : Unit
    split : str
        `hash_split` of its data set.
    out : Path
        The results folder.

    Returns
    -------
    bool
        False for a file that cannot be read, too: it is then written again.
    """
    result = read_json(unit.path(out))
    for key, value in identify(unit, split).items():
        if key not in result or result[key] != value:
            return False
    try:
        to_result(result, str(unit.path(out)))
    except ValueError:
        return False
    return True


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict
        Empty if there is no file, or none that holds an object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file atomically, and the folders above it.

    Parameters
    ----------
    path : Path
    content : dict
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=1, ensure_ascii=False)
    write_atomically(path, f"{text}\n".encode())


def hash_split(data: Dataset) -> str:
    """Sum up the arrays of a data set.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    str
        sha256 in hexadecimal: of values, shapes, types and order, test labels
        included.
    """
    digest = hashlib.sha256()
    for part in (data.X_train, data.y_train, data.X_test, data.y_test):
        arrays = _arrays(part)
        digest.update(f"{len(arrays)} arrays\n".encode())
        for array in arrays:
            digest.update(f"{array.dtype.str} {array.shape}\n".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _length(series: NDArray[Any]) -> int:
    """Count the steps of a series, NaN at its end not among them."""
    there = ~np.isnan(np.atleast_2d(series)).all(axis=0)
    return int(np.flatnonzero(there)[-1]) + 1 if there.any() else 0


def _arrays(part: Panel) -> list[NDArray[Any]]:
    return part if isinstance(part, list) else [part]


def _versions() -> dict[str, str]:
    from timenet_sklearn import __version__

    versions = {"timenet_sklearn": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue  # an extra that this column does without
    return versions
