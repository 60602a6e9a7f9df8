"""What TimeNetClassifier and TimeNetRegressor share: series in, ridges on kernels."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from itertools import product
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.model_selection import GroupKFold, check_cv
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from timenet_sklearn._kernels import (
    MOST_LANDMARKS,
    Floats,
    Folds,
    Standardizer,
    fit_ridge,
)
from timenet_sklearn._series.panel import Panel, check_panel
from timenet_sklearn._series.views import (
    LONGEST,
    VIEWS,
    learn_scaling,
    level_and_spread,
    make_views,
    principal_components,
)
from timenet_sklearn._transformers import TimeNetTransformer

# Chosen on the choosing sets alone; benchmarks/classifier.py has the figures. Of the
# eight multivariate ones, two have 15 and 12 training series and tell nothing; on the
# other six, components and the choice of level took the mean error from 0.132 to 0.115,
# on a few random divisions of each from about 0.13 to 0.113. That differences may go
# changes no family's mean error by more than 0.004, and halves the time where they do.
_VIEWS = ("whole", "differences")
_VIEWS_IF_LONG = ("coarse", "coarse_differences", *VIEWS[4:])
_SHARE_OF_DIFFERENCES, _SHARE_OF_COMPONENTS, _SHARE_OF_LEVEL = 0.3, 0.5, 1.0
# Series embedded at a time in predict: their features bound memory.
_ROWS_AT_A_TIME = 2048
# Series on which it is chosen what to leave out: each choice costs a fit.
_MOST_TO_CHOOSE = 500


class EmbeddingModel(BaseEstimator):
    """Frozen embeddings of series, and ridge on a kernel of them."""

    _parameter_constraints: Mapping[str, list[Any]] = {
        "weights": [str, os.PathLike],
        "layers": [StrOptions({"all"}), Integral, tuple, list],
        "pooling": [str, tuple, list],
        "views": [str, tuple, list],
        "normalize": ["boolean", str, tuple, list],
        "level": ["boolean"],
        "missing": [StrOptions({"error", "interpolate"})],
        "cv": ["cv_object"],
        "random_state": ["random_state"],
        "n_jobs": TimeNetTransformer._parameter_constraints["n_jobs"],
    }

    def _check(self, X: Any, *, fitting: bool = False) -> Panel:
        fitted = {} if fitting else self.__dict__
        return check_panel(
            X,
            estimator=type(self).__name__,
            normalize=bool(self.normalize),
            missing=self.missing,
            n_channels=fitted.get("n_channels_in_"),
            channel_names=fitted.get("channel_names_in_"),
        )

    def _check_training(
        self,
        X: Any,
        y: NDArray[Any],
        sample_weight: ArrayLike | None,
        /,
        **indexed: Any,
    ) -> tuple[Panel, NDArray[np.bool_], Floats]:
        """Check series; tell and leave out those of weight 0.

        `indexed` are labels and groups as they were given, perhaps with ids.
        """
        panel = self._check(X, fitting=True)
        if hasattr(X, "iloc"):
            ids = X.index if panel.instances is None else panel.instances
            for name, given in indexed.items():
                _refuse_other_order(ids, name, given, type(self).__name__)
        if panel.n_samples != len(y):
            advice = ""
            if panel.n_channels == 1 and (panel.lengths == len(y)).all():
                advice = " If each column of X is a series, pass np.asarray(X).T."
            raise ValueError(
                f"{type(self).__name__}: Found input variables with inconsistent "
                f"numbers of samples: X holds {panel.n_samples} series, y {len(y)}."
                f"{advice}"
            )
        weight = _check_sample_weight(sample_weight, y, ensure_non_negative=True)
        present = weight > 0
        if not present.any():
            raise ValueError(f"{type(self).__name__}: all sample weights are zero.")
        if not present.all():
            panel = panel.take(present)
        return panel, present, weight[present].astype(np.float64)

    def _learn_features(self, panel: Panel) -> NDArray[np.float32]:
        """Learn how to embed; return the features of the series."""
        views = self.views
        self.scaling_ = learn_scaling(panel)
        self.components_ = np.empty((0, panel.n_channels))
        if isinstance(views, str) and views == "auto":
            self.components_ = principal_components(panel, self.scaling_)
            is_long = np.median(panel.lengths) > LONGEST
            views = _VIEWS_IF_LONG if is_long else _VIEWS
        shown = panel.with_mixtures(self.components_, self.scaling_)
        self.encoder_ = TimeNetTransformer(
            self.weights,
            layers=self.layers,
            pooling=self.pooling,
            views=views,
            normalize=self.normalize,
            missing=self.missing,
            n_jobs=self.n_jobs,
        ).fit(shown)
        self.n_channels_in_ = panel.n_channels
        self.__dict__.pop("channel_names_in_", None)
        if panel.channel_names is not None:
            self.channel_names_in_ = np.array(panel.channel_names, dtype=object)
        return self._raw_features(panel, shown)

    def _raw_features(self, panel: Panel, shown: Panel) -> NDArray[np.float32]:
        """Describe a panel, of which `shown` has the components, too."""
        features = np.asarray(self.encoder_.transform(shown))
        if not self.level:
            return features
        return np.hstack([features, level_and_spread(panel, self.scaling_)])

    def _standardizer(
        self,
        features: NDArray[np.float32],
        weight: Floats,
        of_differences: float = _SHARE_OF_DIFFERENCES,
        of_level: float = _SHARE_OF_LEVEL,
    ) -> Standardizer:
        """Give each view of channels and components its say, and level the rest."""
        by_view = np.where(self._shows_differences(), of_differences, 1.0)
        counts = [self.n_channels_in_, len(self.components_)]
        by_channel = np.array([1.0, _SHARE_OF_COMPONENTS]) / np.maximum(1, counts)
        blocks = np.outer(np.repeat(by_channel, counts), by_view).ravel()
        width, n_levels = self._layout(features, len(blocks))
        states = np.repeat(blocks / width, width)
        levels = np.full(n_levels, of_level / max(1, n_levels))
        in_units = np.arange(features.shape[1]) >= len(states)
        return Standardizer.fit(
            features, np.concatenate([states, levels]), in_units, weight
        )

    def _layout(self, features: NDArray[np.float32], n_blocks: int) -> tuple[int, int]:
        """Count the columns of a block (a view of a channel), and those of levels."""
        n_levels = 2 * self.n_channels_in_ if self.level else 0
        return (features.shape[1] - n_levels) // n_blocks, n_levels

    def _shows_differences(self) -> NDArray[np.bool_]:
        """Tell which views of a channel are of its differences."""
        encoder = self.encoder_
        views = make_views(encoder.views, encoder.normalize, type(self).__name__)
        return np.array([view.differences for view in views])

    def _fit_ridge(
        self,
        features: NDArray[np.float32],
        targets: Floats,
        weight: Floats,
        folds: Folds | None,
        gamma: float | None,
    ) -> None:
        """Fit, without differences or level if held-out error is less without."""
        of_differences, of_level = self._choose_shares(
            features, targets, weight, folds, gamma
        )
        if not of_differences:
            features = self._forget_differences(features)
        self.standardizer_ = self._standardizer(features, weight, of_level=of_level)
        X = self.standardizer_.transform(features)
        rows = self._some(len(X), MOST_LANDMARKS)
        self.landmarks_ = X if len(rows) == len(X) else X[rows]
        self.ridge_ = fit_ridge(X, self.landmarks_, targets, weight, folds, gamma)

    def _choose_shares(
        self,
        features: NDArray[np.float32],
        targets: Floats,
        weight: Floats,
        folds: Folds | None,
        gamma: float | None,
    ) -> tuple[float, float]:
        """Choose the say of differences and of level: 0 if error is less without."""
        may_go = isinstance(self.views, str) and self.views == "auto"
        of_differences = (_SHARE_OF_DIFFERENCES, 0.0)[: 1 + may_go]
        of_level = (_SHARE_OF_LEVEL, 0.0)[: 1 + self.level]
        choices = [*product(of_differences, of_level)]
        rows = self._some(len(features), _MOST_TO_CHOOSE)
        features, targets, weight = features[rows], targets[rows], weight[rows]
        if folds is not None:
            parts = (np.flatnonzero(np.isin(rows, fold)) for fold in folds)
            folds = [part for part in parts if len(part)]
        alone = folds is not None and len(folds) < 2
        if len(choices) == 1 or alone or not np.ptp(targets, axis=0).any():
            return choices[0]  # nothing to choose, or to tell by

        def error(shares: tuple[float, float]) -> float:
            X = self._standardizer(features, weight, *shares).transform(features)
            return fit_ridge(X, X, targets, weight, folds, gamma).error

        return min(choices, key=error)

    def _some(self, n_samples: int, most: int) -> NDArray[np.int64]:
        """Choose rows, at most so many, in order."""
        if n_samples <= most:
            return np.arange(n_samples)
        random = check_random_state(self.random_state)
        return np.sort(random.choice(n_samples, most, replace=False))

    def _forget_differences(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Embed differences no more, which takes half the time; drop their columns."""
        encoder, shown = self.encoder_, ~self._shows_differences()
        n_channels = self.n_channels_in_ + len(self.components_)
        width, n_levels = self._layout(features, n_channels * len(shown))
        kept = np.tile(np.repeat(shown, width), n_channels)
        encoder.set_params(
            views=tuple(v for v in encoder.views if "differences" not in v)
        )
        return features[:, np.append(kept, np.ones(n_levels, dtype=bool))]

    def _predict_ridge(self, features: Floats) -> Floats:
        prediction: Floats = self.ridge_.predict(features, self.landmarks_)
        return prediction

    def _by_parts(self, X: Any, predict: Callable[[Any], Floats]) -> Floats:
        """Predict from the features of series, some thousand at a time."""
        check_is_fitted(self, "standardizer_")
        panel, parts = self._check(X), []
        for start in range(0, panel.n_samples, _ROWS_AT_A_TIME):
            rows = slice(start, min(start + _ROWS_AT_A_TIME, panel.n_samples))
            part = panel.take(rows)
            shown = part.with_mixtures(self.components_, self.scaling_)
            features = self._raw_features(part, shown)
            parts.append(predict(self.standardizer_.transform(features)))
        return np.concatenate(parts)

    def _folds(
        self,
        y: NDArray[Any],
        groups: Any,
        present: NDArray[np.bool_],
        *,
        classifier: bool,
    ) -> Folds | None:
        """Series that are held out together; None, one at a time."""
        cv = self.cv
        if groups is not None:
            check_consistent_length(groups, present)
            groups = np.asarray(groups)[present]
        if cv is None:
            if groups is None:
                return None
            n_groups = len(np.unique(groups))
            if n_groups < 2:
                raise ValueError(
                    f"{type(self).__name__}: groups holds one group only; a group is "
                    f"held out while the others teach, so at least two are needed."
                )
            cv = GroupKFold(min(5, n_groups))
        if groups is None and "Group" in type(cv).__name__:
            raise ValueError(
                f"{type(self).__name__}: cv={cv!r} holds out groups, but fit got none: "
                f"call fit(X, y, groups=groups), or cross_val_score(..., "
                f'params={{"groups": groups}}).'
            )
        splits = check_cv(cv, y, classifier=classifier).split(y, y, groups)
        folds = [np.asarray(test) for _, test in splits]
        if np.iterable(cv) and not hasattr(cv, "split"):
            # Splits that came ready number all series, those of weight 0 as well.
            numbers = np.cumsum(present) - 1
            folds = [numbers[test[present[test]]] for test in folds]
        if not np.array_equal(np.sort(np.concatenate(folds)), np.arange(len(y))):
            raise ValueError(
                f"{type(self).__name__}: cv={self.cv!r} must hold out every series "
                f"exactly once, as KFold and GroupKFold do."
            )
        return [fold for fold in folds if len(fold)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = self.missing == "interpolate"
        return tags


def _refuse_other_order(ids: Any, name: str, given: Any, estimator: str) -> None:
    """Refuse labels or groups whose ids are those of the series in another order.

    Numbers are left alone: they may count the rows of what X and y were taken from.
    """
    if not hasattr(given, "iloc") or ids.dtype.kind in "iuf":
        return
    index = given.index
    if index.nlevels != ids.nlevels or len(index) != len(ids) or index.equals(ids):
        return
    if index.isin(ids).any():
        raise ValueError(
            f"{estimator}: {name} has the ids of X in its index, but in another order. "
            f"Pass {name}.loc[X.index], or "
            f"{name}.to_numpy() if it is in the order of X."
        )
