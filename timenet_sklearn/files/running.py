"""Where shards are embedded: here, in processes, or by workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from typing import Any

from timenet_sklearn import __version__
from timenet_sklearn._atomic import clean_up
from timenet_sklearn._encoder.threads import count_threads
from timenet_sklearn.files.chunks import Options
from timenet_sklearn.files.embed import embed_panels
from timenet_sklearn.files.processes import on_one_core, start_processes
from timenet_sklearn.files.shards import Shard

# A shard and the number of its rows, or what went wrong with it.
Results = Generator[tuple[Shard, int | BaseException]]


def embed_here(
    transformer: Any, shards: Sequence[Shard], options: Options, n_jobs: int | None
) -> Results:
    """Embed shards: one after the other, or in processes as these get to them."""
    n_processes = min(len(shards), 1 if n_jobs is None else count_threads(n_jobs))
    if n_processes < 2:
        for shard in shards:
            yield shard, _try(transformer, shard, options, n_jobs)
        return
    alone, waiting = on_one_core(transformer), iter(shards)
    futures: dict[Future[Any], Shard] = {}
    try:
        with start_processes(n_processes) as pool:
            while True:
                # no more than the processes fetch ahead: stopping the pool while others
                # wait makes its thread fail with a traceback (loky 3.6)
                for shard in islice(waiting, n_processes + 1 - len(futures)):
                    futures[pool.submit(_try, alone, shard, options)] = shard
                if not futures:
                    return
                for future in wait(futures, return_when=FIRST_COMPLETED).done:
                    yield futures[future], future.result()
                    del futures[future]
    finally:
        # killed with the pool, the processes could not
        for shard in futures.values():
            clean_up(shard.target)


def _try(
    transformer: Any, shard: Shard, options: Options, n_jobs: int | None = None
) -> int | BaseException:
    try:
        return _embed_shard(transformer, shard, options, n_jobs)
    except (ValueError, TypeError, OSError) as error:
        return error


def embed_on_cluster(
    transformer: Any, shards: Sequence[Shard], options: Options, address: str
) -> Results:
    """Embed shards on a cluster, as its workers get to them.

    Dask gives the shards of a worker that died to others, a few times: a shard that
    kills every worker fails in the end. Shards lie on a file system that client and
    workers have in common.
    """
    with connect(address) as client:
        from distributed import as_completed as as_they_come

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
        for future in as_they_come(futures, loop=client.loop):
            failed = future.status != "finished"
            yield (
                futures.pop(future),
                (future.exception() or _lost()) if failed else future.result(),
            )


def connect(address: str) -> Any:
    """Connect to a Dask cluster that is there; the client is not the default one."""
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


def _embed_shard(
    transformer: Any, shard: Shard, options: Options, n_jobs: int | None = None
) -> int:
    """Embed a shard; one without rows, as data bases write them, has no output."""
    panels = shard.open(options)
    if panels.n_rows == 0:
        return 0
    # overwrite: a worker that died may have written it and not told
    return embed_panels(
        panels, shard.target, transformer, n_jobs=n_jobs, overwrite=True
    )
