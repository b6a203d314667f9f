"""Findings in spans, tags, segments and transcripts."""

from __future__ import annotations

import pytest

from labelvc.core.check import check
from tests.core.check_snapshots import codes, messages, only, segment, snapshot, span, tags

EMOJI = "🎉🎉 Anna Bell lives in Rome"


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (0, 5, []),
        (0, 6, ['0-6 "hello ": white space behind']),
        (5, 11, ['5-11 " world": white space before']),
        (5, 6, ['5-6 " ": white space alone']),
    ],
)
def test_white_space_at_the_edge(start, end, found):
    assert messages(snapshot(span(start, end))) == found


def utf16(text, words):
    """Spans on words, counted as JavaScript counts."""
    return [
        span(*(len(text[:at].encode("utf-16-le")) // 2 for at in (start, start + len(word))))
        for word in words
        for start in [text.index(word)]
    ]


def test_offsets_counted_in_utf16_units():
    words = ("Anna", "Rome")
    (issue,) = check(snapshot(*utf16(EMOJI, words), text=EMOJI), only("utf16-offsets"))
    assert issue.message == ('5-9 is "na B", and in UTF-16 units "Anna": offsets count code points')
    right = [span(EMOJI.index(word), EMOJI.index(word) + len(word)) for word in words]
    assert codes(snapshot(*right, text=EMOJI)) == []


def test_a_single_wrong_span_is_no_matter_of_utf16():
    # the second span fits as code points only
    start = EMOJI.index("Rome")
    made = snapshot(*utf16(EMOJI, ["Anna"]), span(start, start + 4), text=EMOJI)
    assert codes(made, only("utf16-offsets")) == []


def test_spans_may_be_nested_unless_the_rules_say_no():
    made = snapshot(span(0, 11), span(6, 11))
    assert codes(made) == []
    assert codes(made, only("span-overlap")) == ["warning span-overlap"]
    apart = snapshot(span(0, 5), span(5, 11), span(0, 5, annotator="bob"))
    assert codes(apart, only("span-overlap")) == []


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("B-PER", "I-PER", "O", "B-LOC"), []),
        (("B-PER", "I-LOC", "O", "B-LOC"), ["I-LOC continues nothing: after B-PER"]),
        (("O", "I-PER", "B-LOC", "B-LOC"), ["I-PER continues nothing: after O"]),
        # in IOB1 entities begin with I
        (("I-PER", "O", "I-LOC", "B-LOC"), []),
        (("B-PER", "E-PER", "S-LOC"), []),
        (("B-PER", "O", "S-LOC"), ["B-PER is not ended: before O"]),
        (("B-PER", "I-PER", "L-PER", "U-LOC", "B-LOC"), ["B-LOC is not ended: before nothing"]),
        (("E-PER", "B-LOC", "E-LOC"), ["E-PER continues nothing: after nothing"]),
        # parts of speech are no tags
        (("NOUN", "I-PER", "B-PER"), []),
    ],
)
def test_tags(names, found):
    made = snapshot(*tags(*names), text="a b c d e", names=tuple(set(names)))
    assert messages(made, only("tag-scheme")) == found


def test_tags_go_by_sample():
    rows = [*tags("B-PER"), *tags("I-PER", "B-PER", sample="t")]
    assert len(check(snapshot(*rows, names=("B-PER", "I-PER")), only("tag-scheme"))) == 1


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([segment(0, 1), segment(1, 2)], []),
        ([segment(0, 1), segment(0.995, 2)], []),
        ([segment(0, 1), segment(0.5, 2)], ["segment 'cat' 0.5-2 overlaps another of it by 0.5 s"]),
        ([segment(0, 2), segment(0.2, 0.4), segment(1, 1.5)],
         ["segment 'cat' 0.2-0.4 overlaps another of it by 0.2 s",
          "segment 'cat' 1-1.5 overlaps another of it by 0.5 s"]),
        ([segment(0, 1, channel=1), segment(0.5, 2, channel=2)], []),
        ([segment(0, 1), segment(0.5, 2, category="dog")], []),
        ([segment(0, 1), segment(0.5, 2, sample="t")], []),
        ([segment(0, 1), segment(0.5, 2, annotator="bob")], []),
    ],
)  # fmt: skip
def test_segments_that_overlap(rows, found):
    assert messages(snapshot(*rows, names=("cat", "dog")), only("segment-overlap")) == found


@pytest.mark.parametrize(("text", "found"), [("hello", 0), ("", 1), (" \n", 1), (None, 1)])
def test_transcripts_without_text(text, found):
    made = snapshot({"kind": "text", "text": text})
    assert codes(made, only("empty-text")) == ["warning empty-text"] * found
