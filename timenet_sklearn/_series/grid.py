"""Readings of many series in order of time: doubles, gaps, and a regular grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn._series.names import uneven
from timenet_sklearn._series.plausible import HANDFUL, suspect
from timenet_sklearn._series.readings import starts_of
from timenet_sklearn.exceptions import SeriesError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# A grid may have this many times more steps than there are readings.
_MOST = 1000
_UNITS = {
    "D": 86_400_000_000_000,
    "h": 3_600_000_000_000,
    "min": 60_000_000_000,
    "s": 1_000_000_000,
    "ms": 1_000_000,
    "us": 1_000,
    "ns": 1,
}


class Readings(NamedTuple):
    """Whose and when readings are, sorted by both.

    Attributes
    ----------
    codes : ndarray of shape (n_readings,), int64
        Number of the series.
    numbers : ndarray of shape (n_readings,)
        Times as numbers.
    times : pandas Index or ndarray
        Times as they are.
    instances : pandas Index
        Ids of the series.
    """

    codes: Ints
    numbers: NDArray[Any]
    times: Any
    instances: Any

    def gaps(self) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Return the steps between neighbours, and where both are of one series."""
        return np.diff(self.numbers), self.codes[1:] == self.codes[:-1]

    def error(self, code: int, problem: str) -> SeriesError:
        """Make an error about one series, with its id."""
        who = self.instances[code]
        return SeriesError("from_long", int(code), f"({who!r}) {problem}")

    def refuse_doubles(self, keys: Sequence[Any], table: str) -> None:
        """Raise for two readings of one series at one time."""
        gaps, same = self.gaps()
        for at in np.flatnonzero(same & (gaps == 0))[:1]:
            columns = [key for key in keys if key is not None]
            raise self.error(
                self.codes[at],
                f"has two readings at {str(self.times[at])!r}. If they are of two "
                "series, name all columns of ids, as id=[...]; else keep one, with "
                f"{table}.drop_duplicates({columns!r}), or their mean, with {table}"
                f".groupby({columns!r}, as_index=False, sort=False).mean().",
            )

    def refuse_gaps(self) -> None:
        """Raise for steps that differ by more than half from the usual one."""
        gaps, same = self.gaps()
        if not same.any():
            return
        usual = np.median(gaps[same])
        for at in np.flatnonzero(uneven(self.numbers, same))[:1]:
            before, after = self.times[at], self.times[at + 1]
            if self.times.dtype.kind in "iuf" and _are_dates(self.numbers):
                raise self.error(
                    self.codes[at],
                    f"has the times {before} and {after}, numbers that are written as "
                    "dates are. Make dates of that column first, with "
                    'pandas.to_datetime(column, format="%Y%m%d").',
                )
            step = _in_units(usual, self.times)
            raise self.error(
                self.codes[at],
                f"has no even steps: {str(after)!r} comes after {str(before)!r}, where "
                f"the usual step is {step}. Make a grid with every={step} and "
                'fill="interpolate", "previous", "nan" or a number, or pass '
                'every="any" to take readings one after the other.',
            )


def _are_dates(numbers: NDArray[Any]) -> bool:
    """Whether all numbers read as year, month and day: 20200131."""
    years, months, days = numbers // 10_000, numbers // 100 % 100, numbers % 100
    of_a_year = (months >= 1) & (months <= 12) & (days >= 1) & (days <= 31)
    return bool((of_a_year & (years >= 1900) & (years < 2100)).all())


def _in_units(number: float, times: Any) -> str:
    """Write a step as a value of `every`."""
    if times.dtype.kind not in "Mm":
        return f"{number:g}"
    for unit, size in _UNITS.items():
        if number % size == 0:
            return repr(f"{int(number // size)}{unit}")
    return repr(f"{int(number)}ns")


def grid_step(every: Any, times: Any, pandas: Any) -> float:
    """Return `every` as a number of what times are numbers of."""
    step = every
    if times.dtype.kind in "Mm":
        try:
            step = pandas.Timedelta(every).as_unit("ns").value
        except (TypeError, ValueError) as error:
            raise ValueError(
                f'from_long: every={every!r} is no fixed duration, such as "1min", '
                '"1h" or "1D".'
            ) from error
    number = isinstance(step, (int, float, np.number)) and not isinstance(step, bool)
    if not number or not 0 < step < np.inf:
        raise ValueError(
            f"from_long: every={every!r}; expected a positive number where times are "
            "numbers, a duration where they are dates."
        )
    return float(step)


def on_grid(
    data: Floats, readings: Readings, step: float, fill: Any
) -> tuple[Floats, Ints]:
    """Move readings to the nearest steps of a grid, and fill what is left empty.

    `data` are (n_channels, n_readings); gives (n_channels, n_steps), all series one
    after another, and where each series starts.
    """
    codes, numbers = readings.codes, readings.numbers
    starts = starts_of(codes)
    places = np.rint((numbers - numbers[starts][codes]) / step).astype(np.int64)
    sizes = places[np.r_[starts[1:], len(codes)] - 1] + 1
    total = int(sizes.sum())
    if total > _MOST * len(codes):
        raise ValueError(
            f"from_long: a grid of this step has {total} steps for {len(codes)} "
            "readings. Pass a longer step as every."
        )
    grid_starts = np.r_[0, np.cumsum(sizes)[:-1]]
    places += grid_starts[codes]
    taken = np.bincount(places, minlength=total) > 0
    empty = np.flatnonzero(~taken)
    if len(empty) and isinstance(fill, str) and fill == "error":
        code = int(np.searchsorted(grid_starts, empty[0], side="right")) - 1
        before = readings.times[np.searchsorted(places, empty[0]) - 1]
        raise readings.error(
            code,
            f"has no reading in the step after {str(before)!r}; {len(empty)} steps "
            'of the grid are empty. Pass fill="interpolate", "previous", "nan" or a '
            "number.",
        )
    if fill != "nan":
        _warn_of_filled(empty, sizes, grid_starts, readings)
    grid = np.empty((len(data), total))
    for row, values in zip(grid, data, strict=True):
        known = ~np.isnan(values)
        count = np.bincount(places[known], minlength=total)
        sums = np.bincount(places[known], values[known], minlength=total)
        row[:] = np.where(count > 0, sums / np.maximum(count, 1), np.nan)
    if fill in ("interpolate", "previous"):
        for part in np.split(grid, grid_starts[1:], axis=1):
            _fill(part, fill)
    elif not isinstance(fill, str):
        grid[:, ~taken] = fill
    return grid, grid_starts


def _warn_of_filled(empty: Ints, sizes: Ints, starts: Ints, readings: Readings) -> None:
    """Warn of the series of which most is filled, if that is more than a tenth."""
    codes = np.searchsorted(starts, empty, side="right") - 1
    filled = np.bincount(codes, minlength=len(sizes))
    code = int(np.argmax(filled / sizes))
    if filled[code] > max(HANDFUL, sizes[code] // 10):
        suspect(
            f"from_long: series {code} ({readings.instances[code]!r}) has readings in "
            f"{sizes[code] - filled[code]} of {sizes[code]} steps of the grid, all "
            "others are filled. If it rests meanwhile, make a series of each part, by "
            'one more column of ids (such as the day); or pass fill="nan".'
        )


def _fill(series: Floats, fill: str) -> None:
    """Fill the channels (n_channels, n_steps) of one series in place."""
    ends = np.flatnonzero(~np.isnan(series).all(axis=0))[-1:]
    for channel in series:
        known = np.flatnonzero(~np.isnan(channel))
        if not len(known) or len(known) == len(channel):
            continue
        if fill == "interpolate":
            # a channel that ends early has nothing to go on to
            inside = np.arange(known[0], known[-1] + 1)
            channel[inside] = np.interp(inside, known, channel[known])
        else:
            inside = np.arange(known[0], ends[0] + 1)
            before = np.searchsorted(known, inside, "right") - 1
            channel[inside] = channel[known[before]]
