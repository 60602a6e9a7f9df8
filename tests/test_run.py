"""Table 1, from a folder of data to a folder of results."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import threadpoolctl

from timenet_sklearn._encoder.weights import fingerprint, load_weights
from timenet_sklearn.cli import main
from timenet_sklearn.datasets import TEST_SETS, Dataset, load_ucr
from timenet_sklearn.table1 import PRIVATE_SET, STAND_INS, run, sets, units
from timenet_sklearn.table1.protocol import PROTOCOL, Method, Prediction
from timenet_sklearn.table1.run import list_units, run_table1
from timenet_sklearn.table1.sets import N_SERIES, find_sets
from timenet_sklearn.table1.units import (
    Unit,
    differences,
    hash_split,
    identify,
    run_unit,
    write_json,
)

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
    """Results of an unbroken run of two processes."""
    out = tmp_path_factory.mktemp("whole")
    outcome = run_table1(folder, out, methods=QUICK, sets=NAMES, n_jobs=2)
    assert outcome == (0, N_UNITS, {}, {})
    return read_results(out)


# --- a unit -------------------------------------------------------------------------


def test_a_result_tells_what_it_is_and_what_it_depends_on(folder, whole):
    result = whole["units/One/TN-C_2_3-4.json"]
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


def test_the_error_is_that_of_the_predicted_labels_and_the_method_saw_no_others(
    folder, monkeypatch
):
    data, seen = load_ucr("One", folder), []

    def answer(task, seed):
        seen.append((task, seed))
        return Prediction(np.zeros(8, dtype=int), {})

    monkeypatch.setitem(units.PROTOCOL, "TN-C", Method(answer))
    result = run_unit(Unit("One", "TN-C", 2), data, {})
    assert result["error"] == np.mean(data.y_test != 0)
    assert result["weights"] is None
    ((task, seed),) = seen
    assert seed == 2
    assert not any(value is data.y_test for value in task)
    assert not hasattr(task, "y_test")


def test_sizes_of_multivariate_series_of_unequal_length(monkeypatch):
    X = [np.zeros((3, length)) for length in (5, 9, 7)]
    data = Dataset("Ragged", X, np.arange(3), X[:1], np.array([7]))
    answer = Method(lambda task, seed: Prediction(np.array([7]), {}))
    monkeypatch.setitem(units.PROTOCOL, "TN-C", answer)
    result = run_unit(Unit("Ragged", "TN-C", 0), data, {})
    sizes = [result[f"n_{what}"] for what in ("timepoints", "channels", "classes")]
    assert sizes == [9, 3, 4]


def test_padding_is_not_counted_as_steps(monkeypatch):
    X = np.zeros((3, 2, 9))
    X[:, :, 7:] = np.nan
    X[1, :, 4:] = np.nan
    data = Dataset("Padded", X, np.arange(3), X[1:], np.arange(2))
    answer = Method(lambda task, seed: Prediction(np.arange(2), {}))
    monkeypatch.setitem(units.PROTOCOL, "TN-C", answer)
    assert run_unit(Unit("Padded", "TN-C", 0), data, {})["n_timepoints"] == 7


def test_a_number_that_json_lacks_fails_its_unit(folder, monkeypatch):
    answer = Method(lambda task, seed: Prediction(np.zeros(8), {"it": float("nan")}))
    monkeypatch.setitem(units.PROTOCOL, "TN-C", answer)
    with pytest.raises(ValueError, match="JSON"):
        run_unit(Unit("One", "TN-C", 0), load_ucr("One", folder), {})


def test_a_worker_with_other_weights_or_package_refuses(folder, monkeypatch):
    monkeypatch.setattr(units, "fingerprint", lambda model: "loaded")
    data = load_ucr("One", folder)
    expected = identify(Unit("One", "TN-C", 0), hash_split(data))
    with pytest.raises(ValueError, match="weights is 'loaded', expected 'other'"):
        run_unit(Unit("One", "TN-C", 0), data, expected | {"weights": "other"})
    with pytest.raises(ValueError, match=r"package is .*, expected '0\.0'"):
        run_unit(Unit("One", "TN-C", 0), data, {"package": "0.0"})


def test_the_identity_is_taken_before_the_work(folder, monkeypatch):
    hashes = ["before"]
    monkeypatch.setattr(units, "fingerprint", lambda model: hashes[-1])

    def answer(task, seed):
        hashes.append("after")
        return Prediction(np.zeros(8), {})

    monkeypatch.setitem(units.PROTOCOL, "TN-C", Method(answer, weights="ucr18"))
    result = run_unit(Unit("One", "TN-C", 0), load_ucr("One", folder), {})
    assert (result["weights"], hashes) == ("before", ["before", "after"])


def is_done(result, out):
    """Whether the result counts once it lies in the folder."""
    unit = Unit("One", "TN-C", 0)
    write_json(unit.path(out), result)
    return run._is_done(unit, identify(unit, result["split"]), out)


def test_other_settings_are_computed_again(whole, tmp_path, monkeypatch):
    result = {**whole["units/One/TN-C-0.json"], "seconds": 1.0}
    assert is_done(result, tmp_path)
    method = PROTOCOL["TN-C"]
    changed = method._replace(settings={**method.settings, "svc__C": [1, 10]})
    monkeypatch.setitem(units.PROTOCOL, "TN-C", changed)
    assert not is_done(result, tmp_path)


def test_differences_name_what_lacks_and_what_is_other():
    assert differences({"a": 1, "b": None}, {"a": 1, "b": None}) == ""
    apart = differences({"a": 1}, {"a": 2, "b": None})
    assert apart == "a is 1, expected 2; b is None, expected None"


def test_the_windows_that_dtw_c_tries_are_among_its_settings():
    pytest.importorskip("sktime", reason="needs the extra sktime")
    from timenet_sklearn.baselines import WINDOW_GRID

    assert identify(Unit("One", "DTW-C", 0), "")["settings"] == {
        "window": list(WINDOW_GRID)
    }


@pytest.mark.parametrize("method", PROTOCOL.values(), ids=PROTOCOL)
def test_settings_are_the_same_after_a_trip_through_json(method):
    assert json.loads(json.dumps(dict(method.settings))) == method.settings


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
        lambda text: text.replace('"n_test": ', '"n_tests": '),
        lambda text: text.replace('"layers": "all"', '"layers": 1'),
    ],
)
def test_a_result_that_is_damaged_or_of_other_weights_does_not_count(
    damage, whole, tmp_path
):
    assert is_done({**whole["units/One/TN-C-0.json"], "seconds": 1}, tmp_path)
    unit, split = Unit("One", "TN-C", 0), whole["units/One/TN-C-0.json"]["split"]
    path = unit.path(tmp_path)
    text = path.read_text()
    assert damage(text) != text
    path.write_text(damage(text))
    assert not run._is_done(unit, identify(unit, split), tmp_path)
    path.unlink()
    assert not run._is_done(unit, identify(unit, split), tmp_path)


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
    assert {*found, *missing} == {PRIVATE_SET, *TEST_SETS, *STAND_INS}
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
    assert missing["Yoga"].startswith("sktime could not download Yoga: ")
    assert "Yoga.zip" in missing["Yoga"] and "\n" not in missing["Yoga"]
    assert "Wafer' lacks a part of Wafer" in missing["Wafer"]
    with pytest.raises(FileNotFoundError, match="could not download Yoga: "):
        find_sets(tmp_path, ["Yoga"], download=True)


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
    assert len(found) == 22 + 2 and len(missing) == 9
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
    listed = [unit[:2] for unit in list_units(found, ["TN-C", "SAE-C", "DTW-C"])]
    assert len(listed) == 9
    for column in ("TN-C", "SAE-C", "DTW-C"):
        ranks = [listed.index((name, column)) for name in ("Wide", "Long", "Short")]
        assert ranks == sorted(ranks)
    assert listed[0] == ("Wide", "SAE-C")


def test_one_process_gives_what_two_give(folder, whole, tmp_path):
    run_table1(folder, tmp_path, methods=QUICK, sets=["Two"])
    assert read_results(tmp_path) == {
        path: result for path, result in whole.items() if "/Two/" in path
    }


def test_progress_tells_what_is_done_and_how_many_are_left(folder, tmp_path, capsys):
    run_table1(folder, tmp_path, methods=["TN-C"], sets=["Two"])
    assert capsys.readouterr() == ("", "")
    run_table1(folder, tmp_path, methods=["TN-C"], sets=NAMES, progress=True)
    shown = capsys.readouterr().err
    assert "1/3" in shown and "3/3" in shown
    assert "One TN-C: error 0." in shown and "Two TN-C" not in shown


def test_a_second_run_computes_nothing(folder, tmp_path):
    run_table1(folder, tmp_path, methods=["TN-C"], sets=NAMES)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    again = run_table1(folder, tmp_path, methods=["TN-C"], sets=NAMES)
    assert again == (3, 0, {}, {})
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    assert after == before


def test_changed_data_are_computed_again_and_no_others(folder, whole, tmp_path):
    data, out = write_sets(tmp_path / "ucr"), tmp_path / "out"
    run_table1(data, out, methods=["TN-C"], sets=NAMES)
    write_set(data, "Two", 77)
    again = run_table1(data, out, methods=["TN-C"], sets=NAMES)
    assert (again.n_skipped, again.n_computed) == (2, 1)
    results = read_results(out)
    same = {path: result == whole[path] for path, result in results.items()}
    assert [path for path, equal in same.items() if not equal] == [
        "units/Two/TN-C-0.json"
    ]


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
    assert "Two TN-C: FAILED: timenet_sklearn.exceptions.SeriesError: " in printed.err
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


def die_of_two(unit, data, expected):
    """Stand in for a unit that takes more memory than there is."""
    if unit.dataset == "Two":
        os._exit(1)
    time.sleep(0.3)
    return run_unit(unit, data, expected)


def test_only_the_unit_that_kills_its_process_fails(
    folder, whole, tmp_path, monkeypatch
):
    monkeypatch.setattr(run, "run_unit", die_of_two)
    # found by the processes only if it goes there by value
    monkeypatch.setattr(run._attempt, "__module__", "__main__")
    outcome = run_table1(folder, tmp_path, methods=["TN-C"], sets=NAMES, n_jobs=2)
    assert outcome.n_computed == 2
    assert list(outcome.failures) == [("Two", "TN-C", 0)]
    results = read_results(tmp_path)
    assert results == {path: whole[path] for path in results}
    notes = json.loads((tmp_path / "failures.json").read_text())
    assert "its process died" in notes["Two TN-C"]


@pytest.mark.parametrize("error", [OSError("no room"), KeyboardInterrupt()])
def test_what_was_computed_is_kept_when_the_run_breaks_off(
    error, folder, tmp_path, monkeypatch
):
    def keep(unit, result, out):
        if unit.dataset == "Three":
            raise error
        return kept(unit, result, out)

    kept = run._keep
    monkeypatch.setattr(run, "_keep", keep)
    with pytest.raises(type(error)):
        run_table1(folder, tmp_path, methods=["TN-C"], sets=NAMES)
    assert len(read_results(tmp_path)) == 2


@pytest.mark.skipif(os.name != "posix", reason="ends processes as POSIX does")
def test_a_killed_run_ends_its_processes_and_goes_on_as_an_unbroken_one(
    folder, whole, tmp_path
):
    code = """
import os, signal, sys
from timenet_sklearn.table1 import run
keep, kept = run._keep, []
def kill(unit, result, out):
    kept.append(keep(unit, result, out))
    if len(kept) == 2:
        print("two", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
run._keep = kill
run.run_table1(sys.argv[1], sys.argv[2], methods=["TN-C", "TN-C pooled"], n_jobs=2,
               sets=["One", "Two", "Three"])
"""
    # the pipe is open, and this waits, as long as a process that inherited it lives
    killed = subprocess.run(
        [sys.executable, "-c", code, folder, tmp_path],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        timeout=300,
        check=False,
    )
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, b"two\n")
    kept = read_results(tmp_path)
    assert len(kept) == 2
    again = run_table1(folder, tmp_path, methods=["TN-C", "TN-C pooled"], sets=NAMES)
    assert again == (2, 4, {}, {})
    results = read_results(tmp_path)
    assert results == {path: whole[path] for path in results}


def test_processes_keep_numerical_libraries_to_one_thread(
    folder, tmp_path, monkeypatch
):
    def look(unit, data, expected):
        pools = threadpoolctl.threadpool_info()
        assert pools and {pool["num_threads"] for pool in pools} == {1}
        assert os.environ["TF_NUM_INTRAOP_THREADS"] == "1"
        return run_unit(unit, data, expected)

    monkeypatch.setattr(run, "run_unit", look)
    monkeypatch.setattr(run._attempt, "__module__", "__main__")
    outcome = run_table1(folder, tmp_path, methods=["TN-C"], sets=NAMES, n_jobs=2)
    assert outcome.failures == {}


def test_missing_sets_are_noted_for_the_report(tmp_path):
    data, out = tmp_path / "ucr", tmp_path / "out"
    (data / "partial").mkdir(parents=True)
    out.mkdir()
    notes = out / "missing.json"
    notes.write_text('{"Yoga": "not found", "FordA": "not found", "One": "not found"}')
    write_set(data, "One", 0)
    write_set(data / "partial", "FordA", 0, 1320, 3)
    outcome = run_table1(data, out, methods=["TN-C"], sets=["One"])
    assert outcome.missing == {}
    assert json.loads(notes.read_text()) == {"FordA": "not found", "Yoga": "not found"}


@pytest.mark.parametrize("text", ["[]", "null", "{"])
@pytest.mark.parametrize("name", ["missing.json", "failures.json"])
def test_damaged_notes_are_refused_not_replaced(name, text, folder, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=rf"{name}.*Remove it"):
        run_table1(folder, tmp_path, methods=["TN-C"], sets=["One"])
    assert (tmp_path / name).read_text() == text
    assert not (tmp_path / "units").exists()


def test_an_unknown_method_is_refused_before_anything_is_done(tmp_path):
    with pytest.raises(ValueError, match=r"unknown method 'TN-X'; expected .*'TN-C'"):
        run_table1(tmp_path, tmp_path / "out", methods=["TN-C", "TN-X"])
    assert not (tmp_path / "out").exists()


def test_the_command_downloads_what_the_folder_lacks(tmp_path, mirror, capsys):
    zip_set(mirror, "Toy", 12, 8)
    command = ["table1", "--data-dir", str(tmp_path / "new"), "--out", str(tmp_path)]
    command += ["--columns", "TN-C", "--sets", "Toy"]
    assert main(command) == 1
    assert "there is no folder" in capsys.readouterr().err
    assert main([*command, "--download"]) == 0
    assert "1 results computed" in capsys.readouterr().out


def test_the_command_names_every_method(capsys):
    with pytest.raises(SystemExit):
        main(["table1", "--help"])
    helped = capsys.readouterr().out
    together = "".join(helped.split())  # lines may break at blanks and hyphens
    assert all("".join(method.split()) in together for method in PROTOCOL)


# --- Dask ---------------------------------------------------------------------------


@pytest.mark.filterwarnings("default")  # what Dask warns of is not ours
def test_a_dask_cluster_gives_what_processes_give(whole, tmp_path):
    distributed = pytest.importorskip("distributed", reason="needs the extra dask")
    broken = write_sets(tmp_path / "ucr")
    table = np.loadtxt(broken / "One_TRAIN.tsv")
    table[0, 5] = np.nan
    np.savetxt(broken / "One_TRAIN.tsv", table, delimiter="\t")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        outcome = run_table1(
            broken,
            tmp_path / "out",
            methods=["TN-C"],
            sets=NAMES,
            scheduler=cluster.scheduler_address,
        )
    results = read_results(tmp_path / "out")
    assert results == {path: whole[path] for path in results}
    assert outcome.n_computed == len(results) == 2
    ((unit, trace),) = outcome.failures.items()
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
