"""Every case of every format converted to every format; what is lost is told."""

from __future__ import annotations

import os
from collections import Counter
from functools import cache
from typing import Any

import polars as pl
import pytest

from labelvc.core.convert_align import aligned
from labelvc.core.convert_compare import found_losses
from labelvc.core.errors import LabelvcError, LossError
from labelvc.core.losses import ADDED, Loss, refused
from labelvc.core.snapshot import BOX, Snapshot, labels_frame, samples_frame
from labelvc.core.snapshot import categories_frame as named_categories
from labelvc.formats import registry
from labelvc.formats.converting import Converted, convert, held
from labelvc.formats.converting_target import Target
from tests.formats.case import Case
from tests.formats.test_contract import CASES, read

TARGETS = [name for name, fmt in registry.FORMATS.items() if fmt.CARRIES.writable]
# Pieces of what a format says when it can hold nothing of a case although its kinds would fit:
# facts about samples that no snapshot from elsewhere has.
NEED = {
    "imagefolder": "an ImageFolder consists of the media themselves",
    "spans": "expected a text",
}


# What a new file has no place for though a file that was read may have had: it is told.
LAYOUT = {
    "imagenet": {"attributes of categories"},
    "hfmetadata": {"attribute column", "column path"},
}
# All pairs take minutes: a quarter of the targets for each case, unless everything is wanted.
SHARE = 1 if os.environ.get("LABELVC_ALL_CONVERSIONS") == "1" else 4


def targets(case: Case) -> list[str]:
    """The targets a case is tried on; in all cases of a format each target comes up."""
    start = CASES.index(case) % SHARE
    return [name for at, name in enumerate(TARGETS) if (at + start) % SHARE == 0]


@cache
def snapshot_of(case: Case) -> Snapshot:
    return read(case)


Case.__hash__ = lambda case: hash(str(case))  # type: ignore[assignment, method-assign]


def converted(case: Case, name: str) -> Converted:
    settings = case.settings if case.format == name else {}
    return convert(snapshot_of(case), Target(registry.FORMATS[name], settings))


def tried(case: Case, name: str) -> Converted | LabelvcError:
    try:
        return converted(case, name)
    except LabelvcError as error:
        return error


def tell(losses: Any) -> dict[str, int]:
    return {f"{loss.what}: {loss.done}": loss.count for loss in losses}


def test_what_all_of_many_samples_have_to_leave_out_is_left_out_at_once() -> None:
    count = 300
    names = [f"call{at}" for at in range(count)]
    snapshot = Snapshot(
        labels_frame(
            sample=names, kind=["segment"] * count, category=["ann"] * count,
            start=[0.5] * count, end=[2.0] * count, unit=["second"] * count,
            attributes=['{"channel":"1"}'] * count,
        ),
        samples_frame(sample=names),
        named_categories(["ann"]),
    )  # fmt: skip
    outcome = convert(snapshot, Target(registry.FORMATS["audacity"], {}))
    lost = {what: number for what, number in tell(outcome.losses).items() if "names" not in what}
    assert lost == {"attribute channel: dropped": count}
    assert outcome.written.snapshot.labels.height == count


def test_media_of_one_name_in_several_folders_are_kept_apart() -> None:
    names = ["batch_1/6.jpg", "batch_1/7.jpg", "batch_2/6.jpg"]
    snapshot = Snapshot(
        labels_frame(
            sample=names, kind=["box"] * 3, category=["can", "can", "cup"],
            x=[1.0, 2.0, 3.0], y=[4.0] * 3, width=[5.0] * 3, height=[6.0] * 3,
            unit=["percent"] * 3,
        ),
        samples_frame(sample=names, path=names, attributes=['{"licence":null}'] * 3),
        named_categories(["can", "cup"]),
    )  # fmt: skip
    outcome = convert(snapshot, Target(registry.FORMATS["labelstudio"], {}))
    found = outcome.written.snapshot
    assert found.samples["sample"].to_list() == ["6.jpg", "7.jpg", "6.jpg#2"]
    assert found.samples["path"].to_list() == names
    assert found.labels["category"].to_list() == ["can", "can", "cup"]
    # a task has no place for what is null
    lost = {"names of samples: renamed": 3, "attribute licence: dropped": 3}
    assert tell(outcome.losses) == lost


# The matrix


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_case_becomes_every_format_or_says_why_not(case: Case) -> None:
    snapshot = snapshot_of(case)
    for name in targets(case):
        outcome = tried(case, name)
        if isinstance(outcome, LabelvcError):
            assert outcome.message and name in outcome.message, (name, outcome)
            continue
        again = outcome.written.snapshot
        assert_counts(snapshot, again, outcome.losses, (str(case), name))
        if not refused(outcome.losses):
            added = {loss.what for loss in outcome.losses if loss.done == ADDED}
            assert_same(snapshot, again, added, (str(case), name))
            assert_back(case, outcome, name)


def assert_counts(before: Snapshot, after: Snapshot, losses: Any, what: Any) -> None:
    """Where no label is told to be dropped, parted or added, there are as many as before."""
    if not any(loss.refused and moves_labels(loss) for loss in losses):
        assert after.labels.height == before.labels.height, what


def moves_labels(loss: Loss) -> bool:
    """Whether there are more or fewer labels for it."""
    of_labels = ("kind", "unit", "verdict", "sample", "several", "labels")
    named = loss.what.endswith(" label") or loss.what.startswith(of_labels)
    return named and loss.done.startswith(("dropped", "made a label", "added"))


def assert_same(before: Snapshot, after: Snapshot, added: set[str], what: Any) -> None:
    """The same categories and texts, in as many labels; boxes at the same place in pixels."""
    for columns in (["kind"], ["category"], ["verdict"], ["text"], ["annotator"]):
        one, two = (Counter(table.labels.select(columns).rows()) for table in (before, after))
        if f"column {columns[0]}" in added:
            continue  # the format says it twice
        assert one == two, (what, columns)
    ones, twos = placed(before, before), placed(after, before)
    if len(ones) == len(twos):
        for one, two in zip(ones, twos, strict=True):
            assert one == pytest.approx(two, abs=2e-3), what


def placed(snapshot: Snapshot, sized: Snapshot) -> list[tuple[float, ...]]:
    """The boxes of a snapshot in pixels, sorted; the sizes are those of the same samples."""
    sizes = sized.samples.select("width", "height").rows()
    names = snapshot.samples["sample"]
    by_name = dict(zip(names, sizes, strict=True)) if len(names) == len(sizes) else {}
    scale = {"fraction": 1.0, "percent": 100.0}
    found = []
    boxes = snapshot.labels.filter(pl.col("kind") == "box").select("sample", "unit", *BOX)
    for sample, unit, *box in boxes.iter_rows():
        size = by_name.get(sample, (None, None))
        if unit == "pixel":
            found.append(tuple(box))
        elif None not in size:
            by = [side / scale[unit] for side in (*size, *size)]
            found.append(tuple(side * one for side, one in zip(box, by, strict=True)))
    return sorted(found)


def assert_back(case: Case, there: Converted, name: str) -> None:
    """Where nothing is lost, neither there nor back, what comes back is what it was."""
    if case.format not in TARGETS:
        return
    fmt = registry.FORMATS[case.format]
    meant, losses = held(snapshot_of(case), fmt.CARRIES)
    if refused(losses):
        return
    sizes = {
        sample: (width, height)
        for sample, width, height in meant.samples.select("sample", "width", "height").iter_rows()
    }
    again = there.written.snapshot
    sized = [size for size in sizes.values() if None not in size]
    known = dict(zip(again.samples["sample"], sized, strict=False)) if len(set(sized)) == 1 else {}
    try:
        back = convert(again, Target(fmt, case.settings), known)
    except LabelvcError:
        return  # such as a text that is missing on the way back
    if not refused(back.losses):
        found, _ = aligned(meant, back.written.snapshot)
        lost = [loss for loss in refused(found_losses(meant, found)) if loss.what != "column path"]
        assert not lost, (str(case), name, tell(lost))


@pytest.mark.parametrize("name", [name for name in TARGETS if name not in NEED])
def test_a_case_in_its_own_format_loses_nothing(name: str) -> None:
    for case in (case for case in CASES if case.format == name):
        outcome = tried(case, name)
        if isinstance(outcome, Converted) and not case.settings and case.sniffed:
            lost = {loss.what for loss in refused(outcome.losses) if loss.reason is None}
            assert lost <= LAYOUT.get(name, set()), (str(case), tell(outcome.losses))


@pytest.mark.parametrize("name", NEED)
def test_formats_that_need_more_than_labels_say_so(name: str) -> None:
    samples = samples_frame(sample=["a"])
    labels = labels_frame(sample=["a"], kind=["class"], category=["cat"])
    snapshot = Snapshot(labels, samples, named_categories(["cat"]))
    with pytest.raises(LossError, match=NEED[name]):
        convert(snapshot, Target(registry.FORMATS[name], {}))
