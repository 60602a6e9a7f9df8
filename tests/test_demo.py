from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("sktime", reason="the data sets come with sktime")
pytest.importorskip("matplotlib", reason="the picture needs the extra plot")

from timenet_sklearn import TimeNetTransformer, demo
from timenet_sklearn.datasets import (
    PRETRAINING_SETS,
    VALIDATION_SETS,
    Dataset,
    load_bundled,
)
from timenet_sklearn.demo import DemoRow, DemoSet


@pytest.fixture(scope="module")
def rows():
    """The demo itself, on its smallest set: whole and cut."""
    with pytest.MonkeyPatch.context() as patch:
        sets = (DemoSet("UnitTest"), DemoSet("UnitTest", n_train=10, n_test=12))
        patch.setattr(demo, "DEMO_SETS", sets)
        return list(demo.run_demo())


def test_the_encoder_has_seen_none_of_the_demos_sets():
    seen = {*PRETRAINING_SETS, *VALIDATION_SETS}
    names = [demo_set.name for demo_set in demo.DEMO_SETS]
    assert len(names) >= 5
    assert seen.isdisjoint(names)


def test_the_demo_compares_three_methods_on_the_test_part(rows):
    for row in rows:
        assert list(row.errors) == list(row.seconds) == ["paper", "default", "DTW"]
        wrong = np.array(list(row.errors.values())) * len(row.data.y_test)
        # two classes: far better than guessing, and a whole number of mistakes
        assert (wrong < 0.3 * len(row.data.y_test)).all()
        np.testing.assert_allclose(wrong, np.round(wrong), atol=1e-9)
        assert all(seconds > 0 for seconds in row.seconds.values())
        assert 0 <= row.window <= 20


def test_the_demo_says_how_many_series_there_are_and_were(rows):
    sizes = [(len(row.data.y_train), len(row.data.y_test), row.n_all) for row in rows]
    assert sizes == [(20, 22, 42), (10, 12, 42)]


def test_the_embeddings_kept_are_pooled_ones_of_both_parts(rows):
    whole = load_bundled("UnitTest")
    timenet = TimeNetTransformer(weights="ucr18-pooled", pooling="pooled")
    expected = timenet.transform(np.concatenate([whole.X_train, whole.X_test]))
    np.testing.assert_array_equal(rows[0].embeddings, expected)


def test_sets_of_several_channels_are_compared_as_well():
    whole = load_bundled("BasicMotions")
    parts = (whole.X_train, whole.y_train, whole.X_test, whole.y_test)
    data = Dataset("BasicMotions", *(part[::5] for part in parts))
    done = (run(*given, **named) for run, given, named in demo._jobs(data))
    row = demo._row(data, 80, done)
    assert row.embeddings.shape == (16, 6 * 900)
    assert set(row.errors) == {"paper", "default", "DTW"}


def test_the_subset_is_seeded_stratified_and_in_order():
    y = np.repeat([0, 1, 2], [40, 20, 20])
    X = np.arange(80.0)[:, None] * np.ones(3)
    X_cut, y_cut = demo._cut(X, y, 20, 0)
    assert X_cut.shape == (20, 3)
    np.testing.assert_array_equal(np.bincount(y_cut), [10, 5, 5])
    rows = X_cut[:, 0].astype(int)
    np.testing.assert_array_equal(y[rows], y_cut)
    assert (np.diff(rows) > 0).all()
    np.testing.assert_array_equal(demo._cut(X, y, 20, 0)[0], X_cut)
    assert not np.array_equal(demo._cut(X, y, 20, 1)[0], X_cut)


def test_series_of_unequal_length_are_cut_as_a_list():
    X = [np.full(1 + row % 7, float(row)) for row in range(30)]
    y = np.tile(["a", "b"], 15)
    X_cut, y_cut = demo._cut(X, y, 10, 0)
    assert isinstance(X_cut, list) and len(X_cut) == 10
    rows = [int(series[0]) for series in X_cut]
    assert all(X_cut[i] is X[row] for i, row in enumerate(rows))
    np.testing.assert_array_equal(y[rows], y_cut)


@pytest.mark.parametrize("most", [None, 6, 7])
def test_what_is_small_enough_is_not_cut(most):
    X, y = np.zeros((6, 4)), np.arange(6)
    X_cut, y_cut = demo._cut(X, y, most, 0)
    assert X_cut is X and y_cut is y


RAGGED = [np.zeros((2, length)) for length in (9, 7, 8)]
ROW = DemoRow(
    data=Dataset("Ragged", RAGGED, np.array([0, 1, 0]), RAGGED[:2], np.array([0, 1])),
    n_all=11,
    errors={"paper": 0.25, "default": 0.125, "DTW": 0.125},
    seconds={"paper": 0.5, "default": 1.0, "DTW": 12.34},
    window=7.0,
    embeddings=np.zeros((5, 4), dtype=np.float32),
)


def test_the_table_has_sizes_errors_and_seconds_and_a_star_at_the_lowest():
    line = demo.format_table([ROW]).splitlines()[-1]
    name, *numbers = line.split()
    assert name == "Ragged"
    sizes, results = numbers[:5], numbers[5:]
    assert sizes == ["3", "2", "7-9", "2", "2"]
    assert results == ["0.250", "0.125*", "0.125*", "0.5", "1.0", "12.3"]


def test_the_columns_of_the_table_stand_under_their_titles():
    equal = replace(ROW, data=ROW.data._replace(X_train=np.zeros((3, 5, 700))))
    equal = replace(equal, data=equal.data._replace(X_test=np.zeros((2, 5, 700))))
    lines = demo.format_table([ROW, equal]).splitlines()
    _, header, rule, *body = lines
    assert len(body) == 2
    assert set(rule) == {"-"} and len(rule) == len(header)
    ends = [match.end() for match in re.finditer(r"\S+", header)]
    for line in body:
        # a star may follow a number, and "data set" are two words
        found = [match.end() for match in re.finditer(r"[\w.-]+", line)]
        assert found[1:] == ends[2:]


def test_what_was_cut_is_said_and_which_window_was_found(rows):
    used_all = replace(ROW, n_all=5)
    text = demo.describe_cuts([ROW, used_all])
    assert text.splitlines() == [
        "Ragged: 5 of 11 series; DTW window 7 %",
        "Ragged: all series; DTW window 7 %",
    ]
    assert "(a part of Chinatown): 22 of 42 series" in demo.describe_cuts(rows)


def test_the_picture_is_a_png(rows, tmp_path):
    path = tmp_path / "demo.png"
    demo.draw(rows[:1], str(path))
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG") and len(content) > 5000
