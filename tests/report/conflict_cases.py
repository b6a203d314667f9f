"""Conflicts of every kind, as their reports tell them."""

from __future__ import annotations

from typing import Any

from labelvc.core.conflict import Conflict, Row, Undecided, numbered
from labelvc.core.snapshot import canonical_json

LONG = (
    "the quick brown fox jumps over the lazy dog while the cat sleeps on the warm stone in front "
    "of the house and nobody wants to {} it before the sun has gone down behind the hills again"
)
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e|`@TITLE@`\n"


def row(sample: str, kind: str = "box", **columns: Any) -> Row:
    """A label's row as conflicts hold it: without null columns."""
    given = {name: value for name, value in columns.items() if value is not None}
    attributes = given.pop("attributes", None)
    more = {"attributes": canonical_json(attributes)} if attributes else {}
    return {"key": 1, "sample": sample, "kind": kind, "verdict": "present", **given, **more}


def box(sample: str, category: str, x: float, y: float, **columns: Any) -> Row:
    """A box of 30 by 20 pixels."""
    place = {"x": x, "y": y, "width": 30.0, "height": 20.0, "unit": "pixel"}
    return row(sample, category=category, **{**place, **columns})


def of_labels(kind: str, field: str | None, *sides: Row | None) -> Conflict:
    """A conflict about a label; base, ours and theirs, None where it is not there."""
    base, ours, theirs = ({"labels": [side]} if side else {} for side in sides)
    return Conflict(kind, "labels", field, base, ours, theirs, base or ours)


def undecided(name: str, *conflicts: Conflict, **settled: int) -> Undecided:
    """A label set with these conflicts."""
    return Undecided(
        name=name, path=f"labels/{name}.json", format="coco", sample_key="file_name",
        base="b" * 32, ours="0" * 32, theirs="f" * 32, merged="e" * 32,
        conflicts=dict(numbered(conflicts)), settled=settled,
    )  # fmt: skip


def pointer(digit: str, labels: int) -> dict[str, list[Row]]:
    """All of a label set, as its pointer tells of it."""
    lines = [
        "outs:", f"- md5: {digit * 32}", "  hash: md5", "  path: val.json", "meta:", "  labelvc:",
        "    val:", f"      labels: {labels}", "      categories:", f"        RBC: {labels - 9}",
    ]  # fmt: skip
    return {"set": [{"pointer": "\n".join(lines)}]}


def blood() -> list[Undecided]:
    """Boxes, and what becomes of their categories and samples."""
    one, other = "img_12.jpg", "img_13.jpg"
    bus, coach = {"key": "Bus", "name": "Bus", "id": "3"}, {"key": "Bus", "name": "Coach"}
    sample = {"sample": other, "path": other, "split": "train", "width": 640.0, "height": 480.0}
    added = [box(other, "RBC", 1.0, 1.0), box(other, "WBC", 50.0, 50.0, key=2)]
    return [
        undecided(
            "train",
            of_labels(
                "edit/edit", "category",
                *(box(one, name, 10.0, 10.0, id="17") for name in ("WBC", "RBC", "Platelets")),
            ),
            of_labels(
                "edit/edit", "shape",
                *(box(one, "RBC", x, y, id="18") for x, y in ((5, 5), (8.0, 9), (25.5, 5))),
            ),
            of_labels(
                "edit/delete", None,
                box(one, "WBC", 60.0, 9.0, id="20"), box(one, "RBC", 62.0, 9.0, id="20"), None,
            ),
            of_labels(
                "add/add", None,
                None, box(one, "WBC", 80.0, 9.0, id="21"), box(one, "RBC", 81.0, 9.0, id="22"),
            ),
            of_labels(
                "edit/edit", "attributes.occluded",
                *(box(one, "RBC", 7, 7, attributes={"occluded": v}) for v in (0, True, "yes")),
            ),
            Conflict(
                "renamed/used", "categories", "name",
                {"categories": [bus]}, {"categories": [coach]}, {"categories": [bus]},
                {"categories": [bus]},
            ),
            Conflict(
                "removed/used", "categories", None,
                {"categories": [bus], "labels": [box(one, "Car", 1.0, 1.0)]},
                {"labels": [box(one, "Car", 1.0, 1.0)]},
                {"categories": [bus], "labels": [box(one, "Bus", 1.0, 1.0)]},
                {"categories": [bus], "labels": [box(one, "Bus", 1.0, 1.0)]},
            ),
            Conflict(
                "removed/labelled", "samples", None,
                {"samples": [sample], "labels": added[:1]},
                {},
                {"samples": [sample], "labels": added},
                {"samples": [sample], "labels": added},
            ),
            Conflict(
                "split/split", "samples", "split",
                *({"samples": [{**sample, "split": s}]} for s in ("train", "val", "test", "train")),
            ),
            ours=2,
        ),
        undecided(
            "val",
            Conflict(
                "deleted/edited", "set", None,
                pointer("b", 4155), {}, pointer("f", 4168),
            ),
            Conflict(
                "edit/edit", "files", "notes/readme.txt",
                *({"files": [{"path": "notes/readme.txt", "md5": one * 32}]} for one in "b0f"),
            ),
        ),
    ]  # fmt: skip


def texts() -> list[Undecided]:
    """Transcripts, spans and tokens."""
    words = [LONG.format(word) for word in ("wake", "disturb", "photograph")]
    tokens = [{"lemma": "bank", "upos": upos} for upos in ("NOUN", "VERB", "PROPN")]
    spans = [(4.0, 9.0), (4.0, 12.0), (2.0, 9.0)]
    return [
        undecided(
            "speech",
            of_labels("edit/edit", "text", *(row("a.wav", "text", text=text) for text in words)),
            of_labels(
                "edit/edit", "shape",
                *(row("t1", "span", category="PER", start=start, end=end, unit="character")
                  for start, end in spans),
            ),
            of_labels(
                "edit/edit", "attributes.upos",
                *(row("s1", "token", id="s1/3", text="banks", attributes=one) for one in tokens),
            ),
            of_labels(
                "edit/edit", "verdict",
                *(row("b.txt", "class", category="spam", verdict=v, annotator="anna")
                  for v in ("present", "absent", "rejected")),
            ),
        )
    ]  # fmt: skip


def shapes() -> list[Undecided]:
    """Outlines, skeletons and masks."""
    rings = [[0.0, 0.0, x, 0.0, x, 9.0, 0.0, 9.0] for x in (9.0, 12.0, 7.0)]
    points = [[[1.0, y, 2], [5.0, 5.0, 2]] for y in (1.0, 1.5, 3.0)]

    def drawn(kind: str, **shape: Any) -> Row:
        return box("p.png", "hand", 0.0, 0.0, kind=kind, id="4", geometry=canonical_json(shape))

    return [
        undecided(
            "hands",
            of_labels("edit/edit", "shape", *(drawn("polygon", polygon=[ring]) for ring in rings)),
            of_labels("edit/edit", "shape", *(drawn("keypoints", keypoints=p) for p in points)),
            of_labels(
                "edit/edit", "shape",
                *(drawn("mask", mask={"size": [4, 4], "counts": [n, 16 - n]}) for n in (4, 6, 2)),
            ),
        )
    ]  # fmt: skip


def hostile() -> list[Undecided]:
    """Markup, escapes and marks that reorder text wherever strangers can put them."""
    return [
        undecided(
            HOSTILE,
            of_labels(
                "edit/edit", f"attributes.{HOSTILE}",
                *(row(HOSTILE, HOSTILE, id=HOSTILE, category=HOSTILE, text=HOSTILE,
                      annotator=HOSTILE, attributes={HOSTILE: f"{HOSTILE}{n}"}) for n in range(3)),
            ),
            of_labels(
                "edit/edit", "text",
                *(row(HOSTILE, "text", text=f"{HOSTILE} {n} {HOSTILE * 9}") for n in range(3)),
            ),
        )
    ]  # fmt: skip


def empty() -> list[Undecided]:
    """Nothing is open."""
    return []


CASES = {
    "blood": blood, "texts": texts, "shapes": shapes, "hostile": hostile, "empty": empty,
}  # fmt: skip
