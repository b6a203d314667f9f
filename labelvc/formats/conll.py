"""CoNLL files: a token a line with its tag, sentences parted by blank lines.

Labels are entities: spans of tokens, counted from 0 in their sentence, end exclusive. So a file
says the same in every tag scheme.
"""

from __future__ import annotations

import hashlib
import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from labelvc.core.errors import LabelvcError, ParseError, SettingNeeded, shorten
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.core.tally import Tally
from labelvc.formats.base import Carries, Keep, Settings, named_categories
from labelvc.formats.conll_blocks import (
    NAME,
    SETTINGS,
    BlockError,
    Grid,
    Layout,
    Sentence,
    Style,
    cut,
    entities,
    grid,
    layout_of,
    sentence,
    tags,
    text,
)
from labelvc.formats.conll_tags import Evidence, split_tag
from labelvc.formats.conll_write import write
from labelvc.formats.source import Source

__all__ = ["CARRIES", "NAME", "SETTINGS", "TITLE", "scan", "settle", "sniff", "write"]

TITLE = "CoNLL columns: a token a line, entities as IOB1, BIO, BIOES or BILOU tags"
CARRIES = Carries(
    kinds=frozenset({"span"}),
    samples=frozenset({"text", "attributes"}),
    units=frozenset({"token"}),
)
_SNIFFED = 65536
T = TypeVar("T")
_NUMBER = re.compile(rb"\d+([-.]\d+)?")


def sniff(source: Source) -> str | None:
    """One file whose lines end in tags, with as many columns in all lines of a sentence."""
    if source.is_folder or not source.files:
        return None
    content = source.only()[1].read().removeprefix(BOM_UTF8)
    head = content if len(content) <= _SNIFFED else content[: content.rfind(b"\n", 0, _SNIFFED) + 1]
    layout = Layout(0, -1, "iob1")
    try:
        head.decode()
        grids = [found for block in cut(head) if (found := grid(block, layout))]
    except (BlockError, UnicodeDecodeError):
        return None
    seen = {tag for found in grids for tag in tags(found, layout)}
    is_conllu = all(
        len(found.columns) == 10 and all(map(_NUMBER.fullmatch, found.columns[0]))
        for found in grids
    )
    # one sentence of O alone could be a table of anything
    if is_conllu or (len(grids) < 2 and seen <= {"O"}) or None in map(split_tag, seen):
        return None
    return f"tokens with tags such as {shorten(max(sorted(seen), key=len))}"


def settle(source: Source, settings: Settings) -> Settings:
    """Tell the scheme from the tags, unless it is given.

    Raises SettingNeeded where entities begin as in iob1 and as in bio, and where the first column
    counts the tokens.
    """
    layout = layout_of(settings, source.name)
    settled = {**settings, "token": str(layout.token), "tag": str(layout.tag)}
    if {"token", "scheme"} <= set(settings):
        return settled
    scan = _Scan(source, layout)
    if "token" not in settings:
        _refuse_counters(scan)
    if "scheme" not in settings:
        settled["scheme"] = _scheme(scan)
    return settled


def scan(source: Source, settings: Settings) -> _Scan:
    """The file in sentences."""
    return _Scan(source, layout_of(settings, source.name))


class _Scan:
    """A file in blocks; a -DOCSTART- line is one too and holds nothing."""

    def __init__(self, source: Source, layout: Layout) -> None:
        if source.is_folder:
            raise LabelvcError(
                f"{source.name}: a {NAME} label set is one file, and this is a folder",
                hint="Add its files one by one.",
            )
        self.path, blob = source.only()
        self.where = source.where(self.path)
        self.layout = layout
        content = blob.read()
        _refuse_other_encodings(content, self.where)
        self.bom = BOM_UTF8 if content.startswith(BOM_UTF8) else b""
        self.blocks = cut(content[len(self.bom) :])

    @property
    def pieces(self) -> Mapping[str, Sequence[bytes]]:
        """The blocks."""
        return {"labels": self.blocks}

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """None to choose from: sentences are known by their text."""
        return {}

    def comparable(self, other: Any, key: str | None) -> bool:
        """Whether tags mean the same in both."""
        return isinstance(other, _Scan) and self.layout == other.layout

    def without_ids(self) -> None:
        """There are no ids."""

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """None: a sentence is one block."""
        return frozenset()

    def tally(self) -> Tally:
        """Counts, without texts and tables."""
        found = [each for _, each in self.each(range(len(self.blocks)), entities)]
        names = Counter(entity.category for each in found for entity in each)
        return Tally(len(found), names.total(), dict(sorted(names.items())))

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """A sample a sentence; its key is a hash of its text."""
        kept = range(len(self.blocks)) if keep is None else keep.get("labels", ())
        said = dict(self.each(kept, sentence))
        keys = self._keys(said)
        records = {number: record for record, number in enumerate(kept)}
        rows = [(number, entity) for number in said for entity in said[number].entities]
        names = [entity.category for _, entity in rows]
        return Snapshot(
            labels=labels_frame(
                sample=[keys[number] for number, _ in rows],
                kind=["span"] * len(rows),
                category=names,
                start=[entity.start for _, entity in rows],
                end=[entity.end for _, entity in rows],
                unit=["token"] * len(rows),
                record=[records[number] for number, _ in rows],
            ),
            samples=samples_frame(
                sample=[keys[number] for number in said],
                text=[each.text for each in said.values()],
                attributes=[each.attributes for each in said.values()],
                record=[records[number] for number in said],
            ),
            categories=categories_frame(named_categories(names)),
            format=NAME,
            records=[self.blocks[number] for number in kept],
            documents={} if keep is not None else {self.path: self._document(said)},
        )

    def each(
        self, numbers: Iterable[int], what: Callable[[Grid, Layout], T]
    ) -> Iterator[tuple[int, T]]:
        """What there is to say of each of these blocks that has tokens. Raises ParseError."""
        for number in numbers:
            try:
                cells = grid(self.blocks[number], self.layout)
                found = None if cells is None else what(cells, self.layout)
            except BlockError as error:
                place = self.place(number, error.line)
                raise ParseError(
                    self.where, place, expected=error.expected, found=error.found
                ) from None
            if found is not None:
                yield number, found

    def place(self, number: int, line: int) -> str:
        """The line of the file, counted from 1, for a line of a block."""
        return f"line {1 + line + sum(block.count(10) for block in self.blocks[:number])}"

    def _keys(self, said: Mapping[int, Sentence]) -> dict[int, str]:
        """Keys by block; equal texts are counted over the whole file, also where it is a part."""
        texts = {number: each.text for number, each in said.items()}
        texts |= self.each(self._rivals(said), text)
        seen: Counter[str] = Counter()
        keys = {}
        for number, joined in sorted(texts.items()):
            digest = hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()[:12]
            seen[digest] += 1
            keys[number] = digest if seen[digest] == 1 else f"{digest}#{seen[digest]}"
        return keys

    def _rivals(self, said: Mapping[int, Sentence]) -> Iterable[int]:
        """The other blocks that could hold the text of one of these, by a quick look."""
        firsts = {_first_word(self.blocks[number]) for number in said}
        unsure = None in firsts or self.layout.token != 0
        for number, block in enumerate(self.blocks):
            if number not in said and (unsure or _first_word(block) in {*firsts, None}):
                yield number

    def _document(self, said: Mapping[int, Sentence]) -> Mapping[str, Any]:
        """What `write` has to know beyond the blocks."""
        first = next((self.blocks[number] for number in said), b"").split(b"\n")[0]
        return {
            "bom": self.bom,
            "blocks": len(self.blocks),
            "without_tokens": [n for n in range(len(self.blocks)) if n not in said],
            "style": Style(
                b"\t" if b"\t" in first else b" ", b"\r\n" if first.endswith(b"\r") else b"\n"
            ),
        }


def _scheme(scan: _Scan) -> str:
    evidence = Evidence()
    for number, column in scan.each(range(len(scan.blocks)), tags):
        if evidence.add(column, number):
            break
    scheme = evidence.verdict()
    if scheme is None:
        as_iob1, as_bio = (_spot(scan, *evidence.begun_with[letter]) for letter in "IB")
        raise SettingNeeded(
            f"{scan.where}: entities begin as in iob1 ({as_iob1}) and as in bio ({as_bio})",
            hint="`scheme: iob1` lets I- begin entities too; or mend that line, for `scheme: bio`.",
        )
    return scheme


def _spot(scan: _Scan, number: int, index: int) -> str:
    """Line and tag of a token."""
    found = grid(scan.blocks[number], scan.layout)
    assert found is not None
    return f"{scan.place(number, found.lines[index])}: {tags(found, scan.layout)[index]}"


def _refuse_counters(scan: _Scan) -> None:
    """Files whose first column counts the tokens have them elsewhere."""
    longest = 0
    for _, column in scan.each(range(len(scan.blocks)), lambda found, _: found.columns[0]):
        if list(column) != [b"%d" % place for place in range(1, len(column) + 1)]:
            return
        longest = max(longest, len(column))
    if longest > 1:
        raise SettingNeeded(
            f"{scan.where}: the first column counts the tokens, so they stand in another one",
            hint="Say which, counted from 0: `token: 1`.",
        )


def _refuse_other_encodings(content: bytes, where: str) -> None:
    try:
        content.decode()
    except UnicodeDecodeError as error:
        raise ParseError(
            where,
            f"line {content.count(10, 0, error.start) + 1}",
            expected="UTF-8 text",
            found=f"the byte 0x{content[error.start]:02x}",
            hint="Convert it, for example with: iconv -f LATIN1 -t UTF-8 FILE",
        ) from None


def _first_word(block: bytes) -> bytes | None:
    """The first word of a block's text; None where a closer look is needed."""
    word = block.split(None, 1)[0] if block.strip() else b""
    return None if block[:1].isspace() or word.startswith(b"#") else word
