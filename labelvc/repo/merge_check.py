"""Whether merges kept both sides' label changes, looked at afterwards.

Git does not call a merge driver in an octopus, a web page's merge button never does, and people may
settle a pointer by hand. Then one side's labels are lost without a word.
"""

from __future__ import annotations

from collections.abc import Iterator

from labelvc.core.errors import LabelvcError
from labelvc.repo.repository import Repository
from labelvc.repo.versions import Version, version


def one_sided(repo: Repository) -> list[str]:
    """Pointers of HEAD, a merge, that took one side whole though both had changed them.

    Costs a few questions to Git, and no object is read.
    """
    return [
        f"{path}: the merge has only {side}' labels, though both sides changed them: make it again "
        "with `labelvc merge`"
        for path, sides, merged in both_changed(repo, "HEAD")
        for side, own in zip(("ours", "theirs"), sides[1:], strict=True)
        if _hashes(merged) == _hashes(own)
    ]


def both_changed(
    repo: Repository, commit: str
) -> Iterator[tuple[str, tuple[Version, Version, Version], Version]]:
    """The pointers that both parents of a merge changed, as base, ours and theirs, and merged."""
    git = repo.git
    parents = git.lines("log", "-1", "-z", "--format=%P", commit)[0].split()
    if len(parents) != 2:
        return
    asked = git.run("merge-base", *parents, check=False)
    if asked.returncode:
        return
    base = asked.stdout.decode().split()[0]
    changed = [
        set(git.lines("diff-tree", "-r", "-z", "--name-only", base, parent)) for parent in parents
    ]
    for path in sorted(changed[0] & changed[1]):
        contents = [git.show(rev, path) for rev in (base, *parents, commit)]
        if not path.endswith(".dvc") or None in contents[1:]:
            continue
        where = path.removeprefix(repo.prefix)
        try:
            was, own, other, merged = (
                version(side, content or b"", where)
                for side, content in zip(
                    ("base", "ours", "theirs", "merged"), contents, strict=True
                )
            )
        except LabelvcError:
            continue
        if _hashes(own) != _hashes(other):
            yield where, (was, own, other), merged


def _hashes(one: Version) -> list[str]:
    return [out.hash for out in one.pointer.outs]
