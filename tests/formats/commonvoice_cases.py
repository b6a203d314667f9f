"""Common Voice tables that readers and writers stumble over."""

from __future__ import annotations

from typing import Any

from tests.formats.case import Case

OLD = "client_id\tpath\tsentence\tup_votes\tdown_votes\tage\tgender\taccent\n"
NEW = (
    "client_id\tpath\tsentence_id\tsentence\tsentence_domain\tup_votes\tdown_votes\tage\tgender"
    "\taccents\tvariant\tlocale\tsegment\n"
)


def said(sample: str, text: str, **attributes: str) -> dict[str, Any]:
    return {"sample": sample, "kind": "text", "text": text, **attributes}


CASES: list[Case] = [
    Case(
        "quotes as plain text, the columns of the first releases",
        "commonvoice",
        {
            "train.tsv": (
                f'{OLD}u\ta.mp3\t"Oh, no!"\t2\t0\t\t\t\nv\tb.mp3\tsay "x\t10\t1\tteens\tmale\tNA\n'
            ).encode()
        },
        [
            said(
                "a.mp3",
                '"Oh, no!"',
                attributes='{"client_id":"u","down_votes":"0","up_votes":"2"}',
            ),
            said("b.mp3", 'say "x'),
        ],
        ["a.mp3", "b.mp3"],
        [],
    ),
    Case(
        "the columns of release 17, CRLF, no last line end, a byte order mark, an empty sentence",
        "commonvoice",
        {
            "validated.tsv": (
                "\ufeff" + NEW + "u\ta.mp3\ts1\tGrüß’ Gott\tgeneral,news\t2\t0\tfourties\t\t"
                "Österreich, Wien\t\tde\t\n\nu\tb.mp3\ts2\t\t\t0\t0\t\t\t\t\tde\tBenchmark"
            )
            .replace("\n", "\r\n")
            .encode()
        },
        [said("a.mp3", "Grüß’ Gott")],
        ["a.mp3", "b.mp3"],
        [],
    ),
    Case(
        "a clip twice in one table",
        "commonvoice",
        {"x.tsv": b"path\tsentence\tclient_id\na.mp3\tone\tu\na.mp3\ttwo\tu\nb.mp3\tone\t\n"},
        [said("a.mp3", "one"), said("a.mp3#2", "two"), said("b.mp3", "one", attributes=None)],
        ["a.mp3", "a.mp3#2", "b.mp3"],
        [],
    ),
    Case(
        "a release, with clips in several tables and in one",
        "commonvoice",
        {
            "clip_durations.tsv": b"clip\tduration[ms]\na.mp3\t1000\n",
            "reported.tsv": b"sentence_id\tsentence\tlocale\treason\ns\tOne\ten\tgrammar\n",
            "train.tsv": f"{OLD}u\ta.mp3\tOne.\t2\t0\t\t\t\n".encode(),
            "dev.tsv": f"{OLD}v\tb.mp3\tTwo.\t2\t0\t\t\t".encode(),
            "test.tsv": OLD.encode(),
            "validated.tsv": (
                f"{OLD}u\ta.mp3\tOne.\t2\t0\t\t\t\nv\tb.mp3\tTwo!\t3\t0\t\t\t\n"
                "w\tc.mp3\tThree.\t2\t0\t\t\t\n"
            ).encode(),
            "invalidated.tsv": f"{OLD}w\td.mp3\tFour.\t0\t2\t\t\t\n".encode(),
            "other.tsv": f"{OLD}w\te.mp3\tFive.\t0\t0\t\t\t\n".encode(),
        },
        [
            said("b.mp3", "Two.", attributes=(
                '{"client_id":"v","down_votes":"0","file":"dev","up_votes":"2"}')),
            said("b.mp3", "Two!", attributes=(
                '{"client_id":"v","down_votes":"0","file":"validated","up_votes":"3"}')),
            said("d.mp3", "Four."),
            said("e.mp3", "Five."),
            said("a.mp3", "One.", attributes='{"client_id":"u","down_votes":"0","up_votes":"2"}'),
            said("c.mp3", "Three."),
        ],
        ["b.mp3", "d.mp3", "e.mp3", "a.mp3", "c.mp3"],
        [],
        folder=True,
    ),
    Case(
        "tables with other columns, and without a sentence",
        "commonvoice",
        {
            "train.tsv": b"client_id\tpath\tsentence\tage\nu\ta.mp3\t\tteens\nu\tb.mp3\tB\t\n",
            "dev.tsv": b"client_id\tpath\tsentence\nu\ta.mp3\tA\n",
            "my split.tsv": b"client_id\tpath\tsentence\r\nu\tb.mp3\tB\r\n",
        },
        [said("a.mp3", "A", attributes='{"client_id":"u","file":"dev"}'), said("b.mp3", "B")],
        ["a.mp3", "b.mp3"],
        [],
        folder=True,
    ),
]  # fmt: skip
