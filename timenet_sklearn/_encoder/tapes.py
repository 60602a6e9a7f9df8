"""Tapes: which column of a product runs which series, and from which step on."""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from timenet_sklearn._encoder.model import Floats, Ints


class Tapes(NamedTuple):
    """Where each series of a block runs: its tape and its first step there.

    ``columns`` are those of the product that the tapes stand for.
    """

    lengths: Ints
    tape: Ints
    start: Ints
    n_steps: int
    columns: Ints

    def columns_of(self, rows: Ints) -> Ints:
        """Columns of the product in which series run."""
        return self.columns[self.tape[rows]]

    def starting(self) -> dict[int, Ints]:
        """For each step at which series start, their rows."""
        return _rows_by_step(np.arange(len(self.start)), self.start)

    def ending(self) -> dict[int, Ints]:
        """For each number of steps after which series are over, their rows."""
        return _rows_by_step(np.arange(len(self.start)), self.start + self.lengths)

    def every(self, n_steps: int) -> dict[int, Ints]:
        """For each number of steps after which series go on that did `n_steps` more."""
        n_times = (self.lengths - 1) // n_steps
        rows = np.repeat(np.arange(len(n_times)), n_times)
        times = np.arange(len(rows)) - np.repeat(np.cumsum(n_times) - n_times, n_times)
        return _rows_by_step(rows, self.start[rows] + n_steps * (times + 1))

    def write(self, values: Floats, n_more: int, dtype: DTypeLike) -> Floats:
        """Lay series out, from the first column to the last: (n_steps, n_columns)."""
        columns = self.columns[self.tape] - self.columns[0]
        shape = (self.n_steps + n_more, self.columns[-1] - self.columns[0] + 1)
        laid = np.zeros(shape, dtype)
        places = zip(columns, self.start, self.lengths, values, strict=True)
        for column, start, length, series in places:
            laid[start : start + length, column] = series[:length]
        return laid


def lay_out(lengths: Ints, columns: Ints) -> Tapes:
    """Spread series over columns, longest first onto the shortest tape."""
    tape, start = np.empty_like(lengths), np.empty_like(lengths)
    tapes = [(0, index) for index in range(len(columns))]
    for row in np.argsort(-lengths, kind="stable"):
        start[row], tape[row] = tapes[0]
        heapq.heapreplace(tapes, (int(start[row] + lengths[row]), int(tape[row])))
    # A few long series leave columns unused: storing those would take many times more.
    used = columns[: len(lengths)]
    return Tapes(lengths, tape, start, max(end for end, _ in tapes), used)


def _rows_by_step(rows: Ints, steps: Ints) -> dict[int, Ints]:
    order = np.argsort(steps, kind="stable")
    present, first = np.unique(steps[order], return_index=True)
    parts = np.split(rows[order], first[1:])
    return dict(zip(present.tolist(), parts, strict=False))
