"""The data sets of each job: arrays of shape (n_series, n_channels, n_timepoints)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn.datasets import TEST_SETS, Dataset, load_bundled, load_ucr

LONG_SETS = tuple(
    """
    EOGHorizontalSignal EOGVerticalSignal HouseTwenty PigAirwayPressure PigArtPressure
    PigCVP RefrigerationDevices Rock ScreenType SmallKitchenAppliances
    """.split()
)
#: The six sensors of the turbofan engines that change most as an engine wears out.
SENSORS = ("s2", "s3", "s4", "s7", "s11", "s12")
N_CYCLES = 30


def short_sets(data_dir: Path) -> list[str]:
    """List the paper's test sets that are there whole, smallest first."""
    return _by_size(TEST_SETS, data_dir / "ucr")


def long_sets(data_dir: Path) -> list[str]:
    return _by_size(LONG_SETS, data_dir / "ucr" / "extra")


def multivariate_sets(data_dir: Path) -> list[str]:
    """List the multivariate sets but PenDigits: 8 steps, MiniRocket asks for 9."""
    folder = data_dir / "uea"
    names = {path.stem for path in folder.glob("*.npz")} - {"PenDigits"}
    return ["BasicMotions", *_by_size(sorted(names), folder), "JapaneseVowels"]


def regression_sets(data_dir: Path) -> list[str]:
    folder = data_dir / "tser"
    return _by_size(sorted(path.stem for path in folder.glob("*.npz")), folder)


def load(name: str, data_dir: Path) -> Dataset:
    """Load a set of any of the lists above with its archive's split."""
    for folder in ("ucr", "ucr/extra"):
        if (data_dir / folder / f"{name}.npz").exists():
            return _as_cubes(load_ucr(name, data_dir / folder))
    for folder in ("uea", "tser"):
        path = data_dir / folder / f"{name}.npz"
        if path.exists():
            with np.load(path) as file:
                keys = ("X_train", "y_train", "X_test", "y_test")
                return _as_cubes(Dataset(name, *(file[key] for key in keys)))
    return _as_cubes(load_bundled(name))


def pad(X: Any, n_timepoints: int) -> NDArray[np.float64]:
    """Fill up series of unequal lengths with zeros."""
    padded = np.zeros((len(X), len(X[0]), n_timepoints))
    for row, series in zip(padded, X, strict=True):
        row[:, : series.shape[1]] = series
    return padded


def of_one_length(data: Dataset) -> Dataset:
    longest = max(one.shape[-1] for part in (data.X_train, data.X_test) for one in part)
    return data._replace(
        X_train=pad(data.X_train, longest), X_test=pad(data.X_test, longest)
    )


def engine_windows(
    data_dir: Path,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Cut the life of each engine into windows of `N_CYCLES` cycles, from its end.

    Returns windows (n, 6, 30), how many windows each is before failure (0: the last),
    and engines.
    """
    with np.load(data_dir / "cmapss" / "FD001.npz") as file:
        table, columns = file["train"], [str(name) for name in file["columns"]]
    sensors = [columns.index(name) for name in SENSORS]
    windows, before, engines = [], [], []
    for engine in np.unique(table[:, 0]):
        cycles = table[table[:, 0] == engine][:, sensors].T
        n_windows = cycles.shape[1] // N_CYCLES
        parts = np.split(cycles[:, -n_windows * N_CYCLES :], n_windows, axis=1)
        windows += parts
        before += range(n_windows)[::-1]
        engines += [int(engine)] * n_windows
    return np.array(windows, float), np.array(before), np.array(engines)


def recordings(data_dir: Path, folder: str) -> list[str]:
    """List the recordings of a folder, shortest first."""
    paths = sorted((data_dir / "anomaly" / folder).glob("*.npz"))
    sizes = {path.stem: len(load_recording(path.stem, data_dir)[0]) for path in paths}
    return sorted(sizes, key=sizes.__getitem__)


def load_recording(
    name: str, data_dir: Path
) -> tuple[NDArray[np.float64], NDArray[np.bool_], int]:
    """Load values (T,), labels (T,) and the length of the part that has none."""
    [path] = (data_dir / "anomaly").rglob(f"{name}.npz")
    with np.load(path) as file:
        values, labels = file["value"].astype(float), file["label"].astype(bool)
        return values, labels, int(file["train_length"])


def _as_cubes(data: Dataset) -> Dataset:
    X_train, X_test = (_as_cube(X) for X in (data.X_train, data.X_test))
    return data._replace(X_train=X_train, X_test=X_test)


def _as_cube(X: Any) -> Any:
    if isinstance(X, np.ndarray) and X.dtype != object:
        return np.atleast_3d(X).swapaxes(1, 2).astype(float) if X.ndim == 2 else X * 1.0
    return [np.atleast_2d(np.asarray(one, dtype=float)) for one in X]


def _by_size(names: Iterable[str], folder: Path) -> list[str]:
    """List the sets that are in a folder, those of the fewest values first."""
    sizes = {}
    for name in names:
        if (folder / f"{name}.npz").exists():
            with np.load(folder / f"{name}.npz") as file:
                sizes[name] = file["X_train"].size + file["X_test"].size
    return sorted(sizes, key=sizes.__getitem__)
