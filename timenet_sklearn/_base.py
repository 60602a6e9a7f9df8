"""What both estimators share: everything from weights to features and back."""

from __future__ import annotations

import operator
import os
from collections.abc import Mapping
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils._set_output import _get_output_config

from timenet_sklearn._encoder.inference import (
    embed_views,
    reconstruct,
    reconstruction_errors,
)
from timenet_sklearn._encoder.layout import Layout, make_layout
from timenet_sklearn._encoder.model import Autoencoder, Floats
from timenet_sklearn._encoder.weights import (
    Weights,
    fingerprint,
    load_weights,
    save_weights,
)
from timenet_sklearn._persistence import describe, restore, to_json
from timenet_sklearn._series.normalize import Scaling
from timenet_sklearn._series.panel import Panel, check_embeddings, check_panel
from timenet_sklearn._series.plausible import check_features
from timenet_sklearn._series.views import View, learn_scaling, make_views
from timenet_sklearn._training.importing import import_train
from timenet_sklearn._training.recipe import Recipe

if TYPE_CHECKING:
    from timenet_sklearn._training.loop import Trained

# Parameters of estimators: to validate them takes as long as to embed a few steps.
_FOUND_VALID: WeakKeyDictionary[BaseEstimator, list[Any]] = WeakKeyDictionary()
# More validation series would cost time at every evaluation and settle nothing.
_MAX_VALIDATION = 512


class SAETransformer(TransformerMixin, BaseEstimator):
    """A sequence autoencoder as a transformer, whatever its weights come from.

    Subclasses set ``model_`` (an `Autoencoder`: arrays, no Keras) and ``normalized_``
    (whether it was trained on normalised series) in `fit`.
    """

    normalized_: bool

    _parameter_constraints: Mapping[str, list[Any]] = {
        "layers": [StrOptions({"all"}), Integral, tuple, list],
        "pooling": [str, tuple, list],
        "views": [str, tuple, list],
        "normalize": ["boolean", str, tuple, list],
        "missing": [StrOptions({"error", "interpolate"})],
        "recipe": [None, Recipe],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "checkpoint": [None, str, os.PathLike],
        "random_state": ["random_state"],
        "n_jobs": [
            None,
            Interval(Integral, 1, None, closed="left"),
            Interval(Integral, None, -1, closed="right"),
        ],
        "verbose": ["verbose"],
    }

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Embed series.

        Parameters
        ----------
        X : array, DataFrame or list
            ``(n_samples, n_timepoints)``, ``(n_samples, n_channels, n_timepoints)``,
            or a list of series of unequal length; see the user guide for all forms.

        Returns
        -------
        float32 ndarray of shape (n_samples, n_channels * n_features)
            Rows in input order. Each row depends on its own series alone, bit for
            bit, whatever the batch, the order and the number of threads.

        Raises
        ------
        ValueError, TypeError
            If `X` is not a panel of series; the message names series, channel and
            steps.
        """
        model, layout = self._model_and_layout()
        panel = self._check(X)
        deepest = max(layout.layers)
        states = embed_views(
            model.encoder[:deepest], panel, layout, self._scaling(), self.n_jobs
        )
        features = layout.flatten(states)
        check_features(features, type(self).__name__)
        return self._with_instances(features, panel)

    def inverse_transform(
        self, embeddings: ArrayLike, n_timepoints: int | ArrayLike
    ) -> NDArray[np.float32]:
        """Reconstruct series from their embeddings with the decoder.

        Parameters
        ----------
        embeddings : array of shape (n_samples, n_channels * n_features)
            From `transform`; the final states of all layers must be among them.
        n_timepoints : int or array of int of shape (n_samples,)
            Steps to reconstruct, of all series or of each.

        Returns
        -------
        float32 ndarray of shape (n_samples, n_timepoints), or (n_samples, \
n_channels, n_timepoints) if there are several channels
            Normalised series; NaN after the end of shorter ones.

        Raises
        ------
        ValueError, TypeError
            If embeddings are no finite numbers, or of other channels than in fit,
            final states are missing, or `n_timepoints` is below 1.
        """
        model, layout = self._model_and_layout()
        name = type(self).__name__
        states = layout.final_states(check_embeddings(embeddings, name), name)
        n_channels = getattr(self, "n_channels_in_", states.shape[1])
        if states.shape[1] != n_channels:
            raise ValueError(
                f"{name}: the embeddings have {states.shape[1]} channel(s) of "
                f"{layout.n_features} columns, but {n_channels} are expected, as in "
                f"fit. Pass what transform returned."
            )
        given = np.asarray(n_timepoints)
        whole = np.issubdtype(given.dtype, np.integer) and (given >= 1).all()
        if not whole or given.shape not in ((), (len(states),)):
            raise ValueError(
                f"{name}: n_timepoints must be a whole number of at least 1, or one "
                f"for each of the {len(states)} embeddings, got {n_timepoints!r}."
            )
        lengths = np.broadcast_to(given, len(states))
        series = reconstruct(model, states, lengths.astype(np.int64), self.n_jobs)
        after_end = np.arange(series.shape[2]) >= lengths[:, None, None]
        series[np.broadcast_to(after_end, series.shape)] = np.nan
        return series[:, 0] if series.shape[1] == 1 else series

    def reconstruction_error(self, X: Any) -> NDArray[np.float64]:
        """How badly the autoencoder knows each series.

        Parameters
        ----------
        X : array, DataFrame or list
            As in `transform`.

        Returns
        -------
        float64 ndarray of shape (n_samples,)
            Mean squared difference a step between the normalised series and its
            reconstruction from its own embedding, mean over channels: 0 is perfect,
            1 is what predicting zero gives.
        """
        model, _ = self._model_and_layout()
        panel = self._as_trained(self._check(X))
        return reconstruction_errors(model, panel, self.n_jobs).mean(axis=1)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the columns, such as ``channel0_last_layer1_unit07``.

        Channels that had names in `fit` keep them: ``vibration_last_layer1_unit07``.

        Parameters
        ----------
        input_features : ignored
            Time steps are no input features; here for scikit-learn's convention.

        Returns
        -------
        ndarray of str of shape (n_channels * n_features,)
        """
        if not hasattr(self, "n_channels_in_"):
            raise NotFittedError(
                f"{type(self).__name__}: the number of channels is known after fit "
                f"only; call fit first (with weights= given it trains nothing)."
            )
        _, layout = self._model_and_layout()
        names = getattr(self, "channel_names_in_", None)
        if names is None:
            names = [f"channel{channel}" for channel in range(self.n_channels_in_)]
        return layout.names(names)

    def fingerprint(self) -> dict[str, Any]:
        """All that embeddings depend on, beside the series.

        Returns
        -------
        dict
            Parameters as they are understood, and a sha256 of the weights, ready for
            JSON: equal where embeddings are equal bit for bit.
        """
        model, layout = self._model_and_layout()
        return {
            # "last" and ("last",) are the same
            "layers": list(layout.layers),
            "pooling": list(layout.poolings),
            "views": list(map(str, layout.views)),
            "normalize": bool(self.normalize),
            "scaling": to_json(self._scaling()),
            "missing": self.missing,
            "weights": fingerprint(model),
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write weights and parameters to a folder (safetensors, no pickle).

        Parameters
        ----------
        path : path of the folder
            `load` reads it, and so does ``TimeNetTransformer(weights=path)``.
        """
        model, _ = self._model_and_layout()
        weights = Weights(model, self._saw_normalized(), describe(self))
        save_weights(weights, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote.

        Parameters
        ----------
        path : path
            Folder that `save` wrote.

        Returns
        -------
        fitted estimator
            With the parameters it was saved with.

        Raises
        ------
        ValueError, FileNotFoundError
            If the folder is damaged, or holds another kind of estimator.
        """
        weights = load_weights(path)
        estimator = restore(cls, weights.info, path)
        estimator.model_, estimator.normalized_ = weights.model, weights.normalize
        return estimator

    def _as_trained(self, panel: Panel) -> Panel:
        """Show an autoencoder whole series, by the first of `normalize`."""
        return self._views("whole")[0].of(panel, self._scaling())

    def _saw_normalized(self) -> bool:
        """Whether the weights were trained on normalised series."""
        return self.normalized_

    def _load_weights(self, weights: str | os.PathLike[str]) -> Weights:
        """Load weights; refuse those that saw no normalised series where we make it."""
        loaded = load_weights(weights)
        if self.normalize and not loaded.normalize:
            raise ValueError(
                f"{type(self).__name__}: the weights {str(weights)!r} were trained on "
                f"series as they are; pass normalize=False with them."
            )
        return loaded

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        # Of missing values: trailing NaN, a shorter series, is welcome either way.
        tags.input_tags.allow_nan = self.missing == "interpolate"
        # Always float32.
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _model(self) -> Autoencoder:
        if not hasattr(self, "model_"):
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' "
                f"with training series before using this estimator."
            )
        return self.model_

    def _model_and_layout(self) -> tuple[Autoencoder, Layout]:
        model = self._model()
        self._validate_changed_params()
        return model, self._layout(model.n_layers, model.n_units)

    def _layout(self, n_layers: int, n_units: int) -> Layout:
        """Check `layers`, `pooling`, `views` and `normalize`."""
        views, name = self._views(self.views), type(self).__name__
        return make_layout(self.layers, self.pooling, n_layers, n_units, name, views)

    def _views(self, views: Any) -> tuple[View, ...]:
        return make_views(views, self.normalize, type(self).__name__)

    def _learns_scaling(self) -> bool:
        """Whether channels are standardised by what `fit` learns."""
        return any(view.normalize == "fit" for view in self._views("whole"))

    def _learn_scaling(self, panel: Panel) -> None:
        self.__dict__.pop("scaling_", None)  # of an earlier fit
        if self._learns_scaling():
            self.scaling_ = {
                "values": learn_scaling(panel),
                "differences": learn_scaling(panel, differences=True),
            }

    def _scaling(self) -> dict[str, Scaling] | None:
        if not self._learns_scaling():
            return None
        if not hasattr(self, "scaling_"):
            raise NotFittedError(
                f"{type(self).__name__}: normalize={self.normalize!r} standardises by "
                f"what fit learns, and it was not there in fit; call fit again."
            )
        return self.scaling_

    def _validate_changed_params(self) -> None:
        """Validate parameters, unless they are the very ones that were found valid."""
        values = [getattr(self, name) for name in self._parameter_constraints]
        known = _FOUND_VALID.get(self, ())
        if len(known) != len(values) or not all(map(operator.is_, values, known)):
            self._validate_params()
            _FOUND_VALID[self] = values

    def _with_instances(self, features: Floats, panel: Panel) -> Any:
        """Put the instances of long tables on the rows of a pandas output.

        scikit-learn would take the index of X, which has a row for each time step.
        """
        index = panel.instances
        if index is None or _get_output_config("transform", self)["dense"] != "pandas":
            return features
        import pandas as pd

        return pd.DataFrame(features, index=index)

    def _check(self, X: Any, *, fitting: bool = False) -> Panel:
        if isinstance(X, Panel):  # of an estimator that has checked it
            return X
        fitted = {} if fitting else self.__dict__
        return check_panel(
            X,
            estimator=type(self).__name__,
            # What is not normalised by series must fit into float32 as it is.
            normalize=bool(self.normalize) and not self._learns_scaling(),
            missing=self.missing,
            n_channels=fitted.get("n_channels_in_"),
            channel_names=fitted.get("channel_names_in_"),
        )

    def _learn_channels(self, panel: Panel) -> None:
        """Remember the number of channels, and their names if they have any."""
        self.n_channels_in_ = panel.n_channels
        self.__dict__.pop("channel_names_in_", None)
        if panel.channel_names is not None:
            self.channel_names_in_ = np.array(panel.channel_names, dtype=object)

    def _train(self, panel: Panel, recipe: Recipe, seed: int, **how: Any) -> Trained:
        """Train on most of the series and choose the best weights on the others."""
        train = import_train(type(self).__name__)
        order = np.random.default_rng(seed).permutation(panel.n_samples)
        wanted = round(self.validation_fraction * panel.n_samples)
        # At least one series for each; a single one has to serve as both.
        most = max(1, min(panel.n_samples - 1, _MAX_VALIDATION))
        n_validation = min(max(1, wanted), most)
        training = order[n_validation:] if panel.n_samples > 1 else order
        validation = np.sort(order[:n_validation])
        return train(
            [panel.take(np.sort(training))],
            [panel.take(validation)],
            recipe,
            seed=seed,
            verbose=int(self.verbose),
            **how,
        )

    def _keep(self, trained: Trained) -> None:
        self.model_, self.normalized_ = trained.model, bool(self.normalize)
        self.validation_error_ = trained.validation_error
        self.history_ = trained.history

    def _seed(self) -> int:
        if self.random_state is None and self.checkpoint is not None:
            # A run with another seed is another run: it could never be resumed.
            return 0
        return int(check_random_state(self.random_state).randint(2**31))
