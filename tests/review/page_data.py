"""Data for the page: every kind of change and of evidence, hostile names among them."""

from __future__ import annotations

import io
import math
import wave
from base64 import b64encode
from collections import Counter
from typing import Any

from PIL import Image, ImageDraw

HOSTILE = "</script><img src=x onerror=alert(1)>"
BIDI = "ab\u202ecod.exe\x1b[31m"
KINDS = (
    "added", "removed", "relabelled", "moved", "reshaped", "retimed", "edited", "verdict",
    "attributes", "annotator", "confidence",
)  # fmt: skip
CATEGORIES = ("RBC", "WBC", "Platelets")
WINDOW = [100, 50, 240, 180]


def data_uri(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"


def picture(width: int = 240, height: int = 180) -> str:
    """A picture of two cells."""
    image = Image.new("RGB", (width, height), (233, 214, 220))
    draw = ImageDraw.Draw(image)
    draw.ellipse((30, 30, 110, 110), fill=(205, 120, 130))
    draw.ellipse((130, 70, 200, 150), fill=(120, 70, 160))
    return _png(image)


def area(at: int) -> str:
    """A mask: transparent but for an ellipse."""
    image = Image.new("RGBA", (240, 180), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((at, 30, at + 80, 110), fill=(0, 0, 0, 255))
    return _png(image)


def _png(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return data_uri(buffer.getvalue(), "image/png")


def sound(seconds: float = 1.5, rate: int = 8000) -> str:
    """A falling tone."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(rate)
        steps = range(int(seconds * rate))
        file.writeframes(bytes(int(128 + 90 * math.sin(at * (0.3 - at / 1e5))) for at in steps))
    return data_uri(buffer.getvalue(), "audio/wav")


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


def image_evidence(*shapes: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "image", "src": picture(), "width": 240, "height": 180, "window": WINDOW,
        "image": [640, 480], "shapes": list(shapes),
    }  # fmt: skip


def box(side: str, category: str | None, x: float = 130) -> dict[str, Any]:
    return {"side": side, "category": category, "box": [x, 80, 80, 80]}


def _spans() -> dict[str, Any]:
    text = "Maria 🎻 lives in Rio de Janeiro and plays there."
    place = text.index("Rio")
    return {
        "type": "text",
        "text": text,
        "marks": [
            {"side": "before", "start": place, "end": place + 3, "category": "PER"},
            {"side": "after", "start": place, "end": place + 14, "category": "LOC"},
        ],
    }


def _sound() -> dict[str, Any]:
    return {
        "type": "audio", "src": sound(), "duration": 12.5, "offset": 4.0, "length": 1.5,
        "peaks": [abs(math.sin(at / 9)) * (1 - at / 400) for at in range(300)],
        "marks": [
            {"side": "before", "start": 4.3, "end": 4.9, "category": "speech"},
            {"side": "after", "start": 4.35, "end": 5.2, "category": "speech"},
        ],
        "words": [["same", "the"], ["old", "quik"], ["new", "quick"], ["same", "brown fox"]],
    }  # fmt: skip


def _skeleton() -> dict[str, Any]:
    points = [[150, 80, 2], [170, 120, 2], [200, 150, 1], [0, 0, 0]]
    moved = [[160, 84, 2], [176, 124, 2], [204, 156, 2], [230, 170, 2]]
    bones = [[0, 1], [1, 2], [2, 3]]
    return image_evidence(
        {"side": "before", "category": "person", "points": points, "skeleton": bones},
        {"side": "after", "category": "person", "points": moved, "skeleton": bones},
    )


def kinds_of_change() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each kind of medium and label with its evidence."""
    outline = [[140, 90, 200, 88, 210, 150, 150, 160]]
    told = [
        (change(0, split="test", evaluation=True, issues=["overhang"], sample="BloodImage_00001.jpg"),
         image_evidence(box("before", "WBC"), box("after", "RBC", 136))),
        (change(1, kinds=["reshaped"], iou=0.8125, size=0.1875, words="RBC reshaped 4 -> 5 points",
                before=label(geometry={"polygon": outline}),
                after=label(geometry={"polygon": [[*outline[0], 130, 120]]})),
         image_evidence({"side": "before", "category": "RBC", "rings": outline},
                        {"side": "after", "category": "RBC", "rings": [[*outline[0], 130, 120]]})),
        (change(2, kinds=["reshaped"], set="val", split="val", words="Platelets reshaped",
                before=label("Platelets", kind="mask"), after=label("Platelets", kind="mask")),
         image_evidence({"side": "before", "category": "Platelets", "overlay": area(30)},
                        {"side": "after", "category": "Platelets", "overlay": area(50)})),
        (change(3, kinds=["moved"], words="person moved 9 px", before=label("person", kind="keypoints"),
                after=label("person", kind="keypoints")), _skeleton()),
        (change(4, set="news", sample="doc-4", words='relabelled PER -> LOC "Rio de Janeiro"',
                before={"kind": "span", "category": "PER", "start": 18, "end": 21, "annotator": "ana"},
                after={"kind": "span", "category": "LOC", "start": 18, "end": 32, "annotator": "ana"}),
         _spans()),
        (change(5, set="calls", sample="call-5.wav", kinds=["retimed", "edited"],
                words="speech retimed 4.3-4.9 -> 4.35-5.2 s",
                before={"kind": "segment", "category": "speech", "start": 4.3, "end": 4.9, "unit": "second", "text": "the quik brown fox"},
                after={"kind": "segment", "category": "speech", "start": 4.35, "end": 5.2, "unit": "second", "text": "the quick brown fox", "annotator": "ben"}),
         _sound()),
        (change(6, kinds=["added"], before=None, words="Platelets added at 130, 80, size 80 x 80",
                after=label("Platelets", attributes={"occluded": True})),
         image_evidence(box("after", "Platelets"))),
        (change(7, kinds=["removed"], after=None, words="RBC removed at 130, 80, size 80 x 80"),
         {"type": "none", "reason": "the picture is not here (images/0007.jpg)"}),
        (change(8, what="sample", id={}, kinds=["resplit"], words="sample moved from train to test",
                before={"split": "train"}, after={"split": "test"}),
         {"type": "none", "reason": "nothing to draw"}),
        (change(9, what="category", id={}, sample=None, split=None, kinds=["renamed"],
                words="category renamed Platelet -> Platelets",
                before={"name": "Platelet"}, after={"name": "Platelets"}),
         {"type": "none", "reason": "a category has no picture"}),
        (change(10, set=HOSTILE, sample=HOSTILE, words=f"relabelled {HOSTILE} -> {BIDI}", issues=[HOSTILE],
                before=label(HOSTILE, attributes={HOSTILE: HOSTILE}, annotator=HOSTILE), after=label(BIDI, text=BIDI)),
         {"type": "text", "text": f"{HOSTILE}\n{BIDI}", "marks": [{"side": "after", "start": 0, "end": 9, "category": HOSTILE}],
          "words": [["old", HOSTILE], ["new", BIDI]]}),
        (change(11, sample="__proto__", before=label("constructor"), after=label("__proto__"),
                words="relabelled constructor -> __proto__"),
         {"type": "none", "reason": HOSTILE}),
    ]  # fmt: skip
    return told


def report(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """A report on the changes; its numbers need not add up."""
    sets = list(dict.fromkeys(one["set"] for one in changes))
    return {
        "before": {"rev": "main", "commit": "1a2b3c4d5e6f70819203a4b5c6d7e8f901234567"},
        "after": {"rev": "fix-cells", "commit": "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432"},
        "verdict": {"level": "warning", "text": f"{len(changes):,} label changes in {len(sets)} label sets; "
                    "the ranking of models flips"},
        "sets": [_set(name, [one for one in changes if one["set"] == name]) for name in sets],
        "pointers": [
            {"name": "night", "path": "labels/night.json", "before": {"samples": 79, "labels": 624},
             "after": {"samples": 79, "labels": 630},
             "categories": [{"name": "RBC", "before": 600, "after": 606}, {"name": "WBC", "before": 24, "after": None}],
             "reason": "object 0123 is neither in the cache nor on the DVC remote"},
            {"name": HOSTILE, "path": HOSTILE, "before": None, "after": None, "categories": [], "reason": HOSTILE},
        ],
        "unchanged": ["archive"],
        "scores": {"models": [
            _model("yolo-s", 0.7423, 0.7611, (0.0082, 0.0297), rank=(2, 1), flips=["frcnn"]),
            _model("frcnn", 0.7510, 0.7502, (-0.0061, 0.0048), rank=(1, 2), flips=["yolo-s"]),
            _model("detr", 0.6902, 0.6641, (-0.0390, -0.0133), rank=(3, 3)),
        ], "notes": ["old-yolo: its predictions are not here"]},
        "issues": {"new": [
            {"set": "train", "severity": "error", "code": "duplicate-id", "message": "id 18 is used twice",
             "sample": "BloodImage_00001.jpg", "label": "18"},
            {"set": "train", "severity": "warning", "code": "overhang",
             "message": "box (1, 2, 700, 20) reaches over the edge of its sample of 640 x 480",
             "sample": "BloodImage_00001.jpg", "label": "0"},
            {"set": HOSTILE, "severity": "warning", "code": HOSTILE, "message": HOSTILE, "sample": HOSTILE, "label": None},
        ], "gone": 3, "notes": []},
        "highlights": [{"number": one["number"], "why": why} for one, why in zip(changes, (
            "largest change of an evaluation split", "largest change", "typical of reshaped", "typical of moved"))],
        "changes_left_out": 0,
        "changes": changes,
    }  # fmt: skip


def _model(name: str, before: float, after: float, interval: tuple[float, float], *,
           rank: tuple[int, int], flips: list[str] | None = None) -> dict[str, Any]:  # fmt: skip
    return {
        "set": "test", "model": name, "metric": "mAP", "lower_is_better": False,
        "before": before, "after": after, "difference": after - before, "interval": list(interval),
        "rank": {"before": rank[0], "after": rank[1]}, "flips": flips or [],
    }  # fmt: skip


def _set(name: str, changes: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = Counter(kind for one in changes for kind in one["kinds"] if one["what"] == "label")
    flips: Counter[tuple[str, str]] = Counter()
    for one in changes:
        if "relabelled" in one["kinds"]:
            flips[one["before"]["category"], one["after"]["category"]] += 1
    splits = Counter((one["split"], one["evaluation"]) for one in changes)
    counts = {kind: kinds.get(kind, 0) for kind in KINDS}
    return {
        "name": name, "path": f"labels/{name}.json", "format": "coco", "task": "object-detection",
        "summary": f"+{kinds['added']} -{kinds['removed']} ~{len(changes)}",
        "totals": {"before": {"samples": 364, "labels": 4888}, "after": {"samples": 364, "labels": 4901}},
        "counts": {"changed": len(changes), **counts, "samples_resplit": 1, "categories_renamed": 0},
        "splits": [{"split": split, "evaluation": evaluation, "counts": {"changed": number, **counts}}
                   for (split, evaluation), number in splits.items()],
        "flips": [{"from": old, "to": new, "count": number} for (old, new), number in flips.most_common()],
        "categories": [{"name": "RBC", "before": 4155, "after": 4120}, {"name": "WBC", "before": 372, "after": 401},
                       {"name": "Platelets", "before": 361, "after": 380}, {"name": "Platelet", "before": None, "after": 0}],
        "category_changes": [{"kind": "renamed", "from": "Platelet", "to": "Platelets"}],
        "notes": ["the format of this label set keeps no annotators"],
    }  # fmt: skip


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
            "number": at, "set": "train", "id": f"c{at}", "kind": "edit/edit",
            "subject": f"label {at} of BloodImage_{at:05d}.jpg", "sample": f"BloodImage_{at:05d}.jpg",
            "field": "category",
            "rows": [
                {"name": "category", "base": [["RBC", "value"]], "ours": [["WBC", "value"]],
                 "theirs": [["Platelets", "value"]]},
                {"name": "text", "base": [["a cat", "value"]],
                 "ours": [["a ", ""], ["cat", "old"], ["dog", "new"]], "theirs": [["(removed)", "dim"]]},
            ],
            "choices": ["base", "ours", "theirs"] if at == 0 else ["ours", "theirs", "base", "union", "delete"],
        }
        for at in range(number)
    ]  # fmt: skip
    conflicts[-1]["subject"] = HOSTILE
    return {
        "mode": "conflicts", "title": f"{number} open conflicts", "conflicts": conflicts,
        "next": None, "reviewer": "Ana Reviewer <ana@example.org>",
    }  # fmt: skip


def conflict_evidence() -> dict[str, Any]:
    return image_evidence(
        box("base", "RBC"), box("ours", "WBC", 145), box("theirs", "Platelets", 118)
    )
