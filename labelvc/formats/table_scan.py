"""A table cut into its rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import polars as pl

from labelvc.core.errors import ParseError
from labelvc.core.snapshot import Snapshot
from labelvc.core.tally import Tally
from labelvc.formats.base import Keep
from labelvc.formats.rows import content_key, occurrences
from labelvc.formats.table_csv import CsvTable
from labelvc.formats.table_json import JsonTable, ParquetTable
from labelvc.formats.table_roles import Roles
from labelvc.formats.table_snapshot import build, statements

Table = CsvTable | JsonTable


@dataclass(frozen=True)
class TableScan:
    """The rows of a table."""

    table: Table
    settings: Mapping[str, str]

    @property
    def pieces(self) -> Mapping[str, Sequence[bytes]]:
        """The rows."""
        return {"labels": self.table.file.rows}

    @cached_property
    def names(self) -> list[str]:
        """The columns that are known before any row is decoded."""
        if isinstance(self.table, CsvTable):
            return self.table.names
        return self.table.frame.columns if isinstance(self.table, ParquetTable) else []

    def roles(self, key: str | None = None) -> Roles:
        """What the columns mean; `key` names another one that identifies samples."""
        named = [*self.settings.values()]
        return Roles.of(self.settings, self.names or [*named, *([key] if key else [])], key)

    @cached_property
    def _said(self) -> pl.DataFrame:
        """What all rows say, without the further columns."""
        return self.table.decoded(range(len(self.table.file.rows)), self.roles(), slim=True)

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """The id, path and text columns; nothing where there is but one."""
        roles = self.roles()
        columns = {name: role for role in ("text", "path", "id") if (name := getattr(roles, role))}
        if roles.id is None or len(columns) < 2:
            return {}
        said = self._said.select(*columns.values()).unique("id", keep="first", maintain_order=True)
        return {name: said[role].to_list() for name, role in reversed(columns.items())}

    def comparable(self, other: Any, key: str | None) -> bool:
        """Whether both have the same columns with the same meaning, and name samples by the id."""
        return (
            key in (None, self.roles().id)
            and type(self.table) is type(other.table)
            and self.names == other.names
            and self.settings == other.settings
        )

    def without_ids(self) -> Sequence[bytes] | None:
        """None: labels in tables have no ids."""
        return None

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """Samples with rows besides the kept ones."""
        if self.roles().id is None:
            return ()
        kept = pl.Series(list(keep.get("labels", ())), dtype=pl.Int64)
        others = self._said.with_row_index("row").filter(~pl.col("row").is_in(kept.implode()))
        return set(samples) & set(others["id"])

    def tally(self) -> Tally:
        """Counts from the id and label columns alone."""
        roles = self.roles()
        said = self._said.with_row_index("record")
        stated = statements(said, roles)
        counts = stated["category"].drop_nulls().value_counts().iter_rows()
        samples = said["id"].n_unique() if roles.id else said.height
        return Tally(samples, stated.height, dict(sorted(counts)))

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The snapshot of all rows or the kept ones."""
        file, roles = self.table.file, self.roles(key)
        rows = file.kept(keep)
        said = self.table.decoded(rows, roles)
        said = said.with_columns(sample=self.keys(said, rows, roles))

        def complain(row: int, expected: str, found: object) -> ParseError:
            return file.error(rows[row], expected, found)

        snapshot = build(said, roles, complain)
        document = {file.name: (self.table, roles, dict(self.settings))}
        return replace(
            snapshot,
            records=file.records(keep),
            documents={} if keep is not None else document,
        )

    def keys(self, said: pl.DataFrame, rows: Sequence[int], roles: Roles) -> pl.Series:
        """What identifies the rows' samples."""
        if roles.id is not None:
            missing = said["id"].is_null().arg_true()
            if len(missing):
                row = rows[missing[0]]
                raise self.table.file.error(row, f"a value in column {roles.id!r}", "none")
            return said["id"]
        whole = said if len(rows) == len(self.table.file.rows) else self._said
        suffixes = occurrences(whole["text"].fill_null(""), rows)
        texts = said["text"].fill_null("").to_list()
        keys = [content_key(text) + end for text, end in zip(texts, suffixes, strict=True)]
        return pl.Series("sample", keys, dtype=pl.String)
