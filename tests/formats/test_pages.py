"""The pages on formats say what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from labelvc.formats import registry
from labelvc.formats.base import Format
from labelvc.formats.merging import Merging, merge_sources
from labelvc.formats.pair import Wanted
from labelvc.formats.reading import read
from labelvc.formats.source import MemoryBlob, Source
from tests.formats.formats_page import PAGE, page
from tests.formats.test_registry import install

DOCS = PAGE.parent


def test_the_page_of_formats_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.formats.formats_page"


def test_the_example_of_a_format_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (DOCS / "writing-a-format.md").read_text(encoding="utf-8")
    ((module),) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ((example),) = re.findall(r"^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    install(tmp_path, "pairs", module, monkeypatch)
    fmt: Format = registry.by_name("pairs")
    source = Source("clips.pairs", {"clips.pairs": MemoryBlob(example.encode())}, is_folder=False)
    snapshot, sniffed, settings = read(source, None, {})
    assert sniffed is fmt
    assert snapshot.labels.select("sample", "category").rows() == [
        ("a.wav", "dog"),
        ("b.wav", "cat"),
        ("c.wav", "dog"),
    ]
    scan = fmt.scan(source, settings)
    assert scan.tally() == snapshot.tally()
    assert scan.read({"labels": [1]}).labels["category"].to_list() == ["cat"]
    assert fmt.write(snapshot, settings) == {"clips.pairs": example.encode()}
    assert '[project.entry-points."labelvc.formats"]' in text
    assert merged(example, ("a.wav = dog", "a.wav = owl"), ("c.wav = dog", "c.wav = cat")) == (
        b"a.wav = owl\nb.wav = cat\nc.wav = cat\n"
    )


def merged(base: str, ours: tuple[str, str], theirs: tuple[str, str]) -> bytes:
    """The file of a merge in which each side replaced a line."""
    texts = [base, base.replace(*ours), base.replace(*theirs)]
    before, one, two = (
        Source("clips.pairs", {"clips.pairs": MemoryBlob(text.encode())}, is_folder=False)
        for text in texts
    )
    done = merge_sources(before, one, two, "pairs", Merging(Wanted("pairs")))
    assert not done.conflicts
    return done.written["clips.pairs"]
