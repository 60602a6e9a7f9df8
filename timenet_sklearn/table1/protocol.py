"""The columns of Table 1, each a function from a data set to predictions.

A column is given a `Task`, which has no test labels: whatever is chosen, is chosen on
the training part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import GridSearchCV

from timenet_sklearn._encoder.pooling import POOLED
from timenet_sklearn._training.recipe import Recipe
from timenet_sklearn._transformers import DomainSAETransformer, TimeNetTransformer
from timenet_sklearn.classification import GAMMA, C, make_svc
from timenet_sklearn.datasets import Dataset, Panel
from timenet_sklearn.table1.published import COLUMNS as NAMES
from timenet_sklearn.table1.published import N_DRAWS

#: Weights of the columns that embed without training.
WEIGHTS = "ucr18"
#: Architectures of SAE-C, and the short run of each that chooses among them.
SAE_UNITS, SAE_LAYERS = (30, 60), (1, 3)
SAE_SEARCH = Recipe()
#: The run of the one that was chosen: eight times the default, for it takes that long
#: to reconstruct hundreds of steps, and with the noise of the bundled encoder's recipe.
SAE_RECIPE = Recipe(n_steps=12_000, input_noise=0.6, input_dropout=0.5)


class Task(NamedTuple):
    """What a column sees of a data set: everything but the test labels.

    Attributes
    ----------
    X_train, y_train, X_test
        As in `Dataset`.
    """

    X_train: Panel
    y_train: NDArray[Any]
    X_test: Panel


class Prediction(NamedTuple):
    """What a column answers.

    Attributes
    ----------
    labels : ndarray of shape (n_test,)
        Predicted labels of the test part.
    parameters : dict
        What was chosen on the training part; numbers and strings only.
    """

    labels: NDArray[Any]
    parameters: dict[str, Any]


def hide_test_labels(data: Dataset) -> Task:
    """Take from a data set what a column may see.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    Task
    """
    return Task(data.X_train, data.y_train, data.X_test)


def two_thirds(y: ArrayLike, random_state: int = 0) -> NDArray[np.int64]:
    """Draw two thirds of each class, rounded, and at least one series.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Labels.
    random_state : int, default=0

    Returns
    -------
    ndarray of int64
        Rows drawn, in ascending order.
    """
    labels, rng = np.asarray(y), np.random.default_rng(random_state)
    drawn = []
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        drawn.append(rng.permutation(rows)[: max(1, round(2 * len(rows) / 3))])
    return np.sort(np.concatenate(drawn))


def dtw_c(task: Task) -> Prediction:
    """Classify by DTW-1NN, the window chosen by leave-one-out: DTW-C.

    Parameters
    ----------
    task : Task

    Returns
    -------
    Prediction
        Parameters: ``window`` in percent of the length, ``loo_error``.
    """
    from timenet_sklearn.baselines import DTW1NN, as_sktime_panel

    nearest = DTW1NN().fit(as_sktime_panel(task.X_train), task.y_train)
    labels = np.asarray(nearest.predict(as_sktime_panel(task.X_test)))
    return Prediction(
        labels, {"window": nearest.window_, "loo_error": nearest.loo_error_}
    )


def sae_c(
    task: Task,
    *,
    n_units: Sequence[int] = SAE_UNITS,
    n_layers: Sequence[int] = SAE_LAYERS,
    search: Recipe = SAE_SEARCH,
    recipe: Recipe = SAE_RECIPE,
    random_state: int = 0,
) -> Prediction:
    """Classify embeddings of an autoencoder trained on the training part: SAE-C.

    Parameters
    ----------
    task : Task
    n_units, n_layers : sequence of int
        Architectures to try; the one that best reconstructs a fifth of the training
        series, held out, is taken.
    search : Recipe
        Of each of them.
    recipe : Recipe
        Of the one taken, which is then trained anew.
    random_state : int, default=0
        Of the training; the folds of the SVC are always the same.

    Returns
    -------
    Prediction
        Parameters: ``n_units``, ``n_layers``, ``validation_error``, and the SVC's.
    """
    tried = DomainSAETransformer(
        tuple(n_units), tuple(n_layers), recipe=search, random_state=random_state
    ).fit(task.X_train)
    architecture = {name: int(value) for name, value in tried.best_params_.items()}
    encoder = TimeNetTransformer(
        n_units=architecture["n_units"],
        n_layers=architecture["n_layers"],
        recipe=recipe,
        random_state=random_state,
    )
    train = encoder.fit_transform(task.X_train)
    labels, chosen = _classify(train, task.y_train, encoder.transform(task.X_test))
    error = float(encoder.validation_error_)
    return Prediction(labels, {**architecture, "validation_error": error, **chosen})


def tn_c(
    task: Task,
    *,
    weights: str = WEIGHTS,
    layers: str | int | Sequence[int] = "all",
    pooling: str | Sequence[str] = "last",
    random_state: int = 0,
) -> Prediction:
    """Classify frozen embeddings: TN-C, TN-C_L1..L3, and TN-C pooled.

    Parameters
    ----------
    task : Task
    weights, layers, pooling
        See `TimeNetTransformer`.
    random_state : int, default=0
        Of the folds.

    Returns
    -------
    Prediction
        Parameters: ``svc__C``, ``svc__gamma``, ``folds`` and ``cv_accuracy``;
        the last one only if there were folds.
    """
    encoder = TimeNetTransformer(weights=weights, layers=layers, pooling=pooling)
    train = encoder.fit_transform(task.X_train)
    return _classify(train, task.y_train, encoder.transform(task.X_test), random_state)


def tn_c_two_thirds(
    task: Task, *, weights: str = WEIGHTS, random_state: int = 0
) -> Prediction:
    """Classify frozen embeddings by two thirds of the training labels: TN-C_2/3.

    Parameters
    ----------
    task : Task
    weights : str
        See `TimeNetTransformer`.
    random_state : int, default=0
        Of the draw; the folds of the SVC are always the same.

    Returns
    -------
    Prediction
        Parameters: as of `tn_c`, and ``n_labels``.
    """
    rows = two_thirds(task.y_train, random_state)
    part = Task([task.X_train[row] for row in rows], task.y_train[rows], task.X_test)
    labels, chosen = tn_c(part, weights=weights)
    return Prediction(labels, {"n_labels": len(rows), **chosen})


def _classify(
    train: NDArray[Any], y: NDArray[Any], test: NDArray[Any], random_state: int = 0
) -> Prediction:
    svc = make_svc(y, train.shape[1], random_state).fit(train, y)
    if isinstance(svc, GridSearchCV):
        chosen = {name: float(value) for name, value in svc.best_params_.items()}
        search = {"folds": svc.n_splits_, "cv_accuracy": float(svc.best_score_)}
    else:
        fixed = svc.get_params()
        chosen = {name: float(fixed[name]) for name in ("svc__C", "svc__gamma")}
        search = {"folds": 0}
    return Prediction(np.asarray(svc.predict(test)), {**chosen, **search})


class Column(NamedTuple):
    """A column of Table 1.

    Attributes
    ----------
    predict : callable
        From a `Task` and a seed to a `Prediction`.
    n_seeds : int
        Seeds 0, 1, ... to run it with.
    pretrained : bool
        Whether it embeds with `WEIGHTS`.
    version : int
        To be raised when its predictions change otherwise than by settings: results
        of another version, as of other settings, are computed again.
    settings : dict
        What it is run with, as JSON has it: layers, pooling, recipe, grid.
    """

    predict: Callable[[Task, int], Prediction]
    n_seeds: int = 1
    pretrained: bool = True
    version: int = 1
    settings: Mapping[str, Any] = MappingProxyType({})


def _as_json(recipe: Recipe) -> dict[str, Any]:
    settings = {**asdict(recipe), "buckets": list(recipe.buckets)}
    if not recipe.losses:
        # Newer than results that are the same without them.
        for name in ("contrast_final", "teach", "anchor", "summaries"):
            del settings[name]
    return settings


# windows in percent: stated here because their own module needs sktime to be imported
_DTW_SETTINGS = {"window": list(range(21))}
_SVC_SETTINGS = {"svc__C": list(C), "svc__gamma * n_features": list(GAMMA)}
_SAE_SETTINGS = {
    "n_units": list(SAE_UNITS),
    "n_layers": list(SAE_LAYERS),
    "search": _as_json(SAE_SEARCH),
    "recipe": _as_json(SAE_RECIPE),
}


def _tn_column(layers: str | int = "all", pooling: Sequence[str] = ("last",)) -> Column:
    return Column(
        lambda task, seed: tn_c(
            task, layers=layers, pooling=pooling, random_state=seed
        ),
        settings={"layers": layers, "pooling": list(pooling), **_SVC_SETTINGS},
    )


#: The columns by name, in the order of the paper's Table 1; pooling is beyond it.
COLUMNS: Mapping[str, Column] = dict(
    zip(
        NAMES,
        (
            Column(
                lambda task, seed: dtw_c(task),
                pretrained=False,
                settings=_DTW_SETTINGS,
            ),
            Column(
                lambda task, seed: sae_c(task, random_state=seed),
                pretrained=False,
                settings=_SAE_SETTINGS | _SVC_SETTINGS,
            ),
            _tn_column(),
            Column(
                lambda task, seed: tn_c_two_thirds(task, random_state=seed),
                n_seeds=N_DRAWS["TN-C_2/3"],
                settings={"layers": "all", "pooling": ["last"], **_SVC_SETTINGS},
            ),
            _tn_column(layers=1),
            _tn_column(layers=2),
            _tn_column(layers=3),
            _tn_column(pooling=POOLED),
        ),
        strict=True,
    )
)
