"""The jobs for forges as linters read them, and our rules about rights and secrets."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from labelvc.repo.layout import lay_down

GITHUB = ("labels.yml", "labels-comment.yml", "labels-merge.yml")
SHELLS = ("merge-check.sh", "merge.sh", "report.sh")
TEMPLATES = Path(__file__).parents[2] / "templates" / "repo"
ACTIONS = {"actions/checkout@v4", "actions/setup-python@v5", "actions/upload-artifact@v4"}


@pytest.fixture(scope="module", params=["", "vision/données d'Ada"])
def top(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a project, at the top or in a folder, has the jobs of both forges."""
    top = tmp_path_factory.mktemp("top")
    for ci in ("github", "gitlab"):
        lay_down(top, top / request.param, ci=ci, task=None)
    return top


def workflow(top: Path, name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((top / ".github/workflows" / name).read_text())
    return found


def steps(top: Path, name: str) -> list[dict[str, Any]]:
    return [step for job in workflow(top, name)["jobs"].values() for step in job["steps"]]


def gitlab(top: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((top / ".gitlab/labels.yml").read_text())
    return found


def lint(*command: str) -> None:
    done = subprocess.run([*command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_github_s_schema_takes_the_workflows(top: Path) -> None:
    check = (sys.executable, "-m", "check_jsonschema", "--builtin-schema")
    lint(*check, "vendor.github-workflows", *map(str, (top / ".github/workflows").iterdir()))


def test_gitlab_s_schema_takes_the_jobs(top: Path) -> None:
    check = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci")
    files = map(str, (top / ".gitlab/labels.yml", top / ".gitlab-ci.yml"))
    lint(*check, "--data-transform", "gitlab-ci", *files)


def test_shellcheck_finds_nothing_in_what_the_jobs_run(top: Path, tmp_path: Path) -> None:
    scripts = [step["run"] for name in GITHUB for step in steps(top, name) if "run" in step]
    scripts += ["\n".join(job["script"]) for job in gitlab(top).values()]
    scripts = [script for script in scripts if not script.startswith('"""')]
    assert len(scripts) == 13
    for number, script in enumerate(scripts):
        (tmp_path / f"{number}.sh").write_text(f"#!/bin/bash -e\n{script}\n")
    program = str(Path(sys.executable).parent / "shellcheck")
    # The forge sets variables, scripts read those of other lines, and Git expands its helper.
    given = ("--exclude=SC2154,SC2034,SC2016", "--shell=bash", "--severity=info")
    lint(program, *given, *map(str, sorted(tmp_path.iterdir())))


def test_the_programs_of_the_jobs_compile(top: Path) -> None:
    (step,) = steps(top, "labels-comment.yml")
    compile(step["run"], "labels-comment.yml", "exec")
    (script,) = gitlab(top)["labelvc-comment"]["script"]
    first, *program, last = script.splitlines()
    assert (first, last) == ("python3 -I - << 'END'", "END")  # nothing in it is the shell's
    compile("\n".join(program), "labels.yml", "exec")


def test_what_a_pull_request_starts_only_reads_and_knows_no_secret(top: Path) -> None:
    checks = workflow(top, "labels.yml")
    assert checks[True] == "pull_request"  # YAML 1.1 reads the key `on` as a boolean
    assert checks["permissions"] == {"contents": "read"}
    assert set(checks["jobs"]) == {"labelvc-report", "labelvc-merge-check"}
    for job in checks["jobs"].values():
        assert "permissions" not in job
        assert "if" not in job  # a job that is skipped counts as passed
    text = (top / ".github/workflows/labels.yml").read_text()
    assert not re.search(r"\$\{\{.*(secrets|token)", text)


def test_a_newer_commit_cancels_the_checks_of_the_one_before(top: Path) -> None:
    assert workflow(top, "labels.yml")["concurrency"]["cancel-in-progress"] is True
    found = gitlab(top)
    assert [name for name, job in found.items() if not job.get("interruptible")] == [
        "labelvc-merge"
    ]


def test_what_writes_comments_takes_nothing_from_the_pull_request_but_text(top: Path) -> None:
    comments = workflow(top, "labels-comment.yml")
    checks = workflow(top, "labels.yml")["name"]
    assert comments[True] == {"workflow_run": {"workflows": [checks], "types": ["completed"]}}
    assert comments["permissions"] == {}
    (job,) = comments["jobs"].values()
    assert job["permissions"] == {"actions": "read", "pull-requests": "write"}
    assert "github.event.workflow_run.event == 'pull_request'" in job["if"]
    (step,) = job["steps"]  # and so no checkout, no cache, no action
    assert set(step) == {"name", "env", "shell", "run"}
    assert step["env"] == {"GH_TOKEN": "${{ github.token }}"}
    assert step["shell"] == "python3 -I {0}"  # no module from the folder where it runs
    assert not re.search(r"subprocess|os\.system|exec|eval|extract|import_module", step["run"])


def test_nothing_is_started_beside_secrets_by_a_pull_request(top: Path) -> None:
    started = {name: set(dict.fromkeys(workflow(top, name)[True])) for name in GITHUB[1:]}
    assert started == {
        "labels-comment.yml": {"workflow_run"},
        "labels-merge.yml": {"workflow_dispatch"},
    }
    assert workflow(top, "labels-merge.yml")["permissions"] == {
        "contents": "read",
        "pull-requests": "read",
    }
    for name in GITHUB:
        text = (top / ".github/workflows" / name).read_text()
        assert not re.search(r"^[^#]*pull_request_target", text, re.M)


def test_strangers_texts_and_tokens_stay_out_of_the_shell(top: Path) -> None:
    found = [step for name in GITHUB for step in steps(top, name)]
    assert not any("${{" in step.get("run", "") for step in found)
    assert {step["uses"] for step in found if "uses" in step} == ACTIONS
    checkouts = [step["with"] for step in found if "checkout" in step.get("uses", "")]
    assert len(checkouts) == 3
    assert all(given["persist-credentials"] is False for given in checkouts)
    assert all(given["fetch-depth"] == 0 for given in checkouts)
    tokens = [step for step in found if "secrets.LABELVC_TOKEN" in str(step)]
    assert tokens == [steps(top, "labels-merge.yml")[-1]]


def test_gitlab_s_jobs_with_a_token_are_absent_for_forks(top: Path) -> None:
    found = gitlab(top)
    checks = {"labelvc-report", "labelvc-merge-check"}
    assert set(found) == checks | {"labelvc-comment", "labelvc-merge"}
    request = '$CI_PIPELINE_SOURCE == "merge_request_event"'
    same = "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID"
    for name in checks:
        assert found[name]["rules"] == [{"if": request}]
        assert "TOKEN" not in str(found[name])
    (merge,) = found["labelvc-merge"]["rules"]
    assert merge == {"if": f"{request} && {same}", "when": "manual", "allow_failure": True}
    (comment,) = found["labelvc-comment"]["rules"]
    assert comment == {"if": f"{request} && {same} && $LABELVC_TOKEN", "when": "always"}


def test_gitlab_s_comment_has_the_report_and_no_checkout(top: Path) -> None:
    found = gitlab(top)
    assert found["labelvc-comment"]["needs"] == ["labelvc-report"]
    assert found["labelvc-comment"]["variables"] == {"GIT_STRATEGY": "none"}
    assert found["labelvc-report"]["artifacts"]["when"] == "always"
    assert found["labelvc-report"]["artifacts"]["reports"] == {"codequality": "problems.json"}


def test_no_job_fetches_all_that_dvc_has(top: Path) -> None:
    texts = [step.get("run", "") for name in GITHUB for step in steps(top, name)]
    texts += [line for job in gitlab(top).values() for line in job["script"]]
    assert not any(re.search(r"dvc (pull|fetch)", text) for text in texts)


@pytest.mark.parametrize("name", SHELLS)
def test_the_scripts_are_shell(name: str) -> None:
    lint("bash", "-n", str(TEMPLATES / name))
