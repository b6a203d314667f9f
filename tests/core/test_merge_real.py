"""Real label sets edited by two random scripts and merged, beside what the scripts say."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import polars as pl
import pytest

from labelvc.core.conflict import Conflict
from labelvc.core.snapshot import LABELS, Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.formats.reading import read
from labelvc.formats.source import disk_source
from tests.core.merge_case import run
from tests.core.merge_oracle import BOX, Op, Row, Rows, applied, expected, overlap, said
from tests.data import data

FILES = {
    "coco": ("coco", "coco_mini/annotations/instances_val2017.json"),
    "voc": ("voc", "bccd/BCCD"),
    "transcripts": ("table", "artie_bias/corpus_2019-12-09_1574c23.tsv"),
    "intents": ("table", "banking77/banking_data/test.csv"),
}
# Sets of one label a sample, which goes with its row
WHOLE = ("transcripts", "intents")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("ids", ["kept", "lost"])
@pytest.mark.parametrize("name", [*FILES, "digits"])
def test_two_scripts_merged_are_what_the_scripts_say(name: str, ids: str, seed: int) -> None:
    random = Random(f"{name} {ids} {seed}")
    base = real(name)
    rows = {row["key"]: row for row in base.labels.to_dicts()}
    chosen = random.sample(alone(name), 60)
    scripts = [list(script(random, name, rows, chosen)) for _ in range(2)]
    scripts[1] += [op for op in scripts[0] if op.what == "add" and random.random() < 0.4]
    scripts[1] += [Op("add", value=beside(op.value)) for op in scripts[0][-1:] if name == "voc"]
    sides = [version(random, base, applied(rows, one), ids, name in WHOLE) for one in scripts]

    outcome = run(base, *sides)

    wanted = expected(rows, *scripts, whole_samples=name in WHOLE)
    assert sorted(map(said, outcome.snapshot.labels.to_dicts())) == wanted.rows
    assert sorted(map(told, outcome.conflicts)) == wanted.conflicts
    assert {kind for kind, *_ in wanted.conflicts} >= {"edit/edit"}
    labelled = outcome.snapshot.labels["id"].drop_nulls()
    assert ids == "lost" or not labelled.is_duplicated().any()


@cache
def real(name: str) -> Snapshot:
    """A real label set, as read from its files."""
    if name == "digits":
        held = gzip.decompress(data("mnist_test/t10k-labels-idx1-ubyte.gz").read_bytes())[8:2008]
        files = [f"{at:05}.png" for at in range(len(held))]
        labels = labels_frame(
            sample=files, kind=["class"] * len(held), category=[str(digit) for digit in held]
        )
        samples = samples_frame(sample=files, path=files)
        return Snapshot(labels, samples, categories_frame([str(digit) for digit in range(10)]))
    format_name, path = FILES[name]
    snapshot, _, _ = read(disk_source(data(path)), format_name, {})
    return snapshot.check()


@cache
def alone(name: str) -> Sequence[int]:
    """The keys of labels that no other label could be taken for."""
    together: defaultdict[str, list[Row]] = defaultdict(list)
    for row in real(name).labels.to_dicts():
        together[row["sample"]].append(row)
    return [
        row["key"]
        for rows in together.values()
        for row in rows
        if all(one is row or far(one, row) for one in rows)
    ]


def far(one: Row, two: Row) -> bool:
    """Whether two labels of a sample hardly touch."""
    return one["x"] is not None and two["x"] is not None and overlap(one, two) < 0.2


def script(random: Random, name: str, rows: Rows, chosen: Sequence[int]) -> Iterator[Op]:
    """Some 40 operations, most of them on the chosen rows, so that two scripts meet."""
    names = sorted({row["category"] for row in rows.values() if row["category"]})
    for key in random.sample(chosen, 40):
        row = rows[key]
        if random.random() < 0.15:
            yield Op("delete", key)
            continue
        for _ in range(random.choice([1, 1, 2])):
            yield from edit(random, name, row, names)
    for number in random.sample(range(100), 3):
        yield Op("add", value=new(random, name, number, rows, names))


def edit(random: Random, name: str, row: Row, names: Sequence[str]) -> Iterator[Op]:
    """A change of one field of a row, now and then back to what it was."""
    key = row["key"]
    fields = {"transcripts": ["text", "age", "age"], "intents": ["category"]}
    fields |= {"digits": ["category", "checked"], "voc": ["category", "shape", "checked"]}
    fields["coco"] = ["category", "checked", "by"]
    what = random.choice(fields[name])
    if what == "category":
        yield Op("set", key, what, random.choice([*names[:3], row["category"]]))
    elif what == "shape":
        shift = random.choice([0.02, 0.04, 0.1, -0.1])
        place = [row[column] for column in BOX]
        yield Op("set", key, what, [place[0] + round(shift * place[2], 2), *place[1:]])
    elif what == "text":
        words = row["text"].split(" ")
        yield Op("set", key, what, " ".join([*words, random.choice(["indeed", "so", "ok"])]))
    else:
        yield Op("set", key, f"attributes.{what}", random.choice(["yes", "no", "perhaps"]))


def new(random: Random, name: str, number: int, rows: Rows, names: Sequence[str]) -> Row:
    """A further label: of a further sample, or at a place where there is none."""
    like = {**rows[min(rows)], "id": "900000000" if rows[min(rows)]["id"] else None}
    if name in ("coco", "voc"):
        place = {"x": 5000.0 + 50 * number, "y": 5000.0, "width": 40.0, "height": 40.0}
        shape = {"kind": "box", "geometry": None, "attributes": None, "unit": "pixel"}
        return {**like, **place, **shape, "category": random.choice(names)}
    if name == "transcripts":
        return {**like, "sample": f"new {number}.mp3", "text": f"{number} bottles of beer"}
    return {**like, "sample": f"new {number}", "category": names[number % len(names)]}


def beside(row: Row) -> Row:
    """A label almost at the place of another."""
    return {**row, "x": row["x"] + 5}


def version(random: Random, base: Snapshot, rows: Sequence[Row], ids: str, whole: bool) -> Snapshot:
    """The rows as a file would have them: in any order, with ids of its own or none."""
    numbered: list[Mapping[str, Any]] = []
    for at, row in enumerate(random.sample(rows, len(rows))):
        added = row["id"] == "900000000"
        own = str(900000000 + at) if added else row["id"]
        numbered.append({**row, "key": at, "id": own if ids == "kept" else None, "record": None})
    labels = pl.DataFrame(numbered, schema=LABELS)
    known = base.samples
    further = set(labels["sample"]) - set(known["sample"])
    samples = pl.concat([known, samples_frame(sample=sorted(further))])
    if whole:
        samples = samples.filter(pl.col("sample").is_in(labels["sample"].implode()))
    return replace(base, labels=labels, samples=samples)


def told(conflict: Conflict) -> tuple[str, str, str, str]:
    """A conflict as the oracle tells it."""
    rows = conflict.base.get("labels") or conflict.ours["labels"]
    row = dict.fromkeys(LABELS) | dict(rows[0])
    return conflict.kind, conflict.table, conflict.field or "", said(row)
