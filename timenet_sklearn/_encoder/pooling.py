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
# A step much shorter than this has no direction: what rounds the states, a hundredth of
# it or less, must not decide.
_STILL = 1e-3

# What has to be kept for each, and where that starts if not at zero.
_NEEDS = {
    "last": (),
    "mean": ("mean",),
    "max": ("max",),
    "min": ("min",),
    "std": ("mean", "squares"),
    "change": ("previous", "change"),
    "rise": ("previous", "rise"),
    "turn": ("previous", "direction", "turn"),
}
_STARTS = {"max": -np.inf, "min": np.inf}
_SUMS = ("change", "rise", "turn")


class Statistics:
    """Running summaries of one layer's states over time, a column at its own age.

    Parameters
    ----------
    state : ndarray of shape (n_units, n_columns)
        Zeros; `update` reads what has become of it.
    poolings : tuple of str
        Of `POOLINGS`.
    """

    def __init__(self, state: _Floats, poolings: tuple[str, ...]) -> None:
        self._state = state
        self._kept = {
            name: np.full_like(state, _STARTS.get(name, 0))
            for pooling in poolings
            for name in _NEEDS[pooling]
        }

    def update(self, age: _Floats) -> None:
        """Take in a step; `age` counts each column's, shape (n_columns,)."""
        state, kept = self._state, self._kept
        if "max" in kept:
            np.maximum(kept["max"], state, out=kept["max"])
        if "min" in kept:
            np.minimum(kept["min"], state, out=kept["min"])
        if "previous" in kept:
            self._update_steps()
        if "mean" in kept:
            deviation = state - kept["mean"]
            kept["mean"] += deviation / age
            if "squares" in kept:
                # Welford's update: a plain sum of squares would cancel where a state
                # hardly moves.
                deviation *= state - kept["mean"]
                kept["squares"] += deviation

    def _update_steps(self) -> None:
        kept = self._kept
        step = np.subtract(self._state, kept["previous"], out=kept["previous"])
        size = np.abs(step)
        if "change" in kept:
            kept["change"] += size
        if "rise" in kept or "turn" in kept:
            size += _STILL
            direction = np.divide(step, size, out=size)
            if "rise" in kept:
                kept["rise"] += direction
            if "turn" in kept:
                kept["direction"] *= direction
                kept["turn"] -= kept["direction"]
                kept["direction"] = direction
        kept["previous"][...] = self._state

    def read(self, pooling: str, columns: _Ints, age: _Floats) -> _Floats:
        """Pooled states of `columns`, shape (n_units, n_columns)."""
        if pooling == "last":
            return self._state[:, columns]
        if pooling == "std":
            return np.sqrt(self._kept["squares"][:, columns] / age[columns])
        found = self._kept[pooling][:, columns]
        return found / age[columns] if pooling in _SUMS else found

    def reset(self, columns: _Ints) -> None:
        """Start `columns` anew, for the next series."""
        for name, statistic in self._kept.items():
            statistic[:, columns] = _STARTS.get(name, 0)
