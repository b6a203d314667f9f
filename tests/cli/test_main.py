"""The program around the verbs: help, options, misspelt words, endings."""

import errno
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

import labelvc
from labelvc.cli import main as program
from labelvc.cli.verbs import PLUMBING, VERBS
from tests.cli.shell import FIRST, Shell, coco
from tests.repo.project import Project


def labelvc_process(*args: str, **options):
    return subprocess.run(
        [sys.executable, "-m", "labelvc", *args], capture_output=True, text=True, **options
    )


def test_help_names_every_verb_and_loads_none(run: Shell):
    told = run("--help").out
    for name, verb in VERBS.items():
        assert f"  {name}" in told and verb.help in told
    script = (
        "import sys; from labelvc.cli.main import main; main(['--help']);"
        "heavy = {'polars', 'numpy', 'yaml', 'dvc', 'pandas', 'labelvc.repo', 'labelvc.formats'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("verb", sorted(VERBS | PLUMBING))
def test_each_verb_has_help_with_the_shared_options(run: Shell, verb: str):
    told = run(verb, "--help").out
    assert told.startswith(f"usage: labelvc {verb}")
    assert "-C DIR" in told and "--json" in told


def test_version_and_the_program_without_arguments(run: Shell):
    assert run("--version").out == f"labelvc {labelvc.__version__}\n"
    assert "verbs:" in run(code=2).err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["comit"], "Did you mean commit?"),
        (["frobnicate"], "See `labelvc --help`."),
        (["--jsn", "status"], "Did you mean --json?"),
        (["diff", "--sttat"], "Did you mean --stat"),
        (["diff", "--output", "pdf"], "invalid choice: 'pdf'"),
        (["diff", "--limit", "-3x"], "expected one argument"),
        (["diff", "--limit", "few"], "'few' is no count"),
        (["diff", "--kind", "relabeled"], "Did you mean relabelled"),
        (["commit"], "the following arguments are required: -m"),
        (["diff", "--no-index", "one"], "compares two paths, not 1"),
        (["diff", "--json", "--output", "patch"], "exclude each other"),
        (["diff", "--format", "coco"], "go with --no-index"),
        (["add", "x.json", "--set", "coords"], "expected NAME=VALUE"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_not_understood_is_told_in_one_message(
    labels: Project, run: Shell, arguments, said
):
    labels.write("x.json", "{}")
    message = run.refused(*arguments)
    assert message.startswith("labelvc: error: ") and said in message


def test_shared_options_stand_before_or_after_the_verb(labels: Project, run: Shell, tmp_path: Path):
    for arguments in (["-C", str(labels.path), "--json", "status"],
                      ["status", "--json", "-C", str(labels.path)]):  # fmt: skip
        assert run(*arguments, at=tmp_path).json["sets"]["train"]["state"] == "unchanged"
    assert run("--quiet", "status", at=labels.path).out == ""


def test_a_missing_folder_is_named(run: Shell):
    assert "no/such/folder: No such file or directory" in run.refused("-C", "no/such/folder", "log")


def test_a_bug_leaves_its_traceback_in_gits_folder(labels: Project, run: Shell, monkeypatch):
    def broken(arguments):
        raise ZeroDivisionError("seven")

    monkeypatch.setattr(program, "run", broken)
    ended = run("status", code=3)
    assert ended.out == "" and len(ended.err.splitlines()) == 1
    log = labels.path / ".git" / "labelvc" / "crash.log"
    assert str(log) in ended.err
    assert "ZeroDivisionError: seven" in log.read_text()
    assert labels.git("status", "--porcelain") == ""


def test_outside_a_repository_the_traceback_goes_to_the_temporary_folder(
    run: Shell, monkeypatch, tmp_path: Path
):
    def broken(arguments):
        raise KeyError("x")

    monkeypatch.setattr(program, "run", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert str(tmp_path / "labelvc-crash.log") in run("status", at=tmp_path, code=3).err


@pytest.mark.parametrize(
    ("number", "step"),
    [
        (errno.ENOSPC, "Free some space"),
        (errno.EROFS, "Make the file system writable"),
        (errno.EACCES, "Get the right to it"),
    ],
)
def test_what_the_system_refuses_is_trouble_and_no_bug(run: Shell, monkeypatch, number, step):
    def refused(arguments):
        raise OSError(number, os.strerror(number), "labels/train.json")

    monkeypatch.setattr(program, "run", refused)
    message = run.refused("status")
    assert f"labels/train.json: {os.strerror(number)}" in message and step in message


def test_interrupted(run: Shell, monkeypatch):
    def interrupted(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "run", interrupted)
    assert run("status", code=130).err == "labelvc: interrupted\n"


def test_a_reader_that_has_seen_enough_is_no_error(labels: Project):
    command = f"{sys.executable} -m labelvc show | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=labels.path, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "0" and done.stderr == ""


def test_without_label_changes_polars_and_dvc_stay_out(labels: Project):
    script = (
        "import sys; from labelvc.cli.main import main; code = main(['diff']);"
        "heavy = {'polars', 'numpy', 'dvc', 'pandas', 'rich', 'ruamel', 'git'} & set(sys.modules);"
        "print(code, sorted(heavy), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=labels.path, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("No label changes.\n", "0 []\n")


def test_the_module_and_gits_subcommand_are_the_program(labels: Project):
    assert labelvc_process("diff", cwd=labels.path).stdout == "No label changes.\n"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["git", "labelvc", "status", "--json"],
        cwd=labels.path, env={**os.environ, "PATH": path}, capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["labelvc.status/v1"]["sets"]["train"]["state"] == "unchanged"


def test_docs_are_the_help(run: Shell):
    from labelvc.cli.manual import manual

    page = Path(labelvc.__file__).parents[1] / "docs" / "cli.md"
    assert page.read_text() == manual(), "python -m labelvc.cli.manual > docs/cli.md"


@pytest.mark.parametrize(
    ("arguments", "version"),
    [
        (["add", "labels/val.json"], "labelvc.add/v1"),
        (["commit", "-m", "x", "--dry-run"], "labelvc.commit/v1"),
        (["init"], "labelvc.init/v1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_answers_have_the_keys_of_their_page(labels: Project, run: Shell, arguments, version):
    page = (Path(labelvc.__file__).parents[1] / "docs" / "json.md").read_text()
    blocks = map(json.loads, re.findall(r"```json\n(.*?)```", page, re.DOTALL))
    example = next(block[version] for block in blocks if version in block)
    labels.write("labels/val.json", FIRST)
    told = json.loads(run(*arguments, "--json", code=None).out)
    assert list(told) == [version] and list(told[version]) == list(example)


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_knows_verbs_and_options(run: Shell, shell: str):
    script = run("completion", shell).out
    assert "uninstall" in script and "--exit-code" in script


def test_bash_completes(labels: Project, run: Shell):
    script = run("completion", "bash").out
    asked = "COMP_WORDS=(labelvc diff --s); COMP_CWORD=2; _labelvc; echo ${COMPREPLY[@]}"
    done = subprocess.run(["bash", "-c", f"{script}\n{asked}"], capture_output=True, text=True)
    assert done.stdout.split() == ["--sample", "--schema", "--set", "--split", "--stat"]


def test_the_pager_shows_long_reading_on_a_terminal_only(labels: Project, tmp_path: Path):
    seen = tmp_path / "seen"
    environment = {**os.environ, "LABELVC_PAGER": f"tee {seen}", "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    first, second = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "labelvc", "log"],
        cwd=labels.path, env=environment, stdout=second, check=True,
    )  # fmt: skip
    os.close(second)
    os.close(first)
    assert "(new)" in seen.read_text() and "\x1b[" in seen.read_text()
    seen.unlink()
    labelvc_process("log", cwd=labels.path, env=environment)
    assert not seen.exists()


def test_ctrl_c_ends_a_process_with_130(labels: Project):
    script = (
        "import os, signal, sys; from labelvc.cli import main;"
        "main.run = lambda arguments: os.kill(os.getpid(), signal.SIGINT) or signal.pause();"
        "sys.exit(main.main(['log']))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=labels.path, capture_output=True)
    assert done.returncode == 130 and b"Traceback" not in done.stderr


def test_what_takes_long_is_said_on_a_terminal(labels: Project):
    script = (
        "import time, argparse; from labelvc.cli.screen import patience\n"
        "from labelvc.core.progress import counted\n"
        "args = argparse.Namespace(quiet=False)\n"
        "with patience(args, 'comparing labels'):\n"
        "    for number in counted(range(1500), 'hashing files'): time.sleep(0.001)"
    )
    first, second = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    subprocess.run([sys.executable, "-c", script], stderr=second, env=environment, check=True)
    shown = os.read(first, 100_000)
    assert b"comparing labels" in shown and b"hashing files" in shown and b"/1500" in shown
    os.close(second)
    os.close(first)
    assert subprocess.run([sys.executable, "-c", script], capture_output=True).stderr == b""


def test_names_from_strangers_cannot_steer_the_terminal(labels: Project, run: Shell):
    message = run.refused("diff", "--no-index", "evil\x1b[2Jname", "x")
    assert "evil\\x1b[2Jname" in message and "\x1b" not in message


def test_what_the_terminal_cannot_encode_is_escaped(labels: Project, run: Shell):
    labels.write("labels/train.json", coco({"été.jpg": ["cat"]}))
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = labelvc_process("show", cwd=labels.path, env=environment)
    assert done.returncode == 0 and "\\xe9t\\xe9.jpg" in done.stdout
