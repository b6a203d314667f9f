"""Kaldi data directories: what the contract does not ask."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import soundfile
from lhotse.kaldi import load_kaldi_data_dir

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import Snapshot, attributes_json, labels_frame, samples_frame
from labelvc.formats import kaldi
from labelvc.formats.merging import Merging, merge_sources
from labelvc.formats.pair import Wanted
from tests.formats.folder_laws import edited, folder, read
from tests.formats.kaldi_cases import CASES

DATA = dict(CASES[0].files)


def attributes(snapshot: Snapshot, sample: str) -> dict[str, Any]:
    (text,) = snapshot.samples.filter(pl.col("sample") == sample)["attributes"]
    return dict(json.loads(text))


def with_attributes(snapshot: Snapshot, sample: str, **values: Any) -> Snapshot:
    """Some attributes of a sample set, or taken away with None."""
    now = {**attributes(snapshot, sample), **values}
    text = attributes_json({name: value for name, value in now.items() if value is not None})
    here = pl.col("sample") == sample
    column = pl.when(here).then(pl.lit(text)).otherwise("attributes").alias("attributes")
    return replace(snapshot, samples=snapshot.samples.with_columns(column))


def changes(snapshot: Snapshot) -> dict[str, bytes]:
    """The files that are not what they were."""
    files = kaldi.write(snapshot, {})
    assert set(files) >= set(DATA)
    return {path: content for path, content in files.items() if content != DATA.get(path)}


def without(snapshot: Snapshot, sample: str) -> Snapshot:
    rest = pl.col("sample") != sample
    return replace(
        snapshot, labels=snapshot.labels.filter(rest), samples=snapshot.samples.filter(rest)
    )


def test_all_that_is_said_of_an_utterance_is_read() -> None:
    snapshot = read(kaldi, DATA)
    assert attributes(snapshot, "anna-2") == {
        "recording": "rec1", "start": 1.25, "end": -1.0, "speaker": "anna", "gender": "f",
        "file": "rec1", "channel": "A", "recording_duration": 3.5,
    }  # fmt: skip
    assert attributes(snapshot, "anna-1")["lang"] == "de"
    assert attributes(snapshot, "bert-1")["command"] == "sph2pipe -f wav a b.sph |"
    assert snapshot.samples["path"].to_list() == ["/data/rec1.wav"] * 2 + [None]


def test_the_duration_of_a_whole_recording_is_the_utterances() -> None:
    snapshot = read(kaldi, CASES[1].files)
    assert snapshot.samples["duration"].to_list() == [1.0, 2.5]
    longer = snapshot.samples.with_columns(pl.col("duration").replace(2.5, 3.0))
    files = kaldi.write(replace(snapshot, samples=longer), {})
    assert dict(files) == {**CASES[1].files, "reco2dur": b"a 1.0\nb 3.0\n"}


def test_a_text_is_rewritten_where_it_stands() -> None:
    snapshot = read(kaldi, DATA)
    assert changes(edited(snapshot, 1, text="JA")) == {
        "text": b"anna-1 GUTEN TAG\nanna-2 JA\nbert-1\n"
    }
    assert changes(edited(snapshot, 2, text="YES")) == {
        "text": b"anna-1 GUTEN TAG\nanna-2 \nbert-1 YES\n"
    }
    untold = snapshot.with_labels(snapshot.labels.filter(pl.col("sample") != "anna-2"))
    assert changes(untold) == {"text": b"anna-1 GUTEN TAG\nbert-1\n"}


def test_one_time_of_a_segment_is_rewritten() -> None:
    snapshot = read(kaldi, DATA)
    assert changes(with_attributes(snapshot, "bert-1", start=0.125)) == {
        "segments": b"anna-1 rec1 0.50 1.25\nanna-2 rec1 1.25 -1\nbert-1 rec2 0.125 2e0\n"
    }
    assert changes(with_attributes(snapshot, "bert-1", end=-1.0)) == {
        "segments": b"anna-1 rec1 0.50 1.25\nanna-2 rec1 1.25 -1\nbert-1 rec2 0 -1\n"
    }


def test_speakers_and_their_utterances_stay_in_step() -> None:
    snapshot = read(kaldi, DATA)
    assert changes(with_attributes(snapshot, "anna-2", speaker="bert", gender="m")) == {
        "utt2spk": b"anna-1 anna\nanna-2 bert\nbert-1 bert\n",
        "spk2utt": b"anna anna-1\nbert anna-2 bert-1\n",
    }
    assert changes(without(snapshot, "bert-1")) == {
        "text": b"anna-1 GUTEN TAG\nanna-2 \n",
        "segments": b"anna-1 rec1 0.50 1.25\nanna-2 rec1 1.25 -1\n",
        "wav.scp": b"rec1 /data/rec1.wav\n",
        "utt2spk": b"anna-1 anna\nanna-2 anna\n",
        "spk2utt": b"anna anna-1 anna-2\n",
        "spk2gender": b"anna f\n",
        "reco2dur": b"rec1 3.5\n",
        "reco2file_and_channel": b"rec1 rec1 A\n",
        "utt2lang": b"anna-1 de\n",
    }


def test_what_belongs_to_no_utterance_stays() -> None:
    snapshot = read(kaldi, CASES[2].files)
    files = dict(kaldi.write(without(snapshot, "a"), {}))
    assert files == {
        **CASES[2].files,
        "text": b"",
        "utt2spk": b"c c\n",
        "wav.scp": b"c c.wav\nx x.wav\n",
        "spk2age": b"z 30\n",
        "feats.scp": b"q f.ark:2\n",
        "cmvn.scp": b"",
    }


def test_new_utterances_come_in_the_order_of_bytes() -> None:
    snapshot = read(kaldi, CASES[3].files)
    more = replace(
        snapshot,
        labels=pl.concat(
            [snapshot.labels, labels_frame(key=[9], sample=["b"], kind=["text"], text=["neu"])]
        ),
        samples=pl.concat(
            [snapshot.samples, samples_frame(sample=["b"], attributes=['{"speaker":"B"}'])]
        ),
    )
    assert dict(kaldi.write(more, {})) == {
        "text": "Z a\na b\nb neu\nÄ c\n\U0001f600 d\n".encode(),
        "utt2spk": "Z s\na s\nb B\nÄ s\n\U0001f600 s\n".encode(),
        "spk2utt": "B b\ns Z a Ä \U0001f600\n".encode(),
    }


def test_speakers_that_contradict_each_other_stay_as_they_are() -> None:
    files = DATA | {"utt2spk": b"anna-1 anna\nanna-2 anna\nbert-1 anna\n"}
    snapshot = read(kaldi, files)
    assert dict(kaldi.write(snapshot, {})) == files
    edit = dict(kaldi.write(edited(snapshot, 0, text="JA"), {}))
    assert edit == files | {"text": files["text"].replace(b"GUTEN TAG", b"JA")}


def test_only_ascii_white_space_parts_words() -> None:
    wide = "r\x1c\u00a0"
    files = {"text": b"a x\n", "segments": f"a {wide} 0 1\n".encode()}
    snapshot = read(kaldi, files)
    assert attributes(snapshot, "a")["recording"] == wide
    edit = with_attributes(snapshot, "a", end=2.0)
    assert dict(kaldi.write(edit, {})) == files | {"segments": f"a {wide} 0 2.0\n".encode()}


def test_both_sides_may_change_one_utterance_in_different_files() -> None:
    ours = DATA | {"text": DATA["text"].replace(b"TAG", b"ABEND")}
    theirs = DATA | {
        "segments": DATA["segments"].replace(b"0.50", b"0.25"),
        "utt2lang": b"anna-1 de\nanna-2 de\nbert-1 en\n",
    }
    merged = merge_sources(*map(folder, (DATA, ours, theirs)), "kaldi", Merging(Wanted("kaldi")))
    assert not merged.conflicts
    files = {path: blob.read() for path, blob in merged.kept.items()} | dict(merged.written)
    assert files == theirs | {"text": ours["text"]}


def test_it_refuses_what_it_cannot_hold() -> None:
    snapshot = read(kaldi, DATA)

    def refused(snapshot: Snapshot, why: str) -> None:
        with pytest.raises(LossError, match=why):
            kaldi.write(snapshot, {})

    refused(with_attributes(snapshot, "anna-1", gender="m"), "spk2gender: two utterances say")
    refused(with_attributes(snapshot, "anna-1", speaker="a b"), "utt2spk holds an id and one word")
    refused(with_attributes(snapshot, "anna-1", speaker=None), "something of its speaker")
    refused(with_attributes(snapshot, "anna-1", start=None), "a recording, a start and an end")
    refused(with_attributes(snapshot, "anna-1", lang="d\ne"), "utt2lang cannot hold 'd\\\\ne'")
    refused(with_attributes(snapshot, "anna-1", lang=3), "cannot hold")
    refused(with_attributes(snapshot, "anna-1", spk="x"), "can hold the attribute 'spk'")
    refused(with_attributes(snapshot, "anna-1", **{"a-b": "x"}), "the attribute 'a-b'")
    refused(with_attributes(snapshot, "anna-1", command="x |"), "a path or a command")
    refused(with_attributes(snapshot, "bert-1", command="x"), "cannot hold")
    refused(edited(snapshot, 0, text="A\nB"), "text cannot hold")
    refused(edited(snapshot, 0, kind="class"), "cannot hold kind 'class'")
    alone = read(kaldi, {"text": b"a x\n"})
    refused(alone.with_labels(alone.labels.clear()), "no line would be left to tell of it")
    refused(edited(snapshot, 0, sample="anna-2"), "one transcript an utterance")


@pytest.mark.parametrize(
    "name,content,said",
    [
        ("text", b"a x\na y\n", "line 2: expected ids that stand once"),
        ("text", b"a x\n y\n", "line 2: expected an id at the beginning of the line, found ' y'"),
        ("text", b"a \xff\n", "line 1, byte 3: expected UTF-8 text"),
        ("segments", b"anna-1 r 0\n", "line 1: expected an utterance, its recording, start"),
        ("segments", b"anna-1 r 0 nan\n", "line 1: expected an utterance, its recording, start"),
        ("utt2spk", b"anna-1\n", "line 1: expected an id and one word"),
        ("reco2dur", b"rec1 long\n", "line 1: expected an id and a number of seconds"),
        ("reco2file_and_channel", b"rec1 A\n", "line 1: expected a recording, its file and"),
        ("wav.scp", b"\nrec1\n", "line 2: expected an id and what is said of it"),
        ("utt2lang", b"a\0b\n", "line 1: expected UTF-8 text, found a NUL byte"),
    ],
)
def test_trouble_has_a_place(name: str, content: bytes, said: str) -> None:
    with pytest.raises(ParseError, match=f"set/{name}: {said}"):
        read(kaldi, DATA | {name: content})


def test_a_command_is_never_run(tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    files = DATA | {"wav.scp": f"rec1 touch {trap} |\nrec2 touch {trap} |\n".encode()}
    snapshot = read(kaldi, files)
    kaldi.write(edited(snapshot, 0, text="X"), {})
    assert not trap.exists()


def lay(home: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        (home / name).write_bytes(content)


def test_lhotse_reads_what_was_written(tmp_path: Path) -> None:
    sound = tmp_path / "rec 1.wav"
    soundfile.write(sound, [0.0] * 16000 * 4, 16000)
    wav = f"rec1 {sound}\nrec2 {sound}\n".encode()
    segments = DATA["segments"].replace(b"-1\n", b"3.5\n", 1)
    languages = b"anna-1 de\nanna-2 de\nbert-1 en\n"
    files = DATA | {"wav.scp": wav, "segments": segments, "utt2lang": languages}
    snapshot = read(kaldi, {name: files[name] for name in files if name != "reco2dur"})
    changed = edited(snapshot, 0, text="GUTEN ABEND")
    changed = with_attributes(changed, "bert-1", speaker="anna", gender="f", start=0.5)
    lay(tmp_path, kaldi.write(changed, {}))
    recordings, supervisions, _ = load_kaldi_data_dir(tmp_path, sampling_rate=16000)
    assert sorted(recordings.ids) == ["rec1", "rec2"]
    found = {one.id: one for one in supervisions}
    texts = dict(changed.labels.select("sample", "text").iter_rows())
    assert {name: one.text for name, one in found.items()} == texts
    for name, one in found.items():
        mine = attributes(changed, name)
        assert (one.recording_id, one.speaker) == (mine["recording"], mine["speaker"])
        assert (one.start, one.end) == (mine["start"], mine["end"])
        assert (one.gender, one.language) == (mine["gender"], mine["lang"])


def test_a_directory_for_labels_from_elsewhere(tmp_path: Path) -> None:
    snapshot = Snapshot(
        labels=labels_frame(sample=["b", "a"], kind=["text"] * 2, text=["zwei", ""]),
        samples=samples_frame(
            sample=["b", "a"],
            path=["b.wav", "a.wav"],
            duration=[1.5, None],
            attributes=['{"lang":"de","speaker":"s"}', None],
        ),
        format="nemo",
    )
    assert dict(kaldi.write(snapshot, {})) == {
        "reco2dur": b"b 1.5\n",
        "spk2utt": b"s b\n",
        "text": b"a \nb zwei\n",
        "utt2lang": b"b de\n",
        "utt2spk": b"b s\n",
        "wav.scp": b"a a.wav\nb b.wav\n",
    }
