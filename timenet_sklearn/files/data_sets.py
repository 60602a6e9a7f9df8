"""Find the data sets of a folder of one's own files, to train on."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from timenet_sklearn._training.corpus import Folder
from timenet_sklearn.datasets import PRETRAINING_SETS, VALIDATION_SETS, find_ucr
from timenet_sklearn.files.chunks import Source
from timenet_sklearn.files.columns import KeyColumns
from timenet_sklearn.files.reading import find_files, open_panels


def find_folder(path: Path, key_columns: KeyColumns, missing: str) -> Folder:
    """Find the data sets of a folder; read no more than the ends of the files."""
    sets: dict[str, list[Source]] = {}
    for file in find_files(path, "**/*.parquet"):
        source = open_panels(file, key_columns=key_columns)
        if source.n_rows:  # data bases write parts without rows
            sets.setdefault(file.relative_to(path).parts[0], []).append(source)
    return Folder(path, sets, missing)


def own_files(
    data_dir: str | os.PathLike[str], key_columns: KeyColumns, missing: str
) -> Folder | None:
    """Find a folder's Parquet files; None for the UCR archive, which has none.

    A folder that has both, or neither, is refused, and so are `key_columns` or
    `missing` for files that are not there.
    """
    path = Path(data_dir)
    if path.is_file():
        raise NotADirectoryError(
            f"{path} is a file; pass a folder. One that holds only this file will do."
        )
    if not path.is_dir():
        raise FileNotFoundError(f"there is no folder {str(path)!r} to train on.")
    in_archive = _find_in_archive(path)
    _refuse_both(path, in_archive)
    folder = find_folder(path, key_columns, missing)
    if folder.sets:
        return folder
    if in_archive is None:
        kinds = Counter(file.suffix or file.name for file in find_files(path, "**/*"))
        found = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common(5))
        raise FileNotFoundError(
            f"{path} holds neither series in Parquet files nor data sets of the UCR "
            f"archive, but {found or 'nothing'}."
        )
    if key_columns is not None or missing != "error":
        raise ValueError(
            f"key_columns and missing apply to Parquet files, and {data_dir} holds "
            f"none with series; leave both out."
        )
    return None


def _find_in_archive(folder: Path) -> Path | None:
    """Find a file of any data set of the UCR archive that is trained on."""
    found = (find_ucr(name, folder) for name in (*PRETRAINING_SETS, *VALIDATION_SETS))
    return next(filter(None, found), None)


def _refuse_both(folder: Path, in_archive: Path | None) -> None:
    """Refuse a folder of which nobody can tell what is to be trained on."""
    parquet = next(find_files(folder, "**/*.parquet"), None)
    if parquet is not None and in_archive is not None:
        raise ValueError(
            f"{folder} holds Parquet files ({parquet.relative_to(folder)}) and data "
            f"sets of the UCR archive ({in_archive.relative_to(folder)}); only one of "
            f"the two can be trained on. Move the other out of the folder."
        )
