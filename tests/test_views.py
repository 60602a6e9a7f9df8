"""What the encoder is shown: differences, windows, and channels on fit's scale."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from timenet_sklearn import POOLED, TimeNetTransformer, sliding_windows
from timenet_sklearn._series.panel import check_panel
from timenet_sklearn._series.views import (
    VIEWS,
    cut_windows,
    learn_scaling,
    make_views,
    principal_components,
)
from timenet_sklearn.selection import SelectStates


def timenet(**parameters):
    return TimeNetTransformer("ucr18", layers=1, **parameters)


@pytest.fixture(scope="module")
def X():
    """Series of two channels, below, at and above the length that is cut."""
    rng = np.random.default_rng(0)
    return [rng.standard_normal((2, n)).cumsum(axis=1) for n in (30, 512, 513, 700)]


# --- Views --------------------------------------------------------------------------


def test_differences_are_those_of_numpy_the_first_one_twice(X):
    X = [*X, X[0][:, :1]]  # one step, none to the next
    steps = [np.diff(x, axis=1) for x in X[:-1]] + [np.zeros((2, 1))]
    steps = [np.hstack([step[:, :1], step]) for step in steps[:-1]] + steps[-1:]
    assert_array_equal(
        timenet(views="differences").transform(X), timenet().transform(steps)
    )


def test_windows_are_averaged_each_normalised_by_itself(X):
    windows = [X[3][:, start : start + 256] for start in (0, 128, 256, 384, 444)]
    expected = timenet().transform(windows).mean(axis=0)
    assert_allclose(timenet(views="windows").transform(X)[3], expected, atol=1e-6)


def test_spread_is_the_standard_deviation_over_windows(X):
    windows = [X[3][:, start : start + 256] for start in (0, 128, 256, 384, 444)]
    expected = timenet().transform(windows).std(axis=0)
    spread = timenet(views="window_spread").transform(X)
    assert_allclose(spread[3], expected, atol=1e-5)
    assert not spread[:2].any()
    both = timenet(views=("windows", "window_spread")).transform(X)
    assert_array_equal(both[:, 60:120], spread[:, :60])


def test_coarse_series_are_averaged_down():
    x = np.random.default_rng(0).standard_normal((2, 1000)).cumsum(axis=1)
    by_hand = x.reshape(2, 250, 4).mean(axis=2)
    assert_allclose(
        timenet(views="coarse").transform([x]),
        timenet().transform([by_hand]),
        atol=1e-5,
    )
    huge = x / np.abs(x).max() * 1.7e308
    assert np.isfinite(timenet(views="coarse_differences").transform([huge])).all()


def test_a_series_of_up_to_512_steps_is_its_own_window(X):
    whole, windows = (timenet(views=v).transform(X) for v in ("whole", "windows"))
    assert_array_equal(whole[:2], windows[:2])
    assert (whole[2:] != windows[2:]).any(axis=1).all()


@pytest.mark.parametrize(
    ("length", "farthest"),
    [(513, 128), (640, 128), (641, 128), (131_200, 128), (1_000_000, 978)],
)
def test_windows_cover_a_series_and_are_at_most_1024(length, farthest):
    [spans] = cut_windows(np.array([length]))
    assert spans[0][1] == 0 and spans[-1][2] == length
    assert all(stop - start == 256 for _, start, stop in spans)
    distances = np.diff([start for _, start, _ in spans])
    assert distances.min() > 0 and distances.max() == farthest
    assert len(spans) <= 1024


def test_embedding_of_every_view_depends_on_its_series_alone(X):
    rng = np.random.default_rng(1)
    series = [*X, rng.standard_normal((2, 150_000))]  # the most windows
    encoder = timenet(views=VIEWS[4:], n_jobs=2)
    together = encoder.transform(series)
    for row, one in enumerate(series):
        assert_array_equal(encoder.transform([one])[0], together[row])
    assert_array_equal(encoder.set_params(n_jobs=1).transform(series), together)


def test_gaps_are_filled_before_a_series_is_cut():
    x = np.sin(np.arange(900) / 9)
    gap = x.copy()
    gap[200:600] = np.nan  # wider than a window
    filled = x.copy()
    filled[199:601] = np.linspace(x[199], x[600], 402)
    encoder = timenet(views=VIEWS, missing="interpolate")
    assert_allclose(encoder.transform([gap]), encoder.transform([filled]), atol=1e-4)


def test_differences_of_huge_numbers_do_not_overflow():
    x = np.array([1.7e308, -1.7e308, 1e308, 0.0])
    small = timenet(views="differences").transform([x / 2.0**1000])
    assert_array_equal(timenet(views="differences").transform([x]), small)


def test_columns_of_views_have_names_by_which_they_can_be_selected(X):
    every = timenet(views=VIEWS, normalize=("series", "fit"), pooling="pooled")
    every.fit(X).set_output(transform="pandas")
    table = every.transform(X)
    assert table.columns[0] == "channel0_max_layer1_unit00"
    assert table.columns[300] == "channel0_fit_max_layer1_unit00"
    last = "channel1_window_differences_spread_fit_turn_layer1_unit59"
    assert table.columns[-1] == last
    for view in ("whole", "whole_fit", "window_differences_fit"):
        kind, _, _ = view.partition("_fit")
        one = timenet(
            views=kind, normalize="fit" if "fit" in view else "series", pooling=POOLED
        ).fit(X)
        select = SelectStates(pooling="pooled", views=view).fit(table)
        assert_array_equal(select.transform(table), one.transform(X))
        assert list(select.get_feature_names_out()) == list(one.get_feature_names_out())
        labels = [str(v) for v in make_views(VIEWS, ("series", "fit"), "")]
        by_place = SelectStates(
            pooling="pooled",
            views=view,
            encoder_pooling="pooled",
            encoder_views=labels,
            n_layers=1,
        ).fit(table.to_numpy())
        assert_array_equal(by_place.get_support(), select.get_support())


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("views", "half"),
        ("views", ()),
        ("views", ("whole", "whole")),
        ("normalize", "both"),
        ("normalize", ("fit", "fit")),
        ("normalize", (False,)),
    ],
)
def test_unknown_views_and_normalisations_are_an_error(parameter, value, X):
    with pytest.raises(ValueError, match=f"TimeNetTransformer: {parameter} must be"):
        timenet(**{parameter: value}).fit(X)


def test_pooled_by_name_is_pooled(X):
    assert_array_equal(
        timenet(pooling="pooled").transform(X), timenet(pooling=POOLED).transform(X)
    )
    both = timenet(pooling=("last", "pooled")).transform(X)
    assert both.shape[1] == 2 * 60 * (1 + len(POOLED))
    with pytest.raises(ValueError, match=r"pooling must be .* different ones"):
        timenet(pooling=("max", "pooled")).transform(X)


# --- Normalisation by what fit learns -----------------------------------------------


def test_fit_standardises_channels_by_what_it_saw():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((20, 2, 50)) * [[3.0], [100.0]] + [[5.0], [-7.0]]
    encoder = timenet(normalize="fit").fit(X)
    center, spread = encoder.scaling_["values"]
    assert_allclose(center, [5, -7], atol=8)
    assert_allclose(spread, [3, 100], rtol=0.1)
    other = X[:3] + 10
    by_hand = (other - center[:, None]) / spread[:, None]
    expected = timenet(normalize=False).transform(by_hand)
    assert_array_equal(encoder.transform(other), expected)
    assert (encoder.transform(other) != encoder.transform(X[:3])).any()


def test_outliers_have_no_say_in_the_scaling():
    X = np.random.default_rng(0).standard_normal((50, 100))
    spoilt = X.copy()
    spoilt[7, 7] = 1e9
    clean, outlier = (learn_scaling(check_panel(x)) for x in (X, spoilt))
    assert_allclose(outlier.center, clean.center, atol=0.01)
    assert_allclose(outlier.spread, clean.spread, rtol=0.01)
    assert np.isfinite(timenet(normalize="fit").fit_transform(spoilt)).all()


def test_constant_channels_and_rare_events_have_a_spread():
    rare = np.zeros((10, 100))
    rare[0, 50] = 4.0
    for x in (np.full((3, 20), 1e6), rare):
        assert (learn_scaling(check_panel(x)).spread > 0).all()
        assert np.isfinite(timenet(normalize="fit").fit_transform(x)).all()


def test_shorter_series_are_not_padded_into_the_scaling():
    lists = [[1.0, 2.0, 3.0], [5.0]]
    padded = [[1.0, 2.0, 3.0], [5.0, np.nan, np.nan]]
    for X in (lists, padded):
        assert_allclose(learn_scaling(check_panel(X)).center, 2.75, atol=0.01)


def test_scaling_of_many_values_is_that_of_every_other_one(monkeypatch):
    panel = check_panel(np.random.default_rng(0).standard_normal((500, 30)))
    every = learn_scaling(panel)
    monkeypatch.setattr("timenet_sklearn._series.views._MAX_VALUES", 3000)
    assert len(panel.channel(0, 5)) == 3000
    assert_allclose(learn_scaling(panel).spread, every.spread, rtol=0.05)


def test_scaling_is_saved_and_loaded(tmp_path, X):
    encoder = timenet(normalize=("series", "fit"), views=("whole", "differences"))
    expected = encoder.fit(X).transform(X)
    encoder.save(tmp_path / "saved")
    again = TimeNetTransformer.load(tmp_path / "saved")
    assert_array_equal(again.transform(X), expected)
    assert again.fingerprint() == encoder.fingerprint()
    assert timenet(normalize="fit").fit(X[:2]).fingerprint() != encoder.fingerprint()


def test_fit_cannot_be_left_out_where_it_learns(X):
    encoder = timenet(normalize="fit")
    with pytest.raises(ValueError, match="not fitted yet"):
        encoder.transform(X)
    with pytest.raises(ValueError, match="call fit again"):
        timenet().fit(X).set_params(normalize="fit").transform(X)


def test_true_is_by_series(X):
    assert_array_equal(timenet(normalize=True).transform(X), timenet().transform(X))


# --- Sliding windows ----------------------------------------------------------------


# --- Principal components of channels -----------------------------------------------


def channels(n=5, n_steps=200, seed=0):
    """Three channels, the third almost the sum of the others, each at its own level."""
    x = np.random.default_rng(seed).standard_normal((n, 2, n_steps)).cumsum(axis=2)
    noise = np.random.default_rng(1).standard_normal((n, 1, n_steps))
    return np.hstack([x, x.sum(axis=1, keepdims=True) + noise]) * [[2], [30], [1]] + 7


def test_principal_components_are_those_of_numpy():
    X = channels()
    panel = check_panel(X)
    scaling = learn_scaling(panel)
    weights = principal_components(panel, scaling)
    scaled = (X - X.mean(axis=2, keepdims=True)) / scaling.spread[:, None]
    mixtures = np.einsum("mc,nct->mnt", weights, scaled).reshape(3, -1)
    assert_allclose(np.cov(mixtures, bias=True), np.eye(3), atol=1e-4)
    covariance = np.cov(scaled.swapaxes(0, 1).reshape(3, -1), bias=True)
    largest = np.linalg.eigvalsh(covariance)[-1]
    assert_allclose(1 / np.square(weights[0]).sum(), largest, rtol=1e-4)
    assert (weights[0, np.abs(weights[0]).argmax()] > 0).all()


def test_components_are_at_most_8_and_none_of_one_or_constant_channels():
    many = np.random.default_rng(0).standard_normal((3, 12, 50))
    for X, n in ((many, 8), (many[:, :1], 0), (many[:, :2] * [[1], [0]], 1)):
        panel = check_panel(X)
        weights = principal_components(panel, learn_scaling(panel))
        assert weights.shape == (n, X.shape[1])


def test_mixtures_are_further_channels_whatever_stands_beside_a_series():
    X = channels()
    X[1, :, 90:] = np.nan
    X[2, 0, 40:50] = np.nan
    panel = check_panel(X, missing="interpolate")
    scaling = learn_scaling(panel)
    weights = principal_components(panel, scaling)
    mixed = panel.with_mixtures(weights, scaling)
    assert mixed.channel_names == [
        *("channel0", "channel1", "channel2"),
        *("component0", "component1", "component2"),
    ]
    assert_array_equal(mixed.block(0, 5)[:, :3], panel.block(0, 5))
    for row, length in enumerate(panel.lengths):
        alone = panel.take([row]).with_mixtures(weights, scaling)
        assert_array_equal(alone.block(0, 1)[0], mixed.block(0, 5)[row, :, :length])


@pytest.mark.parametrize("shape", [(100,), (3, 100)])
def test_sliding_windows_are_a_view_with_positions(shape):
    X = np.random.default_rng(0).standard_normal(shape)
    windows, starts = sliding_windows(X, width=30, step=20)
    assert np.shares_memory(windows, X)
    assert starts.tolist() == [0, 20, 40, 60]
    for window, start in zip(windows, starts, strict=True):
        assert_array_equal(window, X[..., start : start + 30])
    assert timenet().fit(windows).transform(windows).shape[0] == 4


@pytest.mark.parametrize(
    ("X", "width", "step", "message"),
    [
        (np.zeros(5), 6, 1, "has 5 steps, fewer than width=6.*X.T"),
        (np.zeros((2, 2, 9)), 3, 1, "expected one recording"),
        (np.zeros(5), 0, 1, "width must be a whole number"),
        (np.zeros(5), 2, 1.5, "step must be a whole number"),
        (np.zeros(5), True, 1, "width must be"),
    ],
)
def test_sliding_windows_refuse_what_they_cannot_cut(X, width, step, message):
    with pytest.raises(ValueError, match=message):
        sliding_windows(X, width, step)
