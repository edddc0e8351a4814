"""The long description of the package index: the README with links that work there.

Everything else is in ``pyproject.toml``.
"""

import re
from pathlib import Path

from setuptools import setup

REPOSITORY = "skdeepcluster/skdeepcluster"
PICTURES = f"https://raw.githubusercontent.com/{REPOSITORY}/main/"
PAGES = f"https://github.com/{REPOSITORY}/blob/main/"


def absolute(text):
    """Markdown with the relative links of a file in the repository made absolute."""
    relative = r"(?!https?:|#|mailto:)"
    text = re.sub(rf"(!\[[^\]]*\]\(){relative}", rf"\g<1>{PICTURES}", text)
    return re.sub(rf"(\]\(){relative}", rf"\g<1>{PAGES}", text)


readme = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
setup(
    long_description=absolute(readme),
    long_description_content_type="text/markdown",
)
