"""The methods of Table 1, each a function from a data set to predictions.

A method is given a `Task`, which has no test labels: whatever is chosen, is chosen on
the training part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from timenet_sklearn._encoder.pooling import POOLED
from timenet_sklearn._training.recipe import Recipe
from timenet_sklearn._transformers import DomainSAETransformer, TimeNetTransformer
from timenet_sklearn.datasets import Dataset
from timenet_sklearn.datasets.ucr import Arrays
from timenet_sklearn.table1 import METHODS, N_DRAWS

#: Weights of the methods that embed without training: of the final states, and those
#: whose summaries classify better.
WEIGHTS, POOLED_WEIGHTS = "ucr18", "ucr18-pooled"
#: What the SVC chooses from; gamma is over the number of features. C=1 and a gamma of 3
#: win by chance where a training part is small (benchmarks/accuracy.py).
C, GAMMA = (10, 100, 1000), (0.1, 0.3, 1)
#: Architectures of SAE-C, and the short run of each that chooses among them.
SAE_UNITS, SAE_LAYERS = (30, 60), (1, 3)
SAE_SEARCH = Recipe()
#: The run of the one that was chosen: eight times the default, for it takes that long
#: to reconstruct hundreds of steps, and with the noise of the bundled encoder's recipe.
SAE_RECIPE = Recipe(n_steps=12_000, input_noise=0.6, input_dropout=0.5)


class Task(NamedTuple):
    """What a method sees of a `Dataset`: everything but the test labels."""

    X_train: Arrays
    y_train: NDArray[Any]
    X_test: Arrays


class Prediction(NamedTuple):
    """Labels of the test part, and what was chosen: numbers and strings by name."""

    labels: NDArray[Any]
    parameters: dict[str, Any]


def hide_test_labels(data: Dataset) -> Task:
    """Take from a data set what a method may see."""
    return Task(data.X_train, data.y_train, data.X_test)


def make_svc(
    y: ArrayLike, n_features: int, random_state: int = 0
) -> GridSearchCV | Pipeline:
    """Make the classifier of the paper's section 4.3: an RBF SVC on embeddings.

    Features are standardised; C and gamma are chosen by cross-validation on the
    training part, in five folds, drawn by `random_state`, or as many as the smallest
    class has series in `y`. If it has a single one, C is 10.
    """
    pipeline = make_pipeline(StandardScaler(), SVC(C=10.0, gamma=1 / n_features))
    n_folds = min(5, int(np.unique(y, return_counts=True)[1].min()))
    if n_folds < 2:
        return pipeline
    grid = {"svc__C": C, "svc__gamma": [factor / n_features for factor in GAMMA]}
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=random_state)
    return GridSearchCV(pipeline, grid, cv=folds)


def _classify(task: Task, encoder: Any, random_state: int = 0) -> Prediction:
    """Embed both parts, tune the SVC on the first and predict the second."""
    train = encoder.fit_transform(task.X_train)
    svc = make_svc(task.y_train, train.shape[1], random_state).fit(train, task.y_train)
    labels = np.asarray(svc.predict(encoder.transform(task.X_test)))
    search: dict[str, Any] = {"folds": 0}
    chosen = svc.get_params()
    if isinstance(svc, GridSearchCV):
        chosen = svc.best_params_
        search = {"folds": svc.n_splits_, "cv_accuracy": float(svc.best_score_)}
    tuned = {name: float(chosen[name]) for name in ("svc__C", "svc__gamma")}
    return Prediction(labels, {**tuned, **search})


def dtw_c(task: Task, random_state: int = 0) -> Prediction:
    """Classify by DTW-1NN, the window by leave-one-out: DTW-C; nothing is drawn."""
    from timenet_sklearn.baselines import DTW1NN, as_sktime_panel

    nearest = DTW1NN().fit(as_sktime_panel(task.X_train), task.y_train)
    labels = np.asarray(nearest.predict(as_sktime_panel(task.X_test)))
    chosen = {"window": nearest.window_, "loo_error": nearest.loo_error_}
    return Prediction(labels, chosen)


def sae_c(
    task: Task,
    random_state: int = 0,
    *,
    n_units: Sequence[int] = SAE_UNITS,
    n_layers: Sequence[int] = SAE_LAYERS,
    search: Recipe = SAE_SEARCH,
    recipe: Recipe = SAE_RECIPE,
) -> Prediction:
    """Classify embeddings of an autoencoder trained on the training part: SAE-C.

    Each architecture is trained by `search`. The one that best reconstructs a fifth of
    the training series, held out, is trained anew by `recipe`. `random_state` is that
    of the training; the folds of the SVC are always the same.
    """
    tried = DomainSAETransformer(
        tuple(n_units), tuple(n_layers), recipe=search, random_state=random_state
    ).fit(task.X_train)
    architecture = {name: int(value) for name, value in tried.best_params_.items()}
    encoder = TimeNetTransformer(recipe=recipe, random_state=random_state)
    encoder.set_params(**architecture)
    labels, chosen = _classify(task, encoder)
    error = float(encoder.validation_error_)
    return Prediction(labels, {**architecture, "validation_error": error, **chosen})


def tn_c(
    task: Task,
    random_state: int = 0,
    *,
    weights: str = WEIGHTS,
    layers: str | int | Sequence[int] = "all",
    pooling: str | Sequence[str] = "last",
) -> Prediction:
    """Classify frozen embeddings: TN-C, TN-C_L1..L3, and TN-C pooled."""
    encoder = TimeNetTransformer(weights=weights, layers=layers, pooling=pooling)
    return _classify(task, encoder, random_state)


def tn_c_two_thirds(task: Task, random_state: int = 0) -> Prediction:
    """Classify as TN-C, by two thirds of the labels, drawn by the seed: TN-C_2/3."""
    rows = two_thirds(task.y_train, random_state)
    part = Task([task.X_train[row] for row in rows], task.y_train[rows], task.X_test)
    labels, chosen = tn_c(part)
    return Prediction(labels, {"n_labels": len(rows), **chosen})


def two_thirds(y: ArrayLike, random_state: int = 0) -> NDArray[np.int64]:
    """Draw two thirds of each class, rounded, and at least one series: sorted rows."""
    labels, rng = np.asarray(y), np.random.default_rng(random_state)
    drawn = []
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        drawn.append(rng.permutation(rows)[: max(1, round(2 * len(rows) / 3))])
    return np.sort(np.concatenate(drawn))


class Method(NamedTuple):
    """A column of Table 1: what predicts, by a seed, and what results depend on."""

    predict: Callable[[Task, int], Prediction]
    settings: Mapping[str, Any] = MappingProxyType({})  # what it is run with, as JSON
    n_seeds: int = 1  # 0, 1, ...
    weights: str | None = None  # of the frozen encoder that it embeds with
    #: To be raised when predictions change otherwise than by settings: results of
    #: another version, as of other settings, are computed again.
    version: int = 1


def _as_json(recipe: Recipe) -> dict[str, Any]:
    settings = {**asdict(recipe), "buckets": list(recipe.buckets)}
    if not recipe.losses:
        # Newer than results that are the same without them.
        for name in ("contrast_final", "teach", "anchor", "summaries"):
            del settings[name]
    if not recipe.freeze_encoder:
        del settings["freeze_encoder"]
    return settings


_SVC = {"svc__C": list(C), "svc__gamma * n_features": list(GAMMA)}
_SAE = {
    "n_units": list(SAE_UNITS),
    "n_layers": list(SAE_LAYERS),
    "search": _as_json(SAE_SEARCH),
    "recipe": _as_json(SAE_RECIPE),
}
# windows in percent: stated here because their own module needs sktime to be imported
_DTW = {"window": list(range(21))}


def _tn_method(
    layers: str | int = "all",
    pooling: Sequence[str] = ("last",),
    weights: str = WEIGHTS,
) -> Method:
    settings = {"layers": layers, "pooling": list(pooling), **_SVC}
    predict = partial(tn_c, weights=weights, layers=layers, pooling=pooling)
    return Method(predict, settings, weights=weights)


_METHODS = (
    Method(dtw_c, _DTW),
    Method(sae_c, {**_SAE, **_SVC}),
    _tn_method(),
    Method(tn_c_two_thirds, _tn_method().settings, N_DRAWS["TN-C_2/3"], WEIGHTS),
    *(_tn_method(layers=layer) for layer in (1, 2, 3)),
    _tn_method(pooling=POOLED, weights=POOLED_WEIGHTS),
)
#: How each of `METHODS` is computed.
PROTOCOL: Mapping[str, Method] = dict(zip(METHODS, _METHODS, strict=True))
