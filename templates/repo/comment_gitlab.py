"""The report's comment on GitLab: a note on the merge request of this pipeline."""

import json
import os
import re
import sys

from comment import BYTES, answer, body, described, put

FOLDER = "labels-report"


def main() -> None:
    """Post or update the note, unless the merge request has moved on since."""
    token = ("PRIVATE-TOKEN", os.environ["LABELVC_TOKEN"])
    api, project = os.environ["CI_API_V4_URL"], os.environ["CI_PROJECT_ID"]
    request = f"{api}/projects/{project}/merge_requests/{os.environ['CI_MERGE_REQUEST_IID']}"
    head = os.environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or os.environ["CI_COMMIT_SHA"]
    about = described(content("about.json"))
    link = f"Report of {head[:8]}, from [this pipeline]({os.environ['CI_PIPELINE_URL']})"
    if isinstance(about.get("run"), int):
        page = f"{os.environ['CI_PROJECT_URL']}/-/jobs/{about['run']}/artifacts/file/{FOLDER}"
        link += f". With pictures and every change: [report.html]({page}/report.html)"
    text = body(f"{link}.", content("report.md"))
    me = json.loads(answer("GET", f"{api}/user", token))["id"]
    if json.loads(answer("GET", request, token))["sha"] != head:
        print(f"labelvc: the merge request is no longer at {head}, so nothing is said")
        return
    put(
        # GitLab carries out what begins a line with a slash, such as /merge.
        re.sub(r"(?m)^(\s*)/", r"\1\\/", text),
        token,
        comments=f"{request}/notes",
        update=("PUT", f"{request}/notes"),
        is_own=lambda one: one["author"]["id"] == me,
        only_update=about.get("changed") is False,
    )


def content(name: str) -> bytes:
    """A file of the report. A link is not followed: it could lead anywhere."""
    try:
        with open(os.open(f"{FOLDER}/{name}", os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return file.read(BYTES + 1)
    except OSError as error:
        sys.exit(f"labelvc: refused: {error}")


main()
