"""What an installation brings, what it asks for, and what importing it costs."""

from __future__ import annotations

import ast
import configparser
import functools
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import timenet_sklearn
from timenet_sklearn._encoder.weights import BUNDLED, load_weights
from timenet_sklearn._training.model_card import model_card

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


@pytest.mark.parametrize("module", ["cli", "datasets", "files"])
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


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_weights_come_with_a_model_card(name):
    folder = PACKAGE / "weights" / name
    files = {path.name for path in folder.iterdir()}
    assert files == {"model.safetensors", "MODEL_CARD.rst"}
    card = (folder / "MODEL_CARD.rst").read_text(encoding="utf-8")
    assert card == model_card(load_weights(name))


def test_metadata_lives_in_setup_cfg_alone():
    # with a [project] table setuptools ignores setup.cfg's fields
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "project" not in tables


# --- dependencies -------------------------------------------------------------------

CONFIG = configparser.ConfigParser()
CONFIG.read(ROOT / "setup.cfg", encoding="utf-8")
EXTRAS = CONFIG["options.extras_require"]
DEVELOPERS = {"docs", "lint", "test"}
# Not imported by us: what says that it is used, and in which file.
TOOLS = {
    "pytest-xdist": ("pytest -n 2", ".ci/run"),
    "array-api-strict": ("array_api_strict", "tests/test_in_scikit_learn.py"),
    "codespell": ("codespell", ".ci/run"),
    "import-linter": ("lint-imports", ".ci/run"),
    "jinja2": ("to_latex", "timenet_sklearn/table1/report.py"),
    "tabulate": ("to_markdown", "timenet_sklearn/table1/report.py"),
    "jax": ("KERAS_BACKEND=jax", "docs/howto/train_on_your_data.rst"),
    "mypy": ("mypy", ".ci/run"),
    "numba": ("KNeighborsTimeSeriesClassifier", "timenet_sklearn/baselines.py"),
    "numpydoc": ("numpydoc lint", ".ci/run"),
    "pydata-sphinx-theme": ("pydata_sphinx_theme", "docs/conf.py"),
    "pytest-cov": ("--cov", ".ci/run"),
    "ruff": ("ruff check", ".ci/run"),
    "sphinx": ("sphinx-build", ".ci/run"),
    "sphinx-copybutton": ("sphinx_copybutton", "docs/conf.py"),
    "sphinx-design": ("sphinx_design", "docs/conf.py"),
    "sphinx-gallery": ("sphinx_gallery", "docs/conf.py"),
}
# Compared with in benchmarks.
COMPETITORS = {
    line.split()[0]
    for line in (ROOT / "benchmarks" / "requirements.txt")
    .read_text("utf-8")
    .split("\n")
    if line and not line.startswith("#")
}


def requirements(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def brought_by(*extras: str) -> set[str]:
    """Names of the packages that the base and some extras bring, theirs included."""
    names = set()
    for text in (CONFIG["options"]["install_requires"], *map(EXTRAS.get, extras)):
        for line in requirements(text):
            if own := re.fullmatch(r"timenet_sklearn\[(.*)\]", line):
                names |= brought_by(*own[1].split(","))
            else:
                names.add(re.match(r"[\w.-]+", line)[0])
    return names


@functools.cache
def imported_by(path: Path) -> set[str]:
    """Names of the packages that a file imports, by the names to install them."""
    modules: Iterator[ast.AST] = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    names = {
        name.partition(".")[0]
        for node in modules
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }
    names -= {*sys.stdlib_module_names, "benchmarks", "timenet_sklearn"}
    if PACKAGE not in path.parents:  # a script may import its neighbours
        names -= {file.stem for file in path.parent.glob("*.py")}
    return {{"sklearn": "scikit-learn"}.get(n, n).replace("_", "-") for n in names}


def test_a_module_names_the_extra_that_brings_what_it_imports():
    silent = {
        # importing.py imports them, and names the extra
        "contrast.py": {"keras"},
        "loop.py": {"keras"},
        "network.py": {"keras"},
        "processes.py": {"keras"},
        # only for callers who have it: their input or their output is of pandas
        "_base.py": {"pandas"},
    }
    # What the command line lacks for them it names: tests/test_report.py,
    # tests/test_figure2.py.
    report = brought_by("report")
    for path in PACKAGE.rglob("*.py"):
        named = re.findall(r"timenet_sklearn\[(\w+)\]", path.read_text("utf-8"))
        missing = imported_by(path) - brought_by(*named) - silent.get(path.name, set())
        missing -= set(re.findall(r"pip install (\w+)", path.read_text("utf-8")))
        if path.parent.name == "table1":
            missing -= report
        assert not missing, path


@pytest.mark.parametrize(
    ("folder", "extras", "others"),
    [
        (".ci", [], {"packaging"}),  # pytest brings it
        ("benchmarks", ["test"], COMPETITORS),
        ("docs", ["docs"], set()),
        ("examples", ["test"], set()),
        ("tests", ["test"], set()),
    ],
)
def test_what_scripts_and_tests_import_is_declared(folder, extras, others):
    for path in (ROOT / folder).rglob("*.py"):
        if "gallery" in path.parts or "_build" in path.parts:
            continue  # made from examples when the documentation is built
        assert imported_by(path) <= brought_by(*extras) | others, path


def test_nothing_is_declared_that_is_not_used():
    used = {name for path in PACKAGE.rglob("*.py") for name in imported_by(path)}
    users = brought_by(*EXTRAS.keys() - DEVELOPERS)
    # Keras' back end: only its name is known, in the tests and in Keras' configuration
    assert users - used - TOOLS.keys() == {"tensorflow"}
    used |= {n for path in (ROOT / "tests").rglob("*.py") for n in imported_by(path)}
    assert brought_by(*EXTRAS) - used == TOOLS.keys()
    for word, file in TOOLS.values():
        assert word in (ROOT / file).read_text(encoding="utf-8")


def test_dependencies_have_lower_bounds_and_upper_ones_only_for_a_reason():
    lines = requirements((ROOT / "setup.cfg").read_text(encoding="utf-8"))
    bounds = [
        (line, before)
        for before, line in pairwise(lines)
        if re.match(r"[\w.-]+ *[<>=!~]=|[\w.-]+ *[<>]", line)
    ]
    assert {re.match(r"[\w.-]+", line)[0] for line, _ in bounds} == brought_by(*EXTRAS)
    for line, before in bounds:
        assert re.match(r"[\w.-]+ *>=", line), "a lower bound comes first"
        assert not re.search(r"<|~=|==|!=", line) or before.startswith("#"), line


def test_every_extra_but_the_developers_is_part_of_all():
    # dask is for clusters: too large for everybody
    rest = {"all", "dask", "jax"} | DEVELOPERS
    named = EXTRAS["all"].strip().removeprefix("timenet_sklearn[").removesuffix("]")
    assert set(named.split(",")) == set(EXTRAS) - rest
