"""13: papers as hostile or as long as may be; each ends, and the next one is made."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from coordination.services.confinement import ConfinedFailure
from coordination.services.making import failure_of
from coordination.services.rendering import render_pdf
from reporting.services.sections import SECTIONS
from tests.drills.reports import Report, ask_for, asked_report, open_report
from tests.test_processes import descendants

LINES = 600
SECONDS_TO_END, SECONDS_TO_NEXT = 120, 60
GIGABYTE = 1024 * 1024  # in the kilobytes that the kernel counts in
NOW = dt.datetime(2021, 5, 5, tzinfo=dt.UTC)
FLEX = '<div style="display:flex">' * 16 + '<td colspan="100000">'
SCRIPTS = "مرحبا\u200b\u202eبالعالم 🧑🏽‍🌾👩‍👩‍👧 ក្រសួង\u0301\u0301 "
ENDED_IN_WORDS = {"", "time", "memory", "renderer"}

# --- A whole report -------------------------------------------------------------------------------

HOSTILE = {
    "one long word": "x" * 20_000,
    "markup": FLEX * 60,
    "many lines": "# a\n- b\n\n" * (LINES // 3),
    "all scripts": SCRIPTS * 400,
}
ROWS = 5_000
NEXT = "2020-q2"  # before the plans of those rows
# The command line of a portal's own, in which these lines run.
ADD_ROWS = """
from workplans.models import Activity
like = Activity.objects.filter(plan__mechanism__slug="sek", plan__is_published=True,
    plan__starts_on__lte="2021-01-01", plan__ends_before__gt="2021-01-01", is_public=True)
one = like.values().first()
del one["id"]
Activity.objects.bulk_create(
    Activity(**one | {{"code": f"ROW-{{number}}", "title": f"Activity {{number}} of many"}})
    for number in range({rows})
)
"""


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_report_ends_and_the_next_one_is_made(kind, portal, figure):
    def fill(secretary, report: Report) -> None:
        for section in SECTIONS.values():
            form = secretary.form(f"/reports/{report.slug}/sections/{section.code}/", field="text")
            answer = secretary.send(form, text=HOSTILE[kind][: section.limit])
            assert answer.status == 302, answer.text

    ends_and_lets_the_next_one_be_made(
        portal, figure, f"{kind} in {len(SECTIONS)} sections", before=fill
    )


def test_a_report_of_five_thousand_rows_ends_and_the_next_one_is_made(portal, figure):
    portal.manage("shell", "--no-imports", "-c", ADD_ROWS.format(rows=ROWS))

    ends_and_lets_the_next_one_be_made(portal, figure, f"{ROWS:,} rows")


def ends_and_lets_the_next_one_be_made(
    portal, figure, what: str, *, before: Callable[..., None] = lambda *_report: None
) -> None:
    portal.start_web()
    worker = portal.start_worker()
    portal.start_scheduler()
    secretary = portal.visitor("rla-secretariat")
    hostile = open_report(secretary, portal, "2021-q1")
    before(secretary, hostile)
    with peak_memory(lambda: descendants(worker.running.pid)) as peak:
        ask_for(secretary, hostile)
        took = hostile.wait("ready", "failed", seconds=SECONDS_TO_END)
        good = asked_report(secretary, portal, NEXT)
        after = good.wait("ready", "failed", seconds=SECONDS_TO_NEXT)
    figure(
        f"13 {what}",
        f"{hostile.state} {hostile.is_('failure')} after {took:.0f} s, at most"
        f" {max(peak) // 1024} MB; the next one {good.state} {after:.0f} s later",
    )
    assert hostile.state == "ready" or hostile.is_("failure") in {"time", "memory"}
    assert good.state == "ready"
    assert max(peak) <= GIGABYTE


# --- The renderer alone, with what no form takes --------------------------------------------------

TABLE = "<table>{}</table>"
PAGES = {
    "16 nested flex": '<div style="display:flex">' * 16 + "x" + "</div>" * 16,
    "colspan of 100,000": TABLE.format('<tr><td colspan="100000">x</td></tr><tr><td>y</td></tr>'),
    "500 nested parts": "<div>" * 500 + "x" + "</div>" * 500,
    "a word of 200,000 letters": f"<p>{'x' * 200_000}</p>",
    "40,000 words": f"<p>{'word ' * 40_000}</p>",
    "5,000 rows": TABLE.format(f"<tr>{'<td>cell</td>' * 6}</tr>" * ROWS),
    "all scripts": f"<p>{SCRIPTS * 1000}</p>",
}


@pytest.mark.parametrize("kind", PAGES)
def test_a_hostile_paper_ends_and_the_next_one_is_drawn(kind, figure):
    with peak_memory(lambda: descendants(os.getpid())[1:]) as peak:
        ending, took = drawn(PAGES[kind])
    after, next_took = drawn("<p>One line.</p>")
    figure(
        f"13 renderer, {kind}",
        f"{ending or 'drawn'} after {took:.0f} s, at most {max(peak) // 1024} MB; the next one"
        f" {after or 'drawn'} in {next_took:.1f} s",
    )
    assert (ending in ENDED_IN_WORDS, after) == (True, "")
    assert (took <= SECONDS_TO_END, next_took <= SECONDS_TO_NEXT) == (True, True)
    assert max(peak) <= GIGABYTE


def drawn(body: str) -> tuple[str, float]:
    """Why the paper was not drawn, if it was not, and how many seconds that took."""
    started, ending = time.monotonic(), ""
    try:
        pdf = render_pdf(f'<html lang="en"><title>x</title>{body}</html>', moment=NOW)
        assert pdf.startswith(b"%PDF")
    except ConfinedFailure as failure:
        ending = failure_of(failure).value
    return ending, time.monotonic() - started


@contextlib.contextmanager
def peak_memory(pids: Callable[[], list[int]]):
    """The most that one of the processes held, in kilobytes, looked at again and again."""
    over, peak = threading.Event(), [0]

    def watch() -> None:
        while not over.wait(0.1):
            for pid in pids():
                with contextlib.suppress(OSError):
                    said = Path(f"/proc/{pid}/status").read_text()
                    peak.extend(int(held) for held in re.findall(r"VmHWM:\s+(\d+)", said))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield peak
    finally:
        over.set()
        watching.join()
