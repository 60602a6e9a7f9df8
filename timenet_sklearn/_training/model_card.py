"""The model card of pre-trained weights: what they saw, and what they are good for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from timenet_sklearn._encoder.weights import Weights
from timenet_sklearn._training.recipe import Recipe

#: What weights of the UCR archive are called that no named recipe made.
CUSTOM = "custom"
# More names would bury the rest of the page; the weights file has them all.
_MOST_NAMES = 100


def model_card(weights: Weights) -> str:
    """Model card of weights that `pretrain` made, as reStructuredText."""
    info = weights.info
    sets = info["training_sets"]
    title = f"Model card: {info['name']}"
    corpus = info.get("corpus", "UCR")
    trained_on, chosen_on = _CORPORA[corpus]
    if corpus == "UCR" and info["name"] in ("ucr18", "ucr18-pooled"):
        chosen_on = f"{chosen_on}\n\n{_RECIPE_CHOSEN_ON}"
    last = Recipe(**info["stages"][-1])
    if corpus == "UCR" and last.freeze_encoder:
        trained_on = f"{trained_on}\n\n{_DECODER}"
    n_steps = sum(stage["n_steps"] for stage in info["stages"])
    n_features = weights.model.n_layers * weights.model.n_units
    errors = {
        **info["validation_errors"],
        "mean": info["mean_validation_error"],
    }
    return _CARD.format(
        title=title,
        line="=" * len(title),
        n_layers=weights.model.n_layers,
        n_units=weights.model.n_units,
        n_features=n_features,
        trained_on=trained_on.format(
            n_series=f"{sum(sets.values()):,}", n_sets=len(sets), sets=_names(sets)
        ),
        recipe=_recipe(info["stages"]),
        errors=_table(errors),
        random_state=info["random_state"],
        best_step=f"{info['best_step']:,}",
        n_steps=f"{n_steps:,}",
        why=_LAST if last.losses else _DECODED if last.freeze_encoder else _BEST,
        minutes=info["minutes"],
        chosen_on=chosen_on.format(n_features=n_features),
        made_by=_made_by(info, n_steps),
        shortest=info["shortest"],
        longest=info["longest"],
    )


def _made_by(info: Mapping[str, Any], n_steps: int) -> str:
    """Give the command that makes such weights, where one does."""
    recipe = info.get("recipe", info["name"])
    if recipe == CUSTOM:
        return _MADE_BY_OWN_RECIPE
    return _MADE_BY.format(
        recipe=recipe,
        n_steps=n_steps,
        random_state=info["random_state"],
        data="" if info.get("corpus") == "generated" else " --data-dir DIR",
        options=_options(info.get("options", {})),
    )


def _options(given: Mapping[str, Any]) -> str:
    return "".join(
        f" --{k.replace('_', '-')} {v}" for k, v in given.items() if v is not None
    )


def _recipe(stages: Sequence[Mapping[str, Any]]) -> str:
    """List the settings of the first stage, and what later ones changed of them."""
    tables: list[str] = []
    settings: Mapping[str, Any] = {}
    for stage in stages:
        tables.append(
            _table({k: v for k, v in stage.items() if settings.get(k, ...) != v})
        )
        settings = stage
    return "\n\nand from there, with the other settings as before:\n\n".join(tables)


def _names(sets: Mapping[str, int]) -> str:
    shown = list(sets)[:_MOST_NAMES]
    more = len(sets) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def _table(rows: Mapping[str, Any]) -> str:
    # Config files have lists where recipes have tuples.
    shown = {k: tuple(v) if isinstance(v, list) else v for k, v in rows.items()}
    return "\n".join(f"- {name}: {value}" for name, value in shown.items())


_CARD = """\
{title}
{line}

Encoder and decoder of a sequence autoencoder with {n_layers} GRU layers of {n_units}
units each (Malhotra et al. 2017, arXiv:1706.08838). The final states of the encoder
are {n_features} features of any univariate series.

Trained on
----------

{trained_on}

Chosen on
---------

The weights are those of step {best_step} of {n_steps}, {why}.
Squared reconstruction error a step, where predicting zero gives 1.0:

{errors}

{chosen_on}

Recipe
------

Settings of `timenet_sklearn.Recipe`:

{recipe}

Random state {random_state}; {minutes} minutes. {made_by}

Limits
------

- Values are z-normalised: level and scale of a series are not in its embedding. Add
  them as features of your own where they matter.
- Trained on series of {shortest} to {longest} steps; what was longer was resampled.
  Longer series are embedded too, but their reconstruction gets worse;
  ``reconstruction_error`` says how much on your data.
- One channel at a time: how channels move together is left to the classifier.
"""

_BEST = "the evaluation with the least mean\nvalidation error"
_DECODED = """the evaluation with the least mean
validation error of the last stage, in which the encoder stayed as it was"""
_LAST = """the last: they were
also trained to tell series apart, which the errors below do not measure"""
_MADE_BY = """\
Made by::

    timenet pretrain --recipe {recipe} --steps {n_steps} --random-state {random_state}\
{data}{options} --out OUT"""
_MADE_BY_OWN_RECIPE = "Made by `pretrain` with these\nsettings."
# Of either corpus: what it was trained on, and what the weights were chosen on.
_UCR = (
    """\
{n_series} series of {n_sets} data sets of the UCR archive, from training and test
parts, without their labels, each series z-normalised:

{sets}.

Never report the accuracy of these weights on one of these sets, nor on data made from
the same recordings: the encoder has seen their test parts. Nor on the validation sets
below: both their parts had a say in which weights these are.""",
    """\
No label took part in training or in choosing among the weights of this run. Earthquakes
and, in part, CBF are noise, which {n_features} numbers cannot hold.""",
)
_RECIPE_CHOSEN_ON = """\
The recipe, and `timenet_sklearn.POOLED`, were chosen by how well an SVC on the
embeddings tells the classes of the 6 validation sets and of the 18 pre-training sets of
the paper (``benchmarks/accuracy.py`` and ``pooling.py``). None of the data sets that
the paper tests on took part in anything."""
_OWN_FILES = (
    """\
{n_series} series of {n_sets} data sets, files of whoever made these weights, not of the
UCR archive; no labels, each series z-normalised:

{sets}.

Do not report the accuracy of these weights on these series, nor on the rest of the same
files: the encoder has seen them.""",
    """\
These errors are of series that were held out at random of the same files: they say how
well the encoder knows such series, and nothing about others. No label took part.""",
)
_DECODER = """\
The decoder, but not the encoder, was also trained on series that
`timenet_sklearn.datasets.make_series` generates."""
_GENERATED = (
    """\
{n_series} series of {n_sets} kinds, which `timenet_sklearn.datasets.make_series`
generates:

{sets}.

Every public data set is unseen: no recorded series, labelled or not, took part in the
training, and none can have been leaked.""",
    """\
These errors are of other generated series of each kind, the same for every run.""",
)
_CORPORA = {"UCR": _UCR, "own files": _OWN_FILES, "generated": _GENERATED}
