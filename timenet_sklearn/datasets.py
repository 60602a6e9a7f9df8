"""UCR data sets from an archive folder, those that sktime bundles, generated ones.

Nothing here downloads. `load_ucr` reads a folder of the UCR archive, of 2015 or
2018, or of the ``.npz`` files made from it; `load_bundled` reads the ``.ts`` files
inside the installed sktime; `make_series` generates realistic series.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn._series.ts import read_ts
from timenet_sklearn._synthetic.sets import SyntheticSet as SyntheticSet
from timenet_sklearn._synthetic.sets import make_series as make_series

#: The paper's 18 sets for pre-training, training and test parts together.
PRETRAINING_SETS = tuple(
    """
    ItalyPowerDemand SonyAIBORobotSurface1 SonyAIBORobotSurface2 TwoLeadECG FacesUCR
    Plane GunPoint ArrowHead WordSynonyms ToeSegmentation1 ToeSegmentation2
    Lightning7 DiatomSizeReduction OSULeaf Ham Fish ShapeletSim ShapesAll
    """.split()
)

#: The paper's 6 sets for validation.
VALIDATION_SETS = ("MoteStrain", "CBF", "Trace", "Symbols", "Herring", "Earthquakes")

#: 18 more sets to pre-train on, which the paper does not use.
EXTRA_PRETRAINING_SETS = tuple(
    """
    Beef BeetleFly BirdChicken EOGHorizontalSignal EOGVerticalSignal FaceAll FiftyWords
    GunPointAgeSpan GunPointMaleVersusFemale GunPointOldVersusYoung HouseTwenty
    PigAirwayPressure PigArtPressure PigCVP RefrigerationDevices Rock ScreenType
    SmallKitchenAppliances
    """.split()
)

#: Nine more of which the training part alone is pre-trained on.
EXTRA_TRAINING_PARTS = tuple(
    """
    CinCECGTorso Crop FreezerRegularTrain FreezerSmallTrain InlineSkate
    InsectWingbeatSound Mallat MixedShapesSmallTrain Phoneme
    """.split()
)

#: The paper's 30 UCR test sets, in the order of its Table 1.
TEST_SETS = tuple(
    """
    SyntheticControl PhalangesOutlinesCorrect DistalPhalanxOutlineAgeGroup
    DistalPhalanxOutlineCorrect DistalPhalanxTW MiddlePhalanxOutlineAgeGroup
    MiddlePhalanxOutlineCorrect MiddlePhalanxTW ProximalPhalanxOutlineAgeGroup
    ProximalPhalanxOutlineCorrect ProximalPhalanxTW ElectricDevices MedicalImages
    SwedishLeaf TwoPatterns ECG5000 ECGFiveDays Wafer ChlorineConcentration Adiac
    Strawberry CricketX CricketY CricketZ UWaveGestureLibraryX UWaveGestureLibraryY
    UWaveGestureLibraryZ Yoga FordA FordB
    """.split()
)

#: Sets whose training and test parts the 2018 archive swaps, with the number of
#: series in the training part of 2015 (the test part of 2018).
SWAPPED_IN_2018: Mapping[str, int] = {
    "DistalPhalanxOutlineAgeGroup": 139,
    "DistalPhalanxOutlineCorrect": 276,
    "DistalPhalanxTW": 139,
    "MiddlePhalanxOutlineAgeGroup": 154,
    "MiddlePhalanxOutlineCorrect": 291,
    "MiddlePhalanxTW": 154,
    "ProximalPhalanxTW": 205,
    "Strawberry": 370,
    "FordA": 1320,
    "FordB": 810,
    "Earthquakes": 139,
}

#: Sets that sktime carries inside its package.
BUNDLED_SETS = (
    "ACSF1",
    "ArrowHead",
    "BasicMotions",
    "GunPoint",
    "ItalyPowerDemand",
    "JapaneseVowels",
    "OSULeaf",
    "PLAID",
    "UnitTest",
)

# file names of the 2015 archive, where they differ from those of 2018
_NAMES_2015 = {
    "CinCECGTorso": "CinC_ECG_torso",
    "CricketX": "Cricket_X",
    "CricketY": "Cricket_Y",
    "CricketZ": "Cricket_Z",
    "FiftyWords": "50words",
    "Fish": "FISH",
    "GunPoint": "Gun_Point",
    "Lightning2": "Lighting2",
    "Lightning7": "Lighting7",
    "Mallat": "MALLAT",
    "NonInvasiveFetalECGThorax1": "NonInvasiveFatalECG_Thorax1",
    "NonInvasiveFetalECGThorax2": "NonInvasiveFatalECG_Thorax2",
    "SonyAIBORobotSurface1": "SonyAIBORobotSurface",
    "SonyAIBORobotSurface2": "SonyAIBORobotSurfaceII",
    "SyntheticControl": "synthetic_control",
    "TwoPatterns": "Two_Patterns",
    "UWaveGestureLibraryX": "uWaveGestureLibrary_X",
    "UWaveGestureLibraryY": "uWaveGestureLibrary_Y",
    "UWaveGestureLibraryZ": "uWaveGestureLibrary_Z",
    "Wafer": "wafer",
    "WordSynonyms": "WordsSynonyms",
    "Yoga": "yoga",
}
_NAMES_2018 = {old: new for new, old in _NAMES_2015.items()}

Panel = NDArray[Any] | list[NDArray[Any]]
_Part = tuple[Panel, NDArray[Any]]


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
    X_train: Panel
    y_train: NDArray[Any]
    X_test: Panel
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
    name = _NAMES_2018.get(name, name)
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


def load_cmapss(
    data_dir: str | os.PathLike[str],
    *,
    sensors: Sequence[int] = (2, 3, 4, 7, 11, 12),
    window: int = 30,
) -> Dataset:
    """Load healthy and failing engines from NASA's turbofan simulation, set FD001.

    A series is a window of an engine's cycles: its first ones, which are normal, or
    the last ones that there are, which are abnormal if the engine fails within `window`
    cycles. The engines of ``train_FD001.txt``, which all run to failure, are the
    training part; those of ``test_FD001.txt``, which stop earlier, are the test part.
    So no engine is in both.

    Parameters
    ----------
    data_dir : path
        Folder with ``train_FD001.txt``, ``test_FD001.txt`` and ``RUL_FD001.txt`` as
        NASA has them: white space between columns, no header.
    sensors : sequence of int, default=(2, 3, 4, 7, 11, 12)
        Numbers, 1 to 21. By default temperatures, pressures and fuel flow that change
        as the compressor wears out: T24, T30, T50, P30, Ps30, phi.
    window : int, default=30
        Cycles in a series.

    Returns
    -------
    Dataset
        float64 series of shape (n_sensors, window); labels 0, normal, and 1, abnormal.

    Raises
    ------
    FileNotFoundError
        If one of the files is missing.
    ValueError
        If a file is not as described.

    References
    ----------
    .. [1] A. Saxena et al., "Damage propagation modeling for aircraft engine
       run-to-failure simulation", 2008.
    """
    folder = Path(data_dir)
    files = [folder / f"{part}_FD001.txt" for part in ("train", "test", "RUL")]
    for file in files:
        if not file.is_file():
            raise FileNotFoundError(f"load_cmapss: there is no {str(file)!r}.")
    train, test, left = (np.loadtxt(file, ndmin=2) for file in files)
    n_engines = len(np.unique(test[:, 0]))
    if train.shape[1] != 26 or test.shape[1] != 26 or left.shape != (n_engines, 1):
        raise ValueError(
            f"load_cmapss: {str(folder)!r} has tables of shape {train.shape}, "
            f"{test.shape} and {left.shape}; expected two of 26 columns, and one with "
            f"a number for each of the {n_engines} engines of the second."
        )
    columns = [4 + number for number in sensors]
    run_out = np.zeros(len(np.unique(train[:, 0])))
    parts = (
        _first_and_last(train, run_out, columns, window),
        _first_and_last(test, left[:, 0], columns, window),
    )
    return Dataset("FD001", *parts[0], *parts[1])


def _first_and_last(
    table: NDArray[Any], left: NDArray[Any], columns: list[int], window: int
) -> _Part:
    """Cut the windows out of a table of engine, cycle, settings and sensors."""
    X, y = [], []
    for engine, n_left in zip(np.unique(table[:, 0]), left, strict=True):
        cycles = table[table[:, 0] == engine][:, columns].T
        X.append(cycles[:, :window])
        y.append(0)
        if n_left <= window:
            X.append(cycles[:, -window:])
            y.append(1)
    return np.stack(X), np.array(y)


_Reader = Callable[[Path], _Part]


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
    for stem in dict.fromkeys((name, _NAMES_2015.get(name, name))):
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


def _read_text(path: Path) -> _Part:
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


def _read_ts(path: Path) -> _Part:
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
