"""The data sets of Table 1 that are there, whole or in part, and why others are not."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from timenet_sklearn.benchmark.published import STAND_INS, what_is_missing
from timenet_sklearn.datasets import (
    BUNDLED_SETS,
    TEST_SETS,
    Dataset,
    load_bundled,
    load_ucr,
)


def find_sets(
    data_dir: Path, names: Sequence[str] | None = None
) -> tuple[dict[str, Dataset], dict[str, str]]:
    """Load the data sets of Table 1 that are there.

    Parameters
    ----------
    data_dir : Path
        Folder of the UCR archive, as `load_ucr` takes it. What it does not have is
        looked for in its folder ``partial`` and among sktime's bundled sets.
    names : sequence of str, optional
        Sets to load, also in part. By default the paper's 30 and `STAND_INS`, as far
        as they are found and whole.

    Returns
    -------
    found : dict of str to Dataset
    missing : dict of str to str
        Why a set is not among those found, or what of it is not there.

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or a set in `names` is not in it.
    ValueError
        If a set in `names` cannot be read, or one of its parts is empty.
    ImportError
        If a set in `names` is one of sktime's, which is missing.
    """
    if not data_dir.is_dir():
        raise FileNotFoundError(f"find_sets: there is no folder {str(data_dir)!r}.")
    found: dict[str, Dataset] = {}
    missing: dict[str, str] = {}
    for name in names or (*TEST_SETS, *STAND_INS):
        try:
            data = _load(name, data_dir)
            note = what_is_missing(name, len(data.y_train), len(data.y_test))
            if names and not (len(data.y_train) and len(data.y_test)):
                raise ValueError(f"find_sets: {name} cannot be run; it is {note}.")
        except FileNotFoundError:
            if names:
                raise
            data, note = None, f"not found in {data_dir}"
        except (ValueError, OSError, ImportError) as error:
            # without sktime, which has the stand-ins, the others still run
            if names:
                raise
            data, note = None, " ".join(str(error).split())
        if note:
            missing[name] = note
        if data is not None and (names or not note):
            found[name] = data
    return found, missing


def _load(name: str, folder: Path) -> Dataset:
    try:
        return load_ucr(name, folder)
    except FileNotFoundError:
        if name in BUNDLED_SETS:
            return load_bundled(name)
        with contextlib.suppress(FileNotFoundError):
            return load_ucr(name, folder / "partial")
        raise
