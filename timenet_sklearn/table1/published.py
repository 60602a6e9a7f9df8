"""What was published: the paper's Table 1, and the accuracies of other methods."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from timenet_sklearn.table1 import METHODS

_HERE = Path(__file__).parent


@cache
def published() -> pd.DataFrame:
    """Read the paper's Table 1: ``n_timepoints``, and errors by data set and method."""
    table = pd.read_csv(_HERE / "table1_published.csv", index_col="dataset")
    return table.reindex(columns=["n_timepoints", *METHODS])


@cache
def references() -> pd.DataFrame:
    """Read the errors of others by data set and method, on the splits of 2018.

    Means over resamples are left out: they are of other splits.
    """
    long = pd.read_csv(_HERE / "reference_accuracies.csv")
    long = long[~long["method"].str.contains("resamples)", regex=False)]
    return 1 - long.pivot(index="dataset", columns="method", values="accuracy")


def round_as_printed(errors: Any) -> Any:
    """Round to three decimals, as the paper prints: its ties are ties of these."""
    # 0.5005 * 1000 is a little less than 500.5
    return np.floor(np.round(errors * 1000, 6) + 0.5) / 1000


def print_error(error: float) -> str:
    """Write an error as it is counted: 83/400 as 0.208, not 0.207; empty for NaN."""
    return "" if np.isnan(error) else f"{round_as_printed(error):.3f}"
