"""Losses beside the reconstruction: what the encoder's states should know as well."""

from __future__ import annotations

from keras import ops

# Of the softmax over the other views of a batch.
_TEMPERATURE = 0.2
N_DIMENSIONS = 64
# Below this a state hardly moves, and what is divided by it would be noise.
_FLOOR = 1e-3
# A step much shorter than this has no direction, as in `_pooling`.
_STILL = 1e-3


def summarize(states, final_states, mask, names):
    """Summaries of the hidden states over time, as `pooling` gives them.

    `states` are (batch, n_timepoints, n_states), of all layers; the summaries are
    (batch, len(names) * n_states). No standard deviation is below a floor.
    """
    real = mask[..., None]
    there = ops.cast(real, states.dtype)
    n_steps = ops.sum(there, axis=1)

    def mean(values):
        return ops.sum(values * there, axis=1) / n_steps

    def variance():
        return mean((states - mean(states)[:, None]) ** 2)

    step = states - _before(states)
    direction = step / (ops.abs(step) + _STILL)
    found = {
        "last": lambda: final_states,
        "mean": lambda: mean(states),
        # states are within -1 and 1
        "max": lambda: ops.max(ops.where(real, states, -1.0), axis=1),
        "min": lambda: ops.min(ops.where(real, states, 1.0), axis=1),
        "std": lambda: ops.sqrt(ops.maximum(variance(), _FLOOR**2)),
        "change": lambda: mean(ops.abs(step)),
        "rise": lambda: mean(direction),
        "turn": lambda: mean(-direction * _before(direction)),
    }
    return ops.concatenate([found[name]() for name in names], axis=1)


def _before(values):
    """Values of the step before, zero before the first."""
    return ops.pad(values[:, :-1], [[0, 0], [1, 0], [0, 0]])


def standardize(features):
    """Standardise each feature over the batch, as a classifier will."""
    # Without a gradient, lest it be had by shrinking.
    mean = ops.stop_gradient(ops.mean(features, axis=0))
    scale = ops.stop_gradient(ops.std(features, axis=0))
    return (features - mean) / (scale + _FLOOR)


def contrastive_loss(_, projections):
    """Cross-entropy of finding a series' other view among all views of a batch.

    Views of series i are in rows ``i`` and ``n_series + i``. Chen et al. (2020), "A
    simple framework for contrastive learning of visual representations", equation (1).
    """
    n_views = ops.shape(projections)[0]
    # Series that are all alike have projections of zeros.
    squares = ops.sum(projections**2, axis=1, keepdims=True)
    units = projections / ops.sqrt(ops.maximum(squares, _FLOOR**2))
    likeness = ops.matmul(units, ops.transpose(units)) / _TEMPERATURE
    # A view is no candidate for itself.
    likeness -= 1e9 * ops.eye(n_views, dtype=likeness.dtype)
    logs = ops.log_softmax(likeness, axis=1)
    partner = ops.roll(ops.eye(n_views, dtype=logs.dtype), n_views // 2, axis=0)
    return -ops.sum(partner * logs, axis=1)


def residual_loss(_, residuals):
    """Mean square of what a prediction inside the model has missed, by row."""
    return ops.mean(residuals**2, axis=1)


def anchor_loss(anchors, summaries):
    """Mean squared distance of summaries from others, both standardised, by row."""
    return ops.mean((standardize(summaries) - standardize(anchors)) ** 2, axis=1)
