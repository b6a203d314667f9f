"""COCO annotations of plain boxes, written as whole columns: a million take a second."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from labelvc.core.snapshot import BOX

# Numbers in between are spelled alike by Python and polars, without an exponent.
_SMALLEST, _LARGEST = 1e-4, 1e15
_BARE = ("geometry", "text", "confidence")
# What most boxes have besides: an area, and whether they are a crowd.
_AREA = r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?"
_USUAL = rf'^\{{(?:"area":{_AREA}(?:,"iscrowd":[01])?|"iscrowd":[01])\}}$'


def references(
    labels: pl.DataFrame, image: Callable[[str], Any], category: Callable[[str], Any]
) -> pl.DataFrame:
    """Native ids as JSON, `image_id` and `category_id`; null for what a look-up does not know."""
    finds = {"image_id": ("sample", image), "category_id": ("category", category)}
    return pl.DataFrame(
        {name: _looked_up(labels[column], find) for name, (column, find) in finds.items()}
    )


def box_texts(labels: pl.DataFrame, refers: pl.DataFrame) -> pl.Series:
    """What each annotation says behind its id, without the brace; null for all but plain boxes."""
    place = pl.format("[{}, {}, {}, {}]", *map(_number, BOX))
    more = pl.col("attributes")
    plain = pl.all_horizontal(pl.col(name).is_null() for name in _BARE)
    plain &= more.is_null() | more.str.contains(_USUAL)
    area = pl.format(', "area": {}', more.str.extract(rf'"area":({_AREA})')).fill_null("")
    crowd = more.str.extract(r'"iscrowd":([01])').fill_null("0")
    text = pl.format(
        ', "image_id": {}, "category_id": {}, "bbox": {}{}, "iscrowd": {}',
        *("image_id", "category_id", place, area, crowd),
    )
    return labels.hstack(refers).select(pl.when(plain).then(text)).to_series()


def whole_ids(ids: pl.Series) -> Sequence[int] | None:
    """The ids as numbers where they are all whole and distinct, or counted from 1 without any.

    None where it is not as simple as that.
    """
    if ids.null_count() == len(ids):
        return range(1, len(ids) + 1)
    numbers = ids.cast(pl.Int64, strict=False)
    if (numbers.cast(pl.String) == ids).fill_null(False).all() and numbers.n_unique() == len(ids):
        return list(numbers)
    return None


def _number(side: str) -> pl.Expr:
    value = pl.col(side)
    is_whole = (value == value.floor()) & (value.abs() < _LARGEST)
    is_usual = (value.abs() >= _SMALLEST) & (value.abs() < _LARGEST)
    whole = value.cast(pl.Int64, strict=False).cast(pl.String)
    return pl.when(is_whole).then(whole).when(is_usual).then(value.cast(pl.String))


def _looked_up(names: pl.Series, find: Callable[[str], Any]) -> pl.Series:
    found: dict[str, str] = {}
    for name in names.drop_nulls().unique().to_list():
        try:
            found[name] = json.dumps(find(name), ensure_ascii=False)
        except KeyError:  # whoever writes it one by one tells of it
            continue
    if not found:
        return pl.Series([None] * len(names), dtype=pl.String)
    texts: pl.Series = names.replace_strict(
        list(found), list(found.values()), default=None, return_dtype=pl.String
    )
    return texts
