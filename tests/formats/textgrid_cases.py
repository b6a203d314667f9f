"""TextGrids that readers and writers stumble over."""

from __future__ import annotations

import codecs
from typing import Any

from tests.formats.case import Case

LONG = """\
File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0 
xmax = 2.5 
tiers? <exists> 
size = 3 
item []: 
    item [1]:
        class = "IntervalTier" 
        name = "words" 
        xmin = 0 
        xmax = 2.5 
        intervals: size = 4 
        intervals [1]:
            xmin = 0 
            xmax = 0.50 
            text = "" 
        intervals [2]:
            xmin = 0.50 
            xmax = 1 
            text = "he said ""no"" 1 2" 
        intervals [3]:
            xmin = 1 
            xmax = 1.75 
            text = "ä
<exists> ! no comment" 
        intervals [4]:
            xmin = 1.75 
            xmax = 2.5 
            text = "" 
    item [2]:
        class = "TextTier" 
        name = "clicks" 
        xmin = 0 
        xmax = 2.5 
        points: size = 2 
        points [1]:
            number = 0.25 
            mark = "k" 
        points [2]:
            number = 1.5 
            mark = "" 
    item [3]:
        class = "IntervalTier" 
        name = "notes" 
        xmin = 0 
        xmax = 2.5 
        intervals: size = 1 
        intervals [1]:
            xmin = 0 
            xmax = 2.5 
            text = "" 
"""  # noqa: W291
SHORT = """\
File type = "ooTextFile"
Object class = "TextGrid"

0
3.5
<exists>
2
"IntervalTier"
"a"
0
3.5
2
0
1
"x"
1
3.5
"y"
"IntervalTier"
"a"
0
3.5
2
0
2
"z"
2
3.5
""
"""


def segment(
    sample: str, start: float, end: float, tier: str | None, text: str, **more: Any
) -> dict[str, Any]:
    return {
        "sample": sample,
        "kind": "segment",
        "start": start,
        "end": end,
        "unit": "second",
        "category": tier,
        "text": text,
        **more,
    }


WORDS = [
    segment("s", 0.5, 1, "words", 'he said "no" 1 2', attributes=None),
    segment("s", 1, 1.75, "words", "ä\n<exists> ! no comment"),
    segment("s", 0.25, 0.25, "clicks", "k"),
    segment("s", 1.5, 1.5, "clicks", ""),
]
CASES: list[Case] = [
    Case(
        "intervals, points, an empty tier, quotes and lines inside of texts",
        "textgrid",
        {"s.TextGrid": LONG.encode()},
        WORDS,
        ["s"],
        ["clicks", "words"],
    ),
    Case(
        "the short form, two tiers of one name",
        "textgrid",
        {"a b.TextGrid": SHORT.encode()},
        [
            segment("a b", 0, 1, "a", "x", attributes=None),
            segment("a b", 1, 3.5, "a", "y"),
            segment("a b", 0, 2, "a", "z", attributes='{"tier":2}'),
        ],
        ["a b"],
        ["a"],
    ),
    Case(
        "UTF-16 as Praat writes it, CRLF",
        "textgrid",
        {"s.TextGrid": codecs.BOM_UTF16_BE + LONG.replace("\n", "\r\n").encode("utf-16-be")},
        [{**one, "text": str(one["text"]).replace("\n", "\r\n")} for one in WORDS],
        ["s"],
        ["clicks", "words"],
        sniffed=False,
    ),
    Case(
        "a folder in several encodings, with splits and other bounds",
        "textgrid",
        {
            "dev/s.TextGrid": codecs.BOM_UTF16_LE + LONG.encode("utf-16-le"),
            "train/t.textgrid": codecs.BOM_UTF8
            + b'File type = "ooTextFile"\n"TextGrid"\n-1.5 4 <exists> 1 ! a comment 7\n'
            b'"TextTier" "" -1 4 1 -0.5 "p"',
            "train/u.TextGrid": b'"ooTextFile short" "TextGrid" 0 1 <absent>\n',
            "train/u.wav": b"RIFF",
        },
        [*WORDS, segment("t", -0.5, -0.5, None, "p")],
        ["s", "t", "u"],
        ["clicks", "words"],
        folder=True,
    ),
    Case(
        "intervals that leave gaps, and one without length",
        "textgrid",
        {
            "s.TextGrid": SHORT.replace('3.5\n2\n0\n1\n"x"\n1\n', '3.5\n2\n0.5\n0.5\n"x"\n1\n', 1)
            .rstrip()
            .encode()
        },
        [
            segment("s", 0.5, 0.5, "a", "x"),
            segment("s", 1, 3.5, "a", "y"),
            segment("s", 0, 2, "a", "z"),
        ],
        ["s"],
        ["a"],
    ),
]
