"""Options that several commands have."""

from __future__ import annotations

import argparse

from timenet_sklearn._encoder.pooling import POOLINGS


def add_encoder(parser: argparse.ArgumentParser) -> None:
    """Declare the weights and what is taken from them."""
    parser.add_argument(
        "--weights",
        default="ucr18",
        help="bundled name, or folder or file of weights (default: %(default)s)",
    )
    parser.add_argument(
        "--pooling",
        nargs="+",
        choices=(*POOLINGS, "pooled"),
        default=["last"],
        help="summaries of the hidden states over time; pooled stands for the five "
        "that classify best, with --weights ucr18-pooled (default: last)",
    )


def add_archive(parser: argparse.ArgumentParser) -> None:
    """Declare the folder of data."""
    parser.add_argument(
        "--data-dir", required=True, help="folder of the UCR archive (.npz, .tsv, ...)"
    )


def add_key_columns(parser: argparse.ArgumentParser) -> None:
    """Declare the columns that are no values."""
    parser.add_argument(
        "--key-columns",
        type=_key_columns,
        metavar="KEYS",
        help="columns of a table that are ids or labels, carried over as they are: "
        "names (label or id,label), how many at the front (1) or at the end (-1), or "
        "none (default: a table with what looks like one is refused); of .npz, names "
        "of arrays of labels",
    )


def _key_columns(text: str) -> int | list[int | str]:
    if text == "none":
        return 0
    words = text.split(",")
    return [int(w) if w.removeprefix("-").isdecimal() else w for w in words]


def add_text(parser: argparse.ArgumentParser) -> None:
    """Declare how text files are written, where they do not tell by themselves."""
    parser.add_argument(
        "--header",
        choices=("yes", "no"),
        help="whether the first line of a text table names its columns (default: told "
        "by its cells, and refused where that is doubtful)",
    )
    parser.add_argument(
        "--encoding", metavar="NAME", help="of text files (default: utf-8)"
    )


def add_missing(parser: argparse.ArgumentParser) -> None:
    """Declare what becomes of missing values."""
    parser.add_argument(
        "--missing",
        choices=("error", "interpolate"),
        default="error",
        help="what to do with NaN inside a series (default: %(default)s)",
    )
