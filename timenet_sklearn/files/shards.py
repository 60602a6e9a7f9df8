"""The shards of a data set, and the files that their embeddings go to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from timenet_sklearn.files.chunks import Options, Source
from timenet_sklearn.files.reading import find_files, open_source
from timenet_sklearn.files.zarr import files_of, is_store, read_zarr, row_ranges

_MAGIC = re.compile(r"[*?[]")


class Shard(NamedTuple):
    """A file or some rows of a Zarr array, and the file of its embeddings.

    Attributes
    ----------
    name : str
        Of the source, relative to the data set's folder; of rows, which they are.
    source, target : Path
        Absolute: the workers of a cluster have working folders of their own.
    size, modified_ns : int
        Of the source when it was found: what tells that it was changed since. Of a
        Zarr array, sums over the files of its rows.
    rows : range or None
        Of a Zarr array; None where all of the source is the shard.
    """

    name: str
    source: Path
    target: Path
    size: int
    modified_ns: int
    rows: range | None = None

    @property
    def has_changed(self) -> bool:
        """Whether the source is another file now, or gone."""
        try:
            return _stamp(self.source, self.rows) != (self.size, self.modified_ns)
        except (FileNotFoundError, ValueError):
            return True

    def open(self, options: Options) -> Source:
        """Open the source for reading in chunks."""
        if self.rows is None:
            return open_source(self.source, options)
        return read_zarr(self.source, options, self.rows)


def _stamp(source: Path, rows: range | None) -> tuple[int, int]:
    """Sum up size and time of the files of a shard; cheap, as none is read."""
    if source.is_file():
        status = source.stat()
        return status.st_size, status.st_mtime_ns
    files = source.rglob("*") if rows is None else files_of(source, rows)
    # the sum, not the latest time: it tells of an older file put in place, too
    size = modified_ns = 0
    for path in files:
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        if not path.is_dir():
            size, modified_ns = size + status.st_size, modified_ns + status.st_mtime_ns
    return size, modified_ns


def is_data_set(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> bool:
    """Tell what is embedded shard by shard, to a folder, from one file.

    Parameters
    ----------
    source : path
        A folder, or a pattern of files, is a data set. A Zarr array is one where its
        embeddings are to go to a folder.
    target : path
        Of the embeddings: a folder is there, or its name has no suffix.

    Returns
    -------
    bool
    """
    path, target = Path(source), Path(target)
    if is_store(path):
        return target.is_dir() or not target.suffix
    return path.is_dir() or bool(_MAGIC.search(str(path)) and not path.exists())


def output_of(name: str | Path, target: Path) -> Path:
    """Name the file for the embeddings of a shard."""
    return (target / name).with_suffix(".parquet")


def find_shards(
    source: str | os.PathLike[str], target: str | os.PathLike[str]
) -> list[Shard]:
    """List the shards of a data set, by name.

    They are the Parquet files of a folder, at any depth, or of a pattern, or ranges of
    rows of a Zarr array. Names that start with ``.`` or ``_`` are none, nor is what
    lies in `target`; two that would go to one file are a ValueError.
    """
    root, pattern = _split(Path(os.path.abspath(source)))
    target = Path(os.path.abspath(target))
    if root.is_relative_to(target):
        raise _nested(target, root)
    if is_store(root):
        if target.is_relative_to(root):
            raise _nested(target, root)
        return list(_row_shards(root, target))
    shards: dict[Path, Shard] = {}
    for path in find_files(root, pattern):
        name = path.relative_to(root)
        if path.is_relative_to(target):
            continue
        if target.is_relative_to(path):
            raise _nested(target, path)
        output = output_of(name, target)
        shard = Shard(name.as_posix(), path, output, *_stamp(path, None))
        if (other := shards.setdefault(output, shard)) is not shard:
            raise ValueError(
                f"{source}: {other.name} and {shard.name} would both go to "
                f"{output}; embed them into two folders."
            )
    if not shards:
        raise FileNotFoundError(f"{root}: no file {pattern} in this folder.")
    return list(shards.values())


def _nested(target: Path, source: Path) -> ValueError:
    return ValueError(
        f"{target} and the source {source} lie one in the other; pass another folder "
        "for the embeddings."
    )


def _row_shards(store: Path, target: Path) -> Iterator[Shard]:
    for rows in row_ranges(store):
        name = f"rows-{rows.start:012}-{rows.stop - 1:012}"
        yield Shard(name, store, output_of(name, target), *_stamp(store, rows), rows)


def _split(source: Path) -> tuple[Path, str]:
    """Split into a folder without wildcards and a pattern of files in it."""
    if source.is_dir():
        return source, "**/*.parquet"
    steps = source.parts
    wild = [i for i, step in enumerate(steps) if _MAGIC.search(step)]
    if not wild:
        raise FileNotFoundError(f"{source}: no such folder.")
    return Path(*steps[: wild[0]]), "/".join(steps[wild[0] :])
