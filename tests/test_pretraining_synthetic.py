from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("keras", reason="training needs the extra train")

from timenet_sklearn import POOLED, Recipe, TimeNetTransformer, pretraining
from timenet_sklearn._encoder.weights import load_weights, to_named_arrays
from timenet_sklearn._training import corpus, stages
from timenet_sklearn._training.corpus import generate_corpus
from timenet_sklearn.cli import main
from timenet_sklearn.pretraining import describe_plan, pretrain

pytestmark = pytest.mark.usefixtures("without_xla")

QUICK = Recipe(n_steps=2, batch_size=4, max_length=16, buckets=(16,), evaluate_every=1)


def bits(weights):
    return {name: a.tobytes() for name, a in to_named_arrays(weights.model).items()}


@pytest.fixture
def few_sets(monkeypatch):
    """Two generated sets to train on, three kinds held out, all of them short."""
    for name, value in {"N_SETS": 2, "N_SERIES": 12, "_N_HELD_OUT": 3}.items():
        monkeypatch.setattr(corpus, name, value)
    monkeypatch.setattr(pretraining, "N_UNITS", 2)
    monkeypatch.setattr(pretraining, "N_LAYERS", 1)
    monkeypatch.setattr(pretraining, "N_SETS", 2)
    monkeypatch.setattr(pretraining, "N_SERIES", 12)
    monkeypatch.setattr(pretraining, "_LOOKS", 2)
    synthetic = [
        replace(stage, max_length=48, buckets=(16,), batch_size=8)
        for stage in stages.RECIPES["synthetic"]
    ]
    recipes = {**stages.RECIPES, "synthetic": tuple(synthetic)}
    monkeypatch.setattr(stages, "RECIPES", recipes)


@pytest.mark.usefixtures("few_sets")
def test_the_recipe_synthetic_needs_no_data(tmp_path, capsys):
    command = ["pretrain", "--recipe", "synthetic", "--steps", "4", "--out"]
    assert main([*command, str(tmp_path)]) == 0
    assert "on 24 generated series of 2 data sets" in capsys.readouterr().out
    weights = load_weights(tmp_path)
    assert weights.info["name"] == "synthetic"
    assert weights.info["training_sets"] == {"Gaussian process": 12, "outline": 12}
    assert set(weights.info["validation_errors"]) == {
        *weights.info["training_sets"],
        "season",
    }
    card = (tmp_path / "MODEL_CARD.rst").read_text(encoding="utf-8")
    assert "24 series of 2 kinds" in card and "Every public data set is unseen" in card
    assert "--recipe synthetic --steps 4 --random-state 0 --out OUT" in card
    again = pretrain(None, tmp_path, recipe="synthetic", n_steps=4)  # from checkpoints
    assert bits(again) == bits(weights)


@pytest.mark.usefixtures("few_sets")
def test_generated_series_are_of_the_random_state_but_not_what_is_held_out():
    first, other = generate_corpus(0), generate_corpus(1)
    for name, panel in first.validation.items():
        held_out = other.validation[name].series()
        for a, b in zip(panel.series(), held_out, strict=True):
            assert a.tobytes() == b.tobytes()
    for name, panel in first.training.items():
        assert panel.series()[0].tobytes() != other.training[name].series()[0].tobytes()


@pytest.mark.usefixtures("few_sets")
def test_stages_of_ones_own_train_on_generated_series(tmp_path):
    weights = pretrain(None, tmp_path, recipe=QUICK)
    assert weights.info["corpus"] == "generated" and weights.info["name"] == "custom"


@pytest.mark.parametrize(
    ("recipe", "data_dir", "message"),
    [
        ("synthetic", "somewhere", "synthetic generates its series and reads no data"),
        ("ucr18", None, r"ucr18 needs data_dir \(--data-dir\)"),
    ],
)
def test_data_and_recipe_must_go_together(recipe, data_dir, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        pretrain(data_dir, tmp_path, recipe=recipe)
    with pytest.raises(ValueError, match=message):
        describe_plan(recipe, data_dir)


def test_the_bundled_weights_were_made_by_the_recipe_of_their_name():
    info = load_weights("synthetic").info
    stages = tuple(Recipe(**stage) for stage in info["stages"])
    assert stages == pretraining.RECIPES["synthetic"]
    assert info["corpus"] == "generated" and info["random_state"] == 0
    assert list(info["training_sets"]) == list(info["validation_errors"])
    n_series = corpus.N_SETS * corpus.N_SERIES
    assert sum(info["training_sets"].values()) == n_series


def test_the_bundled_weights_embed_a_wave_apart_from_noise():
    encoder = TimeNetTransformer(weights="synthetic", pooling=POOLED)
    rng, times = np.random.default_rng(0), np.linspace(0, 20, 90)
    waves = np.sin(times + rng.uniform(0, 6, (8, 1)))
    embeddings = encoder.transform(np.concatenate([waves, rng.normal(size=(8, 90))]))
    middles = embeddings[:8].mean(axis=0), embeddings[8:].mean(axis=0)
    spread = embeddings[:8].std(axis=0).mean() + embeddings[8:].std(axis=0).mean()
    assert np.abs(middles[0] - middles[1]).mean() > spread
