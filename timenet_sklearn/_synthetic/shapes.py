"""Kinds of series that have a shape: pulses, gestures, loads, outlines, spectra."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from timenet_sklearn._synthetic.draws import Draws, Values, curve, standardize


def _cycle(draws: Draws, phase: Values) -> Values:
    """Draw a shape that repeats with every whole number of `phase`."""
    within = phase % 1
    shape = draws.whole(0, 4)
    if shape == 0:  # harmonics
        orders = np.arange(1, draws.whole(2, 8))
        sizes, shifts = draws.normal(len(orders)) / orders, draws.normal(len(orders))
        waves = np.sin(2 * np.pi * orders * within[..., None] + 3 * shifts[:, None])
        return np.einsum("stk,sk->st", waves, sizes)
    if shape == 1:  # ramps, triangles, saw teeth
        top = draws.uniform(0.02, 0.98)
        return np.minimum(within / top, (1 - within) / (1 - top))
    if shape == 2:  # plateaus with soft edges
        edge, part = draws.log_uniform(0.01, 0.1), draws.uniform(0.1, 0.9)
        return expit((within - 0.05) / edge) - expit((within - 0.05 - part) / edge)
    return _bumps(draws, within, draws.whole(2, 7))


def _bumps(draws: Draws, within: Values, n_bumps: int) -> Values:
    """Bumps of many widths and signs between 0 and 1, which is a circle."""
    centres, heights = draws.uniform(0.05, 0.95, n_bumps), draws.normal(n_bumps)
    widths = draws.log_uniform(0.01, 0.12, n_bumps)
    total = np.zeros_like(within)
    for k in range(n_bumps):
        away = (within - centres[:, [k]] + 0.5) % 1 - 0.5
        total += heights[:, [k]] * np.exp(-((away / widths[:, [k]]) ** 2) / 2)
    return total


def season(draws: Draws, times: Values) -> Values:
    """Seasons of one to three periods, a trend and a few events."""
    total = draws.uniform(0, 2) * curve(draws, times, draws.whole(2, 6))
    for _ in range(draws.whole(1, 4)):
        phase = draws.cycles(times) * times + draws.anywhere(0, 1)
        size = draws.uniform(0.2, 1.5) * np.exp(0.4 * curve(draws, times, 3))
        total += size * standardize(_cycle(draws, phase))
    for _ in range(draws.whole(0, 4)):
        away = (times - draws.anywhere(0, 1)) / draws.log_uniform(0.005, 0.1)
        total += 2 * draws.normal() * np.exp(-(away**2) / 2)
    return total


def regimes(draws: Draws, times: Values) -> Values:
    """Stretches that differ in level, slope, oscillation and noise."""
    n = draws.whole(2, 7)
    starts = np.sort(draws.anywhere(0, 1, n), axis=1)
    starts[:, 0] = 0
    ends = np.concatenate([starts[:, 1:], np.full((len(starts), 1), 1.1)], axis=1)
    level, slope, wave = draws.normal(n), draws.normal(n), draws.uniform(-1, 1, n)
    cycles, rough = draws.cycles(times), draws.uniform(-1, 1, n)
    total = np.zeros((len(starts), len(times)))
    for k in range(n):
        start, column = starts[:, [k]], [k]
        part = level[:, column] + slope[:, column] * (times - start)
        phase = 2 * np.pi * cycles * (1 + k) / n * (times - start)
        part += np.maximum(wave[:, column], 0) * np.sin(phase)
        part += 0.5 * np.maximum(rough[:, column], 0) * draws.noise(times)
        total += part * ((times >= start) & (times < ends[:, column]))
    return total


def pulses(draws: Draws, times: Values) -> Values:
    """One beat or many, at a rate that wanders."""
    many = draws.rng.random() < 0.6
    rate = draws.log_uniform(2, min(30, len(times) / 20)) if many else 1.0
    wander = 0.1 * curve(draws, times, draws.whole(3, 12))
    phase = rate * times + wander + (draws.anywhere(0, 1) if many else 0)
    size = np.exp(0.3 * curve(draws, times, 5)) if many else 1.0
    return size * _bumps(draws, phase % 1, draws.whole(2, 8))


def gesture(draws: Draws, times: Values) -> Values:
    """Move from one rest to the next, some with overshoot, some with a tremor."""
    n = draws.whole(1, 7)
    total = 0.1 * curve(draws, times, 6)
    starts, sizes = draws.uniform(0.05, 0.9, n), draws.normal(n)
    widths = draws.log_uniform(0.003, 0.08, n)
    swing = draws.rng.random() < 0.4
    for k in range(n):
        since = (times - starts[:, [k]]) / widths[:, [k]]
        move = expit(since)
        if swing:
            damped = np.exp(-np.abs(since) * 0.15) * (since > 0)
            move = move + damped * np.sin(since * draws.uniform(0.3, 1.5))
        # every other move goes back
        total += (-1) ** k * (0.3 + np.abs(sizes[:, [k]])) * move
    return total


def load(draws: Draws, times: Values) -> Values:
    """Appliances that go on and off, with a surge when they start."""
    total = np.zeros((len(draws.y), len(times)))
    for _ in range(draws.whole(1, 5)):
        if draws.rng.random() < 0.5:
            wander = 0.2 * curve(draws, times, 12)
            phase = draws.cycles(times, 20) * times + wander + draws.anywhere(0, 1)
            on = phase % 1 < draws.uniform(0.05, 0.8)
        else:
            on = curve(draws, times, draws.whole(6, 30)) > draws.normal()
        started = on & ~np.roll(on, 1, axis=1)
        fall = np.exp(-np.arange(min(len(times), 30)) / draws.rng.uniform(0.5, 8))
        surge = np.apply_along_axis(np.convolve, 1, started * 1.0, fall)
        surge = draws.uniform(0, 1) * surge[:, : len(times)] * on
        total += draws.log_uniform(0.1, 3) * (on + surge)
    return total


def chirp(draws: Draws, times: Values) -> Values:
    """Oscillations whose frequency and size change."""
    total = np.zeros((len(draws.y), len(times)))
    for _ in range(draws.whole(1, 4)):
        rate = draws.cycles(times, 30) * np.exp(
            draws.uniform(-1.2, 1.2) * times
            + 0.3 * curve(draws, times, draws.whole(2, 6))
        )
        phase = np.cumsum(np.minimum(rate, len(times) / 5), axis=1) / len(times)
        size = np.exp(draws.uniform(-4, 1.5) * times + 0.3 * curve(draws, times, 4))
        wave = np.sin(2 * np.pi * (phase + draws.anywhere(0, 1)))
        total += (
            draws.uniform(0.2, 1)
            * size
            * np.sign(wave)
            * np.abs(wave) ** (draws.log_uniform(0.2, 3))
        )
    return total


def outline(draws: Draws, times: Values) -> Values:
    """Draw closed shapes, each as one number at even steps along its edge."""
    rng, circle = draws.rng, np.linspace(0, 2 * np.pi, 720, endpoint=False)
    orders = np.arange(1, rng.integers(4, 24))
    sizes = draws.normal(len(orders)) / orders ** rng.uniform(0.7, 1.7)
    waves = np.cos(orders[:, None] * circle + 3 * draws.normal(len(orders))[..., None])
    radius = np.exp(rng.uniform(0.1, 0.5) * np.einsum("sk,skt->st", sizes, waves))
    if rng.random() < 0.6:  # lobes, or the corners of a polygon
        lobes = np.abs(np.cos(rng.integers(1, 9) * circle / 2 + draws.normal()))
        radius *= 1 + draws.uniform(-0.4, 1.5) * lobes ** draws.log_uniform(0.3, 8)
    if rng.random() < 0.3:  # a serrated edge
        teeth = (rng.integers(15, 60) * circle / (2 * np.pi)) % 1
        radius *= 1 + draws.uniform(0, 0.08) * teeth
    shape = radius * np.exp(1j * circle)
    shape = shape.real + 1j * shape.imag * draws.log_uniform(0.2, 1)  # elongated
    shape += 0.1 * draws.normal() * shape.real**2  # bent
    start = rng.integers(720) if draws.rng.random() < 0.5 else 0
    shape = np.roll(shape, start, axis=1) - shape.mean(axis=1, keepdims=True)
    return _along(shape, times, draws.anywhere(0, 0.2), draws.whole(0, 3))


def _along(shape: Values, times: Values, starts: Values, what: int) -> Values:
    """Distance from the centre, direction or height along the edge of shapes."""
    closed = np.concatenate([shape, shape[:, :1]], axis=1)
    steps = np.diff(closed, axis=1)
    lengths = np.cumsum(np.abs(steps), axis=1)
    places = (times + starts) % 1 * lengths[:, -1:]
    turns = np.unwrap(np.angle(steps), axis=1)
    turns -= lengths / lengths[:, -1:] * 2 * np.pi
    seen = (np.abs(shape), turns, shape.imag)[what]
    rows = zip(places, lengths, seen, strict=True)
    return np.array([np.interp(p, s, v, period=s[-1]) for p, s, v in rows])


def spectrum(draws: Draws, times: Values) -> Values:
    """Peaks of many widths over a smooth ground, as of food or light."""
    total = curve(draws, times, draws.whole(2, 5))
    n = draws.whole(3, 30)
    places = draws.rng.random(n) + 0.01 * draws.normal(n)
    heights, widths = np.exp(draws.normal(n)), draws.log_uniform(0.005, 0.15, n)
    sharp = draws.rng.random() < 0.3
    for k in range(n):
        away = ((times - places[:, [k]]) / widths[:, [k]]) ** 2
        total += heights[:, [k]] * (1 / (1 + away) if sharp else np.exp(-away / 2))
    return total


def motif(draws: Draws, times: Values) -> Values:
    """Patterns somewhere in noise; a class says which."""
    rng, n = draws.rng, draws.whole(1, 4)
    total = rng.choice([0.05, 0.3, 0.6]) * draws.noise(times)
    if rng.random() < 0.2:
        total = np.cumsum(total, axis=1) / np.sqrt(len(times))
    which = rng.integers(6, size=(draws.n_classes, n))[draws.y]
    free, parts = rng.random() < 0.7, draws.uniform(0.05, 0.8 / n, n)
    for k in range(n):
        slack = rng.random((len(total), 1)) if free else draws.uniform(0, 1)
        within = times - (k + slack * (1 - n * parts[:, [k]])) / n
        within = within / parts[:, [k]]
        shapes = (
            np.ones_like(within),
            within,
            1 - within,
            1 - np.abs(2 * within - 1),
            np.sin(2 * np.pi * within),
            np.sign(within - 0.5),
        )
        shape = np.choose(which[:, [k]], shapes)
        total += draws.uniform(0.5, 4) * shape * ((within >= 0) & (within < 1))
    return total
