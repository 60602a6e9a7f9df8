"""Any accepted input becomes a validated `Panel`, normalised block by block."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn._series.cells import Numbers, Rows, as_array, count_channels
from timenet_sklearn._series.columns import is_table
from timenet_sklearn._series.forms import read_rows
from timenet_sklearn._series.missing import LARGEST, Scan
from timenet_sklearn._series.names import check_names
from timenet_sklearn._series.normalize import Scaling, interpolate, scale, standardize
from timenet_sklearn._series.plausible import (
    check_axes,
    check_first_column,
    check_length,
    check_ramps,
)
from timenet_sklearn.exceptions import SeriesError

# Values worked on at a time: temporaries of float64 then stay in the L2 cache.
_CHUNK = 1 << 15


@dataclass(frozen=True, eq=False)
class Panel:
    """Validated series; normalised block by block, so that little memory is used.

    Attributes
    ----------
    lengths : ndarray of shape (n_samples,), int64
        Steps of each series.
    n_channels : int
        Channels of every series.
    channel_names : list of str or None
        Their names, where the input has any.
    instances : pandas Index or None
        Labels of the series, where they are not those of the rows of the input.
    """

    lengths: NDArray[np.int64]
    n_channels: int
    _rows: Rows = field(repr=False)
    _normalize: bool = True
    _missing: str | None = "error"
    _scaling: Scaling | None = None
    _differences: bool = False
    channel_names: list[str] | None = None
    instances: Any = field(default=None, repr=False)

    @property
    def n_samples(self) -> int:
        """Number of series."""
        return len(self.lengths)

    def block(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return the series `start` to `stop` side by side, normalised.

        Gives float32 (n_series, n_channels, longest of them), zero after the end of a
        series.
        """
        start, stop, _ = slice(start, stop).indices(self.n_samples)
        width = int(self.lengths[start:stop].max(initial=0))
        shape = (max(stop - start, 0), self.n_channels, width)
        block = np.zeros(shape, dtype=np.float32)
        for first, last in _chunks(self._rows, start, stop):
            values = self._values(first, last)
            block[first - start : last - start, :, : values.shape[2]] = values
        return block

    def series(self) -> list[NDArray[np.float32]]:
        """Return each channel of each series on its own, normalised as in `block`."""
        return [
            channel[:length].copy()  # a view would keep the padding alive
            for first, last in _chunks(self._rows, 0, self.n_samples)
            for channels, length in zip(
                self._values(first, last).astype(np.float32),
                self.lengths[first:last],
                strict=True,
            )
            for channel in channels
        ]

    def raw(self) -> list[NDArray[np.float64]]:
        """Return series (n_channels, length_i) as they came, less NaN at their ends."""
        return [
            np.array(row[:, :length], dtype=np.float64)
            for row, length in zip(self._rows, self.lengths, strict=True)
        ]

    def take(self, indices: slice | Sequence[int] | NDArray[Any]) -> Panel:
        """Return the panel of some series, in the order wanted; may share data."""
        chosen = np.arange(self.n_samples)[indices]
        rows: Rows
        if isinstance(self._rows, list):
            rows = [self._rows[index] for index in chosen]
        else:
            rows = self._rows[indices if isinstance(indices, slice) else chosen]
        return replace(self, lengths=self.lengths[chosen], _rows=rows, instances=None)

    def shown(
        self, *, normalize: bool, scaling: Scaling | None, differences: bool
    ) -> Panel:
        """Return the panel normalised otherwise, or of first differences.

        `scaling` standardises channels, instead of each series by itself. The first of
        the differences stands twice, so that lengths stay.
        """
        return replace(
            self, _normalize=normalize, _scaling=scaling, _differences=differences
        )

    def channel(self, channel: int, stride: int) -> NDArray[np.float64]:
        """Every `stride`-th of a channel's values, of all series one after another."""
        kept, position = [], 0
        for first, last in _chunks(self._rows, 0, self.n_samples):
            rows = self._values(first, last)[:, channel]
            for row, length in zip(rows, self.lengths[first:last], strict=True):
                kept.append(row[-position % stride : length : stride])
                position += int(length)
        return np.concatenate(kept)

    def cut(self, spans: Sequence[tuple[int, int, int]]) -> Panel:
        """Return a panel of parts of series, each normalised by itself.

        `spans` are (row, start, stop), those of a row one after another.
        """
        parts: list[Numbers] = []
        row, values = -1, self._rows[0]
        for wanted, start, stop in spans:
            if wanted != row:
                row, values = wanted, self._whole(wanted)
            parts.append(values[:, start:stop])
        lengths = np.array([stop - start for _, start, stop in spans], dtype=np.int64)
        return replace(self, lengths=lengths, _rows=parts)

    def coarse(self, longest: int) -> Panel:
        """Return a panel whose longer series are averaged down to `longest` steps."""
        rows: list[Numbers] = []
        for row, length in enumerate(self.lengths.tolist()):
            values = self._whole(row)[:, :length]
            factor = -(-length // longest)
            if factor > 1:
                starts = np.arange(0, length, factor)
                counts = np.minimum(starts + factor, length) - starts
                # Divided first, as a sum of numbers near 1e308 would overflow.
                parts = values / np.repeat(counts, counts)
                values = np.add.reduceat(parts, starts, axis=1)
            rows.append(values)
        lengths = np.array([row.shape[1] for row in rows], dtype=np.int64)
        return replace(self, lengths=lengths, _rows=rows)

    def with_mixtures(self, weights: NDArray[np.float64], scaling: Scaling) -> Panel:
        """Return the panel with mixtures of its channels as further channels.

        Parameters
        ----------
        weights : ndarray of shape (n_mixtures, n_channels)
        scaling : Scaling
            By which channels are standardised before they are mixed.
        """
        if not len(weights):
            return self
        shown = self.shown(normalize=True, scaling=scaling, differences=False)
        rows: list[Numbers] = []
        for row, length in enumerate(self.lengths.tolist()):
            mixtures = np.einsum("mc,ct->mt", weights, shown._values(row, row + 1)[0])
            rows.append(np.concatenate([self._whole(row)[:, :length], mixtures]))
        names = self.channel_names or [f"channel{i}" for i in range(self.n_channels)]
        names = [*names, *(f"component{i}" for i in range(len(weights)))]
        return replace(self, n_channels=len(names), _rows=rows, channel_names=names)

    def _whole(self, row: int) -> Numbers:
        """Return a series as it came in, gaps filled: neighbours may be cut away."""
        if self._missing != "interpolate":
            return self._rows[row]
        plain = self.shown(normalize=False, scaling=None, differences=False)
        whole: Numbers = plain._values(row, row + 1)[0]
        return whole

    def _values(self, start: int, stop: int) -> NDArray[np.float64]:
        """Finished values of a few series, with zeros after their ends."""
        lengths = self.lengths[start:stop]
        values = _read(self._rows, start, stop)[:, :, : lengths.max()]
        after = np.arange(values.shape[2]) >= lengths[:, None, None]
        if self._missing == "interpolate":
            values = interpolate(values, after)
        padded = bool(after.any())
        if padded:
            values = np.where(after, 0.0, values)
        if self._differences:
            if self._normalize:
                # The difference of two numbers near 1e308 would overflow; what is not
                # normalised is smaller.
                values = values / 2
            values = np.diff(values, axis=-1, prepend=values[..., :1])
            if padded:
                np.copyto(values, 0.0, where=after)
            if values.shape[2] > 1:
                # A zero would be a jump that the series does not have.
                values[..., 0] = values[..., 1]
        if self._scaling is not None:
            return scale(values, self._scaling, after if padded else None)
        if not self._normalize:
            return values
        return standardize(values, lengths[:, None, None], after if padded else None)


def _chunks(rows: Rows, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Split rows so that each part, padded, holds about `_CHUNK` values."""
    if not isinstance(rows, list):
        step = max(1, _CHUNK // math.prod(rows.shape[1:]))
        for first in range(start, stop, step):
            yield first, min(first + step, stop)
        return
    first, widest = start, 0
    for row in range(start, stop):
        widest = max(widest, rows[row].size)
        if row > first and (row - first + 1) * widest > _CHUNK:
            yield first, row
            first, widest = row, rows[row].size
    if first < stop:
        yield first, stop


def _read(rows: Rows, start: int, stop: int) -> NDArray[np.float64]:
    """Return rows as (n, n_channels, width), NaN after their ends; may be a view."""
    part = rows[start:stop]
    # A longdouble beyond float64 becomes inf, and is refused as such.
    with np.errstate(over="ignore"):
        if not isinstance(part, list):
            return np.ascontiguousarray(part, dtype=np.float64)
        width = max(1, *(row.shape[1] for row in part))  # 1: an empty series is NaN
        values = np.full((len(part), len(part[0]), width), np.nan)
        for padded, row in zip(values, part, strict=True):
            padded[:, : row.shape[1]] = row
    return values


def check_panel(
    X: Any,
    *,
    estimator: str = "check_panel",
    normalize: bool = True,
    missing: str | None = "error",
    n_channels: int | None = None,
    channel_names: Sequence[str] | None = None,
) -> Panel:
    """Validate time series in any accepted form.

    Parameters
    ----------
    X : array, DataFrame or list
        - array ``(n_samples, n_timepoints)`` or ``(n_samples, n_channels,
          n_timepoints)``, of any real dtype and memory layout;
        - list, tuple or object array of series, each ``(length_i,)`` or
          ``(n_channels, length_i)``;
        - pandas, polars or pyarrow table ``(n_samples, n_timepoints)``, whose columns
          are named as successive steps are, or one whose columns hold lists or
          arrays, a column a channel; a Series of lists;
        - pandas table with columns of two levels, channels and steps;
        - pandas table or Series of readings with an index of instances and times; a
          list of tables ``(length_i, n_channels)``;
        - DataArray of xarray, with its dims in any order.

        Trailing NaN makes a series shorter. X is not modified; numeric arrays are not
        copied.
    estimator : str
        Name that starts every message.
    normalize : bool
        Whether blocks are z-normalised, each channel of each series by itself.
    missing : {"error", "interpolate", None}
        What to do about NaN inside a series: refuse it, or interpolate linearly
        between its neighbours (leading NaN takes the first real value). None refuses
        it for an estimator that has no such parameter to recommend.
    n_channels : int, optional
        Number of channels that X must have.
    channel_names : sequence of str, optional
        Names that they must have, in this order, if they have any.

    Returns
    -------
    Panel

    Raises
    ------
    ValueError
        For inf, empty series, NaN inside a series, channels that do not end together
        or differ in number, complex numbers, no samples, columns of a table that are
        no steps, and, with ``normalize=False``, numbers beyond 1e25.
    TypeError
        For text, dates, sparse matrices and other objects that are no numbers.

    Warns
    -----
    SuspiciousShapeWarning
        If there are many more channels than steps, a handful of steps, or a column
        that looks like labels.
    """
    if missing not in ("error", "interpolate", None):
        raise ValueError(
            f'{estimator}: missing={missing!r}; expected "error" or "interpolate".'
        )
    rows, names, instances = read_rows(X, estimator)
    found = count_channels(rows, estimator)
    if channel_names is not None or n_channels is not None:
        check_names(channel_names, names, estimator)
    if n_channels is not None and found != n_channels:
        one = getattr(X, "ndim", 0) == 2 and len(rows) == n_channels
        raise SeriesError(
            estimator,
            0,
            f"has {found} channel(s), but {n_channels} are expected, as in fit. Pass "
            "the channels that were there in fit"
            + (", or np.asarray(X)[None] if each row is a channel." if one else "."),
        )
    lengths = _check_values(rows, names, found, estimator, normalize, missing)
    return Panel(
        lengths,
        found,
        rows,
        normalize,
        missing,
        channel_names=names,
        instances=instances,
    )


def _check_values(
    rows: Rows,
    names: Sequence[str] | None,
    n_channels: int,
    estimator: str,
    normalize: bool,
    missing: str | None,
) -> NDArray[np.int64]:
    """Refuse what cannot be embedded, warn of what looks wrong; return the lengths."""
    # First of all: NaN after the end of a series is in the way if axes are swapped.
    widest = max(row.shape[1] for row in (rows if isinstance(rows, list) else rows[:1]))
    check_axes(len(rows), n_channels, widest, estimator)
    lengths = np.empty(len(rows), dtype=np.int64)
    for start, stop in _chunks(rows, 0, len(rows)):
        scan = Scan(_read(rows, start, stop), start, estimator)
        lengths[start:stop] = scan.lengths(missing)
        if not normalize:
            scan.refuse_large()
    check_length(len(rows), n_channels, int(lengths.max()), estimator)
    if n_channels > 1:
        check_ramps(rows, names, estimator)
    elif not isinstance(rows, list):
        check_first_column(rows, estimator)
    return lengths


def check_embeddings(embeddings: Any, estimator: str) -> NDArray[np.float32]:
    """Validate embeddings in any form that series may have, as a float32 table."""
    if is_table(embeddings):  # of features, whatever their names
        embeddings = as_array(embeddings, estimator)
    rows = read_rows(embeddings, estimator).rows
    if count_channels(rows, estimator) > 1:
        raise ValueError(
            f"{estimator}: embeddings are a table, (n_samples, n_columns)."
        )
    values = _read(rows, 0, len(rows))[:, 0]
    sound = (np.abs(values) <= LARGEST).all(axis=1)  # NaN is not
    for row in np.flatnonzero(~sound)[:1]:
        raise ValueError(
            f"{estimator}: embedding {row} has NaN, numbers beyond {LARGEST:g}, or "
            "fewer columns than others. Pass what transform returned."
        )
    return values.astype(np.float32)
