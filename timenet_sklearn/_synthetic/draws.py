"""Draws the numbers of a generated data set: alike, but not the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.special import ndtr

Values = NDArray[Any]  # (n_series, n_timepoints), or (n_timepoints,) for times


class Draws:
    """Numbers of a set's recipe: alike in a class, a little different in each series.

    Numbers of the series have shape (n_series, n).
    """

    def __init__(self, rng: np.random.Generator, n_series: int) -> None:
        self.rng = rng
        self.n_classes = int(rng.integers(2, 9))
        self.y = rng.integers(self.n_classes, size=n_series)
        self._between, self._within = rng.uniform(0.2, 1), rng.uniform(0.05, 0.4)
        # Classes often differ in some of the numbers only.
        self._part = rng.choice([0.3, 0.7, 1.0])
        self._aligned = rng.random() < 0.7

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number below `high` that the set has in common."""
        return int(self.rng.integers(low, high))

    def normal(self, n: int = 1) -> Values:
        """Draw standard normal numbers."""
        classes = self._between * self.rng.normal(size=(self.n_classes, n))
        classes *= self.rng.random(n) < self._part
        own = self._within * self.rng.normal(size=(len(self.y), n))
        scale = np.sqrt(1 + self._between**2 + self._within**2)
        return (self.rng.normal(size=n) + classes[self.y] + own) / scale

    def uniform(self, low: float, high: float, n: int = 1) -> Values:
        """Draw numbers between two bounds."""
        return low + (high - low) * ndtr(self.normal(n))

    def log_uniform(self, low: float, high: float, n: int = 1) -> Values:
        """Draw numbers between two bounds, as often from each octave."""
        return np.exp(self.uniform(np.log(low), np.log(max(low, high)), n))

    def anywhere(self, low: float, high: float, n: int = 1) -> Values:
        """Draw numbers that every series has of its own, unless the set is aligned."""
        if self._aligned:
            return self.uniform(low, high, n)
        return self.rng.uniform(low, high, (len(self.y), n))

    def cycles(self, times: Values, most: float = 40.0) -> Values:
        """Draw how many cycles a series has; each has eight steps at least."""
        return self.log_uniform(0.7, min(most, len(times) / 8))

    def noise(self, times: Values) -> Values:
        """Draw white noise, every series its own."""
        return self.rng.normal(size=(len(self.y), len(times)))


def standardize(values: Values) -> Values:
    """Scale a whole set: differences of level between its series stay."""
    return (values - values.mean()) / (values.std() + 1e-9)


def curve(draws: Draws, times: Values, n_knots: int) -> Values:
    """Smooth curves through random knots."""
    n_knots = max(2, n_knots)
    return CubicSpline(np.linspace(0, 1, n_knots), draws.normal(n_knots), axis=1)(times)
