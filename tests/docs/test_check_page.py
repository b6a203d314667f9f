"""The page about the check: its session is real, its tables have every rule as it is."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from labelvc.core.check_rules import RULES
from labelvc.repo.config import parse_config
from tests.data import ROOT
from tests.docs import session
from tests.docs.test_readme import repository, steps

__all__ = ["repository"]

PAGE = (ROOT / "docs" / "check.md").read_text()


def test_the_session_is_real(repository: Path) -> None:
    file = repository / "labels" / "train.json"
    for command in ("init", "add labels/train.json", "commit -m First"):
        subprocess.run(f"labelvc -q {command}", shell=True, cwd=repository, check=True)
    content = session.first()
    over = {**content["annotations"][0], "id": 41, "image_id": 4, "bbox": [630, 300, 20, 18]}
    content["annotations"] += [over, {**over, "image_id": 5, "bbox": [400, 300, 20, 18]}]
    session.write(file, content)
    (block,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    ((command, expected),) = steps(block)
    environment = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run(
        command, shell=True, cwd=repository, capture_output=True, text=True, env=environment
    )
    assert (done.returncode, done.stdout.strip()) == (1, expected.strip())


def test_every_rule_stands_in_its_table_with_its_severity_and_parameters() -> None:
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)` \| ([^|]*?) \| .*$", PAGE, re.MULTILINE))
    assert RULES.keys() <= rows.keys()
    for code, rule in RULES.items():
        assert rows[code] == (rule.level if rule.at_commit else rule.level + r" \*"), code
        (line,) = re.findall(rf"^\| `{code}` \|.*$", PAGE, re.MULTILINE)
        for name, parameter in rule.parameters.items():
            assert f"`{name}`" in line and f"({parameter.default:g})" in line, code


def test_the_example_of_labelvc_yaml_can_be_read() -> None:
    (text,) = [one for one in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "sets:" in one]
    config = parse_config(text.encode())
    assert [one.name for one in config.sets] == ["train"]
