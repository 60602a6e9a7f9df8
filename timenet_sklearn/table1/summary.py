"""Table 1 as frames: cells, means, wins, ranks and remarks, computed once.

What is compared are the paper's sets that were run on all of their rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from timenet_sklearn.datasets import SWAPPED_IN_2018, TEST_SETS
from timenet_sklearn.table1 import METHODS, N_DRAWS, PRIVATE_SET, STAND_INS
from timenet_sklearn.table1.published import print_error, published, references
from timenet_sklearn.table1.published import round_as_printed as printed
from timenet_sklearn.table1.results import Results

RIVALS = ("DTW-C", "SAE-C")
LAYERS = ("TN-C_L1", "TN-C_L2", "TN-C_L3", "TN-C")
#: Three ways to take a mean or a count.
OURS, SAME, ALL = "ours", "  paper, same sets", "  paper, all 30"
# lengths of series: name, and the longest that belongs to it
_LENGTHS = {"up to 100 steps": 100, "101 to 200": 200, "over 200": np.inf}


@dataclass(frozen=True)
class Summary:
    """All that the formats of the report lay out: frames by data set and method."""

    results: Results
    ours: pd.DataFrame  # errors, means over draws; NaN where there is none
    paper: pd.DataFrame
    n_draws: pd.DataFrame
    spread: pd.DataFrame  # standard deviation of the draws (n - 1)
    n_timepoints: pd.Series
    restrictions: dict[str, str]  # what the results of a set lack of the paper's rows
    compared: list[str]  # sets in means, counts and ranks
    means: pd.DataFrame  # of errors: OURS, the paper's on the SAME sets, on ALL 30
    wins: dict[str, pd.DataFrame]  # by rival the same rows, as "16/22": wins and ties
    ranked: pd.DataFrame  # what `rank` makes of ours
    minutes: pd.DataFrame  # of a method: of the sets that are compared, and of all


def summarise(results: Results) -> Summary:
    """Compute what the report shows."""
    units = results.units
    named = {*units["dataset"], *results.notes}
    others = sorted(named - {PRIVATE_SET, *STAND_INS, *TEST_SETS})
    stand_ins = [name for name in STAND_INS if name in named]
    rows = [PRIVATE_SET, *stand_ins, *TEST_SETS, *others]
    errors = units.groupby(["dataset", "method"])["error"]

    def frame(cells: pd.Series) -> pd.DataFrame:
        return cells.astype(float).unstack().reindex(index=rows, columns=METHODS)

    ours, paper = frame(errors.mean()), published().reindex(rows)
    lengths = units.groupby("dataset")["n_timepoints"].first()
    n_timepoints = paper.pop("n_timepoints").fillna(lengths)
    restrictions = {name: results.restriction(name) for name in rows}
    present = set(units["dataset"])
    compared = [n for n in TEST_SETS if n in present and not restrictions[n]]
    mine, theirs = ours.loc[compared], paper.loc[compared]
    every = paper.loc[list(TEST_SETS)]
    means = [mine.mean(), theirs.where(mine.notna()).mean(), every.mean()]
    seconds = [units[units["dataset"].isin(compared)], units]
    minutes = [part.groupby("method")["seconds"].sum() / 60 for part in seconds]
    return Summary(
        results,
        ours,
        paper,
        n_draws=frame(errors.count()).fillna(0),
        spread=frame(errors.std()).fillna(0),
        n_timepoints=n_timepoints,
        restrictions={name: note for name, note in restrictions.items() if note},
        compared=compared,
        means=pd.DataFrame(means, [OURS, SAME, ALL]),
        wins={rival: _wins(mine, theirs, every, rival) for rival in RIVALS},
        ranked=rank(mine),
        minutes=pd.DataFrame(minutes, ["minutes", "  all sets"], METHODS),
    )


# --- wins and ranks


class Wins(NamedTuple):
    """Counts over data sets; a tie is an equal third decimal."""

    wins: int
    ties: int
    losses: int

    def __str__(self) -> str:
        """Wins and ties of all, as the paper counts; empty if there are none."""
        return f"{self.wins + self.ties}/{sum(self)}" if sum(self) else ""


def count_wins(errors: pd.Series, against: pd.Series) -> Wins:
    """Count on how many of the data sets in both a method beats another."""
    signs = np.sign(printed(against) - printed(errors))
    return Wins(*(int((signs == sign).sum()) for sign in (1, 0, -1)))


def _wins(
    mine: pd.DataFrame, theirs: pd.DataFrame, every: pd.DataFrame, rival: str
) -> pd.DataFrame:
    both = mine.notna().mul(mine[rival].notna(), axis="index")
    frames = {OURS: mine, SAME: theirs.where(both), ALL: every}
    counts = {
        name: errors.apply(lambda one, other=errors[rival]: str(count_wins(one, other)))
        for name, errors in frames.items()
    }
    return pd.DataFrame(counts).T.assign(**{rival: ""})


def rank(errors: pd.DataFrame) -> pd.DataFrame:
    """Rank methods on each data set, a row, by errors as printed; 1 is best.

    Methods with less than half of the sets are left out, then sets that lack others.
    """
    some = errors.dropna(how="all").dropna(axis="columns", how="all")
    some = some.loc[:, 2 * some.count() >= len(some)].dropna()
    return printed(some).rank(axis="columns")


def compare_ranks(errors: pd.DataFrame) -> tuple[float, pd.DataFrame] | None:
    """Test whether methods differ; None with under 6 data sets or 3 methods.

    Gives the p value of Friedman's test that all are alike, and those of Wilcoxon's
    signed ranks by pairs: two-sided, corrected by Holm, the ranks of differences of
    zero split between both signs.
    """
    if len(errors) < 6 or errors.shape[1] < 3:
        return None
    from scikit_posthocs import posthoc_wilcoxon
    from scipy.stats import friedmanchisquare

    samples = list(printed(errors).to_numpy().T)
    # "zsplit" alone gives two methods that never differ a p value, 1
    wilcoxon = posthoc_wilcoxon(samples, zero_method="zsplit", p_adjust="holm")
    wilcoxon.index = wilcoxon.columns = errors.columns
    alike = all((sample == samples[0]).all() for sample in samples)
    return 1.0 if alike else float(friedmanchisquare(*samples).pvalue), wilcoxon


# --- what stands under the table


def summary_lines(summary: Summary) -> pd.DataFrame:
    """Lay out the lines under the table: means, wins and ties, mean ranks, minutes.

    Rows that say nothing are left out, and the paper's beside nothing.
    """

    def line(label: str, cells: Any) -> pd.DataFrame:
        return pd.DataFrame([list(cells)], index=[label], columns=METHODS)

    n_compared = summary.ours.loc[summary.compared].count()
    ranks = summary.ranked.mean().reindex(METHODS).map("{:.2f}".format)
    blocks = [
        line("data sets compared", [str(n or "") for n in n_compared]),
        summary.means.map(print_error).rename({OURS: "mean error"}),
        *(w.rename({OURS: f"wins+ties against {r}"}) for r, w in summary.wins.items()),
        line(f"mean rank on {len(summary.ranked)} sets", ranks.replace("nan", "")),
        summary.minutes.map(lambda one: "" if np.isnan(one) else f"{one:.1f}"),
    ]
    said = [block for block in blocks if block.iloc[0].ne("").any()]
    lines = pd.concat(said or blocks[:1])
    return lines[lines.ne("").any(axis="columns")]


def remarks(summary: Summary) -> list[str]:
    """Say why cells are empty and rows restricted, a sentence a reason."""
    restricted = [f"{name} †: {note}" for name, note in summary.restrictions.items()]
    if restricted:
        rule = "†: not the rows of the archive; in no mean, count, rank or test"
        restricted.insert(0, rule)
    empty: dict[str, list[str]] = {}
    for name, errors in summary.ours.iterrows():
        lacking: dict[str, list[str]] = {}
        for method in errors.index[errors.isna()]:
            why = summary.results.why(name, method)
            lacking.setdefault(why, []).append(method)
        for why, methods in lacking.items():
            every = len(methods) == len(METHODS)
            reason = why if every else f"{', '.join(methods)} {why}"
            empty.setdefault(reason, []).append(name)
    reasons = [f"{', '.join(names)}: {why}" for why, names in empty.items()]
    return [*_draws(summary), *restricted, *reasons]


def _draws(summary: Summary) -> list[str]:
    """Say of how many draws cells are means, how these spread, and which lack some."""
    lines = []
    for method, wanted in N_DRAWS.items():
        counts = summary.n_draws[method][summary.n_draws[method] > 0]
        if counts.max() > 1:
            spread = print_error(summary.spread.loc[counts.index, method].mean())
            mean = f"{method}: mean over {counts.max():.0f} draws"
            lines.append(f"{mean}, whose standard deviation is {spread} on average")
        lacking = counts[counts < wanted]
        for n, names in lacking.groupby(lacking).groups.items():
            some = f"{n:.0f} of {wanted} draws only"
            lines.append(f"{method}: {some}: {', '.join(names)}")
    return lines


# --- comparisons beyond the table, for the page


def agreement(summary: Summary, method: str) -> pd.Series:
    """Give how far ours and the paper's are apart, in thousandths, on the same sets."""
    ours = printed(summary.ours.loc[summary.compared, method])
    apart = 1000 * (ours - summary.paper.loc[summary.compared, method])
    # whole: 0.203 - 0.198 is a little more than 0.005
    return apart.abs().dropna().round()


def layers_by_length(summary: Summary) -> pd.DataFrame:
    """Compare single layers with all three, by the length of the series.

    A row is a range of lengths. It has ``n`` sets that have all of `LAYERS`, and mean
    errors on these in the columns ``(OURS, layer)`` and ``(SAME, layer)``.
    """
    ours = summary.ours.loc[summary.compared, list(LAYERS)].dropna()
    paper = summary.paper.loc[ours.index, list(LAYERS)]
    both = pd.concat({OURS: ours, SAME: paper}, axis="columns")
    steps = summary.n_timepoints[ours.index]
    ranges = pd.cut(steps, [0, *_LENGTHS.values()], labels=list(_LENGTHS))
    groups = both.groupby(ranges, observed=False)
    return groups.mean().assign(n=groups.size())


def compare_references(summary: Summary) -> tuple[list[str], pd.DataFrame]:
    """Compare with what others published, where the archives of 2015 and 2018 agree.

    Gives these sets, and a row a method of others, or of ours that has them all: ``n``
    sets, their ``mean`` error, wins and ties of TN-C and TN-C pooled against it. The
    lowest mean is first; those that lack some of the sets, no match, come last.
    """
    datasets = [name for name in summary.compared if name not in SWAPPED_IN_2018]
    mine = summary.ours.loc[datasets]
    others = references().reindex(datasets).dropna(axis="columns", how="all")
    whole = mine.dropna(axis="columns").add_suffix(", ours")
    every = pd.concat([others, whole], axis="columns")
    table = pd.DataFrame({"n": every.count(), "mean": every.mean()})
    for method in ("TN-C", "TN-C pooled"):
        lacking = others[mine[method].isna()].notna().any()
        wins = {name: str(count_wins(mine[method], others[name])) for name in others}
        table[method] = pd.Series(wins, dtype=str).where(~lacking, "")
    table = table.fillna("").assign(short=table["n"] < len(datasets))
    return datasets, table.sort_values(["short", "mean"]).drop(columns="short")
