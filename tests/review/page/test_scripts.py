"""The scripts by themselves."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parents[3] / "templates" / "review").glob("*.js"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")
def test_scripts_are_well_formed(script):
    subprocess.run(["node", "--check", script], check=True)
