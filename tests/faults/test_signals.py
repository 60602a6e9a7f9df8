"""Ctrl-C and SIGTERM: one line, the status of the shell, and nothing to mend."""

from __future__ import annotations

import random
import shutil
import signal

import pytest

pytest.importorskip("fcntl", reason="sends signals as POSIX does")
pytest.importorskip("tensorflow", reason="training needs the extra train")
pytest.importorskip("pyarrow", reason="needs the extra parquet")

from contents import contents, left_behind
from jobs import JOBS, Stop, embed_file, run, run_unbroken

COMMANDS = [name for name in JOBS if name.startswith("timenet ")]
WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}


def check_last_words(ended, name, number):
    """One line, after a progress bar perhaps, and no traceback of anyone."""
    command = name.split(",")[0]
    assert ended.status == 128 + number, ended.errors
    assert ended.errors.endswith(f"{command}: {WORDS[number]}\n")
    assert ended.errors.count(command) == 1
    for word in ("Traceback", "Exception ignored", "Error", "KeyboardInterrupt"):
        assert word not in ended.errors


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_told_to_stop_says_so_and_goes_on_when_called_again(
    name, full, tally, unbroken_runs, tmp_path
):
    """Ctrl-C and SIGTERM at random times, and right before file operations."""
    job, unbroken, whole = run_unbroken(name, unbroken_runs)
    out = tmp_path / "out"
    rng, n_stops = random.Random(name), 0
    signals = [signal.SIGINT, signal.SIGTERM] * (10 if full else 1)
    while n_stops < len(signals):
        ended = run(job, out, Stop.draw(signals[n_stops], rng, unbroken))
        if ended.status:
            check_last_words(ended, name, signals[n_stops])
            assert not left_behind(out)
            assert contents(out).keys() <= whole.keys()
            n_stops += 1
        else:  # it came after the end
            assert contents(out) == whole
            shutil.rmtree(out)
    ended = run(job, out)
    assert ended.status == 0, ended.errors
    assert contents(out) == whole and not left_behind(out)
    tally[f"{name}: one line, status 130 or 143, then the unbroken run's result"] += (
        n_stops
    )


@pytest.mark.parametrize("suffix", [".npy", ".csv", ".parquet"])
@pytest.mark.parametrize("number", list(WORDS), ids=list(WORDS.values()))
def test_a_file_that_is_being_written_is_given_up(number, suffix, tally, tmp_path):
    """Ctrl-C and SIGTERM while a file of embeddings of each format is open."""
    (tmp_path / "in").mkdir()
    job, out = embed_file(tmp_path / "in", suffix=suffix), tmp_path / "out"
    # of the operations, the first opens the half-written file, the second moves it
    ended = run(job, out, Stop(number, before=2))
    check_last_words(ended, "timenet embed", number)
    assert list(out.iterdir()) == []
    tally["nothing left"] += 1
