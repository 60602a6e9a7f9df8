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
        "that classify best (default: last)",
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
        type=int,
        default=0,
        metavar="N",
        help="leading columns of a table that are ids or labels",
    )


def add_missing(parser: argparse.ArgumentParser) -> None:
    """Declare what becomes of missing values."""
    parser.add_argument(
        "--missing",
        choices=("error", "interpolate"),
        default="error",
        help="what to do with NaN inside a series (default: %(default)s)",
    )
