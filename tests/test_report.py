from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from timenet_sklearn import cli
from timenet_sklearn.datasets import SWAPPED_IN_2018, TEST_SETS
from timenet_sklearn.table1 import METHODS, PRIVATE_SET
from timenet_sklearn.table1.sets import N_SERIES

pytest.importorskip("pandas", reason="the report needs the extra report")

import pandas as pd

from timenet_sklearn.table1.published import (
    print_error,
    published,
    references,
    round_as_printed,
)
from timenet_sklearn.table1.report import (
    format_report,
    to_csv,
    to_latex,
    to_markdown,
    to_text,
    write_report,
)
from timenet_sklearn.table1.results import read_results
from timenet_sklearn.table1.summary import (
    OURS,
    SAME,
    Wins,
    agreement,
    compare_ranks,
    compare_references,
    count_wins,
    layers_by_length,
    rank,
    remarks,
    summarise,
    summary_lines,
)

SETS = tuple(
    "SyntheticControl SwedishLeaf CricketX ECG5000 Wafer Adiac MedicalImages".split()
)


def write_unit(folder, dataset, column, error, seed=0, **changes):
    """Write a result file as `timenet table1` does."""
    n_train, n_test = N_SERIES.get(dataset, (30, 40))
    unit = {
        "format": 1,
        "protocol": 1,
        "settings": {"layers": "all"},
        "dataset": dataset,
        "column": column,
        "seed": seed,
        "error": error,
        "n_train": n_train,
        "n_test": n_test,
        "n_timepoints": 60,
        "n_classes": 2,
        "n_channels": 1,
        "seconds": 90.0,
        "parameters": {"svc__C": 10},
        "versions": {"numpy": "2.4"},
        "weights": "ab" * 32,
        "split": "cd" * 32,
    }
    place = folder / "units" / dataset / f"{column.replace('/', '_')}-{seed}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(unit | changes), encoding="utf-8")
    return place


@pytest.fixture
def folder(tmp_path):
    """Seven whole sets, of every method but one; a partial one, and one not found."""
    for place, dataset in enumerate(SETS):
        for column in METHODS:
            base = published()[column].fillna(0.1)[dataset]
            if (dataset, column) == ("Wafer", "SAE-C"):
                continue
            draws = 3 if column == "TN-C_2/3" else 1
            for seed in range(draws):
                write_unit(
                    tmp_path, dataset, column, base + 0.01 * seed + 0.002 * place, seed
                )
    write_unit(tmp_path, "FordA", "DTW-C", 0.3, n_test=576)
    write_unit(tmp_path, "BasicMotions", "TN-C", 0.05, n_channels=6)
    missing = {"FordA": "partial: test part has 576 of 3601 rows", "Yoga": "not found"}
    (tmp_path / "missing.json").write_text(json.dumps(missing), encoding="utf-8")
    return tmp_path


@pytest.fixture
def results(folder):
    return read_results(folder)


@pytest.fixture
def summary(results):
    return summarise(results)


def summarise_folder(folder):
    return summarise(read_results(folder))


def print_folder(folder, form="text"):
    return format_report(summarise_folder(folder), form)


class Page(HTMLParser):
    """Collect what a page refers to, and the texts of its cells."""

    def __init__(self, text):
        super().__init__()
        self.addresses, self.tags, self.cells, self.titles = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "srcset", "action", "data"):
                self.addresses.append(value)
            if name == "title":
                self.titles.append(value)

    def handle_data(self, data):
        self.cells.append(data.strip())


# --- what was published


def test_counting_gives_the_papers_own_counts():
    paper = published().loc[list(TEST_SETS)]
    assert count_wins(paper["TN-C"], paper["DTW-C"]) == Wins(23, 2, 5)
    assert str(count_wins(paper["TN-C"], paper["DTW-C"])) == "25/30"
    assert str(count_wins(paper["TN-C"], paper["SAE-C"])) == "18/30"
    assert str(count_wins(paper["SAE-C"], paper["DTW-C"])) == "22/30"


def test_the_papers_means_are_over_its_30_ucr_sets():
    assert tuple(published().index) == (PRIVATE_SET, *TEST_SETS)
    means = published().loc[list(TEST_SETS)].mean().round(3)
    assert means[["DTW-C", "SAE-C", "TN-C"]].tolist() == [0.23, 0.222, 0.2]


def test_the_private_set_has_no_dtw_and_pooling_is_not_in_the_paper():
    assert np.isnan(published().loc[PRIVATE_SET, "DTW-C"])
    assert published()["TN-C pooled"].isna().all()


def test_references_are_errors_on_one_split_not_means_of_resamples():
    assert references()["1NN-DTW"]["SyntheticControl"] == pytest.approx(0.006667)
    assert not [name for name in references() if "resamples)" in name]
    assert set(references()["ROCKET"].dropna().index) == set(TEST_SETS)


def test_halves_are_printed_as_they_are_counted():
    assert f"{83 / 400:.3f}" == "0.207"  # binary, to even
    assert print_error(83 / 400) == "0.208"
    for thousandth in range(1000):
        half = (2 * thousandth + 1) / 2000
        assert print_error(half) == f"{(thousandth + 1) / 1000:.3f}"


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "html"])
def test_every_format_prints_what_is_counted(form, tmp_path):
    pytest.importorskip("scikit_posthocs", reason="tests need the extra report")
    assert f"{361 / 400:.3f}" == "0.902"
    write_unit(tmp_path, "Adiac", "TN-C", 361 / 400)
    text = re.sub(r'src="data:[^"]*"', "", print_folder(tmp_path, form))
    assert ".903" in text and ".902" not in text


@pytest.mark.parametrize(
    ("error", "printed"), [(0.0625, 0.063), (0.0624, 0.062), (1, 1), (0, 0)]
)
def test_rounding_is_that_of_print(error, printed):
    assert round_as_printed(error) == printed


# --- statistics


def test_a_tie_is_an_equal_third_decimal():
    ours = pd.Series({"a": 0.1004, "b": 0.2, "c": 0.3006, "only ours": 0.1})
    theirs = pd.Series({"a": 0.1, "b": 0.25, "c": 0.3})
    assert count_wins(ours, theirs) == Wins(1, 1, 1)


def test_ranks_by_hand():
    ranks = rank(
        pd.DataFrame(
            {
                "x": {"a": 0.1, "b": 0.2, "c": 0.3},
                "y": {"a": 0.2, "b": 0.2, "c": 0.1},
                "z": {"a": 0.3, "b": 0.4, "c": 0.2, "d": 0.1},
                "rare": {"d": 0.0},
            }
        )
    )
    # rare has less than half of the sets
    assert ranks["x"].to_dict() == {"a": 1, "b": 1.5, "c": 3}
    assert ranks["y"].to_dict() == {"a": 2, "b": 1.5, "c": 1}
    assert ranks["z"].to_dict() == {"a": 3, "b": 3, "c": 2}


def test_ranks_of_nothing_are_empty():
    assert rank(pd.DataFrame({"x": [np.nan], "y": [np.nan]})).empty


def test_tests_need_enough_data_sets():
    assert compare_ranks(pd.DataFrame({name: [0.1] * 5 for name in "xyz"})) is None


def test_wilcoxon_is_corrected_by_holm():
    pytest.importorskip("scikit_posthocs", reason="tests need the extra report")
    from scipy.stats import wilcoxon

    rng = np.random.default_rng(0)
    errors = pd.DataFrame({"x": rng.random(20)})
    errors = errors.assign(y=0.3 + rng.random(20), z=0.35 + rng.random(20))
    printed = errors.map(round_as_printed)
    friedman, tests = compare_ranks(errors)
    raw = {
        pair: wilcoxon(*printed[[*pair]].T.values).pvalue for pair in ("xy", "xz", "yz")
    }
    holm, highest = {}, 0.0
    for place, pair in enumerate(sorted(raw, key=raw.get)):
        highest = max(highest, min(1, (3 - place) * raw[pair]))
        holm[pair] = highest
    for (one, other), p in holm.items():
        assert tests.loc[one, other] == pytest.approx(p)
        assert tests.loc[other, one] == pytest.approx(p)
    assert 0 < friedman < 0.05


def test_methods_that_never_differ_are_alike():
    pytest.importorskip("scikit_posthocs", reason="tests need the extra report")
    friedman, wilcoxon = compare_ranks(
        pd.DataFrame({name: [0.1] * 6 for name in "xyz"})
    )
    assert friedman == 1
    assert (wilcoxon.to_numpy() == 1).all()


def test_partial_sets_and_those_beyond_the_paper_are_in_no_mean(summary):
    assert summary.compared == [name for name in TEST_SETS if name in SETS]
    paper = published().loc[list(SETS), "DTW-C"].mean()
    assert summary.means.loc[SAME, "DTW-C"] == pytest.approx(paper)
    assert summary.means.loc[OURS, "DTW-C"] == pytest.approx(paper + 0.002 * 3)
    assert list(summary.minutes["DTW-C"]) == [7 * 1.5, 8 * 1.5]
    assert summary_lines(summary).loc["data sets compared", "DTW-C"] == "7"


def test_wins_are_counted_on_the_sets_that_both_methods_have(summary):
    # the made-up errors keep the paper's differences
    for rival, n in (("DTW-C", 7), ("SAE-C", 6)):
        ours, paper, every = summary.wins[rival]["TN-C"]
        assert ours == paper
        assert (ours.split("/")[1], every.split("/")[1]) == (str(n), "30")
    assert every == "18/30"


def test_agreement_counts_differences_in_thousandths(summary):
    assert sorted(agreement(summary, "DTW-C")) == [0, 2, 4, 6, 8, 10, 12]


def test_layers_are_compared_by_length(summary):
    rows = layers_by_length(summary)
    assert list(rows["n"]) == [2, 4, 1]
    assert list(rows[SAME].iloc[2]) == [0.346, 0.326, 0.364, 0.300]
    # SyntheticControl, and MedicalImages with 0.012 on top
    short = rows[OURS, "TN-C_L1"].iloc[0]
    assert short == pytest.approx((0.010 + 0.238 + 0.012) / 2)


def test_others_are_compared_where_the_splits_agree(folder):
    write_unit(folder, "Strawberry", "TN-C", 0.07)
    write_unit(folder, "Strawberry", "TN-C pooled", 0.07)
    datasets, rows = compare_references(summarise_folder(folder))
    assert "Strawberry" in SWAPPED_IN_2018
    assert set(datasets) == set(SETS)
    dtw = rows.loc["1NN-DTW"]
    assert dtw["mean"] == references()["1NN-DTW"][list(SETS)].mean()
    assert dtw["n"] == 7 and dtw["TN-C"].endswith("/7")
    assert rows.loc["TN-C, ours", ["n", "TN-C"]].tolist() == [7, ""]
    keys = [(n < 7, mean) for n, mean in zip(rows["n"], rows["mean"], strict=True)]
    assert keys == sorted(keys)


# --- reading


def test_seeds_are_averaged_and_their_spread_kept(summary):
    cell = ("SyntheticControl", "TN-C_2/3")
    assert summary.ours.loc[cell] == pytest.approx(published().loc[cell] + 0.01)
    assert summary.n_draws.loc[cell] == 3
    assert summary.spread.loc[cell] == pytest.approx(0.01)


def test_a_set_is_partial_by_its_rows_whatever_the_notes_say(folder):
    (folder / "missing.json").write_text('{"Wafer": "partial: of old", "Yoga": "no"}')
    results = read_results(folder)
    compared = summarise(results).compared
    assert "Wafer" in compared
    assert "FordA" not in compared
    assert results.notes == {"Yoga": "no"}
    assert results.restriction("FordA") == "partial: test part has 576 of 3601 rows"
    assert results.restriction("BasicMotions") == ""


def test_nasas_engines_fill_the_papers_first_row_and_say_so(folder):
    write_unit(folder, PRIVATE_SET, "TN-C", 0.2)
    summary = summarise_folder(folder)
    assert summary.ours.loc[PRIVATE_SET, "TN-C"] == 0.2
    assert PRIVATE_SET not in summary.compared
    row = to_text(summary).splitlines()[2].split()
    assert row[:2] == [PRIVATE_SET, "†"] and ".200" in row and ".173" in row
    assert any(f"{PRIVATE_SET} †: NASA's" in line for line in remarks(summary))


def test_a_split_that_is_not_the_archives_does_not_compare(folder):
    write_unit(folder, "FordB", "TN-C", 0.1, n_train=3636, n_test=810)
    results = read_results(folder)
    assert "FordB" not in summarise(results).compared
    assert results.restriction("FordB") == (
        "another split: training part has 3636 of 810 rows, test part has 810 of 3636 "
        "rows"
    )


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"split": "00" * 32}, "data of Wafer"),
        ({"weights": "00" * 32}, "weights"),
        ({"protocol": 2}, "versions or settings of TN-C"),
        ({"settings": {"layers": 1}}, "versions or settings of TN-C"),
    ],
)
def test_results_that_do_not_belong_together_are_refused(changes, what, folder):
    write_unit(folder, "Wafer", "TN-C", 0.1, **changes)
    with pytest.raises(ValueError, match=f"different {what}: .*Wafer TN-C") as caught:
        read_results(folder)
    assert "Run `timenet table1` again" in str(caught.value)


def test_methods_without_weights_do_not_count_as_of_others(folder):
    write_unit(folder, "Wafer", "DTW-C", 0.1, weights=None)
    assert summarise_folder(folder).ours.loc["Wafer", "DTW-C"] == 0.1


@pytest.mark.parametrize("text", ["[]", "null", '"Yoga"', "{"])
def test_notes_that_are_no_object_are_named(text, folder):
    (folder / "missing.json").write_text(text)
    with pytest.raises(ValueError, match=r"cannot read .*missing\.json.*Remove it"):
        read_results(folder)


def test_a_unit_that_failed_says_why(folder, tmp_path):
    failures = {"Wafer SAE-C": "ValueError:\nno", "Adiac TN-C_2/3 #3": "KeyError"}
    (folder / "failures.json").write_text(json.dumps(failures))
    summary = summarise_folder(folder)
    assert "Wafer: SAE-C failed: ValueError: no" in remarks(summary)
    place = tmp_path / "again.csv"
    place.write_text(to_csv(summary), encoding="utf-8")
    assert read_results(place).why("Wafer", "SAE-C") == "failed: ValueError: no"


def test_a_temporary_file_of_a_running_unit_is_no_result(folder):
    place = folder / "units" / "Wafer"
    (place / ".SAE-C-0.json.1-2.part").write_text("{", encoding="utf-8")
    assert np.isnan(summarise_folder(folder).ours.loc["Wafer", "SAE-C"])


def test_no_results_are_an_error_that_says_what_is_expected(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"units/DATASET/METHOD-SEED\.json"):
        read_results(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot read"),
        ("[]", r"it holds \[\], no object"),
        ('{"format": 2}', "has format 2, expected 1"),
        ('{"format": 1}', "lacks dataset, column"),
    ],
)
def test_a_damaged_file_is_named(folder, text, message):
    (folder / "units" / "Wafer" / "SAE-C-0.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        read_results(folder)
    assert "SAE-C-0.json" in str(caught.value)


@pytest.mark.parametrize(("method", "error"), [("PROP-C", 0.1), ("SAE-C", 12.5)])
def test_an_unknown_method_and_an_impossible_error_are_refused(method, error, folder):
    write_unit(folder, "Wafer", method, error)
    with pytest.raises(
        ValueError, match=f"{method}, seed 0, error {error}, is .*imposs"
    ):
        read_results(folder)


def test_a_unit_that_is_there_twice_is_refused(folder):
    source = folder / "units" / "Wafer" / "TN-C-0.json"
    (source.parent / "copy.json").write_bytes(source.read_bytes())
    with pytest.raises(ValueError, match=r"Wafer, TN-C, seed 0, .* is there twice"):
        read_results(folder)


# --- formats


def test_missing_cells_say_why(summary):
    lines = remarks(summary)
    assert "Yoga: not found" in lines
    assert "FordA †: partial: test part has 576 of 3601 rows" in lines
    assert "Wafer: SAE-C not run" in lines
    assert (
        "TN-C_2/3: mean over 3 draws, whose standard deviation is 0.010 on average"
        in lines
    )
    drawn = [name for name in TEST_SETS if name in SETS]
    assert f"TN-C_2/3: 3 of 5 draws only: {', '.join(drawn)}" in lines
    others = {PRIVATE_SET, *TEST_SETS} - {*SETS, "FordA", "Yoga"}
    named = [name for name in (PRIVATE_SET, *TEST_SETS) if name in others]
    assert f"{', '.join(named)}: not run" in lines


def test_text_has_ours_beside_the_papers_figure(summary):
    text = to_text(summary)
    [line] = [line for line in text.splitlines() if line.startswith("SwedishLeaf")]
    assert line.split()[1:6] == ["128", ".159", ".157", ".101", ".099"]
    assert "25/30" in text
    assert "18/30" in text
    assert max(map(len, text.splitlines())) <= 132


def test_lines_without_figures_are_left_out(tmp_path):
    write_unit(tmp_path, "Wafer", "TN-C pooled", 0.1)
    lines = summary_lines(summarise_folder(tmp_path))
    assert [label.strip() for label in lines.index] == [
        "data sets compared",
        "mean error",
        "paper, all 30",
        "mean rank on 1 sets",
        "minutes",
        "all sets",
    ]


def test_csv_reads_back_as_the_same_results(summary, tmp_path):
    text = to_csv(summary)
    place = tmp_path / "table1.csv"
    place.write_text(text, encoding="utf-8")
    again, keys = read_results(place), ["dataset", "method", "seed"]
    units = [one.units.set_index(keys).sort_index() for one in (again, summary.results)]
    pd.testing.assert_frame_equal(*units, check_dtype=False)
    assert again.notes == summary.results.notes
    assert to_csv(summarise(again)) == text


def test_csv_has_a_line_a_unit_and_a_line_an_empty_cell(summary):
    rows = list(csv.DictReader(io.StringIO(to_csv(summary))))
    cells = {(row["dataset"], row["column"]) for row in rows}
    assert len(cells) == 32 * len(METHODS)  # 31 of the paper, and BasicMotions
    draws = [
        row for row in rows if (row["dataset"], row["column"]) == ("Adiac", "TN-C_2/3")
    ]
    assert [row["seed"] for row in draws] == ["0", "1", "2"]
    assert {row["published"] for row in draws} == {"0.372"}
    [yoga] = [
        row for row in rows if (row["dataset"], row["column"]) == ("Yoga", "TN-C")
    ]
    assert (yoga["error"], yoga["note"]) == ("", "not found")


def test_a_csv_that_is_no_report_is_named(tmp_path, summary):
    place = tmp_path / "table1.csv"
    place.write_text(to_csv(summary).replace(",300,300,60", ",300,x,60", 1))
    with pytest.raises(ValueError, match=r"table1\.csv' is no CSV of .*: .*x"):
        read_results(place)
    place.write_text("dataset,column\n")
    with pytest.raises(ValueError, match=r"table1\.csv' is no CSV of"):
        read_results(place)
    place.write_text(to_csv(summary).splitlines()[0] + "\n")
    with pytest.raises(FileNotFoundError, match="no results in"):
        read_results(place)


def test_markdown_reads_back(summary):
    lines = [line for line in to_markdown(summary).splitlines() if line[:1] == "|"]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert rows[0] == ["data set", "T", *METHODS]
    assert {len(row) for row in rows} == {2 + len(METHODS)}
    cells = {row[0]: row[1:] for row in rows[2:]}
    assert cells["SwedishLeaf"][1] == "0.159 (0.157)"
    assert cells["Yoga"][1] == "-- (0.155)"
    assert cells["FordA †"][1] == "0.300 (0.341)"


def test_latex_reads_back(summary):
    text = to_latex(summary)
    body = text.split(r"\midrule")[1]
    rows = [line.split("&") for line in body.strip().splitlines()]
    assert {len(row) for row in rows} == {2 + len(METHODS)}
    assert all(row[-1].strip().endswith(r"\\") for row in rows)
    cells = {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}
    assert cells["SwedishLeaf"][1] == "0.159 (0.157)"
    assert r"FordA $^\dagger$" in cells
    assert "TN-C$_{2/3}$" in text
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 1


def test_latex_and_markdown_escape_what_means_something_there(folder):
    (folder / "missing.json").write_text(json.dumps({"Yoga": "50 % of a_b | & #1"}))
    summary = summarise_folder(folder)
    assert r"Yoga: 50 \% of a\_b | \& \#1" in to_latex(summary)
    assert "- Yoga: 50 % of a_b | & #1" in to_markdown(summary)


def test_an_unknown_format_is_refused(summary):
    with pytest.raises(ValueError, match="form='pdf'; expected one of text, csv"):
        format_report(summary, "pdf")


# --- the page


@pytest.fixture
def page(summary):
    pytest.importorskip("matplotlib", reason="pictures need the extra report")
    pytest.importorskip("scikit_posthocs", reason="tests need the extra report")
    return format_report(summary, "html")


def test_the_page_needs_nothing_but_itself(page):
    parsed = Page(page)
    assert len(parsed.addresses) == 7 + 2 + 1  # scatters, ranks, layers
    assert all(one.startswith("data:image/svg+xml;base64,") for one in parsed.addresses)
    assert not {"link", "iframe", "object", "embed"} & set(parsed.tags)
    visible = re.sub(r'src="data:[^"]*"', "", page)
    assert "http" not in visible
    assert "@import" not in visible
    assert "url(" not in visible


def test_the_page_shows_ours_the_papers_and_why_a_cell_is_empty(page):
    parsed = Page(page)
    assert {"0.159", "0.157", "25/30"} <= set(" ".join(parsed.cells).split())
    assert "not found" in parsed.titles
    assert "not run" in parsed.titles
    assert "3 draws, standard deviation 0.010" in parsed.titles


def test_the_page_is_the_same_each_time(page, summary):
    assert format_report(summary, "html") == page


def test_the_page_escapes_what_files_say(folder):
    pytest.importorskip("scikit_posthocs", reason="tests need the extra report")
    note = '<script>alert("x")</script>'
    (folder / "missing.json").write_text(json.dumps({"Yoga": note, "<b>odd": note}))
    text = print_folder(folder, "html")
    assert note not in text
    assert "<b>odd" not in text
    assert Page(text).tags.count("script") == 1


def test_a_run_that_has_only_begun_has_a_page(tmp_path):
    pytest.importorskip("scikit_posthocs", reason="tests need the extra report")
    write_unit(tmp_path, "Wafer", "TN-C", 0.01)
    text = print_folder(tmp_path, "html")
    assert "too few data sets or methods to test" in text
    (tmp_path / "units" / "Wafer" / "TN-C-0.json").unlink()
    (tmp_path / "missing.json").write_text('{"Wafer": "not found"}')
    assert "None of the sets at hand" in print_folder(tmp_path, "html")


# --- command line


def test_report_prints_the_table(folder, capsys):
    assert cli.main(["report", str(folder)]) == 0
    assert capsys.readouterr().out == print_folder(folder)


def test_report_writes_all_formats(folder, tmp_path, capsys):
    pytest.importorskip("scikit_posthocs", reason="tests need the extra report")
    out = tmp_path / "made" / "here"
    assert cli.main(["report", str(folder), "--out", str(out)]) == 0
    names = ["table1.txt", "table1.csv", "table1.md", "table1.tex", "report.html"]
    assert capsys.readouterr().out.split() == [str(out / name) for name in names]
    assert read_results(out / "table1.csv").notes == read_results(folder).notes


def test_report_writes_one_format(summary, tmp_path):
    [place] = write_report(summary, tmp_path / "out", "csv")
    assert place.read_text(encoding="utf-8") == to_csv(summary)
    assert [one.name for one in place.parent.iterdir()] == ["table1.csv"]


def test_report_explains_that_there_is_nothing(tmp_path, capsys):
    assert cli.main(["report", str(tmp_path)]) == 1
    assert "no results in" in capsys.readouterr().err


def test_printing_imports_nothing_heavy(folder, fresh_python):
    code = (
        "import sys; from timenet_sklearn import cli; cli.main(['report', sys.argv[1]])"
        "\nprint(sorted(set(sys.modules) & {'dask', 'keras', 'sktime', 'tensorflow'}))"
    )
    blocked = ("matplotlib", "scikit_posthocs", "tabulate")
    assert fresh_python(code, folder, blocked=blocked).splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("form", "package"),
    [
        ("text", "pandas"),
        ("markdown", "tabulate"),
        ("latex", "jinja2"),
        ("html", "matplotlib"),
        ("html", "scikit_posthocs"),
    ],
)
def test_a_format_names_the_extra_that_it_lacks(form, package, folder, fresh_python):
    code = (
        "import sys; from timenet_sklearn import cli\n"
        "sys.stderr = sys.stdout\n"
        "cli.main(['report', sys.argv[1], '--format', sys.argv[2]])"
    )
    text = fresh_python(code, folder, form, blocked=(package,))
    assert package in text.lower()
    assert 'pip install "timenet_sklearn[report]"' in text
