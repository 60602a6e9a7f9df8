from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import timenet_sklearn
from timenet_sklearn import TimeNetTransformer, pretraining
from timenet_sklearn._encoder.weights import BUNDLED, load_weights
from timenet_sklearn._training import stages
from timenet_sklearn.cli import encoder, main
from timenet_sklearn.exceptions import SuspiciousShapeWarning

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "timenet_sklearn.cli"]
SERIES = np.sin(np.linspace(0, 9, 30) * np.arange(1, 6)[:, None])


def timenet(*arguments):
    """Run the real command in a process of its own."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "series.npy"
    np.save(path, SERIES)
    return path


# --- info ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", BUNDLED)
def test_info_prints_the_model_card(name, capsys):
    assert main(["info", name]) == 0
    card = Path(timenet_sklearn.__file__).parent / f"weights/{name}/MODEL_CARD.rst"
    assert capsys.readouterr().out == card.read_text(encoding="utf-8") + "\n"


def test_info_prints_what_weights_without_a_card_say(trained, tmp_path, capsys):
    trained.save(tmp_path)
    assert main(["info", str(tmp_path)]) == 0
    assert '"estimator": "TimeNetTransformer"' in capsys.readouterr().out


def test_info_refuses_damaged_weights(trained, tmp_path, capsys):
    trained.save(tmp_path)
    arrays = tmp_path / "model.safetensors"
    arrays.write_bytes(arrays.read_bytes()[:-1])
    assert main(["info", str(tmp_path)]) == 1
    assert (
        "model.safetensors: not a safetensors file, or cut off"
        in capsys.readouterr().err
    )


def test_without_a_command_help_is_printed(capsys):
    assert main([]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("usage: timenet")
    assert "embed the series of a file" in printed


def test_info_alone_lists_the_bundled_weights(capsys):
    assert main(["info"]) == 0
    assert capsys.readouterr().out.startswith("ucr18: 3 layers of 60 units\n")


# --- Errors -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("info nope", "timenet info: weights='nope' is neither the name of"),
        ("embed nowhere.npy out.npy", "timenet embed: "),
        ("embed {source} out.npy --layers 4", "layers must be 'all', a layer from 1"),
        ("embed {source} out.npy --weights nope", "weights='nope' is neither"),
        (
            "embed {source} out.npy --jobs 0",
            "parameter of TimeNetTransformer must be None",
        ),
        ("pretrain --data-dir nowhere --out out", "there is no folder 'nowhere'"),
        (
            "pretrain --data-dir . --out out --recipe x",
            "must be one of ucr18, ucr18-pooled, ucr45, paper",
        ),
    ],
)
def test_an_error_is_one_message_on_stderr_and_exit_status_1(
    arguments, message, source, monkeypatch, capsys, tmp_path
):
    monkeypatch.chdir(tmp_path)
    assert main(arguments.format(source=source).split()) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    last = printed.err.splitlines()[-1]
    assert last.startswith(f"timenet {arguments.split()[0]}: ")
    assert message in last
    assert [path.name for path in tmp_path.iterdir()] == ["series.npy"]


@pytest.mark.parametrize(
    "arguments", ["embed", "embed a.npy", "embed a.npy b.npy --pooling median", "x"]
)
def test_a_wrong_call_prints_usage_and_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments.split())
    assert stop.value.code == 2
    assert "usage: timenet" in capsys.readouterr().err


def test_the_version_is_the_packages(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"{timenet_sklearn.__version__}\n"


# --- embed --------------------------------------------------------------------------


def test_the_real_command_embeds_a_file(source, tmp_path):
    target = tmp_path / "embedding.npy"
    done = timenet("embed", source, target)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"5 embeddings: {target}\n"
    expected = TimeNetTransformer(weights="ucr18").transform(SERIES)
    np.testing.assert_array_equal(np.load(target), expected)


def test_the_real_command_explains_an_error_without_a_traceback(tmp_path):
    np.save(tmp_path / "bad.npy", [[1.0, np.nan, 2.0]])
    done = timenet("embed", tmp_path / "bad.npy", tmp_path / "out.npy")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "has NaN at step 1" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.npy").exists()


def test_options_of_embed_reach_the_transformer(tmp_path, capsys):
    raw = SERIES.copy()
    raw[2, 5] = np.nan
    source, target = tmp_path / "series.csv", tmp_path / "embedding.csv"
    with source.open("w", newline="") as file:
        csv.writer(file).writerows([["id", *range(30)]])
        csv.writer(file).writerows([f"s{i}", *row] for i, row in enumerate(raw))
    options = "--pooling max last --layers 3 1 --no-normalize --missing interpolate"
    options += " --key-columns 1 --jobs 2"
    arguments = ["embed", str(source), str(target), *options.split()]
    assert main(arguments) == 0, capsys.readouterr().err
    with target.open(newline="") as file:
        header, *rows = csv.reader(file)
    transformer = TimeNetTransformer(
        weights="ucr18",
        pooling=("max", "last"),
        layers=(3, 1),
        normalize=False,
        missing="interpolate",
    ).fit(raw)
    assert header == ["id", *transformer.get_feature_names_out()]
    assert [row[0] for row in rows] == ["s0", "s1", "s2", "s3", "s4"]
    np.testing.assert_allclose(
        np.array([row[1:] for row in rows], dtype=np.float32),
        transformer.transform(raw),
        atol=1e-6,
    )


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("1", ["key_1", "1", "2"]),
        ("none", None),
        ("-1", ["key_31", "29.0", "29.0"]),
    ],
)
def test_keys_are_said_by_number_from_either_end(keys, expected, tmp_path, capsys):
    source, target = tmp_path / "X_TRAIN.tsv", tmp_path / "y.csv"
    rows = [[1 + i % 2, *row[:-1], 29.0] for i, row in enumerate(SERIES[:2])]
    source.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    assert main(["embed", str(source), str(target)]) == 1
    assert "Pass key_columns=1 (--key-columns 1)" in capsys.readouterr().err
    assert main(["embed", str(source), str(target), "--key-columns", keys]) == 0
    with target.open(newline="") as file:
        columns = next(zip(*csv.reader(file), strict=True))
    assert list(columns) == expected or (expected is None and len(columns) == 3)


def test_a_header_is_said(tmp_path, capsys):
    source, target = tmp_path / "x.csv", tmp_path / "y.npy"
    source.write_text("1990,1991,1992\n3,1,2\n4,6,5\n")
    assert main(["embed", str(source), str(target)]) == 1
    assert "--header yes" in capsys.readouterr().err
    assert main(["embed", str(source), str(target), "--header", "yes", "--force"]) == 0
    assert len(np.load(target)) == 2


def test_advice_is_given_in_options(tmp_path, capsys):
    np.save(tmp_path / "x.npy", [[1.0, np.nan, 2.0, 4.0]])
    assert main(["embed", str(tmp_path / "x.npy"), str(tmp_path / "y.npy")]) == 1
    assert "pass --missing interpolate" in capsys.readouterr().err


def test_what_is_suspicious_is_embedded_by_force_alone(
    source, tmp_path, monkeypatch, capsys
):
    def transform(self, X):
        warnings.warn("many channels, few steps.", SuspiciousShapeWarning, stacklevel=1)
        return np.zeros((len(X), 180), np.float32)

    monkeypatch.setattr(TimeNetTransformer, "transform", transform)
    target = tmp_path / "y.npy"
    assert main(["embed", str(source), str(target)]) == 1
    said = capsys.readouterr().err
    assert "few steps. Pass --force to embed it" in said
    assert "numpy.load" not in said  # X is not named
    assert main(["embed", str(source), str(target), "--force"]) == 0


def test_an_existing_output_is_replaced_only_if_asked(source, tmp_path, capsys):
    target = tmp_path / "out.npy"
    target.write_bytes(b"precious")
    assert main(["embed", str(source), str(target)]) == 1
    assert target.read_bytes() == b"precious"
    assert str(target) in capsys.readouterr().err
    assert main(["embed", str(source), str(target), "--overwrite"]) == 0
    assert np.load(target).shape == (5, 180)


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_ctrl_c_ends_with_status_130_and_leaves_nothing_behind(tmp_path):
    source, target = tmp_path / "many.npy", tmp_path / "out.npy"
    np.save(source, np.tile(SERIES, (20_000, 4)))  # a minute's work
    process = subprocess.Popen(
        [*COMMAND, "embed", str(source), str(target)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while len(list(tmp_path.iterdir())) == 1:  # until it writes its output
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert errors.endswith("timenet embed: interrupted\n")
    assert "Traceback" not in errors
    assert [path.name for path in tmp_path.iterdir()] == ["many.npy"]


@pytest.mark.parametrize("ignored", [False, True])
def test_signals_are_handled_during_a_command_only(ignored, monkeypatch, capsys):
    seen = []

    def look(name):
        seen.append(signal.getsignal(signal.SIGTERM))
        return load_weights(name)

    monkeypatch.setattr(encoder, "load_weights", look)
    handler = signal.SIG_IGN if ignored else signal.SIG_DFL
    before = signal.signal(signal.SIGTERM, handler)
    try:
        assert main(["info", "ucr18"]) == 0
        assert signal.getsignal(signal.SIGTERM) is handler
        assert (seen == [handler]) == ignored
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_thread_runs_commands_too(capsys):
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(main, ["info", "ucr18"]).result() == 0


# --- pretrain and demo --------------------------------------------------------------


@pytest.fixture
def quick_recipe(monkeypatch, tiny):
    pytest.importorskip("keras", reason="training needs the extra train")
    explosive = replace(
        tiny, learning_rate=1e30, schedule="constant", clip_norm=None, n_steps=4
    )
    recipes = {"quick": (tiny,), "wild": (explosive,)}
    monkeypatch.setattr(stages, "RECIPES", recipes)
    monkeypatch.setattr(pretraining, "N_UNITS", 2)
    monkeypatch.setattr(pretraining, "N_LAYERS", 1)


@pytest.mark.usefixtures("without_xla", "quick_recipe")
def test_pretrain_takes_a_folder_of_parquet_files_and_a_number_of_steps(
    tmp_path, capsys
):
    pa = pytest.importorskip("pyarrow", reason="reads Parquet")
    import pyarrow.parquet as pq

    (tmp_path / "data").mkdir()
    table = pa.table({"id": range(20), **{f"t{i}": [i, *range(19)] for i in range(8)}})
    pq.write_table(table, tmp_path / "data" / "a.parquet")
    out = tmp_path / "run"
    command = "pretrain --recipe quick --steps 3 --key-columns 1 --missing interpolate"
    where = ["--data-dir", str(tmp_path / "data"), "--out", str(out)]
    assert main([*command.split(), *where]) == 0
    assert "3 steps of 4 series, on all of 20 series" in capsys.readouterr().out
    history = (out / "history.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in history] == ["step", "1", "2", "3"]


@pytest.mark.usefixtures("without_xla", "quick_recipe")
def test_pretrain_by_another_number_of_steps_is_by_the_same_recipe(
    archive, tmp_path, capsys
):
    arguments = ["--data-dir", str(archive), "--out", str(tmp_path / "run")]
    assert main(["pretrain", *arguments, "--recipe", "quick", "--steps", "1"]) == 0
    assert capsys.readouterr().out.startswith("recipe quick: 1 steps of 4 series")


@pytest.mark.usefixtures("without_xla", "quick_recipe")
def test_pretrain_says_its_plan_and_what_came_out(archive, tmp_path, capsys):
    out = str(tmp_path / "run")
    arguments = ["pretrain", "--data-dir", str(archive), "--out", out]
    assert main([*arguments, "--recipe", "quick", "--random-state", "3"]) == 0
    plan, result = capsys.readouterr().out.splitlines()
    assert plan.startswith("recipe quick: 2 steps of 4 series, on 90 series")
    assert result.startswith(f"{out}: mean validation error ")
    assert main(["info", out]) == 0
    assert "Random state 3" in capsys.readouterr().out


@pytest.mark.usefixtures("without_xla", "quick_recipe")
def test_a_training_that_diverges_is_explained(archive, tmp_path, capsys):
    arguments = ["--data-dir", str(archive), "--out", str(tmp_path), "--recipe", "wild"]
    assert main(["pretrain", *arguments]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("timenet pretrain: the training loss became")


def test_demo_prints_a_table_and_what_was_cut_and_writes_a_picture(
    monkeypatch, tmp_path, capsys
):
    pytest.importorskip("sktime", reason="the data sets come with sktime")
    pytest.importorskip("matplotlib", reason="the picture needs the extra plot")
    from timenet_sklearn import demo

    sets = (demo.DemoSet("UnitTest", n_train=12),)
    monkeypatch.setattr(demo, "DEMO_SETS", sets)
    picture = tmp_path / "picture.png"
    assert main(["demo", "--picture", str(picture)]) == 0
    printed, told = capsys.readouterr()
    assert "about a minute" in told.splitlines()[1]
    last = told.splitlines()[-1]
    assert re.fullmatch(r"UnitTest: error 0\.\d{3}, of DTW-1NN 0\.\d{3}", last)
    assert "UnitTest           12    22" in printed
    assert "UnitTest (a part of Chinatown): 34 of 42 series; DTW window" in printed
    assert str(picture) in printed
    assert picture.read_bytes().startswith(b"\x89PNG")
