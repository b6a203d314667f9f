"""Which samples may be trained on, and why the others may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from labelvc.core.snapshot import BOX
from labelvc.stages.clean_duplicates import Likeness, exact_duplicates, near_duplicates
from labelvc.stages.clean_reasons import REASONS

if TYPE_CHECKING:
    from labelvc.stages.features import Features

# What of a label makes copies of a sample contradict each other, and of pictures that look alike.
_ALIKE = ("kind", "category", "verdict", "text")
_STATED = (*_ALIKE, *BOX, "geometry", "start", "end")
_ORDER = {reason: place for place, reason in enumerate(REASONS)}
_TRAINED = ("train", "trainval", None)


class Cleaned(NamedTuple):
    """The samples with `kept`, `reason` and `duplicate_of`; why, as (sample, reason, detail) rows.

    `contradictions` counts duplicates whose labels differ.
    """

    samples: pl.DataFrame
    dropped: Sequence[tuple[str, str, str]]
    contradictions: int


class Twin(NamedTuple):
    """What a sample is a duplicate of, by its place in the table."""

    of: int
    reason: str
    contradicts: bool


def find_twins(
    samples: pl.DataFrame,
    labels: pl.DataFrame,
    contents: Sequence[str | None],
    distance: int,
    features: Features,
) -> dict[int, Twin]:
    """The samples that repeat another, by their place.

    `samples` has the columns of `prepared.SAMPLES`; `contents` are equal where samples are, None
    where they cannot be. Of copies the one is kept that has no reason against it, else that has
    labels, else that is in no training split: what is tested on is then not trained on.
    """
    order = _preferred(samples, labels)
    exact = exact_duplicates(contents, order)
    rows, hashes = samples["row"].to_list(), samples["phash"].to_list()
    near: dict[int, int] = {}
    if distance:
        places = [at for at in order if hashes[at] is not None and at not in exact]
        place_of = {rows[at]: at for at in places if rows[at] is not None}
        sizes = dict(zip(rows, samples.select("new_width", "new_height").iter_rows(), strict=True))
        found = near_duplicates(
            {row: hashes[at] for row, at in place_of.items()}, distance, Likeness(features, sizes)
        )
        near = {place_of[row]: place_of[other] for row, other in found.items()}
    twins = _twins(exact, "duplicate", _statements(samples, labels, exact, _STATED))
    return twins | _twins(near, "near duplicate", _statements(samples, labels, near, _ALIKE))


def _preferred(samples: pl.DataFrame, labels: pl.DataFrame) -> list[int]:
    """The places of samples, those first that are kept where others repeat them."""
    labelled = samples["sample"].is_in(labels["sample"].unique().implode()).to_list()
    reasons, splits = samples["reason"].to_list(), samples["split"].to_list()
    return sorted(
        range(samples.height),
        key=lambda at: (reasons[at] is not None, not labelled[at], splits[at] in _TRAINED),
    )


def _statements(
    samples: pl.DataFrame, labels: pl.DataFrame, pairs: Mapping[int, int], columns: Sequence[str]
) -> dict[int, list[Any]]:
    """What the labels of each sample in the pairs state, in an order of its own."""
    involved = sorted({*pairs, *pairs.values()})
    keys = samples["sample"].gather(involved)
    found: dict[str, list[Any]] = {key: [] for key in keys}
    about = labels.filter(pl.col("sample").is_in(keys.implode()))
    for key, *row in about.select("sample", *columns).iter_rows():
        found[key].append(row)
    return {at: sorted(found[key], key=repr) for at, key in zip(involved, keys, strict=True)}


def _twins(
    pairs: Mapping[int, int], reason: str, stated: Mapping[int, list[Any]]
) -> dict[int, Twin]:
    return {
        one: Twin(other, reason, bool(stated[one]) and stated[one] != stated[other])
        for one, other in pairs.items()
    }


def clean(
    samples: pl.DataFrame,
    own: Sequence[tuple[str | None, str]],
    twins: Mapping[int, Twin],
    *,
    drop: bool,
) -> Cleaned:
    """Put the reasons together: each sample's `own` (reason and detail), and its twins."""
    keys = samples["sample"].to_list()
    rows: list[list[tuple[str, str]]] = [
        [(reason, detail)] if reason else [] for reason, detail in own
    ]
    for place, twin in twins.items():
        if drop:
            differs = ", whose labels differ" if twin.contradicts else ""
            rows[place].append((twin.reason, f"of {keys[twin.of]}{differs}"))
    for reasons in rows:
        reasons.sort(key=lambda reason: _ORDER[reason[0]])
    codes = [",".join(code for code, _ in reasons) or None for reasons in rows]
    return Cleaned(
        samples.with_columns(
            kept=pl.Series([not reasons for reasons in rows], dtype=pl.Boolean),
            reason=pl.Series(codes, dtype=pl.String),
            duplicate_of=pl.Series(
                [keys[twins[place].of] if place in twins else None for place in range(len(keys))],
                dtype=pl.String,
            ),
        ),
        [(key, *reason) for key, reasons in zip(keys, rows, strict=True) for reason in reasons],
        sum(twin.contradicts for twin in twins.values()),
    )
