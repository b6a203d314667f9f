"""Writing that is done or not done, and nothing between."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from labelvc.core.errors import RepositoryError
from labelvc.repo.writing import lock, write_atomic


def test_new_and_old_files(tmp_path: Path):
    file = tmp_path / "new folder" / "a.json"
    write_atomic(file, b"one")
    assert file.read_bytes() == b"one"
    assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~umask()
    file.chmod(0o640)
    write_atomic(file, b"two")
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"two", 0o640)
    assert os.listdir(file.parent) == ["a.json"]


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_link_is_replaced_and_its_target_kept(tmp_path: Path):
    """In DVC's cache.type symlink and hardlink the target is the object in the cache."""
    target = tmp_path / "object"
    target.write_bytes(b"object")
    target.chmod(0o444)
    (tmp_path / "soft").symlink_to(target)
    (tmp_path / "hard").hardlink_to(target)
    for name in ("soft", "hard"):
        write_atomic(tmp_path / name, b"new")
        assert (tmp_path / name).read_bytes() == b"new"
        assert not (tmp_path / name).is_symlink()
    assert target.read_bytes() == b"object"


@pytest.mark.parametrize("step", ["fsync", "replace", "fchmod"])
def test_a_failure_at_any_step_leaves_the_old_file(tmp_path: Path, monkeypatch, step: str):
    file = tmp_path / "a.json"
    file.write_bytes(b"old")

    def broken(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, broken)
    with pytest.raises(RepositoryError, match=r"a.json: cannot be written: No space left"):
        write_atomic(file, b"new")
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.json"]


def test_an_interrupt_leaves_the_old_file(tmp_path: Path, monkeypatch):
    file = tmp_path / "a.json"
    file.write_bytes(b"old")

    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(file, b"new")
    assert (file.read_bytes(), os.listdir(tmp_path)) == (b"old", ["a.json"])


def test_a_full_disk(tmp_path: Path):
    """A limit on file sizes stands in for a full disk: the write itself fails half way."""
    file = tmp_path / "a.json"
    file.write_bytes(b"old")
    script = (
        "import resource, signal, sys\n"
        "from labelvc.repo.writing import write_atomic\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "write_atomic(sys.argv[1], b'x' * 5000)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(file)], capture_output=True)
    assert done.returncode and b"cannot be written: File too large" in done.stderr
    assert (file.read_bytes(), os.listdir(tmp_path)) == (b"old", ["a.json"])
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1000


def test_a_folder_that_takes_no_files(tmp_path: Path):
    """A file where a folder should be stands in for a read-only disk: root may write anywhere."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(
        RepositoryError, match=r"file/a.json: cannot be written.*\n.*right to write"
    ):
        write_atomic(tmp_path / "file" / "a.json", b"x")
    if os.geteuid() != 0:
        tmp_path.chmod(0o555)
        with pytest.raises(RepositoryError, match="Permission denied"):
            write_atomic(tmp_path / "b.json", b"x")


def test_a_lock_keeps_others_out_and_names_its_holder(tmp_path: Path):
    file = tmp_path / "scratch" / "lock"
    with lock(file):
        assert file.read_text() == f"{os.getpid()}\n"
        at_work = rf"process {os.getpid()}\) is at work"
        with pytest.raises(RepositoryError, match=at_work), lock(file, wait=0.1):
            pass
    assert os.listdir(file.parent) == []
    with lock(file, wait=0):
        pass


def test_the_lock_of_a_dead_process_is_taken_over(tmp_path: Path):
    file = tmp_path / "lock"
    dead = subprocess.Popen(["true"])
    dead.wait()
    file.write_text(f"{dead.pid}\n")
    with lock(file, wait=0):
        assert file.read_text() == f"{os.getpid()}\n"
    assert os.listdir(tmp_path) == []


def test_a_lock_is_given_back_after_an_error(tmp_path: Path):
    with pytest.raises(ValueError), lock(tmp_path / "lock"):
        raise ValueError
    assert os.listdir(tmp_path) == []


def test_a_waiting_process_gets_the_lock(tmp_path: Path):
    file = tmp_path / "lock"
    script = (
        "import sys, time\nfrom labelvc.repo.writing import lock\n"
        "with lock(sys.argv[1]):\n  print(flush=True)\n  time.sleep(0.3)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(file)], stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with lock(file, wait=20):
            assert file.read_text() == f"{os.getpid()}\n"
