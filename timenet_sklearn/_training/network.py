"""The sequence autoencoder as a Keras model, and its weights in and out."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import keras
import numpy as np
from keras import ops

from timenet_sklearn._encoder.model import Autoencoder, GRULayer
from timenet_sklearn._encoder.pooling import POOLED
from timenet_sklearn._training.contrast import (
    N_DIMENSIONS,
    standardize,
    summarize,
)


class Network:
    """A Keras sequence autoencoder (paper, section 3, equations 1-4).

    The encoder reads a series; the decoder starts from the encoder's final states,
    gets zeros at every step, and a linear layer gives z_T, z_{T-1}, ..., z_1.

    Parameters
    ----------
    n_units, n_layers : int
        Units of each GRU layer; number of layers in encoder and in decoder.
    dropout : float, default=0.0
        Rate of the operator D: a fresh mask at every step, on the non-recurrent
        inputs of every layer only.
    seed : int, default=0
        Of the initial weights and of the dropout masks.
    losses : collection of {"contrast", "contrast_final", "teach", "anchor"}
        Those beside the reconstruction, settings of `Recipe`; each wants an output.
    summaries : sequence of str, default=POOLED
        Of `POOLINGS`: those that these losses read.
    freeze_encoder : bool, default=False
        Whether training leaves the encoder as it is.

    Attributes
    ----------
    model : keras.Model
        From values ``(batch, n_timepoints, 1)`` and a mask of the real steps
        ``(batch, n_timepoints)`` to a dict: "reconstruction", reversed ``(batch,
        n_timepoints, 1)``, whose real steps come first; and, as `losses` want them,
        "contrast" and "contrast_final", projections ``(batch, N_DIMENSIONS)`` of
        summaries and of final states; "teach", what a linear head on the final states
        misses of the summaries; "anchor", the summaries.
    """

    def __init__(
        self,
        n_units: int,
        n_layers: int,
        *,
        dropout: float = 0.0,
        seed: int = 0,
        losses: Collection[str] = (),
        summaries: Sequence[str] = POOLED,
        freeze_encoder: bool = False,
    ) -> None:
        seeds = iter(np.random.SeedSequence(seed).generate_state(6 * n_layers + 4))
        self._dropout, self._seeds = dropout, seeds
        self._encoder = [_gru_cell(n_units, seeds) for _ in range(n_layers)]
        self._decoder = [_gru_cell(n_units, seeds) for _ in range(n_layers)]
        self._output = keras.layers.Dense(
            1, kernel_initializer=keras.initializers.GlorotUniform(_next(seeds))
        )
        values = keras.Input((None, 1), name="values")
        mask = keras.Input((None,), dtype="bool", name="mask")
        all_states, states = self._run(
            self._encoder, values, None, mask, len(losses) > 0
        )
        outputs, _ = self._run(self._decoder, ops.zeros_like(values), states, mask)
        found = {"reconstruction": self._output(outputs)}
        if losses:
            final = ops.concatenate(states, axis=-1)
            pooled = summarize(all_states, final, mask, summaries)
            found |= self._beside(final, pooled, losses)
        for cell in self._encoder:
            cell.trainable = not freeze_encoder
        self.model = keras.Model([values, mask], found)

    def _beside(self, final, pooled, losses):
        """Make the outputs that the losses beside the reconstruction want."""
        scaled_final, scaled = standardize(final), standardize(pooled)
        outputs = {
            "contrast": lambda: self._linear(N_DIMENSIONS)(scaled),
            "contrast_final": lambda: self._linear(N_DIMENSIONS)(scaled_final),
            "teach": lambda: (
                self._linear(scaled.shape[-1])(scaled_final) - ops.stop_gradient(scaled)
            ),
            "anchor": lambda: pooled,
        }
        return {name: outputs[name]() for name in losses}

    def _linear(self, n_outputs):
        return keras.layers.Dense(
            n_outputs,
            use_bias=False,
            kernel_initializer=keras.initializers.GlorotUniform(_next(self._seeds)),
        )

    def _run(self, cells, inputs, states, mask, all_layers=False):
        """Run a stack of cells over time; return its outputs and final states.

        The outputs are the states of the top layer, or of all side by side.
        """
        if not self._dropout:
            # One loop over time for all layers: the fast form by a third.
            stack = _AllStates(cells) if all_layers else cells
            rnn = keras.layers.RNN(
                stack if len(cells) > 1 else cells[0],
                return_sequences=all_layers or states is not None,
                return_state=True,
                # Keras on jax repeats a state there, which is not as wide as all.
                zero_output_for_mask=all_layers,
            )
            outputs, *states = rnn(inputs, initial_state=states, mask=mask)
            return outputs, states
        final_states, outputs = [], []
        for index, cell in enumerate(cells):
            # GRUCell(dropout=) would draw one mask and reuse it for all steps.
            inputs = keras.layers.Dropout(self._dropout, seed=_next(self._seeds))(
                inputs
            )
            rnn = keras.layers.RNN(cell, return_sequences=True, return_state=True)
            state = None if states is None else [states[index]]
            inputs, final_state = rnn(inputs, initial_state=state, mask=mask)
            final_states.append(final_state)
            outputs.append(inputs)
        return ops.concatenate(outputs, -1) if all_layers else inputs, final_states

    def get_arrays(self) -> Autoencoder:
        """Copy the weights out, as float32 NumPy arrays."""
        kernel, bias = self._output.get_weights()
        return Autoencoder(
            encoder=tuple(GRULayer(*cell.get_weights()) for cell in self._encoder),
            decoder=tuple(GRULayer(*cell.get_weights()) for cell in self._decoder),
            output_kernel=kernel,
            output_bias=bias,
        )

    def set_arrays(self, arrays: Autoencoder) -> None:
        """Copy weights of the same architecture in."""
        for cells, layers in (
            (self._encoder, arrays.encoder),
            (self._decoder, arrays.decoder),
        ):
            for cell, layer in zip(cells, layers, strict=True):
                cell.set_weights(layer)
        self._output.set_weights([arrays.output_kernel, arrays.output_bias])


class _AllStates(keras.layers.StackedRNNCells):
    """A stack of cells whose output is the states of all of them, side by side."""

    @property
    def output_size(self):
        return sum(cell.state_size for cell in self.cells)

    def call(self, inputs, states, training=False, **kwargs):
        _, states = super().call(inputs, states, training=training, **kwargs)
        return ops.concatenate(keras.tree.flatten(states), axis=-1), states


def _next(seeds) -> int:
    # Keras' torch back end takes seeds of 31 bits.
    return int(next(seeds)) >> 1


def _gru_cell(n_units: int, seeds) -> keras.layers.GRUCell:
    return keras.layers.GRUCell(
        n_units,
        reset_after=False,  # the paper resets the state before the product
        kernel_initializer=keras.initializers.GlorotUniform(_next(seeds)),
        recurrent_initializer=keras.initializers.Orthogonal(seed=_next(seeds)),
        # draws nothing here, but checkpoints hold it: else no two would be the same
        seed=0,
    )
