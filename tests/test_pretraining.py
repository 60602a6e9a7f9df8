from __future__ import annotations

import csv
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="training needs the extra train")

from timenet_sklearn import (
    Recipe,
    TimeNetTransformer,
    pretraining,
)
from timenet_sklearn._encoder.weights import BUNDLED, load_weights, to_named_arrays
from timenet_sklearn._series.panel import check_panel
from timenet_sklearn._training import corpus, loop, stages
from timenet_sklearn._training.checkpoint import Checkpoint
from timenet_sklearn._training.model_card import model_card
from timenet_sklearn.datasets import (
    EXTRA_PRETRAINING_SETS,
    EXTRA_TRAINING_PARTS,
    PRETRAINING_SETS,
    TEST_SETS,
    VALIDATION_SETS,
)
from timenet_sklearn.demo import DEMO_SETS
from timenet_sklearn.pretraining import (
    describe_plan,
    find_recipe,
    load_corpus,
    pretrain,
)

pytestmark = pytest.mark.usefixtures("without_xla")

UCR = Path(__file__).resolve().parent.parent.parent / "shared" / "ucr"
QUICK = Recipe(n_steps=2, batch_size=4, curriculum=False, evaluate_every=1)
SECOND = replace(QUICK, n_steps=3, contrast=1.0, input_noise=0.1)


@pytest.fixture(autouse=True)
def quick_recipe(monkeypatch):
    recipes = {**stages.RECIPES, "quick": (QUICK,), "two": (QUICK, SECOND)}
    monkeypatch.setattr(stages, "RECIPES", recipes)
    monkeypatch.setattr(pretraining, "N_UNITS", 2)
    monkeypatch.setattr(pretraining, "N_LAYERS", 1)


def bits(weights):
    return {name: a.tobytes() for name, a in to_named_arrays(weights.model).items()}


def test_pretraining_writes_weights_card_history_and_checkpoint(archive, tmp_path):
    weights = pretrain(archive, tmp_path, recipe="quick")
    files = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert files == {
        "MODEL_CARD.rst",
        "checkpoint/stage1/training.npz",
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


def test_the_info_says_what_the_weights_were_made_of(archive, tmp_path):
    weights = pretrain(archive, tmp_path, recipe="quick", random_state=5)
    info = load_weights(tmp_path).info
    assert info["name"] == "quick" and info["random_state"] == 5
    assert info["training_sets"] == dict.fromkeys(PRETRAINING_SETS, 5)
    assert info["stages"] == json.loads(json.dumps([asdict(QUICK)]))
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
    checkpoint = tmp_path / "checkpoint" / "stage1" / "training.npz"
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
        ValueError,
        match=r"one of ucr18, .*, synthetic-pooled, .*, got 'ucr19'",
    ):
        pretrain(archive, tmp_path, recipe="ucr19")
    (tmp_path / "CBF.npz").symlink_to(archive / "CBF.npz")
    with pytest.raises(FileNotFoundError, match="ItalyPowerDemand"):
        pretrain(tmp_path, tmp_path / "out", recipe="quick")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("recipe", [None, {"n_steps": 4}, (QUICK, "quick"), []])
def test_what_is_no_recipe_is_refused(archive, tmp_path, recipe):
    with pytest.raises(TypeError, match=r"name .*, a Recipe or a list of stages"):
        pretrain(archive, tmp_path, recipe=recipe)


def test_a_folder_without_series_is_refused_and_says_what_is_in_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Parquet .* archive, but nothing\."):
        describe_plan("quick", tmp_path)
    for name in ("a.csv", "b.csv", "readme"):
        (tmp_path / name).touch()
    with pytest.raises(FileNotFoundError, match=r"but 2 \.csv, 1 readme\."):
        describe_plan("quick", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no folder '.*nowhere' to train on"):
        describe_plan("quick", tmp_path / "nowhere")


def test_a_file_in_the_place_of_the_output_folder_is_refused(archive, tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(NotADirectoryError, match=r"out is a file; pass a folder"):
        pretrain(archive, tmp_path / "out", recipe="quick")


def test_the_plan_says_steps_series_sets_and_time(archive):
    plan = describe_plan("quick", archive)
    assert plan == (
        "recipe quick: 2 steps of 4 series, on 90 series of 18 data sets; about 1 min"
    )
    assert "and then 3 steps of 2 series in two views" in describe_plan("two", archive)
    # 32 series of 8 steps at the speed that was measured
    seconds = 32 * 8 / pretraining._STEPS_PER_SECOND
    for n_steps, unit in ((50_000, 60), (5_000_000, 3600)):
        plan = describe_plan("paper", archive, n_steps=n_steps)
        duration = float(plan.split()[-2])
        assert duration == pytest.approx(n_steps * seconds / unit, rel=0.1)


def with_extra_sets(archive, folder, nested):
    """Make a folder of all of the archive, and of the sets that "ucr45" adds."""
    for path in archive.glob("*.npz"):
        (folder / path.name).symlink_to(path)
    for part, names in (
        ("extra", EXTRA_PRETRAINING_SETS),
        ("partial", EXTRA_TRAINING_PARTS),
    ):
        place = folder / part if nested else folder
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


@pytest.mark.parametrize("nested", [True, False], ids=["in folders", "side by side"])
def test_extra_sets_are_read_beside_the_papers(archive, tmp_path, nested):
    with_extra_sets(archive, tmp_path, nested)
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


def test_another_number_of_steps_keeps_the_recipes_name_and_data(
    archive, tmp_path, monkeypatch
):
    recipe = replace(QUICK, n_steps=50_000)
    monkeypatch.setattr(stages, "RECIPES", {"ucr45": (recipe,)})
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    with_extra_sets(archive, data, nested=True)
    plan = describe_plan("ucr45", data, n_steps=1)
    assert plan.startswith("recipe ucr45: 1 steps of 4 series, on 252 series of 45")
    info = pretrain(data, out, recipe="ucr45", n_steps=1).info
    assert info["name"] == "ucr45" and info["best_step"] == 1
    assert len(info["training_sets"]) == 45
    card = (out / "MODEL_CARD.rst").read_text(encoding="utf-8")
    assert "timenet pretrain --recipe ucr45 --steps 1 --random-state 0 " in card


def test_no_extra_set_is_tested_or_validated_on_or_shown_as_unseen():
    extra = {*EXTRA_PRETRAINING_SETS, *EXTRA_TRAINING_PARTS}
    assert len(extra) == 27
    assert extra.isdisjoint({*PRETRAINING_SETS, *VALIDATION_SETS, *TEST_SETS})
    assert extra.isdisjoint(demo_set.name for demo_set in DEMO_SETS)


@pytest.fixture
def parquet(tmp_path):
    """Folder of a folder of two files and a file, of 30 series each."""
    pa = pytest.importorskip("pyarrow", reason="reads Parquet")
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    for name in ("pumps/a", "pumps/b", "fans"):
        path = tmp_path / "machines" / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        series = list(rng.standard_normal((30, 9)))
        pq.write_table(pa.table({"id": range(30), "series": series}), path)
    return tmp_path / "machines"


def test_a_folder_of_parquet_files_is_a_corpus_of_ones_own(parquet, tmp_path):
    out = tmp_path / "out"
    weights = pretrain(parquet, out, recipe=QUICK)
    files = {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()}
    assert files == {
        "MODEL_CARD.rst",
        "checkpoint/stage1/training.npz",
        "history.csv",
        "model.safetensors",
    }
    info = load_weights(out).info
    assert info["name"] == "out"
    assert info["training_sets"] == {"fans.parquet": 27, "pumps": 54}
    assert list(info["validation_errors"]) == ["fans.parquet", "pumps"]
    assert weights.info["mean_validation_error"] == pytest.approx(
        np.mean(list(info["validation_errors"].values())), abs=1e-4
    )
    card = (out / "MODEL_CARD.rst").read_text(encoding="utf-8")
    assert card.startswith("Model card: out\n")
    assert "81 series of 2 data sets, files of whoever made these weights" in card
    assert "fans.parquet, pumps.\n" in card
    assert "series of 9 to 9 steps; what was longer was resampled" in card
    assert "18 pre-training sets" not in card


def test_the_card_of_a_named_recipe_has_the_whole_command(parquet, tmp_path):
    weights = pretrain(parquet, tmp_path / "out", recipe="quick", missing="interpolate")
    assert (
        "timenet pretrain --recipe quick --steps 2 --random-state 0 --data-dir DIR "
        "--missing interpolate --out OUT"
    ) in model_card(weights)


def test_a_shortened_run_is_checkpointed_ten_times():
    shortened = [find_recipe("paper", steps)[0].evaluate_every for steps in (5, 400)]
    assert shortened == [1, 40]
    assert find_recipe("paper", 40_000)[0].evaluate_every == 500


def test_stages_share_the_steps_that_are_asked_for():
    first, second = find_recipe("ucr18-pooled")
    halves = find_recipe("ucr18-pooled", (first.n_steps + second.n_steps) // 2)
    assert [h.n_steps for h in halves] == [first.n_steps // 2, second.n_steps // 2]
    for n_steps in (4, 7, 1000, 54_000):
        stages = find_recipe("ucr18", n_steps)
        assert sum(stage.n_steps for stage in stages) == n_steps
    # what the model cards say makes the same again
    for name in BUNDLED:
        stages = find_recipe(name)
        assert find_recipe(name, sum(stage.n_steps for stage in stages)) == stages


@pytest.mark.parametrize(("recipe", "n_steps"), [("ucr18", 1), ("paper", 0)])
def test_fewer_steps_than_stages_are_refused(recipe, n_steps):
    with pytest.raises(ValueError, match=f"one for each stage.*got {n_steps}"):
        find_recipe(recipe, n_steps)


def test_a_run_with_fewer_stages_does_not_take_the_place_of_one_with_more(
    archive, tmp_path
):
    both = pretrain(archive, tmp_path, recipe="two")
    with pytest.raises(ValueError, match="of stage1, stage2, but this recipe has 1"):
        pretrain(archive, tmp_path, recipe="quick")
    assert bits(load_weights(tmp_path)) == bits(both)


def test_a_stage_without_the_one_before_is_refused_before_hours_of_work(
    archive, tmp_path
):
    pretrain(archive, tmp_path, recipe="two")
    (tmp_path / "checkpoint" / ".DS_Store").touch()  # nothing of ours
    assert pretrain(archive, tmp_path, recipe="two").info["best_step"] == 5
    (tmp_path / "checkpoint" / "stage1" / "training.npz").unlink()
    with pytest.raises(ValueError, match="of stage2, without one of the stage before"):
        pretrain(archive, tmp_path, recipe="two")


def test_a_stage_that_gains_nothing_leaves_the_weights_of_the_one_before(
    archive, tmp_path
):
    good = pretrain(archive, tmp_path / "good", recipe=QUICK)
    worse = replace(QUICK, learning_rate=5.0, schedule="constant", clip_norm=None)
    both = pretrain(archive, tmp_path / "both", recipe=[QUICK, worse])
    assert bits(both) == bits(replace(both, model=good.model))
    assert both.info["best_step"] == good.info["best_step"] > 0


def test_a_stage_goes_on_from_the_one_before(archive, tmp_path):
    first = pretrain(archive, tmp_path / "first", recipe="quick")
    both = pretrain(archive, tmp_path / "both", recipe="two")
    corpus = load_corpus(archive)
    second = loop.train(
        list(corpus.training.values()),
        list(corpus.validation.values()),
        SECOND,
        n_units=2,
        n_layers=1,
        initial=first.model,
    )
    assert bits(both) == bits(replace(both, model=second.model)) != bits(first)
    own = pretrain(archive, tmp_path / "own", recipe=[QUICK, SECOND])
    assert bits(own) == bits(both)
    with (tmp_path / "both" / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["1", "2", "3", "4", "5"]
    seconds = [float(row["seconds"]) for row in rows]
    assert seconds == sorted(seconds)
    card = (tmp_path / "both" / "MODEL_CARD.rst").read_text(encoding="utf-8")
    assert "those of step 5 of 5, the last" in card
    assert (
        "and from there, with the other settings as before:\n\n- n_steps: 3\n" in card
    )


def test_the_decoder_of_a_frozen_encoder_is_trained_on_generated_series_too(
    archive, tmp_path, monkeypatch
):
    monkeypatch.setattr(corpus, "N_SETS", 2)
    monkeypatch.setattr(corpus, "N_SERIES", 5)
    decode = replace(QUICK, freeze_encoder=True)
    both = pretrain(archive, tmp_path, recipe=[QUICK, decode])
    assert both.info["training_sets"].keys() == {*PRETRAINING_SETS}
    card = (tmp_path / "MODEL_CARD.rst").read_text(encoding="utf-8")
    assert "The decoder, but not the encoder, was also trained on" in card
    monkeypatch.setattr(corpus, "N_SERIES", 6)
    with pytest.raises(ValueError, match="training data"):
        pretrain(archive, tmp_path, recipe=[QUICK, decode])


def test_own_files_are_not_mixed_with_generated_series(parquet, tmp_path, monkeypatch):
    monkeypatch.delattr(corpus, "generate_corpus")
    decode = replace(QUICK, freeze_encoder=True)
    pretrain(parquet, tmp_path / "out", recipe=[QUICK, decode])
    card = (tmp_path / "out" / "MODEL_CARD.rst").read_text(encoding="utf-8")
    assert "make_series" not in card


def test_a_frozen_first_stage_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(ValueError, match=r"first stage .* no encoder to keep"):
        pretrain("nowhere", tmp_path, recipe=replace(QUICK, freeze_encoder=True))


def test_generated_sets_are_drawn_about_as_often_as_all_others(monkeypatch):
    monkeypatch.setattr(corpus, "N_SETS", 5)
    monkeypatch.setattr(corpus, "N_SERIES", 9)
    own = check_panel(np.random.default_rng(0).normal(size=(16, 30)))
    sets = corpus.add_generated([own], random_state=0)
    assert [panel.n_samples for panel in sets] == [16] * 4 + [9] * 5


def test_a_run_broken_off_in_its_second_stage_ends_as_an_unbroken_one(
    archive, tmp_path, monkeypatch
):
    unbroken = pretrain(archive, tmp_path / "unbroken", recipe="two")
    save, steps = Checkpoint.save, []

    def save_and_break(checkpoint, run):
        save(checkpoint, run)
        steps.append(run.step)
        if len(steps) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "save", save_and_break)
    with pytest.raises(KeyboardInterrupt):
        pretrain(archive, tmp_path / "broken", recipe="two")
    assert bits(pretrain(archive, tmp_path / "broken", recipe="two")) == bits(unbroken)
    assert steps == [0, 1, 2, 0, 1, 1, 2, 3]  # each run starts by saving


def test_a_run_on_parquet_that_was_broken_off_ends_as_an_unbroken_one(
    parquet, tmp_path, monkeypatch
):
    recipe = replace(QUICK, n_steps=4, curriculum=True, buckets=(4, 8))
    unbroken = pretrain(parquet, tmp_path / "unbroken", recipe=recipe)
    save, steps = Checkpoint.save, []

    def save_and_break(checkpoint, run):
        save(checkpoint, run)
        steps.append(run.step)
        if steps == [0, 1, 2]:
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "save", save_and_break)
    with pytest.raises(KeyboardInterrupt):
        pretrain(parquet, tmp_path / "broken", recipe=recipe)
    resumed = pretrain(parquet, tmp_path / "broken", recipe=recipe)
    assert steps == [0, 1, 2, 2, 3, 4]  # each run starts by saving
    assert bits(resumed) == bits(unbroken)
    assert resumed.info["validation_errors"] == unbroken.info["validation_errors"]


def test_a_run_on_parquet_does_not_go_on_with_other_series(parquet, tmp_path):
    pretrain(parquet, tmp_path / "out", recipe=QUICK)
    (parquet / "pumps" / "b.parquet").unlink()
    with pytest.raises(ValueError, match=r"these differ: training data, validation"):
        pretrain(parquet, tmp_path / "out", recipe=QUICK)


def test_the_plan_for_parquet_says_what_is_read_and_copied(parquet, monkeypatch):
    assert describe_plan(replace(QUICK, n_steps=60), parquet) == (
        "recipe custom: 60 steps of 4 series, on all of 90 series of 2 data sets, "
        "copied to 0.0 MB of disk a channel meanwhile; about 1 min"
    )
    monkeypatch.setattr(pretraining, "part_wanted", lambda *_: 0.5)
    assert "on a random 50 % of 90 series" in describe_plan("quick", parquet)


def test_options_for_parquet_are_refused_where_there_is_none(archive, tmp_path):
    with pytest.raises(ValueError, match=r"apply to Parquet files, and .* holds none"):
        pretrain(archive, tmp_path, recipe="quick", missing="interpolate")


def test_a_stray_parquet_file_does_not_take_the_place_of_the_archive(parquet, archive):
    (parquet / "ArrowHead.npz").symlink_to(archive / "ArrowHead.npz")
    both = r"Parquet files \(fans\.parquet\) and data sets .* \(ArrowHead\.npz\)"
    with pytest.raises(ValueError, match=both):
        describe_plan("quick", parquet)
    with pytest.raises(ValueError, match=both):
        pretrain(parquet, parquet / "out", recipe="quick")
    assert not (parquet / "out").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(parquet):
    with pytest.raises(
        NotADirectoryError, match=r"fans\.parquet is a file; pass a fol"
    ):
        describe_plan("quick", parquet / "fans.parquet")


def test_a_recipe_of_ones_own_trains_on_the_archive_too(archive, tmp_path):
    pretrain(archive, tmp_path, recipe=QUICK)
    card = (tmp_path / "MODEL_CARD.rst").read_text(encoding="utf-8")
    assert card.startswith("Model card: custom\n")
    assert "--recipe" not in card and "18 data sets of the UCR archive" in card


@pytest.mark.skipif(not UCR.is_dir(), reason="needs ../shared/ucr")
def test_the_papers_18_sets_have_10940_series():
    assert "10,940 series of 18 data sets" in describe_plan("ucr18", UCR)


@pytest.mark.parametrize("name", ["ucr18", "ucr18-pooled"])
def test_the_bundled_weights_were_made_by_the_recipe_of_their_name(name):
    info = load_weights(name).info
    assert info["name"] == name
    assert tuple(Recipe(**s) for s in info["stages"]) == pretraining.RECIPES[name]
    assert list(info["training_sets"]) == list(PRETRAINING_SETS)
    assert sum(info["training_sets"].values()) == 10_940
