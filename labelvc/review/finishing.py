"""The end of a review: what was accepted becomes a commit, the rest a patch file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from labelvc.core.errors import LabelvcError
from labelvc.core.mailed import Mailed, mailed, print_patches
from labelvc.core.reported import Item, Report
from labelvc.core.selection import Chosen, split_patch
from labelvc.repo.applying import apply_patches
from labelvc.repo.committing import commit
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import WORKING_TREE, Revision, head, set_pairs
from labelvc.repo.writing import write_atomic
from labelvc.review.decisions import Decision

_COMMENTS = 100  # comments that go into the commit's message


@dataclass(frozen=True)
class Finished:
    """What a review came to. `patch` is the file with what was left out, None where nothing was."""

    commit: str
    accepted: int
    rejected: int
    undecided: int
    patch: str | None
    text: str


@dataclass(frozen=True)
class _Parts:
    """The accepted part of each label set's change, and the rest."""

    accepted: list[Mailed]
    rest: list[Mailed]
    names: list[str]
    notes: list[str]


def fingerprint(repo: Repository, ends: tuple[Revision, Revision], names: Sequence[str]) -> object:
    """Tells whether the labels of the working tree, or HEAD, changed since."""
    pairs = set_pairs(repo, ends[1], WORKING_TREE, names)
    return head(repo).commit, [(p.label_set.name, p.after and p.after.hash) for p in pairs]


def finish(
    repo: Repository,
    ends: tuple[Revision, Revision],
    report: Report,
    decided: Mapping[int, Decision],
    *,
    message: str,
    reviewer: str,
) -> Finished:
    """Commit the earlier end with what was accepted; what was not is left as a patch file.

    Where the later end is the working tree, or HEAD has it, the rest is taken out of the working
    tree; else what was accepted is put in. Without any difference to HEAD the commit is empty: it
    says who reviewed. Raises LabelvcError, with nothing changed, where that is not possible.
    """
    verdicts = [decided.get(item.number, Decision()).decision for item in report.items]
    parts = _parts(report, verdicts)
    _refuse_dirty(repo, ends, parts.names)
    is_here = ends[1].commit is None or repo.git.is_ancestor(ends[1].commit, "HEAD")
    wanted = [~one for one in parts.rest] if is_here else parts.accepted
    counts = {said: verdicts.count(said) for said in ("accept", "reject", None)}
    patch = _left(repo, parts.rest) if parts.rest else None
    text = _message(message, counts, report.items, decided)
    try:
        _put(repo, wanted)
        try:
            made = commit(
                repo, text, parts.names, allow_empty=True, author=reviewer,
                trailers=[f"Reviewed-by: {reviewer}"],
            )  # fmt: skip
        except LabelvcError:
            _put(repo, [~one for one in wanted])
            raise
    except LabelvcError:
        if patch is not None:
            (repo.root / patch).unlink(missing_ok=True)
        raise
    assert made.sha is not None
    told = [f"[{made.branch} {made.sha[:10]}] {text.splitlines()[0]}", *parts.notes]
    told += [f"{name}: {line}" for name, line in made.summaries.items()]
    if patch is not None:
        told.append(f"What was not accepted is in {patch}; `labelvc apply {patch}` brings it back.")
    if not made.summaries:
        told.append("Nothing had to be changed: the commit is empty and says who reviewed.")
    return Finished(
        made.sha, counts["accept"], counts["reject"], counts[None], patch, "\n".join(told)
    )


def _parts(report: Report, verdicts: Sequence[str | None]) -> _Parts:
    accepted: dict[str, set[Chosen]] = {one.name: set() for one in report.diff.sets}
    for item, verdict in zip(report.items, verdicts, strict=True):
        if verdict == "accept":
            accepted[item.label_set].add((item.what, item.key))
    found = _Parts([], [], [one.name for one in report.diff.sets], [])
    for one in mailed(report.diff):
        parts = split_patch(one.patch, accepted[one.name or ""])
        if parts.accepted:
            found.accepted.append(replace(one, patch=parts.accepted))
        if parts.rest:
            found.rest.append(replace(one, patch=parts.rest))
        for told, keys in (
            ("taken too, as accepted labels need it", parts.pulled_in),
            ("kept, as labels that stay need it", parts.held_back),
        ):
            found.notes.extend(f"{one.name}: {what} {key}: {told}" for what, key in keys)
    return found


def _refuse_dirty(repo: Repository, ends: tuple[Revision, Revision], names: Sequence[str]) -> None:
    """Label edits that are in no commit must not get into this one unseen."""
    if ends[1].commit is None:
        return
    pairs = set_pairs(repo, head(repo), WORKING_TREE, names)
    if dirty := [pair.label_set.name for pair in pairs if not pair.is_equal]:
        raise LabelvcError(
            f"labels in the working tree are in no commit: {', '.join(dirty)}",
            hint="Commit them (`labelvc commit -m MSG`) or leave them (`dvc checkout`), then "
            "finish again; your decisions are kept.",
        )


def _put(repo: Repository, patches: Sequence[Mailed]) -> None:
    """Put patches into the working tree, all or nothing."""
    if not patches:
        return
    applied = apply_patches(repo, patches)
    if not applied.fits:
        reasons = [
            f"{one.label_set.name}: {why.reason}" for one in applied.sets for why in one.reasons
        ]
        raise LabelvcError(
            "\n  ".join(["what was accepted does not fit the labels here", *reasons[:10]]),
            hint="Nothing was changed. The labels changed since this review; open it again.",
        )


def _left(repo: Repository, rest: Sequence[Mailed]) -> str:
    """Write what was left out to a new file in the project; its name."""
    number = 1
    while (path := repo.root / _name(number)).exists():
        number += 1
    write_atomic(path, print_patches(rest).encode())
    return path.name


def _name(number: int) -> str:
    return f"labelvc-review{f'-{number}' if number > 1 else ''}.patch.json"


def _message(
    message: str,
    counts: Mapping[str | None, int],
    items: Sequence[Item],
    decided: Mapping[int, Decision],
) -> str:
    """The message, or one that counts, and the comments as far as there is room."""
    told = message.strip() or (
        f"Review labels: {counts['accept']:,} accepted, {counts['reject'] + counts[None]:,} not"
    )
    comments = [
        f"* {item.label_set}: {item.sample or item.row.get('after') or ''}: {state.comment}"
        for item in items
        if (state := decided.get(item.number)) and state.comment
    ]
    if not comments:
        return told
    lines = [" ".join(line.split()) for line in comments[:_COMMENTS]]
    left = len(comments) - len(lines)
    return "\n".join([told, "", *lines, *([f"* ... and {left} more"] if left else [])])


def default_reviewer(repo: Repository) -> str:
    """The identity Git commits with: `Name <mail>`. Raises RepositoryError where there is none."""
    said = repo.git.run("var", "GIT_AUTHOR_IDENT").stdout.decode("utf-8", "replace")
    return said.rpartition(">")[0] + ">"


def decisions_file(repo: Repository, ends: tuple[Revision, Revision], names: Sequence[str]) -> Path:
    """Where the decisions on this change are kept: beside Git's own files, by both ends."""
    after = ends[1].commit or "working-tree"
    told = "-".join([str(ends[0].commit)[:12], after[:12], *sorted(names)])
    safe = "".join(char if char.isalnum() or char in "-_." else "_" for char in told)
    return repo.scratch / "reviews" / f"{safe[:150]}.jsonl"
