"""docs/preprocess.md tells of every parameter, reason, column and file."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from labelvc.stages.clean_reasons import REASONS
from labelvc.stages.prepared import FILES, SAMPLES
from labelvc.stages.preprocess import PreprocessParams
from tests.data import ROOT

PAGE = (ROOT / "docs" / "preprocess.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The code words in the first column of the first table below a heading."""
    section = PAGE.split(f"\n## {heading}\n")[1]
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert table is not None
    return [re.findall("`([^`]+)`", line.split("|")[1]) for line in table[0].splitlines()[2:]]


@pytest.mark.parametrize(
    ("heading", "names"),
    [
        ("Parameters", [one.name for one in fields(PreprocessParams)]),
        ("Reasons", list(REASONS)),
        ("The folder", list(SAMPLES)),
    ],
)
def test_tables_are_complete_and_in_order(heading: str, names: list[str]):
    assert [name for row in rows(heading) for name in row] == names


def test_defaults_are_as_told():
    section = PAGE.split("\n## Parameters\n")[1].split("\n## ")[0]
    told = {
        line.split("`")[1]: line.split("|")[2].strip(" `")
        for line in section.splitlines()
        if line.startswith("| `")
    }
    defaults = PreprocessParams().told()
    assert {name: told[name] for name in told if name != "image_size"} == {
        name: str(value) for name, value in defaults.items() if name != "image_size"
    }


def test_every_file_is_described():
    assert all(f"`{name}`" in PAGE for name in FILES)
