"""CoNLL-U, the format of Universal Dependencies: a row a token, a block a sentence.

A sample is a sentence: its key is the comment `sent_id`, or a hash of its text where it has none.
All comments are attributes of the sample, by name. A label is a row: its category is UPOS, its
text FORM, its attributes are the other columns as they stand. `_` is no category, and no attribute
either, though it may be the lemma of an underscore: one column tells nothing of another.
"""

from __future__ import annotations

import hashlib
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import polars as pl

from labelvc.core.errors import LabelvcError, ParseError
from labelvc.core.snapshot import (
    Snapshot,
    attributes_json,
    categories_frame,
    labels_frame,
    samples_frame,
)
from labelvc.core.tally import Tally
from labelvc.formats.base import Carries, Keep, Settings, named_categories
from labelvc.formats.conll_blocks import BlockError
from labelvc.formats.conllu_blocks import (
    FORM,
    NAME,
    UNSAID,
    UPOS,
    Sentence,
    cut,
    row_attributes,
    sentence,
)
from labelvc.formats.conllu_write import write
from labelvc.formats.source import Source

__all__ = ["CARRIES", "NAME", "SETTINGS", "TITLE", "scan", "settle", "sniff", "write"]

TITLE = "CoNLL-U treebanks: a row a token, with lemma, tags, features and dependencies"
CARRIES = Carries(
    kinds=frozenset({"token"}),
    labels=frozenset({"id", "text", "attributes"}),
    samples=frozenset({"text", "attributes"}),
    units=frozenset({"token"}),
    ids_are_places=True,
    references=frozenset({"head", "deps"}),
)
SETTINGS: Mapping[str, str] = {}
_SNIFFED = 65536
_SENT_ID = re.compile(rb"^#[ \t]*sent_id[ \t]*=([^\n]*)", re.MULTILINE)


def sniff(source: Source) -> str | None:
    """One file that begins with a sentence of ten columns with IDs and heads."""
    if source.is_folder or not source.files:
        return None
    head = source.only()[1].read()[:_SNIFFED].removeprefix(BOM_UTF8)
    try:
        first = sentence(next(iter(cut(head[: head.rfind(b"\n") + 1] or head)), b""))
    except (BlockError, UnicodeDecodeError):
        return None
    return f"ten columns, the first of them IDs such as {first.rows[0][0]}" if first.rows else None


def settle(source: Source, settings: Settings) -> Settings:
    """There is nothing to settle."""
    return settings


def scan(source: Source, settings: Settings) -> _Scan:
    """The file in sentences."""
    return _Scan(source)


class _Scan:
    """A file in blocks, a sentence each."""

    def __init__(self, source: Source) -> None:
        if source.is_folder:
            raise LabelvcError(
                f"{source.name}: a {NAME} label set is one file, and this is a folder",
                hint="Add its files one by one.",
            )
        self.path, blob = source.only()
        self.where = source.where(self.path)
        content = blob.read()
        _refuse_other_encodings(content, self.where)
        self.bom = BOM_UTF8 if content.startswith(BOM_UTF8) else b""
        self.blocks = cut(content[len(self.bom) :])
        self.rest = b"" if self.blocks else content[len(self.bom) :]

    @property
    def pieces(self) -> Mapping[str, Sequence[bytes]]:
        """The blocks."""
        return {"labels": self.blocks}

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """None to choose from."""
        return {}

    def comparable(self, other: Any, key: str | None) -> bool:
        """Always: a block tells all."""
        return isinstance(other, _Scan)

    def without_ids(self) -> None:
        """Ids are places in sentences, which no tool renumbers alone."""

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """None: a sentence is one block."""
        return frozenset()

    def tally(self) -> Tally:
        """Counts, without tables."""
        found = [said.rows for _, said in self._each(range(len(self.blocks)))]
        names = Counter(row[UPOS] for rows in found for row in rows)
        names.pop(UNSAID, None)
        return Tally(len(found), sum(map(len, found)), dict(sorted(names.items())))

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """A sample a sentence, a label a row."""
        kept = range(len(self.blocks)) if keep is None else keep.get("labels", ())
        said = dict(self._each(kept))
        keys = [self._keys[number] for number in said]
        labels = _labels(keys, list(said.values()))
        return Snapshot(
            labels=labels,
            samples=samples_frame(
                sample=keys,
                text=[one.text for one in said.values()],
                attributes=[attributes_json(one.attributes) for one in said.values()],
                record=range(len(said)),
            ),
            categories=categories_frame(named_categories(labels["category"].to_list())),
            format=NAME,
            records=[self.blocks[number] for number in said],
            documents={} if keep is not None else {self.path: self._document()},
        )

    def _each(self, numbers: Iterable[int]) -> Iterator[tuple[int, Sentence]]:
        """What each of these blocks says. Raises ParseError."""
        for number in numbers:
            try:
                yield number, sentence(self.blocks[number])
            except BlockError as error:
                line = 1 + error.line + sum(block.count(10) for block in self.blocks[:number])
                raise ParseError(
                    self.where, f"line {line}", expected=error.expected, found=error.found
                ) from None

    @cached_property
    def _keys(self) -> Sequence[str]:
        """The keys of all sentences; those that have stood before are counted on."""
        keys: dict[str, None] = {}
        seen: Counter[str] = Counter()
        for block in self.blocks:
            first = key = _name(block)
            while key in keys:
                seen[first] += 1
                key = f"{first}#{seen[first] + 1}"
            keys[key] = None
        return list(keys)

    def _document(self) -> Mapping[str, Any]:
        """What `write` has to know beyond the blocks."""
        is_crlf = bool(self.blocks) and b"\r\n" in self.blocks[0]
        return {"bom": self.bom, "rest": self.rest, "newline": b"\r\n" if is_crlf else b"\n"}


def _labels(keys: Sequence[str], sentences: Sequence[Sentence]) -> pl.DataFrame:
    """A label a row; the n-th sentence is the n-th record."""
    rows = [
        (record, at, row) for record, one in enumerate(sentences) for at, row in enumerate(one.rows)
    ]
    return labels_frame(
        id=[f"{keys[record]}/{row[0]}" for record, _, row in rows],
        sample=[keys[record] for record, _, _ in rows],
        kind=["token"] * len(rows),
        category=[None if row[UPOS] == UNSAID else row[UPOS] for _, _, row in rows],
        start=[at for _, at, _ in rows],
        end=[at + 1 for _, at, _ in rows],
        unit=["token"] * len(rows),
        text=[row[FORM] for _, _, row in rows],
        attributes=[row_attributes(row) for _, _, row in rows],
        record=[record for record, _, _ in rows],
    )


def _name(block: bytes) -> str:
    """What a sentence is called: its `sent_id`, else a hash of its forms as they stand."""
    found = _SENT_ID.search(block)
    if found and (name := found[1].strip()):
        return name.decode()
    lines = [line.split(b"\t", 2) for line in block.split(b"\n") if not line.startswith(b"#")]
    forms = b" ".join([line[FORM] for line in lines if len(line) > FORM])
    return hashlib.sha1(forms, usedforsecurity=False).hexdigest()[:12]


def _refuse_other_encodings(content: bytes, where: str) -> None:
    """Raises ParseError for what is no UTF-8 text, or UTF-16."""
    is_utf16 = content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in content
    encoding = "UTF-16" if is_utf16 else "LATIN1"
    try:
        content.decode()
        bad = content.find(0)
    except UnicodeDecodeError as error:
        bad = error.start
    if bad >= 0:
        raise ParseError(
            where,
            f"line {content.count(10, 0, bad) + 1}",
            expected="UTF-8 text",
            found=f"the byte 0x{content[bad]:02x}",
            hint=f"Convert it, for example with: iconv -f {encoding} -t UTF-8 FILE",
        )
