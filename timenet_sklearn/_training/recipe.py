"""What a training run is made of: the settings, apart from data and architecture."""

from __future__ import annotations

from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import (
    Interval,
    StrOptions,
    validate_parameter_constraints,
)

from timenet_sklearn._encoder.pooling import POOLINGS

#: Settings that weigh a loss beside that of the reconstruction.
LOSSES = ("contrast", "contrast_final", "teach", "anchor")


def _plain(value: Any) -> Any:
    """Python's own type for NumPy's: hashable, and JSON can hold it."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (list, tuple, np.ndarray)):
        return tuple(map(_plain, value))
    return value


_POSITIVE_INT = Interval(Integral, 1, None, closed="left")
_POSITIVE = Interval(Real, 0, None, closed="neither")
_NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
_RATE = Interval(Real, 0, 1, closed="left")

_CONSTRAINTS = {
    "n_steps": [_POSITIVE_INT],
    "batch_size": [_POSITIVE_INT],
    "learning_rate": [_POSITIVE],
    "schedule": [StrOptions({"cosine", "constant"})],
    "warmup_steps": [Interval(Integral, 0, None, closed="left")],
    "clip_norm": [_POSITIVE, None],
    "dropout": [_RATE],
    "input_noise": [_NOT_NEGATIVE],
    "input_dropout": [_RATE],
    **{name: [_NOT_NEGATIVE] for name in LOSSES},
    "freeze_encoder": ["boolean"],
    "summaries": [tuple],
    "curriculum": ["boolean"],
    "growth": [Interval(Real, 0, 1, closed="both")],
    "buckets": [tuple],
    "max_length": [_POSITIVE_INT],
    "evaluate_every": [_POSITIVE_INT],
    "patience": [_POSITIVE_INT, None],
}


@dataclass(frozen=True)
class Recipe:  # numpydoc ignore=PR02
    """How to train a sequence autoencoder.

    The defaults suit one data set of a few hundred series (see
    ``benchmarks/fit_quality.py`` for errors and seconds). To reconstruct takes
    gradients through hundreds of steps; the curriculum gets there by windows that
    start short and grow.

    Parameters
    ----------
    n_steps : int, default=1500
        Optimizer steps, one batch each.
    batch_size : int, default=32
        Series a batch; with `contrast` views, two of each of ``batch_size / 2`` series.
    learning_rate : float, default=0.004
        Peak rate of Adam.
    schedule : {"cosine", "constant"}, default="cosine"
        Cosine decay to zero after a linear warm-up, or a constant rate.
    warmup_steps : int, default=100
        Steps of the warm-up of the cosine schedule, a tenth of the run at most.
    clip_norm : float or None, default=1.0
        Largest global norm of the gradient; None does not clip.
    dropout : float, default=0.0
        Rate of dropout with a fresh mask at every step, on non-recurrent inputs only
        (paper, section 3).
    input_noise : float, default=0.0
        Largest standard deviation of Gaussian noise on what the encoder reads; the
        decoder has to give the clean series. Each series draws a level of its own
        below it, and one in four stays as it is.
    input_dropout : float, default=0.0
        Largest part of the steps that the encoder reads as zero, drawn likewise.
    contrast : float, default=0.0
        Weight of a second loss, beside that of the reconstruction: a batch then has two
        views of each of ``batch_size / 2`` series of one data set (or of all, where one
        has too few): a part of the series, slightly warped in time, with a slow wave
        added. Each view has to be matched with the other one of its series by
        `summaries` of the encoder's states. The two views of a whole series differ in
        their noise alone. The loss that is reported is the weighted sum; with any loss
        beside the reconstruction the weights of the end are kept.
    contrast_final : float, default=0.0
        Weight of the same loss on the final states.
    teach : float, default=0.0
        Weight of a loss that teaches the final states what the summaries know: a linear
        head on them has to predict `summaries` of the same series, both standardised
        over the batch. The summaries get no gradient of it; the head is thrown away.
    anchor : float, default=0.0
        Weight of the squared distance of `summaries` from what the weights that the
        stage starts from would give, both standardised over the batch.
    freeze_encoder : bool, default=False
        Train the decoder alone, from weights whose embeddings are to stay as they are.
    summaries : tuple of str
        Summaries of the states over time that these losses read, as `pooling` names
        them; by default those that the second stage of ``ucr18`` was trained with.
    curriculum : bool, default=True
        Train on windows, cropped or resampled, whose longest length grows up to the
        largest bucket below the longest series, half of them mirrored in time and half
        of those in sign; in the last fifth of the run every other batch has whole
        series. False trains on whole series only, as the paper does.
    growth : float, default=0.7
        Part of the run over which the windows grow; with 0 they have any length from
        the first step, for weights that reconstruct already.
    buckets : tuple of int, default=(16, 32, 64, 128, 256, 512)
        Lengths of the windows. Few lengths, since XLA compiles once per length.
    max_length : int, default=512
        Longest series trained on, in steps; longer ones are resampled to it.
    evaluate_every : int, default=100
        Steps between evaluations on the validation series; checkpoints are written
        then. The weights of the best evaluation are kept or, with `contrast`, the last.
    patience : int or None, default=None
        Stop after so many evaluations in a row, counted once batches are of full
        length, without a better validation error. None trains to the end.
    """

    n_steps: int = 1500
    batch_size: int = 32
    learning_rate: float = 0.004
    schedule: str = "cosine"
    warmup_steps: int = 100
    clip_norm: float | None = 1.0
    dropout: float = 0.0
    input_noise: float = 0.0
    input_dropout: float = 0.0
    contrast: float = 0.0
    contrast_final: float = 0.0
    teach: float = 0.0
    anchor: float = 0.0
    freeze_encoder: bool = False
    summaries: tuple[str, ...] = ("mean", "max", "min", "std", "change", "last")
    curriculum: bool = True
    growth: float = 0.7
    buckets: tuple[int, ...] = (16, 32, 64, 128, 256, 512)
    max_length: int = 512
    evaluate_every: int = 100
    patience: int | None = None

    def __post_init__(self) -> None:
        """Refuse settings that no run could follow."""
        for field in fields(self):
            object.__setattr__(self, field.name, _plain(getattr(self, field.name)))
        validate_parameter_constraints(_CONSTRAINTS, vars(self), "Recipe")
        if not self.summaries or len(self.summaries) > len(
            {*self.summaries} & {*POOLINGS}
        ):
            raise ValueError(
                f"Recipe: summaries must be different names of {POOLINGS}, got "
                f"{self.summaries!r}."
            )
        if not self.buckets or not all(
            map(_POSITIVE_INT.is_satisfied_by, self.buckets)
        ):
            raise ValueError(
                f"Recipe: buckets must be whole numbers of at least 1, got "
                f"{self.buckets!r}."
            )
        self._check_losses()

    def _check_losses(self) -> None:
        """Refuse losses that do not go with the other settings."""
        if self.views and (self.batch_size < 4 or self.batch_size % 2):
            raise ValueError(
                f"Recipe: with contrast, batch_size must be even, two views of each of "
                f"two series or more, got {self.batch_size}."
            )
        if self.views and not (
            self.curriculum or self.input_noise or self.input_dropout
        ):
            raise ValueError(
                "Recipe: with contrast and without curriculum the two views of a "
                "series differ by their noise alone; input_noise or input_dropout "
                "must be above 0."
            )
        if self.losses and self.freeze_encoder:
            raise ValueError(
                f"Recipe: with freeze_encoder the reconstruction is the one loss; "
                f"{', '.join(self.losses)} must be 0."
            )
        if self.losses and self.patience is not None:
            raise ValueError(
                f"Recipe: patience watches the reconstruction alone; with "
                f"{next(iter(self.losses))} it must be None."
            )

    @property
    def losses(self) -> dict[str, float]:
        """Weights of the losses beside that of the reconstruction, if above 0."""
        return {name: getattr(self, name) for name in LOSSES if getattr(self, name)}

    @property
    def views(self) -> bool:
        """Whether batches hold two views of each series."""
        return self.contrast > 0 or self.contrast_final > 0


PAPER = Recipe(
    n_steps=9000,
    learning_rate=0.006,
    schedule="constant",
    clip_norm=None,
    dropout=0.4,
    curriculum=False,
    evaluate_every=500,
    patience=10,
)
"""The paper's rate, batch size and dropout on whole series (section 4.2); number of
steps, evaluation and patience, which it does not state, are ours. After 9,206 steps on
its 18 data sets the loss was not a number any more."""

FINE_TUNING = Recipe(
    n_steps=400, learning_rate=0.001, curriculum=False, evaluate_every=50
)
"""For weights that reconstruct already: whole series, a gentle rate, a short run."""
