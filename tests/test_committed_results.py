"""The committed Table 1 is what its CSV makes, and its page states what is in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("pandas", reason="the report needs the extra report")

from timenet_sklearn.table1.protocol import PROTOCOL
from timenet_sklearn.table1.report import to_csv, to_text
from timenet_sklearn.table1.results import read_results
from timenet_sklearn.table1.summary import OURS, SAME, agreement, count_wins, summarise

ROOT = Path(__file__).parents[1]
CSV = ROOT / "benchmarks" / "results" / "table1.csv"
PAGE = ROOT / "docs" / "paper" / "results.rst"


@pytest.fixture(scope="module")
def summary():
    return summarise(read_results(CSV))


def test_the_csv_makes_itself_and_the_text_again(summary):
    assert to_csv(summary) == CSV.read_text(encoding="utf-8")
    assert to_text(summary) + "\n" == CSV.with_suffix(".txt").read_text("utf-8")


def test_the_results_are_of_the_settings_of_today(summary):
    units = summary.results.units
    for method, rows in units.groupby("method"):
        settings = json.loads(json.dumps(dict(PROTOCOL[method].settings)))
        assert all(found == settings for found in rows["settings"]), method


def test_the_page_states_what_the_csv_has(summary):
    near = agreement(summary, "DTW-C")
    ours, paper = summary.means.loc[OURS], summary.means.loc[SAME]
    wins = summary.wins["DTW-C"]["TN-C"]
    errors = summary.ours.loc[summary.compared]
    below = count_wins(errors["TN-C"], errors["SAE-C"])
    minutes = summary.minutes.loc["minutes"]
    said = " ".join(PAGE.read_text("utf-8").split())
    for sentence in (
        f"within 0.005 on {(near <= 5).sum()} of the {len(near)} sets",
        f"a mean error of {ours['TN-C']:.3f} where the paper has {paper['TN-C']:.3f}",
        f"{ours['TN-C pooled']:.3f}, well below everything else",
        f"{wins[OURS]} where the paper has {wins[SAME]}",
        f"a mean error of {ours['SAE-C']:.3f}; the paper's is {paper['SAE-C']:.3f}",
        f"which trains for minutes on each set, on {below.wins} of {sum(below)} sets",
        f"{minutes.drop('SAE-C').sum():.0f} minutes of one core without SAE-C",
        f"SAE-C took {minutes['SAE-C']:.0f}",
    ):
        assert sentence in said
