"""`labelvc.stats/v1`; every key is described in docs/stats.md."""

from __future__ import annotations

from typing import Any

from labelvc.core.agreement import Agreement
from labelvc.core.comparison import End
from labelvc.core.drift import Drift
from labelvc.core.stats import Stats
from labelvc.core.stats_bins import MEASURES, Distribution
from labelvc.core.stats_leakage import Leakage
from labelvc.core.stats_splits import CategoryCount, SplitCount
from labelvc.core.stats_together import Together
from labelvc.core.stats_told import StatsSet, StatsTable
from labelvc.core.stats_words import Vocabulary
from labelvc.report.json_values import number


def stats_json(table: StatsTable) -> dict[str, Any]:
    """`labelvc.stats/v1`."""
    sets = {name: _set(one) for name, one in table.sets.items()}
    return {"labelvc.stats/v1": {"rev": table.rev, "commit": table.commit, "sets": sets}}


def _set(one: StatsSet) -> dict[str, Any]:
    told = {
        "path": one.path,
        "format": one.format,
        **_stats(one.stats),
        "against": _end(one.against),
        "drift": [_drift(row) for row in one.drift],
    }
    return {**told, "notes": list(one.notes)} if one.notes else told


def _end(end: End | None) -> dict[str, str | None] | None:
    return None if end is None else {"rev": end.rev, "commit": end.commit}


def _stats(stats: Stats) -> dict[str, Any]:
    totals = ("samples", "labels", "unlabelled")
    return {
        "totals": {name: getattr(stats, name) for name in totals},
        "kinds": dict(stats.kinds),
        "verdicts": dict(stats.verdicts),
        "splits": [_split(one) for one in stats.splits],
        "categories": [_category(one) for one in stats.categories],
        "distributions": {
            name: _distribution(name, one) for name, one in stats.distributions.items()
        },
        "positions": [list(row) for row in stats.positions],
        "vocabulary": {name: _words(one) for name, one in stats.vocabularies.items()},
        "cooccurrence": _together(stats.together),
        "agreement": None if stats.agreement is None else _agreement(stats.agreement),
        "leakage": {name: _leakage(one) for name, one in stats.leakage.items()},
    }


def _split(one: SplitCount) -> dict[str, Any]:
    return {
        "split": one.name,
        "samples": one.samples,
        "labels": one.labels,
        "duration": _known(one.duration),
    }


def _category(one: CategoryCount) -> dict[str, Any]:
    return {
        "name": one.name,
        "labels": one.labels,
        "samples": one.samples,
        "splits": [
            {"split": split, "labels": labels, "samples": samples}
            for split, (labels, samples) in one.splits.items()
        ],
    }


def _distribution(name: str, one: Distribution) -> dict[str, Any]:
    numbers = ("total", "mean", "median", "minimum", "maximum")
    return {
        "of": MEASURES[name].of,
        "unit": MEASURES[name].unit,
        "count": one.count,
        **{key: number(getattr(one, key)) for key in numbers},
        "bins": [
            {"from": _known(each.low), "to": _known(each.high), "count": each.count}
            for each in one.bins
        ],
    }


def _known(value: float | None) -> float | None:
    return None if value is None else number(value)


def _words(one: Vocabulary) -> dict[str, Any]:
    return {
        "size": one.size,
        "words": one.words,
        "ratio": number(one.ratio),
        "frequent": [{"word": word, "count": count} for word, count in one.frequent],
    }


def _together(both: Together) -> dict[str, Any]:
    return {
        "pairs": [
            {"categories": [one, two], "samples": samples} for one, two, samples in both.pairs
        ],
        "categories": list(both.categories),
        "matrix": [list(row) for row in both.matrix],
    }


def _agreement(one: Agreement) -> dict[str, Any]:
    return {
        "annotators": one.annotators,
        "samples": one.samples,
        "cohen_kappa": _known(one.kappa),
        "krippendorff_alpha": _known(one.alpha),
    }


def _leakage(found: Leakage) -> dict[str, Any]:
    return {
        "contents": found.contents,
        "samples": found.samples,
        "examples": [
            {
                "splits": list(one.splits),
                "samples": list(one.samples),
                "count": one.count,
                "content": one.content,
            }
            for one in found.examples
        ],
    }


def _drift(row: Drift) -> dict[str, Any]:
    return {
        "distribution": row.name,
        "before": row.before,
        "after": row.after,
        "distance": number(row.distance),
        "statistic": number(row.statistic),
        "dof": row.dof,
        "p_value": number(row.p_value),
    }
