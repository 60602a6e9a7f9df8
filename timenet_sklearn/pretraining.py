"""Makes the bundled weights: the corpora, the recipes and the model card."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from timenet_sklearn._atomic import write_atomically
from timenet_sklearn._base import import_train
from timenet_sklearn._batches import Sampler
from timenet_sklearn._inference import reconstruction_errors
from timenet_sklearn._panel import Panel, check_panel
from timenet_sklearn._recipe import PAPER, Recipe
from timenet_sklearn._weights import CARD_FILE, CONFIG_FILE, Weights, save_weights
from timenet_sklearn.datasets import (
    EXTRA_PRETRAINING_SETS,
    EXTRA_TRAINING_PARTS,
    PRETRAINING_SETS,
    VALIDATION_SETS,
    load_ucr,
)

N_UNITS, N_LAYERS = 60, 3  # the architecture that the paper selected (section 4.2)

_BUNDLED = Recipe(
    n_steps=50_000,
    learning_rate=0.003,
    warmup_steps=200,
    input_noise=0.6,
    input_dropout=0.5,
    buckets=(16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512),
    evaluate_every=1000,
)

#: Named recipes. "ucr45" trains on `EXTRA_PRETRAINING_SETS` and `EXTRA_TRAINING_PARTS`
#: beside the paper's 18 sets, the others on those 18 only.
RECIPES: Mapping[str, Recipe] = {"ucr18": _BUNDLED, "ucr45": _BUNDLED, "paper": PAPER}
_WITH_EXTRA_SETS = ("ucr45",)

_CHECKPOINT = "checkpoint"


@dataclass(frozen=True)
class Corpus:
    """The series of a pre-training run, by data set; labels are not read.

    Attributes
    ----------
    training, validation : dict of Panel
    """

    training: Mapping[str, Panel]
    validation: Mapping[str, Panel]


def load_corpus(
    data_dir: str | os.PathLike[str], *, extra_sets: bool = False
) -> Corpus:
    """Read the paper's 18 training and 6 validation sets, both parts of each.

    Parameters
    ----------
    data_dir : path
        Folder of the UCR archive, see `timenet_sklearn.datasets.load_ucr`. The extra
        sets may stand in folders ``extra`` and ``partial`` inside it.
    extra_sets : bool, default=False
        Add `EXTRA_PRETRAINING_SETS`, both parts, and `EXTRA_TRAINING_PARTS`.

    Raises
    ------
    FileNotFoundError
        If a set is missing; the message names it.
    """
    folder = Path(data_dir)
    training = {name: _panel(name, folder) for name in PRETRAINING_SETS}
    if extra_sets:
        for name in EXTRA_PRETRAINING_SETS:
            training[name] = _panel(name, _nested(folder, "extra"))
        for name in EXTRA_TRAINING_PARTS:
            place = _nested(folder, "partial")
            training[name] = _panel(name, place, training_part_only=True)
    return Corpus(training, {name: _panel(name, folder) for name in VALIDATION_SETS})


def _nested(folder: Path, name: str) -> Path:
    return folder / name if (folder / name).is_dir() else folder


def _panel(name: str, folder: Path, *, training_part_only: bool = False) -> Panel:
    dataset = load_ucr(name, folder)
    values = np.asarray(dataset.X_train)
    if not training_part_only:
        values = np.concatenate([values, np.asarray(dataset.X_test)])
    return check_panel(values, estimator=f"pretraining on {name}")


# Time steps a second through encoder and decoder, forth and back, on one core of the
# machine that made the bundled weights (benchmarks/training_speed.py).
_STEPS_PER_SECOND = 35_000


def describe_plan(recipe: str, data_dir: str | os.PathLike[str]) -> str:
    """Say what `pretrain` is going to do and about how long it takes.

    Parameters
    ----------
    recipe : {"ucr18", "ucr45", "paper"}
    data_dir : path
        Folder of the UCR archive.

    Returns
    -------
    str
    """
    chosen, corpus = _load(recipe, data_dir)
    series = [panel.series() for panel in corpus.training.values()]
    sampler = Sampler(series, chosen, seed=0)
    samples = np.linspace(0, chosen.n_steps - 1, 200).astype(int)
    points = np.mean([sampler.draw(int(step)).values.size for step in samples])
    hours = points * chosen.n_steps / _STEPS_PER_SECOND / 3600
    return (
        f"recipe {recipe}: {chosen.n_steps:,} steps of {chosen.batch_size} series, "
        f"on {sum(map(len, series)):,} series of {len(series)} data sets; "
        f"about {hours:.1f} hours"
    )


def _load(name: str, data_dir: str | os.PathLike[str]) -> tuple[Recipe, Corpus]:
    """Find a recipe and read the series that it trains on."""
    if name not in RECIPES:
        raise ValueError(
            f"pretrain: recipe must be one of {', '.join(RECIPES)}, got {name!r}."
        )
    return RECIPES[name], load_corpus(data_dir, extra_sets=name in _WITH_EXTRA_SETS)


def pretrain(
    data_dir: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    recipe: str = "ucr18",
    random_state: int = 0,
    verbose: int = 0,
) -> Weights:
    """Pre-train an encoder on the paper's 18 UCR data sets.

    Parameters
    ----------
    data_dir : path
        Folder of the UCR archive.
    out : path
        Folder for weights, model card, ``history.csv`` and, in ``checkpoint``, the
        state of the run: called again after a kill, it goes on from there.
    recipe : {"ucr18", "ucr45", "paper"}, default="ucr18"
        "ucr18" made the bundled weights; "paper" is the paper's own.
    random_state : int, default=0
        Of initial weights and batches.
    verbose : int, default=0
        Above 0 shows a progress bar.

    Returns
    -------
    Weights

    Raises
    ------
    FileNotFoundError
        If a data set is missing.
    FileExistsError
        If `out` holds weights of another origin.
    ValueError
        If `recipe` is unknown, or ``out/checkpoint`` belongs to another run.
    ImportError
        If Keras or its back end is missing.
    """
    chosen, corpus = _load(recipe, data_dir)
    _refuse_other_weights(Path(out))
    train = import_train("pretrain")
    trained = train(
        list(corpus.training.values()),
        list(corpus.validation.values()),
        chosen,
        n_units=N_UNITS,
        n_layers=N_LAYERS,
        seed=random_state,
        checkpoint=Path(out) / _CHECKPOINT,
        verbose=verbose,
    )
    errors = {
        name: round(float(reconstruction_errors(trained.model, panel).mean()), 4)
        for name, panel in corpus.validation.items()
    }
    best = np.argmin(trained.history["validation_error"])
    weights = Weights(
        trained.model,
        normalize=True,
        info={
            "name": recipe,
            "training_sets": {n: p.n_samples for n, p in corpus.training.items()},
            "validation_errors": errors,
            "mean_validation_error": round(trained.validation_error, 4),
            "best_step": int(trained.history["step"][best]),
            "recipe": asdict(chosen),
            "random_state": random_state,
            "minutes": round(trained.history["seconds"][-1] / 60, 1),
        },
    )
    save_weights(weights, out)
    for name, content in (
        ("history.csv", _csv(trained.history)),
        (CARD_FILE, model_card(weights).encode()),
    ):
        write_atomically(Path(out) / name, content)
    return weights


def _refuse_other_weights(out: Path) -> None:
    """Refuse to replace, in the end, weights that no run here has made."""
    if (out / CONFIG_FILE).exists() and not (out / _CHECKPOINT).is_dir():
        raise FileExistsError(
            f"{out} holds weights, but no folder {_CHECKPOINT!r} of the run that made "
            f"them; pass a new folder."
        )


def _csv(history: Mapping[str, list[float]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(history)
    writer.writerows(zip(*history.values(), strict=True))
    return text.getvalue().encode()


def model_card(weights: Weights) -> str:
    """Model card of pre-trained weights, as reStructuredText.

    Parameters
    ----------
    weights : Weights
        With the `info` that `pretrain` gives them.

    Returns
    -------
    str
    """
    info = weights.info
    sets = info["training_sets"]
    title = f"Model card: {info['name']}"
    errors = {
        **info["validation_errors"],
        "mean": info["mean_validation_error"],
    }
    return _CARD.format(
        title=title,
        line="=" * len(title),
        n_layers=weights.model.n_layers,
        n_units=weights.model.n_units,
        n_features=weights.model.n_layers * weights.model.n_units,
        n_sets=len(sets),
        n_series=f"{sum(sets.values()):,}",
        sets=", ".join(sets),
        recipe=_table(info["recipe"]),
        errors=_table(errors),
        random_state=info["random_state"],
        best_step=f"{info['best_step']:,}",
        n_steps=f"{info['recipe']['n_steps']:,}",
        minutes=info["minutes"],
        name=info["name"],
    )


def _table(rows: Mapping[str, Any]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in rows.items())


_CARD = """\
{title}
{line}

Encoder and decoder of a sequence autoencoder with {n_layers} GRU layers of {n_units}
units each (Malhotra et al. 2017, arXiv:1706.08838). The final states of the encoder
are {n_features} features of any univariate series.

Trained on
----------

{n_series} series of {n_sets} data sets of the UCR archive, training and test parts,
without their labels, each series z-normalised:

{sets}.

Never report the accuracy of these weights on one of these sets, nor on data made from
the same recordings: the encoder has seen their test parts. Nor on the validation sets
below: both their parts chose among the weights.

Chosen on
---------

The weights are those of step {best_step} of {n_steps}, the evaluation with the least
mean validation error. Squared reconstruction error a step, where predicting zero gives
1.0:

{errors}

No label took part in training or in choosing among the weights of this run. The recipe,
and `timenet_sklearn.POOLED`, were chosen by how well an SVC on the embeddings tells the
classes of the 6 validation sets and of the 18 pre-training sets of the paper
(``benchmarks/accuracy.py``, sets "choosing"). No test set of the paper took part in
anything. Earthquakes and, in part, CBF are noise, which {n_features} numbers cannot
hold.

Recipe
------

{recipe}

Random state {random_state}; {minutes} minutes. Made by::

    timenet pretrain --recipe {name} --data-dir DIR --out OUT --random-state \
{random_state}

Limits
------

- Values are z-normalised: level and scale of a series are not in its embedding. Add
  them as features of your own where they matter.
- Trained on series of 24 to 512 steps. Longer ones are embedded too, but their
  reconstruction gets worse; ``reconstruction_error`` says how much on your data.
- One channel at a time: how channels move together is left to the classifier.
"""
