"""Generates data sets of series, for pre-training without data, for tests and docs.

A set has one recipe, drawn once, whose numbers differ a little between its series and
more between its latent classes: so its series are alike, but not the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d
from sklearn.utils import check_random_state
from threadpoolctl import threadpool_limits

from timenet_sklearn._synthetic import processes, shapes
from timenet_sklearn._synthetic.draws import Draws, Values, curve, standardize

# A few lengths only: training compiles a network for each.
_LENGTHS = (24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048)

_KINDS: Mapping[str, Callable[[Draws, Values], Values]] = {
    "Gaussian process": processes.gaussian_process,
    "outline": shapes.outline,
    "season": shapes.season,
    "causal mixture": processes.causal_mixture,
    "pulses": shapes.pulses,
    "regimes": shapes.regimes,
    "gesture": shapes.gesture,
    "load": shapes.load,
    "coloured noise": processes.coloured_noise,
    "spectrum": shapes.spectrum,
    "chirp": shapes.chirp,
    "motif": shapes.motif,
    "random walk": processes.random_walk,
    "burst": processes.burst,
    "oscillator": processes.oscillator,
}


class SyntheticSet(NamedTuple):  # numpydoc ignore=PR02
    """A generated data set.

    Parameters
    ----------
    kind : str
        What its series are like, ``"outline"`` for example.
    X : float32 ndarray of shape (n_series, n_timepoints)
        Values as generated, not normalised.
    y : int64 ndarray of shape (n_series,)
        Latent classes, from 0.
    """

    kind: str
    X: NDArray[np.float32]
    y: NDArray[np.int64]


def make_series(
    n_sets: int = 1, n_series: int = 32, random_state: Any = 0
) -> list[SyntheticSet]:
    """Generate data sets of realistic series, each with a few latent classes.

    The kinds of series take turns: Gaussian processes with composed kernels and mean
    functions, as in KernelSynth [1]_; causal mixtures of these through non-linear
    activations, as in CauKer [2]_; seasons with trends and events; regimes; pulses
    like heartbeats; gestures; on-off loads; coloured noise; random walks; chirps;
    outlines of shapes; spectra; motifs in noise; bursts; oscillators. Some are then
    warped, mixed, smoothed, clipped or rounded, or get noise and spikes.

    Parameters
    ----------
    n_sets : int, default=1
        The first sets do not depend on how many there are.
    n_series : int, default=32
        Of each set.
    random_state : int, RandomState instance or None, default=0
        An int gives the same sets each time.

    Returns
    -------
    list of SyntheticSet
        Series of a set have one length, 24 to 2,048 steps.

    Raises
    ------
    ValueError
        If `n_sets` or `n_series` is not a whole number of at least 1.

    References
    ----------
    .. [1] Ansari et al. (2024), "Chronos: Learning the language of time series",
       arXiv:2403.07815.
    .. [2] Xie et al. (2025), "CauKer: Classification time series foundation models can
       be pretrained on synthetic data only", arXiv:2508.02879.

    Examples
    --------
    >>> from timenet_sklearn.datasets import make_series
    >>> for kind, X, y in make_series(n_sets=3, n_series=10):
    ...     print(kind, X.shape, y.shape)
    Gaussian process (10, 32) (10,)
    outline (10, 256) (10,)
    season (10, 768) (10,)
    """
    for name, count in (("n_sets", n_sets), ("n_series", n_series)):
        if not isinstance(count, (int, np.integer)) or count < 1:
            raise ValueError(
                f"make_series: {name} must be a whole number of at least 1, "
                f"got {count!r}."
            )
    seed = int(check_random_state(random_state).randint(2**31))
    # products of several threads round differently
    with threadpool_limits(1, user_api="blas"):
        return [_make_set(number, n_series, seed) for number in range(n_sets)]


def _make_set(number: int, n_series: int, seed: int) -> SyntheticSet:
    """Draw set `number`: its kind, its length, its classes and its sensor."""
    rng = np.random.default_rng([number, seed, 1])
    kind = list(_KINDS)[number % len(_KINDS)]
    # lengths in the middle are the most frequent
    times = np.linspace(0, 1, _LENGTHS[int(rng.triangular(0, 7.5, len(_LENGTHS)))])
    draws = Draws(rng, n_series)
    values = standardize(_KINDS[kind](draws, times))
    if rng.random() < 0.15:
        other = standardize(_KINDS[rng.choice(list(_KINDS))](draws, times))
        values = values * (1 + other) if rng.random() < 0.3 else values + other
    values = _record(draws, _warp(draws, times, values), times)
    return SyntheticSet(kind, values.astype(np.float32), draws.y)


def _warp(draws: Draws, times: Values, values: Values) -> Values:
    """Bend time a little, and shift it, in every series on its own."""
    if draws.rng.random() < 0.3:
        return values
    own = draws.rng.uniform(0.005, 0.05) * draws.rng.normal(size=(len(values), 5))
    own[:, 0] *= draws.rng.random() < 0.5
    bent = CubicSpline(np.linspace(0, 1, 5), own, axis=1)(times)
    places = np.clip(times + bent, 0, 1)
    rows = zip(places, values, strict=True)
    return np.array([np.interp(p, times, series) for p, series in rows])


def _record(draws: Draws, values: Values, times: Values) -> Values:
    """Add what a sensor makes of it: size, drift, noise, spikes, clipping, rounding."""
    rng = draws.rng
    values = standardize(values) * np.exp(0.1 * rng.normal(size=(len(values), 1)))
    if rng.random() < 0.3:
        values = values + rng.uniform(0, 0.5) * curve(draws, times, 4)
    if rng.random() < 0.25:
        values = gaussian_filter1d(values, rng.uniform(0.5, 0.02 * len(times) + 1))
    if rng.random() < 0.6:
        values = values + 10 ** rng.uniform(-2.5, -0.3) * draws.noise(times)
    if rng.random() < 0.12:
        spikes = rng.random(values.shape) < rng.uniform(0.5, 6) / len(times)
        values = values + rng.uniform(1, 6) * spikes * draws.noise(times)
    if rng.random() < 0.12:
        low, high = rng.uniform(-2.5, -0.5), rng.uniform(0.5, 2.5)
        values = np.clip(values, low, high)
    if rng.random() < 0.12:
        step = rng.uniform(0.05, 0.5)
        values = np.round(values / step) * step
    # a dead sensor's series would tell nothing
    dead = values.std(axis=1, keepdims=True) < 1e-3
    values = values + 0.1 * dead * draws.noise(times)
    return values[:, ::-1] if rng.random() < 0.2 else values
