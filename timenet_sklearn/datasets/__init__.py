"""UCR data sets from an archive folder, those that sktime bundles, generated ones.

Nothing here downloads. `load_ucr` reads a folder of the UCR archive, of 2015 or
2018, or of the ``.npz`` files made from it; `load_bundled` reads the ``.ts`` files
inside the installed sktime; `make_series` generates realistic series.
"""

from __future__ import annotations

from timenet_sklearn._synthetic.sets import SyntheticSet, make_series
from timenet_sklearn.datasets.cmapss import load_cmapss
from timenet_sklearn.datasets.names import (
    BUNDLED_SETS,
    EXTRA_PRETRAINING_SETS,
    EXTRA_TRAINING_PARTS,
    PRETRAINING_SETS,
    SWAPPED_IN_2018,
    TEST_SETS,
    VALIDATION_SETS,
)
from timenet_sklearn.datasets.ucr import Dataset, find_ucr, load_bundled, load_ucr

__all__ = [
    "BUNDLED_SETS",
    "EXTRA_PRETRAINING_SETS",
    "EXTRA_TRAINING_PARTS",
    "PRETRAINING_SETS",
    "SWAPPED_IN_2018",
    "TEST_SETS",
    "VALIDATION_SETS",
    "Dataset",
    "SyntheticSet",
    "find_ucr",
    "load_bundled",
    "load_cmapss",
    "load_ucr",
    "make_series",
]
