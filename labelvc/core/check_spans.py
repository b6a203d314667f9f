"""Spans of text: white space at their edges, overlaps, offsets counted in UTF-16."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from labelvc.core.check_places import with_samples
from labelvc.core.check_rules import Rules
from labelvc.core.issue import Finding
from labelvc.core.snapshot import Snapshot

_QUOTED = 40  # characters of a span that are told
Row = tuple[str, str | None, int, int, int]  # sample, id, key, start, end


def span_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`utf16-offsets` once a sample; elsewhere `span-space` for each span."""
    spans = with_samples(_characters(snapshot), snapshot, "text").filter(
        pl.col("text_sample").is_not_null()
    )
    columns = spans.select("text_sample", "sample", "id", "key", "start", "end")
    by_sample: dict[str, tuple[str, list[Row]]] = {}
    for text, sample, native, key, start, end in columns.iter_rows():
        row = (sample, native, key, int(start), int(end))
        by_sample.setdefault(sample, (text, []))[1].append(row)
    for text, rows in by_sample.values():
        shifted = _utf16(text, rows) if rules.level("utf16-offsets") != "off" else None
        if shifted:
            yield shifted
        else:
            yield from _spaces(text, rows)


def _characters(snapshot: Snapshot) -> pl.DataFrame:
    """The spans by characters that have a length."""
    return snapshot.labels.filter(
        (pl.col("unit") == "character") & (pl.col("start") >= 0) & (pl.col("end") > pl.col("start"))
    )


def _spaces(text: str, rows: Sequence[Row]) -> Iterator[Finding]:
    for sample, native, key, start, end in rows:
        covered = text[start:end]
        if end <= len(text) and covered != covered.strip():
            where = "at both edges" if covered.lstrip() != covered != covered.rstrip() else (
                "before" if covered.lstrip() != covered else "behind"
            )  # fmt: skip
            if not covered.strip():
                where = "alone"
            message = f"{start}-{end} {_quote(covered)}: white space {where}"
            yield Finding("span-space", message, sample, native, key)


def _utf16(text: str, rows: Sequence[Row]) -> Finding | None:
    """Offsets behind a character that takes two UTF-16 units (emoji, rare ideographs).

    They are said to be UTF-16 where all of them fit the words that way, and not all do as code
    points: one that fits both ways tells nothing.
    """
    places = [at for at, char in enumerate(text) if ord(char) > 0xFFFF]
    if not places:
        return None
    behind = [row for row in rows if row[4] > places[0]]
    encoded = text.encode("utf-16-le", "surrogatepass")
    read = [_decoded(encoded, row[3], row[4]) for row in behind]
    if not behind or None in read:
        return None
    moved = [(row, start, end) for row, place in zip(behind, read, strict=True) if place
             for start, end in [place]]  # fmt: skip
    if not all(_fits(text, start, end) for _, start, end in moved):
        return None
    wrong = [one for one in moved if not _fits(text, one[0][3], one[0][4])]
    if not wrong:
        return None
    (sample, native, key, start, end), right, right_end = wrong[0]
    return Finding(
        "utf16-offsets",
        f"{start}-{end} is {_quote(text[start:end])}, and in UTF-16 units "
        f"{_quote(text[right:right_end])}: offsets count code points",
        sample,
        native,
        key,
    )


def _decoded(encoded: bytes, start: int, end: int) -> tuple[int, int] | None:
    """The code points of UTF-16 offsets; None where they are none."""
    if 2 * end > len(encoded):
        return None
    try:
        before = encoded[: 2 * start].decode("utf-16-le")
        return len(before), len(before) + len(encoded[2 * start : 2 * end].decode("utf-16-le"))
    except UnicodeDecodeError:
        return None


def _fits(text: str, start: int, end: int) -> bool:
    """Whether a span covers whole words: no white space at its edges, no word cut in two."""
    covered = text[start:end]
    if end > len(text) or not covered or covered != covered.strip():
        return False
    cut_left = start > 0 and text[start - 1].isalnum() and covered[0].isalnum()
    cut_right = end < len(text) and text[end].isalnum() and covered[-1].isalnum()
    return not cut_left and not cut_right


def overlap_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`span-overlap` for each span that begins before an earlier one of its annotator ends."""
    spans = snapshot.labels.filter(
        (pl.col("kind") == "span")
        & (pl.col("verdict") == "present")
        & (pl.col("end") > pl.col("start"))
    )
    until = pl.col("end").shift().cum_max().over("sample", "annotator")
    found = (
        spans.sort("sample", "start", "end", "key")
        .with_columns(until.alias("until"))
        .filter(pl.col("until") > pl.col("start"))
    )
    for start, end, category, sample, native, key in found.select(
        "start", "end", "category", "sample", "id", "key"
    ).iter_rows():
        message = f"span {category!r} {start:g}-{end:g} overlaps another"
        yield Finding("span-overlap", message, sample, native, key)


def _quote(text: str) -> str:
    shown = text if len(text) <= _QUOTED else f"{text[:_QUOTED]}..."
    return f'"{shown}"'
