"""Where DVC keeps the objects of a project, told from its configuration without DVC itself."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from labelvc.core.errors import RepositoryError


def cache_folders(root: Path, main_root: Path | None) -> list[Path]:
    """The folders that may hold objects, the one DVC itself would use here first.

    `main_root` is the same project in the main worktree, where `root` is in a linked one: a
    linked worktree has an empty cache and no local configuration, so the main one's count.
    """
    found = [configured_cache(root, local_from=main_root)]
    if main_root is not None:
        found = [found[0] or configured_cache(main_root) or main_root / ".dvc" / "cache"]
        found += [configured_cache(main_root), main_root / ".dvc" / "cache"]
    # Also where a cache.dir is set: it may have been set, or changed, lately.
    found.append(root / ".dvc" / "cache")
    return list(dict.fromkeys(folder for folder in found if folder is not None))


def configured_cache(root: Path, local_from: Path | None = None) -> Path | None:
    """The `cache.dir` of the configuration that applies to a project, or None.

    `local_from` is another working tree of it whose config.local applies too.
    """
    for file in reversed(list(_config_files(root, local_from))):
        if (folder := cache_in(_content(file), file)) is not None:
            return folder
    return None


def config_value(root: Path, section: str, key: str) -> str | None:
    """A value of the configuration that applies to a project, as it is written."""
    for file in reversed(list(_config_files(root, None))):
        content = _content(file)
        if key.encode() in content:
            values = parse_config(content, file).get(section)
            if isinstance(values, dict) and isinstance(values.get(key), str):
                return str(values[key])
    return None


def cache_in(content: bytes, file: Path) -> Path | None:
    """The `cache.dir` that one configuration file sets, or None."""
    if b"cache" not in content:  # the usual case, spared the parser
        return None
    section = parse_config(content, file).get("cache")
    folder = section.get("dir") if isinstance(section, dict) else None
    if not isinstance(folder, str) or "://" in folder:
        return None
    return Path(os.path.normpath(file.parent / os.path.expanduser(folder)))


def parse_config(content: bytes, file: Path) -> Mapping[str, Any]:
    """The sections of a DVC configuration. Raises RepositoryError that names the line."""
    from configobj import ConfigObj, ConfigObjError

    try:
        return dict(ConfigObj(content.decode("utf-8-sig").splitlines()).dict())
    except (ConfigObjError, UnicodeDecodeError) as error:
        raise RepositoryError(
            f"{file}: not a DVC configuration: {error}",
            hint="Mend that line; `dvc config --list` shows what DVC reads.",
        ) from None


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise RepositoryError(f"{file}: cannot be read: {error.strerror}") from None


def _config_files(root: Path, local_from: Path | None) -> Iterator[Path]:
    """The configuration files, each overriding those before it."""
    from platformdirs import site_config_dir, user_config_dir

    named = os.environ.get("DVC_SYSTEM_CONFIG_DIR")
    yield Path(named or site_config_dir("dvc", "iterative")) / "config"
    named = os.environ.get("DVC_GLOBAL_CONFIG_DIR")
    yield Path(named or user_config_dir("dvc", "iterative")) / "config"
    yield root / ".dvc" / "config"
    if local_from is not None:
        yield local_from / ".dvc" / "config.local"
    yield root / ".dvc" / "config.local"
