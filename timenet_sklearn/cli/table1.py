"""The commands that reproduce the paper: table1, report, tsne."""

from __future__ import annotations

import argparse
import functools
import shlex
import sys

from timenet_sklearn._transformers import TimeNetTransformer
from timenet_sklearn.cli.options import add_archive, add_encoder
from timenet_sklearn.table1 import FORMATS
from timenet_sklearn.table1.published import COLUMNS


def add_table1(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare ``timenet table1``."""
    table1 = commands.add_parser(
        "table1",
        help="reproduce Table 1 of the paper",
        description="Computes every column of the paper's Table 1 on the data sets in "
        "a folder of the UCR archive, and on two multivariate sets of sktime. Called "
        "again, it computes only what is not there, or there of other data, weights or "
        "settings.",
    )
    add_archive(table1)
    table1.add_argument("--out", required=True, help="folder for the results")
    table1.add_argument(
        "--download",
        action="store_true",
        help="let sktime's downloader fetch what the folder lacks into it",
    )
    table1.add_argument(
        "--columns",
        nargs="+",
        help=f"some of {shlex.join(COLUMNS)} (default: all)",
    )
    table1.add_argument(
        "--sets",
        nargs="+",
        help="data sets, also those of which the folder has a part of the rows only "
        "(default: the paper's that are whole, BasicMotions and JapaneseVowels)",
    )
    where = table1.add_mutually_exclusive_group()
    where.add_argument(
        "--jobs",
        type=int,
        default=1,
        help="processes, each on one core; -1 for every core (default: %(default)s)",
    )
    where.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="address of a Dask cluster that computes instead",
    )
    table1.set_defaults(run=_table1)


def _table1(arguments: argparse.Namespace) -> int:
    from timenet_sklearn.table1.runner import run_table1

    outcome = run_table1(
        arguments.data_dir,
        arguments.out,
        columns=arguments.columns,
        sets=arguments.sets,
        download=arguments.download,
        n_jobs=arguments.jobs,
        scheduler=arguments.scheduler,
        report=functools.partial(print, file=sys.stderr, flush=True),
    )
    for name, note in outcome.missing.items():
        print(f"{name}: {note}", file=sys.stderr)
    for unit, trace in outcome.failures:
        print(f"\n{unit} failed:\n{trace}", file=sys.stderr)
    print(
        f"{outcome.n_computed} results computed, {outcome.n_skipped} were there, "
        f"{len(outcome.failures)} failed: {arguments.out}"
    )
    return 1 if outcome.failures else 0


def add_report(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare ``timenet report``."""
    report = commands.add_parser(
        "report",
        help="lay out the results of table1 beside what was published",
        description="Prints Table 1, ours beside the paper's, or writes it into a "
        "folder in all formats: table1.txt, .csv, .md, .tex, and report.html, a page "
        "with ranks, tests and pictures that opens without a network.",
    )
    report.add_argument(
        "results", metavar="RESULTS", help="folder of table1, or a table1.csv of report"
    )
    report.add_argument(
        "--out", metavar="FOLDER", help="write there instead of printing"
    )
    report.add_argument(
        "--format",
        choices=FORMATS,
        help="this format alone (default: text if printed, all if written)",
    )
    report.set_defaults(run=_report)


def _report(arguments: argparse.Namespace) -> None:
    from timenet_sklearn.table1.report import format_report, write_report
    from timenet_sklearn.table1.results import read_results

    results = read_results(arguments.results)
    if arguments.out is None:
        print(format_report(results, arguments.format or "text").rstrip("\n"))
        return
    forms = [arguments.format] if arguments.format else []
    for path in write_report(results, arguments.out, *forms):
        print(path)


def add_tsne(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare ``timenet tsne``."""
    tsne = commands.add_parser(
        "tsne",
        help="draw the paper's figure 2 and measure how far its classes lie apart",
        description="Embeds a multivariate set, single UCR sets, and a sample across "
        "sets; writes their t-SNE as fig2.png, and fig2.csv with the part of the 5 "
        "nearest neighbours, in the full embedding, that share a series' class.",
    )
    add_archive(tsne)
    tsne.add_argument("--out", required=True, metavar="FOLDER")
    tsne.add_argument(
        "--sets", nargs="+", metavar="NAME", help="the single sets (default: four)"
    )
    add_encoder(tsne)
    tsne.add_argument("--random-state", type=int, default=0)
    tsne.set_defaults(run=_tsne)


def _tsne(arguments: argparse.Namespace) -> None:
    from timenet_sklearn.table1.figures import (
        CLASS_SETS,
        embed_sets,
        format_purity,
        write_figures,
    )

    transformer = TimeNetTransformer(
        weights=arguments.weights, pooling=tuple(arguments.pooling)
    )
    panels = embed_sets(
        arguments.data_dir,
        sets=arguments.sets or CLASS_SETS,
        transformer=transformer,
        random_state=arguments.random_state,
    )
    print(format_purity(panels))
    for path in write_figures(panels, arguments.out, arguments.random_state):
        print(path)
