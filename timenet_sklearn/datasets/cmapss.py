"""NASA's turbofan engines, which stand in for the paper's own data."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn.datasets.ucr import Dataset, Part


def load_cmapss(
    data_dir: str | os.PathLike[str],
    *,
    sensors: Sequence[int] = (2, 3, 4, 7, 11, 12),
    window: int = 30,
) -> Dataset:
    """Load healthy and failing engines from NASA's turbofan simulation, set FD001.

    A series is a window of an engine's cycles: its first ones, which are normal, or
    the last ones that there are, which are abnormal if the engine fails within `window`
    cycles. The engines of ``train_FD001.txt``, which all run to failure, are the
    training part; those of ``test_FD001.txt``, which stop earlier, are the test part.
    So no engine is in both.

    Parameters
    ----------
    data_dir : path
        Folder with ``train_FD001.txt``, ``test_FD001.txt`` and ``RUL_FD001.txt`` as
        NASA has them: white space between columns, no header.
    sensors : sequence of int, default=(2, 3, 4, 7, 11, 12)
        Numbers, 1 to 21. By default temperatures, pressures and fuel flow that change
        as the compressor wears out: T24, T30, T50, P30, Ps30, phi.
    window : int, default=30
        Cycles in a series.

    Returns
    -------
    Dataset
        float64 series of shape (n_sensors, window); labels 0, normal, and 1, abnormal.

    Raises
    ------
    FileNotFoundError
        If one of the files is missing.
    ValueError
        If a file is not as described.

    References
    ----------
    .. [1] A. Saxena et al., "Damage propagation modeling for aircraft engine
       run-to-failure simulation", 2008.
    """
    folder = Path(data_dir)
    files = [folder / f"{part}_FD001.txt" for part in ("train", "test", "RUL")]
    for file in files:
        if not file.is_file():
            raise FileNotFoundError(f"load_cmapss: there is no {str(file)!r}.")
    train, test, left = (np.loadtxt(file, ndmin=2) for file in files)
    n_engines = len(np.unique(test[:, 0]))
    if train.shape[1] != 26 or test.shape[1] != 26 or left.shape != (n_engines, 1):
        raise ValueError(
            f"load_cmapss: {str(folder)!r} has tables of shape {train.shape}, "
            f"{test.shape} and {left.shape}; expected two of 26 columns, and one with "
            f"a number for each of the {n_engines} engines of the second."
        )
    columns = [4 + number for number in sensors]
    run_out = np.zeros(len(np.unique(train[:, 0])))
    parts = (
        _first_and_last(train, run_out, columns, window),
        _first_and_last(test, left[:, 0], columns, window),
    )
    return Dataset("FD001", *parts[0], *parts[1])


def _first_and_last(
    table: NDArray[Any], left: NDArray[Any], columns: list[int], window: int
) -> Part:
    """Cut the windows out of a table of engine, cycle, settings and sensors."""
    X, y = [], []
    for engine, n_left in zip(np.unique(table[:, 0]), left, strict=True):
        cycles = table[table[:, 0] == engine][:, columns].T
        X.append(cycles[:, :window])
        y.append(0)
        if n_left <= window:
            X.append(cycles[:, -window:])
            y.append(1)
    return np.stack(X), np.array(y)
