"""A pointer made to name what is in the working tree, without DVC moving a file in between."""

from __future__ import annotations

from collections.abc import Mapping

from labelvc.core.errors import RepositoryError
from labelvc.formats.source import DiskBlob
from labelvc.repo.config import LabelSet
from labelvc.repo.files import Files
from labelvc.repo.merged_tree import Tree
from labelvc.repo.object_store import ObjectStore, content_of
from labelvc.repo.pointer import Stored
from labelvc.repo.pointer_merge import merge_pointers
from labelvc.repo.repository import Repository
from labelvc.repo.versions import raw_outs
from labelvc.repo.writing import write_atomic


def point_at_working_tree(repo: Repository, label_set: LabelSet, stored: Stored) -> Stored:
    """Store the label file as it is, and have its pointer name it. What the pointer says then.

    `dvc add` moves a file into its cache and links it back: killed in between, it leaves a label
    set that lacks a file. Here objects come first and the pointer last. Raises RepositoryError
    where the cache cannot be written.
    """
    store = ObjectStore(repo.objects.cache)
    files = _stored_files(repo, label_set, store)
    tree: dict[str, str] = dict(files)
    if stored.inner:
        tree = dict(repo.objects.tree(stored.enclosing, stored.hash_name))
        for path in [p for p in tree if p == stored.inner or p.startswith(f"{stored.inner}/")]:
            del tree[path]
        tree |= {f"{stored.inner}/{path}".rstrip("/"): md5 for path, md5 in files.items()}
    name_tree(repo, stored, tree)
    now = repo.stored(label_set, None)
    if now is None:
        raise RepositoryError(f"{stored.pointer}: does not name {label_set.path} any more")
    return now


def name_tree(repo: Repository, stored: Stored, tree: Tree) -> None:
    """Write a tracked path's new content into its pointer; `tree` are all of its files by md5."""
    path = repo.root / stored.pointer
    there = path.read_bytes()
    tracked = (stored.inner and stored.enclosing) or stored.hash
    outs = [out for out in raw_outs(there, stored.pointer) if tracked in out.values()]
    told = content_of(tree, ObjectStore(repo.objects.cache), repo.objects)
    contents = {out["path"]: told for out in outs}
    write_atomic(path, merge_pointers(there, there, there, contents, stored.pointer))


def _stored_files(repo: Repository, label_set: LabelSet, store: ObjectStore) -> Mapping[str, str]:
    """The md5 of each file in the working tree, a single one under "", all of them in the cache."""
    source, whole = repo.working(label_set)
    home = repo.root / label_set.path
    files = source.files.listed if isinstance(source.files, Files) else {"": whole}
    found = {}
    for path, md5 in files.items():
        known = repo.objects.has(md5)
        found[path] = md5 if known else store.put(DiskBlob(str(home / path)).read())
    return found
