"""The contrastive loss against NumPy: summaries of the states, and finding views."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest
from reference import random_model

from timenet_sklearn._encoder.gru import encode
from timenet_sklearn._encoder.weights import to_named_arrays
from timenet_sklearn._series.normalize import z_normalize
from timenet_sklearn._series.panel import check_panel
from timenet_sklearn._training.batches import Sampler
from timenet_sklearn._training.contrast import contrastive_loss, summarize
from timenet_sklearn._training.loop import train
from timenet_sklearn._training.network import Network
from timenet_sklearn._training.recipe import Recipe

SUMMARIES = ("mean", "max", "min", "std", "change", "last")
CONTRAST = Recipe(n_steps=8, batch_size=8, evaluate_every=4, contrast=0.5)


def numpy_of(tensor):
    return keras.ops.convert_to_numpy(tensor)


def waves(n_series=12, n_timepoints=30):
    rng = np.random.default_rng(0)
    time = np.linspace(0, 6, n_timepoints)
    found = [np.sin(time * rng.uniform(1, 3)) for _ in range(n_series)]
    return [z_normalize(wave).astype(np.float32) for wave in found]


def bits(model):
    return {name: array.tobytes() for name, array in to_named_arrays(model).items()}


# ---------------------------------------------------------------------- summaries


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("n_layers", [1, 3])
def test_summaries_are_those_of_the_frozen_encoder(n_layers, dropout):
    model, lengths = random_model(0, 4, n_layers), np.array([7, 3, 2, 6])
    network = Network(4, n_layers, dropout=dropout, contrast=True)
    network.set_arrays(model)
    mask = np.arange(7) < lengths[:, None]
    values = np.random.default_rng(1).standard_normal(mask.shape).astype(np.float32)
    pooled = encode(model.encoder, values, lengths, SUMMARIES)
    std = SUMMARIES.index("std")
    pooled[:, std] = np.maximum(pooled[:, std], 1e-3)
    expected = pooled.reshape(len(lengths), -1)
    expected = (expected - expected.mean(0)) / (expected.std(0) + 1e-3)
    kernel = network.model.layers[-1].get_weights()[0]
    padded = np.where(mask, values, 1e3)[..., None]
    _, projections = network.model([padded, mask])
    np.testing.assert_allclose(
        numpy_of(projections), expected @ kernel, rtol=1e-3, atol=1e-3
    )


def test_summaries_of_states_that_do_not_move_have_no_noise():
    states = np.full((3, 5, 2), 0.25, dtype=np.float32)
    mask = np.ones((3, 5), dtype=bool)
    summaries = numpy_of(summarize(states, [states[:, -1]], mask))
    np.testing.assert_allclose(summaries, np.zeros((3, 12)), atol=1e-6)


def test_the_autoencoder_starts_as_it_does_without_contrast():
    plain, both = Network(3, 2, seed=4), Network(3, 2, seed=4, contrast=True)
    assert bits(plain.get_arrays()) == bits(both.get_arrays())


# --------------------------------------------------------------------------- loss


def test_the_loss_is_the_cross_entropy_of_finding_the_other_view():
    projections = np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32)
    units = projections / np.linalg.norm(projections, axis=1, keepdims=True)
    expected = []
    for row in range(6):
        partner = (row + 3) % 6
        odds = {
            other: np.exp(units[row] @ units[other] / 0.2)
            for other in range(6)
            if other != row
        }
        expected.append(-np.log(odds[partner] / sum(odds.values())))
    loss = numpy_of(contrastive_loss(None, keras.ops.convert_to_tensor(projections)))
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_equal_views_of_series_that_differ_cost_next_to_nothing():
    apart = np.eye(4, dtype=np.float32)
    views = keras.ops.convert_to_tensor(np.concatenate([apart, apart]))
    assert numpy_of(contrastive_loss(None, views)).max() < 0.05


@pytest.mark.usefixtures("eager")
def test_series_that_are_all_alike_train_nothing_but_break_nothing():
    panel = check_panel(np.ones((6, 9)))
    trained = train([panel], [panel], CONTRAST, n_units=3, n_layers=2)
    assert np.isfinite(trained.history["loss"]).all()


# -------------------------------------------------------------------------- views


def test_the_halves_of_a_batch_are_views_of_the_same_series():
    slow, fast = (np.sin(np.linspace(0, w, 200)).astype(np.float32) for w in (3, 60))
    recipe = replace(CONTRAST, n_steps=100, batch_size=4, buckets=(128,))
    sampler = Sampler([[slow, fast]], recipe, seed=0)
    for step in range(0, 100, 5):
        views = sampler.draw(step).values
        # how rough a view is tells which of the two it is of
        rough = (np.abs(np.diff(views)).mean(axis=1) > 0.2).tolist()
        assert rough[:2] == rough[2:]


def test_two_views_of_a_series_differ_and_are_normalised():
    corpus = [waves()]
    recipe = replace(CONTRAST, n_steps=100)
    values, mask, inputs = Sampler(corpus, recipe, seed=0).draw(0)
    assert values.shape[0] == 8 and mask.all() and inputs is values
    assert (np.abs(values[:4] - values[4:]).max(axis=1) > 0.05).all()
    np.testing.assert_allclose(values.mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(values.std(axis=1), 1, atol=1e-5)


def test_a_batch_of_views_holds_series_of_one_set():
    flat = [np.zeros(20, dtype=np.float32)] * 4
    rising = [np.linspace(-1, 1, 20, dtype=np.float32)] * 4
    sampler = Sampler([flat, rising], replace(CONTRAST, n_steps=100), seed=0)
    for step in range(20):
        moving = (np.abs(sampler.draw(step).values).max(axis=1) > 0).tolist()
        assert moving in ([True] * 8, [False] * 8)


class Noted(list):
    """A data set that notes which of its series were read."""

    def __init__(self, series):
        super().__init__(series)
        self.rows = []

    def __getitem__(self, row):
        self.rows.append(row)
        return super().__getitem__(row)


@pytest.mark.parametrize("sizes", [(4,), (3, 1), (1, 2, 1), (4, 9)])
def test_views_are_of_different_series_from_other_sets_if_need_be(sizes):
    sets = [Noted([np.linspace(-1, 1, 20, dtype=np.float32)] * n) for n in sizes]
    sampler = Sampler(sets, replace(CONTRAST, n_steps=100), seed=0)
    for step in range(20):
        for data_set in sets:
            data_set.rows.clear()
        sampler.draw(step)
        read = [(i, row) for i, one in enumerate(sets) for row in one.rows]
        assert len(read) == len(set(read)) == 4


def test_whole_series_stand_in_both_halves():
    recipe = replace(CONTRAST, curriculum=False, input_noise=0.1)
    values, mask, _ = Sampler([waves()], recipe, seed=0).draw(0)
    assert mask.all()
    np.testing.assert_array_equal(values[:4], values[4:])


# ----------------------------------------------------------------------- training


@pytest.mark.usefixtures("eager")
def test_training_brings_views_together_and_keeps_the_last_weights():
    panel = check_panel(np.array(waves()))
    recipe = replace(CONTRAST, n_steps=12, evaluate_every=4, buckets=(8,))
    trained = train([panel], [panel], recipe, n_units=4, n_layers=2)
    assert trained.history["loss"][-1] < trained.history["loss"][0]
    wild = replace(recipe, n_steps=4, learning_rate=0.5, schedule="constant")
    later = train([panel], [panel], wild, n_units=4, n_layers=2, initial=trained.model)
    assert later.history["validation_error"][-1] > trained.validation_error
    assert bits(later.model) != bits(trained.model)


@pytest.mark.usefixtures("eager")
def test_a_contrastive_run_goes_on_from_its_checkpoint(tmp_path, monkeypatch):
    panel = check_panel(np.array(waves()))
    settings = {"n_units": 3, "n_layers": 1, "seed": 1}
    unbroken = train([panel], [panel], CONTRAST, **settings)
    draw, drawn = Sampler.draw, []

    def stop_late(self, step):
        drawn.append(step)
        if len(drawn) == 7:
            raise KeyboardInterrupt
        return draw(self, step)

    monkeypatch.setattr(Sampler, "draw", stop_late)
    with pytest.raises(KeyboardInterrupt):
        train([panel], [panel], CONTRAST, **settings, checkpoint=tmp_path)
    resumed = train([panel], [panel], CONTRAST, **settings, checkpoint=tmp_path)
    assert drawn == [0, 1, 2, 3, 4, 5, 6, 4, 5, 6, 7]
    assert bits(resumed.model) == bits(unbroken.model)
