"""Reading a label set for training: its labels at a revision, and where its media lie."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from labelvc.core.errors import NotFound, shorten
from labelvc.core.snapshot import Snapshot
from labelvc.formats.reading import read
from labelvc.formats.source import Blob, DiskBlob, Source
from labelvc.formats.splits import MEDIA
from labelvc.repo.caches import cache_folders
from labelvc.repo.config import LabelSet
from labelvc.repo.media import Media, media_names
from labelvc.repo.media_names import Names, candidates
from labelvc.repo.objects import ObjectBlob
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import WORKING_TREE, Revision, Version, revision, set_pairs


@dataclass(frozen=True, eq=False)
class Opened:
    """A label set at a revision.

    `paths` is how the labels name the medium of each sample, with its suffix where that is known.
    `own` are the media that the label set itself stores, a file a sample ("" where it has none),
    or None where it stores none; `folders` is where else to look. `pull` is what DVC has to bring
    where media are missing.
    """

    label_set: LabelSet
    end: Revision
    snapshot: Snapshot
    digest: str
    paths: pl.Series
    own: Sequence[str] | None
    folders: tuple[Media, ...]
    pull: str

    @property
    def where(self) -> str:
        """How messages name it."""
        at = f" at {self.end.commit[:8]}" if self.end.commit else ""
        return f"label set {self.label_set.name}{at}"


def open_set(repo: str | os.PathLike[str], name: str, rev: str | None) -> Opened:
    """The label set of that name; nothing is checked out or copied.

    Raises NotFound for an unknown revision or label set, RepositoryError where there is no
    repository, and what reading the labels raises.
    """
    with contextlib.closing(Repository.find(Path(repo))) as found:
        end = WORKING_TREE if rev is None else revision(found, rev)
        version = _version(found, name, end)
        label_set, source = version.label_set, version.source
        found.prefetch(Source("", {}, is_folder=False), source)
        snapshot, _, _ = read(source, label_set.format, label_set.settings, label_set.key)
        paths = media_names(snapshot)
        own, folders = _places(found, version, snapshot.samples.with_columns(paths))
        pull = folders[-1] if folders else label_set.path
        caches = cache_folders(found.root, found.main_root) if folders else []
        media = tuple(Media(found.root / folder, caches) for folder in folders)
        return Opened(
            label_set,
            end,
            # the source fragments, which nothing here needs, are half of the memory
            replace(snapshot, records=(), documents={}),
            snapshot.digest(),
            _with_suffixes(paths, snapshot.samples, media),
            own,
            media,
            pull,
        )


def chosen(opened: Opened, split: str | Sequence[str] | None) -> pl.Series:
    """Whether each sample is in one of the splits. Raises NotFound for one that has no sample."""
    splits = opened.snapshot.samples["split"]
    if split is None:
        return pl.repeat(True, len(splits), eager=True)
    wanted = [split] if isinstance(split, str) else list(split)
    known = sorted(splits.drop_nulls().unique())
    for name in wanted:
        if name not in known:
            raise NotFound(
                f"{opened.where}: no sample is in split {shorten(name)}",
                hint=f"Its splits: {', '.join(known)}." if known else "It has no splits.",
            )
    return splits.is_in(wanted).fill_null(value=False)


def _version(repo: Repository, name: str, end: Revision) -> Version:
    (pair,) = set_pairs(repo, end, end, [name])
    if pair.after is None:
        raise NotFound(
            f"label set {name}: {pair.label_set.path} is not there at {end.rev or 'all'}",
            hint=f"`labelvc log -- {name}` lists the commits that have it.",
        )
    return pair.after


def _places(
    repo: Repository, version: Version, samples: pl.DataFrame
) -> tuple[Sequence[str] | None, list[str]]:
    """The media that the label set itself stores, and the folders where media are."""
    declared = _media_folder(repo, version.label_set)
    folders = [declared] if declared else []
    first = _first_medium(version.source)
    if isinstance(first, DiskBlob):
        return None, [version.label_set.path, *folders]
    return None if first is None else _stored_media(repo, version.source, samples), folders


def _media_folder(repo: Repository, label_set: LabelSet) -> str | None:
    """As the working tree declares it, whose media are read; else as the revision does."""
    with contextlib.suppress(NotFound):
        if folder := repo.config(None).by_name(label_set.name).media:
            return folder
    return label_set.media


def _first_medium(source: Source) -> Blob | None:
    """One of the media among the label set's own files, if there are any."""
    if not source.is_folder:
        return None
    path = next((path for path in source.files if path.lower().endswith(MEDIA)), None)
    return None if path is None else source.files[path]


def _stored_media(repo: Repository, source: Source, samples: pl.DataFrame) -> list[str]:
    """Where the cache has each sample's medium; "" where it has none."""
    files = Names(source.files)
    rows = samples.select("path", "sample", "split").iter_rows()
    return [_stored_at(repo, _named(files, *row)) or "" for row in rows]


def _named(files: Names[Blob], path: str | None, key: str, split: str | None) -> Blob | None:
    names = candidates([path, key], split, suffixed=files.suffixed)
    return next((files[name] for name in names if name in files), None)


def _stored_at(repo: Repository, blob: Blob | None) -> str | None:
    if not isinstance(blob, ObjectBlob):  # plain Git files are nowhere as files
        return None
    found = repo.objects.path_of(blob.hash, blob.hash_name)
    return None if found is None else str(found)


def _with_suffixes(paths: pl.Series, samples: pl.DataFrame, folders: Sequence[Media]) -> pl.Series:
    """The paths, with suffix and folders where a medium named without suffix is there now.

    To look for a single one of those, at each access, would take hundreds of guesses.
    """
    listed = [folder.listed() for folder in folders]
    rows = samples.select("sample", paths, "split", "text").iter_rows()
    names = [
        path if text is not None else _full_path(listed, path, key, split)
        for key, path, split, text in rows
    ]
    return pl.Series("path", names, dtype=pl.String)


def _full_path(
    folders: Sequence[Media], path: str | None, key: str, split: str | None
) -> str | None:
    if (path or key).lower().endswith(MEDIA):
        return path
    for folder in folders:
        place = folder.find(path, key, split).path
        if place is not None and place.is_relative_to(folder.folder):
            return str(place.relative_to(folder.folder))
    return path
