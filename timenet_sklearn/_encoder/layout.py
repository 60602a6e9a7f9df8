"""The layout of an embedding: which columns there are, their names, the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn._encoder.model import Floats
from timenet_sklearn._encoder.pooling import POOLED, POOLINGS
from timenet_sklearn._series.views import WHOLE, View, some_of


@dataclass(frozen=True)
class Layout:
    """Columns of an embedding: by channel, view, pooling, layer and unit, in order.

    Attributes
    ----------
    layers : tuple of int
        Layers, 1-based, as in the columns TN-C_L1..L3 of the paper's Table 1.
    poolings : tuple of str
        Of `POOLINGS`.
    n_layers : int
        Layers that the encoder has.
    n_units : int
    views : tuple of View
        What the encoder is shown, a pass each.
    """

    layers: tuple[int, ...]
    poolings: tuple[str, ...]
    n_layers: int
    n_units: int
    views: tuple[View, ...] = (WHOLE,)

    @property
    def n_features(self) -> int:
        """Columns a channel."""
        n_summaries = len(self.views) * len(self.poolings)
        return n_summaries * len(self.layers) * self.n_units

    def flatten(self, states: Floats) -> Floats:
        """Lay out states as columns: (n_samples, n_channels * n_features).

        `states` are (n_samples, n_channels, n_views, n_poolings, n_layers, n_units).
        """
        n_samples, n_channels = states.shape[:2]
        if self.layers != tuple(range(1, states.shape[4] + 1)):
            states = states[:, :, :, :, [layer - 1 for layer in self.layers]]
        return states.reshape(n_samples, n_channels * self.n_features)

    def final_states(self, embeddings: Floats, name: str) -> Floats:
        """Take the final states of all layers back out of an embedding.

        Gives (n_samples, n_channels, n_layers, n_units); refuses embeddings without
        them, or with another number of columns.
        """
        absent = sorted(set(range(1, self.n_layers + 1)) - set(self.layers))
        whole = [view.kind == "whole" for view in self.views]
        if "last" not in self.poolings or absent or not any(whole):
            raise ValueError(
                f"{name}: a series can be decoded only from the final states of all "
                f"{self.n_layers} layers over the whole series, but "
                f"layers={self.layers}, pooling={self.poolings} and "
                f"views={tuple(map(str, self.views))} leave some out. Use "
                f"layers='all', a pooling that has 'last' and views that have 'whole'."
            )
        n_columns = embeddings.shape[1] if embeddings.ndim == 2 else 0
        if n_columns == 0 or n_columns % self.n_features:
            raise ValueError(
                f"{name}: expected embeddings of shape (n_samples, n_channels * "
                f"{self.n_features}), got shape {embeddings.shape}."
            )
        states = embeddings.reshape(
            len(embeddings),
            n_columns // self.n_features,
            len(self.views),
            len(self.poolings),
            len(self.layers),
            self.n_units,
        )
        order = [self.layers.index(layer + 1) for layer in range(self.n_layers)]
        last = states[:, :, whole.index(True), self.poolings.index("last")]
        return last[:, :, order]

    def names(self, channels: Sequence[str]) -> NDArray[np.object_]:
        """Names such as ``channel0_last_layer1_unit07``.

        A view other than the whole series, normalised by itself, has its name in
        between: ``channel0_differences_fit_last_layer1_unit07``.
        """
        width = len(str(self.n_units - 1))
        prefixes = [f"{view.label}_" if view.label else "" for view in self.views]
        return np.array(
            [
                f"{channel}_{view}{pooling}_layer{layer}_unit{unit:0{width}}"
                for channel in channels
                for view in prefixes
                for pooling in self.poolings
                for layer in self.layers
                for unit in range(self.n_units)
            ],
            dtype=object,
        )


def make_layout(
    layers: str | int | Sequence[int],
    pooling: str | Sequence[str],
    n_layers: int,
    n_units: int,
    name: str,
    views: tuple[View, ...] = (WHOLE,),
) -> Layout:
    """Check `layers` and `pooling` of an estimator; errors say what there is."""
    chosen: tuple[Any, ...]
    if isinstance(layers, str) and layers == "all":
        chosen = tuple(range(1, n_layers + 1))
    else:
        chosen = tuple(layers) if np.iterable(layers) else (layers,)
    whole = [
        isinstance(layer, (int, np.integer)) and not isinstance(layer, bool)
        for layer in chosen
    ]
    if (
        not chosen
        or not all(whole)
        or not all(1 <= layer <= n_layers for layer in chosen)
        or len(set(chosen)) < len(chosen)
    ):
        raise ValueError(
            f"{name}: layers must be 'all', a layer from 1 to {n_layers}, or a tuple "
            f"of different ones, got {layers!r}."
        )
    poolings = some_of((*POOLINGS, "pooled"), pooling, "pooling", name)
    if "pooled" in poolings:
        place = poolings.index("pooled")
        poolings = (*poolings[:place], *POOLED, *poolings[place + 1 :])
        some_of(POOLINGS, poolings, "pooling", name)
    return Layout(
        tuple(int(layer) for layer in chosen), poolings, n_layers, n_units, views
    )
