"""Read .parquet and .feather files of series in chunks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from timenet_sklearn._series.lines import parse_number
from timenet_sklearn._series.names import read_steps
from timenet_sklearn.files.chunks import Chunk, Floats, Options, Source
from timenet_sklearn.files.columns import Keys, read_keys, refuse_odd_names

# Rows that Arrow decodes at a time where only decoding tells how long they are.
_LIST_BATCH = 64


def import_pyarrow() -> Any:
    """Import pyarrow with the modules used here, or say how to install it."""
    try:
        import pyarrow.ipc
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError(
            "Reading .feather, and reading and writing .parquet, needs pyarrow; run: "
            'pip install "timenet_sklearn[parquet]"'
        ) from error
    return pyarrow


class Table(NamedTuple):
    """A file that is open.

    Attributes
    ----------
    schema : pyarrow.Schema
    n_rows : int
    batches : callable
        Takes a number of rows; iterates over the table by as many.
    """

    schema: Any
    n_rows: int
    batches: Callable[[int], Iterator[Any]]


@contextmanager
def open_table(path: Path) -> Iterator[Table]:
    """Open a file; where Arrow only says what it saw, name the file."""
    pyarrow = import_pyarrow()
    try:
        with open(path, "rb") as stream:
            if path.suffix.lower() == ".parquet":
                # a buffer: else the whole column chunk of a row group is read at once
                file = pyarrow.parquet.ParquetFile(stream, buffer_size=2**20)
                yield Table(
                    file.schema_arrow, file.metadata.num_rows, file.iter_batches
                )
            else:
                yield _open_feather(pyarrow.ipc.open_file(stream))
    except (
        pyarrow.ArrowException,
        OSError,
        UnicodeDecodeError,
        json.JSONDecodeError,
    ) as error:
        if isinstance(error, FileNotFoundError):
            raise
        reason = str(error).partition("\n")[0]
        kind = path.suffix.lower()
        raise ValueError(f"{path}: not a whole {kind} file: {reason}") from None


def _open_feather(file: Any) -> Table:
    def batches(size: int) -> Iterator[Any]:
        for i in range(file.num_record_batches):
            batch = file.get_batch(i)
            yield from (batch[k : k + size] for k in range(0, batch.num_rows, size))

    n_rows = sum(file.get_batch(i).num_rows for i in range(file.num_record_batches))
    return Table(file.schema, n_rows, batches)


class _Columns(NamedTuple):
    values: list[int]
    keys: dict[str, int]
    are_lists: bool


def read_table(path: Path, options: Options) -> Source:
    """Read list columns as channels, or numeric columns as time steps."""
    with open_table(path) as table:
        if not table.n_rows:  # data bases write such files, some without a type
            return Source(path, 0, lambda: iter(()))
        columns = _read_columns(path, table, read_keys(options.key_columns))
        n_rows = table.n_rows
    most = _LIST_BATCH if columns.are_lists else options.chunk_rows
    batch_size = min(most, options.rows_of(len(columns.values)))

    def chunks() -> Iterator[Chunk]:
        first = 0
        panel: list[Floats] = []
        batches: list[Any] = []
        with open_table(path) as table:
            for batch in table.batches(batch_size):
                rows = list(_read_panel(path, first, batch, columns))
                first += len(rows)
                widest = max(series.size for series in (*panel, *rows))
                if len(panel) + len(rows) > options.rows_of(widest):
                    yield from _join(panel, batches, columns, options)
                    panel, batches = [], []
                panel += rows
                batches.append(batch)
        yield from _join(panel, batches, columns, options)

    return Source(path, n_rows, chunks)


def _join(
    panel: list[Floats], batches: list[Any], columns: _Columns, options: Options
) -> Iterator[Chunk]:
    """Join batches to one chunk, or to more where they are too long for one."""
    if panel:
        table = import_pyarrow().Table.from_batches(batches)
        for span in options.spans([series.size for series in panel]):
            keys = {name: table.column(i)[span] for name, i in columns.keys.items()}
            yield Chunk(panel[span], keys)


def _read_columns(path: Path, table: Table, keys: Keys) -> _Columns:
    """Tell channels or time steps from keys."""
    types, schema = import_pyarrow().types, table.schema
    names = list(schema.names)
    if len(set(names)) < len(names):
        raise ValueError(f"{path}: two columns have the same name.")
    try:
        places = keys.places(names, len(names))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    lists = []
    for i, column in enumerate(schema):
        if i not in places and types.is_nested(column.type):
            if not _is_number(types, getattr(column.type, "value_type", None)):
                raise ValueError(
                    f"{path}: column {column.name!r} has type {column.type}; expected "
                    "lists of numbers (one column a channel), numbers or keys."
                )
            lists.append(i)
    index = (schema.pandas_metadata or {}).get("index_columns", [])
    own = [i for i, name in enumerate(names) if i not in places and name not in index]
    values = lists or _find_steps(path, table, own)
    if not values:
        raise ValueError(
            f"{path} has the columns {', '.join(names) or '(none)'}; expected "
            "lists of numbers (one column a channel) or numbers (one column a step)."
        )
    if not lists and not keys.none:
        refuse_odd_names(str(path), [names[i] for i in values])
    taken = {name: i for i, name in enumerate(names) if i not in values}
    return _Columns(values, taken, bool(lists))


def _find_steps(path: Path, table: Table, own: list[int]) -> list[int]:
    """Find the block of numbers; what is no number has to stand before or after it."""
    types, schema = import_pyarrow().types, table.schema
    if all(types.is_boolean(schema[i].type) for i in own):
        return own
    numbers = [
        i
        for i in own
        if _is_number(types, schema[i].type) and not types.is_boolean(schema[i].type)
    ]
    for i in own:
        if not numbers or i in numbers:
            continue
        inside = numbers[0] < i < numbers[-1]
        if inside or _is_step(schema.names, numbers, i):
            raise ValueError(
                f"{path}: column {schema[i].name!r} among the steps of time has type "
                f"{schema[i].type}{_bad_cell(table, i)}; expected numbers. Mend it, or "
                "pass all key columns by name (key_columns=, --key-columns)."
            )
    return numbers


def _is_step(names: list[str], numbers: list[int], place: int) -> bool:
    """Whether a column goes by its name with the numbers."""
    if len(numbers) < 2:
        return False
    steps = [names[i] for i in numbers]
    joined = [names[i] for i in sorted([*numbers, place])]
    return read_steps(steps).kind == "steps" and read_steps(joined).kind == "steps"


def _bad_cell(table: Table, place: int) -> str:
    """Tell which cell of a column is the first that is no number."""
    first = 0
    for batch in table.batches(4096):
        for row, cell in enumerate(batch.column(place).to_pylist(), first):
            if cell is not None and parse_number(str(cell)) is None:
                return f": row {row} (counted from 0) is {str(cell)[:40]!r}"
        first += batch.num_rows
    return ""


def _is_number(types: Any, kind: Any) -> bool:
    tests = (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean)
    return kind is not None and any(test(kind) for test in (*tests, types.is_null))


def _read_panel(
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
    if not import_pyarrow().types.is_floating(array.type):
        # in two steps, as Arrow has no way from bool
        is_bool = import_pyarrow().types.is_boolean(array.type)
        array = (array.cast("int8") if is_bool else array).cast("float64", safe=False)
    values: Floats = array.to_numpy(zero_copy_only=False)
    return values
