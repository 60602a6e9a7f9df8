"""The two estimators: TimeNetTransformer and DomainSAETransformer."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils._param_validation import Interval

from timenet_sklearn._base import SAETransformer
from timenet_sklearn._encoder.model import Autoencoder
from timenet_sklearn._encoder.weights import Weights, load_weights
from timenet_sklearn._series.panel import Panel
from timenet_sklearn._training.recipe import FINE_TUNING, Recipe
from timenet_sklearn._training.search import Candidate, grid, search

if TYPE_CHECKING:
    from timenet_sklearn._training.loop import Trained


class TimeNetTransformer(SAETransformer):
    """Embed time series with the encoder of a GRU sequence autoencoder.

    ``TimeNetTransformer(weights="ucr18")`` is pre-trained and ready: `fit` trains
    nothing. ``TimeNetTransformer()`` trains from nothing on the series given to `fit`,
    which needs TensorFlow and takes a minute or more; ``verbose=1`` shows progress.

    TimeNet (Malhotra et al. 2017): an autoencoder is trained to reconstruct many
    series; the final hidden states of its encoder, 3 layers of 60 units, are 180
    features of any univariate series. Each channel of a multivariate series is
    embedded by itself and the features are concatenated.

    With ``weights`` given, `fit` only notes the number of channels, and `transform`
    works without it.

    Parameters
    ----------
    weights : str, path or None, default=None
        None trains on the series given to `fit`. Bundled encoders: "ucr18", pre-trained
        on the paper's 18 UCR data sets, has the best final states; "ucr18-pooled", of
        the same sets, is the one for ``pooling="pooled"``; "synthetic" and
        "synthetic-pooled" have seen only generated series. A path is a folder that
        `save` or ``timenet pretrain`` wrote, or the ``model.safetensors`` in it.
    n_units : int, default=60
        Units of each GRU layer, if trained from nothing; weights have their own.
    n_layers : int, default=3
        GRU layers of encoder and decoder, if trained from nothing; weights have their
        own.
    layers : "all", int or tuple of int, default="all"
        Layers whose states are features, 1-based (TN-C_L1..L3 of the paper's
        Table 1).
    pooling : str or tuple of str, default="last"
        Summaries of the states over time, all in one pass: "last", the final states, is
        the paper's; "mean", "max", "min", "std", "change", "rise", "turn". "change" is
        the mean of ``|d_t|``, where ``d_t = h_t - h_{t-1}`` and ``h_0 = 0``; "rise"
        that of the direction ``s_t = d_t / (|d_t| + 0.001)``, near 1 for a state that
        always rises; "turn" that of ``-s_t s_{t-1}``, with ``s_0 = 0``, near 1 for a
        state that turns at every step. "pooled" stands for the five that classify best
        together, `timenet_sklearn.POOLED`. Take "pooled" to classify or regress, and
        "last" to compare with the paper, to reconstruct, or if 180 numbers must be
        enough.
    views : str or tuple of str, default="whole"
        What the encoder is shown of each channel, features side by side: "whole", the
        series; "differences", the step from each value to the next; "coarse", a series
        averaged down to 256 steps; "windows", of 256 steps that overlap by half, by
        the mean of their summaries, and "window_spread", by the standard deviation;
        "coarse_differences", "window_differences", "window_differences_spread". A
        series of up to 512 steps is its own only window; one of more than 131,200 steps
        has 1,024 windows at equal distances. Windows are many times faster for few long
        series.
    fine_tune : bool, default=False
        Continue training from `weights` on the series given to `fit`.
    normalize : {"series", "fit", ("series", "fit"), False}, default="series"
        "series", or True, z-normalises each channel of each series (or window) by
        itself, in float64, as the paper does: its level and scale are lost. "fit"
        standardises channels by the mean and standard deviation that `fit` saw over all
        real steps of all series: long series weigh more; NaN is left out, or, if
        interpolated, counts as filled; values beyond the 1st and 99th percentile count
        as these, so that outliers do not decide. Both together make a pass each. False
        is for series that are normalised already: the bundled weights expect that.
    missing : {"error", "interpolate"}, default="error"
        What to do with NaN inside a series. Trailing NaN means a shorter series.
    recipe : Recipe or None, default=None
        How to train; None takes ``Recipe()``, or a gentler one to fine-tune.
    validation_fraction : float, default=0.2
        Part of the series that is not trained on but chooses the best weights.
    checkpoint : path or None, default=None
        Folder for the state of the training run. A killed `fit` that is called again
        with the same data and parameters goes on from there and ends with the same
        weights as an unbroken one. A folder serves one run: in a cross-validation the
        folds would refuse each other's.
    random_state : int, RandomState instance or None, default=None
        An int makes two trainings on a CPU equal bit for bit. With `checkpoint`, None
        is 0, so that a run can go on.
    n_jobs : int or None, default=None
        Threads of `transform`. None takes as many as NumPy's BLAS would, -1 all CPUs.
    verbose : int, default=0
        Above 0 shows a progress bar while training.

    Attributes
    ----------
    model_ : Autoencoder
        Weights of encoder and decoder, as NumPy arrays.
    normalized_ : bool
        Whether they were trained on normalised series.
    n_channels_in_ : int
        Channels of the series seen by `fit`.
    channel_names_in_ : ndarray of str of shape (n_channels,)
        Their names, if all have one, as the columns of a table of series do.
    scaling_ : dict of Scaling
        ``center`` and ``spread`` of each channel's "values" and "differences", if
        `normalize` has "fit".
    validation_error_ : float
        Squared reconstruction error a step on the validation series (predicting zero
        gives 1.0), if trained.
    history_ : dict of lists
        Step, loss, validation error and seconds of each evaluation, if trained.

    References
    ----------
    Malhotra, TV, Vig, Agarwal, Shroff: "TimeNet: Pre-trained deep recurrent neural
    network for time series classification", 2017, arXiv:1706.08838.

    Examples
    --------
    >>> import numpy as np
    >>> from timenet_sklearn import TimeNetTransformer
    >>> X = np.sin(np.linspace(0, 9, 100) * np.arange(1, 4)[:, None])
    >>> TimeNetTransformer(weights="ucr18").fit_transform(X).shape
    (3, 180)
    """

    _parameter_constraints: Mapping[str, list[Any]] = {
        **SAETransformer._parameter_constraints,
        "weights": [None, str, os.PathLike],
        "n_units": [Interval(Integral, 1, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "fine_tune": ["boolean"],
    }

    def __init__(
        self,
        weights: str | os.PathLike[str] | None = None,
        *,
        n_units: int = 60,
        n_layers: int = 3,
        layers: str | int | Sequence[int] = "all",
        pooling: str | Sequence[str] = "last",
        views: str | Sequence[str] = "whole",
        fine_tune: bool = False,
        normalize: bool | str | Sequence[str] = "series",
        missing: str = "error",
        recipe: Recipe | None = None,
        validation_fraction: float = 0.2,
        checkpoint: str | os.PathLike[str] | None = None,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.weights = weights
        self.n_units = n_units
        self.n_layers = n_layers
        self.layers = layers
        self.pooling = pooling
        self.views = views
        self.fine_tune = fine_tune
        self.normalize = normalize
        self.missing = missing
        self.recipe = recipe
        self.validation_fraction = validation_fraction
        self.checkpoint = checkpoint
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(self, X: Any, y: Any = None) -> Self:
        """Train the autoencoder, or take the weights given.

        Parameters
        ----------
        X : array, DataFrame or list
            Series, as in `transform`.
        y : ignored
            The autoencoder needs no labels.

        Returns
        -------
        self
        """
        self._validate_params()
        if self.fine_tune and self.weights is None:
            raise ValueError(
                "TimeNetTransformer: fine_tune=True needs weights to start from, for "
                'instance weights="ucr18".'
            )
        panel = self._check(X, fitting=True)
        given = None if self.weights is None else self._load_weights(self.weights)
        n_units = self.n_units if given is None else given.model.n_units
        n_layers = self.n_layers if given is None else given.model.n_layers
        self._layout(n_layers, n_units)
        self._learn_scaling(panel)
        if given is None or self.fine_tune:
            recipe = self.recipe or (FINE_TUNING if self.fine_tune else Recipe())
            trained = self._train(
                self._as_trained(panel),
                recipe,
                self._seed(),
                n_units=n_units,
                n_layers=n_layers,
                initial=None if given is None else given.model,
                checkpoint=self.checkpoint,
            )
            self._keep(trained)
        else:
            self.model_, self.normalized_ = given.model, given.normalize
            for name in ("validation_error_", "history_"):  # of an earlier training
                self.__dict__.pop(name, None)
        self._learn_channels(panel)
        return self

    def _saw_normalized(self) -> bool:
        if hasattr(self, "model_") or self.weights is None:
            return super()._saw_normalized()
        return load_weights(self.weights).normalize

    def _model(self) -> Autoencoder:
        if self._needs_fit() or hasattr(self, "model_"):
            return super()._model()
        assert self.weights is not None
        return self._load_weights(self.weights).model

    def _load_weights(self, weights: str | os.PathLike[str]) -> Weights:
        """Load weights; refuse another architecture than theirs, if asked for."""
        loaded = super()._load_weights(weights)
        for name, default in (("n_units", 60), ("n_layers", 3)):
            wanted, found = getattr(self, name), getattr(loaded.model, name)
            # The default cannot be told from a wish.
            if wanted not in (default, found):
                raise ValueError(
                    f"TimeNetTransformer: {name}={wanted} contradicts weights="
                    f"{os.fspath(weights)!r}, which have {name}={found}. Leave {name} "
                    "out, or pass weights=None to train from nothing."
                )
        return loaded

    def _needs_fit(self) -> bool:
        return self.weights is None or self.fine_tune or self._learns_scaling()

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_") or not self._needs_fit()

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = self._needs_fit()
        return tags


class DomainSAETransformer(SAETransformer):
    """Embed time series with an autoencoder tuned on one data set (paper: SAE-C).

    `fit` trains a sequence autoencoder for each combination of `n_units` and
    `n_layers`, on the series alone, and keeps the one with the lowest validation
    reconstruction error.

    Parameters
    ----------
    n_units : int or tuple of int, default=(30, 60)
        Units a layer to try.
    n_layers : int or tuple of int, default=(1, 3)
        Numbers of layers to try.
    warm_start_from : None, "ucr18" or path, default=None
        Weights from which the candidate of the same architecture starts; there must
        be one.
    layers, pooling, views, normalize, missing, recipe, validation_fraction, \
checkpoint, random_state, n_jobs, verbose
        As in `TimeNetTransformer`. Each candidate has a folder of its own in
        `checkpoint`.

    Attributes
    ----------
    model_ : Autoencoder
        Weights of the winner, as NumPy arrays.
    normalized_ : bool
        Whether they were trained on normalised series.
    best_params_ : dict
        ``n_units`` and ``n_layers`` of the winner.
    search_results_ : dict of lists
        ``n_units``, ``n_layers``, ``validation_error``, ``n_steps`` and ``seconds``
        of each candidate: ``pandas.DataFrame(search_results_)`` makes a table.
    validation_error_ : float
        Of the winner.
    history_ : dict of lists
        Of the winner.
    n_channels_in_ : int
        Channels of the series seen by `fit`.
    channel_names_in_ : ndarray of str of shape (n_channels,)
        Their names, if all have one, as the columns of a table of series do.

    References
    ----------
    Malhotra et al. 2017, arXiv:1706.08838, section 5.
    """

    _parameter_constraints: Mapping[str, list[Any]] = {
        **SAETransformer._parameter_constraints,
        "n_units": [Interval(Integral, 1, None, closed="left"), tuple, list],
        "n_layers": [Interval(Integral, 1, None, closed="left"), tuple, list],
        "warm_start_from": [None, str, os.PathLike],
    }

    def __init__(
        self,
        n_units: int | Sequence[int] = (30, 60),
        n_layers: int | Sequence[int] = (1, 3),
        *,
        warm_start_from: str | os.PathLike[str] | None = None,
        layers: str | int | Sequence[int] = "all",
        pooling: str | Sequence[str] = "last",
        views: str | Sequence[str] = "whole",
        normalize: bool | str | Sequence[str] = "series",
        missing: str = "error",
        recipe: Recipe | None = None,
        validation_fraction: float = 0.2,
        checkpoint: str | os.PathLike[str] | None = None,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.n_units = n_units
        self.n_layers = n_layers
        self.warm_start_from = warm_start_from
        self.layers = layers
        self.pooling = pooling
        self.views = views
        self.normalize = normalize
        self.missing = missing
        self.recipe = recipe
        self.validation_fraction = validation_fraction
        self.checkpoint = checkpoint
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(self, X: Any, y: Any = None) -> Self:
        """Train an autoencoder for each candidate and keep the best.

        Parameters
        ----------
        X : array, DataFrame or list
            Series, as in `transform`; about 20 or more.
        y : ignored
            The autoencoder needs no labels.

        Returns
        -------
        self
        """
        self._validate_params()
        panel = self._check(X, fitting=True)
        candidates = grid(n_units=self.n_units, n_layers=self.n_layers)
        for _, n_layers in candidates:
            self._layout(n_layers, 1)
        self._learn_scaling(panel)
        seed, warm = self._seed(), self._warm_start(candidates)
        winner, self.search_results_ = search(
            candidates, partial(self._train_candidate, panel, warm, seed)
        )
        self.best_params_ = {
            "n_units": winner.model.n_units,
            "n_layers": winner.model.n_layers,
        }
        self._keep(winner)
        self._learn_channels(panel)
        return self

    def _warm_start(self, candidates: list[Candidate]) -> Autoencoder | None:
        if self.warm_start_from is None:
            return None
        model = self._load_weights(self.warm_start_from).model
        if (model.n_units, model.n_layers) not in candidates:
            raise ValueError(
                f"DomainSAETransformer: warm_start_from={str(self.warm_start_from)!r} "
                f"has n_units={model.n_units} and n_layers={model.n_layers}, which no "
                f"candidate has: n_units={self.n_units}, n_layers={self.n_layers}."
            )
        return model

    def _train_candidate(
        self,
        panel: Panel,
        warm: Autoencoder | None,
        seed: int,
        candidate: Candidate,
    ) -> Trained:
        n_units, n_layers = candidate
        same = warm is not None and (warm.n_units, warm.n_layers) == candidate
        checkpoint = self.checkpoint
        if checkpoint is not None:
            checkpoint = Path(checkpoint) / f"units{n_units}-layers{n_layers}"
        return self._train(
            self._as_trained(panel),
            self.recipe or Recipe(),
            seed,
            n_units=n_units,
            n_layers=n_layers,
            initial=warm if same else None,
            checkpoint=checkpoint,
        )
