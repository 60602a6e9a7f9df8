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
from timenet_sklearn.table1.comparisons import compare_references, layers_by_length
from timenet_sklearn.table1.formats import to_csv, to_latex, to_markdown, to_text
from timenet_sklearn.table1.published import (
    COLUMNS,
    N_SERIES,
    PRIVATE_SET,
    print_error,
    published,
    references,
    round_as_printed,
)
from timenet_sklearn.table1.ranks import compare_ranks, rank
from timenet_sklearn.table1.report import format_report, write_report
from timenet_sklearn.table1.results import read_results
from timenet_sklearn.table1.summary import (
    Wins,
    agreement,
    count_wins,
    published_errors,
    summarise,
)
from timenet_sklearn.table1.table import remarks, summary_lines

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
    """Seven whole sets, in every column but one; a partial one, and one not found."""
    for place, dataset in enumerate(SETS):
        for column in COLUMNS:
            base = published()[dataset].errors.get(column, 0.1)
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
    dtw, sae, tn = (published_errors(name) for name in ("DTW-C", "SAE-C", "TN-C"))
    assert count_wins(tn, dtw) == Wins(23, 2, 5)
    assert str(count_wins(tn, dtw)) == "25/30"
    assert str(count_wins(tn, sae)) == "18/30"
    assert str(count_wins(sae, dtw)) == "22/30"


def test_the_papers_means_are_over_its_30_ucr_sets():
    assert tuple(published_errors("TN-C")) == TEST_SETS
    means = {
        column: np.mean(list(published_errors(column).values())).round(3)
        for column in ("DTW-C", "SAE-C", "TN-C")
    }
    assert means == {"DTW-C": 0.23, "SAE-C": 0.222, "TN-C": 0.2}


def test_the_private_set_has_no_dtw_and_pooling_is_not_in_the_paper():
    assert "DTW-C" not in published()[PRIVATE_SET].errors
    assert not any("TN-C pooled" in row.errors for row in published().values())


def test_references_are_errors_on_one_split_not_means_of_resamples():
    assert references()["1NN-DTW"]["SyntheticControl"] == pytest.approx(0.006667)
    assert not [name for name in references() if "resamples)" in name]
    assert set(references()["ROCKET"]) == set(TEST_SETS)


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
    text = format_report(read_results(tmp_path), form)
    text = re.sub(r'(src="data:|data-sort=")[^"]*"', "", text)
    assert ".903" in text and ".902" not in text


@pytest.mark.parametrize(
    ("error", "printed"), [(0.0625, 0.063), (0.0624, 0.062), (1, 1), (0, 0)]
)
def test_rounding_is_that_of_print(error, printed):
    assert round_as_printed(error) == printed


# --- statistics


def test_a_tie_is_an_equal_third_decimal():
    ours = {"a": 0.1004, "b": 0.2, "c": 0.3006, "only ours": 0.1}
    assert count_wins(ours, {"a": 0.1, "b": 0.25, "c": 0.3}) == Wins(1, 1, 1)


def test_ranks_by_hand():
    ranks = rank(
        {
            "x": {"a": 0.1, "b": 0.2, "c": 0.3},
            "y": {"a": 0.2, "b": 0.2, "c": 0.1},
            "z": {"a": 0.3, "b": 0.4, "c": 0.2, "d": 0.1},
            "rare": {"d": 0.0},
        }
    )
    assert ranks.datasets == ("a", "b", "c")
    # x: 1, 1.5, 3; y: 2, 1.5, 1; z: 3, 3, 2; rare has less than half of the sets
    assert ranks.mean_ranks == pytest.approx({"x": 5.5 / 3, "y": 1.5, "z": 8 / 3})


def test_ranks_of_nothing_are_empty():
    assert rank({"x": {}, "y": {}}).mean_ranks == {}


def test_tests_need_enough_data_sets():
    five = {name: dict.fromkeys("abcde", 0.1) for name in "xyz"}
    assert compare_ranks(rank(five)) is None


def test_wilcoxon_is_corrected_by_holm():
    pytest.importorskip("scikit_posthocs", reason="tests need the extra report")
    from scipy.stats import wilcoxon

    rng = np.random.default_rng(0)
    table = {
        name: {str(one): error for one, error in enumerate(shift + rng.random(20))}
        for name, shift in (("x", 0), ("y", 0.3), ("z", 0.35))
    }
    ranks = rank(table)
    tests = compare_ranks(ranks)
    raw = {
        pair: wilcoxon(ranks.errors[pair[0]], ranks.errors[pair[1]]).pvalue
        for pair in ("xy", "xz", "yz")
    }
    holm, highest = {}, 0.0
    for place, pair in enumerate(sorted(raw, key=raw.get)):
        highest = max(highest, min(1, (3 - place) * raw[pair]))
        holm[pair] = highest
    for (one, other), p in holm.items():
        assert tests.wilcoxon.loc[one, other] == pytest.approx(p)
        assert tests.wilcoxon.loc[other, one] == pytest.approx(p)
    assert 0 < tests.friedman < 0.05


def test_columns_that_never_differ_are_alike():
    pytest.importorskip("scikit_posthocs", reason="tests need the extra report")
    same = {name: dict.fromkeys("abcdef", 0.1) for name in "xyz"}
    tests = compare_ranks(rank(same))
    assert tests.friedman == 1
    assert (tests.wilcoxon.to_numpy() == 1).all()


def test_partial_sets_and_those_beyond_the_paper_are_in_no_mean(results):
    assert results.compared == tuple(name for name in TEST_SETS if name in SETS)
    [dtw] = [one for one in summarise(results) if one.column == "DTW-C"]
    paper = [published()[name].errors["DTW-C"] for name in SETS]
    assert dtw.n == 7
    assert dtw.mean_published == pytest.approx(np.mean(paper))
    assert dtw.mean == pytest.approx(np.mean(paper) + 0.002 * 3)
    assert (dtw.seconds, dtw.seconds_all) == (7 * 90, 8 * 90)


def test_wins_are_counted_on_the_sets_that_both_columns_have(results):
    [tn] = [one for one in summarise(results) if one.column == "TN-C"]
    # the made-up errors keep the paper's differences
    for rival, n in (("DTW-C", 7), ("SAE-C", 6)):
        assert tn.wins[rival] == tn.wins_published[rival]
        assert tn.wins[rival].n == n
    assert str(tn.wins_all["DTW-C"]) == "25/30"


def test_agreement_counts_differences_up_to_five_thousandths(results):
    near = agreement(results, "DTW-C")
    # off by 0, 2, 4, 6, 8, 10, 12 thousandths
    assert (near.n, near.n_near) == (7, 3)
    assert near.mean_difference == pytest.approx(0.006)


def test_layers_are_compared_by_length(results):
    short, middle, long = layers_by_length(results)
    assert [row.n for row in (short, middle, long)] == [2, 4, 1]
    assert long.paper == {
        "TN-C_L1": 0.346,
        "TN-C_L2": 0.326,
        "TN-C_L3": 0.364,
        "TN-C": 0.300,
    }
    # SyntheticControl, and MedicalImages with 0.012 on top
    assert short.ours["TN-C_L1"] == pytest.approx((0.010 + 0.238 + 0.012) / 2)


def test_others_are_compared_where_the_splits_agree(folder):
    write_unit(folder, "Strawberry", "TN-C", 0.07)
    write_unit(folder, "Strawberry", "TN-C pooled", 0.07)
    datasets, rows = compare_references(read_results(folder))
    assert "Strawberry" in SWAPPED_IN_2018
    assert set(datasets) == set(SETS)
    [dtw] = [row for row in rows if row.method == "1NN-DTW"]
    errors = references()["1NN-DTW"]
    assert dtw.mean == pytest.approx(np.mean([errors[name] for name in SETS]))
    assert dtw.wins["TN-C"].n == dtw.n == 7
    keys = [(row.n < 7, row.mean) for row in rows]
    assert keys == sorted(keys)


# --- reading


def test_seeds_are_averaged_and_their_spread_kept(results):
    paper = published()["SyntheticControl"].errors["TN-C_2/3"]
    ours = results.errors("TN-C_2/3")["SyntheticControl"]
    assert ours == pytest.approx(paper + 0.01)
    assert results.spread("SyntheticControl", "TN-C_2/3") == (3, pytest.approx(0.01))


def test_a_set_is_partial_by_its_rows_whatever_the_notes_say(folder):
    (folder / "missing.json").write_text('{"Wafer": "partial: of old", "Yoga": "no"}')
    results = read_results(folder)
    assert "Wafer" in results.compared
    assert "FordA" not in results.compared
    assert results.notes == {"Yoga": "no"}
    assert results.restriction("FordA") == "partial: test part has 576 of 3601 rows"
    assert results.restriction("BasicMotions") == ""


def test_a_split_that_is_not_the_archives_does_not_compare(folder):
    write_unit(folder, "FordB", "TN-C", 0.1, n_train=3636, n_test=810)
    results = read_results(folder)
    assert "FordB" not in results.compared
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


def test_columns_without_weights_do_not_count_as_of_others(folder):
    write_unit(folder, "Wafer", "DTW-C", 0.1, weights=None)
    assert "Wafer" in read_results(folder).errors("DTW-C")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, None) for name in ("error", "seconds", "n_test", "split", "dataset")],
        *[("error", True), ("error", "0.1"), ("n_train", 3.0), ("seed", "0")],
        *[("parameters", []), ("versions", None), ("settings", 1), ("weights", 5)],
    ],
)
def test_a_field_of_the_wrong_type_is_named_with_its_file(name, value, folder):
    place = write_unit(folder, "Wafer", "TN-C", 0.1)
    place.write_text(json.dumps(json.loads(place.read_text()) | {name: value}))
    with pytest.raises(ValueError, match=rf"TN-C-0\.json' has {name}=.*; expected"):
        read_results(folder)


@pytest.mark.parametrize("text", ["[]", "null", '"Yoga"', '{"Yoga": null}'])
def test_notes_that_are_no_object_of_texts_are_named(text, folder):
    (folder / "missing.json").write_text(text)
    with pytest.raises(ValueError, match=r"missing\.json' holds .*Remove it"):
        read_results(folder)


def test_a_unit_that_failed_says_why(folder, tmp_path):
    failures = {"Wafer SAE-C": "ValueError:\nno", "Adiac TN-C_2/3 #3": "KeyError"}
    (folder / "failures.json").write_text(json.dumps(failures))
    results = read_results(folder)
    assert results.why("Wafer", "SAE-C") == "failed: ValueError: no"
    assert "Wafer: SAE-C failed: ValueError: no" in remarks(results)
    place = tmp_path / "again.csv"
    place.write_text(to_csv(results), encoding="utf-8")
    assert read_results(place).why("Wafer", "SAE-C") == "failed: ValueError: no"


def test_a_temporary_file_of_a_running_unit_is_no_result(folder):
    place = folder / "units" / "Wafer"
    (place / ".SAE-C-0.json.1-2.part").write_text("{", encoding="utf-8")
    assert "Wafer" not in read_results(folder).errors("SAE-C")


def test_no_results_are_an_error_that_says_what_is_expected(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"units/DATASET/COLUMN-SEED\.json"):
        read_results(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot read"),
        ("[]", "has format \\[\\]; expected 1"),
        ('{"format": 2}', "has format 2; expected 1"),
        ('{"format": 1}', "lacks dataset, column"),
    ],
)
def test_a_damaged_file_is_named(folder, text, message):
    (folder / "units" / "Wafer" / "SAE-C-0.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        read_results(folder)
    assert "SAE-C-0.json" in str(caught.value)


def test_an_unknown_column_and_an_impossible_error_are_refused(folder):
    place = write_unit(folder, "Wafer", "PROP-C", 0.1)
    with pytest.raises(ValueError, match=r"column 'PROP-C'; expected one of DTW-C"):
        read_results(folder)
    place.unlink()
    write_unit(folder, "Wafer", "SAE-C", 12.5)
    with pytest.raises(ValueError, match=r"error 12\.5; expected a number from 0 to 1"):
        read_results(folder)


def test_a_unit_that_is_there_twice_is_refused(folder):
    source = folder / "units" / "Wafer" / "TN-C-0.json"
    (source.parent / "copy.json").write_bytes(source.read_bytes())
    with pytest.raises(ValueError, match="Wafer, TN-C, seed 0 twice"):
        read_results(folder)


def test_damaged_notes_are_named(folder):
    (folder / "missing.json").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=r"cannot read .*missing\.json"):
        read_results(folder)


# --- formats


def test_missing_cells_say_why(results):
    lines = remarks(results)
    assert "Yoga: not found" in lines
    assert "FordA †: partial: test part has 576 of 3601 rows" in lines
    assert "Wafer: SAE-C not run" in lines
    assert (
        "IndustrialMultivariate: private data of the authors; BasicMotions and "
        "JapaneseVowels stand in" in lines
    )
    assert (
        "TN-C_2/3: mean over 3 draws, whose standard deviation is 0.010 on average"
        in lines
    )
    drawn = [name for name in TEST_SETS if name in SETS]
    assert f"TN-C_2/3: 3 of 5 draws only: {', '.join(drawn)}" in lines
    others = {*TEST_SETS} - {*SETS, "FordA", "Yoga"}
    named = [name for name in TEST_SETS if name in others]
    assert f"{', '.join(named)}: not run" in lines
    assert results.why("Yoga", "TN-C") == "not found"


def test_text_has_ours_beside_the_papers_figure(results):
    text = to_text(results)
    [line] = [line for line in text.splitlines() if line.startswith("SwedishLeaf")]
    assert line.split()[1:6] == ["128", ".159", ".157", ".101", ".099"]
    assert "25/30" in text
    assert "18/30" in text
    assert max(map(len, text.splitlines())) <= 132


def test_lines_without_figures_are_left_out(tmp_path):
    write_unit(tmp_path, "Wafer", "TN-C pooled", 0.1)
    lines = summary_lines(read_results(tmp_path))
    assert [line.label.strip() for line in lines] == [
        "data sets compared",
        "mean error",
        "paper, all 30",
        "mean rank on 1 sets",
        "minutes",
        "all sets",
    ]


def test_csv_reads_back_as_the_same_results(results, tmp_path):
    text = to_csv(results)
    place = tmp_path / "table1.csv"
    place.write_text(text, encoding="utf-8")
    again = read_results(place)
    assert sorted(map(repr, again.units)) == sorted(map(repr, results.units))
    assert again.notes == results.notes
    assert to_csv(again) == text


def test_csv_has_a_line_a_unit_and_a_line_an_empty_cell(results):
    rows = list(csv.DictReader(io.StringIO(to_csv(results))))
    cells = {(row["dataset"], row["column"]) for row in rows}
    assert len(cells) == 32 * len(COLUMNS)  # 31 of the paper, and BasicMotions
    draws = [
        row for row in rows if (row["dataset"], row["column"]) == ("Adiac", "TN-C_2/3")
    ]
    assert [row["seed"] for row in draws] == ["0", "1", "2"]
    assert {row["published"] for row in draws} == {"0.372"}
    [yoga] = [
        row for row in rows if (row["dataset"], row["column"]) == ("Yoga", "TN-C")
    ]
    assert (yoga["error"], yoga["note"]) == ("", "not found")


def test_a_line_of_csv_that_is_no_result_is_named(tmp_path, results):
    place = tmp_path / "table1.csv"
    place.write_text(to_csv(results).replace(",300,300,60", ",300,x,60", 1))
    with pytest.raises(
        ValueError, match=r"table1\.csv, line \d+' is no line of results"
    ):
        read_results(place)
    place.write_text("dataset,column\n")
    with pytest.raises(FileNotFoundError, match="holds no results"):
        read_results(place)


def test_markdown_reads_back(results):
    lines = [line for line in to_markdown(results).splitlines() if line[:1] == "|"]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert rows[0] == ["data set", "T", *COLUMNS]
    assert {len(row) for row in rows} == {2 + len(COLUMNS)}
    cells = {row[0]: row[1:] for row in rows[2:]}
    assert cells["SwedishLeaf"][1] == "0.159 (0.157)"
    assert cells["Yoga"][1] == "-- (0.155)"
    assert cells["FordA †"][1] == "0.300 (0.341)"


def test_latex_reads_back(results):
    text = to_latex(results)
    body = text.split(r"\midrule")[1]
    rows = [line.split("&") for line in body.strip().splitlines()]
    assert {len(row) for row in rows} == {2 + len(COLUMNS)}
    assert all(row[-1].strip().endswith(r"\\") for row in rows)
    cells = {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}
    assert cells["SwedishLeaf"][1] == "0.159 (0.157)"
    assert r"FordA$^\dagger$" in cells
    assert "TN-C$_{2/3}$" in text
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 1


def test_latex_and_markdown_escape_what_means_something_there(folder):
    (folder / "missing.json").write_text(json.dumps({"Yoga": "50 % of a_b | & #1"}))
    results = read_results(folder)
    assert r"Yoga: 50 \% of a\_b | \& \#1" in to_latex(results)
    assert "- Yoga: 50 % of a_b | & #1" in to_markdown(results)


def test_an_unknown_format_is_refused(results):
    with pytest.raises(ValueError, match="form='pdf'; expected one of text, csv"):
        format_report(results, "pdf")


# --- the page


@pytest.fixture
def page(results):
    pytest.importorskip("matplotlib", reason="pictures need the extra report")
    pytest.importorskip("scikit_posthocs", reason="tests need the extra report")
    return format_report(results, "html")


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


def test_the_page_is_the_same_each_time(page, results):
    assert format_report(results, "html") == page


def test_the_page_escapes_what_files_say(folder):
    pytest.importorskip("scikit_posthocs", reason="tests need the extra report")
    note = '<script>alert("x")</script>'
    (folder / "missing.json").write_text(json.dumps({"Yoga": note, "<b>odd": note}))
    text = format_report(read_results(folder), "html")
    assert note not in text
    assert "<b>odd" not in text
    assert Page(text).tags.count("script") == 1


def test_a_run_that_has_only_begun_has_a_page(tmp_path):
    pytest.importorskip("scikit_posthocs", reason="tests need the extra report")
    write_unit(tmp_path, "Wafer", "TN-C", 0.01)
    text = format_report(read_results(tmp_path), "html")
    assert "too few data sets or columns to test" in text
    (tmp_path / "units" / "Wafer" / "TN-C-0.json").unlink()
    (tmp_path / "missing.json").write_text('{"Wafer": "not found"}')
    assert "None of the sets at hand" in format_report(read_results(tmp_path), "html")


# --- command line


def test_report_prints_the_table(folder, capsys):
    assert cli.main(["report", str(folder)]) == 0
    assert capsys.readouterr().out == to_text(read_results(folder)) + "\n"


def test_report_writes_all_formats(folder, tmp_path, capsys):
    pytest.importorskip("scikit_posthocs", reason="tests need the extra report")
    out = tmp_path / "made" / "here"
    assert cli.main(["report", str(folder), "--out", str(out)]) == 0
    names = ["table1.txt", "table1.csv", "table1.md", "table1.tex", "report.html"]
    assert capsys.readouterr().out.split() == [str(out / name) for name in names]
    assert read_results(out / "table1.csv").notes == read_results(folder).notes


def test_report_writes_one_format_without_the_extra(folder, tmp_path):
    [place] = write_report(read_results(folder), tmp_path / "out", "csv")
    assert place.read_text(encoding="utf-8") == to_csv(read_results(folder))
    assert [one.name for one in place.parent.iterdir()] == ["table1.csv"]


def test_report_explains_that_there_is_nothing(tmp_path, capsys):
    assert cli.main(["report", str(tmp_path)]) == 1
    assert "no results in" in capsys.readouterr().err


def test_reading_and_printing_import_nothing_heavy(folder, fresh_python):
    code = (
        "import sys; from timenet_sklearn import cli; cli.main(['report', sys.argv[1]])"
        "\nprint(sorted(set(sys.modules) & {'dask', 'keras', 'sktime', 'tensorflow'}))"
    )
    blocked = ("matplotlib", "pandas", "scikit_posthocs")
    assert fresh_python(code, folder, blocked=blocked).splitlines()[-1] == "[]"


def test_the_page_names_the_extra_that_it_lacks(folder, fresh_python):
    code = (
        "import sys; from timenet_sklearn import cli\n"
        "sys.stderr = sys.stdout\n"
        "cli.main(['report', sys.argv[1], '--format', 'html'])"
    )
    for package in ("matplotlib", "scikit_posthocs"):
        text = fresh_python(code, folder, blocked=(package,))
        assert f"the package '{package}'" in text
        assert 'pip install "timenet_sklearn[report]"' in text
