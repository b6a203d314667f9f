from __future__ import annotations

import subprocess
import sys

import pytest

from labelvc import __version__
from labelvc.stages import environment as environment_module
from labelvc.stages.environment import differences, environment


def test_the_environment_names_what_a_score_depends_on() -> None:
    found = environment(7)
    assert set(found) == {
        *("python", "implementation", "platform", "machine", "cpus", "packages", "seed"),
    }
    assert found["python"] == ".".join(map(str, sys.version_info[:3])) and found["seed"] == 7
    assert found["packages"]["labelvc"] == __version__
    assert {"numpy", "polars", "torch", "mlflow", "scikit-learn"} <= set(found["packages"])
    assert None not in found["packages"].values()


def test_packages_that_are_not_installed_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment_module, "PACKAGES", ("numpy", "no-such-package"))
    assert list(environment(7)["packages"]) == ["numpy"]


def test_nothing_is_imported_to_know_versions() -> None:
    code = (
        "import sys; from labelvc.stages.environment import environment; environment(0); "
        "print(sorted({'torch', 'mlflow', 'numpy', 'polars', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_equal_environments_do_not_differ() -> None:
    assert differences(environment(1), environment(1)) == []


def test_differences_are_told_in_words() -> None:
    before = {"python": "3.10.1", "seed": 1, "packages": {"torch": "2.4.0", "keras": "3.0"}}
    after = {"python": "3.11.7", "seed": 1, "packages": {"torch": "2.13.0", "scipy": "1.17"}}
    assert differences(before, after) == [
        "python was 3.10.1, is 3.11.7",
        "torch was 2.4.0, is 2.13.0",
        "keras was 3.0, is not there",
        "scipy was not there, is 1.17",
    ]


def test_an_environment_from_a_stranger_is_compared_too() -> None:
    assert differences({"packages": 3, "python": ["x"]}, {"python": "3.11"}) == [
        "python was ['x'], is 3.11"
    ]
