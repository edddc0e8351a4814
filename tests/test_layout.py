"""The table of the layout in CONTRIBUTING.md names every import between packages."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "skdeepcluster"


def table():
    """Each row of the table: a folder or module, and what it may import."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = re.search(r"^## Layout\n(.*?)^## ", text, re.DOTALL | re.MULTILINE)
    rows = re.findall(r"^\| `(.+?)` \| .+ \| (.+?) \|$", section[1], re.MULTILINE)
    return dict(rows)


def folders_and_modules():
    folders = {f"{path.parent.name}/" for path in PACKAGE.glob("*/__init__.py")}
    return folders | {path.name for path in PACKAGE.glob("*.py")}


class Imports(ast.NodeVisitor):
    """Names below ``skdeepcluster`` that a file imports when it is run."""

    def __init__(self):
        self.names = set()

    def visit_If(self, node):
        if "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
        self.generic_visit(node)

    def visit_Import(self, node):
        for alias in node.names:
            self.add(alias.name)

    def visit_ImportFrom(self, node):
        assert node.level == 0, f"relative import: {ast.unparse(node)}"
        for alias in node.names:
            self.add(f"{node.module}.{alias.name}")

    def add(self, name):
        package, _, rest = f"{name}.".partition(".")
        if package == PACKAGE.name:
            self.names.add(rest.partition(".")[0])


def imports_of(name):
    path = PACKAGE / name
    imports = Imports()
    for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
        imports.visit(ast.parse(file.read_text(encoding="utf-8")))
    return imports.names - {path.stem}


def test_table_has_every_folder_and_module():
    assert set(table()) == folders_and_modules()


@pytest.mark.parametrize("name", sorted(folders_and_modules()))
def test_imports_are_those_of_the_table(name):
    row = table()[name]
    allowed = set() if row == "nothing" else set(re.split(r"[`, ]+", row.strip("`")))
    assert imports_of(name) == allowed
