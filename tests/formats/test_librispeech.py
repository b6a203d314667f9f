"""LibriSpeech transcripts: what the contract does not ask."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
import soundfile
from lhotse.recipes.librispeech import parse_utterance

from labelvc.core.errors import LabelvcError, LossError, ParseError
from labelvc.core.snapshot import labels_frame, samples_frame
from labelvc.formats import librispeech
from labelvc.formats.merging import Merging, merge_sources
from labelvc.formats.pair import Wanted
from labelvc.formats.source import disk_source
from tests.data import data
from tests.formats.folder_laws import edited, folder, read
from tests.formats.row_files import relabelled, scan, written

NAME = "1-2.trans.txt"
TREE = {
    "dev/1/2/1-2.trans.txt": b"1-2-0 ONE\r\n1-2-4 TWO\r\n",
    "dev/3/4/3-4.trans.txt": b"3-4-0 DREI\n",
    "dev/3/4/3-4-0.flac": b"sound",
}


def test_a_chapter_of_librispeech() -> None:
    given = disk_source(data("formats/speech/librispeech/84-121123.trans.txt"))
    snapshot = librispeech.scan(given, {}).read().check()
    lines = given.only()[1].read().decode().splitlines()
    assert [f"{key} {text}" for key, text in snapshot.labels.select("sample", "text").rows()] == (
        lines
    )
    assert snapshot.samples["path"][0] == "84-121123-0000.flac"


def test_a_word_is_rewritten_where_it_stands() -> None:
    content = b"1-2-0 A  B \r\n\r\n1-2-1 C"
    snapshot = scan(librispeech, content, NAME).read()
    assert written(librispeech, relabelled(snapshot, 0, text="A D")) == (
        b"1-2-0 A D\r\n\r\n1-2-1 C"
    )


def test_a_new_utterance_comes_in_the_order_of_ids() -> None:
    snapshot = read(librispeech, TREE)
    more = replace(
        snapshot,
        labels=pl.concat(
            [
                snapshot.labels,
                labels_frame(sample=["1-2-3", "5-6-0"], kind=["text"] * 2, text=["X", ""]),
            ]
        ).with_columns(pl.int_range(pl.len()).alias("key")),
        samples=pl.concat(
            [
                snapshot.samples,
                samples_frame(
                    sample=["1-2-3", "5-6-0"],
                    path=["dev/1/2/1-2-3.flac", "dev/5/6/5-6-0.flac"],
                    split=["dev"] * 2,
                ),
            ]
        ),
    )
    files = dict(librispeech.write(more, {}))
    assert files == {
        **TREE,
        "dev/1/2/1-2.trans.txt": b"1-2-0 ONE\r\n1-2-3 X\r\n1-2-4 TWO\r\n",
        "dev/5/6/5-6.trans.txt": b"5-6-0 \r\n",
    }


def test_the_file_of_a_chapter_goes_with_its_last_utterance() -> None:
    snapshot = read(librispeech, TREE)
    rest = pl.col("sample") != "3-4-0"
    files = librispeech.write(
        replace(
            snapshot, labels=snapshot.labels.filter(rest), samples=snapshot.samples.filter(rest)
        ),
        {},
    )
    assert sorted(files) == ["dev/1/2/1-2.trans.txt", "dev/3/4/3-4-0.flac"]


def test_only_files_that_differ_are_read() -> None:
    one, two = (librispeech.scan(folder(files), {}) for files in (TREE, TREE | {"x": b""}))
    assert one.comparable(two, None)
    assert dict(one.pieces) == dict(two.pieces)
    part = one.read({"labels": [1]})
    assert part.samples["sample"].to_list() == ["3-4-0"] and not part.documents


def test_names_that_repeat_are_told_by_their_folder() -> None:
    files = {"a/1-2.trans.txt": b"1-2-0 A\n", "b/1-2.trans.txt": b"1-2-0 B\n"}
    assert librispeech.settle(folder(files), {}) == {"keys": "path"}
    assert librispeech.settle(folder(TREE), {}) == {}
    with pytest.raises(LabelvcError, match="keys is 'id', expected stem or path"):
        librispeech.settle(folder(TREE), {"keys": "id"})


def test_both_sides_may_change_one_chapter() -> None:
    chapter = "dev/1/2/1-2.trans.txt"
    ours = TREE | {chapter: TREE[chapter].replace(b"ONE", b"EIN")}
    theirs = TREE | {
        chapter: b"1-2-0 ONE\r\n1-2-1 NEU\r\n1-2-4 TWO TOO\r\n",
        "dev/3/4/3-4.trans.txt": b"3-4-0 VIER\n",
    }
    how = Merging(Wanted("librispeech"))
    merged = merge_sources(*map(folder, (TREE, ours, theirs)), "librispeech", how)
    assert not merged.conflicts
    files = {path: blob.read() for path, blob in merged.kept.items()} | dict(merged.written)
    assert files == theirs | {chapter: theirs[chapter].replace(b"ONE", b"EIN")}


def test_an_utterance_of_another_format_gets_its_place() -> None:
    snapshot = read(librispeech, TREE)
    foreign = replace(
        snapshot,
        samples=snapshot.samples.with_columns(path=pl.lit(None, pl.String), split=None),
        format="nemo",
        documents={},
    )
    files = dict(librispeech.write(foreign, {}))
    assert files == {
        "1/2/1-2.trans.txt": b"1-2-0 ONE\n1-2-4 TWO\n",
        "3/4/3-4.trans.txt": b"3-4-0 DREI\n",
    }


def test_it_refuses_what_it_cannot_hold() -> None:
    snapshot = read(librispeech, TREE)
    with pytest.raises(LossError, match="one transcript an utterance"):
        librispeech.write(snapshot.with_labels(snapshot.labels.clear()), {})
    with pytest.raises(LossError, match="a transcript is one line"):
        librispeech.write(edited(snapshot, 0, text="A\nB"), {})
    with pytest.raises(LossError, match="cannot hold kind 'class'"):
        librispeech.write(edited(snapshot, 0, kind="class"), {})
    with pytest.raises(LossError, match="cannot hold split 'test'"):
        librispeech.write(
            replace(snapshot, samples=snapshot.samples.with_columns(split=pl.lit("test"))), {}
        )
    odd = labels_frame(sample=["x"], kind=["text"], text=["A"])
    with pytest.raises(LossError, match="this one is no SPEAKER-CHAPTER-NUMBER"):
        librispeech.write(
            replace(snapshot, labels=odd, samples=samples_frame(sample=["x"], path=["dev/x.flac"])),
            {},
        )


@pytest.mark.parametrize(
    "line,said",
    [
        (b"../1-2-3 A", "line 2: expected an utterance id and a space before the text"),
        (b" A", "line 2: expected an utterance id"),
        (b"1-2-3\tA B", "line 2: expected an utterance id"),
        (b"1-2-3 \xff", "line 2, byte 7: expected UTF-8 text"),
        (b"1-2-3 \0", "line 2: expected UTF-8 text, found a NUL byte"),
    ],
)
def test_trouble_has_a_place(line: bytes, said: str) -> None:
    content = b"1-2-0 A\n" + line + b"\n"
    with pytest.raises(ParseError, match=said):
        scan(librispeech, content, NAME).read()
    with pytest.raises(ParseError, match=f"set/dev/{NAME}: {said}"):
        read(librispeech, {f"dev/{NAME}": content})


def test_lhotse_reads_what_was_written(tmp_path) -> None:  # type: ignore[no-untyped-def]
    snapshot = edited(read(librispeech, TREE), 0, text="EIN NEUES WORT")
    for path, content in librispeech.write(snapshot, {}).items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    soundfile.write(tmp_path / "dev/1/2/1-2-0.flac", [0.0] * 160, 16000)
    line = (tmp_path / "dev/1/2/1-2.trans.txt").read_text().splitlines()[0]
    _, supervision = parse_utterance(tmp_path / "dev", line, {})
    assert (supervision.id, supervision.text) == ("1-2-0", "EIN NEUES WORT")
