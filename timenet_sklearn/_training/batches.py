"""Draws training batches: windows of a growing curriculum, or whole series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from timenet_sklearn._encoder.model import Floats
from timenet_sklearn._series.normalize import z_normalize

if TYPE_CHECKING:
    from timenet_sklearn._training.recipe import Recipe

# The curriculum's first windows have at most this many steps.
_FIRST_CEILING = 32
# From here on half of the batches are whole series.
_WHOLE_FROM = 0.8
# Part of the series that are read as they are where others are read with noise.
_CLEAN = 0.25
# A view of a series has at least this part of it, its time is shifted by at most a part
# of it, and it drifts by some of its standard deviations.
_SHORTEST_VIEW, _WARP, _DRIFT = 0.75, 0.05, 0.3


class Batch(NamedTuple):
    """Series of one training step, zero after their end.

    Attributes
    ----------
    values : float32 ndarray of shape (batch_size, n_timepoints)
        What the decoder has to give.
    mask : bool ndarray of shape (batch_size, n_timepoints)
        True on real steps.
    inputs : float32 ndarray of shape (batch_size, n_timepoints)
        What the encoder reads: the values, or a corrupted copy.
    """

    values: Floats
    mask: np.ndarray
    inputs: Floats

    def reversed(self) -> Floats:
        """Target of the decoder: each series backwards, its last step first."""
        backwards = np.zeros_like(self.values)
        # Flipping puts the padding first: rows and order survive the selection.
        backwards[self.mask] = self.values[:, ::-1][self.mask[:, ::-1]]
        return backwards


class SeriesList(Protocol):
    """Normalised series: a list of arrays, or what reads them when they are wanted."""

    def __len__(self) -> int:
        """Count the series."""

    def __getitem__(self, row: int, /) -> Floats:
        """Return a series, 1-D and float32."""

    def __iter__(self) -> Iterator[Floats]:
        """Return all series in order."""


class _Joined:
    """The series of several data sets, one set after another."""

    def __init__(self, sets: Sequence[SeriesList]) -> None:
        self._sets = sets
        self._ends = np.cumsum([len(data_set) for data_set in sets])

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getitem__(self, row: int) -> Floats:
        number = int(np.searchsorted(self._ends, row, side="right"))
        data_set = self._sets[number]
        return data_set[row - int(self._ends[number]) + len(data_set)]

    def __iter__(self) -> Iterator[Floats]:
        return chain.from_iterable(self._sets)


class Sampler:
    """Batch number `step` of a run, the same however the run was interrupted.

    Parameters
    ----------
    corpus : sequence of SeriesList
    recipe : Recipe
    seed : int
    """

    def __init__(self, corpus: Sequence[SeriesList], recipe: Recipe, seed: int) -> None:
        self._recipe, self._seed = recipe, seed
        self._sets, self._all = corpus, _Joined(corpus)
        sizes = np.sqrt([len(data_set) for data_set in corpus])
        self._set_odds = sizes / sizes.sum()
        longest = max(len(series) for data_set in corpus for series in data_set)
        self._longest = min(longest, recipe.max_length)

    def draw(self, step: int) -> Batch:
        """Batch of step `step`, 0-based."""
        rng = np.random.default_rng([self._seed, step])
        progress = step / self._recipe.n_steps
        if not self._recipe.curriculum:
            values, mask = self._whole_series(rng)
        elif progress >= _WHOLE_FROM and rng.random() < 0.5:
            values, mask = self._whole_series(rng)
        else:
            values = self._windows(rng, progress)
            mask = np.ones(values.shape, dtype=bool)
        return Batch(values, mask, self._corrupt(values, mask, rng))

    def reaches_full_length(self, step: int) -> bool:
        """Whether batches of this step may be whole series."""
        progress = step / self._recipe.n_steps
        return not self._recipe.curriculum or progress >= _WHOLE_FROM

    def _corrupt(
        self, values: Floats, mask: np.ndarray, rng: np.random.Generator
    ) -> Floats:
        """Blur and blank what the encoder reads, each series at its own level."""
        noise, dropout = self._recipe.input_noise, self._recipe.input_dropout
        if not noise and not dropout:
            return values
        level = rng.random((3, len(values), 1))
        blurred = values + noise * level[0] * mask * rng.normal(size=values.shape)
        kept = rng.random(values.shape) >= dropout * level[1]
        clean = level[2] < _CLEAN
        return np.where(clean, values, blurred * kept).astype(np.float32)

    def _whole_series(self, rng: np.random.Generator) -> tuple[Floats, np.ndarray]:
        if self._recipe.views:
            chosen = self._different(rng) * 2
        else:
            data_set = self._draw_set(rng)
            rows = rng.integers(len(data_set), size=self._recipe.batch_size)
            chosen = [self._series(data_set, row) for row in rows]
        lengths = np.array([len(series) for series in chosen])
        n_timepoints = lengths.max()
        if n_timepoints > lengths.min():
            # Padding up to a bucket keeps the number of shapes, and compilations, low.
            buckets = np.append(self._recipe.buckets, self._longest)
            n_timepoints = buckets[buckets >= n_timepoints].min()
        mask = np.arange(n_timepoints) < lengths[:, None]
        values = np.zeros(mask.shape, dtype=np.float32)
        values[mask] = np.concatenate(chosen)
        return values, mask

    def _draw_set(self, rng: np.random.Generator, n_series: int = 1) -> SeriesList:
        """Draw a data set; it is all of them if it has fewer series than wanted."""
        drawn = self._sets[rng.choice(len(self._sets), p=self._set_odds)]
        return drawn if len(drawn) >= n_series else self._all

    def _series(self, data_set: SeriesList, row: np.int64) -> Floats:
        return shorten(data_set[int(row)], self._recipe.max_length)

    def _windows(self, rng: np.random.Generator, progress: float) -> Floats:
        recipe = self._recipe
        growth = min(1.0, progress / recipe.growth) if recipe.growth else 1.0
        buckets = np.array(recipe.buckets)
        floor = min(buckets.min(), self._longest)
        first = max(floor, min(_FIRST_CEILING, self._longest))
        ceiling = first * (self._longest / first) ** growth
        wanted = np.exp(rng.uniform(np.log(floor), np.log(ceiling)))
        length = int(max(floor, buckets[buckets <= max(wanted, floor)].max(initial=1)))

        if recipe.views:
            windows = self._views(length, rng)
        else:
            windows = np.empty((recipe.batch_size, length))
            for window in windows:
                data_set = self._draw_set(rng)
                series = self._series(data_set, rng.integers(len(data_set)))
                window[:] = _crop_or_resample(series, length, rng)
        if rng.random() < 0.5:
            windows = windows[:, ::-1]
            if rng.random() < 0.5:
                windows = -windows
        return z_normalize(windows).astype(np.float32)

    def _views(self, length: int, rng: np.random.Generator) -> Floats:
        """Two views each of some series of a data set, in the batch's two halves."""
        chosen = self._different(rng) * 2
        return np.array([_view(series, length, rng) for series in chosen])

    def _different(self, rng: np.random.Generator) -> list[Floats]:
        """Half a batch of different series, all of one data set if it has enough."""
        # Series of two sets are told apart too easily; the same series twice cannot be
        # told apart at all.
        n_series = self._recipe.batch_size // 2
        data_set = self._draw_set(rng, n_series)
        rows = rng.choice(len(data_set), n_series, replace=len(data_set) < n_series)
        return [self._series(data_set, row) for row in rows]


def shorten(series: Floats, max_length: int) -> Floats:
    """Resample a series that is longer than a recipe trains on; normalise it again."""
    if len(series) <= max_length:
        return series
    return z_normalize(_resample(series, max_length)).astype(np.float32)


def _crop_or_resample(series: Floats, length: int, rng: np.random.Generator) -> Floats:
    if len(series) > length and rng.random() < 0.5:
        start = rng.integers(len(series) - length + 1)
        return series[start : start + length]
    return _resample(series, length)


def _view(series: Floats, length: int, rng: np.random.Generator) -> Floats:
    """Most of a series, time warped and a slow wave added: still of the same class."""
    time = np.linspace(0, 1, length)
    part = rng.uniform(_SHORTEST_VIEW, 1) * (len(series) - 1)
    start = rng.uniform(0, len(series) - 1 - part)
    warp = _WARP * rng.uniform(-1, 1) * np.sin(np.pi * rng.integers(1, 4) * time)
    positions = start + part * np.clip(time + warp, 0, 1)
    view = np.interp(positions, np.arange(len(series)), series)
    wave = np.sin(np.pi * rng.uniform(0.5, 1.5) * time + rng.uniform(0, 2 * np.pi))
    drift: Floats = _DRIFT * rng.normal() * view.std() * wave
    return view + drift


def _resample(series: Floats, length: int) -> Floats:
    """Linear interpolation of the whole series at `length` even positions."""
    positions = np.linspace(0, len(series) - 1, length)
    return np.interp(positions, np.arange(len(series)), series)
