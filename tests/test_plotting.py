from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="pictures need the extra plot")

import matplotlib.pyplot as plt

from timenet_sklearn.plotting import tsne_figure

RNG = np.random.default_rng(0)
LABELS = np.repeat(["a", "b", "c"], 5)
CLUSTERS = RNG.standard_normal((15, 4)) + 20 * np.repeat(np.eye(3, 4), 5, axis=0)


def points(ax):
    return np.asarray(ax.collections[0].get_offsets())


def test_each_data_set_has_a_panel_with_its_title_and_a_point_a_series():
    four = (RNG.standard_normal((4, 6)), [1, 1, 2, 2])
    figure = tsne_figure({"Clusters": (CLUSTERS, LABELS), "Four": four})
    assert [ax.get_title() for ax in figure.axes] == ["Clusters", "Four"]
    assert [points(ax).shape for ax in figure.axes] == [(15, 2), (4, 2)]


def test_points_of_a_class_share_a_colour_that_no_other_class_has():
    [ax] = tsne_figure({"Clusters": (CLUSTERS, LABELS)}).axes
    colours = ax.collections[0].get_array()
    assert len(set(zip(LABELS, colours, strict=True))) == 3
    assert len(set(colours)) == 3


def test_clusters_of_embeddings_are_clusters_of_points():
    [ax] = tsne_figure({"Clusters": (CLUSTERS, LABELS)}).axes
    where = points(ax)
    distances = np.linalg.norm(where[:, None] - where, axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (LABELS[distances.argmin(axis=1)] == LABELS).all()


def test_the_picture_is_the_same_each_time_and_belongs_to_no_window():
    panels = {"Clusters": (CLUSTERS, LABELS)}
    first, second = (points(tsne_figure(panels).axes[0]) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_figure_can_be_saved(suffix, tmp_path):
    path = tmp_path / f"picture.{suffix}"
    tsne_figure({"Clusters": (CLUSTERS, LABELS)}).savefig(path)
    start = {"png": b"\x89PNG", "svg": b"<?xml"}[suffix]
    assert path.read_bytes().startswith(start)


def test_panels_fill_rows_and_what_is_left_over_stays_blank():
    panels = dict.fromkeys("abcd", (CLUSTERS, LABELS))
    figure = tsne_figure(panels, n_columns=3)
    assert [ax.get_title() for ax in figure.axes] == ["a", "b", "c", "d", "", ""]
    assert [ax.axison for ax in figure.axes] == [True] * 4 + [False] * 2


def test_a_legend_names_the_colours_of_the_panels_asked_for():
    panels = dict.fromkeys(("plain", "named"), (CLUSTERS, LABELS))
    plain, named = tsne_figure(panels, named=["named"]).axes
    assert plain.get_legend() is None
    legend = named.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b", "c"]
    shown = {handle.get_color() for handle in legend.legend_handles}
    assert len(shown) == 3
