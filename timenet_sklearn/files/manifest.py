"""What a folder of embeddings was made of: the note that a restart is held to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import joblib

from timenet_sklearn import __version__
from timenet_sklearn._atomic import is_left_behind, write_atomically
from timenet_sklearn.files.chunks import Options
from timenet_sklearn.files.shards import Shard, output_of

#: Readers of Parquet folders pass over names that start with an underscore.
MANIFEST = "_embedding.json"
_FORMAT = 2


def describe(transformer: Any, options: Options) -> dict[str, Any]:
    """Tell all that embeddings depend on, beside the series, for a file of JSON."""
    made_by = {
        "timenet_sklearn": __version__,
        "transformer": type(transformer).__name__,
        "n_features": len(transformer.get_feature_names_out()),
        "key_columns": str(options.key_columns),
        "header": options.header,
        "encoding": options.encoding,
        "long": str(options.long),
    }
    if not hasattr(transformer, "fingerprint"):
        return {**made_by, "state": joblib.hash(transformer)}
    return {**made_by, **transformer.fingerprint()}


def settle(
    target: Path, made_by: Mapping[str, Any], shards: Sequence[Shard]
) -> list[Shard]:
    """Compare a folder with what is to be in it, and give the shards not yet there.

    Notes what will be in the folder. Embeddings of shards that were changed since are
    removed. A folder of other files is a FileExistsError; embeddings that were made by
    something else, or of shards removed since, are a ValueError, and nothing changes.
    """
    path = target / MANIFEST
    if path.exists():
        old = _read(path)
        changes = list(_changes(target, old, made_by, shards))
        if changes:
            raise ValueError(
                f"{target} holds embeddings that this run would not make: "
                f"{'; '.join(changes)}. Delete what is named, or embed into another "
                "folder."
            )
        # Before the note: a kill in between must not leave embeddings of what was.
        for shard in shards:
            if old["shards"].get(shard.name) != [shard.size, shard.modified_ns]:
                shard.target.unlink(missing_ok=True)
    elif target.exists() and not all(map(is_left_behind, target.iterdir())):
        raise FileExistsError(
            f"{target} holds files but no {MANIFEST}, so they are no embeddings of an "
            f"earlier run. Pass a new or an empty folder."
        )
    missing = [shard for shard in shards if not shard.target.exists()]
    manifest = {
        "format": _FORMAT,
        "made_by": dict(made_by),
        "shards": {shard.name: [shard.size, shard.modified_ns] for shard in shards},
    }
    target.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(manifest, indent=1) + "\n").encode())
    # After the note: else a kill would leave a folder that is not known as ours.
    for folder in {shard.target.parent for shard in missing}:
        folder.mkdir(parents=True, exist_ok=True)
    return missing


def _read(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_bytes())
        whole = manifest["format"] == _FORMAT and isinstance(manifest["made_by"], dict)
        whole &= all(len(stamp) == 2 for stamp in manifest["shards"].values())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        whole = False
    if not whole:
        raise ValueError(
            f"{path} is damaged, or of another version of timenet_sklearn. Embed into "
            f"another folder, or remove this one."
        )
    return dict(manifest)


def _changes(
    target: Path,
    old: Mapping[str, Any],
    made_by: Mapping[str, Any],
    shards: Sequence[Shard],
) -> Iterator[str]:
    """Say what differs for the embeddings that are there."""
    known, found = old["shards"], {shard.name: shard for shard in shards}
    there = [name for name in known if output_of(name, target).exists()]
    if there:
        for key in sorted({*old["made_by"], *made_by}):
            before, now = old["made_by"].get(key), made_by.get(key)
            if before != now:
                yield f"{key} was {before!r}, is now {now!r}"
    for name in there:
        if name not in found:
            yield f"{output_of(name, target)} is of {name}, which is gone"
    for name in found.keys() - known.keys():
        if found[name].target.exists():
            yield f"{found[name].target} is of another origin"
