"""Read .npy and .npz files of series in chunks."""

from __future__ import annotations

import math
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn.files.chunks import Chunk, Floats, Options, Source
from timenet_sklearn.files.columns import read_keys

# what NumPy raises for a damaged header
_HEADER_ERRORS = (
    ValueError,
    EOFError,
    MemoryError,  # what Python's parser calls too deep
    OverflowError,
    RecursionError,
    SyntaxError,
    TokenError,
    TypeError,
)


class _ArrayHeader(NamedTuple):
    shape: tuple[int, ...]
    fortran_order: bool
    dtype: np.dtype[Any]


@contextmanager
def _named(where: str) -> Iterator[None]:
    """Where NumPy only says what it saw, name the array."""
    try:
        # of headers that Python 2 wrote, and of sizes that overflow
        with warnings.catch_warnings(action="ignore"):
            yield
    except _HEADER_ERRORS as error:
        raise ValueError(f"{where} is not a whole array: {error}") from None


def check_array(where: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Refuse an array that holds no panel of numbers."""
    # NumPy lets True and -1 pass.
    whole = all(type(size) is int and size >= 0 for size in shape)
    if dtype.kind == "O":
        raise ValueError(
            f"{where} holds Python objects, which are not read from files. If these "
            "are series, write the array X where it was made to Parquet: "
            "pandas.DataFrame({'x': list(X)}).to_parquet(OUT)."
        )
    if not whole or len(shape) not in (2, 3) or dtype.kind not in "biuf":
        raise ValueError(
            f"{where} has shape {shape} and dtype {dtype}; expected numbers of shape "
            "(n_samples, n_timepoints) or (n_samples, n_channels, n_timepoints)."
        )


def refuse_numbered_keys(path: Path, options: Options) -> None:
    """Refuse keys of an array, whose columns have no names."""
    keys = read_keys(options.key_columns)
    if keys.front or keys.end or (keys.names and path.suffix.lower() != ".npz"):
        raise ValueError(
            f"{path}: key_columns={options.key_columns!r}, but this is an array, whose "
            "columns are all steps of time. Take ids and labels out of it, as in "
            "numpy.save(OUT, numpy.load(IN)[:, 1:]); of a .npz file, name the array of "
            "labels: key_columns='y' (--key-columns y)."
        )


def read_npy(path: Path, options: Options) -> Source:
    """Map a 2-D or 3-D array into memory."""
    refuse_numbered_keys(path, options)
    with _named(str(path)):
        with open(path, "rb") as stream:  # np.load would open archives, too
            header = _read_header(stream)
    check_array(str(path), header.shape, header.dtype)
    with _named(str(path)):
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    step = options.rows_of(math.prod(array.shape[1:]))

    def chunks() -> Iterator[Chunk]:
        for start in range(0, len(array), step):
            yield Chunk(array[start : start + step], {})

    return Source(path, len(array), chunks)


def read_npz(path: Path, options: Options) -> Source:
    """Stream the arrays X or X_..., or the only one, out of an archive.

    Keys are arrays that the user names: y is y, or y_train beside X_train.
    """
    refuse_numbered_keys(path, options)
    n_rows = 0
    labels: dict[str, dict[str, NDArray[Any]]] = {}
    with _named_zip(path) as archive:
        stored = [
            n.removesuffix(".npy") for n in archive.namelist() if n[-4:] == ".npy"
        ]
        names = _npz_names(path, stored)
        for name in names:
            with _npz_member(path, archive, name) as (_, header):
                n_rows += header.shape[0]
            labels[name] = {
                key: _npz_key(path, archive, key, name, stored, header.shape[0])
                for key in read_keys(options.key_columns).names
            }

    def chunks() -> Iterator[Chunk]:
        with _named_zip(path) as archive:
            for name in names:
                first = 0
                for rows in _npz_rows(path, archive, name, options):
                    last = first + len(rows)
                    keys = {k: own[first:last] for k, own in labels[name].items()}
                    if len(names) > 1:
                        keys = {"part": np.full(len(rows), name[2:]), **keys}
                    yield Chunk(rows, keys)
                    first = last

    return Source(path, n_rows, chunks)


def _npz_names(path: Path, stored: list[str]) -> list[str]:
    """Choose the arrays of series; Keras writes x for X."""
    for x in "Xx":
        names = [name for name in stored if name == x]
        names = names or [name for name in stored if name.startswith(f"{x}_")]
        if names:
            return names
    if len(stored) != 1:
        example = f"numpy.savez(OUT, X=numpy.load(IN)[{stored[0]!r}])" if stored else ""
        raise ValueError(
            f"{path} holds the arrays {', '.join(stored) or '(none)'}; expected one "
            "array, or one named X, or some named X_... (X_train, X_test)."
            + (f" Name that of the series X, as in {example}." if stored else "")
        )
    return stored


def _npz_key(
    path: Path, archive: zipfile.ZipFile, key: str, of: str, stored: list[str], n: int
) -> NDArray[Any]:
    """Read the labels, or other keys, of the series in one array."""
    name = key + of[1:] if key + of[1:] in stored else key
    if name not in stored:
        raise ValueError(
            f"{path}: key_columns has {key!r}; there are the arrays "
            f"{', '.join(stored)}."
        )
    with archive.open(f"{name}.npy") as stream, _named(f"{path}: {name}"):
        labels: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    if labels.shape != (n,):
        raise ValueError(
            f"{path}: {name} has shape {labels.shape}; expected a key for each of the "
            f"{n} series in {of}."
        )
    return labels


def _read_header(stream: IO[bytes]) -> _ArrayHeader:
    # Version 3 differs in field names alone, which plain numbers have not.
    read = np.lib.format.read_array_header_2_0
    if np.lib.format.read_magic(stream) == (1, 0):
        read = np.lib.format.read_array_header_1_0
    return _ArrayHeader(*read(stream))


# RuntimeError: an entry that claims to be encrypted or of an unknown compression;
# OSError: a seek to where a damaged directory points.
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    UnicodeDecodeError,
)


@contextmanager
def _named_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip; where zipfile only says what it saw, name the file."""
    with open(path, "rb") as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                yield archive
        except _ZIP_ERRORS as error:
            raise ValueError(f"{path}: not a whole .npz file: {error}") from None


@contextmanager
def _npz_member(
    path: Path, archive: zipfile.ZipFile, name: str
) -> Iterator[tuple[IO[bytes], _ArrayHeader]]:
    """Open one array; its stream stands at the first value."""
    where = f"{path}: {name}"
    with archive.open(f"{name}.npy") as stream:
        with _named(where):
            header = _read_header(stream)
        check_array(where, header.shape, header.dtype)
        yield stream, header


def _npz_rows(
    path: Path, archive: zipfile.ZipFile, name: str, options: Options
) -> Iterator[Floats]:
    with _npz_member(path, archive, name) as (stream, (shape, fortran, dtype)):
        n_rows, *row_shape = shape
        row_bytes = math.prod(row_shape) * dtype.itemsize
        # Column-major values of one row lie all over the file: no way but all at once.
        fitting = options.rows_of(row_bytes // dtype.itemsize)
        step = max(1, n_rows) if fortran else fitting
        for start in range(0, n_rows, step):
            count = min(step, n_rows - start)
            data = stream.read(count * row_bytes)
            if len(data) != count * row_bytes:
                raise ValueError(
                    f"{path}: {name} ends after row {start + len(data) // row_bytes}; "
                    f"expected {n_rows} rows."
                )
            rows = np.frombuffer(data, dtype)
            if fortran:
                yield rows.reshape(shape, order="F")
            else:
                yield rows.reshape(count, *row_shape)
