"""Summaries of hidden states over time, kept while the encoder passes through them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.floating]
_Ints = NDArray[np.int64]

#: All that there are; "last" is the paper's. With steps ``d_t = h_t - h_{t-1}``, their
#: directions ``s_t = d_t / (|d_t| + 0.001)``, and ``h_0 = s_0 = 0``: "change" is the
#: mean of ``|d_t|``, "rise" that of ``s_t``, and "turn" that of ``-s_t s_{t-1}``.
POOLINGS = ("last", "mean", "max", "min", "std", "change", "rise", "turn")
#: Those that classify best together, chosen by ``benchmarks/pooling.py``.
POOLED = ("max", "min", "change", "rise", "turn")
# A step much shorter than this has no direction. The states' rounding errors are a
# ten-thousandth of it.
_STILL = 1e-3


class Statistics:
    """Running summaries of one layer's states over time, a column at its own age.

    Welford's update: a plain sum of squares would cancel where a state hardly moves.

    Parameters
    ----------
    state : ndarray of shape (n_units, n_columns)
        Zeros; `update` reads what has become of it.
    poolings : tuple of {"last", "mean", "max", "min", "std", "change", "rise", "turn"}
    """

    def __init__(self, state: _Floats, poolings: tuple[str, ...]) -> None:
        def start(value: float, *needed_by: str) -> _Floats | None:
            return (
                np.full_like(state, value) if set(needed_by) & set(poolings) else None
            )

        self._state = state
        self._mean = start(0, "mean", "std")
        self._squares = start(0, "std")
        self._max, self._min = start(-np.inf, "max"), start(np.inf, "min")
        self._previous = start(0, "change", "rise", "turn")
        self._change, self._rise = start(0, "change"), start(0, "rise")
        self._turn, self._direction = start(0, "turn"), start(0, "turn")

    def update(self, age: _Floats) -> None:
        """Take in a step; `age` counts each column's, shape (n_columns,)."""
        if self._max is not None:
            np.maximum(self._max, self._state, out=self._max)
        if self._min is not None:
            np.minimum(self._min, self._state, out=self._min)
        if self._previous is not None:
            self._update_changes(self._previous)
        if self._mean is not None:
            change = self._state - self._mean
            self._mean += change / age
            if self._squares is not None:
                change *= self._state - self._mean
                self._squares += change

    def _update_changes(self, previous: _Floats) -> None:
        step = np.subtract(self._state, previous, out=previous)
        size = np.abs(step)
        if self._change is not None:
            self._change += size
        if self._rise is not None or self._turn is not None:
            size += _STILL
            direction = np.divide(step, size, out=size)
            if self._rise is not None:
                self._rise += direction
            if self._turn is not None and self._direction is not None:
                self._direction *= direction
                self._turn -= self._direction
                self._direction = direction
        previous[...] = self._state

    def read(self, pooling: str, columns: _Ints, age: _Floats) -> _Floats:
        """Pooled states of `columns`, shape (n_units, n_columns)."""
        if pooling == "std" and self._squares is not None:
            return np.sqrt(self._squares[:, columns] / age[columns])
        for name, extreme in (
            ("mean", self._mean),
            ("max", self._max),
            ("min", self._min),
        ):
            if pooling == name and extreme is not None:
                return extreme[:, columns]
        for name, total in (
            ("change", self._change),
            ("rise", self._rise),
            ("turn", self._turn),
        ):
            if pooling == name and total is not None:
                return total[:, columns] / age[columns]
        return self._state[:, columns]

    def reset(self, columns: _Ints) -> None:
        """Start `columns` anew, for the next series."""
        for statistic, start in (
            (self._mean, 0),
            (self._squares, 0),
            (self._max, -np.inf),
            (self._min, np.inf),
            (self._previous, 0),
            (self._change, 0),
            (self._rise, 0),
            (self._turn, 0),
            (self._direction, 0),
        ):
            if statistic is not None:
                statistic[:, columns] = start
