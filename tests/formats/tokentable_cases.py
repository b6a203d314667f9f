"""Tables of tokens that readers and writers stumble over."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from labelvc.core.snapshot import Snapshot
from tests.formats.case import Case

HEADER = "token|speaker|ts|endTs|punctuation|case|tags\n"


def following_tokens(snapshot: Snapshot) -> Snapshot:
    """With what follows from the tokens in their order: bounds, texts, names of sentences."""
    place = pl.int_range(pl.len()).over("sample").cast(pl.Float64)
    labels = snapshot.labels.sort("sample", "start").with_columns(start=place, end=place + 1)
    texts, names = {}, {}
    for sample in snapshot.samples["sample"].sort():
        tokens = labels.filter(pl.col("sample") == sample)["text"].to_list()
        texts[sample] = " ".join(token.replace(" ", "\u00a0") for token in tokens)
        folder, _, name = sample.rpartition("/")
        if re.fullmatch("[0-9a-f]{12}(#2)?", name):
            fresh = hashlib.sha1(" ".join(tokens).encode()).hexdigest()[:12]
            fresh = f"{folder}/{fresh}" if folder else fresh
            names[sample] = fresh + "#2" * (fresh in names.values())
    return replace(
        snapshot,
        labels=labels.with_columns(pl.col("sample").replace(names)),
        samples=snapshot.samples.with_columns(
            pl.col("sample").replace(names), text=pl.col("sample").replace(texts)
        ),
    )


def case(
    name: str,
    files: Mapping[str, str | bytes],
    labels: Sequence[Mapping[str, Any]],
    samples: list[str],
    categories: list[str],
    **further: Any,
) -> Case:
    data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    return Case(name, "tokentable", data, labels, samples, categories, **further)


CASES: list[Case] = [
    case(
        "a transcript with speakers, CRLF, a token with a space in it",
        {
            "4360674.nlp": (
                HEADER + "Good|0||||UC|[]\nConoco Phillips|1|0.5|0.9|,|MC|['20']\n|1||||LC|[]"
            ).replace("\n", "\r\n")
        },
        [
            {
                "sample": "4360674", "kind": "token", "text": "Good", "start": 0.0, "end": 1.0,
                "unit": "token", "category": None,
                "attributes": '{"case":"UC","speaker":"0","tags":"[]"}',
            },
            {"text": "Conoco Phillips", "start": 1.0},
            {"text": "", "start": 2.0},
        ],
        ["4360674"],
        [],
    ),
    case(
        "a folder of transcripts beside their normalizations",
        {
            "nlp/a.nlp": HEADER + "one|0||||LC|[]\n\n\ntwo|0||||LC|[]\n",
            "nlp/b.nlp": "\ufeff" + HEADER,
            "nlp/c.nlp": HEADER + "one|0||||LC|[]\n",
            "norm/a.norm.json": '{"8": {"class": "CARDINAL"}}',
        },
        [
            {"sample": "nlp/a", "text": "one"},
            {"sample": "nlp/a", "text": "two"},
            {"sample": "nlp/c", "text": "one"},
        ],
        ["nlp/a", "nlp/b", "nlp/c"],
        [],
        folder=True,
    ),
    case(
        "sentences between blank lines, one of them twice",
        {
            "x.txt": "word\ttag\tnote\n\nThe\tDET\t\ncat\tNOUN\tx\n\n\nThe\tDET\t\ncat\tNOUN\ty\n\n"
            "sat\tVERB\t\n"
        },
        [
            {"text": "The", "category": "DET", "attributes": None, "start": 0.0},
            {"text": "cat", "category": "NOUN", "attributes": '{"note":"x"}', "start": 1.0},
            {"text": "The"},
            {"text": "cat", "attributes": '{"note":"y"}'},
            {"text": "sat", "category": "VERB", "start": 0.0},
        ],
        ["d6f84922d5cb", "d6f84922d5cb#2", "c55de0f5998e"],
        ["DET", "NOUN", "VERB"],
        settings={"samples": "blank", "label": "tag"},
        sniffed=False,
    ),
    case(
        "documents named by a column",
        {"x.csv": "doc,token,label\nd1,a,X\nd1,b,\nd2,a,Y\nd1,c,X\n"},
        [
            {"sample": "d1", "text": "a", "category": "X", "attributes": None},
            {"sample": "d1", "text": "b", "category": None},
            {"sample": "d2", "text": "a"},
            {"sample": "d1#2", "text": "c"},
        ],
        ["d1", "d2", "d1#2"],
        ["X", "Y"],
        settings={"samples": "doc", "label": "label"},
        sniffed=False,
    ),
    case(
        "quotes are characters like others",
        {"q.tokens": 'token|speaker\n"|0\n""Hi|1\nü\u2028x|0\n'},
        [{"text": '"'}, {"text": '""Hi'}, {"text": "ü\u2028x"}],
        ["q"],
        [],
    ),
]  # fmt: skip
