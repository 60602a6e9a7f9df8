"""Read .arff files of series, as Weka and the UCR and UEA archives have them.

SciPy reads whole files into memory, and none with channels (relational attributes).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from timenet_sklearn._series.lines import parse_numbers, read_lines
from timenet_sklearn._series.ts import LabelledSeries
from timenet_sklearn.files.chunks import Options
from timenet_sklearn.files.columns import read_keys, refuse_odd_names

_ATTRIBUTE = re.compile(
    r"""@attribute\s+('[^']*'|"[^"]*"|\S+)\s+(\S.*)""", re.IGNORECASE
)
_NUMBERS = ("numeric", "real", "integer")


class _Attribute(NamedTuple):
    name: str
    kind: str


def arff_rows(path: Path, options: Options) -> Iterator[LabelledSeries]:
    """Parse a file line by line: numbers are steps, relations channels, others keys."""
    lines = (
        (where, line.strip())
        for where, line in read_lines(path, options.encoding)
        if not line.lstrip().startswith("%")
    )
    attributes = _read_header(path, lines)
    names = [attribute.name for attribute in attributes]
    keys = read_keys(options.key_columns)
    try:
        places = keys.places(names, len(names))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    kinds = {i: a.kind for i, a in enumerate(attributes) if i not in places}
    steps = [i for i, kind in kinds.items() if kind in (*_NUMBERS, "relational")]
    relational = [i for i in steps if kinds[i] == "relational"]
    if len(relational) > 1 or not steps:
        raise ValueError(
            f"{path} has the attributes {', '.join(names[:9])}; expected numeric ones, "
            "the steps of a series, or one relational, its channels."
        )
    if not relational and not keys.none:
        refuse_odd_names(str(path), [names[i] for i in steps])
    for where, line in lines:
        cells = _split(where, line, len(names))
        taken = {
            name: cells[i]
            for i, name in enumerate(names)
            if i not in (relational or steps)
        }
        if relational:
            yield LabelledSeries(_channels(where, cells[relational[0]]), taken)
        else:
            text = ",".join(cells[i] for i in steps)
            yield LabelledSeries(parse_numbers(where, text, ","), taken)


def _read_header(path: Path, lines: Iterator[tuple[str, str]]) -> list[_Attribute]:
    attributes: list[_Attribute] = []
    inside = False
    for where, line in lines:
        word = line.split(None, 1)[0].lower()
        if word == "@data":
            return attributes
        if word == "@attribute":
            found = _ATTRIBUTE.fullmatch(line)
            if not found:
                raise ValueError(f"{where}: expected '@attribute NAME TYPE'.")
            kind = found[2].strip().lower()
            if not inside:
                attributes.append(_Attribute(found[1].strip("'\""), kind))
            inside = inside or kind == "relational"
        elif word == "@end":
            inside = False
        elif word != "@relation":
            raise ValueError(f"{where}: expected @relation, @attribute or @data.")
    raise ValueError(f"{path}: no @data line; expected an .arff file with a header.")


def _split(where: str, line: str, n_cells: int) -> list[str]:
    if line.startswith("{"):
        raise ValueError(
            f"{where}: sparse data is not read. Write it dense, with Weka's filter "
            "SparseToNonSparse."
        )
    quote = '"' if line.startswith('"') else "'"
    try:
        cells = next(csv.reader([line], quotechar=quote, skipinitialspace=True))
    except csv.Error as error:
        raise ValueError(f"{where} cannot be split into cells: {error}.") from None
    if len(cells) != n_cells:
        raise ValueError(f"{where} has {len(cells)} cells; expected {n_cells}.")
    return [cell.strip() for cell in cells]


def _channels(
    where: str, cell: str
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    channels = [parse_numbers(where, text, ",") for text in cell.split("\\n") if text]
    lengths = sorted({len(channel) for channel in channels})
    if len(lengths) != 1:
        raise ValueError(
            f"{where}: channels of lengths {lengths}; expected one length for all."
        )
    return np.stack(channels)
