"""Threads over chunks, and BLAS held to one thread meanwhile, whoever overlaps."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
import threadpoolctl

from timenet_sklearn._encoder import threads
from timenet_sklearn._encoder.threads import (
    count_threads,
    map_threads,
    one_at_a_time,
    one_thread_blas,
)

# Not what any guard sets, and what a machine of one core can be given as well.
OUTSIDE = 3


def blas_limits():
    """Threads that each BLAS library in this process may use."""
    return {
        library["num_threads"]
        for library in threadpoolctl.threadpool_info()
        if library["user_api"] == "blas"
    }


def set_blas_threads(limits):
    """Set the limit as an environment variable would: no thread is its owner."""
    limiter = threadpoolctl.threadpool_limits(limits, user_api="blas")
    with threadpoolctl.threadpool_limits():
        pass  # from threadpoolctl 3.8 on, leaving a `with` ends this thread's ownership
    return limiter


@pytest.fixture
def blas():
    """A BLAS that has been given OUTSIDE threads."""
    limiter = set_blas_threads(OUTSIDE)
    if blas_limits() != {OUTSIDE}:
        pytest.skip("threadpoolctl cannot set the threads of this NumPy's BLAS")
    yield
    assert blas_limits() == {OUTSIDE}
    limiter.restore_original_limits()
    set_blas_threads(None)


# ------------------------------------------------------------------- the guard


def test_guard_holds_blas_to_one_thread_and_gives_the_limit_back(blas):
    with one_thread_blas:
        assert blas_limits() == {1}
    assert blas_limits() == {OUTSIDE}


def test_nested_guards_give_the_limit_back_at_the_outermost(blas):
    with one_thread_blas:
        with one_thread_blas, one_thread_blas:
            pass
        assert blas_limits() == {1}
    assert blas_limits() == {OUTSIDE}


def test_exception_inside_gives_the_limit_back(blas):
    with pytest.raises(KeyError), one_thread_blas, one_thread_blas:
        raise KeyError
    assert blas_limits() == {OUTSIDE}


@pytest.mark.parametrize("first_out", ["first in", "last in"])
def test_overlapping_guards_of_two_threads_give_the_limit_back(blas, first_out):
    inside = threading.Event()
    leave = threading.Event()
    seen = []

    def other():
        with one_thread_blas:
            inside.set()
            leave.wait(10)
            seen.append(blas_limits())

    thread = threading.Thread(target=other)
    if first_out == "last in":
        thread.start()
        assert inside.wait(10)
    with one_thread_blas:
        if first_out == "first in":
            thread.start()
            assert inside.wait(10)
        else:
            leave.set()
            thread.join()
            assert blas_limits() == {1}
    if first_out == "first in":
        assert blas_limits() == {1}
        leave.set()
        thread.join()
    assert seen == [{1}]
    assert blas_limits() == {OUTSIDE}


def test_many_overlapping_and_nested_guards_give_the_limit_back(blas):
    wrong = []

    def come_and_go(seed):
        rng = np.random.default_rng(seed)
        for _ in range(60):
            with one_thread_blas:
                with one_thread_blas:
                    time.sleep(rng.uniform(0, 2e-4))
                if blas_limits() != {1}:
                    wrong.append(seed)

    threads = [threading.Thread(target=come_and_go, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert blas_limits() == {OUTSIDE}


# ----------------------------------------------------------------- map_threads


@pytest.mark.parametrize("n_jobs", [1, 2, 8, -1, None])
def test_results_come_in_the_order_of_the_items(n_jobs):
    def slow_at_first(item):
        time.sleep(0.002 * (9 - item))
        return item * item

    items = iter(range(10))
    assert map_threads(slow_at_first, items, n_jobs) == [i * i for i in range(10)]


@pytest.mark.parametrize("n_jobs", [1, 2, None])
def test_no_items_give_no_results(n_jobs):
    assert map_threads(abs, [], n_jobs) == []


def test_a_single_item_needs_no_other_thread(blas, monkeypatch):
    # as its start takes longer than to embed a few steps
    monkeypatch.setattr(joblib, "cpu_count", None)
    assert one_thread_blas.holds_in_every_thread
    [(ident, limits)] = map_threads(
        lambda item: (threading.get_ident(), blas_limits()), [0], None
    )
    assert (ident, limits) == (threading.get_ident(), {1})


def test_one_thread_at_a_time_is_let_in():
    inside = []

    def come(item):
        for _ in range(20):
            with one_at_a_time:
                inside.append(item)
                time.sleep(1e-4)
                assert inside == [item]
                inside.pop()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(come, range(4)))
    assert not inside


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_work_sees_one_blas_thread_and_nested_work_too(blas, n_jobs):
    def nested(item):
        return blas_limits() | set().union(*map_threads(limits, range(2), 2))

    def limits(item):
        return blas_limits()

    assert map_threads(nested, range(4), n_jobs) == [{1}] * 4
    assert blas_limits() == {OUTSIDE}


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_error_in_the_work_is_raised_and_the_limit_given_back(blas, n_jobs):
    def fail_at_2(item):
        if item == 2:
            raise OverflowError("item 2")
        return item

    with pytest.raises(OverflowError, match="item 2"):
        map_threads(fail_at_2, range(5), n_jobs)
    assert blas_limits() == {OUTSIDE}


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_work_runs_in_as_many_threads_as_asked_for(n_jobs):
    barrier = threading.Barrier(n_jobs)

    def meet(item):
        barrier.wait(10)  # passes only if n_jobs threads come to it at once
        return threading.get_ident()

    assert len(set(map_threads(meet, range(n_jobs), n_jobs))) == n_jobs


def test_limit_that_the_caller_holds_is_narrowed_and_given_back(blas):
    # Since threadpoolctl 3.8 nobody but this thread can change the limit meanwhile.
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        assert map_threads(lambda item: blas_limits(), range(3), 2) == [{1}] * 3
        assert blas_limits() == {2}
    assert blas_limits() == {OUTSIDE}


@pytest.fixture
def openmp(monkeypatch):
    """OpenMP in place of a BLAS whose limit belongs to each thread, as MKL's may."""
    pytest.importorskip("sklearn.utils._openmp_helpers")
    everything = threadpoolctl.ThreadpoolController().select(user_api="openmp")
    paths = [library["filepath"] for library in everything.info()]
    # One alone: others that tests before this one loaded have limits of their own.
    libraries = everything.select(filepath=[p for p in paths if "scikit_learn" in p])
    if not libraries.lib_controllers:
        pytest.skip("this scikit-learn was built without OpenMP")
    monkeypatch.setattr(threads, "_blas", lambda: libraries)
    with libraries.limit(limits=OUTSIDE):
        yield lambda: {library["num_threads"] for library in libraries.info()}


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_limit_of_each_thread_is_set_in_every_worker(openmp, n_jobs):
    assert map_threads(lambda item: openmp(), range(4), n_jobs) == [{1}] * 4
    assert openmp() == {OUTSIDE}


def test_limit_of_each_thread_survives_overlapping_calls(openmp):
    inside, leave = threading.Event(), threading.Event()
    seen = []

    def stay(item):
        inside.set()
        leave.wait(10)
        return openmp()

    other = threading.Thread(target=lambda: seen.extend(map_threads(stay, [0], 1)))
    with one_thread_blas:  # in first, out first
        other.start()
        assert inside.wait(10)
        assert map_threads(lambda item: openmp(), range(2), 1) == [{1}] * 2
    assert openmp() == {OUTSIDE}
    leave.set()
    other.join()
    assert seen == [{1}]
    assert openmp() == {OUTSIDE}


# --------------------------------------------------------------- count_threads


def test_zero_jobs_is_an_error():
    with pytest.raises(ValueError, match=r"n_jobs must be .* got 0"):
        count_threads(0)


def test_positive_jobs_are_taken_at_their_word():
    assert [count_threads(n) for n in (1, 2, 77)] == [1, 2, 77]


def test_negative_jobs_count_down_from_all_cpus():
    n_cpus = joblib.cpu_count()
    assert count_threads(-1) == n_cpus
    assert count_threads(-2) == max(1, n_cpus - 1)
    assert count_threads(-1000) == 1


def test_none_takes_the_threads_that_blas_may_use(blas, monkeypatch):
    monkeypatch.setattr(joblib, "cpu_count", lambda: 16)
    assert count_threads(None) == OUTSIDE
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        assert count_threads(None) == 2


def test_none_takes_no_more_than_the_cpus_of_the_process(blas, monkeypatch):
    monkeypatch.setattr(joblib, "cpu_count", lambda: 2)
    assert count_threads(None) == 2


def test_none_inside_a_guard_still_means_the_limit_outside(blas, monkeypatch):
    monkeypatch.setattr(joblib, "cpu_count", lambda: 16)
    with one_thread_blas, one_thread_blas:
        assert count_threads(None) == OUTSIDE


def run_python(code, **environment):
    """Standard output of a fresh interpreter that must end well."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


COUNT = """
from timenet_sklearn._encoder import threads
from timenet_sklearn._encoder.threads import count_threads
print(count_threads(None), count_threads(-1), count_threads(5))
"""


@pytest.mark.skipif(os.cpu_count() == 1, reason="every limit is one on one CPU")
@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("OMP_NUM_THREADS", ["1", str(joblib.cpu_count()), "5"]),
        ("LOKY_MAX_CPU_COUNT", ["1", "1", "5"]),
    ],
)
def test_environment_limits_are_respected(variable, expected):
    assert run_python(COUNT, **{variable: "1"}) == expected


def test_joblib_workers_with_one_inner_thread_use_one_thread():
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=1):
        counts = joblib.Parallel()(
            joblib.delayed(count_threads)(None) for _ in range(2)
        )
    assert counts == [1, 1]


# ------------------------------------------------------------------------ fork

FORK = f"""
import os, signal, sys, threading, time, warnings
import numpy as np, threadpoolctl
from timenet_sklearn._encoder.threads import (
    map_threads, one_at_a_time, one_thread_blas
)

warnings.simplefilter("ignore", DeprecationWarning)  # fork with threads, by intent
A = np.random.default_rng(0).standard_normal((300, 300))
controller = threadpoolctl.ThreadpoolController().select(user_api="blas")
controller.limit(limits={OUTSIDE})
with controller.limit():
    pass  # nobody owns the limit

def limits():
    return {{library["num_threads"] for library in controller.info()}}

def child_is_sound():
    before = limits()
    with one_thread_blas:
        within = limits()
    products = map_threads(lambda factor: (factor * A) @ A, [1, 2], 2)
    with one_at_a_time:
        pass
    return (
        (before, within, limits()) == ({{{OUTSIDE}}}, {{1}}, {{{OUTSIDE}}})
        and np.allclose(2 * products[0], products[1])
    )

def fork():
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)  # a child that hangs on a lock dies
        os._exit(0 if child_is_sound() else 1)
    return os.waitpid(pid, 0)[1]
"""

FORK_WHILE_ANOTHER_IS_INSIDE = """
inside, leave = threading.Event(), threading.Event()
def stay():
    with one_thread_blas, one_at_a_time:
        inside.set()
        leave.wait(60)
thread = threading.Thread(target=stay, daemon=True)
thread.start()
inside.wait(60)
print(fork())
assert limits() == {1}
leave.set()
thread.join()
"""

FORK_WHILE_OTHERS_COME_AND_GO = """
stop = False
def come_and_go():
    while not stop:
        with one_thread_blas:
            pass
threads = [threading.Thread(target=come_and_go) for _ in range(2)]
for thread in threads:
    thread.start()
print(*{fork() for _ in range(25)})
stop = True
for thread in threads:
    thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize(
    "scene",
    [FORK_WHILE_ANOTHER_IS_INSIDE, FORK_WHILE_OTHERS_COME_AND_GO],
    ids=["inside", "coming and going"],
)
def test_fork_leaves_child_and_parent_sound(blas, scene):
    end = f"assert limits() == {{{OUTSIDE}}}"
    assert run_python(FORK + scene + end) == ["0"]
