"""Versions of a label set made by random edits that its format can write."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from labelvc.core.errors import LabelvcError
from labelvc.core.snapshot import LABELS, SAMPLES, Snapshot, attributes_json
from labelvc.formats import registry
from labelvc.formats.folder import Contents
from tests.formats.case import Case

Row = dict[str, Any]
Files = Mapping[str, bytes]


def read(case: Case, files: Files, settings: Mapping[str, str] | None = None) -> Snapshot:
    """All of the files."""
    fmt = registry.FORMATS[case.format]
    source = replace(case, files=files).source()
    return fmt.scan(source, fmt.settle(source, settings or case.settings)).read().check()


def write(case: Case, snapshot: Snapshot) -> Files:
    """The snapshot in files."""
    fmt = registry.FORMATS[case.format]
    written = fmt.write(snapshot, fmt.settle(case.source(), case.settings))
    return dict(written) if isinstance(written, Contents) else written


def _relabel(snapshot: Snapshot, chance: random.Random) -> Snapshot:
    def changed(row: Row) -> Row:
        return (
            row if row["category"] is None else {**row, "category": _any_category(snapshot, chance)}
        )

    return _with_label(snapshot, chance, changed)


def _any_category(snapshot: Snapshot, chance: random.Random) -> str:
    name: str = chance.choice(snapshot.categories["key"].to_list())
    return name


def _move(snapshot: Snapshot, chance: random.Random) -> Snapshot:
    step = chance.choice([0.125, 3.0])

    def changed(row: Row) -> Row:
        if row["x"] is not None:
            return {**row, "x": row["x"] + step}
        return {**row, "end": row["end"] + 1} if row["end"] is not None else row

    return _with_label(snapshot, chance, changed)


def _say(snapshot: Snapshot, chance: random.Random) -> Snapshot:
    """Another text, or another value of an attribute that is there."""

    def changed(row: Row) -> Row:
        if row["text"] is not None and chance.random() < 0.5:
            return {**row, "text": chance.choice(["one", "two words"])}
        told = json.loads(row["attributes"] or "{}")
        texts = sorted(name for name, value in told.items() if isinstance(value, str))
        if texts:
            told[chance.choice(texts)] = chance.choice(["7", "8"])
        return {**row, "attributes": attributes_json(told)}

    return _with_label(snapshot, chance, changed)


def _with_label(
    snapshot: Snapshot, chance: random.Random, changed: Callable[[Row], Row]
) -> Snapshot:
    rows = snapshot.labels.to_dicts()
    if rows:
        at = chance.randrange(len(rows))
        rows[at] = changed(rows[at])
    return snapshot.with_labels(pl.DataFrame(rows, schema=LABELS))


def _remove(snapshot: Snapshot, chance: random.Random) -> Snapshot:
    rows = snapshot.labels.to_dicts()
    if rows:
        del rows[chance.randrange(len(rows))]
    return snapshot.with_labels(pl.DataFrame(rows, schema=LABELS))


def _add(snapshot: Snapshot, chance: random.Random) -> Snapshot:
    rows = snapshot.labels.to_dicts()
    if not rows:
        return snapshot
    new = dict(chance.choice(rows))
    new |= {"key": 1 + max(row["key"] for row in rows), "id": None, "record": None}
    if new["category"] is not None:
        new["category"] = _any_category(snapshot, chance)
    if new["x"] is not None:
        new["x"] += chance.choice([0.0625, 0.25])
    return snapshot.with_labels(pl.DataFrame([*rows, new], schema=LABELS))


def _remove_sample(snapshot: Snapshot, chance: random.Random) -> Snapshot:
    if snapshot.samples.height < 2:
        return snapshot
    gone = pl.col("sample") != chance.choice(snapshot.samples["sample"].to_list())
    return replace(
        snapshot, samples=snapshot.samples.filter(gone), labels=snapshot.labels.filter(gone)
    )


def _add_sample(snapshot: Snapshot, chance: random.Random) -> Snapshot:
    """A sample like another one, with its labels."""
    samples = snapshot.samples.to_dicts()
    if not samples:
        return snapshot
    like = chance.choice(samples)
    name = f"new{chance.randrange(3)}"

    def named(row: Row) -> Row:
        new = {key: value and value.replace(like["sample"], name) for key, value in row.items()
               if key in ("sample", "path")}  # fmt: skip
        return {**row, **new, "record": None}

    free = 1 + max(snapshot.labels["key"].to_list(), default=0)
    rows = [row for row in snapshot.labels.to_dicts() if row["sample"] == like["sample"]]
    new = [{**named(row), "id": None, "key": free + at} for at, row in enumerate(rows)]
    if any(row["sample"] == name for row in samples):
        return snapshot
    return replace(
        snapshot,
        samples=pl.DataFrame([*samples, named(like)], schema=SAMPLES),
        labels=pl.DataFrame([*snapshot.labels.to_dicts(), *new], schema=LABELS),
    )


def _add_category(snapshot: Snapshot, chance: random.Random) -> Snapshot:
    """A new class, in use."""
    name = chance.choice(["newt", "owl"])
    if name in set(snapshot.categories["name"]):
        return snapshot
    row = dict.fromkeys(snapshot.categories.columns) | {"key": name, "name": name}
    new = pl.DataFrame([row], schema=snapshot.categories.schema)
    extended = replace(snapshot, categories=pl.concat([snapshot.categories, new]))
    return _with_label(
        extended, chance, lambda label: {**label, "category": label["category"] and name}
    )


EDITS = (
    *(_relabel, _relabel, _move, _move, _say, _say, _remove, _add),
    *(_remove_sample, _add_sample, _add_category),
)


def version(case: Case, snapshot: Snapshot, seed: object) -> Files:
    """Files with one to four edits in them; those that the format cannot write are left out."""
    chance = random.Random(f"{case}{seed}")
    files: Files = case.files
    for _ in range(chance.randint(1, 4)):
        edited = chance.choice(EDITS)(snapshot, chance)
        try:
            written = write(case, edited)
            found = read(case, written)
        except LabelvcError:
            continue
        files, snapshot = written, found
    return files
