"""Tables of the documentation, from the CSV of results alone."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from . import results

OURS = "TimeNet"
FOLDER = results.CSV.with_suffix("")
#: Stands for a published mean of sets that are not here.
ALL_SETS = "UCR-128"
#: Differences below it are ties.
TIE = 1e-4

#: Table -> job and figure.
COMPARISONS: Mapping[str, tuple[str, str]] = {
    "short": ("classification, short", "error"),
    "long": ("classification, long", "error"),
    "multivariate": ("classification, multivariate", "error"),
    "published": ("classification, published", "error"),
    "regression": ("regression", "relative RMSE"),
    "clustering": ("clustering", "adjusted Rand index"),
    "retrieval_1": ("retrieval", "precision at 1"),
    "retrieval_10": ("retrieval", "precision at 10"),
    "anomalies_ucr": ("anomalies, UCR archive", "hit"),
    "anomalies_nab": ("anomalies, NAB", "average precision"),
}
LESS_IS_BETTER = ("error", "relative RMSE")
#: Jobs whose seconds say nothing: none were measured, or features were there already.
UNTIMED = ("classification, published", "clustering", "retrieval")

#: Row of the overview -> job and figure; and its columns.
OVERVIEW: Mapping[str, tuple[str, str]] = {
    "Classify short series": ("classification, short", "error"),
    "Classify long series": ("classification, long", "error"),
    "Classify several channels": ("classification, multivariate", "error"),
    "Classify by 5 labels a class": ("few labels", "error, 5 a class"),
    "Predict a number": ("regression", "relative RMSE"),
    "Cluster": ("clustering", "adjusted Rand index"),
    "Search": ("retrieval", "precision at 1"),
}
COLUMNS = (
    OURS,
    "MiniRocket",
    "MultiRocket-Hydra",
    "catch22",
    "DTW-1NN",
    "raw values",
)


def values(table: pd.DataFrame, job: str, figure: str) -> pd.DataFrame:
    """Lay out data sets x methods, the mean of the draws in each cell."""
    chosen = table[(table["job"] == job) & (table["figure"] == figure)]
    chosen = chosen[chosen["dataset"] != ALL_SETS]
    found = chosen.pivot_table(values="value", index="dataset", columns="method")
    if job == "classification, published":
        measured = values(table, "classification, short", figure)
        found = found.join(measured[OURS]) if OURS in measured else found
    return found


def compare(table: pd.DataFrame, job: str, figure: str) -> pd.DataFrame:
    """Put each method beside TimeNet, on the sets that both were run on."""
    found = values(table, job, figure)
    units = table[table["job"] == job].groupby(["method", "dataset"])["seconds"].first()
    whole = found.loc[:, found.notna().all()]
    ranks = whole.rank(axis=1, ascending=figure in LESS_IS_BETTER).mean()
    rows = {}
    for method, column in found.items():
        ours = found[OURS] if OURS in found else pd.Series(np.nan, found.index)
        has_both = column.notna() & ours.notna()
        sets = has_both if has_both.any() else column.notna()
        rows[method] = {
            figure: average(column[sets], figure),
            "TimeNet there": average(ours[sets], figure),
            "TimeNet is better, as good, worse": count(column, ours, figure, sets),
            "sets": int(sets.sum()),
            "mean rank": ranks.get(method, np.nan),
            "CPU seconds": units[method].reindex(found.index)[sets].sum()
            if method in units.index.get_level_values(0)
            else np.nan,
        }
    made = pd.DataFrame.from_dict(rows, orient="index").rename_axis("method")
    if job in UNTIMED:
        made = made.drop(columns="CPU seconds")
    # means over fewer sets are not comparable: they come last
    order = [False, figure in LESS_IS_BETTER]
    return made.sort_values(["sets", figure], ascending=order, kind="stable")


def average(column: pd.Series, figure: str) -> float:
    """Average over sets: by the geometric mean what is relative."""
    relative = figure.startswith("relative")
    return float(np.exp(np.log(column).mean()) if relative else column.mean())


def count(peer: pd.Series, ours: pd.Series, figure: str, sets: pd.Series) -> str:
    if peer.name == OURS or ours[sets].isna().any():
        return ""
    lead = (peer - ours)[sets] * (1 if figure in LESS_IS_BETTER else -1)
    counts = ((lead > TIE).sum(), (lead.abs() <= TIE).sum(), (lead < -TIE).sum())
    return ", ".join(str(one) for one in counts)


def overview(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out jobs x methods, a job on the sets that all of its methods have.

    A method that has fewer than four fifths of the sets of its job is left out there.
    """
    rows = {}
    for name, (job, figure) in OVERVIEW.items():
        found = values(table, job, figure).rename(columns={"DTW": "DTW-1NN"})
        found = found.reindex(columns=[one for one in COLUMNS if one in found])
        counts = found.notna().sum()
        sets = found.loc[:, counts >= 0.8 * counts.max()].dropna()
        means = {one: average(sets[one], figure) for one in sets.columns}
        rows[name] = {"figure": figure, "sets": len(sets), **means}
    made = pd.DataFrame.from_dict(rows, orient="index").rename_axis("job")
    return made.reindex(columns=["figure", "sets", *COLUMNS]).dropna(axis=1, how="all")


def industrial(table: pd.DataFrame) -> pd.DataFrame:
    """Errors and areas under the curve of both ways to tell normal from abnormal."""
    chosen = table[(table["job"] == "industrial") & table["value"].notna()]
    made = chosen.pivot_table(
        values="value", index="method", columns=["dataset", "figure"]
    )[["FD001, last or first", "FD001, last or any other"]]
    made.columns = [f"{name.split('FD001, ')[1]}: {figure}" for name, figure in made]
    return made.sort_values(made.columns[2], ascending=False)


def few_labels(table: pd.DataFrame) -> pd.DataFrame:
    """Mean errors by the number of labels, over the sets that all methods have."""
    chosen = table[(table["job"] == "few labels") & table["value"].notna()]
    cells = chosen.pivot_table(
        values="value", index="dataset", columns=["method", "figure"]
    ).dropna()
    made = cells.mean().unstack("figure")
    made.columns = [name.removeprefix("error, ") for name in made.columns]
    made = made[sorted(made.columns, key=lambda name: int(name.split()[0]))]
    made["sets"] = len(cells)
    return made.sort_values(made.columns[-2])


def cost(table: pd.DataFrame) -> pd.DataFrame:
    """Seconds and megabytes of 1,000 series, to embed them / to fit a classifier."""
    chosen = table[(table["job"] == "cost") & table["value"].notna()]
    cells = chosen.set_index(["method", "dataset", "figure"])["value"]
    rows: dict[str, dict[str, str]] = {}
    for (method, shape), one in cells.groupby(level=[0, 1]):
        of = one.droplevel([0, 1])
        for unit in ("seconds", "MB"):
            embed, fit = of[f"{unit}, embed"], of[f"{unit}, fit"]
            rows.setdefault(method, {})[f"{shape}, {unit}"] = f"{embed:.0f} / {fit:.0f}"
    order = [
        f"{shape}, {unit}"
        for shape in ("1 x 128", "1 x 1024", "10 x 128", "1 x 10000")
        for unit in ("seconds", "MB")
    ]
    made = pd.DataFrame.from_dict(rows, orient="index").rename_axis("method")
    made = made.reindex(columns=order).dropna(axis=1, how="all")
    return made.fillna("n/a")


def tables(table: pd.DataFrame) -> dict[str, str]:
    """Make each table as the text of a CSV file."""
    made = {
        name: compare(table, job, figure)
        for name, (job, figure) in COMPARISONS.items()
        if (table["job"] == job).any()
    }
    made["overview"] = overview(table)
    makers = {"few labels": few_labels, "industrial": industrial, "cost": cost}
    for name, make in makers.items():
        if (table["job"] == name).any():
            made[name.replace(" ", "_")] = make(table)
    return {name: as_csv(one) for name, one in made.items()}


def as_csv(made: pd.DataFrame) -> str:
    """Print by three decimals; seconds by none, a missing figure as a dash."""
    printed = made.copy()
    for name in printed.columns:
        if printed[name].dtype.kind == "f":
            decimals = {"CPU seconds": 0, "mean rank": 2}.get(name, 3)
            printed[name] = [
                "n/a" if np.isnan(x) else f"{x:.{decimals}f}" for x in made[name]
            ]
    return printed.to_csv(lineterminator="\n")


def write_all(arguments: argparse.Namespace) -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, text in tables(results.read(arguments.results)).items():
        (FOLDER / f"{name}.csv").write_text(text, encoding="utf-8")
        print(f"{name}\n{text}")


def shown(name: str, folder: Path = FOLDER) -> pd.DataFrame:
    """Read a table that `write_all` wrote."""
    return pd.read_csv(folder / f"{name}.csv", index_col=0, dtype=str)
