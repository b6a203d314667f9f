"""Awkward CoNLL files."""

from __future__ import annotations

from typing import Any

from tests.formats.case import Case


def span(sample: str, start: int, end: int, category: str) -> dict[str, Any]:
    return {
        "sample": sample,
        "kind": "span",
        "start": start,
        "end": end,
        "unit": "token",
        "category": category,
    }


EU = "ed62c10b5fbf"  # EU rejects German call
PETER = "7ddd5eea26b6"  # Peter Blackburn
YORK = "c346deb25bc6"  # New York 10\u00a0000 and a face

CASES = [
    Case(
        name="iob1 with documents, the layout of 2003",
        format="conll",
        files={
            "eng.train": b"-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n"
            b"German JJ I-NP I-MISC\n\nPeter NNP I-NP I-PER\nBlackburn NNP I-NP I-PER\n\n"
        },
        labels=[span(EU, 0, 1, "ORG"), span(EU, 2, 3, "MISC"), span(PETER, 0, 2, "PER")],
        samples=[EU, PETER],
        categories=["MISC", "ORG", "PER"],
    ),
    Case(
        name="neighbours of one type in iob1",
        format="conll",
        files={"x.conll": b"Peter I-PER\nBlackburn B-PER\n"},
        labels=[span(PETER, 0, 1, "PER"), span(PETER, 1, 2, "PER")],
        samples=[PETER],
        categories=["PER"],
    ),
    Case(
        name="bio, tabs, CRLF, several blank lines, no newline at the end",
        format="conll",
        files={
            "x.tsv": b"\r\n\r\nEU\tB-ORG\r\nrejects\tO\r\nGerman\tB-MISC\r\n\r\n \t\r\n\r\n"
            b"Peter\tB-PER\r\nBlackburn\tI-PER"
        },
        labels=[span(EU, 0, 1, "ORG"), span(EU, 2, 3, "MISC"), span(PETER, 0, 2, "PER")],
        samples=[EU, PETER],
        categories=["MISC", "ORG", "PER"],
    ),
    Case(
        name="bioes, uneven spaces, a document line without a blank line",
        format="conll",
        files={
            "x.txt": b"Peter  B-PER\nBlackburn   E-PER \n-DOCSTART- O\nEU S-ORG\nrejects O\n"
            b"German S-MISC\n"
        },
        labels=[span(PETER, 0, 2, "PER"), span(EU, 0, 1, "ORG"), span(EU, 2, 3, "MISC")],
        samples=[PETER, EU],
        categories=["MISC", "ORG", "PER"],
    ),
    Case(
        name="bilou, a mark of byte order, a type with a hyphen",
        format="conll",
        files={"x.bilou": b"\xef\xbb\xbfEU U-ORG\nrejects O\nGerman U-MISC-a\n\n"},
        labels=[span(EU, 0, 1, "ORG"), span(EU, 2, 3, "MISC-a")],
        samples=[EU],
        categories=["MISC-a", "ORG"],
    ),
    Case(
        name="the same sentence again",
        format="conll",
        files={
            "x.conll": b"Peter B-PER\nBlackburn I-PER\n\nPeter B-LOC\nBlackburn O\n\n"
            b"Peter O\nBlackburn O\n\n"
        },
        labels=[span(PETER, 0, 2, "PER"), span(f"{PETER}#2", 0, 1, "LOC")],
        samples=[PETER, f"{PETER}#2", f"{PETER}#3"],
        categories=["LOC", "PER"],
    ),
    Case(
        name="comments, and # as a token",
        format="conll",
        files={"x.conll": b"# a comment of words\nEU B-ORG\nrejects O\nGerman O\n\n# B-X\na O\n\n"},
        labels=[span(EU, 0, 1, "ORG"), span("ec6597b92fd0", 0, 1, "X")],
        samples=[EU, "ec6597b92fd0"],
        categories=["ORG", "X"],
    ),
    Case(
        name="tokens with spaces and no-break spaces",
        format="conll",
        files={"x.tsv": "New York\tB-LOC\n10\u00a0000\tO\n\U0001f600\tI-LOC\n".encode()},
        labels=[span(YORK, 0, 1, "LOC"), span(YORK, 2, 3, "LOC")],
        samples=[YORK],
        categories=["LOC"],
        settings={"scheme": "iob1"},
    ),
    Case(
        name="counted tokens, two layers of tags",
        format="conll",
        files={"x.tsv": b"#\thttp://x [1]\n1\tPeter\tB-PER\tO\n2\tBlackburn\tI-PER\tB-LOC\n\n"},
        labels=[span(PETER, 0, 2, "PER")],
        samples=[PETER],
        categories=["PER"],
        settings={"token": "1", "tag": "2"},
    ),
    Case(
        name="no entities",
        format="conll",
        files={"x.conll": b"EU O\nrejects O\nGerman O\n\nPeter O\nBlackburn O\n"},
        labels=[],
        samples=[EU, PETER],
        categories=[],
    ),
]
