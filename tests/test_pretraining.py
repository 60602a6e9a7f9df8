from __future__ import annotations

import csv
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="training needs the extra train")

from timenet_sklearn import Recipe, TimeNetTransformer, pretraining
from timenet_sklearn._weights import load_weights, to_named_arrays
from timenet_sklearn.datasets import (
    EXTRA_PRETRAINING_SETS,
    EXTRA_TRAINING_PARTS,
    PRETRAINING_SETS,
    TEST_SETS,
    VALIDATION_SETS,
)
from timenet_sklearn.demo import DEMO_SETS
from timenet_sklearn.pretraining import describe_plan, load_corpus, pretrain

pytestmark = pytest.mark.usefixtures("eager")

UCR = Path(__file__).resolve().parent.parent.parent / "shared" / "ucr"
QUICK = Recipe(n_steps=2, batch_size=4, curriculum=False, evaluate_every=1)


@pytest.fixture(autouse=True)
def quick_recipe(monkeypatch):
    monkeypatch.setattr(pretraining, "RECIPES", {**pretraining.RECIPES, "quick": QUICK})
    monkeypatch.setattr(pretraining, "N_UNITS", 2)
    monkeypatch.setattr(pretraining, "N_LAYERS", 1)


def bits(weights):
    return {name: a.tobytes() for name, a in to_named_arrays(weights.model).items()}


def test_pretraining_writes_weights_card_history_and_checkpoint(archive, tmp_path):
    weights = pretrain(archive, tmp_path, recipe="quick")
    files = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert files == {
        "MODEL_CARD.rst",
        "checkpoint/training.npz",
        "config.json",
        "history.csv",
        "model.safetensors",
    }
    assert bits(load_weights(tmp_path)) == bits(weights)
    embedding = TimeNetTransformer(weights=tmp_path).transform(np.eye(3, 9))
    assert embedding.shape == (3, 2)


def test_the_history_has_a_row_an_evaluation(archive, tmp_path):
    pretrain(archive, tmp_path, recipe="quick")
    with (tmp_path / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["1", "2"]
    assert list(rows[0]) == ["step", "loss", "validation_error", "seconds"]
    assert all(float(row["validation_error"]) > 0 for row in rows)


def test_the_config_says_what_the_weights_were_made_of(archive, tmp_path):
    weights = pretrain(archive, tmp_path, recipe="quick", random_state=5)
    info = load_weights(tmp_path).info
    assert info["name"] == "quick" and info["random_state"] == 5
    assert info["training_sets"] == dict.fromkeys(PRETRAINING_SETS, 5)
    assert info["recipe"] == json.loads(json.dumps(asdict(QUICK)))
    assert list(info["validation_errors"]) == list(VALIDATION_SETS)
    mean = np.mean(list(info["validation_errors"].values()))
    assert info["mean_validation_error"] == pytest.approx(mean, abs=1e-4)
    frozen = TimeNetTransformer(weights=tmp_path)
    cbf = load_corpus(archive).validation["CBF"].block(0, 5)
    assert info["validation_errors"]["CBF"] == pytest.approx(
        frozen.reconstruction_error(cbf).mean(), abs=1e-3
    )
    assert weights.normalize


def test_the_card_names_data_errors_recipe_and_what_not_to_score(archive, tmp_path):
    weights = pretrain(archive, tmp_path, recipe="quick")
    card = (tmp_path / "MODEL_CARD.rst").read_text(encoding="utf-8")
    assert card.startswith("Model card: quick\n=================\n")
    assert "90 series of 18 data sets" in card
    assert all(name in card for name in (*PRETRAINING_SETS, *VALIDATION_SETS))
    for name, error in weights.info["validation_errors"].items():
        assert f"- {name}: {error}\n" in card
    assert "- n_steps: 2\n" in card
    assert f"those of step {weights.info['best_step']} of 2" in card
    assert "Never report the accuracy of these weights on one of these sets" in card


def test_a_finished_run_is_not_trained_again(archive, tmp_path):
    first = pretrain(archive, tmp_path, recipe="quick")
    checkpoint = tmp_path / "checkpoint" / "training.npz"
    written = checkpoint.stat().st_mtime_ns
    (tmp_path / "model.safetensors").unlink()
    again = pretrain(archive, tmp_path, recipe="quick")
    assert bits(again) == bits(first) == bits(load_weights(tmp_path))
    assert checkpoint.stat().st_mtime_ns == written


def test_a_folder_with_another_run_is_refused(archive, tmp_path):
    pretrain(archive, tmp_path, recipe="quick")
    with pytest.raises(ValueError, match=r"these differ: .*random_state"):
        pretrain(archive, tmp_path, recipe="quick", random_state=1)


def test_unknown_recipes_and_missing_sets_are_named(archive, tmp_path):
    with pytest.raises(
        ValueError, match="one of ucr18, ucr45, paper, quick, got 'ucr19'"
    ):
        pretrain(archive, tmp_path, recipe="ucr19")
    with pytest.raises(FileNotFoundError, match="ItalyPowerDemand"):
        pretrain(tmp_path, tmp_path / "out", recipe="quick")
    assert list(tmp_path.iterdir()) == []


def test_the_plan_says_steps_series_sets_and_time(archive):
    plan = describe_plan("quick", archive)
    assert plan == (
        "recipe quick: 2 steps of 4 series, on 90 series of 18 data sets; "
        "about 0.0 hours"
    )
    hours = float(describe_plan("paper", archive).split()[-2])
    # 20,000 steps of 32 series of 8 steps at the speed that was measured
    assert hours == pytest.approx(
        20_000 * 32 * 8 / pretraining._STEPS_PER_SECOND / 3600, abs=0.05
    )


@pytest.mark.parametrize("nested", [True, False], ids=["in folders", "side by side"])
def test_extra_sets_are_read_beside_the_papers(archive, tmp_path, nested):
    for path in archive.glob("*.npz"):
        (tmp_path / path.name).symlink_to(path)
    for folder, names in (
        ("extra", EXTRA_PRETRAINING_SETS),
        ("partial", EXTRA_TRAINING_PARTS),
    ):
        place = tmp_path / folder if nested else tmp_path
        place.mkdir(exist_ok=True)
        X, y = np.eye(7, dtype=np.float32), np.arange(7)
        for name in names:
            np.savez(
                place / f"{name}.npz",
                X_train=X[:4],
                y_train=y[:4],
                X_test=X[4:],
                y_test=y[4:],
            )
    corpus = load_corpus(tmp_path, extra_sets=True)
    assert list(corpus.training) == [
        *PRETRAINING_SETS,
        *EXTRA_PRETRAINING_SETS,
        *EXTRA_TRAINING_PARTS,
    ]
    sizes = {name: panel.n_samples for name, panel in corpus.training.items()}
    assert {sizes[name] for name in EXTRA_PRETRAINING_SETS} == {7}
    assert {sizes[name] for name in EXTRA_TRAINING_PARTS} == {4}
    assert "on 252 series of 45 data sets" in describe_plan("ucr45", tmp_path)


def test_no_extra_set_is_tested_or_validated_on_or_shown_as_unseen():
    extra = {*EXTRA_PRETRAINING_SETS, *EXTRA_TRAINING_PARTS}
    assert len(extra) == 27
    assert extra.isdisjoint({*PRETRAINING_SETS, *VALIDATION_SETS, *TEST_SETS})
    assert extra.isdisjoint(demo_set.name for demo_set in DEMO_SETS)


@pytest.mark.skipif(not UCR.is_dir(), reason="needs ../shared/ucr")
def test_the_papers_18_sets_have_10940_series():
    assert "10,940 series of 18 data sets" in describe_plan("ucr18", UCR)


def test_the_bundled_weights_were_made_by_the_recipe_of_their_name():
    info = load_weights("ucr18").info
    assert info["name"] == "ucr18"
    assert info["recipe"] == json.loads(
        json.dumps(asdict(pretraining.RECIPES["ucr18"]))
    )
    assert list(info["training_sets"]) == list(PRETRAINING_SETS)
    assert sum(info["training_sets"].values()) == 10_940
