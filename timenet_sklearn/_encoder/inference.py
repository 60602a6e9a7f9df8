"""The frozen autoencoder over whole panels: chunks of rows, a thread each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from timenet_sklearn._encoder.gru import NARROW, WIDE, decode, encode
from timenet_sklearn._encoder.layout import Layout
from timenet_sklearn._encoder.model import Autoencoder, Floats, GRULayer, Ints
from timenet_sklearn._encoder.threads import count_threads, map_threads
from timenet_sklearn._series.panel import Panel
from timenet_sklearn._series.views import Scalings, Span, cut_windows

# Two series a column even out unequal lengths; the cap on steps bounds memory.
_SERIES_PER_CHUNK = 2 * WIDE
_POINTS_PER_CHUNK = 4_000_000
# States of 8,192 windows of a channel are 30 MB with the five summaries.
_WINDOWS_PER_BATCH = 8192


def _chunks(lengths: Ints, n_channels: int, n_jobs: int | None) -> list[slice]:
    """Cut rows into chunks that fill the tapes, busy all threads and bound memory."""
    n_rows = len(lengths)
    # Fewer series than columns would cost as much as a full chunk.
    fewest, most = NARROW // n_channels, _SERIES_PER_CHUNK // n_channels
    fair_share = -(-n_rows // count_threads(n_jobs)) if n_rows > fewest else n_rows
    size = max(1, min(max(fair_share, fewest), most))
    chunks = []
    for start in range(0, n_rows, size):
        stop = min(start + size, n_rows)
        longest = int(lengths[start:stop].max()) * n_channels
        step = max(1, _POINTS_PER_CHUNK // longest)
        chunks += [slice(r, min(r + step, stop)) for r in range(start, stop, step)]
    return chunks


def embed(
    layers: Sequence[GRULayer],
    panel: Panel,
    poolings: tuple[str, ...] = ("last",),
    n_jobs: int | None = None,
) -> Floats:
    """Embed each channel: (n_samples, n_channels, n_poolings, n_layers, n_units)."""
    n_units = len(layers[0].recurrent_kernel)
    shape = (len(poolings), len(layers), n_units)
    result = np.empty((panel.n_samples, panel.n_channels, *shape), dtype=np.float32)

    def embed_rows(rows: slice) -> None:
        values = panel.block(rows.start, rows.stop)
        lengths = np.repeat(panel.lengths[rows], panel.n_channels)
        states = encode(
            tuple(layers), values.reshape(len(lengths), -1), lengths, poolings
        )
        result[rows] = states.reshape(-1, panel.n_channels, *shape)

    map_threads(embed_rows, _chunks(panel.lengths, panel.n_channels, n_jobs), n_jobs)
    return result


def embed_views(
    layers: Sequence[GRULayer],
    panel: Panel,
    layout: Layout,
    scaling: Scalings | None = None,
    n_jobs: int | None = None,
) -> Floats:
    """Embed what the views of a layout show, a pass each.

    Gives (n_samples, n_channels, n_views, n_poolings, n_layers, n_units).
    """
    states = []
    done: dict[tuple[bool, str | bool], tuple[Floats, Floats]] = {}
    for view in layout.views:
        if not view.windows:
            shown = view.of(panel, scaling)
            states.append(embed(layers, shown, layout.poolings, n_jobs))
            continue
        # Mean and spread come from one pass.
        key = (view.differences, view.normalize)
        if key not in done:
            shown = view.of(panel, scaling)
            done[key] = embed_windows(layers, shown, layout.poolings, n_jobs)
        states.append(done[key][view.spread])
    return np.stack(states, axis=2)


def embed_windows(
    layers: Sequence[GRULayer],
    panel: Panel,
    poolings: tuple[str, ...] = ("last",),
    n_jobs: int | None = None,
) -> tuple[Floats, Floats]:
    """Embed long series as mean and standard deviation of what their windows give.

    Both have the shape of what `embed` returns. A series that is one window has that
    mean, and zeros.
    """
    n_units = len(layers[0].recurrent_kernel)
    shape = (panel.n_samples, panel.n_channels, len(poolings), len(layers), n_units)
    mean, std = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.float32)
    for series in _batches(cut_windows(panel.lengths), panel.n_channels):
        spans = [span for windows in series for span in windows]
        states = embed(layers, panel.cut(spans), poolings, n_jobs)
        stop = 0
        for windows in series:
            start, stop = stop, stop + len(windows)
            row, found = windows[0][0], states[start:stop]
            mean[row] = found.mean(axis=0, dtype=np.float64)
            std[row] = found.std(axis=0, dtype=np.float64)
    return mean, std


def _batches(
    series: Iterable[list[Span]], n_channels: int
) -> Iterator[list[list[Span]]]:
    """Collect the windows of series: enough for all threads, few enough for memory."""
    batch: list[list[Span]] = []
    n_windows = 0
    for windows in series:
        if batch and (n_windows + len(windows)) * n_channels > _WINDOWS_PER_BATCH:
            yield batch
            batch, n_windows = [], 0
        batch.append(windows)
        n_windows += len(windows)
    if batch:
        yield batch


def reconstruct(
    model: Autoencoder, states: Floats, lengths: Ints, n_jobs: int | None = None
) -> Floats:
    """Decode final states (n_samples, n_channels, n_layers, n_units).

    Gives normalised series (n_samples, n_channels, max(lengths)), zero after their end.
    """
    n_samples, n_channels = states.shape[:2]
    result = np.zeros(
        (n_samples, n_channels, int(lengths.max(initial=0))), dtype=np.float32
    )

    def decode_rows(rows: slice) -> None:
        flat_states = states[rows].reshape(-1, *states.shape[2:])
        values = decode(model, flat_states, np.repeat(lengths[rows], n_channels))
        n_rows, n_timepoints = rows.stop - rows.start, values.shape[1]
        result[rows, :, :n_timepoints] = values.reshape(n_rows, n_channels, -1)

    map_threads(decode_rows, _chunks(lengths, n_channels, n_jobs), n_jobs)
    return result


def reconstruction_errors(
    model: Autoencoder, panel: Panel, n_jobs: int | None = None
) -> Floats:
    """Mean squared error a step between each channel and its reconstruction.

    Gives float64 (n_samples, n_channels), of normalised values: zeros would have 1.0.
    """
    result = np.empty((panel.n_samples, panel.n_channels))

    def compare_rows(rows: slice) -> None:
        values = panel.block(rows.start, rows.stop)
        lengths = np.repeat(panel.lengths[rows], panel.n_channels)
        flat_values = values.reshape(len(lengths), -1)
        states = encode(model.encoder, flat_values, lengths)[:, 0]
        residuals = (decode(model, states, lengths) - flat_values).astype(np.float64)
        # Each over its own steps: with padding, NumPy would add in another order.
        errors = [
            np.square(residual[:length]).mean()
            for residual, length in zip(residuals, lengths, strict=True)
        ]
        result[rows] = np.reshape(errors, (-1, panel.n_channels))

    map_threads(compare_rows, _chunks(panel.lengths, panel.n_channels, n_jobs), n_jobs)
    return result
