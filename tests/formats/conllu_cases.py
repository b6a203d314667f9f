"""Awkward CoNLL-U files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import polars as pl

from labelvc.core.snapshot import Snapshot
from tests.formats.case import Case


def row(native: str, start: int, text: str, category: str | None, attributes: str | None) -> Any:
    return {
        "id": native,
        "sample": native.rpartition("/")[0],
        "kind": "token",
        "start": start,
        "end": start + 1,
        "unit": "token",
        "text": text,
        "category": category,
        "attributes": attributes,
    }


def following_rows(snapshot: Snapshot) -> Snapshot:
    """With what follows from the rows in their order: bounds, texts, and names of the nameless."""
    place = pl.int_range(pl.len()).over("sample").cast(pl.Float64)
    labels = snapshot.labels.sort("sample", "start").with_columns(start=place, end=place + 1)
    texts, names = {}, {}
    for sample, attributes in snapshot.samples.select("sample", "attributes").iter_rows():
        forms = labels.filter(pl.col("sample") == sample)["text"].to_list()
        texts[sample] = " ".join(form.replace(" ", "\u00a0") for form in forms)
        if not json.loads(attributes or "{}").get("sent_id"):
            name = hashlib.sha1(" ".join(forms).encode()).hexdigest()[:12]
            names[sample] = name + "#2" * (name in names.values())
    return replace(
        snapshot,
        labels=labels.with_columns(pl.col("sample").replace(names)),
        samples=snapshot.samples.with_columns(
            pl.col("sample").replace(names), text=pl.col("sample").replace(texts)
        ),
    )


GOING = """\
# sent_id = a-1
# text = I don't
1\tI\tI\tPRON\tPRP\tCase=Nom|Person=1\t2\tnsubj\t2:nsubj\t_
2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No
2\tdo\tdo\tAUX\tVBP\t_\t0\troot\t0:root\t_
3\tn't\tnot\tPART\tRB\t_\t2\tadvmod\t2:advmod\t_
3.1\tgo\tgo\tVERB\tVB\t_\t_\t_\t2:conj\tCopyOf=-1

"""
UNDERSCORES = """\
# sent_id = u
1\t_\t_\tPUNCT\t_\t_\t0\troot\t_\t_
2\t_\tx\t_\t_\t_\t_\t_\t_\t_

"""
EMPTY = "".join(f"{at}\tw{at}" + "\t_" * 8 + "\n" for at in (1, 2))
PLAIN = "1\tA\ta\tDET\t_\t_\t2\tdet\t_\t_\n2\tcat\tcat\tNOUN\t_\t_\t0\troot\t_\t_\n"
A_CAT = "4685dccbd387"  # A cat


def cat(sample: str) -> list[Any]:
    return [
        row(f"{sample}/1", 0, "A", "DET", '{"deprel":"det","head":"2","lemma":"a"}'),
        row(f"{sample}/2", 1, "cat", "NOUN", '{"deprel":"root","head":"0","lemma":"cat"}'),
    ]


CASES = [
    Case(
        name="a multiword token and an empty node",
        format="conllu",
        files={"x.conllu": GOING.encode()},
        labels=[
            row(
                "a-1/1",
                0,
                "I",
                "PRON",
                '{"deprel":"nsubj","deps":"2:nsubj","feats":"Case=Nom|Person=1","head":"2",'
                '"lemma":"I","xpos":"PRP"}',
            ),
            row("a-1/2-3", 1, "don't", None, '{"misc":"SpaceAfter=No"}'),
            row(
                "a-1/2",
                2,
                "do",
                "AUX",
                '{"deprel":"root","deps":"0:root","head":"0","lemma":"do","xpos":"VBP"}',
            ),
            row(
                "a-1/3",
                3,
                "n't",
                "PART",
                '{"deprel":"advmod","deps":"2:advmod","head":"2","lemma":"not","xpos":"RB"}',
            ),
            row(
                "a-1/3.1",
                4,
                "go",
                "VERB",
                '{"deps":"2:conj","lemma":"go","misc":"CopyOf=-1","xpos":"VB"}',
            ),
        ],
        samples=["a-1"],
        categories=["AUX", "PART", "PRON", "VERB"],
    ),
    Case(
        name="underscores as forms, an empty node before all words",
        format="conllu",
        files={
            "x.conllu": UNDERSCORES.encode()
            + b"# sent_id = v\n0.1\t_\t_\t_\t_\t_\t_\t_\t1:nsubj\t_\n1\tgo"
            + b"\t_" * 8
            + b"\n"
        },
        labels=[
            row("u/1", 0, "_", "PUNCT", '{"deprel":"root","head":"0"}'),
            row("u/2", 1, "_", None, '{"lemma":"x"}'),
            row("v/0.1", 0, "_", None, '{"deps":"1:nsubj"}'),
            row("v/1", 1, "go", None, None),
        ],
        samples=["u", "v"],
        categories=["PUNCT"],
    ),
    Case(
        name="odd comments",
        format="conllu",
        files={
            "x.conllu": b"# a header, alone\n\n#\n# newdoc\n#sent_id=c\n"
            b"# http://x?a=b\n# text =  A\n"
            b"# note = 1\n# text = cat \n# a = b = c\n# newdoc\n# empty =\n"
            + PLAIN.encode()
            + b"# after the rows\n\n\n# at the end\n"
        },
        labels=cat("c"),
        samples=["c"],
        categories=["DET", "NOUN"],
    ),
    Case(
        name="windows line ends, a byte order mark, no end of the last line",
        format="conllu",
        files={
            "x.conllu": b"\xef\xbb\xbf\r\n"
            + f"# sent_id = 1\n{PLAIN}\n\n \n# sent_id = 2\n{PLAIN}".replace("\n", "\r\n").encode()[
                :-2
            ]
        },
        labels=[*cat("1"), *cat("2")],
        samples=["1", "2"],
        categories=["DET", "NOUN"],
    ),
    Case(
        name="forms and lemmas with spaces",
        format="conllu",
        files={
            "x.conllu": "# sent_id = s\n1\t10 000\t10 000\tNUM\t_\t_\t0\troot\t_\t_\n"
            "2\t10\u00a0000\t_\tNUM\t_\t_\t1\tflat\t_\tx y \n"
            "3\t\U0001f600\t\t_\t_\t_\t_\t_\t_\t_\n".encode()
        },
        labels=[
            row("s/1", 0, "10 000", "NUM", '{"deprel":"root","head":"0","lemma":"10 000"}'),
            row("s/2", 1, "10\u00a0000", "NUM", '{"deprel":"flat","head":"1","misc":"x y "}'),
            row("s/3", 2, "\U0001f600", None, '{"lemma":""}'),
        ],
        samples=["s"],
        categories=["NUM"],
    ),
    Case(
        name="sentences without a name, and of one name",
        format="conllu",
        files={
            "x.conllu": f"{PLAIN}\n# sent_id =\n{PLAIN}\n# sent_id = t\n{PLAIN}\n# sent_id = t#2\n"
            f"{PLAIN}\n# sent_id = t\n{PLAIN}\n".encode()
        },
        labels=[*cat(A_CAT), *cat(f"{A_CAT}#2"), *cat("t"), *cat("t#2"), *cat("t#3")],
        samples=[A_CAT, f"{A_CAT}#2", "t", "t#2", "t#3"],
        categories=["DET", "NOUN"],
    ),
    Case(
        name="words alone",
        format="conllu",
        files={"x.conllu": f"# sent_id = e/1\n{EMPTY}".encode()},
        labels=[row("e/1/1", 0, "w1", None, None), row("e/1/2", 1, "w2", None, None)],
        samples=["e/1"],
        categories=[],
    ),
    Case(
        name="comments without rows",
        format="conllu",
        files={"x.conllu": b"\n# sent_id = 1\n\n# text"},
        labels=[],
        samples=[],
        categories=[],
        sniffed=False,
    ),
]
