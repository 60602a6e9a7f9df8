"""Choose states of an embedding after the encoder has run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import product
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from timenet_sklearn._encoder.layout import make_layout
from timenet_sklearn._encoder.pooling import POOLINGS
from timenet_sklearn._series.views import NORMALIZATIONS, VIEWS, View, some_of

__all__ = ["POOLINGS", "SelectStates"]

# Before it stands the channel, and a prefix of a FeatureUnion or ColumnTransformer.
_NAME = re.compile(
    rf"_((?:{'|'.join(VIEWS)})_)?(fit_)?({'|'.join(POOLINGS)})"
    r"_layer(\d+)_unit\d+$"
)
_LABELS = tuple(str(View(kind, how)) for kind in VIEWS for how in NORMALIZATIONS)
_NEVER_NEGATIVE = ("std", "change")

# View, pooling and layer of a column.
_State = tuple[str, str, int]


class SelectStates(SelectorMixin, BaseEstimator):
    """Keep the columns of some layers, poolings and views of an embedding.

    An encoder that returns all there is, ``TimeNetTransformer(weights="ucr18",
    pooling=POOLINGS)``, has to run only once; a search over `layers` and `pooling`
    of this step then costs next to nothing. What is kept equals, bit for bit, what
    the encoder would have returned with the same `layers` and `pooling`, as long as
    both are given in ascending order, that of the columns.

    Columns are known by their names where X is a DataFrame that `TimeNetTransformer`
    made (``set_output(transform="pandas")`` or ``"polars"``). An array has no names:
    its columns must stand as an encoder of `encoder_pooling`, `n_layers` and
    `n_units`, with all of its layers, returns them.

    Parameters
    ----------
    layers : "all", int or tuple of int, default="all"
        Layers to keep, 1-based.
    pooling : str or tuple of str, default="last"
        Poolings to keep, of `POOLINGS`, or "pooled".
    views : "all" or str or tuple of str, default="all"
        Views to keep, as columns name them, "_fit" included: "whole", "whole_fit",
        "differences", "window_differences_fit" and the like.
    encoder_pooling : str or tuple of str, default=POOLINGS
        `pooling` of the encoder. Not used where columns have names.
    encoder_views : str or tuple of str, default="whole"
        `views` of the encoder, "_fit" included, in the order of the columns. Not used
        where columns have names.
    n_layers : int, default=3
        Layers of the encoder. Not used where columns have names.
    n_units : int, default=60
        Units of each layer. Not used where columns have names.

    Attributes
    ----------
    support_ : bool ndarray of shape (n_features,)
        Which columns are kept.
    n_features_in_ : int
        Columns of the embedding.
    feature_names_in_ : ndarray of str
        Their names, if they have any.

    Examples
    --------
    >>> import numpy as np
    >>> from timenet_sklearn import TimeNetTransformer
    >>> from timenet_sklearn.selection import POOLINGS, SelectStates
    >>> X = np.sin(np.linspace(0, 9, 100) * np.arange(1, 4)[:, None])
    >>> every = TimeNetTransformer(weights="ucr18", pooling=POOLINGS).fit_transform(X)
    >>> every.shape
    (3, 1440)
    >>> SelectStates(layers=(1, 3), pooling="mean").fit_transform(every).shape
    (3, 120)
    """

    _parameter_constraints: Mapping[str, list[Any]] = {
        "layers": [StrOptions({"all"}), Integral, tuple, list],
        "pooling": [str, tuple, list],
        "views": [str, tuple, list],
        "encoder_pooling": [str, tuple, list],
        "encoder_views": [str, tuple, list],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "n_units": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        layers: str | int | Sequence[int] = "all",
        pooling: str | Sequence[str] = "last",
        *,
        views: str | Sequence[str] = "all",
        encoder_pooling: str | Sequence[str] = POOLINGS,
        encoder_views: str | Sequence[str] = "whole",
        n_layers: int = 3,
        n_units: int = 60,
    ) -> None:
        self.layers = layers
        self.pooling = pooling
        self.views = views
        self.encoder_pooling = encoder_pooling
        self.encoder_views = encoder_views
        self.n_layers = n_layers
        self.n_units = n_units

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the columns to keep; their values teach nothing.

        Parameters
        ----------
        X : array or DataFrame of shape (n_samples, n_features)
            Embeddings.
        y : ignored
            States are chosen by name or place, never by labels.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the columns are not those of the encoder described, or `layers` and
            `pooling` ask for what is not among them.
        """
        self._validate_params()
        values = validate_data(self, X)
        states = self._states_by_name()
        if states is None:
            states = self._states_by_position(values)
        wanted = self._wanted(set(states))
        self.support_ = np.array([state in wanted for state in states])
        return self

    def _wanted(self, there: set[_State]) -> set[_State]:
        """Combine `layers`, `pooling` and `views`, which must all be there."""
        layers = tuple(sorted({layer for _, _, layer in there}))
        views = tuple({view for view, _, _ in there})
        if self.views != "all":
            views = some_of(_LABELS, self.views, "views", "SelectStates")
        chosen = make_layout(
            self.layers, self.pooling, layers[-1], self.n_units, "SelectStates"
        )
        if not isinstance(self.layers, str):  # "all" are those that are there
            layers = chosen.layers
        wanted = set(product(views, chosen.poolings, layers))
        if wanted - there:
            known = ", ".join(f"{p} of layer {n} ({v})" for v, p, n in sorted(there))
            raise ValueError(
                f"SelectStates: layers={self.layers!r} with pooling={self.pooling!r} "
                f"and views={self.views!r} is not among the columns of X, which are "
                f"{known}. Ask the encoder for all that you want to choose from."
            )
        return wanted

    def _states_by_name(self) -> list[_State] | None:
        """Read what columns are from their names; None if they are not ours."""
        names = getattr(self, "feature_names_in_", ())
        found = [_NAME.search(name) for name in names]
        if not any(found):
            return None
        for name, match in zip(names, found, strict=True):
            if match is None:
                raise ValueError(
                    f"SelectStates: column {name!r} is no state of an encoder. Put "
                    f"this step right after TimeNetTransformer, before its output is "
                    f"joined with other features."
                )
        return [
            (f"{m[1] or 'whole_'}{m[2] or ''}".removesuffix("_"), m[3], int(m[4]))
            for m in found
            if m
        ]

    def _states_by_position(self, values: NDArray[Any]) -> list[_State]:
        """Tell what columns are from the order in which the encoder has them."""
        layout = make_layout(
            "all", self.encoder_pooling, self.n_layers, self.n_units, "SelectStates"
        )
        views = some_of(_LABELS, self.encoder_views, "encoder_views", "SelectStates")
        n_features = len(views) * layout.n_features
        expected = (
            f"an encoder with pooling={layout.poolings}, views={views}, "
            f"n_layers={self.n_layers} and n_units={self.n_units}"
        )
        advice = (
            "Describe the encoder by encoder_pooling, encoder_views, n_layers and "
            'n_units, or let it name its columns: set_output(transform="pandas").'
        )
        n_channels, rest = divmod(values.shape[1], n_features)
        if rest:
            raise ValueError(
                f"SelectStates: X has {values.shape[1]} columns and no names that say "
                f"what they are; {expected} gives {n_features} a channel. "
                f"{advice}"
            )
        blocks = product(views, layout.poolings, layout.layers)
        channel = [state for state in blocks for _ in range(layout.n_units)]
        states: list[_State] = channel * n_channels
        # 8 channels of 180 make 1440 columns, too: their number is no proof.
        spread = [pooling in _NEVER_NEGATIVE for _, pooling, _ in states]
        if (values[:, spread] < 0).any():
            raise ValueError(
                f"SelectStates: the columns of X do not stand as {expected} has them: "
                f"some that would be {' or '.join(_NEVER_NEGATIVE)} are negative. "
                f"{advice}"
            )
        return states

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        return self.support_
