"""Jobs to be stopped: started in a moment, stopped at a moment that can be chosen.

All are forked from one process that has imported everything. What the child runs is
the package itself, by its function `main` where it is a command.
"""

from __future__ import annotations

import functools
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from contents import contents, left_behind

from timenet_sklearn import Recipe, TimeNetTransformer, pretraining
from timenet_sklearn._encoder.weights import Weights, save_weights
from timenet_sklearn._training import stages
from timenet_sklearn.cli import main
from timenet_sklearn.datasets import PRETRAINING_SETS, VALIDATION_SETS

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(
    [
        "timenet_sklearn._training.loop",
        "timenet_sklearn.table1.run",
        "timenet_sklearn.cli",
        "timenet_sklearn.files",
        "timenet_sklearn.pretraining",
        "pyarrow.parquet",
    ]
)
RECIPE = Recipe(n_steps=4, batch_size=4, curriculum=False, evaluate_every=1)


Job = Callable[[Path], Any]
"""What runs with an output folder, and returns an exit status."""


class Stop(NamedTuple):
    """A signal, and when it comes.

    Attributes
    ----------
    signal : int
        SIGINT goes to the job and its children, as from a terminal.
    after : float or None
        Seconds after the start.
    before : int or None
        Which operation on the output folder it comes right before, from 1: a file
        opened, moved or removed, a folder made.
    """

    signal: int
    after: float | None = None
    before: int | None = None

    @classmethod
    def draw(cls, number: int, rng: random.Random, unbroken: Ended) -> Stop:
        """Draw a moment of an unbroken run, by the clock or by its operations."""
        if rng.random() < 0.5:
            return cls(number, after=rng.uniform(0, unbroken.seconds))
        return cls(number, before=rng.randint(1, unbroken.n_operations))


class Ended(NamedTuple):
    """What became of a job: exit status, standard error, and what it took."""

    status: int
    errors: str
    seconds: float
    n_operations: int


def run(job: Job, out: Path, stop: Stop | None = None) -> Ended:
    """Run ``job(out)`` in a process of its own."""
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder)
        process = _SERVER.Process(target=_child, args=(job, out, log, stop))
        process.start()
        try:
            process.join(300)
            assert process.exitcode is not None, "a job hangs"
        finally:
            process.kill()
        took = log / "took.json"
        seconds, n_operations = (
            json.loads(took.read_text()) if took.exists() else (0, 0)
        )
        errors = (log / "stderr").read_text(encoding="utf-8")
    return Ended(process.exitcode, errors, seconds, n_operations)


def _child(job: Job, out: Path, log: Path, stop: Stop | None) -> None:
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(log / name, os.O_WRONLY | os.O_CREAT), number)
    # a group of its own, for Ctrl-C
    os.setpgrp()
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    _train_step_by_step()
    operations = _watch_operations(out, stop)
    timer = threading.Timer(stop.after if stop else 0, _send, [stop])
    if stop and stop.after is not None:
        timer.start()
    started = time.perf_counter()
    status = job(out)
    timer.cancel()
    took = (time.perf_counter() - started, len(operations))
    (log / "took.json").write_text(json.dumps(took))
    sys.exit(status)


def _train_step_by_step() -> None:
    # to compile would take longer than all the rest
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)


def _watch_operations(out: Path, stop: Stop | None) -> list[str]:
    """Note the operations on a folder, and stop before one of them."""
    seen: list[str] = []

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in ("open", "os.rename", "os.remove", "os.mkdir"):
            return
        path = arguments[0]
        if isinstance(path, (str, os.PathLike)) and Path(path).is_relative_to(out):
            seen.append(event)
            if stop and stop.before == len(seen):
                _send(stop)

    sys.addaudithook(hear)
    return seen


def _send(stop: Stop) -> None:
    # 0: the whole group
    os.kill(0 if stop.signal == signal.SIGINT else os.getpid(), stop.signal)


# --- the jobs: input made in a folder, and what is to be run ------------------------


def fit(folder: Path, seed: int = 0) -> Job:
    rng = np.random.default_rng(seed)
    np.save(folder / "series.npy", rng.standard_normal((20, 4)).cumsum(axis=1))
    return partial(_fit, folder / "series.npy")


def _fit(series: Path, out: Path) -> None:
    transformer = TimeNetTransformer(
        n_units=2,
        n_layers=1,
        recipe=RECIPE,
        random_state=0,
        checkpoint=out / "checkpoint",
    )
    save_weights(Weights(transformer.fit(np.load(series)).model_), out / "weights")


def pretrain(folder: Path, seed: int = 0) -> Job:
    rng = np.random.default_rng(seed)
    for name in (*PRETRAINING_SETS, *VALIDATION_SETS):
        # the loader tells the archives of 2015 and 2018 apart by this size
        n_train = 139 if name == "Earthquakes" else 3
        X = rng.standard_normal((n_train + 2, 4)).astype(np.float32)
        y = np.arange(len(X))
        parts = {"train": slice(n_train), "test": slice(n_train, None)}
        arrays = {f"X_{part}": X[rows] for part, rows in parts.items()}
        labels = {f"y_{part}": y[rows] for part, rows in parts.items()}
        np.savez(folder / f"{name}.npz", **arrays, **labels)
    return partial(_pretrain, folder)


def _pretrain(data: Path, out: Path) -> int:
    stages.RECIPES = {"quick": (RECIPE,)}
    pretraining.N_UNITS, pretraining.N_LAYERS = 2, 1
    arguments = ["--recipe", "quick", "--data-dir", str(data), "--out", str(out)]
    return main(["pretrain", *arguments])


def embed_file(folder: Path, seed: int = 0, suffix: str = ".csv") -> Job:
    rng = np.random.default_rng(seed)
    np.save(folder / "series.npy", rng.standard_normal((3000, 8)))
    return partial(_embed_file, folder / "series.npy", suffix)


def _embed_file(series: Path, suffix: str, out: Path) -> int:
    target = out / f"embeddings{suffix}"
    return main(["embed", "--overwrite", str(series), str(target)])


def embed_folder(folder: Path, seed: int = 0) -> Job:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(seed)
    for number in range(6):
        values = rng.standard_normal((400, 8))
        table = pa.table({"id": np.arange(400), "series": list(values)})
        pq.write_table(table, folder / f"part-{number}.parquet")
    return partial(_embed_folder, folder)


def _embed_folder(source: Path, out: Path) -> int:
    return main(["embed", str(source), str(out)])


def table1(folder: Path, seed: int = 0) -> Job:
    rng = np.random.default_rng(seed)
    for part, n in (("TRAIN", 12), ("TEST", 8)):
        y = np.arange(n) % 2
        X = np.sin((0.4 + y)[:, None] * np.arange(16) + rng.uniform(0, 6, (n, 1)))
        X += rng.standard_normal(X.shape)
        table = np.column_stack([y, X])
        np.savetxt(folder / f"Waves_{part}.tsv", table, delimiter="\t")
    return partial(_table1, folder)


def _table1(data: Path, out: Path) -> int:
    arguments = ["--data-dir", str(data), "--out", str(out), "--sets", "Waves"]
    return main(["table1", *arguments, "--columns", "TN-C", "TN-C pooled"])


class Unbroken(NamedTuple):
    """A job that ran to its end, its input in ``in`` and its output in ``out``."""

    job: Job
    ended: Ended
    contents: dict[str, Any]


JOBS = {
    "fit with a checkpoint": fit,
    "timenet pretrain": pretrain,
    "timenet embed, a file": embed_file,
    "timenet embed, a folder": embed_folder,
    "timenet table1": table1,
}


@functools.cache
def run_unbroken(name: str, folder: Path) -> Unbroken:
    """Make the input of a job and run it to its end, once for all tests."""
    source, out = folder / name / "in", folder / name / "out"
    source.mkdir(parents=True)
    job = JOBS[name](source)
    ended = run(job, out)
    assert ended.status == 0, ended.errors
    assert not left_behind(out)
    return Unbroken(job, ended, contents(out))
