"""Open files of series, whatever their format, for reading in chunks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from timenet_sklearn.files.arrays import read_npy, read_npz
from timenet_sklearn.files.chunks import Options, Source
from timenet_sklearn.files.parquet import read_parquet
from timenet_sklearn.files.text import csv_rows, text_source, ts_rows
from timenet_sklearn.files.zarr import is_store, read_zarr

_READERS: dict[str, Callable[[Path, Options], Source]] = {
    ".npy": read_npy,
    ".npz": read_npz,
    ".csv": partial(text_source, csv_rows),
    ".tsv": partial(text_source, csv_rows),
    ".ts": partial(text_source, ts_rows),
    ".parquet": read_parquet,
    ".zarr": read_zarr,
}


def open_panels(path: str | os.PathLike[str], **options: Any) -> Source:
    """Open a file, or a Zarr array, of series for reading in chunks.

    Parameters
    ----------
    path : path
        ``.npy``: a 2-D or 3-D array. ``.npz``: the array ``X``, or all named ``X_...``
        one after the other (then with a key ``part``), or the only array.
        ``.csv``, ``.tsv``: a series a line, of any number of cells; a first line
        without numbers, or of just 0, 1, 2, ... (pandas' default), is a header.
        ``.ts``: sktime's and UCR's format; the label is a key. ``.parquet``: every list
        column a channel and the others keys, or every numeric column a time step.
    **options
        Fields of `Options`.

    Returns
    -------
    Source

    Raises
    ------
    FileNotFoundError, IsADirectoryError
    ImportError
        For Parquet without pyarrow, for Zarr without zarr.
    ValueError
        Unknown suffix, or malformed content: here, or when reading gets there.
    """
    return open_source(Path(path), Options(**options))


def open_source(path: Path, options: Options) -> Source:
    """Open a file for reading in chunks, as `open_panels` does."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder.")
    reader = read_zarr if is_store(path) else _READERS.get(path.suffix.lower())
    if reader is None:
        raise ValueError(
            f"{path}: unknown suffix {path.suffix!r}; can read {', '.join(_READERS)}."
        )
    if path.is_dir() and reader is not read_zarr:
        raise IsADirectoryError(f"{path} is a folder; pass one of the files in it.")
    if path.is_file() and reader is read_zarr:
        raise ValueError(f"{path} is a file; a Zarr array is a folder of files.")
    for name, value, least in zip(options._fields, options, (1, 1, 0), strict=True):
        if value < least:
            raise ValueError(f"{name}={value!r}: expected an integer >= {least}.")
    return reader(path, options)


def find_files(folder: Path, pattern: str) -> Iterator[Path]:
    """List the files, and Zarr arrays, of a data set.

    Parameters
    ----------
    folder : Path
    pattern : str
        As for `Path.glob`, relative to the folder.

    Yields
    ------
    Path
        By name; without those that have, or lie in a folder that has, a name that
        starts with ``.`` or ``_``: for readers of Parquet these are no data.
    """
    for path in sorted(folder.glob(pattern)):
        hidden = any(step[0] in "._" for step in path.relative_to(folder).parts)
        if not hidden and (path.is_file() or is_store(path)):
            yield path
