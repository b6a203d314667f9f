"""The wheel is whole: built, installed in a clean environment, and run there."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.data import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(out), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of a new environment that has the wheel, and sees this one's other packages."""
    home = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    python = home / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    ask = "import site; print(site.getsitepackages()[0])"
    asked = subprocess.run([str(python), "-c", ask], check=True, capture_output=True, text=True)
    dependencies = "\n".join(site.getsitepackages())
    (Path(asked.stdout.strip()) / "dependencies.pth").write_text(dependencies)
    return home / "bin"


def run(*command: str | Path, cwd: Path) -> str:
    hidden = ("PYTHONPATH", "GIT_DIR")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd, capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_the_templates_and_the_type_marker(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    templates = {
        path.relative_to(ROOT / "templates").as_posix()
        for path in (ROOT / "templates").rglob("*")
        if path.is_file()
    }
    assert templates
    assert {f"labelvc/templates/{name}" for name in templates} <= names
    assert "labelvc/py.typed" in names
    assert not any(name.startswith(("tests/", "benchmarks/", "demo/")) for name in names)


def test_the_installed_program_versions_labels(installed: Path, tmp_path: Path) -> None:
    location = run(
        installed / "python", "-c", "import labelvc; print(labelvc.__file__)", cwd=tmp_path
    )
    assert location.startswith(str(installed.parent))
    run(installed / "labelvc", "init", cwd=tmp_path)
    for name, value in (("user.name", "A"), ("user.email", "a@example.org")):
        run("git", "config", name, value, cwd=tmp_path)
    (tmp_path / "labels.csv").write_text("id,label\n1,cat\n2,dog\n")
    run(installed / "labelvc", "add", "labels.csv", cwd=tmp_path)
    run(installed / "labelvc", "commit", "-m", "Add labels", cwd=tmp_path)
    (tmp_path / "labels.csv").write_text("id,label\n1,cat\n2,cat\n")
    assert "relabelled" in run(installed / "labelvc", "diff", cwd=tmp_path)
    assert "relabelled" in run(installed / "git-labelvc", "diff", cwd=tmp_path)


def test_the_installed_program_is_uninstalled_from_a_repository(
    installed: Path, tmp_path: Path
) -> None:
    run(installed / "labelvc", "init", cwd=tmp_path)
    run(installed / "labelvc", "uninstall", cwd=tmp_path)
    assert "labelvc" not in (tmp_path / ".git" / "config").read_text()
