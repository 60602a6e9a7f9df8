"""The command ``timenet``: arguments in, functions called, results printed."""

from __future__ import annotations

import argparse
import logging
import re
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from timenet_sklearn import __version__
from timenet_sklearn.cli.embed import add_embed
from timenet_sklearn.cli.encoder import add_demo, add_info, add_pretrain
from timenet_sklearn.cli.table1 import add_report, add_table1, add_tsne

# What errors advise by a parameter that is an option here.
_PARAMETER = re.compile(r"""\b(missing|every|fill)=["']?([\w.]+)["']?""")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; those of the process if not given.

    Returns
    -------
    int
        Exit status: 0, 1 for an error that was explained, 130 after Ctrl-C, 143 after
        SIGTERM.
    """
    command = "timenet"
    try:
        with _signals_raise():
            parser = _parser()
            arguments = parser.parse_args(argv)
            if arguments.command is None:
                parser.print_help()
                return 0
            command = f"timenet {arguments.command}"
            status: int | None = arguments.run(arguments)
    except (ValueError, TypeError, OSError, ImportError, ArithmeticError) as error:
        print(f"{command}: {_in_options(str(error))}", file=sys.stderr)
        return 1
    except _Terminated:
        print(f"{command}: terminated", file=sys.stderr)
        return 128 + signal.SIGTERM
    except KeyboardInterrupt:
        print(f"{command}: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    return status or 0


def _in_options(message: str) -> str:
    """Give the advice of a message in the words of the command line."""
    message = _PARAMETER.sub(r"--\1 \2", message)
    return message.replace("pass normalize=True", "leave out --no-normalize")


class _Terminated(KeyboardInterrupt):
    """SIGTERM: what cleans up after Ctrl-C, here and in libraries, does so now."""


@contextmanager
def _signals_raise() -> Iterator[None]:
    """Let SIGTERM unwind as Ctrl-C does; a second signal ends the process at once."""
    if threading.current_thread() is not threading.main_thread():
        yield  # the signals are the business of whoever called us
        return
    earlier = {
        number: signal.signal(number, _raise)
        for number in (signal.SIGINT, signal.SIGTERM)
        # not where a parent has them ignored, as nohup or a shell's background does
        if signal.getsignal(number) not in (signal.SIG_IGN, None)
    }
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def _raise(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)
    # it would report, when the process ends, what was broken off half-built
    logging.getLogger("tensorflow").disabled = True
    raise _Terminated if number == signal.SIGTERM else KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="timenet", description="TimeNet embeddings of time series."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    add_demo(commands)
    add_embed(commands)
    add_pretrain(commands)
    add_table1(commands)
    add_report(commands)
    add_tsne(commands)
    add_info(commands)
    return parser
