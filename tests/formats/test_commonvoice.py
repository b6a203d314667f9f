"""Common Voice tables: what the contract does not ask."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import Snapshot, labels_frame, samples_frame
from labelvc.formats import commonvoice, registry, table
from labelvc.formats.comparing import compare
from labelvc.formats.merging import Merging, merge_sources
from labelvc.formats.pair import Wanted, read_pair
from labelvc.formats.source import disk_source
from tests.data import data
from tests.formats.commonvoice_cases import CASES, OLD
from tests.formats.folder_laws import edited, folder, read
from tests.formats.row_files import relabelled, scan, source, written

RELEASE = dict(CASES[3].files)


def of(snapshot: Snapshot, sample: str) -> dict[str, Any]:
    """Split and attributes of a clip."""
    (row,) = snapshot.samples.filter(pl.col("sample") == sample).to_dicts()
    return {"split": row["split"], **json.loads(row["attributes"] or "{}")}


def moved(snapshot: Snapshot, sample: str, split: str, status: str | None = None) -> Snapshot:
    here = pl.col("sample") == sample
    attributes = None if status is None else json.dumps({"status": status})
    columns = {"split": split, "attributes": attributes}
    return replace(
        snapshot,
        samples=snapshot.samples.with_columns(
            pl.when(here).then(pl.lit(value, pl.String)).otherwise(pl.col(name)).alias(name)
            for name, value in columns.items()
        ),
    )


def changes(snapshot: Snapshot, files: Mapping[str, bytes] = RELEASE) -> dict[str, bytes]:
    """The files that are not what they were."""
    new = commonvoice.write(snapshot, {})
    assert set(new) >= set(files)
    return {path: content for path, content in new.items() if content != files.get(path)}


def test_the_corpus_of_artie() -> None:
    given = disk_source(data("artie_bias/data/artie-bias-corpus.tsv"))
    assert registry.sniff(given) is commonvoice and not table.sniff(given)
    snapshot = commonvoice.scan(given, {}).read().check()
    with open(data("artie_bias/data/artie-bias-corpus.tsv"), encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert snapshot.labels.select("sample", "text").rows() == [
        (row["path"], row["sentence"]) for row in rows
    ]
    assert json.loads(snapshot.labels["attributes"][0])["age"] == rows[0]["age"]
    assert dict(commonvoice.write(snapshot, {})) == {
        "artie-bias-corpus.tsv": given.only()[1].read()
    }


def test_one_sentence_of_artie_was_edited() -> None:
    one, two = (
        disk_source(data(f"artie_bias/corpus_2019-{version}.tsv"))
        for version in ("12-06_0333f62", "12-09_1574c23")
    )
    found = compare(one, two, name="set", path="set", wanted=Wanted())
    assert found.format == "commonvoice"
    assert {kind: count for kind, count in found.counts.items() if count} == {
        "changed": 1,
        "edited": 1,
    }


def test_it_reads_what_a_table_without_quoting_reads() -> None:
    content = CASES[0].files["train.tsv"]
    mine = scan(commonvoice, content, "train.tsv").read()
    theirs = scan(table, content, "train.tsv").read()
    assert mine == theirs


def test_the_table_is_the_split() -> None:
    snapshot = read(commonvoice, RELEASE)
    assert {name: of(snapshot, f"{name}.mp3") for name in "abcde"} == {
        "a": {"split": "train", "status": "validated"},
        "b": {"split": "dev", "status": "validated"},
        "c": {"split": "validated"},
        "d": {"split": "invalidated"},
        "e": {"split": "other"},
    }


def test_a_clip_that_moves_is_a_change_of_its_split_alone() -> None:
    row = b"w\tc.mp3\tThree.\t2\t0\t\t\t\n"
    after = RELEASE | {
        "validated.tsv": RELEASE["validated.tsv"].replace(row, b""),
        "invalidated.tsv": RELEASE["invalidated.tsv"] + row,
    }
    found = compare(folder(RELEASE), folder(after), name="set", path="set", wanted=Wanted())
    assert {kind: count for kind, count in found.counts.items() if count} == {"samples_resplit": 1}
    pair = read_pair(
        folder(RELEASE), folder(after), commonvoice, wanted=Wanted(), known=(None, None)
    )
    assert pair.before.rest.samples["sample"].to_list() == ["c.mp3"]
    assert changes(moved(read(commonvoice, RELEASE), "c.mp3", "invalidated")) == {
        name: after[name] for name in ("validated.tsv", "invalidated.tsv")
    }


def test_a_sentence_is_edited_in_every_table_of_its_clip() -> None:
    snapshot = read(commonvoice, RELEASE)
    assert snapshot.labels["sample"][4] == "a.mp3"
    assert changes(edited(snapshot, 4, text="Eins.")) == {
        name: RELEASE[name].replace(b"One.", b"Eins.") for name in ("train.tsv", "validated.tsv")
    }
    assert snapshot.labels["text"][0] == "Two."
    assert changes(edited(snapshot, 0, text="Zwei.")) == {
        "dev.tsv": RELEASE["dev.tsv"].replace(b"Two.", b"Zwei.")
    }


def test_a_clip_comes_into_a_split_that_had_no_table() -> None:
    snapshot = read(commonvoice, RELEASE)
    more = moved(snapshot, "c.mp3", "extra", "validated")
    assert changes(more) == {"extra.tsv": f"{OLD}w\tc.mp3\tThree.\t2\t0\t\t\t\n".encode()}
    twice = moved(snapshot, "c.mp3", "dev+test", "other+validated")
    row = b"w\tc.mp3\tThree.\t2\t0\t\t\t\n"
    assert changes(twice) == {
        "dev.tsv": RELEASE["dev.tsv"] + b"\n" + row,
        "test.tsv": RELEASE["test.tsv"] + row,
        "other.tsv": RELEASE["other.tsv"] + row,
    }


def test_cells_and_rows_are_rewritten_where_they_stand() -> None:
    content = b"client_id\tpath\tsentence\tage\r\nu\ta\tA \xc3\xa4\t\r\n\r\nv\tb\tB\tteens"
    snapshot = scan(commonvoice, content, "t.tsv").read()
    assert written(commonvoice, relabelled(snapshot, 1, text='"C"')) == content.replace(
        b"\tB\t", b'\t"C"\t'
    )
    assert written(commonvoice, relabelled(snapshot, 0, text="X")) == content.replace(
        b"A \xc3\xa4", b"X"
    )
    bare = snapshot.with_labels(snapshot.labels.head(1))
    samples = bare.samples.filter(pl.col("sample") == "a")
    gone = written(commonvoice, replace(bare, samples=samples))
    assert gone == content[: content.index(b"v\t")]


def test_a_column_that_only_theirs_added_is_taken() -> None:
    base = b"client_id\tpath\tsentence\nu\ta\tA\nu\tb\tB\n"
    ours = base.replace(b"\tA", b"\tAA")
    theirs = b"client_id\tpath\tsentence\tlocale\nu\ta\tA\tde\nu\tb\tB\ten\n"
    versions = (source(content, "t.tsv") for content in (base, ours, theirs))
    merged = merge_sources(*versions, "commonvoice", Merging(Wanted("commonvoice")))
    assert not merged.conflicts
    assert merged.written == {"t.tsv": theirs.replace(b"\tA\t", b"\tAA\t")}


def test_two_sides_move_and_edit_one_clip() -> None:
    row = b"w\tc.mp3\tThree.\t2\t0\t\t\t\n"
    ours = RELEASE | {"validated.tsv": RELEASE["validated.tsv"].replace(b"Three", b"Drei")}
    theirs = RELEASE | {
        "validated.tsv": RELEASE["validated.tsv"].replace(row, b""),
        "invalidated.tsv": RELEASE["invalidated.tsv"] + row,
    }
    how = Merging(Wanted("commonvoice"))
    merged = merge_sources(*map(folder, (RELEASE, ours, theirs)), "commonvoice", how)
    assert not merged.conflicts
    files = {path: blob.read() for path, blob in merged.kept.items()} | dict(merged.written)
    assert files == theirs | {
        "invalidated.tsv": theirs["invalidated.tsv"].replace(b"Three", b"Drei")
    }


def test_transcripts_from_elsewhere_get_the_usual_columns() -> None:
    snapshot = Snapshot(
        labels=labels_frame(
            sample=["a.mp3"], kind=["text"], text=["A"], attributes=['{"locale":"de","age":"x"}']
        ),
        samples=samples_frame(sample=["a.mp3"], path=["a.mp3"]),
        format="table",
    )
    assert dict(commonvoice.write(snapshot, {})) == {
        "clips.tsv": b"client_id\tpath\tsentence\tage\tlocale\n\ta.mp3\tA\tx\tde\n"
    }
    split = replace(snapshot, samples=snapshot.samples.with_columns(split=pl.lit("test")))
    assert list(commonvoice.write(split, {})) == ["test.tsv"]


def test_it_refuses_what_it_cannot_hold() -> None:
    snapshot = read(commonvoice, RELEASE)

    def refused(snapshot: Snapshot, why: str) -> None:
        with pytest.raises(LossError, match=why):
            commonvoice.write(snapshot, {})

    refused(edited(snapshot, 0, text="a\tb"), "column 'sentence' cannot hold 'a\\\\tb'")
    refused(edited(snapshot, 4, attributes='{"mood":"x"}'), "there is no column 'mood'")
    refused(edited(snapshot, 4, attributes='{"age":3}'), "column 'age' cannot hold 3")
    refused(edited(snapshot, 0, kind="class"), "cannot hold kind 'class'")
    refused(edited(snapshot, 5, sample="a.mp3"), "one sentence a clip")
    refused(moved(snapshot, "c.mp3", "../x"), "cannot be the name of a file")
    nowhere = snapshot.samples.with_columns(split=pl.lit(None, pl.String))
    refused(replace(snapshot, samples=nowhere), "the split is the table, and this clip has none")


@pytest.mark.parametrize(
    "content,said",
    [
        (b"u\ta\n", "line 2: expected 3 cells with tabs between, found 2"),
        (b"u\ta\tA\nu\t\tB\n", "line 3: expected the name of a clip in column 'path', found"),
        (b"u\ta\tA\nu\tb\t\xff\n", "line 3, byte 5: expected UTF-8 text"),
        (b"u\ta\t\0\n", "line 2: expected UTF-8 text, found a NUL byte"),
    ],
)
def test_trouble_has_a_place(content: bytes, said: str) -> None:
    head = b"client_id\tpath\tsentence\n"
    with pytest.raises(ParseError, match=f"t.tsv: {said}"):
        scan(commonvoice, head + content, "t.tsv")
    with pytest.raises(ParseError, match=f"set/train.tsv: {said}"):
        read(commonvoice, {"train.tsv": head + content})


def test_a_table_without_sentences_or_with_a_plus_in_its_name_is_refused() -> None:
    with pytest.raises(ParseError, match="expected the columns client_id, path and sentence"):
        scan(commonvoice, b"client_id\tpath\n", "t.tsv")
    with pytest.raises(ParseError, match=r"set/a\+b.tsv: expected the name of a split"):
        read(commonvoice, {"a+b.tsv": OLD.encode()})
