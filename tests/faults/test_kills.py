"""kill -9: what was started again ends as if nothing had happened."""

from __future__ import annotations

import random
import shutil
import signal

import pytest

pytest.importorskip("fcntl", reason="kills as POSIX does")
pytest.importorskip("tensorflow", reason="training needs the extra train")
pytest.importorskip("pyarrow", reason="needs the extra parquet")

from contents import contents
from jobs import JOBS, Stop, run, run_unbroken


@pytest.mark.parametrize("name", JOBS)
def test_a_job_killed_and_restarted_ends_as_an_unbroken_one(
    name, full, tally, unbroken_runs, tmp_path
):
    """kill -9 at random times, and right before random file operations."""
    job, unbroken, whole = run_unbroken(name, unbroken_runs)
    out = tmp_path / "out"
    rng, n_kills = random.Random(name), 0
    while n_kills < (20 if full else 2):
        ended = run(job, out, Stop.draw(signal.SIGKILL, rng, unbroken))
        if ended.status == -signal.SIGKILL:
            n_kills += 1
            # whatever has its final name can be read, and is not of another run
            assert contents(out).keys() <= whole.keys()
        else:
            assert ended.status == 0, ended.errors
            assert contents(out) == whole
            shutil.rmtree(out)
    ended = run(job, out)
    assert ended.status == 0, ended.errors
    assert contents(out) == whole
    tally[f"{name}: ended as the unbroken run"] += n_kills
