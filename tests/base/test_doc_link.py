"""The HTML representation leads to the API page of the estimator."""

import re
from pathlib import Path

import pytest

from skdeepcluster import IDEC
from skdeepcluster.base.doc_link import SITE, page_of
from skdeepcluster.views import ViewImputer
from tests.instances import CHEAP, on_each

ROOT = Path(__file__).parents[2]


@on_each(CHEAP)
def test_every_estimator_leads_to_a_page(estimator):
    link = re.search(r'href="(\S+)"', estimator._repr_html_())[1]
    name = type(estimator).__name__
    assert link == page_of(name)
    assert re.search(rf"^   {name}$", (ROOT / "docs/api.rst").read_text(), re.MULTILINE)


def test_the_folder_of_a_public_module():
    assert page_of("views.ViewImputer") in ViewImputer()._repr_html_()
    assert "   views.ViewImputer\n" in (ROOT / "docs/api.rst").read_text()


@pytest.mark.parametrize(
    ("version", "folder"), [("1.2.3", "1.2"), ("1.3.0.dev0", "dev"), ("2.0", "2.0")]
)
def test_versions_have_folders(version, folder):
    page = f"{SITE}/{folder}/generated/skdeepcluster.DEC.html"
    assert page_of("DEC", version) == page


def test_classes_of_others_have_no_page_here():
    class Own(IDEC):
        pass

    assert Own()._get_doc_link() == ""
