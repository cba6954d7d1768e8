"""37: a portal at work is backed up, lost, restored elsewhere, and goes on where it was."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import threading
import time
from collections.abc import Iterator

import pytest

from tests.drills.load import Load, under_load
from tests.drills.numbers import MEGABYTES
from tests.drills.portal import Portal
from tests.drills.reports import Report, asked_report
from tests.drills.servers import wait_until
from tests.drills.visitor import Visitor

FILE_BYTES = 2 * 2**20
TEXT = "/mechanisms/sek/reporting/2021-q1/kcdms/narrative/story/"
# The command line of a portal's own, in which these lines run.
FILL = """
import os
from django.utils import timezone
from coordination.models import StoredFile, User
from coordination.services.storage import keep
by = User.objects.get(email="kcdms-officer@example.org")
for number in range({files}):
    kept = keep(os.urandom({size}), folder="uploads", suffix="pdf")
    StoredFile.objects.create(path=kept.path, name=f"{{number}}.pdf", media_type="application/pdf",
        size=kept.size, sha256=kept.sha256, uploaded_by=by, uploaded_at=timezone.now())
"""

# As docs/operations.md has it.
REVOKE_ALL = (
    "from django.utils.timezone import now; [feeds.objects.filter(revoked_at=None)"
    ".update(revoked_at=now()) for feeds in (CalendarFeed, PlanFeed)]"
)


@pytest.fixture
def elsewhere(demo, broker, tmp_path) -> Iterator[Portal]:
    """Another directory, port, queue and database, with nothing in them yet."""
    found = Portal(
        tmp_path / "elsewhere",
        database=demo.server.url(demo.server.make()),
        queue=broker.url.removesuffix("0") + "4",
        STATIC_ROOT=str(demo.directory / "static"),
    )
    found.directory.mkdir()
    yield found
    demo.discard(found)


def test_what_was_lost_is_restored_and_goes_on(portal, demo, elsewhere, tmp_path, figure):
    # Yesterday's release did not have the newest migration of one of the apps yet.
    portal.manage("migrate", "mfa", "0002", "--verbosity", "0")
    fill = FILL.format(files=MEGABYTES * 2**20 // FILE_BYTES, size=FILE_BYTES)
    portal.manage("shell", "--no-imports", "-c", fill)
    portal.start()
    secretary, officer = portal.visitor("rla-secretariat"), portal.visitor("kcdms-officer")
    finished = asked_report(secretary, portal, "2020-q3")
    finished.wait("ready", "failed")
    unsent = "SELECT count(*) FROM coordination_mail WHERE sent_at IS NULL"
    wait_until("every letter has gone out", lambda: portal.value(unsent) == 0)
    for process in portal.processes[1:]:
        process.kill()
    queued = asked_report(secretary, portal, "2021-q1")
    kept, revoked = open_calendar(officer), open_calendar(officer)
    backing_up = back_up_under_load(portal, officer)
    officer.send(officer.form("/calendars/", to="/revoke/"))  # the newest stands first
    later = open_calendar(officer)
    assert [officer.get(calendar).status for calendar in (kept, revoked, later)] == [200, 404, 200]
    demo.discard(portal)
    shutil.rmtree(portal.media)

    started = time.monotonic()
    [backup] = (tmp_path / "backups").glob("baraza-*Z")
    said = elsewhere.manage("restore", str(backup))
    restoring = time.monotonic() - started
    assert "Files, editions and figures are what they should be." in said
    manifest = json.loads((backup / "manifest.json").read_text())
    assert_same_files(elsewhere, manifest["files"])

    elsewhere.start()
    session = Visitor(elsewhere.address, dict(secretary.cookies)).get("/desk/").status
    signed_in = elsewhere.visitor("rla-secretariat").get("/desk/").status
    calendars = [Visitor(elsewhere.address).get(each).status for each in (kept, revoked, later)]
    elsewhere.manage("shell", "-c", REVOKE_ALL)
    revoked_all = [Visitor(elsewhere.address).get(each).status for each in (kept, revoked)]
    queued, finished = (Report(elsewhere, report.slug) for report in (queued, finished))
    took = queued.wait("ready", "failed")
    per_gigabyte = restoring * 1000 / MEGABYTES
    figure(
        "37 restore",
        f"backup under load, proven, {backing_up:.1f} s; restore into today's release, verified,"
        f" {restoring:.1f} s for {MEGABYTES} MB ({per_gigabyte:.0f} s/GB); a queued report ready"
        f" {took:.0f} s after start, a finished one made {finished.happened('edition_made')} time",
    )
    figure(
        "37 secrets after a restore",
        f"a session {session}, signing in {signed_in}; calendars {calendars}: of then, revoked"
        f" since, opened since; all revoked: {revoked_all}",
    )
    # As docs/operations.md says.
    assert (session, signed_in) == (302, 200)
    assert (calendars, revoked_all) == ([200, 200, 404], [404, 404])
    for report in (queued, finished):
        assert (report.state, report.happened("edition_made"), report.letters()) == ("ready", 1, 1)
    wait_until("the waiting letters have gone out", lambda: elsewhere.value(unsent) == 0)
    assert elsewhere.letters("Ready for review") == 1
    assert per_gigabyte <= 600


def open_calendar(person: Visitor) -> str:
    """The secret address of a new calendar of the person's own, as a path."""
    answer = person.send(person.form("/calendars/", to="/calendars/"))
    [address] = re.findall(r"/calendars/[^/\s<]+\.ics", answer.text)
    return str(address)


def back_up_under_load(portal: Portal, officer: Visitor) -> float:
    """How many seconds a backup took while somebody went on writing."""
    numbers = iter(range(1_000_000))

    def write(load: Load) -> None:
        form = officer.form(TEXT, field="text")
        load.note(officer.send(form, text=f"Version {next(numbers)}."))

    started, took = time.monotonic(), []

    def back_up() -> None:
        portal.manage("backup", str(portal.directory / "backups"))
        took.append(time.monotonic() - started)

    backing_up = threading.Thread(target=back_up)
    backing_up.start()
    while backing_up.is_alive():
        under_load([write], seconds=1)
    backing_up.join()
    return took[0]


def assert_same_files(portal: Portal, files: dict[str, str]) -> None:
    """Every private file is there as the backup says, and no other."""
    restored = {
        f"media/{path.relative_to(portal.media)}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in portal.media.rglob("*")
        if path.is_file()
    }
    assert restored == {name: sha for name, sha in files.items() if name.startswith("media/")}
