"""Lines of text files: opened, named for messages, and parsed to numbers."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

#: What stands for a missing value, in any case of letters.
MISSING = frozenset(("", "?", "-", "na", "n/a", "#n/a", "<na>", "nan", "null", "none"))
_MAGIC = {
    b"\x93NUM": ".npy",
    b"PK\x03\x04": ".npz, .xlsx or .zip",
    b"PAR1": ".parquet",
    b"\x1f\x8b": "packed text, .csv.gz",
    b"\x89HDF": ".h5",
}
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read_lines(path: Path, encoding: str | None = None) -> Iterator[tuple[str, str]]:
    """Yield each line that is not blank, and its name for messages.

    Files ``.gz`` are opened by gzip. The encoding is UTF-8 by default, or UTF-16 where
    the file starts with its mark; a line that is no text in it is a ValueError.
    """
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opener(path, "rb") as stream:
            start = stream.read(4)
        for magic, kind in _MAGIC.items():
            if start.startswith(magic):
                raise ValueError(
                    f"{path} is no text: by its first bytes it is {kind}. Give it that "
                    "suffix."
                )
        if encoding is None:
            encoding = _BOMS.get(start[:2], "utf-8-sig")
        # surrogateescape: foreign bytes surface in their line, not blocks before
        with opener(path, "rt", encoding=encoding, errors="surrogateescape") as file:
            for number, line in enumerate(file, 1):
                where = f"{path}: line {number}"
                if "\0" in line or not (line.isascii() or _is_unicode(line)):
                    raise ValueError(
                        f"{where} is not {encoding.removesuffix('-sig').upper()} text. "
                        'Pass its encoding, such as encoding="latin-1" (--encoding '
                        "latin-1)."
                    )
                if line.strip():
                    yield where, line.rstrip("\r\n")
    except LookupError:
        raise ValueError(f"{path}: there is no encoding {encoding!r}.") from None
    except UnicodeError as error:
        raise ValueError(f"{path} is not {encoding} text: {error}") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{path}: not a whole .gz file: {error}") from None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def split_cells(where: str, line: str, delimiter: str | None) -> list[str]:
    """Split a line into cells; by blanks where the delimiter is None."""
    if delimiter is None:
        return line.split()
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ValueError(f"{where} cannot be split into cells: {error}.") from None


def parse_number(cell: str) -> float | None:
    """Read a number, NaN for a missing value, None for anything else."""
    cell = cell.strip()
    if cell.lower() in MISSING:
        return float("nan")
    try:
        # Python alone would read 1_000 as a number.
        return float(cell.replace("_", "?"))
    except ValueError:
        return None


def parse_numbers(where: str, line: str, delimiter: str | None) -> NDArray[np.float64]:
    """Parse one series, its missing values as NaN."""
    try:
        values: NDArray[np.float64] = np.loadtxt(
            [line], delimiter=delimiter, comments=None, ndmin=1
        )
        return values
    except ValueError:
        cells = split_cells(where, line, delimiter)
    values = np.empty(len(cells))
    for column, cell in enumerate(cells):
        number = parse_number(cell)
        if number is None:
            raise ValueError(
                f"{where}, value {column + 1}: expected a number, got {cell[:40]!r}."
            )
        values[column] = number
    return values
