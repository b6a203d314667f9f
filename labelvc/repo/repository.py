"""The label sets of a Git and DVC repository, at any revision."""

from __future__ import annotations

import contextlib
import os
import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from labelvc.core.errors import NotFound, RepositoryError
from labelvc.formats.source import MEDIA, Blob, DiskBlob, Source, digests, outside
from labelvc.repo import config as configuration
from labelvc.repo.caches import cache_folders, cache_in
from labelvc.repo.config import Config, LabelSet, parse_config
from labelvc.repo.files import Files, named_digest
from labelvc.repo.git import Git, GitBlob
from labelvc.repo.hashing import hash_listing
from labelvc.repo.merged_tree import below
from labelvc.repo.objects import ObjectBlob, Objects, Origin
from labelvc.repo.pointer import Stored
from labelvc.repo.remote import Dvc
from labelvc.repo.tracking import Tracked, Tracking
from labelvc.repo.worktree import Worktree


class Repository:
    """A project: `root` is the folder that holds `.dvc/`, without DVC the top of the Git tree.

    Paths of label sets are POSIX text relative to `root`.
    """

    def __init__(self, git: Git, root: Path) -> None:
        self.git = git
        self.root = root
        self._tracking = Tracking(git, root)

    @classmethod
    def find(cls, start: Path | None = None) -> Repository:
        """The project around a path (default: the current folder). Raises RepositoryError."""
        start = (start or Path.cwd()).resolve()
        git = Git.find(start)
        for folder in (start, *start.parents):
            if (folder / ".dvc").is_dir():
                return cls(git, folder)
            if folder == git.top:
                break
        return cls(git, _project_below(git))

    @property
    def scratch(self) -> Path:
        """Where indexes and locks live: inside the Git folder of this working tree."""
        return self.git.git_dir / "labelvc"

    @property
    def prefix(self) -> str:
        """The project root relative to the top of the Git tree: "" or "sub/"."""
        return self._tracking.prefix

    @cached_property
    def dvc(self) -> Dvc:
        """What only DVC itself can do; nothing of DVC is imported before it is asked."""
        return Dvc(self.root, self.git.top, self.main_root)

    @cached_property
    def objects(self) -> Objects:
        """The stored content."""
        return Objects(self.dvc, cache_folders(self.root, self.main_root))

    @cached_property
    def worktree(self) -> Worktree:
        """The files on disk and their hashes."""
        return Worktree(self.root, self.scratch)

    def config(self, commit: str | None) -> Config:
        """What labelvc.yaml declares at a commit, or (None) in the working tree.

        Raises ParseError.
        """
        content = self._tracking.content(commit, configuration.FILE)
        where = _at(configuration.FILE, commit)
        return Config() if content is None else parse_config(content, where)

    def sets(self, commit: str | None) -> tuple[LabelSet, ...]:
        """The declared label sets; without labelvc.yaml one for each output of a .dvc file."""
        if self._tracking.content(commit, configuration.FILE) is not None:
            return self.config(commit).sets
        paths = [tracked.output.path for tracked in self._tracking.dvc_files(commit)]
        return tuple(LabelSet(name, path) for name, path in _named(paths))

    def stored(self, label_set: LabelSet, commit: str | None) -> Stored | None:
        """What is stored of a label set at a commit, or by the pointers of the working tree.

        None where it is not there. For a set inside a larger tracked folder that folder's
        listing is needed. Raises NotFound where it cannot be had.
        """
        tracked = self._tracked(label_set, commit)
        if tracked is None:
            return self._stored_in_git(label_set, commit)
        output = tracked.output
        stored = Stored(
            hash=output.hash or (hash_listing(output.files) if output.files else ""),
            hash_name=output.hash_name,
            is_dir=output.is_dir,
            how=tracked.how,
            pointer=tracked.pointer,
            remote=output.remote,
            meta=tracked.meta,
        )
        inner = tracked.inner(label_set.path)
        if not inner:
            return stored
        files = self._files(label_set, tracked, commit)
        return _inside(stored, inner, files) if files else None

    def source(self, label_set: LabelSet, commit: str | None) -> Source:
        """The label set's files at a commit, or (None) as the pointers of the working tree say.

        Hidden files of a folder are left out. Raises NotFound where the set is not there.
        """
        name, path = _at(label_set.path, commit), label_set.path
        tracked = self._tracked(label_set, commit)
        files = self._stored_files(label_set, tracked, commit)
        # A tracked folder is listed at the first need, which never comes if pointers are equal.
        if tracked is not None and tracked.output.is_dir and tracked.output.path == path:
            return Source(name, self._with_beside(files, label_set, commit), is_folder=True)
        if not files.hashes:
            raise NotFound(f"label set {label_set.name}: {path} is not there at {_short(commit)}")
        if "" in files:
            return Source(name, {posixpath.basename(path): files[""]}, is_folder=False)
        return Source(name, self._with_beside(files, label_set, commit), is_folder=True)

    def working(self, label_set: LabelSet) -> tuple[Source, str]:
        """The label set's files in the working tree and their hash.

        The hash is of the kind that the pointer in the working tree has, so that it compares
        with `stored(label_set, None).hash`. Raises NotFound where nothing is there.
        """
        path = label_set.path
        on_disk = self.root / path
        tracked = self._tracked(label_set, None)
        in_git = tracked is None and self._tracking.in_git(None, path) is not None
        hash_name = "git" if in_git else tracked.hash_name if tracked else "md5"
        if not on_disk.is_dir():
            hash = self.worktree.hash_file(path, hash_name)
            blob = DiskBlob(str(on_disk), named_digest(hash, hash_name))
            return Source(path, {on_disk.name: blob}, is_folder=False), hash
        if in_git:
            names = self.git.files(None, under=self.prefix + path)
            start = len(self.prefix) + len(path) + 1
            hash, hashes = self.worktree.hash_files(path, [name[start:] for name in names], "git")
        else:
            hash, hashes = self.worktree.hash_folder(path, hash_name)

        def make(name: str, own: str) -> Blob:
            return DiskBlob(f"{on_disk}/{name}", named_digest(own, hash_name))

        files = Files(lambda: hashes, hash_name, make)
        return Source(path, self._with_beside(files, label_set, None), is_folder=True), hash

    def beside(self, label_set: LabelSet, commit: str | None) -> dict[str, Blob]:
        """The files outside a label set's folder that its settings name, such as `../data.yaml`.

        At a commit, or (None) in the working tree. What is not there, hidden or not in the project
        is left out: formats say what they miss.
        """
        found: dict[str, Blob] = {}
        for name in outside(label_set.settings):
            path = posixpath.normpath(posixpath.join(label_set.path, name))
            if _is_hidden(path) or (commit is None and not self._is_own_file(path)):
                continue
            alone = LabelSet(name, path)
            with contextlib.suppress(NotFound):
                source = self.source(alone, commit) if commit else self.working(alone)[0]
                if not source.is_folder:
                    found[name] = source.only()[1]
        return found

    def prefetch(self, before: Source, after: Source) -> None:
        """Fetch, in one go, the missing objects that only one of two sources has, but no media."""
        one, two = digests(before.files), digests(after.files)
        wanted: dict[Origin, list[tuple[str, str]]] = {}
        for side, own, others in ((before, one, two), (after, two, one)):
            shared = set(others.values())
            for path in [path for path, digest in own.items() if digest not in shared]:
                if path.lower().endswith(MEDIA):
                    continue
                blob = side.files[path]
                if isinstance(blob, ObjectBlob):
                    wanted.setdefault(blob.origin, []).append((blob.hash, blob.hash_name))
        for origin, hashes in wanted.items():
            self.objects.fetch(hashes, origin)

    def close(self) -> None:
        """End what runs in the background."""
        self.git.close()
        if "dvc" in self.__dict__:
            self.dvc.close()

    @cached_property
    def main_root(self) -> Path | None:
        """This project in the main worktree, where we are in a linked one."""
        main = self.git.main_worktree()
        return None if main is None else main / self.prefix.rstrip("/")

    def _with_beside(self, files: Files, label_set: LabelSet, commit: str | None) -> Files:
        return files.with_beside(self.beside(label_set, commit))

    def _is_own_file(self, path: str) -> bool:
        """Whether a file of the working tree, links followed, lies in the project."""
        real = os.path.realpath(self.root / path)
        own = os.path.relpath(real, os.path.realpath(self.root)).replace(os.sep, "/")
        return os.path.isfile(real) and not _is_hidden(own)

    def _tracked(self, label_set: LabelSet, commit: str | None) -> Tracked | None:
        """The DVC output that holds the label set; None where Git itself has it, or nobody."""
        tracked = self._tracking.find(commit, label_set.path)
        # An output with `cache: false` stands in dvc.lock, but Git has it.
        if tracked and tracked.how == "stage" and self._tracking.in_git(commit, label_set.path):
            return None
        return tracked

    def _files(
        self, label_set: LabelSet, tracked: Tracked, commit: str | None
    ) -> Mapping[str, str]:
        """The hashes of the label set's files; a single file stands under ""."""
        output = tracked.output
        inner = tracked.inner(label_set.path)
        if not output.is_dir:
            return {} if inner else {"": output.hash}
        tree = output.files
        if tree is None:
            origin = self._origin(label_set, tracked, commit)
            tree = self.objects.tree(output.hash, output.hash_name, origin)
        return below(tree, inner)

    def _stored_files(
        self, label_set: LabelSet, tracked: Tracked | None, commit: str | None
    ) -> Files:
        """What makes blobs of the stored files; a single file stands under ""."""
        if tracked is None:
            return Files(
                lambda: self._git_ids(label_set.path, commit),
                "git",
                lambda _, sha: GitBlob(self.git, sha),
            )
        objects, kind = self.objects, tracked.output.hash_name
        origin = self._origin(label_set, tracked, commit)
        return Files(
            lambda: self._files(label_set, tracked, commit),
            kind,
            lambda file, hash: ObjectBlob(hash, kind, objects, origin, file),
        )

    def is_shared(self) -> bool:
        """Whether a clone of HEAD would be a DVC project, where this is one."""
        return not self.dvc.exists or self._tracking.content("HEAD", ".dvc/config") is not None

    def _origin(self, label_set: LabelSet, tracked: Tracked, commit: str | None) -> Origin:
        if commit is not None:  # the cache may have been elsewhere then
            config = self._tracking.content(commit, ".dvc/config") or b""
            if (cache := cache_in(config, self.root / ".dvc" / "config")) is not None:
                self.objects.look_in(cache)
        return Origin(
            label=f"label set {label_set.name} at {_short(commit)}",
            path=tracked.output.path,
            inner=tracked.inner(label_set.path),
            commit=commit,
            remote=tracked.output.remote,
            through_dvc=tracked.through_dvc,
        )

    def _stored_in_git(self, label_set: LabelSet, commit: str | None) -> Stored | None:
        files = self._git_ids(label_set.path, commit)
        if not files:
            return None
        is_file = list(files) == [""]
        return Stored(files[""] if is_file else hash_listing(files), "git", not is_file, "git")

    def _git_ids(self, path: str, commit: str | None) -> dict[str, str]:
        """The blobs that Git has of a file ("") or a folder."""
        start = self.prefix + path
        found = self.git.blob_ids(commit, start) if commit else self.git.index_ids(start)
        return {name[len(start) + 1 :]: sha for name, sha in found.items()}


def _project_below(git: Git) -> Path:
    """Where the project is if no `.dvc` is at or above us: the top, or the one subfolder."""
    if (git.top / configuration.FILE).exists():
        return git.top
    found = git.files(None, suffix=".dvc/config")
    folders = [posixpath.dirname(posixpath.dirname(file)) for file in found]
    if len(folders) > 1:
        raise RepositoryError(
            f"{git.top} holds several DVC projects: {', '.join(folders)}",
            hint=f"Go into one of them, or say which: `labelvc -C {folders[0]} ...`.",
        )
    return git.top / folders[0] if folders else git.top


def _is_hidden(path: str) -> bool:
    """Whether a part of a relative path begins with a dot; `..` leads out of the project."""
    return path.startswith((".", "/")) or "/." in path


def _named(paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """A name for each path: its stem, or where two share it the path itself."""
    stems = [posixpath.splitext(posixpath.basename(path))[0] for path in paths]
    shared = Counter(stems)
    for path, stem in zip(paths, stems, strict=True):
        yield (stem if shared[stem] == 1 else path), path


def _inside(enclosing: Stored, inner: str, files: Mapping[str, str]) -> Stored:
    """What is stored of a part of a tracked folder."""
    is_file = "" in files
    return replace(
        enclosing,
        hash=files[""] if is_file else hash_listing(files),
        is_dir=not is_file,
        how="inside",
        inner=inner,
        enclosing=enclosing.hash,
    )


def _at(path: str, commit: str | None) -> str:
    return path if commit is None else f"{path} at {_short(commit)}"


def _short(commit: str | None) -> str:
    return "the working tree" if commit is None else commit[:8]
