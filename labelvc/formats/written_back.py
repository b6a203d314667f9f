"""Proof that what was written is what was meant: it is read again and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from labelvc.core.errors import LossError, shorten
from labelvc.core.match import match
from labelvc.core.snapshot import CONTENT, LABELS, Snapshot
from labelvc.formats.base import Format
from labelvc.formats.hosting import Host
from labelvc.formats.pair import Wanted, read_pair
from labelvc.formats.putting import Put
from labelvc.formats.source import Blob, MemoryBlob, Source


def refuse_other_labels(
    host: Host, meant: Put, files: Mapping[str, bytes], fmt: Format, key: str | None
) -> None:
    """Raise LossError where the files hold other labels than those meant.

    Of a single file only rows that differ from the host's are read.
    """
    source = _source(host.source, files)
    if host.others is not None:
        scan: Any = fmt.scan(source, host.settings)
        again = scan.narrowed([path for path in scan.paths if path not in host.others]).read()
        wrong = _differs([(again.labels, 1), (meant.put, -1)], fmt)
    else:
        wanted = Wanted(fmt.NAME, key, settings=host.settings)
        pair = read_pair(host.source, source, fmt, wanted=wanted, known=(None, None))
        before = pair.before.rest.labels.with_columns(pl.col("category").replace(meant.renamed))
        parts = [(pair.after.rest.labels, 1), (before, -1)]
        wrong = _differs([*parts, (meant.put, -1), (meant.taken, 1)], fmt)
    if wrong is not None:
        raise LossError(
            f"{host.source.name}: sample {shorten(wrong)} would not read as it was merged: format"
            f" {fmt.NAME} cannot hold it",
            hint="Merge the labels of that sample by hand, and please report this.",
        )


def _source(host: Source, files: Mapping[str, bytes]) -> Source:
    written = getattr(files, "written", files)
    blobs: dict[str, Blob] = {path: MemoryBlob(content) for path, content in written.items()}
    return replace(host, files={**getattr(files, "kept", {}), **blobs})


def _differs(parts: Sequence[tuple[pl.DataFrame, int]], fmt: Format) -> str | None:
    """A sample in which the counted rows do not add up to nothing; None where all do."""
    # who counts tokens gives them other bounds as soon as one is inserted
    places = ("start", "end") if fmt.CARRIES.ids_are_places else ()
    rows = pl.concat(
        labels.select(list(LABELS)).with_columns(
            *(pl.lit(None, pl.Float64).alias(name) for name in places), pl.lit(sign).alias("sign")
        )
        for labels, sign in parts
    )
    # where samples are named by their text, equal texts are counted: what goes renames the others
    return _other(rows) and _other(rows.with_columns(pl.col("sample").str.replace(r"#\d+$", "")))


def _other(rows: pl.DataFrame) -> str | None:
    """A sample in which rows of sign 1 (written) and -1 (meant) are not the same."""
    content = pl.struct(pl.col(CONTENT)).hash().alias("content")
    off = rows.with_columns(content).with_columns(pl.col("sign").sum().over("content").alias("sum"))
    # as many rows of each content as do not cancel
    nth = pl.int_range(pl.len()).over("content", "sign")
    left = off.filter((pl.col("sum") * pl.col("sign") > 0) & (nth < pl.col("sum").abs()))
    if left.is_empty():
        return None
    sides = [left.filter(pl.col("sign") == sign).select(list(LABELS)) for sign in (-1, 1)]
    meant, written = (
        Snapshot(side.with_columns(pl.int_range(pl.len()).alias("key"))) for side in sides
    )
    # a format may hold fewer decimals
    matched = match(meant, written, ids="untrusted").after.labels
    compared = ["key", *CONTENT]
    wrong = matched.join(meant.labels, on=compared, how="anti", nulls_equal=True)
    if meant.labels.height > matched.height:
        wrong = pl.concat([wrong, meant.labels.join(matched, on="key", how="anti")])
    return wrong["sample"].min() if wrong.height else None  # type: ignore[return-value]
