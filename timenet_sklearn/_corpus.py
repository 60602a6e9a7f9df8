"""What an encoder is pre-trained on: the series of the UCR archive, or of a folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from timenet_sklearn._io.store import StoredPanel
from timenet_sklearn._panel import Panel, check_panel
from timenet_sklearn.datasets import (
    EXTRA_PRETRAINING_SETS,
    EXTRA_TRAINING_PARTS,
    PRETRAINING_SETS,
    VALIDATION_SETS,
    load_ucr,
)


@dataclass(frozen=True)
class Corpus:
    """The series of a pre-training run, by data set; labels are not read.

    Attributes
    ----------
    training : dict of Panel or StoredPanel
    validation : dict of Panel
    """

    training: Mapping[str, Panel | StoredPanel]
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
