"""Summaries of hidden states over time, kept while the encoder passes through them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
_FOLDED = ("mean", "squares", *_SUMS)
#: Steps after which sums and means move on to float64, where they cannot drift.
FOLD = 4096


class Statistics:
    """Running summaries of states over time, each column at its own age.

    Parameters
    ----------
    state : ndarray of shape (n_layers, n_units, n_columns)
        Zeros; `update` reads what has become of it.
    poolings : tuple of str
        Of `POOLINGS`.
    """

    def __init__(self, state: _Floats, poolings: tuple[str, ...]) -> None:
        self._state, self._poolings = state, poolings
        names = dict.fromkeys(name for one in poolings for name in _NEEDS[one])
        self._kept = {name: np.full_like(state, _STARTS.get(name, 0)) for name in names}
        self._scratch = np.empty_like(state)
        # Of the mean: steps since it began, or since the last fold.
        self._age = np.zeros_like(state[:, :1])
        # Made where a series is long enough: most are not.
        self._folded: dict[str, NDArray[np.float64]] = {}
        self._n_folded = np.zeros((len(state), state.shape[2]), dtype=np.int64)

    def update(self) -> None:
        """Take in a step."""
        state, kept = self._state, self._kept
        if "max" in kept:
            np.maximum(kept["max"], state, out=kept["max"])
        if "min" in kept:
            np.minimum(kept["min"], state, out=kept["min"])
        if "previous" in kept:
            self._update_steps()
        if "mean" in kept:
            self._age += 1
            deviation = state - kept["mean"]
            kept["mean"] += deviation / self._age
            if "squares" in kept:
                # Welford's update: a plain sum of squares would cancel where a state
                # hardly moves.
                deviation *= state - kept["mean"]
                kept["squares"] += deviation

    def _update_steps(self) -> None:
        kept = self._kept
        step = np.subtract(self._state, kept["previous"], out=kept["previous"])
        size = np.abs(step, out=self._scratch)
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
                kept["direction"], self._scratch = direction, kept["direction"]
        np.copyto(kept["previous"], self._state)

    def fold(self, layer: int, columns: _Ints, n_steps: _Ints) -> None:
        """Add to float64 what was kept of `columns` up to their step `n_steps`."""
        if not self._folded:
            self._folded = {
                name: np.zeros(kept.shape)
                for name, kept in self._kept.items()
                if name in _FOLDED
            }
        before = self._n_folded[layer, columns]
        recent = n_steps - before
        new = {name: self._kept[name][layer][:, columns] for name in self._folded}
        if "mean" in new:
            # Chan, Golub and LeVeque's: mean and squares of two parts of a series.
            mean = self._folded["mean"][layer][:, columns]
            gap = new["mean"] - mean
            new["mean"] = gap * (recent / n_steps)
            if "squares" in new:
                new["squares"] = new["squares"] + gap**2 * (before * recent / n_steps)
        for name, values in new.items():
            self._folded[name][layer][:, columns] += values
            self._kept[name][layer][:, columns] = 0
        self._age[layer][:, columns] = 0
        self._n_folded[layer, columns] = n_steps

    def finish(self, layer: int, columns: _Ints, n_steps: _Ints) -> _Floats:
        """Pool series that end, and start their columns anew, for the next ones.

        Gives (n_poolings, n_units, n_columns).
        """
        pooled = self._pool(layer, columns, n_steps.astype(self._state.dtype))
        if (n_steps > FOLD).any() and set(self._kept) & set(_FOLDED):
            is_long = n_steps > FOLD
            self.fold(layer, columns[is_long], n_steps[is_long])
            pooled[..., is_long] = self._pool(
                layer, columns[is_long], n_steps[is_long], self._folded
            )
        self.start(layer, columns)
        return pooled

    def _pool(
        self,
        layer: int,
        columns: _Ints,
        n_steps: NDArray[Any],
        folded: Mapping[str, _Floats] | None = None,
    ) -> _Floats:
        pooled = np.empty(
            (len(self._poolings), self._state.shape[1], len(columns)),
            self._state.dtype,
        )
        every = {"last": self._state, **self._kept, **(folded or {})}
        for index, pooling in enumerate(self._poolings):
            name = "squares" if pooling == "std" else pooling
            found = every[name][layer][:, columns]
            if pooling == "std":
                found = np.sqrt(found / n_steps)
            elif pooling in _SUMS:
                found = found / n_steps
            pooled[index] = found
        return pooled

    def start(self, layer: int, columns: _Ints | slice) -> None:
        """Forget `columns`: another series begins there."""
        for name, kept in self._kept.items():
            kept[layer][:, columns] = _STARTS.get(name, 0)
        for total in self._folded.values():
            total[layer][:, columns] = 0
        self._age[layer][:, columns] = 0
        self._n_folded[layer, columns] = 0
