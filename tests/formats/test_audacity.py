"""Audacity label tracks: what the contract does not ask."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from labelvc.core.errors import LabelvcError, LossError, ParseError
from labelvc.core.snapshot import Snapshot, labels_frame, samples_frame
from labelvc.formats import audacity, registry, yolo
from labelvc.formats.merging import Merging, merge_sources
from labelvc.formats.pair import Wanted
from tests.formats.audacity_cases import CASES
from tests.formats.folder_laws import edited, folder, read
from tests.formats.row_files import relabelled, scan, source, written

FOLDER = dict(CASES[3].files)


def test_only_what_differs_is_rewritten() -> None:
    content = b"0.5\t1.25\tbird\r\n\\\t2000.0\t4500.5\r\n\r\n1.0\t2\twind"
    snapshot = scan(audacity, content, "a.txt").read()

    def now(row: int, **columns: Any) -> bytes:
        return written(audacity, relabelled(snapshot, row, **columns))

    assert now(0, category="owl") == content.replace(b"bird", b"owl")
    assert now(0, end=1.5) == content.replace(b"1.25", b"1.500000")
    assert now(0, start=1 / 3) == content.replace(b"0.5\t", b"0.3333333333333333\t")
    assert now(0, attributes='{"high_frequency":4500.5,"low_frequency":20.0}') == content.replace(
        b"2000.0", b"20.000000"
    )
    assert now(0, attributes=None) == content.replace(b"\\\t2000.0\t4500.5\r\n", b"")
    assert now(1, category=None) == content.replace(b"wind", b"")
    assert now(1, attributes='{"high_frequency":2.0,"low_frequency":-1.0}') == content + (
        b"\r\n\\\t-1.000000\t2.000000"
    )


def test_a_point_stays_a_point() -> None:
    snapshot = read(audacity, {"a.txt": b"1.0\t1.0\tklick\n"})
    assert snapshot.labels.select("start", "end").row(0) == (1.0, 1.0)
    files = dict(audacity.write(edited(snapshot, 0, start=2.0, end=2.0), {}))
    assert files == {"a.txt": b"2.000000\t2.000000\tklick\n"}


def test_labels_come_and_go() -> None:
    snapshot = read(audacity, FOLDER)
    more = labels_frame(
        key=[7, 8], sample=["a", "c"], kind=["segment"] * 2, start=[0.5, 0.0], end=[0.75, 0.0],
        unit=["second"] * 2, category=["z", None],
    )  # fmt: skip
    changed = snapshot.with_labels(
        pl.concat([snapshot.labels.filter(pl.col("sample") == "a"), more])
    )
    assert dict(audacity.write(changed, {})) == {
        **FOLDER,
        "dev/a.txt": b"0.0\t1.0\tx\n0.500000\t0.750000\tz\n",
        "train/b.txt": b"",
        "train/c.txt": b"0.000000\t0.000000\t\n",
    }


def test_files_come_and_go_with_their_sounds() -> None:
    snapshot = read(audacity, FOLDER)
    samples = pl.concat(
        [
            snapshot.samples.filter(pl.col("sample") == "b"),
            samples_frame(sample=["d"], split=["test"]),
        ]
    )
    rest = snapshot.labels.filter(pl.col("sample") == "b")
    files = dict(audacity.write(replace(snapshot, samples=samples, labels=rest), {}))
    assert files == {
        "train/b.txt": FOLDER["train/b.txt"],
        "train/b.wav": b"RIFF",
        "test/d.txt": b"",
    }


def test_both_sides_may_change_one_track() -> None:
    base = {"a.txt": b"0.0\t1.0\tx\n1.0\t2.0\ty\n", "b.txt": b"0.0\t1.0\tx\n"}
    ours = base | {"a.txt": b"0.0\t1.0\tX\n1.0\t2.0\ty\n"}
    theirs = {"a.txt": b"0.0\t1.0\tx\n1.0\t2.5\ty\n", "b.txt": b"0.0\t1.0\tx\n2.0\t2.0\tz\n"}
    how = Merging(Wanted("audacity"))
    merged = merge_sources(*map(folder, (base, ours, theirs)), "audacity", how)
    assert not merged.conflicts
    files = {path: blob.read() for path, blob in merged.kept.items()} | dict(merged.written)
    assert files == theirs | {"a.txt": b"0.0\t1.0\tX\n1.0\t2.500000\ty\n"}


def test_one_file_is_merged_too() -> None:
    base, ours, theirs = (
        source(content, "a.txt")
        for content in (
            b"0.0\t1.0\tx\n1.0\t2.0\ty\n",
            b"0.0\t1.0\tX\n1.0\t2.0\ty\n",
            b"0.0\t1.0\tx\n1.0\t2.0\tY\n3.0\t3.0\tz\n",
        )
    )
    merged = merge_sources(base, ours, theirs, "audacity", Merging(Wanted("audacity")))
    assert not merged.conflicts
    assert merged.written == {"a.txt": b"0.0\t1.0\tX\n1.0\t2.0\tY\n3.000000\t3.000000\tz\n"}


def test_one_file_stands_for_one_sound() -> None:
    snapshot = scan(audacity, b"0.0\t1.0\tx\n", "a.txt").read()
    more = pl.concat([snapshot.samples, samples_frame(sample=["b"])])
    with pytest.raises(LossError, match="one file that stands for one sample"):
        audacity.write(replace(snapshot, samples=more), {})
    assert written(audacity, snapshot.with_labels(snapshot.labels.clear())) == b""


def test_names_that_repeat_are_told_by_their_folder() -> None:
    files = {"dev/a.txt": b"0.0\t1.0\tx\n", "test/a.txt": b""}
    assert audacity.settle(folder(files), {}) == {"keys": "path"}
    with pytest.raises(LabelvcError, match="expected stem or path"):
        audacity.settle(folder(files), {"keys": "x"})


def test_it_claims_no_other_text_files() -> None:
    assert registry.sniff(source("0.5\t1.0\tx\n", "a.txt")) is audacity
    for content in ("0 0.5 0.5 0.1 0.1\n", "0.5\tword\n", "1\t2\tx\n", "\n", "0.5\t1.0\tx\nend\n"):
        assert not audacity.sniff(source(content, "a.txt"))
    assert not yolo.sniff(folder(FOLDER))


def test_it_refuses_what_it_cannot_hold() -> None:
    snapshot = read(audacity, FOLDER)

    def refused(snapshot: Snapshot, why: str) -> None:
        with pytest.raises(LossError, match=why):
            audacity.write(snapshot, {})

    refused(edited(snapshot, 0, category="a\nb"), "a label of one line; this is 0.0, 1.0, 'a")
    refused(edited(snapshot, 0, end=None), "a start, an end")
    refused(edited(snapshot, 0, attributes='{"mood":1}'), "no place for the attribute 'mood'")
    refused(edited(snapshot, 0, attributes='{"low_frequency":1.0}'), "a start, an end")
    refused(edited(snapshot, 0, text="x"), "cannot hold text 'x'")
    refused(edited(snapshot, 0, unit="pixel"), "cannot hold unit 'pixel'")


@pytest.mark.parametrize(
    "lines,said",
    [
        (b"x\t1.0\ty", "line 2: expected start and end in seconds, with tabs between, found 'x"),
        (b"1.0", "line 2: expected start and end in seconds"),
        (b"1.0\t1e999\tx", "line 2: expected start and end in seconds"),
        (b"\n1,0\t2,0\tx", "line 3: expected start and end in seconds"),
        (b"1.0\t2.0\tx\n\\\t1.0", "line 2: expected one line with a lowest and a highest"),
        (b"1.0\t2.0\tx\n\\\t1.0\t2.0\n\\\t1.0\t2.0", "line 2: expected one line with a lowest"),
        (b"1.0\t2.0\t\xff", "line 2, byte 9: expected UTF-8 text"),
    ],
)
def test_trouble_has_a_place(lines: bytes, said: str) -> None:
    with pytest.raises(ParseError, match=f"a.txt: {said}"):
        scan(audacity, b"0.0\t1.0\tx\n" + lines, "a.txt").read()


def test_frequencies_of_no_label_are_refused() -> None:
    with pytest.raises(ParseError, match="line 1: expected start and end in seconds"):
        scan(audacity, b"\\\t1.0\t2.0\n0.0\t1.0\tx\n", "a.txt").read()
