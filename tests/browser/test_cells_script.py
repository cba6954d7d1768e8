"""The grid of a plan on a page of its own, without a portal behind it."""

import json

import pytest

from .test_scripts import ADDRESS, SCRIPTS, paste, status

CELLS = """
<datalist id="types"><option value="Training"></option></datalist>
<table data-cells data-word-saving="Saving" data-word-saved="Saved" data-word-failed="Failed"
       data-word-conflict="Another was first" data-word-signed-out="Signed out"
       data-word-marked="Look at the marks"
       data-word-pasted="{filled} filled, {skipped} left out">
  <tr data-cells-row><th>A1</th>
    <td><input form="f1" id="t1" name="title" value="Wells"></td>
    <td><input form="f1" id="y1" name="type" value="" list="types" aria-label="Type, A1"></td>
    <td><input form="f1" id="b1" name="budget" value="" data-with="currency"></td>
    <td><input form="f1" id="c1" name="currency" value="" data-with="budget"></td>
    <td><form id="f1" action="/cells/1/" method="post"><input type="hidden"
        name="csrfmiddlewaretoken" value="x"><input type="hidden" name="seen_version" value="1">
        <button>Save</button></form></td></tr>
  <tr><th>A2</th><td>Not mine</td></tr>
  <tr data-cells-row><th>A3</th>
    <td><input form="f3" id="t3" name="title" value="Roads"></td>
    <td><input form="f3" id="y3" name="type" value="" list="types"></td>
    <td><textarea form="f3" id="a3" name="risks">Floods</textarea></td>
    <td><input form="f3" id="b3" name="budget" value="" data-with="currency"></td>
    <td><input form="f3" id="c3" name="currency" value="" data-with="budget"></td>
    <td><form id="f3" action="/cells/3/" method="post"><input type="hidden"
        name="csrfmiddlewaretoken" value="x"><input type="hidden" name="seen_version" value="4">
        <button>Save</button></form></td></tr>
</table>
<p data-cells-status role="status"></p>
"""


@pytest.fixture
def cells(browser):
    """The page, and what it has sent; each answer is taken from the list, else it is saved."""
    context = browser.new_context()
    page = context.new_page()
    sent, answers = [], []

    def answer(route):
        body = route.request.post_data or ""
        parts = body.split('name="')[1:]
        data = {part.split('"')[0]: part.split("\r\n\r\n")[1].split("\r\n")[0] for part in parts}
        sent.append((route.request.url.removeprefix(ADDRESS), data))
        code, said = (
            answers.pop(0) if answers else (200, {"version": int(data["seen_version"]) + 1})
        )
        route.fulfill(status=code, body=json.dumps(said), content_type="application/json")

    page.route(f"{ADDRESS}cells/**", answer)
    source = (SCRIPTS / "cells.js").read_text()
    html = f"<!doctype html><html lang='en'><body>{CELLS}<script>{source}</script>"
    page.route(ADDRESS, lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(ADDRESS)
    page.sent, page.answers = sent, answers
    yield page
    context.close()


def typed(data):
    return {name: value for name, value in data.items() if name != "csrfmiddlewaretoken"}


def wait_for(page, words):
    page.wait_for_function(
        "words => document.querySelector('[role=status]').textContent === words", arg=words
    )


def test_a_cell_that_is_left_is_saved_by_itself_and_its_row_rises(cells):
    cells.locator("#t1").fill("Pumps")
    cells.locator("#t1").press("Tab")
    wait_for(cells, "Saved")
    cells.locator("#t1").fill("Pumps again")
    cells.locator("#t1").press("Tab")
    cells.wait_for_function("document.querySelector('#f1 [name=seen_version]').value === '3'")

    assert [(url, typed(data)) for url, data in cells.sent] == [
        ("cells/1/", {"seen_version": "1", "title": "Pumps"}),
        ("cells/1/", {"seen_version": "2", "title": "Pumps again"}),
    ]


def test_a_cell_that_did_not_change_sends_nothing(cells):
    cells.locator("#t1").fill("Wells")
    cells.locator("#t1").press("Tab")
    cells.locator("#t3").focus()
    assert cells.sent == []


def test_enter_and_the_arrows_move_and_pass_over_rows_of_others(cells):
    def at():
        return cells.evaluate("document.activeElement.id")

    cells.locator("#t1").focus()
    moves = []
    for key in ("Enter", "Shift+Enter", "ArrowDown", "ArrowUp", "End", "ArrowRight"):
        cells.keyboard.press(key)
        moves.append(at())
    assert moves == ["t3", "t1", "t3", "t1", "t1", "y1"]
    # In a cell with a list of words the arrows are the list's.
    cells.keyboard.press("ArrowDown")
    assert at() == "y1"
    cells.locator("#t1").fill("Nonsense")
    cells.keyboard.press("Escape")
    assert cells.locator("#t1").input_value() == "Wells"


def test_an_amount_goes_with_its_currency(cells):
    cells.answers += [(422, {"faults": {"currency": "Choose one."}, "message": "Not saved"})]
    cells.locator("#b1").fill("5")
    cells.locator("#b1").press("Tab")
    wait_for(cells, "Not saved")
    assert cells.locator("#c1_error").inner_text() == "Choose one."
    assert cells.locator("#c1").get_attribute("aria-invalid") == "true"

    cells.locator("#c1").fill("KES")
    cells.locator("#c1").press("Tab")
    wait_for(cells, "Saved")
    assert typed(cells.sent[-1][1]) == {"seen_version": "1", "budget": "5", "currency": "KES"}
    assert cells.locator(".field__errors").count() == 0


def test_a_block_is_pasted_in_its_shape_and_each_row_saved_once(cells):
    cells.locator("#t1").focus()
    block = "Pumps\tTraining\r\nOf another\t\r\nBridges\tWorks\r\nToo many\t\r\n"
    paste(cells, "title][id=t1", block)
    cells.wait_for_function("document.querySelector('#f3 [name=seen_version]').value === '5'")
    wait_for(cells, "4 filled, 2 left out Saved")
    assert [(url, typed(data)) for url, data in cells.sent] == [
        ("cells/1/", {"seen_version": "1", "title": "Pumps", "type": "Training"}),
        ("cells/3/", {"seen_version": "4", "title": "Bridges", "type": "Works"}),
    ]


def test_a_row_that_is_refused_stays_said_when_the_next_of_the_block_is_saved(cells):
    cells.answers += [(422, {"faults": {"type": "No such type."}, "message": "Not saved"})]
    cells.locator("#t1").focus()
    paste(cells, "title][id=t1", "Pumps\tNonsense\n\nBridges\tWorks\n")
    cells.wait_for_function("document.querySelector('#f3 [name=seen_version]').value === '5'")
    wait_for(cells, "4 filled, 0 left out Look at the marks Type, A1")
    cells.locator("#y1").fill("Training")
    cells.locator("#y1").press("Tab")
    wait_for(cells, "Saved")


def test_enter_in_the_last_row_saves_and_stays(cells):
    cells.locator("#t3").fill("Bridges")
    cells.locator("#t3").press("Enter")
    wait_for(cells, "Saved")
    assert cells.evaluate("document.activeElement.id") == "t3"
    assert typed(cells.sent[0][1]) == {"seen_version": "4", "title": "Bridges"}


def test_what_another_has_saved_is_shown_and_enter_puts_ones_own_in_its_place(cells):
    theirs = {"title": "Dams"}
    cells.answers += [(409, {"version": 7, "faults": {"title": "Was: Dams"}, "theirs": theirs})]
    cells.locator("#t1").fill("Pumps")
    cells.locator("#t1").press("Tab")
    wait_for(cells, "Another was first")
    assert cells.locator("#t1_error").inner_text() == "Was: Dams"
    assert cells.locator("#t1").input_value() == "Pumps"

    cells.locator("#t1").focus()
    cells.keyboard.press("Enter")
    wait_for(cells, "Saved")
    assert typed(cells.sent[-1][1]) == {"seen_version": "7", "title": "Pumps"}
    assert cells.locator(".field__errors").count() == 0


def test_what_a_cell_may_overlap_with_is_shown_and_enter_saves_it_all_the_same(cells):
    told = {"faults": {"title": "May overlap"}, "overlaps_seen": "9", "message": "Look first"}
    cells.answers += [(409, told)]
    cells.locator("#t1").fill("Pumps")
    cells.locator("#t1").press("Tab")
    wait_for(cells, "Look first")
    assert cells.locator("#t1_error").inner_text() == "May overlap"

    cells.locator("#t1").focus()
    cells.keyboard.press("Enter")
    wait_for(cells, "Saved")
    again = {"seen_version": "1", "overlaps_seen": "9", "title": "Pumps"}
    assert typed(cells.sent[-1][1]) == again
    assert cells.locator(".field__errors").count() == 0


def test_an_answer_that_does_not_come_is_said(cells):
    cells.route(f"{ADDRESS}cells/**", lambda route: route.abort())
    cells.locator("#t1").fill("Pumps")
    cells.locator("#t1").press("Tab")
    wait_for(cells, "Failed")
    assert status(cells) == "Failed"


def test_a_text_of_several_lines_is_typed_and_pasted_as_one_cell(cells):
    cells.locator("#a3").press("End")
    cells.locator("#a3").press("Alt+Enter")
    cells.locator("#a3").press_sequentially("Drought")
    cells.locator("#a3").press("Tab")
    wait_for(cells, "Saved")
    assert typed(cells.sent[0][1])["risks"].startswith("Floods")
    assert cells.locator("#a3").input_value() == "Floods\nDrought"

    paste(cells, "title][id=t3", 'Bridges\tWorks\t"Floods\n""flash"""\n')
    wait_for(cells, "3 filled, 0 left out Saved")
    assert cells.locator("#a3").input_value() == 'Floods\n"flash"'
    assert cells.locator("#t3").input_value() == "Bridges"


def test_a_cell_that_changed_with_another_shows_what_it_holds_now(cells):
    cells.answers.append((200, {"version": 5, "cells": {"title": "Roads", "budget": "10; –"}}))
    cells.locator("#y3").fill("Works")
    cells.locator("#y3").press("Tab")
    wait_for(cells, "Saved")
    assert cells.locator("#b3").input_value() == "10; –"
