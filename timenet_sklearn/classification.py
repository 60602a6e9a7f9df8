"""Classify time series: frozen TimeNet embeddings and a head that is tuned in fit."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.base import ClassifierMixin
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import assert_all_finite, column_or_1d

from timenet_sklearn._encoder.threads import one_thread_blas
from timenet_sklearn._heads import EmbeddingModel
from timenet_sklearn._kernels import Floats, Folds, gram

__all__ = ["TimeNetClassifier"]

#: Values among which the SVC's folds choose.
_C, _GAMMA = (10, 100, 1000), (0.1, 0.3, 1)


class TimeNetClassifier(ClassifierMixin, EmbeddingModel):
    """Classify time series, out of the box.

    A frozen TimeNet encoder embeds the series, of any length and number of channels,
    and their first differences. Level and spread of each channel are added and, if
    there are several channels, up to 8 principal components of them, embedded as
    further channels (unless `views` are chosen). A ridge classifier on these features
    chooses its penalty, and whether to use differences, level and spread, by
    held-out predictions, in closed form. The defaults are what classified best on
    the sets for choosing (``benchmarks/classifier.py``).

    Parameters
    ----------
    weights : str or path, default="ucr18-pooled"
        Of the encoder; nothing in it is trained.
    layers : "all", int or tuple of int, default="all"
        Layers whose states are features, 1-based.
    pooling : str or tuple of str, default="pooled"
        Summaries of the states over time, see `timenet_sklearn.TimeNetTransformer`.
    views : "auto", str or tuple of str, default="auto"
        What the encoder is shown, see `timenet_sklearn.TimeNetTransformer`. "auto" is
        ``("whole", "differences")`` up to a median length of 512 steps; beyond, all
        others: coarse series and windows. Ridge leaves differences out if it predicts
        held-out series better without; to embed then takes half the time.
    normalize : {"series", "fit", ("series", "fit"), False}, default="series"
        See `timenet_sklearn.TimeNetTransformer`.
    level : bool, default=True
        Add mean and logarithm of the standard deviation of each channel, scaled by the
        training series, since normalising each series removes them. Ridge leaves them
        out if it predicts held-out series better without.
    head : {"ridge", "svc"}, default="ridge"
        "ridge" is quick and better with many classes and few series. "svc" is the RBF
        SVC that the paper puts on embeddings; cross-validation chooses C and gamma.
    class_weight : None, "balanced" or dict, default=None
        Weights of classes, as in scikit-learn.
    missing : {"error", "interpolate"}, default="error"
        What to do with NaN inside a series. Trailing NaN means a shorter series.
    cv : None, int or splitter, default=None
        Which series are held out together to choose parameters and calibrate. None
        holds out one series at a time, or, if `fit` gets `groups`, a fifth of the
        groups; with ``head="svc"``, five stratified folds, or as many as the smallest
        class has series.
    random_state : int, RandomState instance or None, default=0
        Of the SVC's folds; and, if there are more, of the 500 series by which it is
        chosen what to leave out, and of the 2,000 that stand for the others in the
        kernels.
    n_jobs : int or None, default=None
        Threads of the encoder.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
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
        With ``head="ridge"``: ``alpha``, ``error`` and the decisions ``held_out`` on
        training series.
    svc_ : SVC
        With ``head="svc"``, fitted on a kernel of ``gamma_``.
    n_channels_in_ : int
        Channels of the series seen by `fit`.
    channel_names_in_ : ndarray of str of shape (n_channels,)
        Their names, if they have any.

    Notes
    -----
    Probabilities are a softmax of the decisions, divided by a temperature that fits
    the held-out ones and one series more, of unknown class: that a few series are told
    apart does not justify certainty. The most probable class is the one predicted. With
    ``head="svc"`` and a class of a single series nothing can be held out, and the
    temperature is 1.

    Examples
    --------
    >>> import numpy as np
    >>> from timenet_sklearn.classification import TimeNetClassifier
    >>> y = np.arange(12) % 2
    >>> X = np.sin(np.arange(30) * (0.3 + 0.6 * y[:, None]) + np.arange(12)[:, None])
    >>> TimeNetClassifier().fit(X, y).predict(X[:2])
    array([0, 1])
    """

    _parameter_constraints: Mapping[str, list[Any]] = {
        **EmbeddingModel._parameter_constraints,
        "head": [StrOptions({"ridge", "svc"})],
        "class_weight": [None, dict, StrOptions({"balanced"})],
    }

    def __init__(
        self,
        weights: str | os.PathLike[str] = "ucr18-pooled",
        *,
        layers: str | int | Sequence[int] = "all",
        pooling: str | Sequence[str] = "pooled",
        views: str | Sequence[str] = "auto",
        normalize: bool | str | Sequence[str] = "series",
        level: bool = True,
        head: str = "ridge",
        class_weight: Mapping[Any, float] | str | None = None,
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
        self.head = head
        self.class_weight = class_weight
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
        """Embed the series, fit the head and calibrate its probabilities.

        Parameters
        ----------
        X : array, DataFrame or list
            Series, in every form that `TimeNetTransformer.transform` takes.
        y : array-like of shape (n_samples,)
            Labels of any kind that can be sorted.
        sample_weight : array-like of shape (n_samples,), optional
            A series of weight 0 is as good as absent.
        groups : array-like of shape (n_samples,), optional
            Series of a group, say of one patient, are held out together.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If `X` is not a panel of series, or `y` holds fewer than two classes.
        """
        self._validate_params()
        if y is None:
            raise ValueError(
                "TimeNetClassifier requires y to be passed, but the target y is None."
            )
        labels = column_or_1d(y, warn=True)
        assert_all_finite(labels, input_name="y", estimator_name="TimeNetClassifier")
        check_classification_targets(labels)
        panel, present, weight = self._check_training(
            X, labels, sample_weight, y=y, groups=groups
        )
        labels = labels[present]
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"TimeNetClassifier: y holds one class only, "
                f"{self.classes_.tolist()[0]!r}; a classifier needs at least two."
            )
        for name in ("svc_", "ridge_"):  # of an earlier fit
            self.__dict__.pop(name, None)
        weight = weight * self._class_weights(labels)
        features = self._learn_features(panel)
        folds = self._folds(codes, groups, present, classifier=True)
        if self.head == "svc":
            self.standardizer_ = self._standardizer(features, weight)
            standardized = self.standardizer_.transform(features)
            held_out = self._fit_svc(standardized, codes, weight, folds)
        else:
            targets = np.where(codes[:, None] == np.arange(len(self.classes_)), 1.0, -1)
            self._fit_ridge(features, targets, weight, folds, None)
            held_out = self.ridge_.held_out
        self.temperature_ = _temperature(held_out, codes, weight)
        return self

    def _class_weights(self, labels: NDArray[Any]) -> Floats:
        weight: Floats = compute_sample_weight(self.class_weight, labels)
        if not (weight > 0).all():
            raise ValueError(
                f"TimeNetClassifier: weights of classes must be above 0, got "
                f"class_weight={self.class_weight!r}; to leave a class out, leave its "
                f"series out."
            )
        return weight

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Tell how far series are on the side of each class.

        Parameters
        ----------
        X : array, DataFrame or list
            Series, as in `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), or (n_samples,) for two classes
        """
        decisions = self._decide(X)
        if len(self.classes_) == 2:
            return (decisions[:, 1] - decisions[:, 0]) / 2
        return decisions

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict labels.

        Parameters
        ----------
        X : array, DataFrame or list
            Series, as in `fit`.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        decisions = self._decide(X)
        return self.classes_[decisions.argmax(axis=1)]

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Predict probabilities, calibrated on held-out training series.

        Parameters
        ----------
        X : array, DataFrame or list
            Series, as in `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Columns as in ``classes_``; rows add up to 1.
        """
        decisions = self._decide(X)
        return softmax(decisions / self.temperature_, axis=1)

    def _decide(self, X: Any) -> Floats:
        """Decisions for each class, shape (n_samples, n_classes)."""
        return self._by_parts(X, self._decide_features)

    def _decide_features(self, features: Floats) -> Floats:
        if not hasattr(self, "svc_"):
            return self._predict_ridge(features)
        kernel = gram(features, self.landmarks_, self.gamma_)
        return _decisions(self.svc_, kernel, len(self.classes_))

    def _fit_svc(
        self,
        features: Floats,
        codes: NDArray[Any],
        weight: Floats,
        folds: Any,
    ) -> Floats | None:
        """Choose C and gamma, fit; returns held-out decisions, if there can be any."""
        self.landmarks_ = features
        smallest = int(np.bincount(codes).min())
        if folds is None and smallest > 1:
            shuffled = StratifiedKFold(
                min(5, smallest), shuffle=True, random_state=self.random_state
            )
            folds = [test for _, test in shuffled.split(codes, codes)]
        C, self.gamma_, held_out = 10.0, 1.0, None
        # OpenBLAS would take threads for every dot product: 100 times slower.
        with one_thread_blas:
            if folds is not None:
                C, self.gamma_, held_out = _search(features, codes, weight, folds)
            svc = SVC(C=C, kernel="precomputed", random_state=0)
            kernel = gram(features, features, self.gamma_)
            self.svc_ = svc.fit(kernel, codes, sample_weight=weight)
        return held_out


def _search(
    features: Floats, codes: NDArray[Any], weight: Floats, folds: Folds
) -> tuple[float, float, Floats]:
    """C and gamma of the highest held-out accuracy, and the decisions there."""
    best: tuple[float, float, float, Floats] | None = None
    for gamma in _GAMMA:
        kernel = gram(features, features, gamma)
        for C in _C:
            decisions = np.empty((len(codes), int(codes.max()) + 1))
            for test in folds:
                train = np.setdiff1d(np.arange(len(codes)), test)
                svc = SVC(C=C, kernel="precomputed", random_state=0).fit(
                    kernel[np.ix_(train, train)], codes[train], weight[train]
                )
                n_classes = decisions.shape[1]
                part = kernel[np.ix_(test, train)]
                decisions[test] = _decisions(svc, part, n_classes)
            right = decisions.argmax(axis=1) == codes
            accuracy = float(np.average(right, weights=weight))
            if best is None or accuracy > best[0]:
                best = accuracy, C, gamma, decisions
    assert best is not None
    return best[1:]


def _decisions(svc: SVC, kernel: Floats, n_classes: int) -> Floats:
    """Decisions of all classes; one that the SVC has not seen comes last."""
    known = svc.decision_function(kernel)
    if known.ndim == 1:
        known = np.column_stack([-known, known])
    decisions = np.full((len(known), n_classes), known.min() - 1)
    decisions[:, svc.classes_] = known
    return decisions


def _temperature(held_out: Floats | None, codes: NDArray[Any], weight: Floats) -> float:
    """Divisor of decisions by which their softmax has the least held-out log loss."""
    if held_out is None:
        return 1.0
    n_classes = held_out.shape[1]
    # Weights count series, or share them out: of n equal ones that add up to 1, n.
    n_series = max(weight.sum(), weight.sum() ** 2 / np.square(weight).sum())
    # One more series, of each class alike: a few that are told apart prove little.
    wanted = (n_series * np.eye(n_classes)[codes] + 1 / n_classes) / (n_series + 1)

    def log_loss(log_divisor: float) -> float:
        logs = log_softmax(held_out / np.exp(log_divisor), axis=1)
        return -float(np.average((wanted * logs).sum(axis=1), weights=weight))

    return float(np.exp(minimize_scalar(log_loss, bounds=(-5, 5), method="bounded").x))
