"""Filters, search, order, address, keyboard, and very many changes."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.review.page.opening import choose, shown, title
from tests.review.waiting import until

# Filters, search, order, address


def test_filters_narrow_together_and_tell_how_many_each_option_has(open_page, report):
    page = open_page(report)
    choose(page, "kind", "reshaped")
    assert shown(page) == "2 of 12 changes"
    page.locator('[data-facet="set"]').click()
    options = page.locator(".panel:visible .option").all_inner_texts()
    assert [one.split() for one in options] == [["train", "1"], ["val", "1"]]
    page.locator(".panel:visible").get_by_label("val").check()
    page.keyboard.press("Escape")
    assert shown(page) == "1 of 12 changes" and title(page) == "BloodImage_00002.jpg"
    page.get_by_role("button", name="Remove filter kind reshaped").click()
    page.get_by_role("button", name="Clear", exact=True).click()
    assert shown(page) == "12 changes"


def test_only_evaluation_data_or_changes_with_problems(open_page, report):
    page = open_page(report)
    page.get_by_role("button", name="Evaluation only", exact=True).click()
    assert shown(page) == "1 of 12 changes"
    page.get_by_role("button", name="Evaluation only", exact=True).click()
    page.get_by_role("button", name="With problems", exact=True).click()
    assert shown(page) == "2 of 12 changes"


def test_search_finds_samples_words_and_categories_or_says_that_nothing_matches(open_page, report):
    page = open_page(report)
    page.keyboard.press("/")
    page.keyboard.type("de JANEIRO loc")
    expect(page.locator(".list-title")).to_have_text("1 of 12 changes")
    assert title(page) == "doc-4"
    page.keyboard.type(" nowhere")
    expect(page.locator("#empty")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    assert shown(page) == "12 changes" and page.locator("#search").input_value() == ""


def test_the_order_can_be_chosen(open_page, report):
    page = open_page(report)
    page.get_by_label("Sort").select_option("sample")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    assert title(page) in ("category of train",)
    page.get_by_label("Sort").select_option("size")
    page.keyboard.press("Escape")
    last = page.locator(".row").last.inner_text()
    assert "reshaped" in last


def test_the_address_opens_the_page_the_same_way_again(open_page, report):
    page = open_page(report)
    choose(page, "kind", "relabelled")
    page.get_by_label("Sort").select_option("category")
    page.locator(".row", has_text="doc-4").click()
    until(page, "location.hash.includes('change=4')")
    again = open_page(page.url)
    assert (
        (shown(again), title(again)) == (shown(page), title(page)) == ("4 of 12 changes", "doc-4")
    )
    assert again.locator("#sort").input_value() == "category"
    again.evaluate("location.hash = 'kind=edited'")
    expect(again.locator(".list-title")).to_have_text("1 of 12 changes")


def test_an_address_of_another_report_does_no_harm(open_page, report):
    page = open_page(f"{report}#change=999&kind=nothing&sort=constructor&colour=red&q=%ZZ")
    expect(page.locator("#empty")).to_be_visible()


# Keyboard


def test_the_keyboard_goes_through_the_changes(open_page, report):
    page = open_page(report)
    for key, number in (("j", 1), ("ArrowDown", 2), ("k", 1), ("g", 0), ("ArrowUp", 0)):
        page.keyboard.press(key)
        assert page.locator(".row.is-selected").get_attribute("id") == f"row-{number}", key
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "detail"
    page.keyboard.press("f")
    assert page.evaluate("document.activeElement.dataset.facet") == "set"
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("j")  # nothing happens behind a dialog
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.locator(".row.is-selected").get_attribute("id") == "row-0"


def test_letters_typed_into_a_field_are_no_commands(open_page, report):
    page = open_page(report)
    page.keyboard.press("/")
    page.keyboard.type("jjt")
    assert page.locator("#search").input_value() == "jjt"
    assert page.evaluate("labelvc.theme.current()") == "light"


def test_the_theme_follows_the_system_until_one_is_chosen_and_is_remembered(open_page, report):
    page = open_page(report, scheme="dark")
    assert page.evaluate("labelvc.theme.current()") == "dark"
    page.keyboard.press("t")
    assert page.evaluate("labelvc.theme.current()") == "light"
    page.reload()
    until(page, "window.labelvcReady")
    assert page.evaluate("labelvc.theme.current()") == "light"


# Many changes


def test_only_the_rows_in_sight_are_in_the_page(open_page, many_changes):
    page = open_page(many_changes)
    assert shown(page) == "3,000 changes"
    page.locator("#list").evaluate("(list) => { list.scrollTop = list.scrollHeight / 2; }")
    page.wait_for_selector("#row-1500")
    assert page.locator(".row").count() < 60
    page.locator("#list").evaluate("(list) => { list.scrollTop = list.scrollHeight; }")
    page.wait_for_selector("#row-2999")
    assert page.locator("#row-2999").get_attribute("aria-posinset") == "3000"


def test_a_selected_row_is_brought_into_sight(open_page, many_changes):
    page = open_page(f"{many_changes}#change=2500")
    expect(page.locator("#row-2500.is-selected")).to_be_attached()
    page.keyboard.press("j")
    expect(page.locator("#row-2501.is-selected")).to_be_attached()


def test_options_of_a_long_filter_can_be_searched(open_page, many_changes):
    page = open_page(many_changes)
    page.locator('[data-facet="annotator"]').click()
    page.keyboard.type("annotator 29")
    assert len(page.locator(".panel:visible .option").all()) == 1
    page.locator(".panel:visible").get_by_label("annotator 29").check()
    assert shown(page) == "100 of 3,000 changes"
