"""The paper's classifier on embeddings, an RBF SVC, for users of scikit-learn."""

from __future__ import annotations

import os
from collections.abc import Mapping
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

from timenet_sklearn._encoder.pooling import POOLED
from timenet_sklearn._transformers import TimeNetTransformer

__all__ = ["EmbeddingSVC", "make_svc", "make_timenet_svc"]

#: Values among which cross-validation chooses. C=1 and a gamma of 3 win by chance where
#: a training part is small: choices are better without them (benchmarks/accuracy.py).
C = (10, 100, 1000)
#: The same for gamma, over the number of features.
GAMMA = (0.1, 0.3, 1)


def make_svc(
    y: ArrayLike, n_features: int, random_state: Any = 0, n_jobs: int | None = None
) -> GridSearchCV | Pipeline:
    """Make the classifier of the paper's section 4.3: an RBF SVC on embeddings.

    Features are standardised; C and gamma are chosen by cross-validation on the
    training part, over C 10 to 1,000 and gamma 0.1 to 1 over the number of features.
    There are five folds, or as many as the smallest class has series.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Training labels.
    n_features : int
    random_state : int, RandomState instance or None, default=0
        Of the folds.
    n_jobs : int or None, default=None
        Processes of the search.

    Returns
    -------
    GridSearchCV, or Pipeline with C=10 if a class has a single series
        Not fitted.
    """
    pipeline = make_pipeline(StandardScaler(), SVC(C=10.0, gamma=1 / n_features))
    n_folds = min(5, int(np.unique(y, return_counts=True)[1].min()))
    if n_folds < 2:
        return pipeline
    grid = {"svc__C": C, "svc__gamma": [factor / n_features for factor in GAMMA]}
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=random_state)
    return GridSearchCV(pipeline, grid, cv=folds, n_jobs=n_jobs)


def _route_weights(svc: GridSearchCV | Pipeline) -> None:
    """Ask for sample weights wherever they can have a say."""
    for step in getattr(svc, "estimator", svc).named_steps.values():
        step.set_fit_request(sample_weight=True)
    if isinstance(svc, GridSearchCV):
        # The default, by name: in scikit-learn 1.6 a pipeline's own cannot be asked.
        svc.scoring = get_scorer("accuracy").set_score_request(sample_weight=True)


def _has_probabilities(classifier: EmbeddingSVC) -> bool:
    if hasattr(classifier, "svc_") and not hasattr(classifier, "calibrated_"):
        raise AttributeError(
            "EmbeddingSVC: a class has a single training example, so there is nothing "
            "to calibrate its probability on; use decision_function or predict."
        )
    return True


class EmbeddingSVC(ClassifierMixin, BaseEstimator):
    """Classify embeddings as the paper does: by an RBF SVC that is tuned in `fit`.

    What `make_svc` makes from the training labels: features are standardised; C and
    gamma are chosen by cross-validation. If a class has a single example, they are
    fixed, and there is no `predict_proba`.

    Parameters
    ----------
    random_state : int, RandomState instance or None, default=0
        Of the folds.
    n_jobs : int or None, default=None
        Processes of the search.

    Attributes
    ----------
    svc_ : GridSearchCV or Pipeline
        The fitted classifier; ``svc_.best_params_`` has what was chosen.
    calibrated_ : CalibratedClassifierCV
        The same SVC with sigmoids that turn its decisions into probabilities. Missing
        if a class has a single example.
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
    n_features_in_ : int
        Columns seen by `fit`.

    Notes
    -----
    Labels are those of the SVC. Probabilities are calibrated on held-out folds, so
    that the most probable class can be another one for examples near a border.

    Examples
    --------
    >>> import numpy as np
    >>> from timenet_sklearn.classification import EmbeddingSVC
    >>> X, y = np.random.default_rng(0).normal(size=(20, 4)), np.arange(20) % 2
    >>> EmbeddingSVC().fit(X, y).predict_proba(X).shape
    (20, 2)
    """

    _parameter_constraints: Mapping[str, list[Any]] = {
        "random_state": ["random_state"],
        "n_jobs": [None, Integral],
    }

    def __init__(self, *, random_state: Any = 0, n_jobs: int | None = None) -> None:
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Choose C and gamma, train the SVC and calibrate its probabilities.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Embeddings.
        y : array-like of shape (n_samples,)
            Labels.
        sample_weight : array-like of shape (n_samples,), optional
            Weights in everything that follows: scaling, training, the scores of the
            search, calibration. An example of weight 0 is as good as absent.

        Returns
        -------
        self
        """
        self._validate_params()
        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        weights = {}
        if sample_weight is not None:
            weight = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
            present = weight > 0
            X, y, weights = X[present], y[present], {"sample_weight": weight[present]}
        self.classes_ = np.unique(y)
        if len(self.classes_) < 2:
            raise ValueError(
                f"EmbeddingSVC: y holds one class only, {y.tolist()[0]!r}; a "
                f"classifier needs at least two."
            )
        self.__dict__.pop("calibrated_", None)  # of an earlier fit
        # Without routing, weights would not reach the scores of the folds.
        with config_context(enable_metadata_routing=True):
            svc = make_svc(y, X.shape[1], self.random_state, self.n_jobs)
            _route_weights(svc)
            self.svc_ = svc.fit(X, y, **weights)
            if isinstance(svc, GridSearchCV):
                self.calibrated_ = CalibratedClassifierCV(
                    clone(svc.best_estimator_),
                    cv=svc.cv,
                    n_jobs=self.n_jobs,
                    ensemble=False,
                ).fit(X, y, **weights)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Embeddings.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        X = self._check(X)
        return np.asarray(self.svc_.predict(X))

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Tell how far examples are on the side of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Embeddings.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), or (n_samples,) for two classes
        """
        X = self._check(X)
        return np.asarray(self.svc_.decision_function(X))

    @available_if(_has_probabilities)
    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Predict probabilities, calibrated on held-out folds of the training part.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Embeddings.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Columns as in ``classes_``; rows add up to 1.

        Raises
        ------
        AttributeError
            If a class had a single training example.
        """
        X = self._check(X)
        return np.asarray(self.calibrated_.predict_proba(X))

    def _check(self, X: Any) -> NDArray[Any]:
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, reset=False))


def make_timenet_svc(
    weights: str | os.PathLike[str] = "ucr18",
    *,
    pooling: Any = POOLED,
    random_state: Any = 0,
    n_jobs: int | None = None,
    **encoder: Any,
) -> Pipeline:
    """Make a classifier of series: frozen TimeNet embeddings and a tuned RBF SVC.

    Parameters
    ----------
    weights : "ucr18" or path, default="ucr18"
        Of the encoder; nothing in it is trained.
    pooling : str or tuple of str, default=POOLED
        See `TimeNetTransformer`; ``"last"`` is the paper's TN-C.
    random_state : int, RandomState instance or None, default=0
        Of the folds.
    n_jobs : int or None, default=None
        Threads of the encoder and processes of the search.
    **encoder
        More parameters of `TimeNetTransformer`: `layers`, `missing` and the like.

    Returns
    -------
    Pipeline
        Steps ``timenet``, a `TimeNetTransformer`, and ``svc``, an `EmbeddingSVC`. It
        has `predict`, `predict_proba` and `decision_function`. Pass weights of
        examples to `fit` as ``svc__sample_weight``.

    Examples
    --------
    >>> import numpy as np
    >>> from timenet_sklearn.classification import make_timenet_svc
    >>> y = np.arange(12) % 2
    >>> X = np.sin(np.arange(30) * (0.3 + 0.6 * y[:, None]) + np.arange(12)[:, None])
    >>> make_timenet_svc().fit(X, y).predict(X[:2])
    array([0, 1])
    """
    timenet = TimeNetTransformer(weights, pooling=pooling, n_jobs=n_jobs, **encoder)
    svc = EmbeddingSVC(random_state=random_state, n_jobs=n_jobs)
    return Pipeline([("timenet", timenet), ("svc", svc)])
