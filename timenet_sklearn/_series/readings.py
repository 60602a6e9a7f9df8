"""Readings, a row each, become series: grouped by whose they are, in order of time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn._series.cells import Read, as_array, as_numbers
from timenet_sklearn._series.names import channel_names
from timenet_sklearn.exceptions import SeriesError

Ints = NDArray[np.int64]


def read_indexed(X: Any, estimator: str) -> Read:
    """Read a frame or Series of pandas whose index has instances and, last, times.

    Series come in the order in which their instances first appear.
    """
    names = [
        f"level_{i}" if name is None else name for i, name in enumerate(X.index.names)
    ]
    ids = X.index.droplevel(-1)
    codes, instances = ids.factorize()
    instances = instances.set_names(ids.names)
    try:
        times, _ = X.index.get_level_values(-1).factorize(sort=True)
    except TypeError as error:
        raise TypeError(
            f"{estimator}: X has times of several kinds in its index ({error}). Make "
            "them all dates or all numbers."
        ) from error
    if min(codes.min(), times.min()) < 0:
        raise ValueError(
            f"{estimator}: X has missing instances or times in its index. Drop their "
            "rows."
        )
    for at in np.flatnonzero(X.index.duplicated())[:1]:
        raise SeriesError(
            estimator,
            int(codes[at]),
            f"({instances[codes[at]]!r}) has two readings at {X.index[at][-1]!r}. Keep "
            "one of them, with X[~X.index.duplicated()], or their mean, with "
            f"X.groupby(level={list(range(len(names)))}, sort=False).mean().",
        )
    order = np.argsort(codes, kind="stable")
    starts = starts_of(codes[order])
    later = np.diff(times[order])
    later[starts[1:] - 1] = 1
    for at in np.flatnonzero(later < 0)[:1]:
        row = int(codes[order][at])
        raise SeriesError(
            estimator,
            row,
            f"({instances[row]!r}) has a reading at {X.index[order[at + 1]][-1]!r} "
            "after a later one. Sort the readings: pass timenet_sklearn.from_long("
            f"X.reset_index(), id={names[:-1]!r}, time={names[-1]!r}).",
        )
    values = as_array(X, estimator)[order].reshape(len(X), -1)
    parts = np.split(values, starts[1:])
    rows = [
        as_numbers(part.T[None], row, estimator)[0] for row, part in enumerate(parts)
    ]
    labels = list(X.columns) if X.ndim == 2 else [X.name]
    return Read(rows, channel_names(labels), instances)


def starts_of(codes: Ints) -> Ints:
    """Return where each run of equal numbers starts."""
    return np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
