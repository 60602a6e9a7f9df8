"""Makes a corpus of a folder of Parquet files, which need not fit into memory."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from timenet_sklearn._batches import shorten
from timenet_sklearn._corpus import Corpus
from timenet_sklearn._gru import Floats
from timenet_sklearn._io import Source, find_files, in_file, open_panels
from timenet_sklearn._io.store import SeriesStore, StoredPanel
from timenet_sklearn._panel import Panel, check_panel
from timenet_sklearn._recipe import Recipe
from timenet_sklearn.datasets import (
    PRETRAINING_SETS,
    VALIDATION_SETS,
    find_ucr,
)

# Held out to choose among the weights: more would cost time at every evaluation.
_HELD_OUT, _MOST_HELD_OUT = 0.1, 512
# Far from those that people choose: batches are to have draws of their own.
_SEED = 1706_08838
# Not 0: NumPy drops zeros at the end of a seed, and both would draw the same.
_COPYING, _HOLDING_OUT = 1, 2
# Files that a plan looks into, and rows that it reads of each.
_LOOKS, _GLANCE = 20, 64


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


def find_folder(path: Path, key_columns: int, missing: str) -> Folder:
    """Find the data sets of a folder; read no more than the ends of the files.

    Parameters
    ----------
    path : Path
    key_columns : int
        Leading columns of a table that are no time steps.
    missing : {"error", "interpolate"}

    Returns
    -------
    Folder
        Without sets if there is no Parquet file in it.

    Raises
    ------
    ValueError
        If a file is damaged, or has no column of series.
    ImportError
        Without pyarrow.
    """
    sets: dict[str, list[Source]] = {}
    for file in find_files(path, "**/*.parquet"):
        source = open_panels(file, key_columns=key_columns)
        if source.n_rows:  # data bases write parts without rows
            sets.setdefault(file.relative_to(path).parts[0], []).append(source)
    return Folder(path, sets, missing)


def own_files(
    data_dir: str | os.PathLike[str], key_columns: int, missing: str
) -> Folder | None:
    """Find a folder's Parquet files.

    Parameters
    ----------
    data_dir : path
    key_columns, missing
        As in `find_folder`.

    Returns
    -------
    Folder or None
        None for the UCR archive, which has none.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If there is no such folder, or nothing in it to train on.
    ValueError
        If the folder has both, a file is refused, or `key_columns` or `missing` are
        for files that are not there.
    """
    path = Path(data_dir)
    if path.is_file():
        raise NotADirectoryError(
            f"{path} is a file; pass a folder. One that holds only this file will do."
        )
    if not path.is_dir():
        raise FileNotFoundError(f"there is no folder {str(path)!r} to train on.")
    in_archive = _find_in_archive(path)
    _refuse_both(path, in_archive)
    folder = find_folder(path, key_columns, missing)
    if folder.sets:
        return folder
    if in_archive is None:
        kinds = Counter(file.suffix or file.name for file in find_files(path, "**/*"))
        found = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common(5))
        raise FileNotFoundError(
            f"{path} holds neither series in Parquet files nor data sets of the UCR "
            f"archive, but {found or 'nothing'}."
        )
    if key_columns or missing != "error":
        raise ValueError(
            f"key_columns and missing apply to Parquet files, and {data_dir} holds "
            f"none with series; leave both out."
        )
    return None


def _find_in_archive(folder: Path) -> Path | None:
    """Find a file of any data set of the UCR archive that is trained on."""
    found = (find_ucr(name, folder) for name in (*PRETRAINING_SETS, *VALIDATION_SETS))
    return next(filter(None, found), None)


def _refuse_both(folder: Path, in_archive: Path | None) -> None:
    """Refuse a folder of which nobody can tell what is to be trained on."""
    parquet = next(find_files(folder, "**/*.parquet"), None)
    if parquet is not None and in_archive is not None:
        raise ValueError(
            f"{folder} holds Parquet files ({parquet.relative_to(folder)}) and data "
            f"sets of the UCR archive ({in_archive.relative_to(folder)}); only one of "
            f"the two can be trained on. Move the other out of the folder."
        )


def part_wanted(folder: Folder, stages: Sequence[Recipe]) -> float:
    """Tell which part of the samples a run needs.

    Parameters
    ----------
    folder : Folder
    stages : sequence of Recipe

    Returns
    -------
    float
        1.0, or less where there are more samples than any stage draws, and more than
        it takes to hold out as many as there may be.
    """
    drawn = [
        stage.n_steps * stage.batch_size // (2 if stage.contrast else 1)
        for stage in stages
    ]
    return min(1.0, max(*drawn, _MOST_HELD_OUT / _HELD_OUT) / folder.n_rows)


def glance(folder: Folder) -> list[list[Floats]]:
    """Read the first rows of a few files, to plan with.

    Parameters
    ----------
    folder : Folder

    Returns
    -------
    list of list of float32 ndarray of shape (length,)
        Series by file.
    """
    sources = [source for part in folder.sets.values() for source in part]
    places = np.linspace(0, len(sources) - 1, min(_LOOKS, len(sources))).astype(int)
    found = []
    for place in places:
        chunk = next(iter(sources[place]))
        panel = _check(folder, sources[place], slice(0, len(chunk.panel)), chunk.panel)
        found.append(panel.take(slice(_GLANCE)).series())
    return found


@contextlib.contextmanager
def open_folder(
    folder: Folder, work: Path, stages: Sequence[Recipe], *, progress: bool = False
) -> Iterator[Corpus]:
    """Make a corpus of a folder that need not fit into memory.

    Batches draw single series from anywhere, which Parquet cannot give. So the series
    are read once, in order, and copied to disk as training wants them: normalised,
    and resampled where they are longer than any stage's `max_length`. Of more samples
    than the run will draw, a random part is copied: the same in every run, as is what
    is held out, so that the errors of runs with other seeds compare.

    Parameters
    ----------
    folder : Folder
    work : Path
        Folder for the copy, which has no name in it and goes when this ends.
    stages : sequence of Recipe
    progress : bool
        Show a progress bar.

    Yields
    ------
    Corpus
        The held-out tenth of each data set, 512 samples in all at most, is in memory.

    Raises
    ------
    ValueError
        If a file is damaged or holds series that are refused (names file and row), or
        if there are fewer than two samples.
    OSError
        If the disk is full.
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
        rows = slice(n_rows, n_rows + len(chunk.panel))
        panel = _check(folder, source, rows, chunk.panel)
        chosen = panel.take(np.flatnonzero(rng.random(panel.n_samples) < part))
        store.extend(shorten(s, max_length) for s in chosen.series())
        n_rows = rows.stop
        bar.update(panel.n_samples)
        yield np.full(chosen.n_samples, panel.n_channels)


def _check(
    folder: Folder, source: Source, rows: slice, values: Floats | list[Floats]
) -> Panel:
    try:
        return check_panel(values, estimator="pretrain", missing=folder.missing)
    except ValueError as error:
        raise ValueError(in_file(source, rows, str(error))) from error


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
    """Choose the samples that training never sees.

    Parameters
    ----------
    sizes : ndarray of int of shape (n_sets,)
        Samples of each data set, two at least in all.
    rng : numpy.random.Generator

    Yields
    ------
    ndarray of bool of shape (size,)
        For each data set: True for the samples held out, a tenth of it but no more
        than its share of 512, or one; of more than 512 sets, 512 have any. Where all
        sets are tiny, a tenth of all samples. Never more than 512 in all.
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
