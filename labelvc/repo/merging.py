"""The content of a tracked path merged: label sets by label, the files around them whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from labelvc.core.conflict import Conflict, Undecided, numbered
from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.snapshot import Snapshot
from labelvc.formats.folder import digest
from labelvc.formats.merging import MergedSet, Merging, merge_sources
from labelvc.formats.reading import read
from labelvc.formats.registry import sniff
from labelvc.formats.source import Source
from labelvc.repo.compare import reading
from labelvc.repo.config import LabelSet
from labelvc.repo.hashing import hash_listing
from labelvc.repo.merged_tree import Tree, below, merged_tree
from labelvc.repo.object_store import ObjectStore, content_of
from labelvc.repo.objects import Origin
from labelvc.repo.pointer import Output
from labelvc.repo.repository import Repository
from labelvc.repo.sidecars import read as read_sidecar
from labelvc.repo.storing import note
from labelvc.repo.tallies import noted
from labelvc.repo.versions import SIDES, Version, origin_of, source_of, tree_of

# Up to so many labels and files the merged set is read again for its digest.
_READ_AGAIN = 200_000
_FILES_READ_AGAIN = 5_000


@dataclass(frozen=True)
class MergedPath:
    """A tracked path after its merge.

    `content` are the keys of its entry in the pointer that tell the content, `blocks` what is to be
    noted of each label set in it, `told` lines for people.
    """

    content: Mapping[str, object]
    blocks: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    undecided: Sequence[Undecided] = ()
    told: Sequence[str] = ()


class Differing(LabelvcError):
    """The two sides cannot be merged by label: people have to choose one of them."""

    def __init__(self, message: str, kind: str = "whole") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass
class PathMerge:
    """One tracked path that both sides changed; `sets` are the label sets in it."""

    repo: Repository
    sets: Sequence[LabelSet]
    versions: tuple[Version, Version, Version]
    outputs: tuple[Output | None, Output, Output]
    store: ObjectStore
    newest: str | None = None

    def run(self) -> MergedPath:
        """Merge it, and store what comes out.

        Raises NotFound where an object cannot be had, Differing where labels cannot be merged.
        """
        _, ours, theirs = self.outputs
        self._refuse_differing(ours, theirs)
        trees = [self._tree(at) for at in range(3)]
        tree, clashes = merged_tree(*trees)
        blocks: dict[str, Mapping[str, object]] = {}
        undecided: list[Undecided] = []
        told: list[str] = []
        for label_set in self.sets:
            one, merged = self._merge_set(label_set, trees)
            inner = label_set.path[len(ours.path) + 1 :]
            clashes = clashes - self._place(tree, inner, merged)
            open_conflicts = [*merged.conflicts, *_about_files(clashes, inner, trees)]
            clashes = {path for path in clashes if not _is_below(path, inner)}
            undecided.append(self._undecided(one, merged, open_conflicts))
            told += _told(one, merged, open_conflicts)
            blocks[one.name] = self._block(one, tree, merged)
        if clashes:
            first = undecided[0]
            files = dict(numbered(_about_files(clashes, "", trees)))
            undecided[0] = replace(first, conflicts={**first.conflicts, **files})
        self._fetch(tree, trees[1])
        content = content_of(tree, self.store, self.repo.objects, (trees[1], ours.size))
        left = [replace(one, merged=str(content["md5"])) for one in undecided if one.conflicts]
        return MergedPath(content, blocks, left, told)

    def _refuse_differing(self, ours: Output, theirs: Output) -> None:
        if ours.is_dir != theirs.is_dir:
            raise Differing(f"{ours.path} is a file on one side and a folder on the other")
        for label_set in self.sets:
            blocks = [version.blocks.get(label_set.name, {}) for version in self.versions[1:]]
            formats = [block.get("format") for block in blocks]
            if all(formats) and formats[0] != formats[1]:
                raise Differing(
                    f"{label_set.path} is in format {formats[0]} in ours and {formats[1]} in "
                    "theirs: bring both into one format first, or choose one side",
                    "formats",
                )

    def _tree(self, at: int) -> Tree:
        output = self.outputs[at]
        if output is None:
            return {}
        origin = origin_of(output, self.sets[0], SIDES[at])
        tree = tree_of(self.repo.objects, output, origin)
        return tree if output.hash_name == "md5" else self._stored_anew(tree, output, origin)

    def _stored_anew(self, tree: Tree, output: Output, origin: Origin) -> Tree:
        """What DVC 2 stored, under the names that DVC 3 gives: a pointer holds one kind only."""
        self.repo.objects.fetch([(hash, output.hash_name) for hash in tree.values()], origin)
        return {
            path: self.store.put(self.repo.objects.read(hash, output.hash_name, origin, path))
            for path, hash in tree.items()
        }

    def _source(self, at: int, label_set: LabelSet, trees: Sequence[Tree]) -> Source | None:
        output = self.outputs[at]
        if output is None or not below(trees[at], label_set.path[len(output.path) + 1 :]):
            return None
        origin = origin_of(output, label_set, SIDES[at])
        return source_of(self.repo, label_set, replace(output, hash_name="md5"), trees[at], origin)

    def _merge_set(self, label_set: LabelSet, trees: Sequence[Tree]) -> tuple[LabelSet, MergedSet]:
        base, ours, theirs = (self._source(at, label_set, trees) for at in range(3))
        if ours is None or theirs is None:
            raise Differing(f"{label_set.path} is gone on one side", "deleted/edited")
        for one, two in ((base or ours, ours), (ours, theirs)):
            self.repo.prefetch(one, two)
        known = [version.blocks.get(label_set.name, {}).get("format") for version in self.versions]
        name = label_set.format or next(filter(None, reversed(known)), None) or sniff(ours).NAME
        label_set = replace(label_set, format=str(name))
        how = Merging(reading(label_set), label_set.merge, self.newest, self._doubted(label_set))
        try:
            return label_set, merge_sources(base, ours, theirs, str(name), how)
        except NotFound:
            raise
        except LabelvcError as error:
            raise Differing(error.message) from error

    def _doubted(self, label_set: LabelSet) -> Sequence[Conflict]:
        """What is undecided in base, where Git merged several ancestors to get it."""
        mark = self.versions[0].unresolved.get(label_set.name)
        if mark is None:
            return ()
        return list(read_sidecar(self.repo.git, mark).conflicts.values())

    def _place(self, tree: dict[str, str], inner: str, merged: MergedSet) -> set[str]:
        """Put the merged files into the tree; the paths that the merge itself wrote."""
        if "" in tree or inner in tree:
            path = "" if "" in tree else inner
            (content,) = merged.written.values()
            tree[path] = self.store.put(content)
            return {path}
        start = f"{inner}/" if inner else ""
        kept = {f"{start}{path}" for path in merged.kept if not path.startswith("../")}
        outside = [path for path in merged.written if path.startswith("../")]
        if outside:
            raise Differing(
                f"the merged labels need another {outside[0]}, which lies outside of the label set"
            )
        for path in below(tree, inner):
            whole = f"{start}{path}"
            if whole not in kept and path not in merged.written and not _is_hidden(path):
                del tree[whole]
        for path, blob in merged.kept.items():
            tree.setdefault(f"{start}{path}", digest(blob))
        for path, content in merged.written.items():
            tree[f"{start}{path}"] = self.store.put(content)
        return {f"{start}{path}" for path in merged.written}

    def _undecided(
        self, label_set: LabelSet, merged: MergedSet, conflicts: Sequence[Conflict]
    ) -> Undecided:
        base, ours, theirs = (output.hash if output else None for output in self.outputs)
        settled: dict[str, int] = {}
        for _, choice in merged.settled:
            settled[choice] = settled.get(choice, 0) + 1
        return Undecided(
            name=label_set.name,
            path=label_set.path,
            format=label_set.format,
            sample_key=merged.key,
            base=base,
            ours=ours,
            theirs=theirs,
            merged=None,
            conflicts=dict(numbered(conflicts)),
            settled=settled,
        )

    def _block(self, label_set: LabelSet, tree: Tree, merged: MergedSet) -> dict[str, object]:
        """What is noted of the label set; counts only where they are known."""
        output = self.outputs[1]
        files = below(tree, label_set.path[len(output.path) + 1 :])
        hash = files[""] if "" in files else hash_listing(files)
        block = self.versions[1].blocks.get(label_set.name, {})
        before = noted(block, label_set) if block.get("md5") == output.hash else None
        tally = before.replaced(merged.before, merged.after) if before else None
        if merged.whole is not None and tally is None:
            tally = merged.whole.tally()
        digest = None
        if len(files) <= _FILES_READ_AGAIN and (tally is None or tally.labels <= _READ_AGAIN):
            again = self._read_again(label_set, tree)
            tally, digest = again.tally(), again.digest()
        return note(label_set, hash, tally, digest)

    def _read_again(self, label_set: LabelSet, tree: Tree) -> Snapshot:
        output = replace(self.outputs[1], hash_name="md5")
        origin = origin_of(output, label_set, "merged")
        source = source_of(self.repo, label_set, output, tree, origin)
        return read(source, label_set.format, label_set.settings, label_set.key)[0]

    def _fetch(self, tree: Tree, ours: Tree) -> None:
        """Bring what theirs added, so that the working tree can follow; what is nowhere is told
        by whoever checks it out."""
        known = set(ours.values())
        lacking = [(hash, "md5") for hash in set(tree.values()) - known]
        self.repo.objects.fetch(lacking, origin_of(self.outputs[1], self.sets[0], "theirs"))


def _about_files(clashes: Collection[str], inner: str, trees: Sequence[Tree]) -> list[Conflict]:
    """A conflict for each file below a folder that both sides changed and that holds no labels."""
    return [
        Conflict("edit/edit", "files", path, *(_about_file(path, tree) for tree in trees))
        for path in sorted(clashes)
        if _is_below(path, inner)
    ]


def _about_file(path: str, tree: Tree) -> dict[str, list[dict[str, str]]]:
    return {"files": [{"path": path, "md5": tree[path]}]} if path in tree else {}


def _is_below(path: str, inner: str) -> bool:
    return not inner or path == inner or path.startswith(f"{inner}/")


def _is_hidden(path: str) -> bool:
    return path.startswith(".") or "/." in path


def _told(label_set: LabelSet, merged: MergedSet, conflicts: Sequence[Conflict]) -> list[str]:
    added, removed, changed = merged.incoming
    signs = [
        f"{sign}{count}" for sign, count in (("+", added), ("-", removed), ("~", changed)) if count
    ]
    parts = [f"labels of theirs: {' '.join(signs) or 'none'}"]
    if merged.settled:
        parts.append(f"settled by policy: {len(merged.settled)}")
    if merged.renumbered:
        old, new = next(iter(merged.renumbered.items()))
        parts.append(f"ids of theirs given anew: {len(merged.renumbered)} (such as {old} to {new})")
    parts += merged.notes
    left = f"conflicts: {len(conflicts)} (`labelvc conflicts` shows them)"
    parts.append(left if conflicts else "no conflict")
    return [f"merged {label_set.path}: {'; '.join(parts)}"]
