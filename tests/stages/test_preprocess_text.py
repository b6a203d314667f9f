"""Texts: normal forms, spans that move along, tokens, n-grams."""

from __future__ import annotations

import unicodedata
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.core.snapshot import Snapshot, attributes_json, labels_frame, samples_frame
from labelvc.formats.reading import read
from labelvc.formats.source import MemoryBlob, Source, disk_source
from labelvc.stages.features import features_of
from labelvc.stages.normalise_text import Form, normalise
from tests.data import data
from tests.stages.preparing import classes, content, prepare, reasons, row

TEXTS = "text-classification"
TOKENS = "token-classification"
# letters with marks, jamo, half-width kana and its mark, ligatures, spaces of several kinds
awkward = st.text(
    st.sampled_from("ae\u0301\u0323 \u00a0\t\u3000\u1100\u1161\u11a8\uff76\uff9e\ufb01é")
)
forms = st.sampled_from(["NFC", "NFD", "NFKC", "NFKD", "none"])


@settings(deadline=None, max_examples=300)
@given(awkward | st.text(), forms)
def test_the_text_is_normal_and_each_character_knows_its_origin(text: str, form: Form):
    found = normalise(text, form)
    whole = text if form == "none" else unicodedata.normalize(form, text)
    assert found.text == " ".join(whole.split())
    assert len(found.text) == len(found.froms) == len(found.tos)
    for place in range(len(found.text)):
        start, end = found.back(place, place + 1)
        assert 0 <= start < end <= len(text)
        first, last = found.there(start, end)
        assert first <= place < last
        part = normalise(text[start:end], form).text
        assert not part or part in found.text[first:last]


@settings(deadline=None, max_examples=200)
@given(awkward, forms)
def test_tokens_stay_as_many(text: str, form: Form):
    tokens = text.split(" ")
    found = normalise(text, form, tokens)
    assert len(found.text.split(" ")) == len(tokens)
    assert all(
        0 <= start < end <= len(text) for start, end in zip(found.froms, found.tos, strict=True)
    )


def test_spans_move_with_the_text(tmp_path: Path):
    text = "  Cafe\u0301   in  Zu\u0308rich \u00a0today "
    wanted = ["Cafe\u0301", "Zu\u0308rich", "in  Zu\u0308rich"]
    starts = [text.index(part) for part in wanted]
    ends = [start + len(part) for start, part in zip(starts, wanted, strict=True)]
    snapshot = Snapshot(
        labels_frame(
            sample=["1"] * 4,
            kind=["span"] * 4,
            category=["place"] * 4,
            unit=["character"] * 4,
            start=[*starts, 0],
            end=[*ends, 2],
        ),
        samples_frame(sample=["1"], text=[text]),
    )
    prepared = prepare(snapshot, TOKENS, tmp_path / "out")
    found = row(prepared, "1")["text"]
    assert found == "Café in Zürich today"
    bounds = prepared.labels.select("start", "end").iter_rows()
    parts = [found[int(start) : int(end)] for start, end in bounds]
    assert parts == ["Café", "Zürich", "in Zürich", ""]
    assert prepared.report["notes"] == {"spans emptied": 1}
    assert prepared.report["labels"] == {"in": 4, "kept": 4, "dropped": {}}


def test_tokens_of_characters_bound_what_stands_in_the_label_file(tmp_path: Path):
    text = "Dr.  Mu\u0308ller (ETH)"
    snapshot = Snapshot(samples=samples_frame(sample=["1"], text=[text]))
    prepared = prepare(snapshot, TOKENS, tmp_path / "out")
    found = features_of(prepared.features, row(prepared, "1")["row"])
    parts = [text[start:end] for start, end in found["bounds"].tolist()]
    assert parts == ["Dr", ".", "Mu\u0308ller", "(", "ETH", ")"]
    assert found["token_offsets"].tolist() == [0, 6]
    assert len(found["offsets"]) == 7 and found["offsets"][-1] == len(found["ngrams"])


def test_words_of_scripts_with_marks_are_whole(tmp_path: Path):
    snapshot = Snapshot(samples=samples_frame(sample=["1"], text=["यह किताब है।"]))
    prepared = prepare(snapshot, TOKENS, tmp_path / "out")
    assert prepared.features["bounds"].tolist() == [[0, 2], [3, 8], [9, 11], [11, 12]]


def test_tokens_of_a_conll_file_keep_their_numbers(tmp_path: Path):
    file = "U\u0308ber O\nNew\u00a0York B-LOC\n\na O\nb O\n\n".encode()
    snapshot, _, _ = read(Source("t.conll", {"t.conll": MemoryBlob(file)}, False), "conll", {})
    prepared = prepare(snapshot, TOKENS, tmp_path / "out", unicode="NFKC")
    assert set(prepared.samples["text"]) == {"Über NewYork", "a b"}
    assert prepared.labels.select("start", "end").rows() == [(1.0, 2.0)]
    assert prepared.features["token_offsets"].tolist() == [0, 2, 4]
    assert prepared.features["bounds"].tolist() == [[0, 1], [1, 2], [0, 1], [1, 2]]


def test_tokens_that_hold_spaces_are_told_by_the_format(tmp_path: Path):
    snapshot = Snapshot(
        labels_frame(
            sample=["1"], kind=["span"], category=["x"], unit=["token"], start=[1], end=[2]
        ),
        samples_frame(
            sample=["1"],
            text=["a 1 000 b"],
            attributes=[attributes_json({"tokens": ["a", "1 000", "b"]})],
        ),
    )
    prepared = prepare(snapshot, TOKENS, tmp_path / "out")
    assert row(prepared, "1")["text"] == "a 1000 b"
    assert prepared.features["token_offsets"].tolist() == [0, 3]


def test_ngrams_are_stable_hashes_of_words_and_characters(tmp_path: Path):
    snapshot = Snapshot(samples=samples_frame(sample=["1"], text=["Ab  ab"]))
    prepared = prepare(snapshot, TEXTS, tmp_path / "out", buckets=1000)
    grams = ["ab", "\0<ab", "\0ab>"] * 2 + ["ab ab"]
    expected = [zlib.crc32(gram.encode()) % 1000 for gram in grams]
    assert prepared.features["ngrams"].tolist() == expected
    assert prepared.features["offsets"].tolist() == [0, 7]
    alone = prepare(snapshot, TEXTS, tmp_path / "out", buckets=1000, word_ngrams=1, char_ngrams=0)
    assert alone.features["ngrams"].tolist() == [zlib.crc32(b"ab") % 1000] * 2


def test_empty_and_repeated_texts_are_dropped_with_their_labels_counted(tmp_path: Path):
    texts = ["Hi  there", " \n", None, "Hi there", "hi there", "Hi\tthere"]
    labels = ["a", "a", "b", "a", None, "b"]
    keys = [f"t{place}" for place in range(len(texts))]
    snapshot = classes(dict(zip(keys, labels, strict=True)), text=texts, path=[None] * 6)
    prepared = prepare(snapshot, TEXTS, tmp_path / "out")
    assert reasons(prepared) == {
        "t0": None, "t1": "empty", "t2": "empty", "t3": "duplicate", "t4": None, "t5": "duplicate"
    }  # fmt: skip
    assert prepared.samples["row"].to_list() == [0, 1, None, 2, 3, 4]
    assert prepared.report["contradicting_duplicates"] == 1
    assert (tmp_path / "out" / "dropped.csv").read_text().splitlines() == [
        "sample,reason,detail",
        "t1,empty,",
        "t2,empty,",
        "t3,duplicate,of t0",
        't5,duplicate,"of t0, whose labels differ"',
    ]
    counts = prepared.report["labels"]
    assert counts == {"in": 5, "kept": 1, "dropped": {"empty": 2, "duplicate": 2}}
    assert prepared.labels.height == 5


def test_what_is_tested_on_is_not_trained_on(tmp_path: Path):
    snapshot = classes(
        {"1": "a", "2": "a", "3": None}, text=["x"] * 3, split=["train", "test", None]
    )
    prepared = prepare(snapshot, TEXTS, tmp_path / "out")
    assert reasons(prepared) == {"1": "duplicate", "2": None, "3": "duplicate"}
    kept = prepare(snapshot, TEXTS, tmp_path / "out", duplicates="keep")
    assert kept.samples["kept"].all()
    assert kept.samples["duplicate_of"].to_list() == ["2", None, "2"]


def test_all_of_banking77_is_accounted_for(tmp_path: Path):
    source = disk_source(data("banking77/banking_data/train.csv"))
    snapshot, _, _ = read(source, None, {})
    prepared = prepare(snapshot, TEXTS, tmp_path / "out")
    assert prepared.report["samples"] == {"in": 10003, "kept": 9999, "dropped": {"duplicate": 4}}
    assert prepared.report["labels"] == {"in": 10003, "kept": 9999, "dropped": {"duplicate": 4}}
    assert len(prepared.features["offsets"]) == 10004
    before = content(tmp_path / "out")
    again = prepare(snapshot, TEXTS, tmp_path / "out")
    assert (again.report["processed"], again.report["taken_over"]) == (0, 10003)
    assert content(tmp_path / "out") == before


@pytest.mark.parametrize("task", [TEXTS, TOKENS])
def test_no_samples_make_empty_features(tmp_path: Path, task: str):
    prepared = prepare(Snapshot(), task, tmp_path / "out")
    assert prepared.samples.height == prepared.labels.height == 0
    assert prepared.features["offsets"].tolist() == [0]
