"""The columns of an embedding: which, in which order, under which names."""

from __future__ import annotations

import numpy as np
import pytest

from timenet_sklearn._encoder.layout import Layout, make_layout
from timenet_sklearn._encoder.pooling import POOLINGS

N_LAYERS, N_UNITS = 3, 12


def layout_of(layers="all", pooling="last"):
    return make_layout(layers, pooling, N_LAYERS, N_UNITS, "Owner")


def states_of(poolings, n_samples=2, n_channels=2):
    """States that tell where they come from: sample, channel, pooling, layer, unit."""
    shape = (n_samples, n_channels, len(poolings), N_LAYERS, N_UNITS)
    states = np.zeros(shape)
    for place in np.ndindex(shape):
        sample, channel, pooling, layer, unit = place
        pooling = POOLINGS.index(poolings[pooling])
        states[place] = (
            unit + 100 * (layer + 1) + 1000 * pooling + 10_000 * channel + 1e5 * sample
        )
    return states


def value_named(name, sample):
    channel, pooling, layer, unit = name.split("_")
    return (
        int(unit.removeprefix("unit"))
        + 100 * int(layer.removeprefix("layer"))
        + 1000 * POOLINGS.index(pooling)
        + 10_000 * int(channel.removeprefix("channel"))
        + 1e5 * sample
    )


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("all", (1, 2, 3)),
        (1, (1,)),
        (np.int64(3), (3,)),
        ((2,), (2,)),
        ([3, 1], (3, 1)),
        (np.array([1, 2]), (1, 2)),
    ],
)
def test_layers_are_all_or_one_or_several(layers, expected):
    layout = layout_of(layers)
    assert layout.layers == expected
    assert all(type(layer) is int for layer in layout.layers)
    assert layout.n_features == len(expected) * N_UNITS


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [("last", ("last",)), (["std", "mean"], ("std", "mean")), (POOLINGS, POOLINGS)],
)
def test_pooling_is_one_or_several(pooling, expected):
    layout = layout_of(pooling=pooling)
    assert layout.poolings == expected
    assert layout.n_features == len(expected) * N_LAYERS * N_UNITS


@pytest.mark.parametrize(
    "layers",
    [0, 4, -1, (), (1, 1), (1, 4), (1.0,), ("1",), "first", True, (True,), 1.5, None],
)
def test_wrong_layers_are_an_error_that_says_what_there_is(layers):
    with pytest.raises(ValueError, match=r"Owner: layers must be .* from 1 to 3") as e:
        layout_of(layers)
    assert repr(layers) in str(e.value)


@pytest.mark.parametrize(
    "pooling", ["median", "", (), ("last", "last"), ("mean", "median"), (1,), None]
)
def test_wrong_pooling_is_an_error_that_says_what_there_is(pooling):
    with pytest.raises(
        ValueError, match=r"Owner: pooling must be .* last, mean, max, min, std, change"
    ) as error:
        layout_of(pooling=pooling)
    assert repr(pooling) in str(error.value)


@pytest.mark.parametrize("layers", ["all", 2, (3, 1)])
@pytest.mark.parametrize("pooling", ["last", ("std", "last"), POOLINGS])
def test_every_column_holds_what_its_name_says(layers, pooling):
    layout = layout_of(layers, pooling)
    columns = layout.flatten(states_of(layout.poolings)[:, :, None])
    names = layout.names(["channel0", "channel1"])
    assert columns.shape == (2, 2 * layout.n_features)
    assert names.shape == (2 * layout.n_features,) and names.dtype == object
    assert len(set(names)) == len(names)
    for sample in range(2):
        expected = [value_named(name, sample) for name in names]
        assert np.array_equal(columns[sample], expected)


def test_names_sort_by_unit_within_a_layer():
    names = layout_of(2, "max").names(["channel0"])
    assert names[0] == "channel0_max_layer2_unit00"
    assert names[11] == "channel0_max_layer2_unit11"
    assert list(names) == sorted(names)


def test_flatten_takes_states_of_the_lower_layers_alone():
    states = states_of(("last",))
    columns = layout_of(2).flatten(states[:, :, None, :, :2])
    assert np.array_equal(columns, layout_of(2).flatten(states[:, :, None]))


@pytest.mark.parametrize("layers", ["all", (3, 1, 2)])
@pytest.mark.parametrize("pooling", ["last", ("std", "last"), POOLINGS])
@pytest.mark.parametrize("n_channels", [1, 3])
def test_final_states_come_back_from_the_columns(layers, pooling, n_channels):
    layout = layout_of(layers, pooling)
    states = states_of(layout.poolings, n_channels=n_channels)
    last = layout.poolings.index("last")
    back = layout.final_states(layout.flatten(states[:, :, None]), "Owner")
    assert np.array_equal(back, states[:, :, last])


@pytest.mark.parametrize("n_channels", [1, 2])
def test_final_states_of_no_samples_are_none(n_channels):
    layout = layout_of()
    embeddings = np.empty((0, n_channels * layout.n_features))
    states = layout.final_states(embeddings, "Owner")
    assert states.shape == (0, n_channels, N_LAYERS, N_UNITS)


@pytest.mark.parametrize(
    ("layers", "pooling"), [((1, 2), "last"), (3, "last"), ("all", ("mean", "std"))]
)
def test_missing_final_states_are_an_error_that_says_what_to_choose(layers, pooling):
    layout = layout_of(layers, pooling)
    columns = layout.flatten(states_of(layout.poolings)[:, :, None])
    with pytest.raises(ValueError, match=r"^Owner: .*all 3 layers.*layers='all'") as e:
        layout.final_states(columns, "Owner")
    assert str(layout.layers) in str(e.value)
    assert str(layout.poolings) in str(e.value)


@pytest.mark.parametrize("shape", [(2, 35), (2, 37), (2, 0), (36,), (2, 1, 36), ()])
def test_embeddings_of_another_shape_are_an_error(shape):
    with pytest.raises(ValueError, match=r"^Owner: expected .* 36\), got shape") as e:
        layout_of().final_states(np.zeros(shape), "Owner")
    assert str(shape) in str(e.value)


def test_layouts_compare_by_value_and_can_be_keys():
    assert layout_of() == Layout((1, 2, 3), ("last",), N_LAYERS, N_UNITS)
    assert len({layout_of(), layout_of(), layout_of(1)}) == 2
