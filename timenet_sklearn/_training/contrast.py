"""The contrastive part of the training loss: two views of a series stand together."""

from __future__ import annotations

from keras import ops

# Of the softmax over the other views of a batch.
_TEMPERATURE = 0.2
N_DIMENSIONS = 64
# Below this a state hardly moves, and what is divided by it would be noise.
_FLOOR = 1e-3


def summarize(states, final_states, mask):
    """Summaries of the hidden states over time, standardised over the batch.

    As ``pooling`` gives mean, max, min, std, change and last; no std is below a floor.

    Parameters
    ----------
    states : tensor of shape (batch, n_timepoints, n_states)
        Of all layers.
    final_states : list of tensors of shape (batch, n_units)
    mask : bool tensor of shape (batch, n_timepoints)

    Returns
    -------
    tensor of shape (batch, 6 * n_states)
    """
    real = mask[..., None]
    there = ops.cast(real, states.dtype)
    n_steps = ops.sum(there, axis=1)
    mean = ops.sum(states * there, axis=1) / n_steps
    deviation = (states - mean[:, None]) * there
    variance = ops.sum(deviation**2, axis=1) / n_steps
    earlier = ops.pad(states[:, :-1], [[0, 0], [1, 0], [0, 0]])
    change = ops.abs(states - earlier) * there
    summaries = ops.concatenate(
        [
            mean,
            # states are within -1 and 1
            ops.max(ops.where(real, states, -1.0), axis=1),
            ops.min(ops.where(real, states, 1.0), axis=1),
            ops.sqrt(ops.maximum(variance, _FLOOR**2)),
            ops.sum(change, axis=1) / n_steps,
            *final_states,
        ],
        axis=1,
    )
    # As the classifier will do, and without a gradient, lest it be had by shrinking.
    mean = ops.stop_gradient(ops.mean(summaries, axis=0))
    scale = ops.stop_gradient(ops.std(summaries, axis=0))
    return (summaries - mean) / (scale + _FLOOR)


def contrastive_loss(_, projections):
    """Cross-entropy of finding a series' other view among all views of a batch.

    Chen et al. (2020), "A simple framework for contrastive learning of visual
    representations", equation (1).

    Parameters
    ----------
    _ : ignored
        Keras' place for targets.
    projections : tensor of shape (2 * n_series, n_dimensions)
        Views of series i in rows ``i`` and ``n_series + i``.

    Returns
    -------
    tensor of shape (2 * n_series,)
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
