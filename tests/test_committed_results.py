"""The committed Table 1 is what its CSV makes, and its page states what is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from timenet_sklearn.table1.formats import to_csv, to_text
from timenet_sklearn.table1.results import read_results
from timenet_sklearn.table1.summary import agreement, count_wins, summarise
from timenet_sklearn.table1.summary import compared_errors as errors

ROOT = Path(__file__).parents[1]
CSV = ROOT / "benchmarks" / "results" / "table1.csv"
PAGE = ROOT / "docs" / "paper" / "results.rst"


@pytest.fixture(scope="module")
def results():
    return read_results(CSV)


def test_the_csv_makes_itself_and_the_text_again(results):
    assert to_csv(results) == CSV.read_text(encoding="utf-8")
    assert to_text(results) + "\n" == CSV.with_suffix(".txt").read_text("utf-8")


def test_the_page_states_what_the_csv_has(results):
    column = {one.column: one for one in summarise(results)}
    near = agreement(results, "DTW-C")
    tn, sae, pooled = column["TN-C"], column["SAE-C"], column["TN-C pooled"]
    below = count_wins(errors(results, "TN-C"), errors(results, "SAE-C")).wins
    quick = sum(one.seconds for one in column.values()) - sae.seconds
    said = " ".join(PAGE.read_text("utf-8").split())
    for sentence in (
        f"within 0.005 on {near.n_near} of the {near.n} sets",
        f"a mean error of {tn.mean:.3f} where the paper has {tn.mean_published:.3f}",
        f"{pooled.mean:.3f}, well below everything else",
        f"{tn.wins['DTW-C']} where the paper has {tn.wins_published['DTW-C']}",
        f"a mean error of {sae.mean:.3f}; the paper's is {sae.mean_published:.3f}",
        f"which trains for minutes on each set, on {below} of {sae.n} sets",
        f"{quick / 60:.0f} minutes of one core without SAE-C",
        f"SAE-C took {sae.seconds / 60:.0f}",
    ):
        assert sentence in said
