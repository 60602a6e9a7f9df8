"""Clustering of training and test part together into as many groups as classes.

k-means with ten starts, on the first 50 principal components of standardised features
or of the values as they are; k-shape on the values. The figure is the adjusted Rand
index.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score

from . import data, features
from .job import Figures, Job

N_DRAWS, N_COMPONENTS = 3, 50


def measure(dataset: str, method: str, data_dir: Path) -> Figures:
    parts = data.load(dataset, data_dir)
    y = np.concatenate([parts.y_train, parts.y_test])
    n_clusters = len(np.unique(y))
    for draw in range(N_DRAWS):
        if method == "k-shape":
            from aeon.clustering import KShape

            X = np.concatenate([parts.X_train, parts.X_test])
            model = KShape(n_clusters, random_state=draw).fit(X)
        else:
            X = components(features.of_all(dataset, method, data_dir))
            model = KMeans(n_clusters, n_init=10, random_state=draw).fit(X)
        yield "adjusted Rand index", adjusted_rand_score(y, model.labels_), draw


def components(X: NDArray[np.float32]) -> NDArray[np.float32]:
    n_components = min(N_COMPONENTS, *X.shape)
    return PCA(n_components, random_state=0).fit_transform(X)


METHODS = ("raw values", "MiniRocket", "catch22", "TimeNet", "k-shape")
JOBS = (Job("clustering", data.short_sets, METHODS, measure),)
