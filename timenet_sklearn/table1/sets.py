"""The data sets of Table 1 that are there, whole or in part, and why others are not."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Sequence
from pathlib import Path

from timenet_sklearn.datasets import (
    BUNDLED_SETS,
    TEST_SETS,
    Dataset,
    load_bundled,
    load_cmapss,
    load_ucr,
)
from timenet_sklearn.table1 import PRIVATE_SET, STAND_INS

# series in training and test part of the archive of 2015, in the order of TEST_SETS
_SIZES = (
    *((300, 300), (1800, 858), (139, 400), (276, 600), (139, 400), (154, 400)),
    *((291, 600), (154, 399), (400, 205), (600, 291), (205, 400), (8926, 7711)),
    *((381, 760), (500, 625), (1000, 4000), (500, 4500), (23, 861), (1000, 6164)),
    *((467, 3840), (390, 391), (370, 613), (390, 390), (390, 390), (390, 390)),
    *((896, 3582), (896, 3582), (896, 3582), (300, 3000), (1320, 3601), (810, 3636)),
)
N_SERIES = dict(zip(TEST_SETS, _SIZES, strict=True))


def what_is_missing(dataset: str, n_train: int, n_test: int) -> str:
    """Say what a set lacks of the archive of 2015; empty if nothing, or not of it."""
    sizes = N_SERIES.get(dataset, (max(n_train, 1), max(n_test, 1)))
    parts = zip(("training", "test"), (n_train, n_test), sizes, strict=True)
    apart = [(part, n, wanted) for part, n, wanted in parts if n != wanted]
    rows = [f"{part} part has {n} of {wanted} rows" for part, n, wanted in apart]
    more = any(n > wanted for _, n, wanted in apart)
    kind = "another split" if more else "partial"
    return f"{kind}: {', '.join(rows)}" if rows else ""


def find_sets(
    data_dir: Path, names: Sequence[str] | None = None, *, download: bool = False
) -> tuple[dict[str, Dataset], dict[str, str]]:
    """Load the data sets of Table 1 that are there, and say why others are not.

    What `data_dir`, a folder of the UCR archive, does not have is looked for in its
    folder ``partial`` and among sktime's bundled sets. The paper's private data are
    NASA's engines, as `load_cmapss` takes them. With `download`, sktime fetches what
    the folder lacks into it, and ``partial`` is left aside.

    `names` are loaded also in part, but have to be there. By default they are the
    paper's 31 and `STAND_INS`, as far as they are found and whole.
    """
    if download:
        data_dir.mkdir(parents=True, exist_ok=True)
    elif not data_dir.is_dir():
        raise FileNotFoundError(f"find_sets: there is no folder {str(data_dir)!r}.")
    found: dict[str, Dataset] = {}
    missing: dict[str, str] = {}
    for name in names or (PRIVATE_SET, *TEST_SETS, *STAND_INS):
        try:
            data = _load(name, data_dir, download)
        except (ValueError, OSError, ImportError) as error:
            # without sktime, which has the stand-ins, the others still run
            if names:
                raise
            absent = isinstance(error, FileNotFoundError) and not download
            cause = f"not found in {data_dir}" if absent else str(error)
            missing[name] = " ".join(cause.split())
            continue
        note = what_is_missing(name, len(data.y_train), len(data.y_test))
        if names and not (len(data.y_train) and len(data.y_test)):
            raise ValueError(f"find_sets: {name} cannot be run; it is {note}.")
        if note:
            missing[name] = note
        if names or not note:
            found[name] = data
    return found, missing


def _load(name: str, folder: Path, download: bool) -> Dataset:
    if name == PRIVATE_SET:
        return load_cmapss(folder)
    try:
        return load_ucr(name, folder)
    except FileNotFoundError:
        if name in BUNDLED_SETS:
            return load_bundled(name)
        if download:
            _download(name, folder)
            return load_ucr(name, folder)
        with contextlib.suppress(FileNotFoundError):
            return load_ucr(name, folder / "partial")
        raise


def _download(name: str, folder: Path) -> None:
    """Fetch the ``.ts`` files of a set into ``folder/name``, for `load_ucr` to read."""
    try:
        from sktime.datasets import load_UCR_UEA_dataset
    except ImportError as error:
        raise ImportError(
            f"Downloading data sets needs the package {error.name!r}; "
            'install it with: pip install "timenet_sklearn[sktime]"'
        ) from error
    if (folder / name).is_dir():
        raise FileNotFoundError(
            f"{str(folder / name)!r} lacks a part of {name}, and sktime downloads "
            "nothing into a folder that is there: move it away."
        )
    try:
        with warnings.catch_warnings():
            # its first choice wants a package more; it goes on with the next one
            warnings.filterwarnings("ignore", "DatasetDownloader skipping", UserWarning)
            # one part will do: what it returns is not used
            load_UCR_UEA_dataset(name, split="train", extract_path=str(folder))
    except (RuntimeError, OSError, ValueError) as error:
        raise FileNotFoundError(f"sktime could not download {name}: {error}") from error
