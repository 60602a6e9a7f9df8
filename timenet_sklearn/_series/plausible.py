"""Warn of what can be read but is probably not meant so."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn._series.cells import Rows
from timenet_sklearn._series.names import is_channel, times_of
from timenet_sklearn.exceptions import SuspiciousShapeWarning

# PenDigits, the shortest set of the archives, has 8 steps.
HANDFUL = 8
# NATOPS has 24 channels of 51 steps; windows read the wrong way round 30 of 14.
_MANY = 2
# What steps of time are called in columns; "" is a mere number.
_STEP_WORDS = frozenset(
    ["", *"t x v h m s d step time hour min minute sec second day week lag".split()]
)
_AXES = (
    "If X is (n_samples, n_timepoints, n_channels), pass "
    'timenet_sklearn.from_array(X, axes="ntc").'
)
SILENCE = (
    ' If this is meant, warnings.filterwarnings("ignore", '
    "category=timenet_sklearn.exceptions.SuspiciousShapeWarning)."
)


def check_axes(n_samples: int, n_channels: int, widest: int, estimator: str) -> None:
    """Warn if channels are many more than steps."""
    if 0 < widest * _MANY <= n_channels:
        suspect(
            f"{estimator}: X is read as {n_samples} series of {n_channels} channel(s) "
            f"and {widest} step(s): many more channels than steps. {_AXES}"
        )


def check_length(n_samples: int, n_channels: int, longest: int, estimator: str) -> None:
    """Warn if steps are few, but not if it is told already that channels are many."""
    if n_channels < longest * _MANY and longest < HANDFUL:
        advice = _AXES
        if n_channels == 1:
            advice = (
                "If the rows are the steps of one recording, pass "
                'timenet_sklearn.from_array(X, axes="tc"), or "tn" if each column is a '
                "series; if each row is one reading of many series, "
                "timenet_sklearn.from_long."
            )
        suspect(
            f"{estimator}: X is read as {n_samples} series of {n_channels} channel(s) "
            f"and {longest} step(s) at most. {advice}"
        )


def check_first_column(rows: NDArray[Any], estimator: str) -> None:
    """Warn if the first or last of all steps alone is whole, as labels and ids are."""
    values = rows[:, 0]
    if len(values) < 2 or values.shape[1] < 3 or values.dtype.kind != "f":
        return
    for column, name in ((0, "first"), (-1, "last")):
        labels = values[:, column]
        if (labels[:8] != np.rint(labels[:8])).any():  # the rule, and quick to see
            continue
        if (labels != np.rint(labels)).any() or (labels == labels[0]).all():
            continue
        others = values[:64, 1:-1]
        share = ((others == np.rint(others)).sum() + 1) / (others.size + 1)
        # How likely it is that whole numbers stand there by chance.
        if share ** len(labels) < 1e-6:
            suspect(
                f"{estimator}: the {name} column of X has whole numbers only, such as "
                f"{labels[0]:g} and {labels[labels != labels[0]][0]:g}, all others "
                "have not: labels or ids, it seems. Take it out with "
                f"{'X[:, 1:]' if column == 0 else 'X[:, :-1]'}."
            )


def check_ramps(rows: Rows, names: Sequence[str] | None, estimator: str) -> None:
    """Warn if a channel rises by equal steps, as times and row numbers do."""
    ramps = _ramps(rows[0])
    if not ramps.any():
        return
    for channel in np.flatnonzero(ramps & _ramps(rows[-1]))[:1]:
        name = f" ({names[channel]!r})" if names else ""
        suspect(
            f"{estimator}: channel {channel}{name} of X rises by equal steps in the "
            "first and the last series, as times and row numbers do. Leave it out."
        )


def _ramps(row: NDArray[Any]) -> NDArray[np.bool_]:
    """Which channels go up by one and the same step nearly everywhere."""
    if row.shape[1] < HANDFUL or row.dtype.kind not in "fiu":
        return np.zeros(len(row), dtype=np.bool_)
    begun: NDArray[np.bool_] = row[:, 2] - row[:, 1] == row[:, 1] - row[:, 0]
    if not begun.any():  # the rule, and quick to see
        return begun
    steps = np.diff(row, axis=1)
    usual = steps[:, :1]
    same: NDArray[np.bool_] = (steps == usual).mean(axis=1) > 0.9
    return same & (usual[:, 0] > 0)


def check_step_names(
    names: Sequence[Any], family: str, index: Any, estimator: str
) -> None:
    """Warn if columns read as time steps are named as channels are.

    So they are, it seems, if the rows have times and the name is no word of time, or if
    several rows are of one day: a profile of each day is read as it is meant.
    """
    word = family.strip("#_- .").lower()
    dated = len(times_of(index)) > 1 and family != "date"
    if is_channel(names[0]) or (
        dated and (word not in _STEP_WORDS or has_readings(index))
    ):
        suspect(
            f"{estimator}: the columns {names[0]!r}, {names[1]!r} and so on of X are "
            "read as time steps, but named as channels are, or the rows have times. If "
            "each row is a time step of one recording, pass np.asarray(X).T[None]; if "
            "each column is a series, np.asarray(X).T."
        )


def has_readings(index: Any) -> bool:
    """Whether rows are readings by their times: several a day, none twice."""
    if not hasattr(index, "normalize"):
        return False
    return bool(index.is_unique and index.normalize().has_duplicates)


def check_features(features: NDArray[np.float32], estimator: str) -> None:
    """Warn if all of several series have the same embedding."""
    if len(features) > 1 and (features[1] == features[0]).all():
        if (features == features[0]).all():
            suspect(
                f"{estimator}: all {len(features)} embeddings are the same. Series of "
                "one step, constant series and copies of one series cannot be told "
                "apart: look at the shape and the values of X."
            )


def suspect(message: str) -> None:
    """Warn, and say how to turn the warning off."""
    warnings.warn(message + SILENCE, SuspiciousShapeWarning, stacklevel=5)
