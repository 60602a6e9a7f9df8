"""Regress numbers on time series: frozen TimeNet embeddings and ridge on kernels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.utils.validation import assert_all_finite, column_or_1d

from timenet_sklearn._heads import EmbeddingModel
from timenet_sklearn._kernels import GAMMA

__all__ = ["TimeNetRegressor"]


class TimeNetRegressor(RegressorMixin, EmbeddingModel):
    """Predict a number from a time series, out of the box.

    A frozen TimeNet encoder embeds the series and their first differences; level and
    spread of each channel are added. A ridge regression on an RBF kernel of these
    features chooses its penalty, and whether to use differences, level and spread, by
    held-out predictions, in closed form.

    Parameters
    ----------
    weights, layers, pooling, views, normalize, level, missing, cv, random_state, n_jobs
        As in `timenet_sklearn.classification.TimeNetClassifier`.

    Attributes
    ----------
    encoder_ : TimeNetTransformer
        Fitted; it embeds channels and components, by the `views` that were kept.
    components_ : ndarray of shape (n_components, n_channels)
        Weights of channels in the principal components; none of a single channel, or
        if `views` are chosen.
    scaling_ : Scaling
        ``center`` and ``spread`` of each channel.
    standardizer_ : Standardizer
        ``mean`` and ``scale`` of features.
    ridge_ : Ridge
        Its ``alpha``, ``error`` and predictions ``held_out`` of the training series.
    n_channels_in_ : int
        Channels of the series seen by `fit`.
    channel_names_in_ : ndarray of str of shape (n_channels,)
        Their names, if they have any.

    Examples
    --------
    >>> import numpy as np
    >>> from timenet_sklearn.regression import TimeNetRegressor
    >>> y = np.linspace(0.2, 1, 20)
    >>> X = np.sin(np.arange(40) * y[:, None])
    >>> TimeNetRegressor().fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.9
    True
    """

    def __init__(
        self,
        weights: str | os.PathLike[str] = "ucr18-pooled",
        *,
        layers: str | int | Sequence[int] = "all",
        pooling: str | Sequence[str] = "pooled",
        views: str | Sequence[str] = "auto",
        normalize: bool | str | Sequence[str] = "series",
        level: bool = True,
        missing: str = "error",
        cv: Any = None,
        random_state: int | np.random.RandomState | None = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.weights = weights
        self.layers = layers
        self.pooling = pooling
        self.views = views
        self.normalize = normalize
        self.level = level
        self.missing = missing
        self.cv = cv
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Embed the series and fit the ridges.

        Parameters
        ----------
        X : array, DataFrame or list
            Series, in every form that `TimeNetTransformer.transform` takes.
        y : array-like of shape (n_samples,)
            Numbers to predict.
        sample_weight : array-like of shape (n_samples,), optional
            A series of weight 0 is as good as absent.
        groups : array-like of shape (n_samples,), optional
            Series of a group are held out together.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If `X` is not a panel of series, or `y` holds no finite numbers.
        """
        self._validate_params()
        if y is None:
            raise ValueError(
                "TimeNetRegressor requires y to be passed, but the target y is None."
            )
        numbers = column_or_1d(y, warn=True, dtype=np.float64)
        assert_all_finite(numbers, input_name="y", estimator_name="TimeNetRegressor")
        panel, present, weight = self._check_training(
            X, numbers, sample_weight, y=y, groups=groups
        )
        numbers = numbers[present]
        features = self._learn_features(panel)
        folds = self._folds(numbers, groups, present, classifier=False)
        targets = numbers[:, None]
        self._fit_ridge(features, targets, weight, folds, GAMMA)
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Predict numbers.

        Parameters
        ----------
        X : array, DataFrame or list
            Series, as in `fit`.

        Returns
        -------
        float64 ndarray of shape (n_samples,)
        """
        return self._by_parts(X, self._predict_ridge)[:, 0]
