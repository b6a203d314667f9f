"""The tables of the output, from what each sample gave."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from labelvc.core.snapshot import LABELS, Snapshot
from labelvc.stages.clean_categories import unify
from labelvc.stages.clean_reasons import REASONS
from labelvc.stages.clean_samples import Cleaned, clean, find_twins
from labelvc.stages.features_store import Outcome
from labelvc.stages.normalise_labels import moved_labels, moved_spans, normalised_texts
from labelvc.stages.prepared import (
    DROPPED_FILE,
    LABELS_FILE,
    REPORT_FILE,
    SAMPLES,
    SAMPLES_FILE,
    VERSION,
)
from labelvc.stages.preprocess_jobs import Work
from labelvc.stages.preprocess_params import PreprocessParams

if TYPE_CHECKING:
    from labelvc.stages.features import Features

_SAME_RATIO = 0.02  # sizes whose sides' ratios differ by less are of one picture
_LONGEST_SIDE = 1e6  # no size of an image, whatever a label file says


class Extracted(NamedTuple):
    """What each sample gave, the row of its features, and the features of all."""

    outcomes: Sequence[Outcome]
    rows: Sequence[int | None]
    features: Features


def tables(
    snapshot: Snapshot, work: Work, found: Extracted, params: PreprocessParams
) -> dict[str, bytes]:
    """The content of every file but the features, by name."""
    samples = _samples(work, found)
    names = unify(snapshot)
    labels, notes = _labels(snapshot, work, samples, params, names.names)
    own = _own_reasons(work, found, labels)
    samples = samples.with_columns(reason=pl.Series([reason for reason, _ in own], dtype=pl.String))
    contents = samples["text" if work.is_text else "digest"].to_list()
    readable = [
        content if row is not None and reason != "empty" else None
        for content, row, (reason, _) in zip(contents, found.rows, own, strict=True)
    ]
    twins = find_twins(samples, labels, readable, params.near_duplicates, found.features)
    cleaned = clean(samples, own, twins, drop=params.duplicates == "drop")
    told = {
        "version": VERSION,
        **work.told,
        **_counts(cleaned, labels),
        "notes": _noted(cleaned.samples, notes),
        "categories_unified": names.told,
        "contradicting_duplicates": cleaned.contradictions,
        "features": {name: list(values.shape) for name, values in found.features.items()},
    }
    return {
        SAMPLES_FILE: _parquet(cleaned.samples.select(list(SAMPLES))),
        LABELS_FILE: _parquet(labels.select(list(LABELS))),
        DROPPED_FILE: _csv(cleaned.dropped),
        REPORT_FILE: (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode(),
    }


def _samples(work: Work, found: Extracted) -> pl.DataFrame:
    """The samples table, but for what cleaning decides; and columns base_width, base_height."""
    rows = [
        _sample_row(row, text.text if text else None, outcome, feature_row, work)
        for row, text, outcome, feature_row in zip(
            work.samples.iter_rows(named=True), work.texts, found.outcomes, found.rows, strict=True
        )
    ]
    schema = {**SAMPLES, "base_width": pl.Float64(), "base_height": pl.Float64()}
    return pl.DataFrame(rows, schema=schema)


def _sample_row(
    said: Mapping[str, Any], text: str | None, outcome: Outcome, row: int | None, work: Work
) -> dict[str, Any]:
    key, facts = said["sample"], dict(outcome.extract.facts)
    declared = _declared(said)
    base = declared
    if "width" in facts and facts["width"] is not None:
        real = (facts["width"], facts["height"])
        if declared and declared != real:
            facts["notes"] = ",".join(filter(None, (facts["notes"], "size")))
        if not declared or abs(declared[0] / declared[1] * real[1] / real[0] - 1) > _SAME_RATIO:
            base = real  # else the labels are of a larger or smaller copy
    elif declared and work.images:
        new = work.images.new_size(*declared)
        facts |= {"width": round(declared[0]), "height": round(declared[1])}
        facts |= {"new_width": new[0], "new_height": new[1]}
    return {
        "duration": said["duration"],
        **{name: value for name, value in facts.items() if value is not None},
        "sample": key,
        "split": said["split"],
        "path": work.paths.get(key, said["path"]),
        "digest": outcome.digest,
        "detail": outcome.extract.detail or None,
        "text": text,
        "row": row,
        "base_width": base[0] if base else None,
        "base_height": base[1] if base else None,
    }


def _declared(said: Mapping[str, Any]) -> tuple[float, float] | None:
    """The size that the label file states, if it can be one."""
    sides = (said["width"], said["height"])
    if any(side is None or not 0 < side <= _LONGEST_SIDE for side in sides):
        return None
    return sides


def _labels(
    snapshot: Snapshot,
    work: Work,
    samples: pl.DataFrame,
    params: PreprocessParams,
    names: Mapping[str, str],
) -> tuple[pl.DataFrame, Counter[str]]:
    """The labels in the order of their samples, normalised, and what had to be left out."""
    labels = snapshot.labels.sort("sample", maintain_order=True).with_columns(
        pl.col("category").replace(list(names), list(names.values()))
    )
    labels = normalised_texts(labels, params.unicode)
    changed = {
        key: text
        for key, before, text in zip(
            work.samples["sample"], work.samples["text"], work.texts, strict=True
        )
        if text is not None and text.text != before
    }
    labels, notes = moved_spans(labels, changed)
    if work.images:
        sizes = samples.select("sample", "base_width", "base_height", "new_width", "new_height")
        labels, more = moved_labels(labels, sizes, work.images.size)
        notes += more
    return labels, notes


def _own_reasons(
    work: Work, found: Extracted, labels: pl.DataFrame
) -> list[tuple[str | None, str]]:
    """Why each sample may not be trained on, whatever the others are."""
    own = [(outcome.extract.reason, outcome.extract.detail) for outcome in found.outcomes]
    if work.is_text:
        empty = [text is not None and not text.text.strip() for text in work.texts]
    elif work.told["task"] == "automatic-speech-recognition":
        spoken = (
            labels.filter(kind="text")
            .group_by("sample")
            .agg((pl.col("text").fill_null("") == "").all())
        )
        blank = set(spoken.filter("text")["sample"])
        empty = [key in blank for key in work.samples["sample"]]
    else:
        return own
    return [
        ("empty", "") if is_empty and reason is None else (reason, detail)
        for (reason, detail), is_empty in zip(own, empty, strict=True)
    ]


def _counts(cleaned: Cleaned, labels: pl.DataFrame) -> dict[str, Any]:
    """Samples and labels, kept and dropped; each of the latter under its first reason."""
    samples = cleaned.samples.select("sample", first=pl.col("reason").str.split(",").list.first())
    of_labels = labels.select("sample").join(samples, on="sample", how="left")
    told = {}
    for name, table in (("samples", samples), ("labels", of_labels)):
        counts = Counter(table["first"].to_list())
        told[name] = {
            "in": table.height,
            "kept": counts[None],
            "dropped": {reason: counts[reason] for reason in REASONS if counts[reason]},
        }
    return told


def _noted(samples: pl.DataFrame, notes: Counter[str]) -> dict[str, int]:
    """How often each note was made, of samples and of labels."""
    told = Counter(note for one in samples["notes"].drop_nulls() for note in one.split(","))
    return dict(sorted((told + notes).items()))


def _parquet(table: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    table.rechunk().write_parquet(out)
    return out.getvalue()


def _csv(rows: Sequence[tuple[str, str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([("sample", "reason", "detail"), *rows])
    return out.getvalue().encode()
