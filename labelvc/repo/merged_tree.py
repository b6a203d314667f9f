"""Listings of folders merged: file by file, without a look inside."""

from __future__ import annotations

from collections.abc import Mapping

# Hashes by path; a single file stands under "".
Tree = Mapping[str, str]


def merged_tree(base: Tree, ours: Tree, theirs: Tree) -> tuple[dict[str, str], set[str]]:
    """The files that both sides agree on, and the paths that both changed differently.

    Of those, ours stands, or theirs where ours removed the file.
    """
    merged: dict[str, str] = {}
    clashes: set[str] = set()
    for path in {**ours, **theirs}:
        was, own, other = base.get(path), ours.get(path), theirs.get(path)
        if own == other or other == was:
            chosen = own
        elif own == was:
            chosen = other
        else:
            clashes.add(path)
            chosen = own or other
        if chosen is not None:
            merged[path] = chosen
    return merged, clashes


def below(tree: Tree, inner: str) -> Tree:
    """The part of a listing that lies in a folder ("": all), or is one file (then named "")."""
    if not inner:
        return tree
    if inner in tree:
        return {"": tree[inner]}
    start = f"{inner}/"
    return {path[len(start) :]: tree[path] for path in tree if path.startswith(start)}
