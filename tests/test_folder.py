from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from timenet_sklearn import TimeNetTransformer
from timenet_sklearn._atomic import is_left_behind
from timenet_sklearn._encoder.weights import (
    Weights,
    fingerprint,
    load_weights,
    save_weights,
)
from timenet_sklearn.cli import main
from timenet_sklearn.files import embed_file, embed_folder, folder, is_data_set, running
from timenet_sklearn.files import zarr as zarr_reader

pa = pytest.importorskip("pyarrow", reason="needs the extra parquet")
import pyarrow.dataset as ds  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
UCR18 = TimeNetTransformer(weights="ucr18")


def write_shard(path: Path, seed: int, n_rows: int = 7, n_steps: int = 12) -> Path:
    values = np.random.default_rng(seed).standard_normal((n_rows, n_steps))
    path.parent.mkdir(parents=True, exist_ok=True)
    ids = [f"{path.stem}-{row}" for row in range(n_rows)]
    pq.write_table(pa.table({"id": ids, "series": list(values)}), path)
    return path


def write_shards(folder: Path, n_parts: int = 4, **how: Any) -> Path:
    for number in range(n_parts):
        write_shard(folder / f"part-{number}.parquet", number, **how)
    return folder


def read(folder: Path) -> dict[str, pa.Table]:
    return {
        path.relative_to(folder).as_posix(): pq.read_table(path, partitioning=None)
        for path in sorted(folder.rglob("*.parquet"))
    }


def names(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not is_left_behind(path)
    )


class Mortal(TimeNetTransformer):
    """Kills its process, once, when it has embedded a chunk of a shard."""

    def transform(self, X: Any) -> Any:
        if len(X) < 4:  # the last chunk of a shard of 7, of which 4 are written
            try:
                os.close(os.open(self.killed, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return super().transform(X)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four shards; not to be changed."""
    return write_shards(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pa.Table]:
    """What one unbroken process makes of it."""
    out = tmp_path_factory.mktemp("whole")
    embed_folder(data, out, UCR18)
    return read(out)


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with other weights than the bundled ones."""
    bundled = load_weights("ucr18")
    encoder = tuple(layer._replace(bias=-layer.bias) for layer in bundled.model.encoder)
    folder = tmp_path_factory.mktemp("others")
    save_weights(Weights(replace(bundled.model, encoder=encoder)), folder)
    return folder


# --- shards -------------------------------------------------------------------------


def test_each_shard_becomes_one_of_its_name_with_its_keys(data, whole):
    assert list(whole) == [f"part-{number}.parquet" for number in range(4)]
    for name, table in whole.items():
        source = pq.read_table(data / name)
        assert table["id"].equals(source["id"])
        expected = UCR18.transform(np.stack(source["series"].to_numpy()))
        result = np.column_stack([column.to_numpy() for column in table.columns[1:]])
        np.testing.assert_array_equal(result, expected)


def test_subfolders_stay_and_readers_of_data_sets_see_one_table(tmp_path):
    source, target = tmp_path / "in", tmp_path / "out"
    write_shard(source / "year=2024" / "a.parquet", 1)
    write_shard(source / "year=2025" / "a.parquet", 2)
    (source / "_SUCCESS.parquet").write_text("")
    (source / ".a.parquet").write_text("")
    assert embed_folder(source, target, UCR18) == (14, 2, 0, {})
    table = ds.dataset(target, partitioning="hive").to_table()
    assert table.num_rows == 14
    assert set(table["year"].to_pylist()) == {2024, 2025}
    assert names(target) == [
        "_embedding.json",
        "year=2024/a.parquet",
        "year=2025/a.parquet",
    ]


def test_a_pattern_takes_the_files_that_it_matches_of_any_kind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("a-1.npy", np.eye(3, 8))
    np.save("a-2.npy", np.eye(4, 8))
    np.save("b-1.npy", np.eye(5, 8))
    assert embed_folder("a-*.npy", "out", UCR18).n_rows == 7
    assert list(read(Path("out"))) == ["a-1.parquet", "a-2.parquet"]


def test_embeddings_may_lie_in_the_folder_of_the_series(tmp_path):
    write_shards(tmp_path, 2)
    for expected in ((14, 2, 0, {}), (0, 0, 2, {})):
        assert embed_folder(tmp_path, tmp_path / "embeddings", UCR18) == expected


def test_shards_without_rows_have_no_output(tmp_path):
    write_shard(tmp_path / "in" / "a.parquet", 0, n_rows=0)
    write_shard(tmp_path / "in" / "b.parquet", 1)
    for expected in ((7, 1, 1, {}), (0, 0, 2, {})):
        assert embed_folder(tmp_path / "in", tmp_path / "out", UCR18) == expected
    assert list(read(tmp_path / "out")) == ["b.parquet"]


@pytest.mark.parametrize(
    ("source", "target", "error", "message"),
    [
        ("in", "in", ValueError, "lie one in the other"),
        ("in/sub/*.parquet", ".", ValueError, "lie one in the other"),
        ("in", "x", FileNotFoundError, r"in: no file \*\*/\*\.parquet"),
        ("nowhere", "x", FileNotFoundError, "nowhere: no such folder"),
        ("in/a.*", "x", ValueError, r"a\.csv and a\.npy would both go to"),
        ("in/*.npy", "in/sub", FileExistsError, "but no _embedding.json"),
    ],
)
def test_sources_and_targets_that_cannot_be_are_refused(
    tmp_path, source, target, error, message
):
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "a.csv").write_text("1,2,3\n")
    np.save(tmp_path / "in" / "a.npy", np.eye(3, 8))
    (tmp_path / "in" / "sub" / "mine.txt").write_text("")
    before = names(tmp_path)
    with pytest.raises(error, match=message):
        embed_folder(tmp_path / source, tmp_path / target, UCR18)
    assert names(tmp_path) == before


def test_a_transformer_that_has_to_learn_is_refused(data, tmp_path):
    with pytest.raises(NotFittedError):
        embed_folder(data, tmp_path / "out", TimeNetTransformer())
    assert not (tmp_path / "out").exists()


# --- Zarr ---------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path, monkeypatch) -> Path:
    """An array of 28 series of 12 steps: four shards of 8 rows, less in the last."""
    zarr = pytest.importorskip("zarr", reason="needs the extra zarr")
    monkeypatch.setattr(zarr_reader, "_SHARD_VALUES", 100)
    values = np.random.default_rng(0).standard_normal((28, 12))
    zarr.create_array(tmp_path / "in.zarr", data=values, chunks=(2, 6), shards=(4, 6))
    return tmp_path / "in.zarr"


def test_shards_of_a_zarr_array_are_rows_and_join_to_what_one_file_holds(
    store, tmp_path, capsys
):
    one, target = tmp_path / "one.parquet", tmp_path / "out"
    assert main(["embed", str(store), str(one)]) == 0
    assert main(["embed", str(store), str(target)]) == 0
    assert "28 embeddings; files: 4 embedded" in capsys.readouterr().out
    assert list(read(target)) == [
        "rows-000000000000-000000000007.parquet",
        "rows-000000000008-000000000015.parquet",
        "rows-000000000016-000000000023.parquet",
        "rows-000000000024-000000000027.parquet",
    ]
    assert ds.dataset(target).to_table().equals(pq.read_table(one))
    assert pq.read_table(one)["row"].to_pylist() == list(range(28))


def test_a_restart_on_a_zarr_array_embeds_the_rows_that_are_missing(store, tmp_path):
    embed_folder(store, tmp_path / "out", UCR18)
    before = read(tmp_path / "out")
    (tmp_path / "out" / "rows-000000000008-000000000015.parquet").unlink()
    assert embed_folder(store, tmp_path / "out", UCR18) == (8, 1, 3, {})
    assert read(tmp_path / "out") == before


@pytest.mark.parametrize("change", ["written", "removed", "put in place of"])
def test_a_restart_after_chunks_changed_embeds_their_rows_again(
    store, tmp_path, change
):
    embed_folder(store, tmp_path / "out", UCR18)
    chunk = store / "c" / "2" / "1"
    if change == "written":
        import zarr

        zarr.open_array(store)[9, 11] = 1.0
    elif change == "removed":
        chunk.unlink()
    else:
        os.utime(chunk, ns=(0, 1))  # a chunk of the same size, older than the others
    assert embed_folder(store, tmp_path / "out", UCR18) == (8, 1, 3, {})
    embed_folder(store, tmp_path / "whole", UCR18)
    assert read(tmp_path / "out") == read(tmp_path / "whole")


def test_rows_of_a_zarr_array_that_cannot_be_embedded_are_named(store, tmp_path):
    import zarr

    zarr.open_array(store)[13, 2] = np.inf
    outcome = embed_folder(store, tmp_path / "out", UCR18, chunk_rows=4)
    (part,) = outcome.failures
    assert part == "rows-000000000008-000000000015"
    assert "in.zarr: rows 12-15 (counted from 0): " in outcome.failures[part]
    assert "series 13 " in outcome.failures[part]
    assert outcome.n_rows == 20


def test_rows_that_change_while_they_are_embedded_have_no_output(store, tmp_path):
    class Meddler(TimeNetTransformer):
        def transform(self, X: Any) -> Any:
            os.utime(store / "c" / "1" / "0", ns=(0, 0))
            return super().transform(X)

    outcome = embed_folder(store, tmp_path / "out", Meddler(weights="ucr18"))
    assert outcome.failures == {
        "rows-000000000000-000000000007": "it was changed while it was embedded."
    }
    assert len(read(tmp_path / "out")) == 3


def test_a_pattern_takes_zarr_arrays_one_a_shard(store, tmp_path):
    shutil.copytree(store, tmp_path / "more.zarr")
    (tmp_path / "damaged.zarr").mkdir()
    source, target = tmp_path / "*.zarr", tmp_path / "out"
    outcome = embed_folder(source, target, UCR18)
    assert outcome[:3] == (56, 2, 0)
    assert "not a whole Zarr array" in outcome.failures["damaged.zarr"]
    assert list(read(target)) == ["in.parquet", "more.parquet"]
    assert read(target)["more.parquet"].equals(read(target)["in.parquet"])
    os.utime(tmp_path / "more.zarr" / "c" / "0" / "0", ns=(0, 0))
    assert embed_folder(source, target, UCR18)[:3] == (28, 1, 1)


def test_a_zarr_array_is_a_file_or_a_data_set_as_its_target_is(store, tmp_path):
    for name in ("out.parquet", "out.npy", "out.odd"):
        assert not is_data_set(store, tmp_path / name)
    (tmp_path / "v1.2").mkdir()
    for name in ("out", "v1.2"):
        assert is_data_set(store, tmp_path / name)
    assert is_data_set(tmp_path, tmp_path / "out.parquet")


@pytest.mark.parametrize("source", [Path, lambda store: store.parent / "*.zarr"])
def test_embeddings_are_not_put_into_the_zarr_array(store, source):
    with pytest.raises(ValueError, match=r"lie one in the other; pass another folder"):
        embed_folder(source(store), store / "out", UCR18)
    assert not (store / "out").exists()


# --- faults -------------------------------------------------------------------------


def test_a_shard_that_fails_is_reported_and_the_others_go_on(tmp_path, capsys):
    source, target = write_shards(tmp_path / "in"), tmp_path / "out"
    (source / "part-1.parquet").write_bytes(b"junk")
    pq.write_table(
        pa.table({"id": ["x", "y"], "series": [[1.0, 2.0], [1.0, np.inf]]}),
        source / "part-2.parquet",
    )
    assert main(["embed", str(source), str(target)]) == 1
    printed = capsys.readouterr()
    assert printed.out == (
        f"14 embeddings; files: 2 embedded, 0 were there, 2 failed: {target}\n"
    )
    assert f"part-1.parquet failed: {source}/part-1.parquet: not a whole" in printed.err
    assert "part-2.parquet: rows 0-1 (counted from 0): " in printed.err
    assert "Traceback" not in printed.err
    assert list(read(target)) == ["part-0.parquet", "part-3.parquet"]

    for number in (1, 2):
        write_shard(source / f"part-{number}.parquet", number)
    assert main(["embed", str(source), str(target)]) == 0
    assert (
        "14 embeddings; files: 2 embedded, 2 were there, 0 failed"
        in capsys.readouterr().out
    )


def test_the_number_of_channels_is_that_of_the_first_shard(tmp_path):
    pair = pa.table({"x": [[1.0, 2.0]], "y": [[2.0, 1.0]]})
    write_shard(tmp_path / "in" / "a.parquet", 0)
    pq.write_table(pair, tmp_path / "in" / "b.parquet")
    outcome = embed_folder(tmp_path / "in", tmp_path / "out", UCR18)
    assert outcome.n_rows == 7
    assert "series 0 has 2 channel(s)" in outcome.failures["b.parquet"]


def test_where_no_shard_can_be_read_the_first_reason_is_given(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.parquet").write_bytes(b"junk")
    with pytest.raises(ValueError, match=r"none of 1 file.*not a whole \.parquet"):
        embed_folder(tmp_path / "in", tmp_path / "out", UCR18)
    assert not (tmp_path / "out").exists()


def test_a_full_disk_ends_the_run(data, tmp_path):
    class Full(TimeNetTransformer):
        calls = 0

        def transform(self, X: Any) -> Any:
            Full.calls += 1
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        embed_folder(data, tmp_path / "out", Full(weights="ucr18"))
    assert Full.calls == 1
    assert names(tmp_path / "out") == ["_embedding.json"]


def test_a_shard_that_changes_while_it_is_embedded_has_no_output(tmp_path):
    class Meddler(TimeNetTransformer):
        def transform(self, X: Any) -> Any:
            os.utime(source / "part-1.parquet", ns=(0, 0))
            return super().transform(X)

    source = write_shards(tmp_path / "in", 3)
    outcome = embed_folder(source, tmp_path / "out", Meddler(weights="ucr18"))
    assert outcome.failures == {
        "part-1.parquet": "it was changed while it was embedded."
    }
    assert list(read(tmp_path / "out")) == ["part-0.parquet", "part-2.parquet"]


# --- restarts -----------------------------------------------------------------------


def test_a_killed_command_ends_its_processes_and_keeps_what_it_embedded(tmp_path):
    source = write_shards(tmp_path / "in", 12, n_rows=64, n_steps=300)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "timenet_sklearn.cli", "embed", source, out]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None and len(list(out.glob("*.parquet"))) < 2:
            time.sleep(0.001)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGKILL
    time.sleep(2)  # its processes end when they see that it is gone
    kept = {path: path.stat().st_mtime_ns for path in out.glob("*.parquet")}
    assert 2 <= len(kept) < 12
    outcome = embed_folder(source, out, UCR18)
    assert outcome[1:] == (12 - len(kept), len(kept), {})
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_processes_that_are_stopped_in_mid_file_leave_nothing(tmp_path):
    source = write_shards(tmp_path / "in", 3, n_rows=2000, n_steps=2000)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "timenet_sklearn.cli", "embed", source, out]
    process = subprocess.Popen(
        [*command, "--jobs", "2"], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    try:
        while process.poll() is None and len(list(out.glob(".part-*.part"))) < 2:
            time.sleep(0.01)
        process.terminate()
        process.wait(60)
    finally:
        process.kill()
    assert process.returncode == 128 + signal.SIGTERM
    assert [path.name for path in out.iterdir()] == ["_embedding.json"]


def test_a_kill_before_the_first_note_was_whole_is_no_obstacle(data, tmp_path):
    (tmp_path / "._embedding.json.123-0456.part").write_text("half")
    assert embed_folder(data, tmp_path, UCR18).n_embedded == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pooling": "mean"}, r"pooling was \['last'\], is now \['mean'\]"),
        ({"layers": 1}, r"layers was \[1, 2, 3\], is now \[1\]; n_features was 180"),
        ({"missing": "interpolate"}, "missing was 'error', is now 'interpolate'"),
        ({"n_jobs": 1, "verbose": 1, "pooling": ("last",), "layers": (1, 2, 3)}, None),
    ],
)
def test_a_restart_with_other_parameters_is_refused(tmp_path, change, message):
    source, out = write_shards(tmp_path / "in", 1), tmp_path / "out"
    embed_folder(source, out, UCR18)
    before = {name: (out / name).read_bytes() for name in names(out)}
    other = TimeNetTransformer(weights="ucr18", **change)
    if message is None:
        assert embed_folder(source, out, other).n_skipped == 1
    else:
        with pytest.raises(ValueError, match=message):
            embed_folder(source, out, other)
    assert {name: (out / name).read_bytes() for name in names(out)} == before


def test_a_restart_is_held_to_the_content_of_the_weights_not_to_their_path(
    data, tmp_path, others
):
    UCR18.save(tmp_path / "copy")
    embed_folder(data, tmp_path / "out", UCR18)
    copy = TimeNetTransformer(weights=tmp_path / "copy")
    assert embed_folder(data, tmp_path / "out", copy).n_skipped == 4
    other = TimeNetTransformer(weights=others)
    with pytest.raises(ValueError, match=r"weights was '[0-9a-f]{64}', is now"):
        embed_folder(data, tmp_path / "out", other)
    made_by = json.loads((tmp_path / "out" / "_embedding.json").read_bytes())["made_by"]
    assert made_by["weights"] == fingerprint(load_weights("ucr18").model)


def test_a_restart_embeds_a_changed_shard_again_and_no_other(tmp_path):
    source, out = write_shards(tmp_path / "in"), tmp_path / "out"
    embed_folder(source, out, UCR18)
    kept = (out / "part-0.parquet").stat().st_mtime_ns
    write_shard(source / "part-1.parquet", 9)
    assert embed_folder(source, out, UCR18) == (7, 1, 3, {})
    embed_folder(source, tmp_path / "whole", UCR18)
    assert read(out) == read(tmp_path / "whole")
    assert (out / "part-0.parquet").stat().st_mtime_ns == kept


def test_embeddings_of_what_was_do_not_outlive_a_kill(tmp_path, monkeypatch):
    source, out = write_shards(tmp_path / "in", 2), tmp_path / "out"
    embed_folder(source, out, UCR18)
    write_shard(source / "part-1.parquet", 9)

    def killed(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(folder, "embed_here", killed)
    with pytest.raises(KeyboardInterrupt):
        embed_folder(source, out, UCR18)
    assert list(read(out)) == ["part-0.parquet"]


def test_a_restart_after_a_shard_went_says_what_to_delete(tmp_path):
    source, out = write_shards(tmp_path / "in"), tmp_path / "out"
    embed_folder(source, out, UCR18)
    (source / "part-2.parquet").unlink()
    with pytest.raises(ValueError, match=r"out/part-2\.parquet is of .*Delete what"):
        embed_folder(source, out, UCR18)
    (out / "part-2.parquet").unlink()
    assert embed_folder(source, out, UCR18) == (0, 0, 3, {})


def test_new_shards_are_added(tmp_path):
    source, out = write_shards(tmp_path / "in", 2), tmp_path / "out"
    embed_folder(source, out, UCR18)
    write_shard(source / "part-2.parquet", 2)
    assert embed_folder(source, out, UCR18) == (7, 1, 2, {})


def test_a_file_of_another_origin_is_not_taken_for_embeddings(tmp_path):
    source, out = write_shards(tmp_path / "in", 1), tmp_path / "out"
    embed_folder(source, out, UCR18)
    write_shard(source / "part-1.parquet", 1)
    (out / "part-1.parquet").write_bytes(b"mine")
    with pytest.raises(ValueError, match=r"part-1\.parquet is of another origin"):
        embed_folder(source, out, UCR18)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 2, "made_by": {}, "shards": {"a": 1}}']
)
def test_a_damaged_manifest_is_refused(data, tmp_path, text):
    (tmp_path / "_embedding.json").write_text(text)
    with pytest.raises(ValueError, match=r"_embedding\.json is damaged"):
        embed_folder(data, tmp_path, UCR18)
    assert names(tmp_path) == ["_embedding.json"]


def test_the_command_keeps_file_and_folder_options_apart(data, tmp_path, capsys):
    part, out = str(data / "part-0.parquet"), str(tmp_path / "out.parquet")
    assert main(["embed", part, out, "--scheduler", "tcp://127.0.0.1:1"]) == 1
    assert main(["embed", str(data), out, "--overwrite"]) == 1
    errors = capsys.readouterr().err
    assert "--scheduler is for the files of a folder" in errors
    assert "--overwrite is for files" in errors
    assert names(tmp_path) == []


# --- Dask ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed", reason="needs the extra dask")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


@pytest.mark.filterwarnings("default")  # what Dask warns of is not ours
def test_a_cluster_with_a_worker_killed_gives_what_one_process_gives(
    cluster, data, whole, tmp_path
):
    mortal = Mortal(weights="ucr18").fit(np.zeros((1, 2)))
    mortal.killed = tmp_path / "killed"
    out = tmp_path / "out"
    outcome = embed_folder(data, out, mortal, chunk_rows=4, scheduler=cluster)
    assert mortal.killed.exists()
    assert outcome == (28, 4, 0, {})
    assert read(out) == whole
    assert names(out) == ["_embedding.json", *whole]


@pytest.mark.filterwarnings("default")
def test_a_cluster_shares_the_rows_of_a_zarr_array(cluster, store, tmp_path):
    out = tmp_path / "out"
    assert embed_folder(store, out, UCR18, scheduler=cluster) == (28, 4, 0, {})
    embed_file(store, tmp_path / "one.parquet", UCR18)
    assert ds.dataset(out).to_table().equals(pq.read_table(tmp_path / "one.parquet"))


@pytest.mark.filterwarnings("default")
def test_a_cluster_gets_the_weights_from_here(cluster, data, others, tmp_path):
    shutil.copytree(others, tmp_path / "weights")
    local = TimeNetTransformer(weights=tmp_path / "weights")
    embed_folder(data, tmp_path / "whole", local)
    fitted = TimeNetTransformer(weights=tmp_path / "weights").fit(np.zeros((1, 2)))
    (tmp_path / "weights" / "model.safetensors").unlink()
    embed_folder(data, tmp_path / "out", fitted, scheduler=cluster)
    assert read(tmp_path / "out") == read(tmp_path / "whole")


@pytest.mark.filterwarnings("default")
def test_on_a_cluster_too_a_shard_that_fails_does_not_stop_the_others(
    cluster, data, whole, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)  # the workers are somewhere else
    source = write_shards(Path("in"))
    (source / "part-1.parquet").write_bytes(b"junk")
    assert main(["embed", "in", "out", "--scheduler", cluster]) == 1
    printed = capsys.readouterr()
    assert (
        printed.out == "21 embeddings; files: 3 embedded, 0 were there, 1 failed: out\n"
    )
    assert "part-1.parquet: not a whole .parquet file" in printed.err
    left = {name: whole[name] for name in whole if name != "part-1.parquet"}
    assert read(Path("out")) == left


@pytest.mark.filterwarnings("default")
def test_a_worker_with_another_version_is_told_apart(
    cluster, data, tmp_path, monkeypatch
):
    monkeypatch.setattr(running, "__version__", "0.0")
    outcome = embed_folder(data, tmp_path / "out", UCR18, scheduler=cluster)
    assert len(outcome.failures) == 4
    assert "the client 0.0" in outcome.failures["part-0.parquet"]


def test_without_dask_the_extra_is_named(fresh_python, data, tmp_path):
    code = (
        "from timenet_sklearn.cli import main; sys.stderr = sys.stdout; main(['embed', "
        "sys.argv[1], sys.argv[2], '--scheduler', 'tcp://127.0.0.1:1'])"
    )
    printed = fresh_python(code, data, tmp_path / "out", blocked=("distributed",))
    assert 'pip install "timenet_sklearn[dask]"' in printed
