"""`labelvc commit`: check, store in DVC, commit the pointers and nothing else."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from labelvc.core.check import Issue, check
from labelvc.core.comparison import Comparison
from labelvc.core.errors import LabelvcError, RepositoryError
from labelvc.core.issue import new_and_gone
from labelvc.core.snapshot import Snapshot
from labelvc.core.summary import summary
from labelvc.formats.reading import read
from labelvc.repo import params
from labelvc.repo.checking import refuse
from labelvc.repo.compare import compare_pair
from labelvc.repo.config import FILE
from labelvc.repo.following import is_here
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import WORKING_TREE, SetPair, head, set_pairs
from labelvc.repo.storing import describe, store
from labelvc.repo.sync import remember, stale
from labelvc.repo.unmerged import marks_of
from labelvc.repo.writing import lock

TRAILER = "Labels"
_UNSHARED = (
    "DVC's own files are in no commit yet, without which a clone cannot read the labels: "
    "`git add .dvc .dvcignore`, then `git commit`"
)


@dataclass(frozen=True)
class Read:
    """What a label set says while its files have that hash; `key` names its samples."""

    snapshot: Snapshot
    hash: str
    key: str | None


@dataclass(frozen=True)
class Change:
    """A label set that differs from HEAD; `snapshot` is None where it is gone.

    `summary` is what the trailer says of it.
    """

    pair: SetPair
    summary: str
    snapshot: Snapshot | None = None
    notes: Sequence[str] = ()
    warnings: Sequence[Issue] = ()

    @property
    def name(self) -> str:
        """The label set's name."""
        return self.pair.label_set.name


@dataclass(frozen=True)
class Committed:
    """What a commit holds, or would hold. `sha` is None where none was made."""

    sha: str | None
    branch: str
    summaries: Mapping[str, str] = field(default_factory=dict)
    paths: Sequence[str] = ()
    warnings: Mapping[str, Sequence[Issue]] = field(default_factory=dict)
    notes: Sequence[str] = ()


def commit(
    repo: Repository,
    message: str,
    names: Sequence[str] = (),
    *,
    unchecked: bool = False,
    dry_run: bool = False,
    allow_empty: bool = False,
    author: str | None = None,
    trailers: Sequence[str] = (),
    already_read: Mapping[str, Read] = MappingProxyType({}),
) -> Committed:
    """Commit the labels of the sets named (default: all) as they are in the working tree.

    `author` is `Name <mail>`, where it is not Git's own identity; `trailers` are further lines for
    the end of the message. `already_read` has, by name, what need not be read again. Only label
    paths go in: pointers, labelvc.yaml, .gitignore, plain label files. A failure leaves the last
    commit and the label files as they are, and a second call completes what the first began. Raises
    RepositoryError where Git or DVC is not in a state for it, LabelvcError where the check finds
    errors.
    """
    if not message.strip():
        raise LabelvcError("the commit message is empty", hint="Say what changed: -m MSG.")
    _refuse_unfinished(repo)
    with lock(repo.scratch / "lock"):
        pairs = list(set_pairs(repo, head(repo), WORKING_TREE, names))
        _refuse_stale(repo, pairs)
        pairs, changes = _changes(repo, pairs, already_read, unchecked=unchecked)
        if not dry_run:
            for change in changes:
                _store(repo, change)
        paths = _differing(repo, pairs)
        made = None
        if not dry_run and (paths or allow_empty):
            text = _with_trailers(repo, message, changes, trailers)
            made = _made(repo, text, paths, author=author, allow_empty=allow_empty)
    return Committed(
        made,
        _branch(repo),
        {change.name: change.summary for change in changes},
        paths,
        {change.name: change.warnings for change in changes if change.warnings},
        [note for change in changes for note in change.notes]
        + ([] if made is None or repo.is_shared() else [_UNSHARED]),
    )


def summarised(pair: SetPair, comparison: Comparison) -> str:
    """The change of one label set in a line: `+14 -3 ~312 (relabelled 290, moved 22)`."""
    if pair.before is None:
        return _new(comparison.after.labels)
    if pair.after is None:
        return f"-{comparison.before.labels} (removed)"
    return summary(comparison.counts)


def _new(labels: int) -> str:
    return f"+{labels} (new)"


def _refuse_unfinished(repo: Repository) -> None:
    """Git commits no single paths while it is in the middle of something."""
    busy = repo.git.state()
    marked = sorted(pointer for pointer, _ in marks_of(repo))
    if marked:
        raise RepositoryError(
            f"conflicts are open in {', '.join(marked)}",
            hint="`labelvc conflicts` shows them, `labelvc resolve` settles them.",
        )
    if busy is None:
        return
    unmerged = sorted({line.partition("\t")[2] for line in repo.git.lines("ls-files", "-uz")})
    still = f"; still in conflict: {', '.join(unmerged)}" if unmerged else ""
    finish = "git commit" if busy == "merge" else f"git {busy} --continue"
    raise RepositoryError(
        f"a {busy} is in progress{still}",
        hint=f"Finish it with `{finish}`, or leave it with `git {busy} --abort`.",
    )


def _refuse_stale(repo: Repository, pairs: Sequence[SetPair]) -> None:
    for pair in pairs:
        if pair.after is not None and (reason := stale(repo, pair.label_set)):
            raise RepositoryError(reason)


def _changes(
    repo: Repository, pairs: Sequence[SetPair], already_read: Mapping[str, Read], *, unchecked: bool
) -> tuple[list[SetPair], list[Change]]:
    """The label sets that are meant, and the changes of those that differ from HEAD."""
    meant: list[SetPair] = []
    changes: list[Change] = []
    for pair in pairs:
        try:
            if not pair.is_equal:
                known = already_read.get(pair.label_set.name)
                changes.append(_change(repo, pair, known, unchecked=unchecked))
        except LabelvcError:
            if pair.declared:
                raise
            continue  # a tracked path that nobody declared and that holds no labels
        meant.append(pair)
    return meant, changes


def _change(repo: Repository, pair: SetPair, known: Read | None, *, unchecked: bool) -> Change:
    # All labels of a new set are added: nothing to compare.
    comparison = compare_pair(repo, pair) if pair.before else None
    if pair.after is None:
        assert comparison is not None
        return Change(pair, summarised(pair, comparison))
    label_set = pair.label_set
    key = comparison.sample_key if comparison else label_set.key
    if known is not None and (known.hash, known.key) == (pair.after.hash, key):
        snapshot = known.snapshot
    else:
        snapshot, _, _ = read(pair.after.source, label_set.format, label_set.settings, key)
    return Change(
        pair,
        summarised(pair, comparison) if comparison else _new(snapshot.labels.height),
        snapshot,
        comparison.notes if comparison else (),
        [] if unchecked else refuse(label_set.path, _issues(repo, pair, snapshot, key)),
    )


def _issues(repo: Repository, pair: SetPair, snapshot: Snapshot, key: str | None) -> list[Issue]:
    """What the check finds, without errors that HEAD has already: nobody made them worse."""
    rules = repo.config(None).rules(pair.label_set.name).of_labels()
    issues = check(snapshot, rules)
    if pair.before is None or not any(issue.severity == "error" for issue in issues):
        return issues
    label_set = pair.before.label_set
    committed, _, _ = read(pair.before.source, label_set.format, label_set.settings, key)
    new, _ = new_and_gone(check(committed, rules), issues)
    made_here = set(new)
    return [issue for issue in issues if issue.severity == "warning" or issue in made_here]


def _store(repo: Repository, change: Change) -> None:
    after, label_set = change.pair.after, change.pair.label_set
    if after is None or change.snapshot is None:
        return
    stored = after.stored
    if stored is None or stored.hash != after.hash or not is_here(repo, stored):
        stored = store(repo, label_set, stored)
    if repo.working(label_set)[1] != after.hash:
        raise RepositoryError(
            f"{label_set.path} was changed while it was being committed",
            hint="Run the same command again.",
        )
    describe(repo, label_set, stored, change.snapshot)


def _differing(repo: Repository, pairs: Sequence[SetPair]) -> list[str]:
    """Of the paths that say which labels there are, those that differ from HEAD."""
    candidates = {FILE} | {path for pair in pairs for path in _paths(repo, pair)}
    candidates |= {params.FILE} if _names_sets_only(repo, pairs) else set()
    specs = [f":(top,literal){repo.prefix}{path}" for path in sorted(candidates)]
    asked = ["status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--"]
    return sorted(line[3:] for line in repo.git.lines(*asked, *specs))


def _names_sets_only(repo: Repository, pairs: Sequence[SetPair]) -> bool:
    """Whether params.yaml differs from HEAD in nothing but what `labelvc add` wrote there."""
    now = params.read_params(repo.root)
    content = repo.git.show(str(head(repo).commit), f"{repo.prefix}{params.FILE}")
    if now is None or content is None or now == content:
        return False
    for pair in pairs:
        if pair.after is not None and pair.label_set.name in params.named_sets(now):
            content = params.with_entry(content, pair.label_set)
    return content == now


def _paths(repo: Repository, pair: SetPair) -> Iterator[str]:
    before = pair.before.stored if pair.before else None
    after = repo.stored(pair.label_set, None) if pair.after else None
    for stored in (before, after):
        if stored is not None:
            yield stored.pointer or pair.label_set.path
    if after is not None:
        for name in repo.beside(pair.label_set, None):
            yield posixpath.normpath(posixpath.join(pair.label_set.path, name))
    is_new = after is not None and (before is None or before.pointer != after.pointer)
    if after is not None and is_new and after.how == "dvc":
        # Only a new pointer has a new line there; other edits of .gitignore are not ours.
        yield posixpath.join(posixpath.dirname(after.pointer), ".gitignore")


def _made(
    repo: Repository, text: str, paths: Sequence[str], *, author: str | None, allow_empty: bool
) -> str:
    """Make the commit."""
    try:
        repo.git.stage(paths)
        made = repo.git.commit_paths(text, paths, allow_empty=allow_empty, author=author)
    except RepositoryError as error:
        raise RepositoryError(
            error.message,
            hint=error.hint
            or "The labels are stored in DVC and their pointers written; only the commit is "
            "missing. Mend what Git says and run the same command again.",
        ) from error
    remember(repo)
    return made


def _branch(repo: Repository) -> str:
    asked = repo.git.run("symbolic-ref", "--quiet", "--short", "HEAD", check=False)
    return asked.stdout.decode().strip() or "detached HEAD"


def _with_trailers(
    repo: Repository, message: str, changes: Sequence[Change], more: Sequence[str]
) -> str:
    lines = [f"{TRAILER}: {change.name} {change.summary}" for change in changes]
    trailers = [f"--trailer={line}" for line in (*lines, *more)]
    command = ["interpret-trailers", "--no-divider", "--if-exists=add", *trailers]
    content = f"{message.strip()}\n".encode()
    return repo.git.run(*command, content=content).stdout.decode()
