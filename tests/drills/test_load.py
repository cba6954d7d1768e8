"""36: twenty people at once on the heaviest pages of three counties, while reports are made."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.drills.load import Load, under_load
from tests.drills.portal import ROOT, Portal
from tests.drills.reports import Report, ask_for
from tests.drills.visitor import Visitor

# The scenario says five minutes.
SECONDS = int(os.environ.get("DRILL_SECONDS", "20"))
CLIENTS, CROWD = 20, 200
PASSWORD = "a password of the drill"
BUILD = "import django; django.setup(); from tests.bench import dataset; print(dataset.ensure({}))"
SCALE = 3 / 47
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


def test_twenty_readers_are_served_while_a_report_is_made(portal, figure):
    portal.start()
    people = portal.rows("SELECT email FROM coordination_user WHERE email LIKE '%.example.org'")
    sessions = itertools.islice(itertools.cycle(people), CLIENTS)
    readers = [
        reader(Visitor(portal.address).sign_in(email, PASSWORD), pages_of(email))
        for (email,) in sessions
    ]
    report = ask_for_report(portal)

    load = under_load(readers, seconds=SECONDS)
    crowd = under_load(readers * (CROWD // CLIENTS), seconds=SECONDS / 4)

    report.wait("ready", "failed", seconds=120)
    p95, p99 = load.percentile(95), load.percentile(99)
    figure(
        f"36 load, {CLIENTS} readers",
        f"{load.a_second:.0f} requests/s, p95 {p95 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms,"
        f" {load.broken} ≥ 500; {CROWD} readers: {crowd.broken} of {len(crowd.seconds)} ≥ 500",
    )
    assert report.state == "ready"
    assert (load.broken, crowd.broken) == (0, 0)
    assert set(load.statuses) == {200}
    assert (load.a_second >= 40, p95 <= 0.6, p99 <= 1.5) == (True, True, True)


def ask_for_report(portal: Portal) -> Report:
    secretary = Visitor(portal.address).sign_in("secretary@national.example.org", PASSWORD)
    form = secretary.form("/reports/new/", field="period")
    answer = secretary.send(form, mechanism="national", period="2021-q1")
    report = Report(portal, answer.place.strip("/").rpartition("/")[2])
    ask_for(secretary, report)
    return report
