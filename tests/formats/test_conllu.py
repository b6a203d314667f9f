"""CoNLL-U: comments and rows, edits in place, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelvc.core.errors import LabelvcError, LossError, ParseError
from labelvc.core.snapshot import Snapshot, attributes_json, labels_frame, samples_frame
from labelvc.formats import conllu
from labelvc.formats.source import MemoryBlob, Source
from tests.formats.conllu_cases import GOING, PLAIN

TWO = f"# sent_id = 1\n# text = A cat\n{PLAIN}\n# sent_id = 2\n{PLAIN}\n"
CAT = TWO.index("2\tcat\tcat")


def source(content: bytes | str) -> Source:
    raw = content.encode() if isinstance(content, str) else content
    return Source("x.conllu", {"x.conllu": MemoryBlob(raw)}, is_folder=False)


def read(content: bytes | str) -> Snapshot:
    return conllu.scan(source(content), {}).read().check()


def rewrite(snapshot: Snapshot, **tables: pl.DataFrame) -> str:
    return conllu.write(replace(snapshot, **tables), {})["x.conllu"].decode()


def row(
    native: str | None, start: float | None, text: str | None = "x", **columns: Any
) -> pl.DataFrame:
    """One label."""
    plain = {
        **{"key": 99, "id": native, "sample": (native or "s").split("/")[0], "kind": "token"},
        **{"start": start, "end": 1, "unit": "token", "text": text},
    }
    return labels_frame(**{name: [value] for name, value in {**plain, **columns}.items()})


def with_cell(content: str, native: str, **columns: Any) -> str:
    """The file with columns of one label changed."""
    snapshot = read(content)
    chosen = pl.col("id") == native
    changed = {
        name: pl.when(chosen).then(pl.lit(value)).otherwise(pl.col(name))
        for name, value in columns.items()
    }
    return rewrite(snapshot, labels=snapshot.labels.with_columns(**changed))


def with_comments(content: str, **comments: Any) -> str:
    """The file with comments of its first sentence changed, None to remove one."""
    snapshot = read(content)
    first, *others = snapshot.samples["attributes"]
    said = {**json.loads(first or "{}"), **comments}
    kept = attributes_json({name: value for name, value in said.items() if value is not None})
    attributes = pl.Series("attributes", [kept, *others], dtype=pl.String)
    return rewrite(snapshot, samples=snapshot.samples.with_columns(attributes))


# Reading


def test_comments_are_attributes_of_the_sentence_by_name() -> None:
    comments = (
        b"# newdoc\n#sent_id=1 \n# text =  A cat\n# n = 1\n# free\n# n = 2\n# a=b=c\n#\n# e =\n"
    )
    (attributes,) = read(comments + PLAIN.encode()).samples["attributes"]
    assert json.loads(attributes) == {
        **{"newdoc": True, "sent_id": "1 ", "text": " A cat", "n": ["1", "2"]},
        **{"free": True, "a": "b=c", "": True, "e": ""},
    }


def test_a_token_of_the_text_is_a_row() -> None:
    snapshot = read(GOING.replace("don't", "do\u00a0 n't"))
    assert snapshot.samples["text"].to_list() == ["I do\u00a0\u00a0n't do n't go"]
    assert snapshot.labels["text"].to_list() == ["I", "do\u00a0 n't", "do", "n't", "go"]


@given(st.lists(st.text(st.characters(exclude_characters="\0\n\r\t", codec="utf-8")), min_size=7))
def test_attributes_are_canonical(cells: list[str]) -> None:
    form, lemma, xpos, feats, deprel, deps, misc = cells[:7]
    line = "\t".join(["1", form, lemma, "_", xpos, feats, "0", deprel, deps, misc])
    (attributes,) = read(f"{line}\n").labels["attributes"]
    assert attributes == attributes_json(json.loads(attributes))
    for name, cell in (("lemma", lemma), ("xpos", xpos), ("misc", misc)):
        assert json.loads(attributes).get(name, "_") == cell


def test_a_part_is_named_as_in_the_whole_file() -> None:
    content = f"{PLAIN}\n# sent_id = s\n{PLAIN}\n# sent_id = s\n{PLAIN}\n{PLAIN}"
    scan = conllu.scan(source(content), {})
    whole = scan.read().samples["sample"].to_list()
    assert whole[1:3] == ["s", "s#2"] and whole[3] == f"{whole[0]}#2"
    parts = [scan.read({"labels": [piece]}).samples["sample"].to_list() for piece in range(4)]
    assert parts == [[key] for key in whole]


@pytest.mark.parametrize(
    "content", [PLAIN.encode(), b"\n# c\n\n" + PLAIN.encode(), TWO.encode() * 999]
)
def test_what_it_claims(content: bytes) -> None:
    assert conllu.sniff(source(content))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"# text = alone\n",
        b"1\ta\tO\n2\tb\tB-X\n",
        PLAIN.replace("\t", " ").encode(),
        b"id\ta\tb\tc\td\te\tf\tg\th\ti\n",
        b"0" + b"\t_" * 9 + b"\n",
        PLAIN.encode("utf-16"),
        b"\xff\n",
    ],
)
def test_what_it_does_not_claim(content: bytes) -> None:
    assert conllu.sniff(source(content)) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("A cat\n1\tA", "A cat\nA", "line 3: expected 10 columns parted by tabs, found 9"),
        ("\troot\t", "\troot\t\t", "line 4: expected 10 columns parted by tabs, found 11"),
        ("2\tcat", "1\tcat", "line 4: expected an ID after that of the row above, found '1'"),
        ("2\tcat", "0.1\tcat", "line 4: expected an ID after that of the row above, found '0.1'"),
        ("2\tcat", "1-2\tcat", "line 4: expected an ID after that of the row above, found '1-2'"),
        ("2\tcat", "3-2\tcat", "line 4: expected an ID such as 3, 3-4 or 8.1, found '3-2'"),
        ("2\tcat", "0\tcat", "line 4: expected an ID such as 3, 3-4 or 8.1, found '0'"),
        ("2\tcat", "\u0662\tcat", "line 4: expected an ID such as 3, 3-4 or 8.1"),
        ("\t0\troot", "\tx\troot", "line 4: expected a number or _ as HEAD, found 'x'"),
        ("\t0\troot", "\t\troot", "line 4: expected a number or _ as HEAD, found ''"),
        ("# sent_id = 2", "sent_id = 2", "line 6: expected 10 columns parted by tabs, found 1"),
        ("# sent_id = 2", "# sent_id = \0", "line 6: expected UTF-8 text, found the byte 0x00"),
    ],
)
def test_malformed(old: str, new: str, message: str) -> None:
    content = TWO.replace(old, new, 1)
    with pytest.raises(ParseError, match=f"x.conllu: {message}"):
        read(content)
    if "\0" not in content:  # the scan alone refuses it
        with pytest.raises(ParseError, match=message):
            conllu.scan(source(content), {}).tally()


@pytest.mark.parametrize(("encoding", "hint"), [("latin1", "LATIN1"), ("utf-16", "UTF-16")])
def test_other_encodings_are_refused(encoding: str, hint: str) -> None:
    with pytest.raises(ParseError, match=f"expected UTF-8 text(.|\n)*iconv -f {hint}"):
        read(TWO.replace("cat", "chaté").encode(encoding))


def test_a_folder_is_refused() -> None:
    folder = Source("d", {"a": MemoryBlob(b""), "b": MemoryBlob(b"")}, is_folder=True)
    assert conllu.sniff(folder) is None
    with pytest.raises(LabelvcError, match="is one file"):
        conllu.scan(folder, {})


# Writing


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["\n\n", "\n", ""])
def test_an_edited_row_has_only_its_changed_cells_rewritten(newline: str, end: str) -> None:
    content = (f"\ufeff#odd =  x\n{TWO}".rstrip("\n") + end).replace("\n", newline)
    place = content.rindex("cat\tcat\tNOUN")
    expected = content[:place] + content[place:].replace("NOUN", "PROPN")
    assert with_cell(content, "2/2", category="PROPN") == expected
    attributes = attributes_json({"deprel": "root", "head": "0", "lemma": "kat"})
    expected = content[:place] + content[place:].replace("cat\tcat", "cat\tkat")
    assert with_cell(content, "2/2", attributes=attributes) == expected
    expected = content[:place] + content[place:].replace("cat\tcat", "c\u00a0t\tcat")
    assert with_cell(content, "2/2", text="c\u00a0t") == expected


def test_comments_between_rows_stay_there() -> None:
    content = TWO[:CAT] + "# between\n" + TWO[CAT:]
    assert with_cell(content, "1/2", category="X") == content.replace("NOUN", "X", 1)
    assert with_comments(content, between=None) == TWO


def test_rows_come_and_go_by_start() -> None:
    snapshot = read(GOING)
    labels = snapshot.labels.filter(pl.col("id").is_in(["a-1/1", "a-1/2", "a-1/3"]).not_())
    new = [row("a-1/2", 9), row("a-1/4", 10), row("a-1/0.1", 0, category="X")]
    lines = GOING.splitlines(keepends=True)
    empty = "\t_" * 6 + "\n"
    assert rewrite(snapshot, labels=pl.concat([labels[:1], *new[:2], new[2]])) == "".join(
        [
            *lines[:2],
            "0.1\tx\t_\tX" + empty,
            lines[3],
            "2\tx\t_\t_" + empty,
            "4\tx\t_\t_" + empty,
            "\n",
        ]
    )
    assert rewrite(snapshot, labels=snapshot.labels[1:]) == "".join([*lines[:2], *lines[3:]])


def test_rows_of_one_start_stand_by_id() -> None:
    snapshot = read(GOING)
    labels = pl.concat([row("a-1/3.2", 4), snapshot.labels])
    assert rewrite(snapshot, labels=labels) == GOING[:-1] + "3.2\tx" + "\t_" * 8 + "\n\n"


@pytest.mark.parametrize(
    ("comments", "old", "new"),
    [
        ({"text": "The cat"}, "# text = A cat", "# text = The cat"),
        ({"sent_id": "one"}, "# sent_id = 1", "# sent_id = one"),
        ({"text": None}, "# text = A cat\n", ""),
        ({"note": " a = b "}, "A cat\n", "A cat\n# note =  a = b \n"),
        ({"newpar": True}, "A cat\n", "A cat\n# newpar\n"),
        ({"text": ["A cat", "", "z"]}, "A cat\n", "A cat\n# text = \n# text = z\n"),
    ],
)
def test_comments_are_edited_where_they_stand(comments: dict[str, Any], old: str, new: str) -> None:
    assert with_comments(TWO, **comments) == TWO.replace(old, new, 1)
    crlf = TWO.replace("\n", "\r\n")
    assert with_comments(crlf, **comments) == TWO.replace(old, new, 1).replace("\n", "\r\n")


def test_one_of_several_comments_of_a_name_is_edited() -> None:
    content = f"#n=1\n# m\n#n  = 2\n# sent_id = 1\n# n = 3\n{PLAIN}"
    assert with_comments(content, n=["1", "two"]) == (
        f"#n=1\n# m\n# n = two\n# sent_id = 1\n{PLAIN}"
    )


def test_sentences_come_last_and_go() -> None:
    content = TWO.rstrip("\n").replace("\n", "\r\n")
    snapshot = read(content)
    attributes = attributes_json({"newdoc": True, "sent_id": "3", "text": "x y"})
    new = samples_frame(sample=["3"], text=["x y"], attributes=[attributes])
    samples = pl.concat([snapshot.samples[1:], new])
    labels = pl.concat([snapshot.labels[2:], row("3/1", 0, "x y", category="X")])
    kept = content[content.index("# sent_id = 2") :]
    assert rewrite(snapshot, labels=labels, samples=samples) == kept + (
        "\r\n\r\n# newdoc\r\n# sent_id = 3\r\n# text = x y\r\n1\tx y\t_\tX" + "\t_" * 6 + "\r\n\r\n"
    )


def test_labels_without_ids_are_words() -> None:
    labels = pl.concat([row("", 1, "b"), row("", 0, "a")]).with_columns(
        id=None, sample=pl.lit("s"), key=pl.Series([0, 1])
    )
    snapshot = Snapshot(labels, samples_frame(sample=["s"], text=["a b"]))
    empty = "\t_" * 8
    assert conllu.write(snapshot, {}) == {"labels.conllu": f"1\ta{empty}\n2\tb{empty}\n\n".encode()}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"kind": "span"}, "kind 'token' only"),
        ({"unit": "character"}, "unit 'token' only"),
        ({"verdict": "absent"}, "verdict 'present' only"),
        ({"start": None}, "a start for each label"),
        ({"text": None}, "a text and"),
        ({"confidence": 0.5}, "no place for the confidence"),
        ({"sample": "t"}, "'t', which is not in the samples"),
        ({"id": None}, "expected an ID such as 3, 3-4 or 8.1, found ''"),
        ({"id": "s/x"}, "expected an ID such as 3, 3-4 or 8.1, found 'x'"),
        ({"id": "s/1"}, "expected an ID after that of the row above, found '1'"),
        ({"start": -1.0}, "expected an ID after that of the row above, found '1'"),
        ({"text": "a\tb"}, "expected 10 columns"),
        ({"text": "a\n\nb"}, "as rows and comments"),
        ({"category": "_"}, "no category _"),
        ({"attributes": '{"lemma":"_"}'}, "no place for the attribute lemma: '_'"),
        ({"attributes": '{"head":1}'}, "no place for the attribute head: 1"),
        ({"attributes": '{"head":"one"}'}, "expected a number or _ as HEAD"),
        ({"attributes": '{"colour":"red"}'}, "no place for the attribute colour"),
    ],
)
def test_losses_are_refused(columns: dict[str, Any], message: str) -> None:
    labels = pl.concat([row("s/1", 0), row(**{"native": "s/2", "start": 1, **columns})])
    snapshot = Snapshot(labels, samples_frame(sample=["s"], text=["x x"]))
    with pytest.raises(LossError, match=message):
        conllu.write(snapshot, {})


@pytest.mark.parametrize("comments", [{"a": "b\nc"}, {"a": 1}, {"a=b": "c"}, {" a": "b"}])
def test_attributes_that_are_no_comments_are_refused(comments: dict[str, Any]) -> None:
    with pytest.raises(LossError, match="the sentence '1'"):
        with_comments(TWO, **comments)


def test_a_sentence_without_rows_is_refused() -> None:
    snapshot = read(TWO)
    with pytest.raises(LossError, match="the sentence '2' has no labels"):
        rewrite(snapshot, labels=snapshot.labels[:2])
    assert (
        rewrite(snapshot, labels=snapshot.labels[:2], samples=snapshot.samples[:1])
        == (TWO[: TWO.index("# sent_id = 2")])
    )
