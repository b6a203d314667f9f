"""A CVAT XML file as a label set: counted by its bytes, parsed only where asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from labelvc.core.errors import ParseError
from labelvc.core.progress import counted
from labelvc.core.snapshot import Snapshot, attributes_json, labels_frame, samples_frame
from labelvc.core.tally import Tally
from labelvc.formats.base import Keep, Settings
from labelvc.formats.cvat_file import CvatFile, images, opened, without_id
from labelvc.formats.cvat_meta import Scheme, scheme
from labelvc.formats.cvat_numbers import number
from labelvc.formats.cvat_shapes import KINDS, Row, label_row
from labelvc.formats.json_decode import without_gc
from labelvc.formats.rows import occurrences
from labelvc.formats.xml_tree import Node

NAME = "cvat"
_SHAPES = "|".join(KINDS).encode()
_SHAPE = re.compile(rb"<(?:" + _SHAPES + rb")(?=[\s/>])")
_LABEL = re.compile(rb"<(?:" + _SHAPES + rb")\s[^<>]*?(?<=\s)label=\"([^\"&<>\t\r\n]*)\"")
# With these a pattern may take for a shape what is none.
_ODD = (b"<skeleton", b"'", b"<!", b"<?", b"&")
_OWN = frozenset({"id", "name", "width", "height", "subset"})


@dataclass(frozen=True)
class Document:
    """What writing back needs: the file, and what it was read as."""

    file: CvatFile
    settings: Settings
    labels: pl.DataFrame
    samples: pl.DataFrame
    categories: pl.DataFrame


@dataclass(frozen=True)
class CvatScan:
    """The images of a file."""

    file: CvatFile
    settings: Settings

    @cached_property
    def pieces(self) -> Mapping[str, Sequence[bytes]]:
        """The images without their numbers, which tools count anew at every export."""
        return {"labels": [without_id(row) for row in self.file.rows]}

    @cached_property
    def scheme(self) -> Scheme:
        """What the file declares."""
        return scheme(self.file)

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """Nothing: an image is known by its name."""
        return {}

    def comparable(self, other: CvatScan, key: str | None) -> bool:
        """Whether images, subsets and skeletons are read alike."""
        one, two = self.scheme, other.scheme
        return (dict(self.settings), one.subset, one.keypoints) == (
            dict(other.settings),
            two.subset,
            two.keypoints,
        )

    def without_ids(self) -> Sequence[bytes] | None:
        """None: shapes have no ids, and the images' are left out already."""
        return None

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """Nothing: a sample is one image."""
        return ()

    @cached_property
    def names(self) -> list[str]:
        """The sample of each image."""
        given = names_of(self.file, whole=self.settings.get("keys") == "path")
        suffixes = occurrences(given, range(len(given)))
        return [name + end for name, end in zip(given, suffixes, strict=True)]

    def tally(self) -> Tally:
        """Counts by the bytes; images with anything unusual are parsed."""
        declared = list(self.scheme.names)
        counts: Counter[str | None] = Counter()
        for labels in self._plain_labels([b"".join(self.file.rows)]):
            counts.update(labels)
        named = [*declared, *sorted(name for name in counts if name and name not in declared)]
        categories = {name: counts[name] for name in named}
        return Tally(len(self.file.rows), counts.total(), categories)

    def _plain_labels(self, texts: Sequence[bytes]) -> Iterator[list[str | None]]:
        """The categories of the shapes in each text."""
        for row, text in enumerate(texts):
            found = _LABEL.findall(text)
            is_odd = any(map(text.__contains__, _ODD)) or len(found) != len(_SHAPE.findall(text))
            if is_odd and len(texts) < len(self.file.rows):
                yield from self._plain_labels(self.file.rows)
            elif is_odd:
                yield [label["category"] for label in self.labels_of(row)]
            else:
                yield [name.decode(errors="replace") or None for name in found]

    def labels_of(self, row: int) -> list[Row]:
        """The shapes of an image."""
        return said(self.file, row, self.scheme)[1]

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The snapshot of all images or of the kept ones."""
        rows = self.file.kept(keep)
        with without_gc():
            tables = self._tables(rows)
        used = tables[0]["category"].drop_nulls().unique().to_list()
        categories = self.scheme.table(sorted(used))
        documents = {}
        if keep is None:
            document = Document(self.file, self.settings, *tables, categories)
            documents = {self.file.name: document}
        return Snapshot(*tables, categories, NAME, self.file.records(keep), documents)

    def _tables(self, rows: Sequence[int]) -> tuple[pl.DataFrame, pl.DataFrame]:
        labels: list[Row] = []
        samples: list[Row] = []
        for record, row in enumerate(counted(rows, "reading images")):
            sample, own = said(self.file, row, self.scheme)
            name = self.names[row]
            samples.append({**sample, "sample": name, "record": record})
            labels += [{**label, "sample": name, "record": record} for label in own]
        return tables_of(labels, samples)


def tables_of(labels: Sequence[Row], samples: Sequence[Row]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows as tables."""
    one, two = (dict.fromkeys(name for row in rows for name in row) for rows in (labels, samples))
    return (
        labels_frame(**{name: [row.get(name) for row in labels] for name in one}),
        samples_frame(**{name: [row.get(name) for row in samples] for name in two}),
    )


def names_of(file: CvatFile, *, whole: bool) -> list[str]:
    """The name of each image, after its subset where samples are known by their `whole` path."""
    names = []
    for row, content in enumerate(file.rows):
        try:
            image = opened(content)
        except ParseError as error:
            raise _placed(file, row, error) from None
        name, subset = image.get("name"), image.get("subset")
        if not name:
            place = f"line {file.line(row) + content[: content.find(b'<image')].count(10)}"
            raise ParseError(file.where, place, expected="an <image> with a name", found="none")
        names.append(f"{subset}/{name}" if whole and subset else name)
    return names


def said(file: CvatFile, row: int, known: Scheme) -> tuple[Row, list[Row]]:
    """What an image says: columns of its sample but the key, and of its labels."""
    try:
        (image,) = images(file.rows[row])
        return decoded(image, known)
    except ParseError as error:
        raise _placed(file, row, error) from None


def decoded(image: Node, known: Scheme) -> tuple[Row, list[Row]]:
    """The same of a parsed image; places count lines from where its text begins."""
    own = image.attributes
    size = tuple(number(image, side) if side in own else None for side in ("width", "height"))
    more: dict[str, Any] = {name: text for name, text in own.items() if name not in _OWN}
    for child in image.children:
        if child.tag not in KINDS:
            more[f"<{child.tag}>"] = [*more.get(f"<{child.tag}>", []), child.value()]
    sample = {
        "path": own.get("name"),
        "split": own.get("subset", known.subset),
        "width": size[0],
        "height": size[1],
        "attributes": attributes_json(more),
    }
    shapes = [child for child in image.children if child.tag in KINDS]
    return sample, [label_row(shape, (size[0], size[1]), known.keypoints) for shape in shapes]


def _placed(file: CvatFile, row: int, error: ParseError) -> ParseError:
    """An error whose line is counted from the beginning of a row, told of the file."""
    if not error.place.startswith("line "):
        return ParseError(file.where, error.place, expected=error.expected, found=error.found)
    line = file.line(row) + int(error.place.removeprefix("line ")) - 1
    return ParseError(file.where, f"line {line}", expected=error.expected, found=error.found)
