"""The comment with the report: the jobs' own programs, run against a little forge."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from labelvc.repo.layout import lay_down
from tests.repo.forge_api import BOT, OWN, SOMEBODY, TOKEN, Api, serving

MARK = "<!-- labelvc-report -->"
HEAD, NEWER = "1" * 40, "2" * 40
ABOUT = {"pull_request": OWN, "head": HEAD, "run": 9, "changed": True}
UNCHANGED = {**ABOUT, "changed": False}
FORK = {"id": 3, "full_name": "eve/labels", "owner": {"login": "eve"}}


@pytest.fixture(scope="module")
def laid_down(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("project")
    for ci in ("github", "gitlab"):
        lay_down(top, top, ci=ci, task=None)
    return top


class Job(ABC):
    """The job that comments, of one forge; `folder` is where it runs."""

    def __init__(self, api: Api, laid_down: Path, folder: Path) -> None:
        self.api, self.folder, self._laid_down = api, folder, laid_down

    def comment(self, report: bytes, about: Any = ABOUT, head: str = HEAD) -> str:
        """Run the job; what it says."""
        done = self.started(report, about, head)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, report: bytes) -> str:
        """Run the job, which fails; why it does."""
        done = self.started(report, ABOUT, HEAD)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        return done.stderr

    @abstractmethod
    def started(self, report: bytes, about: Any, head: str) -> subprocess.CompletedProcess[str]:
        """Run the job on a report as the forge would."""

    def _run(self, command: list[str], **env: str) -> subprocess.CompletedProcess[str]:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return subprocess.run(
            command, cwd=self.folder, env={"PATH": path, **env}, capture_output=True, text=True
        )


class GitHub(Job):
    run: dict[str, Any]

    def __init__(self, api: Api, laid_down: Path, folder: Path) -> None:
        super().__init__(api, laid_down, folder)
        url = "https://github.com/ada/labels/actions/runs/9"
        self.run = {"id": 9, "html_url": url, "head_branch": "night", "head_repository": FORK}
        self.pull(OWN, HEAD)

    def pull(self, number: int, head: str, repository: Any = FORK) -> None:
        """An open pull request, from a branch of the fork."""
        told = {"label": "eve:night", "sha": head, "repo": repository}
        self.api.pulls.append({"number": number, "head": told})

    def started(self, report: bytes, about: Any, head: str) -> subprocess.CompletedProcess[str]:
        self.api.pack(report_md=report, about_json=json.dumps(about).encode())
        return self.ended(head)

    def ended(self, head: str = HEAD) -> subprocess.CompletedProcess[str]:
        """The run on the pull request has ended, with its artifacts as they are."""
        event = self.folder.parent / "event.json"
        event.write_text(json.dumps({"workflow_run": {**self.run, "head_sha": head}}))
        file = self._laid_down / ".github/workflows/labels-comment.yml"
        (step,) = yaml.safe_load(file.read_text())["jobs"]["labelvc-comment"]["steps"]
        program = self.folder.parent / "program"
        program.write_text(step["run"])
        return self._run(
            [part.format(program) for part in step["shell"].split()],
            GITHUB_API_URL=self.api.url,
            GITHUB_EVENT_PATH=str(event),
            GITHUB_REPOSITORY="ada/labels",
            GH_TOKEN=TOKEN,
        )


class GitLab(Job):
    def started(self, report: bytes, about: Any, head: str) -> subprocess.CompletedProcess[str]:
        self.api.head = HEAD
        made = self.folder / "labels-report"
        made.mkdir(exist_ok=True)
        (made / "report.md").write_bytes(report)
        (made / "about.json").write_text(json.dumps(about))
        return self.ended(head)

    def ended(self, head: str = HEAD) -> subprocess.CompletedProcess[str]:
        """The job that made the report has ended, with its artifacts as they are."""
        job = yaml.safe_load((self._laid_down / ".gitlab/labels.yml").read_text())
        return self._run(
            ["bash", "-e", "-c", "\n".join(job["labelvc-comment"]["script"])],
            CI_API_V4_URL=self.api.url,
            CI_COMMIT_SHA=head,
            CI_MERGE_REQUEST_IID=str(OWN),
            CI_PIPELINE_URL="https://gitlab.com/ada/labels/-/pipelines/5",
            CI_PROJECT_ID="1",
            CI_PROJECT_URL="https://gitlab.com/ada/labels",
            LABELVC_TOKEN=TOKEN,
        )


@pytest.fixture
def api() -> Iterator[Api]:
    with serving() as served:
        yield served


@pytest.fixture(params=[GitHub, GitLab])
def job(request: pytest.FixtureRequest, api: Api, laid_down: Path, tmp_path: Path) -> Job:
    (tmp_path / "job").mkdir()
    made: Job = request.param(api, laid_down, tmp_path / "job")
    return made


@pytest.fixture
def github(api: Api, laid_down: Path, tmp_path: Path) -> GitHub:
    (tmp_path / "job").mkdir()
    return GitHub(api, laid_down, tmp_path / "job")


@pytest.fixture
def gitlab(api: Api, laid_down: Path, tmp_path: Path) -> GitLab:
    (tmp_path / "job").mkdir()
    return GitLab(api, laid_down, tmp_path / "job")


def test_one_comment_is_posted_and_then_kept_up_to_date(job: Job) -> None:
    assert "posted" in job.comment(b"## Labels: +1\n")
    assert "updated" in job.comment("## Labels: +2, donn\u00e9es\n".encode())
    (body,) = job.api.bodies
    assert body.startswith(f"{MARK}\nReport of 11111111, from [this ")
    assert body.endswith("\n\n## Labels: +2, donn\u00e9es\n")


def test_the_report_for_the_browser_is_linked(job: Job) -> None:
    job.comment(b"## Labels\n")
    links = (
        "[report.html (zipped)](https://github.com/ada/labels/actions/runs/9/artifacts/1)",
        "[report.html](https://gitlab.com/ada/labels/-/jobs/9/artifacts/file/labels-report/report.html)",
    )
    assert any(link in job.api.bodies[0] for link in links)


def test_comments_of_others_and_other_comments_are_left_alone(job: Job) -> None:
    said = [f"{MARK}\nmine!", "a coverage report", f"> {MARK}"]
    for author, body in zip((SOMEBODY, BOT, BOT), said, strict=True):
        job.api.say(author, body)
    job.comment(b"first")
    job.comment(b"second")
    assert job.api.bodies[:3] == said
    assert len(job.api.bodies) == 4
    assert job.api.bodies[3].endswith("second")


def test_the_comment_is_found_behind_hundreds_of_others(job: Job) -> None:
    for number in range(200):
        job.api.say(SOMEBODY, f"remark {number}")
    job.api.say(BOT, f"{MARK}\nold")
    for number in range(50):
        job.api.say(SOMEBODY, f"reply {number}")
    job.comment(b"new")
    assert len(job.api.bodies) == 251
    assert job.api.bodies[200].endswith("new")


def test_where_no_label_changed_only_an_earlier_comment_says_so(job: Job) -> None:
    assert "nothing is said" in job.comment(b"No label changed.", UNCHANGED)
    assert job.api.bodies == []
    job.comment(b"One label changed.")
    job.comment(b"No label changed.", UNCHANGED)
    (body,) = job.api.bodies
    assert body.endswith("No label changed.")


@pytest.mark.parametrize("about", [None, [], "changed", {"changed": None, "run": "9/../../x"}])
def test_what_a_run_says_of_itself_is_only_a_hint(job: Job, about: Any) -> None:
    job.comment(b"text", about)
    (body,) = job.api.bodies
    assert ".." not in body


def test_a_run_on_an_older_commit_says_nothing(job: Job) -> None:
    job.comment(b"newest")
    assert "nothing is said" in job.comment(b"late", head=NEWER)
    (body,) = job.api.bodies
    assert body.endswith("newest")


HOSTILE = """$(touch executed) `touch executed` "; touch executed; '
-->
@everyone ${{ secrets.GITHUB_TOKEN }} $TOKEN \\u0000 \\n %0A::error::x
::set-output name=x::y
END
<script>alert(1)</script>\u202e
"""


def test_a_hostile_report_is_posted_as_it_is(job: Job) -> None:
    said = job.comment(HOSTILE.encode())
    (body,) = job.api.bodies
    assert body.endswith(f"\n\n{HOSTILE}")
    assert "::" not in said
    assert {path.name for path in job.folder.iterdir()} <= {"labels-report"}


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (b"x" * 65_536, "characters"),
        ("\u00e9".encode() * 65_400, "characters"),  # with the link it would be too long
        (b"x" * 1_000_001, "bytes"),
        (b"caf\xe9", "not UTF-8"),
    ],
)
def test_a_report_that_is_none_is_refused(job: Job, report: bytes, why: str) -> None:
    assert why in job.refused(report)
    assert job.api.bodies == []


def test_a_wrong_token_is_told_without_showing_it(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.repo.test_forge_comment.TOKEN", "another-secret")
    told = job.refused(b"text")
    assert "401" in told
    assert "another-secret" not in told


def test_on_github_a_long_report_still_fits(github: GitHub) -> None:
    github.comment("\U0001f600".encode() * 65_000)
    (body,) = github.api.bodies
    assert 65_000 < len(body) < 65_536


def test_github_s_storage_never_sees_the_token(github: GitHub) -> None:
    github.comment(b"text")
    tokens = {token for _, path, token in github.api.asked if path.startswith("/stored/")}
    assert tokens == {None}


def test_github_tells_the_pull_request_not_the_run(github: GitHub) -> None:
    github.comment(b"text", {**ABOUT, "pull_request": 1})
    assert list(github.api.comments) == [OWN]
    assert len(github.api.bodies) == 1


def test_of_two_pull_requests_of_one_commit_the_run_says_which(github: GitHub) -> None:
    github.pull(8, HEAD)
    github.comment(b"text", {**ABOUT, "pull_request": 8})
    assert github.api.bodies == []
    assert len(github.api.comments[8]) == 1
    assert "nothing is said" in github.comment(b"text", {**ABOUT, "pull_request": 1})


@pytest.mark.parametrize("repository", [None, {"id": 4}])
def test_a_branch_of_the_same_name_elsewhere_is_another(github: GitHub, repository: Any) -> None:
    github.api.pulls.clear()
    github.pull(OWN, HEAD, repository)
    assert "nothing is said" in github.comment(b"text")


def test_a_fork_that_is_gone_gets_no_comment(github: GitHub) -> None:
    github.run["head_repository"] = None
    assert "nothing is said" in github.comment(b"text")


@pytest.mark.parametrize("content", [b"no archive", b"PK\x05\x06" + b"\0" * 18])
def test_an_artifact_that_is_none_is_refused(github: GitHub, content: bytes) -> None:
    github.api.artifacts = {"labels-comment": content}
    done = github.ended()
    assert done.returncode == 1
    assert "labelvc: refused: the artifact cannot be read" in done.stderr
    assert github.api.bodies == []


def test_a_run_without_a_report_has_nothing_to_say(github: GitHub) -> None:
    done = github.ended()
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing is said" in done.stdout


def test_a_huge_artifact_is_refused(github: GitHub) -> None:
    github.api.size = 1_000_001
    assert "the artifact has 1,000,001 bytes" in github.refused(b"text")
    github.api.size = 1000  # and a small archive of much
    assert "the report has more than" in github.refused(b"\0" * 20_000_000)
    assert github.api.bodies == []


def test_nothing_of_an_artifact_becomes_a_file(github: GitHub) -> None:
    about = json.dumps(ABOUT).encode()
    github.api.pack(**{"report_md": b"text", "about_json": about, "/../../evil": b"", "evil": b""})
    before = sorted(github.folder.parent.rglob("*"))
    assert github.ended().returncode == 0
    made = set(github.folder.parent.rglob("*")) - set(before)
    assert {path.name for path in made} == {"event.json", "program"}


def test_gitlab_carries_out_nothing_that_a_report_says(gitlab: GitLab) -> None:
    gitlab.comment(b"/merge\n  /approve\ntext /close\n\n/label ~x\n")
    (body,) = gitlab.api.bodies
    assert body.endswith("\n\n\\/merge\n  \\/approve\ntext /close\n\n\\/label ~x\n")


@pytest.mark.parametrize("name", ["report.md", "about.json"])
def test_on_gitlab_links_are_not_followed(gitlab: GitLab, name: str) -> None:
    gitlab.comment(b"text")
    gitlab.api.comments[OWN].clear()
    secret = gitlab.folder.parent / "secret"
    secret.write_text("{}")
    (gitlab.folder / "labels-report" / name).unlink()
    (gitlab.folder / "labels-report" / name).symlink_to(secret)
    done = gitlab.ended()
    assert done.returncode == 1
    assert "labelvc: refused" in done.stderr
    assert gitlab.api.bodies == []
