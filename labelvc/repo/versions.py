"""A tracked path in three versions, as Git hands them to a merge driver: by their pointers."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labelvc.formats.source import Source
from labelvc.repo.config import LabelSet
from labelvc.repo.files import Files
from labelvc.repo.objects import ObjectBlob, Objects, Origin
from labelvc.repo.pointer import Output, Pointer, load_document, parse_pointer
from labelvc.repo.pointer_merge import META, unresolved
from labelvc.repo.repository import Repository

SIDES = ("base", "ours", "theirs")


@dataclass(frozen=True)
class Version:
    """One version of a pointer; `content` is b"" where it is not there (both added it)."""

    side: str
    content: bytes
    pointer: Pointer

    @property
    def blocks(self) -> Mapping[str, Mapping[str, Any]]:
        """What `labelvc commit` noted, by label set name."""
        blocks = self.pointer.meta.get(META)
        found = blocks if isinstance(blocks, dict) else {}
        return {str(name): block for name, block in found.items() if isinstance(block, dict)}

    @property
    def unresolved(self) -> Mapping[str, str]:
        """The sidecars of open conflicts, by label set name."""
        return unresolved(self.pointer.meta)

    def output(self, place: int = 0) -> Output | None:
        """The tracked path; the n-th where there are several."""
        return self.pointer.outs[place] if place < len(self.pointer.outs) else None


def version(side: str, content: bytes, where: str) -> Version:
    """A version from a pointer's text. Raises ParseError."""
    return Version(side, content, parse_pointer(content, where) if content else Pointer(()))


def tree_of(objects: Objects, output: Output, origin: Origin) -> Mapping[str, str]:
    """All files of a tracked path by hash, hidden ones too; a single file stands under "".

    Raises NotFound.
    """
    if not output.is_dir:
        return {"": output.hash}
    if output.files is not None:
        return output.files
    return objects.tree(output.hash, output.hash_name, origin)


def source_of(
    repo: Repository, label_set: LabelSet, output: Output, tree: Mapping[str, str], origin: Origin
) -> Source:
    """The label set's files in one version; `tree` are all the files of the tracked path."""
    inner = label_set.path[len(output.path) + 1 :]

    def make(path: str, hash: str) -> ObjectBlob:
        return ObjectBlob(hash, output.hash_name, repo.objects, origin, path)

    name = f"{label_set.path} ({origin.label.rpartition(' ')[2]})"
    if "" in tree or inner in tree:
        hash = tree["" if "" in tree else inner]
        base_name = posixpath.basename(label_set.path)
        return Source(name, {base_name: make("", hash)}, is_folder=False)
    start = f"{inner}/" if inner else ""
    below = {path[len(start) :]: hash for path, hash in tree.items() if path.startswith(start)}
    files = Files(lambda: below, output.hash_name, make)
    return Source(name, files.with_beside(repo.beside(label_set, "HEAD")), is_folder=True)


def origin_of(output: Output, label_set: LabelSet, side: str) -> Origin:
    """What messages call a version, and where its objects may be."""
    return Origin(
        label=f"label set {label_set.name}, {side}",
        path=output.path,
        inner=label_set.path[len(output.path) + 1 :],
        remote=output.remote,
    )


def raw_outs(content: bytes, where: str) -> list[Mapping[str, Any]]:
    """The outputs of a pointer as its YAML has them."""
    outs = load_document(content, where).get("outs") or []
    return [out for out in outs if isinstance(out, dict)]
