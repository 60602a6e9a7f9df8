"""Embed a data set of many files: by shards, and what is missing when restarted."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from sklearn.exceptions import NotFittedError

from timenet_sklearn.files.arrow import import_pyarrow
from timenet_sklearn.files.chunks import CHUNK_ROWS, Options
from timenet_sklearn.files.columns import KeyColumns
from timenet_sklearn.files.embed import with_names
from timenet_sklearn.files.manifest import describe, settle
from timenet_sklearn.files.running import Results, embed_here, embed_on_cluster
from timenet_sklearn.files.shards import Shard, find_shards

# The next shard would fail just so, hours later.
_FATAL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


class Outcome(NamedTuple):
    """What became of a run.

    Attributes
    ----------
    n_rows : int
        Series embedded.
    n_embedded, n_skipped : int
        Shards embedded, and shards that have no rows or whose embeddings were there.
    failures : dict of str to str
        Why a shard could not be embedded, by its name.
    """

    n_rows: int
    n_embedded: int
    n_skipped: int
    failures: dict[str, str]

    def __str__(self) -> str:
        """Sum up for people."""
        return (
            f"{self.n_rows} embeddings; files: {self.n_embedded} embedded, "
            f"{self.n_skipped} were there, {len(self.failures)} failed"
        )


def embed_folder(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    transformer: Any,
    *,
    chunk_rows: int = CHUNK_ROWS,
    key_columns: KeyColumns = None,
    header: bool | None = None,
    encoding: str | None = None,
    long: Mapping[str, Any] | None = None,
    n_jobs: int | None = None,
    scheduler: str | None = None,
    progress: bool = False,
) -> Outcome:
    """Write the embeddings of a data set of many files to a folder, shard by shard.

    A shard is a file, or a range of rows of a Zarr array. It becomes a Parquet file of
    the same name, which appears when it is complete. A run that was killed and is
    called again embeds the shards that are not there, or were changed since, with the
    same result as an unbroken one. A shard that fails does not stop the others; call
    again when it is mended.

    Parameters
    ----------
    source : path
        A folder: the Parquet files in it, at any depth. Or a pattern, such as
        ``"data/2024-*.parquet"`` or ``"data/**/*.csv"``: files that `embed_file`
        reads. Names that start with ``.`` or ``_`` are left out. Or the folder of a
        Zarr array: its shards are ranges of rows, which end where its files end.
    target : path
        Folder, made if it does not exist. A file ``_embedding.json`` in it notes the
        weights, the parameters, and size and time of each shard. A shard that was
        changed since is embedded again; where weights or parameters differ from those
        of embeddings that are there, nothing is done.
    transformer : estimator
        As in `embed_file`. The number of channels is that of the first shard.
    chunk_rows, key_columns, header, encoding, long
        As in `embed_file`.
    n_jobs : int, optional
        Processes that embed shards at the same time, each on one core; -1 for all
        cores. By default this process embeds one after the other.
    scheduler : str, optional
        Address of a Dask cluster whose workers embed the shards, one a thread; they
        get the weights from here, and need `source` and `target` under the same
        paths.
    progress : bool
        Show a progress bar on standard error.

    Returns
    -------
    Outcome

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or no such file.
    FileExistsError
        If the target holds files that are no embeddings of an earlier run.
    ValueError
        If the target holds embeddings of other weights or parameters, or of shards that
        are gone (says which), or if no shard can be read.
    ImportError
        Without pyarrow; for Zarr without zarr; with `scheduler`, without
        dask.distributed.
    OSError
        If the disk is full or cannot be written to, or no scheduler answers.
    sklearn.exceptions.NotFittedError
        For a transformer that has still to learn from data.
    """
    import_pyarrow()
    options = Options(
        chunk_rows,
        key_columns=key_columns,
        header=header,
        encoding=encoding,
        long=long,
    )
    shards = find_shards(source, target)
    transformer = _fitted(transformer, shards, options)
    folder = Path(os.path.abspath(target))
    missing = settle(folder, describe(transformer, options), shards)
    if scheduler is None:
        results = embed_here(transformer, missing, options, n_jobs)
    else:
        results = embed_on_cluster(transformer, missing, options, scheduler)
    sizes, failures = _collect(results, len(missing), progress)
    n_embedded = sum(size > 0 for size in sizes)
    n_skipped = len(shards) - n_embedded - len(failures)
    return Outcome(sum(sizes), n_embedded, n_skipped, failures)


def _fitted(transformer: Any, shards: Sequence[Shard], options: Options) -> Any:
    """Tell a transformer the number of channels, by the first shard that has series."""
    reason: Exception | None = None
    for shard in shards:
        try:
            for chunk in shard.open(options._replace(chunk_rows=1)):
                return with_names(transformer, chunk)[0]
        except NotFittedError:
            raise
        except (ValueError, PermissionError) as error:
            reason = reason or error  # reported when its turn comes, if others do
    raise ValueError(
        f"none of {len(shards)} file(s) has series to embed, the first is "
        f"{shards[0].source}{f': {reason}' if reason else '.'}"
    ) from reason


def _collect(
    results: Results, n_shards: int, progress: bool
) -> tuple[list[int], dict[str, str]]:
    """Gather the numbers of rows, and what went wrong by the name of the shard."""
    from tqdm import tqdm

    sizes = []
    failures = {}
    bar = tqdm(total=n_shards, unit=" files", disable=not progress)
    with closing(results), bar:
        for shard, result in results:
            if isinstance(result, OSError) and result.errno in _FATAL:
                raise result
            if isinstance(result, BaseException):
                failures[shard.name] = str(result) or repr(result)
            elif shard.has_changed:
                shard.target.unlink(missing_ok=True)
                failures[shard.name] = "it was changed while it was embedded."
            else:
                sizes.append(result)
            bar.update()
    return sizes, dict(sorted(failures.items()))
