"""What only DVC itself can do: fetch from remotes, read imports, store. Imported when needed."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from labelvc.core.errors import LabelvcError, NotFound, RepositoryError
from labelvc.repo.caches import configured_cache


class Dvc:
    """DVC's own view of a project, opened at the first need and kept."""

    def __init__(self, root: Path, top: Path, main_root: Path | None = None) -> None:
        self._root = root
        self._top = top
        self._main_root = main_root
        self._repo: Any = None
        self._at_commit: dict[str, Any] = {}

    @property
    def exists(self) -> bool:
        """Is the project tracked by DVC at all?"""
        return (self._root / ".dvc").is_dir()

    def repo(self) -> Any:
        """The `dvc.repo.Repo` of the working tree. Raises RepositoryError."""
        if self._repo is None:
            if not self.exists:
                raise RepositoryError(f"{self._root}: not a DVC project", hint="`labelvc init`")
            with dvc_errors(f"open the DVC project {self._root}"):
                from dvc.repo import Repo

                self._repo = Repo(str(self._root), config=self._overrides())
        return self._repo

    def fetch(self, hashes: Iterable[tuple[str, str]], remote: str | None = None) -> None:
        """Bring objects, each (hash, hash name), from the remote into the cache.

        Those the remote lacks stay missing. Raises RepositoryError where there is no remote or
        another DVC process holds the lock.
        """
        from dvc_data.hashfile.hash_info import HashInfo

        repo = self.repo()
        wanted = [HashInfo(name, value) for value, name in hashes]
        with dvc_errors("fetch from the DVC remote", self._lock_file), repo.lock:
            repo.cloud.pull(wanted, remote=remote)

    def cache_folder(self) -> Path:
        """The cache as DVC finds it, however it is configured."""
        return Path(self.repo().cache.local_cache_dir)

    def read(self, commit: str | None, path: str) -> bytes:
        """The content of a tracked file, found as DVC finds it: imports, cloud versions, ..."""
        with dvc_errors(f"read {path}"), self._file_system(commit).open(f"/{path}", "rb") as file:
            return bytes(file.read())

    def files(self, commit: str | None, path: str) -> dict[str, str]:
        """The files below a tracked folder with their md5 (a stand-in where DVC has none)."""
        with dvc_errors(f"list {path}"):
            fs = self._file_system(commit)
            found = {name: fs.info(name) for name in fs.find(f"/{path}")}
        start = len(path) + 2
        return {name[start:]: _known_md5(name, info) for name, info in found.items()}

    def close(self) -> None:
        """Close what was opened."""
        for repo in (self._repo, *self._at_commit.values()):
            if repo is not None:
                repo.close()
        self._repo, self._at_commit = None, {}

    @property
    def _lock_file(self) -> Path:
        return self._root / ".dvc" / "tmp" / "lock"

    def _file_system(self, commit: str | None) -> Any:
        if commit is None:
            return self.repo().dvcfs
        if commit not in self._at_commit:
            from dvc.fs import GitFileSystem
            from dvc.repo import Repo
            from dvc.scm import SCM

            scm = SCM(str(self._top))
            inside = "/" + self._root.relative_to(self._top).as_posix()
            self._at_commit[commit] = Repo(
                inside if inside != "/." else "/",
                fs=GitFileSystem(scm=scm, rev=commit),
                scm=scm,
                config=self._overrides(),
            )
        return self._at_commit[commit].dvcfs

    def _overrides(self) -> dict[str, Any]:
        """For a linked worktree: the main worktree's cache and its local configuration."""
        main = self._main_root
        if main is None or (self._root / ".dvc" / "config.local").exists():
            return {}
        from dvc.config import Config

        local: dict[str, Any] = {}
        file = main / ".dvc" / "config.local"
        if file.exists():
            local = Config._load_paths(Config.load_file(str(file)), str(file))
        if configured_cache(self._root, local_from=main) is None:
            local.setdefault("cache", {})["dir"] = str(
                configured_cache(main) or main / ".dvc" / "cache"
            )
        return local


@contextlib.contextmanager
def dvc_errors(doing: str, lock_file: Path | None = None) -> Iterator[None]:
    """Turn what DVC raises into one message: what could not be done, why, what to do."""
    import sqlite3

    from dvc.config import ConfigError, NoRemoteError
    from dvc.exceptions import DvcException
    from dvc.lock import LockError

    for name in ("dvc", "dvc_data", "dvc_objects"):  # importing DVC made them print
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    except LockError as error:
        raise _locked(doing, lock_file, error) from error
    except NoRemoteError as error:
        raise NotFound(
            f"cannot {doing}: no DVC remote is set",
            hint="`dvc remote add -d NAME URL` sets one.",
        ) from error
    except ConfigError as error:
        raise RepositoryError(
            f"cannot {doing}: {error}", hint="`dvc config --list --show-origin` shows it."
        ) from error
    except FileNotFoundError as error:
        raise NotFound(f"cannot {doing}: {error}") from error
    # DVC keeps databases, which a full or read-only disk spoils in their own words.
    except (DvcException, OSError, sqlite3.Error) as error:
        root = _root(error)
        is_disk = isinstance(root, (OSError, sqlite3.Error))
        raise RepositoryError(
            f"cannot {doing}: {_reason(error)}", hint=_DISK if is_disk else None
        ) from error
    except LabelvcError:
        raise
    except Exception as error:  # remotes are plugins: no credentials is botocore's own exception
        raise RepositoryError(
            f"cannot {doing}: {type(error).__name__}: {_reason(error)}"
        ) from error


_DISK = "Free some space or give yourself the right to write there, and run it again."


def _locked(doing: str, lock_file: Path | None, error: Exception) -> RepositoryError:
    said = " ".join(str(error).split())
    if lock_file is None or "Unable to acquire lock" not in said:
        return RepositoryError(f"cannot {doing}: {said}")  # DVC names the processes itself
    holder = lock_file.read_text(errors="replace").strip() if lock_file.exists() else "unknown"
    return RepositoryError(
        f"cannot {doing}: another DVC process ({holder}) holds {lock_file}",
        hint="Wait until it ends and run it again.",
    )


def _reason(error: BaseException) -> str:
    said, inner = str(error), str(_root(error))
    return said if not inner or inner in said else f"{said}: {inner}"


def _root(error: BaseException) -> BaseException:
    """DVC wraps causes; the innermost one says what happened."""
    return error if error.__cause__ is None else _root(error.__cause__)


def _known_md5(name: str, info: Mapping[str, Any]) -> str:
    md5 = info.get("md5") or (info.get("dvc_info") or {}).get("md5")
    if isinstance(md5, str):
        return md5
    return "unknown-" + hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
