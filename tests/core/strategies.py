"""Random snapshots of every kind of label, and random edits of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
from hypothesis import strategies as st

from labelvc.core.snapshot import (
    KINDS,
    UNITS,
    VERDICTS,
    Snapshot,
    attributes_json,
    canonical_json,
    categories_frame,
    labels_frame,
    samples_frame,
)

NAMES = ["cat", "dog", "Katze", "猫", "a|b", "x\ny", "🐱", "", "e\u0301"]
SAMPLES = ["a.jpg", "b/c d.jpg", "ü.png", "4", "a.jpg#2"]
numbers = st.sampled_from([0.0, 1.0, 2.5, 10.0, 99.999, 1e-7, -3.0])
sizes = st.sampled_from([0.0, 1.0, 12.25, 40.0])
texts = st.text(max_size=12)
attributes = st.dictionaries(
    st.sampled_from(["area", "iscrowd", "note", "ü"]),
    st.one_of(st.integers(-5, 5), texts, st.booleans(), st.none(), st.floats(-1, 1)),
    max_size=2,
).map(attributes_json)


def _ring(draw: st.DrawFn) -> list[float]:
    points = draw(st.lists(st.tuples(numbers, numbers), min_size=3, max_size=5))
    return [value for point in points for value in point]


def _geometry(draw: st.DrawFn, kind: str) -> str | None:
    if kind == "polygon":
        return canonical_json({"polygon": [_ring(draw)]})
    if kind == "mask":
        runs = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
        return canonical_json({"mask": {"size": [6, 6], "counts": runs}})
    if kind == "keypoints":
        points = draw(st.lists(st.tuples(numbers, numbers, st.integers(0, 2)), max_size=3))
        return canonical_json({"keypoints": points})
    return None


@st.composite
def label(draw: st.DrawFn) -> dict[str, Any]:
    """A row of the labels table, without its key."""
    kind = draw(st.sampled_from(KINDS))
    row: dict[str, Any] = {
        "id": draw(st.none() | st.integers(0, 6).map(str)),
        "sample": draw(st.sampled_from(SAMPLES)),
        "kind": kind,
        "category": draw(st.none() | st.sampled_from(NAMES)),
        "verdict": draw(st.sampled_from(VERDICTS)),
        "geometry": _geometry(draw, kind),
        "attributes": draw(attributes),
        "annotator": draw(st.none() | st.sampled_from(["ann", "bob"])),
        "confidence": draw(st.none() | st.sampled_from([0.0, 0.5, 1.0])),
    }
    if kind in ("box", "polygon", "mask", "keypoints"):
        row |= {"x": draw(numbers), "y": draw(numbers), "unit": draw(st.sampled_from(UNITS[:3]))}
        row |= {"width": draw(sizes), "height": draw(sizes)}
    if kind in ("span", "segment", "token"):
        start = draw(st.integers(0, 8))
        row |= {"start": float(start), "end": float(start + draw(st.integers(0, 4)))}
        row["unit"] = {"span": "character", "segment": "second", "token": "token"}[kind]
    if kind == "text":
        row["text"] = draw(texts)
    return row


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """A snapshot that keeps the schema: duplicates, unicode and empty tables included."""
    return assemble(
        draw(st.lists(label(), max_size=8)),
        {name: draw(texts) for name in draw(st.sets(st.sampled_from(SAMPLES)))},
        draw(st.permutations(NAMES)),
    )


@st.composite
def edits(draw: st.DrawFn, snapshot: Snapshot) -> Snapshot:
    """The snapshot with labels dropped, changed in single fields, added and put in other order."""
    rows = []
    for row in snapshot.labels.drop("key", "record").to_dicts():
        what = draw(st.sampled_from(["keep", "keep", "drop", "change"]))
        if what == "change":
            other = draw(label())
            field = draw(st.sampled_from(["category", "attributes", "text", "confidence"]))
            row[field] = other.get(field)
        if what != "drop":
            rows.append(row)
    rows += draw(st.lists(label(), max_size=2))
    texts_now = dict(snapshot.samples.select("sample", "text").iter_rows())
    for name in list(texts_now):
        if draw(st.booleans()):
            texts_now[name] = draw(texts)
    return assemble(draw(st.permutations(rows)), texts_now, snapshot.categories["name"].to_list())


def assemble(rows: list[dict[str, Any]], texts_of: dict[str, str], names: list[str]) -> Snapshot:
    """A checked snapshot from label rows, sample texts and category names."""
    columns = {
        name: [row.get(name) for row in rows] for name in {name for row in rows for name in row}
    }
    used = {row["sample"] for row in rows} | set(texts_of)
    keys = sorted(used)
    return Snapshot(
        labels=labels_frame(**columns),
        samples=samples_frame(sample=keys, text=[texts_of.get(key) for key in keys]),
        categories=categories_frame(names),
    ).check()


@st.composite
def described(draw: st.DrawFn) -> Snapshot:
    """A snapshot whose samples have splits, paths and digests, and its categories ids."""
    snapshot = draw(snapshots())
    names = snapshot.samples["sample"].to_list()
    paths = draw(st.sampled_from([names, [None] * len(names)]))
    count = snapshot.categories.height
    return replace(
        snapshot,
        samples=snapshot.samples.with_columns(
            pl.Series("path", paths, dtype=pl.String),
            pl.Series("digest", [f"of {name}" for name in names], dtype=pl.String),
            split=_column(draw, splits, len(names)),
            attributes=_column(draw, attributes, len(names)),
        ),
        categories=snapshot.categories.with_columns(
            pl.Series("id", [str(at) for at in range(count)], dtype=pl.String),
            attributes=_column(draw, attributes, count),
        ),
    ).check()


splits = st.sampled_from(["train", "val", "test", None])


def _column(draw: st.DrawFn, values: st.SearchStrategy[str | None], count: int) -> pl.Series:
    return pl.Series([draw(values) for _ in range(count)], dtype=pl.String)


@st.composite
def changed(draw: st.DrawFn, snapshot: Snapshot) -> Snapshot:
    """What somebody made of a snapshot: labels, samples and the class list edited."""
    labels = draw(_edited_labels(snapshot))
    samples = draw(_edited_samples(snapshot.samples, labels))
    names = dict(zip(snapshot.samples["sample"], samples["_now"], strict=False))
    samples = samples.drop("sample").rename({"_now": "sample"}).select(snapshot.samples.columns)
    gone = [old for old, new in names.items() if new is None]
    labels = labels.filter(~pl.col("sample").is_in(gone)).with_columns(
        pl.col("sample").replace({old: new for old, new in names.items() if new is not None})
    )
    categories = draw(_edited_categories(snapshot.categories, labels))
    labels = labels.with_columns(pl.col("category").replace(categories["key"], categories["name"]))
    return replace(
        snapshot,
        labels=labels.with_columns(key=pl.int_range(pl.len(), dtype=pl.Int64)),
        samples=samples.filter(pl.col("sample").is_not_null()),
        categories=categories.with_columns(key="name"),
    ).check()


@st.composite
def _edited_labels(draw: st.DrawFn, snapshot: Snapshot) -> pl.DataFrame:
    """Labels dropped, changed in single fields, moved, added in samples there are; shuffled."""
    rows = []
    for row in snapshot.labels.to_dicts():
        what = draw(st.sampled_from(["keep", "keep", "drop", "change", "move"]))
        if what == "change":
            field = draw(
                st.sampled_from(["category", "attributes", "text", "confidence", "verdict"])
            )
            row[field] = draw(label()).get(field)
        if what == "move":
            field = draw(st.sampled_from(["x", "end"]))
            row[field] = row[field] and row[field] + draw(st.sampled_from([1.0, 2.0]))
        if what != "drop":
            rows.append(row)
    names = snapshot.samples["sample"].to_list()
    new = draw(st.lists(label(), max_size=2)) if names else []
    rows += [{**row, "sample": draw(st.sampled_from(names)), "key": 0} for row in new]
    return pl.DataFrame(draw(st.permutations(rows)), schema=snapshot.labels.schema)


@st.composite
def _edited_samples(draw: st.DrawFn, samples: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """Samples with other splits, texts or attributes; `_now` is the key they have now, if any."""
    rows = []
    for row in samples.to_dicts():
        what = draw(
            st.sampled_from([*["keep"] * 4, "split", "text", "attributes", "rename", "drop"])
        )
        if what in ("split", "text", "attributes"):
            row[what] = draw({"split": splits, "text": texts, "attributes": attributes}[what])
        now = (
            draw(st.sampled_from(["new", "newer"])) + row["sample"]
            if what == "rename"
            else row["sample"]
        )
        row["path"] = row["path"] and now
        rows.append({**row, "_now": None if what == "drop" else now})
    schema = {**samples.schema, "_now": pl.String()}
    added = draw(st.sets(st.sampled_from(["z.jpg", "y.jpg"])))
    new = [{"sample": name, "_now": name, "split": draw(splits)} for name in sorted(added)]
    return pl.DataFrame(rows + new, schema=schema)


@st.composite
def _edited_categories(
    draw: st.DrawFn, categories: pl.DataFrame, labels: pl.DataFrame
) -> pl.DataFrame:
    """Categories renamed, described anew, removed where unused, added; renumbered as they stand."""
    used = set(labels["category"])
    rows = []
    for row in categories.to_dicts():
        what = draw(st.sampled_from([*["keep"] * 8, "rename", "describe", "drop"]))
        if what == "rename":
            row["name"] = draw(st.sampled_from(["pet", "new "])) + row["key"]
        if what == "describe":
            row["attributes"] = draw(attributes)
        if what != "drop" or row["key"] in used:
            rows.append(row)
    if draw(st.booleans()):
        rows.append({"key": "emu", "name": "emu", "id": str(categories.height)})
    return pl.DataFrame(rows, schema=categories.schema)
