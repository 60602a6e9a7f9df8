"""Read .parquet files of series in chunks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from timenet_sklearn.files.chunks import Chunk, Floats, Options, Source

# Rows that Arrow decodes at a time where only decoding tells how long they are.
_LIST_BATCH = 64


def import_pyarrow() -> Any:
    """Import pyarrow with its Parquet module, or say how to install it."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError(
            "Reading and writing .parquet needs pyarrow; run: "
            'pip install "timenet_sklearn[parquet]"'
        ) from error
    return pyarrow


@contextmanager
def _parquet_file(path: Path) -> Iterator[Any]:
    """Open a Parquet file; where Arrow only says what it saw, name the file."""
    pyarrow = import_pyarrow()
    with open(path, "rb") as stream:
        try:
            # a buffer: else the whole column chunk of a row group is read at once
            yield pyarrow.parquet.ParquetFile(stream, buffer_size=2**20)
        except (
            pyarrow.ArrowException,
            OSError,
            UnicodeDecodeError,
            json.JSONDecodeError,
        ) as error:
            reason = str(error).partition("\n")[0]
            raise ValueError(f"{path}: not a whole .parquet file: {reason}") from None


class _Columns(NamedTuple):
    values: list[int]
    keys: dict[str, int]
    are_lists: bool


def read_parquet(path: Path, options: Options) -> Source:
    """Read list columns as channels, or numeric columns as time steps."""
    with _parquet_file(path) as file:
        n_rows = file.metadata.num_rows
        if not n_rows:  # data bases write such files, some without a type
            return Source(path, 0, lambda: iter(()))
        columns = _parquet_columns(path, file.schema_arrow, options.key_columns)
    most = _LIST_BATCH if columns.are_lists else options.chunk_rows
    batch_size = min(most, options.rows_of(len(columns.values)))

    def chunks() -> Iterator[Chunk]:
        first = 0
        panel: list[Floats] = []
        batches: list[Any] = []
        with _parquet_file(path) as file:
            for batch in file.iter_batches(batch_size=batch_size):
                rows = list(_parquet_panel(path, first, batch, columns))
                first += len(rows)
                widest = max(series.size for series in (*panel, *rows))
                if len(panel) + len(rows) > options.rows_of(widest):
                    yield from _parquet_chunks(panel, batches, columns, options)
                    panel, batches = [], []
                panel += rows
                batches.append(batch)
        yield from _parquet_chunks(panel, batches, columns, options)

    return Source(path, n_rows, chunks)


def _parquet_chunks(
    panel: list[Floats], batches: list[Any], columns: _Columns, options: Options
) -> Iterator[Chunk]:
    """Join batches to one chunk, or to more where they are too long for one."""
    if panel:
        table = import_pyarrow().Table.from_batches(batches)
        for span in options.spans([series.size for series in panel]):
            keys = {name: table.column(i)[span] for name, i in columns.keys.items()}
            yield Chunk(panel[span], keys)


def _parquet_columns(path: Path, schema: Any, n_keys: int) -> _Columns:
    """Tell the columns of values from those that identify the rows."""
    types = import_pyarrow().types
    index = (schema.pandas_metadata or {}).get("index_columns", [])
    lists, numbers, keys = [], [], {}
    for i, column in enumerate(schema):
        if types.is_nested(column.type):
            if not _is_number(types, getattr(column.type, "value_type", column.type)):
                raise ValueError(
                    f"{path}: column {column.name!r} has type {column.type}; expected "
                    "lists of numbers (one column a channel), numbers or keys."
                )
            lists.append(i)
        elif (
            _is_number(types, column.type) and i >= n_keys and column.name not in index
        ):
            numbers.append(i)
        else:
            keys[column.name] = i
    if lists:
        keys = {column.name: i for i, column in enumerate(schema) if i not in lists}
    if not lists and not numbers:
        raise ValueError(
            f"{path} has the columns {', '.join(schema.names) or '(none)'}; expected "
            "lists of numbers (one column a channel) or numbers (one column a step)."
        )
    if len(set(schema.names)) < len(schema.names):
        raise ValueError(f"{path}: two columns have the same name.")
    return _Columns(lists or numbers, keys, bool(lists))


def _is_number(types: Any, kind: Any) -> bool:
    return bool(types.is_integer(kind) or types.is_floating(kind))


def _parquet_panel(
    path: Path, first: int, batch: Any, columns: _Columns
) -> Floats | list[Floats]:
    """Convert a batch that starts at row `first` of the file."""
    arrays = [batch.column(i) for i in columns.values]
    if not columns.are_lists:
        return np.column_stack([_to_numpy(array) for array in arrays])
    names = [batch.schema.names[i] for i in columns.values]
    channels = []
    for name, array in zip(names, arrays, strict=True):
        if array.null_count:
            row = first + array.is_null().index(True).as_py()
            raise ValueError(
                f"{path}: row {row} (counted from 0): column {name!r} is null; "
                "expected a list of numbers."
            )
        ends = np.cumsum(array.value_lengths().to_numpy())
        channels.append(np.split(_to_numpy(array.flatten()), ends[:-1]))
    if len(channels) == 1:
        return channels[0]
    panel = []
    for row, series in enumerate(zip(*channels, strict=True), first):
        if len({len(channel) for channel in series}) > 1:
            raise ValueError(
                f"{path}: row {row} (counted from 0): the lists of columns {names} "
                f"have lengths {[len(channel) for channel in series]}; expected one."
            )
        panel.append(np.stack(series))
    return panel


def _to_numpy(array: Any) -> Floats:
    if import_pyarrow().types.is_integer(array.type):
        array = array.cast("float64", safe=False)
    values: Floats = array.to_numpy(zero_copy_only=False)
    return values
