"""What an installation brings, and what importing it costs."""

from __future__ import annotations

import configparser
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import timenet_sklearn

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(timenet_sklearn.__file__).parent
HEAVY = (
    "dask",
    "dtaidistance",
    "keras",
    "matplotlib",
    "numba",
    "pandas",
    "polars",
    "pyarrow",
    "sktime",
    "tensorflow",
    "torch",
    "zarr",
)


def loaded_by(code: str) -> set[str]:
    """Heavy packages in ``sys.modules`` after `code` ran in a fresh interpreter."""
    report = f"import sys; print(*(set(sys.modules) & set({HEAVY!r})))"
    return set(run(f"{code}\n{report}").split())


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def loaded_by_sklearn() -> set[str]:
    """What scikit-learn itself loads where it finds it: pandas, at present."""
    return loaded_by("import sklearn.base")


def test_importing_the_package_loads_no_heavy_library(loaded_by_sklearn):
    code = """
import timenet_sklearn
for name in timenet_sklearn.__all__:
    getattr(timenet_sklearn, name)
"""
    assert loaded_by(code) <= loaded_by_sklearn


@pytest.mark.parametrize("module", ["cli", "datasets", "embedding"])
def test_importing_a_light_module_loads_no_heavy_library(module, loaded_by_sklearn):
    assert loaded_by(f"import timenet_sklearn.{module}") <= loaded_by_sklearn


EMBED_ONE_SERIES = """
import numpy as np
from timenet_sklearn import TimeNetTransformer
embedding = TimeNetTransformer(weights="ucr18").transform(np.arange(50.0)[None])
assert embedding.shape == (1, 180)
"""


def test_embedding_an_array_loads_no_heavy_library(loaded_by_sklearn):
    assert loaded_by(EMBED_ONE_SERIES) <= loaded_by_sklearn


def test_package_is_marked_as_typed():
    assert (PACKAGE / "py.typed").is_file()


def test_bundled_weights_come_with_config_and_model_card():
    files = {path.name for path in (PACKAGE / "weights" / "ucr18").iterdir()}
    assert {"config.json", "model.safetensors", "MODEL_CARD.rst"} <= files


def test_metadata_lives_in_setup_cfg_alone():
    # with a [project] table setuptools ignores setup.cfg's fields
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "project" not in tables


def test_every_extra_but_the_developers_is_part_of_all():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = config["options.extras_require"]
    named = extras["all"].strip().removeprefix("timenet_sklearn[").removesuffix("]")
    # dask is for clusters: too large for everybody
    rest = {"all", "dask", "docs", "jax", "lint", "test"}
    assert set(named.split(",")) == set(extras) - rest
