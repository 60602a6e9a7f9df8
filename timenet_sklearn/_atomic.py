"""Files that appear whole or not at all, whoever is killed or writes beside us."""

from __future__ import annotations

import errno
import glob
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_LEFT_BEHIND = re.compile(r"\..+\.\d+-[0-9a-f]+\.part")
# Of writing, never of reading; Python does not say of which file.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# The process whose number half-written files bear, where it is not this one.
_run: int | None = None


@contextmanager
def open_atomically(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears when the block ends well.

    A temporary file ``.NAME.*.part`` in the same folder is moved to `path` at the end,
    or removed where the block raises; only a process that is killed outright leaves it.
    """
    run = _run or os.getpid()
    half = path.with_name(f".{path.name}.{run}-{secrets.token_hex(4)}.part")
    try:
        with open(half, "xb") as stream:
            yield stream
            stream.flush()
            # on disk before it gets its name: else a power cut could leave it cut
            os.fsync(stream.fileno())
        os.replace(half, path)
    except OSError as error:
        if error.errno in _NO_ROOM and error.filename is None:
            error.filename = os.fspath(path)
        raise
    finally:
        half.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that no reader ever sees half of it."""
    with open_atomically(path) as stream:
        stream.write(content)


def write_for(run: int) -> None:
    """Let another process clean up after this one: `run`, which may kill it."""
    global _run
    _run = run


def clean_up(path: Path) -> None:
    """Remove what processes that wrote `path` for this one had not completed."""
    for half in path.parent.glob(f".{glob.escape(path.name)}.{os.getpid()}-*.part"):
        half.unlink(missing_ok=True)


def is_left_behind(path: Path) -> bool:
    """Tell by its name a file that is half-written, or was when its writer died."""
    return bool(_LEFT_BEHIND.fullmatch(path.name))
