"""Readings, a row each, become series: grouped by whose they are, in order of time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn._series.cells import Read, as_array, as_numbers
from timenet_sklearn._series.names import (
    channel_names,
    is_id,
    is_time,
    read_steps,
    times_of,
    uneven,
)
from timenet_sklearn.exceptions import SeriesError

Ints = NDArray[np.int64]


def read_indexed(X: Any, estimator: str) -> Read:
    """Read a frame or Series of pandas whose index has instances and, last, times.

    Series come in the order in which their instances first appear.
    """
    names = [
        f"level_{i}" if name is None else name for i, name in enumerate(X.index.names)
    ]
    _check_levels(X.index, names, estimator)
    codes, times, instances = _factorize(X.index, estimator)
    _refuse_doubles(X.index, len(names), codes, instances, estimator)
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
    _check_even(X.index[order], names, codes[order], instances, estimator)
    values = as_array(X, estimator)[order].reshape(len(X), -1)
    parts = np.split(values, starts[1:])
    rows = [
        as_numbers(part.T[None], row, estimator)[0] for row, part in enumerate(parts)
    ]
    labels = list(X.columns) if X.ndim == 2 else [X.name]
    return Read(rows, channel_names(labels), instances)


def _factorize(index: Any, estimator: str) -> tuple[Ints, Ints, Any]:
    """Give the number of its instance and time for each reading, and the instances."""
    ids = index.droplevel(-1)
    codes, instances = ids.factorize()
    try:
        times, _ = index.get_level_values(-1).factorize(sort=True)
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
    return codes, times, instances.set_names(ids.names)


def _refuse_doubles(
    index: Any, n_levels: int, codes: Ints, instances: Any, estimator: str
) -> None:
    """Refuse two readings of one series at one time."""
    for at in np.flatnonzero(index.duplicated())[:1]:
        raise SeriesError(
            estimator,
            int(codes[at]),
            f"({instances[codes[at]]!r}) has two readings at {index[at][-1]!r}. Keep "
            "one of them, with X[~X.index.duplicated()], or their mean, with "
            f"X.groupby(level={list(range(n_levels))}, sort=False).mean().",
        )


def _check_even(
    index: Any, names: list[Any], codes: Ints, instances: Any, estimator: str
) -> None:
    """Refuse readings whose times, series after series, have no even steps."""
    times = times_of(index.levels[-1].rename("time"))
    if not len(times):
        return
    same = np.diff(codes) == 0
    for at in np.flatnonzero(uneven(times[index.codes[-1]], same))[:1]:
        row = int(codes[at])
        before, after = (str(index[at + i][-1]) for i in (0, 1))
        raise SeriesError(
            estimator,
            row,
            f"({instances[row]!r}) has no even steps: {after!r} comes after "
            f"{before!r}. Pass timenet_sklearn.from_long(X.reset_index(), "
            f'id={names[:-1]!r}, time={names[-1]!r}, every="any") to take readings '
            "one after the other, or a step as every to bring them to a grid.",
        )


def _check_levels(index: Any, names: list[Any], estimator: str) -> None:
    """Refuse an index whose last level is not that of times, or has them as text."""
    pass_long = "Pass timenet_sklearn.from_long(X.reset_index()"
    last = index.levels[-1]
    is_text = last.dtype.kind == "O" or str(last.dtype) in ("str", "string")
    if is_time(names[-1]) or not (is_text or is_id(names[-1])):
        timed = []
    else:
        timed = [
            name
            for name, level in zip(names[:-1], index.levels, strict=False)
            if is_time(name) or hasattr(level, "asi8")
        ]
    if timed:
        ids = [name for name in names if name not in timed[-1:]]
        raise ValueError(
            f"{estimator}: X has an index with times in its level {timed[-1]!r}; "
            f"expected them in the last, which is {names[-1]!r}. {pass_long}, "
            f"id={ids!r}, time={timed[-1]!r})."
        )
    texts = [time for time in last if isinstance(time, str)]
    if len(texts) > 1 and read_steps(sorted(texts)).kind != "steps":
        number = all(text.strip().lstrip("-").isdecimal() for text in texts)
        how = "float" if number else "'datetime64[ns]'"
        raise ValueError(
            f"{estimator}: X has times that are text in its index, such as "
            f"{texts[0]!r}, which sort otherwise than times. {pass_long}.astype("
            f"{{{names[-1]!r}: {how}}}), id={names[:-1]!r}, time={names[-1]!r})."
        )


def starts_of(codes: Ints) -> Ints:
    """Return where each run of equal numbers starts."""
    return np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
