"""Disks that are full or read-only, outputs that exist, inputs that change."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("fcntl", reason="kills as POSIX does")
pytest.importorskip("tensorflow", reason="training needs the extra train")
pytest.importorskip("pyarrow", reason="needs the extra parquet")

from contents import contents, left_behind
from jobs import JOBS, Stop, run, run_unbroken

from timenet_sklearn import TimeNetTransformer
from timenet_sklearn._encoder.weights import find_weights
from timenet_sklearn.cli import main
from timenet_sklearn.files import embed_file

PAGE = 4096
RESUMABLE = [name for name in JOBS if name != "timenet embed, a file"]


class Disk:
    """A small file system in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def set(self, how: str) -> None:
        """Change its options: ``size=...`` or ``ro``."""
        _mount("-o", f"remount,{how}", str(self.path))


def _mount(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["mount", *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture
def disk(tmp_path):
    path = tmp_path / "disk"
    path.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("mounts a tmpfs: no command mount")
    done = _mount("-t", "tmpfs", "-o", "size=64m", "tmpfs", str(path))
    if done.returncode:
        pytest.skip(f"mounts a tmpfs, which takes root: {done.stderr.strip()}")
    yield Disk(path)
    subprocess.run(["umount", str(path)], check=True)


def check_refusal(ended, name, *words):
    """One line says what is wrong, and of what file; a function raises it."""
    assert ended.status == 1
    last = ended.errors.splitlines()[-1]
    for word in words:
        assert word in last
    if name.startswith("timenet "):
        command = name.split(",")[0]
        assert f"{command}: " in last
        assert "Traceback" not in ended.errors
    assert "Exception ignored" not in ended.errors


@pytest.mark.parametrize("name", JOBS)
def test_a_full_disk_is_told_and_the_run_goes_on_when_there_is_room(
    name, tally, unbroken_runs, disk
):
    """A disk too small by one page for the output of each job."""
    job, _, whole = run_unbroken(name, unbroken_runs)
    files = (unbroken_runs / name / "out").rglob("*")
    n_pages = sum(-(-path.stat().st_size // PAGE) for path in files if path.is_file())
    out = disk.path / "out"
    disk.set(f"size={(n_pages - 1) * PAGE}")
    ended = run(job, out)
    check_refusal(ended, name, "No space left on device", str(out))
    assert not left_behind(out)
    assert contents(out).keys() < whole.keys()
    disk.set("size=64m")
    ended = run(job, out)
    assert ended.status == 0, ended.errors
    assert contents(out) == whole and not left_behind(out)
    tally["refused, then ended as the unbroken run"] += 1


@pytest.mark.parametrize("name", JOBS)
def test_a_read_only_folder_is_told_before_any_work(name, tally, unbroken_runs, disk):
    """An output folder on a disk that is mounted read-only, for each job."""
    out = disk.path / "out"
    out.mkdir()
    disk.set("ro")
    ended = run(run_unbroken(name, unbroken_runs).job, out)
    check_refusal(ended, name, "Read-only file system", str(out))
    assert "%|" not in ended.errors  # no progress bar
    tally["refused before any work"] += 1


# --- output that exists -------------------------------------------------------------


def snapshot(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_output_that_exists_is_refused_and_left_alone(
    tally, unbroken_runs, tmp_path, capsys
):
    """Files of others in the place of the output of embed and pretrain."""
    (tmp_path / "one.csv").write_text("precious")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "notes.txt").write_text("precious")
    shutil.copytree(find_weights("ucr18").parent, tmp_path / "weights")
    file, folder, archive = (
        str(unbroken_runs / name / "in")
        for name in (
            "timenet embed, a file",
            "timenet embed, a folder",
            "timenet pretrain",
        )
        if run_unbroken(name, unbroken_runs)
    )
    before = snapshot(tmp_path)
    for command, message in (
        (["embed", f"{file}/series.npy", f"{tmp_path}/one.csv"], "one.csv exists"),
        (["embed", folder, f"{tmp_path}/parts"], "holds files but no _embedding.json"),
        (
            ["pretrain", "--data-dir", archive, "--out", f"{tmp_path}/weights"],
            "holds weights, but no folder 'checkpoint'",
        ),
    ):
        assert main(command) == 1
        assert message in capsys.readouterr().err
        tally["refused, untouched"] += 1
    assert snapshot(tmp_path) == before


def test_output_that_appears_meanwhile_is_not_replaced(tally, tmp_path):
    """A file of another that appears while embeddings are computed."""

    class Late(TimeNetTransformer):
        def transform(self, X):
            (tmp_path / "out.npy").write_bytes(b"precious")
            return super().transform(X)

    np.save(tmp_path / "in.npy", np.eye(3, 8))
    with pytest.raises(FileExistsError, match=r"out\.npy exists"):
        embed_file(tmp_path / "in.npy", tmp_path / "out.npy", Late(weights="ucr18"))
    assert (tmp_path / "out.npy").read_bytes() == b"precious"
    assert len(list(tmp_path.iterdir())) == 2
    tally["refused, untouched"] += 1


# --- input that changes -------------------------------------------------------------

CHANGES = {
    "fit with a checkpoint": "another run; these differ: training data",
    "timenet pretrain": "another run; these differ: training data, validation data",
    # what was made of other data is made again
    "timenet embed, a folder": None,
    "timenet table1": None,
}


@pytest.mark.parametrize("name", RESUMABLE)
def test_input_that_changed_before_the_restart_is_told(name, tally, tmp_path):
    """Other input after a kill: refused, or its results made anew."""
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    n_operations = run(JOBS[name](source, seed=1), tmp_path / "changed").n_operations
    job = JOBS[name](source, seed=0)
    killed = run(job, out, Stop(signal.SIGKILL, before=2 * n_operations // 3))
    assert killed.status == -signal.SIGKILL
    kept = contents(out)
    JOBS[name](source, seed=1)
    ended = run(job, out)
    if CHANGES[name] is None:
        assert ended.status == 0, ended.errors
        made, whole = contents(out), contents(tmp_path / "changed")
        for noted in (made, whole):
            noted.pop("_embedding.json", None)  # has the times of the source
        assert made == whole != kept
        tally["computed anew"] += 1
    else:
        check_refusal(ended, name, CHANGES[name], str(out))
        assert contents(out) == kept
        tally["refused, with what changed"] += 1
