"""What the run before found out, so that only changed samples are processed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from labelvc.core.errors import LabelvcError
from labelvc.stages.clean_reasons import OF_CONTENT, Unusable
from labelvc.stages.features_extract import Extract
from labelvc.stages.prepared import load

if TYPE_CHECKING:
    from labelvc.stages.features import Features

# Columns of samples.parquet that follow from the content alone.
_FACTS = ("width", "height", "new_width", "new_height", "duration", "phash", "notes")
_BATCH = 64  # samples whose features are held at a time, for each thread


class Job(Protocol):
    """A sample to be processed, or one that has a `reason` not to be."""

    @property
    def key(self) -> str:
        """The sample's."""

    @property
    def reason(self) -> str | None:
        """A code of `clean_reasons.REASONS`."""

    def digest(self) -> str:
        """The hash of the content. Raises Unusable."""

    def extract(self) -> Extract:
        """What the content gives. Raises Unusable."""


class Outcome(NamedTuple):
    """What a sample gave; `row` is that of its features before, where it was `known`."""

    digest: str | None
    extract: Extract
    known: bool = False
    row: int | None = None

    def without_features(self) -> Outcome:
        """The same, once its features are written."""
        return self._replace(extract=replace(self.extract, features=None))


@dataclass(frozen=True)
class Store:
    """The samples of an earlier run with the same parameters."""

    features: Features = field(default_factory=dict)
    by_digest: Mapping[str, Outcome] = field(default_factory=dict)
    by_key: Mapping[tuple[str, str], Outcome] = field(default_factory=dict)

    def find(self, key: str, digest: str) -> Outcome | None:
        """What is known of this content, first of all of the same sample's."""
        return self.by_key.get((key, digest)) or self.by_digest.get(digest)


def store_of(out: Path, told: Mapping[str, Any]) -> Store:
    """The output in `out`; nothing where it is missing, broken or of other parameters."""
    try:
        before = load(out)
        if _extraction(before.report) != _extraction(told):
            return Store()
    except (LabelvcError, KeyError, TypeError):
        return Store()  # then it is made anew
    by_digest: dict[str, Outcome] = {}
    by_key: dict[tuple[str, str], Outcome] = {}
    for row in before.samples.iter_rows(named=True):
        if row["digest"] is not None:
            by_key[row["sample"], row["digest"]] = outcome = _outcome(row)
            by_digest.setdefault(row["digest"], outcome)
    return Store(before.features, by_digest, by_key)


def _extraction(told: Mapping[str, Any]) -> dict[str, Any]:
    """What of a report's parameters an extract depends on."""
    own = {**told["parameters"], "duplicates": None}
    own["near_duplicates"] = bool(own["near_duplicates"])
    return {"task": told["task"], "unit": told["unit"], "parameters": own}


def _outcome(row: Mapping[str, Any]) -> Outcome:
    codes = (row["reason"] or "").split(",")
    reason = next((code for code in codes if code in OF_CONTENT), None)
    facts = {name: row[name] for name in _FACTS}
    extract = Extract(None, facts, reason, row["detail"] or "")
    return Outcome(row["digest"], extract, True, row["row"])


def outcomes(jobs: Sequence[Job], store: Store, threads: int) -> Iterator[Outcome]:
    """What each sample gave, in order."""
    if threads == 1:
        yield from (_work(job, store) for job in jobs)
        return
    with ThreadPoolExecutor(threads) as pool:
        size = _BATCH * threads
        for start in range(0, len(jobs), size):
            yield from pool.map(lambda job: _work(job, store), jobs[start : start + size])


def _work(job: Job, store: Store) -> Outcome:
    digest = None
    try:
        if job.reason is not None:
            return Outcome(None, Extract(reason=job.reason))
        digest = job.digest()
        return store.find(job.key, digest) or Outcome(digest, job.extract())
    except Unusable as error:
        return Outcome(digest, Extract(reason=error.reason, detail=error.detail))
