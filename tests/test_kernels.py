"""Ridge on kernels: held-out predictions are those of fits without the series."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from timenet_sklearn._kernels import Standardizer, fit_ridge, gram

N = 20
FOLDS = [np.arange(start, N, 4) for start in range(4)]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N, 7)) / 7**0.5
    return X, rng.standard_normal((N, 2)), rng.uniform(0.2, 2, N)


def solve(X, targets, weight, rows, alpha, gamma):
    """Weighted kernel ridge with a free intercept, by its normal equations."""
    n = len(rows)
    system = np.ones((n + 1, n + 1))
    system[:n, :n] = gram(X[rows], X[rows], gamma) + np.diag(alpha / weight[rows])
    system[n, n] = 0
    right = np.vstack([targets[rows], np.zeros((1, targets.shape[1]))])
    solution = np.linalg.solve(system, right)
    return lambda Z: gram(Z, X[rows], gamma) @ solution[:n] + solution[n]


@pytest.mark.parametrize("gamma", [None, 0.5])
@pytest.mark.parametrize("folds", [None, FOLDS])
def test_held_out_predictions_are_those_of_fits_without_the_series(data, folds, gamma):
    X, targets, weight = data
    ridge = fit_ridge(X, X, targets, weight, folds, gamma)
    for fold in folds or np.arange(N)[:, None]:
        others = np.setdiff1d(np.arange(N), fold)
        predict = solve(X, targets, weight, others, ridge.alpha, gamma)
        assert_allclose(ridge.held_out[fold], predict(X[fold]), atol=1e-8)
    whole = solve(X, targets, weight, np.arange(N), ridge.alpha, gamma)
    assert_allclose(ridge.predict(X[:5], X), whole(X[:5]), atol=1e-8)


def test_the_penalty_has_the_least_held_out_error(data):
    X, targets, weight = data
    ridge = fit_ridge(X, X, targets, weight, None, None)
    squares = np.square(ridge.held_out - targets).sum(axis=1)
    assert ridge.error == pytest.approx(weight @ squares / (2 * N))


def test_landmarks_that_are_all_series_change_nothing(data):
    X, targets, weight = data
    exact = fit_ridge(X, X, targets, weight, FOLDS, 0.5)
    landmarks = X.copy()  # not the same object: takes the way of the approximation
    approximate = fit_ridge(X, landmarks, targets, weight, FOLDS, 0.5)
    assert approximate.alpha == exact.alpha
    assert_allclose(approximate.held_out, exact.held_out, atol=1e-6)
    assert_allclose(approximate.predict(X, landmarks), exact.predict(X, X), atol=1e-6)


def test_every_block_has_its_share_and_a_constant_column_none():
    rng = np.random.default_rng(0)
    features = rng.standard_normal((500, 6)).astype(np.float32) * [1, 9, 1, 1, 0.5, 0]
    features = (features + 1000).astype(np.float32)
    shares = np.array([0.5, 0.5, 0.5, 0.5, 1.0, 1.0])
    in_units = np.array([False] * 4 + [True] * 2)
    standard = Standardizer.fit(features, shares, in_units, np.ones(500))
    squares = np.square(standard.transform(features)).mean(axis=0)
    assert_allclose(squares[:4], 0.5 / 3, rtol=1e-3)
    assert_allclose(squares[4], 0.25 / 3, rtol=0.1)  # keeps its spread of a half
    assert squares[5] == 0
