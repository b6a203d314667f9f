"""A label set at one revision, as three flat tables.

Coordinates: boxes are x, y, width, height as float64, 0-based, from the top left corner, in the
unit named by `unit`. `start`/`end` bound spans and segments, end exclusive; characters are Unicode
code points. Labels refer to samples and categories by their keys; in a snapshot fresh from a file
a category's key is its name, and `labelvc.core.match` gives it the key it had in another version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from labelvc.core.errors import SchemaError, shorten
from labelvc.core.tally import Tally

if TYPE_CHECKING:
    import pandas as pd

KINDS = (
    *("class", "box", "polygon", "mask", "keypoints", "polyline", "ellipse", "cuboid"),
    *("span", "segment", "token", "text"),
)
VERDICTS = ("present", "absent", "rejected")
UNITS = ("pixel", "fraction", "percent", "second", "character", "token")

LABELS: dict[str, pl.DataType] = {
    "key": pl.Int64(),  # row identity, given by match; a fresh snapshot counts from 0
    "id": pl.String(),  # the file's own id, as text
    "sample": pl.String(),
    "kind": pl.String(),
    "category": pl.String(),
    "verdict": pl.String(),
    "x": pl.Float64(),
    "y": pl.Float64(),
    "width": pl.Float64(),
    "height": pl.Float64(),
    "geometry": pl.String(),  # canonical JSON object: polygon, mask, keypoints, polyline, ...
    "start": pl.Float64(),
    "end": pl.Float64(),
    "unit": pl.String(),
    "text": pl.String(),
    "attributes": pl.String(),  # canonical JSON object, null where empty
    "annotator": pl.String(),
    "confidence": pl.Float64(),
    "record": pl.Int64(),  # index into Snapshot.records
}
SAMPLES: dict[str, pl.DataType] = {
    "sample": pl.String(),  # the key
    "path": pl.String(),  # the media file as the label file names it
    "split": pl.String(),
    "width": pl.Float64(),
    "height": pl.Float64(),
    "duration": pl.Float64(),
    "text": pl.String(),
    "digest": pl.String(),  # of the medium, where known without decoding it
    "attributes": pl.String(),
    "record": pl.Int64(),
}
CATEGORIES: dict[str, pl.DataType] = {
    "key": pl.String(),  # what labels refer to; the name, until match says otherwise
    "name": pl.String(),
    "id": pl.String(),
    "parent": pl.String(),
    "attributes": pl.String(),
}

BOX = ("x", "y", "width", "height")
# What makes two labels equal: everything but row identity, native id and source fragment.
CONTENT = tuple(name for name in LABELS if name not in ("key", "id", "record"))
# So many texts are made at once, as there may be millions.
_AT_ONCE = 100_000
_NOT_COMPARED = {"labels": ("key", "id", "record"), "samples": ("record",), "categories": ("id",)}


_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def canonical_json(value: object) -> str:
    """The one spelling of a JSON value: sorted keys, no spaces, no NaN, UTF-8 left as it is."""
    try:
        return _CANONICAL.encode(value)
    except ValueError as error:
        raise SchemaError(f"a number that JSON cannot hold: {error}") from None
    except RecursionError:
        raise SchemaError("endlessly nested brackets") from None


def attributes_json(attributes: Mapping[str, Any]) -> str | None:
    """The `attributes` cell for a mapping: canonical JSON, or None where there are none."""
    return canonical_json(dict(attributes)) if attributes else None


@cache
def _null(name: str, dtype: pl.DataType) -> pl.Series:
    return pl.Series(name, [None], dtype=dtype)


def _frame(schema: Mapping[str, pl.DataType], columns: Mapping[str, Any]) -> pl.DataFrame:
    """A table of `schema` from whichever columns are given; the others are null."""
    unknown = sorted(set(columns) - set(schema))
    if unknown:
        raise SchemaError(f"no such column: {', '.join(unknown)}")
    height = max((len(values) for values in columns.values()), default=0)
    try:
        return pl.DataFrame(
            {
                name: pl.Series(name, columns[name], dtype=dtype, strict=False)
                if name in columns
                else _null(name, dtype).new_from_index(0, height)
                for name, dtype in schema.items()
            }
        )
    except UnicodeEncodeError as error:
        raise SchemaError(
            f"{shorten(error.object)} is no Unicode text",
            hint="Where it is the name of a file, rename the file.",
        ) from None


def labels_frame(**columns: Sequence[Any] | pl.Series) -> pl.DataFrame:
    """A labels table from columns; `key` counts from 0 and `verdict` is present by default."""
    height = max((len(values) for values in columns.values()), default=0)
    columns.setdefault("key", pl.int_range(height, eager=True))
    columns.setdefault("verdict", pl.Series(["present"]).new_from_index(0, height))
    return _frame(LABELS, columns)


def samples_frame(**columns: Sequence[Any] | pl.Series) -> pl.DataFrame:
    """A samples table from columns."""
    return _frame(SAMPLES, columns)


def categories_frame(names: Sequence[str], **columns: Sequence[Any]) -> pl.DataFrame:
    """A categories table in the given order; keys are the names."""
    return _frame(CATEGORIES, {"key": names, "name": names, **columns})


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Labels, samples and categories of one label set at one revision.

    `records` are source fragments (a JSON object, a CSV line, an XML element), `documents` what
    else the files hold, per file; both belong to the format and are opaque here.
    """

    labels: pl.DataFrame = field(default_factory=labels_frame)
    samples: pl.DataFrame = field(default_factory=samples_frame)
    categories: pl.DataFrame = field(default_factory=lambda: categories_frame([]))
    format: str | None = None
    records: Sequence[bytes] = ()
    documents: Mapping[str, Any] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        """Equal content; native ids, order, records and documents do not count."""
        if not isinstance(other, Snapshot):
            return NotImplemented
        return all(
            _sorted(getattr(self, table), table).equals(_sorted(getattr(other, table), table))
            for table in _NOT_COMPARED
        )

    __hash__ = None  # type: ignore[assignment]

    def check(self) -> Snapshot:
        """Itself, once proven to keep the schema.

        Raises SchemaError for NaN or infinity, unknown kinds, verdicts and units, repeated keys.
        """
        _check_numbers(self.labels)
        _check_numbers(self.samples)
        for name, allowed in (("kind", KINDS), ("verdict", VERDICTS), ("unit", UNITS)):
            odd = set(self.labels[name].drop_nulls().unique()) - set(allowed)
            if odd:
                raise SchemaError(f"labels: {name} is {min(odd)!r}, expected one of {allowed}")
        for table, key in (("labels", "key"), ("samples", "sample"), ("categories", "key")):
            column = getattr(self, table)[key]
            if column.null_count() or column.is_duplicated().any():
                repeated = column.filter(column.is_duplicated())
                what = repeated[0] if len(repeated) else None
                raise SchemaError(f"{table}: the key {what!r} is missing or stands more than once")
        return self

    def tally(self) -> Tally:
        """Counts of samples, labels and labels per category name."""
        names = dict(self.categories.select("key", "name").iter_rows())
        counts = self.labels.drop_nulls("category")["category"].value_counts().iter_rows()
        per_category = dict.fromkeys(names.values(), 0)
        for key, count in counts:
            name = names.get(key, key)
            per_category[name] = per_category.get(name, 0) + count
        return Tally(self.samples.height, self.labels.height, per_category)

    def digest(self) -> str:
        """`v1:` and the sha256 of the content: equal snapshots have equal digests.

        Each table's compared columns are hashed in turn over rows in sorted order: name, number of
        rows, null flags as bytes, then float64 little-endian or the UTF-8 lengths (uint32
        little-endian) followed by the text.
        """
        total = hashlib.sha256()
        for table in _NOT_COMPARED:
            rows = compared(getattr(self, table), table)
            order = rows.select(pl.arg_sort_by(rows.columns, nulls_last=False)).to_series()
            for column in rows:  # in turn, as a sorted copy of millions is large
                _hash_column(total, column.gather(order))
        return f"v1:{total.hexdigest()}"

    def to_pandas(self) -> dict[str, pd.DataFrame]:
        """`labels`, `samples` and `categories` as pandas tables."""
        import pandas as pd

        return {
            table: pd.DataFrame(getattr(self, table).to_dict(as_series=False))
            for table in ("labels", "samples", "categories")
        }

    def of_samples(self, keys: pl.Series) -> Snapshot:
        """The part that concerns these samples; all categories stay."""
        if self.samples["sample"].equals(keys):
            return self
        chosen = pl.col("sample").is_in(keys.implode())
        return replace(self, labels=self.labels.filter(chosen), samples=self.samples.filter(chosen))

    def with_labels(self, labels: pl.DataFrame) -> Snapshot:
        """The same snapshot with other labels."""
        return replace(self, labels=labels)


def compared(table: pl.DataFrame, name: str) -> pl.DataFrame:
    """The columns of a table that make two snapshots equal; -0.0 and 0.0 are one number."""
    return table.drop(_NOT_COMPARED[name]).with_columns(pl.col(pl.Float64) + 0.0)


def _sorted(table: pl.DataFrame, name: str) -> pl.DataFrame:
    columns = compared(table, name)
    return columns.sort(columns.columns, nulls_last=False)


def _check_numbers(table: pl.DataFrame) -> None:
    for column in table.select(pl.col(pl.Float64)):
        bad = column.is_nan() | column.is_infinite()
        if bad.any():
            row = bad.arg_true()[0]
            sample = table["sample"][row]
            raise SchemaError(
                f"sample {sample!r}: {column.name} is {column[row]}, expected a finite number"
            )


def _hash_column(total: Any, column: pl.Series) -> None:
    total.update(f"{column.name}:{len(column)}:".encode())
    total.update(column.is_null().cast(pl.UInt8).to_numpy().tobytes())
    if column.dtype == pl.Float64:
        total.update(column.fill_null(0.0).to_numpy().astype("<f8").tobytes())
    else:
        text = column.fill_null("")
        total.update(text.str.len_bytes().to_numpy().astype("<u4").tobytes())
        for part in range(0, len(text), _AT_ONCE):
            total.update("".join(text.slice(part, _AT_ONCE).to_list()).encode())
