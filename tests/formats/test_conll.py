"""CoNLL: tag schemes, edits in place, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelvc.core.errors import LabelvcError, LossError, ParseError, SettingNeeded
from labelvc.core.snapshot import Snapshot, attributes_json, labels_frame, samples_frame
from labelvc.formats import conll
from labelvc.formats.base import Settings
from labelvc.formats.comparing import compare
from labelvc.formats.conll_tags import SCHEMES, Entity, TagError, decode, encode
from labelvc.formats.pair import Wanted
from labelvc.formats.source import MemoryBlob, Source

CONLL_U = (
    b"# sent_id = 1\n1\tA\ta\tDET\tDT\t_\t2\tdet\t_\tO\n2\tcat\tcat\tX\tNN\t_\t0\troot\t_\tO\n\n"
)


def source(content: bytes) -> Source:
    return Source("x.conll", {"x.conll": MemoryBlob(content)}, is_folder=False)


def read(content: bytes, **settings: str) -> Snapshot:
    return conll.scan(source(content), conll.settle(source(content), settings)).read().check()


def settled(content: bytes, **settings: str) -> Settings:
    return conll.settle(source(content), settings)


def rewrite(content: bytes, labels: pl.DataFrame, **settings: str) -> bytes:
    snapshot = read(content, **settings).with_labels(labels)
    return conll.write(snapshot, settled(content, **settings))["x.conll"]


@st.composite
def sentences(draw: st.DrawFn) -> tuple[int, list[Entity]]:
    """A length and entities that do not overlap."""
    length = draw(st.integers(1, 12))
    edges = sorted(draw(st.sets(st.integers(0, length), max_size=8)))
    spans = pairwise(edges)
    categories = st.sampled_from(["PER", "LOC", "x-y", "Ünï"])
    return length, [Entity(*span, draw(categories)) for span in spans if draw(st.booleans())]


# Schemes


@pytest.mark.parametrize("scheme", SCHEMES)
@given(sentences())
def test_tags_say_the_entities(scheme: str, sentence: tuple[int, list[Entity]]) -> None:
    length, entities = sentence
    assert decode(encode(entities, length, scheme), scheme) == entities


@given(st.lists(sentences(), min_size=1, max_size=5))
def test_every_scheme_of_a_file_is_told_and_says_the_same(
    found: list[tuple[int, list[Entity]]],
) -> None:
    contents = {
        scheme: b"\n".join(
            "".join(f"w{n} {tag}\n" for n, tag in enumerate(encode(each, length, scheme))).encode()
            for length, each in found
        )
        for scheme in SCHEMES
    }
    one, *others = [read(content) for content in contents.values()]
    assert all(one == other for other in others)
    assert one.labels.height == sum(len(entities) for _, entities in found)


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        ("O O", "bio"),
        ("B-X I-X O", "bio"),
        ("B-X B-X", "bio"),
        ("I-X I-X O", "iob1"),
        ("I-X B-X I-Y", "iob1"),
        ("B-X E-X O", "bioes"),
        ("S-X O", "bioes"),
        ("B-X I-X L-X", "bilou"),
        ("U-X", "bilou"),
    ],
)
def test_the_scheme_is_told_from_the_tags(tags: str, scheme: str) -> None:
    lines = "".join(f"w {tag}\n" for tag in tags.split()).encode()
    assert settled(lines) == {"token": "0", "tag": "-1", "scheme": scheme}


def test_a_file_of_two_minds_is_a_question() -> None:
    content = b"a B-X\nb I-X\n\nc O\nd I-X\n"
    with pytest.raises(SettingNeeded, match=r"\(line 5: I-X\) and as in bio \(line 1: B-X\)"):
        settled(content)
    assert read(content, scheme="iob1").labels.height == 2
    with pytest.raises(ParseError, match="line 5: expected O or B-X"):
        read(content, scheme="bio")


@pytest.mark.parametrize(
    ("tags", "scheme", "index"),
    [
        ("O I-X", "bio", 1),
        ("B-X I-Y", "bio", 1),
        ("B-X O", "bioes", 1),
        ("B-X I-X", "bioes", 1),
        ("B-X E-Y", "bioes", 1),
        ("I-X E-X", "bioes", 0),
        ("E-X", "bioes", 0),
        ("B-X S-X", "bioes", 1),
        ("S-X L-X", "bioes", 1),
        ("B-X E-X", "bilou", 1),
        ("B-X B-X L-X", "bilou", 1),
        ("X-PER", "bio", 0),
    ],
)
def test_tags_that_break_their_scheme(tags: str, scheme: str, index: int) -> None:
    with pytest.raises(TagError) as caught:
        decode(tags.split(), scheme)
    assert caught.value.index == index


# Reading


def test_further_columns_are_attributes_of_the_sentence() -> None:
    snapshot = read(b"EU NNP I-NP B-ORG\nrejects VBZ I-VP O\n")
    expected = {"column_1": ["NNP", "VBZ"], "column_2": ["I-NP", "I-VP"]}
    assert snapshot.samples["attributes"].to_list() == [attributes_json(expected)]


def test_a_part_counts_equal_sentences_in_the_whole_file() -> None:
    content = b"-DOCSTART- O\n\na O\n\n# words\nb O\n\na B-X\n\nb O\n\n"
    scan = conll.scan(source(content), settled(content))
    whole = scan.read().samples["sample"].to_list()
    assert [key[12:] for key in whole] == ["", "", "#2", "#2"]
    parts = [scan.read({"labels": [piece]}).samples["sample"].to_list() for piece in range(5)]
    assert parts == [[], *([key] for key in whole)]


def test_conll_u_is_another_format() -> None:
    assert conll.sniff(source(CONLL_U)) is None


def test_a_head_is_enough_to_sniff() -> None:
    assert conll.sniff(source(b"token B-X\n\n" * 20_000 + b"broken")) is not None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"one column\n",
        b"a,B-X\nb,O\n",
        b"text label\nhello O\n",
        b"\xff\xfe",
        b"a O\n",
    ],
)
def test_what_it_does_not_claim(content: bytes) -> None:
    assert conll.sniff(source(content)) is None


@pytest.mark.parametrize(
    ("content", "settings", "message"),
    [
        (b"a O\n\nb B-X\nc  NN I-X\n", {}, "line 4: expected 2 columns as above, found 3"),
        (b"-DOCSTART- O\n\na O\nb\n", {}, "line 4: expected 2 columns as above, found 1"),
        (b"a\n", {}, "line 1: expected at least 2 columns"),
        (b"a O\n", {"tag": "2"}, "line 1: expected at least 3 columns"),
        (
            b"a O\n",
            {"tag": "0"},
            "line 1: expected token and tag in two columns, found one for both",
        ),
        (b"a O\nb X-PER\n", {}, "line 2: expected a tag of scheme bio .*, found 'X-PER'"),
        (b"a O\nb B_PER\n", {}, "line 2: expected a tag of scheme bio .*, found 'B_PER'"),
        (b"a O\nb B-\n", {}, "line 2: expected a tag of scheme bio .*, found 'B-'"),
        (b"a S-X\nb U-X\n", {}, "line 2: expected a tag of scheme bioes .*, found 'U-X'"),
        (b"a O\n\nb\xe9 O\n", {}, "line 3: expected UTF-8 text, found the byte 0xe9"),
    ],
)
def test_malformed(content: bytes, settings: dict[str, str], message: str) -> None:
    with pytest.raises(ParseError, match=message):
        read(content, **settings)


@pytest.mark.parametrize("settings", [{"token": "first"}, {"tag": "1.5"}, {"scheme": "io"}])
def test_settings_that_are_none(settings: dict[str, str]) -> None:
    with pytest.raises(LabelvcError, match=next(iter(settings.values()))):
        read(b"a O\n", **settings)


def test_tokens_that_are_counted_stand_in_another_column() -> None:
    with pytest.raises(SettingNeeded, match="the first column counts the tokens"):
        settled(b"1\ta\tO\n2\tb\tB-X\n\n1\tc\tO\n")


def test_a_folder_is_refused() -> None:
    folder = Source("d", {"a": MemoryBlob(b""), "b": MemoryBlob(b"")}, is_folder=True)
    with pytest.raises(LabelvcError, match="is one file"):
        conll.settle(folder, {})


# Comparing

RELABELLED = {"changed": 1, "relabelled": 1, "categories_removed": 1}


def compared(before: bytes, after: bytes) -> dict[str, int]:
    comparison = compare(
        source(before), source(after), name="x", path="x.conll", wanted=Wanted("conll")
    )
    return {kind: count for kind, count in comparison.counts.items() if count}


def test_another_scheme_is_no_change() -> None:
    bio = b"a B-X\nb I-X\n\nc B-Y\n\n"
    assert compared(bio, b"a\tB-X\r\nb\tL-X\r\n\r\n\r\nc\tU-Y") == {}
    assert compared(bio, b"-DOCSTART- O\n\na I-X\nb I-X\n\nc I-Y\n\n") == {}


@pytest.mark.parametrize(
    ("after", "counts"),
    [
        (b"a B-Y\nb I-Y\n\nc B-Y\n\na O\nb O\n\n", RELABELLED),
        (b"a B-X\nb O\n\nc B-Y\n\na O\nb O\n\n", {"changed": 1, "retimed": 1}),
        (b"new O\n\na B-X\nb I-X\n\nc B-Y\n\na O\nb O\n\n", {"samples_added": 1}),
        (b"a B-X\nb I-X\n\nc B-Y\n\n", {"samples_removed": 1}),
    ],
)
def test_changes_of_a_file(after: bytes, counts: dict[str, int]) -> None:
    assert compared(b"a B-X\nb I-X\n\nc B-Y\n\na O\nb O\n\n", after) == counts


# Writing


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            b"a  NN B-X\r\nb   VB I-X \r\n\r\n\r\nc N O",
            b"a  NN B-Y\r\nb   VB I-Y \r\n\r\n\r\nc N O",
        ),
        (b"# it is\na\t\tI-X\nb\tq\tO\n", b"# it is\na\t\tI-Y\nb\tq\tO\n"),
        (b"  a B-X\n# O\n", b"  a B-Y\n# O\n"),
        (b"\xef\xbb\xbfa U-X\nb U-X\n", b"\xef\xbb\xbfa U-Y\nb U-X\n"),
    ],
)
def test_only_tags_of_a_relabelled_entity_change(before: bytes, after: bytes) -> None:
    labels = read(before).labels
    first = pl.when(pl.col("key") == 0).then(pl.lit("Y")).otherwise(pl.col("category"))
    assert rewrite(before, labels.with_columns(first.alias("category"))) == after


def test_the_neighbour_of_a_removed_entity_is_tagged_anew() -> None:
    content = b"a I-X\nb B-X\nc I-X\n"
    assert rewrite(content, read(content).labels[1:]) == b"a O\nb I-X\nc I-X\n"


def test_entities_grow_in_the_scheme_of_the_file() -> None:
    content = b"a B-X\nb E-X\nc O\n"
    labels = read(content).labels.with_columns(end=pl.lit(3.0))
    assert rewrite(content, labels) == b"a B-X\nb I-X\nc E-X\n"


def test_unusual_tags_stay_while_they_say_the_same() -> None:
    content = b"a B-X\nb O\nc I-X\nd I-X\n"
    assert rewrite(content, read(content, scheme="iob1").labels[:1], scheme="iob1") == (
        b"a B-X\nb O\nc O\nd O\n"
    )
    grown = read(content, scheme="iob1").labels[:1].with_columns(end=pl.lit(3.0))
    assert rewrite(content, grown, scheme="iob1") == b"a B-X\nb I-X\nc I-X\nd O\n"
    joined = b"a I-X\nb O\nc B-X\n"
    labels = read(joined, scheme="iob1").labels[:1].with_columns(end=pl.lit(3.0))
    assert rewrite(joined, labels, scheme="iob1") == b"a I-X\nb I-X\nc I-X\n"


def test_sentences_come_and_go_at_their_place() -> None:
    content = b"-DOCSTART- O\n\na O\n\nb O\n\n-DOCSTART- O\n\nc O"
    snapshot = read(content)
    new = samples_frame(sample=["new"], text=["d e"])
    samples = pl.concat([snapshot.samples[:1], new, snapshot.samples[2:], new.with_columns(
        sample=pl.lit("newer")
    )])  # fmt: skip
    labels = labels_frame(
        sample=["newer"], kind=["span"], category=["X"], start=[0], end=[2], unit=["token"]
    )
    edited = replace(snapshot, samples=samples, labels=labels)
    assert conll.write(edited, settled(content))["x.conll"] == (
        b"-DOCSTART- O\n\na O\n\nd O\ne O\n\n-DOCSTART- O\n\nc O\n\nd B-X\ne I-X\n\n"
    )


def test_another_text_or_column_is_written_into_its_cells() -> None:
    content = b"a  N O\nb  V O\n"
    snapshot = read(content)
    samples = snapshot.samples.with_columns(
        text=pl.lit("a bee"), attributes=pl.lit(attributes_json({"column_1": ["N", "X"]}))
    )
    edited = replace(snapshot, samples=samples)
    assert conll.write(edited, settled(content))["x.conll"] == b"a  N O\nbee  X O\n"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"start": [0, 1], "end": [2, 3]}, "overlaps another"),
        ({"start": [0, 2], "end": [1, 4]}, "leaves the sentence"),
        ({"start": [0, 2], "end": [1, 2]}, "is empty"),
        ({"start": [0, 0.5], "end": [1, 2]}, "0.5"),
        ({"start": [0, None]}, "bounds"),
        ({"kind": ["span", "class"]}, "kind 'span' only"),
        ({"unit": ["token", "character"]}, "unit 'token' only"),
        ({"verdict": ["present", "absent"]}, "verdict 'present' only"),
        ({"text": ["a", None]}, "no place for the text"),
        ({"confidence": [0.5, None]}, "no place for the confidence"),
        ({"sample": ["s", "t"]}, "'t', which is not in the samples"),
        ({"category": ["X", "line\nbreak"]}, "cannot be written as columns"),
    ],
)
def test_losses_are_refused(columns: dict[str, list[object]], message: str) -> None:
    plain: dict[str, list[object]] = {
        "sample": ["s", "s"],
        "kind": ["span", "span"],
        "category": ["X", "Y"],
        "start": [0, 1],
        "end": [1, 2],
        "unit": ["token", "token"],
    }
    labels = labels_frame(**{**plain, **columns})
    snapshot = Snapshot(labels=labels, samples=samples_frame(sample=["s"], text=["a b c"]))
    with pytest.raises(LossError, match=message):
        conll.write(snapshot, {})


@pytest.mark.parametrize("text", ["a\nb", "-DOCSTART-", "", "  "])
def test_texts_that_are_no_sentences_are_refused(text: str) -> None:
    snapshot = Snapshot(samples=samples_frame(sample=["s"], text=[text]))
    try:
        written = conll.write(snapshot, {})["labels.conll"]
    except LossError:
        return
    assert read(written).samples["text"].to_list() == [text]


def test_a_snapshot_of_another_format_gets_plain_lines() -> None:
    labels = labels_frame(
        sample=["s"], kind=["span"], category=["PER"], start=[0], end=[2], unit=["token"]
    )
    snapshot = Snapshot(labels, samples_frame(sample=["s"], text=["Anna Bell ."]), format="spans")
    assert conll.write(snapshot, {}) == {"labels.conll": b"Anna B-PER\nBell I-PER\n. O\n\n"}
    assert conll.write(snapshot, {"scheme": "bilou"}) == {
        "labels.conll": b"Anna B-PER\nBell L-PER\n. O\n\n"
    }
