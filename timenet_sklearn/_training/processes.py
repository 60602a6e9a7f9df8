"""Several processes that train one model, by Keras' distribution on its jax back end.

Every process draws the whole batch, which depends on its step alone, and keeps its
share; Keras adds up the gradients. Weights, losses and evaluations are those of one
process, to rounding.
"""

from __future__ import annotations

import functools
import hashlib
import os
from dataclasses import dataclass

import keras
import numpy as np

from timenet_sklearn._training.batches import Batch

# Keras' own names: its `initialize` reads them.
_VARIABLES = tuple(
    f"KERAS_DISTRIBUTION_{name}"
    for name in ("JOB_ADDRESSES", "NUM_PROCESSES", "PROCESS_ID")
)


@dataclass(frozen=True)
class Processes:
    """The processes of a run, and which of them this is.

    Attributes
    ----------
    count, number : int
        Of all processes; of this one, from 0.
    n_devices : int
        Of all processes together: each takes an equal part of a batch.
    """

    count: int = 1
    number: int = 0
    n_devices: int = 1

    @property
    def writes(self) -> bool:
        """Whether this process is the one that writes files."""
        return self.number == 0

    def share(self, batch: Batch) -> Batch:
        """Return the series of a batch that this process trains on."""
        size = len(batch.values) // self.count
        rows = slice(self.number * size, (self.number + 1) * size)
        return Batch(*(part[rows] for part in batch))

    def check(self, batch_size: int, state: str) -> None:
        """Make sure that devices can share a batch, and that `state` is that of all."""
        if batch_size % self.n_devices:
            raise ValueError(
                f"a batch of {batch_size} series cannot be shared evenly by "
                f"{self.n_devices} devices; use a Recipe with another batch_size."
            )
        if self.count == 1:
            return
        digest = hashlib.sha256(state.encode()).digest()
        try:
            # Placed on the devices of all, it must be the same in all.
            keras.Variable(np.frombuffer(digest, np.int32), dtype="int32")
        except AssertionError as error:
            raise ValueError(
                "the processes differ in their data, recipe, versions or checkpoint. "
                "Start all of them with the same options, the same files, and a "
                "folder for the checkpoint that they have in common."
            ) from error


@functools.cache
def join_processes() -> Processes:
    """Join the other processes of the run, if the environment names some; once."""
    given = [name for name in _VARIABLES if name in os.environ]
    if not given:
        return Processes()
    missing = sorted({*_VARIABLES} - {*given})
    if missing:
        raise ValueError(f"{given[0]} is set, but not {', '.join(missing)}; set all.")
    if keras.backend.backend() != "jax":
        raise ValueError(
            f"{given[0]} is set: several processes train on Keras' jax back end only, "
            f"but its back end is {keras.backend.backend()}. Set KERAS_BACKEND=jax, "
            f"or unset the variables KERAS_DISTRIBUTION_..."
        )
    keras.distribution.initialize()
    keras.distribution.set_distribution(
        keras.distribution.DataParallel(auto_shard_dataset=False)
    )
    count, number = (int(os.environ[name]) for name in _VARIABLES[1:])
    return Processes(count, number, len(keras.distribution.list_devices()))
