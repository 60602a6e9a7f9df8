"""The data sets of Table 1 that are there, whole or in part, and why others are not."""

from __future__ import annotations

import contextlib
import socket
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from timenet_sklearn.datasets import (
    BUNDLED_SETS,
    TEST_SETS,
    Dataset,
    load_bundled,
    load_ucr,
)
from timenet_sklearn.table1.published import STAND_INS, what_is_missing

# seconds that a server may be silent: urllib would wait forever
_PATIENCE = 30.0


def find_sets(
    data_dir: Path, names: Sequence[str] | None = None, *, download: bool = False
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
    download : bool, default=False
        Let sktime's downloader fetch the sets that are not in `data_dir` into it,
        which is made if there is none. ``partial`` is then left aside.

    Returns
    -------
    found : dict of str to Dataset
    missing : dict of str to str
        Why a set is not among those found, or what of it is not there.

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or a set in `names` is not in it, nor could be
        downloaded.
    ValueError
        If a set in `names` cannot be read, or one of its parts is empty.
    ImportError
        If a set in `names` is one of sktime's, which is missing.
    """
    if download:
        data_dir.mkdir(parents=True, exist_ok=True)
    elif not data_dir.is_dir():
        raise FileNotFoundError(f"find_sets: there is no folder {str(data_dir)!r}.")
    found: dict[str, Dataset] = {}
    missing: dict[str, str] = {}
    for name in names or (*TEST_SETS, *STAND_INS):
        try:
            data = _load(name, data_dir, download)
        except (ValueError, OSError, ImportError) as error:
            # without sktime, which has the stand-ins, the others still run
            if names:
                raise
            missing[name] = _explain(error, data_dir, download)
            continue
        note = what_is_missing(name, len(data.y_train), len(data.y_test))
        if names and not (len(data.y_train) and len(data.y_test)):
            raise ValueError(f"find_sets: {name} cannot be run; it is {note}.")
        if note:
            missing[name] = note
        if names or not note:
            found[name] = data
    return found, missing


def _explain(error: Exception, folder: Path, download: bool) -> str:
    cause = " ".join(str(error).split())
    if not isinstance(error, FileNotFoundError):
        return cause
    return f"not found in {folder}; {cause}" if download else f"not found in {folder}"


def _load(name: str, folder: Path, download: bool) -> Dataset:
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
        with _patience():
            # one part will do: what it returns is not used
            load_UCR_UEA_dataset(name, split="train", extract_path=str(folder))
    except (RuntimeError, OSError, ValueError) as error:
        raise FileNotFoundError(f"sktime could not download {name}: {error}") from error


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    earlier = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_PATIENCE)
    try:
        with warnings.catch_warnings():
            # its first choice wants a package more; it goes on with the next one
            warnings.filterwarnings("ignore", "DatasetDownloader skipping", UserWarning)
            yield
    finally:
        socket.setdefaulttimeout(earlier)
