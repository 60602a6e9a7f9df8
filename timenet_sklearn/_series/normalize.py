"""Z-normalisation, and gaps filled, the same to the last bit wherever a series stands.

A series' normalised values depend on that series alone: whatever form or memory
layout it came in, and whatever it came with. Sums are therefore taken by `_sum`,
never by NumPy's own reductions, whose order of additions depends on layout and
length.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# A constant series that was computed, not typed in, wobbles in its last two bits.
_ROUNDING = 4 * np.finfo(np.float64).eps
# The gates of the encoder saturate long before.
_FARTHEST = 1e3


class Scaling(NamedTuple):
    """Level and spread of each channel, to standardise by.

    Attributes
    ----------
    center, spread : ndarray of shape (n_channels,)
    """

    center: NDArray[np.float64]
    spread: NDArray[np.float64]


def z_normalize(values: NDArray[Any]) -> NDArray[np.float64]:
    """Z-normalise series (..., n_timepoints) of equal length, in float64.

    Zeros where the standard deviation is within rounding of the magnitude.
    """
    values = np.asarray(values, dtype=np.float64)
    return standardize(values, np.int64(values.shape[-1]), None)


def standardize(
    values: NDArray[np.float64],
    count: NDArray[np.int64] | np.int64,
    after: NDArray[np.bool_] | None,
) -> NDArray[np.float64]:
    """Z-normalise over the last axis, where `after` marks zeros that do not count."""
    magnitude = np.abs(values).max(axis=-1, keepdims=True)
    # A power of two rounds nothing, and afterwards no square can overflow. Within
    # 1000 it is a normal number itself, and the square of a subnormal stays one too.
    scale = np.ldexp(1.0, -np.clip(np.frexp(magnitude)[1], -1000, 1000))
    centred: NDArray[np.float64] = values * scale
    # Twice, as the mean of 1e9 + sin(t) is rounded by more than sin(t) deserves.
    for _ in range(2):
        centred -= _sum(centred) / count
        if after is not None:
            np.copyto(centred, 0.0, where=after)
    std = np.sqrt(_sum(centred * centred) / count)
    constant = std <= _ROUNDING * magnitude * scale
    centred /= np.where(constant, 1.0, std)
    np.copyto(centred, 0.0, where=constant)
    return centred


def scale(
    values: NDArray[np.float64], scaling: Scaling, after: NDArray[np.bool_] | None
) -> NDArray[np.float64]:
    """Standardise each channel; what lies `_FARTHEST` spreads away saturates."""
    with np.errstate(over="ignore"):  # infinity saturates as well
        scaled = (values - scaling.center[:, None]) / scaling.spread[:, None]
    np.clip(scaled, -_FARTHEST, _FARTHEST, out=scaled)
    if after is not None:
        np.copyto(scaled, 0.0, where=after)
    return scaled


def _sum(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum over the last axis, kept as an axis of one.

    Folds the upper half onto the lower, at powers of two. Each addition rounds by
    itself, so neither layout nor zeros after a series' end can change a bit.
    """
    width = values.shape[-1]
    while width > 1:
        half = 1 << ((width - 1).bit_length() - 1)
        folded = values[..., :half].copy()
        folded[..., : width - half] += values[..., half:width]
        values, width = folded, half
    return values


def interpolate(
    values: NDArray[np.float64], after: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Fill NaN inside series; a copy if there is any."""
    gaps = np.isnan(values) & ~after
    if not gaps.any():
        return values
    values = values.copy()
    for row, channel in np.argwhere(gaps.any(axis=-1)):
        line, gap = values[row, channel], gaps[row, channel]
        real = ~(gap | after[row, 0])
        # Scaled, as the difference of two neighbours near 1e308 would overflow.
        exponent = np.frexp(np.abs(line[real]).max())[1]
        known = np.ldexp(line[real], -exponent)
        filled = np.interp(np.flatnonzero(gap), np.flatnonzero(real), known)
        line[gap] = np.ldexp(filled, exponent)
    return values
