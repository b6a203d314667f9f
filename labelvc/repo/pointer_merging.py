"""One pointer merged: its YAML, and the content of every path it tracks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from labelvc.core.conflict import Conflict, Undecided, numbered
from labelvc.core.errors import NotFound, ParseError, RepositoryError
from labelvc.repo.committed import later_side
from labelvc.repo.config import LabelSet
from labelvc.repo.following import current_hash
from labelvc.repo.hashing import hash_listing
from labelvc.repo.merged_tree import below
from labelvc.repo.merging import Differing, MergedPath, PathMerge
from labelvc.repo.object_store import ObjectStore
from labelvc.repo.pointer import Output, with_meta
from labelvc.repo.pointer_merge import UNRESOLVED, merge_pointers
from labelvc.repo.repository import Repository
from labelvc.repo.sidecars import keep
from labelvc.repo.versions import Version, origin_of, raw_outs, tree_of, version

Tell = Callable[[str], None]
Versions = tuple[Version, Version, Version]


@dataclass
class PointerMerge:
    """One pointer in three versions; `where` is its path from the project root.

    `inner`: Git merges common ancestors of several, whose outcome no commit will ever name.
    """

    repo: Repository
    where: str
    versions: Versions
    inner: bool = False

    def __post_init__(self) -> None:
        self.sets = self._sets()
        self.repo.objects.look_in(virtual_cache(self.repo))

    def run(self, tell: Tell) -> tuple[bytes, bool]:
        """The merged pointer, and whether something is left to decide.

        Raises NotFound where objects cannot be had, RepositoryError where nothing may be done.
        """
        base, ours, theirs = self.versions
        self._refuse_other_sets()
        for side in (ours, theirs):
            if side.unresolved:
                raise RepositoryError(
                    f"{self.where}: {side.side} was committed while its conflicts were open",
                    hint="Settle them on that branch first: `labelvc conflicts` there.",
                )
        if not self.inner:
            self._refuse_unsaved()
        try:
            contents, merged = self._contents()
        except Differing as error:
            tell(f"{self.where}: {error.message}")
            return self._whole(error.kind), True
        content = merge_pointers(base.content, ours.content, theirs.content, contents, self.where)
        undecided = [one for path in merged for one in path.undecided]
        for path in merged:
            for name, block in path.blocks.items():
                content = with_meta(content, name, block)
            if not self.inner:
                for line in path.told:
                    tell(line)
        return self._marked(content, undecided), bool(undecided)

    def _sets(self) -> list[LabelSet]:
        """The label sets that the pointer's outputs hold, as ours' branch declares them.

        A set that ours does not declare (only theirs does, or there is no labelvc.yaml) is known
        by what its pointer notes.
        """
        paths = [out.path for version in self.versions for out in version.pointer.outs]
        declared = {s.path: s for commit in (None, "HEAD") for s in self._declared(commit)}
        found = [
            one
            for one in declared.values()
            if any(one.path == path or one.path.startswith(f"{path}/") for path in paths)
        ]
        if found or any(version.pointer.is_import for version in self.versions):
            return found
        for side in reversed(self.versions):
            out = side.output()
            for name, block in side.blocks.items():
                if out is not None and "format" in block:
                    told = block.get("settings")
                    settings = (
                        {str(k): str(v) for k, v in told.items()} if isinstance(told, dict) else {}
                    )
                    key = block.get("key")
                    return [LabelSet(name, out.path, str(block["format"]), key, settings=settings)]
        return []

    def _declared(self, commit: str | None) -> Sequence[LabelSet]:
        try:
            return self.repo.config(commit).sets
        except (NotFound, ParseError):  # labelvc.yaml itself may be in conflict
            return ()

    def _refuse_other_sets(self) -> None:
        """Refuse pointers of different label sets, which Git takes for one that was renamed."""
        named = [set(version.blocks) for version in self.versions if version.content]
        paths = [{out.path for out in v.pointer.outs} for v in self.versions if v.content]
        strangers = all(named) and not set.intersection(*named)
        unnamed = not all(named) and not set.intersection(*paths)
        if strangers or unnamed:
            raise RepositoryError(
                f"{self.where}: Git took pointers of different label sets for one that was renamed",
                hint="Merge with `git merge -X no-renames`.",
            )

    def _refuse_unsaved(self) -> None:
        """Refuse where the label file has edits that are stored nowhere.

        Only while Git is about to change the working tree: then it holds the lock of the index.
        """
        if not (self.repo.git.git_dir / "index.lock").exists():
            return
        for label_set in self.sets:
            current = current_hash(self.repo, label_set)
            known = current in ("", self._hash(label_set, self.versions[1]))
            if not known and not self.repo.objects.has(current):
                raise RepositoryError(
                    f"{label_set.path} has label edits that are in no commit and not in DVC",
                    hint="Commit them first (`labelvc commit`), or keep them in DVC's cache "
                    f"(`dvc add {label_set.path}`).",
                )

    def _hash(self, label_set: LabelSet, side: Version) -> str:
        for out in side.pointer.outs:
            if out.path == label_set.path:
                return out.hash
            if label_set.path.startswith(f"{out.path}/"):
                origin = origin_of(out, label_set, side.side)
                files = below(
                    tree_of(self.repo.objects, out, origin), label_set.path[len(out.path) + 1 :]
                )
                return files[""] if "" in files else hash_listing(files)
        return ""

    def _contents(self) -> tuple[dict[str, Mapping[str, Any]], list[MergedPath]]:
        """What tells the merged content of each output, by its path as ours' YAML has it."""
        base, ours, theirs = self.versions
        if any(side.pointer.is_import for side in self.versions):
            raise Differing("an import is not merged by label: its source says which version it is")
        if len(ours.pointer.outs) != len(theirs.pointer.outs):
            raise Differing("the two sides track different paths in one pointer")
        raw = [raw_outs(side.content, self.where) if side.content else [] for side in self.versions]
        contents: dict[str, Mapping[str, Any]] = {}
        merged: list[MergedPath] = []
        for place in range(len(ours.pointer.outs)):
            was, own, other = (
                base.output(place),
                ours.pointer.outs[place],
                theirs.pointer.outs[place],
            )
            taken = _taken(was, own, other)
            if taken is not None:
                entry = raw[taken][place]
                contents[raw[1][place]["path"]] = {
                    key: entry[key] for key in ("md5", "size", "nfiles", "hash") if key in entry
                }
                continue
            path = self._merge_path(was, own, other)
            merged.append(path)
            contents[raw[1][place]["path"]] = path.content
        return contents, merged

    def _merge_path(self, base: Output | None, ours: Output, theirs: Output) -> MergedPath:
        here = [s for s in self.sets if s.path == ours.path or s.path.startswith(f"{ours.path}/")]
        renamed = [replace(s, path=ours.path) for s in self.sets if s.path == theirs.path]
        if not here and not renamed:
            raise Differing(f"{ours.path} holds no labels")
        wants_newest = any(one.merge.name == "newest" for one in here or renamed)
        sides = (self.versions[1].content, self.versions[2].content)
        newest = later_side(self.repo.git, *sides) if wants_newest else None
        store = ObjectStore(virtual_cache(self.repo) if self.inner else self.repo.objects.cache)
        return PathMerge(
            self.repo, here or renamed, self.versions, (base, ours, theirs), store, newest
        ).run()

    def _whole(self, kind: str) -> bytes:
        """Ours' pointer, marked: people have to choose a side for all of it."""
        label_set = self.sets[0]
        return self._marked(self.versions[1].content, [whole(label_set, kind, self.versions)])

    def _marked(self, content: bytes, undecided: Sequence[Undecided]) -> bytes:
        for one in undecided:
            block = version("merged", content, self.where).blocks.get(one.name, {})
            content = with_meta(content, one.name, {**block, UNRESOLVED: keep(self.repo.git, one)})
        return content


def whole(label_set: LabelSet, kind: str, versions: Versions) -> Undecided:
    """A label set of which one side has to be chosen."""
    base, ours, theirs = (
        {"set": [{"pointer": one.content.decode()}]} if one.content else {} for one in versions
    )
    was, own, other = (out.hash if (out := one.output()) else None for one in versions)
    conflict = Conflict(kind, "set", None, base, ours, theirs, ours)
    return Undecided(
        name=label_set.name,
        path=label_set.path,
        format=label_set.format,
        sample_key=label_set.key,
        base=was,
        ours=own,
        theirs=other,
        merged=None,
        conflicts=dict(numbered([conflict])),
    )


def _taken(base: Output | None, ours: Output, theirs: Output) -> int | None:
    """Which version has the content that counts, where it need not be merged; else None."""
    own, other = ((out.hash, out.hash_name) for out in (ours, theirs))
    was = (base.hash, base.hash_name) if base else None
    if own == other or other == was:
        return 1
    return 2 if own == was else None


def virtual_cache(repo: Repository) -> Path:
    """A cache of their own for contents that no commit names."""
    return repo.git.common_dir / "labelvc" / "virtual"
