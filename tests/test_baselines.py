"""Tests of the DTW-1NN baseline."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sktime")
pytest.importorskip("dtaidistance")

from sktime.utils.estimator_checks import check_estimator

from timenet_sklearn.baselines import (
    DTW1NN,
    as_sktime_panel,
    dtw_distances,
    loo_errors,
    warping_radius,
)
from timenet_sklearn.datasets import load_bundled

UCR = Path(__file__).parents[2] / "shared" / "ucr"


def reference_dtw(a: np.ndarray, b: np.ndarray, radius: int) -> float:
    """DTW by the textbook recursion, (length, C) arrays, band as documented."""
    n, m = len(a), len(b)
    cost = np.full((n + 1, m + 1), np.inf)
    cost[0, 0] = 0
    for i in range(n):
        for j in range(m):
            if max(0, m - n) + radius >= j - i >= -(max(0, n - m) + radius):
                step = min(cost[i, j], cost[i, j + 1], cost[i + 1, j])
                cost[i + 1, j + 1] = step + ((a[i] - b[j]) ** 2).sum()
    return float(np.sqrt(cost[n, m]))


def normalised_walks(n: int, length: int, seed: int = 0) -> np.ndarray:
    """Random walks of shape (n, length), z-normalised like the UCR archive."""
    walks = np.random.default_rng(seed).standard_normal((n, length)).cumsum(axis=1)
    walks -= walks.mean(axis=1, keepdims=True)
    return walks / walks.std(axis=1, keepdims=True)


def full_search(series: list[np.ndarray], y: np.ndarray, radius: int) -> float:
    distances = dtw_distances(series, radius=radius)
    np.fill_diagonal(distances, np.inf)
    return float(np.mean(y[distances.argmin(axis=1)] != y))


@pytest.mark.parametrize("radius", [0, 1, 3, 50])
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("lengths", [(9, 9, 9), (1, 7, 12)])
def test_distances_equal_the_textbook_recursion(radius, n_channels, lengths):
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal((length, n_channels)) for length in lengths]
    panel = [a[:, 0] if n_channels == 1 else a for a in arrays]
    expected = [[reference_dtw(a, b, radius) for b in arrays] for a in arrays]
    np.testing.assert_allclose(
        dtw_distances(panel, panel, radius), expected, rtol=1e-12, atol=1e-12
    )
    np.testing.assert_array_equal(
        dtw_distances(panel, radius=radius), dtw_distances(panel, panel, radius)
    )


def test_radius_zero_is_the_euclidean_distance():
    walks = normalised_walks(5, 30)
    expected = np.linalg.norm(walks[:, None] - walks[None], axis=2)
    np.testing.assert_allclose(dtw_distances(walks[:, None, :]), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("percent", "length", "radius"),
    [(7, 60, 4), (0, 60, 0), (100, 60, 60), (7, 100, 7), (29, 100, 29), (2.5, 39, 0)],
)
def test_radius_is_rounded_down(percent, length, radius):
    assert warping_radius(percent, length) == radius


@pytest.mark.parametrize("seed", range(3))
def test_search_by_bounds_equals_the_full_search(seed):
    walks = list(normalised_walks(60, 40, seed))
    y = np.random.default_rng(seed).integers(0, 3, 60)
    radii = range(12)
    assert loo_errors(walks, y, radii) == {r: full_search(walks, y, r) for r in radii}


@pytest.mark.parametrize(
    "name", ["UnitTest", "ItalyPowerDemand", "GunPoint", "ArrowHead"]
)
def test_search_by_bounds_equals_the_full_search_on_real_series(name):
    data = load_bundled(name)
    series, y = list(np.asarray(data.X_train)), np.asarray(data.y_train)
    radii = sorted({warping_radius(w, len(series[0])) for w in range(21)})
    assert loo_errors(series, y, radii) == {r: full_search(series, y, r) for r in radii}


def test_search_by_bounds_equals_the_full_search_with_duplicates_and_channels():
    rng = np.random.default_rng(0)
    series = [
        rng.integers(0, 2, (int(n), 2)).astype(float) for n in rng.integers(2, 8, 50)
    ]
    y = rng.integers(0, 2, 50)
    assert loo_errors(series, y, range(5)) == {
        r: full_search(series, y, r) for r in range(5)
    }


def test_leave_one_out_never_matches_a_series_with_itself():
    walks = normalised_walks(6, 30)
    model = DTW1NN().fit(walks[:, None, :], np.arange(6))
    assert model.loo_error_ == 1.0


def test_smallest_window_wins_among_equals():
    flat = np.repeat([[0.0], [5.0]], 10, axis=0) * np.ones(100)
    model = DTW1NN().fit(flat[:, None, :], np.repeat([0, 1], 10))
    assert (model.window_, model.loo_error_, model.radius_) == (0.0, 0.0, 0)


def pulses(sign: int, starts: list[int]) -> np.ndarray:
    """Series (n, 1, 100) with one pulse, up then down, or down then up (sign=-1)."""
    panel = np.zeros((len(starts), 1, 100))
    for row, start in enumerate(starts):
        panel[row, 0, start : start + 4] = sign
        panel[row, 0, start + 4 : start + 8] = -sign
    return panel


def test_shifted_classes_need_and_get_a_wider_window():
    starts = [20, 32, 44, 56]
    X = np.concatenate([pulses(1, starts), pulses(-1, starts)])
    y = np.repeat(["up", "down"], 4)
    assert loo_errors([one[0] for one in X], y, [0])[0] > 0
    model = DTW1NN().fit(X, y)
    assert 0 < model.window_ <= 12
    assert model.loo_error_ == 0
    assert list(model.predict(pulses(-1, [38, 50]))) == ["down", "down"]
    # columns follow classes_, which are sorted
    np.testing.assert_array_equal(model.predict_proba(pulses(1, [38])), [[0, 1]])


def test_fixed_window_is_used_and_not_searched():
    walks = normalised_walks(8, 50)
    model = DTW1NN(window=10).fit(walks[:, None, :], np.arange(8) % 2)
    assert (model.window_, model.radius_) == (10.0, 5)
    assert np.isnan(model.loo_error_)


def ragged_channels(seed: int) -> tuple[list[np.ndarray], np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.array([0, 1] * 6)
    series = []
    for label in y:
        phase = np.linspace(0, 2 * np.pi, int(rng.integers(15, 30)))
        series.append(np.stack([np.sin(phase), np.cos((1 + label) * phase)]))
    return series, y


@pytest.mark.parametrize("window", ["loo", 5])
def test_unequal_lengths_and_channels_are_classified(window):
    X_train, y_train = ragged_channels(0)
    X_test, y_test = ragged_channels(1)
    model = DTW1NN(window).fit(as_sktime_panel(X_train), y_train)
    distances = [
        [reference_dtw(a.T, b.T, model.radius_) for b in X_train] for a in X_test
    ]
    nearest = np.argmin(distances, axis=1)
    predicted = model.predict(as_sktime_panel(X_test))
    np.testing.assert_array_equal(predicted, y_train[nearest])
    np.testing.assert_array_equal(predicted, y_test)


def test_predictions_do_not_depend_on_batch_mates_or_order():
    walks = normalised_walks(30, 20)[:, None, :]
    model = DTW1NN().fit(walks[:20], np.arange(20) % 3)
    together = model.predict(walks[20:])
    alone = [model.predict(walks[i : i + 1])[0] for i in range(29, 19, -1)]
    assert list(together) == alone[::-1]


def test_a_numpy_model_predicts_series_of_other_lengths():
    model = DTW1NN(10).fit(
        np.stack([np.zeros((1, 9)), np.ones((1, 9))]), np.array([0, 1])
    )
    ragged = [np.full(4, 0.9), np.full(12, 0.2)]
    assert list(model.predict(as_sktime_panel(ragged))) == [1, 0]


def test_clone_and_pickle_keep_the_model():
    walks = normalised_walks(20, 30)[:, None, :]
    model = DTW1NN().fit(walks[:10], np.arange(10) % 2)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(walks), model.predict(walks))
    assert model.clone().get_params() == {"window": "loo"}


@pytest.mark.parametrize(
    ("window", "kind", "message"),
    [
        ("best", ValueError, "window='best'; expected 'loo'"),
        (-1, ValueError, "window=-1; expected 0 to 100"),
        (101, ValueError, "window=101"),
        (float("nan"), ValueError, "window=nan"),
        (None, TypeError, "window is a NoneType"),
        (True, TypeError, "window is a bool"),
    ],
)
def test_bad_windows_are_refused_in_fit(window, kind, message):
    with pytest.raises(kind, match=message):
        DTW1NN(window).fit(np.eye(4)[:, None, :], np.array([0, 1, 0, 1]))


def test_infinite_values_name_their_series():
    X = np.zeros((4, 1, 5))
    X[2, 0, 3] = np.inf
    with pytest.raises(ValueError, match=r"series 2 .* has inf"):
        DTW1NN(10).fit(X, np.array([0, 1, 0, 1]))


def test_overflowing_distances_are_an_error():
    with pytest.raises(ValueError, match="overflow float64"):
        dtw_distances([np.zeros(3), np.full(3, 1e200)])


def test_arrays_become_the_panels_sktime_expects():
    assert as_sktime_panel(np.zeros((3, 5), np.float32)).shape == (3, 1, 5)
    assert as_sktime_panel(np.zeros((3, 2, 5), np.float32)).dtype == np.float64
    frames = as_sktime_panel([np.zeros((2, 5)), np.ones((2, 3))])
    assert [frame.shape for frame in frames] == [(5, 2), (3, 2)]
    assert [len(frame) for frame in as_sktime_panel([np.zeros(4), np.zeros(2)])] == [
        4,
        2,
    ]


def test_arrays_of_other_dimensions_are_refused():
    with pytest.raises(ValueError, match=r"got 1D array"):
        as_sktime_panel(np.zeros(3))
    with pytest.raises(ValueError, match=r"series 1 has 3 dimensions"):
        as_sktime_panel([np.zeros(3), np.zeros((1, 2, 3))])


def test_missing_values_are_refused_without_naming_a_parameter_that_is_not_there():
    X = np.zeros((2, 1, 9))
    X[1, 0, 4] = np.nan
    with pytest.raises(ValueError, match=r"series 1 .* NaN at step 4. Impute") as told:
        DTW1NN().fit(X, [0, 1])
    assert "missing=" not in str(told.value)


def test_missing_extra_names_the_command():
    code = (
        "import sys\n"
        "sys.modules['dtaidistance'] = None\n"
        "import timenet_sklearn.baselines\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert 'pip install "timenet_sklearn[sktime]"' in done.stderr


def test_sktime_estimator_checks():
    # with the window learned, the longer way
    results = check_estimator(DTW1NN("loo"), raise_exceptions=False, verbose=False)
    failed = {name: result for name, result in results.items() if result != "PASSED"}
    assert not failed


@pytest.mark.skipif(not UCR.is_dir(), reason="needs the UCR data in ../shared/ucr")
@pytest.mark.parametrize(
    ("name", "window", "error"),
    [
        ("SyntheticControl", 7, 0.017),
        ("ECGFiveDays", 0, 0.203),
        ("DistalPhalanxTW", 0, 0.272),
    ],
)
def test_published_errors_are_reproduced(name, window, error):
    with np.load(UCR / f"{name}.npz") as data:
        model = DTW1NN().fit(as_sktime_panel(data["X_train"]), data["y_train"])
        predicted = model.predict(as_sktime_panel(data["X_test"]))
        assert np.mean(predicted != data["y_test"]) == pytest.approx(error, abs=6e-4)
    assert model.window_ == window
