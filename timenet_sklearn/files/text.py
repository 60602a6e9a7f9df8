"""Read tables of text, a series a line, in chunks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, dropwhile
from pathlib import Path

import numpy as np

from timenet_sklearn._series.lines import parse_number, parse_numbers, read_lines
from timenet_sklearn._series.ts import LabelledSeries, read_ts
from timenet_sklearn.files.chunks import Chunk, Options, Source
from timenet_sklearn.files.columns import (
    Keys,
    read_keys,
    refuse_labels,
    refuse_odd_names,
)
from timenet_sklearn.files.dialect import Dialect, find_dialect, has_header

# Lines by which the dialect and the columns are told, and characters of them at most.
_SAMPLE_LINES, _SAMPLE_SIZE = 200, 2**20

Rows = Iterator[LabelledSeries]


def text_source(
    rows: Callable[[Path, Options], Rows], path: Path, options: Options
) -> Source:
    """Gather the rows that a parser yields into chunks."""

    def chunks() -> Iterator[Chunk]:
        batch: list[LabelledSeries] = []
        widest = 0
        for row in rows(path, options):
            widest = max(widest, row.series.size)
            if len(batch) >= options.rows_of(widest):
                yield _as_chunk(batch)
                batch, widest = [], row.series.size
            batch.append(row)
        if batch:
            yield _as_chunk(batch)

    return Source(path, None, chunks)


def _as_chunk(batch: list[LabelledSeries]) -> Chunk:
    names = batch[0].keys
    return Chunk(
        [row.series for row in batch],
        {name: np.array([row.keys[name] for row in batch], object) for name in names},
    )


def ts_rows(path: Path, options: Options) -> Rows:
    """Parse the format of sktime and the UCR archive."""
    return read_ts(path, options.encoding)


def table_rows(path: Path, options: Options) -> Rows:
    """Parse a table, a series a line.

    The delimiter is that which finds most numbers in the first lines; see `has_header`
    for the header, and `files.columns` for what is refused as a key.
    """
    lines = dropwhile(is_comment, read_lines(path, options.encoding))
    sample = _sample(lines)
    if not sample:
        return
    _refuse_lists(*sample[-1])
    dialect, keys = find_dialect(sample), read_keys(options.key_columns)
    cells = [dialect.cells(where, line) for where, line in sample]
    names = _header(sample[0][0], cells, keys, options.header)
    where, n_columns = sample[0][0], len(cells[0])
    try:
        places = keys.places(names, n_columns)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    if not keys.said:
        _refuse_keys(where, names, cells)
    elif names and not keys.none:
        steps = [name for i, name in enumerate(names) if i not in places]
        refuse_odd_names(where, _named(steps))
    labels = [names[i] if names and names[i] else f"key_{i + 1}" for i in places]
    if len(set(labels)) < len(labels):
        raise ValueError(f"{where}: two key columns have the same name: {labels}.")
    ends = {i: i - n_columns for i in places if i >= n_columns - keys.end}
    whole = chain(sample[1:] if names else sample, lines)
    for where, line in whole:
        yield _row(where, line, dialect, labels, [ends.get(i, i) for i in places])


def is_comment(line: tuple[str, str]) -> bool:
    """Whether a line above a table says something about it; Excel writes sep=;."""
    return re.match(r"[#%]+[\s\w]|sep=.$", line[1].strip()) is not None


def _refuse_lists(where: str, line: str) -> None:
    """Refuse lists in brackets, which columns of lists become in CSV."""
    if re.search(r"(^|[,;\t\"'])\s*\[\s*[-+\d.]", line):
        raise ValueError(
            f"{where} has a list in brackets. Write columns of lists to Parquet: "
            "pandas.read_csv(IN, converters={NAME: json.loads}).to_parquet(OUT), with "
            "the NAME of the column; or take the brackets out, for a series a line."
        )


def _sample(lines: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    sample: list[tuple[str, str]] = []
    size = 0
    for where, line in lines:
        sample.append((where, line))
        size += len(line)
        if len(sample) >= _SAMPLE_LINES or size >= _SAMPLE_SIZE:
            break
    return sample


def _header(
    where: str, cells: list[list[str]], keys: Keys, said: bool | None
) -> list[str] | None:
    """Return the names of the columns, None where the file has no header."""
    first = cells[0]
    if keys.names and said is None and set(keys.names) <= set(first):
        return first
    own = [
        row[keys.front : len(row) - keys.end] for row in cells if len(row) > keys.front
    ]
    if not own or not has_header(where, own[0], own[1:], said):
        return None
    return [name.strip() for name in first]


def _refuse_keys(
    where: str, names: Sequence[str] | None, cells: list[list[str]]
) -> None:
    """Refuse what looks like keys, where the user has not said which are."""
    if names is None:
        refuse_labels(where, cells)
        return
    if not names[0]:
        raise ValueError(
            f"{where}: a header whose first cell is empty, as pandas writes it with an "
            "index. Pass key_columns=1 (--key-columns 1) to carry the index over, or "
            "write the file with index=False."
        )
    names = _named(names)
    texts = [name for i, name in enumerate(names) if _is_text(cells[1:], i)]
    refuse_odd_names(where, names, texts)


def _named(names: Sequence[str]) -> Sequence[str]:
    """Leave out what has no name at the end, as a header that ends in a comma."""
    return names[: max((i + 1 for i, name in enumerate(names) if name), default=0)]


def _is_text(rows: Sequence[Sequence[str]], place: int) -> bool:
    cells = [row[place] for row in rows if place < len(row)]
    return bool(cells) and all(parse_number(cell) is None for cell in cells)


def _row(
    where: str, line: str, dialect: Dialect, labels: list[str], places: list[int]
) -> LabelledSeries:
    keys: dict[str, str] = {}
    delimiter = dialect.delimiter
    if places or dialect.decimal_comma:
        cells = dialect.cells(where, line)
        if len(cells) < len(places) or any(i >= len(cells) for i in places):
            raise ValueError(f"{where} has {len(cells)} cells, too few for the keys.")
        keys = {name: cells[i] for name, i in zip(labels, places, strict=True)}
        taken = {i % len(cells) for i in places}
        rest = (cell for i, cell in enumerate(cells) if i not in taken)
        delimiter = "\t"
        line = delimiter.join(rest)
    # Cells that end in nothing are a shorter series; cut here they parse faster.
    line = line.rstrip().rstrip(delimiter)
    series = parse_numbers(where, line, delimiter) if line else np.empty(0)
    if np.isnan(series).all():
        raise ValueError(f"{where} has no values; expected a series of numbers.")
    return LabelledSeries(series, keys)
