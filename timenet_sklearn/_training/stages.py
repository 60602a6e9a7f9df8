"""Named recipes of pre-training, in stages that go on from one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from timenet_sklearn._encoder.pooling import POOLED
from timenet_sklearn._training.model_card import CUSTOM
from timenet_sklearn._training.recipe import PAPER, Recipe

_RECONSTRUCT = Recipe(
    n_steps=50_000,
    learning_rate=0.003,
    warmup_steps=200,
    input_noise=0.6,
    input_dropout=0.5,
    buckets=(16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512),
    evaluate_every=1000,
)

_CONTRAST = replace(
    _RECONSTRUCT,
    n_steps=4000,
    batch_size=96,
    learning_rate=0.0007,
    input_noise=0.4,
    input_dropout=0.0,
    contrast=1.0,
    growth=0.0,
    buckets=_RECONSTRUCT.buckets[2:],
    evaluate_every=500,
)

# The final states learn what the summaries know; benchmarks/teaching.py tries others.
_TEACH = replace(
    _CONTRAST,
    n_steps=4000,
    batch_size=64,
    learning_rate=0.001,
    warmup_steps=100,
    contrast=0.5,
    contrast_final=0.5,
    teach=2.0,
    summaries=POOLED,
    buckets=(32, 64, 128, 192, 256, 384, 512),
    evaluate_every=250,
)

# Embeddings stay as they are; the decoder catches up with the encoder.
_DECODE = replace(
    _RECONSTRUCT,
    n_steps=4000,
    batch_size=64,
    learning_rate=0.002,
    warmup_steps=100,
    input_noise=0.0,
    input_dropout=0.0,
    freeze_encoder=True,
    growth=0.0,
    buckets=_TEACH.buckets,
    evaluate_every=200,
)

# Shorter than the others: what tells series apart is learned on short windows too, at
# a fourth of the price, and most of it in the second stage.
_GENERATED_RECONSTRUCT = replace(
    _RECONSTRUCT,
    n_steps=4000,
    buckets=_RECONSTRUCT.buckets[:-2],
    max_length=256,
    evaluate_every=500,
)
_GENERATED_CONTRAST = replace(
    _CONTRAST,
    n_steps=700,
    learning_rate=0.001,
    buckets=_CONTRAST.buckets[:-1],
    max_length=384,
    evaluate_every=100,
)
_GENERATED_TEACH = replace(
    _GENERATED_CONTRAST,
    n_steps=2500,
    contrast_final=0.5,
    teach=2.0,
    summaries=POOLED,
    evaluate_every=250,
)

#: Named recipes, each in stages that go on from one another. "ucr45" trains on
#: `EXTRA_PRETRAINING_SETS` and `EXTRA_TRAINING_PARTS` beside the paper's 18 sets,
#: "synthetic" and "synthetic-pooled" on generated series, the others on those 18 only;
#: a stage with a frozen encoder has generated series beside the archive's.
#: "ucr18" goes on from "ucr18-pooled", and "synthetic" from "synthetic-pooled".
RECIPES: Mapping[str, tuple[Recipe, ...]] = {
    "ucr18": (_RECONSTRUCT, _CONTRAST, _TEACH, _DECODE),
    "ucr18-pooled": (_RECONSTRUCT, _CONTRAST),
    "ucr45": (_RECONSTRUCT, _CONTRAST),
    "paper": (PAPER,),
    "synthetic": (_GENERATED_RECONSTRUCT, _GENERATED_CONTRAST, _GENERATED_TEACH),
    "synthetic-pooled": (_GENERATED_RECONSTRUCT, _GENERATED_CONTRAST),
}
WITH_EXTRA_SETS = ("ucr45",)
WITHOUT_DATA = ("synthetic", "synthetic-pooled")

#: A name of `RECIPES`, or stages of one's own.
AnyRecipe = str | Recipe | Sequence[Recipe]


def find_recipe(recipe: AnyRecipe, n_steps: int | None = None) -> tuple[Recipe, ...]:
    """Look up the stages of a recipe by name.

    `n_steps` takes the place of the recipe's own and is shared by its stages like them;
    evaluations, and so checkpoints, are then a tenth of a stage apart at most.
    """
    stages = _stages(recipe)
    total = sum(stage.n_steps for stage in stages)
    if n_steps in (None, total):
        return stages
    if n_steps < len(stages):
        raise ValueError(
            f"the number of steps must be at least {len(stages)}, one for each stage "
            f"of recipe {name_of(recipe)}, got {n_steps}."
        )
    shorter, rest = [], n_steps
    for n_later, stage in zip(reversed(range(len(stages))), stages, strict=True):
        share = max(1, stage.n_steps * n_steps // total) if n_later else rest
        shorter.append(_shorten(stage, min(share, rest - n_later)))
        rest -= shorter[-1].n_steps
    return tuple(shorter)


def _stages(recipe: AnyRecipe) -> tuple[Recipe, ...]:
    if isinstance(recipe, str):
        if recipe not in RECIPES:
            raise ValueError(
                f"the recipe must be one of {', '.join(RECIPES)}, got {recipe!r}."
            )
        return RECIPES[recipe]
    stages = (recipe,) if isinstance(recipe, Recipe) else recipe
    if (
        not isinstance(stages, (tuple, list))
        or not stages
        or not all(isinstance(stage, Recipe) for stage in stages)
    ):
        raise TypeError(
            f"the recipe must be a name ({', '.join(RECIPES)}), a Recipe or a list of "
            f"stages, each a Recipe; got {recipe!r}."
        )
    if stages[0].freeze_encoder:
        raise ValueError(
            "the first stage has freeze_encoder=True, but no encoder to keep; put a "
            "stage that trains one before it."
        )
    return tuple(stages)


def _shorten(recipe: Recipe, n_steps: int) -> Recipe:
    every = min(recipe.evaluate_every, max(1, n_steps // 10))
    return replace(recipe, n_steps=n_steps, evaluate_every=every)


def name_of(recipe: AnyRecipe) -> str:
    return recipe if isinstance(recipe, str) else CUSTOM
