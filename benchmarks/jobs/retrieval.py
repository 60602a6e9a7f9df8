"""Retrieval: are the nearest series of the same class? Leave-one-out, 200 queries.

Training and test part together; the same queries for all methods, drawn once. Nearest
by Euclidean distance of standardised features, or of the values as they are.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.metrics import pairwise_distances

from . import data, features, methods
from .job import Figures, Job

N_QUERIES = 200


def measure(dataset: str, method: str, data_dir: Path) -> Figures:
    parts = data.load(dataset, data_dir)
    y = np.concatenate([parts.y_train, parts.y_test])
    queries = np.random.default_rng(0).permutation(len(y))[:N_QUERIES]
    if method == "DTW":
        X = np.concatenate([parts.X_train, parts.X_test])
        distances = methods.dtw_distances(X[queries], X)
    else:
        X = features.of_all(dataset, method, data_dir)
        distances = pairwise_distances(X[queries], X)
    distances[np.arange(len(queries)), queries] = np.inf
    order = np.argsort(distances, axis=1, kind="stable")
    same = y[order] == y[queries][:, np.newaxis]
    for n_nearest in (1, 10):
        yield f"precision at {n_nearest}", float(same[:, :n_nearest].mean()), 0


METHODS = ("raw values", "MiniRocket", "catch22", "TimeNet", "DTW")
JOBS = (Job("retrieval", data.short_sets, METHODS, measure),)
