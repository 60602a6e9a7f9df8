"""Keeps the state of a training run in a folder, and knows whose state it is."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from timenet_sklearn._atomic import write_atomically
from timenet_sklearn._encoder.model import Floats

#: What the file in the folder is called.
FILE = "training.npz"


class Resumable(Protocol):
    """A run that can be taken up again."""

    def get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return all that changes: what JSON can hold, and arrays by name."""

    def set_state(self, state: dict[str, Any], arrays: dict[str, Any]) -> None:
        """Go on from what `get_state` returned."""


class Checkpoint:
    """The state of a run in a folder.

    Parameters
    ----------
    folder : Path
    identity : dict
        What must be the same for a run to go on from there.
    """

    def __init__(self, folder: Path, identity: dict[str, Any]) -> None:
        self._path = folder / FILE
        self._identity = identity

    def save(self, run: Resumable) -> None:
        """Write the state, atomically."""
        state, arrays = run.get_state()
        text = json.dumps({"identity": self._identity, **state})
        arrays["state"] = np.frombuffer(text.encode(), dtype=np.uint8)
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self._path, buffer.getvalue())

    def restore(self, run: Resumable) -> None:
        """Bring `run` to the saved state, if there is one and it is of the same run."""
        if not self._path.exists():
            return
        # np.load would leave the file open if it is damaged.
        content = self._path.read_bytes()
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as archive:
                arrays = dict(archive)
            state = json.loads(arrays.pop("state").tobytes())
            changed = self._differences(state["identity"])
            if not changed:
                run.set_state(state, arrays)
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(
                f"{self._path}: not a readable checkpoint ({error}). "
                f"Delete it to train from the start."
            ) from error
        if changed:
            raise ValueError(
                f"{self._path}: the checkpoint belongs to another run; these differ: "
                f"{', '.join(changed)}. Start in another folder, or delete this "
                f"checkpoint to train from the start."
            )

    def _differences(self, saved: dict[str, Any]) -> list[str]:
        here = self._identity
        return [
            _difference(key, saved.get(key), here.get(key))
            for key in sorted(saved.keys() | here.keys())
            if saved.get(key) != here.get(key)
        ]


def _difference(key: str, there: Any, here: Any) -> str:
    # a digest says nothing to people
    shown = len(str(there)) < 32 and len(str(here)) < 32
    return f"{key} ({there} there, {here} here)" if shown else key


def digest(arrays: Iterable[Floats]) -> str:
    """SHA-256 of shapes and values."""
    result = hashlib.sha256()
    for array in arrays:
        result.update(str(array.shape).encode())
        result.update(array.tobytes())
    return result.hexdigest()
