"""The page for everybody: contrast, names, focus, widths."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.review.page.opening import choose
from tests.review.page.probes import CONTRAST, NAMELESS
from tests.review.waiting import until


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_both_themes(open_page, report, scheme):
    page = open_page(report, scheme=scheme)
    for number in (0, 4, 5, 10):
        page.evaluate(f"labelvc.state.select({number})")
        assert page.evaluate(CONTRAST) == []
    page.locator('[data-facet="kind"]').click()
    page.locator(".panel:visible").get_by_label("added").check()
    assert page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_of_a_review_can_be_read_too(open_page, review, scheme):
    page = open_page(review, scheme=scheme)
    page.keyboard.press("a")
    page.keyboard.press("r")
    assert page.evaluate(CONTRAST) == []
    page.keyboard.press("x")
    page.wait_for_selector("dialog")
    assert page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("number", [0, 4, 5])
def test_every_control_has_a_name(open_page, report, review, number):
    for url in (report, review):
        page = open_page(f"{url}#change={number}")
        page.wait_for_selector("#detail .evidence > div")
        assert page.evaluate(NAMELESS) == []


def test_the_page_has_landmarks_one_heading_of_the_first_rank_and_a_language(open_page, report):
    page = open_page(report)
    for role in ("banner", "main", "search", "listbox", "status"):
        expect(page.get_by_role(role).first).to_be_attached()
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))


def test_the_focus_can_be_seen_and_the_summary_skipped(open_page, report):
    page = open_page(report)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "list"
    page.keyboard.press("j")
    style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert style == "solid"
    said = page.locator("#list").get_attribute("aria-activedescendant")
    assert said == "row-1"


def test_what_happens_is_said(open_page, report):
    page = open_page(report)
    choose(page, "kind", "added")
    expect(page.get_by_role("status").first).to_have_text("1 change shown")


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_nothing_is_wider_than_the_window(open_page, report, review, conflicts, width):
    for url in (report, review, conflicts):
        page = open_page(url, size=(width, 844))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        theme = page.locator("#theme").bounding_box()
        assert theme["x"] + theme["width"] <= width


def test_on_a_narrow_screen_a_chosen_change_comes_into_sight(open_page, report):
    page = open_page(report, size=(390, 844))
    page.locator("#row-1").click()
    until(page, "document.getElementById('detail').getBoundingClientRect().top < 200")
