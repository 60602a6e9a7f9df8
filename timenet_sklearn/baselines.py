"""DTW-1NN, the column "DTW-C" of the paper's Table 1.

One nearest neighbour under dynamic time warping with a Sakoe-Chiba band, whose
width is learned by leave-one-out on the training set, as in the UCR archive.
sktime's ``KNeighborsTimeSeriesClassifier`` does the neighbour search; the
distances come from dtaidistance's compiled code. sktime's own ``distance="dtw"``
refuses unequal lengths and compiles anew for each band, and its dtaidistance
wrappers compute every training pair twice.

Local costs are squared differences summed over channels ("dependent" warping).
Series are used as given: nothing here normalises them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

try:
    from dtaidistance import dtw, dtw_ndim
    from sktime.classification.base import BaseClassifier
    from sktime.classification.distance_based import KNeighborsTimeSeriesClassifier
except ImportError as error:
    raise ImportError(
        f"timenet_sklearn.baselines needs the package {error.name!r}; "
        'install it with: pip install "timenet_sklearn[sktime]"'
    ) from error

from timenet_sklearn._series.panel import check_panel

__all__ = ["DTW1NN", "as_sktime_panel", "dtw_distances", "loo_errors", "warping_radius"]

#: Windows tried by ``window="loo"``, in percent of the length.
WINDOW_GRID = tuple(range(21))


class DTW1NN(BaseClassifier):
    """One nearest neighbour under dynamic time warping, window learned in fit.

    A sktime classifier for univariate and multivariate series of equal or unequal
    length. It runs on one core.

    Parameters
    ----------
    window : "loo" or float, default="loo"
        Half-width of the Sakoe-Chiba band in percent of the length of the longest
        training series, rounded down to whole time steps. 0 is the Euclidean
        distance (for equal lengths), 100 is unconstrained warping. ``"loo"`` takes
        the window of 0, 1, ..., 20 percent with the least leave-one-out error on
        the training set, the smallest among equals. For two series that differ in
        length by ``d`` steps the band is ``d`` steps wider, on the side of the
        longer one, so that a path always exists.

    Attributes
    ----------
    window_ : float
        Window in percent, chosen or given.
    radius_ : int
        The same in time steps.
    loo_error_ : float
        Leave-one-out error (0 to 1) on the training set with ``window_``; NaN for
        a fixed window, which needs no search.

    Raises
    ------
    ValueError
        In ``fit``, if ``window`` is outside 0 to 100 or an unknown word, if a value
        is not finite, or if the window is to be learned from fewer than two series.
    TypeError
        In ``fit``, if ``window`` is neither a string nor a number.

    Notes
    -----
    The search computes all n(n-1)/2 training distances once, with the widest
    window. A narrower band can only raise a distance, so these are lower bounds for
    all other windows, and few pairs need to be computed again: the result is that
    of the full search. Memory is O(n^2).

    References
    ----------
    .. [1] P. Malhotra et al., "TimeNet: Pre-trained deep recurrent neural network
       for time series classification", 2017, Table 1, column DTW-C.
    .. [2] Y. Chen et al., "The UCR Time Series Classification Archive", 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from timenet_sklearn.baselines import DTW1NN
    >>> steps = np.arange(20)
    >>> X = np.stack([np.roll(steps % size, size) for size in (5, 10, 5, 10)])
    >>> DTW1NN(window=10).fit(X[:2], np.array(["short", "long"])).predict(X[2:])
    array(['short', 'long'], dtype='<U5')
    """

    _tags: ClassVar[dict[str, Any]] = {
        "authors": ["timenet_sklearn developers"],
        "python_dependencies": ["dtaidistance"],
        # the first one is what sktime converts to: it must hold unequal lengths
        "X_inner_mtype": ["pd-multiindex", "numpy3D"],
        "capability:multivariate": True,
        "capability:unequal_length": True,
        "capability:missing_values": False,
        "capability:predict_proba": True,
        "capability:categorical_in_X": False,
        "classifier_type": "distance",
    }

    def __init__(self, window: str | float = "loo") -> None:
        self.window = window
        super().__init__()

    # sktime knows neither lists of arrays nor the tables of polars: converted before
    # it looks at them, they are read as the transformers read them.
    def fit(self, X: Any, y: Any) -> DTW1NN:
        """Learn the window, and keep the series.

        Parameters
        ----------
        X : array, DataFrame or list
            As in `TimeNetTransformer.transform`, panels of sktime among them.
        y : array-like of shape (n,)
            Labels.

        Returns
        -------
        self
        """
        return super().fit(as_sktime_panel(X), y)

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the label of the nearest training series.

        Parameters
        ----------
        X : array, DataFrame or list
            As in `fit`.

        Returns
        -------
        ndarray of shape (n,)
        """
        return super().predict(as_sktime_panel(X))

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Predict 1 for the label of the nearest training series, else 0.

        Parameters
        ----------
        X : array, DataFrame or list
            As in `fit`.

        Returns
        -------
        ndarray of shape (n, n_classes)
        """
        return super().predict_proba(as_sktime_panel(X))

    def _fit(self, X: Any, y: NDArray[Any]) -> DTW1NN:
        _check_window(self.window)
        series = _series_of(X)
        longest = max(len(one) for one in series)
        if self.window == "loo":
            self.window_, self.loo_error_ = _search_window(series, y, longest)
        else:
            self.window_, self.loo_error_ = float(self.window), float("nan")
        self.radius_ = warping_radius(self.window_, longest)
        self.neighbors_ = KNeighborsTimeSeriesClassifier(
            n_neighbors=1,
            distance=dtw_distances,
            distance_params={"radius": self.radius_},
        ).fit(X, y)
        return self

    def _predict(self, X: Any) -> NDArray[Any]:
        return self.neighbors_.predict(X)

    def _predict_proba(self, X: Any) -> NDArray[np.float64]:
        return self.neighbors_.predict_proba(X)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Return parameter settings for sktime's ``check_estimator``.

        Parameters
        ----------
        parameter_set : str
            Ignored: one list serves all of sktime's sets.

        Returns
        -------
        list of dict
            Keyword arguments for ``__init__``.
        """
        return [{"window": 10}, {"window": "loo"}]


def as_sktime_panel(X: Any) -> Any:
    """Convert series in any form that the transformers take to a panel of sktime.

    It is "numpy3D" for equal lengths, or else "df-list".
    """
    series = check_panel(X, estimator="DTW1NN", missing=None).raw()
    if len({one.shape for one in series}) == 1:
        return np.stack(series)
    import pandas as pd

    return [pd.DataFrame(one.T) for one in series]


def warping_radius(percent: float, n_timepoints: int) -> int:
    """Turn a window in percent of the length into whole time steps, rounded down."""
    # the small term keeps 7 % of 100 at 7 steps when the product rounds to 6.999...
    return int(np.floor(percent * n_timepoints / 100 + 1e-9))


def dtw_distances(X: Any, X2: Any = None, radius: int = 0) -> NDArray[np.float64]:
    """Compute DTW distances (n, m) between all series of two panels.

    They are square roots of the least sums of squared differences along a path whose
    steps are at most `radius` apart. Panels are arrays (n, C, T), pd-multiindex frames,
    or lists of arrays (length,) or (length, C). Without `X2`, `X` is compared with
    itself and each pair is computed once.
    """
    left = _series_of(X)
    right = None if X2 is None else _series_of(X2)
    n_left = len(left)
    engine = dtw if left[0].ndim == 1 else dtw_ndim
    # dtaidistance counts the diagonal: its window 1 is the Euclidean distance
    settings = {"window": radius + 1, "use_c": True, "compact": True}
    if right is None:
        distances = np.zeros((n_left, n_left))
        rows, columns = np.triu_indices(n_left, k=1)
        if len(rows):
            distances[rows, columns] = engine.distance_matrix(left, **settings)
        distances += distances.T
    else:
        n_right = len(right)
        block = ((0, n_left), (n_left, n_left + n_right))
        flat = engine.distance_matrix(left + right, block=block, **settings)
        distances = np.reshape(flat, (n_left, n_right))
    if not np.isfinite(distances).all():
        raise ValueError(
            "dtw_distances: squared differences overflow float64; divide the series "
            "by a common factor, or z-normalise them."
        )
    return distances


def loo_errors(
    series: Sequence[NDArray[np.float64]], y: ArrayLike, radii: Iterable[int]
) -> dict[int, float]:
    """Compute the leave-one-out error of DTW-1NN, 0 to 1, for several band widths.

    Among nearest neighbours at equal distance the first one votes.
    """
    labels = np.asarray(y)
    widest, *narrower = sorted(set(radii), reverse=True)
    bounds = dtw_distances(list(series), radius=widest)
    np.fill_diagonal(bounds, np.inf)
    errors = {widest: float(np.mean(labels[bounds.argmin(axis=1)] != labels))}
    for radius in narrower:
        nearest = _nearest_within(series, bounds, radius)
        errors[radius] = float(np.mean(labels[nearest] != labels))
    return errors


def _nearest_within(
    series: Sequence[NDArray[np.float64]], bounds: NDArray[np.float64], radius: int
) -> NDArray[np.intp]:
    """Find each series' nearest other one; tighten `bounds` (n, n) in place.

    `bounds` holds lower bounds of the distances sought. The least bound of a row is
    replaced by the distance itself until the least one is a distance already.
    """
    # use_pruning=False: dtaidistance's pruning bound is the Euclidean distance, and
    # at window 1 rounding puts many distances above it, which then become infinite
    distance = dtw.distance_fast if series[0].ndim == 1 else dtw_ndim.distance_fast
    known = np.eye(len(series), dtype=bool)
    nearest = np.empty(len(series), dtype=np.intp)
    for i in range(len(series)):
        j = int(bounds[i].argmin())
        while not known[i, j]:
            exact = distance(series[i], series[j], window=radius + 1, use_pruning=False)
            bounds[i, j] = bounds[j, i] = exact
            known[i, j] = known[j, i] = True
            j = int(bounds[i].argmin())
        nearest[i] = j
    return nearest


def _search_window(
    series: Sequence[NDArray[np.float64]], y: NDArray[Any], longest: int
) -> tuple[float, float]:
    """Return the window (percent) of least leave-one-out error, and that error."""
    if len(series) < 2:
        raise ValueError(
            'DTW1NN: window="loo" needs at least 2 training series, got 1. '
            "Give a window in percent, e.g. DTW1NN(window=10)."
        )
    errors = loo_errors(series, y, (warping_radius(w, longest) for w in WINDOW_GRID))
    error, window = min((errors[warping_radius(w, longest)], w) for w in WINDOW_GRID)
    return float(window), error


def _check_window(window: object) -> None:
    if isinstance(window, str):
        if window != "loo":
            raise ValueError(
                f"DTW1NN: window={window!r}; expected 'loo' or a number of percent."
            )
    elif isinstance(window, bool) or not isinstance(window, Real):
        raise TypeError(
            f"DTW1NN: window is a {type(window).__name__}; expected 'loo' or a number "
            "of percent."
        )
    elif not 0 <= float(window) <= 100:
        raise ValueError(
            f"DTW1NN: window={window!r}; expected 0 to 100 (percent of the length)."
        )


def _series_of(X: Any) -> list[NDArray[np.float64]]:
    """List the series of a panel as (length,) or (length, C) float64 arrays."""
    if isinstance(X, np.ndarray):
        parts = [one.T for one in X]
    elif isinstance(X, list):
        parts = X
    else:
        # sort=False: rows of the distance matrix must keep the order of the panel
        parts = [one.to_numpy() for _, one in X.groupby(level=0, sort=False)]
    series = []
    for index, part in enumerate(parts):
        values = np.ascontiguousarray(part, dtype=np.float64)
        if not np.isfinite(values).all():
            raise ValueError(
                f"DTW1NN: series {index} has values that are not finite. Drop or "
                "impute them; a series that ends early must be shorter, not padded."
            )
        one_channel = values.ndim == 2 and values.shape[1] == 1
        series.append(values[:, 0].copy() if one_channel else values)
    return series
