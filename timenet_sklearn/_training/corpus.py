"""What an encoder is pre-trained on: the UCR archive, a folder, generated series."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from timenet_sklearn._encoder.model import Floats
from timenet_sklearn._series.panel import Panel, check_panel
from timenet_sklearn._training.batches import shorten
from timenet_sklearn._training.recipe import Recipe
from timenet_sklearn._training.store import SeriesStore, StoredPanel
from timenet_sklearn.datasets import (
    EXTRA_PRETRAINING_SETS,
    EXTRA_TRAINING_PARTS,
    PRETRAINING_SETS,
    VALIDATION_SETS,
    load_ucr,
    make_series,
)

#: Generated data sets of a run without data, and series of each.
N_SETS, N_SERIES = 600, 64
# Four sets of every kind; few series of each, since every evaluation takes them all.
_N_HELD_OUT, _N_SERIES_HELD_OUT = 60, 8
# Held out to choose among the weights: more would cost time at every evaluation.
_HELD_OUT, _MOST_HELD_OUT = 0.1, 512
# Far from those that people choose: what is held out is to be of no run's own draws.
_SEED = 1706_08838
# Not 0: NumPy drops zeros at the end of a seed, and both would draw the same.
_COPYING, _HOLDING_OUT = 1, 2
# Files that a plan looks into, and rows that it reads of each.
_LOOKS, _GLANCE = 20, 64


@dataclass(frozen=True)
class Corpus:
    """The series of a pre-training run, by data set; labels are not read.

    Attributes
    ----------
    training : dict of Panel or StoredPanel
    validation : dict of Panel
    few : bool, default=False
        Whether a decoder that is trained alone needs generated series beside them.
    """

    training: Mapping[str, Panel | StoredPanel]
    validation: Mapping[str, Panel]
    few: bool = False


def load_corpus(
    data_dir: str | os.PathLike[str], *, extra_sets: bool = False
) -> Corpus:
    """Read the paper's 18 training and 6 validation sets, both parts of each.

    `extra_sets` adds `EXTRA_PRETRAINING_SETS`, both parts, and `EXTRA_TRAINING_PARTS`,
    which may stand in folders ``extra`` and ``partial`` inside that of the archive.
    """
    folder = Path(data_dir)
    training = {name: _panel(name, folder) for name in PRETRAINING_SETS}
    if extra_sets:
        for name in EXTRA_PRETRAINING_SETS:
            training[name] = _panel(name, _nested(folder, "extra"))
        for name in EXTRA_TRAINING_PARTS:
            place = _nested(folder, "partial")
            training[name] = _panel(name, place, training_part_only=True)
    validation = {name: _panel(name, folder) for name in VALIDATION_SETS}
    return Corpus(training, validation, few=True)


def generate_corpus(random_state: int = 0, n_sets: int | None = None) -> Corpus:
    """Generate data sets to train on; those held out are always the same.

    Training sets are called ``kind/number``; a validation set has all series of a kind,
    of several lengths.
    """
    training = {
        f"{made.kind}/{number}": check_panel(made.X, estimator="pretraining")
        for number, made in enumerate(
            make_series(n_sets or N_SETS, N_SERIES, random_state)
        )
    }
    held_out: dict[str, list[np.ndarray]] = {}
    for made in make_series(_N_HELD_OUT, _N_SERIES_HELD_OUT, _SEED):
        held_out.setdefault(made.kind, []).extend(made.X)
    validation = {
        kind: check_panel(series, estimator="pretraining")
        for kind, series in held_out.items()
    }
    return Corpus(training, validation)


def add_generated(
    training: Sequence[Panel | StoredPanel], random_state: int
) -> list[Panel | StoredPanel]:
    """Add generated data sets, which are drawn about as often as all those given."""
    generated = [*generate_corpus(random_state).training.values()]
    ours, theirs = (
        sum(math.sqrt(panel.n_samples) for panel in sets)
        for sets in (training, generated)
    )
    return [*training] * max(1, round(theirs / ours)) + generated


def _nested(folder: Path, name: str) -> Path:
    return folder / name if (folder / name).is_dir() else folder


def _panel(name: str, folder: Path, *, training_part_only: bool = False) -> Panel:
    dataset = load_ucr(name, folder)
    values = np.asarray(dataset.X_train)
    if not training_part_only:
        values = np.concatenate([values, np.asarray(dataset.X_test)])
    return check_panel(values, estimator=f"pretraining on {name}")


class Source(Protocol):
    """A file of series, read in chunks (`timenet_sklearn.files.chunks.Source`)."""

    @property
    def n_rows(self) -> int | None:
        """Number of series, where it is known."""

    def __iter__(self) -> Iterator[Any]:
        """Yield chunks, each with its series in ``panel``."""

    def in_file(self, start: int, n_rows: int, error: ValueError) -> ValueError:
        """Turn an error about a chunk into one about the file that it is from."""


class Folder(NamedTuple):
    """A folder of Parquet files, and how they are read.

    Attributes
    ----------
    path : Path
    sets : dict of list of Source
        Files by data set: a folder in the folder is one, with all files at any depth
        of it, and so is each file beside them.
    missing : {"error", "interpolate"}
    """

    path: Path
    sets: Mapping[str, Sequence[Source]]
    missing: str

    @property
    def n_rows(self) -> int:
        """Samples in all files."""
        return sum(source.n_rows or 0 for part in self.sets.values() for source in part)


def part_wanted(folder: Folder, stages: Sequence[Recipe]) -> float:
    """Tell which part of the samples a run needs.

    It is less than 1 where there are more samples than any stage draws, and more than
    it takes to hold out as many as there may be.
    """
    drawn = [
        stage.n_steps * stage.batch_size // (2 if stage.views else 1)
        for stage in stages
    ]
    return min(1.0, max(*drawn, _MOST_HELD_OUT / _HELD_OUT) / folder.n_rows)


def glance(folder: Folder) -> list[list[Floats]]:
    """Read the first rows of a few files, to plan with: series by file."""
    sources = [source for part in folder.sets.values() for source in part]
    places = np.linspace(0, len(sources) - 1, min(_LOOKS, len(sources))).astype(int)
    found = []
    for place in places:
        chunk = next(iter(sources[place]))
        panel = _check(folder, sources[place], 0, chunk.panel)
        found.append(panel.take(slice(_GLANCE)).series())
    return found


@contextlib.contextmanager
def open_folder(
    folder: Folder, work: Path, stages: Sequence[Recipe], *, progress: bool = False
) -> Iterator[Corpus]:
    """Make a corpus of a folder that need not fit into memory.

    Batches draw single series from anywhere, which Parquet cannot give. So the series
    are read once, in order, and copied to disk as training wants them: normalised, and
    resampled where they are longer than any stage's `max_length`. Of more samples than
    the run will draw, a random part is copied: the same in every run, as is what is
    held out, so that the errors of runs with other seeds compare. The copy, in `work`,
    has no name and goes when this ends; what is held out is in memory.
    """
    part = part_wanted(folder, stages)
    max_length = max(stage.max_length for stage in stages)
    with SeriesStore(work) as store:
        # Series of each sample of each set: a sample is held out with all its channels.
        counts: dict[str, NDArray[np.int64]] = {}
        bar = tqdm(total=folder.n_rows, unit=" series", disable=not progress)
        with bar:
            for number, (name, sources) in enumerate(folder.sets.items()):
                rng = np.random.default_rng([_SEED, _COPYING, number])
                copied = [
                    count
                    for source in sources
                    for count in _copy(
                        folder, source, store, max_length, part, rng, bar
                    )
                ]
                if copied:
                    counts[name] = np.concatenate(copied)
        yield _split(folder, store, counts)


def _copy(
    folder: Folder,
    source: Source,
    store: SeriesStore,
    max_length: int,
    part: float,
    rng: np.random.Generator,
    bar: tqdm,
) -> Iterator[NDArray[np.int64]]:
    """Copy a file; yield the number of series of each sample copied, by chunk."""
    n_rows = 0
    for chunk in source:
        panel = _check(folder, source, n_rows, chunk.panel)
        chosen = panel.take(np.flatnonzero(rng.random(panel.n_samples) < part))
        store.extend(shorten(s, max_length) for s in chosen.series())
        n_rows += panel.n_samples
        bar.update(panel.n_samples)
        yield np.full(chosen.n_samples, panel.n_channels)


def _check(
    folder: Folder, source: Source, start: int, values: Floats | list[Floats]
) -> Panel:
    try:
        return check_panel(values, estimator="pretrain", missing=folder.missing)
    except ValueError as error:
        raise source.in_file(start, len(values), error) from error


def _split(
    folder: Folder,
    store: SeriesStore,
    counts: Mapping[str, NDArray[np.int64]],
) -> Corpus:
    """Hold samples out of what was copied."""
    sizes = np.array([len(samples) for samples in counts.values()])
    if sizes.sum() < 2:
        raise ValueError(
            f"{folder.path} holds {sizes.sum()} series; at least two are needed, one "
            f"to train on and one to choose the best weights on."
        )
    training: dict[str, Panel | StoredPanel] = {}
    validation: dict[str, Panel] = {}
    first = 0
    for (name, samples), held in zip(
        counts.items(),
        hold_out(sizes, np.random.default_rng([_SEED, _HOLDING_OUT])),
        strict=True,
    ):
        rows = np.arange(first, first + samples.sum())
        first += len(rows)
        out = np.repeat(held, samples)
        if not held.all():
            training[name] = StoredPanel(store, rows[~out], int((~held).sum()))
        if held.any():
            # they are normalised, and channels are embedded one at a time anyway
            validation[name] = check_panel(
                [store.read(int(row)) for row in rows[out]], normalize=False
            )
    return Corpus(training, validation)


def hold_out(
    sizes: NDArray[np.int64], rng: np.random.Generator
) -> Iterator[NDArray[np.bool_]]:
    """Choose the samples that training never sees: a mask for each data set.

    A tenth of it but no more than its share of 512, or one; of more than 512 sets, 512
    have any. Where all sets are tiny, a tenth of all samples. Never more than 512 in
    all.
    """
    share = max(1, _MOST_HELD_OUT // len(sizes))
    wanted = np.minimum(np.round(_HELD_OUT * sizes).astype(int), share)
    wanted[rng.permutation(len(sizes))[_MOST_HELD_OUT:]] = 0
    if not wanted.any():
        total = int(sizes.sum())
        most = max(1, min(_MOST_HELD_OUT, round(_HELD_OUT * total)))
        set_of_sample = np.repeat(np.arange(len(sizes)), sizes)
        chosen = set_of_sample[rng.choice(total, most, replace=False)]
        wanted = np.bincount(chosen, minlength=len(sizes))
    for size, n_samples in zip(sizes, wanted, strict=True):
        held = np.zeros(size, dtype=bool)
        held[rng.choice(size, n_samples, replace=False)] = True
        yield held
