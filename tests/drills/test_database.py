"""The database is killed under a working portal: nothing is restarted, nothing is lost."""

from __future__ import annotations

import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.drills.conftest import lacking
from tests.drills.portal import Demo, Portal
from tests.drills.reports import asked_report
from tests.drills.servers import Cluster, wait_until


@pytest.fixture
def cluster(tmp_path) -> Iterator[Cluster]:
    if not Cluster.programs():
        lacking("PostgreSQL's server programs are not installed.")
    found = Cluster(tmp_path)
    yield found
    found.stop()


@pytest.fixture
def portal(demo, broker, cluster, tmp_path) -> Iterator[Portal]:
    """A portal with the demo's data on a database server that may be killed."""
    there = Demo(cluster, cluster.make(), demo.directory)
    whole = ["pg_dump", "--format=custom", demo.server.url(demo.name)]
    into = ["pg_restore", "--no-owner", "--dbname", cluster.url(there.name)]
    dump = subprocess.run(whole, check=True, capture_output=True).stdout
    subprocess.run(into, check=True, input=dump)
    found = there.copy(tmp_path, queue=broker.url)
    yield found
    found.stop()


def test_a_portal_outlives_its_database(portal, cluster, figure):
    portal.start()
    wait_until("all is well", lambda: not portal.red_parts())
    secretary = portal.visitor("rla-secretariat")
    report = asked_report(secretary, portal, "2021-q1")
    report.wait_for_stage("rendering")
    over, answers = threading.Event(), Counter[int]()

    def read_on() -> None:
        while not over.wait(0.2):
            answers[secretary.get("/desk/").status] += 1

    reading = threading.Thread(target=read_on)
    reading.start()
    cluster.kill()
    wait_until("the portal says so", lambda: "database" in portal.red_parts())
    live = portal.visitor().get("/livez").status
    time.sleep(3)
    cluster.start()
    back = wait_until("all is well again", lambda: not portal.red_parts())
    over.set()
    reading.join()
    first = secretary.get("/desk/").status
    if report.state == "running":
        report.let_the_lease_run_out()
    took = report.wait("ready", "failed")
    gone = [process.name for process in portal.processes if not process.is_up]
    figure(
        "database killed",
        f"green {back:.1f} s after it was back, the report ready {took:.0f} s later, {len(gone)}"
        f" processes gone; meanwhile {dict(answers)}",
    )
    assert (live, first, report.state) == (200, 200, "ready")
    assert set(answers) <= {200, 503}
    assert gone == []
    assert report.happened("edition_made") == report.letters() == 1
