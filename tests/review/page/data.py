"""Data for the page, in each of its modes."""

from __future__ import annotations

from typing import Any

from tests.review.page.changes import HOSTILE, change, kinds_of_change, label
from tests.review.page.media import box, image_evidence
from tests.review.page.report import KINDS, report

CATEGORIES = ("RBC", "WBC", "Platelets")


def page_data(mode: str = "report") -> dict[str, Any]:
    """Everything at once; in review without evidence, which the server has."""
    told = kinds_of_change()
    data: dict[str, Any] = {
        "mode": mode,
        "title": f"main -> fix-cells {HOSTILE}",
        "report": report([one for one, _ in told]),
    }
    if mode == "review":
        return {**data, "decisions": {}, "reviewer": "Ana Reviewer <ana@example.org>"}
    evidence = {str(one["number"]): shown for one, shown in told}
    note = "the other pictures would make this page too large"
    return {
        **data,
        "evidence": evidence,
        "evidence_told": {"shown": 11, "left_out": 1, "bytes": 412_345, "note": note},
    }


def many(number: int, mode: str = "report") -> dict[str, Any]:
    """Very many changes, with evidence of a few."""
    changes = [
        change(
            at,
            kinds=[KINDS[at % 5]],
            set=("train", "val")[at % 2],
            split=("train", "test")[at % 7 == 0],
            evaluation=at % 7 == 0,
            size=1 - at / number,
            before=label(CATEGORIES[at % 3], annotator=f"annotator {at % 30}"),
            after=label(CATEGORIES[(at + 1) % 3]),
            words=f"relabelled {CATEGORIES[at % 3]} -> {CATEGORIES[(at + 1) % 3]}, moved {at} px",
        )
        for at in range(number)
    ]
    shown = {
        str(at): image_evidence(box("before", "RBC"), box("after", "WBC")) for at in range(200)
    }
    return {"mode": mode, "title": "many", "report": report(changes), "evidence": shown}


def conflicts_data(number: int = 6) -> dict[str, Any]:
    """Conflicts of labels, and one of which both sides cannot be kept."""
    conflicts = [
        {
            "number": at,
            "set": "train",
            "id": f"c{at}",
            "kind": "edit/edit",
            "subject": f"label {at} of BloodImage_{at:05d}.jpg",
            "sample": f"BloodImage_{at:05d}.jpg",
            "field": "category",
            "rows": [
                {
                    "name": "category",
                    "base": [["RBC", "value"]],
                    "ours": [["WBC", "value"]],
                    "theirs": [["Platelets", "value"]],
                },
                {
                    "name": "text",
                    "base": [["a cat", "value"]],
                    "ours": [["a ", ""], ["cat", "old"], ["dog", "new"]],
                    "theirs": [["(removed)", "dim"]],
                },
            ],
            "choices": ["base", "ours", "theirs"]
            if at == 0
            else ["ours", "theirs", "base", "union", "delete"],
        }
        for at in range(number)
    ]
    conflicts[-1]["subject"] = HOSTILE
    return {
        "mode": "conflicts",
        "title": f"{number} open conflicts",
        "conflicts": conflicts,
        "next": None,
        "reviewer": "Ana Reviewer <ana@example.org>",
    }


def conflict_evidence() -> dict[str, Any]:
    return image_evidence(
        box("base", "RBC"), box("ours", "WBC", 145), box("theirs", "Platelets", 118)
    )
