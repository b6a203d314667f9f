"""Label tracks that readers and writers stumble over."""

from __future__ import annotations

from typing import Any

from tests.formats.case import Case


def segment(
    sample: str, start: float, end: float, category: str | None, **more: Any
) -> dict[str, Any]:
    return {
        "sample": sample,
        "kind": "segment",
        "start": start,
        "end": end,
        "unit": "second",
        "category": category,
        **more,
    }


CASES: list[Case] = [
    Case(
        "a point, an empty label, one that looks like another line",
        "audacity",
        {
            "clip.txt": "0.000000\t1.500000\tspeech\n1.500000\t1.500000\tklick ä\n"
            "2.000000\t3.000000\t\n3.000000\t4.000000\t\\ 1\n".encode()
        },
        [
            segment("clip", 0, 1.5, "speech", attributes=None),
            segment("clip", 1.5, 1.5, "klick ä"),
            segment("clip", 2, 3, None),
            segment("clip", 3, 4, "\\ 1"),
        ],
        ["clip"],
        ["\\ 1", "klick ä", "speech"],
    ),
    Case(
        "frequencies",
        "audacity",
        {
            "clip.txt": b"0.5\t1.0\tbird\n\\\t2000.000000\t4500.5\n1.0\t2.0\tbird\n"
            b"2.0\t3.0\twind\n\\\t-1.000000\t100.0\n"
        },
        [
            segment(
                "clip",
                0.5,
                1,
                "bird",
                attributes='{"high_frequency":4500.5,"low_frequency":2000.0}',
            ),
            segment("clip", 1, 2, "bird", attributes=None),
            segment(
                "clip", 2, 3, "wind", attributes='{"high_frequency":100.0,"low_frequency":-1.0}'
            ),
        ],
        ["clip"],
        ["bird", "wind"],
    ),
    Case(
        "a byte order mark, CRLF, blank lines, tabs at the end, no last line end",
        "audacity",
        {
            "a b.txt": b"\xef\xbb\xbf\r\n1.0\t2.0\tone \r\n\r\n \r\n0.0\t1.0\r\n\\\t1.0\t2.0\r\n"
            b"3.0\t4.0\ttwo\tthree"
        },
        [
            segment("a b", 1, 2, "one "),
            segment("a b", 0, 1, None),
            segment("a b", 3, 4, "two\tthree"),
        ],
        ["a b"],
        ["one ", "two\tthree"],
    ),
    Case(
        "a folder with splits and a sound without labels",
        "audacity",
        {
            "dev/a.txt": b"0.0\t1.0\tx\n",
            "train/b.txt": b"0.0\t1.0\ty\n0.0\t1.0\ty\n",
            "train/c.txt": b"",
            "train/b.wav": b"RIFF",
        },
        [segment("a", 0, 1, "x"), segment("b", 0, 1, "y"), segment("b", 0, 1, "y")],
        ["a", "b", "c"],
        ["x", "y"],
        folder=True,
    ),
    Case(
        "a folder in which names repeat",
        "audacity",
        {
            "dev/a.txt": b"0.0\t1.0\tx\n",
            "test/a.txt": b"0.5\t1.0\tx\n",
            "train/a.txt": b"0.0\t1.0\ty\n",
        },
        [
            segment("dev/a", 0, 1, "x"),
            segment("test/a", 0.5, 1, "x"),
            segment("train/a", 0, 1, "y"),
        ],
        ["dev/a", "test/a", "train/a"],
        ["x", "y"],
        folder=True,
        settings={"keys": "path"},
    ),
    Case(
        "whole numbers",
        "audacity",
        {"clip.txt": b"0\t1\tx\n1\t2e0\ty\n"},
        [segment("clip", 0, 1, "x"), segment("clip", 1, 2, "y")],
        ["clip"],
        ["x", "y"],
        sniffed=False,
    ),
]
