"""Transcripts and captions without text."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from labelvc.core.check_rules import Rules
from labelvc.core.issue import Finding
from labelvc.core.snapshot import Snapshot


def text_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`empty-text` for labels of kind text whose text is missing or white space alone."""
    bare = pl.col("text").fill_null("").str.strip_chars() == ""
    found = snapshot.labels.filter((pl.col("kind") == "text") & bare)
    for sample, native, key in found.select("sample", "id", "key").iter_rows():
        yield Finding("empty-text", "the text is empty", sample, native, key)
