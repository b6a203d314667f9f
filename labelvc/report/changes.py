"""The changed labels, sample by sample; what many of them share in a line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from labelvc.core.comparison import Comparison
from labelvc.report.folding import fold
from labelvc.report.labels import kind, mark, native_id, sentence
from labelvc.report.section import Row, Section, more
from labelvc.report.spans import Line, Span, name

SEE_ALL = "; labelvc diff --limit 0 shows all"
_MANY = 20  # changes of one kind that are told in bulk where no limit is given
_LONGEST_ID = 40
_SIDES = ("before", "after")


def changes_sections(comparison: Comparison, limit: int | None) -> list[Section]:
    """Changes in bulk, then the first `limit` of the others one by one (0, None: all of them)."""
    changes = comparison.changes
    folded = fold(changes, limit or _MANY)
    rest = folded.rest if limit else changes
    shown = rest.head(limit) if limit else rest
    left = comparison.counts["changed"] - (changes.height - rest.height) - shown.height
    rows = list(shown.iter_rows(named=True))
    texts = _texts(comparison, {row["sample"] for row in rows})
    return [
        Section("Changes in bulk", tuple(Row((line,)) for line in folded.lines)),
        Section("Changes", tuple(_listed(rows, texts)), foot=more(left, hint=SEE_ALL)),
    ]


def _texts(comparison: Comparison, samples: Collection[str]) -> dict[tuple[str, str], str]:
    """The texts of samples by side and sample, as far as they are at hand."""
    import polars as pl

    texts = {
        (side, sample): comparison.texts[sample]
        for sample in samples
        for side in _SIDES
        if sample in comparison.texts
    }
    changed = comparison.sample_changes.filter(pl.col("sample").is_in(list(samples)))
    for side in _SIDES:
        known = changed.select("sample", f"{side}_text").drop_nulls()
        texts |= {(side, sample): text for sample, text in known.iter_rows()}
    return texts


def _listed(rows: list[dict[str, Any]], texts: Mapping[tuple[str, str], str]) -> list[Row]:
    """Grouped by sample; or, where each sample has but one change, with the sample in a column."""
    grouped = len({row["sample"] for row in rows}) < len(rows)
    several = len({kind(row) for row in rows}) > 1
    identified = any(native_id(row) for row in rows)
    return [
        Row(
            [
                [mark(row)],
                *([] if grouped else [[name(row["sample"])]]),
                *([[_id(row)]] if identified else []),
                *([[Span(kind(row))]] if several else []),
                _sentence(row, texts),
            ],
            row["sample"] if grouped else None,
        )
        for row in rows
    ]


def _id(row: Mapping[str, Any]) -> Span:
    return Span(native_id(row)[:_LONGEST_ID], "value")


def _sentence(row: Mapping[str, Any], texts: Mapping[tuple[str, str], str]) -> Line:
    side = "before" if "removed" in row["kinds"] else "after"
    return sentence(row, texts.get((side, row["sample"])))
