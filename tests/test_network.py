"""The Keras autoencoder against the paper's equations, in float64."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from reference import (
    HAND_SIZED_STATES,
    decoded_series,
    encoder_states,
    hand_sized_layer,
    next_state,
    paper_layer,
    random_model,
)

from timenet_sklearn._encoder.gru import decode, encode
from timenet_sklearn._encoder.model import Autoencoder, GRULayer
from timenet_sklearn._encoder.weights import to_named_arrays
from timenet_sklearn._training.network import Network

LENGTHS = np.array([9, 1, 4, 9, 6])
# (n_units, n_layers, dropout); dropout decides how the layers are put together
FORMS = [(1, 1, 0.0), (4, 1, 0.4), (3, 2, 0.0), (3, 2, 0.4), (5, 3, 0.0), (5, 3, 0.4)]


@pytest.fixture(autouse=True)
def float64():
    """Let Keras compute in float64, so that only real differences are seen."""
    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(policy)


def numpy_of(tensor):
    return keras.ops.convert_to_numpy(tensor)


def network_of(model, dropout=0.0, seed=0):
    network = Network(model.n_units, model.n_layers, dropout=dropout, seed=seed)
    network.set_arrays(model)
    return network


def batch(lengths=LENGTHS, seed=0, fill=0.0):
    """Values (batch, n_timepoints, 1) with `fill` after their ends, and the mask."""
    mask = np.arange(lengths.max()) < lengths[:, None]
    values = np.random.default_rng(seed).standard_normal(mask.shape)
    return np.where(mask, values, fill)[..., None], mask


def recurrent_layers(network, cells):
    """For each cell, bottom first, the Keras layer that runs it and its place there."""
    found = {}
    for layer in network.model.layers:
        if isinstance(layer, keras.layers.RNN):
            for place, cell in enumerate(getattr(layer.cell, "cells", [layer.cell])):
                found[id(cell)] = (layer, place)
    return [found[id(cell)] for cell in cells]


def final_states(network, values, mask):
    """Final states of the encoder inside the model: (batch, n_layers, n_units)."""
    # A dict, since Keras unpacks a list of one.
    outputs = {
        str(index): layer.output[1 + place]
        for index, (layer, place) in enumerate(
            recurrent_layers(network, network._encoder)
        )
    }
    states = keras.Model(network.model.inputs, outputs)([values, mask])
    return np.stack([numpy_of(states[index]) for index in outputs], axis=1)


def run(network, values, mask, **how):
    return numpy_of(network.model([values, mask], **how)["reconstruction"])[..., 0]


# ------------------------------------------------------------------ forward pass


@pytest.mark.parametrize(("n_units", "n_layers", "dropout"), FORMS)
def test_forward_pass_equals_the_equations(n_units, n_layers, dropout):
    model = random_model(n_units, n_units, n_layers)
    network = network_of(model, dropout)
    values, mask = batch()
    states = final_states(network, values, mask)
    outputs = run(network, values, mask)
    for row, length in enumerate(LENGTHS):
        expected = encoder_states(model.encoder, values[row, :length, 0])[-1]
        np.testing.assert_allclose(states[row], expected, rtol=0, atol=1e-9)
        backwards = decoded_series(model, expected, length)[::-1]
        np.testing.assert_allclose(outputs[row, :length], backwards, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("n_units", "n_layers", "dropout"), FORMS)
def test_frozen_encoder_and_decoder_equal_the_forward_pass(n_units, n_layers, dropout):
    network = Network(n_units, n_layers, dropout=dropout, seed=3)
    model = network.get_arrays()
    values, mask = batch(seed=1)
    states = final_states(network, values, mask)
    outputs = run(network, values, mask)
    frozen = encode(model.encoder, values[..., 0], LENGTHS, dtype=np.float64)[:, 0]
    np.testing.assert_allclose(frozen, states, rtol=0, atol=1e-9)
    decoded = decode(model, frozen, LENGTHS, np.float64)
    for row, length in enumerate(LENGTHS):
        np.testing.assert_allclose(
            decoded[row, :length], outputs[row, :length][::-1], rtol=0, atol=1e-9
        )


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_reset_gate_acts_before_the_product_by_hand(dropout):
    layer = hand_sized_layer()
    model = Autoencoder((layer,), (layer,), np.ones((2, 1)), np.zeros(1))
    values, mask = np.array([[[1.0], [0.0]]] * 2), np.array([[True, False], [True] * 2])
    states = final_states(network_of(model, dropout), values, mask)
    np.testing.assert_allclose(states[:, 0], HAND_SIZED_STATES, rtol=1e-14)


def test_cells_reset_before_the_product():
    # After it, Keras' cell has a second bias, and other states on the same weights.
    network = Network(4, 2)
    for cell in (*network._encoder, *network._decoder):
        assert cell.reset_after is False
        assert cell.bias.shape == (12,)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("garbage", [1e6, -3.0])
def test_padding_content_does_not_matter(dropout, garbage):
    network = network_of(random_model(0, 4, 2), dropout)
    values, mask = batch()
    padded, _ = batch(fill=garbage)
    assert (padded != values).any()
    assert np.array_equal(run(network, padded, mask), run(network, values, mask))


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_more_padding_does_not_change_the_real_steps(dropout):
    network = network_of(random_model(1, 4, 2), dropout)
    values, mask = batch()
    more = ((0, 0), (0, 7))
    outputs = run(network, np.pad(values, (*more, (0, 0))), np.pad(mask, more))
    np.testing.assert_allclose(
        outputs[:, : mask.shape[1]][mask],
        run(network, values, mask)[mask],
        rtol=0,
        atol=1e-12,
    )


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_real_zeros_at_the_end_are_not_padding(dropout):
    network = network_of(random_model(2, 4, 2), dropout)
    values = np.array([[[1.0], [0.0], [0.0]]] * 2)
    mask = np.array([[True, True, True], [True, False, False]])
    states = final_states(network, values, mask)
    assert np.abs(states[0] - states[1]).max() > 1e-3


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_decoder_sees_the_final_states_and_nothing_else_of_the_series(dropout):
    # With no way into the first layer, all series of a length end in one state.
    model = random_model(3, 4, 2)
    first = model.encoder[0]
    deaf = GRULayer(np.zeros_like(first.kernel), first.recurrent_kernel, first.bias)
    model = Autoencoder(
        (deaf, *model.encoder[1:]),
        model.decoder,
        model.output_kernel,
        model.output_bias,
    )
    network = network_of(model, dropout)
    values, mask = batch(np.full(4, 6))
    outputs = run(network, values, mask)
    assert np.ptp(values, axis=0).min() > 0.1
    np.testing.assert_allclose(outputs, outputs[[0]].repeat(4, 0), rtol=0, atol=1e-14)
    assert np.ptp(outputs[0]) > 1e-3


# ----------------------------------------------------------------------- dropout


def observe(network, values, mask, training):
    """One pass through the model: what goes into each cell, and what comes out.

    Returns (encoder and decoder, bottom first) a list of pairs of arrays, inputs
    (batch, n_timepoints, n_inputs) and outputs (batch, n_timepoints, n_units), then
    the values that the Dense layer is given.
    """
    runs = recurrent_layers(network, [*network._encoder, *network._decoder])
    tensors = [
        tensor for layer, _ in runs for tensor in (layer.input[0], layer.output[0])
    ]
    dense = network._output.input
    seen = keras.Model(network.model.inputs, [*tensors, dense])(
        [values, mask], training=training
    )
    seen = [numpy_of(tensor) for tensor in seen]
    return list(zip(seen[:-1:2], seen[1:-1:2], strict=True)), seen[-1]


def test_dropout_draws_at_every_step_on_non_recurrent_inputs_only():
    rate, n_layers, n_units = 0.4, 2, 6
    model = random_model(4, n_units, n_layers)
    network = network_of(model, rate)
    lengths = np.array([12, 12, 5])
    values, mask = batch(lengths)
    seen, given_to_dense = observe(network, values, mask, training=True)
    undropped = [values, seen[0][1], np.zeros_like(values), seen[2][1]]
    last_states = []
    for index, ((inputs, outputs), full) in enumerate(
        zip(seen, undropped, strict=True)
    ):
        # Each input is there, scaled up, or is zero.
        kept = inputs != 0
        np.testing.assert_allclose(inputs, np.where(kept, full / (1 - rate), 0))
        if index != 2:  # the decoder's inputs are zeros anyway
            assert 0.4 < kept[mask].mean() < 0.8
            # One mask for all steps would have no step differ from the first.
            assert (kept[:, 1:] != kept[:, :1]).any(axis=(1, 2)).all()
            assert (kept[0] != kept[1]).any()
        # With these inputs, and nothing dropped of the state, come these outputs.
        layer = paper_layer((*model.encoder, *model.decoder)[index])
        ends = []
        for row, length in enumerate(lengths):
            h = np.zeros(n_units) if index < n_layers else last_states[index - 2][row]
            for step in range(length):
                h = next_state(layer, inputs[row, step], h)
                np.testing.assert_allclose(outputs[row, step], h, rtol=0, atol=1e-9)
            ends.append(h)
        last_states.append(ends)
    # The paper drops what enters a GRU layer, not what leaves the last one.
    assert np.array_equal(given_to_dense, seen[-1][1])


def test_dropout_layers_stand_before_every_recurrent_layer_at_the_same_rate():
    network = Network(4, 3, dropout=0.25)
    layers = network.model.layers
    dropouts = [layer for layer in layers if isinstance(layer, keras.layers.Dropout)]
    assert [layer.rate for layer in dropouts] == [0.25] * 6
    constant = np.ones((2, 50, 4))
    masks = [numpy_of(layer(constant, training=True)) != 0 for layer in dropouts]
    for mask in masks:
        assert (mask[:, 1:] != mask[:, :1]).any()
    # Each layer has a seed of its own.
    assert len({mask.tobytes() for mask in masks}) == 6


def test_cells_themselves_drop_nothing():
    network = Network(4, 2, dropout=0.5)
    for cell in (*network._encoder, *network._decoder):
        assert (cell.dropout, cell.recurrent_dropout) == (0, 0)


@pytest.mark.parametrize("n_layers", [1, 2])
def test_dropout_is_off_at_inference_and_new_at_every_training_pass(n_layers):
    network = network_of(random_model(5, 6, n_layers), 0.4)
    values, mask = batch()
    first = run(network, values, mask, training=True)
    second = run(network, values, mask, training=True)
    assert np.abs(first - second).max() > 1e-3
    calm = run(network, values, mask, training=False)
    assert np.array_equal(calm, run(network, values, mask))
    plain = network_of(random_model(5, 6, n_layers), 0.0)
    np.testing.assert_allclose(calm, run(plain, values, mask), rtol=0, atol=1e-12)


def test_network_without_dropout_is_the_same_in_training():
    network = network_of(random_model(6, 4, 2))
    values, mask = batch()
    in_training = run(network, values, mask, training=True)
    assert np.array_equal(in_training, run(network, values, mask))


# ----------------------------------------------------------------------- weights


def flat(model):
    return np.concatenate([array.ravel() for array in to_named_arrays(model).values()])


def test_same_seed_gives_the_same_weights_and_masks():
    values, mask = batch()
    one, two = (Network(4, 2, dropout=0.4, seed=7) for _ in range(2))
    assert np.array_equal(flat(one.get_arrays()), flat(two.get_arrays()))
    masked = [run(network, values, mask, training=True) for network in (one, two)]
    assert np.array_equal(*masked)


def test_another_seed_gives_other_weights_and_dropout_does_not():
    weights = flat(Network(4, 2, seed=7).get_arrays())
    assert not np.isclose(weights, flat(Network(4, 2, seed=8).get_arrays())).all()
    with_dropout = Network(4, 2, dropout=0.4, seed=7).get_arrays()
    assert np.array_equal(weights, flat(with_dropout))


def test_no_two_arrays_start_from_the_same_draw():
    arrays = to_named_arrays(Network(4, 3, seed=1).get_arrays())
    drawn = [a.tobytes() for name, a in arrays.items() if not name.endswith("bias")]
    assert len(set(drawn)) == len(drawn) == 13


@pytest.mark.parametrize(("n_units", "n_layers", "dropout"), FORMS)
def test_arrays_come_out_as_they_went_in(n_units, n_layers, dropout):
    model = random_model(7, n_units, n_layers)
    network = network_of(model, dropout)
    back = to_named_arrays(network.get_arrays())
    assert back.keys() == to_named_arrays(model).keys()
    for name, array in to_named_arrays(model).items():
        assert type(back[name]) is np.ndarray
        assert np.array_equal(back[name], array), name


def test_arrays_that_came_out_do_not_follow_the_network():
    network = Network(3, 1, seed=1)
    before = network.get_arrays()
    kept = flat(before)
    network.set_arrays(random_model(8, 3, 1))
    assert np.array_equal(flat(before), kept)
    assert not np.array_equal(flat(network.get_arrays()), kept)


@pytest.mark.parametrize(("n_units", "n_layers"), [(3, 1), (3, 3), (4, 2)])
def test_arrays_of_another_architecture_are_refused(n_units, n_layers):
    network = Network(3, 2)
    with pytest.raises(ValueError):
        network.set_arrays(random_model(9, n_units, n_layers))


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_paper_size_has_the_paper_number_of_parameters(dropout):
    network = Network(60, 3, dropout=dropout)
    arrays = network.get_arrays()
    encoder = sum(array.size for layer in arrays.encoder for array in layer)
    decoder = sum(array.size for layer in arrays.decoder for array in layer) + 60 + 1
    assert (encoder, decoder) == (54_720, 54_781)
    trainable = sum(np.prod(w.shape) for w in network.model.trainable_weights)
    assert trainable == encoder + decoder


def test_weights_are_float32_by_default():
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    network = Network(3, 2, seed=2)
    model = network.get_arrays()
    assert {array.dtype for array in to_named_arrays(model).values()} == {
        np.dtype("float32")
    }
    values, mask = batch()
    states = final_states(network, values.astype(np.float32), mask)
    frozen = encode(model.encoder, values[..., 0], LENGTHS)[:, 0]
    np.testing.assert_allclose(frozen, states, rtol=0, atol=1e-6)
