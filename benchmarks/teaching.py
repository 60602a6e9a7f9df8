"""Trains a late stage on top of finished weights, to try other settings of it.

    python -m benchmarks.teaching --data-dir UCR --out OUT [WEIGHTS] [--set NAME=VALUE]

from WEIGHTS (ucr18-pooled) on the paper's 18 sets, with the third stage of the recipe
"ucr18", in which final states learn what summaries know; ``--stage 4`` is the fourth,
which trains the decoder alone, of weights that the third made. ``--set anchor=0.2`` and
the like change settings of `Recipe`; ``--generated`` adds generated series, about as
often as those. Goes on where it was if it was killed. OUT then holds weights that
``python -m benchmarks.accuracy`` takes.
"""

from __future__ import annotations

import argparse
import ast
from dataclasses import asdict, replace
from pathlib import Path

from timenet_sklearn import Recipe
from timenet_sklearn._encoder.weights import Weights, load_weights, save_weights
from timenet_sklearn._training.corpus import add_generated, load_corpus
from timenet_sklearn._training.loop import train
from timenet_sklearn._training.stages import RECIPES


def change(recipe: Recipe, settings: list[str]) -> Recipe:
    """Change settings given as NAME=VALUE, the value as Python writes it."""
    pairs = [setting.partition("=")[::2] for setting in settings]
    return replace(recipe, **{name: ast.literal_eval(text) for name, text in pairs})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("weights", nargs="?", default="ucr18-pooled", metavar="WEIGHTS")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--stage", type=int, choices=(3, 4), default=3)
    parser.add_argument("--generated", action="store_true")
    parser.add_argument("--random-state", type=int, default=0)
    arguments = parser.parse_args()
    start = load_weights(arguments.weights)
    stage = change(RECIPES["ucr18"][arguments.stage - 1], arguments.set)
    corpus = load_corpus(arguments.data_dir)
    training = list(corpus.training.values())
    if arguments.generated:
        training = add_generated(training, arguments.random_state)
    trained = train(
        training,
        list(corpus.validation.values()),
        stage,
        n_units=start.model.n_units,
        n_layers=start.model.n_layers,
        seed=arguments.random_state,
        initial=start.model,
        checkpoint=arguments.out / "checkpoint",
        verbose=1,
    )
    info = {
        **start.info,
        "name": arguments.out.resolve().name,
        "stages": [*start.info["stages"], asdict(stage)],
        "mean_validation_error": round(trained.validation_error, 4),
        "random_state": arguments.random_state,
    }
    save_weights(Weights(trained.model, normalize=True, info=info), arguments.out)
    print(f"mean reconstruction error {trained.validation_error:.3f}")


if __name__ == "__main__":
    main()
