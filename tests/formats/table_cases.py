"""Tables that readers and writers stumble over."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from labelvc.formats.rows import content_key
from tests.formats.case import Case


def case(
    name: str,
    content: str | bytes,
    labels: Sequence[Mapping[str, Any]],
    samples: Sequence[str],
    categories: Sequence[str],
    *,
    file: str = "labels.csv",
    **more: Any,
) -> Case:
    data = content.encode() if isinstance(content, str) else content
    return Case(name, "table", {file: data}, labels, samples, categories, **more)


def parquet() -> bytes:
    frame = pl.DataFrame(
        {
            "id": [1, 2, 3],
            "label": [["cat"], ["cat", "dog"], None],
            "seen": [date(2024, 1, 2), None, date(2024, 1, 3)],
        }
    )
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def keys(*texts: str) -> list[str]:
    return [content_key(text) for text in texts]


def lines(*values: Any) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


PAIR = [{"sample": "1", "kind": "class", "category": "cat"}, {"sample": "2", "category": "dog"}]
TWO = (PAIR, ["1", "2"], ["cat", "dog"])
HI = content_key("hi")

CASES: list[Case] = [
    case("ids and labels", "id,label\n1,cat\n2,dog\n", *TWO),
    case(
        "byte order mark, CRLF, no last line end", b"\xef\xbb\xbfid,label\r\n1,cat\r\n2,dog", *TWO
    ),
    case("blank lines", "\n\nid,label\n\n1,cat\n\n\n2,dog\n\n", *TWO),
    case("old Mac line ends", b"id,label\r1,cat\r2,dog\r", *TWO),
    case("everything quoted", '"id","label"\n"1","cat"\n"2","dog"\n', *TWO),
    case("quoted where nothing needs it", 'id,label\n1,"cat"\n"2",dog\n', *TWO),
    case("semicolons", "id;label\n1;cat\n2;dog\n", *TWO),
    case(
        "no header",
        "1,cat\n2,dog\n",
        *TWO,
        settings={"id": "1", "label": "2"},
    ),
    case(
        "text with line ends, quotes and commas, repeated, without ids",
        'text,category\n"one,\n""two""",a\nhi,b\nhi,a\nhi,b\n',
        [{"category": "a"}, {"category": "b", "sample": HI}, {"category": "a"}, {"category": "b"}],
        [*keys('one,\n"two"', "hi"), f"{HI}#2", f"{HI}#3"],
        ["a", "b"],
    ),
    case(
        "empty cells, unicode names and classes",
        "id,label,größe\né,cat,\n😀,,klein\nc,día,groß\n",
        [
            {"sample": "é", "category": "cat", "attributes": None},
            {"sample": "c", "category": "día", "attributes": '{"größe":"groß"}'},
        ],
        ["é", "😀", "c"],
        ["cat", "día"],
    ),
    case(
        "two annotators a sample, with confidence",
        "item_id,text,label,annotator,confidence,note\n"
        "a,hi,x,ann,0.50,n\na,hi,y,bob,1e-1,\nb,ho,,bob,,m\n",
        [
            {"sample": "a", "annotator": "ann", "confidence": 0.5, "attributes": '{"note":"n"}'},
            {"sample": "a", "annotator": "bob", "confidence": 0.1, "attributes": None},
        ],
        ["a", "b"],
        ["x", "y"],
    ),
    case(
        "several classes in a cell",
        "id,label,note\n1,cat|dog,a\n2,,b\n3,dog,\n",
        [{"category": "cat"}, {"category": "dog"}, {"sample": "3", "attributes": None}],
        ["1", "2", "3"],
        ["cat", "dog"],
        settings={"sep": "|"},
    ),
    case(
        "JSON lists in cells",
        'id,label\n1,"[""cat"", ""dog""]"\n2,[]\n',
        [{"category": "cat"}, {"category": "dog"}],
        ["1", "2"],
        ["cat", "dog"],
        settings={"sep": "json"},
    ),
    case(
        "several label columns",
        "id,topic,mood,note\n1,sport,good,x\n2,,bad,\n",
        [
            {"category": "sport", "attributes": '{"column":"topic"}'},
            {"category": "good", "attributes": '{"column":"mood"}'},
            {"sample": "2", "category": "bad"},
        ],
        ["1", "2"],
        ["bad", "good", "sport"],
        settings={"label": "topic,mood"},
    ),
    case(
        "Common Voice, quotes as plain text",
        'client_id\tpath\tsentence\tage\nu\ta.mp3\t"Oh, no!"\t\nv\tb.mp3\tsay "x"\tteens\n',
        [
            {"kind": "text", "text": '"Oh, no!"', "sample": "a.mp3"},
            {"text": 'say "x"', "attributes": '{"age":"teens","client_id":"v"}'},
        ],
        ["a.mp3", "b.mp3"],
        [],
        file="train.tsv",
        sniffed=False,
    ),
    case(
        "a path as the key, and a split",
        "file_name,split,label\na/b c.jpg,train,cat\nd.jpg,test,dog\n",
        [{"sample": "a/b c.jpg", "category": "cat"}, {"category": "dog"}],
        ["a/b c.jpg", "d.jpg"],
        ["cat", "dog"],
    ),
    case(
        "JSON lines with numbers, flags and null",
        '{"id": 7, "label": 3, "w": 1.50}\n\n{"id": 8, "label": true, "w": null}\n'
        '{"label": null, "id": 9, "m": {"a": [1]}}\n',
        [{"sample": "7", "category": "3", "attributes": '{"w":1.5}'}, {"category": "true"}],
        ["7", "8", "9"],
        ["3", "true"],
        file="labels.jsonl",
    ),
    case(
        "JSON lines with lists and repeated texts",
        lines(
            {"text": "hi", "labels": ["pos"], "meta": {"n": 1}},
            {"text": "hi", "labels": ["pos", "neg"]},
            {"text": "hé", "labels": []},
        ),
        [
            {"category": "pos", "sample": HI, "attributes": None},
            {"category": "pos", "sample": f"{HI}#2"},
            {"category": "neg", "sample": f"{HI}#2"},
        ],
        [HI, f"{HI}#2", content_key("hé")],
        ["neg", "pos"],
        file="labels.jsonl",
    ),
    case(
        "Parquet with dates and lists",
        parquet(),
        [{"category": "cat"}, {"category": "cat", "sample": "2"}, {"category": "dog"}],
        ["1", "2", "3"],
        ["cat", "dog"],
        file="labels.parquet",
    ),
]
