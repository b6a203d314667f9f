"""What the report shows."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.review.page.opening import shown, title
from tests.review.waiting import until


def test_the_summary_tells_everything_in_the_order_of_its_weight(open_page, report):
    page = open_page(report)
    text = page.locator("main").inner_text()
    order = [
        "main", "fix-cells", "Worth a close look", "labels changed", "By split", "Flips",
        "Categories", "Scores", "New problems", "Look at these first", "Labels not at hand",
    ]  # fmt: skip
    places = [text.index(one) for one in order]
    assert places == sorted(places)
    assert "change the benchmark itself" in text and "Media of 11 of 12 changes" in text
    assert "1,200 more changes are counted above" in text
    first = page.locator(".card table.numbers tbody tr").first
    assert "test" in first.inner_text() and "evaluation" in first.inner_text()


def test_numbers_of_the_summary_lead_to_their_changes(open_page, report):
    page = open_page(report)
    page.get_by_role("button", name="1 from WBC to RBC").click()
    assert shown(page) == "1 of 12 changes" and title(page) == "BloodImage_00001.jpg"
    page.locator(".finding", has_text="overhang").locator("summary").click()
    page.get_by_role("button", name="Show the 1 change").click()
    assert page.locator(".chip").inner_text().split() == ["problem", "overhang"]
    page.locator(".highlight").nth(3).click()
    assert title(page) == "BloodImage_00003.jpg" and shown(page) == "12 changes"


def test_scores_have_their_intervals_and_say_which_models_change_rank(open_page, report):
    page = open_page(report)
    rows = page.locator(".scores tbody tr")
    expect(rows).to_have_count(3)
    told = rows.all_text_contents()
    assert "flips with frcnn" in told[0] and "better" in told[0]
    assert "not clear" in told[1] and "worse" in told[2]
    name = rows.nth(0).locator("svg.whisker").get_attribute("aria-label")
    assert name == "difference +0.0188, 95 % interval +0.0082 to +0.0297"


@pytest.mark.parametrize(
    ("number", "selector"),
    [
        (0, "svg.picture path.line.side-before"),
        (1, "svg.picture path.line.side-after"),
        (2, "svg.picture mask image"),
        (3, "svg.picture path.dot.side-after"),
        (4, "mark.mark-before.mark-after"),
        (5, ".band.side-after"),
        (5, ".difference ins"),
        (7, ".absent"),
    ],
)
def test_each_medium_is_shown_with_both_sides(open_page, report, number, selector):
    page = open_page(f"{report}#change={number}")
    assert page.locator(f"#detail {selector}").count() >= 1


def test_the_sides_of_a_picture_can_be_seen_alone_apart_and_close(open_page, report):
    page = open_page(report)
    lines = page.locator("#detail svg.picture .line")
    expect(lines).to_have_count(2)
    page.get_by_role("button", name="Old", exact=True).click()
    expect(page.locator("#detail .line.side-after")).to_have_count(1)  # in the legend
    expect(lines).to_have_count(1)
    page.get_by_role("button", name="Side by side").click()
    expect(page.locator("#detail svg.picture")).to_have_count(2)
    page.get_by_role("button", name="Zoom in").click()
    box = page.locator("#detail svg.picture").first.get_attribute("viewBox")
    assert [float(one) for one in box.split()] == [140, 80, 160, 120]
    page.get_by_role("button", name="Fit").click()
    assert page.locator("#detail svg.picture").last.get_attribute("viewBox") == "100 50 240 180"


def test_spans_count_code_points(open_page, report):
    page = open_page(f"{report}#change=4")
    marks = page.locator("#detail mark")
    assert marks.all_inner_texts() == ["Rio", " de Janeiro"]


def test_a_sound_plays_from_the_keyboard_and_by_segment(open_page, report):
    page = open_page(f"{report}#change=5")
    page.keyboard.press(" ")
    until(page, "!document.querySelector('audio').paused")
    page.keyboard.press(" ")
    until(page, "document.querySelector('audio').paused")
    page.get_by_role("button", name="Play new speech").click()
    until(page, "document.querySelector('audio').currentTime >= 0.35")
    page.get_by_role("slider", name="Position").press("ArrowLeft")
    until(page, "document.querySelector('.time').textContent.includes(' / 0:05.50')")


def test_a_change_says_which_fields_differ(open_page, report):
    page = open_page(report)
    row = page.locator(".fields tr.is-changed")
    assert row.all_text_contents() == ["category (changed)WBCRBC"]


def test_times_and_places_have_their_unit(open_page, report):
    page = open_page(f"{report}#change=5")
    row = page.locator(".fields tr", has=page.locator("th", has_text="start"))
    assert row.all_text_contents() == ["start (changed)4.3 s4.35 s"]
