"""Where a bug's traceback goes: never into the user's tracked files."""

from __future__ import annotations

import platform
import subprocess
import tempfile
import traceback
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from labelvc import __version__
from labelvc.core.passwords import HIDDEN, password_of, without_passwords


def write_log(arguments: Sequence[str], error: Exception) -> str:
    """Append the traceback to crash.log in Git's own folder, or in the temporary one.

    Returns where it is; where no file can be written, the place in the program.
    """
    text = "\n".join(
        [
            f"{datetime.now(timezone.utc).isoformat(timespec='seconds')} labelvc {__version__} "
            f"Python {platform.python_version()} {platform.platform()}",
            f"arguments: {[_hidden(one) for one in arguments]!r}",
            *traceback.format_exception(error),
        ]
    )
    for password in filter(None, map(password_of, arguments)):
        text = text.replace(password, HIDDEN)
    text = without_passwords(text)
    for path in (_in_git_folder(), Path(tempfile.gettempdir()) / "labelvc-crash.log"):
        try:
            if path:
                path.parent.mkdir(exist_ok=True)
                with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                    file.write(text)
                return f"details are in {path}"
        except OSError:
            continue
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{without_passwords(str(error))} ({last.filename}, line {last.lineno})"


def _hidden(argument: str) -> str:
    """The argument without the password it may hold, even one with spaces in it."""
    password = password_of(argument)
    return argument.replace(f":{password}@", f":{HIDDEN}@") if password else argument


def _in_git_folder() -> Path | None:
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--absolute-git-dir"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return Path(found.stdout.strip()) / "labelvc" / "crash.log"
