"""What the encoder is shown of a series: itself, its differences, its windows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from timenet_sklearn._series.names import refuse_uneven
from timenet_sklearn._series.normalize import Scaling
from timenet_sklearn._series.panel import Panel

#: "whole" is the series, "differences" are the steps from each value to the next.
#: "coarse" is a long series averaged down. "windows" are those of a long series, by the
#: mean of what they give, "window_spread" by the standard deviation of it.
VIEWS = (
    "whole",
    "differences",
    "coarse",
    "coarse_differences",
    "windows",
    "window_differences",
    "window_spread",
    "window_differences_spread",
)
# Longer than what the encoder was trained on, a series is cut into windows.
LONGEST, _WIDTH, _STEP = 512, 256, 128
# Steps that are left of a coarse series, at most.
_COARSE = 256
# Windows of a series, at most: more take time and hardly move their mean and spread.
_MOST_WINDOWS = 1024
# What lies outside is an outlier, and has no say in a channel's level and spread.
_TAIL = 0.01
# A series that moves less, by its channel's spread, is as good as constant.
_SMALLEST_SPREAD = 0.01
# Principal components of channels, at most; what moves less is rounding.
_MOST_COMPONENTS, _ROUNDING = 8, 1e-9
# Series described at a time: their values bound memory.
_ROWS_AT_A_TIME = 256
# More values would not change level and spread that are seen.
_MAX_VALUES = 1_000_000

#: Each series by itself, or each channel by what was learned in fit.
NORMALIZATIONS = ("series", "fit")

Span = tuple[int, int, int]
Scalings = Mapping[str, Scaling]


class View(NamedTuple):
    """What the encoder is shown of a series, and how it is normalised.

    Attributes
    ----------
    kind : str
        Of `VIEWS`.
    normalize : "series", "fit" or False
    """

    kind: str
    normalize: str | bool

    @property
    def label(self) -> str:
        """Its part in the names of columns; the plain series needs none."""
        return str(self).removeprefix("whole").removeprefix("_")

    @property
    def differences(self) -> bool:
        """Whether it shows first differences."""
        return "differences" in self.kind

    @property
    def windows(self) -> bool:
        """Whether it cuts long series."""
        return "window" in self.kind

    @property
    def spread(self) -> bool:
        """Whether windows are summarised by how they differ, not by their mean."""
        return "spread" in self.kind

    def __str__(self) -> str:
        return f"{self.kind}_fit" if self.normalize == "fit" else self.kind

    def of(self, panel: Panel, scaling: Scalings | None = None) -> Panel:
        """Return the panel as the encoder is shown it, windows not cut yet."""
        fitted = None
        if self.normalize == "fit" and scaling is not None:
            fitted = scaling["differences" if self.differences else "values"]
        if "coarse" in self.kind:
            panel = panel.coarse(_COARSE)
        return panel.shown(
            normalize=bool(self.normalize), scaling=fitted, differences=self.differences
        )


#: The plain series.
WHOLE = View("whole", "series")


def make_views(
    views: str | Sequence[str], normalize: str | bool | Sequence[str], name: str
) -> tuple[View, ...]:
    """Check and combine `views` and `normalize` of an estimator."""
    kinds = some_of(VIEWS, views, "views", name)
    if isinstance(normalize, (bool, np.bool_)):
        ways: tuple[str | bool, ...] = ("series",) if normalize else (False,)
    else:
        ways = some_of(NORMALIZATIONS, normalize, "normalize", name, " (or False)")
    return tuple(View(kind, way) for kind in kinds for way in ways)


def some_of(
    known: tuple[str, ...], given: Any, parameter: str, name: str, more: str = ""
) -> tuple[str, ...]:
    """Read one or several different names."""
    several = np.iterable(given) and not isinstance(given, str)
    chosen: tuple[Any, ...] = tuple(given) if several else (given,)
    if not chosen or set(chosen) - set(known) or len(set(chosen)) < len(chosen):
        raise ValueError(
            f"{name}: {parameter} must be one or several different ones of "
            f"{', '.join(known)}{more}, got {given!r}."
        )
    return chosen


def cut_windows(lengths: NDArray[np.int64]) -> Iterator[list[Span]]:
    """Cut series into windows that overlap by half.

    A series of up to 512 steps is one window; the last window of a longer one ends
    where the series does. From 131,200 steps on there are 1,024 windows, at equal
    distances: they overlap less, and leave steps out from twice as many on.

    Parameters
    ----------
    lengths : ndarray of shape (n_samples,)

    Yields
    ------
    list of (row, start, stop)
        Windows of one series.
    """
    for row, length in enumerate(lengths.tolist()):
        if length <= LONGEST:
            yield [(row, 0, length)]
            continue
        last = length - _WIDTH
        step = max(_STEP, -(-last // (_MOST_WINDOWS - 1)))
        starts = (*range(0, last, step), last)
        yield [(row, start, start + _WIDTH) for start in starts]


def learn_scaling(panel: Panel, *, differences: bool = False) -> Scaling:
    """Learn level and spread of each channel over all real steps of all series.

    Values beyond the 1st and 99th percentile count as these, so that outliers do not
    decide. The spread of a constant channel is 1. `differences` are the steps from each
    value to the next.
    """
    panel = panel.shown(normalize=False, scaling=None, differences=differences)
    stride = -(-int(panel.lengths.sum()) // _MAX_VALUES)
    found = []
    for channel in range(panel.n_channels):
        values = panel.channel(channel, stride)
        # A power of two rounds nothing, and afterwards no square can overflow.
        exponent = np.frexp(np.abs(values).max())[1]
        values = np.ldexp(values, -exponent)
        low, high = np.quantile(values, [_TAIL, 1 - _TAIL])
        # A channel that is constant but for a few values is spread by these.
        clipped = np.clip(values, low, high) if low < high else values
        center, spread = np.ldexp([clipped.mean(), clipped.std()], exponent)
        found.append((center, spread if spread > 0 else 1.0))
    return Scaling(*np.array(found).T)


def principal_components(panel: Panel, scaling: Scaling) -> NDArray[np.float64]:
    """Learn how channels move together within series.

    Parameters
    ----------
    panel : Panel
    scaling : Scaling
        Of "values", from `learn_scaling`: channels count in spreads.

    Returns
    -------
    ndarray of shape (n_components, n_channels)
        Weights of at most 8 components, each of variance 1 within series on average;
        none for a single channel.
    """
    if panel.n_channels == 1:
        return np.empty((0, 1))
    products = np.zeros((panel.n_channels, panel.n_channels))
    for values, real in _blocks(panel, scaling):
        mean = values.mean(axis=2, where=real, keepdims=True)
        centred = np.where(real, values - mean, 0)
        products += np.tensordot(centred, centred, axes=((0, 2), (0, 2)))
    variances, vectors = np.linalg.eigh(products / panel.lengths.sum())
    chosen = np.flatnonzero(variances > _ROUNDING * variances[-1])
    chosen = chosen[::-1][:_MOST_COMPONENTS]
    weights: NDArray[np.float64] = (vectors[:, chosen] / np.sqrt(variances[chosen])).T
    # A sign of its own, as the encoder tells a series from what it is upside down.
    largest = np.abs(weights).argmax(axis=1)[:, None]
    weights *= np.sign(np.take_along_axis(weights, largest, axis=1))
    return weights


def level_and_spread(panel: Panel, scaling: Scaling) -> NDArray[np.float32]:
    """Describe what normalising each series by itself takes away.

    Parameters
    ----------
    panel : Panel
    scaling : Scaling
        Of "values", from `learn_scaling`: the units.

    Returns
    -------
    float32 ndarray of shape (n_samples, n_channels * 2)
        Mean of each channel of each series, less the channel's center, and logarithm of
        its standard deviation; both in spreads of the channel, within 10 of zero.
    """
    parts = []
    for values, real in _blocks(panel, scaling):
        mean = np.clip(values.mean(axis=2, where=real), -10, 10)
        std = values.std(axis=2, where=real)
        parts.append(np.stack([mean, np.log(std + _SMALLEST_SPREAD)], axis=2))
    result = np.concatenate(parts).astype(np.float32)
    return result.reshape(panel.n_samples, -1)


def _blocks(
    panel: Panel, scaling: Scaling
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.bool_]]]:
    """Yield some series at a time, in spreads of channels, and which steps are real."""
    shown = panel.shown(normalize=True, scaling=scaling, differences=False)
    for start in range(0, panel.n_samples, _ROWS_AT_A_TIME):
        rows = slice(start, min(start + _ROWS_AT_A_TIME, panel.n_samples))
        values = shown.block(rows.start, rows.stop).astype(np.float64)
        real = np.arange(values.shape[2]) < panel.lengths[rows, None, None]
        yield values, np.broadcast_to(real, values.shape)


def sliding_windows(
    X: ArrayLike, width: int, step: int = 1
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Cut a long recording into windows, without copying it.

    Parameters
    ----------
    X : array-like of shape (n_timepoints,) or (n_channels, n_timepoints)
        One recording.
    width : int
        Steps of a window.
    step : int, default=1
        Steps from the start of a window to that of the next. What remains at the end
        and fills no window is left out.

    Returns
    -------
    windows : ndarray of shape (n_windows, width) or (n_windows, n_channels, width)
        A read-only view of `X`, in a form that all estimators here accept.
    starts : int64 ndarray of shape (n_windows,)
        Where each window starts: ``X[..., starts[i] : starts[i] + width]``.

    Raises
    ------
    ValueError
        If `X` is no recording, or shorter than a window, or a Series of pandas whose
        times do not ascend in even steps; if `width` or `step` is no whole number of
        at least 1.

    Examples
    --------
    >>> import numpy as np
    >>> from timenet_sklearn import sliding_windows
    >>> windows, starts = sliding_windows(np.arange(10), width=4, step=3)
    >>> windows
    array([[0, 1, 2, 3],
           [3, 4, 5, 6],
           [6, 7, 8, 9]])
    >>> starts
    array([0, 3, 6])
    """
    # time runs along the last axis
    table: Any = X
    if hasattr(table, "columns"):
        refuse_uneven(table.columns, "sliding_windows", "X.T.{}.T")
    elif hasattr(table, "iloc"):
        refuse_uneven(table.index, "sliding_windows")
    recording = np.asarray(X)
    for name, value in (("width", width), ("step", step)):
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if not whole or value < 1:
            raise ValueError(
                f"sliding_windows: {name} must be a whole number of at least 1, got "
                f"{value!r}."
            )
    if recording.ndim not in (1, 2):
        raise ValueError(
            f"sliding_windows: X has shape {recording.shape}; expected one recording, "
            f"(n_timepoints,) or (n_channels, n_timepoints). Cut several one by one."
        )
    n_timepoints = recording.shape[-1]
    if n_timepoints < width:
        raise ValueError(
            f"sliding_windows: X of shape {recording.shape} has {n_timepoints} steps, "
            f"fewer than width={width}. Time runs along the last axis: pass X.T if it "
            f"runs along the first."
        )
    windows = np.lib.stride_tricks.sliding_window_view(recording, width, axis=-1)
    starts = np.arange(0, windows.shape[-2], step, dtype=np.int64)
    chosen = windows[..., ::step, :]
    return (np.moveaxis(chosen, -2, 0) if recording.ndim == 2 else chosen), starts
