"""The command that embeds files: embed."""

from __future__ import annotations

import argparse
import re
import sys
import warnings
from typing import Any

from timenet_sklearn._encoder.threads import count_threads
from timenet_sklearn._series.plausible import SILENCE
from timenet_sklearn._transformers import TimeNetTransformer
from timenet_sklearn.cli.options import (
    add_encoder,
    add_key_columns,
    add_missing,
    add_text,
)
from timenet_sklearn.exceptions import SuspiciousShapeWarning


def add_embed(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare ``timenet embed``."""
    embed = commands.add_parser(
        "embed",
        help="embed the series of a file, or of a folder of files",
        description="Reads .npy, .npz, .csv, .tsv, .txt, .ts, .arff (text also as "
        ".gz), .parquet, .feather or a Zarr array, in chunks, and writes .npy, .csv or "
        ".parquet. A folder of Parquet files, or a quoted pattern of files, becomes a "
        "folder, and so does a Zarr array where OUT has no suffix; called again, it "
        "embeds what is not there.",
    )
    embed.add_argument("source", metavar="IN", help="file, folder or pattern")
    embed.add_argument("target", metavar="OUT", help="file; folder for several files")
    add_encoder(embed)
    _add_series(embed)
    add_key_columns(embed)
    add_text(embed)
    _add_long(embed)
    embed.add_argument(
        "--jobs",
        type=int,
        help="cores to use, by threads or processes (default: as NumPy's BLAS)",
    )
    embed.add_argument(
        "--overwrite", action="store_true", help="replace OUT if it is a file"
    )
    embed.add_argument(
        "--force",
        action="store_true",
        help="embed also what is probably not meant so, such as many more channels "
        "than time steps",
    )
    embed.add_argument(
        "--scheduler", metavar="ADDRESS", help="of a Dask cluster that embeds a folder"
    )
    embed.set_defaults(run=_embed)


def _add_long(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--long",
        nargs="+",
        metavar="WHAT=COLUMN",
        help="IN has a reading a row: id=COLUMN (or id=COLUMN,COLUMN) tells whose, "
        "time=COLUMN when; values=COLUMN,COLUMN are the channels (default: all others)",
    )
    parser.add_argument(
        "--every",
        metavar="STEP",
        help="with --long: step of a regular grid, such as 1min or 0.5",
    )
    parser.add_argument(
        "--fill",
        metavar="HOW",
        help="with --every: what stands where the grid has no reading: error, "
        "interpolate, previous, nan, or a number (default: error)",
    )


def _long(arguments: argparse.Namespace) -> dict[str, Any] | None:
    """Return the parameters of from_long."""
    if not arguments.long:
        if arguments.every or arguments.fill:
            raise ValueError("--every and --fill are for --long id=... time=...")
        return None
    how: dict[str, Any] = {"id": [], "time": None}
    for word in arguments.long:
        what, _, column = word.partition("=")
        if what not in ("id", "time", "values") or not column:
            raise ValueError(
                f"--long {word}: expected id=COLUMN, time=COLUMN or values=COLUMN."
            )
        how[what] = column if what == "time" else column.split(",")
    for name in ("every", "fill"):
        if getattr(arguments, name) is not None:
            how[name] = _number(getattr(arguments, name))
    return how


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _add_series(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--layers", nargs="+", type=int, help="layers, from 1 (default: all)"
    )
    parser.add_argument(
        "--no-normalize", action="store_true", help="take the values as they are"
    )
    add_missing(parser)


def _embed(arguments: argparse.Namespace) -> int:
    from timenet_sklearn.files import is_data_set

    transformer = TimeNetTransformer(
        weights=arguments.weights,
        pooling=tuple(arguments.pooling),
        layers=tuple(arguments.layers) if arguments.layers else "all",
        normalize="series" if not arguments.no_normalize else False,
        missing=arguments.missing,
        n_jobs=arguments.jobs,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SuspiciousShapeWarning)
        transformer.transform([[0.0]])  # wrong options are no fault of the file
        if not arguments.force:
            warnings.simplefilter("error", SuspiciousShapeWarning)
        try:
            if is_data_set(arguments.source, arguments.target):
                return _embed_all(arguments, transformer)
            return _embed_one(arguments, transformer)
        except SuspiciousShapeWarning as warning:
            # How to silence a warning in Python is no help here.
            text = str(warning).removesuffix(SILENCE)
            text = f"{arguments.source}: {text} Pass --force to embed it all the same."
            if re.search(r"\bX\b", str(warning)):
                text += (
                    " X is numpy.load(IN) of a .npy file: write what is advised with "
                    "numpy.save."
                )
            raise ValueError(text) from None


def _how(arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        "key_columns": arguments.key_columns,
        "header": {"yes": True, "no": False}.get(arguments.header),
        "encoding": arguments.encoding,
        "long": _long(arguments),
        "n_jobs": count_threads(arguments.jobs),
        "progress": True,
    }


def _embed_one(arguments: argparse.Namespace, transformer: TimeNetTransformer) -> int:
    from timenet_sklearn.files import embed_file

    if arguments.scheduler:
        raise ValueError(
            "--scheduler is for the files of a folder, but IN is a file, or OUT is."
        )
    n_rows = embed_file(
        arguments.source,
        arguments.target,
        transformer,
        overwrite=arguments.overwrite,
        **_how(arguments),
    )
    print(f"{n_rows} embeddings: {arguments.target}")
    return 0


def _embed_all(arguments: argparse.Namespace, transformer: TimeNetTransformer) -> int:
    from timenet_sklearn.files import embed_folder

    if arguments.overwrite:
        raise ValueError("--overwrite is for files; remove the folder OUT yourself.")
    outcome = embed_folder(
        arguments.source,
        arguments.target,
        transformer,
        scheduler=arguments.scheduler,
        **_how(arguments),
    )
    for shard, reason in outcome.failures.items():
        print(f"{shard} failed: {reason}", file=sys.stderr)
    print(f"{outcome}: {arguments.target}")
    return 1 if outcome.failures else 0
