"""RTTM: what the contract does not ask."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from lhotse import SupervisionSet

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import Snapshot, labels_frame, samples_frame
from labelvc.formats import registry, rttm
from labelvc.formats.merging import Merging, merge_sources
from labelvc.formats.pair import Wanted
from labelvc.formats.source import disk_source
from tests.data import data
from tests.formats.folder_laws import edited, folder, read
from tests.formats.row_files import relabelled, scan, written
from tests.formats.rttm_cases import CASES

FOLDER = dict(CASES[2].files)
LINE = b"SPEAKER a 1 0.040000 121.480000 <NA> <NA> spk00 <NA> <NA>\n"


def test_the_turns_of_voxconverse() -> None:
    given = disk_source(data("voxconverse/v0.2"))
    assert registry.sniff(given) is rttm
    snapshot = rttm.scan(given, {}).read().check()
    assert (snapshot.samples.height, snapshot.labels.height) == (448, 27747)
    splits = dict(snapshot.samples.select("sample", "split").iter_rows())
    counts = Counter(splits[sample] for sample in snapshot.labels["sample"])
    assert counts == {"dev": 8268, "test": 19479}
    assert set(snapshot.labels["kind"]) == {"segment"}
    files = rttm.write(snapshot, {})
    assert all(files[path] == given.files[path].read() for path in given.files)


def test_a_turn_of_voxconverse_is_rewritten_where_it_stands() -> None:
    given = disk_source(data("voxconverse/v0.2/dev"))
    snapshot = rttm.scan(given, {}).read()
    files = rttm.write(edited(snapshot, 3, category="spk99", end=200.5), {})
    changed = [path for path in given.files if files[path] != given.files[path].read()]
    assert changed == [f"{snapshot.labels['sample'][3]}.rttm"]
    was, now = given.files[changed[0]].read().split(), files[changed[0]].split()
    onset = snapshot.labels["start"][3]
    differ = [(one, two) for one, two in zip(was, now, strict=True) if one != two]
    assert [two for _, two in differ] == [f"{200.5 - onset:.6f}".encode(), b"spk99"]


def test_only_what_differs_is_rewritten() -> None:
    content = b"SPEAKER\ta  1 0.040 1.10 <NA> <NA>\tspk00 <NA>\r\n;; note\r\n"
    snapshot = scan(rttm, content, "x.rttm").read()

    def now(**columns: Any) -> bytes:
        return written(rttm, relabelled(snapshot, 0, **columns))

    assert now(category="Zoë") == content.replace(b"spk00", "Zoë".encode())
    assert now(start=0.5, end=1.64) == content.replace(b"0.040", b"0.500").replace(
        b"1.10", b"1.140"
    )
    assert now(confidence=0.25) == content.replace(b"<NA>\r", b"0.25\r")
    assert now(attributes='{"channel":"2","lookahead":"0.5"}') == content.replace(
        b"a  1", b"a  2"
    ).replace(b"<NA>\r", b"<NA> 0.5\r")
    assert now(attributes=None) == content.replace(b"a  1", b"a  <NA>")


def test_a_new_turn_comes_by_its_onset() -> None:
    content = LINE + LINE.replace(b"0.04", b"5.04") + LINE.replace(b" a ", b" b ")
    snapshot = scan(rttm, content, "x.rttm").read()
    row = snapshot.labels.head(1).with_columns(
        key=pl.lit(9, pl.Int64), start=pl.lit(1.0), end=pl.lit(1.5), record=None
    )
    more = snapshot.with_labels(pl.concat([snapshot.labels, row], how="vertical_relaxed"))
    lines = content.splitlines(keepends=True)
    new = b"SPEAKER a 1 1.000000 0.500000 <NA> <NA> spk00 <NA> <NA>\n"
    assert written(rttm, more) == b"".join([lines[0], new, *lines[1:]])


def test_a_recording_without_turns_keeps_its_file() -> None:
    snapshot = read(rttm, FOLDER)
    silent = snapshot.with_labels(snapshot.labels.filter(pl.col("sample") != "a"))
    assert dict(rttm.write(silent, {})) == {**FOLDER, "dev/a.rttm": b""}
    gone = replace(silent, samples=silent.samples.filter(pl.col("sample") != "a"))
    assert sorted(rttm.write(gone, {})) == ["README.md", "dev/b.rttm", "test/c.rttm"]
    new = replace(
        snapshot,
        samples=pl.concat([snapshot.samples, samples_frame(sample=["d"], split=["test"])]),
        labels=pl.concat(
            [
                snapshot.labels,
                labels_frame(key=[7], sample=["b"], kind=["segment"], start=[0.5], end=[0.75],
                             unit=["second"], category=["s"]),
            ]
        ),
    )  # fmt: skip
    assert dict(rttm.write(new, {})) == {
        **FOLDER,
        "dev/b.rttm": b"SPEAKER b <NA> 0.5 0.25 <NA> <NA> s <NA> <NA>\n",
        "test/d.rttm": b"",
    }


def test_a_turn_that_was_another_recordings_comes_to_its_file() -> None:
    snapshot = edited(read(rttm, FOLDER), 0, sample="c")
    assert dict(rttm.write(snapshot, {})) == {
        **FOLDER,
        "dev/a.rttm": b"",
        "test/c.rttm": FOLDER["dev/a.rttm"].replace(b" a ", b" c ") + FOLDER["test/c.rttm"],
    }


def test_both_sides_may_change_one_file() -> None:
    base = {"a.rttm": LINE + LINE.replace(b"0.04", b"5.04")}
    ours = {"a.rttm": base["a.rttm"].replace(b"spk00", b"Ann", 1)}
    theirs = {"a.rttm": base["a.rttm"].replace(b"5.04", b"5.14"), "b.rttm": FOLDER["test/c.rttm"]}
    merged = merge_sources(*map(folder, (base, ours, theirs)), "rttm", Merging(Wanted("rttm")))
    assert not merged.conflicts
    files = {path: blob.read() for path, blob in merged.kept.items()} | dict(merged.written)
    assert files == {**theirs, "a.rttm": ours["a.rttm"].replace(b"5.04", b"5.14")}


def test_it_refuses_what_it_cannot_hold() -> None:
    snapshot = read(rttm, FOLDER)

    def refused(snapshot: Snapshot, why: str) -> None:
        with pytest.raises(LossError, match=why):
            rttm.write(snapshot, {})

    refused(edited(snapshot, 0, category="two words"), "a field of RTTM is one word, and name is")
    refused(edited(snapshot, 0, attributes='{"mood":1}'), "no field for the attribute 'mood'")
    refused(edited(snapshot, 0, unit="token"), "cannot hold unit 'token'")
    refused(edited(snapshot, 0, category="<NA>"), "cannot hold category '<NA>'")
    refused(edited(snapshot, 0, annotator="x"), "cannot hold annotator 'x'")
    resplit = snapshot.samples.with_columns(split=pl.lit("test"))
    refused(replace(snapshot, samples=resplit), "cannot hold split 'test'")
    alone = scan(rttm, LINE, "x.rttm").read()
    with pytest.raises(LossError, match="cannot hold"):
        rttm.write(alone.with_labels(alone.labels.clear()), {})


@pytest.mark.parametrize(
    "line,said",
    [
        (b"SPEAKER a 1 0 1 <NA> s", "line 2: expected 8 to 10 fields, found 7"),
        (b"SPEAKER a 1 x 1 <NA> <NA> s", "line 2: expected onset as a finite number, found 'x'"),
        (b"SPEAKER a 1 0 1e999 <NA> <NA> s", "expected duration as a finite number"),
        (b"SPEAKER a 1 0 nan <NA> <NA> s", "expected duration as a finite number, found 'nan'"),
        (b"SPEAKER a 1 0 <NA> <NA> <NA> s", "expected an onset and a duration, or neither"),
        (b"SPEAKER <NA> 1 0 1 <NA> <NA> s", "expected the name of a recording, found <NA>"),
        (b"SPEAKER a 1 0 1 <NA> <NA> s high", "expected confidence as a finite number"),
        (b"SPEAKER a 1 0 1 <NA> <NA> \xff", "line 2, byte 27: expected UTF-8 text"),
    ],
)
def test_trouble_has_a_place(line: bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        scan(rttm, LINE + line, "x.rttm").read()
    with pytest.raises(ParseError, match=f"set/dev/x.rttm: .*{said}"):
        read(rttm, {"dev/x.rttm": LINE + line})


def test_a_recording_lies_in_one_split() -> None:
    with pytest.raises(ParseError, match=r"set/test/a\.rttm: sample 'a': expected the split 'dev'"):
        read(rttm, {"dev/a.rttm": LINE, "test/a.rttm": LINE})


def test_lhotse_reads_what_was_written(tmp_path: Path) -> None:
    snapshot = read(rttm, FOLDER)
    changed = edited(snapshot, 0, category="Zoë", start=0.25, end=1.125)
    for path, content in rttm.write(changed, {}).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    found = SupervisionSet.from_rttm(sorted(tmp_path.rglob("*.rttm")))
    assert [(one.recording_id, one.start, one.end, one.speaker) for one in found] == (
        changed.labels.select("sample", "start", "end", "category").rows()
    )
