"""The conflicts of an unfinished merge in the browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any, NamedTuple

from labelvc.core.conflict import Conflict
from labelvc.core.conflict_words import subject
from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.resolve import choices
from labelvc.formats.reading import read
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import WORKING_TREE, find_set
from labelvc.repo.unfinished import decide, next_step, undecided
from labelvc.report.conflict_cells import told
from labelvc.report.page import render_page
from labelvc.report.spans import Line
from labelvc.review.app import Action, Kept, Url
from labelvc.review.evidence import Blob, Evidence, Exhibits
from labelvc.review.shelf import shelves

_LONGEST = 640  # of a picture, in pixels


class _Sample(NamedTuple):
    """What its evidence needs of a sample."""

    path: str | None = None
    text: str | None = None


class ConflictReview:
    """Open conflicts, numbered as they are listed. May be used by several threads."""

    def __init__(self, repo: Repository, reviewer: str) -> None:
        self._repo, self._reviewer = repo, reviewer
        self._lock = Lock()
        self._exhibits = Exhibits(shelves(repo, repo.sets(None), WORKING_TREE), longest=_LONGEST)
        self._kept = Kept(self._evidence)
        self._samples: dict[str, dict[str, _Sample]] = {}
        self._open: list[tuple[str, str, Conflict]] = []
        self._read()

    @property
    def actions(self) -> Mapping[str, Action]:
        """What the page may do."""
        return {"resolve": self._resolve}

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to decide."""
        return not self._open

    @property
    def left(self) -> int:
        """How many conflicts are open."""
        return len(self._open)

    @property
    def following(self) -> str | None:
        """The command that goes on once nothing is left to decide."""
        return None if self._open else next_step(self._repo)

    def page(self) -> str:
        """The page with the conflicts that are open."""
        return render_page(
            {
                "mode": "conflicts",
                "title": "Conflicts of labels",
                "reviewer": self._reviewer,
                "conflicts": list(self._told()),
                "next": self.following,
            }
        )

    def evidence(self, number: int, url: Url) -> dict[str, Any]:
        """The evidence of a conflict, its files by their address. Raises NotFound."""
        return self._kept.told(number, url)

    def blob(self, number: int, name: str) -> Blob:
        """A file of the evidence of a conflict. Raises NotFound."""
        return self._kept.blob(number, name)

    def _read(self) -> None:
        self._open = [
            (one.name, id, conflict)
            for one in undecided(self._repo)
            for id, conflict in one.conflicts.items()
        ]

    def _evidence(self, number: int) -> Evidence:
        if not 0 <= number < len(self._open):
            raise NotFound(f"there is no conflict {number}")
        label_set, _, conflict = self._open[number]
        key = next(iter(conflict.samples), "")
        sample = self._samples_of(label_set).get(key, _Sample())
        return self._exhibits.of_conflict(label_set, conflict, path=sample.path, text=sample.text)

    def _samples_of(self, name: str) -> dict[str, _Sample]:
        """The samples of a label set as they are here: conflicts hold little more than labels."""
        with self._lock:
            if name not in self._samples:
                self._samples[name] = _read_samples(self._repo, name)
            return self._samples[name]

    def _resolve(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        wanted = asked.get("choices")
        if wanted is None or not _are_choices(wanted):
            raise LabelvcError("`choices` maps label sets to conflicts, and those to a choice")
        with self._lock:
            decide(self._repo, wanted)
            self._read()
            self._kept.forget()
            return {
                "left": len(self._open),
                "next": self.following,
                "conflicts": list(self._told()),
            }

    def _told(self) -> Iterator[dict[str, Any]]:
        for number, (label_set, id, conflict) in enumerate(self._open):
            yield {
                "number": number,
                "set": label_set,
                "id": id,
                "kind": conflict.kind,
                "subject": subject(conflict),
                "sample": next(iter(conflict.samples), None),
                "field": conflict.field,
                "rows": [
                    {"name": row.name, **dict(zip(_SIDES, map(_cell, row.cells), strict=True))}
                    for row in told(conflict)
                ],
                "choices": list(choices(conflict)),
            }


_SIDES = ("base", "ours", "theirs")


def _read_samples(repo: Repository, name: str) -> dict[str, _Sample]:
    """The samples by their key; none where the label set cannot be read."""
    try:
        label_set = find_set(repo, repo.sets(None), name)
        source, _ = repo.working(label_set)
        snapshot, _, _ = read(source, label_set.format, label_set.settings, label_set.key)
    except LabelvcError:
        return {}
    rows = snapshot.samples.select("sample", "path", "text").iter_rows()
    return {key: _Sample(path, text) for key, path, text in rows}


def _cell(line: Line) -> list[list[str]]:
    return [[text, style] for text, style in line]


def _are_choices(wanted: Any) -> bool:
    """A file may be a choice for `labelvc resolve`, but not for a page: it could name any."""
    return isinstance(wanted, dict) and all(
        isinstance(by_id, dict)
        and all(
            choice in ("ours", "theirs", "base", "union", "delete") for choice in by_id.values()
        )
        for by_id in wanted.values()
    )
