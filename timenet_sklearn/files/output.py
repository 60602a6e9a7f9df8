"""Write files of features chunk by chunk; they appear when they are whole."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import numpy as np

from timenet_sklearn._atomic import open_atomically
from timenet_sklearn.files.arrow import import_pyarrow
from timenet_sklearn.files.chunks import Floats

# 64 MiB a Parquet row group: 180 columns in small groups are mostly metadata.
_GROUP_VALUES = 2**24


class Output:
    """A file of features being written; `open_output` makes one."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._columns: list[str] = []
        self._n_rows = 0

    def write(
        self, features: Floats, names: Sequence[str], keys: Mapping[str, Any]
    ) -> None:
        """Append rows, as float32; shape, and names in every call, have to agree.

        `.npy` has no place for keys and leaves them out.
        """
        features = np.ascontiguousarray(features, np.float32)
        columns = [*keys, *map(str, names)]
        if features.ndim != 2 or features.shape[1] != len(names):
            raise ValueError(
                f"features have shape {features.shape}; expected {len(names)} columns."
            )
        if len(set(columns)) < len(columns):
            repeated = sorted({name for name in columns if columns.count(name) > 1})
            raise ValueError(f"output columns {repeated} would appear more than once.")
        if columns != (self._columns or columns):
            raise ValueError(
                f"output columns changed from {self._columns} to {columns}."
            )
        if not self._columns:
            self._columns = columns
            self._start(features, keys)
        self._n_rows += len(features)
        self._append(features, keys)

    def close(self) -> None:
        """Complete the file; the stream stays open."""

    def abandon(self) -> None:
        """Let go of a file that will not be completed."""

    def _start(self, features: Floats, keys: Mapping[str, Any]) -> None:
        """Write what comes before the first rows."""

    def _append(self, features: Floats, keys: Mapping[str, Any]) -> None:
        raise NotImplementedError


class _NpyOutput(Output):
    def _start(self, features: Floats, keys: Mapping[str, Any]) -> None:
        self._n_features = features.shape[1]
        self._write_header()

    def _append(self, features: Floats, keys: Mapping[str, Any]) -> None:
        self._stream.write(features.data)

    def close(self) -> None:
        if self._columns:
            self._stream.seek(0)
            self._write_header()

    def _write_header(self) -> None:
        # NumPy pads the header so that a longer row count still fits in place.
        shape = (self._n_rows, self._n_features)
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._stream, header)


class _CsvOutput(Output):
    def _start(self, features: Floats, keys: Mapping[str, Any]) -> None:
        # nine digits bring every float32 back exactly
        self._format = ",".join(["%.9g"] * features.shape[1]) + "\n"
        self._stream.write(f"{_csv_lines([self._columns])[0]}\n".encode())

    def _append(self, features: Floats, keys: Mapping[str, Any]) -> None:
        lines = [self._format % tuple(row) for row in features.tolist()]
        if keys:
            cells = _csv_lines(zip(*map(_texts, keys.values()), strict=True))
            lines = [f"{k},{line}" for k, line in zip(cells, lines, strict=True)]
        self._stream.write("".join(lines).encode())


def _csv_lines(rows: Iterable[Sequence[Any]]) -> list[str]:
    """Return each row as a line, quoted where it must be."""
    lines: list[str] = []
    # "\r\n": before Python 3.13, only what is in it is quoted
    writer = csv.writer(SimpleNamespace(write=lines.append), lineterminator="\r\n")
    writer.writerows(rows)
    return [line.removesuffix("\r\n") for line in lines]


def _texts(column: Any) -> list[Any]:
    # Arrow writes times of all resolutions; Python's own have no nanoseconds
    cells = column.cast("string").to_pylist() if hasattr(column, "cast") else column
    return list(cells)


class _ParquetOutput(Output):
    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(stream)
        self._pyarrow = import_pyarrow()
        self._schema: Any = None
        self._writer: Any = None
        self._pending: list[Any] = []

    def _start(self, features: Floats, keys: Mapping[str, Any]) -> None:
        self._schema = self._table(features, keys).schema
        self._writer = self._pyarrow.parquet.ParquetWriter(
            self._stream, self._schema, use_dictionary=list(keys) or False
        )

    def _append(self, features: Floats, keys: Mapping[str, Any]) -> None:
        self._pending.append(self._table(features, keys))
        if sum(table.num_rows for table in self._pending) * features.shape[1] >= (
            _GROUP_VALUES
        ):
            self._flush()

    def close(self) -> None:
        if self._columns:
            self._flush()
            self._writer.close()

    def abandon(self) -> None:
        if self._writer is not None:
            # else its __del__ would complete the file, and complain where it cannot
            self._writer.is_open = False
            self._writer = None

    def _flush(self) -> None:
        if self._pending:
            table = self._pyarrow.concat_tables(self._pending)
            self._writer.write_table(table, row_group_size=table.num_rows)
            self._pending = []

    def _table(self, features: Floats, keys: Mapping[str, Any]) -> Any:
        arrays = [*keys.values(), *map(self._pyarrow.array, features.T)]
        table = self._pyarrow.table(arrays, names=self._columns)
        return table.cast(self._schema) if self._schema else table


_WRITERS: dict[str, type[Output]] = {
    ".npy": _NpyOutput,
    ".csv": _CsvOutput,
    ".parquet": _ParquetOutput,
}


@contextmanager
def open_output(
    path: str | os.PathLike[str], *, overwrite: bool = False
) -> Iterator[Output]:
    """Open a file of features for writing; it appears when the block ends well.

    ``.npy`` has float32 rows, ``.csv`` and ``.parquet`` key columns, then a column a
    feature.
    """
    path = Path(path)
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise ValueError(
            f"{path}: unknown suffix {path.suffix!r}; can write {', '.join(_WRITERS)}."
        )
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; pass the name of a file.")
    if not overwrite:
        _refuse_existing(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path.parent}: no such folder; create it first.")
    with open_atomically(path) as stream:
        output = writer(stream)
        try:
            yield output
            output.close()
        except BaseException:
            output.abandon()
            raise
        if not overwrite:
            _refuse_existing(path)  # it may have come since


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise FileExistsError(
            f"{path} exists; pass overwrite=True (--overwrite) to replace it, or "
            f"another name."
        )
