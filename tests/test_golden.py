"""Embeddings by the bundled weights stay what they were, on real data.

``python tests/test_golden.py`` writes the file again, for new weights.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from timenet_sklearn import TimeNetTransformer
from timenet_sklearn._encoder.pooling import POOLINGS
from timenet_sklearn.datasets import load_bundled

GOLDEN = Path(__file__).resolve().parent / "data" / "golden_ucr18.npz"
SETS = ("UnitTest", "BasicMotions", "ACSF1")  # 24, 100 and 1460 steps
N_SERIES = 8


def embed(name: str) -> np.ndarray:
    """Embed the first series of a set, pooled in all ways."""
    transformer = TimeNetTransformer(weights="ucr18", pooling=POOLINGS)
    return transformer.transform(load_bundled(name).X_train[:N_SERIES])


@pytest.mark.parametrize("name", SETS)
def test_embeddings_are_those_of_the_machine_that_stored_them(name):
    pytest.importorskip("sktime", reason="the data sets come with sktime")
    with np.load(GOLDEN, allow_pickle=False) as golden:
        expected = golden[name]
    found = embed(name)
    assert found.shape == expected.shape and found.dtype == np.float32
    # Another BLAS rounds differently, and a trained encoder amplifies rounding
    # (DESIGN, section 4): a few columns of long series move by more than the rest.
    moved = np.abs(found - expected)
    assert np.median(moved) <= 2e-6
    assert moved.max() <= 1e-3


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    np.savez_compressed(GOLDEN, **{name: embed(name) for name in SETS})
