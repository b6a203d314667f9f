"""A review under way: the report, what was decided so far, and its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.reported import Item, Report
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import Revision, candidates
from labelvc.report.page import render_page
from labelvc.report.report_json import VERSION, report_json
from labelvc.report.report_words import plain, title
from labelvc.review.app import Action, Kept, Url
from labelvc.review.building import build
from labelvc.review.decisions import Decisions
from labelvc.review.evidence import Blob, Evidence
from labelvc.review.finishing import Finished, decisions_file, fingerprint, finish
from labelvc.review.shelf import exhibits, shelves

MOST = 100_000  # changes that one browser page can hold
_LONGEST = 640  # of a picture, in pixels


class Review:
    """The changes between two revisions with decisions on them. May be used by several threads.

    `finished` is what became of it, None before its end.
    """

    def __init__(
        self,
        repo: Repository,
        ends: tuple[Revision, Revision],
        names: Sequence[str],
        reviewer: str,
    ) -> None:
        """Raises LabelvcError for more changes than one can go through."""
        self._repo, self._ends, self._names, self._reviewer = repo, ends, names, reviewer
        self._seen = fingerprint(repo, ends, names)
        self.report: Report = build(repo, ends, names)
        if len(self.report.items) > MOST:
            raise LabelvcError(
                f"{len(self.report.items):,} changes are too many to go through one by one",
                hint="Name label sets after `--`, or look at `labelvc report`.",
            )
        self.decisions = Decisions(decisions_file(repo, ends, names), self.report.items)
        self.finished: Finished | None = None
        sets = [one.label_set for one in candidates(repo, *ends)]
        self._media = shelves(repo, sets, ends[1])
        self._exhibits = exhibits(self._media, self.report.diff, longest=_LONGEST)
        self._kept = Kept(self._evidence)
        self._lock = Lock()  # Git, DVC and the file of decisions take one at a time
        self._out_of_reach: set[str] = set()

    @property
    def actions(self) -> Mapping[str, Action]:
        """What the page may do."""
        return {"decide": self._decide, "undo": self._undo, "finish": self._finish}

    @property
    def is_done(self) -> bool:
        """Whether it was finished."""
        return self.finished is not None

    def page(self) -> str:
        """The page with all that was decided."""
        return render_page(
            {
                "mode": "review",
                "title": f"Review labels: {plain(title(self.report))}",
                "report": report_json(self.report)[VERSION],
                "decisions": self.decisions.told(),
                "steps": self.decisions.steps,
                "reviewer": self._reviewer,
            }
        )

    def evidence(self, number: int, url: Url) -> dict[str, Any]:
        """The evidence of a change, its files by their address. Raises NotFound."""
        return self._kept.told(number, url)

    def blob(self, number: int, name: str) -> Blob:
        """A file of the evidence of a change. Raises NotFound."""
        return self._kept.blob(number, name)

    def _evidence(self, number: int) -> Evidence:
        if not 0 <= number < len(self.report.items):
            raise NotFound(f"there is no change {number}")
        item = self.report.items[number]
        self._bring(item)
        return self._exhibits.of(item)

    def _bring(self, item: Item) -> None:
        """Fetch the medium of a change; a remote that once refused is left alone."""
        shelf = self._media.get(item.label_set)
        if shelf is None or item.sample is None or item.label_set in self._out_of_reach:
            return
        with self._lock:
            if shelf.bring([(item.path, item.sample, item.split)]) is not None:
                self._out_of_reach.add(item.label_set)

    def _decide(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        numbers = asked.get("numbers")
        if not isinstance(numbers, list):
            raise LabelvcError("`numbers` is the list of changes that are decided")
        changed = {name: value for name, value in asked.items() if name != "numbers"}
        with self._lock:
            self._refuse_finished()
            return {"decisions": self.decisions.decide(numbers, changed)}

    def _undo(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            self._refuse_finished()
            return {"decisions": self.decisions.undo(), "left": self.decisions.steps}

    def _finish(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        message = asked.get("message", "")
        if not isinstance(message, str):
            raise LabelvcError("`message` is the text of the commit's message")
        with self._lock:
            self._refuse_finished()
            if fingerprint(self._repo, self._ends, self._names) != self._seen:
                raise LabelvcError(
                    "the labels or HEAD changed since this review was opened",
                    hint="Stop it and run `labelvc review` again; what you decided is kept.",
                )
            decided = {item.number: self.decisions.of(item.number) for item in self.report.items}
            self.finished = finish(
                self._repo, self._ends, self.report, decided,
                message=message, reviewer=self._reviewer,
            )  # fmt: skip
        done = self.finished
        return {
            "commit": done.commit,
            "accepted": done.accepted,
            "rejected": done.rejected,
            "undecided": done.undecided,
            "patch": done.patch,
            "text": "; ".join(done.text.splitlines()),
        }

    def _refuse_finished(self) -> None:
        if self.finished is not None:
            raise LabelvcError("this review is finished", hint="You may close the window.")
