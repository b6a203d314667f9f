"""The source of the dataset in an MLflow run: the labels as they were scored, to open again.

Imported by MLflow only, through the entry point `mlflow.dataset_source`.
"""

from __future__ import annotations

import contextlib
import posixpath
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlflow.data.dataset_source import DatasetSource

from labelvc.adapters.mlflow_run import SOURCE_TYPE
from labelvc.core.errors import LabelvcError, ParseError, shorten
from labelvc.formats.source import Source
from labelvc.repo.config import LabelSet
from labelvc.repo.pointer import check_inside
from labelvc.repo.remote import dvc_errors
from labelvc.repo.repository import Repository

_FIELDS = ("repository", "root", "commit", "set", "path", "hash")
_COMMIT = re.compile("[0-9a-f]{40}([0-9a-f]{24})?")


class LabelvcDatasetSource(DatasetSource):
    """A label set at a commit of a repository.

    `repository` is a folder or what `git clone` takes, `root` the project's folder in it, `path`
    that of the label set in the project, and `hash` what DVC or Git called its content.
    """

    def __init__(self, **fields: str) -> None:
        """Keep the fields. Raises ParseError, as they come from whoever can write runs."""
        for name in fields:
            if name not in _FIELDS or not isinstance(fields[name], str):
                raise _odd(f"texts named {', '.join(_FIELDS)}", fields)
        told = {name: fields.get(name, "") for name in _FIELDS}
        if not _COMMIT.fullmatch(told["commit"]):
            raise _odd("a commit", told["commit"])
        if not told["repository"] or told["repository"].startswith("-"):
            raise _odd("a repository", told["repository"])
        check_inside(told["path"], SOURCE_TYPE)
        check_inside(told["root"] or ".", SOURCE_TYPE)
        self._told = told

    @staticmethod
    def _get_source_type() -> str:
        return SOURCE_TYPE

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        return isinstance(raw_source, LabelvcDatasetSource)

    @classmethod
    def _resolve(cls, raw_source: Any) -> LabelvcDatasetSource:
        return cls.from_dict(raw_source.to_dict())

    def to_dict(self) -> dict[str, str]:
        """The fields, as JSON keeps them."""
        return dict(self._told)

    @classmethod
    def from_dict(cls, source_dict: Mapping[Any, Any]) -> LabelvcDatasetSource:
        """The source of those fields. Raises ParseError."""
        return cls(**source_dict)

    def load(self, dst_path: str | Path | None = None) -> str:
        """Bring the labels at that commit into a folder (default: a new one); the path there.

        The working tree of the repository is left alone. Raises NotFound where commit or content
        are gone, LabelvcError where the commit has other labels than those that were scored.
        """
        into = Path(tempfile.mkdtemp(prefix="labelvc-") if dst_path is None else dst_path)
        root = Path(self._told["repository"], self._told["root"])
        is_bare = (root / "HEAD").is_file() and (root / "objects").is_dir()
        if root.is_dir() and not is_bare:
            self._from_folder(root, into)
        else:
            self._from_clone(into)
        return str(into / self._told["path"])

    def _from_folder(self, root: Path, into: Path) -> None:
        with contextlib.closing(Repository.find(root)) as repo:
            commit = repo.git.commit(self._told["commit"])
            label_set = self._label_set(repo.sets(commit))
            stored = repo.stored(label_set, commit)
            self._check(stored.hash if stored else "")
            source = repo.source(label_set, commit)
            repo.prefetch(Source("nothing", {}, is_folder=True), source)
            place = into / label_set.path
            for name, blob in source.files.items():
                target = place / name if source.is_folder else place
                # the settings of a folder may name a file beside it: `../data.yaml`
                if not target.resolve().is_relative_to(into.resolve()):
                    raise _odd("a path inside the folder", name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(blob.read())

    def _from_clone(self, into: Path) -> None:
        told = self._told
        path = posixpath.join(told["root"], told["path"])
        with dvc_errors(f"open {told['path']} of {told['repository']}"):
            from dvc.api import DVCFileSystem

            files = DVCFileSystem(url=told["repository"], rev=told["commit"], subrepos=True)
            with contextlib.closing(files):
                self._check(_hash(files.info(path)))
                for name in files.find(path):
                    inner = check_inside(posixpath.relpath(name, told["root"] or "."), SOURCE_TYPE)
                    target = into / inner
                    target.parent.mkdir(parents=True, exist_ok=True)
                    files.get_file(name, str(target))

    def _label_set(self, declared: tuple[LabelSet, ...]) -> LabelSet:
        told = self._told
        same = (one for one in declared if (one.name, one.path) == (told["set"], told["path"]))
        return next(same, LabelSet(told["set"], told["path"]))

    def _check(self, found: str) -> None:
        """The labels must be those that were scored, as far as hashes of one kind tell."""
        wanted = self._told["hash"]
        if found and wanted and len(found) == len(wanted) and found != wanted:
            raise LabelvcError(
                f"{self._told['path']} at {self._told['commit'][:9]} is not what was scored",
                hint="It was scored with changes that are in no commit (--allow-dirty).",
            )


def _hash(info: Mapping[str, Any]) -> str:
    return str(info.get("md5") or (info.get("dvc_info") or {}).get("md5") or "")


def _odd(expected: str, found: object) -> ParseError:
    return ParseError("the dataset's source", "", expected=expected, found=shorten(found))
