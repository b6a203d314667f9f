"""Changes of every kind with their evidence, hostile names among them."""

from __future__ import annotations

from typing import Any

from tests.review.page.media import (
    area,
    box,
    image_evidence,
    skeleton_evidence,
    sound_evidence,
    spans_evidence,
)

HOSTILE = "</script><img src=x onerror=alert(1)>"
BIDI = "ab\u202ecod.exe\x1b[31m"


def label(category: str | None = "RBC", **more: Any) -> dict[str, Any]:
    return {"kind": "box", "category": category, "box": [130, 80, 80, 80], **more}


def change(number: int, **more: Any) -> dict[str, Any]:
    """A relabelled box, but for what is told otherwise."""
    return {
        "number": number,
        "set": "train",
        "what": "label",
        "sample": f"BloodImage_{number:05d}.jpg",
        "split": "train",
        "evaluation": False,
        "id": {"before": str(number), "after": str(number)},
        "kinds": ["relabelled"],
        "size": 1.0,
        "words": "relabelled WBC -> RBC",
        "before": label("WBC"),
        "after": label("RBC"),
        "issues": [],
        **more,
    }


def kinds_of_change() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each kind of medium and label with its evidence."""
    outline = [[140, 90, 200, 88, 210, 150, 150, 160]]
    return [
        (
            change(
                0, split="test", evaluation=True, issues=["overhang"], sample="BloodImage_00001.jpg"
            ),
            image_evidence(box("before", "WBC"), box("after", "RBC", 136)),
        ),
        (
            change(
                1,
                kinds=["reshaped"],
                iou=0.8125,
                size=0.1875,
                words="RBC reshaped 4 -> 5 points",
                before=label(geometry={"polygon": outline}),
                after=label(geometry={"polygon": [[*outline[0], 130, 120]]}),
            ),
            image_evidence(
                {"side": "before", "category": "RBC", "rings": outline},
                {"side": "after", "category": "RBC", "rings": [[*outline[0], 130, 120]]},
            ),
        ),
        (
            change(
                2,
                kinds=["reshaped"],
                set="val",
                split="val",
                words="Platelets reshaped",
                before=label("Platelets", kind="mask"),
                after=label("Platelets", kind="mask"),
            ),
            image_evidence(
                {"side": "before", "category": "Platelets", "overlay": area(30)},
                {"side": "after", "category": "Platelets", "overlay": area(50)},
            ),
        ),
        (
            change(
                3,
                kinds=["moved"],
                words="person moved 9 px",
                before=label("person", kind="keypoints"),
                after=label("person", kind="keypoints"),
            ),
            skeleton_evidence(),
        ),
        (
            change(
                4,
                set="news",
                sample="doc-4",
                words='relabelled PER -> LOC "Rio de Janeiro"',
                before={
                    "kind": "span",
                    "category": "PER",
                    "start": 18,
                    "end": 21,
                    "annotator": "ana",
                },
                after={
                    "kind": "span",
                    "category": "LOC",
                    "start": 18,
                    "end": 32,
                    "annotator": "ana",
                },
            ),
            spans_evidence(),
        ),
        (
            change(
                5,
                set="calls",
                sample="call-5.wav",
                kinds=["retimed", "edited"],
                words="speech retimed 4.3-4.9 -> 4.35-5.2 s",
                before={
                    "kind": "segment",
                    "category": "speech",
                    "start": 4.3,
                    "end": 4.9,
                    "unit": "second",
                    "text": "the quik brown fox",
                },
                after={
                    "kind": "segment",
                    "category": "speech",
                    "start": 4.35,
                    "end": 5.2,
                    "unit": "second",
                    "text": "the quick brown fox",
                    "annotator": "ben",
                },
            ),
            sound_evidence(),
        ),
        (
            change(
                6,
                kinds=["added"],
                before=None,
                words="Platelets added at 130, 80, size 80 x 80",
                after=label("Platelets", attributes={"occluded": True}),
            ),
            image_evidence(box("after", "Platelets")),
        ),
        (
            change(7, kinds=["removed"], after=None, words="RBC removed at 130, 80, size 80 x 80"),
            {"type": "none", "reason": "the picture is not here (images/0007.jpg)"},
        ),
        (
            change(
                8,
                what="sample",
                id={},
                kinds=["resplit"],
                words="sample moved from train to test",
                before={"split": "train"},
                after={"split": "test"},
            ),
            {"type": "none", "reason": "nothing to draw"},
        ),
        (
            change(
                9,
                what="category",
                id={},
                sample=None,
                split=None,
                kinds=["renamed"],
                words="category renamed Platelet -> Platelets",
                before={"name": "Platelet"},
                after={"name": "Platelets"},
            ),
            {"type": "none", "reason": "a category has no picture"},
        ),
        (
            change(
                10,
                set=HOSTILE,
                sample=HOSTILE,
                words=f"relabelled {HOSTILE} -> {BIDI}",
                issues=[HOSTILE],
                before=label(HOSTILE, attributes={HOSTILE: HOSTILE}, annotator=HOSTILE),
                after=label(BIDI, text=BIDI),
            ),
            {
                "type": "text",
                "text": f"{HOSTILE}\n{BIDI}",
                "marks": [{"side": "after", "start": 0, "end": 9, "category": HOSTILE}],
                "words": [["old", HOSTILE], ["new", BIDI]],
            },
        ),
        (
            change(
                11,
                sample="__proto__",
                before=label("constructor"),
                after=label("__proto__"),
                words="relabelled constructor -> __proto__",
            ),
            {"type": "none", "reason": HOSTILE},
        ),
    ]
