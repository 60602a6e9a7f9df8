"""The frozen GRU against the paper's equations, and what its tapes must not change."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import (
    HAND_SIZED_STATES,
    LOG3,
    decoded_series,
    encoder_states,
    hand_sized_layer,
    plain_pooling,
    random_layers,
    random_model,
)
from threadpoolctl import threadpool_info

from timenet_sklearn._encoder import gru
from timenet_sklearn._encoder import pooling as summaries
from timenet_sklearn._encoder.gru import (
    FEW,
    MIDDLE,
    NARROW,
    SINGLE,
    WIDE,
    _choose_product,
    _Product,
    _products,
    decode,
    encode,
)
from timenet_sklearn._encoder.model import Autoencoder, GRULayer
from timenet_sklearn._encoder.pooling import POOLED, POOLINGS, Statistics
from timenet_sklearn._encoder.tapes import lay_out
from timenet_sklearn._encoder.threads import one_thread_blas

SHAPES = [(1, 1), (3, 1), (4, 2), (5, 3), (60, 3)]


@pytest.fixture(autouse=True)
def _one_thread_as_in_map_threads():
    with one_thread_blas:
        yield


def ragged(rng, lengths, fill=np.nan):
    """Random series side by side, with `fill` after their ends."""
    lengths = np.asarray(lengths, dtype=np.int64)
    values = rng.standard_normal((len(lengths), lengths.max()))
    values[np.arange(lengths.max()) >= lengths[:, None]] = fill
    return values, lengths


# ------------------------------------------------------------------ by hand


def test_one_unit_two_steps_by_hand():
    # z = 3/4, r = 1/4. Step 1: p = tanh(log 3 / 2) = 1/2, h = 1/4 * 1/2 = 1/8.
    # Step 2: r h = 1/32, p = tanh(16 log 3 / 32) = 1/2, h = 3/32 + 4/32.
    layer = GRULayer(
        np.array([[0, 0, LOG3 / 2]]),
        np.array([[0, 0, 16 * LOG3]]),
        np.array([LOG3, -LOG3, 0]),
    )
    one_step = encode((layer,), np.array([[1.0]]), np.array([1]), dtype=np.float64)
    two_steps = encode(
        (layer,), np.array([[1.0, 0.0]]), np.array([2]), POOLINGS, np.float64
    )
    np.testing.assert_allclose(one_step.ravel(), [1 / 8], rtol=1e-15)
    # The state rises by 1/8 and by 3/32: directions 125/126 and 375/379.
    directions = [125 / 126, 375 / 379]
    rise, turn = np.mean(directions), -np.prod(directions) / 2
    np.testing.assert_allclose(
        two_steps.ravel(),
        [7 / 32, 11 / 64, 7 / 32, 1 / 8, 3 / 64, 7 / 64, rise, turn],
        rtol=1e-14,
    )


def test_reset_gate_acts_before_the_product_by_hand():
    states = [
        encode(
            (hand_sized_layer(),), np.array([[1.0, 0.0]]), np.array([n]), dtype=float
        ).ravel()
        for n in (1, 2)
    ]
    np.testing.assert_allclose(states, HAND_SIZED_STATES, rtol=1e-15)


def test_decoder_gives_the_series_backwards_from_its_state_by_hand():
    # u = 1/4 and p = tanh(0): the state decays by 3/4 a step, whatever the kernel.
    layer = GRULayer(
        np.array([[9.0, 9.0, 9.0]]), np.zeros((1, 3)), np.array([LOG3, 0, 0])
    )
    model = Autoencoder((layer,), (layer,), np.array([[2.0]]), np.array([1.0]))
    series = decode(model, np.array([[[1.0]]]), np.array([3]), np.float64)
    expected = [[1 + 2 * 27 / 64, 1 + 2 * 9 / 16, 1 + 2 * 3 / 4]]
    np.testing.assert_allclose(series, expected, rtol=1e-15)


def test_reference_gives_the_states_computed_by_hand():
    states = encoder_states((hand_sized_layer(),), [1.0, 0.0])
    np.testing.assert_allclose(states[:, 0], HAND_SIZED_STATES, rtol=1e-15)


# ------------------------------------------------------------ random weights


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_units", [1, 7, 60])
def test_a_series_has_the_same_bits_in_every_column_that_is_used(n_units, dtype):
    rng = np.random.default_rng(1)
    model = random_model(7, n_units, 2, dtype)
    series, states = rng.normal(size=(1, 9)), rng.normal(size=(1, 2, n_units))
    encoded, decoded = set(), set()
    for product in _products(n_units, np.dtype(dtype), True):
        n = len(product.columns)
        many, lengths = np.repeat(series, n, 0), np.full(n, 9)
        made = encode(model.encoder, many, lengths, POOLED, dtype, product)
        encoded |= {one.tobytes() for one in made}
    for product in _products(n_units, np.dtype(dtype), False):
        n = len(product.columns)
        many, lengths = np.repeat(states, n, 0), np.full(n, 9)
        decoded |= {
            one.tobytes() for one in decode(model, many, lengths, dtype, product)
        }
    assert len(encoded) == len(decoded) == 1


def test_openblas_gives_few_series_the_bits_of_many():
    # What makes short calls quick; another BLAS may be slower, never different.
    if "openblas" not in [one["internal_api"] for one in threadpool_info()]:
        pytest.skip("NumPy has another BLAS")
    if "Haswell" not in [one.get("architecture") for one in threadpool_info()]:
        pytest.skip("OpenBLAS has kernels for another processor")
    products = _products(60, np.dtype(np.float32), True)
    assert (2, True) in [(one.width, one.all_layers) for one in products]


@pytest.mark.parametrize(
    ("odd", "expected"),
    [
        (lambda width, column: False, [(512, 0), (256, 0), (64, 0), (8, 0)]),
        # as OpenBLAS for processors with AVX2 and without AVX-512
        (
            lambda width, column: column < 8 or column >= width - 8,
            [(528, 8), (272, 8), (80, 8), (24, 8)],
        ),
        (lambda width, column: width > 300, [(256, 0), (64, 0), (8, 0)]),
        # the usual ones of the middle product alone serve too
        (lambda width, column: column % 2 == 1 or width < 200, [(256, 0)]),
    ],
    ids=["all alike", "edges", "wide ones", "every second"],
)
def test_columns_that_round_differently_are_left_out(monkeypatch, odd, expected):
    monkeypatch.setattr(
        "timenet_sklearn._encoder.gru._column_bits",
        lambda n_units, dtype, encoding, width, all_layers: [
            b"odd" if odd(width, column) else b"usual" for column in range(width)
        ],
    )
    _products.cache_clear()
    products = _products(1, np.dtype(np.float32), False)
    _products.cache_clear()
    assert [(one.width, one.columns[0]) for one in products] == expected
    for one in products:
        assert not any(odd(one.width, column) for column in one.columns)


@pytest.mark.parametrize("kernel", ["Haswell", "Sandybridge", "Nehalem"])
def test_a_series_has_the_same_bits_whatever_the_kernel_of_openblas(kernel):
    found = [one["internal_api"] for one in threadpool_info()]
    if "openblas" not in found or platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("NumPy has another BLAS, or the processor other kernels")
    code = """if True:
        import numpy as np
        from timenet_sklearn import TimeNetTransformer
        X = np.random.default_rng(0).normal(size=(90, 12))
        timenet = TimeNetTransformer(weights="ucr18", n_jobs=1)
        together = timenet.transform(X)
        for row in (0, 9, 89):
            assert (timenet.transform(X[row : row + 1]) == together[row]).all(), row
        """
    subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "OPENBLAS_CORETYPE": kernel},
        check=True,
    )


def test_the_product_that_takes_the_least_time_is_used():
    every = [
        _Product(width, np.arange(width), cost) for width, cost, _ in gru._ENCODING
    ]
    mixed = np.random.default_rng(0).integers(24, 513, WIDE)
    for lengths, width in (
        (np.full(1, 10), SINGLE),
        (np.full(3, 10), FEW),
        (np.full(NARROW, 10), NARROW),
        (np.full(2 * WIDE, 10), WIDE),
        (mixed, MIDDLE),
        (np.array([10_000, 1, 1]), SINGLE),
    ):
        assert _choose_product(lengths, every).width == width


@pytest.mark.parametrize(("n_units", "n_layers"), SHAPES)
def test_encode_equals_the_equations(n_units, n_layers):
    rng = np.random.default_rng(n_units)
    layers = random_layers(rng, n_units, n_layers)
    values, lengths = ragged(rng, [7, 1, 25, 2, 25, 12])
    states = encode(layers, values, lengths, POOLINGS, np.float64)
    assert states.shape == (6, len(POOLINGS), n_layers, n_units)
    for row, length in enumerate(lengths):
        expected = encoder_states(layers, values[row, :length])
        for index, pooling in enumerate(POOLINGS):
            np.testing.assert_allclose(
                states[row, index], plain_pooling(expected, pooling), rtol=0, atol=1e-12
            )


@pytest.mark.parametrize(("n_units", "n_layers"), SHAPES)
def test_decode_equals_the_equations(n_units, n_layers):
    model = random_model(n_units, n_units, n_layers)
    rng = np.random.default_rng(0)
    states = rng.uniform(-1, 1, (5, n_layers, n_units))
    lengths = np.array([6, 1, 30, 13, 2])
    series = decode(model, states, lengths, np.float64)
    assert series.shape == (5, 30)
    for row, length in enumerate(lengths):
        expected = decoded_series(model, states[row], length)
        np.testing.assert_allclose(series[row, :length], expected, rtol=0, atol=1e-12)
        assert not series[row, length:].any()


@pytest.mark.parametrize("n_series", [MIDDLE - 1, MIDDLE, MIDDLE + 1, 3 * MIDDLE + 5])
def test_series_that_share_a_tape_do_not_touch_each_other(n_series):
    model = random_model(1, 2, 2)
    rng = np.random.default_rng(n_series)
    values, lengths = ragged(rng, rng.integers(1, 9, n_series))
    pooled = encode(model.encoder, values, lengths, POOLINGS, np.float64)
    series = decode(model, pooled[:, 0], lengths, np.float64)
    for row, length in enumerate(lengths):
        states = encoder_states(model.encoder, values[row, :length])
        expected = [plain_pooling(states, pooling) for pooling in POOLINGS]
        np.testing.assert_allclose(pooled[row], expected, rtol=0, atol=1e-12)
        decoded = decoded_series(model, states[-1], length)
        np.testing.assert_allclose(series[row, :length], decoded, rtol=0, atol=1e-12)


@pytest.mark.parametrize("garbage", [0.0, 1e30, np.nan, np.inf])
def test_what_stands_after_the_end_of_a_series_is_never_read(garbage):
    rng = np.random.default_rng(2)
    layers = random_layers(rng, 4, 2, np.float32)
    values, lengths = ragged(rng, [3, 9, 1], fill=garbage)
    expected = encode(layers, np.nan_to_num(values, posinf=0), lengths, POOLINGS)
    assert np.array_equal(encode(layers, values, lengths, POOLINGS), expected)


def test_result_is_float32_by_default_and_near_the_equations():
    rng = np.random.default_rng(3)
    layers = random_layers(rng, 6, 3)
    values, lengths = ragged(rng, [40])
    states = encode(layers, values, lengths)
    assert states.dtype == np.float32
    expected = encoder_states(layers, values[0])[-1]
    np.testing.assert_allclose(states[0, 0], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "poolings",
    [
        *((one,) for one in POOLINGS),
        ("std", "last"),
        ("turn", "change"),
        POOLINGS[::-1],
    ],
)
def test_poolings_come_as_asked_for_and_do_not_change_each_other(poolings):
    rng = np.random.default_rng(4)
    layers = random_layers(rng, 5, 2, np.float32)
    values, lengths = ragged(rng, rng.integers(1, 20, MIDDLE + 40))
    everything = encode(layers, values, lengths, POOLINGS)
    chosen = encode(layers, values, lengths, poolings)
    order = [POOLINGS.index(pooling) for pooling in poolings]
    assert np.array_equal(chosen, everything[:, order])


@pytest.mark.parametrize("n_series", [1, 7, 90])
def test_long_series_that_are_folded_have_the_values_of_whole_ones(
    monkeypatch, n_series
):
    for module in (gru, summaries):
        monkeypatch.setattr(module, "FOLD", 5)
    rng = np.random.default_rng(n_series)
    layers = random_layers(rng, 4, 3)
    values, lengths = ragged(rng, rng.integers(1, 33, n_series))
    pooled = encode(layers, values, lengths, POOLINGS, np.float64)
    for row, length in enumerate(lengths):
        states = encoder_states(layers, values[row, :length])
        expected = [plain_pooling(states, pooling) for pooling in POOLINGS]
        np.testing.assert_allclose(pooled[row], expected, rtol=0, atol=1e-12)


def test_summaries_of_a_long_series_do_not_drift():
    rng = np.random.default_rng(0)
    states = (0.7 + 0.2 * rng.standard_normal((40_000, 1, 2, 1))).astype(np.float32)
    state, poolings = np.zeros_like(states[0]), ("mean", "std", "change", "rise")
    statistics = Statistics(state, poolings)
    for step, now in enumerate(states):
        if step and step % summaries.FOLD == 0:
            statistics.fold(0, np.array([0]), np.array([step]))
        state[...] = now
        statistics.update()
    found = statistics.finish(0, np.array([0]), np.array([len(states)]))[..., 0]
    exact = states[:, 0, :, 0].astype(float)
    expected = [plain_pooling(exact[:, None], pooling)[0] for pooling in poolings]
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-6)


def test_fewer_layers_do_not_change_the_bits_of_the_lower_ones():
    rng = np.random.default_rng(5)
    layers = random_layers(rng, 7, 3, np.float32)
    values, lengths = ragged(rng, rng.integers(1, 40, 50))
    everything = encode(layers, values, lengths, POOLINGS)
    for n_layers in (1, 2):
        chosen = encode(layers[:n_layers], values, lengths, POOLINGS)
        assert np.array_equal(chosen, everything[:, :, :n_layers])


def test_std_of_a_nearly_constant_state_does_not_cancel():
    # z = 0, so the state is p, which moves by 4e-5 around 3/4 from the first step on:
    # of the mean square minus the squared mean, float32 would keep nothing.
    layer = GRULayer(
        np.array([[0, 0, 1]]), np.zeros((1, 3)), np.array([-50, 0, np.arctanh(0.75)])
    )
    values = 1e-4 * np.random.default_rng(6).standard_normal((1, 2000))
    expected = encoder_states((layer,), values[0]).std()
    assert 3e-5 < expected < 6e-5
    std = encode((layer,), values, np.array([2000]), ("std",)).item()
    np.testing.assert_allclose(std, expected, rtol=1e-2)


def test_std_of_a_series_of_one_step_is_zero():
    layers = random_layers(np.random.default_rng(7), 3, 2, np.float32)
    states = encode(layers, np.array([[0.5]]), np.array([1]), POOLINGS)
    assert not states[:, POOLINGS.index("std")].any()
    for pooling in ("mean", "max", "min"):
        assert np.array_equal(states[:, POOLINGS.index(pooling)], states[:, 0])
    rise = states[:, 0] / (np.abs(states[:, 0]) + np.float32(1e-3))
    assert np.array_equal(states[:, POOLINGS.index("rise")], rise)
    assert not states[:, POOLINGS.index("turn")].any()


def test_a_state_that_hardly_moves_has_no_direction():
    # z = 1 / (1 + e^50): the state is tanh of its input at once, and stays there.
    layer = GRULayer(np.array([[0, 0, 1.0]]), np.zeros((1, 3)), np.array([-50, 0, 0]))
    values = np.full((1, 100), 0.5) + 1e-7 * np.arange(100)
    rise, turn = encode((layer,), values, np.array([100]), ("rise", "turn")).ravel()
    # The first step has a direction, towards tanh(0.5); the others rise by rounding.
    assert abs(rise - 0.01 * np.tanh(0.5) / (np.tanh(0.5) + 1e-3)) < 2e-4
    assert abs(turn) < 2e-4


def test_input_arrays_are_left_alone():
    model = random_model(8, 3, 2, np.float32)
    for layer in (*model.encoder, *model.decoder):
        for array in layer:
            array.flags.writeable = False
    values, lengths = ragged(np.random.default_rng(8), [5, 3], fill=0)
    for array in (values, lengths, model.output_kernel, model.output_bias):
        array.flags.writeable = False
    states = encode(model.encoder, values, lengths)[:, 0]
    states.flags.writeable = False
    first = decode(model, states, lengths)
    assert np.array_equal(decode(model, states, lengths), first)


# ------------------------------------------------------------------- tapes


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=4 * MIDDLE))
def test_tapes_hold_every_series_once_and_waste_little(lengths):
    lengths = np.array(lengths, dtype=np.int64)
    columns = np.arange(8, 8 + MIDDLE)
    tapes = lay_out(lengths, columns)
    taken = np.zeros((tapes.n_steps, MIDDLE), dtype=int)
    for tape, start, length in zip(tapes.tape, tapes.start, lengths, strict=True):
        taken[start : start + length, tape] += 1
    assert taken.max() == 1 and taken.sum() == lengths.sum()
    assert tapes.tape.max() < len(tapes.columns)
    assert np.array_equal(tapes.columns, columns[: len(lengths)])
    assert taken.any(axis=1).all()
    assert tapes.n_steps <= lengths.sum() / MIDDLE + lengths.max()


@pytest.mark.parametrize("direction", ["encode", "decode"])
def test_memory_of_one_long_series_is_a_small_multiple_of_it(direction):
    n_steps = 4000
    model = random_model(9, 1, 1, np.float32)
    values = np.zeros((1, n_steps), dtype=np.float32)
    states, lengths = np.zeros((1, 1, 1), dtype=np.float32), np.array([n_steps])
    _products(1, np.dtype(np.float32), direction == "encode")  # kept from now on
    tracemalloc.start()
    try:
        if direction == "encode":
            encode(model.encoder, values, lengths)
        else:
            decode(model, states, lengths)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    buffers = 20 * MIDDLE * values.itemsize
    assert peak < buffers + 10 * values.nbytes
