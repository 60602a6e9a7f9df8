"""The commands that reproduce the paper: table1, report, tsne."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from timenet_sklearn._transformers import TimeNetTransformer
from timenet_sklearn.cli.options import add_archive, add_encoder
from timenet_sklearn.table1 import FORMATS, METHODS


def add_table1(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare ``timenet table1``."""
    table1 = commands.add_parser(
        "table1",
        help="reproduce Table 1 of the paper",
        description="Computes every column of the paper's Table 1 on the data sets in "
        "a folder: the UCR archive, NASA's engines, and two sets that sktime brings. "
        "Called again, it computes only what lacks, or is of other data or weights.",
    )
    table1.set_defaults(run=_table1)
    add_archive(table1)
    table1.add_argument("--out", required=True, help="folder for the results")
    fetch = "let sktime's downloader fetch what the folder lacks into it"
    table1.add_argument("--download", action="store_true", help=fetch)
    methods = f"some of {shlex.join(METHODS)} (default: all)"
    table1.add_argument("--methods", "--columns", nargs="+", help=methods)
    sets = "data sets, also those of which the folder has a part of the rows only "
    sets += (
        "(default: those of Table 1 that are whole, BasicMotions and JapaneseVowels)"
    )
    table1.add_argument("--sets", nargs="+", help=sets)
    where = table1.add_mutually_exclusive_group()
    jobs = "processes, each on one core; -1 for every core (default: %(default)s)"
    where.add_argument("--jobs", type=int, default=1, help=jobs)
    cluster = "address of a Dask cluster that computes instead"
    where.add_argument("--scheduler", metavar="ADDRESS", help=cluster)


def _table1(arguments: argparse.Namespace) -> int:
    from timenet_sklearn.table1.run import run_table1, use_one_core

    use_one_core()
    outcome = run_table1(
        arguments.data_dir,
        arguments.out,
        methods=arguments.methods,
        sets=arguments.sets,
        download=arguments.download,
        n_jobs=arguments.jobs,
        scheduler=arguments.scheduler,
        progress=True,
    )
    for name, note in outcome.missing.items():
        print(f"{name}: {note}", file=sys.stderr)
    for unit, trace in outcome.failures.items():
        print(f"\n{unit} failed:\n{trace}", file=sys.stderr)
    counts = f"{outcome.n_computed} results computed, {outcome.n_skipped} were there"
    print(f"{counts}, {len(outcome.failures)} failed: {arguments.out}")
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
    report.set_defaults(run=_report)
    results = "folder of table1, or a table1.csv of report"
    report.add_argument("results", metavar="RESULTS", help=results)
    out = "write there instead of printing"
    report.add_argument("--out", metavar="FOLDER", help=out)
    form = "this format alone (default: text if printed, all if written)"
    report.add_argument("--format", choices=FORMATS, help=form)


@contextmanager
def _naming_extras(extras: str) -> Iterator[None]:
    """Say what to install where a package is missing."""
    try:
        yield
    except ImportError as error:
        advice = f'pip install "timenet_sklearn[{extras}]" has all that this needs.'
        raise ImportError(f"{error}; {advice}") from error


@_naming_extras("report")
def _report(arguments: argparse.Namespace) -> None:
    from timenet_sklearn.table1.report import format_report, write_report
    from timenet_sklearn.table1.results import read_results
    from timenet_sklearn.table1.summary import summarise

    summary = summarise(read_results(arguments.results))
    if arguments.out is None:
        print(format_report(summary, arguments.format or "text"), end="")
        return
    forms = [arguments.format] if arguments.format else []
    for path in write_report(summary, arguments.out, *forms):
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
    tsne.set_defaults(run=_tsne)
    add_archive(tsne)
    tsne.add_argument("--out", required=True, metavar="FOLDER")
    sets = "the single sets (default: four)"
    tsne.add_argument("--sets", nargs="+", metavar="NAME", help=sets)
    add_encoder(tsne)
    tsne.add_argument("--random-state", type=int, default=0)


@_naming_extras("sktime,plot")
def _tsne(arguments: argparse.Namespace) -> None:
    from timenet_sklearn.table1 import figure2

    seed, pooling = arguments.random_state, tuple(arguments.pooling)
    panels = figure2.embed_sets(
        arguments.data_dir,
        sets=arguments.sets or figure2.CLASS_SETS,
        transformer=TimeNetTransformer(weights=arguments.weights, pooling=pooling),
        random_state=seed,
    )
    print(figure2.measure(panels).to_string(index=False, float_format="%.3f"))
    for path in figure2.write_figures(panels, arguments.out, seed):
        print(path)
