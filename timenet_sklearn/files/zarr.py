"""Read Zarr arrays of series, slice by slice."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from timenet_sklearn.files.arrays import check_array, refuse_numbered_keys
from timenet_sklearn.files.chunks import Chunk, Options, Source

# A folder that holds one of these is an array or a group, of format 3 or 2.
_METADATA = ("zarr.json", ".zarray", ".zgroup")
_SHARD_VALUES = 2**25  # half a minute's work for a core


def is_store(path: Path) -> bool:
    """Tell the folder of a Zarr array or group from a folder of files."""
    names = [path.suffix.lower() == ".zarr", *((path / n).exists() for n in _METADATA)]
    return path.is_dir() and any(names)


def read_zarr(path: Path, options: Options, rows: range | None = None) -> Source:
    """Read an array, or some rows of it, by slices that end where its chunks end."""
    refuse_numbered_keys(path, options)
    array = _open_array(path)
    rows = range(array.shape[0]) if rows is None else rows
    most, height = options.rows_of(math.prod(array.shape[1:])), array.chunks[0]
    block = height * max(1, most // height)  # so that no chunk is decoded twice

    def chunks() -> Iterator[Chunk]:
        for first in range(rows.start, rows.stop, block):
            with _named(path):
                panel = np.asarray(array[first : min(first + block, rows.stop)])
            numbers = np.arange(first, first + len(panel))
            for some in (slice(i, i + most) for i in range(0, len(panel), most)):
                yield Chunk(panel[some], {"row": numbers[some]})

    return Source(path, len(rows), chunks, rows.start)


def row_ranges(path: Path) -> list[range]:
    """Cut an array into shards, which end where its files end."""
    array = _open_array(path)
    n_rows, *series = array.shape
    height = (array.shards or array.chunks)[0]
    step = height * max(1, _SHARD_VALUES // (math.prod(series) * height or 1))
    return [range(i, min(i + step, n_rows)) for i in range(0, n_rows, step)]


def files_of(path: Path, rows: range) -> Iterator[Path]:
    """List the files that may hold some rows of an array, and what describes it."""
    array = _open_array(path)
    yield from (path / name for name in _METADATA)
    height, *others = array.shards or array.chunks
    grid = [range(rows.start // height, -(-rows.stop // height))]
    pairs = zip(array.shape[1:], others, strict=True)
    grid += [range(-(-size // width)) for size, width in pairs]
    for key in itertools.product(*grid):
        yield path / array.metadata.encode_chunk_key(key)


def _open_array(path: Path) -> Any:
    """Open an array of series; nothing of it is read but what describes it."""
    try:
        import zarr
    except ImportError as error:
        raise ImportError(
            'Reading Zarr arrays needs zarr; run: pip install "timenet_sklearn[zarr]"'
        ) from error
    with _named(path):
        store = zarr.storage.LocalStore(path, read_only=True)
        array = zarr.open(store=store, mode="r")
    if isinstance(array, zarr.Group):
        held = ", ".join(sorted(f.name for f in path.iterdir() if is_store(f)))
        raise ValueError(f"{path} is a group of {held or 'no'} arrays; pass one of it.")
    check_array(str(path), array.shape, array.dtype)
    if array.metadata.zarr_format == 2:
        # numcodecs unpickles these: whoever wrote the store could run anything
        if "pickle" in [c.codec_id for c in (*array.filters, *array.compressors)]:
            raise ValueError(f"{path}: its chunks are pickles; these are not read.")
    return array


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Where Zarr only says what it saw, name the folder."""
    try:
        yield
    except Exception as error:  # codecs raise what they like
        if getattr(error, "errno", None) is not None:
            raise  # the system's, not a decoder's
        reason = str(error).partition("\n")[0] or repr(error)
        raise ValueError(f"{path}: not a whole Zarr array: {reason}") from None
