"""Embed files of series, and folders of them: in chunks, parts, and on clusters."""

from __future__ import annotations

from timenet_sklearn.files.embed import embed_file
from timenet_sklearn.files.folder import Outcome, embed_folder
from timenet_sklearn.files.shards import is_data_set

__all__ = ["Outcome", "embed_file", "embed_folder", "is_data_set"]
