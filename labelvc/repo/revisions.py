"""The two ends of a comparison, and the label sets that may differ between them.

Light on purpose: where the pointers are equal nothing else has to be loaded.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from labelvc.core.errors import LabelvcError, NotFound, RepositoryError
from labelvc.formats.source import Source, outside
from labelvc.repo.config import LabelSet, choose
from labelvc.repo.pointer import Stored
from labelvc.repo.repository import Repository


@dataclass(frozen=True)
class Revision:
    """`rev` as it was given and its commit; both None for the working tree."""

    rev: str | None = None
    commit: str | None = None


WORKING_TREE = Revision()


@dataclass(frozen=True)
class Version:
    """One label set at one end; `stored` is None where only the working tree has it.

    `hash` tells equal content without reading any.
    """

    label_set: LabelSet
    source: Source
    hash: str
    stored: Stored | None = None

    @property
    def beside(self) -> Mapping[str, str | None]:
        """The digests of the files outside the label set by which it is read."""
        files = self.source.files
        named = outside(self.label_set.settings)
        return {path: files[path].digest for path in named if path in files}

    @property
    def content(self) -> Stored | None:
        """What is stored, under a hash of all that decides on the labels; None if untracked."""
        if self.stored is None:
            return None
        beside = (f" {path} {digest}" for path, digest in self.beside.items())
        return replace(self.stored, hash="".join([self.hash, *beside]))


@dataclass(frozen=True)
class SetPair:
    """A label set at both ends; None at the end that lacks it."""

    label_set: LabelSet
    before: Version | None
    after: Version | None
    declared: bool = True

    @property
    def is_equal(self) -> bool:
        """Equal by hash; different hashes may still mean equal labels."""
        if self.before is None or self.after is None:
            return self.before is self.after
        return self.before.hash == self.after.hash and self.before.beside == self.after.beside


@dataclass(frozen=True)
class Candidate:
    """A label set as each end declares it; None where one does not."""

    before: LabelSet | None
    after: LabelSet | None
    declared: bool

    @property
    def label_set(self) -> LabelSet:
        """As it is read: the later declaration counts."""
        found = self.after or self.before
        assert found is not None
        return found


def head(repo: Repository) -> Revision:
    """HEAD, or Git's empty tree before the first commit."""
    try:
        return Revision("HEAD", repo.git.commit("HEAD"))
    except NotFound:
        return Revision("HEAD", empty_tree(repo))


def empty_tree(repo: Repository) -> str:
    """What Git compares a first commit with."""
    asked = repo.git.run("hash-object", "-t", "tree", "--stdin", content=b"")
    return asked.stdout.decode().strip()


def ends(repo: Repository, revs: Sequence[str]) -> tuple[Revision, Revision]:
    """From where to where: nothing, `REV`, `A B`, `A..B` or `A...B`, as for `git diff`."""
    if len(revs) > 2:
        raise LabelvcError(
            f"two revisions can be compared, not {len(revs)}",
            hint="Label sets stand after `--`: labelvc diff A B -- train",
        )
    if not revs:
        return head(repo), WORKING_TREE
    if len(revs) == 2:
        return revision(repo, revs[0]), revision(repo, revs[1])
    for dots in ("...", ".."):
        first, found, second = revs[0].partition(dots)
        if found:
            return _range(repo, first or "HEAD", second or "HEAD", from_base=dots == "...")
    return revision(repo, revs[0]), WORKING_TREE


def revision(repo: Repository, rev: str) -> Revision:
    """The commit that a revision means. Raises NotFound."""
    return head(repo) if rev == "HEAD" else Revision(rev, repo.git.commit(rev))


def _range(
    repo: Repository, first: str, second: str, *, from_base: bool
) -> tuple[Revision, Revision]:
    if not from_base:
        return revision(repo, first), revision(repo, second)
    base = repo.git.merge_base(first, second)
    return Revision(base[:12], base), revision(repo, second)


def split_words(
    repo: Repository, words: Sequence[str], sets: Sequence[str] | None
) -> tuple[list[str], list[str]]:
    """Revisions and names of label sets, told apart as Git does: `--` stands between them.

    Without `--` each word must be one or the other. Raises LabelvcError where it is both or none.
    """
    if sets is not None:
        return list(words), list(sets)
    revs: list[str] = []
    names: list[str] = []
    for word in words:
        unknown = _unknown(repo, word)
        is_set = _is_label_set(repo, word)
        if unknown and not is_set:
            raise NotFound(f"{unknown.message}, nor is it a label set", hint=unknown.hint)
        if is_set and not unknown:
            raise LabelvcError(
                f"{word!r} is both a revision and a label set",
                hint=f"Put revisions before `--` and label sets after it: `-- {word}`.",
            )
        (names if is_set else revs).append(word)
    return revs, names


def _unknown(repo: Repository, word: str) -> LabelvcError | None:
    """Why a word is no revision or range; None where it is one."""
    try:
        ends(repo, [word])
    except (NotFound, RepositoryError) as error:
        return error
    return None


def _is_label_set(repo: Repository, word: str) -> bool:
    sets = [*repo.sets(None), *repo.sets(head(repo).commit)]
    try:
        find_set(repo, sets, word)
    except NotFound:
        return False
    return True


def find_set(repo: Repository, sets: Iterable[LabelSet], word: str) -> LabelSet:
    """The label set of that name, or of that path from the current folder or the project root."""
    known = tuple(sets)
    here = os.path.relpath(os.path.abspath(word), repo.root).replace(os.sep, "/")
    at_path = [s for s in known if s.path == here.removesuffix(".dvc")]
    if at_path and word not in {s.name for s in known}:
        return at_path[0]
    return choose(known, word)


def candidates(
    repo: Repository, before: Revision, after: Revision, names: Sequence[str] = ()
) -> list[Candidate]:
    """The label sets of both ends, paired by name, else by path; those named, where any are.

    Where neither end declares any, each output of a `.dvc` file may be one. Raises NotFound for an
    unknown name.
    """
    sets = [repo.config(end.commit).sets for end in (before, after)]
    declared = any(sets)
    if not declared:
        sets = [repo.sets(end.commit) for end in (before, after)]
    found = _paired(*sets, declared=declared)
    if not names:
        return found
    wanted = [find_set(repo, [one.label_set for one in found], name) for name in names]
    return [candidate for candidate in found if candidate.label_set in wanted]


def _paired(
    before: Sequence[LabelSet], after: Sequence[LabelSet], *, declared: bool
) -> list[Candidate]:
    rest = {label_set.name: label_set for label_set in before}
    former_names = {label_set.path: label_set.name for label_set in before}
    names = {label_set.name for label_set in after}
    found = []
    for label_set in after:
        former = rest.pop(label_set.name, None)
        renamed = former_names.get(label_set.path)
        if former is None and renamed is not None and renamed not in names:
            former = rest.pop(renamed, None)
        found.append(Candidate(former, label_set, declared))
    return found + [Candidate(label_set, None, declared) for label_set in rest.values()]


def pair(repo: Repository, candidate: Candidate, before: Revision, after: Revision) -> SetPair:
    """The label set at both ends. Raises ParseError for a pointer that is none."""
    return SetPair(
        candidate.label_set,
        _version(repo, candidate.before, candidate, before),
        _version(repo, candidate.after, candidate, after),
        candidate.declared,
    )


def set_pairs(
    repo: Repository, before: Revision, after: Revision, names: Sequence[str] = ()
) -> Iterator[SetPair]:
    """Each label set of either end, or those named, as it is at both."""
    for candidate in candidates(repo, before, after, names):
        yield pair(repo, candidate, before, after)


def _version(
    repo: Repository, declared: LabelSet | None, candidate: Candidate, end: Revision
) -> Version | None:
    """The label set at an end, or None where it is not there.

    What only the other end declares is there all the same if something tracks it. In a working
    tree without the label files (not checked out) the pointer speaks for them.
    """
    # Both ends are read alike, as the later one declares it.
    own = declared or candidate.label_set
    label_set = replace(candidate.label_set, name=own.name, path=own.path)
    stored = repo.stored(label_set, end.commit)
    is_here = end.commit is None and (repo.root / label_set.path).exists()
    if is_here and (stored or declared):
        source, content_hash = repo.working(label_set)
        return Version(label_set, source, content_hash, stored)
    if stored is None:
        return None
    return Version(label_set, repo.source(label_set, end.commit), stored.hash, stored)
