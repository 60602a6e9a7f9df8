"""Kinds of series that chance makes: random processes, noise, chaos."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import expit

from timenet_sklearn._synthetic.draws import Draws, Values, curve, standardize

# Gaussian processes are drawn on as many points at most, and interpolated.
_GRID = 256


def _kernel(rng: np.random.Generator, times: Values) -> Values:
    """Compose a covariance of one to four kernels, added or multiplied."""
    apart = np.abs(times[:, None] - times)
    total = np.zeros_like(apart)
    for number in range(rng.integers(1, 5)):
        scale = 10 ** rng.uniform(-2, 0)
        middle = times - rng.random()
        part = (
            np.exp(-((apart / scale) ** 2) / 2),
            np.exp(-apart / scale),
            1 / (1 + (apart / scale) ** 2),
            np.exp(-2 * np.sin(np.pi * apart / scale) ** 2 / rng.uniform(0.3, 2) ** 2),
            np.outer(middle, middle),
            np.exp(-np.add.outer(middle**2, middle**2) / 0.1) * np.exp(-apart / scale),
        )[rng.integers(6)]
        total = total * part if number and rng.random() < 0.4 else total + part
    return total


def gaussian_process(draws: Draws, times: Values) -> Values:
    """Draws from a Gaussian process with a composed kernel and a mean function."""
    grid = np.linspace(0, 1, min(len(times), _GRID))
    root = np.linalg.cholesky(_kernel(draws.rng, grid) + 1e-5 * np.eye(len(grid)))
    values = CubicSpline(grid, draws.normal(len(grid)) @ root.T, axis=1)(times)
    mean = (
        lambda: 0.0,
        lambda: 2 * draws.normal() * times,
        lambda: np.exp(draws.uniform(-3, 3) * times),
        lambda: np.sin(2 * np.pi * draws.cycles(times) * times),
        lambda: draws.normal() * (times > draws.uniform(0.1, 0.9)),
    )[draws.whole(0, 5)]
    return standardize(values) + mean()


_ACTIVATIONS: tuple[Callable[[Values], Values], ...] = (
    lambda v: v,
    np.tanh,
    np.sin,
    np.abs,
    np.square,
    lambda v: np.maximum(v, 0.1 * v),
    lambda v: expit(8 * v),
    lambda v: v % 1.0,
    lambda v: np.exp(-(v**2) * 2),
    lambda v: np.cumsum(v, axis=1),
    lambda v: np.diff(v, axis=1, prepend=v[:, :1]),
)


def causal_mixture(draws: Draws, times: Values) -> Values:
    """Take the last node of a random graph whose roots are Gaussian processes."""
    rng = draws.rng
    nodes = [gaussian_process(draws, times) for _ in range(rng.integers(1, 4))]
    for _ in range(rng.integers(2, 6)):
        parents = rng.choice(len(nodes), size=min(len(nodes), 3), replace=False)
        lag = rng.integers(0, len(times) // 8 + 1)
        mixed = sum(1.5 * draws.normal() * np.roll(nodes[p], lag, 1) for p in parents)
        activation = _ACTIVATIONS[rng.integers(len(_ACTIVATIONS))]
        nodes.append(standardize(activation(mixed + 0.5 * draws.normal())))
    return nodes[-1]


def coloured_noise(draws: Draws, times: Values) -> Values:
    """Noise of a falling spectrum with a few resonances."""
    n = len(times)
    frequencies = np.fft.rfftfreq(n)
    spectrum = (frequencies + 1 / n) ** -draws.uniform(0, 1.2)
    for _ in range(draws.whole(0, 4)):
        peak, width = draws.log_uniform(2 / n, 0.4), draws.log_uniform(0.003, 0.05)
        gain = draws.uniform(0, 5) * spectrum.mean(axis=1, keepdims=True)
        spectrum = spectrum + gain / (1 + ((frequencies - peak) / width) ** 2)
    return np.fft.irfft(np.fft.rfft(draws.noise(times)) * spectrum, n)


def random_walk(draws: Draws, times: Values) -> Values:
    """Walk with a drift, with steps in common, and some with jumps."""
    steps = draws.noise(times) + draws.uniform(0, 2) * draws.normal(len(times))
    if draws.rng.random() < 0.4:
        jumps = draws.rng.random(steps.shape) < draws.uniform(0, 10) / len(times)
        steps += 10 * jumps * draws.noise(times)
    steps *= np.exp(draws.uniform(0, 1) * curve(draws, times, 4))
    return np.cumsum(steps + 3 * draws.normal() / np.sqrt(len(times)), axis=1)


def burst(draws: Draws, times: Values) -> Values:
    """Shaking that starts at once and dies away, over quiet noise."""
    total = draws.uniform(0, 0.3) * draws.noise(times)
    for _ in range(draws.whole(1, 6)):
        since = times - draws.anywhere(-0.05, 0.95)
        fall = np.exp(-np.maximum(since, 0) / draws.log_uniform(0.01, 0.4))
        carrier = np.sin(2 * np.pi * draws.cycles(times, 60) * since)
        mix = draws.uniform(-1, 2).clip(0, 1)
        shaking = mix * draws.noise(times) + (1 - mix) * carrier
        if draws.rng.random() < 0.3:
            shaking = np.abs(shaking)
        total += draws.log_uniform(0.3, 3) * fall * shaking * (since > 0)
    return total


_SYSTEMS: tuple[Callable[[Values, Values], Any], ...] = (
    # van der Pol, FitzHugh-Nagumo, Lorenz, Roessler
    lambda s, p: (3 * s[1], 3 * ((0.2 + 4 * p[0]) * (1 - s[0] ** 2) * s[1] - s[0]), 0),
    lambda s, p: (
        4 * (s[0] - s[0] ** 3 / 3 - s[1] + 0.4 + 0.8 * p[0]),
        0.5 * (s[0] + 0.7 - 0.8 * s[1]) * (0.3 + p[1]),
        0,
    ),
    lambda s, p: (
        4 * (s[1] - s[0]),
        0.4 * (s[0] * (20 + 15 * p[0] - 10 * s[2]) - s[1]),
        0.4 * (10 * s[0] * s[1] - (2 + p[1]) * s[2]),
    ),
    lambda s, p: (
        -3 * (s[1] + s[2]),
        3 * (s[0] + (0.1 + 0.2 * p[0]) * s[1]),
        3 * (0.05 + s[2] * (5 * s[0] - 4 - 2 * p[1])),
    ),
)


def oscillator(draws: Draws, times: Values) -> Values:
    """Run a non-linear oscillator, some in chaos."""
    system = _SYSTEMS[draws.rng.integers(len(_SYSTEMS))]
    parameters = draws.uniform(0, 1, 2).T
    state = draws.anywhere(-0.5, 0.5, 3).T + 0.1
    # enough small steps that explicit ones stay stable
    n_small = int(np.clip(4000 / len(times), 2, 40))
    step = draws.uniform(5, 40).T / (len(times) * n_small)
    step = np.minimum(step, 0.02)
    seen = np.empty((len(draws.y), len(times)))
    for t in range(len(times)):
        for _ in range(n_small):
            state = state + step * np.array(
                np.broadcast_arrays(*system(state, parameters), state[0])[:3]
            )
            state = np.clip(state, -10, 10)
        seen[:, t] = state[0]
    return seen
