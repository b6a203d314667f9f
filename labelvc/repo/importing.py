"""Labels from elsewhere taken into the repository: as a new label set, or as changes of one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from labelvc.core.check import Issue, check
from labelvc.core.counting import count
from labelvc.core.errors import LabelvcError, LossError, NotFound
from labelvc.core.issue import new_and_gone
from labelvc.core.label_changes import label_changes
from labelvc.core.match import match
from labelvc.core.other_changes import category_changes, sample_changes
from labelvc.core.patch import KEYS, Patch
from labelvc.core.reanchor import Reanchored, reanchor
from labelvc.core.reanchor_rows import ALREADY, Unfit
from labelvc.core.snapshot import Snapshot, categories_frame
from labelvc.formats.base import Format
from labelvc.formats.reading import read
from labelvc.formats.registry import by_name
from labelvc.formats.source import MemoryBlob
from labelvc.repo.adding import Added, add
from labelvc.repo.applying import NO_MATCHES
from labelvc.repo.checking import refuse
from labelvc.repo.committing import Read
from labelvc.repo.config import LabelSet, check_name
from labelvc.repo.repository import Repository
from labelvc.repo.rewriting import Rewriting, carry_out, plan, unfinished_first
from labelvc.repo.writing import write_atomic

FOLDER = "labels"
_SHAPES = {"box", "polygon", "mask", "keypoints", "polyline", "ellipse", "cuboid"}


@dataclass(frozen=True)
class Taken:
    """What became of changes from elsewhere.

    `reasons` say what does not fit the label set as it is by now; nothing was written then.
    `now` is what the label set holds, where that is known.
    """

    counts: Mapping[str, int]
    paths: Sequence[str] = ()
    now: Read | None = None
    reasons: Sequence[Unfit] = ()
    warnings: Sequence[Issue] = ()


@dataclass(frozen=True)
class Imported:
    """What an import did: `added` a label set, or committed changes as `sha` on `branch`.

    `summary` is the change as the commit tells it. `reasons` say why the changes do not fit the
    label set as it is by now; nothing was done then. `paths` are the files that were written.
    """

    name: str
    added: Added | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    sha: str | None = None
    branch: str = ""
    message: str = ""
    summary: str = ""
    paths: Sequence[str] = ()
    reasons: Sequence[Unfit] = ()
    warnings: Sequence[Issue] = ()


def take_changes(
    repo: Repository,
    label_set: LabelSet,
    patch: Patch,
    sample_key: str | None,
    *,
    unchecked: bool = False,
) -> Taken:
    """Put changes into a label set of the working tree, all of them or none.

    What the label set has already is no obstacle. Raises LabelvcError where the check finds errors
    that were not there before.
    """
    found: list[Reanchored] = []

    def edit(snapshot: Snapshot) -> Snapshot:
        independent = label_set.annotators == "independent"
        found.append(
            reanchor(patch, snapshot, ids=label_set.ids, independent=independent)  # type: ignore[arg-type]
        )
        return _with_paths(found[-1].apply(snapshot), snapshot)

    with unfinished_first(repo):
        planned = plan(repo, replace(label_set, key=sample_key or label_set.key), edit)
        (fitting,) = found
        counts = _counts(fitting.patch, planned)
        reasons = [one for one in fitting.reasons if one.reason != ALREADY]
        if reasons:
            return Taken(counts, reasons=reasons)
        warnings = [] if unchecked else _checked(repo, label_set, planned)
        paths = carry_out(repo, [planned])
        content = replace(planned.now, records=(), documents={})
        now = Read(content, repo.working(label_set)[1], planned.key)
        return Taken(counts, paths, now, warnings=warnings)


def replace_file(
    repo: Repository, label_set: LabelSet, content: bytes, *, unchecked: bool = False
) -> Taken:
    """Put another version of a label set's one file in its place, if it is one.

    Raises LabelvcError, before anything is written, where it cannot be read or the check finds
    errors that were not there before.
    """
    former, _ = repo.working(label_set)
    if former.is_folder:
        raise LabelvcError(
            f"{label_set.path} is a folder, and no single file", hint="Import it under a new name."
        )
    name, blob = former.only()
    if blob.read() == content:
        return Taken({})
    as_read = (label_set.format, label_set.settings, label_set.key)
    rules = repo.config(None).rules(label_set.name).of_labels()
    found = [
        check(read(source, *as_read)[0], rules)
        for source in (former, replace(former, files={name: MemoryBlob(content)}))
    ]
    issues = found[1]
    if any(issue.severity == "error" for issue in issues):
        new = set(new_and_gone(found[0], found[1])[0])
        issues = [one for one in issues if one.severity == "warning" or one in new]
    warnings = [] if unchecked else refuse(label_set.path, issues)
    with unfinished_first(repo):
        write_atomic(repo.root / label_set.path, content)
    return Taken({}, [label_set.path], warnings=warnings)


def add_files(
    repo: Repository,
    wanted: LabelSet,
    files: dict[str, bytes],
    *,
    unchecked: bool = False,
    prove: Callable[[Snapshot, Format], None] = lambda snapshot, fmt: None,
) -> Added:
    """A new label set of those files at `wanted.path`, which nothing must be at.

    A single file stands under ""; `files` are taken out of the mapping, as they may be large.
    Raises what `add` raises, and leaves nothing behind then.
    """
    path = repo.root / wanted.path
    check_name(wanted.name)
    if wanted.name in {one.name for one in repo.config(None).sets}:
        raise LabelvcError(f"the name {wanted.name!r} is taken", hint="Choose another with --name.")
    if os.path.lexists(path) or os.path.lexists(f"{path}.dvc"):
        raise LabelvcError(
            f"{wanted.path}: something is there already", hint="Choose another place with --path."
        )
    try:
        for name in list(files):
            write_atomic(path / name if name else path, files.pop(name))
        return add(repo, wanted, unchecked=unchecked, prove=prove)
    except BaseException:
        if not os.path.lexists(f"{path}.dvc"):
            _remove(path)
        raise


def add_snapshot(
    repo: Repository, wanted: LabelSet, snapshot: Snapshot, *, unchecked: bool = False
) -> Added:
    """A new label set of a snapshot from elsewhere, in `wanted.format` or the one for its kinds.

    A path "" is made from the name. Raises LossError where the format cannot hold the labels.
    """
    fmt = by_name(wanted.format or format_for(snapshot))
    written = dict(fmt.write(snapshot, wanted.settings))
    is_folder = bool({"/"} & set("".join(written))) or len(written) != 1
    path = wanted.path or _default_path(wanted.name, written, is_folder=is_folder)
    wanted = replace(wanted, path=path, format=fmt.NAME)
    if not is_folder:
        written = {"": written.popitem()[1]}
    held = [snapshot]
    del snapshot  # a million labels take 300 MB, which are free once they are compared

    def prove(back: Snapshot, fmt: Format) -> None:
        _refuse_losses(held.pop(), back, fmt, path)

    return add_files(repo, wanted, written, unchecked=unchecked, prove=prove)


def read_path(given: str) -> tuple[dict[str, bytes], str]:
    """The files at a path, a single one under "", and the ending of its name."""
    path = Path(given)
    if not path.exists():
        raise NotFound(f"{given}: no such file or folder", hint="Check the path.")
    if path.is_file():
        return {"": path.read_bytes()}, path.suffix
    files = sorted(one for one in path.rglob("*") if one.is_file())
    shown = {one: one.relative_to(path).as_posix() for one in files}
    return {name: one.read_bytes() for one, name in shown.items() if not _is_hidden(name)}, ""


def format_for(snapshot: Snapshot) -> str:
    """The format that new labels of those kinds are written in."""
    kinds = set(snapshot.labels["kind"])
    if kinds & _SHAPES:
        return "coco"
    if "token" in kinds:
        return "conllu"
    if "span" in kinds:
        return "spans"
    if "segment" in kinds or (kinds == {"text"} and snapshot.samples["duration"].count()):
        return "nemo"
    return "table"


def _default_path(name: str, written: Mapping[str, bytes], *, is_folder: bool) -> str:
    ending = "" if is_folder else os.path.splitext(next(iter(written)))[1]
    return f"{FOLDER}/{name}{ending}"


def _refuse_losses(snapshot: Snapshot, back: Snapshot, fmt: Format, path: str) -> None:
    """Raise LossError where the files do not say what the snapshot says."""
    if not fmt.CARRIES.taxonomy or not back.categories["id"].count():
        snapshot = replace(snapshot, categories=categories_frame([]))
        back = replace(back, categories=categories_frame([]))
    if all(_same_rows(getattr(back, table), getattr(snapshot, table)) for table in KEYS):
        return
    found = match(snapshot, back, ids="untrusted").after
    for table in KEYS:
        if replace(Snapshot(), **{table: getattr(found, table)}) != replace(
            Snapshot(), **{table: getattr(snapshot, table)}
        ):
            raise LossError(
                f"{path}: {fmt.TITLE} cannot hold these {table} as they are",
                hint="Nothing was written. Choose another format with --format F.",
            )


def _same_rows(one: pl.DataFrame, two: pl.DataFrame) -> bool:
    """Whether two tables say the same row by row, which is soon told of a million."""
    provenance = ("key", "id", "record")
    return one.drop(provenance, strict=False).equals(two.drop(provenance, strict=False))


def _counts(patch: Patch, planned: Rewriting) -> dict[str, int]:
    changes = label_changes(patch, planned.before, planned.after, NO_MATCHES)
    return count(changes, sample_changes(patch), category_changes(patch))


def _with_paths(now: Snapshot, before: Snapshot) -> Snapshot:
    """New samples with a path, where every sample so far is named by its own."""
    samples = before.samples
    if samples.is_empty() or not samples["path"].eq_missing(samples["sample"]).all():
        return now
    return replace(
        now, samples=now.samples.with_columns(pl.coalesce("path", "sample").alias("path"))
    )


def _checked(repo: Repository, label_set: LabelSet, planned: Rewriting) -> list[Issue]:
    """The warnings of the check. Raises LabelvcError for errors that are new."""
    rules = repo.config(None).rules(label_set.name).of_labels()
    issues = check(planned.now, rules)
    if any(issue.severity == "error" for issue in issues):
        made_here = set(new_and_gone(check(planned.before, rules), issues)[0])
        issues = [one for one in issues if one.severity == "warning" or one in made_here]
    return refuse(label_set.path, issues)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or "/." in name
