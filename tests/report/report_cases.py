"""The reports that the golden files tell, by name."""

from __future__ import annotations

from labelvc.core.check import Issue
from labelvc.core.comparison import Diff
from labelvc.core.reported import Found, PointerTold, Report
from labelvc.core.review_items import highlights, review_items, split_counts
from tests.report.cases import CASES, HOSTILE
from tests.report.test_scores import effects


def is_evaluation(name: str, split: str | None) -> bool:
    return split in ("test", "val") or name == "test"


def made(diff: Diff, **more: object) -> Report:
    """The report on a diff, with what the builder works out from it."""
    items, left_out = review_items(diff, is_evaluation)
    return Report(
        diff,
        items,
        left_out,
        splits={one.name: split_counts(one, is_evaluation) for one in diff.sets},
        highlights=highlights(items),
        **more,  # type: ignore[arg-type]
    )


def whole() -> Report:
    """Everything at once."""
    return made(
        CASES["blood"](),
        effects=effects(),
        effect_notes=("old on test: its predictions are not here",),
        found=Found(
            [
                ("train", Issue("warning", "overhang", "box (1, 2, 700, 20) reaches over the edge "
                                "of its sample of 640 x 480", "BloodImage_00001.jpg", "18")),
                ("train", Issue("error", "duplicate-id", "id 18 is used twice",
                                "BloodImage_00001.jpg", "18")),
            ],
            gone=3,
        ),
        pointers=[
            PointerTold(
                "val", "labels/val.json", {"samples": 79, "labels": 624},
                {"samples": 79, "labels": 630}, [("RBC", 600, 606), ("WBC", 24, 24)],
                "object 0123 is neither in the cache nor on the DVC remote",
            ),
            PointerTold("audio", "audio", None, None),
        ],
        tasks={"train": "object-detection"},
    )  # fmt: skip


def hostile() -> Report:
    """Names that would like to be markup."""
    return made(
        CASES["hostile"](),
        effects=[],
        found=Found([(HOSTILE, Issue("error", "outside", HOSTILE, HOSTILE, HOSTILE))]),
        pointers=[PointerTold(HOSTILE, HOSTILE, None, None, [(HOSTILE, 1, 2)], HOSTILE)],
    )


def quiet() -> Report:
    """No change at all."""
    return made(CASES["nothing"]())


REPORT_CASES = {case.__name__: case for case in (whole, hostile, quiet)}
