"""Character spans in JSON lines: what the contract does not ask."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.core.errors import LossError, ParseError, SettingNeeded
from labelvc.core.snapshot import labels_frame, samples_frame
from labelvc.formats import nemo, spans_jsonl, table
from labelvc.formats.source import disk_source
from tests.data import data
from tests.formats.row_files import changed, relabelled, scan, source, written

NAME = "spans.jsonl"


@pytest.mark.parametrize(
    "name,style,labels",
    [
        ("sequence_labeling", "doccano", 4),
        ("sequence_labeling_overlapping", "doccano", 2),
        ("relation_extraction", "doccano-relations", 4),
    ],
)
def test_exports_of_doccano(name: str, style: str, labels: int) -> None:
    given = disk_source(data(f"formats/doccano/{name}.jsonl"))
    settled = spans_jsonl.settle(given, {})
    assert spans_jsonl.sniff(given) and not table.sniff(given) and not nemo.sniff(given)
    assert settled["style"] == style
    assert spans_jsonl.scan(given, settled).read().check().labels.height == labels


@pytest.mark.parametrize("name", ["text_classification", "image_classification"])
def test_classes_of_doccano_are_a_table(name: str) -> None:
    given = disk_source(data(f"formats/doccano/{name}.jsonl"))
    assert table.sniff(given) and not spans_jsonl.sniff(given)


@pytest.mark.parametrize("name", ["annotations", "docs_issues_eval"])
def test_prodigy_is_none_of_these(name: str) -> None:
    given = disk_source(data(f"formats/prodigy/{name}.jsonl"))
    assert not table.sniff(given) and not spans_jsonl.sniff(given)


def test_ids_of_a_new_import_can_be_told_by_the_text() -> None:
    line = '{{"id": {}, "text": "{}", "label": [[0, 1, "X"]]}}\n'
    one = scan(spans_jsonl, line.format(1, "ab") + line.format(2, "cd"), NAME)
    two = scan(spans_jsonl, line.format(8, "ab") + line.format(9, "cd"), NAME)
    assert dict(one.sample_fields()) == {"id": ["1", "2"], "text": ["ab", "cd"]}
    assert one.comparable(two, "text")
    assert one.read() != two.read()
    assert one.read(key="text") == two.read(key="text")


def test_styles_do_not_mix() -> None:
    lines = '{"text": "ab", "entities": [[0, 1, "X"]]}\n{"text": "ab", "label": [[0, 1, "X"]]}\n'
    with pytest.raises(SettingNeeded, match="several styles: spacy, doccano"):
        scan(spans_jsonl, lines, NAME)


def test_unlabelled_lines_do_not_tell_the_style() -> None:
    with pytest.raises(SettingNeeded, match="no span that tells the style"):
        scan(spans_jsonl, '{"text": "ab", "entities": []}\n', NAME)


@pytest.mark.parametrize(
    "line,said",
    [
        ('{"text": "ab", "entities": [[0, 1, "X"], [0.5, 1, "X"]]}', "/entities/1/0: expected a c"),
        ('{"text": "ab", "entities": [[-1, 1, "X"]]}', "/entities/0/0: expected a count"),
        ('{"text": "ab", "entities": [[2, 1, "X"]]}', "/entities/0/1: expected an end at or after"),
        ('{"text": "ab", "entities": [[true, 1, "X"]]}', "/entities/0/0: expected a count"),
        ('{"text": "ab", "entities": [[0, 1]]}', r"/entities/0: expected \[start, end, label\]"),
        ('{"text": "ab", "entities": [[0, 1, null]]}', "/entities/0/2: expected a label name"),
        ('{"text": "ab", "entities": {}}', "/entities: expected a list of spans"),
        ('{"text": "ab", "cats": {"a": 2}}', "/cats/a: expected a number from 0 to 1"),
        ('{"text": 3}', "/text: expected"),
        ('["ab"]', "expected"),
        ('{"text": "ab", "entities": [}', "column 29: expected valid JSON"),
    ],
)
def test_trouble_has_a_line_and_a_pointer(line: str, said: str) -> None:
    first = '{"text": "x", "entities": [[0, 1, "X"]]}'
    with pytest.raises(ParseError, match=f"{NAME}: line 2.*{said}"):
        scan(spans_jsonl, f"{first}\n{line}\n", NAME, {"style": "spacy"}).read()


def test_a_repeated_id_is_told_with_both_lines() -> None:
    line = '{"id": 1, "text": "x", "label": [[0, 1, "X"]]}\n'
    with pytest.raises(ParseError, match="line 2, /id: expected an id of its own; line 1 has it"):
        scan(spans_jsonl, line * 2, NAME).read()


def test_only_the_changed_span_is_rewritten() -> None:
    line = '{"text" :"a\\u00e9c", "label":[ [0,1,"X"],  [1, 2, "Y"] ], "meta": {"n": 1.50}}\r\n'
    snapshot = scan(spans_jsonl, line + line.replace("X", "Z"), NAME).read()
    edited = relabelled(snapshot, 1, end=3.0, category="ü")
    expected = line.replace('[1, 2, "Y"]', '[1, 3, "\\u00fc"]') + line.replace("X", "Z")
    assert written(spans_jsonl, edited) == expected.encode()


def test_a_changed_entity_keeps_its_other_keys() -> None:
    content = (
        '{"id":3,"text":"ab","entities":[{"id":7,"label":"X","start_offset":0,"end_offset":1,'
        '"note":"n"},{"id":8,"label":"Y","start_offset":1,"end_offset":2}],"relations":[]}\n'
    )
    snapshot = scan(spans_jsonl, content, NAME).read()
    edited = relabelled(snapshot, 0, category="Z", attributes=None)
    expected = content.replace('"X"', '"Z"').replace(',"note":"n"', "")
    assert written(spans_jsonl, edited) == expected.encode()
    without = snapshot.with_labels(snapshot.labels.filter(pl.col("id") == "8"))
    assert json.loads(written(spans_jsonl, without))["entities"][0]["id"] == 8


def test_spans_are_added_and_taken_out_in_the_spacing_of_the_line() -> None:
    line = '["abc {", {"entities": [[0,1,"X"] , [1,2,"Y"]], "k": "x"}]\n'
    snapshot = scan(spans_jsonl, line, NAME).read()
    without = snapshot.with_labels(snapshot.labels.filter(pl.col("category") == "Y"))
    assert written(spans_jsonl, without) == line.replace('[0,1,"X"] , ', "").encode()
    new = relabelled(snapshot, 0, start=2.0, end=3.0, record=None).labels.head(1)
    more = snapshot.with_labels(
        pl.concat([snapshot.labels, new.with_columns(key=pl.lit(9, pl.Int64))])
    )
    (_, said) = json.loads(written(spans_jsonl, more))
    assert said == {"entities": [[0, 1, "X"], [1, 2, "Y"], [2, 3, "X"]], "k": "x"}


def test_texts_categories_and_attributes_are_rewritten() -> None:
    content = '{"text": "ab", "entities": [], "cats": {"a": 1.0, "b": 0}, "k": 1}\n'
    snapshot = scan(spans_jsonl, content, NAME, {"style": "spacy"}).read()
    edited = replace(
        relabelled(snapshot, 1, verdict="present", confidence=0.5),
        samples=changed(snapshot.samples, 0, {"attributes": '{"j":2}'}),
    )
    expected = b'{"text": "ab", "entities": [], "cats": {"a": 1.0, "b": 0.5}, "j": 2}\n'
    assert written(spans_jsonl, edited) == expected


@pytest.mark.parametrize("style", ["spacy", "spacy-tuple", "doccano", "doccano-relations"])
def test_labels_from_elsewhere(style: str) -> None:
    labels = labels_frame(
        sample=["a", "b"], kind=["span"] * 2, category=["X", "Y"], start=[0, 1], end=[1, 2],
        unit=["character"] * 2,
    )  # fmt: skip
    snapshot = replace(
        scan(spans_jsonl, "", NAME, {"style": style}).read(),
        labels=labels,
        samples=samples_frame(sample=["a", "b"], text=["ab", "😀b"]),
        documents={},
    )
    if style == "spacy-tuple":  # has no place for ids
        with pytest.raises(LossError):
            spans_jsonl.write(snapshot, {"style": style})
        return
    (content,) = spans_jsonl.write(snapshot, {"style": style}).values()
    assert scan(spans_jsonl, content, NAME).read().labels.select("sample", "start").rows() == [
        ("a", 0.0),
        ("b", 1.0),
    ]


def test_boxes_and_half_characters_are_refused() -> None:
    snapshot = scan(spans_jsonl, '{"text": "ab", "label": [[0, 1, "X"]]}\n', NAME).read()
    for columns in ({"kind": "box"}, {"start": 0.5}):
        with pytest.raises(LossError, match="only spans of whole characters"):
            written(spans_jsonl, relabelled(snapshot, 0, **columns))


texts = st.text(st.characters(codec="utf-8"), max_size=8)
triples = st.lists(
    st.tuples(st.integers(0, 5), st.integers(5, 9), st.sampled_from(["X", "é", '"'])), max_size=4
)


def line(style: str, number: int, text: str, spans: list[Any]) -> Any:
    if style == "spacy-tuple":
        return [text, {"entities": spans}]
    if style == "doccano-relations":
        entities = [
            {"id": n, "label": label, "start_offset": start, "end_offset": end}
            for n, (start, end, label) in enumerate(spans)
        ]
        return {"id": number, "text": text, "entities": entities, "relations": []}
    key = "entities" if style == "spacy" else "label"
    return {"text": text, key: spans, "meta": {"n": number}}


@settings(deadline=None, max_examples=60)
@given(
    style=st.sampled_from(spans_jsonl.STYLES),
    samples=st.lists(st.tuples(texts, triples), max_size=5),
    escaped=st.booleans(),
    data=st.data(),
)
def test_any_file_survives_an_edit(
    style: str, samples: list[tuple[str, Any]], escaped: bool, data: st.DataObject
) -> None:
    content = "".join(
        json.dumps(line(style, number, text, spans), ensure_ascii=escaped) + "\n"
        for number, (text, spans) in enumerate(samples)
    ).encode()
    snapshot = scan(spans_jsonl, content, NAME, {"style": style}).read().check()
    assert written(spans_jsonl, snapshot) == content
    if not snapshot.labels.height:
        return
    row = data.draw(st.integers(0, snapshot.labels.height - 1))
    if data.draw(st.booleans()):
        category = data.draw(st.sampled_from(["new", "ü", "a\nb"]))
        edited = relabelled(snapshot, row, category=category, start=0.0)
    else:
        key = snapshot.labels["key"][row]
        edited = snapshot.with_labels(snapshot.labels.filter(pl.col("key") != key))
    now = written(spans_jsonl, edited)
    found = scan(spans_jsonl, now, NAME, {"style": style}).read()
    assert replace(found, categories=edited.categories) == edited
    touched = snapshot.labels["record"][row]
    old, new = content.splitlines(), now.splitlines()
    assert [one for number, one in enumerate(old) if number != touched] == [
        one for number, one in enumerate(new) if number != touched
    ]


def test_unknown_styles_are_refused() -> None:
    with pytest.raises(SettingNeeded, match="unknown style 'prodigy'"):
        spans_jsonl.settle(source("", NAME), {"style": "prodigy"})
