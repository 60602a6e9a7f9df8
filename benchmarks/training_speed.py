"""Speed of training beside a PyTorch autoencoder of the same shape, in one run.

    python -m pip install ".[train]" torch
    python benchmarks/training_speed.py [--rounds 5]

Prints million time steps a second, one step being one value through encoder and
decoder, forth and back, at the recipe's batch size and some of its lengths.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import torch

from timenet_sklearn._training.batches import Batch
from timenet_sklearn._training.loop import compile_network
from timenet_sklearn._training.network import Network
from timenet_sklearn.pretraining import N_LAYERS, N_UNITS, RECIPES

RECIPE = RECIPES["ucr18"][0]
LENGTHS = (32, 128, 512)
BATCHES_A_ROUND = 10


class TorchAutoencoder(torch.nn.Module):
    """The same autoencoder on `torch.nn.GRU` (whose reset gate acts after)."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = torch.nn.GRU(1, N_UNITS, N_LAYERS, batch_first=True)
        self.decoder = torch.nn.GRU(1, N_UNITS, N_LAYERS, batch_first=True)
        self.output = torch.nn.Linear(N_UNITS, 1)

    def forward(self, values):
        _, states = self.encoder(values)
        outputs, _ = self.decoder(torch.zeros_like(values), states)
        return self.output(outputs)


def torch_trainer():
    model = TorchAutoencoder()
    optimizer = torch.optim.Adam(model.parameters(), RECIPE.learning_rate)

    def train(batch: Batch) -> None:
        values = torch.from_numpy(batch.values[..., None])
        target = torch.from_numpy(batch.reversed()[..., None].copy())
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(values), target).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), RECIPE.clip_norm)
        optimizer.step()

    return train


def keras_trainer():
    model = compile_network(Network(N_UNITS, N_LAYERS), RECIPE)

    def train(batch: Batch) -> None:
        model.train_on_batch(
            [batch.values[..., None], batch.mask],
            batch.reversed()[..., None],
            sample_weight=batch.mask.astype(np.float32),
        )

    return train


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    trainers = {"timenet_sklearn": keras_trainer(), "torch nn.GRU": torch_trainer()}
    rng = np.random.default_rng(0)
    for length in LENGTHS:
        values = rng.normal(size=(RECIPE.batch_size, length)).astype(np.float32)
        batch = Batch(values, np.ones(values.shape, dtype=bool), values)
        rates = {name: [] for name in trainers}
        for train in trainers.values():
            train(batch)  # compile
        for _ in range(rounds):
            for name, train in trainers.items():
                started = time.perf_counter()
                for _ in range(BATCHES_A_ROUND):
                    train(batch)
                seconds = time.perf_counter() - started
                rates[name].append(values.size * BATCHES_A_ROUND / seconds / 1e6)
        ours, theirs = (float(np.median(rates[name])) for name in trainers)
        print(
            f"batch {RECIPE.batch_size}, {length:3} steps: timenet_sklearn {ours:.3f}, "
            f"torch {theirs:.3f} million steps a second, ratio {ours / theirs:.2f}"
        )


if __name__ == "__main__":
    main()
