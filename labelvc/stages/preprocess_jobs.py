"""Which samples there are, and what each asks to be processed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import polars as pl

from labelvc.core.snapshot import Snapshot
from labelvc.repo.media import Found, find_media
from labelvc.stages.features_extract import Extract, Images, Sounds, Texts, file_digest
from labelvc.stages.features_store import Job
from labelvc.stages.normalise_audio import WHOLE, Piece
from labelvc.stages.normalise_text import Normalised, normalise
from labelvc.stages.preprocess_params import PreprocessParams

if TYPE_CHECKING:
    from labelvc.stages.features import Features

MEDIUM = {
    "image-classification": "image",
    "object-detection": "image",
    "image-segmentation": "image",
    "keypoint-detection": "image",
    "text-classification": "text",
    "token-classification": "text",
    "audio-classification": "audio",
    "automatic-speech-recognition": "audio",
}
_SMALL, _LARGE = (32, 32), (160, 160)


@dataclass(frozen=True)
class MediaJob:
    """A media file."""

    key: str
    found: Found
    take: Callable[[Path, Piece], Extract]
    digest_of: Callable[[Path], str]
    piece: Piece = WHOLE

    @property
    def reason(self) -> str | None:
        """Why there is none."""
        return self.found.reason

    def digest(self) -> str:
        """The file's sha256, or that of its name and the piece's bounds."""
        assert self.found.path is not None
        whole = self.digest_of(self.found.path)
        return whole if self.piece == WHOLE else _sha256(f"{whole} {self.piece!r}")

    def extract(self) -> Extract:
        """What the file gives."""
        assert self.found.path is not None
        return self.take(self.found.path, self.piece)


@dataclass(frozen=True)
class TextJob:
    """A text of the label file."""

    key: str
    raw: str | None
    text: Normalised | None
    tokens: Sequence[str] | None
    take: Callable[[Normalised, Sequence[str] | None], Extract]

    @property
    def reason(self) -> str | None:
        """`empty` where there is none."""
        return "empty" if self.text is None else None

    def digest(self) -> str:
        """The sha256 of the text as the label file has it."""
        text = self.raw or ""
        own = self.tokens is not None and self.tokens != text.split(" ")
        return _sha256("\0".join(self.tokens or ()) if own else text)

    def extract(self) -> Extract:
        """What the text gives."""
        assert self.text is not None
        return self.take(self.text, self.tokens)


class Work(NamedTuple):
    """What is to be done: `samples` as the label set has them, by key; a job for each.

    `texts` are the normalised ones, `images` says how large images become, `told` is what the
    report says of task and parameters.
    """

    samples: pl.DataFrame
    texts: Sequence[Normalised | None]
    jobs: Sequence[Job]
    empty: Features
    images: Images | None
    paths: Mapping[str, str]
    told: Mapping[str, Any]

    @property
    def is_text(self) -> bool:
        """Whether the samples are texts, so that no media are read."""
        return MEDIUM[self.told["task"]] == "text"


def work_of(
    snapshot: Snapshot,
    task: str,
    media: Path | None,
    params: PreprocessParams,
    caches: Iterable[Path] = (),
) -> Work:
    """The work that a snapshot and its media are; media may be links to objects of the caches."""
    snapshot = _whole(snapshot)
    samples = snapshot.samples
    counts_tokens = _counts_tokens(snapshot)
    tokens = _tokens(samples) if counts_tokens else [None] * samples.height
    texts = [
        None if text is None else normalise(text, params.unicode, given)
        for text, given in zip(samples["text"], tokens, strict=True)
    ]
    unit = "token" if counts_tokens else "character"
    told = {"task": task, "unit": unit, "parameters": params.told()}
    if MEDIUM[task] == "text":
        takes_text = Texts(params, by_token=task == "token-classification")
        rows = zip(samples["sample"], samples["text"], texts, tokens, strict=True)
        jobs: list[Job] = [TextJob(*row, takes_text) for row in rows]
        return Work(samples, texts, jobs, takes_text.empty, None, {}, told)
    found = find_media(snapshot, media, caches)
    paths = {key: _inside(one.path, media) for key, one in found.items() if one.path and media}
    images = _images(task, params) if MEDIUM[task] == "image" else None
    takes = images or Sounds(params)
    digest_of = _remembered(file_digest)
    pieces = _pieces(snapshot)
    jobs = [
        MediaJob(key, found[key], takes, digest_of, pieces.get(key, WHOLE))
        for key in samples["sample"]
    ]
    return Work(samples, texts, jobs, takes.empty, images, paths, told)


def _images(task: str, params: PreprocessParams) -> Images:
    is_whole = task == "image-classification"
    size = params.image_size or (_SMALL if is_whole else _LARGE)
    return Images(params, size, letterbox=not is_whole)


def _whole(snapshot: Snapshot) -> Snapshot:
    """The snapshot with its samples by key, those among them that only labels name."""
    named = snapshot.labels.select(pl.col("sample").unique()).join(
        snapshot.samples, on="sample", how="anti"
    )
    samples = pl.concat([snapshot.samples, named], how="diagonal").sort("sample")
    return Snapshot(
        snapshot.labels, samples, snapshot.categories, snapshot.format, (), snapshot.documents
    )


def _counts_tokens(snapshot: Snapshot) -> bool:
    """Whether labels of this set count tokens, so that their number has to stay."""
    return snapshot.format == "conll" or bool((snapshot.labels["unit"] == "token").any())


def _tokens(samples: pl.DataFrame) -> list[Sequence[str] | None]:
    """The tokens of each text: parted by spaces, unless the format says otherwise."""
    found: list[Sequence[str] | None] = []
    for text, attributes in samples.select("text", "attributes").iter_rows():
        if text is None:
            found.append(None)
            continue
        own = msgspec.json.decode(attributes).get("tokens") if attributes else None
        is_right = isinstance(own, list) and all(isinstance(one, str) for one in own)
        found.append(own if own and is_right and " ".join(own) == text else text.split(" "))
    return found


def _pieces(snapshot: Snapshot) -> dict[str, Piece]:
    """The samples that are a piece of a sound file, as NeMo manifests have them."""
    if snapshot.format != "nemo":
        return {}
    found = {}
    columns = ("sample", "duration", "attributes")
    for key, duration, attributes in snapshot.samples.select(columns).iter_rows():
        offset = msgspec.json.decode(attributes).get("offset") if attributes else None
        if isinstance(offset, int | float) and offset >= 0:
            found[key] = Piece(float(offset), duration)
    return found


def _inside(path: Path, media: Path) -> str:
    """The path of a media file inside of the media folder."""
    lexical = os.path.relpath(path, os.path.abspath(media))
    if lexical.startswith(".."):
        lexical = os.path.relpath(os.path.realpath(path), os.path.realpath(media))
    return lexical


def _remembered(digest_of: Callable[[Path], str]) -> Callable[[Path], str]:
    """The same, worked out once a file: many samples may be pieces of one."""
    known: dict[Path, str] = {}

    def remembered(path: Path) -> str:
        if path not in known:
            known[path] = digest_of(path)
        return known[path]

    return remembered


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
