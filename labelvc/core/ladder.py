"""The identity ladder for labels (see `labelvc.core.match`): pairs of row numbers, rung by rung."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from labelvc.core.anchor import anchor
from labelvc.core.geometry import box_iou
from labelvc.core.overlap import THRESHOLD, overlapping
from labelvc.core.snapshot import BOX, CONTENT, Snapshot

PAIRS = {"before": pl.Int64(), "after": pl.Int64(), "rung": pl.String(), "iou": pl.Float64()}
# Of the ids both sides share, the part that must agree for ids to be trusted.
_TRUSTED = 0.9


def climb(
    before: Snapshot, after: Snapshot, *, ids: str, independent: bool, known: tuple[int, int]
) -> pl.DataFrame:
    """The matched pairs: row numbers of `before` and `after`, rung, and overlap where it was used.

    Samples and categories of `after` have the keys of `before` already. `known` counts further
    labels, equal ones: those with the same id on both sides, and those with another.
    """
    left, right = _prepared(before, after)
    person = ["annotator"] if independent else []
    found = [pl.DataFrame(schema=PAIRS)]

    def rung(pairs: pl.DataFrame, name: str) -> None:
        nonlocal left, right
        if pairs.is_empty():
            return
        iou = pl.col("iou") if "iou" in pairs.columns else pl.lit(None, dtype=pl.Float64)
        found.append(pairs.select("before", "after", pl.lit(name).alias("rung"), iou.alias("iou")))
        left = left.join(pairs, left_on="row", right_on="before", how="anti", maintain_order="left")
        right = right.join(
            pairs, left_on="row", right_on="after", how="anti", maintain_order="left"
        )

    by_id = _by_id(left, right, person)
    if ids == "trusted" or (ids == "auto" and _trustworthy(by_id, right, *known)):
        rung(_same_sample(by_id, person), "id")
    rung(_equal(left, right, ["content"]), "content")
    left, right = left.sort(CONTENT), right.sort(CONTENT)
    for name, pairs_by, keys in (
        ("place", _equal, ["place", "category", "sample", *person]),
        ("place", _equal, ["place", "sample", *person]),
        ("sole", _sole, ["annotator", "sample", "kind"]),
        ("sole", _sole, [*person, "sample", "kind"]),
        ("overlap", overlapping, ["category", "sample", *person]),
        ("overlap", overlapping, ["sample", *person]),
    ):
        if left.is_empty() or right.is_empty():
            break
        rung(pairs_by(left, right, keys), name)
    return pl.concat(found)


def _prepared(before: Snapshot, after: Snapshot) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both label tables with row numbers and hashes of their content and place."""
    right = _anchored(before, after)
    return _hashed(before.labels), _hashed(right)


def _hashed(labels: pl.DataFrame) -> pl.DataFrame:
    outlined = pl.col("geometry").is_not_null()
    # An outline says where a label is; the box drawn round it may be rewritten by a tool.
    where = [
        pl.when(~outlined).then(pl.col(name)).alias(name) for name in ("x", "y", "width", "height")
    ]
    placed = outlined | pl.col("x").is_not_null() | pl.col("start").is_not_null()
    place = pl.struct(*where, "geometry", "start", "end", "unit", "kind").hash()
    return labels.with_columns(
        pl.int_range(pl.len()).alias("row"),
        pl.struct(CONTENT).hash().alias("content"),
        pl.when(placed).then(place).alias("place"),
    )


def _anchored(before: Snapshot, after: Snapshot) -> pl.DataFrame:
    """The labels of `after`, spans of edited texts put where they were in the text before."""
    return anchored(after.labels, edited_texts(before.samples, after.samples))


def anchored(labels: pl.DataFrame, edited: Mapping[str, tuple[str, str]]) -> pl.DataFrame:
    """The labels with spans put where they lie in another text.

    `edited` has, by sample, that other text and the one in which the labels' bounds count.
    """
    spans = labels.with_row_index("_row").filter(
        pl.col("unit").is_in(["character", "token"]) & pl.col("sample").is_in(list(edited))
    )
    if spans.is_empty():
        return labels
    starts, ends = labels["start"], labels["end"]
    rows, moved = [], []
    anchors: dict[tuple[str, str], Callable[[float, float], tuple[float, float]]] = {}
    for row, sample, unit, start, end in spans.select(
        "_row", "sample", "unit", "start", "end"
    ).iter_rows():
        if (sample, unit) not in anchors:
            anchors[sample, unit] = anchor(*edited[sample], unit)
        rows.append(row)
        moved.append(anchors[sample, unit](start, end))
    return labels.with_columns(
        starts.clone().scatter(rows, [float(start) for start, _ in moved]),
        ends.clone().scatter(rows, [float(end) for _, end in moved]),
    )


def edited_texts(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, tuple[str, str]]:
    """By sample key, the texts before and after, where both exist and differ."""
    if before["text"].null_count() == before.height:
        return {}
    both = before.select("sample", "text").join(
        after.select("sample", "text"), on="sample", suffix="_after"
    )
    changed = both.filter(pl.col("text") != pl.col("text_after"))
    return {sample: (old, new) for sample, old, new in changed.iter_rows()}


def _by_id(left: pl.DataFrame, right: pl.DataFrame, person: Sequence[str]) -> pl.DataFrame:
    """Pairs that share an id, with what is needed to judge them; repeated ids tell nothing."""
    columns = ["row", "id", "sample", "category", "content", *BOX, *person]

    def unique(labels: pl.DataFrame) -> pl.DataFrame:
        given = labels.select(columns).filter(pl.col("id").is_not_null())
        return given.filter(pl.col("id").is_unique())

    return unique(left).join(unique(right), on="id", suffix="_after")


def _trustworthy(by_id: pl.DataFrame, right: pl.DataFrame, agreed: int, renumbered: int) -> bool:
    """Whether shared ids mostly name the same labels.

    Labels of one category in one sample agree even where they were shuffled, so ids are not trusted
    either where labels are found unchanged under other ids than their own.
    """
    shared = by_id.height
    if not shared:
        return False
    same_place = (pl.col("category").eq_missing(pl.col("category_after"))) | (
        box_iou().fill_null(0.0) >= THRESHOLD
    )
    agree = by_id.filter((pl.col("sample") == pl.col("sample_after")) & same_place).height
    elsewhere = by_id.filter(
        (pl.col("content") != pl.col("content_after"))
        & pl.col("content").is_in(right["content"].implode())
    ).height
    enough = _TRUSTED * (shared + agreed + renumbered)
    return agree + agreed >= enough and shared + agreed - elsewhere >= enough


def _same_sample(by_id: pl.DataFrame, person: Sequence[str]) -> pl.DataFrame:
    same = [pl.col(name).eq_missing(pl.col(f"{name}_after")) for name in ("sample", *person)]
    return by_id.filter(pl.all_horizontal(same)).select(
        pl.col("row").alias("before"), pl.col("row_after").alias("after")
    )


def _equal(left: pl.DataFrame, right: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Pairs that agree in all keys (a null first key never does), as a multiset."""

    def numbered(labels: pl.DataFrame) -> pl.DataFrame:
        given = labels.filter(pl.col(keys[0]).is_not_null())
        nth = pl.int_range(pl.len()).over(keys).alias("nth")
        return given.select(*keys, "row", nth)

    return (
        numbered(left)
        .join(numbered(right), on=[*keys, "nth"], nulls_equal=True, suffix="_after")
        .select(pl.col("row").alias("before"), pl.col("row_after").alias("after"))
    )


def _sole(left: pl.DataFrame, right: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Pairs of class or text labels that are the only ones left with their keys on each side."""

    def lonely(labels: pl.DataFrame) -> pl.DataFrame:
        given = labels.filter(pl.col("kind").is_in(["class", "text"]) & pl.col("place").is_null())
        return given.filter(pl.len().over(keys) == 1).select(*keys, "row")

    return (
        lonely(left)
        .join(lonely(right), on=list(keys), nulls_equal=True, suffix="_after")
        .select(pl.col("row").alias("before"), pl.col("row_after").alias("after"))
    )
