"""Read .csv, .tsv and .ts files of series in chunks."""

from __future__ import annotations

import csv
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np

from timenet_sklearn.files.chunks import Chunk, Floats, Options, Source

_MISSING = frozenset({"", "?", "NA", "na", "null"})
_LABEL_TAGS = {"@classlabel": "label", "@targetlabel": "target"}


class _Row(NamedTuple):
    series: Floats
    keys: dict[str, str]


def text_source(
    rows: Callable[[Path, Options], Generator[_Row]], path: Path, options: Options
) -> Source:
    """Gather the rows that a parser yields into chunks."""

    def chunks() -> Iterator[Chunk]:
        batch: list[_Row] = []
        widest = 0
        with closing(rows(path, options)) as parsed:
            for row in parsed:
                widest = max(widest, row.series.size)
                if len(batch) >= options.rows_of(widest):
                    yield _as_chunk(batch)
                    batch, widest = [], row.series.size
                batch.append(row)
        if batch:
            yield _as_chunk(batch)

    return Source(path, None, chunks)


def _as_chunk(batch: list[_Row]) -> Chunk:
    names = batch[0].keys
    return Chunk(
        [row.series for row in batch],
        {name: np.array([row.keys[name] for row in batch], object) for name in names},
    )


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each line that is not blank, and its name for messages."""
    # surrogateescape: bytes that are no UTF-8 surface in their line, not blocks before
    with open(path, encoding="utf-8-sig", errors="surrogateescape") as file:
        for number, line in enumerate(file, 1):
            where = f"{path}: line {number}"
            if "\0" in line or not (line.isascii() or _is_unicode(line)):
                raise ValueError(f"{where} is not UTF-8 text.")
            if line.strip():
                yield where, line.rstrip("\n")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _numbers(where: str, text: str, delimiter: str) -> Floats:
    """Parse one series, its missing values as NaN."""
    try:
        return np.loadtxt([text], delimiter=delimiter, comments=None, ndmin=1)
    except ValueError:
        cells = _cells(where, text, delimiter)
    values = np.empty(len(cells))
    for column, cell in enumerate(cells):
        number = _number(cell)
        if number is None:
            raise ValueError(
                f"{where}, value {column + 1}: expected a number, got {cell[:40]!r}."
            )
        values[column] = number
    return values


def _number(cell: str) -> float | None:
    cell = cell.strip()
    try:
        # Python alone would read 1_000 as a number.
        return np.nan if cell in _MISSING else float(cell.replace("_", "?"))
    except ValueError:
        return None


def _cells(where: str, line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ValueError(f"{where} cannot be split into cells: {error}.") from None


def csv_rows(path: Path, options: Options) -> Generator[_Row]:
    """Parse a table, a series a line."""
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    n_keys = options.key_columns
    names = [f"key_{i + 1}" for i in range(n_keys)]
    for index, (where, line) in enumerate(_lines(path)):
        cells = _cells(where, line, delimiter) if n_keys or index == 0 else []
        if index == 0 and not n_keys and not cells[0].strip() and _is_header(cells[1:]):
            raise ValueError(
                f"{where}: a header whose first cell is empty, as pandas writes it "
                f"with an index. Pass key_columns=1 (--key-columns 1) to carry the "
                f"index over, or write the file with index=False."
            )
        if index == 0 and _is_header(cells[n_keys:]):
            names = [c or n for c, n in zip(cells, names, strict=False)]
            if len(set(names)) < len(names):
                raise ValueError(
                    f"{where}: two key columns have the same name: {names}."
                )
            continue
        if n_keys:
            line = delimiter.join(cells[n_keys:])
        # Cells that end in nothing are a shorter series; cut here they parse faster.
        line = line.rstrip().rstrip(delimiter)
        series = _numbers(where, line, delimiter) if line else np.empty(0)
        if np.isnan(series).all():
            raise ValueError(f"{where} has no values; expected a series of numbers.")
        yield _Row(series, dict(zip(names, cells, strict=False)))


def _is_header(cells: list[str]) -> bool:
    if len(cells) > 1 and cells == [str(i) for i in range(len(cells))]:
        return True
    texts = [cell for cell in cells if cell.strip() not in _MISSING]
    return bool(texts) and all(_number(cell) is None for cell in texts)


class _TsHeader(NamedTuple):
    n_channels: int | None
    length: int | None
    label: str | None
    classes: frozenset[str]


def ts_rows(path: Path, options: Options) -> Generator[_Row]:
    """Parse the format of sktime and the UCR archive."""
    lines = ((w, s.strip()) for w, s in _lines(path) if s.strip()[0] not in "#%")
    tags: dict[str, list[str]] = {}
    for where, line in lines:
        if not line.startswith("@"):
            raise ValueError(f"{where}: expected an @tag of the header before @data.")
        tag, *values = line.lower().split()
        tags[tag] = values
        if tag == "@data":
            break
    else:
        raise ValueError(f"{path}: no @data line; expected a .ts file with a header.")
    header = _ts_header(path, tags)
    for where, line in lines:
        row = _ts_row(where, line, header)
        if header.n_channels is None:
            header = header._replace(n_channels=len(np.atleast_2d(row.series)))
        yield row


def _ts_header(path: Path, tags: dict[str, list[str]]) -> _TsHeader:
    def is_true(tag: str) -> bool:
        return tags.get(tag, [])[:1] == ["true"]

    def count(tag: str) -> int | None:
        text = "".join(tags.get(tag, []))
        # Python refuses to convert thousands of digits, in words of its own.
        if text and not (text.isdecimal() and len(text) < 20):
            raise ValueError(f"{path}: {tag} {text:.40}: expected a whole number.")
        return int(text) if text else None

    if is_true("@timestamps"):
        raise ValueError(f"{path} has time stamps; only '@timeStamps false' is read.")
    if not tags.keys() & _LABEL_TAGS.keys():
        raise ValueError(
            f"{path}: the header has neither @classLabel nor @targetLabel, so a label "
            "cannot be told from a channel; add '@classLabel false' if there is none."
        )
    label = next((tag for tag in _LABEL_TAGS if is_true(tag)), None)
    return _TsHeader(
        1 if is_true("@univariate") else count("@dimensions"),
        count("@serieslength") if is_true("@equallength") else None,
        label and _LABEL_TAGS[label],
        frozenset(tags["@classlabel"][1:] if label == "@classlabel" else ()),
    )


def _ts_row(where: str, line: str, header: _TsHeader) -> _Row:
    fields = line.split(":")
    keys = {header.label: fields.pop().strip()} if header.label else {}
    n_channels = header.n_channels or max(1, len(fields))
    if len(fields) != n_channels:
        raise ValueError(
            f"{where}: expected {n_channels} channels"
            f"{f' and a {header.label}' if header.label else ''}, separated by ':'; "
            f"got {len(fields) + len(keys)} fields."
        )
    if header.classes and keys["label"].lower() not in header.classes:
        raise ValueError(
            f"{where}: label {keys['label']!r} is not among @classLabel's."
        )
    channels = [_numbers(where, text, ",") for text in fields]
    lengths = {len(channel) for channel in channels}
    if len(lengths) > 1 or not lengths <= {header.length or max(lengths)}:
        raise ValueError(
            f"{where}: channels of lengths {sorted(lengths)}; expected "
            f"{header.length or 'one length for all channels of a series'}."
        )
    return _Row(channels[0] if n_channels == 1 else np.stack(channels), keys)
