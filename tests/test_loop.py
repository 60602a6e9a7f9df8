from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("keras", reason="training needs the extra train")

import keras

from timenet_sklearn._encoder.gru import decode, encode
from timenet_sklearn._encoder.weights import to_named_arrays
from timenet_sklearn._series.panel import check_panel
from timenet_sklearn._training import loop
from timenet_sklearn._training.batches import Batch, Sampler
from timenet_sklearn._training.loop import (
    _Run,
    compile_network,
    train,
    validation_error,
)
from timenet_sklearn._training.network import Network
from timenet_sklearn._training.processes import Processes
from timenet_sklearn._training.recipe import Recipe

TINY = Recipe(n_steps=4, batch_size=4, curriculum=False, evaluate_every=2)


def waves(seed, n=12):
    rng = np.random.default_rng(seed)
    frequency, phase = rng.uniform(0.3, 1.0, (2, n, 1))
    return check_panel(np.sin(frequency * np.arange(8) + 6 * phase))


TRAINING, VALIDATION = waves(1), waves(2, n=6)


def run(recipe=TINY, corpus=TRAINING, validation=VALIDATION, n_units=3, **how):
    return train([corpus], [validation], recipe, n_units=n_units, n_layers=1, **how)


def bits(model):
    return {name: array.tobytes() for name, array in to_named_arrays(model).items()}


def test_few_compiled_networks_wait_for_another_run(monkeypatch):
    monkeypatch.setattr(loop, "_idle", {})
    lent = []
    for n_units in (1, 2, 3, 4, 5, 2, 6):
        with loop._compiled(n_units, 1, TINY, seed=0) as network:
            lent.append(network)
    assert lent[5] is lent[1]
    assert [key[0] for key in loop._idle] == [4, 5, 2, 6]


def identical(one, other):
    return (
        bits(one.model) == bits(other.model)
        and one.validation_error == other.validation_error
        and all(
            one.history[key] == other.history[key]
            for key in ("step", "loss", "validation_error")
        )
    )


# Windows and whole series of one length: XLA compiles once. Dropout, since its random
# state must come back from a checkpoint, too.
LONG = Recipe(
    n_steps=400,
    batch_size=8,
    buckets=(8,),
    max_length=8,
    dropout=0.1,
    evaluate_every=10,
    learning_rate=0.01,
)


@pytest.fixture(scope="module")
def unbroken():
    return run(LONG)


def test_training_lowers_loss_and_validation_error(unbroken):
    history = unbroken.history
    assert history["step"] == list(range(10, 401, 10))
    assert np.mean(history["loss"][-10:]) < 0.8 * np.mean(history["loss"][:10])
    assert unbroken.validation_error < 0.7 * history["validation_error"][0]
    assert (np.diff(history["seconds"]) > 0).all()


def test_two_runs_with_the_same_seed_are_bitwise_equal(unbroken):
    assert identical(run(LONG), unbroken)


@pytest.mark.usefixtures("without_xla")
def test_a_frozen_encoder_keeps_its_bits_while_the_decoder_learns():
    start = run().model
    frozen = replace(TINY, n_steps=20, freeze_encoder=True, learning_rate=0.01)
    trained = run(frozen, initial=start)
    assert trained.validation_error < validation_error(start, [VALIDATION])
    old, new = bits(start), bits(trained.model)
    changed = {name.partition("/")[0] for name in old if old[name] != new[name]}
    assert changed == {"decoder", "output"}


def test_there_must_be_an_encoder_to_freeze():
    with pytest.raises(ValueError, match=r"freeze_encoder=True.* starts from none"):
        run(replace(TINY, freeze_encoder=True))


@pytest.mark.usefixtures("without_xla")
def test_another_seed_is_another_run():
    first, second = run(seed=0), run(seed=1)
    assert bits(first.model) != bits(second.model)
    assert first.history["loss"] != second.history["loss"]


def test_a_run_broken_off_twice_ends_with_the_weights_of_an_unbroken_one(
    unbroken, tmp_path, monkeypatch
):
    draw, drawn = Sampler.draw, []

    def break_off(self, step):
        drawn.append(step)
        if len(drawn) in (138, 251):
            raise KeyboardInterrupt
        return draw(self, step)

    monkeypatch.setattr(Sampler, "draw", break_off)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            run(LONG, checkpoint=tmp_path)
    resumed = run(LONG, checkpoint=tmp_path)
    assert drawn == [*range(138), *range(130, 243), *range(240, 400)]
    assert identical(resumed, unbroken)
    assert resumed.history["seconds"] == sorted(resumed.history["seconds"])


def step_of(n_timepoints, n_real, padding):
    """Network, batch of ragged series whose padding holds `padding`, and a step.

    The encoder reads other values than those that the decoder has to give.
    """
    rng = np.random.default_rng(0)
    mask = np.arange(n_timepoints) < np.array(n_real)[:, None]
    values = rng.standard_normal(mask.shape).astype(np.float32)
    values[~mask] = padding
    recipe = replace(TINY, schedule="constant")
    network = Network(3, 1, seed=0)
    compile_network(network, recipe)
    batch = Batch(values, mask, inputs=values + np.float32(0.5))
    return network, batch, _Run([TRAINING], [], recipe, network, 0, None, Processes())


@pytest.mark.usefixtures("without_xla")
def test_loss_is_the_squared_error_over_real_steps_only():
    network, batch, step = step_of(6, [6, 2, 3], padding=0)
    model, lengths = network.get_arrays(), batch.mask.sum(axis=1)
    states = encode(model.encoder, batch.inputs, lengths)[:, 0]
    residuals = decode(model, states, lengths) - batch.values
    expected = np.square(residuals)[batch.mask].mean()
    assert step._train_on(batch) == pytest.approx(expected, rel=1e-5)


@pytest.mark.usefixtures("without_xla")
def test_what_stands_in_the_padding_changes_neither_loss_nor_weights():
    outcomes = []
    for padding in (0, 1e6):
        network, batch, step = step_of(6, [6, 2, 3], padding)
        outcomes.append((step._train_on(batch), bits(network.get_arrays())))
    assert outcomes[0] == outcomes[1]


@pytest.mark.usefixtures("without_xla")
def test_validation_error_is_the_mean_over_series_then_over_sets():
    model = run().model
    apart = [validation_error(model, [panel]) for panel in (TRAINING, VALIDATION)]
    assert apart[0] != apart[1]
    assert validation_error(model, [TRAINING, VALIDATION]) == np.mean(apart)


STANDSTILL = replace(TINY, n_steps=20, evaluate_every=1, patience=2)


@pytest.fixture
def untrained(monkeypatch):
    """Steps that change no weight."""
    monkeypatch.setattr(_Run, "_train_on", lambda self, batch: 1.0)


@pytest.mark.usefixtures("untrained")
def test_a_run_without_progress_stops_after_patience_evaluations():
    assert run(STANDSTILL).history["step"] == [1, 2, 3]


@pytest.mark.usefixtures("untrained")
def test_patience_counts_only_once_batches_are_of_full_length():
    grown = replace(STANDSTILL, curriculum=True, buckets=(8,), max_length=8)
    # 80 % of 20 steps, the first such evaluation, and two without progress
    assert run(grown).history["step"] == list(range(1, 19))


@pytest.mark.parametrize(
    ("errors", "finished"),
    [
        ([], False),
        ([5.0], False),
        ([5.0, 6.0], False),
        ([5.0, 6.0, 6.0], True),
        ([5.0, 4.0, 6.0], False),
        ([5.0, 4.0, 6.0, 4.5], True),
        ([5.0, 4.0, 6.0, 3.0], False),
    ],
)
def test_patience_counts_from_the_best_evaluation(errors, finished):
    recipe = replace(TINY, n_steps=100, patience=2)
    state = _Run([TRAINING], [VALIDATION], recipe, Network(2, 1), 0, None, Processes())
    state.step = len(errors)
    state.history = {
        "step": list(range(1, len(errors) + 1)),
        "validation_error": errors,
    }
    assert state.finished == finished


@pytest.mark.usefixtures("without_xla")
def test_the_best_evaluation_is_kept_not_the_last():
    wild = replace(
        TINY, n_steps=8, evaluate_every=1, learning_rate=0.5, schedule="constant"
    )
    trained = run(wild)
    errors = trained.history["validation_error"]
    assert trained.validation_error == min(errors) < errors[-1]
    assert validation_error(trained.model, [VALIDATION]) == min(errors)


@pytest.mark.usefixtures("without_xla")
def test_training_on_never_ends_with_worse_weights():
    start = run().model
    wild = replace(TINY, learning_rate=50.0, schedule="constant")
    trained = run(wild, initial=start)
    assert min(trained.history["validation_error"]) > trained.validation_error
    assert bits(trained.model) == bits(start)
    assert trained.validation_error == validation_error(start, [VALIDATION])


def test_gradients_are_clipped_and_the_rate_follows_its_schedule():
    recipe = replace(TINY, n_steps=100, warmup_steps=10, clip_norm=0.25)
    optimizer = compile_network(Network(2, 1), recipe).optimizer
    assert optimizer.global_clipnorm == 0.25
    rates = []
    for iteration in (0, 5, 10, 55, 100):
        optimizer.iterations.assign(iteration)
        rates.append(float(keras.ops.convert_to_numpy(optimizer.learning_rate)))
    np.testing.assert_allclose(rates, [0, 0.002, 0.004, 0.002, 0], atol=1e-9)


def test_a_constant_rate_starts_at_once_and_none_does_not_clip():
    recipe = replace(TINY, schedule="constant", clip_norm=None)
    optimizer = compile_network(Network(2, 1), recipe).optimizer
    assert optimizer.global_clipnorm is None
    assert float(optimizer.learning_rate) == pytest.approx(0.004)


@pytest.mark.usefixtures("without_xla")
def test_a_loss_that_is_not_finite_is_an_error_with_advice():
    explosive = replace(
        TINY, learning_rate=1e30, schedule="constant", clip_norm=None, dropout=0.1
    )
    with pytest.raises(FloatingPointError, match="lower learning_rate or a clip_norm"):
        run(explosive)


@pytest.fixture(scope="module")
def finished(shared_without_xla, tmp_path_factory):
    """Checkpoint folder and outcome of a finished run."""
    folder = tmp_path_factory.mktemp("run")
    with shared_without_xla():
        return folder, run(checkpoint=folder)


@pytest.mark.usefixtures("without_xla")
def test_a_finished_run_comes_back_from_its_checkpoint_at_once(finished, monkeypatch):
    folder, outcome = finished
    monkeypatch.setattr(_Run, "advance", None)  # one more step would call it
    assert identical(run(checkpoint=folder), outcome)


@pytest.mark.parametrize(
    ("change", "differing"),
    [
        ({"corpus": waves(3)}, "training data"),
        ({"validation": waves(3)}, "validation data"),
        (
            {"recipe": replace(TINY, learning_rate=0.1)},
            r"learning_rate \(0\.004 there, 0\.1 here\)",
        ),
        ({"seed": 1}, r"initial weights, random_state \(0 there, 1 here\)"),
        ({"n_units": 2}, "initial weights"),
    ],
    ids=["training data", "validation data", "recipe", "seed", "architecture"],
)
def test_the_checkpoint_of_another_run_is_refused_and_left_alone(
    finished, change, differing
):
    file = finished[0] / "training.npz"
    content = file.read_bytes()
    with pytest.raises(ValueError, match=f"another run; these differ: {differing}\\."):
        run(checkpoint=finished[0], **change)
    assert file.read_bytes() == content


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.5, 0.999])
def test_a_checkpoint_that_was_cut_off_is_a_clear_error(finished, tmp_path, kept):
    content = (finished[0] / "training.npz").read_bytes()
    (tmp_path / "training.npz").write_bytes(content[: int(kept * len(content))])
    with pytest.raises(ValueError, match=r"training\.npz: not a readable checkpoint"):
        run(checkpoint=tmp_path)


def test_a_checkpoint_with_a_flipped_bit_is_a_clear_error(finished, tmp_path):
    content = bytearray((finished[0] / "training.npz").read_bytes())
    kernel = finished[1].model.output_kernel
    content[content.index(kernel.tobytes())] ^= 1
    (tmp_path / "training.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"training\.npz: not a readable checkpoint"):
        run(checkpoint=tmp_path)


@pytest.mark.usefixtures("without_xla")
def test_training_writes_the_checkpoint_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run()
    assert list(tmp_path.iterdir()) == []
    run(checkpoint="deep/folder")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [tmp_path / "deep" / "folder" / "training.npz"]


@pytest.mark.usefixtures("without_xla")
def test_progress_is_shown_only_if_asked_for(capfd):
    run()
    assert capfd.readouterr().err == ""
    run(verbose=1)
    assert "validation error" in capfd.readouterr().err
