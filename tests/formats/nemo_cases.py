"""Speech manifests that readers and writers stumble over."""

from __future__ import annotations

from tests.formats.case import Case


def case(name: str, content: str | bytes, labels: list[dict], samples: list[str]) -> Case:  # type: ignore[type-arg]
    data = content.encode() if isinstance(content, str) else content
    return Case(name, "nemo", {"train.json": data}, labels, samples, [])


CASES: list[Case] = [
    case(
        "the usual keys",
        '{"audio_filepath": "a.wav", "duration": 1.50, "text": "hello"}\n'
        '{"audio_filepath": "b.wav", "duration": 2, "text": ""}\n',
        [{"sample": "a.wav", "kind": "text", "text": "hello"}, {"text": ""}],
        ["a.wav", "b.wav"],
    ),
    case(
        "segments of one file, one of them twice",
        '{"audio_filepath":"a.wav","offset":0,"duration":1.0,"text":"one"}\n'
        '{"audio_filepath":"a.wav","offset":1.5,"duration":1.0,"text":"two"}\n'
        '{"audio_filepath":"a.wav","offset":1.50,"duration":2.0,"text":"two"}\n',
        [{"sample": "a.wav"}, {"sample": "a.wav@1.5"}, {"sample": "a.wav@1.5#2"}],
        ["a.wav", "a.wav@1.5", "a.wav@1.5#2"],
    ),
    case(
        "not yet transcribed",
        '{"audio_filepath": "a.wav"}\n{"audio_filepath": "b.wav", "text": null, "duration": 3}\n',
        [],
        ["a.wav", "b.wav"],
    ),
    case(
        "further keys, nested, escaped and not",
        '{"text": "gr\\u00fc\\u00df", "audio_filepath": "x y.wav", "pred_text": "gruss"}\n'
        '{"audio_filepath": "b.wav", "lang": "de", "text": "grüß", "emotion": {"v": [0.10]}}\n',
        [{"text": "grüß"}, {"text": "grüß", "sample": "b.wav"}],
        ["x y.wav", "b.wav"],
    ),
    case(
        "byte order mark, CRLF, blank lines, no last line end",
        b'\xef\xbb\xbf{"audio_filepath": "a.wav", "text": "a"}\r\n\r\n'
        b'{"audio_filepath": "b.wav", "text": "b"}',
        [{"text": "a"}, {"text": "b"}],
        ["a.wav", "b.wav"],
    ),
]
