"""How a table of text is written: what divides its cells, its decimals, its header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from timenet_sklearn._series.lines import MISSING, parse_number, split_cells

_DELIMITERS = ("\t", ";", ",", "|", None)
_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d*,\d+(e[-+]?\d+)?\s*", re.IGNORECASE)
_THOUSANDS = re.compile(r"\s*[-+]?[1-9]\d{0,2}(,\d{3})+\s*")


class Dialect(NamedTuple):
    """What divides cells (None: blanks), and whether decimals have a comma."""

    delimiter: str | None
    decimal_comma: bool

    def cells(self, where: str, line: str) -> list[str]:
        """Split a line into cells, with points for decimals."""
        cells = split_cells(where, line, self.delimiter)
        return [self.point(cell) for cell in cells] if self.decimal_comma else cells

    def point(self, cell: str) -> str:
        """Write a decimal comma as a point."""
        return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell


def find_dialect(lines: Sequence[tuple[str, str]]) -> Dialect:
    """Tell by some lines, (where, line), what divides the cells of all.

    The delimiter is that which finds most numbers; commas that may divide thousands as
    well as decimals are a ValueError.
    """
    best, most = Dialect(",", False), 0
    for delimiter in _DELIMITERS:
        cells = [c for where, line in lines for c in _try(where, line, delimiter)]
        commas = delimiter != "," and any(map(_DECIMAL_COMMA.fullmatch, cells))
        dialect = Dialect(delimiter, commas)
        found = sum(parse_number(dialect.point(c)) is not None for c in cells)
        if found > most and any(len(_try(*line, delimiter)) > 1 for line in lines):
            best, most = dialect, found
    if best.decimal_comma:
        _refuse_thousands(lines, best.delimiter)
    return best


def _try(where: str, line: str, delimiter: str | None) -> list[str]:
    try:
        return split_cells(where, line, delimiter)
    except ValueError:
        return []


def _refuse_thousands(lines: Sequence[tuple[str, str]], delimiter: str | None) -> None:
    for where, line in lines:
        commas = [c for c in _try(where, line, delimiter) if "," in c]
        numbers = [c for c in commas if _DECIMAL_COMMA.fullmatch(c)]
        if any(not _THOUSANDS.fullmatch(c) for c in numbers):
            return
    raise ValueError(
        f"{lines[0][0]}: commas may divide thousands here as well as decimals. Write "
        "the file again with points, e.g. pandas.read_csv(..., decimal=',', sep=';')"
        ".to_csv(..., index=False)."
    )


def has_header(
    where: str, first: Sequence[str], others: Sequence[Sequence[str]], said: bool | None
) -> bool:
    """Tell whether the first line of a table holds names of columns.

    It does if none of its cells is a number; if some are none where all other lines
    have numbers, and the others count evenly (``id,0,1,2``); or if it counts 0, 1, 2,
    ... above fractions, which is pandas' default. Keys are left out of all lines;
    `said` is what the user says. What may be a header as well as a series is a
    ValueError.
    """
    if said is not None:
        return said
    given = [c for c in first if c.strip().lower() not in MISSING]
    numbers = [n for n in map(parse_number, given) if n is not None]
    if not numbers or not others:
        return bool(given) and not numbers
    counts = _counts(numbers)
    above = [i for i, c in enumerate(first) if parse_number(c) is None]
    over_numbers = any(
        all(i < len(row) and parse_number(row[i]) is not None for row in others)
        for i in above
    )
    if over_numbers and counts:
        return True
    if over_numbers:
        text = first[above[0]]
        raise ValueError(
            f"{where}, value {above[0] + 1}: expected a number, got {text[:40]!r}, and "
            f"others that are numbers. If it is a header, pass header=True (--header "
            "yes); else mend the cell."
        )
    if not counts:
        return False
    from_0 = given == [str(i) for i in range(len(given))]
    if from_0 and _has_fractions(others):
        return True
    rows = [[n for n in map(parse_number, row) if n is not None] for row in others]
    if not (from_0 or above) and all(map(_counts, rows)):
        return False
    raise ValueError(
        f"{where} counts evenly ({', '.join(given[:4])}, ...): a header, or a series? "
        "Pass header=True (--header yes) or header=False (--header no)."
    )


def _counts(numbers: Sequence[float]) -> bool:
    """Whether numbers rise in even steps, as names of columns do."""
    if len(numbers) < 2 or not np.isfinite(numbers).all():
        return False
    steps = np.diff(numbers)
    even = np.ptp(steps) <= 1e-6 * max(map(abs, numbers))
    return bool(steps[0] > 0 and even) and (
        len(numbers) > 2 or list(numbers) == [0.0, 1.0]
    )


def _has_fractions(rows: Sequence[Sequence[str]]) -> bool:
    numbers = [parse_number(cell) for row in rows for cell in row]
    return any(n is not None and np.isfinite(n) and n != round(n) for n in numbers)
