"""A sentence that both sides cut into other words is settled as a whole, in each side's order."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.repo.project import Project

Words = list[tuple[str, int]]  # form and head

BASE: Words = [("The", 2), ("dog", 3), ("barks", 0), ("loud", 3)]
OURS: Words = [("The", 3), ("big", 3), ("dog", 4), ("barks", 0), ("loud", 4)]
THEIRS: Words = [("The", 2), ("dog", 3), ("barks", 0), ("very", 5), ("loud", 3)]


def sentence(words: Words, name: str = "s1") -> str:
    rows = (
        f"{at}\t{form}\t_\tX\t_\t_\t{head}\tdep\t_\t_\n"
        for at, (form, head) in enumerate(words, start=1)
    )
    return f"# sent_id = {name}\n{''.join(rows)}\n"


def treebank(words: Words) -> str:
    return sentence(words) + "".join(sentence(BASE, f"o{at}") for at in range(3))


@pytest.mark.parametrize(("choice", "expected"), [("ours", OURS), ("theirs", THEIRS)])
def test_a_sentence_is_one_side_s(labels: Project, run: Shell, choice: str, expected: Words):
    def committed(words: Words) -> None:
        labels.write("labels/en.conllu", treebank(words))
        run("commit", "-m", "Words", "--quiet")

    labels.write("labels/en.conllu", treebank(BASE))
    run("add", "labels/en.conllu", "--quiet")
    committed(BASE)
    labels.git("checkout", "-q", "-b", "other")
    committed(THEIRS)
    labels.git("checkout", "-q", "main")
    run("status", "--quiet")
    committed(OURS)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    merge = subprocess.run(
        ["git", "merge", "other"], cwd=labels.path, env={**os.environ, "PATH": path}
    )
    assert merge.returncode == 1
    assert "cannot be settled with 'union'" in run.refused("resolve", "--all", "--with", "union")
    run("resolve", "--all", "--with", choice)
    assert labels.read("labels/en.conllu").decode().splitlines() == treebank(expected).splitlines()
