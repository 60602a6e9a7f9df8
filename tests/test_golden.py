"""Embeddings by the bundled weights stay what they were, on real data.

``python tests/test_golden.py`` writes the files again, for new weights.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from timenet_sklearn import TimeNetTransformer
from timenet_sklearn._encoder.pooling import POOLINGS
from timenet_sklearn.datasets import load_bundled

DATA = Path(__file__).resolve().parent / "data"
WEIGHTS = ("ucr18", "ucr18-pooled")
SETS = ("UnitTest", "BasicMotions", "ACSF1")  # 24, 100 and 1460 steps
N_SERIES = 8


def golden(weights: str) -> Path:
    return DATA / f"golden_{weights}.npz"


def embed(weights: str, name: str) -> np.ndarray:
    """Embed the first series of a set, pooled in all ways."""
    transformer = TimeNetTransformer(weights=weights, pooling=POOLINGS)
    return transformer.transform(load_bundled(name).X_train[:N_SERIES])


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("weights", WEIGHTS)
def test_embeddings_are_those_of_the_machine_that_stored_them(weights, name):
    pytest.importorskip("sktime", reason="the data sets come with sktime")
    with np.load(golden(weights), allow_pickle=False) as stored:
        expected = stored[name]
    found = embed(weights, name)
    assert found.shape == expected.shape and found.dtype == np.float32
    # Another BLAS rounds differently, and a trained encoder amplifies rounding
    # (DESIGN, section 4): a few columns of long series move by more than the rest.
    moved = np.abs(found - expected)
    assert np.median(moved) <= 2e-6
    assert moved.max() <= 1e-3


if __name__ == "__main__":
    for weights in WEIGHTS:
        embeddings = {name: embed(weights, name) for name in SETS}
        np.savez_compressed(golden(weights), **embeddings)
