"""docs/api.md is what the code says, and has every name that the documentation imports."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

from tests.data import ROOT
from tests.docs.api_page import PAGE, SECTIONS, exported, page

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
IMPORT = re.compile(r"^ *from (labelvc[\w.]*) import ([^\n(]+)$", re.MULTILINE)


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "python -m tests.docs.api_page"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_name_that_a_page_imports_is_told(path: Path) -> None:
    text = PAGE.read_text()
    for module, names in IMPORT.findall(path.read_text()):
        for name in names.split(", "):
            plain = name.partition(" as ")[0].strip()
            told = (f"\nfrom {module} import {plain}\n", f"\nfrom {module}.{plain} import ")
            assert any(one in text for one in told), (module, plain)


def test_every_name_of_a_section_is_there() -> None:
    for _, _, modules in SECTIONS:
        for module, names in modules:
            loaded = importlib.import_module(module)
            for name in names or exported(module):
                assert inspect.getdoc(getattr(loaded, name)), (module, name)


def test_no_signature_is_wider_than_the_page() -> None:
    for block in re.findall(r"```python\n(.*?)```", page(), re.DOTALL):
        assert max(map(len, block.splitlines())) <= 100, block
