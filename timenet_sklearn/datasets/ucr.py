"""The UCR archive, of 2015 or 2018: a folder of it, or what sktime carries of it."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn._series.ts import read_ts
from timenet_sklearn.datasets.names import (
    BUNDLED_SETS,
    NAMES_2015,
    NAMES_2018,
    SWAPPED_IN_2018,
)

Arrays = NDArray[Any] | list[NDArray[Any]]
Part = tuple[Arrays, NDArray[Any]]


class Dataset(NamedTuple):
    """A labelled data set in two parts.

    Attributes
    ----------
    name : str
        Name, as in the 2018 archive.
    X_train, X_test : ndarray or list of ndarray
        Float array of shape (n, T), or (n, C, T) if multivariate. Series of unequal
        length: a list of (length,) or (C, length) arrays, or, from ``.tsv`` and
        ``.txt`` files, an (n, T) array with the trailing NaN of the archive.
    y_train, y_test : ndarray of shape (n,)
        Labels: int64 if all are whole numbers, else strings.
    """

    name: str
    X_train: Arrays
    y_train: NDArray[Any]
    X_test: Arrays
    y_test: NDArray[Any]


def load_ucr(
    name: str,
    data_dir: str | os.PathLike[str],
    *,
    splits: Literal["2015", "2018"] | None = "2015",
) -> Dataset:
    """Load one data set of the UCR archive from a folder.

    The first of these that exists is read: ``NAME.npz`` (arrays ``X_train``,
    ``y_train``, ``X_test``, ``y_test``), then the pair ``NAME_TRAIN`` and
    ``NAME_TEST`` with the ending ``.tsv`` (archive of 2018), ``.txt``, ``.ts``
    or none (archive of 2015), in ``data_dir/NAME`` or in
    ``data_dir`` itself. A set is found by its name in either archive (``"Mallat"`` or
    ``"MALLAT"``), whichever of the two its files have.

    Parameters
    ----------
    name : str
        Name in the archive of 2018, e.g. ``"GunPoint"``, or in that of 2015.
    data_dir : path
        Folder of the archive.
    splits : {"2015", "2018"} or None, default="2015"
        The 2018 archive swaps training and test part of the sets in
        `SWAPPED_IN_2018`; the paper used those of 2015. Which of the two the files
        hold is told by the number of series. None takes the parts as they are.

    Returns
    -------
    Dataset
        Values as the archive gives them, float32 from ``.npz``, else float64.

    Raises
    ------
    FileNotFoundError
        If no such data set is in the folder, or no such folder exists.
    ValueError
        If a file cannot be read, its arrays do not fit together, or a set of
        `SWAPPED_IN_2018` has the sizes of neither archive.
    """
    if splits not in ("2015", "2018", None):
        raise ValueError(
            f'load_ucr: splits={splits!r}; expected "2015", "2018" or None.'
        )
    folder = Path(data_dir)
    if not folder.is_dir():
        raise FileNotFoundError(f"load_ucr: there is no folder {str(folder)!r}.")
    name = NAMES_2018.get(name, name)
    place = _find(name, folder)
    if place is None:
        raise FileNotFoundError(_not_found(name, folder))
    train_file, test_file, read = place
    if read is None:
        dataset = _read_npz(name, train_file)
    else:
        dataset = Dataset(name, *read(train_file), *read(test_file))
    _check_sizes(dataset, train_file)
    return _with_splits(dataset, splits)


def find_ucr(name: str, folder: Path) -> Path | None:
    """Find the file that `load_ucr` would read the training part from, if any."""
    place = _find(name, folder)
    return None if place is None else place[0]


def load_bundled(name: str) -> Dataset:
    """Load a real data set that comes inside the installed sktime.

    Parameters
    ----------
    name : str
        One of `BUNDLED_SETS`: ``"ACSF1"``, ``"ArrowHead"``, ``"BasicMotions"``
        (6 channels), ``"GunPoint"``, ``"ItalyPowerDemand"``, ``"JapaneseVowels"``
        (12 channels, unequal lengths), ``"OSULeaf"``, ``"PLAID"`` (unequal
        lengths), ``"UnitTest"`` (a part of Chinatown: 20 and 22 series).

    Returns
    -------
    Dataset
        float64; the split of sktime's files, which is that of the 2018 archive.

    Raises
    ------
    ValueError
        If ``name`` is not one of them.
    FileNotFoundError
        If this sktime does not carry the set; nothing is downloaded.
    ImportError
        If sktime is missing.
    """
    if name not in BUNDLED_SETS:
        raise ValueError(
            f"load_bundled: name={name!r}; expected one of {', '.join(BUNDLED_SETS)}."
            f"{_suggestion(name, BUNDLED_SETS)}"
        )
    folder = _sktime_datasets_folder() / "data" / name
    parts = []
    for part in ("TRAIN", "TEST"):
        path = folder / f"{name}_{part}.ts"
        if not path.is_file():
            raise FileNotFoundError(
                f"load_bundled: this sktime does not carry {name}: no {str(path)!r}. "
                "Install sktime 1.0 or later from PyPI, or use load_ucr."
            )
        parts.append(_read_ts(path))
    return Dataset(name, *parts[0], *parts[1])


_Reader = Callable[[Path], Part]
_Place = tuple[Path, Path, _Reader | None]


def _find(name: str, folder: Path) -> _Place | None:
    for place in _places(name, folder):
        train_file, test_file, _ = place
        if train_file.is_file() and test_file.is_file():
            return place
    return None


def _places(name: str, folder: Path) -> list[_Place]:
    """List (train file, test file, reader), most preferred first; None means npz."""
    places: list[_Place] = []
    endings: tuple[tuple[str, _Reader], ...] = (
        (".tsv", _read_text),
        (".txt", _read_text),
        (".ts", _read_ts),
        ("", _read_text),
    )
    for stem in dict.fromkeys((name, NAMES_2015.get(name, name))):
        npz = folder / f"{stem}.npz"
        places.append((npz, npz, None))
        for place in (folder / stem, folder):
            for ending, read in endings:
                train, test = (
                    place / f"{stem}_{part}{ending}" for part in ("TRAIN", "TEST")
                )
                places.append((train, test, read))
    return places


def _not_found(name: str, folder: Path) -> str:
    for train, test, _ in _places(name, folder):
        if train.is_file() != test.is_file():
            there, absent = (train, test) if train.is_file() else (test, train)
            return (
                f"load_ucr: {str(there)!r} is there, but not {str(absent)!r}; a data "
                f"set is both parts."
            )
    present = {path.stem for path in folder.glob("*.npz")}
    present |= {path.name for path in folder.iterdir() if path.is_dir()}
    present |= {path.name.split("_TRAIN")[0] for path in folder.glob("*_TRAIN*")}
    return (
        f"load_ucr: no data set {name!r} in {str(folder)!r}. Looked for {name}.npz and "
        f"for {name}_TRAIN and {name}_TEST with .tsv, .txt, .ts or no ending, in the "
        f"folder itself and in {name}/.{_suggestion(name, present)}"
    )


def _suggestion(name: str, candidates: Any) -> str:
    # compared in lower case, so that "gunpoint" finds "GunPoint"
    by_lower = {candidate.lower(): candidate for candidate in sorted(candidates)}
    near = [by_lower[low] for low in get_close_matches(name.lower(), by_lower)]
    return f" Did you mean {' or '.join(near)}?" if near else ""


def _with_splits(dataset: Dataset, splits: str | None) -> Dataset:
    """Exchange the parts if they are those of the other archive."""
    n_train_2015 = SWAPPED_IN_2018.get(dataset.name)
    if splits is None or n_train_2015 is None:
        return dataset
    n_train, n_test = len(dataset.y_train), len(dataset.y_test)
    if n_train_2015 not in (n_train, n_test):
        raise ValueError(
            f"load_ucr: {dataset.name} has {n_train} training and {n_test} test "
            f"series; the 2015 archive has {n_train_2015} training series and that of "
            "2018 as many test series. Pass splits=None to take the files as they are."
        )
    if (n_train == n_train_2015) == (splits == "2015"):
        return dataset
    name, X_train, y_train, X_test, y_test = dataset
    return Dataset(name, X_test, y_test, X_train, y_train)


def _check_sizes(dataset: Dataset, path: Path) -> None:
    for part, X, y in (
        ("train", dataset.X_train, dataset.y_train),
        ("test", dataset.X_test, dataset.y_test),
    ):
        if len(X) != len(y):
            raise ValueError(
                f"load_ucr: {str(path)!r} has {len(X)} series but {len(y)} labels in "
                f"its {part} part; the file is damaged, fetch it again."
            )


def _read_npz(name: str, path: Path) -> Dataset:
    keys = ("X_train", "y_train", "X_test", "y_test")
    try:
        # opened here because np.load leaves the file open when it is damaged
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            missing = [key for key in keys if key not in archive.files]
            arrays = {key: archive[key] for key in keys if key not in missing}
    except (zipfile.BadZipFile, ValueError, EOFError, OSError) as error:
        raise ValueError(f"load_ucr: cannot read {str(path)!r}: {error}") from error
    if missing:
        raise ValueError(
            f"load_ucr: {str(path)!r} has no {', '.join(missing)}; expected the arrays "
            f"{', '.join(keys)}."
        )
    for key in ("y_train", "y_test"):
        if arrays[key].ndim != 1:
            raise ValueError(
                f"load_ucr: {key} in {str(path)!r} has shape {arrays[key].shape}; "
                f"expected a label a series, (n,)."
            )
        arrays[key] = _labels(arrays[key])
    for key in ("X_train", "X_test"):
        # tslearn's way of one channel: as (n, C, T) these would be series of one step.
        if arrays[key].ndim == 3 and arrays[key].shape[2] == 1 < arrays[key].shape[1]:
            arrays[key] = arrays[key][:, :, 0]
    return Dataset(name, **arrays)


def _read_text(path: Path) -> Part:
    """Read a .tsv or .txt part: label first; tabs, blanks or commas between."""
    with path.open(encoding="utf-8") as lines:
        first = lines.readline()
    # a lone label is no series; np.loadtxt would take it, and warn of an empty file
    if len(first.replace(",", " ").split()) < 2:
        raise ValueError(
            f"load_ucr: {str(path)!r} holds no series; expected rows of a label and "
            "the values."
        )
    try:
        table = np.loadtxt(path, delimiter="," if "," in first else None, ndmin=2)
    except ValueError as error:
        raise ValueError(
            f"load_ucr: cannot read {str(path)!r} as rows of equally many numbers, "
            f"a label and the values: {error}"
        ) from error
    return table[:, 1:], _labels(table[:, 0])


def _read_ts(path: Path) -> Part:
    rows = list(read_ts(path))
    if not rows or not rows[0].keys:
        raise ValueError(f"load_ucr: {str(path)!r} holds no labelled series.")
    series = [row.series for row in rows]
    # in lower case, as sktime reads them
    labels = [label.lower() for row in rows for label in row.keys.values()]
    y = _labels(np.asarray(labels))
    if len({one.shape for one in series}) == 1:
        return np.stack(series), y
    return series, y


def _labels(raw: NDArray[Any]) -> NDArray[Any]:
    """Return whole numbers as int64 and everything else as strings."""
    try:
        numbers = raw.astype(np.float64)
    except ValueError:
        return raw.astype(np.str_)
    if np.isfinite(numbers).all() and (numbers == np.round(numbers)).all():
        return numbers.astype(np.int64)
    return raw.astype(np.str_)


def _sktime_datasets_folder() -> Path:
    try:
        import sktime.datasets
    except ImportError as error:
        raise ImportError(
            f"Reading sktime's data needs the package {error.name!r}; "
            'install it with: pip install "timenet_sklearn[sktime]"'
        ) from error
    return Path(sktime.datasets.__file__).parent
