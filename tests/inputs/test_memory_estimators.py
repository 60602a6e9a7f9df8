"""Names of channels, suspicious shapes and contradictions, in the estimators."""

from __future__ import annotations

import warnings
from pathlib import Path

import containers
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from timenet_sklearn import TimeNetTransformer
from timenet_sklearn._series.panel import check_panel
from timenet_sklearn.datasets import load_ucr
from timenet_sklearn.exceptions import SeriesError, SuspiciousShapeWarning

SHARED = Path(__file__).resolve().parents[3] / "shared"
rng = np.random.default_rng(3)
W = rng.normal(size=(4, 20))
TABLE = pd.DataFrame({"acc": list(W), "gyro": list(-W)})


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_channels_in_another_order_or_of_other_names_are_refused(make):
    timenet = TimeNetTransformer("ucr18", layers=1).fit(make(TABLE))
    assert timenet.channel_names_in_.tolist() == ["acc", "gyro"]
    names = timenet.get_feature_names_out()
    assert (names[0], names[60]) == (
        "acc_last_layer1_unit00",
        "gyro_last_layer1_unit00",
    )
    with pytest.raises(
        ValueError, match="must be in the same order as they were in fit"
    ):
        timenet.transform(make(TABLE[["gyro", "acc"]]))
    with pytest.raises(
        ValueError, match=r"unseen at fit time:\n- lid\n.*missing:\n- gyro"
    ):
        timenet.transform(make(TABLE.rename(columns={"gyro": "lid"})))
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        timenet.transform(np.stack([W, -W], axis=1))
    timenet.fit(W)
    assert not hasattr(timenet, "channel_names_in_")


def test_numbered_names_of_sktime_are_numbers_but_keep_their_order():
    numbered = TABLE.set_axis(["dim_0", "dim_1"], axis=1)
    timenet = TimeNetTransformer("ucr18", layers=1).fit(numbered)
    assert timenet.get_feature_names_out()[0] == "channel0_last_layer1_unit00"
    with pytest.raises(ValueError, match="in the same order"):
        timenet.transform(numbered[["dim_1", "dim_0"]])


def test_names_of_channels_are_saved(tmp_path):
    timenet = TimeNetTransformer("ucr18", layers=1).fit(TABLE)
    timenet.save(tmp_path / "weights")
    loaded = TimeNetTransformer.load(tmp_path / "weights")
    assert_array_equal(loaded.channel_names_in_, timenet.channel_names_in_)
    assert loaded.channel_names_in_.dtype == object
    assert_array_equal(loaded.transform(TABLE), timenet.transform(TABLE))


def test_equal_embeddings_of_different_series_are_suspicious():
    with pytest.warns(SuspiciousShapeWarning, match="all 3 embeddings are the same"):
        TimeNetTransformer("ucr18", layers=1).transform(
            np.arange(3)[:, None] * np.ones(9)
        )


def test_a_channel_of_times_is_suspicious():
    with pytest.warns(SuspiciousShapeWarning, match=r"channel 1 .* equal steps"):
        check_panel(np.stack([W, np.tile(np.arange(20), (4, 1))], axis=1))


def test_weights_and_another_architecture_contradict_each_other():
    for wrong in ({"n_units": 30}, {"n_layers": 2}):
        with pytest.raises(ValueError, match="contradicts weights='ucr18'"):
            TimeNetTransformer("ucr18", **wrong).transform(W)
        with pytest.raises(ValueError, match="contradicts weights='ucr18'"):
            TimeNetTransformer("ucr18", **wrong).fit(W)
    TimeNetTransformer("ucr18", n_units=60, n_layers=3).fit(W)


def test_errors_know_their_series_and_channel():
    X = np.stack([W, W], axis=1)
    X[2, 1, 5] = np.nan
    with pytest.raises(SeriesError) as caught:
        check_panel(X)
    assert (caught.value.row, caught.value.channel) == (2, 1)
    assert str(caught.value.moved(100)).startswith(
        "check_panel: series 102 (channel 1)"
    )


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the data in ../shared")
@pytest.mark.parametrize("folder", ["ucr", "ucr/extra", "uea", "tser"])
def test_real_sets_of_the_archives_are_not_suspicious(folder):
    for path in sorted((SHARED / folder).glob("*.npz")):
        with np.load(path) as arrays, warnings.catch_warnings():
            warnings.simplefilter("error", SuspiciousShapeWarning)
            for name in ("X_train", "X_test"):
                if name in arrays.files and arrays[name].ndim > 1:
                    check_panel(
                        arrays[name], estimator=path.stem, missing="interpolate"
                    )


def test_load_ucr_takes_the_channel_that_tslearn_puts_last(tmp_path):
    y = np.array([0, 1, 0, 1])
    arrays = {"X_train": W[:, :, None], "y_train": y, "X_test": W, "y_test": y}
    np.savez(tmp_path / "Mine.npz", **arrays)
    data = load_ucr("Mine", tmp_path)
    assert_array_equal(data.X_train, W)
    assert_array_equal(data.X_test, W)


def panels():
    """Ragged panels: lists of float64 arrays (n_channels, length_i)."""
    cells = st.floats(-1e6, 1e6, width=32).map(lambda value: value + 0.0)

    def sample(n_channels):
        return st.integers(8, 14).flatmap(
            lambda n: st.lists(
                cells, min_size=n_channels * n, max_size=n_channels * n
            ).map(lambda flat: np.array(flat).reshape(n_channels, n))
        )

    return st.integers(1, 3).flatmap(
        lambda n_channels: st.lists(sample(n_channels), min_size=1, max_size=4)
    )


@settings(max_examples=15, derandomize=True, deadline=None)
@given(panels())
def test_any_container_gives_the_same_bits(samples):
    expected = check_panel(samples)
    for name, make in containers.containers_of(samples).items():
        found = check_panel(make(samples))
        assert_array_equal(found.lengths, expected.lengths, name)
        block = found.block(0, found.n_samples)
        assert block.tobytes() == expected.block(0, expected.n_samples).tobytes(), name
