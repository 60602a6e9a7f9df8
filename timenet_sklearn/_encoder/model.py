"""The arrays of a sequence autoencoder: what training makes and the encoder runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]


class GRULayer(NamedTuple):
    """Arrays of one GRU layer, in Keras' layout (gates ordered z, r, candidate).

    Attributes
    ----------
    kernel : ndarray of shape (n_inputs, 3 * n_units)
    recurrent_kernel : ndarray of shape (n_units, 3 * n_units)
    bias : ndarray of shape (3 * n_units,)
    """

    kernel: Floats
    recurrent_kernel: Floats
    bias: Floats


@dataclass(frozen=True)
class Autoencoder:
    """Arrays of a whole sequence autoencoder (paper, section 3).

    Attributes
    ----------
    encoder, decoder : tuple of GRULayer, bottom layer first
    output_kernel : ndarray of shape (n_units, 1)
        Linear layer from the decoder's top state to the reconstructed value.
    output_bias : ndarray of shape (1,)
    """

    encoder: tuple[GRULayer, ...]
    decoder: tuple[GRULayer, ...]
    output_kernel: Floats
    output_bias: Floats

    @property
    def n_layers(self) -> int:
        """Number of stacked GRU layers."""
        return len(self.encoder)

    @property
    def n_units(self) -> int:
        """Units of each layer."""
        return len(self.encoder[0].recurrent_kernel)
