"""The command ``timenet``: arguments in, functions called, results printed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from timenet_sklearn import __version__
from timenet_sklearn.cli.encoder import add_demo, add_embed, add_info, add_pretrain
from timenet_sklearn.cli.reproduction import add_report, add_table1, add_tsne


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; those of the process if not given.

    Returns
    -------
    int
        Exit status: 0, 1 for an error that was explained, 130 after Ctrl-C.
    """
    arguments = _parser().parse_args(argv)
    try:
        status: int | None = arguments.run(arguments)
    except (ValueError, TypeError, OSError, ImportError, ArithmeticError) as error:
        print(f"timenet {arguments.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"timenet {arguments.command}: interrupted", file=sys.stderr)
        return 130
    return status or 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="timenet", description="TimeNet embeddings of time series."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    add_demo(commands)
    add_embed(commands)
    add_pretrain(commands)
    add_table1(commands)
    add_report(commands)
    add_tsne(commands)
    add_info(commands)
    return parser
