"""Ridge on kernels of embeddings, with held-out predictions in closed form.

All that a head needs of the features is their Gram matrix: the cost grows with the
square of the number of series, hardly with that of features. One eigendecomposition
of a kernel gives, for every strength of the penalty, the predictions for each series,
or each fold of series, that was left out (block inverse of the regularised kernel).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Folds = Sequence[NDArray[np.int64]]

# Strengths of the penalty, of kernels whose diagonal is 1 on average.
ALPHAS = np.logspace(-4, 3, 15)
#: Of the RBF kernel, for rows whose squared length is about 1: a choice among several
#: by held-out error was no better.
GAMMA = 0.3
# A standard deviation below this part of the largest value is rounding.
_ROUNDING = 1e-6
# Kernels of more series would take minutes and gigabytes: these stand for the others.
MOST_LANDMARKS = 2000


@dataclass(frozen=True)
class Standardizer:
    """Standardises features so that each block of them has the say it is meant to have.

    Attributes
    ----------
    mean, scale : ndarray of shape (n_features,)
    """

    mean: Floats
    scale: Floats

    @classmethod
    def fit(
        cls,
        features: NDArray[np.float32],
        shares: Floats,
        in_units: NDArray[np.bool_],
        weight: Floats,
    ) -> Standardizer:
        """Learn from training features, each row weighted.

        `shares` are the say of each column: the squared length of a row is about 1 on
        average. The spread of the columns `in_units` means something, and is kept.
        """
        mean = np.average(features, axis=0, weights=weight)
        squares = np.average(np.square(features - mean), axis=0, weights=weight)
        moves = squares > np.square(_ROUNDING * np.abs(features).max(axis=0))
        shares = np.where(moves, shares, 0)
        parts = shares / (shares.sum() or 1.0)
        scale = np.sqrt(parts / np.where(moves & ~in_units, squares, 1))
        return cls(mean.astype(np.float64), scale.astype(np.float64))

    def transform(self, features: NDArray[np.float32]) -> Floats:
        """Standardise, in float64: no rounding of a batch must show in predictions."""
        standardized: Floats = (features - self.mean) * self.scale
        return standardized


def gram(X: Floats, Y: Floats, gamma: float | None) -> Floats:
    """Products of rows, or, with `gamma`, the RBF kernel of their distances."""
    kernel: Floats = X @ Y.T
    if gamma is None:
        return kernel
    lengths = [np.einsum("ij,ij->i", Z, Z) for Z in (X, Y)]
    kernel *= -2
    kernel += lengths[0][:, None] + lengths[1]
    np.maximum(kernel, 0, out=kernel)
    kernel *= -gamma
    return np.exp(kernel, out=kernel)


class Ridge(NamedTuple):
    """A ridge regression on a kernel.

    Attributes
    ----------
    weights : ndarray of shape (n_landmarks, n_targets)
    intercept : ndarray of shape (n_targets,)
    held_out : ndarray of shape (n_samples, n_targets)
        Predictions for each series from the folds without it.
    error : float
        Mean squared error of these.
    alpha : float
    gamma : float or None
    """

    weights: Floats
    intercept: Floats
    held_out: Floats
    error: float
    alpha: float
    gamma: float | None

    def predict(self, X: Floats, landmarks: Floats) -> Floats:
        """Predict targets, shape (n_samples, n_targets)."""
        prediction: Floats = gram(X, landmarks, self.gamma) @ self.weights
        return prediction + self.intercept


def fit_ridge(
    X: Floats,
    landmarks: Floats,
    targets: Floats,
    weight: Floats,
    folds: Folds | None,
    gamma: float | None,
) -> Ridge:
    """Regress targets on a kernel; the penalty with the least held-out error wins.

    `landmarks` are `X` itself, or some of its rows, by which the kernel is
    approximated; `folds` hold out series together, None one at a time; `gamma` None is
    linear.
    """
    root = np.sqrt(weight)[:, None]
    constant = root / np.linalg.norm(root)  # the intercept has no penalty
    kernel = gram(X, landmarks, gamma)
    whiten = None
    if landmarks is not X:
        whiten = _inverse_root(gram(landmarks, landmarks, gamma))
    values, vectors, features = _decompose(kernel, root, constant, whiten)
    centred = _project(root * targets, constant)
    spectrum = vectors.T @ centred
    best: tuple[float, float, Floats, Floats] | None = None
    for alpha in ALPHAS:
        # (K + alpha)^-1 on what is orthogonal to the constant, and its product with y.
        dual = centred / alpha + vectors @ (
            (1 / (values + alpha) - 1 / alpha)[:, None] * spectrum
        )
        residuals = _held_out_residuals(dual, values, vectors, constant, alpha, folds)
        error = float(np.square(residuals).mean())
        if best is None or error < best[0]:
            best = error, alpha, dual, residuals
    assert best is not None
    error, alpha, dual, residuals = best
    weights = root * dual if whiten is None else whiten @ (features.T @ dual)
    intercept = np.average(targets - kernel @ weights, axis=0, weights=weight)
    held_out = targets - residuals / root
    return Ridge(weights, intercept, held_out, error, alpha, gamma)


def _project(values: Floats, constant: Floats) -> Floats:
    """Take out the direction of the constant."""
    projected: Floats = values - constant @ (constant.T @ values)
    return projected


def _inverse_root(kernel: Floats) -> Floats:
    values, vectors = np.linalg.eigh(kernel)
    kept = values > _ROUNDING * values[-1]
    root: Floats = vectors[:, kept] / np.sqrt(values[kept])
    return root


def _decompose(
    kernel: Floats, root: Floats, constant: Floats, whiten: Floats | None
) -> tuple[Floats, Floats, Floats]:
    """Eigenvalues and vectors of the weighted, centred kernel, and its features."""
    if whiten is None:
        centred = _project(root * kernel * root.T, constant)
        values, vectors = np.linalg.eigh(_project(centred.T, constant))
        return np.maximum(values, 0), vectors, kernel
    features = _project(root * (kernel @ whiten), constant)
    values, right = np.linalg.eigh(features.T @ features)
    kept = values > _ROUNDING * values[-1]
    vectors = features @ (right[:, kept] / np.sqrt(values[kept]))
    return values[kept], vectors, features


def _held_out_residuals(
    dual: Floats,
    values: Floats,
    vectors: Floats,
    constant: Floats,
    alpha: float,
    folds: Folds | None,
) -> Floats:
    """Weighted residuals of series that were left out."""
    change = 1 / (values + alpha) - 1 / alpha
    if folds is None:
        diagonal = 1 / alpha + np.square(vectors) @ change
        diagonal -= np.square(constant[:, 0]) / alpha
        residuals: Floats = dual / diagonal[:, None]
        return residuals
    residuals = np.empty_like(dual)
    for fold in folds:
        part, level = vectors[fold], constant[fold]
        block = (part * change) @ part.T - level @ level.T / alpha
        block[np.diag_indices_from(block)] += 1 / alpha
        residuals[fold] = np.linalg.solve(block, dual[fold])
    return residuals
