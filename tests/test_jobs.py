"""benchmarks/jobs: its tables are what its CSV makes, and the page states them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.jobs import anomalies, few_labels, report, results
from benchmarks.jobs.results import Row

ROOT = Path(__file__).parents[1]
PAGE = " ".join((ROOT / "docs" / "explanation" / "jobs.rst").read_text("utf-8").split())


def rows(method, values, figure="error", job="classification, short"):
    return [
        Row(job, name, method, "1", 0, figure, value, 2.0)
        for name, value in values.items()
    ]


def test_the_csv_makes_the_committed_tables():
    made = report.tables(results.read())
    assert made
    for name, text in made.items():
        assert (report.FOLDER / f"{name}.csv").read_text(encoding="utf-8") == text, name


def test_a_unit_that_is_measured_again_takes_the_place_of_its_rows(tmp_path):
    path = tmp_path / "jobs.csv"
    for value in (0.5, 0.25):
        results.write(rows("TimeNet", {"Trace": value}), path)
        results.write(rows("DTW-1NN", {"Trace": 0.0}), path)
    assert list(results.read(path)["value"]) == [0.0, 0.25]


def test_a_unit_is_done_for_one_version_only(tmp_path):
    results.write(rows("TimeNet", {"Trace": 0.5}), tmp_path / "jobs.csv")
    table = results.read(tmp_path / "jobs.csv")
    unit = ("classification, short", "Trace", "TimeNet")
    assert results.is_done(table, unit, "1")
    assert not results.is_done(table, unit, "2")
    assert not results.is_done(table, (unit[0], "Plane", unit[2]), "1")


def test_methods_are_compared_on_the_sets_that_both_were_run_on():
    table = pd.DataFrame(
        rows("TimeNet", {"Trace": 0.1, "Plane": 0.2, "Fish": 0.3})
        + rows("DTW-1NN", {"Trace": 0.3, "Plane": 0.2})
    )
    dtw = report.compare(table, "classification, short", "error").loc["DTW-1NN"]
    assert dtw["error"] == pytest.approx(0.25)
    assert dtw["TimeNet there"] == pytest.approx(0.15)
    assert dtw["TimeNet is better, as good, worse"] == "1, 1, 0"
    assert (dtw["sets"], dtw["CPU seconds"]) == (2, 4.0)


def test_relative_figures_are_averaged_geometrically():
    values = pd.Series([0.25, 1.0])
    assert report.average(values, "relative RMSE") == pytest.approx(0.5)
    assert report.average(values, "error") == pytest.approx(0.625)


def test_fewer_examples_are_among_more_and_a_small_class_gives_all():
    y = np.repeat([0, 1], [3, 20])
    two, ten = (few_labels.examples(y, n, draw=1) for n in (2, 10))
    assert set(two) <= set(ten)
    assert list(np.bincount(y[ten])) == [3, 10]


def test_windows_of_a_recording_are_scored_after_the_training_part():
    values = np.sin(np.arange(1000) / 5)
    values[800:820] += 2
    starts, scores = anomalies.score("isolation forest", values, 500)
    assert starts[0] == 500 and len(starts) == len(scores)
    highest = starts[scores.argmax()] + anomalies.WIDTH // 2
    assert 800 - anomalies.TOLERANCE <= highest <= 820 + anomalies.TOLERANCE


def test_every_table_of_the_page_is_committed_and_shown():
    shown = set(re.findall(r":file: \S+/results/jobs/(\w+)\.csv", PAGE))
    assert shown == set(report.tables(results.read()))


def test_published_figures_are_those_of_the_csv():
    table = results.read()
    [row] = table[table["dataset"] == report.ALL_SETS].itertuples()
    assert row.version == "published"
    assert f"mean accuracy of {1 - row.value:.3f}" in PAGE


def test_dtw_is_the_column_of_table_1():
    table1 = pd.read_csv(ROOT / "benchmarks" / "results" / "table1.csv")
    column = table1[table1["column"] == "DTW-C"].set_index("dataset")["error"]
    jobs = results.read()
    is_dtw = (jobs["method"] == "DTW-1NN") & (jobs["figure"] == "error")
    measured = jobs[is_dtw].set_index("dataset")["value"]
    both = measured.index.intersection(column.index)
    assert len(both) == 24
    np.testing.assert_allclose(measured[both], column[both], atol=1e-5)


def figure(table, method, column=0):
    return float(report.shown(table).loc[method].iloc[column])


def test_the_page_advises_what_the_tables_say():
    for table in ("regression", "clustering", "retrieval_10", "anomalies_nab"):
        assert report.shown(table).index[0] == "TimeNet", table
    ours, peer = (figure("short", one) for one in ("TimeNet", "MiniRocket"))
    assert abs(ours - peer) < 0.01
    hydra = report.shown("short").loc["MultiRocket-Hydra"]
    assert float(hydra["error"]) < float(hydra["TimeNet there"])
    for table in ("long", "multivariate"):
        assert figure(table, "TimeNet") < figure(table, "MiniRocket"), table
    hydra = report.shown("multivariate").loc["MultiRocket-Hydra"]
    assert abs(float(hydra["error"]) - float(hydra["TimeNet there"])) < 0.01
    assert float(hydra["mean rank"]) < figure("multivariate", "TimeNet", 4)
    of_five = report.shown("few_labels")["5 a class"].astype(float)
    assert abs(of_five["TimeNet"] - of_five["MiniRocket"]) < 0.01
    assert max(of_five["TimeNet"], of_five["MiniRocket"]) < of_five["catch22"] - 0.05
    profile = report.shown("anomalies_ucr").loc["matrix profile"]
    assert float(profile["TimeNet there"]) >= float(profile["hit"])
    cost = report.shown("cost")
    for shape in ("1 x 128", "1 x 1024", "1 x 10000"):
        for unit, lowest, highest in (("seconds", 1, 15), ("MB", 0, 0.8)):
            parts = cost[f"{shape}, {unit}"].str.split(" / ", expand=True)
            fits = parts[1].astype(float)
            assert lowest < fits["TimeNet"] / fits["MiniRocket"] < highest, shape
        assert parts[0].astype(float).idxmin() == "TimeNet"
