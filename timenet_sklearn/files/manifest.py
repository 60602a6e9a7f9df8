"""What a folder of embeddings was made of: the note that a restart is held to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import joblib

from timenet_sklearn import __version__
from timenet_sklearn._atomic import is_left_behind, write_atomically
from timenet_sklearn.files.shards import Part, output_of

#: Readers of Parquet folders pass over names that start with an underscore.
MANIFEST = "_embedding.json"
_FORMAT = 1


def describe(transformer: Any, key_columns: int) -> dict[str, Any]:
    """Tell all that embeddings depend on, beside the series.

    Parameters
    ----------
    transformer : estimator
        Fitted.
    key_columns : int

    Returns
    -------
    dict
        Of JSON: versions, parameters, and a hash of what was learned.
    """
    made_by = {
        "timenet_sklearn": __version__,
        "transformer": type(transformer).__name__,
        "n_features": len(transformer.get_feature_names_out()),
        "key_columns": key_columns,
    }
    if not hasattr(transformer, "fingerprint"):
        return {**made_by, "state": joblib.hash(transformer)}
    return {**made_by, **transformer.fingerprint()}


def settle(
    target: Path, made_by: Mapping[str, Any], parts: Sequence[Part]
) -> list[Part]:
    """Compare a folder with what is to be in it, and note what will be.

    Parameters
    ----------
    target : Path
        Folder of embeddings; made if it does not exist.
    made_by : dict
        From `describe`.
    parts : sequence of Part

    Returns
    -------
    list of Part
        Those whose embeddings are not there yet.

    Raises
    ------
    FileExistsError
        If the folder holds files of another origin.
    ValueError
        If embeddings in it were made by something else, or of parts that have been
        changed or removed since; says which. Nothing is changed then.
    """
    path = target / MANIFEST
    if path.exists():
        changes = list(_changes(target, _read(path), made_by, parts))
        if changes:
            raise ValueError(
                f"{target} holds embeddings that this run would not make: "
                f"{'; '.join(changes)}. Embed into another folder, or remove this one."
            )
    elif target.exists() and not all(map(is_left_behind, target.iterdir())):
        raise FileExistsError(
            f"{target} holds files but no {MANIFEST}, so they are no embeddings of an "
            f"earlier run. Pass a new or an empty folder."
        )
    missing = [part for part in parts if not part.target.exists()]
    manifest = {
        "format": _FORMAT,
        "made_by": dict(made_by),
        "parts": {part.name: [part.size, part.modified_ns] for part in parts},
    }
    target.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(manifest, indent=1) + "\n").encode())
    # After the note: else a kill would leave a folder that is not known as ours.
    for folder in {part.target.parent for part in missing}:
        folder.mkdir(parents=True, exist_ok=True)
    return missing


def _read(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_bytes())
        whole = manifest["format"] == _FORMAT and isinstance(manifest["made_by"], dict)
        whole &= all(len(stamp) == 2 for stamp in manifest["parts"].values())
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
    parts: Sequence[Part],
) -> Iterator[str]:
    """Say what differs for the embeddings that are there."""
    stamps, found = old["parts"], {part.name: part for part in parts}
    there = [name for name in stamps if output_of(name, target).exists()]
    if there:
        for key in sorted({*old["made_by"], *made_by}):
            before, now = old["made_by"].get(key), made_by.get(key)
            if before != now:
                yield f"{key} was {before!r}, is now {now!r}"
    for name in there:
        if name not in found:
            yield f"{name} is no longer in the source"
        elif stamps[name] != [found[name].size, found[name].modified_ns]:
            yield f"{name} was changed after it was embedded"
    for name in found.keys() - stamps.keys():
        if found[name].target.exists():
            yield f"{found[name].target} is of another origin"
