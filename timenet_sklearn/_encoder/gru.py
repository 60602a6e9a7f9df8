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

A few series leave NumPy little to do at each call, so the calls have to be few: in
narrow products all layers take their step at once, each a step behind the one below.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from timenet_sklearn._encoder.cells import Cell, step_all
from timenet_sklearn._encoder.model import Autoencoder, Floats, GRULayer, Ints
from timenet_sklearn._encoder.pooling import FOLD, Statistics
from timenet_sklearn._encoder.tapes import Tapes, lay_out
from timenet_sklearn._encoder.threads import one_at_a_time, one_thread_blas

# Series that a product advances, all multiples of every BLAS kernel's tile. Wide ones
# hide Python's overhead and keep threads from queueing for the GIL, narrow ones waste
# less on few series.
NARROW, MIDDLE, WIDE = 64, 256, 512
# Of products that take all layers at once.
FEW, SINGLE = 8, 2
# Steps for which nobody is kept waiting.
_LONG = 4096


class _Product(NamedTuple):
    """A matrix product, and its columns in which a series gets the bits it always gets.

    Kernels add in another order in other columns, at the edges of a block, say. `cost`
    is that of a step, relative to other products.
    """

    width: int
    columns: Ints
    cost: float = 1.0
    all_layers: bool = False

    def cells(self, layers: Sequence[GRULayer], dtype: DTypeLike) -> list[Cell]:
        """Make a cell of all layers, or one of each."""
        if self.all_layers:
            n_units = len(layers[0].recurrent_kernel)
            return [Cell(layers, n_units, self.width, dtype)]
        return [Cell([layer], len(layer.kernel), self.width, dtype) for layer in layers]


def _choose_product(lengths: Ints, products: Sequence[_Product]) -> _Product:
    """Find the product that takes the least time for series of these lengths."""
    n_points, longest = lengths.sum(), lengths.max()
    return min(
        products,
        key=lambda one: one.cost * max(longest, -(-n_points // len(one.columns))),
    )


# Columns, cost of a step, and whether all layers take it at once.
_DECODING = (
    (WIDE, 20.0, False),
    (MIDDLE, 10.5, False),
    (NARROW, 3.1, False),
    (FEW, 1.7, False),
)
_ENCODING = (*_DECODING, (FEW, 1.4, True), (SINGLE, 1.0, True))


@functools.cache
def _products(n_units: int, dtype: np.dtype, encoding: bool) -> tuple[_Product, ...]:
    """Find products in whose columns this BLAS gives a series the same bits.

    Widest first: as many such columns as wanted, of somewhat wider products where
    some columns round differently. Those of MIDDLE that are most alike serve alone if
    that does not help.
    """
    column_bits = functools.cache(
        functools.partial(_column_bits, n_units, dtype, encoding)
    )
    [(usual, _)] = Counter(column_bits(MIDDLE, False)).most_common(1)

    def usual_columns(width: int, all_layers: bool) -> Ints:
        return np.flatnonzero(
            [bits == usual for bits in column_bits(width, all_layers)]
        )

    products = []
    for n_columns, cost, all_layers in _ENCODING if encoding else _DECODING:
        for width in (n_columns, n_columns + 16, n_columns + 32):
            columns = usual_columns(width, all_layers)
            if len(columns) >= n_columns:
                products.append(_Product(width, columns[:n_columns], cost, all_layers))
                break
    return tuple(products) or (_Product(MIDDLE, usual_columns(MIDDLE, False)),)


def _column_bits(
    n_units: int, dtype: np.dtype, encoding: bool, width: int, all_layers: bool
) -> list[bytes]:
    """Give what each column of a product makes of some short series.

    A kernel adds in an order of its own, whatever the values: one that differs shows
    in random products, if there are enough of them, and no state is near its limits,
    where rounding is lost.
    """
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> Floats:
        return rng.normal(scale=n_units**-0.5, size=shape)

    layers = tuple(
        GRULayer(draw(n, 3 * n_units), draw(n_units, 3 * n_units), draw(3 * n_units))
        for n in (1, n_units)
    )
    model = Autoencoder(layers, layers, draw(n_units, 1), np.zeros(1))
    # Equal lengths: each column runs one copy of each.
    n_series = max(2, min(150 // n_units, 60))
    series = np.repeat(rng.normal(size=(n_series, 3)), width, axis=0)
    states = np.repeat(rng.normal(size=(n_series, 2, n_units)), width, axis=0)
    lengths = np.full(len(series), 3)
    every = _Product(width, np.arange(width), all_layers=all_layers)
    with one_thread_blas:  # as when embedding: threads would share the columns out
        if encoding:
            made = encode(layers, series, lengths, ("last",), dtype, every)
        else:
            made = decode(model, states, lengths, dtype, every)
    columns = made.reshape(n_series, width, -1).swapaxes(0, 1)
    return [column.tobytes() for column in columns]


def encode(
    layers: tuple[GRULayer, ...],
    values: Floats,
    lengths: Ints,
    poolings: tuple[str, ...] = ("last",),
    dtype: DTypeLike = np.float32,
    product: _Product | None = None,
) -> Floats:
    """Run the encoder over a block of univariate series.

    `values` are (n_series, n_timepoints), never read beyond a series' length; the
    result is (n_series, n_poolings, n_layers, n_units). `dtype` is that of the
    arithmetic.
    """
    n_units = len(layers[0].recurrent_kernel)
    if product is None:
        products = _products(n_units, np.dtype(dtype), True)
        product = _choose_product(lengths, products)
    tapes = lay_out(lengths, product.columns)
    cells = product.cells(layers, dtype)
    readings = _Readings(cells, tapes, poolings)
    inputs = tapes.write(values, readings.most_behind, dtype)
    first = tapes.columns[0]
    first_inputs = cells[0].inputs[0, first : first + inputs.shape[1]]
    advance = cells[0].step if len(cells) == 1 else functools.partial(step_all, cells)
    with _turn(product, len(inputs)):
        for step, now in enumerate(inputs, start=1):
            first_inputs[...] = now
            advance()
            if readings.over_time:
                readings.update()
            if step in readings.eventful:
                readings.settle(step)
    return readings.result


def _turn(product: _Product, n_steps: int) -> AbstractContextManager[None]:
    """Wait for one's turn, if the work is short in each step and in all."""
    is_short = product.width < MIDDLE and n_steps < _LONG
    return one_at_a_time if is_short else nullcontext()


class _Readings:
    """Takes states in at each step, and reads them where a series ends."""

    def __init__(
        self, cells: Sequence[Cell], tapes: Tapes, poolings: tuple[str, ...]
    ) -> None:
        self._tapes, self._cells = tapes, cells
        self._statistics = [Statistics(cell.state, poolings) for cell in cells]
        self.over_time = set(poolings) != {"last"}
        # Of each layer its cell, and how many steps it is behind the cell's first.
        self._places = [
            (cell, behind)
            for cell in range(len(cells))
            for behind in range(len(cells[cell].state))
        ]
        self.most_behind = self._places[-1][1]
        self._ending, self._folding = tapes.ending(), tapes.every(FOLD)
        # At 0 all begin, which layers that are behind have to wait for.
        steps = {0, *self._ending, *self._folding}
        self.eventful = {
            step + behind for step in steps for behind in range(self.most_behind + 1)
        }
        n_units, dtype = cells[0].state.shape[1], cells[0].state.dtype
        shape = (len(tapes.lengths), len(poolings), len(self._places), n_units)
        self.result = np.empty(shape, dtype)

    def update(self) -> None:
        """Take in what the cells made of a step."""
        for statistics in self._statistics:
            statistics.update()

    def settle(self, step: int) -> None:
        """Read and start anew what is due after the cells' `step`, counted from 1."""
        for layer, (_, behind) in enumerate(self._places):
            self._settle(layer, step - behind)

    def _settle(self, layer: int, step: int) -> None:
        """Begin, fold and end the series for which that is due after `step`."""
        tapes, (cell, behind) = self._tapes, self._places[layer]
        state, statistics = self._cells[cell].state[behind], self._statistics[cell]
        if step == 0:
            state[...] = 0
            statistics.start(behind, slice(None))
        rows = self._folding.get(step)
        if rows is not None:
            columns = tapes.columns_of(rows)
            statistics.fold(behind, columns, step - tapes.start[rows])
        rows = self._ending.get(step)
        if rows is not None:
            columns = tapes.columns_of(rows)
            pooled = statistics.finish(behind, columns, tapes.lengths[rows])
            self.result[rows, :, layer] = pooled.transpose(2, 0, 1)
            state[:, columns] = 0


def decode(
    model: Autoencoder,
    states: Floats,
    lengths: Ints,
    dtype: DTypeLike = np.float32,
    product: _Product | None = None,
) -> Floats:
    """Reconstruct series from their embeddings (paper, section 3).

    The decoder starts from the encoder's final states (n_series, n_layers, n_units),
    gets zeros as input, and gives the series backwards: z_T, ..., z_1. Here they come
    in natural order, (n_series, max(lengths)), zero after their ends.
    """
    if product is None:
        products = _products(model.n_units, np.dtype(dtype), False)
        product = _choose_product(lengths, products)
    tapes = lay_out(lengths, product.columns)
    starting = tapes.starting()
    cells = product.cells(model.decoder, dtype)
    weights = np.ascontiguousarray(model.output_kernel.T, dtype=dtype)
    product_outputs = np.empty((1, product.width), dtype=dtype)
    outputs = np.empty((tapes.n_steps, len(tapes.columns)), dtype=dtype)
    for step in range(tapes.n_steps):
        rows = starting.get(step)
        if rows is not None:
            for index, cell in enumerate(cells):
                columns = tapes.columns_of(rows)
                cell.state[0][:, columns] = states[rows, index].T
        step_all(cells)
        np.matmul(weights, cells[-1].state[0], out=product_outputs)
        outputs[step] = product_outputs[0, tapes.columns]
    outputs += model.output_bias.astype(dtype)

    result = np.zeros((len(lengths), int(lengths.max())), dtype=dtype)
    for row, (tape, start) in enumerate(zip(tapes.tape, tapes.start, strict=True)):
        backwards = outputs[start : start + lengths[row], tape]
        result[row, : lengths[row]] = backwards[::-1]
    return result
