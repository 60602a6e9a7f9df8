"""The gallery: every example runs, tells a short story and ends in a picture.

The documentation runs the examples as they are. Here training is cut to two steps, and
what others would have compiled for half a minute is left out.
"""

from __future__ import annotations

import ast
import importlib
import re
import runpy
from pathlib import Path

import pytest

from timenet_sklearn.datasets import PRETRAINING_SETS, VALIDATION_SETS

FOLDER = Path(__file__).resolve().parent.parent / "examples"
EXAMPLES = sorted(FOLDER.rglob("plot_*.py"))

# classifiers of sktime's that numba compiles
COMPILED = [
    ("kernel_based", "RocketClassifier"),
    ("feature_based", "Catch22Classifier"),
]

every_example = pytest.mark.parametrize(
    "example", EXAMPLES, ids=lambda path: path.stem.removeprefix("plot_")
)


@every_example
@pytest.mark.usefixtures("cut_short")
def test_example_draws_one_picture_with_its_training_cut_short(
    example, monkeypatch, tmp_path
):
    for package in ("sktime", "pyarrow", "pandas"):
        pytest.importorskip(package, reason="an example reads its data with it")
    from sktime.classification.dummy import DummyClassifier

    pyplot = pytest.importorskip("matplotlib.pyplot")
    for module, name in COMPILED:
        other = importlib.import_module(f"sktime.classification.{module}")
        monkeypatch.setattr(other, name, lambda *_, **__: DummyClassifier())
    pictures = []
    monkeypatch.setattr(pyplot, "show", lambda: pictures.append(pyplot.gcf()))
    monkeypatch.chdir(tmp_path)
    pyplot.switch_backend("agg")
    try:
        runpy.run_path(str(example), run_name="__main__")
        [picture] = pictures
        assert all(axes.has_data() for axes in picture.axes)
        picture.canvas.draw()
    finally:
        pyplot.close("all")
    assert list(tmp_path.iterdir()) == []


@every_example
def test_example_is_short_and_has_a_title(example):
    text = example.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 70
    title, underline = (ast.get_docstring(ast.parse(text)) or "").splitlines()[:2]
    assert underline == "=" * len(title)


@every_example
def test_bundled_encoder_is_never_scored_on_what_it_has_seen(example):
    text = example.read_text(encoding="utf-8")
    seen = {
        name
        for name in (*PRETRAINING_SETS, *VALIDATION_SETS)
        if re.search(rf"\b{name}\b", text)
    }
    if seen and 'weights="ucr18"' in text:
        assert "seen in pre-training" in text
        assert "sklearn." not in text.replace("timenet_sklearn.", "")
