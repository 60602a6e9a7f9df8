"""Sphinx configuration: ``sphinx-build -W -b html docs docs/_build/html``."""

from pathlib import Path

import timenet_sklearn

ROOT = Path(__file__).resolve().parent.parent

project = "timenet_sklearn"
author = "The timenet_sklearn developers"
copyright = f"2026, {author}"
release = version = timenet_sklearn.__version__

# No intersphinx: the pages must build without a network.
extensions = [
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "gallery/README.rst"]
templates_path = ["_templates"]
default_role = "code"
nitpicky = False

autosummary_generate = True
autodoc_typehints = "none"  # numpydoc states the types
numpydoc_show_class_members = False  # the autosummary template lists them
# What the public reference must say on top of what `numpydoc lint` checks everywhere.
numpydoc_validation_checks = {"GL08", "PR01", "PR02", "PR07", "RT01"}

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"plot_",
    "subsection_order": [
        f"../examples/{job}" for job in ("classify", "explore", "detect", "train")
    ],
    "download_all_examples": False,
    "show_signature": False,
    "write_computation_times": False,
}

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "pydata_sphinx_theme"
html_title = "timenet_sklearn"
html_static_path = ["_static"]
html_css_files = ["narrow.css"]
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": False,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}


def skip_foreign_members(app, what, name, obj, skip, options):
    """Leave out what a class inherits from scikit-learn and sktime."""
    module = getattr(obj, "__module__", None) or ""
    return True if not module.startswith("timenet_sklearn") else None


def setup(app):
    app.connect("autodoc-skip-member", skip_foreign_members)
