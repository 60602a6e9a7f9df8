"""The frozen stacked GRU in NumPy: encode and decode many series at once.

Malhotra et al. (2017), equations (1)-(4), for layer ``l`` and step ``t``::

    r = sigmoid(W_r [h^{l-1}_t, h^l_{t-1}])
    u = sigmoid(W_u [h^{l-1}_t, h^l_{t-1}])
    p = tanh(W_p [h^{l-1}_t, r * h^l_{t-1}])
    h^l_t = (1 - u) * h^l_{t-1} + u * p

which is Keras' ``GRU(reset_after=False)`` with ``z = 1 - u``.

Series run on *tapes*: a product has a fixed number of columns, each column carries
one series after the other, and a column that ends one starts the next. So little is
spent on padding, and since BLAS sees few shapes, of which those columns are used that
are known to round alike, the bits of an embedding depend on its own series alone.
"""

from __future__ import annotations

import functools
import heapq
from collections import Counter
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from timenet_sklearn._encoder.model import Autoencoder, Floats, GRULayer, Ints
from timenet_sklearn._encoder.pooling import Statistics
from timenet_sklearn._encoder.threads import one_thread_blas

# Series that a product advances, all multiples of every BLAS kernel's tile. Wide ones
# hide Python's overhead and keep threads from queueing for the GIL, narrow ones waste
# less on few series.
NARROW, MIDDLE, WIDE = 64, 256, 512


class _Cell:
    """One GRU layer that advances some columns by one step, in place.

    The rows of its buffer are ``[r * h | x | 1 | h]``: the candidate's product
    reads all but the last part, the gates' all but the first, without a copy.
    """

    def __init__(self, layer: GRULayer, width: int, dtype: DTypeLike) -> None:
        n_inputs, n_units = layer.kernel.shape[0], layer.recurrent_kernel.shape[0]
        kernel, recurrent, bias = (part.T for part in layer)
        gates, candidate = slice(0, 2 * n_units), slice(2 * n_units, None)
        # sigmoid(a) = tanh(a / 2) / 2 + 1 / 2: the inner half lives in the weights.
        self._gate_weights = np.ascontiguousarray(
            np.hstack([kernel[gates], bias[gates, None], recurrent[gates]]) / 2,
            dtype=dtype,
        )
        self._candidate_weights = np.ascontiguousarray(
            np.hstack([recurrent[candidate], kernel[candidate], bias[candidate, None]]),
            dtype=dtype,
        )
        buffer = np.zeros((2 * n_units + n_inputs + 1, width), dtype=dtype)
        buffer[n_units + n_inputs] = 1
        self._reset_state = buffer[:n_units]
        self._candidate_inputs = buffer[: n_units + n_inputs + 1]
        self._gate_inputs = buffer[n_units:]
        self.inputs = buffer[n_units : n_units + n_inputs]
        self.state = buffer[n_units + n_inputs + 1 :]
        self._gates = np.empty((2 * n_units, width), dtype=dtype)
        self._keep, self._reset = self._gates[:n_units], self._gates[n_units:]
        self._candidate = np.empty((n_units, width), dtype=dtype)

    def step(self) -> None:
        """Replace ``state`` by the next one, given ``inputs``."""
        # One product for both gates halves the number of BLAS calls.
        np.matmul(self._gate_weights, self._gate_inputs, out=self._gates)
        np.tanh(self._gates, out=self._gates)
        self._gates *= 0.5
        self._gates += 0.5
        np.multiply(self._reset, self.state, out=self._reset_state)
        np.matmul(self._candidate_weights, self._candidate_inputs, out=self._candidate)
        np.tanh(self._candidate, out=self._candidate)
        # p + z * (h - p) is (1 - u) * h + u * p with one product less.
        np.subtract(self.state, self._candidate, out=self.state)
        np.multiply(self.state, self._keep, out=self.state)
        np.add(self.state, self._candidate, out=self.state)


def _step_all(cells: list[_Cell]) -> None:
    """Advance a stack of layers by one step; the caller sets the first inputs."""
    cells[0].step()
    for below, cell in pairwise(cells):
        cell.inputs[...] = below.state
        cell.step()


class _Product(NamedTuple):
    """A matrix product, and its columns in which a series gets the bits it always gets.

    Kernels add in another order in other columns, at the edges of a block, say.
    """

    width: int
    columns: Ints


class _Tapes(NamedTuple):
    """Where each series of a block runs: its tape and its first step there.

    ``columns`` are those of the product that the tapes stand for.
    """

    tape: Ints
    start: Ints
    n_steps: int
    columns: Ints


def _lay_out(lengths: Ints, columns: Ints) -> _Tapes:
    """Spread series over columns, longest first onto the shortest tape."""
    tape, start = np.empty_like(lengths), np.empty_like(lengths)
    tapes = [(0, index) for index in range(len(columns))]
    for row in np.argsort(-lengths, kind="stable"):
        start[row], tape[row] = tapes[0]
        heapq.heapreplace(tapes, (int(start[row] + lengths[row]), int(tape[row])))
    # A few long series leave columns unused: storing those would take many times more.
    used = columns[: len(lengths)]
    return _Tapes(tape, start, max(end for end, _ in tapes), used)


def _choose_product(lengths: Ints, n_units: int, dtype: DTypeLike) -> _Product:
    """Find the widest product that series of these lengths fill, or nearly so."""
    n_points, longest = lengths.sum(), lengths.max()
    products = _products(n_units, np.dtype(dtype))
    filled = []
    for _, columns in products:
        n_steps = max(longest, -(-n_points // len(columns)))
        filled.append(n_points / (len(columns) * n_steps))
    good = [index for index, part in enumerate(filled) if part > 0.85]
    return products[good[0] if good else int(np.argmax(filled))]


@functools.cache
def _products(n_units: int, dtype: np.dtype) -> tuple[_Product, ...]:
    """Find products in whose columns this BLAS gives a series the same bits.

    Widest first: WIDE, MIDDLE and NARROW such columns, of somewhat wider products where
    some columns round differently. Those of MIDDLE that are most alike serve alone if
    that does not help.
    """
    column_bits = functools.cache(functools.partial(_column_bits, n_units, dtype))
    [(usual, _)] = Counter(column_bits(MIDDLE)).most_common(1)

    def usual_columns(width: int) -> Ints:
        return np.flatnonzero([bits == usual for bits in column_bits(width)])

    products = []
    for n_columns in (WIDE, MIDDLE, NARROW):
        for width in (n_columns, n_columns + 16, n_columns + 32):
            columns = usual_columns(width)
            if len(columns) >= n_columns:
                products.append(_Product(width, columns[:n_columns]))
                break
    return tuple(products) or (_Product(MIDDLE, usual_columns(MIDDLE)),)


def _column_bits(n_units: int, dtype: np.dtype, width: int) -> list[bytes]:
    """Give what each column of a product makes of one series.

    A kernel adds in an order of its own, whatever the values: one that differs shows
    in random products.
    """
    rng = np.random.default_rng(0)
    bottom, top = (
        GRULayer(
            *(
                rng.normal(size=shape)
                for shape in ((n, 3 * n_units), (n_units, 3 * n_units), 3 * n_units)
            )
        )
        for n in (1, n_units)
    )
    layers = (bottom, top)
    model = Autoencoder(layers, layers, rng.normal(size=(n_units, 1)), np.zeros(1))
    series = np.tile(rng.normal(size=3), (width, 1))
    states = np.tile(rng.normal(size=(2, n_units)), (width, 1, 1))
    lengths, every = np.full(width, 3), _Product(width, np.arange(width))
    with one_thread_blas:  # as when embedding: threads would share the columns out
        encoded = encode(layers, series, lengths, dtype=dtype, product=every)
        decoded = decode(model, states, lengths, dtype=dtype, product=every)
    return [
        one.tobytes() + other.tobytes()
        for one, other in zip(encoded, decoded, strict=True)
    ]


def _rows_by_step(steps: Ints) -> dict[int, Ints]:
    """For each step among `steps`, the rows that have it."""
    order = np.argsort(steps, kind="stable")
    present, first = np.unique(steps[order], return_index=True)
    return dict(zip(present.tolist(), np.split(order, first[1:]), strict=True))


def encode(
    layers: tuple[GRULayer, ...],
    values: Floats,
    lengths: Ints,
    poolings: tuple[str, ...] = ("last",),
    dtype: DTypeLike = np.float32,
    product: _Product | None = None,
) -> Floats:
    """Run the encoder over a block of univariate series.

    Parameters
    ----------
    layers : tuple of GRULayer
        Bottom layer first.
    values : ndarray of shape (n_series, n_timepoints)
        What stands after a series' end is never read.
    lengths : ndarray of shape (n_series,)
        Real steps of each series, at least 1.
    poolings : tuple of str
        Summaries of the hidden states over time, of `_pooling.POOLINGS`.
    dtype : dtype
        Of the arithmetic and of the result.
    product : _Product, optional
        By default the widest that the series fill.

    Returns
    -------
    ndarray of shape (n_series, len(poolings), n_layers, n_units)
    """
    n_units = len(layers[0].recurrent_kernel)
    width, columns = product or _choose_product(lengths, n_units, dtype)
    tapes = _lay_out(lengths, columns)
    inputs = np.zeros((tapes.n_steps, len(tapes.columns)), dtype=dtype)
    for row, (tape, start) in enumerate(zip(tapes.tape, tapes.start, strict=True)):
        inputs[start : start + lengths[row], tape] = values[row, : lengths[row]]
    ending = _rows_by_step(tapes.start + lengths)

    cells = [_Cell(layer, width, dtype) for layer in layers]
    statistics = [Statistics(cell.state, poolings) for cell in cells]
    pooled_over_time = set(poolings) != {"last"}
    age = np.zeros(width, dtype=dtype)
    result = np.empty((len(lengths), len(poolings), len(layers), n_units), dtype=dtype)
    for step in range(tapes.n_steps):
        cells[0].inputs[0, tapes.columns] = inputs[step]
        _step_all(cells)
        age += 1
        if pooled_over_time:
            for statistic in statistics:
                statistic.update(age)
        rows = ending.get(step + 1)
        if rows is not None:
            columns = tapes.columns[tapes.tape[rows]]
            for index, (cell, statistic) in enumerate(
                zip(cells, statistics, strict=True)
            ):
                for pool, pooling in enumerate(poolings):
                    result[rows, pool, index] = statistic.read(pooling, columns, age).T
                cell.state[:, columns] = 0
                statistic.reset(columns)
            age[columns] = 0
    return result


def decode(
    model: Autoencoder,
    states: Floats,
    lengths: Ints,
    dtype: DTypeLike = np.float32,
    product: _Product | None = None,
) -> Floats:
    """Reconstruct series from their embeddings (paper, section 3).

    The decoder starts from the encoder's final states, gets zeros as input, and
    gives the series backwards: z_T, ..., z_1. Here they come in natural order.

    Parameters
    ----------
    model : Autoencoder
    states : ndarray of shape (n_series, n_layers, n_units)
        Final states of all the encoder's layers.
    lengths : ndarray of shape (n_series,)
        Steps to reconstruct of each series, at least 1.
    dtype : dtype
        Of the arithmetic and of the result.
    product : _Product, optional
        By default the widest that the series fill.

    Returns
    -------
    ndarray of shape (n_series, max(lengths))
        Zeros after a series' end.
    """
    width, columns = product or _choose_product(lengths, model.n_units, dtype)
    tapes = _lay_out(lengths, columns)
    starting = _rows_by_step(tapes.start)
    cells = [_Cell(layer, width, dtype) for layer in model.decoder]
    weights = np.ascontiguousarray(model.output_kernel.T, dtype=dtype)
    product_outputs = np.empty((1, width), dtype=dtype)
    outputs = np.empty((tapes.n_steps, len(tapes.columns)), dtype=dtype)
    for step in range(tapes.n_steps):
        rows = starting.get(step)
        if rows is not None:
            for index, cell in enumerate(cells):
                columns = tapes.columns[tapes.tape[rows]]
                cell.state[:, columns] = states[rows, index].T
        _step_all(cells)
        np.matmul(weights, cells[-1].state, out=product_outputs)
        outputs[step] = product_outputs[0, tapes.columns]
    outputs += model.output_bias.astype(dtype)

    result = np.zeros((len(lengths), int(lengths.max())), dtype=dtype)
    for row, (tape, start) in enumerate(zip(tapes.tape, tapes.start, strict=True)):
        backwards = outputs[start : start + lengths[row], tape]
        result[row, : lengths[row]] = backwards[::-1]
    return result
