"""From what the rows of a table say to a snapshot."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import polars as pl

from labelvc.core.errors import ParseError
from labelvc.core.snapshot import (
    Snapshot,
    attributes_json,
    categories_frame,
    labels_frame,
    samples_frame,
)
from labelvc.formats.base import named_categories
from labelvc.formats.table_roles import Roles

# (row, what was expected, what was found) -> the error with its place
Complain = Callable[[int, str, object], ParseError]
_SAMPLE = ("path", "split", "text")


def build(said: pl.DataFrame, roles: Roles, complain: Complain) -> Snapshot:
    """The snapshot of decoded rows; `record` counts them from 0.

    A row's further columns are the attributes of its label where a row of this table holds one
    label at most, else (and where the label is missing) of its sample. Of several label columns
    each label bears its column's name as the attribute `column`.
    """
    said = said.with_row_index("record").with_columns(pl.col("record").cast(pl.Int64))
    stated = statements(said, roles)
    labelled = said["record"].is_in(stated["record"].unique().implode())
    bearing = labelled & said["own"]
    labels = stated.join(
        said.select("record", "sample", "annotator", "confidence", "rest"), on="record", how="left",
        maintain_order="left",
    ).join(
        said.filter(bearing).select("record", mine=pl.col("rest")), on="record", how="left",
        maintain_order="left",
    )  # fmt: skip
    attributes = labels["mine"]
    if len(roles.labels) > 1:
        attributes = _shared(labels["column"], lambda name: attributes_json({"column": name}))
    return Snapshot(
        labels=labels_frame(
            sample=labels["sample"],
            kind=labels["kind"],
            category=labels["category"],
            text=labels["text"],
            attributes=attributes,
            annotator=labels["annotator"],
            confidence=labels["confidence"],
            record=labels["record"],
        ),
        samples=_samples(said, labelled, bearing, roles, complain),
        categories=categories_frame(named_categories(labels["category"].unique().to_list())),
        format="table",
    )


def statements(said: pl.DataFrame, roles: Roles) -> pl.DataFrame:
    """The labels that rows state: record, kind, category, text, column; in file order."""
    parts = [
        _column(said, f"label{number}", column=name, order=number)
        for number, name in enumerate(roles.labels)
    ]
    if roles.transcript:
        spoken = said.select("record", text="transcript").drop_nulls("text")
        parts.append(
            spoken.select(
                "record",
                kind=pl.lit("text"),
                category=pl.lit(None, pl.String),
                text="text",
                column=pl.lit(None, pl.String),
                order=pl.lit(len(parts)),
            )
        )
    if len(parts) == 1:
        return parts[0]
    return pl.concat(parts).sort("record", "order", maintain_order=True)


def _column(said: pl.DataFrame, source: str, *, column: str, order: int) -> pl.DataFrame:
    stated = said.select("record", category=pl.col(source))
    if stated.schema["category"] == pl.List(pl.String):
        stated = stated.explode("category")
    return stated.filter(pl.col("category").is_not_null() & (pl.col("category") != "")).select(
        "record",
        kind=pl.lit("class"),
        category="category",
        text=pl.lit(None, pl.String),
        column=pl.lit(column),
        order=pl.lit(order),
    )


def _samples(
    said: pl.DataFrame, labelled: pl.Series, bearing: pl.Series, roles: Roles, complain: Complain
) -> pl.DataFrame:
    rest = said["rest"].zip_with(~bearing, pl.Series([None], dtype=pl.String))
    homeless = ~labelled
    if (homeless & (said["annotator"].is_not_null() | said["confidence"].is_not_null())).any():
        rest = _with_statement(said.with_columns(rest=rest), homeless, roles)
    rows = said.select("sample", *_SAMPLE, "record").with_columns(rest.alias("attributes"))
    if rows["sample"].is_duplicated().any():
        rows = _merged(rows, complain)
    return samples_frame(**{name: rows[name] for name in rows.columns})


def _with_statement(said: pl.DataFrame, homeless: pl.Series, roles: Roles) -> pl.Series:
    """Attributes with annotator and confidence added in rows without a label to bear them."""
    values: list[str | None] = []
    for bare, rest, annotator, confidence in zip(
        homeless, said["rest"], said["annotator"], said["confidence"], strict=True
    ):
        attributes = json.loads(rest) if rest else {}
        if bare and annotator is not None:
            attributes[roles.annotator] = annotator
        if bare and confidence is not None:
            attributes[roles.confidence] = confidence
        values.append(attributes_json(attributes))
    return pl.Series("rest", values, dtype=pl.String)


def _merged(rows: pl.DataFrame, complain: Complain) -> pl.DataFrame:
    """One row a sample; its rows may not contradict each other."""
    first: dict[str, dict[str, Any]] = {}
    attributes: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in rows.iter_rows(named=True):
        known = first.setdefault(row["sample"], row)
        for name in _SAMPLE:
            if row[name] is not None and known[name] is None:
                known[name] = row[name]
            elif row[name] not in (None, known[name]):
                expected = f"the {name} of sample {row['sample']!r} as before, {known[name]!r}"
                raise complain(row["record"], expected, row[name])
        for name, value in json.loads(row["attributes"] or "{}").items():
            if attributes[row["sample"]].setdefault(name, value) != value:
                old = attributes[row["sample"]][name]
                expected = f"{name} of sample {row['sample']!r} as before, {old!r}"
                raise complain(row["record"], expected, value)
    merged = [
        {**row, "attributes": attributes_json(attributes[name])} for name, row in first.items()
    ]
    return pl.DataFrame(merged, schema=rows.schema)


def _shared(values: pl.Series, spell: Callable[[Any], str | None]) -> pl.Series:
    """`spell` of each value, worked out once for equal ones; null stays null."""
    spelled = {value: spell(value) for value in values.drop_nulls().unique()}
    return pl.Series("attributes", map(spelled.get, values), dtype=pl.String)
