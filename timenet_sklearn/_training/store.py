"""Series in a file without a name, written once and then read in any order."""

from __future__ import annotations

import os
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

_ITEM = np.dtype(np.float32).itemsize


class SeriesStore:
    """Series on disk, of which memory holds but the places.

    The file has no name where the system allows that: it is gone with the process,
    even one that was killed.

    Parameters
    ----------
    folder : path
        Where the disk has room. Not a folder for temporary files, which may be one
        in memory.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        # Read by seeking, not mapped: pages of a mapping count as memory in use.
        self._file = tempfile.TemporaryFile(dir=folder)
        self._ends = array("q", [0])

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the disk back."""
        self._file.close()

    def extend(self, series: Iterable[NDArray[np.float32]]) -> None:
        """Add series (length_i,) after those that are there."""
        self._file.seek(0, os.SEEK_END)
        for values in series:
            self._file.write(values.astype(np.float32, copy=False).tobytes())
            self._ends.append(self._ends[-1] + len(values))
        self._file.flush()  # a full disk is told here, not when it is closed

    def read(self, row: int) -> NDArray[np.float32]:
        """Return a series, read-only, by its number in the order of `extend`."""
        start, stop = self._ends[row], self._ends[row + 1]
        self._file.seek(start * _ITEM)
        return np.frombuffer(self._file.read((stop - start) * _ITEM), dtype=np.float32)

    def lengths(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Tell how long series are, without reading them."""
        ends = np.frombuffer(self._ends, dtype=np.int64)
        return ends[rows + 1] - ends[rows]


class StoredPanel:
    """Some of the series of a store: what training takes where no `Panel` would fit.

    Parameters
    ----------
    store : SeriesStore
    rows : ndarray of int of shape (n_series,)
        Series of the store.
    n_samples : int
        Number of samples, whose channels these series are.
    """

    def __init__(
        self, store: SeriesStore, rows: NDArray[np.int64], n_samples: int
    ) -> None:
        self._store, self._rows = store, rows
        self.n_samples = n_samples

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Lengths of the series, of shape (n_series,)."""
        return self._store.lengths(self._rows)

    def __len__(self) -> int:
        """Count the series."""
        return len(self._rows)

    def __getitem__(self, row: int) -> NDArray[np.float32]:
        """Read a series."""
        return self._store.read(int(self._rows[row]))

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        """Read all series in order."""
        return map(self._store.read, self._rows.tolist())

    def series(self) -> Self:
        """Return what has the series, which is this."""
        return self
