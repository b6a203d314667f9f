"""An edited file is believed only if it differs from the former as the edit does."""

from __future__ import annotations

import contextlib
import json
import random
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from labelvc.core.align import named
from labelvc.core.errors import LossError
from labelvc.core.match import match
from labelvc.core.snapshot import Snapshot
from labelvc.formats.edit_proof import says
from labelvc.formats.reading import decode, scan
from labelvc.formats.registry import by_name
from labelvc.formats.source import MemoryBlob, Source
from labelvc.formats.triple import is_declared
from tests.formats.case import Case
from tests.formats.rewriting import base, edited
from tests.formats.test_comparing import FORMATS
from tests.formats.test_contract import edits, every_writable_case, format_of, source_of, write

COCO: dict[str, Any] = {
    "images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}],
    "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]},
        {"id": 2, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]},
        {"id": 3, "image_id": 2, "category_id": 2, "bbox": [5, 6, 7, 8]},
    ],
}


# Where an edit may change how other labels read, or say more than the snapshot does.
READ_IN_FULL = {"conllu", "tokentable", "cvat", "openimages"}


class Former:
    """A file as it was, and what may be made of it."""

    def __init__(self, source: Source, fmt: str) -> None:
        self.source, self.fmt = source, by_name(fmt)
        self.pieces, _, self.settings = scan(source, fmt, {})
        self.key = next(iter(self.pieces.sample_fields()), None)
        self.snapshot = decode(self.pieces, source, self.key)

    def read(self, later: Source) -> Snapshot:
        """Another version, its rows under the keys they have here."""
        again = decode(self.fmt.scan(later, self.settings), later, self.key)
        return match(self.snapshot, again, ids="untrusted").after

    def says(self, after: Snapshot, written: Source) -> bool:
        edit = self.snapshot, named(after, {})
        return says(edit, self.pieces, written, self.fmt, self.settings, self.key)

    def written(self, after: Snapshot) -> Source:
        files = {
            name: MemoryBlob(one) for name, one in self.fmt.write(after, self.settings).items()
        }
        return Source(self.source.name, files, self.source.is_folder)


def coco(**changed: Any) -> Source:
    content = json.dumps({**COCO, **changed}).encode()
    return Source("train.json", {"train.json": MemoryBlob(content)}, is_folder=False)


def moved(snapshot: Snapshot) -> Snapshot:
    """The last label two pixels to the right."""
    is_last = pl.col("key") == snapshot.labels["key"].max()
    x = pl.when(is_last).then(pl.col("x") + 2).otherwise("x")
    return snapshot.with_labels(snapshot.labels.with_columns(x=x))


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("seed", range(4))
def test_true_only_of_what_was_meant(fmt: str, seed: int) -> None:
    write, kinds, most = FORMATS[fmt]
    rng = random.Random(f"{fmt} {seed}")
    things = base(rng, 20, most=most)
    former = Former(write(things), fmt)
    files = [write(things), *(write(edited(rng, things, 1 + seed, kinds)[0]) for _ in range(3))]
    snapshots = [former.read(one) for one in files]
    told = 0
    for meant in snapshots:
        for found, written in zip(snapshots, files, strict=True):
            if former.says(meant, written):
                assert named(meant, {}) == named(found, {})
                told += 1
    assert told >= len(files) or fmt == "conll"  # tokens have other places behind an edit


@every_writable_case
def test_never_true_of_another_edit(case: Case) -> None:
    fmt, settings = format_of(case), format_of(case).settle(case.source(), case.settings)
    pieces = fmt.scan(case.source(), settings)
    before = pieces.read()
    key = next(iter(pieces.sample_fields()), None)
    versions = [(before, case.source())]
    for _, later in [*edits(before)][::4]:
        with contextlib.suppress(LossError):
            versions.append((later, source_of(case, write(case, later))))
    for of, (meant, _) in enumerate(versions):
        for at, (_, files) in enumerate(versions):
            if says((before, named(meant, {})), pieces, files, fmt, settings, key):
                found = fmt.scan(files, settings).read()
                if not is_declared([found], fmt):  # then those that labels have
                    found = replace(found, categories=meant.categories)
                assert named(found, {}) == named(meant, {}), at
            else:
                assert of != at or case.format in READ_IN_FULL


def test_an_edit_that_was_written() -> None:
    former = Former(coco(), "coco")
    after = moved(former.snapshot)
    assert former.says(after, former.written(after))
    assert not former.says(after, former.source)
    assert not former.says(former.snapshot, former.written(after))


def test_equal_labels_are_counted() -> None:
    former = Former(coco(), "coco")
    without_one = former.snapshot.with_labels(former.snapshot.labels[1:])
    assert former.says(without_one, coco(annotations=COCO["annotations"][1:]))
    assert not former.says(without_one, coco(annotations=COCO["annotations"][2:]))


OTHERS: dict[str, dict[str, Any]] = {
    "another label is gone": {"annotations": COCO["annotations"][1:]},
    "a category has another name": {
        "categories": [COCO["categories"][0], {"id": 2, "name": "wolf"}]
    },
    "a category is gone": {"categories": COCO["categories"][1:]},
    "a sample is gone": {
        "images": COCO["images"][:1],
        "annotations": COCO["annotations"][:2],
    },
    "a label of a sample that is not there": {"images": COCO["images"][:1]},
    "no file at all": {"annotations": 1},
}


@pytest.mark.parametrize("changed", OTHERS.values(), ids=OTHERS)
def test_what_else_is_different_in_the_file(changed: dict[str, Any]) -> None:
    former = Former(coco(), "coco")
    assert not former.says(former.snapshot, coco(**changed))


def test_files_that_have_to_be_read_otherwise() -> None:
    former = Former(coco(), "coco")
    assert not former.says(Snapshot(), Source("train.json", {}, is_folder=False))
