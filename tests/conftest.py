"""Small data, tiny recipes and fresh interpreters that several test files share."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest

import timenet_sklearn
from timenet_sklearn import Recipe, TimeNetTransformer
from timenet_sklearn.datasets import PRETRAINING_SETS, VALIDATION_SETS

# TensorFlow reads it when it is imported, here and in the processes started below.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = Path(__file__).resolve().parent.parent

_BLOCK = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
"""


# Networks without XLA that wait for another run, apart from those with it.
_IDLE: dict[Any, Any] = {}


@contextlib.contextmanager
def do_without_xla() -> Iterator[None]:
    """Train by TensorFlow's graphs: XLA takes seconds to compile each tiny model.

    Networks of the same units, layers and recipe, whichever tests they are of, are
    built once.
    """
    import keras

    from timenet_sklearn._training import loop

    def without(model: Any, *args: Any, **settings: Any) -> None:
        compile_model(model, *args, **{**settings, "jit_compile": False})

    if keras.backend.backend() != "tensorflow":
        yield
        return
    compile_model = keras.Model.compile
    with (
        mock.patch.object(keras.Model, "compile", without),
        mock.patch.multiple(loop, _idle=_IDLE, _MOST_IDLE=16),
    ):
        yield


@pytest.fixture
def without_xla() -> Iterator[None]:
    """Train without compiling; for tests that train tiny models a few steps."""
    with do_without_xla():
        yield


@pytest.fixture(scope="session")
def shared_without_xla() -> Callable[[], contextlib.AbstractContextManager[None]]:
    """Give what `without_xla` does to fixtures that several tests share: a context."""
    return do_without_xla


@pytest.fixture
def cut_short(without_xla: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut every training of a script to two steps: that shows whatever breaks."""
    monkeypatch.setattr(
        timenet_sklearn,
        "Recipe",
        lambda **settings: replace(Recipe(**settings), n_steps=2, evaluate_every=1),
    )


@pytest.fixture(scope="session")
def fresh_python() -> Callable[..., str]:
    """Function that runs code in a fresh interpreter and returns what it prints.

    Modules named in `blocked` cannot be imported there.
    """

    def run(code: str, *arguments: object, blocked: tuple[str, ...] = ()) -> str:
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                _BLOCK.format(blocked=blocked) + code,
                *map(str, arguments),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def tiny() -> Recipe:
    """Two steps on whole series."""
    return Recipe(n_steps=2, batch_size=4, curriculum=False, evaluate_every=1)


@pytest.fixture(scope="session")
def waves() -> np.ndarray:
    """20 smooth series of 2 channels and 8 steps."""
    rng = np.random.default_rng(0)
    frequency, phase = rng.uniform(0.3, 1.0, (2, 20, 2, 1))
    return np.sin(frequency * np.arange(8) + 6 * phase)


@pytest.fixture(scope="session")
def trained(tiny: Recipe, waves: np.ndarray) -> TimeNetTransformer:
    """A transformer of 2 layers of 3 units trained on `waves`; not to be changed."""
    with do_without_xla():
        return TimeNetTransformer(
            n_units=3, n_layers=2, recipe=tiny, random_state=0
        ).fit(waves)


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with an .npz for each of the paper's training and validation sets."""
    folder = tmp_path_factory.mktemp("archive")
    rng = np.random.default_rng(0)
    for name in (*PRETRAINING_SETS, *VALIDATION_SETS):
        # the loader tells the archives of 2015 and 2018 apart by these sizes
        n_train = 139 if name == "Earthquakes" else 3
        parts = {
            f"{kind}_{part}": value
            for part, n in (("train", n_train), ("test", 2))
            for kind, value in (
                ("X", rng.standard_normal((n, 8)).astype(np.float32)),
                ("y", np.arange(n)),
            )
        }
        np.savez(folder / f"{name}.npz", **parts)
    return folder
