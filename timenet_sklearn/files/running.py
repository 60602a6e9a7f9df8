"""Where parts are embedded: in this process, or by the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from timenet_sklearn import __version__
from timenet_sklearn.files.embed import embed_panels
from timenet_sklearn.files.reading import open_panels
from timenet_sklearn.files.shards import Part

# A part and the number of its rows, or what went wrong with it.
Results = Generator[tuple[Part, int | BaseException]]


def embed_here(
    transformer: Any, parts: Sequence[Part], chunk_rows: int, key_columns: int
) -> Results:
    """Embed parts one after the other.

    Parameters
    ----------
    transformer : estimator
        Fitted.
    parts : sequence of Part
    chunk_rows, key_columns : int

    Yields
    ------
    tuple of Part and int or exception
    """
    for part in parts:
        result: int | BaseException
        try:
            result = _embed_part(transformer, part, chunk_rows, key_columns)
        except (ValueError, TypeError, OSError) as error:
            result = error
        yield part, result


def embed_on_cluster(
    transformer: Any,
    parts: Sequence[Part],
    chunk_rows: int,
    key_columns: int,
    address: str,
) -> Results:
    """Embed parts on a cluster, as its workers get to them.

    Dask gives the parts of a worker that died to others, a few times: a part that
    kills every worker fails in the end.

    Parameters
    ----------
    transformer : estimator
        Fitted.
    parts : sequence of Part
        On a file system that client and workers have in common.
    chunk_rows, key_columns : int
    address : str
        Of the scheduler.

    Yields
    ------
    tuple of Part and int or exception

    Raises
    ------
    ImportError
        If dask.distributed is missing.
    OSError
        If no scheduler answers there.
    """
    with connect(address) as client:
        from distributed import as_completed

        # The result of a task, not data sent out: each worker fetches it once, and
        # it can be had again where the one that held it died.
        sent = client.submit(_keep, transformer, pure=False)
        futures = {
            client.submit(
                _embed_on_worker,
                sent,
                part,
                chunk_rows,
                key_columns,
                __version__,
                # not pure: a part that failed must not be answered from memory
                pure=False,
            ): part
            for part in parts
        }
        for future in as_completed(futures, loop=client.loop):
            failed = future.status != "finished"
            yield (
                futures.pop(future),
                (future.exception() or _lost()) if failed else future.result(),
            )


def connect(address: str) -> Any:
    """Connect to a Dask cluster that is already there.

    Parameters
    ----------
    address : str
        Of the scheduler, e.g. ``"tcp://127.0.0.1:8786"``.

    Returns
    -------
    distributed.Client
        Which does not become the default one.

    Raises
    ------
    ImportError
        If dask.distributed is missing.
    OSError
        If no scheduler answers there.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ImportError(
            f"A Dask cluster needs the package {error.name!r}; "
            'install it with: pip install "timenet_sklearn[dask]"'
        ) from error
    return Client(address, set_as_default=False)


def _keep(transformer: Any) -> Any:
    return transformer


def _lost() -> OSError:
    return ConnectionError("the cluster lost it; start again when it is back.")


def _embed_on_worker(
    transformer: Any, part: Part, chunk_rows: int, key_columns: int, version: str
) -> int:
    if version != __version__:
        raise ValueError(
            f"a worker has timenet_sklearn {__version__}, the client {version}; give "
            f"all of them the same."
        )
    return _embed_part(transformer, part, chunk_rows, key_columns)


def _embed_part(transformer: Any, part: Part, chunk_rows: int, key_columns: int) -> int:
    """Embed a part; one without rows, as data bases write them, has no output."""
    panels = open_panels(
        part.source, chunk_rows=chunk_rows, key_columns=key_columns, rows=part.rows
    )
    if panels.n_rows == 0:
        return 0
    # overwrite: a worker that died may have written it and not told
    return embed_panels(panels, part.target, transformer, overwrite=True)
