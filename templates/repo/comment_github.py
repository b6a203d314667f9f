"""The report's comment on GitHub: started by the end of a run on a pull request."""

import io
import json
import os
import sys
import zipfile
from typing import Any
from urllib.parse import urlencode

from comment import BYTES, answer, body, described, put

NAME = "github-actions[bot]"  # whose comments this job's token writes


def main() -> None:
    """Post or update the comment, unless the pull request has moved on since."""
    with open(os.environ["GITHUB_EVENT_PATH"], encoding="utf-8") as file:
        run = json.load(file)["workflow_run"]
    token = ("Authorization", f"Bearer {os.environ['GH_TOKEN']}")
    repository = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}"
    url = f"{repository}/actions/runs/{run['id']}/artifacts?per_page=100"
    found = json.loads(answer("GET", url, token))["artifacts"]
    artifacts = {one["name"]: one for one in sorted(found, key=lambda one: one["id"])}
    if "labels-comment" not in artifacts:
        print("labelvc: the run made no report, so nothing is said")
        return
    report, about = unpacked(artifacts["labels-comment"], token)
    numbers = [one["number"] for one in pulls(repository, run, token)]
    if len(numbers) > 1:  # of one commit into several branches: one of them, as the run says
        numbers = [number for number in numbers if number == about.get("pull_request")]
    if not numbers:
        print(f"labelvc: no open pull request is at {run['head_sha']}, so nothing is said")
        return
    link = f"Report of {run['head_sha'][:8]}, from [this run]({run['html_url']})"
    if "labels-report" in artifacts:
        download = f"{run['html_url']}/artifacts/{artifacts['labels-report']['id']}"
        link += f". With pictures and every change: [report.html (zipped)]({download})"
    put(
        body(f"{link}.", report),
        token,
        comments=f"{repository}/issues/{numbers[0]}/comments",
        update=("PATCH", f"{repository}/issues/comments"),
        is_own=lambda one: (one["user"] or {}).get("login") == NAME,
        only_update=about.get("changed") is False,
    )


def pulls(repository: str, run: dict[str, Any], token: tuple[str, str]) -> list[dict[str, Any]]:
    """The open pull requests whose newest commit was looked at. (Of forks GitHub tells none.)"""
    source = run["head_repository"]
    if source is None:  # the fork is gone
        return []
    head = f"{source['owner']['login']}:{run['head_branch']}"
    query = urlencode({"state": "open", "head": head, "per_page": 100})
    return [
        one
        for one in json.loads(answer("GET", f"{repository}/pulls?{query}", token))
        if one["head"]["sha"] == run["head_sha"]
        and (one["head"]["repo"] or {}).get("id") == source["id"]
    ]


def unpacked(artifact: dict[str, Any], token: tuple[str, str]) -> tuple[bytes, dict[str, Any]]:
    """The report, and what the run says of it. Read from the archive: no file is written."""
    if artifact["size_in_bytes"] > BYTES:
        sys.exit(f"labelvc: refused: the artifact has {artifact['size_in_bytes']:,} bytes")
    content = answer("GET", artifact["archive_download_url"], token)
    try:
        with (
            zipfile.ZipFile(io.BytesIO(content)) as archive,
            archive.open("report.md") as report,
            archive.open("about.json") as about,
        ):
            return report.read(BYTES + 1), described(about.read(BYTES))
    except Exception as error:  # an archive can be wrong in many ways, and its text is a stranger's
        sys.exit(f"labelvc: refused: the artifact cannot be read ({type(error).__name__})")


main()
