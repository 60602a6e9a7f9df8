"""The losses beside the reconstruction against NumPy, and the views they need."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest
from reference import random_model

from timenet_sklearn._encoder.gru import encode
from timenet_sklearn._encoder.inference import embed
from timenet_sklearn._encoder.pooling import POOLED, POOLINGS
from timenet_sklearn._encoder.weights import to_named_arrays
from timenet_sklearn._series.normalize import z_normalize
from timenet_sklearn._series.panel import check_panel
from timenet_sklearn._training.batches import Sampler
from timenet_sklearn._training.contrast import (
    N_DIMENSIONS,
    anchor_loss,
    contrastive_loss,
    residual_loss,
    standardize,
    summarize,
)
from timenet_sklearn._training.loop import train
from timenet_sklearn._training.network import Network
from timenet_sklearn._training.recipe import LOSSES, Recipe

CONTRAST = Recipe(n_steps=8, batch_size=8, evaluate_every=4, contrast=0.5)


# another order than that of `POOLINGS`
SUMMARIES = (*POOLED, "last", "std", "mean")
ALL_LOSSES = replace(
    CONTRAST, contrast_final=0.5, teach=2.0, anchor=0.3, summaries=POOLED
)


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


def standardized(features):
    return (features - features.mean(0)) / (features.std(0) + 1e-3)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("n_layers", [1, 3])
def test_outputs_are_made_of_what_the_frozen_encoder_gives(n_layers, dropout):
    model, lengths = random_model(0, 4, n_layers), np.array([7, 3, 2, 6])
    network = Network(4, n_layers, dropout=dropout, losses=LOSSES, summaries=SUMMARIES)
    network.set_arrays(model)
    mask = np.arange(7) < lengths[:, None]
    values = np.random.default_rng(1).standard_normal(mask.shape).astype(np.float32)
    padded = np.where(mask, values, 1e3)[..., None]
    found = {k: numpy_of(v) for k, v in network.model([padded, mask]).items()}
    pooled = encode(model.encoder, values, lengths, SUMMARIES)
    std = SUMMARIES.index("std")
    pooled[:, std] = np.maximum(pooled[:, std], 1e-3)
    pooled = pooled.reshape(len(lengths), -1)
    final = encode(model.encoder, values, lengths).reshape(4, -1)
    kernels = {
        layer.kernel.shape: layer.get_weights()[0]
        for layer in network.model.layers
        if isinstance(layer, keras.layers.Dense)
    }
    n_final, n_pooled = final.shape[1], pooled.shape[1]
    by_pooled = kernels[n_pooled, N_DIMENSIONS]
    by_final, head = kernels[n_final, N_DIMENSIONS], kernels[n_final, n_pooled]
    expected = {
        "anchor": pooled,
        "contrast": standardized(pooled) @ by_pooled,
        "contrast_final": standardized(final) @ by_final,
        "teach": standardized(final) @ head - standardized(pooled),
    }
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-3, atol=2e-3)


def test_summaries_of_states_that_do_not_move_have_no_noise():
    states = np.full((3, 5, 2), 0.25, dtype=np.float32)
    mask = np.ones((3, 5), dtype=bool)
    found = numpy_of(standardize(summarize(states, states[:, -1], mask, POOLINGS)))
    np.testing.assert_allclose(found, np.zeros((3, 16)), atol=1e-6)


def test_the_autoencoder_starts_as_it_does_without_other_losses():
    plain, all_of_them = Network(3, 2, seed=4), Network(3, 2, seed=4, losses=LOSSES)
    assert bits(plain.get_arrays()) == bits(all_of_them.get_arrays())


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


def test_what_a_prediction_misses_costs_its_mean_square():
    residuals = keras.ops.convert_to_tensor([[1.0, 3.0], [0.0, 0.0]])
    np.testing.assert_allclose(numpy_of(residual_loss(None, residuals)), [5, 0])


def test_the_anchor_holds_what_is_left_when_a_classifier_has_standardised():
    rng = np.random.default_rng(0)
    there, here = rng.standard_normal((2, 50, 3)).astype(np.float32)
    loss = numpy_of(anchor_loss(there, keras.ops.convert_to_tensor(here)))
    expected = np.square(standardized(here) - standardized(there)).mean(axis=1)
    np.testing.assert_allclose(loss, expected, rtol=1e-4)
    moved = keras.ops.convert_to_tensor(3 * there + 1)
    np.testing.assert_allclose(numpy_of(anchor_loss(there, moved)), 0, atol=1e-4)


@pytest.mark.usefixtures("without_xla")
def test_series_that_are_all_alike_train_nothing_but_break_nothing():
    panel = check_panel(np.ones((6, 9)))
    trained = train([panel], [panel], ALL_LOSSES, n_units=3, n_layers=1)
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


@pytest.mark.parametrize("curriculum", [True, False])
@pytest.mark.parametrize("sizes", [(4,), (3, 1), (1, 2, 1), (4, 9)])
def test_views_are_of_different_series_from_other_sets_if_need_be(sizes, curriculum):
    sets = [Noted([np.linspace(-1, 1, 20, dtype=np.float32)] * n) for n in sizes]
    recipe = replace(CONTRAST, n_steps=100, curriculum=curriculum, input_noise=0.1)
    sampler = Sampler(sets, recipe, seed=0)
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


@pytest.mark.usefixtures("without_xla")
def test_training_brings_views_together_and_keeps_the_last_weights():
    panel = check_panel(np.array(waves(n_timepoints=12)))
    recipe = replace(CONTRAST, n_steps=12, evaluate_every=4, buckets=(8,))
    trained = train([panel], [panel], recipe, n_units=4, n_layers=1)
    assert trained.history["loss"][-1] < trained.history["loss"][0]
    wild = replace(recipe, n_steps=4, learning_rate=0.5, schedule="constant")
    later = train([panel], [panel], wild, n_units=4, n_layers=1, initial=trained.model)
    assert later.history["validation_error"][-1] > trained.validation_error
    assert bits(later.model) != bits(trained.model)


def summaries(model, panel, poolings):
    """Embeddings, standardised: one row a series."""
    found = embed(model.encoder, panel, poolings)
    return standardized(found.reshape(panel.n_samples, -1))


SHORT = check_panel(np.random.default_rng(0).standard_normal((32, 5)))
WHOLE = Recipe(n_steps=30, batch_size=16, curriculum=False, evaluate_every=30)
START = random_model(0, 4, 1)
TEACH = replace(WHOLE, teach=10.0, summaries=POOLED)


def fit(recipe, **how):
    return train([SHORT], [SHORT], recipe, n_units=4, n_layers=1, **how).model


@pytest.mark.usefixtures("without_xla")
def test_final_states_learn_what_the_summaries_know():
    missed = {}
    for recipe in (WHOLE, TEACH):
        model = fit(recipe)
        final = summaries(model, SHORT, ("last",))
        pooled = summaries(model, SHORT, POOLED)
        head = np.linalg.lstsq(final, pooled, rcond=None)[0]
        missed[recipe] = np.square(pooled - final @ head).mean()
    assert missed[TEACH] < 0.9 * missed[WHOLE]


@pytest.mark.usefixtures("without_xla")
def test_an_anchor_keeps_the_summaries_where_they_were():
    there, moved = summaries(START, SHORT, POOLED), {}
    for anchor in (0.0, 100.0):
        model = fit(replace(TEACH, anchor=anchor), initial=START)
        moved[anchor] = np.square(summaries(model, SHORT, POOLED) - there).mean()
    assert moved[100.0] < 0.5 * moved[0.0]


@pytest.mark.usefixtures("without_xla")
def test_a_run_with_all_losses_goes_on_from_its_checkpoint(tmp_path, monkeypatch):
    panel = check_panel(np.array(waves(n_timepoints=12)))
    start = random_model(0, 3, 1)
    settings = {"n_units": 3, "n_layers": 1, "seed": 1, "initial": start}
    unbroken = train([panel], [panel], ALL_LOSSES, **settings)
    draw, drawn = Sampler.draw, []

    def stop_late(self, step):
        drawn.append(step)
        if len(drawn) == 7:
            raise KeyboardInterrupt
        return draw(self, step)

    monkeypatch.setattr(Sampler, "draw", stop_late)
    with pytest.raises(KeyboardInterrupt):
        train([panel], [panel], ALL_LOSSES, **settings, checkpoint=tmp_path)
    resumed = train([panel], [panel], ALL_LOSSES, **settings, checkpoint=tmp_path)
    assert drawn == [0, 1, 2, 3, 4, 5, 6, 4, 5, 6, 7]
    assert bits(resumed.model) == bits(unbroken.model)
