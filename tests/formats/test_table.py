"""Classification tables: what the contract does not ask."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.core.errors import LossError, ParseError, SettingNeeded
from labelvc.core.snapshot import Snapshot, labels_frame, samples_frame
from labelvc.formats import table
from labelvc.formats.source import disk_source
from tests.data import data
from tests.formats.row_files import changed, relabelled, scan, source, written

# Reading


@pytest.mark.parametrize("name,relabels", [("mnist", 10), ("cifar10", 18), ("20news", 22)])
def test_corrected_label_errors(name: str, relabels: int) -> None:
    folder = data("cleanlab_label_errors/derived")
    read = []
    for version in ("original", "corrected"):
        given = disk_source(folder / f"{name}_{version}.csv")
        read.append(table.scan(given, table.settle(given, {})))
    one, two = (each.read().check().labels for each in read)
    assert not read[0].comparable(read[1], None)
    assert one["sample"].equals(two["sample"])
    assert (one["category"] != two["category"]).sum() == relabels
    statuses = two["attributes"].drop_nulls()
    assert len(statuses) and all("mturk_status" in status for status in statuses)


@pytest.mark.parametrize("name,rows", [("train", 10_003), ("test", 3_080)])
def test_banking77(name: str, rows: int) -> None:
    path = data(f"banking77/banking_data/{name}.csv")
    given = disk_source(path)
    settled = table.settle(given, {})
    snapshot = table.scan(given, settled).read().check()
    tally = snapshot.tally()
    assert (tally.samples, tally.labels, len(tally.categories)) == (rows, rows, 77)
    assert table.write(snapshot, settled) == {path.name: path.read_bytes()}


def test_transcripts_of_a_common_voice_table() -> None:
    texts = []
    for version in ("12-06_0333f62", "12-09_1574c23"):
        given = disk_source(data(f"artie_bias/corpus_2019-{version}.tsv"))
        labels = table.scan(given, table.settle(given, {})).read().check().labels
        assert set(labels["kind"]) == {"text"}
        texts.append(dict(labels.select("sample", "text").iter_rows()))
    one, two = texts
    assert len(one) == 1712 and one.keys() == two.keys()
    assert sum(one[sample] != two[sample] for sample in one) == 1


def test_every_csv_of_other_tools_is_read_or_asked_about() -> None:
    found = sorted(data("formats").rglob("*.csv"))
    assert found
    for path in found:
        given = disk_source(path)
        try:
            table.scan(given, table.settle(given, {})).read().check()
        except (SettingNeeded, ParseError) as error:
            assert error.message


def test_boxes_are_no_classes() -> None:
    assert table.sniff(disk_source(data("bccd/test.csv"))) is None


def test_rows_of_a_sample_that_only_seems_gone() -> None:
    found = scan(table, "id,label\na,x\na,y\nb,x\n", "t.csv")
    assert set(found.elsewhere({"a", "b"}, {"labels": [1, 2]})) == {"a"}


def test_another_column_can_identify_samples() -> None:
    found = scan(table, "id,path,text,label\n1,a.png,hi,x\n2,b.png,hi,y\n", "t.csv")
    assert dict(found.sample_fields()) == {
        "id": ["1", "2"],
        "path": ["a.png", "b.png"],
        "text": ["hi", "hi"],
    }
    assert found.read(key="path").samples["sample"].to_list() == ["a.png", "b.png"]
    texts = found.read(key="text").samples["sample"].to_list()
    assert texts[1] == f"{texts[0]}#2"


# What cannot be told


@pytest.mark.parametrize(
    "content,asked",
    [
        ("a,b\nx,y\n", "which column holds the labels"),
        ("id,intent,target\n1,a,b\n", "several columns could be `label`: intent, target"),
        ("x,label\n1,y\n", "nothing here identifies the rows"),
        ("id,label;x\n1,y;z\n", "several delimiters"),
    ],
)
def test_questions(content: str, asked: str) -> None:
    with pytest.raises(SettingNeeded, match=asked):
        scan(table, content, "t.csv")


def test_a_setting_that_names_no_column() -> None:
    with pytest.raises(SettingNeeded, match="no column 'klass'"):
        scan(table, "id,label\n1,x\n", "t.csv", {"label": "klass"})


def test_a_column_that_went_away() -> None:
    settled = table.settle(source("id,label\n1,x\n", "t.csv"), {})
    with pytest.raises(ParseError, match="expected a column 'label', found the columns id, klass"):
        table.scan(source("id,klass\n1,x\n", "t.csv"), settled)


# Bad input


@pytest.mark.parametrize(
    "content,said",
    [
        (b"id,label\n1,x\n2,y,z\n", "t.csv: line 3: expected 2 cells, found 3"),
        (b"id,label\n1,x\n\n2\n", "t.csv: line 4: expected 2 cells, found 1"),
        (b'id,label\n"1\n2",x\n3\n', "t.csv: line 4: expected 2 cells, found 1"),
        (b"id,label\n1,x\n2,\xe9\n", "t.csv: line 3, byte 3: expected UTF-8 text, found .*0xe9"),
        (b"id,label\n1,x\n2,\0\n", "t.csv: line 3: expected UTF-8 text, found a NUL byte"),
        (b'id,label\n1,x\n"2\n",y\n3,"z\n4,u\n', "t.csv: line 5: expected a quote that closes"),
        (b'id,label\n1,x\n2,"y"z\n', "t.csv: line 3: expected a delimiter after the closing quote"),
        (b"id,label\n1,x\n,y\n", "t.csv: line 3: expected a value in column 'id', found none"),
        (b"id,label,text\n1,x,a\n1,y,b\n", "t.csv: line 3: expected the text of sample '1' as be"),
        (b"id,label,confidence\n1,x,high\n", "t.csv: line 2: expected a finite number"),
        (b"", "t.csv: line 1: expected a header, found an empty file"),
    ],
)
def test_trouble_in_csv_has_a_place(content: bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        scan(table, content, "t.csv").read()


@pytest.mark.parametrize(
    "line,said",
    [
        ('{"id": 2, "label": }', "line 2, column 20: expected valid JSON"),
        ('{"id": 2, "label": "x"', "line 2, column 23: expected valid JSON"),
        ("[1]", "line 2: expected a JSON object, found"),
        ('{"id": 2, "label": [["x"]]}', "line 2, /label: expected a category name"),
        ('{"id": [2], "label": "x"}', "line 2, /id: expected text as id"),
        ('{"label": "x"}', "line 2: expected a value in column 'id'"),
    ],
)
def test_trouble_in_json_lines_has_a_place(line: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        scan(table, f'{{"id": 1, "label": "x"}}\n{line}\n', "t.jsonl").read()


# Writing


def test_only_the_changed_cell_is_rewritten() -> None:
    content = b'\xef\xbb\xbf"id";label;n\r\n"1";"a";01.50\r\n2;b;"q""q"\r\n3;c;'
    snapshot = scan(table, content, "t.csv").read()
    edited = relabelled(relabelled(snapshot, 0, category='x;"y"'), 1, category="z")
    now = written(table, edited)
    assert now == content.replace(b'"a"', b'"x;""y"""').replace(b"2;b", b"2;z")


def test_rows_are_removed_and_added_in_the_dialect_of_the_file() -> None:
    snapshot = scan(table, b'"id"\t"label"\r\n"1"\t"a"\r\n"2"\t"b"', "t.tsv").read()
    both = replace(
        snapshot,
        labels=labels_frame(
            sample=["2", "é"], kind=["class"] * 2, category=["b", "c"], record=[1, None]
        ),
        samples=samples_frame(sample=["2", "é"], record=[1, None]),
    )
    assert written(table, both) == '"id"\t"label"\r\n"2"\t"b"\r\n"é"\t"c"\r\n'.encode()


def test_json_values_keep_their_type_and_spelling() -> None:
    content = '{"id":1,"label":3,"w":1.50}\n{ "id": 2, "label": ["a"], "n": "\\u00e9" }\n'
    snapshot = scan(table, content, "t.jsonl").read()
    edited = relabelled(relabelled(snapshot, 0, category="4"), 1, category="ü")
    expected = content.replace('"label":3', '"label":4').replace('"a"', '"\\u00fc"')
    assert written(table, edited) == expected.encode()


def test_parquet_keeps_its_types() -> None:
    frame = pl.DataFrame({"id": [1, 2], "label": ["a", "b"], "seen": ["2024-01-02", None]})
    frame = frame.with_columns(pl.col("seen").str.to_date(), blob=pl.lit(b"\xff"))
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    snapshot = scan(table, buffer.getvalue(), "t.parquet").read()
    assert written(table, snapshot) == buffer.getvalue()
    edited = relabelled(snapshot, 0, category="c")
    found = pl.read_parquet(io.BytesIO(written(table, edited)))
    assert found.equals(frame.with_columns(label=pl.Series(["c", "b"])))


def test_what_no_column_holds_is_refused() -> None:
    snapshot = scan(table, "id,label\n1,a\n", "t.csv").read()
    with pytest.raises(LossError, match="no column 'note'"):
        written(table, relabelled(snapshot, 0, attributes='{"note":"x"}'))
    with pytest.raises(LossError, match=r"confidence 0\.5"):
        written(table, relabelled(snapshot, 0, confidence=0.5))


def test_quotes_that_are_plain_text_cannot_hold_a_delimiter() -> None:
    snapshot = scan(table, 'id\tlabel\n1\t"a\n', "t.tsv").read()
    assert snapshot.labels["category"][0] == '"a'
    with pytest.raises(LossError, match="cannot quote"):
        written(table, relabelled(snapshot, 0, category="a\tb"))


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=4)


@st.composite
def csv_files(draw: st.DrawFn) -> bytes:
    rows = draw(st.lists(st.tuples(names, cells, cells), max_size=8))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    if quoting == csv.QUOTE_MINIMAL:  # Python < 3.13 forgets to quote carriage returns
        rows = [tuple(cell.replace("\r", "") or "x" for cell in row) for row in rows]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=newline, quoting=quoting)
    writer.writerows([("id", "label", "note"), *rows])
    text = out.getvalue()
    if draw(st.booleans()):
        text = text[: -len(newline)]
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode()


SETTLED = {"id": "id", "label": "label", "delimiter": ",", "quoting": "minimal", "header": "yes"}


@settings(deadline=None, max_examples=60)
@given(content=csv_files(), data=st.data())
def test_any_table_survives_an_edit(content: bytes, data: st.DataObject) -> None:
    try:
        snapshot = scan(table, content, "t.csv", SETTLED).read().check()
    except ParseError as error:
        assert "as before" in str(error)  # rows of one id that contradict each other
        return
    assert written(table, snapshot) == content
    edited = draw_edit(snapshot, data)
    try:
        now = written(table, edited)
    except LossError:
        return
    found = scan(table, now, "t.csv", SETTLED).read()
    expected = edited.labels.select("sample", "category", "attributes").rows()
    assert sorted(
        found.labels.select("sample", "category", "attributes").rows(), key=str
    ) == sorted(expected, key=str)
    assert set(found.samples["sample"]) == set(edited.samples["sample"])
    same = snapshot.labels.join(edited.labels, on=["key", "sample", "category"], how="inner")
    for record in same["record"]:
        assert snapshot.records[record].rstrip(b"\r\n") in now


def draw_edit(snapshot: Snapshot, data: st.DataObject) -> Snapshot:
    if not snapshot.labels.height:
        return snapshot
    row = data.draw(st.integers(0, snapshot.labels.height - 1))
    match data.draw(st.sampled_from(["relabel", "remove", "drop"])):
        case "relabel":
            return relabelled(snapshot, row, category=data.draw(names))
        case "remove":
            key = snapshot.labels["key"][row]
            return snapshot.with_labels(snapshot.labels.filter(pl.col("key") != key))
        case _:
            sample = snapshot.labels["sample"][row]
            return replace(
                snapshot,
                labels=snapshot.labels.filter(pl.col("sample") != sample),
                samples=snapshot.samples.filter(pl.col("sample") != sample),
            )


def test_a_renamed_sample_is_written_into_its_row() -> None:
    snapshot = scan(table, 'id,label,text\n1,a,"x,y"\n2,b,z\n', "t.csv").read()
    edited = replace(
        relabelled(snapshot, 0, sample="9"), samples=changed(snapshot.samples, 0, {"sample": "9"})
    )
    assert written(table, edited) == b'id,label,text\n9,a,"x,y"\n2,b,z\n'
