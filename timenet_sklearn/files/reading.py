"""Open files of series, whatever their format, for reading in chunks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from timenet_sklearn.files.arff import arff_rows
from timenet_sklearn.files.arrays import read_npy, read_npz
from timenet_sklearn.files.arrow import read_table
from timenet_sklearn.files.chunks import Options, Source
from timenet_sklearn.files.columns import read_keys
from timenet_sklearn.files.long import read_long
from timenet_sklearn.files.text import table_rows, text_source, ts_rows
from timenet_sklearn.files.zarr import is_store, read_zarr

_READERS: dict[str, Callable[[Path, Options], Source]] = {
    ".npy": read_npy,
    ".npz": read_npz,
    **dict.fromkeys(
        (".csv", ".tsv", ".txt", ".dat", ""), partial(text_source, table_rows)
    ),
    ".ts": partial(text_source, ts_rows),
    ".arff": partial(text_source, arff_rows),
    **dict.fromkeys((".parquet", ".feather", ".arrow"), read_table),
    ".zarr": read_zarr,
}
# What to do with formats of this field that are not read.
_CONVERT = {
    **dict.fromkeys(
        (".xls", ".xlsx", ".ods"), "pandas.read_excel(NAME).to_csv(OUT, index=False)"
    ),
    **dict.fromkeys(
        (".h5", ".hdf5", ".nc"), "numpy.save(OUT, h5py.File(NAME)[DATASET][...])"
    ),
    ".mat": "numpy.save(OUT, scipy.io.loadmat(NAME)[VARIABLE])",
    ".json": "pandas.read_json(NAME).to_parquet(OUT)",
    ".jsonl": "pandas.read_json(NAME, lines=True).to_parquet(OUT)",
    ".pkl": "pandas.read_pickle(NAME).to_parquet(OUT)",
    ".tsf": "sktime.datasets.load_tsf_to_dataframe(NAME), then from_long",
    ".wav": "numpy.save(OUT, scipy.io.wavfile.read(NAME)[1].T[None])",
    ".zip": "unpack it and pass the files in it",
    ".bz2": "unpack it, or pack it by gzip",
    ".xz": "unpack it, or pack it by gzip",
}


def open_panels(path: str | os.PathLike[str], **options: Any) -> Source:
    """Open a file, or a Zarr array, of series for reading in chunks.

    Keywords are the fields of `Options`. Malformed content is a ValueError: here, or
    when reading gets there.
    """
    return open_source(Path(path), Options(**options))


def open_source(path: Path, options: Options) -> Source:
    """Open a file for reading in chunks, as `open_panels` does."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder.")
    for name in ("chunk_rows", "chunk_values"):
        if (value := getattr(options, name)) < 1:
            raise ValueError(f"{name}={value!r}: expected an integer >= 1.")
    read_keys(options.key_columns)
    reader = _find_reader(path) if options.long is None else read_long
    if path.is_dir() and reader is not read_zarr:
        raise IsADirectoryError(f"{path} is a folder; pass one of the files in it.")
    if path.is_file() and reader is read_zarr:
        raise ValueError(f"{path} is a file; a Zarr array is a folder of files.")
    return reader(path, options)


def _find_reader(path: Path) -> Callable[[Path, Options], Source]:
    if is_store(path):
        return read_zarr
    suffix = path.suffix.lower()
    packed = suffix == ".gz"
    if packed:
        suffix = path.with_suffix("").suffix.lower()
    reader = _READERS.get(suffix)
    if reader is None or (packed and not isinstance(reader, partial)):
        advice = _CONVERT.get(suffix, "" if packed else "if it is text, name it .csv")
        raise ValueError(
            f"{path}: unknown suffix {suffix!r}; can read "
            f"{', '.join(filter(None, _READERS))}, and text packed as .gz."
            f"{f' Convert it: {advice}.' if advice else ''}"
        )
    return reader


def find_files(folder: Path, pattern: str) -> Iterator[Path]:
    """List the files, and Zarr arrays, of a data set by name.

    Those that have, or lie in a folder that has, a name that starts with ``.`` or ``_``
    are left out: for readers of Parquet these are no data.
    """
    for path in sorted(folder.glob(pattern)):
        hidden = any(step[0] in "._" for step in path.relative_to(folder).parts)
        if not hidden and (path.is_file() or is_store(path)):
            yield path
