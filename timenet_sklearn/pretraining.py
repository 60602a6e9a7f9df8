"""Pre-trains encoders: the bundled ones, and those of a user's own files."""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from timenet_sklearn._atomic import write_atomically
from timenet_sklearn._encoder.inference import reconstruction_errors
from timenet_sklearn._encoder.weights import (
    CARD_FILE,
    WEIGHTS_FILE,
    Weights,
    save_weights,
)
from timenet_sklearn._series.panel import Panel
from timenet_sklearn._training.batches import Sampler, SeriesList
from timenet_sklearn._training.checkpoint import FILE as CHECKPOINT_FILE
from timenet_sklearn._training.corpus import (
    N_SERIES,
    N_SETS,
    Corpus,
    Folder,
    add_generated,
    generate_corpus,
    glance,
    load_corpus,
    open_folder,
    part_wanted,
)
from timenet_sklearn._training.importing import import_train
from timenet_sklearn._training.model_card import CUSTOM, model_card
from timenet_sklearn._training.recipe import Recipe
from timenet_sklearn._training.stages import RECIPES as RECIPES
from timenet_sklearn._training.stages import (
    WITH_EXTRA_SETS,
    WITHOUT_DATA,
    AnyRecipe,
    find_recipe,
    name_of,
)
from timenet_sklearn._training.store import StoredPanel
from timenet_sklearn.files.columns import KeyColumns
from timenet_sklearn.files.data_sets import own_files

if TYPE_CHECKING:
    from timenet_sklearn._training.loop import Trained

N_UNITS, N_LAYERS = 60, 3  # the architecture that the paper selected (section 4.2)

_CHECKPOINT = "checkpoint"
# Generated sets that a plan looks at: a few of every kind.
_LOOKS = 60


# Time steps a second through encoder and decoder, forth and back, on one core of the
# machine that made the bundled weights (benchmarks/training_speed.py).
_STEPS_PER_SECOND = 35_000


def describe_plan(
    recipe: AnyRecipe,
    data_dir: str | os.PathLike[str] | None = None,
    *,
    n_steps: int | None = None,
    key_columns: KeyColumns = None,
    missing: str = "error",
) -> str:
    """Say what `pretrain` is going to do and about how long it takes."""
    stages = find_recipe(recipe, n_steps)
    _check_data_dir(recipe, data_dir)
    folder = _own_files(data_dir, key_columns, missing)
    sets: Sequence[SeriesList]
    if folder is None:
        if data_dir is None:
            corpus = generate_corpus(n_sets=_LOOKS)
            size = f"{N_SETS * N_SERIES:,} generated series of {N_SETS} data sets"
        else:
            corpus = _ucr(recipe, data_dir)
            n_series = sum(panel.n_samples for panel in corpus.training.values())
            size = f"{n_series:,} series of {len(corpus.training)} data sets"
        sets = [panel.series() for panel in corpus.training.values()]
    else:
        sets = glance(folder)
        size = _describe_folder(folder, sets, stages)
    points = sum(_count_points(sets, stage) for stage in stages)
    steps = " and then ".join(map(_describe_steps, stages))
    time = _duration(points / _STEPS_PER_SECOND)
    return f"recipe {name_of(recipe)}: {steps}, on {size}; about {time}"


def _describe_steps(stage: Recipe) -> str:
    n_series, views = stage.batch_size, ""
    if stage.views:
        n_series, views = n_series // 2, " in two views"
    part = " for the decoder" if stage.freeze_encoder else ""
    return f"{stage.n_steps:,} steps of {n_series} series{views}{part}"


def _duration(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return f"{seconds / 3600:.1f} hours" if minutes >= 60 else f"{minutes} min"


def _count_points(sets: Sequence[SeriesList], recipe: Recipe) -> float:
    """Estimate the time steps of all batches of a run."""
    sampler = Sampler(sets, recipe, seed=0)
    samples = np.linspace(0, recipe.n_steps - 1, 200).astype(int)
    points = [sampler.draw(int(step)).values.size for step in samples]
    return float(np.mean(points)) * recipe.n_steps


def _describe_folder(
    folder: Folder, looked_at: Sequence[SeriesList], stages: Sequence[Recipe]
) -> str:
    lengths = [len(series) for data_set in looked_at for series in data_set]
    part = part_wanted(folder, stages)
    longest = max(stage.max_length for stage in stages)
    points = np.minimum(lengths, longest).mean() * part * folder.n_rows
    which = "all" if part == 1 else f"a random {100 * part:.2g} %"
    return (
        f"{which} of {folder.n_rows:,} series of {len(folder.sets)} data sets, copied "
        f"to {4 * points / 1e6:,.1f} MB of disk a channel meanwhile"
    )


def _check_data_dir(recipe: AnyRecipe, data_dir: object) -> None:
    """Refuse data that would not be read, and recipes that need some without it."""
    name = name_of(recipe)
    if data_dir is not None and name in WITHOUT_DATA:
        raise ValueError(
            f"recipe {name} generates its series and reads no data; leave data_dir "
            f"(--data-dir) out, or choose another recipe."
        )
    if data_dir is None and name not in (*WITHOUT_DATA, CUSTOM):
        raise ValueError(
            f"recipe {name} needs data_dir (--data-dir): a folder of the UCR archive, "
            f"or of Parquet files. Without data: recipe {WITHOUT_DATA[0]}."
        )


def _own_files(
    data_dir: str | os.PathLike[str] | None, key_columns: KeyColumns, missing: str
) -> Folder | None:
    return None if data_dir is None else own_files(data_dir, key_columns, missing)


def _ucr(recipe: AnyRecipe, data_dir: str | os.PathLike[str]) -> Corpus:
    return load_corpus(data_dir, extra_sets=name_of(recipe) in WITH_EXTRA_SETS)


def pretrain(
    data_dir: str | os.PathLike[str] | None,
    out: str | os.PathLike[str],
    *,
    recipe: AnyRecipe = "ucr18",
    n_steps: int | None = None,
    key_columns: KeyColumns = None,
    missing: str = "error",
    random_state: int = 0,
    verbose: int = 0,
) -> Weights:
    """Pre-train an encoder on UCR data sets, your own files, or generated series.

    A folder that holds Parquet files is a corpus of your own: each folder in it is a
    data set, and so is each file beside them. Data sets are drawn from by the square
    root of their size. A tenth of each, 512 samples in all at most, is held out: to
    choose the best weights of a stage, and to tell the error of those at the end. The
    folder need not fit into memory: what is trained on is copied, normalised, to a file
    in `out` that has no name and goes with the process; batches are drawn from all of
    it. It holds no more series than the run draws.

    A stage that freezes the encoder has generated series beside the archive's sets, in
    half of the batches: it then reconstructs what it has not seen with less error.

    Several processes, on one machine or many, train one model if the environment
    variables of Keras' distribution name them; see the user guide.

    Parameters
    ----------
    data_dir : path or None
        Folder of the UCR archive, or of Parquet files, at any depth: every list column
        is a channel, or every numeric column a time step. Names that start with ``.``
        or ``_`` are left out. None: 600 data sets of
        `timenet_sklearn.datasets.make_series`.
    out : path
        Folder for weights, model card, ``history.csv`` and, in ``checkpoint``, the
        state of the run: called again after a kill, it goes on from there.
    recipe : str, Recipe or list of Recipe, default="ucr18"
        A name of `RECIPES`: "ucr18" and "synthetic", each alone and with "-pooled",
        made the bundled weights; "paper" is the paper's own. For your own files it
        gives the settings only. The two synthetic ones take no data. A list of Recipe
        has stages, each of which goes on from the weights of the one before.
    n_steps : int, optional
        Steps of the run, in place of the recipe's own.
    key_columns : int, str, or list of them, optional
        Of Parquet files whose columns are time steps: columns that are ids or labels,
        by name, or how many at the front (1) or at the end (-1); 0 for none.
    missing : {"error", "interpolate"}, default="error"
        Of Parquet files: what to do about NaN inside a series.
    random_state : int, default=0
        Of initial weights, batches and generated series; not of what is held out.
    verbose : int, default=0
        Above 0 shows a progress bar.

    Returns
    -------
    Weights

    Raises
    ------
    FileNotFoundError
        If there is no such folder, nothing in it to train on, or a data set of the
        archive is missing.
    NotADirectoryError
        If `data_dir` or `out` is a file.
    FileExistsError
        If `out` holds weights of another origin.
    ValueError
        If `recipe` is unknown, needs data and has none or the other way round,
        `data_dir` holds both Parquet files and sets of the
        archive, a file or a series is refused (names it), or ``out/checkpoint``
        belongs to another run: its data were changed, say.
    TypeError
        If `recipe` is none of these.
    ImportError
        If Keras or its back end is missing; for Parquet, without pyarrow.
    OSError
        If the disk is full.
    """
    stages = find_recipe(recipe, n_steps)
    _check_data_dir(recipe, data_dir)
    out = Path(out)
    _refuse_other_runs(out, len(stages))
    train = partial(import_train("pretrain"), verbose=verbose)
    origin: dict[str, Any] = {"name": name_of(recipe)}
    folder = _own_files(data_dir, key_columns, missing)
    with contextlib.ExitStack() as stack:
        if data_dir is None:
            corpus = generate_corpus(random_state)
            origin["corpus"] = "generated"
        elif folder is None:
            corpus = _ucr(recipe, data_dir)
        else:
            out.mkdir(parents=True, exist_ok=True)
            corpus = stack.enter_context(
                open_folder(folder, out, stages, progress=verbose > 0)
            )
            origin = {
                "name": out.resolve().name,
                "recipe": name_of(recipe),
                "corpus": "own files",
                "options": {"key_columns": key_columns, "missing": missing},
            }
        trained = _train_stages(train, corpus, stages, out / _CHECKPOINT, random_state)
        weights = _describe(trained, corpus, origin, stages, random_state)
    if trained.writes:
        _write(weights, trained.history, out)
    return weights


def _train_stages(
    train: Callable[..., Trained],
    corpus: Corpus,
    stages: Sequence[Recipe],
    checkpoint: Path,
    random_state: int,
) -> Trained:
    """Train stage after stage; a finished one is read from its checkpoint."""
    model, best_step = None, 0
    history: dict[str, list[float]] = {}
    for number, stage in enumerate(stages, start=1):
        training = list(corpus.training.values())
        if stage.freeze_encoder and corpus.few:
            training = add_generated(training, random_state)
        trained = train(
            training,
            list(corpus.validation.values()),
            stage,
            n_units=N_UNITS,
            n_layers=N_LAYERS,
            seed=random_state,
            initial=model,
            checkpoint=checkpoint / f"stage{number}",
        )
        model = trained.model
        if trained.best_step:
            best_step = trained.best_step + int(history["step"][-1] if history else 0)
        history = _follow(history, trained.history)
    return trained._replace(best_step=best_step, history=history)


def _follow(
    earlier: dict[str, list[float]], history: dict[str, list[float]]
) -> dict[str, list[float]]:
    """History of a run after that of an earlier one, steps and seconds counted on."""
    if not earlier:
        return history
    return {
        key: earlier[key]
        + [v + (earlier[key][-1] if key in ("step", "seconds") else 0) for v in values]
        for key, values in history.items()
    }


def _describe(
    trained: Trained,
    corpus: Corpus,
    origin: Mapping[str, Any],
    stages: Sequence[Recipe],
    random_state: int,
) -> Weights:
    """Note what the weights were made of and how good they are."""
    errors = {
        name: round(float(reconstruction_errors(trained.model, panel).mean()), 4)
        for name, panel in corpus.validation.items()
    }
    lengths = np.concatenate([panel.lengths for panel in corpus.training.values()])
    return Weights(
        trained.model,
        normalize=True,
        info={
            **origin,
            "training_sets": _count_series(corpus.training),
            "shortest": int(lengths.min()),
            "longest": int(min(lengths.max(), max(s.max_length for s in stages))),
            "validation_errors": errors,
            "mean_validation_error": round(trained.validation_error, 4),
            "best_step": trained.best_step,
            "stages": [asdict(stage) for stage in stages],
            "random_state": random_state,
            "minutes": round(trained.history["seconds"][-1] / 60, 1),
        },
    )


def _count_series(panels: Mapping[str, Panel | StoredPanel]) -> dict[str, int]:
    """Count the series of each data set, of generated ones those of each kind."""
    counts: Counter[str] = Counter()
    for name, panel in panels.items():
        counts[name.partition("/")[0]] += panel.n_samples
    return dict(counts)


def _write(weights: Weights, history: Mapping[str, list[float]], out: Path) -> None:
    save_weights(weights, out)
    for name, content in (
        ("history.csv", _csv(history)),
        (CARD_FILE, model_card(weights).encode()),
    ):
        write_atomically(out / name, content)


def _refuse_other_runs(out: Path, n_stages: int) -> None:
    """Refuse a folder that another run has written to."""
    _refuse_other_weights(out)
    _refuse_other_stages(out / _CHECKPOINT, n_stages)


def _refuse_other_weights(out: Path) -> None:
    """Refuse to replace, in the end, weights that no run here has made."""
    if out.is_file():
        raise NotADirectoryError(f"{out} is a file; pass a folder for the weights.")
    if (out / WEIGHTS_FILE).exists() and not (out / _CHECKPOINT).is_dir():
        raise FileExistsError(
            f"{out} holds weights, but no folder {_CHECKPOINT!r} of the run that made "
            f"them; pass a new folder."
        )


def _refuse_other_stages(checkpoint: Path, n_stages: int) -> None:
    """Refuse what is left of a run with other stages."""
    # The trainer would tell only when it gets there, after hours.
    found = {path.parent.name for path in checkpoint.glob(f"*/{CHECKPOINT_FILE}")}
    if found != {f"stage{number}" for number in range(1, len(found) + 1)}:
        why = "without one of the stage before"
    elif len(found) > n_stages:
        why = f"but this recipe has {n_stages} stage(s)"
    else:
        return
    raise ValueError(
        f"{checkpoint} has checkpoints of {', '.join(sorted(found))}, {why}. Start in "
        f"another folder, or delete this one to train from the start."
    )


def _csv(history: Mapping[str, list[float]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(history)
    writer.writerows(zip(*history.values(), strict=True))
    return text.getvalue().encode()
