"""What a reviewer looks at or listens to, to judge a change: a picture, a text or a sound.

A medium that is not here, or cannot be read, is told as such and is never an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Protocol

import msgspec

from labelvc.core.conflict import Conflict
from labelvc.core.excerpt import named
from labelvc.core.reported import Item
from labelvc.repo.media import Found
from labelvc.review.evidence_images import Images
from labelvc.review.evidence_medium import sort_of
from labelvc.review.evidence_picture import picture_evidence
from labelvc.review.evidence_shapes import Skeleton
from labelvc.review.evidence_sound import sound_evidence
from labelvc.review.evidence_subject import Subject, of_conflict, of_item
from labelvc.review.evidence_text import is_span, text_evidence, words
from labelvc.review.evidence_values import Blob, Evidence, absent, inlined, linked
from labelvc.stages.clean_reasons import Unusable

__all__ = ["Blob", "Evidence", "Exhibits", "Shown", "inlined", "linked"]

LONGEST = 320  # pixels of a picture's longer side
_BATCH = 256  # changes worked on at once: those of one sample share its picture
_THREADS = 4


class Shelf(Protocol):
    """Where the media of a label set are looked for: `Media`, or `StoredMedia`."""

    def find(self, path: str | None, key: str, split: str | None = None) -> Found:
        """The file of the sample `key`."""


@dataclass(frozen=True)
class Shown:
    """The evidence of changes by number; `bytes` are what it takes, its files inside.

    `left_out` more have none, `reason` being why.
    """

    found: Mapping[int, Evidence]
    bytes: int = 0
    left_out: int = 0
    reason: str = ""

    @property
    def shown(self) -> int:
        """Of how many changes there is something to see or hear."""
        return sum(one.is_shown for one in self.found.values())


class Exhibits:
    """Evidence from the media of each label set by name. May be used by several threads.

    `skeletons` are the lines between the keypoints of a category, by its name.
    """

    def __init__(
        self,
        media: Mapping[str, Shelf | None],
        *,
        longest: int = LONGEST,
        skeletons: Mapping[str, Skeleton] | None = None,
    ) -> None:
        self._media = media
        self._longest = longest
        self._skeletons = skeletons or {}
        self._images = Images()
        self._finding = Lock()  # shelves may ask Git, one question at a time

    def of(self, item: Item, *, longest: int | None = None) -> Evidence:
        """The evidence for a change; `longest` is the longer side of a picture in pixels."""
        subject = of_item(item)
        if subject is None:
            return absent("a category is no picture or sound; the changes of its labels are")
        return self._of(subject, longest)

    def of_conflict(
        self,
        label_set: str,
        conflict: Conflict,
        *,
        path: str | None = None,
        text: str | None = None,
        longest: int | None = None,
    ) -> Evidence:
        """The evidence for a conflict, with base, ours and theirs.

        `path` and `text` are the sample's, where the conflict itself does not hold them.
        """
        subject = of_conflict(label_set, conflict)
        if subject is None:
            return absent("this conflict is not about one sample")
        known = replace(subject, path=subject.path or path, text=subject.text or text)
        return self._of(known, longest)

    def many(self, items: Sequence[Item], *, most: int, bytes: int) -> Shown:
        """The evidence for the first items, at most so many, and up to the first too many bytes.

        The same items give the same evidence. No more than 256 pictures are made in vain.
        """
        found: dict[int, Evidence] = {}
        used = 0
        reason = f"Pictures, texts and sounds are kept of the first {most:,} changes only"
        for item, evidence in self._each(items[:most]):
            size = len(msgspec.json.encode(inlined(evidence)))
            if used + size > bytes:
                reason = f"Pictures, texts and sounds are kept up to {bytes / 1e6:g} MB only"
                break
            found[item.number] = evidence
            used += size
        left_out = len(items) - len(found)
        return Shown(found, used, left_out, reason if left_out else "")

    def _each(self, items: Sequence[Item]) -> Iterator[tuple[Item, Evidence]]:
        """The evidence of each, in order; that of one sample is made by one thread."""

        def made(group: Sequence[int]) -> list[tuple[int, Evidence]]:
            return [(at, self.of(items[at])) for at in group]

        with ThreadPoolExecutor(min(os.cpu_count() or 1, _THREADS)) as pool:
            for start in range(0, len(items), _BATCH):
                groups: dict[tuple[str, str | None], list[int]] = {}
                for at in range(start, min(start + _BATCH, len(items))):
                    groups.setdefault((items[at].label_set, items[at].sample), []).append(at)
                found = dict(chain.from_iterable(pool.map(made, groups.values())))
                yield from ((items[at], found[at]) for at in sorted(found))

    def _of(self, subject: Subject, longest: int | None) -> Evidence:
        evidence = self._medium(subject, longest or self._longest)
        if subject.edited is None:
            return evidence
        return Evidence({**evidence.told, "words": words(*subject.edited)}, evidence.blobs)

    def _medium(self, subject: Subject, longest: int) -> Evidence:
        is_text = any(is_span(version) for version in subject.versions)
        if subject.text and is_text:
            return text_evidence(subject, subject.text)
        if is_text:
            return absent(f"the text of {named(subject.sample)} is not here")
        try:
            return self._seen(subject, self._found(subject), longest)
        except Unusable as why:
            return text_evidence(subject, subject.text) if subject.text else absent(why.detail)

    def _found(self, subject: Subject) -> Path:
        """The file of the sample. Raises Unusable, which says why there is none."""
        shelf = self._media.get(subject.label_set)
        if shelf is None:
            raise Unusable(
                "no media",
                f"nothing says where the media of {named(subject.label_set)} are: `media:` in"
                " labelvc.yaml does",
            )
        with self._finding:
            path, reason = shelf.find(subject.path, subject.sample, subject.split)
        if path is not None:
            return path
        name = named(subject.name)
        if reason == "outside":
            raise Unusable("outside", f"{name} leads out of the media folder and is not opened")
        raise Unusable("missing", f"{name} is not here; `dvc pull` brings what DVC tracks")

    def _seen(self, subject: Subject, path: Path, longest: int) -> Evidence:
        """The evidence from a file. Raises Unusable."""
        try:
            sort = sort_of(path)
            if sort == "video":
                raise Unusable("unreadable", "it is a video, of which no picture is taken")
            if sort == "sound":
                return sound_evidence(path, subject)
            return picture_evidence(
                self._images,
                self._images.head(path),
                subject.versions,
                longest=longest,
                skeletons=self._skeletons,
            )
        except OSError as error:
            why = str(error.strerror or error)
        except Unusable as error:
            why = error.detail
        raise Unusable("unreadable", f"{named(subject.name)} cannot be shown: {why}")
