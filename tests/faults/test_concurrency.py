"""Threads and processes that share what the package has: the bits stay the same."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import threadpoolctl
from joblib import Parallel, cpu_count, delayed
from numpy.testing import assert_array_equal

from timenet_sklearn import TimeNetTransformer
from timenet_sklearn._encoder import inference
from timenet_sklearn._encoder import weights as weights_module
from timenet_sklearn._encoder.threads import count_threads
from timenet_sklearn._encoder.weights import load_weights, to_named_arrays

SHARED = TimeNetTransformer(weights="ucr18", n_jobs=2)
PANELS = [
    np.random.default_rng(seed).standard_normal((3 + seed, 2, 20 + 3 * seed))
    for seed in range(16)
]


def all_of(transformer, panel):
    """Everything that an estimator computes from series, as bytes."""
    embedding = transformer.transform(panel)
    return (
        embedding.tobytes(),
        transformer.inverse_transform(embedding, panel.shape[2]).tobytes(),
        transformer.reconstruction_error(panel).tobytes(),
    )


@pytest.fixture(scope="module")
def alone():
    """What one thread gets for each panel."""
    return [all_of(SHARED, panel) for panel in PANELS]


def test_16_threads_share_one_transformer(alone, full, tally):
    """16 threads transform, decode and measure with one transformer at a time."""
    barrier = threading.Barrier(16)

    def work(panel):
        barrier.wait(60)
        return all_of(SHARED, panel)

    with ThreadPoolExecutor(16) as pool:
        for _ in range(50 if full else 2):
            assert list(pool.map(work, PANELS)) == alone
            tally["the same bits in each thread"] += 16


def test_concurrent_first_loads_give_the_same_weights(full, tally, monkeypatch):
    """16 threads load the bundled weights at a time, none of them loaded before."""
    expected = {
        name: array.tobytes()
        for name, array in to_named_arrays(load_weights("ucr18").model).items()
    }
    barrier = threading.Barrier(16)

    def load(_):
        barrier.wait(60)
        arrays = to_named_arrays(load_weights("ucr18").model)
        return {name: array.tobytes() for name, array in arrays.items()}

    with ThreadPoolExecutor(16) as pool:
        for _ in range(100 if full else 5):
            weights_module._load_bundled.cache_clear()
            assert all(found == expected for found in pool.map(load, range(16)))
            tally["the same bits in each thread"] += 16


FIRST_USE = """
import threading
import numpy as np
barrier, found = threading.Barrier(16), []
def use(seed):
    barrier.wait(60)
    from timenet_sklearn import TimeNetTransformer
    X = np.sin(np.arange(40.0))[None]
    found.append(TimeNetTransformer(weights="ucr18").transform(X).tobytes())
threads = [threading.Thread(target=use, args=(i,)) for i in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(found) == 16 and len(set(found)) == 1, len(found)
"""


def test_concurrent_first_imports_and_uses_agree(fresh_python, full, tally):
    """16 threads of a fresh process import the package and embed, all at once."""
    for _ in range(10 if full else 1):
        fresh_python(FIRST_USE)
        tally["the same bits in each thread"] += 16


# --- processes ----------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:This process.*fork:DeprecationWarning")
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_processes_of_every_start_method_agree_with_this_one(method, alone, tally):
    """fork, spawn and forkserver, from a process whose threads have embedded."""
    context = multiprocessing.get_context(method)
    with context.Pool(2) as pool:
        tasks = [(SHARED, panel) for panel in PANELS]
        assert pool.starmap_async(all_of, tasks, chunksize=4).get(300) == alone
    tally[f"{method}: the same bits"] += len(tasks)


@pytest.mark.filterwarnings("ignore:This process.*fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_while_threads_embed_gives_the_same_bits(alone, full, tally):
    """fork while 4 threads are embedding; the child embeds, too."""
    stop = threading.Event()

    def keep_busy(panel):
        while not stop.is_set():
            SHARED.transform(panel)

    with ThreadPoolExecutor(4) as pool:
        busy = [pool.submit(keep_busy, panel) for panel in PANELS[-4:]]
        try:
            for number in range(20 if full else 2):
                time.sleep(0.01 * number)
                pid = os.fork()
                if pid == 0:
                    signal.alarm(120)  # a child that hangs on a lock dies
                    os._exit(0 if all_of(SHARED, PANELS[0]) == alone[0] else 1)
                assert os.waitpid(pid, 0)[1] == 0
                tally["the same bits in the child"] += 1
        finally:
            stop.set()
        assert all(one.exception() is None for one in busy)


def test_loky_workers_agree_with_this_process(alone, tally):
    """joblib's loky workers, given the transformer 16 times."""
    found = Parallel(n_jobs=2, backend="loky")(
        delayed(all_of)(SHARED, panel) for panel in PANELS
    )
    assert found == alone
    tally["the same bits"] += len(found)


UNPICKLE = """
import pickle, sys
from pathlib import Path
import numpy as np
folder = Path(sys.argv[1])
panel = np.load(folder / "X.npy")
for path in sorted(folder.glob("*.pickle")):
    transformer = pickle.loads(path.read_bytes())
    np.save(path.with_suffix(".npy"), transformer.transform(panel))
heavy = {"keras", "tensorflow", "jax", "torch"} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.mark.parametrize("blocked", [(), ("keras", "tensorflow")], ids=["has", "lacks"])
def test_pickles_are_used_without_tensorflow(
    blocked, trained, waves, tmp_path, fresh_python, tally
):
    """Pickles of trained and bundled weights, where TensorFlow is and is not."""
    made = {
        "trained": trained,
        "unfitted": TimeNetTransformer(weights="ucr18"),
        "frozen": TimeNetTransformer(weights="ucr18", pooling="mean").fit(waves),
    }
    for name, transformer in made.items():
        (tmp_path / f"{name}.pickle").write_bytes(pickle.dumps(transformer))
    np.save(tmp_path / "X.npy", waves)
    fresh_python(UNPICKLE, tmp_path, blocked=blocked)
    for name, transformer in made.items():
        found = np.load(tmp_path / f"{name}.npy")
        assert_array_equal(found, transformer.transform(waves))
        tally["the same bits, TensorFlow not imported"] += 1


@pytest.mark.parametrize(
    "name", ["timenet embed, a file", "timenet embed, a folder", "timenet pretrain"]
)
def test_two_runs_with_one_output_both_end_well(
    name, full, tally, unbroken_runs, tmp_path
):
    """Two processes of one command with one output folder at the same time."""
    pytest.importorskip("tensorflow", reason="training needs the extra train")
    pytest.importorskip("pyarrow", reason="needs the extra parquet")
    jobs = pytest.importorskip("jobs", reason="starts them as POSIX does")
    job, _, whole = jobs.run_unbroken(name, unbroken_runs)
    for number in range(10 if full else 1):
        out = tmp_path / f"out-{number}"
        with ThreadPoolExecutor(2) as pool:
            ended = list(pool.map(jobs.run, [job] * 2, [out] * 2))
        assert [one.status for one in ended] == [0, 0], ended
        assert jobs.contents(out) == whole and not jobs.left_behind(out)
        tally[f"{name}: both ended well"] += 1


# --- threads at work ----------------------------------------------------------------


class Census:
    """Counts what computes at a time: calls of the encoder, times their BLAS threads.

    The first calls wait until `expected` have come; others that may come show then.
    """

    def __init__(self, encode, expected):
        self._encode, self._changed = encode, threading.Condition()
        self._expected, self._inside, self.most = expected, 0, 0

    def __call__(self, *arguments):
        blas = [
            library["num_threads"]
            for library in threadpoolctl.threadpool_info()
            if library["user_api"] == "blas"
        ]
        with self._changed:
            self._inside += max(blas, default=1)
            self.most = max(self.most, self._inside)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.most >= self._expected, timeout=60)
        time.sleep(0.02)
        try:
            return self._encode(*arguments)
        finally:
            with self._changed:
                self._inside -= max(blas, default=1)


def most_at_work(call, expected):
    """Run something and count the threads that computed at the same time."""
    encode = inference.encode
    census = inference.encode = Census(encode, expected)
    try:
        call()
    finally:
        inference.encode = encode
    return census.most


MANY = np.random.default_rng(0).standard_normal((1200, 4))


def embed(n_jobs):
    return TimeNetTransformer(weights="ucr18", n_jobs=n_jobs).transform(MANY)


def embed_and_count(n_jobs):
    return most_at_work(lambda: embed(n_jobs), expected=1)


@pytest.mark.parametrize("inner", [None, 1, 3])
def test_nested_threads_and_blas_do_not_multiply(inner, tally):
    """4 threads embed with n_jobs=None, 1 and 3: threads that compute at a time."""

    def embed_in_4_threads():
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(embed, [inner] * 4))

    # as many as were asked for, each with one thread of BLAS
    asked = 4 * count_threads(inner)
    most = most_at_work(embed_in_4_threads, expected=4 if inner is None else asked)
    assert 4 <= most <= asked
    tally[f"n_jobs={inner}: {most} of the {asked} asked for"] += 1


@pytest.mark.parametrize("n_jobs", [None, -1, 1])
def test_loky_workers_keep_to_their_share(n_jobs, tally):
    """2 loky workers embed with n_jobs=None, -1 and 1: threads that compute at a time.

    joblib tells its workers their share of the CPUs; None keeps to it.
    """
    n_cpus = cpu_count()
    found = Parallel(n_jobs=2, backend="loky")(
        delayed(embed_and_count)(n_jobs) for _ in range(2)
    )
    most = {None: max(1, n_cpus // 2), -1: n_cpus, 1: 1}[n_jobs]
    assert all(1 <= one <= most for one in found)
    tally[f"n_jobs={n_jobs}: at most {most} in each"] += 1
