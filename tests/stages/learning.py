"""Small sets that each built-in model can learn in a second or two."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from labelvc.stages.interface import Sample
from tests.data import data

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
COLOURS = {"red": (230, 20, 20), "green": (20, 230, 20), "blue": (20, 20, 230)}


def labelled(category: str) -> list[dict[str, Any]]:
    return [{"kind": "class", "category": category}]


def digits(count: int = 600) -> list[Sample]:
    """scikit-learn's handwritten digits, 8 x 8 pixels, not in the order of their writers."""
    found = load_digits()
    order = np.random.default_rng(0).permutation(len(found.images))[:count].tolist()
    images = (found.images * 15.9).astype(np.uint8)[..., None]
    return [
        Sample(str(at), features={"image": images[at]}, labels=labelled(str(found.target[at])))
        for at in order
    ]


def rectangles(count: int, *, seed: int, side: int = 48) -> list[Sample]:
    """Coloured boxes on grey, in images of 200 x 150 padded at the bottom to a square."""
    draw, scale = np.random.default_rng(seed), side / 200
    found = []
    for at in range(count):
        image = np.full((side, side, 3), 120, dtype=np.uint8)
        image[int(150 * scale) :] = 0
        labels = []
        for _ in range(draw.integers(1, 3)):
            width, height = draw.integers(35, 80, 2)
            x, y = draw.integers(0, 200 - width), draw.integers(0, 150 - height)
            name = str(draw.choice(list(COLOURS)))
            rows = slice(int(y * scale), int((y + height) * scale))
            image[rows, int(x * scale) : int((x + width) * scale)] = COLOURS[name]
            box = dict(
                zip(("x", "y", "width", "height"), map(float, (x, y, width, height)), strict=True)
            )
            labels.append({"kind": "box", "category": name, "unit": "pixel", **box})
        features = {"image": image, "scale": np.array([scale], dtype=np.float32)}
        found.append(Sample(str(at), width=200, height=150, features=features, labels=labels))
    return found


def hashed(grams: Sequence[str]) -> list[int]:
    return [zlib.crc32(gram.encode()) % 65_536 for gram in grams]


def questions(count: int = 400, *, categories: int = 6) -> list[Sample]:
    """Questions of bank customers, of some of banking77's intents."""
    lines = (data("banking77/banking_data/train.csv")).read_text(encoding="utf-8").splitlines()[1:]
    pairs = [line.rpartition(",")[::2] for line in lines if '"' not in line and "," in line]
    chosen = sorted({category for _, category in pairs})[:categories]
    kept = [pair for pair in pairs if pair[1] in chosen]
    random.Random(0).shuffle(kept)
    return [
        Sample(
            str(at),
            text=text,
            features={"ngrams": np.array(hashed(text.lower().split()), dtype=np.int32)},
            labels=labelled(category),
        )
        for at, (text, category) in enumerate(kept[:count])
    ]


def tokenised(key: str, words: Sequence[str], spans: Sequence[tuple[int, int, str]]) -> Sample:
    """A text of these words, its spans given by word numbers and kept by characters."""
    ends = np.cumsum([len(word) + 1 for word in words], dtype=np.int64) - 1
    starts = ends - [len(word) for word in words]
    grams = [hashed([word, word[:2], word[-2:]]) for word in words]
    features = {
        "token_ngrams": np.array([one for gram in grams for one in gram], dtype=np.int32),
        "token_offsets": np.cumsum([0, *map(len, grams)], dtype=np.int64),
        "token_bounds": np.stack([starts, ends], axis=1).reshape(-1, 2),
    }
    labels = [
        {
            "kind": "span",
            "category": category,
            "start": float(starts[first]),
            "end": float(ends[last - 1]),
            "unit": "character",
        }
        for first, last, category in spans
    ]
    return Sample(key, text=" ".join(words), features=features, labels=labels)


def sentences(count: int, *, seed: int) -> list[Sample]:
    """Persons of two words and cities of one, with words between them."""
    draw = random.Random(seed)
    first, last = ("anna", "boris", "clara", "david"), ("smith", "novak", "rossi", "meyer")
    cities, others = ("paris", "london", "oslo"), ("the", "went", "to", "saw", "and", "then")
    found = []
    for at in range(count):
        words: list[str] = []
        spans: list[tuple[int, int, str]] = []
        for _ in range(draw.randint(1, 3)):
            words += [draw.choice(others) for _ in range(draw.randint(1, 4))]
            named = draw.random() < 0.5
            spans.append((len(words), len(words) + 1 + named, "person" if named else "city"))
            words += [draw.choice(first), draw.choice(last)] if named else [draw.choice(cities)]
        found.append(tokenised(str(at), words, spans))
    return found


def tones(count: int, *, seed: int) -> list[Sample]:
    """Log-mel frames in which one of three bands is loud, of any length."""
    draw = np.random.default_rng(seed)
    found = []
    for at in range(count):
        band = int(draw.integers(0, 3))
        frames = draw.normal(size=(int(draw.integers(9, 30)), 12)).astype(np.float32)
        frames[::2, 4 * band : 4 * band + 4] += 4
        category = ("low", "middle", "high")[band]
        found.append(Sample(str(at), features={"logmel": frames}, labels=labelled(category)))
    return found


def melodies(count: int, *, seed: int) -> list[Sample]:
    """Log-mel frames that spell words: each letter is a loud band for a few frames."""
    draw = np.random.default_rng(seed)
    found = []
    for at in range(count):
        text = str(draw.choice(["ab", "bca", "cab", "ac"]))
        frames = draw.normal(scale=0.3, size=(8 * len(text), 12)).astype(np.float32)
        for place, letter in enumerate(text):
            frames[8 * place + 1 : 8 * place + 6, 4 * "abc".index(letter)] += 3
        labels = [{"kind": "text", "text": text}]
        found.append(Sample(str(at), features={"logmel": frames}, labels=labels))
    return found
