"""Few labels: classification from 1, 2, 5 and 10 examples a class.

Examples are drawn from the archive's training part, of a smaller class all of them.
Features may learn from the whole training part, without its labels; then one head for
all of them: ridge on standardised features. Raw values and DTW: nearest neighbour.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import RidgeClassifierCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from . import data, features, methods
from .job import Figures, Job

N_LABELS, N_DRAWS = (1, 2, 5, 10), 5


def examples(y: NDArray[Any], n_labels: int, draw: int) -> NDArray[np.intp]:
    """Draw rows: so many of each class, those of fewer labels among them."""
    rng = np.random.default_rng(draw)
    rows = [rng.permutation(np.flatnonzero(y == label)) for label in np.unique(y)]
    return np.concatenate([of_class[:n_labels] for of_class in rows])


def measure(dataset: str, method: str, data_dir: Path) -> Figures:
    parts = data.load(dataset, data_dir)
    if method == "DTW-1NN":
        train = None
        test = methods.dtw_distances(parts.X_test, parts.X_train)
    else:
        train, test = features.of(dataset, method, data_dir)
    for n_labels in N_LABELS:
        for draw in range(N_DRAWS):
            rows = examples(parts.y_train, n_labels, draw)
            y = parts.y_train[rows]
            if train is None:
                predicted = y[test[:, rows].argmin(axis=1)]
            else:
                predicted = head(method).fit(train[rows], y).predict(test)
            yield f"error, {n_labels} a class", np.mean(predicted != parts.y_test), draw


def head(method: str) -> Any:
    if method == "raw values":
        return KNeighborsClassifier(1)
    return make_pipeline(StandardScaler(), RidgeClassifierCV(methods.ALPHAS))


METHODS = ("raw values", "MiniRocket", "catch22", "TimeNet", "DTW-1NN")
JOBS = (Job("few labels", data.short_sets, METHODS, measure),)
