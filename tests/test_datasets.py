"""Tests of the data set loaders."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from timenet_sklearn import datasets
from timenet_sklearn.datasets import load_bundled, load_cmapss, load_ucr

UCR = Path(__file__).parents[2] / "shared" / "ucr"
needs_ucr = pytest.mark.skipif(
    not UCR.is_dir(), reason="needs the UCR data in ../shared/ucr"
)


def write_npz(folder: Path, name: str, n_train: int = 3, n_test: int = 2) -> None:
    np.savez(
        folder / f"{name}.npz",
        X_train=np.zeros((n_train, 4), np.float32),
        y_train=np.zeros(n_train, np.int64),
        X_test=np.ones((n_test, 4), np.float32),
        y_test=np.ones(n_test, np.int64),
    )


def write_text(folder: Path, stem: str, ending: str, train: str, test: str) -> None:
    folder.mkdir(exist_ok=True, parents=True)
    (folder / f"{stem}_TRAIN{ending}").write_text(train, encoding="utf-8")
    (folder / f"{stem}_TEST{ending}").write_text(test, encoding="utf-8")


def ts_file(univariate: bool, equal: bool, rows: list[str]) -> str:
    head = (
        "@problemName Toy\n@timeStamps false\n@missing false\n"
        f"@univariate {str(univariate).lower()}\n"
    )
    head += "" if univariate else "@dimensions 2\n"
    head += f"@equalLength {str(equal).lower()}\n@classLabel true 1 2\n@data\n"
    return head + "\n".join(rows) + "\n"


def test_the_papers_lists_have_the_papers_sizes_and_do_not_overlap():
    lists = (datasets.PRETRAINING_SETS, datasets.VALIDATION_SETS, datasets.TEST_SETS)
    assert [len(names) for names in lists] == [18, 6, 30]
    assert len(set().union(*lists)) == 54
    assert set(datasets.SWAPPED_IN_2018) <= set().union(*lists)


@needs_ucr
def test_pretraining_sets_count_what_the_paper_states():
    series = points = classes = 0
    for name in datasets.PRETRAINING_SETS:
        data = load_ucr(name, UCR)
        series += len(data.X_train) + len(data.X_test)
        points += data.X_train.size + data.X_test.size
        classes += len(np.union1d(data.y_train, data.y_test))
    assert (series, points, classes) == (10_940, 2_326_358, 151)


@needs_ucr
def test_npz_is_read_as_it_is():
    data = load_ucr("DistalPhalanxTW", UCR)
    assert data.name == "DistalPhalanxTW"
    assert data.X_train.shape == (139, 80)
    assert data.X_test.shape == (400, 80)
    assert data.X_train.dtype == np.float32
    assert data.y_train.dtype == np.int64


@pytest.mark.parametrize(
    ("ending", "separator"), [(".tsv", "\t"), (".txt", "   "), (".txt", ","), ("", ",")]
)
@pytest.mark.parametrize("nested", [True, False])
def test_text_layouts_give_the_same_arrays(tmp_path, ending, separator, nested):
    rows = ["-1 0.5 1e2 NaN\n", "2 1 2 3\n"]
    train, test = (row.replace(" ", separator) for row in rows)
    write_text(tmp_path / "Toy" if nested else tmp_path, "Toy", ending, train, test)
    data = load_ucr("Toy", tmp_path)
    np.testing.assert_array_equal(data.X_train, [[0.5, 100, np.nan]])
    np.testing.assert_array_equal(data.X_test, [[1, 2, 3]])
    assert data.y_train.dtype == np.int64
    assert (data.y_train[0], data.y_test[0]) == (-1, 2)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Gun_Point", "GunPoint"),
        ("MALLAT", "Mallat"),
        ("CinC_ECG_torso", "CinCECGTorso"),
        ("NonInvasiveFatalECG_Thorax1", "NonInvasiveFetalECGThorax1"),
    ],
)
def test_a_set_is_found_by_its_name_in_either_archive(tmp_path, old, new):
    for stem in (old, new):
        write_text(tmp_path / stem / stem, stem, "", "1,2,3\n", "2,3,4\n")
        for name in (old, new):
            assert load_ucr(name, tmp_path / stem).name == new


def test_ts_of_equal_lengths_is_an_array(tmp_path):
    pytest.importorskip("sktime")
    part = ts_file(True, True, ["1,2,3:1", "4,5,6:2"])
    write_text(tmp_path / "Toy", "Toy", ".ts", part, part)
    data = load_ucr("Toy", tmp_path)
    np.testing.assert_array_equal(data.X_train, [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(data.y_train, [1, 2])


def test_ts_of_unequal_lengths_is_a_list_of_channels_by_length(tmp_path):
    pytest.importorskip("sktime")
    part = ts_file(False, False, ["1,2,3:4,5,6:1", "7,8:9,10:2"])
    write_text(tmp_path / "Toy", "Toy", ".ts", part, part)
    X = load_ucr("Toy", tmp_path).X_test
    np.testing.assert_array_equal(X[0], [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(X[1], [[7, 8], [9, 10]])


@pytest.mark.parametrize(
    ("n_train", "n_test", "splits", "n_expected"),
    [
        (139, 400, "2015", 139),
        (400, 139, "2015", 139),
        (139, 400, "2018", 400),
        (400, 139, "2018", 400),
        (400, 139, None, 400),
        (7, 5, None, 7),
    ],
)
def test_splits_are_those_asked_for(tmp_path, n_train, n_test, splits, n_expected):
    write_npz(tmp_path, "DistalPhalanxTW", n_train, n_test)
    data = load_ucr("DistalPhalanxTW", tmp_path, splits=splits)
    assert len(data.X_train) == len(data.y_train) == n_expected
    # train rows are written as zeros and test rows as ones, labels alike
    assert (data.X_train[:, 0] == data.y_train).all()
    assert (data.X_test[:, 0] == data.y_test).all()


def test_other_sets_are_never_swapped(tmp_path):
    write_npz(tmp_path, "GunPoint", 400, 139)
    assert len(load_ucr("GunPoint", tmp_path).X_train) == 400


def test_sizes_of_neither_archive_are_an_error(tmp_path):
    write_npz(tmp_path, "Strawberry", 7, 5)
    with pytest.raises(ValueError, match=r"7 training and 5 test .* splits=None"):
        load_ucr("Strawberry", tmp_path)


def test_unknown_splits_are_refused(tmp_path):
    with pytest.raises(ValueError, match="splits='2020'"):
        load_ucr("GunPoint", tmp_path, splits="2020")


def test_not_found_says_what_was_looked_for_and_names_near_ones(tmp_path):
    write_npz(tmp_path, "GunPoint")
    with pytest.raises(FileNotFoundError) as caught:
        load_ucr("gunpoints", tmp_path)
    message = str(caught.value)
    assert "gunpoints.npz" in message
    assert "gunpoints_TRAIN" in message
    assert message.endswith("Did you mean GunPoint?")


def test_a_set_without_its_test_part_names_the_file_that_is_missing(tmp_path):
    (tmp_path / "Toy_TRAIN.tsv").write_text("1\t2\t3\n")
    with pytest.raises(FileNotFoundError, match=r"but not .*Toy_TEST\.tsv"):
        load_ucr("Toy", tmp_path)


def write_arrays(folder, **changes):
    arrays = {"X_train": np.ones((2, 3)), "y_train": np.array([1.0, 2.0])}
    arrays |= {"X_test": np.ones((1, 3)), "y_test": np.array([2.0])} | changes
    np.savez(folder / "Toy.npz", **arrays)


def test_whole_labels_of_npz_are_int64(tmp_path):
    write_arrays(tmp_path)
    data = load_ucr("Toy", tmp_path)
    assert data.y_train.dtype == data.y_test.dtype == np.int64


def test_labels_that_are_no_list_are_refused(tmp_path):
    write_arrays(tmp_path, y_test=np.array(2))
    with pytest.raises(ValueError, match=r"y_test .* has shape \(\); expected"):
        load_ucr("Toy", tmp_path)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        load_ucr("Toy", tmp_path / "nowhere")


@pytest.mark.parametrize("keep", [0, 40, 300])
def test_cut_off_npz_names_the_file(tmp_path, keep):
    write_npz(tmp_path, "Toy")
    path = tmp_path / "Toy.npz"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"cannot read '.*Toy\.npz'"):
        load_ucr("Toy", tmp_path)


def test_npz_without_an_array_names_it(tmp_path):
    np.savez(tmp_path / "Toy.npz", X_train=np.zeros((2, 3)))
    with pytest.raises(ValueError, match="has no y_train, X_test, y_test"):
        load_ucr("Toy", tmp_path)


def test_series_and_labels_must_be_equally_many(tmp_path):
    arrays = {"X_train": np.zeros((2, 3)), "y_train": np.zeros(2)}
    np.savez(
        tmp_path / "Toy.npz", X_test=np.zeros((2, 3)), y_test=np.zeros(1), **arrays
    )
    with pytest.raises(ValueError, match="2 series but 1 labels in its test part"):
        load_ucr("Toy", tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no series"),
        ("\n\n", "holds no series"),
        ("1\t2\t3\n1\t2\n", "rows of equally many numbers"),
        ("1\tapple\n", "rows of equally many numbers"),
        ("1\n2\n", "holds no series"),
    ],
)
def test_damaged_text_names_the_file(tmp_path, text, message):
    write_text(tmp_path, "Toy", ".tsv", text, "1\t2\n")
    with pytest.raises(ValueError, match=message) as caught:
        load_ucr("Toy", tmp_path)
    assert "Toy_TRAIN.tsv" in str(caught.value)


SHAPES = {
    "ACSF1": ((100, 1460), (100, 1460)),
    "ArrowHead": ((36, 251), (175, 251)),
    "BasicMotions": ((40, 6, 100), (40, 6, 100)),
    "GunPoint": ((50, 150), (150, 150)),
    "ItalyPowerDemand": ((67, 24), (1029, 24)),
    "OSULeaf": ((200, 427), (242, 427)),
    "UnitTest": ((20, 24), (22, 24)),
}
# sets of unequal length: rows, channels, shortest and longest, of train and test
RAGGED = {
    "JapaneseVowels": ((270, 12, 7, 26), (370, 12, 7, 29)),
    "PLAID": ((537, 1, 100, 1344), (537, 1, 134, 1000)),
}


@pytest.fixture
def no_network(monkeypatch):
    pytest.importorskip("sktime")

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a download was attempted")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("name", SHAPES)
def test_bundled_sets_of_equal_length_are_arrays(name):
    data = load_bundled(name)
    assert (data.X_train.shape, data.X_test.shape) == SHAPES[name]
    assert data.X_train.dtype == np.float64
    assert len(data.y_train) == len(data.X_train)
    assert data.y_train.dtype.kind == ("U" if name == "BasicMotions" else "i")


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("name", RAGGED)
def test_bundled_sets_of_unequal_length_are_lists(name):
    data = load_bundled(name)
    for X, expected in zip((data.X_train, data.X_test), RAGGED[name], strict=True):
        assert isinstance(X, list)
        lengths = [one.shape[-1] for one in X]
        n_channels = 1 if X[0].ndim == 1 else len(X[0])
        assert (len(X), n_channels, min(lengths), max(lengths)) == expected


def test_every_bundled_set_is_tested():
    assert set(datasets.BUNDLED_SETS) == set(SHAPES) | set(RAGGED)


@needs_ucr
def test_bundled_copy_equals_the_archive():
    pytest.importorskip("sktime")
    ours, theirs = load_bundled("GunPoint"), load_ucr("GunPoint", UCR)
    np.testing.assert_allclose(ours.X_test, theirs.X_test, atol=5e-5)
    np.testing.assert_array_equal(ours.y_test, theirs.y_test)


def test_unknown_bundled_name_suggests_a_near_one():
    with pytest.raises(ValueError, match="Did you mean BasicMotions"):
        load_bundled("basic_motions")


def write_engines(folder: Path, n_left: str = "7\n2\n") -> Path:
    """Write NASA's three files: two engines each, sensor s of cycle c reads s + c."""
    for part, lengths in (("train", (9, 8)), ("test", (6, 5))):
        text = ""
        for engine, n_cycles in enumerate(lengths, start=1):
            for cycle in range(1, n_cycles + 1):
                sensors = " ".join(str(number + cycle) for number in range(1, 22))
                text += f"{engine} {cycle} 0 0 100 {sensors} \n"
        (folder / f"{part}_FD001.txt").write_text(text)
    (folder / "RUL_FD001.txt").write_text(n_left)
    return folder


def test_engines_give_their_first_cycles_and_their_last_ones_before_they_fail(tmp_path):
    data = load_cmapss(write_engines(tmp_path), sensors=(1, 21), window=3)
    first = [[2, 3, 4], [22, 23, 24]]
    assert data.X_train.tolist() == [
        first,
        [[8, 9, 10], [28, 29, 30]],
        first,
        [[7, 8, 9], [27, 28, 29]],
    ]
    assert data.y_train.tolist() == [0, 1, 0, 1]
    # the first engine of the test part fails seven cycles later: too late
    assert data.X_test.tolist() == [first, first, [[4, 5, 6], [24, 25, 26]]]
    assert data.y_test.tolist() == [0, 0, 1]
    assert load_cmapss(tmp_path, window=3).X_train.shape == (4, 6, 3)


def test_engines_that_lack_a_file_or_a_number_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no '.*train_FD001\.txt'"):
        load_cmapss(tmp_path)
    with pytest.raises(ValueError, match="a number for each of the 2 engines"):
        load_cmapss(write_engines(tmp_path, "7\n"))


def test_import_is_light_and_a_missing_sktime_names_the_command():
    code = (
        "import sys\n"
        "from timenet_sklearn.datasets import load_bundled\n"
        "assert 'sktime' not in sys.modules\n"
        "sys.modules['sktime'] = None\n"
        "load_bundled('UnitTest')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert 'pip install "timenet_sklearn[sktime]"' in done.stderr
