"""The numbers of a label set as the files that DVC reads: metrics and plots."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labelvc.core.drift import Drift
from labelvc.core.stats import Stats
from labelvc.core.stats_bins import MEASURES, Distribution
from labelvc.report.escape import visible
from labelvc.report.json_values import number

NO_SPLIT = "(none)"
_CATEGORIES = 1000  # in the metrics; `dvc metrics diff` tells each in a line
_SUMMARY = ("mean", "median", "minimum", "maximum")


def metrics_json(stats: Stats, drift: Sequence[Drift]) -> str:
    """What `dvc metrics` reads: numbers only, by name; what is not known is left out.

    DVC prints the names as they are, so characters that one cannot see are escaped in them.
    """
    told: dict[str, Any] = {
        "samples": stats.samples,
        "labels": stats.labels,
        "unlabelled": stats.unlabelled,
        "splits": {split_name(one.name): _split(one) for one in stats.splits if has_splits(stats)},
        "categories": {visible(one.name): one.labels for one in stats.categories[:_CATEGORIES]},
        **{name: _summary(name, one) for name, one in stats.distributions.items()},
        "vocabulary": {
            name: {"size": one.size, "words": one.words, "ratio": number(one.ratio)}
            for name, one in stats.vocabularies.items()
        },
        "agreement": _agreement(stats),
        "leakage": {
            name: {"contents": one.contents, "samples": one.samples}
            for name, one in stats.leakage.items()
        },
        "drift": {
            one.name: {"distance": number(one.distance), "p_value": number(one.p_value)}
            for one in drift
        },
    }
    known = {name: value for name, value in told.items() if value != {}}
    return json.dumps(known, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def csv_files(stats: Stats, drift: Sequence[Drift]) -> dict[str, str]:
    """What `dvc plots` reads, by file name: each table with its header, also where it is empty."""
    return {
        "categories.csv": _csv("category,split,labels,samples", _categories(stats)),
        "splits.csv": _csv(
            "split,samples,labels,duration",
            ((split_name(s.name), s.samples, s.labels, s.duration) for s in stats.splits),
        ),
        "cooccurrence.csv": _csv(
            "category,other,samples",
            ((visible(one), visible(two), n) for one, two, n in stats.together.pairs),
        ),
        "box_position.csv": _csv("column,row,boxes", _positions(stats)),
        "words.csv": _csv("of,word,count", _words(stats)),
        "drift.csv": _csv(
            "distribution,distance,p_value,statistic,dof,before,after",
            ((d.name, d.distance, d.p_value, d.statistic, d.dof, d.before, d.after) for d in drift),
        ),
        **{f"{name}.csv": _histogram(stats.distributions.get(name)) for name in MEASURES},
    }


def has_splits(stats: Stats) -> bool:
    """Whether any sample has a split."""
    return any(one.name is not None for one in stats.splits)


def split_name(name: str | None) -> str:
    """A split as a word; samples may have none."""
    return NO_SPLIT if name is None else visible(name)


def _split(one: Any) -> dict[str, float]:
    counts = {"samples": one.samples, "labels": one.labels}
    return counts if one.duration is None else {**counts, "duration": number(one.duration)}


def _summary(name: str, one: Distribution) -> dict[str, float]:
    names = ("total", *_SUMMARY) if name == "duration" else _SUMMARY
    return {key: number(getattr(one, key)) for key in names}


def _agreement(stats: Stats) -> Mapping[str, float]:
    if stats.agreement is None:
        return {}
    one = stats.agreement
    scores = {"cohen_kappa": one.kappa, "krippendorff_alpha": one.alpha}
    known = {name: value for name, value in scores.items() if value is not None}
    return {"annotators": one.annotators, "samples": one.samples, **known}


def _categories(stats: Stats) -> Iterable[Sequence[object]]:
    for one in stats.categories:
        for split, (labels, samples) in (one.splits or {None: (0, 0)}).items():
            yield visible(one.name), split_name(split), labels, samples


def _positions(stats: Stats) -> Iterable[Sequence[object]]:
    for row, counts in enumerate(stats.positions):
        yield from ((column, row, count) for column, count in enumerate(counts))


def _words(stats: Stats) -> Iterable[Sequence[object]]:
    for name, one in stats.vocabularies.items():
        yield from ((name, visible(word), count) for word, count in one.frequent)


def _histogram(found: Distribution | None) -> str:
    bins = found.bins if found else ()
    return _csv("from,to,count", ((one.low, one.high, one.count) for one in bins))


def _csv(header: str, rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header.split(","))
    for row in rows:
        writer.writerow([number(one) if isinstance(one, float) else one for one in row])
    return out.getvalue()
