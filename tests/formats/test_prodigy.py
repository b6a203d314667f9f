"""Prodigy's lines: what the contract does not ask."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import LABELS, Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.formats import prodigy, registry, spans_jsonl, table
from labelvc.formats.prodigy_lines import to_lines
from labelvc.formats.rows import content_key
from labelvc.formats.source import disk_source
from tests.data import data
from tests.formats.prodigy_cases import ANN, BOB, OPTIONS, RECT, entity, lines, ner
from tests.formats.row_files import changed, relabelled, scan, source

NAME = "annotations.jsonl"


def read(*tasks: dict[str, Any], **settings: str) -> Snapshot:
    return scan(prodigy, lines(*tasks), NAME, settings).read().check()


def written(snapshot: Snapshot) -> list[dict[str, Any]]:
    (content,) = prodigy.write(snapshot, {}).values()
    return [json.loads(line) for line in content.splitlines()]


def with_label(snapshot: Snapshot, **columns: Any) -> Snapshot:
    """With one more label in the first sample."""
    row = dict.fromkeys(LABELS) | {"verdict": "present", "sample": snapshot.samples["sample"][0]}
    row |= {"key": snapshot.labels.height, **columns}
    return snapshot.with_labels(pl.concat([snapshot.labels, pl.DataFrame([row], schema=LABELS)]))


# Files of Prodigy itself


def test_entities_and_relations_of_prodigy() -> None:
    given = disk_source(data("formats/prodigy/annotations.jsonl"))
    assert registry.sniff(given) is prodigy
    assert not table.sniff(given) and not spans_jsonl.sniff(given)
    snapshot = prodigy.scan(given, {}).read().check()
    assert (snapshot.samples.height, snapshot.labels.height) == (149, 466)
    tasks = [json.loads(line) for line in given.only()[1].read().splitlines()]
    told = [(span["start"], span["end"], span["label"]) for task in tasks for span in task["spans"]]
    assert snapshot.labels.select("start", "end", "category").rows() == told
    assert snapshot.labels["attributes"].null_count() == 466  # quotes and types go without saying
    assert "relations" in json.loads(snapshot.samples["attributes"][0])


def test_one_span_of_prodigys_own_file_is_moved() -> None:
    given = disk_source(data("formats/prodigy/annotations.jsonl"))
    name, blob = given.only()
    snapshot = prodigy.scan(given, {}).read()
    first = snapshot.labels.row(0, named=True)
    task = json.loads(blob.read().splitlines()[0])
    token = next(one for one in task["tokens"] if one["start"] > first["start"])
    moved = relabelled(snapshot, 0, end=float(token["end"]))
    content = prodigy.write(moved, {})[name]
    before, after = blob.read().splitlines(), content.splitlines()
    assert before[1:] == after[1:]
    span = json.loads(after[0])["spans"][0]
    assert span["token_end"] == token["id"]
    assert span["text"] == task["text"][span["start"] : span["end"]]
    assert {**json.loads(after[0]), "spans": []} == {**task, "spans": []}


def test_answers_about_issues() -> None:
    given = disk_source(data("formats/prodigy/docs_issues_eval.jsonl"))
    assert registry.sniff(given) is prodigy
    snapshot = prodigy.scan(given, {}).read().check()
    counts = Counter(snapshot.labels["verdict"])
    assert counts == {"rejected": 335, "present": 165}
    assert set(snapshot.labels["category"]) == {"DOCUMENTATION"}
    assert prodigy.write(snapshot, {}) == {given.only()[0]: given.only()[1].read()}


def test_spacy_sees_the_spans_that_were_written() -> None:
    import spacy
    from spacy.tokens import DocBin

    text = "😀 Ann Lee sang in Rome"
    snapshot = read(ner(text, entity(2, 9, 1, 2, "PERSON")))
    snapshot = with_label(
        snapshot, kind="span", category="CITY", start=18.0, end=22.0, unit="character"
    )
    (task,) = written(snapshot)
    nlp = spacy.blank("en")
    docs = DocBin()
    doc = nlp(task["text"])
    spans = [doc.char_span(one["start"], one["end"], one["label"]) for one in task["spans"]]
    doc.set_ents(spans)
    docs.add(doc)
    (again,) = DocBin().from_bytes(docs.to_bytes()).get_docs(nlp.vocab)
    assert [(one.text, one.label_) for one in again.ents] == [
        ("Ann Lee", "PERSON"),
        ("Rome", "CITY"),
    ]
    found = snapshot.labels.select("start", "end", "category").rows()
    assert [(one.start_char, one.end_char, one.label_) for one in again.ents] == found
    assert [(one["token_start"], one["token_end"]) for one in task["spans"]] == [(1, 2), (5, 5)]


# What counts


def test_hashes_times_and_sessions_are_no_change() -> None:
    one = ner("Ann sang", entity(0, 3, 0, 0, "PERSON"), **ANN)
    two = {**one, "_input_hash": 5, "_task_hash": 6, "_timestamp": 7, "_session_id": "other-ann"}
    assert read(one) == read(two)


def test_media_in_base64_are_named_by_their_path_or_hash() -> None:
    inline = "data:image/png;base64," + base64.b64encode(b"picture").decode()
    snapshot = read(
        {"image": inline, "path": "img/a.png", "spans": [RECT], "answer": "accept"},
        {"image": inline, "spans": [], "answer": "accept", "_input_hash": 1},
    )
    assert snapshot.samples["sample"].to_list() == ["img/a.png", content_key(inline)]
    digest = f"sha256:{hashlib.sha256(b'picture').hexdigest()}"
    assert snapshot.samples["digest"].to_list() == [digest, digest]
    assert inline not in repr(snapshot.samples.to_dicts() + snapshot.labels.to_dicts())
    task = written(relabelled(snapshot, 0, category="BUS"))[0]
    assert task["image"] == inline and task["spans"][0]["label"] == "BUS"


def test_what_was_ignored_is_no_label_and_not_lost() -> None:
    task = ner("Ann sang", entity(0, 3, 0, 0, "PERSON"), answer="ignore")
    snapshot = read(task)
    assert snapshot.labels.is_empty()
    told = json.loads(snapshot.samples["attributes"][0])
    assert told == {"answer": "ignore", "spans": task["spans"]}
    none = replace(snapshot, samples=changed(snapshot.samples, 0, {"attributes": None}))
    (made,) = written(none)
    assert made == {name: one for name, one in task.items() if name != "spans"} | {
        "answer": "accept"
    }


def test_annotators_who_disagree_keep_their_own_lines() -> None:
    one = ner("Ann sang", entity(0, 3, 0, 0, "PERSON"), **ANN, note="x", same=1)
    two = ner("Ann sang", entity(0, 3, 0, 0, "ORG"), **BOB, note="y", same=1)
    snapshot = read(one, two)
    told = json.loads(snapshot.samples["attributes"][0])
    assert told == {"note": "x", "note@bob": "y", "same": 1}
    told = {"note": "x", "note@bob": "z", "same": 2}
    samples = changed(snapshot.samples, 0, {"attributes": json.dumps(told, separators=(",", ":"))})
    assert written(replace(snapshot, samples=samples)) == [
        {**one, "same": 2},
        {**two, "note": "z", "same": 2},
    ]


def test_a_part_tells_of_the_sample_what_all_its_lines_do() -> None:
    tasks = [ner("a", **ANN, note="x"), ner("a", **BOB, note="y"), ner("b")]
    given = scan(prodigy, lines(*tasks), NAME)
    whole, part = given.read(), given.read({"labels": [1]})
    assert part.samples.drop("record").rows() == whole.samples.drop("record").rows()[:1]


def test_another_member_may_hold_the_transcripts() -> None:
    task = {"audio": "a.wav", "words": "hello", "answer": "accept"}
    assert read(task).labels.is_empty()
    snapshot = read(task, transcript="words")
    assert snapshot.labels["text"].to_list() == ["hello"]
    (content,) = prodigy.write(
        relabelled(snapshot, 0, text="hullo"), {"transcript": "words"}
    ).values()
    assert json.loads(content)["words"] == "hullo"


# Edits in place


def test_an_accepted_answer_is_rejected() -> None:
    task = {"text": "a", "label": "NEWS", "_task_hash": 2, "answer": "accept"}
    assert written(relabelled(read(task), 0, verdict="rejected")) == [{**task, "answer": "reject"}]


def test_one_of_two_spans_is_rejected_in_a_line_of_its_own() -> None:
    task = ner("Ann sang", entity(0, 3, 0, 0, "PERSON"), entity(4, 8, 1, 1, "VERB"), **ANN)
    one, two = written(relabelled(read(task), 1, verdict="rejected"))
    assert one == {**task, "spans": task["spans"][:1]}
    assert two["answer"] == "reject" and two["spans"] == task["spans"][1:]
    assert (two["_annotator_id"], two["text"]) == ("ann", "Ann sang")


def test_a_question_more_is_a_line_more() -> None:
    task = {"text": "a", "label": "NEWS", "_input_hash": 1, "answer": "accept", **ANN}
    snapshot = with_label(read(task), kind="class", category="SPORT", annotator="ann")
    assert written(snapshot) == [
        task,
        {"text": "a", "_input_hash": 1, "label": "SPORT", "answer": "accept",
         "_annotator_id": "ann"},
    ]  # fmt: skip


def test_a_question_less_is_a_line_less() -> None:
    tasks = [{"text": "a", "label": name, "answer": "accept"} for name in ("NEWS", "SPORT")]
    snapshot = read(*tasks)
    assert written(snapshot.with_labels(snapshot.labels[1:])) == tasks[1:]
    assert written(snapshot.with_labels(snapshot.labels.clear())) == [
        {"text": "a", "answer": "accept"}
    ]


def test_choices_keep_the_type_of_their_ids() -> None:
    task = {"text": "a", "options": OPTIONS, "accept": [1], "answer": "accept"}
    snapshot = with_label(read(task), kind="class", category="2")
    assert written(snapshot) == [{**task, "accept": [1, 2]}]


def test_corners_and_centre_move_with_a_box() -> None:
    task = {"image": "a.jpg", "width": 9, "height": 9, "spans": [RECT], "answer": "accept"}
    span = written(relabelled(read(task), 0, x=11.0))[0]["spans"][0]
    assert span == {
        **RECT,
        "x": 11.0,
        "points": [[11.0, 20], [11.0, 60], [41.5, 60], [41.5, 20]],
        "center": [26.25, 40],
    }


def test_a_span_between_tokens_has_none() -> None:
    snapshot = read(ner("Ann sang", entity(0, 3, 0, 0, "PERSON")))
    span = written(relabelled(snapshot, 0, end=2.0))[0]["spans"][0]
    assert span == {"start": 0, "end": 2, "label": "PERSON"}


def test_only_what_changed_is_rewritten() -> None:
    line = '{ "text":"a b" ,"spans" : [{"start":0,"end":1, "label":"\\u00c4"}],"_task_hash":1.50}'
    snapshot = scan(prodigy, line + "\r\n" + line.replace("a b", "c d"), NAME).read()
    (content,) = prodigy.write(relabelled(snapshot, 0, category="Ü"), {}).values()
    expected = line.replace("\\u00c4", "\\u00dc") + "\r\n" + line.replace("a b", "c d")
    assert content.decode() == expected


def test_labels_of_another_format_become_lines() -> None:
    snapshot = Snapshot(
        labels_frame(sample=["x", "y"], kind=["class", "box"], category=["NEWS", "car"],
                     unit=[None, "pixel"],
                     x=[None, 1.0], y=[None, 2.0], width=[None, 3.0], height=[None, 4.0]),
        samples_frame(sample=["x", "y"], text=["a text", None], width=[None, 8.0],
                      height=[None, 6.0]),
        categories_frame(["NEWS", "car"]),
        "other",
    )  # fmt: skip
    one, two = written(snapshot)
    assert one == {"text": "a text", "label": "NEWS", "answer": "accept"}
    assert two["image"] == "y" and two["spans"][0]["points"][2] == [4.0, 6.0]
    twice = replace(snapshot, samples=snapshot.samples.with_columns(text=pl.lit("a text")))
    with pytest.raises(LossError, match="another one has the same text"):
        written(twice)


def test_tasks_of_a_database_become_lines() -> None:
    tasks = [{"text": "ä", "answer": "accept"}, {"text": "b", "meta": {"n": 1.5}}]
    content = to_lines(tasks)
    assert (
        content == '{"text": "ä", "answer": "accept"}\n{"text": "b", "meta": {"n": 1.5}}\n'.encode()
    )
    assert scan(prodigy, content, NAME).read().samples["text"].to_list() == ["ä", "b"]


# Trouble


@pytest.mark.parametrize(
    "line,said",
    [
        ("[1]", "line 2: expected a task with text"),
        ('{"label": "x"}', "line 2: expected a task with text"),
        ('{"text": "a", "spans": 3}', "line 2, /spans: expected a list, found 3"),
        ('{"text": "a", "spans": [3]}', "/spans/0: expected an object"),
        ('{"text": "a", "spans": [{"start": 0}]}', "/spans/0/end: expected a number"),
        ('{"image": "a", "spans": [{"type": "rect"}]}', "/spans/0/x: expected a number"),
        ('{"image": "a", "spans": [{"points": [[1]]}]}', "/spans/0/points: expected a list"),
        ('{"image": "a", "spans": [{"type": "polygon"}]}', "/spans/0/points: expected a list"),
        ('{"text": "a", "accept": [[]]}', "/accept/0: expected the id of an option"),
        ('{"audio": "a", "audio_spans": [{"start": 0}]}', "/audio_spans/0/end: expected a number"),
        ('{"text": "a", "spans": [{"start": 0, "end": 1, "label": []}]}', "label: expected a name"),
        ('{"image": "data:image/png;base64,?"}', "/image: expected base64"),
        ('{"text": "a" "b"}', "line 2, column 14"),
    ],
)
def test_trouble_has_a_place(line: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        scan(prodigy, f'{{"text": "x"}}\n{line}\n', NAME).read()


@pytest.mark.parametrize(
    "columns,said",
    [
        ({"verdict": "absent"}, "verdict 'absent'"),
        ({"end": 2.5}, "a span from 0.0 to 2.5"),
        ({"unit": "token"}, "cannot hold unit"),
        ({"kind": "mask"}, "cannot hold kind"),
    ],
)
def test_what_no_line_says_is_refused(columns: dict[str, Any], said: str) -> None:
    snapshot = read(ner("Ann sang", entity(0, 3, 0, 0, "PERSON")))
    with pytest.raises(LossError, match=said):
        written(relabelled(snapshot, 0, **columns))


@pytest.mark.parametrize("depth", [900, 990, 5000])
def test_what_is_nested_endlessly_is_read_or_refused(depth: int) -> None:
    deep = "[" * depth + "]" * depth
    content = f'{{"text": "a", "label": "x", "answer": "accept", "meta": {deep}}}\n'
    try:
        snapshot = scan(prodigy, content, NAME).read()
    except ParseError as error:
        assert "endlessly nested brackets" in str(error)
    else:
        (edited,) = prodigy.write(relabelled(snapshot, 0, category="y"), {}).values()
        assert edited.decode() == content.replace('"x"', '"y"')


def test_lines_without_answers_are_not_claimed() -> None:
    for content in ('{"text": "a", "label": "b"}', '{"answer": "accept"}', "[]", ""):
        assert not prodigy.sniff(source(content, NAME))
