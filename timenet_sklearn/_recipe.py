"""What a training run is made of: the settings, apart from data and architecture."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
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
        Series a batch.
    learning_rate : float, default=0.004
        Peak rate of Adam.
    schedule : {"cosine", "constant"}, default="cosine"
        Cosine decay to zero after a linear warm-up, or a constant rate.
    warmup_steps : int, default=100
        Steps of the warm-up of the cosine schedule.
    clip_norm : float or None, default=1.0
        Largest global norm of the gradient; None does not clip.
    dropout : float, default=0.0
        Rate of dropout with a fresh mask at every step, on non-recurrent inputs only
        (paper, section 3).
    curriculum : bool, default=True
        Train on windows, cropped or resampled, whose longest length grows over the
        first 70 % of the run up to the largest bucket below the longest series, half
        of them mirrored in time and half of those in sign; in the last fifth every
        other batch has whole series. False trains on whole series only, as the paper
        does.
    buckets : tuple of int, default=(16, 32, 64, 128, 256, 512)
        Lengths of the windows. Few lengths, since XLA compiles once per length.
    max_length : int, default=512
        Longest series trained on, in steps; longer ones are resampled to it.
    evaluate_every : int, default=100
        Steps between evaluations on the validation series; checkpoints are written
        then. The weights of the best evaluation are kept.
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
    curriculum: bool = True
    buckets: tuple[int, ...] = (16, 32, 64, 128, 256, 512)
    max_length: int = 512
    evaluate_every: int = 100
    patience: int | None = None

    def __post_init__(self) -> None:
        """Refuse settings that no run could follow."""
        # Hashable, whatever sequence was given: compiled networks are kept by recipe.
        object.__setattr__(self, "buckets", tuple(self.buckets))
        positive = ("n_steps", "batch_size", "learning_rate", "max_length")
        for name in (*positive, "evaluate_every"):
            if not getattr(self, name) > 0:
                raise ValueError(
                    f"Recipe: {name} must be above 0, got {getattr(self, name)!r}."
                )
        for name in ("clip_norm", "patience"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(
                    f"Recipe: {name} must be above 0 or None, got {value!r}."
                )
        if self.warmup_steps < 0:
            raise ValueError(
                f"Recipe: warmup_steps must not be negative, got {self.warmup_steps!r}."
            )
        if self.schedule not in ("cosine", "constant"):
            raise ValueError(
                f"Recipe: schedule must be 'cosine' or 'constant', "
                f"got {self.schedule!r}."
            )
        if not 0 <= self.dropout < 1:
            raise ValueError(
                f"Recipe: dropout must be in [0, 1), got {self.dropout!r}."
            )
        if not self.buckets or min(self.buckets) < 1:
            raise ValueError(
                f"Recipe: buckets must be lengths of at least 1, got {self.buckets!r}."
            )


PAPER = Recipe(
    n_steps=20_000,
    learning_rate=0.006,
    schedule="constant",
    clip_norm=None,
    dropout=0.4,
    curriculum=False,
    evaluate_every=500,
    patience=10,
)
"""The paper's rate, batch size and dropout on whole series (section 4.2); number of
steps, evaluation and patience, which it does not state, are ours."""

FINE_TUNING = Recipe(
    n_steps=400, learning_rate=0.001, curriculum=False, evaluate_every=50
)
"""For weights that reconstruct already: whole series, a gentle rate, a short run."""
