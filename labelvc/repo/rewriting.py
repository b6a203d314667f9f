"""Writing a label set back into the working tree with an edit in it.

What is written must be proven to say what the edit says: by what differs in it, else by reading it
again. The new contents are kept in a journal before the first file is replaced, so that a rewriting
that was killed is completed by `finish_rewriting`; until the journal stands, nothing has changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import polars as pl

from labelvc.core.align import named
from labelvc.core.errors import LossError, RepositoryError
from labelvc.core.match import match
from labelvc.core.patch import KEYS
from labelvc.core.snapshot import Snapshot, categories_frame
from labelvc.formats.base import Format
from labelvc.formats.edit_proof import says
from labelvc.formats.folder import Contents
from labelvc.formats.reading import decode, read, scan
from labelvc.formats.source import Blob, MemoryBlob, Source
from labelvc.repo.config import LabelSet
from labelvc.repo.object_store import ObjectStore
from labelvc.repo.replacing import complete, journal, replace_files
from labelvc.repo.repository import Repository
from labelvc.repo.writing import lock

Edit = Callable[[Snapshot], Snapshot]


@dataclass(frozen=True)
class Rewriting:
    """A label set as it was read and is to be; by path from the root, the new contents.

    None stands for a file that is removed. `former` has the md5 of what each file held. `now` is
    what the new contents say, by whatever keys and native ids. `key` names the samples.
    """

    label_set: LabelSet
    key: str | None
    before: Snapshot
    after: Snapshot
    now: Snapshot
    contents: Mapping[str, bytes | None]
    former: Mapping[str, str | None]


def rewrite(repo: Repository, label_set: LabelSet, edit: Edit) -> list[str]:
    """Edit a label set in the working tree; the paths that changed, from the project root.

    Only files whose bytes change are written, each in one step, and never through a link into
    DVC's cache. Raises LossError, and other LabelvcErrors, where the format cannot say what the
    edit says; nothing is written then.
    """
    with unfinished_first(repo):
        return carry_out(repo, [plan(repo, label_set, edit)])


def rewrite_in_cache(repo: Repository, label_set: LabelSet, edit: Edit) -> Snapshot:
    """The same, with the new version in DVC's cache first; what the label file holds then.

    So whoever leaves a merge may replace it, even if we are killed before a pointer names it.
    """
    with unfinished_first(repo):
        planned = plan(repo, label_set, edit)
        _put_into_cache(repo, planned)
        carry_out(repo, [planned])
        return planned.now


@contextlib.contextmanager
def unfinished_first(repo: Repository) -> Iterator[None]:
    """Hold the lock, after completing what was killed."""
    with lock(repo.scratch / "lock"):
        complete(repo.root, journal(repo))
        yield


def plan(repo: Repository, label_set: LabelSet, edit: Edit) -> Rewriting:
    """What a rewriting would write. Raises what `rewrite` raises."""
    source, hash = repo.working(label_set)
    pieces, fmt, settings = scan(source, label_set.format, label_set.settings)
    key = label_set.key or next(iter(pieces.sample_fields()), None)
    before = decode(pieces, source, key)
    after = edit(before)
    contents = _differing(source, fmt.write(after, settings))
    written = _with(source, contents)
    now = wanted = named(after, {})
    if not says((before, wanted), pieces, written, fmt, settings, key):
        now, _, _ = read(written, fmt.NAME, settings, key)
        _refuse_losses(wanted, now, fmt, label_set.path)
    paths = {name: _path(repo, source, label_set, name) for name in contents}
    former = {paths[name]: _former(source, name) for name in contents}
    if contents and repo.working(label_set)[1] != hash:
        raise RepositoryError(
            f"{label_set.path} was changed while it was being read",
            hint="Nothing was written. Run the same command again.",
        )
    new = {paths[name]: content for name, content in contents.items()}
    return Rewriting(label_set, key, before, after, now, new, former)


def carry_out(repo: Repository, rewritings: Iterable[Rewriting]) -> list[str]:
    """Write what was planned, of all or of none; the paths that changed. Call with the lock held.

    Raises RepositoryError where a file was changed since it was read.
    """
    contents: dict[str, bytes | None] = {}
    former: dict[str, str | None] = {}
    for one in rewritings:
        contents |= one.contents
        former |= one.former
    replace_files(repo.root, journal(repo), contents, former)
    return sorted(contents)


def _put_into_cache(repo: Repository, planned: Rewriting) -> None:
    cache, home = ObjectStore(repo.objects.cache), planned.label_set.path
    put = {
        path: cache.put(content)
        for path, content in planned.contents.items()
        if content is not None
    }
    if (repo.root / home).is_dir():
        _, files = repo.worktree.hash_folder(home)
        merged = {**{f"{home}/{name}": hash for name, hash in files.items()}, **put}
        start = len(home) + 1
        cache.put_listing(
            {
                path[start:]: hash
                for path, hash in merged.items()
                if path.startswith(f"{home}/") and planned.contents.get(path, b"") is not None
            }
        )


def _former(source: Source, name: str) -> str | None:
    old = source.files.get(name)
    return None if old is None else hashlib.md5(old.read(), usedforsecurity=False).hexdigest()


def _differing(source: Source, written: Mapping[str, bytes]) -> dict[str, bytes | None]:
    """The files whose bytes change, None for those that go; the others are not even read."""
    found: dict[str, bytes | None] = {}
    for name in written:
        old = source.files.get(name)
        if isinstance(written, Contents) and name in written.kept and written.kept[name] == old:
            continue
        content = written[name]
        if old is None or old.read() != content:
            found[name] = content
    gone = [name for name in source.files if name not in written and not name.startswith("../")]
    return found | dict.fromkeys(gone)


def _with(source: Source, contents: Mapping[str, bytes | None]) -> Source:
    """The source as it will be."""
    new = {name: MemoryBlob(one) for name, one in contents.items() if one is not None}
    files: dict[str, Blob] = {
        name: blob for name, blob in source.files.items() if name not in contents
    }
    return Source(source.name, files | new, source.is_folder)


def _refuse_losses(after: Snapshot, back: Snapshot, fmt: Format, path: str) -> None:
    """Raise LossError unless what was read back is what it is to be."""
    wanted, found = _comparable(after), _comparable(back)
    if not fmt.CARRIES.taxonomy or not back.categories["id"].count():  # those that labels name
        wanted, found = (replace(one, categories=categories_frame([])) for one in (wanted, found))
    if found == wanted:
        return
    # Numbers may come back with noise, and samples under a name that follows from their content.
    found = match(wanted, found, ids="untrusted").after
    lost = [table for table in KEYS if _only(found, table) != _only(wanted, table)]
    if lost:
        raise LossError(
            f"{path}: {fmt.TITLE} cannot hold the edit: read again, its "
            f"{' and '.join(lost)} would differ from what they are to be",
            hint="Nothing was written.",
        )


def _only(snapshot: Snapshot, table: str) -> Snapshot:
    return replace(Snapshot(), **{table: getattr(snapshot, table)})


def _comparable(snapshot: Snapshot) -> Snapshot:
    """Without what follows from other cells: tokens stand in their order and make up the text."""
    is_token = pl.col("kind") == "token"
    labels = snapshot.labels
    if not (labels["kind"] == "token").any():
        return snapshot
    order = pl.col("start").rank("ordinal").over("sample", "kind").cast(pl.Float64) - 1
    labels = labels.with_columns(
        start=pl.when(is_token).then(order).otherwise("start"),
        end=pl.when(is_token).then(order + 1).otherwise("end"),
    )
    texts = pl.col("sample").is_in(labels.filter(is_token)["sample"].implode())
    samples = snapshot.samples.with_columns(text=pl.when(~texts).then("text"))
    return replace(snapshot, labels=labels, samples=samples)


def _path(repo: Repository, source: Source, label_set: LabelSet, name: str) -> str:
    """The path of a file from the root. Raises RepositoryError where it leads elsewhere."""
    home = label_set.path
    path = posixpath.normpath(posixpath.join(home, name)) if source.is_folder else home
    is_beside = name.startswith("../") and name in source.files
    root = os.path.realpath(repo.root)
    folder = os.path.realpath(os.path.dirname(repo.root / path))
    is_inside = source.is_folder and path.startswith(f"{home}/")
    if (source.is_folder and not is_inside and not is_beside) or not (
        folder == root or folder.startswith(f"{root}{os.sep}")
    ):
        raise RepositoryError(f"{label_set.path}: would be written to {path}, outside of it")
    return path
