"""Settings of the documentation: ``sphinx-build -W docs docs/_build``."""

import sys
import warnings
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))

import figures  # noqa: E402
import tables  # noqa: E402

import skdeepcluster  # noqa: E402

tables.write(DOCS / "generated")
figures.write(DOCS / "generated")

project = "skdeepcluster"
copyright = "the skdeepcluster developers"
version = release = skdeepcluster.__version__

templates_path = ["_templates"]
extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "generated/*.md", "benchmarks/results", "examples"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
numpydoc_show_class_members = False
autosummary_generate = True
autosummary_ignore_module_all = False  # pages list what modules export
autodoc_member_order = "bysource"
autodoc_inherit_docstrings = False  # that of nn.Module.forward is generic

html_theme = "pydata_sphinx_theme"
html_title = "skdeepcluster"
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "show_prev_next": False,
}
html_sidebars = {"which": [], "changes": [], "measured": []}

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "filename_pattern": "/plot_",
    "within_subsection_order": "FileNameSortKey",
    "subsection_order": [
        f"examples/{section}"
        for section in ("tables", "pictures", "views", "choosing", "extending")
    ],
    "abort_on_example_error": True,
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "plot_gallery": "True",
    "doc_module": "skdeepcluster",
    "backreferences_dir": "generated/backreferences",
}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# Figures are collected, not shown.
warnings.filterwarnings("ignore", message=".*non-interactive.*")
