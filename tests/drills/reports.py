"""Reports as a secretariat asks for them, followed by their rows."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.drills.portal import Portal, Process
from tests.drills.servers import wait_until
from tests.drills.visitor import Answer, Visitor
from tests.test_processes import descendants

EDITION = """
    SELECT edition.{column} FROM reporting_edition AS edition
    JOIN reporting_report AS report ON report.id = edition.report_id WHERE report.slug = %s
"""


@dataclass
class Report:
    """The first edition of a report, by its slug."""

    portal: Portal
    slug: str

    def is_(self, column: str) -> object:
        return self.portal.value(EDITION.format(column=column), self.slug)

    @property
    def state(self) -> object:
        return self.is_("state")

    def wait(self, *states: str, seconds: float = 60) -> float:
        """How many seconds it took to come into one of these states."""
        return wait_until(
            f"{self.slug} is {' or '.join(states)}", lambda: self.state in states, seconds=seconds
        )

    def wait_for_stage(self, stage: str) -> None:
        """Return within milliseconds of the stage: some are short."""
        until = time.monotonic() + 60
        with self.portal.connected() as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            while time.monotonic() < until:
                cursor.execute(EDITION.format(column="stage"), [self.slug])
                if cursor.fetchone() == (stage,):
                    return
        raise AssertionError(f"{self.slug} never came to {stage}.")

    def let_the_lease_run_out(self) -> None:
        """As ten minutes do, after which the scheduler looks again."""
        self.portal.rows(
            "UPDATE reporting_edition SET lease_until = now() - interval '1 second',"
            " dispatched_at = now() - interval '1 hour' WHERE id = %s",
            self.is_("id"),
        )

    def happened(self, verb: str) -> int:
        """How many events of this kind the edition has."""
        return int(
            self.portal.value(
                "SELECT count(*) FROM coordination_event AS event JOIN django_content_type AS type"
                " ON type.id = event.subject_type_id WHERE type.model = 'edition'"
                " AND event.subject_id = %s AND event.verb = %s",
                self.is_("id"),
                f"reporting.{verb}",
            )
        )

    def letters(self) -> int:
        """How many letters say that it is ready."""
        key = f"edition-ready:{self.is_('id')}:%"
        return int(
            self.portal.value("SELECT count(*) FROM coordination_mail WHERE key LIKE %s", key)
        )


def open_report(secretary: Visitor, portal: Portal, period: str) -> Report:
    """Begin the report of a quarter."""
    form = secretary.form("/reports/new/", field="period")
    answer = secretary.send(form, mechanism="sek", period=period)
    assert answer.status == 302, answer.text
    return Report(portal, answer.place.strip("/").rpartition("/")[2])


def ask_for(secretary: Visitor, report: Report) -> Answer:
    """Click on "Make the report"."""
    form = secretary.form(f"/reports/{report.slug}/", to="/editions/")
    return secretary.send(form)


def asked_report(secretary: Visitor, portal: Portal, period: str) -> Report:
    """The report of a quarter, asked for."""
    report = open_report(secretary, portal, period)
    answer = ask_for(secretary, report)
    assert answer.status == 302, answer.text
    return report


def renderers(worker: Process) -> list[int]:
    """The confined processes that draw a PDF for the worker."""
    found = []
    for pid in descendants(worker.running.pid):
        with contextlib.suppress(OSError):
            if "rendering_script" in Path(f"/proc/{pid}/cmdline").read_text():
                found.append(pid)
    return found


@contextlib.contextmanager
def signalled_renderers(worker: Process, number: int) -> Iterator[None]:
    """Send every renderer of the worker a signal as soon as it runs, while the block lasts."""
    over, met = threading.Event(), set[int]()

    def watch() -> None:
        while not over.wait(0.01):
            for pid in renderers(worker):
                if pid not in met:
                    met.add(pid)
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, number)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()
        for pid in renderers(worker):
            if number == signal.SIGSTOP:
                os.kill(pid, signal.SIGCONT)
