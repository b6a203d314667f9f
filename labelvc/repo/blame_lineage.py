"""The versions of a label set, each with those it came from: the commits that touched it.

Git lists the commits that touch the paths of a label set and simplifies merges that take one side
as it is. Where a version was kept under other paths (moved, or tracked another way) the listing
begins anew from the commit before.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from labelvc.core.errors import LabelvcError, NotFound, RepositoryError
from labelvc.formats.source import outside
from labelvc.repo import config
from labelvc.repo.config import LabelSet
from labelvc.repo.git_commit import LOG_FIELDS, Commit, parse_commit
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import (
    Revision,
    SetPair,
    Version,
    candidates,
    empty_tree,
    head,
    pair,
)


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
        self._commits: dict[str, Commit] = {}  # their parents may be those that Git lists
        self._parents: dict[tuple[str, ...], dict[str, tuple[str, ...]]] = {}
        self._ranks: dict[str | None, int] = {None: -1}
        self._shallow = _shallow(repo)

    def rank(self, node: Node) -> int:
        """Commits are numbered as Git lists them, children before their parents."""
        return self._ranks.setdefault(node.commit, len(self._ranks))

    def commit(self, sha: str) -> Commit:
        """What Git tells of a commit."""
        return self._commits.get(sha) or next(self._repo.git.log([sha], limit=1))

    @property
    def cuts(self) -> list[str]:
        """The commits whose parents a shallow clone does not have."""
        return sorted(self._shallow)

    def is_cut(self, node: Node) -> str | None:
        """Why older commits are not to be seen from here: "shallow" or "since"; None if they are.

        In a shallow clone the oldest commits have no parents; `since` and all behind it count as
        one old state.
        """
        sha = node.commit
        if sha is None:
            return None
        if sha in self._shallow:
            return "shallow"
        if self._since is None or sha in self._commits:
            return None
        between = self._repo.git.run("rev-list", "--max-count=1", sha, f"^{self._since}")
        return None if between.stdout.strip() else "since"

    def newest(self, node: Node, version: Version) -> str | None:
        """The latest commit up to a node that touched the label set; None if there is none."""
        if node.commit is None:
            return None
        if node.commit in self._commits:
            return node.commit
        return next((c.sha for c in self._log(node.commit, self._paths(version), limit=1)), None)

    def pairs(self, node: Node, version: Version) -> list[tuple[Node, SetPair | LabelvcError]]:
        """The versions that the one at a node came from; `before` is None where there is none.

        Where not even that can be told (a broken labelvc.yaml, a larger folder that is not at hand)
        the error stands for the pair. Raises RepositoryError.
        """
        listed = self._listed(node, version)
        shas = listed.get(node.commit or "", ())
        if node.commit is None:
            shas = tuple(self._heads())
        found = [self._pair(sha, node) for sha in shas]
        if node.commit is None or (found and all(_stays(pair) for _, pair in found)):
            return found
        real = self._repo.git.run("rev-parse", f"{node.commit}^@").stdout.decode().split()
        return found if real == list(shas) else [self._pair(sha, node) for sha in real]

    def _heads(self) -> Iterator[str]:
        """What a commit of the working tree would have as parents."""
        here = head(self._repo).commit
        if here is not None and here != empty_tree(self._repo):
            yield here
        merged = self._repo.git.git_dir / "MERGE_HEAD"
        if merged.exists():
            yield from merged.read_text().split()

    def _pair(self, sha: str, node: Node) -> tuple[Node, SetPair | LabelvcError]:
        """The label set at a parent and at the node, both read as the start declares it."""
        before, after = Revision(commit=sha), Revision(commit=node.commit)
        try:
            (found,) = candidates(self._repo, before, after, [node.name])
        except NotFound:
            return Node(sha, node.name), SetPair(self._label_set, None, None)
        except LabelvcError as error:
            return Node(sha, node.name), error
        now = found.label_set
        as_read = replace(self._label_set, name=now.name, path=now.path)
        parent = Node(sha, (found.before or now).name)
        try:
            return parent, pair(self._repo, replace(found, after=as_read), before, after)
        except RepositoryError:
            raise
        except LabelvcError as error:
            return parent, error

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

    def _log(self, sha: str, paths: Sequence[str], *, limit: int | None = None) -> list[Commit]:
        command = ["log", "-z", "--no-show-signature"]
        command += ["--parents", "--date-order"] if limit is None else [f"--max-count={limit}"]
        command += [f"--format={LOG_FIELDS}", sha, *([f"^{self._since}"] if self._since else [])]
        asked = self._repo.git.run(*command, "--", *(f":(top,literal){path}" for path in paths))
        return [parse_commit(record) for record in asked.stdout.split(b"\0") if record]

    def _paths(self, version: Version) -> tuple[str, ...]:
        """Where Git keeps what decides on the labels of a version, relative to the top."""
        stored, path = version.stored, version.label_set.path
        beside = [
            posixpath.normpath(posixpath.join(path, name))
            for name in outside(version.label_set.settings)
        ]
        own = [name for each in (path, *beside) for name in (each, f"{each}.dvc")]
        pointer = stored.pointer if stored and stored.pointer else path
        return tuple(
            sorted({f"{self._repo.prefix}{name}" for name in (*own, pointer, config.FILE)})
        )


def _stays(pair: SetPair | LabelvcError) -> bool:
    """Whether the label set is kept at the same place at both ends, as far as that is known."""
    if isinstance(pair, LabelvcError):
        return True
    before, after = pair.before, pair.after
    if before is None or after is None or before.label_set.path != after.label_set.path:
        return False
    pointers = [stored.pointer if stored else None for stored in (before.stored, after.stored)]
    return pointers[0] == pointers[1]


def _shallow(repo: Repository) -> frozenset[str]:
    """The commits whose parents a shallow clone does not have."""
    try:
        return frozenset((repo.git.common_dir / "shallow").read_text().split())
    except OSError:
        return frozenset()
