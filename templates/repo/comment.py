"""One comment with labelvc's report on a pull request, brought up to date by every later run.

The report comes from a run on the pull request, so it may be anybody's text. It is read with
bounds and sent as data; nothing of the pull request is run here.
"""

import json
import sys
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

MARK = "<!-- labelvc-report -->"
MOST = 65_536  # characters that GitHub takes for a comment
BYTES = 1_000_000  # of a report: no character has more than four, and some room
PAGE = 100


def answer(method: str, url: str, token: tuple[str, str], content: Any = None) -> bytes:
    """What the forge answers. Where it sends us on to another host the token stays behind."""
    data = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(url, data, method=method)  # noqa: S310
    request.add_header("Content-Type", "application/json")
    request.add_unredirected_header(*token)
    try:
        with urllib.request.urlopen(request, timeout=60) as found:  # noqa: S310
            return bytes(found.read(50 * BYTES))
    except OSError as error:  # what urllib raises is one
        sys.exit(f"labelvc: {method} {url}: {error}")


def listed(url: str, token: tuple[str, str]) -> Iterator[dict[str, Any]]:
    """All entries of a list that comes in pages."""
    number, page = 0, [{}] * PAGE
    while len(page) == PAGE:
        number += 1
        page = json.loads(answer("GET", f"{url}?per_page={PAGE}&page={number}", token))
        yield from page


def body(link: str, report: bytes) -> str:
    """The comment. The link stands first, where no text of the report can hide it."""
    if len(report) > BYTES:
        sys.exit(f"labelvc: refused: the report has more than {BYTES:,} bytes")
    try:
        text = f"{MARK}\n{link}\n\n{report.decode()}"
    except UnicodeDecodeError:
        sys.exit("labelvc: refused: the report is not UTF-8")
    if len(text) >= MOST:
        sys.exit(f"labelvc: refused: with the report the comment has {len(text):,} characters")
    return text


def described(content: bytes) -> dict[str, Any]:
    """What the run says of its report: never more than a hint."""
    try:
        about = json.loads(content)
    except ValueError:
        about = None
    return about if isinstance(about, dict) else {}


def put(
    text: str,
    token: tuple[str, str],
    *,
    comments: str,
    update: tuple[str, str],
    is_own: Callable[[dict[str, Any]], bool],
    only_update: bool,
) -> None:
    """Update the own comment, else make it. `update` is the method, and where comments are."""
    earlier = (one for one in listed(comments, token) if is_own(one))
    found = next((one for one in earlier if str(one["body"]).startswith(MARK)), None)
    if found is not None:
        answer(update[0], f"{update[1]}/{found['id']}", token, {"body": text})
        print("labelvc: the comment was updated")
    elif only_update:
        print("labelvc: no label changed, so nothing is said")
    else:
        answer("POST", comments, token, {"body": text})
        print("labelvc: the comment was posted")
