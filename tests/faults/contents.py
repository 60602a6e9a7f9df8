"""What a job left in its output folder: every file readable, all but the times."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from safetensors.numpy import load, save

from timenet_sklearn._atomic import is_left_behind

# Of the clock, or of what is of the clock.
_TIMES = ("seconds", "minutes", "sha256")


def left_behind(out: Path) -> list[str]:
    """Names of half-written files."""
    return [path.name for path in out.rglob("*") if is_left_behind(path)]


def contents(out: Path) -> dict[str, Any]:
    """Read all files that have their final names; fails if one is not whole."""
    return {
        path.relative_to(out).as_posix(): _READERS[path.suffix](path.read_bytes())
        for path in sorted(out.rglob("*"))
        if path.is_file() and not is_left_behind(path)
    }


def _json(content: bytes) -> Any:
    return _timeless(json.loads(content))


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _timeless(v) for k, v in value.items() if k not in _TIMES}
    return value


def _npz(content: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(content)) as archive:
        arrays = {name: archive[name] for name in archive.files}
    state = _json(arrays.pop("state").tobytes())
    return {"state": state, **{k: (a.shape, a.tobytes()) for k, a in arrays.items()}}


def _csv(content: bytes) -> list[dict[str, str]]:
    assert content.endswith(b"\n")
    rows = list(csv.DictReader(io.StringIO(content.decode()), strict=True))
    assert all(None not in {*row, *row.values()} for row in rows)
    return [_timeless(row) for row in rows]


def _text(content: bytes) -> list[str]:
    assert content.endswith(b"\n")
    return [line for line in content.decode().splitlines() if "minutes" not in line]


def _safetensors(content: bytes) -> tuple[Any, bytes]:
    arrays = load(content)
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    about = {key: _json(text) for key, text in header["__metadata__"].items()}
    return about, save(arrays)


def _npy(content: bytes) -> bytes:
    array = np.load(io.BytesIO(content))
    assert array.tobytes() == content[-array.nbytes :]
    return content


def _parquet(content: bytes) -> bytes:
    assert pq.read_table(io.BytesIO(content)).num_rows
    return content


_READERS = {
    ".csv": _csv,
    ".json": _json,
    ".npy": _npy,
    ".npz": _npz,
    ".parquet": _parquet,
    ".rst": _text,
    ".safetensors": _safetensors,
}
