"""Mean ranks of the columns of Table 1, and tests of their differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import friedmanchisquare, rankdata

from timenet_sklearn.table1.published import round_as_printed


@dataclass(frozen=True)
class Ranks:
    """Mean ranks of columns over data sets that have them all.

    Attributes
    ----------
    datasets : tuple of str
    errors : dict of ndarray of shape (n_datasets,)
        By column.
    mean_ranks : dict of float
        1 is best; ties share the mean of their ranks.
    """

    datasets: tuple[str, ...]
    errors: Mapping[str, NDArray[np.float64]]
    mean_ranks: Mapping[str, float]


def rank(columns: Mapping[str, Mapping[str, float]]) -> Ranks:
    """Rank columns on each data set and take the mean.

    Columns with less than half of the data sets are left out; ranks are over the sets
    that all others have.

    Parameters
    ----------
    columns : dict of dict of float
        Column -> data set -> error.

    Returns
    -------
    Ranks
    """
    every = list(dict.fromkeys(name for column in columns.values() for name in column))
    ranked = {
        column: errors
        for column, errors in columns.items()
        if errors and 2 * len(errors) >= len(every)
    }
    datasets = tuple(
        name for name in every if all(name in errors for errors in ranked.values())
    )
    table = {
        column: np.array([round_as_printed(errors[name]) for name in datasets])
        for column, errors in ranked.items()
    }
    if not datasets:
        return Ranks((), {}, {})
    ranks = rankdata(np.array(list(table.values())), axis=0).mean(axis=1)
    return Ranks(datasets, table, dict(zip(table, map(float, ranks), strict=True)))


@dataclass(frozen=True)
class Significance:
    """How likely the differences between columns are by chance.

    Attributes
    ----------
    friedman : float
        p value that all columns are alike.
    wilcoxon : pandas.DataFrame
        p value of each pair, two-sided signed ranks, corrected by Holm; the ranks of
        differences of zero are split between both signs.
    """

    friedman: float
    wilcoxon: Any


#: Fewer data sets, or columns, make no test.
LEAST_SETS, LEAST_COLUMNS = 6, 3


def compare_ranks(ranks: Ranks) -> Significance | None:
    """Test the differences between columns, by scikit-posthocs.

    Parameters
    ----------
    ranks : Ranks

    Returns
    -------
    Significance, or None with fewer than 6 data sets or 3 columns

    Raises
    ------
    ImportError
        If scikit-posthocs is missing.
    """
    if len(ranks.datasets) < LEAST_SETS or len(ranks.errors) < LEAST_COLUMNS:
        return None
    posthocs = import_posthocs()
    samples = list(ranks.errors.values())
    # "zsplit" alone gives two columns that never differ a p value, 1
    wilcoxon = posthocs.posthoc_wilcoxon(samples, zero_method="zsplit", p_adjust="holm")
    wilcoxon.index = wilcoxon.columns = list(ranks.errors)
    alike = len(set(ranks.mean_ranks.values())) == 1
    friedman = 1.0 if alike else float(friedmanchisquare(*samples).pvalue)
    return Significance(friedman, wilcoxon)


def import_posthocs() -> Any:
    """Import scikit-posthocs, or say how to install it.

    Returns
    -------
    module
    """
    try:
        import scikit_posthocs
    except ImportError as error:
        raise ImportError(
            f"The tests of the report need the package {error.name!r}; install it "
            'with: pip install "timenet_sklearn[report]"'
        ) from error
    return scikit_posthocs
