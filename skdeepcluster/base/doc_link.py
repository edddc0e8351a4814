"""The "?" of an estimator's HTML representation leads to its page."""

from skdeepcluster._version import __version__

#: Where ``.github/workflows/docs.yml`` publishes the documentation, by version.
SITE = "https://skdeepcluster.github.io/skdeepcluster"


def folder_of(version: str) -> str:
    """Folder of a version: patch releases share one, and so do development versions."""
    major, minor, *_ = version.split(".")
    return "dev" if "dev" in version else f"{major}.{minor}"


def page_of(name: str, version: str = __version__) -> str:
    """Address of the API page of a public name, as scikit-learn formats it.

    Parameters
    ----------
    name : str
        Without the package; ``"{estimator_name}"`` is the class that is shown.
    version : str
    """
    return f"{SITE}/{folder_of(version)}/generated/skdeepcluster.{name}.html"
