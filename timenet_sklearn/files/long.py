"""Read long tables, a reading a row, in chunks of whole series."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import dropwhile, islice
from pathlib import Path
from typing import Any

import numpy as np

from timenet_sklearn._series.lines import MISSING, read_lines
from timenet_sklearn._series.long import from_long, import_pandas
from timenet_sklearn.files.arrow import import_pyarrow, open_table
from timenet_sklearn.files.chunks import Chunk, Options, Source
from timenet_sklearn.files.dialect import find_dialect
from timenet_sklearn.files.text import is_comment

_ARROW = (".parquet", ".feather", ".arrow")
_SORT = (
    "The table is read in chunks, so the readings of one id have to follow each other: "
    "sort it first, e.g. table.sort_values({!r}, kind='stable')."
)
_TABLE = (
    "pandas.read_csv(IN); write the result with to_csv(..., index=False).",
    "pandas.read_parquet(IN); write the result with to_parquet.",
)
# Dates that can be read in one way only.
_FORMATS = ("ISO8601", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")
_TEXT = (".csv", ".tsv", ".txt", ".dat", "")


def read_long(path: Path, options: Options) -> Source:
    """Read a table; what does not fit into a chunk has to be sorted by id.

    Series are in the order in which their ids appear; the ids are keys.
    """
    suffix = path.suffix.lower()
    if suffix == ".gz":
        suffix = path.with_suffix("").suffix.lower()
    if suffix not in (*_ARROW, *_TEXT):
        raise ValueError(
            f"{path}: readings are read from {', '.join(filter(None, _ARROW + _TEXT))}."
        )
    import_pandas()
    long = dict(options.long or {})
    ids = long.get("id", [])
    ids = [ids] if isinstance(ids, str) else list(ids)

    def chunks() -> Iterator[Chunk]:
        read = _arrow_frames if suffix in _ARROW else _text_frames
        for frame, is_part in _whole_series(path, read(path, options, ids), ids):
            try:
                table = from_long(frame, **long)
            except (ValueError, TypeError) as error:
                hint = f" {_SORT.format(ids)}" if is_part else ""
                if isinstance(error, TypeError) and "table" in str(error):
                    hint = f" Here, table is {_TABLE[suffix in _ARROW]}{hint}"
                raise ValueError(f"{path}: {error}{hint}") from error
            sizes = [len(row[0]) * len(row) for row in table.to_numpy()]
            for span in options.spans(sizes):
                some = table.iloc[span]  # with the names of the channels
                keys = {
                    name: some.index.get_level_values(i).to_numpy()
                    for i, name in enumerate(ids)
                }
                yield Chunk(some, keys)

    return Source(path, None, chunks)


def _arrow_frames(path: Path, options: Options, ids: list[str]) -> Iterator[Any]:
    pyarrow = import_pyarrow()
    with open_table(path) as table:
        size = max(1, options.chunk_values // max(1, len(table.schema.names)))
        held: list[Any] = []
        for batch in table.batches(min(size, 2**16)):
            held.append(batch)
            if sum(b.num_rows for b in held) >= size:
                yield pyarrow.Table.from_batches(held).to_pandas()
                held = []
        if held:
            yield pyarrow.Table.from_batches(held).to_pandas()


def _text_frames(path: Path, options: Options, ids: list[str]) -> Iterator[Any]:
    pandas = import_pandas()
    lines = dropwhile(is_comment, read_lines(path, options.encoding))
    sample = list(islice(lines, 200))
    if not sample:
        return
    dialect = find_dialect(sample)
    n_columns = len(dialect.cells(*sample[0]))
    try:
        yield from pandas.read_csv(
            path,
            sep=r"\s+" if dialect.delimiter is None else dialect.delimiter,
            decimal="," if dialect.decimal_comma else ".",
            encoding=options.encoding or "utf-8-sig",
            dtype=dict.fromkeys(ids, str),
            na_values=[way(mark) for mark in MISSING for way in (str, str.upper)],
            skipinitialspace=True,
            skiprows=int(sample[0][0].rpartition(" ")[2]) - 1,
            float_precision="round_trip",
            chunksize=max(1, options.chunk_values // n_columns),
        )
    except (ValueError, UnicodeError) as error:
        raise ValueError(f"{path}: {error}") from error


def _whole_series(
    path: Path, frames: Iterator[Any], ids: list[str]
) -> Iterator[tuple[Any, bool]]:
    """Cut frames between ids; the readings of the last id wait for those to come."""
    pandas = import_pandas()
    seen: set[Any] = set()
    rest: Any = None
    following = next(frames, None)
    while following is not None:
        frame, following = following, next(frames, None)
        if rest is not None:
            frame = pandas.concat([rest, frame], ignore_index=True)
        rest = None
        if following is not None:
            last = _last_run(path, frame, ids)
            frame, rest = frame.iloc[:last], frame.iloc[last:]
        is_part = bool(seen) or rest is not None
        if len(frame):
            _refuse_again(path, frame, ids, seen)
            yield _with_dates(path, frame, ids), is_part


def _last_run(path: Path, frame: Any, ids: list[str]) -> int:
    """Find the first row of the readings of the last id."""
    if not ids:
        return 0
    _check(path, frame, ids)
    keys = frame[ids]
    other = (keys != keys.iloc[-1]).any(axis=1).to_numpy()
    return int(np.flatnonzero(other)[-1]) + 1 if other.any() else 0


def _refuse_again(path: Path, frame: Any, ids: list[str], seen: set[Any]) -> None:
    if not ids:
        return
    _check(path, frame, ids)
    new = set(frame[ids].drop_duplicates().itertuples(index=False, name=None))
    if again := new & seen:
        raise ValueError(
            f"{path}: readings of {dict(zip(ids, again.pop(), strict=True))} stand in "
            f"several places. {_SORT.format(ids)}"
        )
    seen |= new


def _check(path: Path, frame: Any, ids: list[str]) -> None:
    missing = [name for name in ids if name not in frame.columns]
    if missing:
        raise ValueError(f"{path}: no column {missing}; there are {list(frame)}.")


def _with_dates(path: Path, frame: Any, ids: list[str]) -> Any:
    """Read columns of text that hold dates, year first or 31.12.2020."""
    pandas = import_pandas()
    for name in frame.columns:
        column = frame[name]
        if name in ids or pandas.api.types.is_numeric_dtype(column.dtype):
            continue
        if not pandas.api.types.is_datetime64_any_dtype(column.dtype):
            frame = frame.assign(**{name: _dates(column)})
    return frame


def _dates(column: Any) -> Any:
    """Return a column as dates, or as it is if it holds none."""
    for form in _FORMATS:
        try:
            return import_pandas().to_datetime(column, format=form)
        except (ValueError, TypeError):
            continue
    return column
