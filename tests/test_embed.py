from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from timenet_sklearn.exceptions import SeriesError
from timenet_sklearn.files import embed_file

RNG = np.random.default_rng(0)
SERIES = RNG.standard_normal((25, 6))


class MeanAndMax(TransformerMixin, BaseEstimator):
    """Mean and maximum of each channel, ends of NaN left out."""

    def __init__(self, pretrained: bool = True, scale: float = 1.0) -> None:
        self.pretrained = pretrained
        self.scale = scale

    def fit(self, X: Any, y: Any = None) -> MeanAndMax:
        self.n_channels_ = len(np.atleast_2d(X[0]))
        return self

    def transform(self, X: Any) -> np.ndarray:
        if not self.pretrained:
            check_is_fitted(self)
        rows = []
        for i, series in enumerate(X):
            channels = np.atleast_2d(series)
            if np.isinf(channels).any():
                raise SeriesError("MeanAndMax", i, "has inf.", 0)
            row = [f(channels, axis=1) for f in (np.nanmean, np.nanmax)]
            rows.append(np.ravel(row) * self.scale)
        return np.array(rows, np.float32)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        check_is_fitted(self, "n_channels_")
        channels = range(self.n_channels_)
        return np.array([f"{f}_{c}" for f in ("mean", "max") for c in channels], object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = not self.pretrained
        return tags


def save_csv(path: Path, rows: Any) -> Path:
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("source", ["x.npy", "x.npz", "x.csv", "x.parquet"])
@pytest.mark.parametrize("target", ["y.npy", "y.csv", "y.parquet"])
def test_files_embed_as_arrays_do(tmp_path, source, target):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    source, target = tmp_path / source, tmp_path / target
    if source.suffix == ".npy":
        np.save(source, SERIES)
    elif source.suffix == ".npz":
        np.savez(source, X=SERIES)
    elif source.suffix == ".csv":
        save_csv(source, SERIES)
    else:
        pq.write_table(pa.table({"x": SERIES.tolist()}), source)

    assert embed_file(source, target, MeanAndMax(), chunk_rows=4) == 25

    if target.suffix == ".npy":
        result = np.load(target)
        assert result.dtype == np.float32
    elif target.suffix == ".csv":
        assert target.read_text().startswith("mean_0,max_0\n")
        result = np.loadtxt(target, delimiter=",", skiprows=1).astype(np.float32)
    else:
        table = pq.read_table(target)
        assert table.column_names == ["mean_0", "max_0"]
        result = np.column_stack([column.to_numpy() for column in table])
    np.testing.assert_array_equal(result, MeanAndMax().transform(SERIES))
    assert sorted(os.listdir(tmp_path)) == [source.name, target.name]


@pytest.mark.parametrize("target", ["y.npy", "y.csv", "y.parquet"])
def test_zarr_arrays_embed_as_arrays_do_and_number_their_rows(tmp_path, target):
    zarr = pytest.importorskip("zarr")
    pd = pytest.importorskip("pandas")
    ragged = SERIES.copy()
    ragged[::3, 4:] = np.nan
    zarr.create_array(tmp_path / "x.zarr", data=ragged, chunks=(10, 4))
    target = tmp_path / target

    assert embed_file(tmp_path / "x.zarr", target, MeanAndMax(), chunk_rows=4) == 25

    expected = MeanAndMax().transform(ragged)
    if target.suffix == ".npy":
        np.testing.assert_array_equal(np.load(target), expected)
        return
    table = (pd.read_csv if target.suffix == ".csv" else pd.read_parquet)(target)
    assert list(table) == ["row", "mean_0", "max_0"]
    assert table.pop("row").tolist() == list(range(25))
    np.testing.assert_array_equal(table.to_numpy(np.float32), expected)


def test_embeddings_are_not_put_into_the_zarr_array_they_are_of(tmp_path, monkeypatch):
    zarr = pytest.importorskip("zarr")
    zarr.create_array(tmp_path / "x.zarr", data=SERIES)
    before = os.listdir(tmp_path / "x.zarr")
    monkeypatch.chdir(tmp_path)
    for target in ("x.zarr/y.npy", tmp_path / "x.zarr" / "c" / "y.npy"):
        with pytest.raises(ValueError, match=r"y\.npy is the source itself, or lies"):
            embed_file("x.zarr", target, MeanAndMax())
    assert os.listdir(tmp_path / "x.zarr") == before


def test_keys_stay_with_their_rows(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    ids = [f"s{i}" for i in range(25)]
    columns = {"id": ids, "x": SERIES.tolist(), "group": list(range(25))}
    pq.write_table(pa.table(columns), tmp_path / "x.parquet", row_group_size=6)
    embed_file(
        tmp_path / "x.parquet", tmp_path / "y.parquet", MeanAndMax(), chunk_rows=4
    )
    table = pq.read_table(tmp_path / "y.parquet")
    assert table.column_names == ["id", "group", "mean_0", "max_0"]
    assert table["id"].to_pylist() == ids
    assert table["group"].to_pylist() == list(range(25))
    np.testing.assert_array_equal(table["max_0"], SERIES.max(axis=1).astype("f4"))


def test_ucr_tables_keep_their_label(tmp_path):
    np.savetxt(tmp_path / "x.tsv", np.c_[np.arange(25), SERIES], delimiter="\t")
    embed_file(tmp_path / "x.tsv", tmp_path / "y.csv", MeanAndMax(), key_columns=1)
    with open(tmp_path / "y.csv", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["key_1", "mean_0", "max_0"]
    assert [float(row[0]) for row in rows[1:]] == list(range(25))


def test_an_estimator_that_needs_no_fit_is_told_the_channels_and_kept_as_it_is(
    tmp_path,
):
    np.save(tmp_path / "x.npy", RNG.standard_normal((5, 3, 4)))
    transformer = MeanAndMax()
    embed_file(tmp_path / "x.npy", tmp_path / "y.csv", transformer)
    header = (tmp_path / "y.csv").read_text().splitlines()[0]
    assert header == "mean_0,mean_1,mean_2,max_0,max_1,max_2"
    assert not hasattr(transformer, "n_channels_")


def test_a_fitted_transformer_is_used_as_it_is(tmp_path):
    np.save(tmp_path / "x.npy", SERIES)
    transformer = MeanAndMax(pretrained=False, scale=3).fit(SERIES)
    embed_file(tmp_path / "x.npy", tmp_path / "y.npy", transformer)
    expected = transformer.transform(SERIES)
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), expected)


def test_a_transformer_that_has_to_learn_is_not_trained_on_a_chunk(tmp_path):
    np.save(tmp_path / "x.npy", SERIES)
    with pytest.raises(NotFittedError):
        embed_file(tmp_path / "x.npy", tmp_path / "y.npy", MeanAndMax(pretrained=False))
    assert os.listdir(tmp_path) == ["x.npy"]


def test_refused_series_are_numbered_as_in_the_file(tmp_path):
    rows = SERIES.tolist()
    rows[17][2] = "inf"
    source = save_csv(tmp_path / "x.csv", rows)
    message = (
        r"x\.csv: rows 16-23 \(counted from 0\): "
        r"MeanAndMax: series 17 \(channel 0\) has inf\."
    )
    with pytest.raises(ValueError, match=message):
        embed_file(source, tmp_path / "y.npy", MeanAndMax(), chunk_rows=8)
    assert os.listdir(tmp_path) == ["x.csv"]


def test_a_channel_too_few_is_named_by_its_line(tmp_path):
    head = "@timeStamps false\n@univariate false\n@classLabel false\n@data\n"
    (tmp_path / "x.ts").write_text(head + "1,2:3,4\n" * 9 + "1,2\n")
    with pytest.raises(ValueError, match=r"x\.ts: line 14: expected 2 channels"):
        embed_file(tmp_path / "x.ts", tmp_path / "y.npy", MeanAndMax(), chunk_rows=3)
    assert os.listdir(tmp_path) == ["x.ts"]


def test_a_wrong_number_of_features_is_an_error(tmp_path):
    np.save(tmp_path / "x.npy", SERIES)
    transformer = MeanAndMax().fit(np.zeros((1, 2, 3)))
    with pytest.raises(ValueError, match=r"returned shape \(25, 2\); expected \(25, 4"):
        embed_file(tmp_path / "x.npy", tmp_path / "y.npy", transformer)


@pytest.mark.parametrize("suffix", ["npy", "csv"])
def test_a_source_without_series_is_refused(tmp_path, suffix):
    source = tmp_path / f"x.{suffix}"
    np.save(source, SERIES[:0]) if suffix == "npy" else source.write_text("t0,t1\n")
    with pytest.raises(ValueError, match=rf"x\.{suffix} holds no series"):
        embed_file(source, tmp_path / "y.npy", MeanAndMax())
    assert os.listdir(tmp_path) == [source.name]


def test_an_existing_target_is_kept_unless_told_otherwise(tmp_path):
    np.save(tmp_path / "x.npy", SERIES)
    (tmp_path / "y.npy").write_text("old")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        embed_file(tmp_path / "x.npy", tmp_path / "y.npy", MeanAndMax())
    assert (tmp_path / "y.npy").read_text() == "old"
    embed_file(tmp_path / "x.npy", tmp_path / "y.npy", MeanAndMax(), overwrite=True)
    assert np.load(tmp_path / "y.npy").shape == (25, 2)


def test_the_source_is_never_replaced_by_its_embeddings(tmp_path):
    source = tmp_path / "x.npy"
    np.save(source, SERIES)
    with pytest.raises(ValueError, match="is the source itself, or"):
        embed_file(source, tmp_path / "." / "x.npy", MeanAndMax(), overwrite=True)
    np.testing.assert_array_equal(np.load(source), SERIES)


def test_progress_goes_to_standard_error_alone(tmp_path, capsys):
    np.save(tmp_path / "x.npy", SERIES)
    embed_file(tmp_path / "x.npy", tmp_path / "y.npy", MeanAndMax())
    assert capsys.readouterr() == ("", "")
    embed_file(tmp_path / "x.npy", tmp_path / "z.npy", MeanAndMax(), progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "25/25" in err


def test_ctrl_c_leaves_no_file(tmp_path):
    class Interrupted(MeanAndMax):
        def transform(self, X: Any) -> np.ndarray:
            if X[0][0] == SERIES[8][0]:
                raise KeyboardInterrupt
            return super().transform(X)

    np.save(tmp_path / "x.npy", SERIES)
    with pytest.raises(KeyboardInterrupt):
        embed_file(tmp_path / "x.npy", tmp_path / "y.csv", Interrupted(), chunk_rows=4)
    assert os.listdir(tmp_path) == ["x.npy"]


PEAK = """
import resource, sys
sys.path[:0] = [{tests!r}]
import numpy as np
from test_embed import MeanAndMax
from timenet_sklearn.files import embed_file
class Quick(MeanAndMax):
    def transform(self, X):
        return np.array([(x[0], x[-1]) for x in X], np.float32)
embed_file({small!r}, {out!r}, Quick(), overwrite=True)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
embed_file({large!r}, {out!r}, Quick(), overwrite=True)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux")
@pytest.mark.parametrize("suffix", ["npz", "csv", "parquet"])
def test_memory_does_not_grow_with_the_file(tmp_path, suffix):
    small, large = tmp_path / f"small.{suffix}", tmp_path / f"large.{suffix}"
    for path, n_rows in ((small, 5_000), (large, 40_000)):
        values = np.random.default_rng(1).standard_normal((n_rows, 64))
        if suffix == "npz":
            np.savez(path, X=values)
        elif suffix == "csv":
            line = ",".join(map(str, values[0])) + "\n"
            path.write_text(line * n_rows)
        else:
            pa = pytest.importorskip("pyarrow")
            import pyarrow.parquet as pq

            pq.write_table(pa.table({"x": list(values)}), path, row_group_size=4096)
    script = PEAK.format(
        tests=str(Path(__file__).parent),
        small=str(small),
        large=str(large),
        out=str(tmp_path / "y.npy"),
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    # the larger file holds 18 MB more
    assert int(run.stdout) < 8e6


def test_a_file_embeds_as_timenet_does_bit_for_bit(tmp_path):
    from timenet_sklearn import TimeNetTransformer

    X = RNG.standard_normal((9, 2, 12))
    np.save(tmp_path / "x.npy", X)
    transformer = TimeNetTransformer(weights="ucr18")
    embed_file(tmp_path / "x.npy", tmp_path / "y.npy", transformer, chunk_rows=4)
    expected = transformer.transform(X)
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), expected)
