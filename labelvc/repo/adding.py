"""Declaring a label set: read and checked first, then tracked, then written into labelvc.yaml."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from labelvc.core.check import Issue, check
from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.snapshot import Snapshot
from labelvc.core.tally import Tally
from labelvc.formats.base import Format
from labelvc.formats.reading import read
from labelvc.formats.source import disk_source
from labelvc.repo import params
from labelvc.repo.checking import refuse
from labelvc.repo.config import FILE, LabelSet, check_name, parse_config, with_set
from labelvc.repo.pointer import Stored
from labelvc.repo.repository import Repository
from labelvc.repo.storing import describe, store
from labelvc.repo.sync import remember
from labelvc.repo.writing import lock, write_atomic


@dataclass(frozen=True)
class Added:
    """A declared label set.

    `how` says what keeps its content: "new" where DVC tracks it from now on, else as in `Stored`.
    `modified`: the files differ from what their pointer names.
    """

    label_set: LabelSet
    how: str
    tally: Tally
    warnings: Sequence[Issue]
    modified: bool = False


def add(
    repo: Repository,
    wanted: LabelSet,
    *,
    unchecked: bool = False,
    prove: Callable[[Snapshot, Format], None] = lambda snapshot, fmt: None,
) -> Added:
    """Declare the label set at `wanted.path`, and have DVC track it where nothing does yet.

    A name "" is made from the path, a format None found out. The pointer, .gitignore and
    labelvc.yaml are staged for the next commit. Whatever interrupts it, a second call completes.
    Raises LabelvcError before anything is written where the labels cannot be read or are wrong, and
    what `prove` raises of them.
    """
    with lock(repo.scratch / "lock"):
        label_set = replace(wanted, name=wanted.name or _name_of(wanted.path))
        _check_free(repo, label_set)
        stored = repo.stored(label_set, None)
        beside = repo.beside(label_set, None)
        source = disk_source(repo.root / label_set.path, label_set.path, beside)
        snapshot, fmt, settings = read(source, label_set.format, label_set.settings, label_set.key)
        prove(snapshot, fmt)
        rules = repo.config(None).rules(label_set.name).of_labels()
        issues = refuse(label_set.path, check(snapshot, rules)) if not unchecked else []
        label_set = replace(label_set, format=fmt.NAME, settings=dict(settings))
        snapshot = replace(snapshot, records=(), documents={})  # the file itself, and all its parts
        return _write(repo, label_set, stored, snapshot, issues)


def _write(
    repo: Repository,
    label_set: LabelSet,
    stored: Stored | None,
    snapshot: Snapshot,
    issues: Sequence[Issue],
) -> Added:
    kept = stored or store(repo, label_set, None)
    modified = repo.working(label_set)[1] != kept.hash
    if not modified:
        describe(repo, label_set, kept, snapshot)
    file = repo.root / FILE
    there = file.read_bytes() if file.exists() else None
    write_atomic(file, with_set(there, label_set))
    _steer(repo, label_set)
    repo.git.stage([f"{repo.prefix}{path}" for path in _touched(repo, label_set, kept)])
    remember(repo)
    how = stored.how if stored else "new"
    return Added(label_set, how, snapshot.tally(), issues, modified)


def _steer(repo: Repository, label_set: LabelSet) -> None:
    """Name the label set in params.yaml, from which dvc.yaml makes its stages."""
    content = params.read_params(repo.root)
    named = params.with_entry(content, label_set) if content is not None else None
    if named is not None and named != content:
        write_atomic(repo.root / params.FILE, named)


def _touched(repo: Repository, label_set: LabelSet, stored: Stored) -> list[str]:
    """What a commit has to hold of a new label set, relative to the project root."""
    ignored = posixpath.join(posixpath.dirname(stored.pointer), ".gitignore")
    found = [FILE, params.FILE]
    found += [] if stored.how in ("git", "stage") else [stored.pointer, ignored]
    return [path for path in found if (repo.root / path).exists()]


def path_in(repo: Repository, given: str) -> str:
    """A path from the command line, relative to the project root.

    Raises NotFound where nothing is there, LabelvcError where no label set can be.
    """
    # The link itself is meant where a label file is one (DVC's cache.type symlink).
    path = Path(os.path.abspath(given))
    path = path.parent.resolve() / path.name
    if path.suffix == ".dvc" and path.with_suffix("").exists():
        path = path.with_suffix("")
    if not os.path.lexists(path):
        raise NotFound(f"{given}: no such file or folder", hint=_where_is(repo, path))
    if not path.is_relative_to(repo.root) or path == repo.root:
        raise LabelvcError(
            f"{given}: not inside the project {repo.root}",
            hint="Copy the labels into the project, and add them there.",
        )
    inside = path.relative_to(repo.root)
    if inside.parts[0] in (".git", ".dvc"):
        raise LabelvcError(
            f"{given}: {inside.parts[0]} is no place for labels",
            hint="Move the labels to a folder of their own, such as labels/.",
        )
    return inside.as_posix()


def _where_is(repo: Repository, path: Path) -> str:
    if path.with_name(f"{path.name}.dvc").exists():
        return f"DVC tracks it, but it is not here: `dvc pull {path.name}.dvc` brings it."
    return "Check the path; it is taken relative to the current folder."


def _name_of(path: str) -> str:
    """A name from a path: its last part without ending, odd characters as dashes."""
    stem = posixpath.basename(path).partition(".")[0]
    name = re.sub(r"[^\w.-]+", "-", stem).strip("-.")
    return name or "labels"


def _check_free(repo: Repository, label_set: LabelSet) -> None:
    check_name(label_set.name)
    for other in repo.config(None).sets:
        if other.path == label_set.path:
            _check_unfinished(repo, other, label_set)
        elif other.name == label_set.name:
            raise LabelvcError(
                f"the name {other.name!r} is taken by {other.path}",
                hint="Choose another: `labelvc add --name NAME ...`.",
            )
        elif _overlap(other.path, label_set.path):
            raise LabelvcError(
                f"{label_set.path} overlaps the label set {other.name} ({other.path})",
                hint="Labels belong to one label set; change `path:` in labelvc.yaml instead.",
            )


def _check_unfinished(repo: Repository, declared: LabelSet, wanted: LabelSet) -> None:
    """A set that is declared may be added again only to complete what was interrupted."""
    if declared.name != wanted.name or _is_staged(repo, declared):
        raise LabelvcError(
            f"{declared.path} is already declared, as {declared.name}",
            hint="Edit labelvc.yaml to change it, or commit its labels with `labelvc commit`.",
        )


def _is_staged(repo: Repository, declared: LabelSet) -> bool:
    """Whether the index declares the label set, and has its pointer."""
    stored = repo.stored(declared, None)
    config = _in_index(repo, FILE)
    paths = [one.path for one in parse_config(config).sets] if config else []
    if stored is None or declared.path not in paths:
        return False
    return not stored.pointer or _in_index(repo, stored.pointer) is not None


def _in_index(repo: Repository, path: str) -> bytes | None:
    return repo.git.show("", f"{repo.prefix}{path}")  # Git's name of it is ":path"


def _overlap(one: str, two: str) -> bool:
    return one.startswith(f"{two}/") or two.startswith(f"{one}/")
