from __future__ import annotations

import os
import sys
from importlib.util import find_spec

import pytest

from timenet_sklearn._training.importing import _without_gpu_messages


def test_what_tensorflow_says_of_gpus_is_left_out_and_nothing_else(capfd):
    with _without_gpu_messages():
        os.write(2, b"I0000 cudart_stub.cc:31] Could not find cuda drivers\n")
        os.write(2, b"E0000 failed call to cuInit: UNKNOWN ERROR (303)\n")
        os.write(2, b"E0000 out of memory\n")
        sys.stdout.write("printed\n")
    assert capfd.readouterr() == ("printed\n", "E0000 out of memory\n")


def test_messages_are_shown_where_an_import_fails(capfd):
    with pytest.raises(ImportError), _without_gpu_messages():
        os.write(2, b"undefined symbol\n")
        raise ImportError
    assert capfd.readouterr().err == "undefined symbol\n"


@pytest.mark.skipif(os.name != "posix", reason="a closed standard error")
def test_a_closed_standard_error_is_no_obstacle(fresh_python):
    code = """
import os
import sys
from timenet_sklearn._training.importing import _without_gpu_messages
os.close(2)
with _without_gpu_messages():
    print("imported")
"""
    assert fresh_python(code) == "imported\n"


def test_where_no_file_can_be_written_all_is_shown(capfd, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with _without_gpu_messages():
        os.write(2, b"cudart_stub\n")
    assert capfd.readouterr().err == "cudart_stub\n"


@pytest.mark.skipif(find_spec("keras") is None, reason="needs the extra train")
def test_training_prints_nothing_in_threads_either(fresh_python):
    code = """
import os
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from timenet_sklearn import Recipe, TimeNetTransformer
from timenet_sklearn._training.importing import import_train
os.dup2(1, 2)
with ThreadPoolExecutor(2) as pool:
    first, second = pool.map(import_train, ["first", "second"])
assert first is second
recipe = Recipe(n_steps=1, batch_size=2, curriculum=False)
TimeNetTransformer(n_units=2, n_layers=1, recipe=recipe).fit(np.eye(5, 12))
os.write(2, b"still there")
"""
    assert fresh_python(code) == "still there"
