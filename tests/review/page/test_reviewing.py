"""Accepting, rejecting, commenting, finishing."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.review.page.opening import choose, shown
from tests.review.page.server import serving
from tests.review.waiting import kept, until


def test_a_decision_is_kept_and_leads_to_the_next_open_change(open_page, review, api):
    page = open_page(review)
    expect(page.locator(".progress-words")).to_have_text("0accepted0rejected12open")
    page.keyboard.press("a")
    page.keyboard.press("r")
    assert page.locator(".row.is-selected").get_attribute("id") == "row-2"
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.locator(".progress-words")).to_have_text("2accepted1rejected9open")
    until(page, "document.querySelector('#row-2 .icon-accept')")
    kept(page)
    assert api.asked == [
        ("/api/decide", {"numbers": [0], "decision": "accept"}),
        ("/api/decide", {"numbers": [1], "decision": "reject"}),
        ("/api/decide", {"numbers": [2], "decision": "accept"}),
    ]


def test_undo_takes_the_last_step_back(open_page, review):
    page = open_page(review)
    page.keyboard.press("a")
    page.keyboard.press("u")
    expect(page.locator(".progress-words")).to_have_text("0accepted0rejected12open")
    expect(page.locator(".toast")).to_have_text("Undone for 1 change")
    assert page.locator(".row.is-selected").get_attribute("id") == "row-0"


def test_pressing_the_same_again_opens_a_decided_change(open_page, review, api):
    page = open_page(review)
    page.keyboard.press("a")
    page.keyboard.press("k")
    page.keyboard.press("a")
    expect(page.locator(".progress-words")).to_have_text("0accepted0rejected12open")
    until(page, "document.querySelector('#row-0 .icon-open')")
    kept(page)
    assert api.asked[-1] == ("/api/decide", {"numbers": [0], "decision": None})


def test_a_whole_filter_is_decided_after_a_question_that_tells_the_number(open_page, review, api):
    page = open_page(f"{review}#kind=relabelled")
    page.keyboard.press("r")
    page.keyboard.press("Shift+A")
    dialog = page.get_by_role("dialog", name="Accept 4 changes?")
    assert "1 of them is decided otherwise now" in dialog.inner_text()
    dialog.get_by_role("button", name="Cancel").click()
    kept(page)
    assert len(api.asked) == 1
    page.get_by_role("button", name="Accept all 4 shown").click()
    page.get_by_role("button", name="Accept 4", exact=True).click()
    expect(page.locator(".progress-words")).to_have_text("4accepted0rejected8open")
    kept(page)
    assert api.asked[-1] == ("/api/decide", {"numbers": [0, 4, 10, 11], "decision": "accept"})


def test_a_filter_by_decision_follows_the_decisions(open_page, review):
    page = open_page(review)
    choose(page, "decision", "open")
    page.keyboard.press("a")
    assert shown(page) == "11 of 12 changes"
    assert page.locator(".row.is-selected").get_attribute("id") == "row-1"


def test_what_the_server_refuses_is_taken_back_and_said(open_page, review, api):
    api.refuse = {"message": "the labels changed meanwhile", "hint": "start again"}
    page = open_page(review)
    page.keyboard.press("a")
    toast = page.get_by_role("alert").filter(has_text="Not kept")
    expect(toast).to_contain_text("Not kept: the labels changed meanwhile (start again)")
    expect(page.locator(".progress-words")).to_have_text("0accepted0rejected12open")
    assert page.locator(".row.is-selected").get_attribute("id") == "row-0"


def test_a_comment_is_kept_when_its_field_is_left(open_page, review, api):
    page = open_page(review)
    page.keyboard.press("c")
    page.keyboard.type("is this a platelet? a r j")
    page.keyboard.press("Escape")
    expect(page.locator("#row-0 .icon-comment")).to_be_attached()
    kept(page)
    assert api.asked == [("/api/decide", {"numbers": [0], "comment": "is this a platelet? a r j"})]
    page.keyboard.press("j")
    assert page.locator("#comment").input_value() == ""
    page.keyboard.press("k")
    assert page.locator("#comment").input_value() == "is this a platelet? a r j"


def test_who_leaves_before_all_is_kept_is_asked(open_page, review, api):
    page = open_page(review)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    api.answers.clear()
    page.keyboard.press("a")
    expect(page.locator("#progress")).to_have_attribute("aria-busy", "true")
    with page.expect_event("dialog"):
        page.close(run_before_unload=True)
    api.answers.set()
    kept(page)
    page.keyboard.press("c")
    page.keyboard.type("half a word")
    api.answers.clear()
    with page.expect_event("dialog"):
        page.close(run_before_unload=True)
    api.answers.set()
    kept(page)
    assert api.decisions[1]["comment"] == "half a word"
    open_page.wrong.clear()  # the two questions
    with page.expect_event("close"):
        page.close(run_before_unload=True)
    assert asked == ["beforeunload", "beforeunload"]


def test_a_decision_leaves_what_is_zoomed_and_typed(open_page, review):
    page = open_page(f"{review}#change=11")
    page.evaluate("labelvc.state.select(0)")
    page.get_by_role("button", name="Zoom in").click()
    page.evaluate("labelvc.state.refresh()")
    box = page.locator("#detail svg.picture").get_attribute("viewBox")
    assert box == "140 80 160 120"


def test_a_server_that_is_gone_is_said_in_a_banner(open_page, api):
    with serving(api) as url:
        page = open_page(url)
        page.wait_for_selector("#detail .picture")
    page.keyboard.press("a")
    expect(page.locator("#banner")).to_contain_text("The review server has gone")
    expect(page.locator(".progress-words")).to_have_text("0accepted0rejected12open")
    open_page.close()
    open_page.wrong.clear()  # the browser's own complaints about connections


def test_finishing_tells_the_numbers_and_what_became_of_it(open_page, review, api):
    page = open_page(review)
    for key in "aar":
        page.keyboard.press(key)
    page.keyboard.press("x")
    dialog = page.get_by_role("dialog", name="Finish the review")
    text = dialog.inner_text()
    assert "2 accepted" in text and "1 rejected" in text and "9 undecided" in text
    assert "left in a patch file" in text and "Ana Reviewer" in text
    message = dialog.get_by_label("Commit message")
    assert message.input_value().startswith("Review label changes main -> fix-cells")
    message.fill("Correct the cells")
    api.refuse = {"message": "the working tree is not clean", "hint": None}
    dialog.get_by_role("button", name="Finish and commit").click()
    expect(dialog.get_by_role("alert")).to_have_text("the working tree is not clean")
    api.refuse = None
    dialog.get_by_role("button", name="Finish and commit").click()
    done = page.get_by_role("dialog", name="Review finished")
    expect(done).to_contain_text("abc1234def")
    expect(done).to_contain_text(".labelvc/rejected.patch.json")
    expect(done).to_contain_text("You may close this window")
    assert api.asked[-1] == ("/api/finish", {"message": "Correct the cells"})
    done.get_by_role("button", name="Close").click()
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Accept", exact=True)).to_be_disabled()
    assert api.asked[-1][0] == "/api/finish"
