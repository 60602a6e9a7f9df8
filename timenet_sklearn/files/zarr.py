"""Read Zarr arrays of series, slice by slice."""

from __future__ import annotations

import itertools
import math
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from timenet_sklearn.files.arrays import check_array
from timenet_sklearn.files.chunks import Chunk, Options, Source

# A folder that holds one of these is an array or a group, of format 3 or 2.
_METADATA = ("zarr.json", ".zarray", ".zgroup")
# What sound arrays stay below, each of them by far: a chunk or series of 1 GiB in
# float64, and Zarr makes a task of each chunk that it reads.
_MOST_VALUES = 2**27
_MOST_CHUNKS = 2**16
_MOST_ROWS = 2**40
# Values read at a time where a chunk has more rows than are embedded at a time: else
# it would be decoded again for each of them.
_BLOCK_VALUES = 2**25
# A part of a data set: half a minute's work for a core.
_PART_VALUES = 2**25
# Most bytes of a file, by the values and chunks it holds: twice the widest numbers, and
# what codecs add. This bounds what a file expands to, in memory, at these bytes times
# what its codec can shrink: zlib 1,000 times, others far more. So a small zlib chunk is
# no bomb; a large one, a shard or bzip2 can be: only decoders that stop would help.
_VALUE_BYTES, _CHUNK_BYTES = 16, 2**10
# What zarr and numcodecs raise for damaged metadata and damaged chunks.
_DAMAGE: tuple[type[Exception], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SystemError,
    TypeError,
    ValueError,
    zlib.error,
)
with suppress(ImportError):  # Python can be built without; no such chunk is read then
    from lzma import LZMAError

    _DAMAGE += (LZMAError,)


def import_zarr() -> Any:
    """Import zarr, or say how to install it."""
    try:
        import zarr
    except ImportError as error:
        raise ImportError(
            'Reading Zarr arrays needs zarr; run: pip install "timenet_sklearn[zarr]"'
        ) from error
    return zarr


def is_store(path: Path) -> bool:
    """Tell the folder of a Zarr array or group from a folder of files."""
    return path.is_dir() and (
        path.suffix.lower() == ".zarr"
        or any((path / name).exists() for name in _METADATA)
    )


def read_zarr(path: Path, options: Options) -> Source:
    """Read slices of rows that end where chunks end."""
    array = _open_array(path)
    rows = options.rows or range(array.shape[0])
    n_values = max(1, math.prod(array.shape[1:]))
    step, height = options.rows_of(n_values), array.chunks[0]
    if step >= height:
        step = block = step - step % height
    else:
        block = max(step, min(height, _BLOCK_VALUES // n_values))

    def chunks() -> Iterator[Chunk]:
        for first in range(rows.start, rows.stop, block):
            stop = min(first + block, rows.stop)
            _check_sizes(path, array, range(first, stop))
            with _named(path):
                panel = np.asarray(array[first:stop])
            numbers = np.arange(first, first + len(panel))
            for start in range(0, len(panel), step):
                part = slice(start, start + step)
                yield Chunk(panel[part], {"row": numbers[part]})

    return Source(path, len(rows), chunks, rows.start)


def row_ranges(path: Path) -> list[range]:
    """Cut a Zarr array into the parts of a data set, where its files end.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of range

    Raises
    ------
    ImportError
        Without zarr.
    ValueError
        If it is no array of series.
    """
    array = _open_array(path)
    height, *_ = array.shards or array.chunks
    n_values = max(1, math.prod(array.shape[1:]))
    step = height * max(1, _PART_VALUES // (n_values * height))
    n_rows = array.shape[0]
    return [range(i, min(i + step, n_rows)) for i in range(0, n_rows, step)]


def files_of(path: Path, rows: range) -> Iterator[Path]:
    """List the files that hold some rows of a Zarr array, and that which describes it.

    Parameters
    ----------
    path : Path
    rows : range

    Yields
    ------
    Path
        Which need not exist: a chunk of fill values is not written.

    Raises
    ------
    ImportError, ValueError
        As `row_ranges`.
    """
    array = _open_array(path)
    yield from (path / name for name in _METADATA)
    yield from _chunk_files(path, array, rows)


def refuse_inside(target: str | os.PathLike[str], path: Path) -> None:
    """Refuse to write into a Zarr array that is read; what is no store holds nothing.

    Parameters
    ----------
    target : path
        To be written.
    path : Path
        To be read.

    Raises
    ------
    ValueError
    """
    if is_store(path) and Path(target).resolve().is_relative_to(path.resolve()):
        raise ValueError(
            f"{os.fspath(target)} lies in the Zarr array {path}; pass a place outside "
            f"of it."
        )


def _chunk_files(path: Path, array: Any, rows: range) -> Iterator[Path]:
    height, *others = array.shards or array.chunks
    grid = [range(rows.start // height, -(-rows.stop // height))]
    for size, width in zip(array.shape[1:], others, strict=True):
        grid.append(range(-(-size // width)))
    for key in itertools.product(*grid):
        yield path / array.metadata.encode_chunk_key(key)


def _open_array(path: Path) -> Any:
    """Open an array of series; nothing of it is read but what describes it."""
    zarr = import_zarr()
    with _named(path):
        store = zarr.storage.LocalStore(path, read_only=True)
        array = zarr.open(store=store, mode="r")
    if isinstance(array, zarr.Group):
        # not by zarr, which warns of all else that it finds there
        held = sorted(child.name for child in path.iterdir() if is_store(child))
        raise ValueError(
            f"{path} is a Zarr group that holds {', '.join(held) or 'nothing'}; pass "
            f"the folder of an array{f', {path / held[0]}' if held else ''}."
        )
    check_array(str(path), array.shape, array.dtype)
    _check_layout(path, array)
    return array


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Where Zarr only says what it saw, name the folder."""
    try:
        yield
    except MemoryError:
        # damage, too, can ask for any amount
        raise ValueError(
            f"{path}: not enough memory for its chunks; if they are not that large, "
            f"one of them is damaged."
        ) from None
    except _DAMAGE as error:
        # one with a number is the system's, not a decoder's
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise ValueError(f"{path}: not a whole Zarr array: {reason}") from None


def _check_layout(path: Path, array: Any) -> None:
    """Refuse what memory would not stand, and chunks that would run code."""
    # numcodecs has a codec that unpickles: whoever wrote the store could run anything
    if array.metadata.zarr_format == 2:
        codecs = [*array.filters, *array.compressors]
        if any(codec.codec_id == "pickle" for codec in codecs):
            raise ValueError(f"{path}: its chunks are pickles; these are not read.")
    if min(*array.chunks, *(array.shards or ())) < 1:
        raise ValueError(f"{path}: its chunks have no size: {array.chunks}.")
    spread = [
        -(-n // width) for n, width in zip(array.shape, array.chunks, strict=True)
    ]
    for what, number, most in (
        ("rows", array.shape[0], _MOST_ROWS),
        ("values in a row", math.prod(array.shape[1:]), _MOST_VALUES),
        ("values in a chunk", math.prod(array.chunks), _MOST_VALUES),
        ("chunks for a row", math.prod(spread[1:]), _MOST_CHUNKS),
    ):
        if number > most:
            raise ValueError(
                f"{path} has shape {array.shape} in chunks of {array.chunks}: {number} "
                f"{what}; expected at most {most}."
            )


def _check_sizes(path: Path, array: Any, rows: range) -> None:
    """Refuse files that are far larger than what they hold would be, undecoded."""
    outer = math.prod(array.shards or array.chunks)
    most = outer * _VALUE_BYTES + outer // math.prod(array.chunks) * _CHUNK_BYTES
    for file in _chunk_files(path, array, rows):
        try:
            size = file.stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            continue  # zarr reads the fill value
        if size > most and file.is_file():
            raise ValueError(
                f"{path}: {file.relative_to(path)} has {size} bytes; expected at most "
                f"{most} for its {outer} values."
            )
