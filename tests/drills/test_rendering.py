"""13: texts as hostile as the forms take them; each report ends, and the next one is made."""

from __future__ import annotations

import contextlib
import re
import threading
from pathlib import Path

import pytest

from reporting.services.sections import SECTIONS
from tests.drills.portal import Process
from tests.drills.reports import ask_for, asked_report, open_report
from tests.test_processes import descendants

LINES = 600
GIGABYTE = 1024 * 1024  # in the kilobytes that the kernel counts in
FLEX = '<div style="display:flex">' * 16 + '<td colspan="100000">'
HOSTILE = {
    "one long word": "x" * 20_000,
    "markup": FLEX * 60,
    "many lines": "# a\n- b\n\n" * (LINES // 3),
    "all scripts": "مرحبا\u200b\u202eبالعالم 🧑🏽‍🌾👩‍👩‍👧 ក្រសួង\u0301\u0301 " * 400,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_report_ends_and_the_next_one_is_made(kind, portal, figure):
    portal.start_web()
    worker = portal.start_worker()
    portal.start_scheduler()
    secretary = portal.visitor("rla-secretariat")
    hostile = open_report(secretary, portal, "2021-q1")
    for section in SECTIONS.values():
        form = secretary.form(f"/reports/{hostile.slug}/sections/{section.code}/", field="text")
        answer = secretary.send(form, text=HOSTILE[kind][: section.limit])
        assert answer.status == 302, answer.text
    with peak_memory(worker) as peak:
        ask_for(secretary, hostile)
        took = hostile.wait("ready", "failed", seconds=120)
        good = asked_report(secretary, portal, "2020-q3")
        after = good.wait("ready", "failed", seconds=60)
    figure(
        f"13 {kind} in {len(SECTIONS)} sections",
        f"{hostile.state} {hostile.is_('failure')} after {took:.0f} s, at most"
        f" {max(peak) // 1024} MB; the next one ready {after:.0f} s later",
    )
    assert hostile.state == "ready" or hostile.is_("failure") in {"time", "memory"}
    assert good.state == "ready"
    assert max(peak) <= GIGABYTE


@contextlib.contextmanager
def peak_memory(worker: Process):
    """The most that one process of the worker held, in kilobytes, looked at again and again."""
    over, peak = threading.Event(), [0]

    def watch() -> None:
        while not over.wait(0.1):
            for pid in descendants(worker.running.pid):
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
