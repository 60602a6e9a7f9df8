from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, asdict, replace

import numpy as np
import pytest

from timenet_sklearn import Recipe
from timenet_sklearn._training.recipe import FINE_TUNING, PAPER


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"n_steps": 0}, r"an int in the range \[1, inf\). Got 0"),
        ({"n_steps": 4.5}, r"an int in the range \[1, inf\). Got 4.5"),
        ({"batch_size": -1}, r"an int in the range \[1, inf\). Got -1"),
        ({"learning_rate": 0.0}, r"a float in the range \(0.0, inf\). Got 0.0"),
        ({"learning_rate": np.nan}, r"a float in the range \(0.0, inf\). Got nan"),
        ({"max_length": 0}, r"an int in the range \[1, inf\). Got 0"),
        ({"evaluate_every": 0}, r"an int in the range \[1, inf\). Got 0"),
        ({"schedule": "linear"}, r"a str among {.*'cosine'.*}. Got 'linear'"),
        ({"warmup_steps": -1}, r"an int in the range \[0, inf\). Got -1"),
        ({"clip_norm": 0.0}, r"in the range \(0.0, inf\) or None. Got 0.0"),
        ({"clip_norm": np.inf}, r"in the range \(0.0, inf\) or None. Got inf"),
        ({"patience": 0}, r"in the range \[1, inf\) or None. Got 0"),
        ({"dropout": 1.0}, r"in the range \[0.0, 1.0\). Got 1.0"),
        ({"dropout": -0.1}, r"in the range \[0.0, 1.0\). Got -0.1"),
        ({"input_noise": -0.1}, r"in the range \[0.0, inf\). Got -0.1"),
        ({"input_dropout": 1.0}, r"in the range \[0.0, 1.0\). Got 1.0"),
        ({"contrast": "1"}, r"in the range \[0.0, inf\). Got '1'"),
        ({"contrast_final": -1}, r"in the range \[0.0, inf\). Got -1"),
        ({"teach": -1}, r"in the range \[0.0, inf\). Got -1"),
        ({"anchor": np.inf}, r"in the range \[0.0, inf\). Got inf"),
        ({"freeze_encoder": 1}, "an instance of 'bool' .*. Got 1"),
        ({"summaries": "max"}, "an instance of 'tuple'. Got 'max'"),
        ({"curriculum": "no"}, "an instance of 'bool' .*. Got 'no'"),
        ({"growth": 1.5}, r"in the range \[0.0, 1.0\]. Got 1.5"),
        ({"buckets": 64}, "an instance of 'tuple'. Got 64"),
    ],
)
def test_a_setting_outside_its_range_is_refused(setting, message):
    (name,) = setting
    with pytest.raises(
        ValueError,
        match=f"^The '{name}' parameter of Recipe must be .*{message} instead",
    ):
        Recipe(**setting)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"contrast": 1, "batch_size": 9}, "batch_size must be even, .* got 9"),
        ({"contrast": 1, "batch_size": 2}, "batch_size must be even, .* got 2"),
        ({"contrast": 1, "patience": 3}, "with contrast it must be None"),
        ({"teach": 1, "patience": 3}, "with teach it must be None"),
        ({"teach": 1, "freeze_encoder": True}, "freeze_encoder .* teach must be 0"),
        ({"contrast_final": 1, "batch_size": 9}, "batch_size must be even, .* got 9"),
        ({"summaries": ()}, "summaries must be different names"),
        ({"summaries": ("max", "max")}, "summaries must be different names"),
        ({"summaries": ("max", "slope")}, "summaries must .* got .*'slope'"),
        ({"contrast": 1, "curriculum": False}, "input_noise or input_dropout must be"),
        ({"buckets": ()}, r"buckets must be whole numbers of at least 1, got \(\)"),
        (
            {"buckets": (8, 0)},
            r"buckets must be whole numbers of at least 1, got \(8, 0\)",
        ),
        ({"buckets": (8, 9.5)}, r"buckets must be whole .* got \(8, 9.5\)"),
    ],
)
def test_settings_that_no_run_could_follow_are_refused(setting, message):
    with pytest.raises(ValueError, match=f"^Recipe: .*{message}"):
        Recipe(**setting)


def test_numbers_of_numpy_become_pythons():
    recipe = Recipe(
        n_steps=np.int64(10),
        learning_rate=np.float32(0.5),
        curriculum=np.True_,
        buckets=np.array([8, 16]),
    )
    equal = Recipe(n_steps=10, learning_rate=0.5, curriculum=True, buckets=(8, 16))
    assert recipe == equal
    assert json.dumps(asdict(recipe)) == json.dumps(asdict(equal))


def test_a_changed_copy_is_checked_too():
    with pytest.raises(ValueError, match=r"'n_steps' parameter of Recipe .* Got -5"):
        replace(PAPER, n_steps=-5)


def test_a_recipe_cannot_be_changed_in_place():
    with pytest.raises(FrozenInstanceError):
        PAPER.n_steps = 1


def test_a_recipe_survives_the_way_through_a_dict():
    assert Recipe(**asdict(PAPER)) == PAPER


def test_the_papers_recipe_has_the_papers_figures():
    assert PAPER.learning_rate == 0.006
    assert PAPER.batch_size == 32
    assert PAPER.dropout == 0.4
    assert PAPER.schedule == "constant"
    assert PAPER.clip_norm is None
    assert not PAPER.curriculum


def test_fine_tuning_is_gentler_and_shorter_than_training_from_nothing():
    assert FINE_TUNING.learning_rate < Recipe().learning_rate
    assert FINE_TUNING.n_steps < Recipe().n_steps
    assert not FINE_TUNING.curriculum


def test_a_recipe_is_hashable_whatever_sequence_its_buckets_came_in():
    assert hash(Recipe(buckets=[8, 16])) == hash(Recipe(buckets=(8, 16)))
