"""Tables of tokens: what the contract does not ask."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from labelvc.core.errors import LossError, ParseError, SettingNeeded
from labelvc.core.snapshot import Snapshot, labels_frame, samples_frame
from labelvc.formats import registry, table, tokentable
from labelvc.formats.comparing import compare
from labelvc.formats.merging import Merging, merge_sources
from labelvc.formats.pair import Wanted
from labelvc.formats.source import MemoryBlob, Source, disk_source
from tests.data import data
from tests.formats.row_files import relabelled, scan, source
from tests.formats.tokentable_cases import HEADER

NAME = "a.nlp"
ROWS = [f"w{at}|0||||LC|[]\n" for at in range(40)]
OLD = "earnings/e21_2022-05-13_edd2824"
NEW = "earnings/e21_2022-06-29_8e284be_changed_files_only"


def write(snapshot: Snapshot, content: str) -> str:
    settings = tokentable.settle(source(content, NAME), {})
    (found,) = tokentable.write(snapshot, settings).values()
    return found.decode()


def found(before: str, after: str) -> dict[str, int]:
    compared = compare(
        source(before, NAME), source(after, NAME), name="t", path="t", wanted=Wanted()
    )
    names = ("added", "removed", "edited", "attributes", "relabelled", "retimed", "moved")
    return {name: compared.counts[name] for name in names if compared.counts[name]}


def test_corrected_transcripts_of_earnings_calls() -> None:
    before, after = disk_source(data(OLD)), disk_source(data(NEW))
    assert registry.sniff(before) is tokentable
    compared = compare(before, after, name="calls", path="calls", wanted=Wanted())
    assert compared.counts["edited"] == 32 and compared.counts["removed"] == 1
    assert compared.counts["added"] == compared.counts["retimed"] == 0
    assert (compared.before.labels, compared.after.labels) == (83_874, 83_873)
    assert set(compared.changes["sample"]) <= set(compared.texts)


def test_real_transcripts_are_written_as_they_were() -> None:
    given = disk_source(data(OLD))
    settings = tokentable.settle(given, {})
    snapshot = tokentable.scan(given, settings).read().check()
    assert dict(tokentable.write(snapshot, settings)) == {
        path: blob.read() for path, blob in given.files.items()
    }


def test_a_token_put_in_or_taken_out_leaves_the_others_alone() -> None:
    before = HEADER + "".join(ROWS)
    inserted = HEADER + "".join([*ROWS[:3], "new|0||||LC|[]\n", *ROWS[3:]])
    assert found(before, inserted) == {"added": 1}
    assert found(inserted, before) == {"removed": 1}
    both = HEADER + "".join([*ROWS[:3], *ROWS[4:20], "x|0||||UC|[]\n", *ROWS[20:]])
    assert found(before, both) == {"added": 1, "removed": 1}


def test_a_cell_that_changes_is_an_attribute_of_its_token() -> None:
    before = HEADER + "".join(ROWS)
    assert found(before, before.replace("w7|0", "w7|1")) == {"attributes": 1}


def test_one_row_is_rewritten() -> None:
    content = (HEADER + "".join(ROWS)).replace("\n", "\r\n")
    snapshot = scan(tokentable, content, NAME).read()
    edited = relabelled(snapshot, 5, text="five", attributes='{"case":"UC","speaker":"0"}')
    assert write(edited, content) == content.replace("w5|0||||LC|[]", "five|0||||UC|")


def test_tokens_come_and_go_where_they_start() -> None:
    content = HEADER + "".join(ROWS[:3])
    snapshot = scan(tokentable, content, NAME).read()
    row = snapshot.labels.row(0, named=True) | {"key": 9, "record": None, "start": 0.5}
    row |= {"text": "new", "attributes": '{"tags":"[1]"}'}
    more = pl.concat([snapshot.labels[1:], pl.DataFrame([row], schema=snapshot.labels.schema)])
    expected = HEADER + "new||||||[1]\n" + "".join(ROWS[1:3])
    assert write(snapshot.with_labels(more), content) == expected


def test_two_people_correct_one_transcript() -> None:
    def folder(rows: list[str]) -> Source:
        content = (HEADER + "".join(rows)).encode()
        return Source("calls", {"x/a.nlp": MemoryBlob(content)}, is_folder=True)

    ours, theirs = [*ROWS], [*ROWS]
    ours[3] = ours[3].replace("w3", "three")
    theirs[30] = "thirty|1||||LC|[]\n"
    del theirs[10]
    merged = merge_sources(
        folder(ROWS), folder(ours), folder(theirs), "tokentable", Merging(Wanted())
    )
    both = [*ours]
    both[30] = theirs[29]
    del both[10]
    assert merged.written["x/a.nlp"].decode() == HEADER + "".join(both)
    assert not merged.conflicts


def test_a_new_document_gets_the_columns_of_its_neighbours() -> None:
    files = {"x/a.nlp": MemoryBlob((HEADER + ROWS[0]).encode()), "note.txt": MemoryBlob(b"!")}
    given = Source("calls", files, is_folder=True)
    settings = tokentable.settle(given, {})
    snapshot = tokentable.scan(given, settings).read()
    labels = labels_frame(
        sample=["x/b"], kind=["token"], text=["Hi"], start=[0], end=[1], unit=["token"], key=[7]
    )
    edited = replace(
        snapshot,
        labels=pl.concat([snapshot.labels, labels]),
        samples=pl.concat([snapshot.samples, samples_frame(sample=["x/b"], text=["Hi"])]),
    )
    written = dict(tokentable.write(edited, settings))
    assert written["x/b.nlp"].decode() == HEADER + "Hi||||||\n"
    assert set(written) == {"x/a.nlp", "x/b.nlp", "note.txt"}


@pytest.mark.parametrize(
    "content,said",
    [
        (HEADER + "a|0\n", "line 2: expected 7 cells, found 2"),
        (HEADER + ROWS[0] + "\n\na|0\n", "line 5: expected 7 cells"),
        (HEADER + "a|0||||LC|\xff\n", "line 2: expected UTF-8 text, found the byte 0xff"),
        ("token|x|x\na|b|c\n", "line 1: expected a name once, found 'x' twice"),
        ("token|x\na|\0\n", "line 2: expected UTF-8 text, found a NUL byte"),
    ],
)
def test_trouble_has_a_place(content: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        scan(tokentable, content.encode("latin-1"), NAME).read()


def test_columns_that_nobody_can_tell_are_asked_for() -> None:
    with pytest.raises(SettingNeeded, match="which column holds the tokens"):
        scan(tokentable, "a|b\n1|2\n", NAME)
    with pytest.raises(SettingNeeded, match="unknown delimiter '#'"):
        scan(tokentable, "token|b\n1|2\n", NAME, {"delimiter": "#"})
    with pytest.raises(ParseError, match="expected a column 'tag'"):
        scan(tokentable, "token|b\n1|2\n", NAME, {"label": "tag"})
    assert tokentable.sniff(source("token,tag\na,b\n", "x.csv")) is None
    assert registry.sniff(source("id,token,label\n1,a,b\n", "x.csv")) is table


@pytest.mark.parametrize(
    "columns,said",
    [
        ({"text": "a|b"}, "cannot hold 'a|b'"),
        ({"attributes": '{"speaker":"a\\nb"}'}, r"cannot hold 'a\\nb'"),
        ({"attributes": '{"other":"x"}'}, "no column 'other'"),
        ({"category": "X"}, "no column holds categories"),
        ({"start": None}, "a token without a text or a place"),
        ({"kind": "span"}, "cannot hold kind 'span'"),
    ],
)
def test_what_cells_cannot_hold_is_refused(columns: dict[str, object], said: str) -> None:
    content = HEADER + "".join(ROWS[:3])
    snapshot = scan(tokentable, content, NAME).read()
    with pytest.raises(LossError, match=said.replace("|", r"\|")):
        write(relabelled(snapshot, 0, **columns), content)
