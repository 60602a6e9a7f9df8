"""The files that make a data set, and those that its embeddings go to."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from timenet_sklearn._io import find_files

_MAGIC = re.compile(r"[*?[]")
# What `open_output` and `write_atomically` leave of a process that was killed.
_LEFT_BEHIND = re.compile(r"\..+\.\d+-[0-9a-f]+\.(part|tmp)")


class Part(NamedTuple):
    """A file of a data set, and the file of its embeddings.

    Attributes
    ----------
    name : str
        Of the source, relative to the data set's folder.
    source, target : Path
        Absolute: the workers of a cluster have working folders of their own.
    size, modified_ns : int
        Of the source when it was found: what tells that it was changed since.
    """

    name: str
    source: Path
    target: Path
    size: int
    modified_ns: int

    @property
    def has_changed(self) -> bool:
        """Whether the source is another file now, or gone."""
        try:
            status = self.source.stat()
        except FileNotFoundError:
            return True
        return (status.st_size, status.st_mtime_ns) != (self.size, self.modified_ns)


def is_data_set(source: str | os.PathLike[str]) -> bool:
    """Tell a folder, or a pattern of files, from one file.

    Parameters
    ----------
    source : path

    Returns
    -------
    bool
    """
    path = Path(source)
    return path.is_dir() or bool(_MAGIC.search(str(path)) and not path.exists())


def output_of(name: str | Path, target: Path) -> Path:
    """Name the file for the embeddings of a part.

    Parameters
    ----------
    name : str or Path
        Of the part.
    target : Path
        Folder of embeddings.

    Returns
    -------
    Path
    """
    return (target / name).with_suffix(".parquet")


def find_parts(
    source: str | os.PathLike[str], target: str | os.PathLike[str]
) -> list[Part]:
    """List the parts of a data set, by name.

    Parameters
    ----------
    source : path
        A folder: the Parquet files in it, at any depth. Or a pattern of files. Names
        that start with ``.`` or ``_`` are no parts, as for all readers of Parquet.
    target : path
        Folder for the embeddings; what lies in it is no part.

    Returns
    -------
    list of Part

    Raises
    ------
    FileNotFoundError
        If there is no such folder or no such file.
    ValueError
        If the target is, or holds, the source, or if two parts would go to one file.
    """
    root, pattern = _split(Path(os.path.abspath(source)))
    target = Path(os.path.abspath(target))
    if root.is_relative_to(target):
        raise ValueError(
            f"{target} holds the source {source}; pass another folder for the "
            f"embeddings."
        )
    parts: dict[Path, Part] = {}
    for path in find_files(root, pattern):
        name = path.relative_to(root)
        if path.is_relative_to(target):
            continue
        status, output = path.stat(), output_of(name, target)
        part = Part(name.as_posix(), path, output, status.st_size, status.st_mtime_ns)
        if (other := parts.setdefault(output, part)) is not part:
            raise ValueError(
                f"{source}: {other.name} and {part.name} would both go to "
                f"{output}; embed them into two folders."
            )
    if not parts:
        raise FileNotFoundError(f"{root}: no file {pattern} in this folder.")
    return list(parts.values())


def _split(source: Path) -> tuple[Path, str]:
    """Split into a folder without wildcards and a pattern of files in it."""
    if source.is_dir():
        return source, "**/*.parquet"
    steps = source.parts
    wild = [i for i, step in enumerate(steps) if _MAGIC.search(step)]
    if not wild:
        raise FileNotFoundError(f"{source}: no such folder.")
    return Path(*steps[: wild[0]]), "/".join(steps[wild[0] :])


def sweep(target: Path) -> None:
    """Remove what killed processes left half-written in a folder of embeddings.

    Parameters
    ----------
    target : Path
    """
    for path in target.rglob(".*"):
        if is_left_behind(path):
            path.unlink(missing_ok=True)


def is_left_behind(path: Path) -> bool:
    """Tell the half-written file of a killed process by its name.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
    """
    return bool(_LEFT_BEHIND.fullmatch(path.name))
