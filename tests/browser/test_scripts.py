"""The small scripts on pages of their own, without a portal behind them."""

import hashlib
import json
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "static" / "js"
ADDRESS = "http://localhost/"  # a secure context, as hashing in the browser needs

GRID = """
<form method="post" data-grid data-autosave="/draft/" data-word-unsaved="Not saved"
      data-word-saving="Saving" data-word-saved="Saved" data-word-failed="Failed"
      data-word-signed-out="Signed out" data-word-pasted="{filled} filled, {skipped} left out">
  <input type="hidden" name="version" value="1">
  <table>
    <tr><th>Indicator</th><th>Total</th><th>Women</th><th>Men</th></tr>
    <tr><th>Farmers</th>
        <td><input name="a" data-total="g"></td>
        <td><input name="b" data-part-of="g"></td>
        <td><input name="c" data-part-of="g">
          <output data-difference="g" data-word-equal="adds up"
                  data-word-less="{difference} missing"
                  data-word-more="{difference} too many"></output></td></tr>
    <tr><th colspan="4">Objective 2</th></tr>
    <tr><th>Schemes</th><td><input name="d" data-total="h"></td><td></td>
        <td><input name="e"></td></tr>
  </table>
  <output data-quotient="g h" data-factor="100" data-places="1" data-word="{value}%"></output>
  <p data-grid-status role="status"></p>
</form>
"""
CHECK = """
<form data-check data-lookup="/known/" data-word-reading="Reading {name}"
      data-word-known="{name} is authentic" data-word-unknown="{name} is not known">
  <label data-check-drop hidden>File <input type="file" data-check-file></label>
  <input name="sha256"><div data-check-result role="status"></div>
</form>
"""


@pytest.fixture
def page_with(browser):
    """Open a page of this markup and script, with canned answers for its other addresses."""
    contexts = []

    def open_page(markup, script, answers=None):
        context = browser.new_context()
        contexts.append(context)
        page = context.new_page()
        for path, answer in (answers or {}).items():
            page.route(f"{ADDRESS}{path}**", answer)
        source = (SCRIPTS / script).read_text()
        html = f"<!doctype html><html lang='en'><body>{markup}<script>{source}</script>"
        page.route(ADDRESS, lambda route: route.fulfill(body=html, content_type="text/html"))
        page.goto(ADDRESS)
        return page

    yield open_page
    for context in contexts:
        context.close()


def paste(page, name, text):
    page.locator(f"[name={name}]").focus()
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            const event = new ClipboardEvent("paste",
                {clipboardData: data, bubbles: true, cancelable: true});
            document.activeElement.dispatchEvent(event);
        }""",
        text,
    )


def values(page, names):
    return [page.locator(f"[name={name}]").input_value() for name in names]


def status(page):
    return page.locator("[role=status]").inner_text()


def test_a_block_from_a_spreadsheet_fills_the_cells_from_the_focused_one(page_with):
    page = page_with(GRID, "grid.js")
    paste(page, "a", "1,240\t700\t540\r\n3\tx\t0.5\r\n")
    assert values(page, "abcde") == ["1240", "700", "540", "3", "0.5"]
    assert status(page) == "5 filled, 1 left out"


def test_the_grid_adds_up_while_one_types_and_exactly(page_with):
    page = page_with(GRID, "grid.js")
    output = page.locator("[data-difference]")
    for name, text in {"a": "1,000.3", "b": "0.1", "c": "1000.2"}.items():
        page.locator(f"[name={name}]").fill(text)
    assert output.inner_text() == "adds up"
    page.locator("[name=a]").fill("2,500")
    assert output.inner_text() == "1,499.7 missing"
    page.locator("[name=a]").fill("1000")
    assert output.inner_text() == "0.3 too many"
    page.locator("[name=a]").fill("about 10")
    assert output.inner_text() == ""


def test_a_percentage_is_worked_out_while_both_parts_stand_and_rounded_half_up(page_with):
    page = page_with(GRID, "grid.js")
    output = page.locator("[data-quotient]")
    page.locator("[name=a]").fill("1")
    assert output.inner_text() == ""
    page.locator("[name=d]").fill("16")
    assert output.inner_text() == "6.3%"  # 6.25
    page.locator("[name=d]").fill("0")
    assert output.inner_text() == ""


def test_arrows_and_enter_move_from_cell_to_cell(page_with):
    page = page_with(GRID, "grid.js")
    visited = []
    page.locator("[name=a]").focus()
    for key in ("Enter", "ArrowRight", "ArrowUp", "ArrowLeft", "ArrowLeft", "Shift+Enter"):
        page.keyboard.press(key)
        visited.append(page.evaluate("document.activeElement.name"))
    assert visited == ["d", "e", "c", "b", "a", "a"]


def test_the_draft_is_kept_and_hidden_fields_follow_the_answer(page_with):
    sent = []

    def keep(route):
        sent.append(route.request.post_data)
        route.fulfill(
            body=json.dumps({"fields": {"version": "2"}}), content_type="application/json"
        )

    page = page_with(GRID, "grid.js", {"draft/": keep})
    page.locator("[name=a]").fill("12")
    assert status(page) == "Not saved"
    page.get_by_text("Saved", exact=True).wait_for()
    assert len(sent) == 1
    assert values(page, ["version"]) == ["2"]


def test_what_is_wrong_is_said_at_its_field_and_gone_once_it_is_mended(page_with):
    answers = [
        {"faults": {"a": ["This cannot be less than 0."]}, "parts": {"filled": "<b>1 of 2</b>"}},
        {"faults": {}},
    ]

    def keep(route):
        route.fulfill(body=json.dumps(answers.pop(0)), content_type="application/json")

    page = page_with(f"{GRID}<p id='filled'></p>", "grid.js", {"draft/": keep})
    cell = page.locator("[name=a]")
    cell.fill("-1")
    page.get_by_text("This cannot be less than 0.").wait_for()
    assert cell.get_attribute("aria-invalid") == "true"
    assert page.locator("#filled b").inner_text() == "1 of 2"

    cell.fill("1")
    page.get_by_text("This cannot be less than 0.").wait_for(state="detached")
    assert cell.get_attribute("aria-invalid") is None


def test_a_draft_that_led_to_the_sign_in_page_is_not_called_saved(page_with):
    page = page_with(
        GRID,
        "grid.js",
        {"draft/": lambda route: route.fulfill(status=302, headers={"Location": "/sign-in/"})},
    )
    page.locator("[name=a]").fill("12")
    page.get_by_text("Signed out").wait_for()


def test_a_refused_draft_says_why(page_with):
    answer = json.dumps({"message": "Somebody else changed this."})
    page = page_with(
        GRID,
        "grid.js",
        {
            "draft/": lambda route: route.fulfill(
                status=409, body=answer, content_type="application/json"
            )
        },
    )
    page.locator("[name=a]").fill("12")
    page.get_by_text("Somebody else changed this.").wait_for()


def choose(page, content):
    page.locator("[data-check-file]").set_input_files(
        {"name": "report.pdf", "mimeType": "application/pdf", "buffer": content}
    )


def test_a_copy_is_checked_by_its_hash_and_never_sent(page_with):
    asked = []

    def known(route):
        asked.append((route.request.url, route.request.post_data))
        route.fulfill(body='{"known": true}', content_type="application/json")

    page = page_with(CHECK, "check.js", {"known/": known})
    choose(page, b"a report")
    page.get_by_text("report.pdf is authentic").wait_for()
    sha256 = hashlib.sha256(b"a report").hexdigest()
    assert asked == [(f"{ADDRESS}known/?sha256={sha256}", None)]
    assert values(page, ["sha256"]) == [sha256]


def test_a_changed_copy_is_not_known(page_with):
    page = page_with(
        CHECK,
        "check.js",
        {
            "known/": lambda route: route.fulfill(
                body='{"known": false}', content_type="application/json"
            )
        },
    )
    choose(page, b"a changed report")
    page.get_by_text("report.pdf is not known").wait_for()


def test_a_published_file_on_the_page_needs_no_question(page_with):
    sha256 = hashlib.sha256(b"a report").hexdigest()
    page = page_with(f"{CHECK}<p data-sha256='{sha256}'></p>", "check.js")
    choose(page, b"a report")
    page.get_by_text("report.pdf is authentic").wait_for()
