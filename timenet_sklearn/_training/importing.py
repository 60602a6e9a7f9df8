"""Imports Keras late, and without what TensorFlow logs about the machine's GPUs."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from timenet_sklearn._training.loop import Trained

# That there is no GPU: said by TensorFlow's C++ before any setting of its log is read.
_NOT_OF_INTEREST = (b"before absl::InitializeLog()", b"cudart_stub", b"cuInit")


_LOCK = threading.Lock()


def import_train(name: str) -> Callable[..., Trained]:
    """Import the training loop; an error names the extra that `name` needs."""
    try:
        # Two threads that both take standard error would give it back in disorder.
        with _LOCK:
            if "timenet_sklearn._training.loop" not in sys.modules:
                with _without_gpu_messages():
                    _import_keras()
        from timenet_sklearn._training.loop import train
    except ModuleNotFoundError as error:
        raise ImportError(
            f"{name} needs {error.name} to train; install it with: "
            f'pip install "timenet_sklearn[train]". Frozen weights '
            f'(TimeNetTransformer(weights="ucr18")) work without.'
        ) from error
    return train


def _import_keras() -> None:
    importlib.import_module("timenet_sklearn._training.loop")
    if "tensorflow" in sys.modules:
        # Looks for GPUs, which it would do, and log, in the first step.
        sys.modules["tensorflow"].config.list_physical_devices()


@contextlib.contextmanager
def _without_gpu_messages() -> Iterator[None]:
    """Hold standard error back, of C++ too, and then pass on what is of interest."""
    with contextlib.ExitStack() as stack:
        try:
            held = stack.enter_context(tempfile.TemporaryFile())
            stderr = os.dup(2)
        except OSError:  # it is closed, or no file can be written: all is shown
            stderr = None
        if stderr is None:
            yield
            return
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            held.seek(0)
            for line in held:
                if not any(words in line for words in _NOT_OF_INTEREST):
                    os.write(2, line)
