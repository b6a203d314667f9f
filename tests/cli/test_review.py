"""`labelvc review` while a merge is unfinished: conflicts settled in a browser."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import expect

from labelvc.repo.repository import Repository
from labelvc.review.conflicts import ConflictReview
from tests.browser import browser
from tests.cli.shell import Shell
from tests.cli.test_resolve import merging, now
from tests.repo.project import Project
from tests.review.serving import reviewing
from tests.review.waiting import until

__all__ = ["merging"]


def test_conflicts_are_settled_by_keyboard(merging: Project, run: Shell) -> None:
    with reviewing(merging.path) as (url, process), browser() as chromium:
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        until(page, "window.labelvcReady === true")
        expect(page.locator("#list [role=option]")).to_have_count(3)
        page.locator("#list [role=option]").first.click()
        page.keyboard.press("t")
        expect(page.locator("#list [role=option]")).to_have_count(2)
        assert "2 open conflicts" in run("conflicts", "--exit-code", code=1).out
        for left in (1, 0):
            page.locator("#list [role=option]").first.click()
            page.keyboard.press("o")
            expect(page.locator("#list [role=option]")).to_have_count(left)
        expect(page.locator("main")).to_contain_text("merge --continue")
        process.wait(timeout=20)
        assert not errors and process.returncode == 0
    assert sorted(now(merging)[:3]).count("cow") == 1
    run("merge", "--continue")
    assert merging.git("log", "-1", "--format=%P").count(" ") == 1


def test_the_text_of_a_sample_is_shown_with_its_conflict(labels: Project, run: Shell) -> None:
    def committed(label: str) -> None:
        labels.write(
            "labels/texts.csv", f"id,text,label\n1,a fine film,{label}\n2,a bad film,neg\n"
        )
        run("commit", "-m", label, "--quiet")

    labels.write("labels/texts.csv", "id,text,label\n1,a fine film,neg\n2,a bad film,neg\n")
    run("add", "labels/texts.csv", "--key", "id", "--quiet")
    committed("neg")
    labels.git("checkout", "-q", "-b", "other")
    committed("pos")
    labels.git("checkout", "-q", "main")
    run("status", "--quiet")
    committed("neutral")
    bin = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    merge = subprocess.run(
        ["git", "merge", "other"], cwd=labels.path, env={**os.environ, "PATH": bin}
    )
    assert merge.returncode == 1
    run("status", "--quiet")
    with contextlib.closing(Repository.find(labels.path)) as repo:
        review = ConflictReview(repo, "Bob <bob@example.org>")
        told = review.evidence(0, lambda number, name: name)
    assert (told["type"], told["text"]) == ("text", "a fine film")
