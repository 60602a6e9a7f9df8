"""TimeNet embeddings of time series, scikit-learn compatible."""

from timenet_sklearn._encoder.pooling import POOLED
from timenet_sklearn._series.axes import from_array
from timenet_sklearn._series.long import from_long
from timenet_sklearn._series.views import sliding_windows
from timenet_sklearn._training.recipe import Recipe
from timenet_sklearn._transformers import DomainSAETransformer, TimeNetTransformer

__version__ = "0.1.0"

__all__ = [
    "POOLED",
    "DomainSAETransformer",
    "Recipe",
    "TimeNetTransformer",
    "__version__",
    "from_array",
    "from_long",
    "sliding_windows",
]
