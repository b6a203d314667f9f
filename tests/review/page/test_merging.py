"""An unfinished merge's conflicts on the page."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.review.page.opening import shown, title


def test_conflicts_show_their_three_versions(open_page, conflicts):
    page = open_page(conflicts)
    assert shown(page) == "6 conflicts"
    heads = page.locator(".versions thead th").all_inner_texts()
    assert [one.lower() for one in heads] == ["base", "ours", "theirs"]
    assert page.locator(".versions del").inner_text() == "cat"
    for side in ("base", "ours", "theirs"):
        assert page.locator(f"#detail svg.picture .line.side-{side}").count() == 1


def test_conflicts_are_settled_by_keys_and_buttons_until_none_is_left(open_page, conflicts, merge):
    page = open_page(conflicts)
    page.keyboard.press("d")  # this one cannot be deleted
    page.keyboard.press("o")
    expect(page.locator(".progress-words")).to_have_text("1settled5open")
    assert title(page).startswith("label 1")
    page.get_by_role("button", name="Take theirs").click()
    expect(page.locator(".progress-words")).to_have_text("2settled4open")
    page.keyboard.press("Shift+U")
    page.get_by_role("button", name="Settle 4", exact=True).click()
    expect(page.locator("#summary")).to_contain_text("All conflicts are settled")
    expect(page.locator("#summary")).to_contain_text("git add labels.json.dvc && git commit")
    assert merge.asked == [
        ("/api/resolve", {"choices": {"train": {"c0": "ours"}}}),
        ("/api/resolve", {"choices": {"train": {"c1": "theirs"}}}),
        ("/api/resolve", {"choices": {"train": dict.fromkeys(["c2", "c3", "c4", "c5"], "union")}}),
    ]


def test_a_choice_that_is_refused_leaves_the_conflict_open(open_page, conflicts, merge):
    merge.refuse = {"message": "the merge is over", "hint": None}
    page = open_page(conflicts)
    page.keyboard.press("t")
    expect(page.locator(".toast")).to_have_text("Not settled: the merge is over")
    assert shown(page) == "6 conflicts"
