"""The versions of a label set, each with those it came from: the commits that touched it.

Git lists the commits that touch the paths of a label set and simplifies merges that take one side
as it is. Where a version was kept under other paths (moved, or tracked another way) the listing
begins anew from the commit before.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from labelvc.core.errors import NotFound
from labelvc.formats.source import outside
from labelvc.repo import config
from labelvc.repo.config import LabelSet
from labelvc.repo.git_commit import LOG_FIELDS, Commit, parse_commit
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import Revision, SetPair, Version, candidates, head, pair


class Node(NamedTuple):
    """A label set at a commit, or (None) in the working tree, under the name it has there."""

    commit: str | None
    name: str


class Lineage:
    """The history of one label set, read as it is declared at its start.

    `since` is a commit that is not gone behind.
    """

    def __init__(self, repo: Repository, label_set: LabelSet, since: str | None = None) -> None:
        self._repo = repo
        self._label_set = label_set
        self._since = since
        self._commits: dict[str, Commit] = {}
        self._parents: dict[tuple[str, ...], dict[str, tuple[str, ...]]] = {}
        self._ranks: dict[str | None, int] = {None: -1}
        self.shallow = _shallow(repo)

    def rank(self, node: Node) -> int:
        """Commits are numbered as Git lists them, children before their parents."""
        return self._ranks.setdefault(node.commit, len(self._ranks))

    def commit(self, sha: str) -> Commit:
        """What Git tells of a commit."""
        if sha not in self._commits:
            (self._commits[sha],) = self._repo.git.log([sha], limit=1)
        return self._commits[sha]

    def is_cut(self, node: Node) -> bool:
        """Whether there may be older commits that are not to be seen: a shallow clone, `since`."""
        if node.commit is None:
            return False
        return node.commit in self.shallow or node.commit == self._since

    def newest(self, node: Node, version: Version) -> str | None:
        """The latest commit up to a node that touched the label set; None if there is none."""
        listed = self._listed(node, version)
        return node.commit if node.commit in listed else next(iter(listed.values()), (None,))[0]

    def pairs(self, node: Node, version: Version) -> list[tuple[Node, SetPair]]:
        """The versions that the one at a node came from; `before` is None where there is none."""
        listed = self._listed(node, version)
        shas = listed.get(node.commit or "", ())
        if node.commit is None:
            shas = tuple(self._heads())
        found = [self._pair(sha, node) for sha in shas]
        if node.commit is None or (found and all(_stays(pair) for _, pair in found)):
            return found
        real = self.commit(node.commit).parents
        return found if real == shas else [self._pair(sha, node) for sha in real]

    def _heads(self) -> Iterator[str]:
        """What a commit of the working tree would have as parents."""
        here = head(self._repo)
        if here.commit is not None and self._repo.git.run(
            "cat-file", "-t", here.commit
        ).stdout.startswith(b"commit"):
            yield here.commit
        merged = self._repo.git.git_dir / "MERGE_HEAD"
        if merged.exists():
            yield from merged.read_text().split()

    def _pair(self, sha: str, node: Node) -> tuple[Node, SetPair]:
        """The label set at a parent and at the node, both read as the start declares it."""
        before, after = Revision(commit=sha), Revision(commit=node.commit)
        try:
            (found,) = candidates(self._repo, before, after, [node.name])
        except NotFound:
            return Node(sha, node.name), SetPair(self._label_set, None, None)
        now = found.label_set
        as_read = replace(self._label_set, name=now.name, path=now.path)
        own = found.before or now
        told = pair(self._repo, replace(found, after=as_read), before, after)
        return Node(sha, own.name), told

    def _listed(self, node: Node, version: Version) -> dict[str, tuple[str, ...]]:
        """The commits that touch the paths of a version, with their parents among those.

        A commit that is not among them has the first of them for a parent.
        """
        paths = self._paths(version)
        listed = self._parents.setdefault(paths, {})
        if node.commit is None or node.commit in listed:
            return listed
        found = self._log(node.commit, paths)
        for commit in found:
            self._commits.setdefault(commit.sha, commit)
            self._ranks.setdefault(commit.sha, len(self._ranks))
            listed[commit.sha] = commit.parents
        if found and found[0].sha != node.commit:
            listed[node.commit] = (found[0].sha,)
        return listed
