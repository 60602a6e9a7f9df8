"""The commands around encoders: demo, pretrain, info."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from timenet_sklearn._encoder.weights import (
    BUNDLED,
    CARD_FILE,
    find_weights,
    load_weights,
)
from timenet_sklearn.cli.options import add_key_columns, add_missing


def add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare ``timenet demo``."""
    demo = commands.add_parser(
        "demo",
        help="compare TimeNet embeddings with DTW-1NN on real, unseen data",
        description="Embeds real data sets that ship with sktime and that the encoder "
        "never saw, trains TimeNetClassifier, runs DTW-1NN beside it, "
        "prints one table and writes a t-SNE picture. Takes about a minute.",
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
    print(
        "Real data sets that the encoder never saw: TimeNetClassifier, and DTW-1NN "
        "beside\nit. This takes about a minute.",
        file=sys.stderr,
    )
    for row in run_demo():
        rows.append(row)
        print(
            f"{row.data.name}: error {row.errors['default']:.3f}, of DTW-1NN "
            f"{row.errors['DTW']:.3f}",
            file=sys.stderr,
        )
    print(format_table(rows))
    print(
        "\npaper: RBF SVC on the final states of the frozen encoder ucr18, 180 numbers "
        "a\nchannel. default: TimeNetClassifier() as it comes. DTW: 1-NN on the series "
        "as they\nare, window by leave-one-out. Seconds: fit and prediction. * lowest "
        "error.\n"
    )
    print(describe_cuts(rows))
    draw(rows, arguments.picture)
    print(f"\nt-SNE of the pooled embeddings: {arguments.picture}")
    print(f"{time.perf_counter() - started:.0f} seconds")


def add_pretrain(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    """Declare ``timenet pretrain``."""
    pretrain = commands.add_parser(
        "pretrain",
        help="make the bundled weights again, or an encoder of your own files",
        description="Pre-trains an encoder on the paper's 18 UCR data sets or, if DIR "
        "holds Parquet files, on these; they need not fit into memory. The recipes "
        "synthetic and synthetic-pooled generate their series and take no DIR. Called "
        "again after a kill, it goes on where it was.",
    )
    pretrain.add_argument(
        "--recipe",
        default="ucr18",
        help="ucr18, ucr18-pooled, ucr45, paper, synthetic or synthetic-pooled "
        "(default: %(default)s)",
    )
    pretrain.add_argument(
        "--steps",
        type=int,
        metavar="N",
        help="of the run, all stages together (default: the recipe's)",
    )
    pretrain.add_argument(
        "--data-dir",
        metavar="DIR",
        help="folder of the UCR archive (.npz, .tsv, ...), or of Parquet files; a "
        "folder in it is a data set, and so is a file beside them",
    )
    pretrain.add_argument(
        "--out", required=True, help="folder for weights, card, history and checkpoint"
    )
    add_key_columns(pretrain)
    add_missing(pretrain)
    pretrain.add_argument("--random-state", type=int, default=0)
    pretrain.set_defaults(run=_pretrain)


def _pretrain(arguments: argparse.Namespace) -> None:
    from timenet_sklearn.pretraining import describe_plan, pretrain

    how = {
        "n_steps": arguments.steps,
        "key_columns": arguments.key_columns,
        "missing": arguments.missing,
    }
    print(describe_plan(arguments.recipe, arguments.data_dir, **how), flush=True)
    weights = pretrain(
        arguments.data_dir,
        arguments.out,
        recipe=arguments.recipe,
        random_state=arguments.random_state,
        verbose=1,
        **how,
    )
    error = weights.info["mean_validation_error"]
    print(f"{arguments.out}: mean validation error {error:.3f}")


def add_info(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare ``timenet info``."""
    info = commands.add_parser(
        "info",
        help="list the bundled weights, or print the model card of some",
        description="Without NAME, lists the bundled weights.",
    )
    info.add_argument(
        "weights",
        metavar="NAME",
        nargs="?",
        help="ucr18, ucr18-pooled, synthetic, synthetic-pooled, a folder or a file",
    )
    info.set_defaults(run=_info)


def _info(arguments: argparse.Namespace) -> None:
    if arguments.weights is None:
        for name in BUNDLED:
            weights = load_weights(name)
            print(
                f"{name}: {weights.model.n_layers} layers of {weights.model.n_units} "
                "units"
            )
        print("timenet info NAME prints the model card.")
        return
    weights = load_weights(arguments.weights)  # an error for damaged weights
    card = find_weights(arguments.weights).with_name(CARD_FILE)
    if card.exists():
        print(card.read_text(encoding="utf-8"))
        return
    # Weights that an estimator saved have no card.
    about = {
        "n_units": weights.model.n_units,
        "n_layers": weights.model.n_layers,
        "normalize": weights.normalize,
        **weights.info,
    }
    print(json.dumps(about, indent=2, ensure_ascii=False))
