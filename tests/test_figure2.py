from __future__ import annotations

import csv

import numpy as np
import pytest

pytest.importorskip("sktime", reason="the multivariate set comes with sktime")
pytest.importorskip("matplotlib", reason="pictures need the extra plot")

from timenet_sklearn import cli
from timenet_sklearn.table1.figure2 import (
    chance_purity,
    embed_sets,
    knn_purity,
    measure,
    write_figures,
)

SETS = ("SyntheticControl", "ECG5000")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Two sets of two kinds of waves, in files as the archive of 2018 has them."""
    folder = tmp_path_factory.mktemp("archive")
    rng = np.random.default_rng(0)
    steps = np.linspace(0, 1, 40)
    for place, name in enumerate(SETS):
        for part, n in (("TRAIN", 8), ("TEST", 44)):
            y = np.arange(n) % 2
            waves = np.sin((3 + 12 * place + 6 * y[:, None]) * steps)
            X = waves + 0.05 * rng.standard_normal((n, 40))
            table = np.column_stack([y, X])
            np.savetxt(folder / f"{name}_{part}.tsv", table, delimiter="\t")
    return folder


@pytest.fixture(scope="module")
def panels(archive):
    return embed_sets(archive, sets=SETS)


def test_purity_by_hand():
    # nearest two of 0, 1, 2, 10: (1, 2), (0, 2), (1, 0), (2, 1)
    X, y = [[0.0], [1.0], [2.0], [10.0]], ["a", "a", "b", "b"]
    assert knn_purity(X, y, n_neighbors=2) == pytest.approx((1 + 1 + 0 + 1) / 8)
    # all three others: one of each has the same label
    assert knn_purity(X, y) == pytest.approx(1 / 3)


def test_a_series_is_not_its_own_neighbour_even_among_equals():
    X, y = np.zeros((4, 2)), np.array([1, 2, 3, 4])
    assert knn_purity(X, y, n_neighbors=3) == 0


def test_features_weigh_the_same_whatever_their_scale():
    X = np.array([[0, 0], [0, 900], [1, 100], [1, 1000]])
    y = np.array([0, 0, 1, 1])
    assert knn_purity(X, y, 1) == knn_purity(X * [1, 1e-6], y, 1)


def test_purity_of_separate_classes_is_one_and_chance_is_by_hand():
    y = np.repeat([0, 1, 2], [6, 6, 8])
    assert knn_purity(10.0 * y[:, None] + np.linspace(0, 1, 20)[:, None], y) == 1
    assert chance_purity(y) == pytest.approx((6 * 5 + 6 * 5 + 8 * 7) / (20 * 19))


def test_one_series_has_no_purity():
    with pytest.raises(ValueError, match="1 series have no neighbours"):
        knn_purity([[1.0]], [0])


def test_the_panels_are_a_multivariate_set_single_sets_and_a_sample(panels):
    assert [one.name for one in panels] == ["BasicMotions", *SETS, "across data sets"]
    assert [one.embeddings.shape for one in panels] == [
        (80, 1080),
        (52, 180),
        (52, 180),
        (80, 180),  # 40 of each set
    ]
    names, counts = np.unique(panels[-1].labels, return_counts=True)
    assert (list(names), list(counts)) == (sorted(SETS), [40, 40])


def test_the_number_beside_a_panel_is_that_of_its_embeddings(panels):
    numbers = measure(panels)
    for one, row in zip(panels, numbers.itertuples(), strict=True):
        assert row.purity == knn_purity(one.embeddings, one.labels)
        assert row.purity > row.chance == chance_purity(one.labels)
    assert numbers["purity"][1] == 1  # slow and fast waves


def test_the_samples_are_the_same_each_time(archive, panels):
    again = embed_sets(archive, sets=SETS)
    for one, other in zip(panels, again, strict=True):
        np.testing.assert_array_equal(one.embeddings, other.embeddings)


def test_the_figure_and_its_numbers_are_written(panels, tmp_path):
    picture, table = write_figures(panels, tmp_path / "made")
    assert picture.read_bytes().startswith(b"\x89PNG")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [one.name for one in panels]
    assert [row["n_labels"] for row in rows] == ["4", "2", "2", "2"]
    for row, purity in zip(rows, measure(panels)["purity"], strict=True):
        assert float(row["purity"]) == pytest.approx(purity, abs=1e-6)


def test_a_set_that_is_not_there_is_named(archive):
    with pytest.raises(FileNotFoundError, match="no data set 'Adiac'"):
        embed_sets(archive, sets=["Adiac"])


def test_one_set_is_too_few_to_sample_across(archive, tmp_path):
    for part in ("TRAIN", "TEST"):
        name = f"{SETS[0]}_{part}.tsv"
        (tmp_path / name).write_bytes((archive / name).read_bytes())
    with pytest.raises(FileNotFoundError, match="holds 1 data sets to sample across"):
        embed_sets(tmp_path, sets=SETS[:1])


@pytest.mark.parametrize("package", ["pandas", "matplotlib"])
def test_the_command_names_the_extras_that_it_lacks(
    package, archive, tmp_path, fresh_python
):
    code = (
        "import sys; from timenet_sklearn import cli\n"
        "sys.stderr = sys.stdout\n"
        "cli.main(['tsne', '--data-dir', sys.argv[1], '--out', sys.argv[2], '--sets',"
        " *sys.argv[3:]])"
    )
    text = fresh_python(code, archive, tmp_path, *SETS, blocked=(package,))
    assert package in text
    assert 'pip install "timenet_sklearn[sktime,plot]"' in text


def test_the_command_prints_purity_and_writes_the_figure(archive, tmp_path, capsys):
    out = tmp_path / "figures"
    arguments = ["tsne", "--data-dir", str(archive), "--out", str(out)]
    assert cli.main([*arguments, "--sets", *SETS, "--pooling", "last", "mean"]) == 0
    printed = capsys.readouterr().out
    assert "across data sets" in printed
    head, *lines = printed.splitlines()[:-2]
    assert {len(line) for line in lines} == {len(head)}
    assert printed.splitlines()[-2:] == [str(out / "fig2.png"), str(out / "fig2.csv")]
