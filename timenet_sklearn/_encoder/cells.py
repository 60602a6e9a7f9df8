"""GRU layers that advance many columns by one step (paper, equations (1)-(4))."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import DTypeLike

from timenet_sklearn._encoder.model import GRULayer


class Cell:
    """Some GRU layers that advance some columns by one step, in place.

    The rows of a layer's buffer are ``[r * h | x | 1 | h]``: the candidate's product
    reads all but the last part, the gates' all but the first, without a copy. Of
    several layers, each reads what the one below made of the step before.
    """

    def __init__(
        self, layers: Sequence[GRULayer], n_inputs: int, width: int, dtype: DTypeLike
    ) -> None:
        n_units = len(layers[0].recurrent_kernel)
        gates, candidate = slice(0, 2 * n_units), slice(2 * n_units, None)
        n_rows = n_units + n_inputs + 1
        self._gate_weights = np.zeros((len(layers), 2 * n_units, n_rows), dtype)
        self._candidate_weights = np.zeros((len(layers), n_units, n_rows), dtype)
        for layer, of_gates, of_candidate in zip(
            layers, self._gate_weights, self._candidate_weights, strict=True
        ):
            kernel, recurrent, bias = (part.T for part in layer)
            inputs = kernel.shape[1]  # the others stay zero
            # sigmoid(a) = tanh(a / 2) / 2 + 1 / 2: the inner half is in the weights.
            of_gates[:, :inputs] = kernel[gates] / 2
            of_gates[:, n_inputs] = bias[gates] / 2
            of_gates[:, n_inputs + 1 :] = recurrent[gates] / 2
            of_candidate[:, :n_units] = recurrent[candidate]
            of_candidate[:, n_units : n_units + inputs] = kernel[candidate]
            of_candidate[:, -1] = bias[candidate]
        buffer = np.zeros((len(layers), n_units + n_rows, width), dtype)
        buffer[:, n_units + n_inputs] = 1
        self._reset_state = buffer[:, :n_units]
        self._candidate_inputs = buffer[:, :n_rows]
        self._gate_inputs = buffer[:, n_units:]
        self.inputs = buffer[0, n_units : n_units + layers[0].kernel.shape[0]]
        self.state = buffer[:, n_rows:]
        self._passed_on = (
            (buffer[1:, n_units : n_units + n_inputs], self.state[:-1])
            if len(layers) > 1
            else None
        )
        self._gates = np.empty((len(layers), 2 * n_units, width), dtype)
        self._keep, self._reset = self._gates[:, :n_units], self._gates[:, n_units:]
        self._candidate = np.empty((len(layers), n_units, width), dtype)

    def step(self) -> None:
        """Replace ``state`` by the next one, given ``inputs``."""
        state, gates, candidate = self.state, self._gates, self._candidate
        # One product for both gates halves the number of BLAS calls.
        np.matmul(self._gate_weights, self._gate_inputs, out=gates)
        np.tanh(gates, out=gates)
        gates *= 0.5
        gates += 0.5
        np.multiply(self._reset, state, out=self._reset_state)
        np.matmul(self._candidate_weights, self._candidate_inputs, out=candidate)
        np.tanh(candidate, out=candidate)
        # p + z * (h - p) is (1 - u) * h + u * p with one product less.
        np.subtract(state, candidate, out=state)
        np.multiply(state, self._keep, out=state)
        np.add(state, candidate, out=state)
        if self._passed_on:
            np.copyto(*self._passed_on)


def step_all(cells: list[Cell]) -> None:
    """Advance a stack of layers by one step; the caller sets the first inputs."""
    cells[0].step()
    for below, cell in pairwise(cells):
        cell.inputs[...] = below.state[-1]
        cell.step()
