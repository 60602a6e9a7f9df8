"""Files that appear whole or not at all, whoever is killed or writes beside us."""

from __future__ import annotations

import errno
import glob
import os
import re
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

# Windows has no flock; it removes no file that is open.
if sys.platform != "win32":
    import fcntl

# On Windows, where a half-written file is closed, and not locked, before it is moved.
_SECONDS_LEFT_ALONE = 24 * 60 * 60
_LEFT_BEHIND = re.compile(r"\..+\.\d+-[0-9a-f]+\.part")
# Of writing, never of reading; Python does not say of which file.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def open_atomically(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears when the block ends well.

    What killed writers of the file left behind is removed; what others, in this
    process or another, are just writing is not: its lock ends with its writer. Windows
    has no such lock: what was written to within a day is left alone there.

    Parameters
    ----------
    path : Path
        Replaced if it exists.

    Yields
    ------
    binary file
        A temporary file ``.NAME.*.part`` in the same folder, which is moved to `path`
        at the end of the block, or removed where the block raises.

    Raises
    ------
    OSError
        Names `path` where the disk is full.
    """
    for half in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        _remove_unless_owned(half)
    part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        with ExitStack() as held:
            stream = held.enter_context(open(part, "xb"))
            while not _claim(stream, held):
                stream = held.enter_context(open(part, "xb"))
            yield stream
            stream.flush()
            # on disk before it gets its name: else a power cut could leave it cut
            os.fsync(stream.fileno())
            stream.close()  # Windows moves no file that is open; the lock outlives it
            os.replace(part, path)
    except OSError as error:
        if error.errno in _NO_ROOM and error.filename is None:
            error.filename = os.fspath(path)
        raise
    finally:
        part.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that no reader ever sees half of it."""
    with open_atomically(path) as stream:
        stream.write(content)


def sweep(folder: Path) -> None:
    """Remove what killed writers left half-written in a folder, at any depth.

    On Windows, only what nobody wrote to for a day: see `open_atomically`.

    Parameters
    ----------
    folder : Path
    """
    for path in folder.rglob(".*.part"):
        if is_left_behind(path):
            _remove_unless_owned(path)


def is_left_behind(path: Path) -> bool:
    """Tell by its name a file that is half-written, or was when its writer died.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
    """
    return bool(_LEFT_BEHIND.fullmatch(path.name))


def _claim(stream: IO[bytes], held: ExitStack) -> bool:
    """Lock a file until `held` ends; false if it was swept before that."""
    if sys.platform == "win32":
        return True
    lock = os.dup(stream.fileno())
    held.callback(os.close, lock)
    with suppress(OSError):  # file systems without locks: then nothing is swept
        fcntl.flock(lock, fcntl.LOCK_EX)
    return os.fstat(lock).st_nlink > 0


def _remove_unless_owned(path: Path) -> None:
    # OSError: it has a living writer, is gone, or another user's
    with suppress(OSError), ExitStack() as held:
        if sys.platform == "win32":
            if time.time() - path.stat().st_mtime < _SECONDS_LEFT_ALONE:
                return
        else:
            half = held.enter_context(open(path, "r+b"))
            fcntl.flock(half, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
