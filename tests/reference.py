"""The paper's equations (1)-(4), spelled out: slow, plain, float64.

Written from the paper alone, to judge the package by. Each series, step and layer
is a turn of a loop; nothing is batched, folded or reordered. From the package come
only the containers of the arrays.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from timenet_sklearn._encoder.model import Autoencoder, GRULayer


class PaperLayer(NamedTuple):
    """Weights as the paper writes them: each ``W`` acts on ``[input, state]``."""

    W_r: np.ndarray
    b_r: np.ndarray
    W_u: np.ndarray
    b_u: np.ndarray
    W_p: np.ndarray
    b_p: np.ndarray


def paper_layer(layer):
    """Translate Keras' layout.

    Keras puts the columns of three gates side by side, in the order z, r, candidate,
    and multiplies from the left: x @ kernel + h @ recurrent_kernel. Its z is the part
    of the old state that stays, the paper's u the part that is replaced: u = 1 - z.
    As 1 - sigmoid(a) = sigmoid(-a), W_u is -W_z.
    """
    n_units = layer.recurrent_kernel.shape[0]
    weights = np.vstack([layer.kernel, layer.recurrent_kernel]).astype(np.float64).T
    bias = np.asarray(layer.bias, dtype=np.float64)
    W_z, W_r, W_p = (weights[i * n_units : (i + 1) * n_units] for i in range(3))
    b_z, b_r, b_p = (bias[i * n_units : (i + 1) * n_units] for i in range(3))
    return PaperLayer(W_r, b_r, -W_z, -b_z, W_p, b_p)


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def next_state(layer, x, h):
    """One layer, one step; x is D(h^{l-1}_t), h is h^l_{t-1}."""
    r = sigmoid(layer.W_r @ np.concatenate([x, h]) + layer.b_r)  # (1)
    u = sigmoid(layer.W_u @ np.concatenate([x, h]) + layer.b_u)  # (2)
    p = np.tanh(layer.W_p @ np.concatenate([x, r * h]) + layer.b_p)  # (3)
    return (1 - u) * h + u * p  # (4)


def encoder_states(layers, series):
    """States of all layers after each step: (n_steps, n_layers, n_units)."""
    paper_layers = [paper_layer(layer) for layer in layers]
    states = [np.zeros(len(layer.b_r)) for layer in paper_layers]
    history = []
    for value in series:
        x = np.array([value], dtype=np.float64)
        for index, layer in enumerate(paper_layers):
            x = states[index] = next_state(layer, x, states[index])
        history.append(list(states))
    return np.array(history)


def decoded_series(model, final_states, n_steps):
    """Reconstruction in natural order, from final states (n_layers, n_units)."""
    paper_layers = [paper_layer(layer) for layer in model.decoder]
    states = [np.array(state, dtype=np.float64) for state in final_states]
    backwards = []  # z_T first
    for _ in range(n_steps):
        x = np.zeros(1)
        for index, layer in enumerate(paper_layers):
            x = states[index] = next_state(layer, x, states[index])
        backwards.append(float(x @ model.output_kernel[:, 0] + model.output_bias[0]))
    return np.array(backwards[::-1])


def random_layers(rng, n_units, n_layers, dtype=np.float64):
    """Layers whose gates and candidates are neither idle nor saturated."""

    def draw(*shape):
        return rng.normal(0, 1 / np.sqrt(shape[0]), shape).astype(dtype)

    return tuple(
        GRULayer(
            draw(1 if index == 0 else n_units, 3 * n_units),
            draw(n_units, 3 * n_units),
            rng.normal(0, 0.5, 3 * n_units).astype(dtype),
        )
        for index in range(n_layers)
    )


def random_model(seed, n_units, n_layers, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return Autoencoder(
        encoder=random_layers(rng, n_units, n_layers, dtype),
        decoder=random_layers(rng, n_units, n_layers, dtype),
        output_kernel=rng.normal(0, 1, (n_units, 1)).astype(dtype),
        output_bias=rng.normal(0, 1, 1).astype(dtype),
    )


LOG3 = np.log(3.0)  # sigmoid(log 3) = 3/4, tanh(log 3 / 2) = 1/2


def hand_sized_layer():
    """Two units, whose states on the series [1, 0] are fractions.

    The gates are constant: u = (1/4, 1/4), r = (1/4, 3/4).
    Step 1: p = tanh(log 3 / 2) = (1/2, 1/2), so h = 1/4 p = (1/8, 1/8).
    Step 2: r h = (1/32, 3/32). Unit 1 reads unit 2 with weight 16/3 log 3, so
    p = (tanh(log 3 / 2), 0) = (1/2, 0) and
    h = 3/4 (1/8, 1/8) + 1/4 (1/2, 0) = (7/32, 3/32).
    Were r applied after the product (reset_after=True), unit 1 would get
    r_1 * 16/3 log 3 * 1/8 = log 3 / 6 instead of log 3 / 2.
    """
    kernel = np.array([[0, 0, 0, 0, LOG3 / 2, LOG3 / 2]])
    recurrent = np.zeros((2, 6))
    recurrent[1, 4] = 16 / 3 * LOG3
    bias = np.array([LOG3, LOG3, -LOG3, LOG3, 0, 0])
    return GRULayer(kernel, recurrent, bias)


HAND_SIZED_STATES = np.array([[1 / 8, 1 / 8], [7 / 32, 3 / 32]])


def plain_pooling(states, pooling):
    """Summary of one series' states, of shape (n_timepoints, ...), over time."""
    steps = np.diff(states, axis=0, prepend=0)
    directions = steps / (np.abs(steps) + 1e-3)
    return {
        "last": states[-1],
        "mean": states.mean(axis=0),
        "max": states.max(axis=0),
        "min": states.min(axis=0),
        "std": states.std(axis=0),
        "change": np.abs(steps).mean(axis=0),
        "rise": directions.mean(axis=0),
        "turn": -(directions[1:] * directions[:-1]).sum(axis=0) / len(states),
    }[pooling]
