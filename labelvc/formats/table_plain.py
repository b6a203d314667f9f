"""The table that a snapshot from elsewhere becomes."""

from __future__ import annotations

import polars as pl

from labelvc.core.errors import LossError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Settings
from labelvc.formats.csv_dialect import Dialect
from labelvc.formats.row_edits import attributes_of
from labelvc.formats.rows import RowFile, content_key, occurrences
from labelvc.formats.table_csv import CsvTable
from labelvc.formats.table_json import JsonTable
from labelvc.formats.table_roles import Roles, label_columns

_DIALECT = {"delimiter": ",", "quoting": "minimal", "header": "yes"}
_JSON = (".jsonl", ".ndjson", ".json")
_TABS = (".tsv", ".tab")


def plain_settings(snapshot: Snapshot, name: str | None, settings: Settings) -> Settings:
    """All settings of a new table of this name (None: any), so that it reads as it was meant.

    Raises LossError for a name that only a table of another sort could bear.
    """
    suffix = "" if name is None else "." + name.lower().rpartition(".")[2]
    if suffix in (".parquet", ".pq"):
        raise LossError(
            f"{name}: a new table is written as text, not as Parquet",
            hint="Name it .csv, .tsv or .jsonl.",
        )
    columns = _columns(snapshot, settings)
    is_open = suffix not in (".csv", *_TABS)
    if suffix in _JSON or (is_open and _wants_json(snapshot, settings)):
        return columns
    delimiter = {"delimiter": "tab"} if suffix in _TABS else {}
    return {**_DIALECT, **delimiter, **columns}


def plain_table(
    snapshot: Snapshot, settings: Settings
) -> tuple[CsvTable | JsonTable, Roles, Settings]:
    """An empty table with the columns the snapshot needs, what they mean, and its settings.

    CSV, unless the settings are those of JSON lines or cells cannot hold the attributes.
    """
    columns = _columns(snapshot, settings)
    further = {
        name
        for table in (snapshot.labels, snapshot.samples)
        for row in table.drop_nulls("attributes").iter_rows(named=True)
        for name in attributes_of(row)
    }
    if _wants_json(snapshot, settings):
        file = RowFile("labels.jsonl", "labels.jsonl", b"", [])
        return JsonTable(file), Roles.of(columns, list(columns.values())), columns
    settled = {**_DIALECT, **columns}
    dialect = Dialect.of(settled)
    labels = label_columns(columns.get("label", ""), [])
    used = [name for role, name in columns.items() if role not in (*_DIALECT, "label", "sep")]
    known = list(dict.fromkeys([*used, *labels]))
    names = [*known, *sorted(further - {*known, *(["column"] if len(labels) > 1 else [])})]
    if not dialect.header:
        names = [str(number) for number in range(1, max(map(int, names)) + 1)]
    head = dialect.delimiter.join(map(dialect.spell, names)).encode() + b"\n"
    file = RowFile("labels.csv", "labels.csv", head if dialect.header else b"", [])
    return CsvTable(file, dialect, names), Roles.of(settled, names), settled


def _columns(snapshot: Snapshot, settings: Settings) -> dict[str, str]:
    """The settings with a column for all the snapshot holds."""
    labels, samples = snapshot.labels, snapshot.samples
    columns = dict(settings)
    if not {"text", "id"} & settings.keys() and not _named_by_text(snapshot):
        columns["id"] = "id"
    spoken = "transcript" in settings or labels["text"].count() > 0
    if "label" not in settings and (labels["category"].count() or not spoken):
        columns["label"] = "label"
    for role in ("path", "split", "text"):
        if samples[role].count():
            columns.setdefault(role, role)
    for role, column in (("transcript", "text"), ("annotator", "annotator")):
        if labels[column].count():
            columns.setdefault(role, role)
    if labels["confidence"].count():
        columns.setdefault("confidence", "confidence")
    return columns


def _named_by_text(snapshot: Snapshot) -> bool:
    """Whether the text of each sample tells its name, so that no column has to."""
    texts = snapshot.samples["text"].to_list()
    if not texts or None in texts:
        return False
    ends = occurrences(texts, range(len(texts)))
    names = [content_key(text) + end for text, end in zip(texts, ends, strict=True)]
    return names == snapshot.samples["sample"].to_list()


def _wants_json(snapshot: Snapshot, settings: Settings) -> bool:
    if "delimiter" in settings:
        return False
    if "label" in settings or "transcript" in settings:
        return True  # settled, and not as delimited
    labelled = snapshot.labels["sample"].unique().implode()
    beside = snapshot.samples.filter(pl.col("sample").is_in(labelled))["attributes"].count() > 0
    tables = (snapshot.labels, snapshot.samples)
    return beside or any(
        not isinstance(value, str)
        for table in tables
        for row in table.drop_nulls("attributes").iter_rows(named=True)
        for value in attributes_of(row).values()
    )
