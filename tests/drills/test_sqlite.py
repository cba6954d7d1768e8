"""32: one machine without Redis or PostgreSQL, written to by twenty at once."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable

import pytest

from tests.drills import numbers
from tests.drills.load import Load, under_load
from tests.drills.portal import Portal, load_demo
from tests.drills.reports import asked_report
from tests.drills.visitor import Visitor

# The scenario says a minute.
SECONDS = min(numbers.SECONDS, 60)
CLIENTS = 20
REPORT = "/mechanisms/sek/reporting/2021-q1/kcdms"
SECTIONS = ("impact", "achievements", "constraints", "environment", "gender", "government",
            "lessons", "links", "local_capacity", "monitoring", "next_quarter", "private_sector",
            "story", "sustainability")  # fmt: skip


@pytest.fixture
def portal(tmp_path):
    """A portal with the demo's data on SQLite, its queue in a directory."""
    found = Portal(tmp_path)
    load_demo(found)
    yield found
    found.stop()


def writer(officer: Visitor, section: str) -> Callable[[Load], None]:
    """One who opens a text, changes it and saves it; of two at one text the second is told."""
    page, numbers = f"{REPORT}/narrative/{section}/", itertools.count()

    def write(load: Load) -> None:
        form = officer.form(page, field="text")
        load.note(officer.send(form, text=f"Version {next(numbers)} of {section}."))

    return write


def test_twenty_writers_never_meet_a_locked_database(portal, figure):
    portal.start_web(processes=3)
    portal.start_worker()
    portal.start_scheduler()
    secretary, officer = portal.visitor("rla-secretariat"), portal.visitor("kcdms-officer")
    report = asked_report(secretary, portal, "2021-q1")
    backups = portal.directory / "backups"
    backing_up = threading.Thread(target=portal.manage, args=["backup", str(backups)])
    backing_up.start()

    writers = [writer(officer, SECTIONS[n % len(SECTIONS)]) for n in range(CLIENTS)]
    load = under_load(writers, seconds=SECONDS)

    backing_up.join()
    report.wait("ready", "failed")
    p99, locked = load.percentile(99), portal.logs().count("database is locked")
    # A backup that was not restored and compared, row by row, has no name yet.
    [backup] = backups.glob("baraza-*Z")
    tables = json.loads((backup / "manifest.json").read_text())["tables"]
    rows = sum(table["rows"] for table in tables.values())
    figure(
        "32 SQLite, 3 processes, 20 writers",
        f"{len(load.seconds)} saved texts in {load.duration:.0f} s, {locked} locked, {load.broken}"
        f" ≥ 500, p99 {p99:.1f} s; a report and a proven backup of {rows} rows meanwhile",
    )
    assert (locked, load.broken, report.state) == (0, 0, "ready")
    assert load.statuses[302] > SECONDS
    assert p99 <= 5
    assert portal.value("PRAGMA integrity_check") == "ok"
