"""What is raised about series, and warned of, under names that can be caught."""

from __future__ import annotations

from typing import Self

__all__ = ["SeriesError", "SeriesTypeError", "SuspiciousShapeWarning"]


class SeriesError(ValueError):
    """One series cannot be used; the error knows which.

    Parameters
    ----------
    estimator : str
        Name that starts the message; may be empty.
    row : int
        Number of the series, counted from 0.
    problem : str
        What is wrong with it and how to go on, as the predicate of a sentence:
        "has NaN at step 3. Impute it."
    channel : int, optional
        Number of the channel, where one channel alone is to blame.

    Attributes
    ----------
    estimator, row, problem, channel
        As given.

    Examples
    --------
    >>> print(SeriesError("TimeNetTransformer", 17, "is empty. Drop it."))
    TimeNetTransformer: series 17 is empty. Drop it.
    """

    def __init__(
        self, estimator: str, row: int, problem: str, channel: int | None = None
    ) -> None:
        super().__init__(estimator, row, problem, channel)
        self.estimator = estimator
        self.row = row
        self.problem = problem
        self.channel = channel

    def __str__(self) -> str:
        """Put the message together."""
        prefix = f"{self.estimator}: " if self.estimator else ""
        channel = "" if self.channel is None else f" (channel {self.channel})"
        return f"{prefix}series {self.row}{channel} {self.problem}"

    def moved(self, first: int) -> Self:
        """Return the same error, about a series counted from further ahead.

        Parameters
        ----------
        first : int
            Number that the series called 0 has there: of the first row of a chunk
            within its file, for instance.

        Returns
        -------
        SeriesError
        """
        row = first + self.row
        return type(self)(self.estimator, row, self.problem, self.channel)


class SeriesTypeError(SeriesError, TypeError):  # numpydoc ignore=PR02
    """One series cannot be used as it holds no numbers: text, dates, objects.

    Parameters
    ----------
    estimator, row, problem, channel
        As in `SeriesError`.
    """


class SuspiciousShapeWarning(UserWarning):
    """Series can be read as they are, but are probably not meant so.

    Many more channels than steps, series of a handful of steps, a first column that
    looks like labels, embeddings that are all the same. Turn it off, or into an error,
    by ``warnings.filterwarnings("ignore", category=SuspiciousShapeWarning)`` or
    ``("error", ...)``.
    """
