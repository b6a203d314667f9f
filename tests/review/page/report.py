"""What the page tells of a change as a whole."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.review.page.changes import HOSTILE

KINDS = (
    "added",
    "removed",
    "relabelled",
    "moved",
    "reshaped",
    "retimed",
    "edited",
    "verdict",
    "attributes",
    "annotator",
    "confidence",
)


def report(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """A report on the changes; its numbers need not add up."""
    sets = list(dict.fromkeys(one["set"] for one in changes))
    return {
        "before": {"rev": "main", "commit": "1a2b3c4d5e6f70819203a4b5c6d7e8f901234567"},
        "after": {"rev": "fix-cells", "commit": "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432"},
        "verdict": {
            "level": "warning",
            "text": f"{len(changes):,} label changes in {len(sets)} label sets; "
            "the ranking of models flips",
        },
        "sets": [_set(name, [one for one in changes if one["set"] == name]) for name in sets],
        "pointers": [
            {
                "name": "night",
                "path": "labels/night.json",
                "before": {"samples": 79, "labels": 624},
                "after": {"samples": 79, "labels": 630},
                "categories": [
                    {"name": "RBC", "before": 600, "after": 606},
                    {"name": "WBC", "before": 24, "after": None},
                ],
                "reason": "object 0123 is neither in the cache nor on the DVC remote",
            },
            {
                "name": HOSTILE,
                "path": HOSTILE,
                "before": None,
                "after": None,
                "categories": [],
                "reason": HOSTILE,
            },
        ],
        "unchanged": ["archive"],
        "scores": {
            "models": [
                _model("yolo-s", 0.7423, 0.7611, (0.0082, 0.0297), rank=(2, 1), flips=["frcnn"]),
                _model("frcnn", 0.7510, 0.7502, (-0.0061, 0.0048), rank=(1, 2), flips=["yolo-s"]),
                _model("detr", 0.6902, 0.6641, (-0.0390, -0.0133), rank=(3, 3)),
            ],
            "notes": ["old-yolo: its predictions are not here"],
        },
        "issues": {
            "new": [
                {
                    "set": "train",
                    "severity": "error",
                    "code": "duplicate-id",
                    "message": "id 18 is used twice",
                    "sample": "BloodImage_00001.jpg",
                    "label": "18",
                },
                {
                    "set": "train",
                    "severity": "warning",
                    "code": "overhang",
                    "message": "box (1, 2, 700, 20) reaches over the edge of its sample",
                    "sample": "BloodImage_00001.jpg",
                    "label": "0",
                },
                {
                    "set": HOSTILE,
                    "severity": "warning",
                    "code": HOSTILE,
                    "message": HOSTILE,
                    "sample": HOSTILE,
                    "label": None,
                },
            ],
            "gone": 3,
            "notes": [],
        },
        "highlights": [
            {"number": one["number"], "why": why}
            for one, why in zip(
                changes,
                (
                    "largest change of an evaluation split",
                    "largest change",
                    "typical of reshaped",
                    "typical of moved",
                ),
                strict=False,
            )
        ],
        "changes_left_out": 1200,
        "changes": changes,
    }


def _model(
    name: str,
    before: float,
    after: float,
    interval: tuple[float, float],
    *,
    rank: tuple[int, int],
    flips: list[str] | None = None,
) -> dict[str, Any]:
    return {
        "set": "test",
        "model": name,
        "metric": "mAP",
        "lower_is_better": False,
        "before": before,
        "after": after,
        "difference": after - before,
        "interval": list(interval),
        "rank": {"before": rank[0], "after": rank[1]},
        "flips": flips or [],
    }


def _set(name: str, changes: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = Counter(kind for one in changes for kind in one["kinds"] if one["what"] == "label")
    flips: Counter[tuple[str, str]] = Counter()
    for one in changes:
        if "relabelled" in one["kinds"]:
            flips[one["before"]["category"], one["after"]["category"]] += 1
    splits = Counter((one["split"], one["evaluation"]) for one in changes)
    counts = {kind: kinds.get(kind, 0) for kind in KINDS}
    return {
        "name": name,
        "path": f"labels/{name}.json",
        "format": "coco",
        "task": "object-detection",
        "summary": f"+{kinds['added']} -{kinds['removed']} ~{len(changes)}",
        "totals": {
            "before": {"samples": 364, "labels": 4888},
            "after": {"samples": 364, "labels": 4901},
        },
        "counts": {
            "changed": len(changes),
            **counts,
            "samples_resplit": 1,
            "categories_renamed": 0,
        },
        "splits": [
            {"split": split, "evaluation": evaluation, "counts": {"changed": number, **counts}}
            for (split, evaluation), number in splits.items()
        ],
        "flips": [
            {"from": old, "to": new, "count": number} for (old, new), number in flips.most_common()
        ],
        "categories": [
            {"name": "RBC", "before": 4155, "after": 4120},
            {"name": "WBC", "before": 372, "after": 401},
            {"name": "Platelets", "before": 361, "after": 380},
            {"name": "Platelet", "before": None, "after": 0},
        ],
        "category_changes": [{"kind": "renamed", "from": "Platelet", "to": "Platelets"}],
        "notes": ["the format of this label set keeps no annotators"],
    }
