"""Settings of the documentation: ``sphinx-build -W docs docs/_build``."""

import os
import re
import sys
import warnings
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))

import figures  # noqa: E402
import tables  # noqa: E402
from docutils import nodes  # noqa: E402

import skdeepcluster  # noqa: E402
from skdeepcluster.base.doc_link import SITE, folder_of  # noqa: E402

tables.write(DOCS / "generated")
figures.write(DOCS / "generated")

project = "skdeepcluster"
copyright = "the skdeepcluster developers"
version = release = skdeepcluster.__version__

templates_path = ["_templates"]
extensions = [
    "mathml",
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
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
autodoc_typehints = "none"  # types are in the docstrings, without their constraints
python_maximum_signature_line_length = 60
toc_object_entries_show_parents = "hide"
autodoc_inherit_docstrings = False  # that of nn.Module.forward is generic

html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_theme = "pydata_sphinx_theme"
html_title = "skdeepcluster"
html_theme_options = {
    "show_toc_level": 1,  # of 150 data sets, those of the section in view
    "navigation_with_keys": False,
    "show_prev_next": False,
}
html_sidebars = {"which": [], "changes": [], "measured": [], "reproduce": []}

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

# What needs the network, or links to the site: only there (.github/workflows/docs.yml).
if os.environ.get("DOCS_ONLINE"):
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "numpy": ("https://numpy.org/doc/stable", None),
        "sklearn": ("https://scikit-learn.org/stable", None),
        "skorch": ("https://skorch.readthedocs.io/en/stable", None),
        "torch": ("https://docs.pytorch.org/docs/stable", None),
    }
    html_baseurl = f"{SITE}/stable/"
    html_context = {"version_folder": folder_of(version)}
    html_theme_options |= {
        "switcher": {
            "json_url": f"{SITE}/versions.json",
            "version_match": folder_of(version),
        },
        "check_switcher": False,
        "navbar_end": ["version-switcher", "theme-switcher", "navbar-icon-links"],
        "secondary_sidebar_items": ["page-toc", "sourcelink", "colab"],
    }
    sphinx_gallery_conf["first_notebook_cell"] = (
        '%pip install -q "skdeepcluster[plot]"  # pandas, matplotlib come with Colab'
    )


def keep_figures_whole(app, document):
    """No line breaks within "mean ± deviation", "ACC / NMI" and "10 %" in tables."""
    for entry in document.findall(nodes.entry):
        for text in list(entry.findall(nodes.Text)):
            whole = re.sub(
                r"(?<=\d) ?([±/%]|(?=\(\d+\)$)) ?(?=[\d.(]|$|,)", _unbroken, text
            )
            if whole != text:
                text.parent.replace(text, nodes.Text(whole))


def _unbroken(match):
    return match[0].replace(" ", "\N{NO-BREAK SPACE}")


def setup(app):
    app.connect("doctree-read", keep_figures_whole)
