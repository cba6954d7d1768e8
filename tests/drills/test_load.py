"""36: twenty people at once on the heaviest pages, while reports are made and files come in."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tests.drills.load import Load, under_load
from tests.drills.numbers import SECONDS
from tests.drills.portal import ROOT, Portal
from tests.drills.reports import Report, ask_for
from tests.drills.visitor import Visitor

CLIENTS, CROWD = 20, 200
SECONDS_TO_UPLOAD, SECONDS_TO_REPORT = 1, 30
PASSWORD = "a password of the drill"
REPORTED = """
SELECT min(result.id), person.email FROM workplans_result AS result
JOIN workplans_stream AS stream ON stream.id = result.stream_id
JOIN coordination_office AS office ON office.organisation_id = stream.organisation_id
JOIN coordination_user AS person ON person.id = office.holder_id
WHERE office.role = 'partner_officer' AND result.state = 'verified'
GROUP BY person.id ORDER BY person.id
"""
BUILD = "import django; django.setup(); from tests.bench import dataset; print(dataset.ensure({}))"
SCALE = 3 / 47
BARE = "/bare/60/"  # of as many rows as the heaviest pages
# Of the counties and the nation; what else the data set holds has no pages of a county's.
READERS = """
SELECT email FROM coordination_user
WHERE email LIKE '%@county-%.example.org' OR email LIKE '%@national.example.org' ORDER BY id
"""
LET_IN = """
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from coordination.models import User
people = User.objects.filter(email__endswith=".example.org")
people.update(password=make_password({!r}))
EmailAddress.objects.bulk_create(
    EmailAddress(user=one, email=one.email, verified=True, primary=True) for one in people
)
"""


@pytest.fixture
def portal(server, broker, tmp_path) -> Iterator[Portal]:
    """A portal with three counties of the national data set of `make bench`."""
    name = server.make()
    found = Portal(tmp_path, database=server.url(name), queue=broker.url)
    build = {"DJANGO_SETTINGS_MODULE": "tests.bench.settings", "BENCH_SCALE": str(SCALE),
             "BENCH_DATABASE_URL": server.url(name), "DATA_DIR": str(tmp_path)}  # fmt: skip
    lines = BUILD.format(SCALE)
    subprocess.run([sys.executable, "-c", lines], cwd=ROOT, env=os.environ | build, check=True)
    found.manage("shell", "--no-imports", "-c", LET_IN.format(PASSWORD))
    found.manage("collectstatic", "--no-input", "--verbosity", "0")
    found.environment["DJANGO_SETTINGS_MODULE"] = "tests.drills.settings"
    yield found
    found.stop()
    server.drop(name)


def pages_of(email: str) -> list[str]:
    """The heaviest pages that the person, such as focal-point@county-nandi.example.org, reads."""
    mechanism = email.partition("@")[2].partition(".")[0]
    results = f"/mechanisms/{mechanism}/results/?period=2021-q1"
    place = f"/places/ke/{mechanism.removeprefix('county-')}/"
    if mechanism == "national":
        return ["/desk/", results, "/places/ke/"]
    return ["/desk/", "/verification/", results, place, f"/mechanisms/{mechanism}/plans/2020-21/"]


def reader(visitor: Visitor, pages: list[str]) -> Callable[[Load], None]:
    turns = itertools.cycle(pages)
    return lambda load: load.note(visitor.get(next(turns)))


def uploader(portal: Portal) -> Callable[[Load], None]:
    """An officer who adds a piece of evidence to a verified value every second."""
    (pk, email) = portal.rows(REPORTED)[0]
    officer = Visitor(portal.address).sign_in(email, PASSWORD)
    form = officer.form(f"/results/{pk}/evidence/", field="file")
    numbers = itertools.count(1)

    def upload(load: Load) -> None:
        content = f"Ward,Persons\nWard {next(numbers)},12\n".encode()
        answer = officer.send(form, files={"file": ("attendance.csv", content)}, caption="List")
        load.note(answer)
        time.sleep(max(0, SECONDS_TO_UPLOAD - answer.seconds))

    return upload


def reporter(portal: Portal) -> tuple[list[Report], Callable[[Load], None]]:
    """A secretariat that asks for the report of one more quarter every half a minute."""
    secretary = Visitor(portal.address).sign_in("secretary@national.example.org", PASSWORD)
    form = secretary.form("/reports/new/", field="period")
    quarters = [quarter for quarter in form.choices["period"] if quarter]
    asked: list[Report] = []
    due = time.monotonic()

    def ask(_load: Load) -> None:
        nonlocal due
        if quarters and time.monotonic() >= due:
            due += SECONDS_TO_REPORT
            answer = secretary.send(form, mechanism="national", period=quarters.pop())
            asked.append(Report(portal, answer.place.strip("/").rpartition("/")[2]))
            ask_for(secretary, asked[-1])
        time.sleep(0.2)

    return asked, ask


def watcher(portal: Portal) -> tuple[list[int], Callable[[Load], None]]:
    """What the web processes hold in memory, second by second."""
    held: list[int] = []

    def look(_load: Load) -> None:
        held.append(portal.memory("web"))
        time.sleep(1)

    return held, look


def test_twenty_readers_are_served_while_reports_are_made(portal, figure):
    portal.start()
    people = portal.rows(READERS)
    sessions = [
        (Visitor(portal.address).sign_in(email, PASSWORD), email)
        for (email,) in itertools.islice(itertools.cycle(people), CLIENTS)
    ]
    readers = [reader(visitor, pages_of(email)) for visitor, email in sessions]
    of_bare_pages = [reader(visitor, [BARE]) for visitor, _email in sessions]
    reports, ask = reporter(portal)
    upload, files = uploader(portal), Load()
    held, look = watcher(portal)
    others = [ask, lambda _load: upload(files)]

    bare = under_load([*of_bare_pages, *others], seconds=SECONDS / 4)
    load = under_load([*readers, *others, look], seconds=SECONDS)
    calm, before = len(held), files.statuses[302]
    crowd = under_load([*readers * (CROWD // CLIENTS), *others, look], seconds=SECONDS / 4)

    for report in reports:
        report.wait("ready", "failed", seconds=120)
    p95, p99, bare_p95 = load.percentile(95), load.percentile(99), bare.percentile(95)
    # RSS grows by less than 10 %: from when every page was composed until the crowd has gone.
    growth = max(held) / max(held[: calm // 3]) - 1
    figure(
        f"36 load, {CLIENTS} readers",
        f"{load.a_second:.0f} requests/s, p95 {p95 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms,"
        f" p95 of a bare page {bare_p95 * 1000:.0f} ms,"
        f" {load.broken} ≥ 500, {files.statuses[302]} files in, {len(reports)} reports made,"
        f" memory {growth:+.0%} until {CROWD} had read;"
        f" {CROWD} readers: {crowd.broken} of {len(crowd.seconds)} ≥ 500,"
        f" {files.statuses[302] - before} files in meanwhile",
    )
    assert {report.state for report in reports} == {"ready"}
    assert (load.broken, crowd.broken) == (0, 0)
    assert files.statuses[302] > before
    assert p95 <= 3 * bare_p95
    assert (set(load.statuses), set(files.statuses)) == ({200}, {302})
    assert (load.a_second >= 40, p95 <= 0.6, p99 <= 1.5) == (True, True, True)
    assert growth < 0.1
