"""What `git diff`, `git show` and `git log -p` compare for a pointer: its text and its labels."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from labelvc.core.errors import LabelvcError
from labelvc.formats.source import Blob, DiskBlob, Source
from labelvc.repo.config import LabelSet
from labelvc.repo.label_lines import label_lines
from labelvc.repo.pointer import Output, Pointer, parse_pointer
from labelvc.repo.repository import Repository


def render(pointer_file: Path, repo: Repository) -> str:
    """The text of a pointer, followed by the labels it points at, a line each in a stable order.

    Git passes a temporary file, so the label set is known by the tracked path and the hash in it.
    Nothing is fetched: labels that are not in the cache are said to be so, and what is no label
    set is only its own text. Raises nothing, as Git would give up its whole output.
    """
    content = pointer_file.read_bytes()
    text = content.decode("utf-8", "replace")
    try:
        pointer = parse_pointer(content, "pointer.dvc")
        lines = [line for out in pointer.outs for line in _labels(repo, pointer, out)]
    except LabelvcError as error:
        lines = [f"# labels: {' '.join(error.message.split())}"]
    return "\n".join([text.removesuffix("\n"), *lines, ""])


def _labels(repo: Repository, pointer: Pointer, out: Output) -> Iterator[str]:
    for label_set, inner in _label_sets(repo, pointer, out):
        yield f"# labels of {label_set.name}"
        source = _source(repo, label_set, out, inner)
        if source is None:
            yield "# labels: not in the DVC cache (`dvc fetch` brings them)"
            continue
        try:
            yield from label_lines(source, label_set)
        except LabelvcError as error:
            yield f"# labels: {' '.join(error.message.split())}"


def _label_sets(repo: Repository, pointer: Pointer, out: Output) -> Iterator[tuple[LabelSet, str]]:
    """The label sets at or inside a tracked path, each with its path inside.

    Where the pointer stands is not known, so `out.path` may be any middle part of a set's path.
    Where nothing is declared at all, the tracked path is looked into itself.
    """
    declared = repo.config(None).sets
    if not declared:
        yield LabelSet(posixpath.basename(out.path), out.path), ""
    noted = pointer.meta.get("labelvc")
    seen: list[tuple[str, LabelSet]] = []
    for label_set in declared:
        inner = _inside(label_set.path, out.path)
        if inner is None or (isinstance(noted, dict) and label_set.name not in noted):
            continue
        alike = (inner, replace(label_set, name="", path=""))
        if alike not in seen:
            seen.append(alike)
            yield label_set, inner


def _inside(path: str, out: str) -> str | None:
    """What follows the parts of `out` in those of `path`; None where they are not in it.

    >>> _inside("data/labels/train.json", "labels"), _inside("a/b", "c")
    ('train.json', None)
    """
    _, found, inner = f"/{path}/".rpartition(f"/{out}/")
    return inner.rstrip("/") if found else None


def _source(repo: Repository, label_set: LabelSet, out: Output, inner: str) -> Source | None:
    """The label set's files in the cache, or None where one is missing."""
    files = {posixpath.basename(label_set.path): out.hash}
    is_folder = out.is_dir
    if out.is_dir:
        if not repo.objects.has(out.hash, out.hash_name):
            return None
        listing = repo.objects.tree(out.hash, out.hash_name)
        is_folder = inner not in listing
        start = f"{inner}/" if inner else ""
        if is_folder:
            files = {p[len(start) :]: h for p, h in listing.items() if p.startswith(start)}
        else:
            files = {posixpath.basename(inner): listing[inner]}
    blobs: dict[str, Blob] = {}
    for path, md5 in files.items():
        at = repo.objects.path_of(md5, out.hash_name)
        if at is None:
            return None
        blobs[path] = DiskBlob(str(at), md5)
    if is_folder:  # Git does not say of which revision the pointer is: today's class list names all
        blobs |= repo.beside(label_set, None)
    return Source(label_set.path, blobs, is_folder)
