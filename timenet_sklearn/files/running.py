"""Where shards are embedded: in this process, or by the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from timenet_sklearn import __version__
from timenet_sklearn.files.chunks import Options
from timenet_sklearn.files.embed import embed_panels
from timenet_sklearn.files.shards import Shard

# A shard and the number of its rows, or what went wrong with it.
Results = Generator[tuple[Shard, int | BaseException]]


def embed_here(transformer: Any, shards: Sequence[Shard], options: Options) -> Results:
    """Embed shards one after the other."""
    for shard in shards:
        result: int | BaseException
        try:
            result = _embed_shard(transformer, shard, options)
        except (ValueError, TypeError, OSError) as error:
            result = error
        yield shard, result


def embed_on_cluster(
    transformer: Any, shards: Sequence[Shard], options: Options, address: str
) -> Results:
    """Embed shards on a cluster, as its workers get to them.

    Dask gives the shards of a worker that died to others, a few times: a shard that
    kills every worker fails in the end.

    Parameters
    ----------
    transformer : estimator
        Fitted.
    shards : sequence of Shard
        On a file system that client and workers have in common.
    options : Options
    address : str
        Of the scheduler.

    Yields
    ------
    tuple of Shard and int or exception

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
            # not pure: a shard that failed must not be answered from memory
            client.submit(
                _embed_on_worker, sent, shard, options, __version__, pure=False
            ): shard
            for shard in shards
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
    transformer: Any, shard: Shard, options: Options, version: str
) -> int:
    if version != __version__:
        raise ValueError(
            f"a worker has timenet_sklearn {__version__}, the client {version}; give "
            f"all of them the same."
        )
    return _embed_shard(transformer, shard, options)


def _embed_shard(transformer: Any, shard: Shard, options: Options) -> int:
    """Embed a shard; one without rows, as data bases write them, has no output."""
    panels = shard.open(options)
    if panels.n_rows == 0:
        return 0
    # overwrite: a worker that died may have written it and not told
    return embed_panels(panels, shard.target, transformer, overwrite=True)
