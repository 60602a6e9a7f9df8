from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from timenet_sklearn._series.normalize import z_normalize
from timenet_sklearn._training.batches import Batch, Sampler
from timenet_sklearn._training.recipe import Recipe

CURRICULUM = Recipe(n_steps=100, batch_size=8)
WHOLE = Recipe(n_steps=100, batch_size=8, curriculum=False)


def noise(*lengths: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [
        z_normalize(rng.standard_normal(length)).astype(np.float32)
        for length in lengths
    ]


def same(one: Batch, other: Batch) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("recipe", [CURRICULUM, WHOLE], ids=["curriculum", "whole"])
def test_a_batch_depends_on_its_step_alone(recipe):
    corpus = [noise(40, 60, 80), noise(90, 100)]
    in_order = Sampler(corpus, recipe, seed=3)
    batches = [in_order.draw(step) for step in range(100)]
    for step in (99, 7, 85, 0):
        assert same(Sampler(corpus, recipe, seed=3).draw(step), batches[step])
    assert not same(batches[7], batches[8])
    assert not same(Sampler(corpus, recipe, seed=4).draw(7), batches[7])


def test_windows_are_z_normalised_float32_of_bucket_length_without_padding():
    sampler = Sampler([noise(300, 70), noise(512)], CURRICULUM, seed=0)
    for step in range(80):
        values, mask, inputs = sampler.draw(step)
        assert inputs is values
        assert values.dtype == np.float32 and mask.dtype == bool
        assert mask.shape == values.shape and mask.all()
        assert values.shape[0] == 8 and values.shape[1] in CURRICULUM.buckets
        np.testing.assert_allclose(values.mean(axis=1), 0, atol=1e-5)
        np.testing.assert_allclose(values.std(axis=1), 1, atol=1e-5)


def test_windows_grow_from_32_steps_to_the_longest_series():
    recipe = Recipe(n_steps=1000, batch_size=1)
    sampler = Sampler([noise(512)], recipe, seed=0)
    widths = np.array([sampler.draw(step).values.shape[1] for step in range(800)])
    ceiling = 32 * 16 ** np.minimum(1, np.arange(800) / 700)
    assert (widths <= ceiling).all()
    assert set(widths[:100]) == {16, 32}
    assert widths[350:450].max() == 128
    # 512 itself is a limit that no draw below it reaches
    assert set(widths[700:]) == {16, 32, 64, 128, 256}


def test_the_last_fifth_has_whole_series_in_every_other_batch():
    recipe = Recipe(n_steps=1000, batch_size=2)
    sampler = Sampler([noise(150, 150)], recipe, seed=0)
    widths = np.array([sampler.draw(step).values.shape[1] for step in range(1000)])
    assert (widths[:800] != 150).all()
    assert 70 < (widths[800:] == 150).sum() < 130


def test_whole_series_come_in_the_last_fifth_of_a_curriculum_or_at_once():
    corpus = [noise(50)]
    grown = Sampler(corpus, CURRICULUM, seed=0)
    assert not grown.reaches_full_length(79)
    assert grown.reaches_full_length(80)
    assert Sampler(corpus, WHOLE, seed=0).reaches_full_length(0)


def test_half_of_the_batches_run_backwards_and_half_of_those_are_negated():
    recipe = Recipe(n_steps=2000, batch_size=1)
    convex = z_normalize(np.arange(64.0) ** 2).astype(np.float32)
    sampler = Sampler([[convex]], recipe, seed=0)
    kinds = []
    for step in range(800):
        values = sampler.draw(step).values[0]
        rising = bool(values[-1] > values[0])
        bent_up = bool(np.diff(values.astype(float), 2).sum() > 0)
        kinds.append((rising, bent_up))
    as_it_is, backwards = kinds.count((True, True)), kinds.count((False, True))
    backwards_and_negated = kinds.count((True, False))
    assert as_it_is + backwards + backwards_and_negated == 800
    assert 340 < as_it_is < 460
    assert 150 < backwards < 250
    assert 150 < backwards_and_negated < 250


def test_data_sets_are_drawn_by_the_square_root_of_their_size():
    sampler = Sampler([noise(5), noise(*[9] * 9)], WHOLE, seed=0)
    widths = [sampler.draw(step).values.shape[1] for step in range(400)]
    assert 70 < widths.count(5) < 130
    assert widths.count(5) + widths.count(9) == 400


def test_padded_series_are_followed_by_zeros_and_a_false_mask():
    corpus = [np.float32([1, 0, -1]), np.float32([1, -1])]
    recipe = Recipe(batch_size=16, curriculum=False, buckets=(4, 8), max_length=8)
    batch = Sampler([[*corpus, *noise(7)]], recipe, seed=0).draw(0)
    rows = {
        (tuple(values), tuple(mask))
        for values, mask in zip(batch.values[:, :4], batch.mask[:, :4], strict=True)
        if mask.sum() < 4
    }
    assert rows == {
        ((1, 0, -1, 0), (True, True, True, False)),
        ((1, -1, 0, 0), (True, True, False, False)),
    }


@pytest.mark.parametrize(
    ("lengths", "width"), [((3, 5), 8), ((3, 4), 4), ((9, 13), 20), ((5, 5), 5)]
)
def test_only_series_of_unequal_length_are_padded_to_a_bucket_or_the_longest(
    lengths, width
):
    recipe = Recipe(batch_size=16, curriculum=False, buckets=(4, 8), max_length=30)
    sampler = Sampler([noise(*lengths), noise(20, 20)], recipe, seed=0)
    batches = [sampler.draw(step) for step in range(20)]
    drawn = {batch.values.shape[1]: set(batch.mask.sum(axis=1)) for batch in batches}
    drawn = {w: found for w, found in drawn.items() if found != {20}}
    assert drawn == {width: set(lengths)}


def test_target_is_each_series_backwards_its_padding_still_last():
    mask = np.array([[True, True, True], [True, True, False], [True, False, False]])
    values = np.float32([[1, 2, 0], [0, 5, 0], [6, 0, 0]])
    batch = Batch(values, mask, inputs=-values)
    np.testing.assert_array_equal(batch.reversed(), [[0, 2, 1], [5, 0, 0], [6, 0, 0]])


def test_what_stands_in_the_padding_does_not_reach_the_target():
    mask = np.array([[True, True, False]])
    values = np.float32([[1, 2, 77]])
    assert np.array_equal(
        Batch(values, mask, values).reversed(), np.float32([[2, 1, 0]])
    )


@pytest.mark.parametrize("curriculum", [True, False])
def test_noise_reaches_the_real_steps_of_the_inputs_and_nothing_else(curriculum):
    clean = Recipe(n_steps=60, batch_size=64, curriculum=curriculum)
    corpus = [noise(40, 60, 80)]
    plain = Sampler(corpus, clean, seed=0).draw(50)
    noisy = Sampler(corpus, replace(clean, input_noise=0.5), seed=0).draw(50)
    assert np.array_equal(noisy.values, plain.values)
    assert np.array_equal(noisy.mask, plain.mask)
    assert noisy.inputs.dtype == np.float32
    assert not noisy.inputs[~noisy.mask].any()
    change = noisy.inputs - noisy.values
    level = np.array(
        [row[mask].std() for row, mask in zip(change, noisy.mask, strict=True)]
    )
    assert 0.1 < np.mean(level == 0) < 0.4  # one in four is left alone
    assert 0.4 < level.max() < 0.7 and len(set(level)) > 40


def test_dropped_steps_are_read_as_zero():
    recipe = replace(WHOLE, batch_size=64, input_dropout=0.5)
    batch = Sampler([noise(256)], recipe, seed=0).draw(0)
    dropped = batch.inputs == 0
    assert np.array_equal(batch.inputs[~dropped], batch.values[~dropped])
    part = dropped.mean(axis=1)
    assert 0.1 < np.mean(part == 0) < 0.5
    assert 0.35 < part.max() < 0.65


@pytest.mark.parametrize(
    ("corpus", "recipe", "longest"),
    [
        ([noise(5, 7)], {}, 7),
        ([noise(1)], {}, 1),
        ([noise(1, 40)], {}, 40),
        ([[np.zeros(30, dtype=np.float32)]], {}, 30),
        ([noise(100)], {"max_length": 24}, 24),
        ([noise(100)], {"buckets": (64, 128)}, 100),
        ([noise(20)], {"buckets": (64,)}, 20),
    ],
    ids=[
        "shorter than the smallest bucket",
        "one step",
        "one step among others",
        "constant",
        "longer than max_length",
        "buckets above the first ceiling",
        "all buckets too long",
    ],
)
@pytest.mark.parametrize("curriculum", [True, False])
def test_awkward_series_can_be_trained_on(corpus, recipe, longest, curriculum):
    sampler = Sampler(
        corpus,
        Recipe(n_steps=60, batch_size=4, curriculum=curriculum, **recipe),
        seed=0,
    )
    batches = [sampler.draw(step) for step in range(60)]
    assert max(batch.values.shape[1] for batch in batches) <= longest
    assert all(np.isfinite(batch.values).all() for batch in batches)
    assert all(batch.mask.any(axis=1).all() for batch in batches)


def test_series_longer_than_max_length_are_resampled_to_it_and_normalised_again():
    ramp = z_normalize(np.arange(1000.0)).astype(np.float32)
    recipe = Recipe(batch_size=1, curriculum=False, max_length=100)
    batch = Sampler([[ramp]], recipe, seed=0).draw(0)
    np.testing.assert_allclose(
        batch.values[0], z_normalize(np.arange(100.0)), atol=1e-5
    )
