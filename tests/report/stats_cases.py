"""Label sets with numbers for the reports' tests, counted from small snapshots."""

from __future__ import annotations

from labelvc.core.comparison import End
from labelvc.core.drift import drift
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.core.stats import stats
from labelvc.core.stats_told import StatsSet, StatsTable
from tests.report.build import MAIN
from tests.report.cases import HOSTILE

BEFORE = End(None, "4f1c9a7be3d2a0b1c2d3e4f5061728394a5b6c7d")


def told(snapshot, before=None, *, name="train", path="labels/train.json", format="coco", notes=()):
    counted = stats(snapshot.check())
    moved = () if before is None else drift(before.check(), counted)
    against = None if before is None else BEFORE
    one = StatsSet(path, format, counted, against, moved, notes)
    return StatsTable(MAIN.rev, MAIN.commit, {name: one})


def cells(last):
    """Blood cells in three splits, the last box as wide as told; one image is empty."""
    rows = [
        ("1.jpg", "RBC", 10, 10, 40, 40), ("1.jpg", "RBC", 100, 50, 44, 40),
        ("1.jpg", "WBC", 200, 200, 120, 110), ("2.jpg", "RBC", 300, 300, 41, 43),
        ("2.jpg", "Platelets", 5, 400, 12, 15), ("3.jpg", "RBC", 600, 0, last, 40),
    ]  # fmt: skip
    sample, category, x, y, width, height = zip(*rows, strict=True)
    return Snapshot(
        labels_frame(
            sample=sample, kind=["box"] * 6, unit=["pixel"] * 6, category=category,
            x=x, y=y, width=width, height=height,
        ),
        samples_frame(
            sample=["1.jpg", "2.jpg", "3.jpg", "4.jpg"],
            split=["train", "train", "val", None],
            width=[640] * 4,
            height=[480] * 4,
        ),
        categories_frame(["RBC", "WBC", "Platelets", "Eosinophil"]),
    )  # fmt: skip


def questions(last="card"):
    """Texts by two annotators, one text in both splits."""
    rows = [("1", "card", "top-up"), ("2", "top-up", "top-up"), ("3", "card", last)]
    return Snapshot(
        labels_frame(
            sample=[name for name, *_ in rows for _ in "ab"],
            kind=["class"] * 6,
            category=[category for _, *given in rows for category in given],
            annotator=["anna", "ben"] * 3,
        ),
        samples_frame(
            sample=["1", "2", "3"],
            split=["train", "train", "test"],
            text=["Where is my card?", "I want a top-up.", "where is my  card?"],
        ),
        categories_frame(["card", "top-up"]),
    )


def recordings():
    """Clips of two minutes with transcripts."""
    texts = ["the cat sat", "The dog sat on the cat.", "a", None]
    return Snapshot(
        labels_frame(
            sample=["a.wav", "b.wav", "c.wav", "d.wav"],
            kind=["text"] * 4,
            text=texts,
            verdict=["present", "present", "present", "rejected"],
        ),
        samples_frame(
            sample=["a.wav", "b.wav", "c.wav", "d.wav"], duration=[1.5, 3.25, 60.0, None],
            split=["train", "train", "dev", "dev"],
        ),
    )  # fmt: skip


def hostile():
    """Names and texts that would do harm if they were shown as they are."""
    return Snapshot(
        labels_frame(
            sample=[HOSTILE, HOSTILE, "b", "b"],
            kind=["class", "class", "text", "class"],
            category=[HOSTILE, "$x$", None, "\x1b[2J"],
            text=[None, None, HOSTILE, None],
        ),
        samples_frame(
            sample=[HOSTILE, "b"], split=["\x1b[31m", HOSTILE], text=[HOSTILE, HOSTILE],
            digest=["\u202e1", "\u202e1"],
        ),
        categories_frame([HOSTILE, "$x$", "\x1b[2J"]),
    )  # fmt: skip


CASES = {
    "cells": lambda: told(cells(30), cells(4)),
    "questions": lambda: told(
        questions(), questions("top-up"), path="labels/questions.csv", format="table"
    ),
    "recordings": lambda: told(recordings(), name="speech", path="speech", format="nemo"),
    "hostile": lambda: told(
        hostile(), hostile(), name=HOSTILE, path=f"labels/{HOSTILE}", notes=[f"no drift: {HOSTILE}"]
    ),
    "empty": lambda: told(Snapshot()),
}
