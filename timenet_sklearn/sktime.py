"""TimeNet in sktime: two feature transformers, a classifier and a regressor.

They convert and delegate; parameters, checks and error messages are those of
`timenet_sklearn.TimeNetTransformer` and its companions. Every mtype of a panel works:
pd-multiindex, nested_univ, df-list, numpy3D, and numpyflat in classifiers and
pipelines. A bare 2-D array given to a transformer is a single series of several
channels in sktime; ``set_config(input_conversion="numpyflat")`` makes it a panel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import signature
from typing import Any, ClassVar, Concatenate, ParamSpec, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

try:
    from sktime.base import BaseObject
    from sktime.classification.base import BaseClassifier
    from sktime.regression.base import BaseRegressor
    from sktime.transformations.base import BaseTransformer
except ImportError as error:
    raise ImportError(
        f"timenet_sklearn.sktime needs the package {error.name!r}; "
        'install it with: pip install "timenet_sklearn[sktime]"'
    ) from error

from timenet_sklearn import classification, regression
from timenet_sklearn._base import SAETransformer
from timenet_sklearn._series.steps import refuse_unset
from timenet_sklearn._training.recipe import Recipe
from timenet_sklearn._transformers import DomainSAETransformer, TimeNetTransformer

__all__ = [
    "DomainSAEFeatures",
    "TimeNetClassifier",
    "TimeNetFeatures",
    "TimeNetRegressor",
]

# Not Keras itself: sktime's error for it would hide ours, which names this command.
_TRAINING = "timenet_sklearn[train]"
# One step on short series, for sktime's checks: they fit hundreds of times.
_TEST_RECIPE = Recipe(n_steps=1, batch_size=2, curriculum=False, max_length=8)
_PANELS = ["pd-multiindex", "numpy3D", "nested_univ", "df-list"]
_SHARED_TAGS = {
    "authors": ["timenet_sklearn developers"],
    "maintainers": ["timenet_sklearn developers"],
    # Other panels are converted to the first of them, which holds unequal lengths.
    "X_inner_mtype": _PANELS,
    "y_inner_mtype": "None",
    "capability:multivariate": True,
    "capability:unequal_length": True,
    "capability:missing_values": False,
    "capability:categorical_in_X": False,
    "capability:random_state": True,
    "property:randomness": "derandomized",
}


P = ParamSpec("P")
_Constructor = Callable[Concatenate[Any, P], None]


def _adopt(constructor: _Constructor[P]) -> _Constructor[P]:
    """Make a constructor for an adapter: the parameters are those of another one."""

    @wraps(constructor)
    def construct(self: Any, /, *args: P.args, **params: P.kwargs) -> None:
        constructor(self, *args, **params)
        self._set_up()

    # sktime's checks read the function itself, not what it wraps
    vars(construct)["__signature__"] = signature(constructor)
    return construct


class _Adapter(BaseObject):
    """What all four share."""

    _test_params: ClassVar[Sequence[dict[str, Any]]]
    missing: str

    def _set_up(self) -> None:
        super().__init__()
        self.set_tags(**{"capability:missing_values": self.missing == "interpolate"})

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Return parameter settings for sktime's ``check_estimator``.

        Parameters
        ----------
        parameter_set : str
            Ignored: one list serves all of sktime's sets.

        Returns
        -------
        list of dict
            Keyword arguments for ``__init__``.
        """
        return [*cls._test_params]


def _as_mtype(X: Any) -> Any:
    """Make lists and tables of arrays, unknown to sktime, a panel that it knows."""
    if isinstance(X, pd.DataFrame):
        if X.size and isinstance(X.iloc[0, 0], (np.ndarray, list)):
            return X.apply(lambda column: column.map(pd.Series))
    elif isinstance(X, list) and not any(isinstance(x, pd.DataFrame) for x in X[:1]):
        from timenet_sklearn.baselines import as_sktime_panel

        return as_sktime_panel(X)
    return X


class _SAEFeatures(_Adapter, BaseTransformer):
    """What both transformers share: all but their parameters."""

    _tags: ClassVar[dict[str, Any]] = {
        **_SHARED_TAGS,
        # Else each panel of a hierarchy would be fitted alone, its instances forgotten.
        "X_inner_mtype": [*_PANELS, "pd_multiindex_hier"],
        "scitype:transform-input": "Series",
        "scitype:transform-output": "Primitives",
        # An autoencoder learns from all series of the panel that fit is given.
        "scitype:instancewise": False,
        "fit_is_empty": False,
        "capability:unequal_length:removes": True,
        "capability:missing_values:removes": True,
    }
    _delegate_class: ClassVar[type[SAETransformer]]

    def _check_X_y(self, X: Any = None, *args: Any, **options: Any) -> Any:
        refuse_unset(X, type(self).__name__)
        return super()._check_X_y(_as_mtype(X), *args, **options)

    def _fit(self, X: Any, y: Any = None) -> Self:
        transformer = self._delegate_class(**self.get_params(deep=False))
        transformer.set_output(transform="pandas").fit(_leaves(X)[0])
        self.transformer_ = transformer
        return self

    def _transform(self, X: Any, y: Any = None) -> Any:
        panel, instances = _leaves(X)
        features: Any = self.transformer_.transform(panel)
        return features if instances is None else features.set_axis(instances)


def _leaves(X: Any) -> tuple[Any, Any]:
    """Make a panel of a hierarchy, with the index of its leaves; None for others."""
    if not isinstance(X, pd.DataFrame) or X.index.nlevels < 3:
        return X, None
    leaves, steps = X.index.droplevel(-1), X.index.get_level_values(-1)
    numbers, _ = pd.factorize(leaves)
    return X.set_axis(pd.MultiIndex.from_arrays([numbers, steps])), leaves.unique()


class TimeNetFeatures(_SAEFeatures):  # numpydoc ignore=PR02
    """Embed series of a panel with a TimeNet encoder: a row of features for each.

    A sktime transformer, series to primitives, for univariate and multivariate
    series of equal or unequal length. `transform` returns a float32 DataFrame with
    the instance index of the panel, or that of a hierarchy without its time steps, and
    columns such as ``channel0_last_layer1_unit07``; channels are numbered in the order
    of the panel. `fit` trains an autoencoder on all series, or, with `weights` given,
    nothing.

    Parameters
    ----------
    weights, n_units, n_layers, layers, pooling, views, fine_tune, normalize, \
missing, recipe, validation_fraction, checkpoint, random_state, n_jobs, verbose
        As in `timenet_sklearn.TimeNetTransformer`.

    Attributes
    ----------
    transformer_ : TimeNetTransformer
        Fitted; its ``save`` writes the weights as safetensors.

    Examples
    --------
    >>> from sktime.datasets import load_unit_test
    >>> from timenet_sklearn.sktime import TimeNetFeatures
    >>> X, y = load_unit_test(split="train", return_type="numpy3D")
    >>> TimeNetFeatures(weights="ucr18").fit_transform(X).shape
    (20, 180)
    """

    _delegate_class = TimeNetTransformer
    _test_params = (
        {"weights": "ucr18", "missing": "interpolate"},
        {"n_units": 3, "n_layers": 1, "recipe": _TEST_RECIPE, "random_state": 0},
    )

    __init__ = _adopt(TimeNetTransformer.__init__)

    def _set_up(self) -> None:
        super()._set_up()
        if self.weights is None or self.fine_tune:
            self.set_tags(python_dependencies=_TRAINING)
        else:
            self.set_tags(
                **{"scitype:instancewise": True, "property:randomness": "deterministic"}
            )


class DomainSAEFeatures(_SAEFeatures):  # numpydoc ignore=PR02
    """Embed series of a panel with an autoencoder tuned on it: a row for each.

    A sktime transformer as `TimeNetFeatures`, whose `fit` tries several
    architectures and keeps the one that reconstructs best.

    Parameters
    ----------
    n_units, n_layers, warm_start_from, layers, pooling, views, normalize, missing, \
recipe, validation_fraction, checkpoint, random_state, n_jobs, verbose
        As in `timenet_sklearn.DomainSAETransformer`.

    Attributes
    ----------
    transformer_ : DomainSAETransformer
        Fitted; ``transformer_.search_results_`` tells how the architectures fared.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from sktime.pipeline import make_pipeline
    >>> from timenet_sklearn.sktime import DomainSAEFeatures
    >>> classifier = make_pipeline(DomainSAEFeatures(n_units=(30, 60)), SVC(C=10))
    >>> classifier.fit(X_train, y_train)  # doctest: +SKIP
    """

    _tags: ClassVar[dict[str, Any]] = {"python_dependencies": _TRAINING}
    _delegate_class = DomainSAETransformer
    _test_params = (
        {"n_units": 3, "n_layers": 1, "recipe": _TEST_RECIPE, "random_state": 0},
        {
            "n_units": (2, 3),
            "n_layers": 1,
            "pooling": ("last", "mean"),
            "recipe": _TEST_RECIPE,
            "random_state": 0,
        },
    )

    __init__ = _adopt(DomainSAETransformer.__init__)


_ESTIMATOR_TAGS = {
    **_SHARED_TAGS,
    "y_inner_mtype": "numpy1D",
    "capability:multithreading": True,
}
_TEST_PARAMS = (
    {"layers": 1, "pooling": "last", "views": "whole"},
    {"missing": "interpolate", "n_jobs": 1},
)


class _Supervised(_Adapter):
    """What classifier and regressor share."""

    def _internal_convert(self, X: Any, y: Any = None) -> Any:
        return super()._internal_convert(_as_mtype(X), y)


class TimeNetClassifier(_Supervised, BaseClassifier):  # numpydoc ignore=PR02
    """Classify series by frozen TimeNet embeddings.

    The sktime classifier of `timenet_sklearn.classification.TimeNetClassifier`. Series
    may have several channels and unequal lengths.

    Parameters
    ----------
    weights, layers, pooling, views, normalize, level, head, class_weight, missing, \
cv, random_state, n_jobs
        As in `timenet_sklearn.classification.TimeNetClassifier`. With
        ``missing="error"`` sktime refuses panels that have NaN.

    Attributes
    ----------
    classifier_ : timenet_sklearn.classification.TimeNetClassifier
        Fitted.

    Examples
    --------
    >>> from sktime.datasets import load_unit_test
    >>> from timenet_sklearn.sktime import TimeNetClassifier
    >>> X, y = load_unit_test(split="train", return_type="numpy3D")
    >>> TimeNetClassifier().fit(X, y).predict_proba(X).shape
    (20, 2)
    """

    _tags: ClassVar[dict[str, Any]] = {
        **_ESTIMATOR_TAGS,
        "capability:predict_proba": True,
        "classifier_type": "feature",
    }
    _test_params = (*_TEST_PARAMS, {"layers": 1, "head": "svc"})

    __init__ = _adopt(classification.TimeNetClassifier.__init__)

    def _fit(self, X: Any, y: NDArray[Any]) -> Self:
        params = self.get_params(deep=False)
        self.classifier_ = classification.TimeNetClassifier(**params).fit(X, y)
        return self

    def _predict(self, X: Any) -> NDArray[Any]:
        return self.classifier_.predict(X)

    def _predict_proba(self, X: Any) -> NDArray[np.float64]:
        return self.classifier_.predict_proba(X)


class TimeNetRegressor(_Supervised, BaseRegressor):  # numpydoc ignore=PR02
    """Predict numbers from series by frozen TimeNet embeddings.

    The sktime regressor of `timenet_sklearn.regression.TimeNetRegressor`. Series may
    have several channels and unequal lengths.

    Parameters
    ----------
    weights, layers, pooling, views, normalize, level, missing, cv, random_state, n_jobs
        As in `timenet_sklearn.regression.TimeNetRegressor`. With ``missing="error"``
        sktime refuses panels that have NaN.

    Attributes
    ----------
    regressor_ : timenet_sklearn.regression.TimeNetRegressor
        Fitted.

    Examples
    --------
    >>> from sktime.datasets import load_unit_test
    >>> from timenet_sklearn.sktime import TimeNetRegressor
    >>> X, y = load_unit_test(split="train", return_type="numpy3D")
    >>> TimeNetRegressor().fit(X, y.astype(float)).predict(X).shape
    (20,)
    """

    _tags: ClassVar[dict[str, Any]] = _ESTIMATOR_TAGS
    _test_params = _TEST_PARAMS

    __init__ = _adopt(regression.TimeNetRegressor.__init__)

    def _fit(self, X: Any, y: NDArray[Any]) -> Self:
        params = self.get_params(deep=False)
        self.regressor_ = regression.TimeNetRegressor(**params).fit(X, y)
        return self

    def _predict(self, X: Any) -> NDArray[np.float64]:
        return self.regressor_.predict(X)
