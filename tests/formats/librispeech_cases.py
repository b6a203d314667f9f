"""Transcripts of LibriSpeech that readers and writers stumble over."""

from __future__ import annotations

from tests.formats.case import Case


def said(sample: str, text: str) -> dict[str, str]:
    return {"sample": sample, "kind": "text", "text": text}


CASES: list[Case] = [
    Case(
        "a chapter",
        "librispeech",
        {"84-121123.trans.txt": b"84-121123-0000 GO DO YOU HEAR\n84-121123-0001 BUT IN LESS\n"},
        [said("84-121123-0000", "GO DO YOU HEAR"), said("84-121123-0001", "BUT IN LESS")],
        ["84-121123-0000", "84-121123-0001"],
        [],
    ),
    Case(
        "an empty text, two spaces, a tab, spaces at the end",
        "librispeech",
        {"1-2.trans.txt": "1-2-0 \n1-2-1\n1-2-2  TWO\tTABS  \n1-2-3 ÜBER’S\u2028X".encode()},
        [
            said("1-2-0", ""),
            said("1-2-1", ""),
            said("1-2-2", " TWO\tTABS  "),
            said("1-2-3", "ÜBER’S\u2028X"),
        ],
        ["1-2-0", "1-2-1", "1-2-2", "1-2-3"],
        [],
    ),
    Case(
        "a byte order mark, CRLF, blank lines, an id twice",
        "librispeech",
        {"1-2.trans.txt": b"\xef\xbb\xbf\r\n1-2-1 ONE\r\n  \r\n1-2-1 TWO\r\n1-2-0 NO"},
        [said("1-2-1", "ONE"), said("1-2-1#2", "TWO"), said("1-2-0", "NO")],
        ["1-2-1", "1-2-1#2", "1-2-0"],
        [],
    ),
    Case(
        "a tree with splits",
        "librispeech",
        {
            "SPEAKERS.TXT": b"; 84 | F | dev-clean\n",
            "dev-clean/84/121123/84-121123-0000.flac": b"\xff\x00",
            "dev-clean/84/121123/84-121123.trans.txt": b"84-121123-0000 GO\n84-121123-0001 BUT\n",
            "train-clean-100/103/1240/103-1240.trans.txt": b"103-1240-0000 CHAPTER ONE\n",
        },
        [
            said("84-121123-0000", "GO"),
            said("84-121123-0001", "BUT"),
            said("103-1240-0000", "CHAPTER ONE"),
        ],
        ["84-121123-0000", "84-121123-0001", "103-1240-0000"],
        [],
        folder=True,
    ),
    Case(
        "a tree in which names repeat, and ids that are not the file's",
        "librispeech",
        {
            "a/1-2.trans.txt": b"1-2-0 A\nx-0 B\n",
            "b/1-2.trans.txt": b"1-2-0 C",
            "b/3-4.trans.txt": b"",
            "c/1-2.trans.txt": b"1-2-0 D\n",
        },
        [said("a/1-2-0", "A"), said("a/1-2/x-0", "B"), said("b/1-2-0", "C"), said("c/1-2-0", "D")],
        ["a/1-2-0", "a/1-2/x-0", "b/1-2-0", "c/1-2-0"],
        [],
        folder=True,
    ),
    Case(
        "no hyphens",
        "librispeech",
        {"x.trans.txt": b"utt1 a\nutt2 b\n"},
        [said("utt1", "a"), said("utt2", "b")],
        ["utt1", "utt2"],
        [],
        sniffed=False,
    ),
]
