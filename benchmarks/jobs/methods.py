"""TimeNet and its peers, as features and as ready-made estimators.

The peers are aeon's estimators with their defaults: ridge on MiniRocket and on
MultiRocket-Hydra, a random forest on catch22 (and mean and spread); and ridge on
tsfresh's "efficient" features. "raw values" is one nearest neighbour by Euclidean
distance, or ridge where a number is predicted. DTW-1NN learns its band from the
training part, as in Table 1; where there is little or nothing to learn it from, it is
10 % of the length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.linear_model import RidgeClassifierCV, RidgeCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FunctionTransformer, make_pipeline
from sklearn.preprocessing import StandardScaler

from timenet_sklearn import POOLED, TimeNetTransformer
from timenet_sklearn._encoder.weights import fingerprint, load_weights
from timenet_sklearn.classification import TimeNetClassifier
from timenet_sklearn.regression import TimeNetRegressor

WEIGHTS = "ucr18-pooled"
BAND = 10
ALPHAS = np.logspace(-3, 3, 10)

#: The library whose release decides what a method computes.
LIBRARIES = {
    "MiniRocket": "aeon",
    "MultiRocket-Hydra": "aeon",
    "catch22": "aeon",
    "tsfresh": "tsfresh",
    "k-shape": "aeon",
    "DTW": "dtaidistance",
    "DTW-1NN": "dtaidistance",
    "raw values": "scikit-learn",
    "isolation forest": "scikit-learn",
    "matrix profile": "stumpy",
    "matrix profile, training part": "stumpy",
}


@cache
def version_of(method: str) -> str:
    """Tell what a result depends on: a peer's release, or the hash of our weights."""
    if method in LIBRARIES:
        library = LIBRARIES[method]
        return f"{library} {version(library)}"
    return f"{WEIGHTS} {fingerprint(load_weights(WEIGHTS).model)[:12]}"


def timenet() -> TimeNetTransformer:
    return TimeNetTransformer(weights=WEIGHTS, pooling=POOLED)


def minirocket() -> Any:
    from aeon.transformations.collection.convolution_based import MiniRocket

    return MiniRocket(random_state=0)


def multirocket_hydra() -> Any:
    from aeon.transformations.collection.convolution_based import (
        HydraTransformer,
        MultiRocket,
    )
    from sklearn.pipeline import make_union

    hydra = HydraTransformer(output_type="numpy", random_state=0)
    return make_union(hydra, MultiRocket(random_state=0))


def catch22() -> Any:
    from aeon.transformations.collection.feature_based import Catch22

    return Catch22(catch24=True, replace_nans=True)


def tsfresh() -> Any:
    from aeon.transformations.collection.feature_based import TSFresh

    # without processes of its own; what a series does not have is filled in
    return make_pipeline(
        TSFresh(default_fc_parameters="efficient", n_jobs=0),
        FunctionTransformer(finite),
        SimpleImputer(strategy="median", keep_empty_features=True),
    )


def finite(X: Any) -> Any:
    return np.where(np.isfinite(X), X, np.nan)


def raw_values() -> FunctionTransformer:
    return FunctionTransformer(flatten)


def flatten(X: Any) -> Any:
    return X.reshape(len(X), -1)


#: What jobs with labels compare.
SUPERVISED = (
    "raw values",
    "MiniRocket",
    "catch22",
    "TimeNet",
    "MultiRocket-Hydra",
    "DTW-1NN",
    "tsfresh",
)

#: Features of series, without labels.
FEATURES: Mapping[str, Callable[[], Any]] = {
    "raw values": raw_values,
    "MiniRocket": minirocket,
    "catch22": catch22,
    "MultiRocket-Hydra": multirocket_hydra,
    "TimeNet": timenet,
    "tsfresh": tsfresh,
}


def classifier(method: str, draw: int = 0) -> Any:
    """Make the classifier of a method, unfitted."""
    if method == "TimeNet":
        return TimeNetClassifier(WEIGHTS)
    if method == "raw values":
        return make_pipeline(raw_values(), KNeighborsClassifier(1))
    if method == "DTW-1NN":
        from timenet_sklearn.baselines import DTW1NN

        return DTW1NN()
    if method == "tsfresh":
        return make_pipeline(tsfresh(), StandardScaler(), RidgeClassifierCV(ALPHAS))
    from aeon.classification import convolution_based as convolution
    from aeon.classification import feature_based as feature

    peers = {
        "MiniRocket": convolution.MiniRocketClassifier,
        "MultiRocket-Hydra": convolution.MultiRocketHydraClassifier,
        "catch22": feature.Catch22Classifier,
    }
    return peers[method](random_state=draw)


def regressor(method: str, draw: int = 0) -> Any:
    """Make the regressor of a method, unfitted."""
    if method == "TimeNet":
        return TimeNetRegressor(WEIGHTS)
    if method == "raw values":
        return make_pipeline(raw_values(), StandardScaler(), RidgeCV(ALPHAS))
    if method == "DTW-1NN":
        return NearestByDTW()
    if method == "tsfresh":
        # what hardly varies in training may be off by any number of deviations
        clip = FunctionTransformer(np.clip, kw_args={"a_min": -10, "a_max": 10})
        return make_pipeline(tsfresh(), StandardScaler(), clip, RidgeCV(ALPHAS))
    from aeon.regression import convolution_based as convolution
    from aeon.regression import feature_based as feature

    peers = {
        "MiniRocket": convolution.MiniRocketRegressor,
        "MultiRocket-Hydra": convolution.MultiRocketHydraRegressor,
        "catch22": feature.Catch22Regressor,
    }
    return peers[method](random_state=draw)


class NearestByDTW:
    """Predict the number of the nearest series by DTW distance with a band."""

    def fit(self, X: Any, y: Any) -> NearestByDTW:
        self.X, self.y = X, y
        return self

    def predict(self, X: Any) -> Any:
        return self.y[dtw_distances(X, self.X).argmin(axis=1)]


def dtw_distances(X: Any, X2: Any) -> Any:
    """DTW distances (n, m), the band `BAND` percent wide."""
    from timenet_sklearn.baselines import dtw_distances as distances
    from timenet_sklearn.baselines import warping_radius

    return distances(X, X2, radius=warping_radius(BAND, X[0].shape[-1]))
