"""A folder of Parquet files is trained on as if it fitted into memory."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="reads Parquet")

import pyarrow as pa
import pyarrow.parquet as pq

from timenet_sklearn._series.normalize import z_normalize
from timenet_sklearn._series.panel import check_panel
from timenet_sklearn._training.batches import Sampler
from timenet_sklearn._training.corpus import (
    Folder,
    hold_out,
    open_folder,
    part_wanted,
)
from timenet_sklearn._training.recipe import Recipe
from timenet_sklearn.files.chunks import Source
from timenet_sklearn.files.data_sets import find_folder

# Draws more than any folder here holds: all of it is copied.
RECIPE = Recipe(n_steps=100, batch_size=8, buckets=(4, 8), max_length=16)


def lists(n, seed, longest=24):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(k) for k in rng.integers(3, longest, n)]


def write(path, *channels, group=7):
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {"id": np.arange(len(channels[0]))}
    columns |= {f"channel{i}": values for i, values in enumerate(channels)}
    pq.write_table(pa.table(columns), path, row_group_size=group)


@contextlib.contextmanager
def opened(source, work, *stages, missing="error", key_columns=0):
    folder = find_folder(source, key_columns, missing)
    with open_folder(folder, work, stages or (RECIPE,)) as corpus:
        yield corpus


@pytest.fixture
def work(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def series_of(corpus):
    training = [s for data in corpus.training.values() for s in data.series()]
    return training + [s for p in corpus.validation.values() for s in p.series()]


def texts(series):
    return sorted(s.tobytes() for s in series)


def test_a_folder_is_a_data_set_and_so_is_a_file_beside_it(tmp_path, work):
    source = tmp_path / "data"
    for name in ("ecg/2024/a.parquet", "ecg/b.parquet", "ecg.parquet", "power.parquet"):
        write(source / name, lists(10, 0))
    for name in ("_metadata.parquet", ".a.parquet", "ecg/_old/c.parquet"):
        write(source / name, lists(10, 0))
    pq.write_table(
        pa.table({"x": pa.array([], pa.list_(pa.float32()))}), source / "e.parquet"
    )
    with opened(source, work) as corpus:
        sizes = {name: panel.n_samples for name, panel in corpus.training.items()}
    assert sizes == {"ecg": 18, "ecg.parquet": 9, "power.parquet": 9}
    assert list(corpus.validation) == ["ecg", "ecg.parquet", "power.parquet"]


@pytest.mark.parametrize("curriculum", [True, False], ids=["curriculum", "whole"])
def test_batches_are_bitwise_those_of_the_same_series_in_memory(
    tmp_path, work, curriculum
):
    recipe = Recipe(
        n_steps=100,
        batch_size=8,
        buckets=(4, 8),
        max_length=16,
        curriculum=curriculum,
        input_noise=0.3,
    )
    for number in range(3):
        write(tmp_path / "data" / f"{number}.parquet", lists(30, number))
    with opened(tmp_path / "data", work, recipe) as corpus:
        stored = [panel.series() for panel in corpus.training.values()]
        in_memory = [list(data_set) for data_set in stored]
        for panel, data_set in zip(stored, in_memory, strict=True):
            assert panel.lengths.tolist() == [len(series) for series in data_set]
        streamed = Sampler(stored, recipe, seed=3)
        whole = Sampler(in_memory, recipe, seed=3)
        for step in (99, 0, 50, 85, 7):
            for ours, theirs in zip(streamed.draw(step), whole.draw(step), strict=True):
                assert np.array_equal(ours, theirs)


def test_what_is_copied_is_every_series_once_normalised_and_resampled(tmp_path, work):
    series = lists(50, 0, longest=30)
    write(tmp_path / "data" / "a.parquet", series)
    with opened(tmp_path / "data", work) as corpus:
        found = series_of(corpus)
    expected = check_panel(series).series()
    assert max(map(len, found)) == 16 < max(map(len, expected))
    short = [s for s in expected if len(s) <= 16]
    assert {s.tobytes() for s in short} < {s.tobytes() for s in found}
    assert len(found) == 50
    for values in found:
        np.testing.assert_allclose(values, z_normalize(values), atol=1e-5)


def test_a_random_tenth_is_held_out_the_same_in_every_run(tmp_path, work):
    series = lists(100, 0, longest=16)
    write(tmp_path / "data" / "a.parquet", series)
    order = texts(check_panel(series).series())
    split = []
    for _ in range(2):
        with opened(tmp_path / "data", work) as corpus:
            training = texts(corpus.training["a.parquet"].series())
            validation = texts(corpus.validation["a.parquet"].series())
        assert len(validation) == 10
        assert sorted(training + validation) == order
        split.append(validation)
    assert split[0] == split[1]
    in_file = [s.tobytes() for s in check_panel(series).series()]
    rows = sorted(in_file.index(values) for values in validation)
    assert rows[0] < 30 and rows[-1] >= 70  # not a run at either end


def test_no_two_generators_draw_the_same(tmp_path, work, monkeypatch):
    for name in "ab":
        write(tmp_path / "data" / f"{name}.parquet", lists(20, 0))
    make, first_draws = np.random.default_rng, []

    def spy(seed):
        first_draws.append(make(seed).random())
        return make(seed)

    monkeypatch.setattr(np.random, "default_rng", spy)
    with opened(tmp_path / "data", work):
        pass
    assert len({*first_draws}) == len(first_draws) == 3  # copies of a, b; held out


def test_the_channels_of_a_sample_are_held_out_together(tmp_path, work):
    rng = np.random.default_rng(0)
    first = rng.standard_normal((40, 8))
    # the second channel is the first upside down
    write(tmp_path / "data" / "a.parquet", list(first), list(-first))
    with opened(tmp_path / "data", work) as corpus:
        held = corpus.validation["a.parquet"].series()
        panel = corpus.training["a.parquet"]
        assert panel.n_samples == 36 and len(panel.series()) == 72
    assert len(held) == 8
    assert all(any(np.allclose(s, -t) for t in held) for s in held)


@pytest.mark.parametrize(
    ("sizes", "held"),
    [
        ([100], [10]),
        ([1_000_000], [512]),
        ([100, 1_000_000], [10, 256]),
        ([1000] * 300, [1] * 300),
        ([1000] * 511, [1] * 511),
        ([3, 50], [0, 5]),
        ([1, 1], None),
        ([4] * 5, None),
    ],
    ids=[
        "tenth",
        "most",
        "share of each",
        "300 sets",
        "511 sets",
        "tiny beside another",
        "least",
        "all tiny",
    ],
)
def test_how_many_are_held_out(sizes, held):
    masks = list(hold_out(np.array(sizes), np.random.default_rng(0)))
    assert [len(mask) for mask in masks] == sizes
    if held is None:
        assert sum(mask.sum() for mask in masks) == max(1, round(sum(sizes) / 10))
    else:
        assert [mask.sum() for mask in masks] == held


def test_of_very_many_sets_512_samples_are_held_out():
    masks = list(hold_out(np.full(3000, 20), np.random.default_rng(0)))
    assert sum(mask.sum() for mask in masks) == 512
    assert max(mask.sum() for mask in masks) == 1


def test_no_more_is_copied_than_the_run_draws(tmp_path, work):
    (tmp_path / "data").mkdir()
    values = np.random.default_rng(0).standard_normal((4, 20_000))
    columns = {f"t{i}": steps for i, steps in enumerate(values)}
    pq.write_table(pa.table(columns), tmp_path / "data" / "a.parquet")
    recipe = Recipe(n_steps=1000, batch_size=8)  # draws 8,000
    copies = []
    for _ in range(2):
        with opened(tmp_path / "data", work, recipe) as corpus:
            copies.append(texts(series_of(corpus)))
    assert 7500 < len({*copies[0]}) == len(copies[0]) < 8500
    assert copies[0] == copies[1]


def test_copies_are_as_long_as_the_stage_of_the_longest_series_wants(tmp_path, work):
    write(tmp_path / "data" / "a.parquet", lists(20, 0, longest=30))
    longer = replace(RECIPE, max_length=24)
    for stages in ((RECIPE, longer), (longer, RECIPE)):
        with opened(tmp_path / "data", work, *stages) as corpus:
            assert max(map(len, series_of(corpus))) == 24


VIEWS = Recipe(n_steps=1000, contrast=1.0)  # two of each series


@pytest.mark.parametrize(
    ("n_rows", "stages", "part"),
    [
        (10_000, [Recipe(n_steps=1000)], 1),
        (100_000, [Recipe(n_steps=1000)], 0.32),
        (100_000, [Recipe(n_steps=10), Recipe(n_steps=1000)], 0.32),
        (100_000, [VIEWS], 0.16),
        (100_000, [Recipe(n_steps=10)], 0.0512),
    ],
    ids=["all", "what is drawn", "by any stage", "views", "what is held out"],
)
def test_the_part_that_a_run_needs(n_rows, stages, part):
    source = Source(Path("a.parquet"), n_rows, chunks=lambda: iter(()))
    folder = Folder(Path(), {"a": [source]}, "error")
    assert part_wanted(folder, stages) == pytest.approx(part)


def test_numeric_columns_are_steps_but_for_key_columns(tmp_path, work):
    values = np.arange(40.0).reshape(10, 4) ** 2
    columns = {"label": np.arange(10)} | {f"t{i}": values[:, i] for i in range(4)}
    (tmp_path / "data").mkdir()
    pq.write_table(pa.table(columns), tmp_path / "data" / "a.parquet")
    with opened(tmp_path / "data", work, key_columns=1) as corpus:
        assert texts(series_of(corpus)) == texts(check_panel(values).series())


def test_missing_values_are_refused_by_file_and_row_or_interpolated(tmp_path, work):
    series = [np.arange(6.0) for _ in range(20)]
    series[13][3] = np.nan
    series[4][5] = np.nan  # at the end: a shorter series
    path = tmp_path / "data" / "a.parquet"
    write(path, series)
    with pytest.raises(ValueError, match=r"a\.parquet: rows 0-19 .* series 13 .*NaN"):
        with opened(tmp_path / "data", work):
            pass
    with opened(tmp_path / "data", work, missing="interpolate") as corpus:
        found = series_of(corpus)
    line = z_normalize(np.arange(6.0)).astype(np.float32)
    assert sorted({len(s) for s in found}) == [5, 6]
    assert all(np.allclose(s, line, atol=1e-6) for s in found if len(s) == 6)


def test_one_series_is_too_few(tmp_path, work):
    write(tmp_path / "data" / "a.parquet", lists(1, 0))
    with pytest.raises(ValueError, match=r"data holds 1 series; at least two"):
        with opened(tmp_path / "data", work):
            pass


def test_the_copy_leaves_no_name_and_goes_at_the_end(tmp_path, work):
    write(tmp_path / "data" / "a.parquet", lists(20, 0))
    with opened(tmp_path / "data", work) as corpus:
        if os.name == "posix":
            assert list(work.iterdir()) == []
        panel = corpus.training["a.parquet"]
        assert len(panel[0]) > 0
    with pytest.raises(ValueError, match="closed file"):
        panel[0]
    assert list(work.iterdir()) == []


def test_a_full_disk_is_an_error_of_the_system(tmp_path, work):
    resource = pytest.importorskip("resource", reason="limits of POSIX")
    write(tmp_path / "data" / "a.parquet", [np.arange(16.0)] * 3000, group=1000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            with opened(tmp_path / "data", work, Recipe(n_steps=1000)):
                pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
