"""Find what cannot be embedded: inf, NaN inside a series, series without a step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn.exceptions import SeriesError

# What is not normalised must be smaller: products with weights stay within float32.
LARGEST = 1e25


@dataclass(frozen=True)
class Scan:
    """Looks for what cannot be embedded in (n, n_channels, width) values."""

    values: NDArray[np.float64]
    first: int
    estimator: str

    def lengths(self, missing: str | None) -> NDArray[np.int64]:
        """Return the steps of each series, shape (n,); raise for unusable values."""
        width = self.values.shape[2]
        finite = np.isfinite(self.values)
        if finite.all():
            return np.full(len(finite), width, dtype=np.int64)
        real = ~np.isnan(self.values)
        self._refuse(
            real & ~finite,
            "has inf, or a number beyond float64,",
            "Replace it by a number"
            + (', or by NaN with missing="interpolate".' if missing else "."),
        )
        ends = np.where(real.any(axis=-1), width - real[..., ::-1].argmax(axis=-1), 0)
        lengths: NDArray[np.int64] = ends.max(axis=1)
        self._refuse_ends(ends, lengths, missing)
        if missing != "interpolate":
            remedy = (
                'Missing values before the end are not accepted by missing="error"; '
                'impute them or pass missing="interpolate".'
                if missing
                else "Impute missing values, e.g. by pandas' DataFrame.interpolate."
            )
            inside = np.arange(width) < lengths[:, None, None]
            self._refuse(inside & ~real, "has NaN", remedy)
        return lengths

    def refuse_large(self) -> None:
        """Raise for numbers that would overflow float32 in the encoder."""
        self._refuse(
            np.abs(self.values) > LARGEST,
            f"has numbers beyond {LARGEST:g}, which would overflow float32",
            "Scale them or pass normalize=True.",
        )

    def _refuse_ends(
        self, ends: NDArray[np.int64], lengths: NDArray[np.int64], missing: str | None
    ) -> None:
        for row in np.flatnonzero(lengths == 0)[:1]:
            raise SeriesError(
                self.estimator,
                self.first + int(row),
                "is empty: it has no step that is not NaN. Drop it.",
            )
        short = (ends > 0) & (ends < lengths[:, None])
        for row, channel in np.argwhere(short)[:1]:
            steps = _format_steps(np.arange(ends[row, channel], lengths[row]))
            raise self._error(
                row,
                channel,
                f"has NaN at {steps}, where other channels go on. All channels of a "
                "series end together; trim the longer ones or fill the shorter. In a "
                "table of readings, leave out rows with empty cells: table.dropna().",
            )
        if missing == "interpolate":
            for row, channel in np.argwhere(ends == 0)[:1]:
                raise self._error(
                    row,
                    channel,
                    f"has NaN at all steps 0-{lengths[row] - 1}: nothing to "
                    "interpolate from. Drop the series or fill the channel.",
                )

    def _refuse(self, bad: NDArray[np.bool_], what: str, remedy: str) -> None:
        for row, channel in np.argwhere(bad.any(axis=-1))[:1]:
            steps = _format_steps(np.flatnonzero(bad[row, channel]))
            raise self._error(row, channel, f"{what} at {steps}. {remedy}")

    def _error(self, row: int, channel: int, problem: str) -> SeriesError:
        return SeriesError(self.estimator, self.first + int(row), problem, int(channel))


def _format_steps(steps: NDArray[np.int64]) -> str:
    """Ranges of steps, e.g. "steps 3, 40-44"; the first three at most."""
    runs = np.split(steps, np.flatnonzero(np.diff(steps) > 1) + 1)
    ranges = [f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]
    more = f" and {len(runs) - 3} more" if len(runs) > 3 else ""
    return f"step{'s' if len(steps) > 1 else ''} {', '.join(ranges[:3])}{more}"
