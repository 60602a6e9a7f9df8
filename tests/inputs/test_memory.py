"""What people hold in memory is read as they mean it, or refused with the way out."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from containers import xr
from memory_cases import CASES, Case

import timenet_sklearn
from timenet_sklearn._series.panel import Panel, check_panel
from timenet_sklearn.exceptions import SuspiciousShapeWarning

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "inputs.rst"
NAMES = {"np": np, "json": json, "pandas": pd, "timenet_sklearn": timenet_sklearn}


def panel_of(X) -> Panel:
    """Read X; whatever is suspicious is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", SuspiciousShapeWarning)
        return check_panel(X, estimator="TimeNetTransformer")


def same_bits(left: Panel, right: Panel) -> bool:
    """Whether embeddings would be the same: they depend on these bits alone."""
    return np.array_equal(left.lengths, right.lengths) and np.array_equal(
        left.block(0, left.n_samples), right.block(0, right.n_samples)
    )


def follow(advice: str, X):
    """Do what a message advises, to the letter."""
    if advice.startswith("x."):
        return [eval(advice, {"x": x}) for x in X]
    return eval(advice, {**NAMES, "X": X})


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_input_is_read_as_meant_or_refused_with_the_way_out(case: Case):
    if not case.says:
        assert same_bits(panel_of(case.make()), panel_of(case.meant))
        return
    kinds = (ValueError, TypeError, SuspiciousShapeWarning)
    with pytest.raises(kinds, match=case.says) as caught:
        panel_of(case.make())
    assert isinstance(caught.value, SuspiciousShapeWarning) == case.warns
    message = str(caught.value)
    assert message.startswith("TimeNetTransformer: ")
    if case.advice:
        assert case.advice in message
        assert same_bits(
            panel_of(follow(case.advice, case.make())), panel_of(case.meant)
        )


def test_names_of_cases_differ():
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.skipif(xr is None, reason="counts the cases of xarray too")
def test_the_page_says_how_many_there_are():
    assert re.search(rf"\b{len(CASES)} small inputs\b", PAGE.read_text())
