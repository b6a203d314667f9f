"""Kaldi data directories that readers and writers stumble over."""

from __future__ import annotations

from typing import Any

from tests.formats.case import Case


def said(sample: str, text: str) -> dict[str, str]:
    return {"sample": sample, "kind": "text", "text": text}


def case(name: str, files: dict[str, str], labels: list[Any], samples: list[str]) -> Case:
    data = {path: content.encode() for path, content in files.items()}
    return Case(name, "kaldi", data, labels, samples, [], folder=True)


CASES: list[Case] = [
    case(
        "segments of recordings, to the end, and an empty text",
        {
            "text": "anna-1 GUTEN TAG\nanna-2 \nbert-1\n",
            "segments": "anna-1 rec1 0.50 1.25\nanna-2 rec1 1.25 -1\nbert-1 rec2 0 2e0\n",
            "wav.scp": "rec1 /data/rec1.wav\nrec2 sph2pipe -f wav a b.sph |\n",
            "utt2spk": "anna-1 anna\nanna-2 anna\nbert-1 bert\n",
            "spk2utt": "anna anna-1 anna-2\nbert bert-1\n",
            "spk2gender": "anna f\nbert m\n",
            "reco2dur": "rec1 3.5\nrec2 2\n",
            "reco2file_and_channel": "rec1 rec1 A\nrec2 rec2 B\n",
            "utt2lang": "anna-1 de\nbert-1 en\n",
        },
        [said("anna-1", "GUTEN TAG"), said("anna-2", ""), said("bert-1", "")],
        ["anna-1", "anna-2", "bert-1"],
    ),
    case(
        "whole recordings, tabs, CRLF, not sorted",
        {
            "text": "b\tzwei  Wörter \r\na eins\r\n\r\n",
            "wav.scp": "a  a.wav\nb\tb b.wav",
            "utt2spk": "a s\nb s\n",
            "reco2dur": "a 1.0\nb 2.50\n",
        },
        [said("a", "eins"), said("b", "zwei  Wörter ")],
        ["a", "b"],
    ),
    case(
        "utterances without a text, lines of no utterance, other files",
        {
            "text": "a hello\n",
            "utt2spk": "a a\nc c\n",
            "wav.scp": "a a.ark:17\nc c.wav\nx x.wav\n",
            "spk2age": "a 20\nz 30\n",
            "feats.scp": "a f.ark:1\nq f.ark:2\n",
            "cmvn.scp": "a c.ark:1\n",
            "frame_shift": "0.01\n",
            "conf/fbank.conf": "--x=y\n",
        },
        [said("a", "hello")],
        ["a", "c", "x"],
    ),
    case(
        "ids in the order of their bytes",
        {
            "text": "Z a\na b\nÄ c\n\U0001f600 d\n",
            "utt2spk": "Z s\na s\nÄ s\n\U0001f600 s\n",
            "spk2utt": "s Z a Ä \U0001f600\n",
        },
        [said("Z", "a"), said("a", "b"), said("Ä", "c"), said("\U0001f600", "d")],
        ["Z", "a", "Ä", "\U0001f600"],
    ),
    case(
        "speakers in spk2utt alone, tables with names of attributes",
        {
            "text": "a-1 x\nb-1 y\n",
            "spk2utt": "a a-1\nb b-1\n",
            "segments": "a-1 r 0 1 A\nb-1 r 1.0 2.0 B\n",
            "utt2start": "a-1 s\nb-1 t\n",
            "utt2dur": "a-1 1.0\nb-1 1\n",
        },
        [said("a-1", "x"), said("b-1", "y")],
        ["a-1", "b-1"],
    ),
]
