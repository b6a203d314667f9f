"""YAML made to exhaust whoever builds it."""

from __future__ import annotations

import pytest

from labelvc.core.errors import ParseError
from labelvc.formats import yolo
from labelvc.formats.yaml_bounds import DEEPEST, check_bounds
from labelvc.repo.config import parse_config
from labelvc.repo.pointer import parse_pointer
from tests.formats.folder_laws import folder

LISTS = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{at + 1}: &a{at + 1} [{','.join([f'*a{at}'] * 9)}]\n" for at in range(9)
)
MERGED = "a0: &a0 {k: v}\n" + "".join(
    f"a{at + 1}: &a{at + 1}\n  <<: [{','.join([f'*a{at}'] * 9)}]\n" for at in range(9)
)


@pytest.mark.parametrize("text", [LISTS, MERGED])
def test_aliases_that_multiply(text: str) -> None:
    with pytest.raises(ParseError, match=r"line \d+: expected at most 1,000,000 values"):
        check_bounds(text, "a.yaml")


@pytest.mark.parametrize("text", ["outs: " + "[" * 100_000, "- " * 100_000, "{a: " * 100_000])
def test_endless_nesting(text: str) -> None:
    with pytest.raises(ParseError, match=f"line 1: expected at most {DEEPEST} levels"):
        check_bounds(text, "a.yaml")


@pytest.mark.parametrize(
    "text",
    ["", "a: 1", "x: &x {k: v}\ny: [*x, *x, {<<: *x}]", "a: &a [*a]", "- a: [1]\n" * 10_000],
)
def test_what_people_write(text: str) -> None:
    check_bounds(text, "a.yaml")


@pytest.mark.parametrize("text", [f"{LISTS}outs: *a9\n", f"{MERGED}outs: []\n", "[" * 100_000])
def test_every_file_of_strangers(text: str) -> None:
    content = text.encode()
    for parse in (lambda: parse_pointer(content, "a.dvc"), lambda: parse_config(content)):
        with pytest.raises(ParseError):
            parse()
    files = {"data.yaml": content, "labels/a.txt": b"0 0.5 0.5 0.1 0.1\n"}
    with pytest.raises(ParseError):
        yolo.scan(folder(files), {})
