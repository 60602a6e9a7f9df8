"""The command ``timenet``: arguments in, functions called, results printed."""

from __future__ import annotations

import argparse
import functools
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from timenet_sklearn import __version__
from timenet_sklearn._gru import POOLINGS
from timenet_sklearn._transformers import TimeNetTransformer
from timenet_sklearn._weights import CARD_FILE, CONFIG_FILE, find_weights, load_weights
from timenet_sklearn.benchmark import FORMATS
from timenet_sklearn.benchmark.published import COLUMNS


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; those of the process if not given.

    Returns
    -------
    int
        Exit status: 0, 1 for an error that was explained, 130 after Ctrl-C.
    """
    arguments = _parser().parse_args(argv)
    try:
        status: int | None = arguments.run(arguments)
    except (ValueError, TypeError, OSError, ImportError, ArithmeticError) as error:
        print(f"timenet {arguments.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"timenet {arguments.command}: interrupted", file=sys.stderr)
        return 130
    return status or 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="timenet", description="TimeNet embeddings of time series."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_demo(commands)
    _add_embed(commands)
    _add_pretrain(commands)
    _add_table1(commands)
    _add_report(commands)
    _add_tsne(commands)
    _add_info(commands)
    return parser


def _add_encoder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--weights",
        default="ucr18",
        help="bundled name or weight folder (default: %(default)s)",
    )
    parser.add_argument(
        "--pooling",
        nargs="+",
        choices=POOLINGS,
        default=["last"],
        help="summaries of the hidden states over time (default: last)",
    )


def _add_archive(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data-dir", required=True, help="folder of the UCR archive (.npz, .tsv, ...)"
    )


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    demo = commands.add_parser(
        "demo",
        help="compare TimeNet embeddings with DTW-1NN on real, unseen data",
        description="Embeds real data sets that ship with sktime and that the encoder "
        "never saw, trains an RBF SVC on the embeddings, runs DTW-1NN beside it, "
        "prints one table and writes a t-SNE picture. Takes one to two minutes.",
    )
    demo.add_argument(
        "--picture",
        default="timenet-demo.png",
        metavar="FILE",
        help="where the picture goes (default: %(default)s)",
    )
    demo.set_defaults(run=_demo)


def _demo(arguments: argparse.Namespace) -> None:
    from timenet_sklearn.demo import describe_cuts, draw, format_table, run_demo

    started = time.perf_counter()
    folder = Path(arguments.picture).resolve().parent
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder for the picture.")
    rows = []
    for row in run_demo():
        rows.append(row)
        print(f"{row.data.name} done", file=sys.stderr)
    print(format_table(rows))
    print(
        "\nfinal, pooled: RBF SVC on the final states (180 numbers a channel), and on "
        "the\nstates pooled over time (900), of the frozen encoder ucr18, which sees "
        "series\nz-normalised. DTW: 1-NN on the series as they are, window by "
        "leave-one-out.\nSeconds: embedding, 16-point grid search with 5 folds, "
        "prediction; of DTW, window\nsearch and prediction. * lowest error.\n"
    )
    print(describe_cuts(rows))
    draw(rows, arguments.picture)
    print(f"\nt-SNE of the pooled embeddings: {arguments.picture}")
    print(f"{time.perf_counter() - started:.0f} seconds")


def _add_embed(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    embed = commands.add_parser(
        "embed",
        help="embed the series of a file",
        description="Reads .npy, .npz, .csv, .tsv, .ts or .parquet, in chunks, and "
        "writes .npy, .csv or .parquet. Files may be larger than memory.",
    )
    embed.add_argument("source", metavar="IN")
    embed.add_argument("target", metavar="OUT")
    _add_encoder(embed)
    embed.add_argument(
        "--layers", nargs="+", type=int, help="layers, from 1 (default: all)"
    )
    embed.add_argument(
        "--no-normalize", action="store_true", help="take the values as they are"
    )
    embed.add_argument(
        "--missing",
        choices=("error", "interpolate"),
        default="error",
        help="what to do with NaN inside a series (default: %(default)s)",
    )
    embed.add_argument(
        "--key-columns",
        type=int,
        default=0,
        metavar="N",
        help="leading columns of a table that are ids or labels, carried over",
    )
    embed.add_argument("--jobs", type=int, help="threads (default: as NumPy's BLAS)")
    embed.add_argument(
        "--overwrite", action="store_true", help="replace OUT if it exists"
    )
    embed.set_defaults(run=_embed)


def _embed(arguments: argparse.Namespace) -> None:
    from timenet_sklearn.embedding import embed_file

    transformer = TimeNetTransformer(
        weights=arguments.weights,
        pooling=tuple(arguments.pooling),
        layers=tuple(arguments.layers) if arguments.layers else "all",
        normalize=not arguments.no_normalize,
        missing=arguments.missing,
        n_jobs=arguments.jobs,
    )
    transformer.transform([[0.0]])  # wrong options are no fault of the file
    n_rows = embed_file(
        arguments.source,
        arguments.target,
        transformer,
        key_columns=arguments.key_columns,
        overwrite=arguments.overwrite,
        progress=True,
    )
    print(f"{n_rows} embeddings: {arguments.target}")


def _add_pretrain(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    pretrain = commands.add_parser(
        "pretrain",
        help="make the bundled weights again",
        description="Pre-trains an encoder on the paper's 18 UCR data sets. Called "
        "again after a kill, it goes on where it was.",
    )
    pretrain.add_argument(
        "--recipe", default="ucr18", help="ucr18 or paper (default: %(default)s)"
    )
    _add_archive(pretrain)
    pretrain.add_argument(
        "--out", required=True, help="folder for weights, card, history and checkpoint"
    )
    pretrain.add_argument("--random-state", type=int, default=0)
    pretrain.set_defaults(run=_pretrain)


def _pretrain(arguments: argparse.Namespace) -> None:
    from timenet_sklearn.pretraining import describe_plan, pretrain

    print(describe_plan(arguments.recipe, arguments.data_dir))
    weights = pretrain(
        arguments.data_dir,
        arguments.out,
        recipe=arguments.recipe,
        random_state=arguments.random_state,
        verbose=1,
    )
    error = weights.info["mean_validation_error"]
    print(f"{arguments.out}: mean validation error {error:.3f}")


def _add_table1(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    table1 = commands.add_parser(
        "table1",
        help="reproduce Table 1 of the paper",
        description="Computes every column of the paper's Table 1 on the data sets in "
        "a folder of the UCR archive, and on two multivariate sets of sktime. Called "
        "again, it computes only what is not there or whose data have changed.",
    )
    _add_archive(table1)
    table1.add_argument("--out", required=True, help="folder for the results")
    table1.add_argument(
        "--columns",
        nargs="+",
        help=f"some of {shlex.join(COLUMNS)} (default: all)",
    )
    table1.add_argument(
        "--sets",
        nargs="+",
        help="data sets (default: the paper's, as far as they are whole in the folder)",
    )
    where = table1.add_mutually_exclusive_group()
    where.add_argument(
        "--jobs",
        type=int,
        default=1,
        help="processes, each on one core; -1 for every core (default: %(default)s)",
    )
    where.add_argument(
        "--scheduler", metavar="ADDRESS", help="of a Dask cluster that computes instead"
    )
    table1.set_defaults(run=_table1)


def _table1(arguments: argparse.Namespace) -> int:
    from timenet_sklearn.benchmark.runner import run_table1

    outcome = run_table1(
        arguments.data_dir,
        arguments.out,
        columns=arguments.columns,
        sets=arguments.sets,
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


def _add_report(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
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
    from timenet_sklearn.benchmark.report import format_report, write_report
    from timenet_sklearn.benchmark.results import read_results

    results = read_results(arguments.results)
    if arguments.out is None:
        print(format_report(results, arguments.format or "text").rstrip("\n"))
        return
    forms = [arguments.format] if arguments.format else []
    for path in write_report(results, arguments.out, *forms):
        print(path)


def _add_tsne(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    tsne = commands.add_parser(
        "tsne",
        help="draw the paper's figure 2 and measure how far its classes lie apart",
        description="Embeds a multivariate set, single UCR sets, and a sample across "
        "sets; writes their t-SNE as fig2.png, and fig2.csv with the part of the 5 "
        "nearest neighbours, in the full embedding, that share a series' class.",
    )
    _add_archive(tsne)
    tsne.add_argument("--out", required=True, metavar="FOLDER")
    tsne.add_argument(
        "--sets", nargs="+", metavar="NAME", help="the single sets (default: four)"
    )
    _add_encoder(tsne)
    tsne.add_argument("--random-state", type=int, default=0)
    tsne.set_defaults(run=_tsne)


def _tsne(arguments: argparse.Namespace) -> None:
    from timenet_sklearn.benchmark.figures import (
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


def _add_info(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    info = commands.add_parser(
        "info", help="print the model card of bundled weights or of a weight folder"
    )
    info.add_argument("weights", metavar="NAME", help="ucr18, or a folder")
    info.set_defaults(run=_info)


def _info(arguments: argparse.Namespace) -> None:
    load_weights(arguments.weights)  # an error for damaged weights
    folder = Path(find_weights(arguments.weights))
    card = folder / CARD_FILE
    # Weights that an estimator saved have no card, but their config says it all.
    page = card if card.exists() else folder / CONFIG_FILE
    print(page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
