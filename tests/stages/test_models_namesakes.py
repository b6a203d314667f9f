"""Models of several projects in one process, whose modules and packages have the same names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from labelvc.core.errors import LabelvcError
from labelvc.stages.models import load_model
from tests.data import ROOT


def write(root: Path, name: str, word: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"def predict(samples):\n    return ['{word}']\n")
    return root


def said(root: Path, spec: str) -> Any:
    model = load_model(spec, task="text-classification", categories=["then", "now"], seed=0,
                       options={}, weights=None, root=root)  # fmt: skip
    return model.predict([])


@pytest.mark.parametrize("late", [False, True], ids=["together", "one after the other"])
def test_a_package_without_init_is_that_of_the_project_asked(tmp_path: Path, late: bool) -> None:
    """As where the model of a past commit is loaded beside that of the working tree."""
    now = write(tmp_path / "now", "nets/cnn.py", "now")
    then = tmp_path / "then"
    if not late:
        write(then, "nets/cnn.py", "then")
    assert said(now, "nets.cnn:predict") == ["now"]
    write(then, "nets/cnn.py", "then")
    assert said(then, "nets.cnn:predict") == ["then"]
    assert said(now, "nets.cnn:predict") == ["now"]


def test_a_module_may_have_the_name_of_another_projects_package(tmp_path: Path) -> None:
    package = write(tmp_path / "one", "nets/cnn.py", "then")
    module = write(tmp_path / "two", "nets.py", "now")
    assert said(package, "nets.cnn:predict") == ["then"]
    assert said(module, "nets:predict") == ["now"]
    assert said(package, "nets.cnn:predict") == ["then"]


def test_a_package_gone_from_the_project_is_not_found_in_another(tmp_path: Path) -> None:
    package = write(tmp_path / "one", "nets/cnn.py", "then")
    (tmp_path / "two").mkdir()
    assert said(package, "nets.cnn:predict") == ["then"]
    with pytest.raises(LabelvcError, match=r"there is no module nets\.cnn"):
        said(tmp_path / "two", "nets.cnn:predict")


def test_a_package_that_others_loaded_and_that_hides_a_module_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hiding = ModuleType("nets")
    hiding.__path__ = ["/elsewhere/nets"]
    monkeypatch.setitem(sys.modules, "nets", hiding)
    with pytest.raises(LabelvcError, match=r"nets\.py cannot be imported: .*/elsewhere/nets"):
        said(write(tmp_path, "nets.py", "now"), "nets:predict")


def test_a_model_may_be_the_first_to_import_torch(tmp_path: Path) -> None:
    """Some of torch's modules answer to any name, also to those by which files are looked for."""
    (tmp_path / "nets.py").write_text("import torch\ndef predict(samples):\n    return ['now']\n")
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tests.stages.test_models_namesakes import said\n"
        "assert 'torch' not in sys.modules\n"
        "print(said(Path(sys.argv[1]), 'nets:predict'))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, cwd=ROOT
    )
    assert ended.stdout == "['now']\n", ended.stderr
