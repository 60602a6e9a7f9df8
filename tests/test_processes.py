"""Several processes train one model: the one that a single process would train."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="training needs the extra train")

from timenet_sklearn._training.batches import Sampler
from timenet_sklearn._training.processes import Processes, join_processes
from timenet_sklearn._training.recipe import Recipe

ROOT = Path(__file__).resolve().parent.parent
NAMES = [f"KERAS_DISTRIBUTION_{n}" for n in ("JOB_ADDRESSES", "NUM_PROCESSES")]

# One length, so that XLA compiles once. Series of unequal length: a share's mean loss
# is not the mean of the shares.
SCRIPT = """
import contextlib, json, sys
import numpy as np
from timenet_sklearn._series.panel import check_panel
from timenet_sklearn._training.processes import join_processes
from timenet_sklearn._training.recipe import Recipe
from timenet_sklearn._training.loop import train

rng = np.random.default_rng(0)
panels = [check_panel([rng.standard_normal(k) for k in (3, 8, 5, 8) * 3])] * 2
contrast = float(sys.argv[2])
recipe = Recipe(n_steps=4, batch_size=4, curriculum=False, evaluate_every=1,
                buckets=(8,), dropout=0 if contrast else 0.2, contrast=contrast,
                input_noise=0.1 if contrast else 0)
trained = train(panels[:1], panels[1:], recipe, n_units=3, n_layers=2,
                checkpoint=sys.argv[1])
processes, refusals = join_processes(), []
for batch_size, state in ((4, str(processes.number)), (3, "the same")):
    try:
        processes.check(batch_size, state)
    except ValueError as error:
        refusals.append(str(error))
print(json.dumps({
    "loss": trained.history["loss"],
    "validation_error": trained.history["validation_error"],
    "weights": trained.model.encoder[0].recurrent_kernel.tolist(),
    "refusals": refusals,
}))
"""


def start(folder, contrast, **variables):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("KERAS_")}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), str(contrast)],
        cwd=ROOT,
        env={**kept, "KERAS_BACKEND": "jax", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process):
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return json.loads(output.splitlines()[-1])


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


# Views that must be found among those of the other process, too.
@pytest.mark.parametrize("contrast", [0, 1])
def test_two_processes_train_the_model_of_one_and_the_first_writes(tmp_path, contrast):
    pytest.importorskip("jax", "0.10", reason="several processes need Keras on jax")
    common = {NAMES[0]: f"127.0.0.1:{free_port()}", NAMES[1]: "2"}
    running = [start(tmp_path / "alone", contrast)]
    running += [
        start(
            tmp_path / str(n), contrast, **common, KERAS_DISTRIBUTION_PROCESS_ID=str(n)
        )
        for n in range(2)
    ]
    try:
        alone, first, second = map(finish, running)
    finally:
        for process in running:
            process.kill()
    for key in ("loss", "validation_error", "weights"):
        assert first[key] == second[key]
        np.testing.assert_allclose(first[key], alone[key], rtol=0, atol=1e-5)
    written = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert written == {"alone/training.npz", "0/training.npz"}
    assert alone["refusals"] == []
    for result in (first, second):
        differ, uneven = result["refusals"]
        assert differ.startswith("the processes differ in their data")
        assert uneven.startswith("a batch of 3 series cannot be shared evenly by 2 ")


def test_shares_of_a_batch_are_the_batch():
    series = [np.float32([1, -1, 0]), np.float32([1, -1])]
    recipe = Recipe(batch_size=6, curriculum=False, input_noise=0.5)
    whole = Sampler([series], recipe, seed=0).draw(0)
    shares = [Processes(3, n, 3).share(whole) for n in range(3)]
    for name in whole._fields:
        joined = np.concatenate([getattr(share, name) for share in shares])
        np.testing.assert_array_equal(joined, getattr(whole, name))


@pytest.fixture
def named(monkeypatch):
    for name, value in zip(NAMES, ("127.0.0.1:1", "2"), strict=True):
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_without_keras_variables_a_process_is_alone(monkeypatch):
    for name in (*NAMES, "KERAS_DISTRIBUTION_PROCESS_ID"):
        monkeypatch.delenv(name, raising=False)
    assert join_processes.__wrapped__() == Processes(1, 0, 1)


def test_a_variable_that_is_missing_is_named(named):
    with pytest.raises(ValueError, match="set, but not KERAS_DISTRIBUTION_PROCESS_ID"):
        join_processes.__wrapped__()


def test_another_back_end_than_jax_is_refused(named):
    named.setenv("KERAS_DISTRIBUTION_PROCESS_ID", "0")
    named.setattr("keras.backend.backend", lambda: "tensorflow")
    with pytest.raises(ValueError, match=r"jax back end only, .* is tensorflow"):
        join_processes.__wrapped__()
