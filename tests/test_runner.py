"""Table 1, from a folder of data to a folder of results."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path

import numpy as np
import pytest
import threadpoolctl

from timenet_sklearn._encoder.weights import fingerprint, load_weights
from timenet_sklearn.cli import main
from timenet_sklearn.datasets import TEST_SETS, Dataset, load_ucr
from timenet_sklearn.table1 import runner, sets, units
from timenet_sklearn.table1.protocol import COLUMNS, Column, Prediction
from timenet_sklearn.table1.published import N_SERIES, STAND_INS
from timenet_sklearn.table1.runner import _list_units, run_table1
from timenet_sklearn.table1.schedule import Schedule
from timenet_sklearn.table1.sets import find_sets
from timenet_sklearn.table1.units import (
    Unit,
    check_result,
    hash_split,
    identify,
    is_done,
    run_unit,
    write_json,
)
from timenet_sklearn.table1.workers import Processes

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("One", "Two", "Three")
QUICK = ("TN-C", "TN-C_2/3", "TN-C pooled")
N_UNITS = len(NAMES) * (1 + 5 + 1)


def write_set(folder, name, seed, n_train=12, n_test=8):
    """Write a data set of slow and fast waves as the archive of 2018 does."""
    rng = np.random.default_rng(seed)
    for part, n in (("TRAIN", n_train), ("TEST", n_test)):
        y = np.arange(n) % 2
        X = np.sin((0.4 + y)[:, None] * np.arange(16) + rng.uniform(0, 6, (n, 1)))
        X += rng.standard_normal(X.shape)
        table = np.column_stack([y, X])
        np.savetxt(folder / f"{name}_{part}.tsv", table, delimiter="\t")


def write_sets(folder):
    folder.mkdir()
    for seed, name in enumerate(NAMES):
        write_set(folder, name, seed)
    return folder


def read_results(out):
    """Results by file name, apart from the time they took."""
    results = {}
    for path in sorted((out / "units").rglob("*.json")):
        result = json.loads(path.read_text())
        assert result.pop("seconds") > 0
        results[str(path.relative_to(out))] = result
    return results


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_sets(tmp_path_factory.mktemp("data") / "ucr")


@pytest.fixture(scope="module")
def whole(folder, tmp_path_factory):
    """Results of an unbroken run of two processes, and what it reported."""
    out, lines = tmp_path_factory.mktemp("whole"), []
    outcome = run_table1(
        folder, out, columns=QUICK, sets=NAMES, n_jobs=2, report=lines.append
    )
    assert outcome == (0, N_UNITS, [], {})
    return read_results(out), lines


# --- a unit -------------------------------------------------------------------------


def test_a_result_tells_what_it_is_and_what_it_depends_on(folder, whole):
    result = whole[0]["units/One/TN-C_2_3-4.json"]
    data = load_ucr("One", folder)
    expected = {
        **{"format": 1, "protocol": 1, "dataset": "One", "column": "TN-C_2/3"},
        **{"seed": 4, "n_train": 12, "n_test": 8, "n_timepoints": 16},
        **{"n_classes": 2, "n_channels": 1, "split": hash_split(data)},
    }
    assert {key: result[key] for key in expected} == expected
    assert result["weights"] == fingerprint(load_weights("ucr18").model)
    assert result["parameters"]["n_labels"] == 8
    assert result["versions"]["numpy"] == np.__version__
    assert result["versions"]["scikit-learn"]


def test_the_error_is_that_of_the_predicted_labels_and_the_column_saw_no_others(
    folder, monkeypatch
):
    data, seen = load_ucr("One", folder), []

    def answer(task, seed):
        seen.append((task, seed))
        return Prediction(np.zeros(8, dtype=int), {})

    monkeypatch.setitem(units.COLUMNS, "TN-C", Column(answer, pretrained=False))
    result = run_unit(Unit("One", "TN-C", 2), data)
    assert result["error"] == np.mean(data.y_test != 0)
    assert result["weights"] is None
    ((task, seed),) = seen
    assert seed == 2
    assert not any(value is data.y_test for value in task)
    assert not hasattr(task, "y_test")


def test_sizes_of_multivariate_series_of_unequal_length(monkeypatch):
    X = [np.zeros((3, length)) for length in (5, 9, 7)]
    data = Dataset("Ragged", X, np.arange(3), X[:1], np.array([7]))
    answer = Column(lambda task, seed: Prediction(np.array([7]), {}))
    monkeypatch.setitem(units.COLUMNS, "TN-C", answer)
    result = run_unit(Unit("Ragged", "TN-C", 0), data)
    sizes = [result[f"n_{what}"] for what in ("timepoints", "channels", "classes")]
    assert sizes == [9, 3, 4]


def test_padding_is_not_counted_as_steps(monkeypatch):
    X = np.zeros((3, 2, 9))
    X[:, :, 7:] = np.nan
    X[1, :, 4:] = np.nan
    data = Dataset("Padded", X, np.arange(3), X[1:], np.arange(2))
    answer = Column(lambda task, seed: Prediction(np.arange(2), {}))
    monkeypatch.setitem(units.COLUMNS, "TN-C", answer)
    assert run_unit(Unit("Padded", "TN-C", 0), data)["n_timepoints"] == 7


def test_a_number_that_json_lacks_fails_its_unit(folder, monkeypatch):
    answer = Column(lambda task, seed: Prediction(np.zeros(8), {"it": float("nan")}))
    monkeypatch.setitem(units.COLUMNS, "TN-C", answer)
    with pytest.raises(ValueError, match="JSON"):
        run_unit(Unit("One", "TN-C", 0), load_ucr("One", folder))


def test_a_result_is_of_the_weights_that_were_loaded(folder, monkeypatch):
    monkeypatch.setattr(units, "fingerprint", lambda model: "loaded")
    data = load_ucr("One", folder)
    result = run_unit(Unit("One", "TN-C", 0), data)
    assert result["weights"] == "loaded"
    expected = identify(Unit("One", "TN-C", 0), hash_split(data))
    with pytest.raises(ValueError, match="weights is 'loaded', expected 'other'"):
        check_result(result, expected | {"weights": "other"})


def test_the_identity_is_taken_before_the_work(folder, monkeypatch):
    hashes = ["before"]
    monkeypatch.setattr(units, "fingerprint", lambda model: hashes[-1])

    def answer(task, seed):
        hashes.append("after")
        return Prediction(np.zeros(8), {})

    monkeypatch.setitem(units.COLUMNS, "TN-C", Column(answer))
    result = run_unit(Unit("One", "TN-C", 0), load_ucr("One", folder))
    assert (result["weights"], hashes) == ("before", ["before", "after"])


def test_a_result_of_another_package_or_other_settings_is_refused(whole):
    result = whole[0]["units/One/TN-C-0.json"]
    expected = identify(Unit("One", "TN-C", 0), result["split"])
    check_result(result, expected)
    old = result | {"versions": {"timenet_sklearn": "0.0"}, "settings": {}}
    with pytest.raises(ValueError, match=r"settings is \{\}, .*sklearn is '0\.0'"):
        check_result(old, expected)


def test_other_settings_are_computed_again(whole, tmp_path, monkeypatch):
    unit, result = Unit("One", "TN-C", 0), whole[0]["units/One/TN-C-0.json"]
    write_json(unit.path(tmp_path), {**result, "seconds": 1.0})
    assert is_done(unit, result["split"], tmp_path)
    column = COLUMNS["TN-C"]
    changed = column._replace(settings={**column.settings, "svc__C": [1, 10]})
    monkeypatch.setitem(units.COLUMNS, "TN-C", changed)
    assert not is_done(unit, result["split"], tmp_path)


def test_the_windows_that_dtw_c_tries_are_among_its_settings():
    pytest.importorskip("sktime", reason="needs the extra sktime")
    from timenet_sklearn.baselines import WINDOW_GRID

    assert identify(Unit("One", "DTW-C", 0), "")["settings"] == {
        "window": list(WINDOW_GRID)
    }


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
def test_settings_are_the_same_after_a_trip_through_json(column):
    assert json.loads(json.dumps(dict(column.settings))) == column.settings


def test_the_hash_of_a_split_covers_values_types_shapes_and_parts():
    X, y = np.arange(12.0).reshape(3, 4), np.arange(3)
    data = Dataset("A", X, y, X[:2], y[:2])
    others = [
        data._replace(X_train=np.where(X == 5, 5.5, X)),
        data._replace(X_train=X.astype(np.float32)),
        data._replace(X_train=list(X)),
        data._replace(X_train=X.reshape(3, 2, 2)),
        data._replace(y_train=y[::-1]),
        data._replace(y_test=y[1:]),
        Dataset("A", X[:2], y[:2], X, y),
    ]
    hashes = {hash_split(one) for one in (data, *others)}
    assert len(hashes) == 1 + len(others)
    assert hash_split(data._replace(X_train=X.copy(order="F"))) == hash_split(data)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: text.replace('"weights": "', '"weights": "0'),
        lambda text: text.replace('"protocol": 1', '"protocol": 0'),
        lambda text: text.replace('"protocol": 1,', ""),
        lambda text: text.replace('"split": "', '"split": "0'),
        lambda text: text.replace('"error": ', '"error": null, "no": '),
        lambda text: text.replace('"seconds": 1', '"seconds": "1"'),
        lambda text: text.replace('"n_test": ', '"n_tests": '),
        lambda text: text.replace('"layers": "all"', '"layers": 1'),
    ],
)
def test_a_result_that_is_damaged_or_of_other_weights_does_not_count(
    damage, whole, tmp_path
):
    unit = Unit("One", "TN-C", 0)
    result = {**whole[0]["units/One/TN-C-0.json"], "seconds": 1}
    assert not is_done(unit, result["split"], tmp_path)
    path = unit.path(tmp_path)
    write_json(path, result)
    assert is_done(unit, result["split"], tmp_path)
    text = path.read_text()
    assert damage(text) != text
    path.write_text(damage(text))
    assert not is_done(unit, result["split"], tmp_path)


# --- data sets ----------------------------------------------------------------------


def test_by_default_whole_sets_are_found_and_the_rest_is_explained(tmp_path):
    pytest.importorskip("sktime", reason="it brings the multivariate sets")
    (tmp_path / "partial").mkdir()
    write_set(tmp_path, "SyntheticControl", 0, 300, 300)
    write_set(tmp_path, "Adiac", 1, 390, 391)
    write_set(tmp_path, "Wafer", 2, 1000, 40)
    write_set(tmp_path / "partial", "FordA", 3, 1320, 6)
    write_set(tmp_path / "partial", "ElectricDevices", 3, 7, 5)
    (tmp_path / "Yoga_TRAIN.tsv").write_text("")
    (tmp_path / "Yoga_TEST.tsv").write_text("")
    found, missing = find_sets(tmp_path)
    assert list(found) == ["SyntheticControl", "Adiac", *STAND_INS]
    assert len(found["SyntheticControl"].y_test) == 300
    assert {*found, *missing} == {*TEST_SETS, *STAND_INS}
    assert missing["Wafer"] == "partial: test part has 40 of 6164 rows"
    assert missing["FordA"] == "partial: test part has 6 of 3601 rows"
    assert missing["ElectricDevices"] == (
        "partial: training part has 7 of 8926 rows, test part has 5 of 7711 rows"
    )
    assert "holds no series" in missing["Yoga"]
    assert missing["FordB"] == f"not found in {tmp_path}"


def test_without_sktime_the_sets_of_the_folder_still_run(tmp_path, monkeypatch):
    def load(name):
        raise ImportError("needs sktime")

    monkeypatch.setattr(sets, "load_bundled", load)
    write_set(tmp_path, "SyntheticControl", 0, 300, 300)
    found, missing = find_sets(tmp_path)
    assert list(found) == ["SyntheticControl"]
    assert missing["BasicMotions"] == missing["JapaneseVowels"] == "needs sktime"
    with pytest.raises(ImportError, match="needs sktime"):
        find_sets(tmp_path, ["BasicMotions"])


def test_a_partial_set_that_is_named_is_found_and_marked(tmp_path):
    (tmp_path / "partial").mkdir()
    write_set(tmp_path / "partial", "FordA", 0, 1320, 6)
    found, missing = find_sets(tmp_path, ["FordA"])
    assert len(found["FordA"].y_test) == 6
    assert missing == {"FordA": "partial: test part has 6 of 3601 rows"}


def test_a_named_set_must_be_there_and_have_both_parts(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        find_sets(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match=f"{tmp_path.name}.*Looked for Yoga"):
        find_sets(tmp_path, ["Yoga"])
    write_set(tmp_path, "Three", 0)
    with pytest.raises(FileNotFoundError, match="Did you mean Three"):
        find_sets(tmp_path, ["three"])
    X, y = np.zeros((300, 5)), np.arange(300)
    part = {"X_train": X, "y_train": y, "X_test": X[:0], "y_test": y[:0]}
    (tmp_path / "partial").mkdir()
    np.savez(tmp_path / "partial/Yoga.npz", **part)
    with pytest.raises(ValueError, match="Yoga cannot be run; it is partial: test"):
        find_sets(tmp_path, ["Yoga"])
    (tmp_path / "Yoga.npz").write_bytes(b"no archive")
    with pytest.raises(ValueError, match="cannot read"):
        find_sets(tmp_path, ["Yoga"])


def test_bundled_sets_need_no_files(tmp_path):
    pytest.importorskip("sktime", reason="it brings the data")
    found, missing = find_sets(tmp_path, ["UnitTest"])
    assert len(found["UnitTest"].y_train) == 20 and missing == {}


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """Folder of archives from which sktime's downloader takes what it is asked for."""
    _data_io = pytest.importorskip("sktime.datasets._data_io", reason="it downloads")
    if not hasattr(_data_io, "CLASSIF_URLS"):
        pytest.skip("this sktime keeps its addresses elsewhere")
    # its first choice is a package that is not to be had without a network
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setattr(_data_io, "CLASSIF_URLS", [folder.as_uri()])
    return folder


def zip_set(mirror, name, n_train, n_test):
    """Put a data set into the mirror, as timeseriesclassification.com has it."""
    head = "@problemName Toy\n@timeStamps false\n@univariate true\n"
    head += "@equalLength true\n@classLabel true 1 2\n@data\n"
    with zipfile.ZipFile(mirror / f"{name}.zip", "w") as archive:
        for part, n in (("TRAIN", n_train), ("TEST", n_test)):
            rows = [f"{i},2.5,0.5:{1 + i % 2}" for i in range(n)]
            archive.writestr(f"{name}_{part}.ts", head + "\n".join(rows) + "\n")


def test_sktime_downloads_what_the_folder_lacks_and_splits_are_those_of_2015(
    tmp_path, mirror
):
    data = tmp_path / "new"
    zip_set(mirror, "DistalPhalanxTW", 400, 139)  # the archive of 2018
    found, missing = find_sets(data, ["DistalPhalanxTW"], download=True)
    assert len(found["DistalPhalanxTW"].y_train) == 139
    assert missing == {}
    (mirror / "DistalPhalanxTW.zip").unlink()
    again, _ = find_sets(data, ["DistalPhalanxTW"], download=True)
    split = hash_split(found["DistalPhalanxTW"])
    assert hash_split(again["DistalPhalanxTW"]) == split
    without, _ = find_sets(data, ["DistalPhalanxTW"])
    assert hash_split(without["DistalPhalanxTW"]) == split


@pytest.mark.usefixtures("mirror")
def test_sets_that_cannot_be_downloaded_are_missing_with_the_cause(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(sets, "TEST_SETS", ("SyntheticControl", "Yoga", "Wafer"))
    write_set(tmp_path, "SyntheticControl", 0, 300, 300)
    (tmp_path / "partial").mkdir()
    write_set(tmp_path / "partial", "Yoga", 0)
    (tmp_path / "Wafer").mkdir()
    found, missing = find_sets(tmp_path, download=True)
    assert list(found) == ["SyntheticControl", *STAND_INS]
    assert missing["Yoga"].startswith(f"not found in {tmp_path}; sktime could not")
    assert "Yoga.zip" in missing["Yoga"] and "\n" not in missing["Yoga"]
    assert "Wafer' lacks a part of Wafer" in missing["Wafer"]
    with pytest.raises(FileNotFoundError, match="could not download Yoga: "):
        find_sets(tmp_path, ["Yoga"], download=True)
    assert socket.getdefaulttimeout() is None


def test_without_sktime_the_extra_that_downloads_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sktime.datasets", None)
    with pytest.raises(
        ImportError, match=r"Downloading .* \"timenet_sklearn\[sktime\]"
    ):
        find_sets(tmp_path, ["Yoga"], download=True)


def test_the_sizes_stated_are_those_of_the_archive():
    shared = ROOT.parent / "shared/ucr"
    if not shared.is_dir():
        pytest.skip(f"no {shared}")
    found, missing = find_sets(shared, None)
    assert len(found) == 22 + 2 and len(missing) == 8
    for name in set(found) - set(STAND_INS):
        data = found[name]
        assert (len(data.y_train), len(data.y_test)) == N_SERIES[name]


# --- the run ------------------------------------------------------------------------


def test_long_units_come_first():
    sizes = {"Short": (9, 8), "Long": (99, 80), "Wide": (99, 800)}
    found = {
        name: Dataset(name, np.zeros(size), np.arange(size[0]), np.zeros(size), [0])
        for name, size in sizes.items()
    }
    listed = [unit[:2] for unit in _list_units(found, ["TN-C", "SAE-C", "DTW-C"])]
    assert len(listed) == 9
    for column in ("TN-C", "SAE-C", "DTW-C"):
        ranks = [listed.index((name, column)) for name in ("Wide", "Long", "Short")]
        assert ranks == sorted(ranks)
    assert listed[0] == ("Wide", "SAE-C")


def test_one_process_gives_what_two_give(folder, whole, tmp_path):
    run_table1(folder, tmp_path, columns=QUICK, sets=["Two"])
    assert read_results(tmp_path) == {
        path: result for path, result in whole[0].items() if "/Two/" in path
    }


def test_progress_tells_what_is_done_what_runs_and_the_time_left(whole):
    first, *lines = whole[1]
    assert first.startswith(f"3 data sets, 0 missing or partial; {N_UNITS} units, 0")
    counts = [line.split()[0] for line in lines]
    assert counts == [f"{i}/{N_UNITS}" for i in range(1, N_UNITS + 1)]
    assert all("; running " in line and " left; " in line for line in lines[:-2])
    assert all(": error 0." in line for line in lines)
    assert "running" not in lines[-1] and "left" not in lines[-1]


def test_a_second_run_computes_nothing(folder, tmp_path):
    run_table1(folder, tmp_path, columns=["TN-C"], sets=NAMES)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    again = run_table1(folder, tmp_path, columns=["TN-C"], sets=NAMES)
    assert again == (3, 0, [], {})
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    assert after == before


def test_changed_data_are_computed_again_and_no_others(folder, whole, tmp_path):
    data, out = write_sets(tmp_path / "ucr"), tmp_path / "out"
    run_table1(data, out, columns=["TN-C"], sets=NAMES)
    write_set(data, "Two", 77)
    again = run_table1(data, out, columns=["TN-C"], sets=NAMES)
    assert (again.n_skipped, again.n_computed) == (2, 1)
    results = read_results(out)
    same = {path: result == whole[0][path] for path, result in results.items()}
    assert [path for path, equal in same.items() if not equal] == [
        "units/Two/TN-C-0.json"
    ]


def test_a_killed_run_goes_on_and_ends_as_an_unbroken_one(folder, whole, tmp_path):
    command = [sys.executable, "-m", "timenet_sklearn.cli", "table1"]
    arguments = ["--data-dir", folder, "--out", tmp_path, "--jobs", "2"]
    process = subprocess.Popen(
        [*command, *arguments, "--columns", *QUICK, "--sets", *NAMES],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(6000):
            there = list((tmp_path / "units").rglob("*.json"))
            if len(there) >= 4 or process.poll() is not None:
                break
            time.sleep(0.01)
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
    kept = read_results(tmp_path)
    assert 4 <= len(kept) < N_UNITS
    again = run_table1(folder, tmp_path, columns=QUICK, sets=NAMES)
    assert again[:2] == (len(kept), N_UNITS - len(kept))
    assert read_results(tmp_path) == whole[0]


def test_a_unit_that_fails_is_reported_and_the_others_go_on(tmp_path, capsys):
    data, out = write_sets(tmp_path / "ucr"), tmp_path / "out"
    train = data / "Two_TRAIN.tsv"
    table = np.loadtxt(train)
    table[3, 5] = np.nan
    np.savetxt(train, table, delimiter="\t")
    stale = Unit("Two", "TN-C", 0).path(out)
    stale.parent.mkdir(parents=True)
    stale.write_text("{}")
    command = ["table1", "--data-dir", str(data), "--out", str(out), "--jobs", "2"]
    assert main([*command, "--columns", "TN-C", "--sets", *NAMES]) == 1
    # nor does the report show what was there of other data
    assert [path.split("/")[1] for path in read_results(out)] == ["One", "Three"]
    printed = capsys.readouterr()
    assert printed.out == f"2 results computed, 0 were there, 1 failed: {out}\n"
    assert "Two TN-C: FAILED: ValueError: " in printed.err
    note = json.loads((out / "failures.json").read_text())["Two TN-C"]
    assert f"Two TN-C: FAILED: {note}" in printed.err
    trace = printed.err.split("Two TN-C failed:\n")[1]
    assert "protocol.py" in trace  # where it happened, in the worker
    assert "series 3 (channel 0) has NaN at step 4" in trace
    # mended, it is all that is left to do
    write_set(data, "Two", 1)
    assert main([*command, "--columns", "TN-C", "--sets", *NAMES]) == 0
    assert "1 results computed, 2 were there, 0 failed" in capsys.readouterr().out
    assert json.loads((out / "failures.json").read_text()) == {}


def test_a_process_that_dies_takes_no_later_call_with_it():
    with Processes(1) as workers:
        assert isinstance(workers.submit(os._exit, 1).exception(), BrokenExecutor)
        assert workers.submit(len, "abc").result() == 3


def test_only_the_call_that_kills_its_process_fails():
    calls = {"a": (time.sleep, 0.5), "b": (os._exit, 1), "c": (len, "abc")}
    with Processes(2) as workers:
        schedule = Schedule("abc", workers, lambda name: workers.submit(*calls[name]))
        ended = {}
        while schedule.fill():
            ended |= dict(schedule.wait())
    assert ended["a"].result() is None
    assert isinstance(ended["b"].exception(), BrokenExecutor)
    assert ended["c"].result() == 3


class Failing:
    """Workers that refuse all but the first calls."""

    width = 2

    def __init__(self, n, error):
        self.n, self.error = n, error

    def submit(self, function, *arguments):
        self.n -= 1
        if self.n < 0:
            raise self.error
        future = Future()
        try:
            future.set_result(function(*arguments))
        except ValueError as error:
            future.set_exception(error)
        return future

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


@pytest.mark.parametrize("error", [OSError("no room"), KeyboardInterrupt()])
def test_what_was_computed_is_kept_when_the_workers_fail(
    error, folder, whole, tmp_path, monkeypatch
):
    monkeypatch.setattr(runner, "Processes", lambda n_jobs: Failing(2, error))
    lines = []
    with pytest.raises(type(error)):
        run_table1(folder, tmp_path, columns=["TN-C"], sets=NAMES, report=lines.append)
    kept = read_results(tmp_path)
    assert len(kept) == 2
    assert [line.split()[0] for line in lines[1:]] == ["1/3", "2/3"]


def test_a_result_of_other_weights_fails_and_is_not_written(
    folder, whole, tmp_path, monkeypatch
):
    result = whole[0]["units/One/TN-C-0.json"] | {"weights": "other"}
    monkeypatch.setattr(runner, "run_unit", lambda unit, data: result)
    monkeypatch.setattr(runner, "Processes", lambda n_jobs: Failing(1, None))
    outcome = run_table1(folder, tmp_path, columns=["TN-C"], sets=["One"])
    ((_, trace),) = outcome.failures
    assert "weights is 'other', expected" in trace
    assert not (tmp_path / "units").exists()
    notes = json.loads((tmp_path / "failures.json").read_text())
    assert "weights is 'other'" in notes["One TN-C"]


@pytest.mark.skipif(os.name != "posix", reason="tells by the parent's id")
def test_processes_end_with_a_parent_that_was_killed():
    code = """
import os, signal, time
from timenet_sklearn.table1.workers import Processes
workers = Processes(1)
print(workers.submit(len, "abc").result(), flush=True)
workers.submit(time.sleep, 300)
os.kill(os.getpid(), signal.SIGKILL)
"""
    # the pipe is open, and this waits, as long as a process that inherited it lives
    killed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        timeout=100,
        check=False,
    )
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, b"3\n")


def test_processes_keep_numerical_libraries_to_one_thread():
    with Processes(2) as workers:
        assert workers.width == 2
        pools = workers.submit(threadpoolctl.threadpool_info).result()
        assert pools and {pool["num_threads"] for pool in pools} == {1}
        assert workers.submit(os.getenv, "TF_NUM_INTRAOP_THREADS").result() == "1"


def test_missing_sets_are_noted_for_the_report(tmp_path):
    data, out = tmp_path / "ucr", tmp_path / "out"
    (data / "partial").mkdir(parents=True)
    out.mkdir()
    notes = out / "missing.json"
    notes.write_text('{"Yoga": "not found", "FordA": "not found", "One": "not found"}')
    write_set(data, "One", 0)
    write_set(data / "partial", "FordA", 0, 1320, 3)
    outcome = run_table1(data, out, columns=["TN-C"], sets=["One"])
    assert outcome.missing == {}
    assert json.loads(notes.read_text()) == {"FordA": "not found", "Yoga": "not found"}


@pytest.mark.parametrize("text", ["[]", "null", "{", '{"Yoga": 1}'])
@pytest.mark.parametrize("name", ["missing.json", "failures.json"])
def test_damaged_notes_are_refused_not_replaced(name, text, folder, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=rf"{name}.*Remove it"):
        run_table1(folder, tmp_path, columns=["TN-C"], sets=["One"])
    assert (tmp_path / name).read_text() == text
    assert not (tmp_path / "units").exists()


def test_an_unknown_column_is_refused_before_anything_is_done(tmp_path):
    with pytest.raises(ValueError, match=r"unknown column 'TN-X'; expected .*'TN-C'"):
        run_table1(tmp_path, tmp_path / "out", columns=["TN-C", "TN-X"])
    assert not (tmp_path / "out").exists()


def test_the_command_downloads_what_the_folder_lacks(tmp_path, mirror, capsys):
    zip_set(mirror, "Toy", 12, 8)
    command = ["table1", "--data-dir", str(tmp_path / "new"), "--out", str(tmp_path)]
    command += ["--columns", "TN-C", "--sets", "Toy"]
    assert main(command) == 1
    assert "there is no folder" in capsys.readouterr().err
    assert main([*command, "--download"]) == 0
    assert "1 results computed" in capsys.readouterr().out


def test_the_command_names_every_column(capsys):
    with pytest.raises(SystemExit):
        main(["table1", "--help"])
    helped = capsys.readouterr().out
    together = "".join(helped.split())  # lines may break at blanks and hyphens
    assert all("".join(column.split()) in together for column in COLUMNS)


# --- Dask ---------------------------------------------------------------------------


@pytest.mark.filterwarnings("default")  # what Dask warns of is not ours
def test_a_dask_cluster_gives_what_processes_give(folder, whole, tmp_path):
    distributed = pytest.importorskip("distributed", reason="needs the extra dask")
    broken = write_sets(tmp_path / "ucr")
    table = np.loadtxt(broken / "One_TRAIN.tsv")
    table[0, 5] = np.nan
    np.savetxt(broken / "One_TRAIN.tsv", table, delimiter="\t")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        address, lines = cluster.scheduler_address, []
        outcome = run_table1(
            folder,
            tmp_path / "out",
            columns=QUICK,
            sets=NAMES,
            scheduler=address,
            report=lines.append,
        )
        assert outcome == (0, N_UNITS, [], {})
        assert sum(lines[1].split("; ")[1].count(name) for name in NAMES) == 2
        failed = run_table1(
            broken, tmp_path / "b", columns=["TN-C"], sets=NAMES, scheduler=address
        )
    assert read_results(tmp_path / "out") == whole[0]
    assert failed.n_computed == 2
    ((unit, trace),) = failed.failures
    assert unit == ("One", "TN-C", 0)
    assert "series 0 (channel 0) has NaN at step 4" in trace


def test_without_dask_the_extra_is_named(fresh_python, folder, tmp_path):
    code = (
        "from timenet_sklearn.cli import main; main(['table1', '--data-dir', "
        "sys.argv[1], '--out', sys.argv[2], '--sets', 'One', '--columns', 'TN-C', "
        "'--scheduler', 'tcp://127.0.0.1:1'])"
    )
    code = "sys.stderr = sys.stdout\n" + code
    printed = fresh_python(code, folder, tmp_path, blocked=("distributed",))
    assert 'pip install "timenet_sklearn[dask]"' in printed
