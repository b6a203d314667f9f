"""Plays the sessions of a page, and writes what is printed into it.

`python -m tests.docs.pages docs/tutorials/images.md` brings the outputs on a page up to date. A
block with a title is a file of that name; one of kind `console` is typed at a terminal, in the
order of the page.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

BIN = Path(sys.executable).parent
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE)
# A commit, an object or a process has another number each time.
CHANCE = re.compile(r"\b[0-9a-f]{7,40}\b")
# What a network finds: its last digits depend on the processor's arithmetic.
NETWORK = re.compile(r"^ +network .*$", re.MULTILINE)
DIGIT = re.compile(r"[-+0-9]")
# A command, with the lines of a text that it is given, and of a command that goes on.
STEP = re.compile(
    r"^\$ (?:[^\n]*<<'END'\n.*?^END$|(?:[^\n]*\\\n)*[^\n]*)", re.DOTALL | re.MULTILINE
)
# These tell by exit status 1 that they found something, by 2 that they would lose something.
FINDING = ("git merge ", *(f"labelvc {verb}" for verb in ("check", "diff", "merge", "import")))
REFUSING = ("labelvc convert",)


def environment(home: Path) -> dict[str, str]:
    """What a reader's terminal has: a name for Git, this Python, nobody's variables."""
    config = home / "gitconfig"
    config.write_text(
        "[user]\nname = Ann\nemail = ann@example.org\n"
        "[init]\ndefaultBranch = main\n[advice]\ndetachedHead = false\n"
    )
    own = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "DVC_"))}
    return own | {
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_AUTHOR_DATE": "2026-11-02T09:00:00+0000",
        "GIT_COMMITTER_DATE": "2026-11-02T09:00:00+0000",
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "TZ": "UTC",
    }


def commands(block: str) -> Iterator[str]:
    """What is typed in a block."""
    for step in STEP.finditer(block):
        yield step[0].removeprefix("$ ")


def printed(command: str, root: Path, variables: dict[str, str]) -> str:
    """What a command prints; it has to end well, or to have found something."""
    done = subprocess.run(
        command,
        shell=True,
        cwd=root,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    fine = {0} | {1 for one in FINDING if command.startswith(one)}
    fine |= {2 for one in REFUSING if command.startswith(one)}
    assert done.returncode in fine, (command, done.returncode, done.stdout)
    told = done.stdout.replace(os.path.realpath(root.parent), "/home/ann")
    return "\n".join(line.rstrip() for line in told.splitlines())


def played(text: str, home: Path) -> str:
    """The page as its commands make it now, in a new folder below `home`."""
    root = home / "tutorial"
    root.mkdir()
    variables = environment(home)

    def answer(match: re.Match[str]) -> str:
        language, title, body = match.groups()
        if title:
            (root / title).parent.mkdir(parents=True, exist_ok=True)
            (root / title).write_text(body)
        if language != "console" or title:
            return match[0]
        steps = [(one, printed(one, root, variables)) for one in commands(body)]
        told = "".join(f"$ {one}\n{out}\n" if out else f"$ {one}\n" for one, out in steps)
        return f"```console\n{told}```"

    return BLOCK.sub(answer, text)


def alike(text: str) -> str:
    """The page without what differs from day to day, or from processor to processor."""
    return CHANCE.sub("#", NETWORK.sub(lambda match: DIGIT.sub("0", match[0]), text))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            new = played(Path(name).read_text(), Path(folder))
        if alike(new) != alike(Path(name).read_text()):
            Path(name).write_text(new)
