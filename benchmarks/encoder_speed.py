"""Speed of the frozen encoder beside PyTorch's and Keras' GRU, in one run.

    python -m pip install ".[train]" torch
    python benchmarks/encoder_speed.py [--rounds 5]

Prints million time steps a second for 1,024 series of 128 steps and for 1,024 of
24 to 512 steps: the median over the rounds, in which the contestants take turns, since
other work on the machine comes and goes. "limit" is what this machine's own sgemm rate
would allow, with 108 kFLOP a step and nothing but matrix products.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import threadpoolctl
import torch

from timenet_sklearn import TimeNetTransformer
from timenet_sklearn._series.panel import check_panel

N_SERIES, N_UNITS, N_LAYERS = 1024, 60, 3
FLOP_PER_STEP = 2 * (54_720 - N_LAYERS * 3 * N_UNITS)  # products only, no biases
KERAS_BATCHES = (256, 1024)
TORCH_BATCHES = (64, 256, 1024)


def panels(seed: int = 0) -> dict[str, list[np.ndarray]]:
    """Random series: all of 128 steps, and of 24 to 512."""
    rng = np.random.default_rng(seed)
    mixed = rng.integers(24, 513, N_SERIES)
    return {
        "128 steps": [rng.normal(size=128).astype(np.float32) for _ in range(N_SERIES)],
        "24-512 steps": [rng.normal(size=n).astype(np.float32) for n in mixed],
    }


def seconds_of(function) -> float:
    # Idle workers of the library before spin for a while, on our cores.
    time.sleep(0.5)
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def sgemm_limit() -> float:
    """Return steps a second if a step were only its share of a large product."""
    matrix = np.ones((2048, 2048), dtype=np.float32)
    seconds = seconds_of(lambda: [matrix @ matrix for _ in range(4)])
    return 4 * 2 * 2048**3 / seconds / FLOP_PER_STEP


def numpy_encoder(series):
    """Ours: normalisation and checks included."""
    encoder = TimeNetTransformer(weights="ucr18").fit(series)
    return lambda: encoder.transform(series)


def batches(series, size):
    """Yield padded batches of neighbours in length, as a careful user makes them."""
    order = np.argsort([len(one) for one in series])
    for start in range(0, len(series), size):
        rows = [series[row] for row in order[start : start + size]]
        padded = np.zeros((len(rows), max(map(len, rows))), dtype=np.float32)
        for row, one in zip(padded, rows, strict=True):
            row[: len(one)] = one
        yield padded[..., None], np.array([len(one) for one in rows])


def torch_encoder(series, size):
    gru = torch.nn.GRU(1, N_UNITS, N_LAYERS, batch_first=True)
    pack = torch.nn.utils.rnn.pack_padded_sequence
    ready = [
        (torch.from_numpy(values), torch.from_numpy(lengths))
        for values, lengths in batches(series, size)
    ]

    def run():
        with torch.inference_mode():
            for values, lengths in ready:
                if lengths.min() < lengths.max():
                    values = pack(values, lengths, True, enforce_sorted=False)
                gru(values)

    return run


def keras_encoder(series, size):
    """Keras on TensorFlow with XLA; lengths are padded to 64s, to compile seldom."""
    cells = [keras.layers.GRUCell(N_UNITS, reset_after=False) for _ in range(N_LAYERS)]
    values = keras.Input((None, 1))
    mask = keras.Input((None,), dtype="bool")
    outputs = keras.layers.RNN(cells, return_state=True)(values, mask=mask)
    model = keras.Model([values, mask], outputs[1:])
    model.compile(jit_compile=True)
    ready = []
    for padded, lengths in batches(series, size):
        extra = -padded.shape[1] % 64
        padded = np.pad(padded, ((0, 0), (0, extra), (0, 0)))
        ready.append([padded, np.arange(padded.shape[1]) < lengths[:, None]])
    for batch in ready:
        model.predict_on_batch(batch)
    return lambda: [model.predict_on_batch(batch) for batch in ready]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    blas = threadpoolctl.ThreadpoolController().select(user_api="blas").info()
    print(
        f"{os.cpu_count()} CPUs, NumPy {np.__version__}, torch {torch.__version__}, "
        f"keras {keras.__version__}, "
        f"BLAS {blas[0].get('architecture', 'unknown')}"
    )
    for name, series in panels().items():
        n_steps = int(check_panel(series).lengths.sum())
        contestants = {"timenet_sklearn": numpy_encoder(series)}
        for size in TORCH_BATCHES:
            contestants[f"torch nn.GRU, batch {size}"] = torch_encoder(series, size)
        for size in KERAS_BATCHES:
            contestants[f"Keras/TF XLA, batch {size}"] = keras_encoder(series, size)
        rates = {key: [] for key in ("limit by sgemm", *contestants)}
        for _ in range(rounds):
            rates["limit by sgemm"].append(sgemm_limit() / 1e6)
            for key, run in contestants.items():
                rates[key].append(n_steps / seconds_of(run) / 1e6)
        report(name, {key: float(np.median(values)) for key, values in rates.items()})


def report(name: str, rates: dict[str, float]) -> None:
    ours = rates["timenet_sklearn"]
    print(f"\n{N_SERIES} series of {name}: million steps a second, ours as a multiple")
    for key, rate in rates.items():
        print(f"  {key:26} {rate:6.3f}   {ours / rate:6.2f} x")


if __name__ == "__main__":
    main()
