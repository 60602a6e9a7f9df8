"""Trains a sequence autoencoder: the loop, its checkpoints and how it resumes."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import keras
import numpy as np
from tqdm import tqdm

from timenet_sklearn import __version__
from timenet_sklearn._encoder.gru import encode
from timenet_sklearn._encoder.inference import reconstruction_errors
from timenet_sklearn._encoder.model import Autoencoder
from timenet_sklearn._encoder.weights import from_named_arrays, to_named_arrays
from timenet_sklearn._series.panel import Panel
from timenet_sklearn._training.batches import Batch, Sampler, SeriesList
from timenet_sklearn._training.checkpoint import Checkpoint, digest
from timenet_sklearn._training.contrast import (
    anchor_loss,
    contrastive_loss,
    residual_loss,
)
from timenet_sklearn._training.network import Network
from timenet_sklearn._training.processes import Processes, join_processes
from timenet_sklearn._training.recipe import Recipe


class HasSeries(Protocol):
    """A data set to train on: a `Panel`, or one that does not fit into memory."""

    def series(self) -> SeriesList:
        """Return every channel of every series on its own, normalised."""


class Trained(NamedTuple):
    """Outcome of a training run.

    Attributes
    ----------
    model : Autoencoder
        Weights of the evaluation with the least validation error, or of the end if the
        recipe has other losses too.
    best_step : int
        Its step; 0 if no evaluation was better than the weights that it started from.
    validation_error : float
        Its squared reconstruction error a step, mean over the validation sets;
        predicting zero gives 1.0.
    history : dict of lists
        ``step``, ``loss`` (mean over the batches since the last evaluation),
        ``validation_error`` and ``seconds`` of each evaluation.
    writes : bool
        False in all but one of several processes that trained this model together.
    """

    model: Autoencoder
    best_step: int
    validation_error: float
    history: dict[str, list[float]]
    writes: bool = True


def train(
    corpus: Sequence[HasSeries],
    validation: Sequence[Panel],
    recipe: Recipe,
    *,
    n_units: int,
    n_layers: int,
    seed: int = 0,
    initial: Autoencoder | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    verbose: int = 0,
) -> Trained:
    """Train a sequence autoencoder on the channels of some panels.

    The best weights are chosen on `validation`. `seed` is that of weights, batches and
    dropout: two runs on a CPU are bitwise equal. `checkpoint` is a folder of the run's
    state, written first and at every evaluation: a run that finds one there goes on
    from it and ends with the weights of an unbroken run. The state of another run is a
    ValueError, and so is a frozen encoder without `initial`; a loss that stops being
    finite is a FloatingPointError.
    """
    if recipe.freeze_encoder and initial is None:
        raise ValueError(
            "Recipe(freeze_encoder=True) keeps the encoder that it starts from, and "
            "here it starts from none. Start from weights: "
            'TimeNetTransformer(weights="ucr18", fine_tune=True, recipe=...).'
        )
    processes = join_processes()
    with _compiled(n_units, n_layers, recipe, seed) as network:
        if initial is not None:
            network.set_arrays(initial)
        run = _Run(corpus, validation, recipe, network, seed, initial, processes)
        identity, store = {}, None
        if checkpoint is not None or processes.count > 1:
            identity = _identity(corpus, validation, recipe, network, seed)
        if checkpoint is not None:
            store = Checkpoint(Path(checkpoint), identity)
            store.restore(run)
        processes.check(recipe.batch_size, json.dumps([identity, run.step]))
        _go(run, recipe.n_steps, store if processes.writes else None, verbose)
    return Trained(
        run.best, run.best_step, run.best_error, run.history, processes.writes
    )


def _go(run: _Run, n_steps: int, store: Checkpoint | None, verbose: int) -> None:
    """Train to the end, with a checkpoint after every evaluation."""
    if store is not None and not run.finished:
        # a folder that cannot be written to is better known before hours of work
        store.save(run)
    bar = tqdm(total=n_steps, initial=run.step, disable=not verbose, unit="step")
    with bar:
        while not run.finished:
            run.advance(bar.update)
            bar.set_postfix_str(
                f"loss {run.history['loss'][-1]:.3f}, "
                f"validation error {run.history['validation_error'][-1]:.3f}"
            )
            if store is not None:
                store.save(run)


# Compiled networks that wait for another run of the same shape: compiling takes
# seconds, and TensorFlow never gives back the tens of megabytes that it took. As many
# as DomainSAETransformer tries in each fold of a cross-validation.
_MOST_IDLE = 4
_idle: dict[tuple[int, int, Recipe], Network] = {}


@contextlib.contextmanager
def _compiled(
    n_units: int, n_layers: int, recipe: Recipe, seed: int
) -> Iterator[Network]:
    """Lend a network in its initial state, compiled before if there is one."""
    fresh = Network(
        n_units,
        n_layers,
        dropout=recipe.dropout,
        seed=seed,
        losses=tuple(recipe.losses),
        summaries=recipe.summaries,
        freeze_encoder=recipe.freeze_encoder,
    )
    compile_network(fresh, recipe)
    network = _idle.pop((n_units, n_layers, recipe), fresh)
    if network is not fresh:
        for ours, initial in zip(_variables(network), _variables(fresh), strict=True):
            ours.assign(initial)
    try:
        yield network
    finally:
        _idle[n_units, n_layers, recipe] = network
        for oldest in list(_idle)[:-_MOST_IDLE]:
            _idle.pop(oldest, None)


def _variables(network: Network) -> list[keras.Variable]:
    """List all that training changes: weights, dropout seeds, optimizer state."""
    return [*network.model.variables, *network.model.optimizer.variables]


class _Run:
    """State of a training run: everything that a checkpoint must bring back."""

    def __init__(
        self,
        corpus: Sequence[HasSeries],
        validation: Sequence[Panel],
        recipe: Recipe,
        network: Network,
        seed: int,
        initial: Autoencoder | None,
        processes: Processes,
    ) -> None:
        self._validation = validation
        self._recipe = recipe
        self._network = network
        self._processes = processes
        self._sampler = Sampler([panel.series() for panel in corpus], recipe, seed)
        self.step = 0
        self.best, self.best_step = network.get_arrays(), 0
        self._anchor = self.best.encoder
        # Training on from good weights must not end with worse ones, by this error.
        self.best_error = (
            float("inf") if initial is None else validation_error(initial, validation)
        )
        self.history: dict[str, list[float]] = {
            "step": [],
            "loss": [],
            "validation_error": [],
            "seconds": [],
        }

    @property
    def variables(self) -> list[keras.Variable]:
        """All that training changes in the network."""
        return _variables(self._network)

    def get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Everything that goes on changing: as JSON, and as arrays."""
        arrays = {f"variable_{i}": v.numpy() for i, v in enumerate(self.variables)}
        best = to_named_arrays(self.best)
        arrays |= {f"best/{name}": array for name, array in best.items()}
        state = {
            "step": self.step,
            "best_step": self.best_step,
            "best_error": self.best_error,
            "history": self.history,
        }
        return state, arrays

    def set_state(self, state: dict[str, Any], arrays: dict[str, Any]) -> None:
        """Go to where another run of the same identity was."""
        for index, variable in enumerate(self.variables):
            variable.assign(arrays[f"variable_{index}"])
        self.best = from_named_arrays(
            {name[5:]: a for name, a in arrays.items() if name.startswith("best/")}
        )
        self.step, self.history = state["step"], state["history"]
        self.best_step, self.best_error = state["best_step"], state["best_error"]

    @property
    def finished(self) -> bool:
        """Whether all steps are done, or patience is at its end."""
        patience = self._recipe.patience
        if self.step >= self._recipe.n_steps:
            return True
        errors = [
            error
            for step, error in zip(
                self.history["step"], self.history["validation_error"], strict=True
            )
            if self._sampler.reaches_full_length(int(step))
        ]
        return (
            patience is not None
            and len(errors) > patience
            and int(np.argmin(errors)) < len(errors) - patience
        )

    def advance(self, on_step: Callable[[], object]) -> None:
        """Train up to the next evaluation, then evaluate."""
        started = time.perf_counter()
        losses = []
        every = self._recipe.evaluate_every
        stop = min(self.step - self.step % every + every, self._recipe.n_steps)
        while self.step < stop:
            losses.append(self._train_on(self._sampler.draw(self.step)))
            self.step += 1
            on_step()
        model = self._network.get_arrays()
        error = validation_error(model, self._validation)
        _check_finite(error, "validation error", self.step)
        # Other losses, which this error knows nothing of, are no less wanted.
        if error < self.best_error or self._recipe.losses:
            self.best, self.best_step, self.best_error = model, self.step, error
        earlier = self.history["seconds"][-1] if self.history["seconds"] else 0.0
        for key, value in (
            ("step", self.step),
            ("loss", float(np.mean(losses))),
            ("validation_error", error),
            ("seconds", earlier + time.perf_counter() - started),
        ):
            self.history[key].append(value)

    def _train_on(self, whole: Batch) -> float:
        batch = self._processes.share(whole)
        # Keras 3.7 does not: its loss would be the mean over all batches so far
        self._network.model.reset_metrics()
        # Every series counts the same in the other losses; only one has a target.
        ones = np.ones(len(batch.mask), dtype=np.float32)
        targets: Any = dict.fromkeys(self._recipe.losses, ones)
        weights: Any = dict.fromkeys(self._recipe.losses, ones)
        targets["reconstruction"] = batch.reversed()[..., None]
        weights["reconstruction"] = batch.mask.astype(np.float32)
        if "anchor" in targets:
            lengths = batch.mask.sum(axis=1)
            anchors = encode(
                self._anchor, batch.inputs, lengths, self._recipe.summaries
            )
            targets["anchor"] = anchors.reshape(len(lengths), -1)
        losses = self._network.model.train_on_batch(
            [batch.inputs[..., None], batch.mask], targets, sample_weight=weights
        )
        loss = float(np.ravel(losses)[0])
        _check_finite(loss, "loss", self.step)
        return loss


def _check_finite(value: float, what: str, step: int) -> None:
    if not np.isfinite(value):
        raise FloatingPointError(
            f"the training {what} became {value} at step {step}; "
            f"use a Recipe with a lower learning_rate or a clip_norm."
        )


def validation_error(model: Autoencoder, validation: Sequence[Panel]) -> float:
    """Squared reconstruction error a step, mean over series, then over data sets."""
    errors = [reconstruction_errors(model, panel).mean() for panel in validation]
    return float(np.mean(errors))


_LOSSES = {
    "contrast": contrastive_loss,
    "contrast_final": contrastive_loss,
    "teach": residual_loss,
    "anchor": anchor_loss,
}


def compile_network(network: Network, recipe: Recipe) -> keras.Model:
    """Compile a network with the optimizer and loss of a recipe."""
    rate: float | keras.optimizers.schedules.LearningRateSchedule
    rate = recipe.learning_rate
    if recipe.schedule == "cosine":
        warmup = min(recipe.warmup_steps, recipe.n_steps // 10)
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, recipe.n_steps - warmup, warmup_target=rate, warmup_steps=warmup
        )
    # The paper's sum of squared errors over real steps, divided by their number so that
    # rate and clipping mean the same at every length.
    losses: dict[str, Any] = {
        "reconstruction": keras.losses.MeanSquaredError(
            reduction="mean_with_sample_weight"
        )
    }
    losses |= {name: _LOSSES[name] for name in recipe.losses}
    network.model.compile(
        optimizer=keras.optimizers.Adam(rate, global_clipnorm=recipe.clip_norm),
        loss=losses,
        loss_weights={"reconstruction": 1.0, **recipe.losses},
        # torch.compile needs a compiler and minutes; XLA is 1.5 x faster than without.
        jit_compile=keras.backend.backend() != "torch",
    )
    network.model.optimizer.build(network.model.trainable_variables)
    return network.model


def _identity(
    corpus: Sequence[HasSeries],
    validation: Sequence[Panel],
    recipe: Recipe,
    network: Network,
    seed: int,
) -> dict[str, Any]:
    """Describe what must be the same for a run to go on from a checkpoint."""
    return {
        "training data": digest(s for panel in corpus for s in panel.series()),
        "validation data": digest(s for panel in validation for s in panel.series()),
        "initial weights": digest(to_named_arrays(network.get_arrays()).values()),
        **json.loads(json.dumps(asdict(recipe))),
        "random_state": seed,
        "Keras backend": keras.backend.backend(),
        "Keras version": keras.__version__,
        "timenet_sklearn version": __version__,
    }
