"""The commit that last changed each label of a set.

Two things are kept (`labelvc.repo.patch_cache`), so that a second call is quick: what lies between
any two versions, and the whole answer at the newest commit that touched the label set. A walk stops
at a version whose answer is kept, so one commit more costs one comparison more. An answer in which
a version was missing is not kept: it may be at hand the next time.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from labelvc.core.blame import Visit, blame
from labelvc.core.errors import NotFound
from labelvc.core.filtering import Filter
from labelvc.core.snapshot import CONTENT
from labelvc.core.told import Blame
from labelvc.repo.blame_answer import KEPT, Answer, Rest, Telling, decoded, encoded
from labelvc.repo.blame_lineage import Lineage, Node
from labelvc.repo.blame_step import read_version
from labelvc.repo.blame_tables import held
from labelvc.repo.blame_visits import Visits
from labelvc.repo.compare import EVERYTHING
from labelvc.repo.config import LabelSet
from labelvc.repo.patch_cache import PatchCache
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import WORKING_TREE, Version, revision, set_pairs
from labelvc.repo.tallies import read_as

_LABELS = ("id", *CONTENT)


def blamed(
    repo: Repository,
    name: str,
    rev: str | None = None,
    *,
    wanted: Filter = EVERYTHING,
    since: str | None = None,
) -> Blame:
    """The labels of a set at a revision (None: the working tree), each with its last change.

    `wanted` narrows them by sample, category or native id; `since` is a revision that is not gone
    behind. Raises NotFound for an unknown set or revision, and where no label is so.
    """
    end = WORKING_TREE if rev is None else revision(repo, rev)
    (found,) = set_pairs(repo, end, end, [name])
    version = found.after
    if version is None:
        raise NotFound(
            f"label set {found.label_set.name} is not there at {rev or 'the working tree'}",
            hint="`labelvc log` lists the commits that touched it.",
        )
    behind = repo.git.commit(since) if since is not None else None
    search = _Search(repo, version.label_set, behind)
    answer = search.answer(Node(end.commit, version.label_set.name), version, wanted)
    if wanted:
        answer = _narrowed(answer, wanted, version.label_set.name)
    return Blame(
        name=version.label_set.name,
        path=version.label_set.path,
        format=answer.rest.format,
        rev=end.rev,
        commit=end.commit,
        labels=answer.labels,
        changes=answer.changes,
        commits=answer.rest.commits,
        texts=answer.rest.texts,
        notes=search.notes,
    )


class _Search:
    """One label set's answers, kept or worked out."""

    def __init__(self, repo: Repository, label_set: LabelSet, since: str | None) -> None:
        self._repo = repo
        self._label_set = label_set
        self._since = since
        self._lineage = Lineage(repo, label_set, since)
        self._cache = PatchCache(repo)
        self._known: dict[Node, Answer] = {}
        self.notes: list[str] = []

    def answer(self, node: Node, version: Version, wanted: Filter) -> Answer:
        """The origins of the labels of a version, at least of those that are wanted."""
        if (kept := self._kept(node, version)) is not None:
            return kept
        if node.commit is None and not wanted:
            # HEAD's answer is worth keeping, and with it an uncommitted change is one step
            for parent, pair in self._lineage.pairs(node, version)[:1]:
                before = getattr(pair, "before", None)
                if before is not None:
                    answer = self.answer(parent, before, wanted)
                    if before.hash == version.hash and before.beside == version.beside:
                        return answer
        answer = self._walked(node, version, wanted)
        key = self._key(node, version)
        if key is not None and not wanted and answer.is_sure:
            self._cache.put(key, encoded(answer))
        self._cache.tidy()
        return answer

    def _walked(self, node: Node, version: Version, wanted: Filter) -> Answer:
        snapshot, fmt = read_version(version)
        label_set = replace(self._label_set, format=fmt.NAME)
        labels = snapshot.labels.select(_LABELS).filter(*_conditions(wanted))
        visits = Visits(self._repo, self._cache, self._lineage, label_set=label_set)
        visits.begin(node, version)

        def visit(at: Node) -> Visit:
            there = visits.version(at)
            if at.commit and there is not None and self._kept(at, there) is not None:
                return Visit(end=KEPT)
            return visits.visit(at)

        origins = blame(node, held(labels, fmt), visit, self._lineage.rank)
        self.notes += [
            f"{at.commit[:9] if at.commit else at.name}: {error.message}"
            for at, error in visits.missing.items()
        ]
        texts = dict(snapshot.samples.select("sample", "text").drop_nulls().iter_rows())
        return Telling(self._lineage, self._known).answer(labels, origins, fmt.NAME, texts)

    def _kept(self, node: Node, version: Version) -> Answer | None:
        if node not in self._known and (key := self._key(node, version)) is not None:
            answer = decoded(self._cache.get(key))
            if answer is not None:
                self._known[node] = answer
        return self._known.get(node)

    def _key(self, node: Node, version: Version) -> object | None:
        """What an answer depends on; None where it is not kept."""
        content = version.content
        if node.commit is None or self._since is not None or content is None or not content.hash:
            return None
        label_set = self._label_set
        newest = self._lineage.newest(node, version)
        stored = [content.hash_name, content.hash]
        read = [read_as(label_set), label_set.ids, label_set.annotators]
        return ["blame", newest, stored, *read, self._lineage.cuts]


def _conditions(wanted: Filter) -> list[pl.Expr]:
    asked = {"sample": wanted.samples, "category": wanted.categories, "id": wanted.labels}
    return [pl.col(name).is_in(list(values)) for name, values in asked.items() if values]


def _narrowed(answer: Answer, wanted: Filter, name: str) -> Answer:
    labels = answer.labels.filter(*_conditions(wanted))
    if labels.is_empty():
        asked = [*wanted.samples, *wanted.categories, *wanted.labels]
        raise NotFound(
            f"label set {name} has no label of {', '.join(map(repr, asked))}",
            hint="`labelvc show --json` lists the labels. Of what was removed,"
            " `labelvc log --sample S` or `--label ID` tells.",
        )
    told = set(labels["commit"].drop_nulls())
    commits = {sha: one for sha, one in answer.rest.commits.items() if sha in told}
    return replace(answer, labels=labels, rest=Rest(answer.rest.format, commits, answer.rest.texts))
