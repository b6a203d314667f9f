"""RTTM files that readers and writers stumble over."""

from __future__ import annotations

from typing import Any

from tests.formats.case import Case


def turn(sample: str, start: float, end: float, speaker: str | None, **more: Any) -> dict[str, Any]:
    return {
        "sample": sample,
        "kind": "segment",
        "start": start,
        "end": end,
        "unit": "second",
        "category": speaker,
        **more,
    }


CASES: list[Case] = [
    Case(
        "turns of two recordings, overlapping",
        "rttm",
        {
            "x.rttm": b"SPEAKER a 1 0.040000 121.480000 <NA> <NA> spk00 <NA> <NA>\n"
            b"SPEAKER a 1 0.04 0.1 <NA> <NA> spk01 <NA> <NA>\n"
            b"SPEAKER b 2 0.1 0.2 <NA> <NA> spk00 0.90 <NA>\n"
        },
        [
            turn("a", 0.04, 121.52, "spk00", attributes='{"channel":"1"}', confidence=None),
            turn("a", 0.04, 0.14, "spk01"),
            turn("b", 0.1, 0.3, "spk00", attributes='{"channel":"2"}', confidence=0.9),
        ],
        ["a", "b"],
        ["spk00", "spk01"],
    ),
    Case(
        "other types, comments, nine fields, tabs, CRLF, no last line end",
        "rttm",
        {
            "x.rttm": "\ufeff;; a comment\r\nSPKR-INFO a 1 <NA> <NA> <NA> adult_female Zoë <NA>\r\n"
            "\r\n;; more\r\nLEXEME\ta  1 1.5 .25 hâllo lex Zoë 1e-1\r\n"
            "NOSCORE a 1 3 0 <NA> <NA> <NA> <NA> 0.5\r\n"
            " SPEAKER a <NA> 4 1e1 <NA> <NA> Zoë".encode()
        },
        [
            {
                "sample": "a",
                "kind": "class",
                "category": "Zoë",
                "start": None,
                "unit": None,
                "attributes": '{"channel":"1","subtype":"adult_female","type":"SPKR-INFO"}',
            },
            turn("a", 1.5, 1.75, "Zoë", text="hâllo", confidence=0.1),
            turn("a", 3, 3, None, attributes='{"channel":"1","lookahead":"0.5","type":"NOSCORE"}'),
            turn("a", 4, 14, "Zoë", attributes=None),
        ],
        ["a"],
        ["Zoë"],
    ),
    Case(
        "a folder with splits, one recording without turns",
        "rttm",
        {
            "README.md": b"turns\n",
            "dev/a.rttm": b"SPEAKER a 1 0 1 <NA> <NA> s <NA> <NA>\n",
            "dev/b.rttm": b"",
            "test/c.rttm": b"SPEAKER c 1 0.5 1 <NA> <NA> t <NA> <NA>\n",
        },
        [turn("a", 0, 1, "s"), turn("c", 0.5, 1.5, "t")],
        ["a", "c", "b"],
        ["s", "t"],
        folder=True,
    ),
    Case(
        "one recording in two files",
        "rttm",
        {
            "1.rttm": b"SPEAKER a 1 0 1 <NA> <NA> s <NA> <NA>\n",
            "2.rttm": b"SPEAKER a 1 1 1 <NA> <NA> t <NA> <NA>\n"
            b"SPEAKER b 1 1 1 <NA> <NA> s <NA> <NA>",
        },
        [turn("a", 0, 1, "s"), turn("a", 1, 2, "t"), turn("b", 1, 2, "s")],
        ["a", "b"],
        ["s", "t"],
        folder=True,
    ),
    Case(
        "the same turn twice",
        "rttm",
        {"x.rttm": b"SPEAKER a 1 0 1 <NA> <NA> s <NA> <NA>\n" * 2},
        [turn("a", 0, 1, "s"), turn("a", 0, 1, "s")],
        ["a"],
        ["s"],
    ),
    Case(
        "types of no standard",
        "rttm",
        {"x.rttm": b"TURN a 1 0 1 <NA> <NA> s <NA> <NA>\n"},
        [turn("a", 0, 1, "s", attributes='{"channel":"1","type":"TURN"}')],
        ["a"],
        ["s"],
        sniffed=False,
    ),
]
