"""An Open Images label set cut into rows."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any

import polars as pl

from labelvc.core.joined import Joined
from labelvc.core.snapshot import (
    LABELS,
    Snapshot,
    attributes_json,
    categories_frame,
    labels_frame,
    samples_frame,
)
from labelvc.core.tally import Tally
from labelvc.formats.base import Keep
from labelvc.formats.openimages_decode import KEYS, attributes, further_columns, keys, tables
from labelvc.formats.openimages_decode import labels as decoded
from labelvc.formats.openimages_files import IMAGE, Classes, Part
from labelvc.formats.row_buffer import Pieces
from labelvc.formats.source import Blob

NAME = "openimages"


@dataclass(frozen=True)
class OpenImagesScan:
    """The files: `stated` hold labels, a row each; `listed` are lists of images."""

    name: str
    is_folder: bool
    stated: Sequence[Part]
    listed: Sequence[Part]
    classes: Classes
    files: Mapping[str, Blob] = field(default_factory=dict, repr=False)

    @cached_property
    def pieces(self) -> Mapping[str, Pieces]:
        """The rows of labels, and in a folder those of images."""
        found = {"labels": _pieces(self.stated)}
        return {**found, "samples": _pieces(self.listed)} if self.is_folder else found

    def label_files(self) -> Collection[str]:
        """The CSV files and the hierarchy."""
        lists = [one.path for one in self.classes.lists]
        rows = [part.path for part in (*self.stated, *self.listed)]
        return {*rows, *lists, *(path for path in self.files if path.lower().endswith(".json"))}

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """Nothing: images go by their id."""
        return {}

    def comparable(self, other: OpenImagesScan, key: str | None) -> bool:
        """Whether files of the same name have the same columns, and classes the same names."""
        one, two = _headers(self), _headers(other)
        lists = {part.name for part in self.listed}, {part.name for part in other.listed}
        return (
            all(one[name] == two[name] for name in one.keys() & two.keys())
            and lists[0] == lists[1]
            and self._calls_alike(other)
        )

    def _calls_alike(self, other: OpenImagesScan) -> bool:
        one, two = self.classes, other.classes
        if (one.displays, one.is_by_id) == (two.displays, two.is_by_id):
            return True
        used = {*self.counts} & {*other.counts}
        return all(
            (one.name(mid), one.displays.get(mid)) == (two.name(mid), two.displays.get(mid))
            for mid in used
        )

    def without_ids(self) -> None:
        """None: ids of masks are not renumbered alone."""

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """The samples that have rows besides the kept ones."""
        wanted = pl.Series("sample", list(samples), dtype=pl.String)
        found: set[str] = set()
        for table, parts in (("labels", self.stated), ("samples", self.listed)):
            kept = pl.Series(list(keep.get(table, ())), dtype=pl.Int64)
            for part, first in _with_firsts(parts):
                for block in keys(part):
                    there = block.filter(pl.col("sample").is_in(wanted.implode()))
                    others = ~(there["row"] + first).is_in(kept.implode())
                    found.update(there.filter(others)["sample"])
        return found

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Labels by class id."""
        return self._counted[0]

    @cached_property
    def _counted(self) -> tuple[Mapping[str, int], int]:
        """Labels by class id, and the number of samples, a block of rows at a time."""
        counts: dict[str, int] = {}
        seen = pl.DataFrame(schema={"sample": pl.String})
        for part in (*self.stated, *self.listed):
            for block in keys(part):
                if part.kind != IMAGE:
                    for mid, count in block["mid"].value_counts().iter_rows():
                        counts[mid] = counts.get(mid, 0) + count
                seen = pl.concat([seen, block.select("sample").unique()])
            seen = seen.unique()
        return counts, seen.height

    def tally(self) -> Tally:
        """Counts from the columns of image and class alone."""
        counts, samples = self._counted
        names = {self.classes.name(mid): 0 for mid in self.classes.displays}
        for mid, count in sorted(counts.items()):
            name = self.classes.name(mid)
            names[name] = names.get(name, 0) + count
        return Tally(samples, sum(counts.values()), names)

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The snapshot of all rows, or of the kept ones."""
        rows = [*_chosen(self.stated, None if keep is None else keep.get("labels", ()))]
        labels = self._labels(rows)
        images, listed = self._images(labels, keep)
        records = _records(self.stated, self.listed, rows, listed, whole=keep is None)
        samples = self._samples(labels, images, first=labels.height)
        return Snapshot(
            labels=labels_frame(
                **{name: labels[name] for name in labels.columns if name in LABELS}
            ),
            samples=samples,
            categories=self._categories(labels["mid"]),
            format=NAME,
            records=records,
            documents={} if keep is not None else {self.name: self},
        )

    def _labels(self, rows: Sequence[Sequence[int] | None]) -> pl.DataFrame:
        blocks = [
            block.with_columns(pl.lit(part.split, pl.String).alias("split"))
            for part, wanted in zip(self.stated, rows, strict=True)
            for block in decoded(part, wanted)
        ]
        if not blocks:
            blocks = [pl.DataFrame(schema=dict.fromkeys(("sample", "mid", "split"), pl.String))]
        labels = pl.concat(blocks, how="diagonal")
        if self.classes.displays and not self.classes.is_by_id:
            category = pl.col("mid").replace(self.classes.displays)
        else:
            category = pl.col("mid")
        if "verdict" in labels.columns:
            labels = labels.with_columns(pl.col("verdict").fill_null("present"))
        return labels.with_columns(
            category.alias("category"), pl.int_range(pl.len(), dtype=pl.Int64).alias("record")
        )

    def _images(
        self, labels: pl.DataFrame, keep: Keep | None
    ) -> tuple[pl.DataFrame, list[Sequence[int] | None]]:
        """The rows of images (of those that are asked for), and which they are in each file."""
        if keep is None:
            chosen: list[Sequence[int] | None] = [None] * len(self.listed)
        else:
            kept = _chosen(self.listed, keep.get("samples", ()))
            names = labels["sample"].unique()
            for part, rows in zip(self.listed, kept, strict=True):
                names = pl.concat([names, *(block["sample"] for block in keys(part, rows))])
            chosen = [_rows_of(part, names) for part in self.listed]
        found = [_image_table(part, rows) for part, rows in zip(self.listed, chosen, strict=True)]
        schema = dict.fromkeys(("sample", "split", "attributes"), pl.String)
        return pl.concat([pl.DataFrame(schema=schema), *found]), chosen

    def _samples(self, labels: pl.DataFrame, images: pl.DataFrame, first: int) -> pl.DataFrame:
        """Images in the order of their lists, then those that only labels tell of."""
        listed = images.with_columns(pl.int_range(first, first + pl.len()).alias("record"))
        if listed["sample"].is_duplicated().any():
            listed = _merged(listed)
        only = labels.select("sample", "split").unique("sample", keep="first", maintain_order=True)
        if listed.height:
            only = only.join(listed, on="sample", how="anti", maintain_order="left")
        samples = pl.concat([listed, only], how="diagonal")
        names = ("sample", "split", "attributes", "record")
        return samples_frame(**{name: samples[name] for name in names if name in samples.columns})

    def _categories(self, used: pl.Series) -> pl.DataFrame:
        """All that are declared, and after them the others in use."""
        classes = self.classes
        others = sorted({*used.unique()} - {*classes.displays})
        mids = [*classes.displays, *others]
        parents = [classes.parents.get(mid) for mid in mids]
        return categories_frame(
            [classes.name(mid) for mid in mids],
            id=[mid if mid in classes.displays else None for mid in mids],
            parent=[None if parent is None else classes.name(parent) for parent in parents],
            attributes=[classes.attributes(mid) for mid in mids],
        )


def _pieces(parts: Sequence[Part]) -> Pieces:
    return Pieces([(part.name, part.rows) for part in parts])


def _headers(scan: OpenImagesScan) -> dict[str, tuple[Any, ...]]:
    return {
        part.name: (part.kind, list(part.columns), part.split)
        for part in (*scan.stated, *scan.listed)
    }


def _with_firsts(parts: Sequence[Part]) -> Iterator[tuple[Part, int]]:
    """Each file with the number of rows before it."""
    return zip(parts, [0, *accumulate(len(part.rows) for part in parts)], strict=False)


def _chosen(parts: Sequence[Part], keep: Sequence[int] | None) -> list[Sequence[int] | None]:
    """The rows to decode by file; None for all."""
    if keep is None:
        return [None] * len(parts)
    kept = sorted(keep)
    return [
        [row - first for row in kept if first <= row < first + len(part.rows)]
        for part, first in _with_firsts(parts)
    ]


def _records(
    stated: Sequence[Part],
    listed: Sequence[Part],
    rows: Sequence[Sequence[int] | None],
    images: Sequence[Sequence[int] | None],
    *,
    whole: bool,
) -> Sequence[bytes]:
    """The fragments of labels, and after them those of images."""
    if whole:
        return Joined(*(part.rows for part in (*stated, *listed)))
    return [
        part.rows[row]
        for part, chosen in zip((*stated, *listed), (*rows, *images), strict=True)
        for row in chosen or ()
    ]


def _rows_of(part: Part, names: pl.Series) -> Sequence[int]:
    """The rows of a list that speak of these images."""
    found: list[int] = []
    for block in keys(part):
        found.extend(block.filter(pl.col("sample").is_in(names.implode()))["row"])
    return found


def _image_table(part: Part, rows: Sequence[int] | None) -> pl.DataFrame:
    """Sample, split and attributes of the rows of a list of images."""
    sample, split = KEYS[IMAGE]
    found = [pl.DataFrame(schema=dict.fromkeys(("sample", "split", "attributes"), pl.String))]
    for _, table in tables(part, rows):
        said = table.select(
            pl.col(sample).alias("sample"),
            pl.coalesce(
                *([split] if split in table.columns else []), pl.lit(part.split, pl.String)
            ).alias("split"),
        )
        found.append(said.with_columns(attributes(table, further_columns(part), said)))
    return pl.concat(found)


def _merged(listed: pl.DataFrame) -> pl.DataFrame:
    """One row an image; what its first row says comes first."""
    again = listed.filter(pl.col("sample").is_duplicated())
    together: dict[str, dict[str, Any]] = {}
    splits: dict[str, str | None] = {}
    for row in again.iter_rows(named=True):
        known = together.setdefault(row["sample"], {})
        splits[row["sample"]] = splits.get(row["sample"]) or row["split"]
        for name, value in json.loads(row["attributes"] or "{}").items():
            known.setdefault(name, value)
    first = listed.unique("sample", keep="first", maintain_order=True)
    texts = {name: attributes_json(values) for name, values in together.items()}
    is_merged = pl.col("sample").is_in([*texts])
    spelled = pl.col("sample").replace_strict(texts, default=None, return_dtype=pl.String)
    split = pl.col("sample").replace_strict(splits, default=None, return_dtype=pl.String)
    return first.with_columns(
        pl.when(is_merged).then(spelled).otherwise("attributes").alias("attributes"),
        pl.when(is_merged).then(split).otherwise("split").alias("split"),
    )
