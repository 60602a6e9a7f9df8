"""What every reader of files hands out: chunks of rows, bounded in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn.exceptions import SeriesError
from timenet_sklearn.files.columns import KeyColumns

Floats = NDArray[np.floating]

CHUNK_ROWS = 4096
# 64 MiB in float64; still 256 series, which fill two threads, of 32,000 steps each.
CHUNK_VALUES = 2**23


class Chunk(NamedTuple):
    """Some successive rows of a file.

    Attributes
    ----------
    panel : ndarray, list of ndarray, or DataFrame
        ``(n_rows, n_timepoints)``, ``(n_rows, n_channels, n_timepoints)``, or one
        ``(length,)`` or ``(n_channels, length)`` array a row; missing values are NaN.
        Of a long table, what `from_long` returns.
    keys : mapping of str to column
        What identifies the rows (ids, labels): NumPy arrays or Arrow columns.
    """

    panel: Any
    keys: Mapping[str, Any]


@dataclass(frozen=True)
class Source:
    """A readable file, or Zarr array, of series; iterating yields its chunks.

    Attributes
    ----------
    path : Path
    n_rows : int or None
        Number of series, None where only reading to the end could tell (text).
    first : int
        Number of the first row in the file: above 0 where it is read in part.
    """

    path: Path
    n_rows: int | None
    chunks: Callable[[], Iterator[Chunk]] = field(repr=False)
    first: int = 0

    def __iter__(self) -> Iterator[Chunk]:
        """Open the file and yield its chunks in order."""
        return self.chunks()

    def in_file(self, start: int, n_rows: int, error: ValueError) -> ValueError:
        """Turn an error about a chunk into one about the file that it is from."""
        first = self.first + start
        if isinstance(error, SeriesError):
            error = error.moved(first)
        rows = f"rows {first}-{first + n_rows - 1} (counted from 0)"
        return ValueError(f"{self.path}: {rows}: {error}")


class Options(NamedTuple):
    """How a file is read, as `open_panels` says."""

    chunk_rows: int = CHUNK_ROWS
    chunk_values: int = CHUNK_VALUES
    key_columns: KeyColumns = None
    header: bool | None = None
    encoding: str | None = None
    long: Mapping[str, Any] | None = None

    def rows_of(self, n_values: int) -> int:
        """Count the rows of `n_values` values each that fill a chunk, at least 1."""
        return max(1, min(self.chunk_rows, self.chunk_values // max(1, n_values)))

    def spans(self, sizes: Sequence[int]) -> Iterator[slice]:
        """Cut rows of these sizes into chunks, counted as if padded to the longest."""
        start, widest = 0, 0
        for row, size in enumerate(sizes):
            widest = max(widest, size)
            if row - start >= self.rows_of(widest):
                yield slice(start, row)
                start, widest = row, size
        if start < len(sizes):
            yield slice(start, len(sizes))
