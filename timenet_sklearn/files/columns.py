"""Which columns of a table are keys (ids, labels) and which are steps of time."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from timenet_sklearn._series.lines import parse_number
from timenet_sklearn._series.names import (
    is_channel,
    is_key,
    is_time,
    listed,
    read_steps,
)

#: Names of columns, or how many at the front (2) or, below 0, at the end (-1).
KeyColumns = int | str | Sequence[int | str] | None
# Rows looked at for a column of labels, and at most so many distinct labels in them.
_FEW_ROWS, _MOST_LABELS = 10, 0.2


class Keys(NamedTuple):
    """What the user says are keys.

    Attributes
    ----------
    front, end : int
        Columns at the front and at the end.
    names : tuple of str
    said : bool
        False where the user said nothing: then what looks like a key is refused.
    """

    front: int
    end: int
    names: tuple[str, ...]
    said: bool

    @property
    def none(self) -> bool:
        """Whether the user says that there are none."""
        return self.said and not (self.front or self.end or self.names)

    def places(self, names: Sequence[str] | None, n_columns: int) -> list[int]:
        """Return the places of the key columns; `names` are None without a header."""
        missing = [name for name in self.names if name not in (names or ())]
        if missing:
            have = f"the columns {listed(names)}" if names else "no header with names"
            raise ValueError(f"key_columns has {listed(missing)}; there are {have}.")
        if self.front + self.end > n_columns:
            raise ValueError(
                f"key_columns takes {self.front + self.end} columns; there are only "
                f"{n_columns}."
            )
        places = [i for i in range(n_columns) if names and names[i] in self.names]
        edges = (range(self.front), range(n_columns - self.end, n_columns))
        return sorted({*places, *edges[0], *edges[1]})


def read_keys(key_columns: KeyColumns) -> Keys:
    """Understand what the user says are keys: numbers and names of columns."""
    items: list[int | str] = []
    if isinstance(key_columns, (int, str)):
        items = [key_columns]
    elif key_columns is not None:
        items = list(key_columns)
    if not all(isinstance(item, (int, str)) for item in items):
        raise ValueError(
            f"key_columns={key_columns!r}: expected names of columns, a number of "
            "columns at the front (1) or at the end (-1), or 0 for none."
        )
    numbers = [item for item in items if isinstance(item, int)]
    return Keys(
        max((n for n in numbers if n > 0), default=0),
        -min((n for n in numbers if n < 0), default=0),
        tuple(item for item in items if isinstance(item, str)),
        key_columns is not None,
    )


def advice(names: Sequence[object] | int) -> str:
    """Tell how to say which columns are keys."""
    if isinstance(names, int):
        python, shell = repr(names), str(names)
    else:
        python, shell = listed(names), shlex.quote(",".join(map(str, names)))
    return (
        f"Pass key_columns={python} (--key-columns {shell}) to carry them over as "
        "keys, or key_columns=0 (--key-columns none) if they are steps of the series."
    )


def refuse_odd_names(
    where: str, names: Sequence[str], texts: Sequence[str] = ()
) -> None:
    """Refuse names that are not all steps; `texts` are those of columns of text."""
    odd = [name for name in names if is_key(name) or name in texts]
    rest = [name for name in names if name not in odd]
    steps = read_steps(rest)
    if steps.kind == "words":
        raise ValueError(
            f"{where}: the columns {listed(names)} are no steps of time; expected a "
            "series a row, its steps in columns such as t0, t1, ... If each row is a "
            "reading, say whose and when: --long id=... time=... (or "
            "timenet_sklearn.from_long). If each column is a series, transpose the "
            "table. If each row is a series, name the columns so."
        )
    if not odd and steps.kind == "odd":
        odd = steps.odd
    if odd:
        raise _keys_among(names, odd, where)
    if len(names) > 1 and is_channel(names[0]):
        values = shlex.quote(f"values={','.join(names)}")
        raise ValueError(
            f"{where}: the columns {listed(names, 3)} are named as channels are. If "
            "each row is a time step of one recording, pass "
            f"--long {values}; if each row is a series, pass key_columns=0 "
            "(--key-columns none)."
        )
    if steps.kind == "blocks":
        raise ValueError(
            f"{where}: the columns {listed(names, 6)} are of several channels or "
            "sensors. Write them as a .npy array (n_samples, n_channels, n_timepoints) "
            "or, in Parquet, as a list column a channel; or pass key_columns=0 "
            "(--key-columns none) if they are one series."
        )
    if steps.kind in ("order", "gap"):
        raise ValueError(
            f"{where}: the columns {listed(steps.odd)} follow each other, which are no "
            "successive steps of time. Put the columns in order and complete them, or "
            "pass key_columns=0 (--key-columns none) if they are right."
        )


def _keys_among(names: Sequence[str], odd: Sequence[str], where: str) -> ValueError:
    """Say what to do about columns among the steps that look like keys."""
    recording = ""
    if all(map(is_time, odd)):
        long = shlex.quote(f"time={odd[0]}")
        recording = f" If each row is a time step of one recording, pass --long {long}."
    return ValueError(
        f"{where}: the columns {listed(odd)} look like keys (ids, labels, times) "
        f"beside {len(names) - len(odd)} steps of time.{recording} {advice(odd)}"
    )


def refuse_labels(where: str, rows: Iterable[Sequence[str]]) -> None:
    """Refuse a table without a header whose first or last column looks like labels."""
    some = list(rows)
    if len(some) >= _FEW_ROWS and max(map(len, some)) < 3:
        raise ValueError(
            f"{where}: no row has more than {max(map(len, some))} cells; expected a "
            "series a row. If the file is one recording, its time in the rows, write "
            "it as one row: numpy.save(OUT, numpy.loadtxt(NAME, ndmin=2).T[None]). If "
            "each row is a series, pass key_columns=0 (--key-columns none)."
        )
    some = [row for row in some if len(row) > 2]
    for place, name, number in ((0, "first", 1), (-1, "last", -1)):
        cells = [row[place].strip() for row in some]
        others = [row[1:] if place == 0 else row[:-1] for row in some]
        if some and _are_labels(cells, others):
            shown = listed(sorted(set(cells))[:5])
            raise ValueError(
                f"{where}: the {name} column holds {shown}, as ids and labels do. "
                f"{advice(number)}"
            )


def _are_labels(cells: list[str], others: list[Sequence[str]]) -> bool:
    """Whether a column holds text, or whole numbers unlike the numbers beside them."""
    numbers = [parse_number(cell) for cell in cells]
    if None in numbers:
        return set(numbers) == {None}  # of one that is text, the line is told later
    values = np.array(numbers, dtype=float)
    if not (values == np.round(values)).all():  # nor NaN
        return False
    if len(values) > 2 and (np.diff(values) == 1).all() and values[0] in (0, 1):
        return True
    table = [[parse_number(cell) for cell in row] for row in others]
    rest = np.array([v for row in table for v in row if v is not None], dtype=float)
    rest = rest[np.isfinite(rest)]
    if rest.size and np.mean(rest != np.round(rest)) > 0.5:
        # of a few rows, 4.0 may be a reading; a label is mostly written as 4
        return len(cells) > 3 or not any("." in cell for cell in cells)
    n_labels, n_values = len(set(values)), len(set(rest))
    few = n_labels <= max(2, _MOST_LABELS * len(values))
    return len(values) >= _FEW_ROWS and few and n_values > 5 * n_labels
