"""Speech manifests: what the contract does not ask."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import labels_frame, samples_frame
from labelvc.formats import nemo, spans_jsonl, table
from labelvc.formats.source import disk_source
from tests.data import data
from tests.formats.row_files import changed, relabelled, scan, written

NAME = "train.json"


def test_a_manifest_of_nemo() -> None:
    given = disk_source(data("formats/speech/nemo/8188-274364-0007.manifest.json"))
    assert nemo.sniff(given) and not table.sniff(given) and not spans_jsonl.sniff(given)
    snapshot = nemo.scan(given, {}).read().check()
    (text,) = snapshot.labels["text"]
    assert text.startswith("however these gentlemen") and snapshot.samples["path"][0][-4:] == ".wav"


def test_one_word_is_rewritten_where_it_stands() -> None:
    line = '{ "audio_filepath":"a.wav" , "text" : "a b" ,"duration": 1.50, "x":{"k": [1]} }\r\n'
    content = line + '{"audio_filepath":"b"}'
    snapshot = scan(nemo, content, NAME).read()
    edited = relabelled(snapshot, 0, text="a c")
    assert written(nemo, edited) == content.replace("a b", "a c").encode()


def test_duration_and_attributes_are_rewritten() -> None:
    content = '{"audio_filepath": "a", "duration": 1.50, "lang": "de", "x": 1.0}\n'
    snapshot = scan(nemo, content, NAME).read()
    samples = changed(
        snapshot.samples, 0, {"duration": 2.0, "attributes": '{"lang":"en","x":1.0,"y":[2]}'}
    )
    expected = b'{"audio_filepath": "a", "duration": 2.0, "lang": "en", "x": 1.0, "y": [2]}\n'
    assert written(nemo, replace(snapshot, samples=samples)) == expected


def test_lines_are_added_and_removed() -> None:
    content = '{"audio_filepath":"a","text":"one"}\n{"audio_filepath":"b","text":"two"}'
    snapshot = scan(nemo, content, NAME).read()
    edited = replace(
        snapshot,
        labels=labels_frame(
            sample=["b", "c"], kind=["text"] * 2, text=["two", "drei ü"], record=[1, None]
        ),
        samples=samples_frame(sample=["b", "c"], path=["b", "c"], record=[1, None]),
    )
    expected = '{"audio_filepath":"b","text":"two"}\n{"audio_filepath":"c","text":"drei ü"}\n'
    assert written(nemo, edited) == expected.encode()


def test_a_transcript_can_be_taken_back_and_given() -> None:
    content = '{"audio_filepath":"a","n":1,"text":"one"}\n{"audio_filepath":"b","n":2}\n'
    snapshot = scan(nemo, content, NAME).read()
    bare = snapshot.with_labels(snapshot.labels.clear())
    without = '{"audio_filepath":"a","n":1}\n{"audio_filepath":"b","n":2}\n'
    assert written(nemo, bare) == without.encode()
    moved = relabelled(snapshot, 0, sample="b", record=None)
    assert written(nemo, moved) == without.replace("2}", '2,"text":"one"}').encode()


def test_a_manifest_holds_one_transcript_and_no_classes() -> None:
    snapshot = scan(nemo, '{"audio_filepath":"a","text":"one"}\n', NAME).read()
    with pytest.raises(LossError, match="cannot hold kind 'class'"):
        written(nemo, relabelled(snapshot, 0, kind="class"))
    twice = labels_frame(sample=["a", "a"], kind=["text"] * 2, text=["x", "y"])
    with pytest.raises(LossError, match="one transcript a sample"):
        written(nemo, snapshot.with_labels(twice))


@pytest.mark.parametrize(
    "line,said",
    [
        ('{"text": "a"}', "line 2.*audio_filepath"),
        ('{"audio_filepath": 3}', "line 2, /audio_filepath: expected `str`, found `int`"),
        ('{"audio_filepath": "a", "text": 3}', "line 2, /text: expected"),
        ('{"audio_filepath": "a", "duration": "x"}', "line 2, /duration: expected a duration"),
        ('{"audio_filepath": "a", "duration": NaN}', "line 2.*: expected valid JSON"),
        ('{"audio_filepath": "a", "text" "b"}', "line 2, column 32: expected valid JSON"),
    ],
)
def test_trouble_has_a_place(line: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        scan(nemo, f'{{"audio_filepath": "x"}}\n{line}\n', NAME).read()
