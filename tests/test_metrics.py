"""Figures for Prometheus: private, and added up over the processes of a host."""

import os
import subprocess
import sys

import pytest

from committees.models import Printout
from config import heartbeat
from reporting.models import ReviewPack
from tests.factories.reporting import EditionFactory, ReviewFactory

pytestmark = pytest.mark.django_db
TOKEN = "for this test"


@pytest.fixture
def scrape(client, settings):
    """What Prometheus reads, by name."""
    settings.METRICS_TOKEN = TOKEN

    def read():
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        lines = [line for line in answer.content.decode().splitlines() if line[0] != "#"]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    return read


@pytest.mark.parametrize("given", [None, "Bearer another", TOKEN, "Bearer "])
@pytest.mark.parametrize("token", ["", TOKEN])
def test_without_the_token_there_is_nothing(client, settings, given, token):
    settings.METRICS_TOKEN = token

    assert client.get("/metrics", headers={"Authorization": given or ""}).status_code == 404


def test_requests_are_counted_by_view_and_class_of_status(client, scrape):
    name = 'baraza_request_seconds_count{status="2xx",view="livez"}'
    before = scrape().get(name, 0)

    client.get("/livez")

    assert scrape()[name] == before + 1


def test_no_address_that_was_made_up_becomes_a_name(client, scrape):
    client.get("/invitation-secret/anything.php")

    assert [name for name in scrape() if "anything" in name] == []


def test_the_state_of_the_work_is_read(scrape):
    edition = EditionFactory(state="queued")
    asked = {"requested_by": edition.requested_by, "requested_at": edition.requested_at}
    ReviewPack.objects.create(review=ReviewFactory(), number=1, state="running", **asked)
    Printout.objects.create(mechanism=edition.report.mechanism, **asked)
    heartbeat.record(heartbeat.SCHEDULER)

    figures = scrape()

    counted = {name: number for name, number in figures.items() if number and "making" in name}
    assert counted == {
        'baraza_makings{kind="edition",state="queued"}': 1,
        'baraza_makings{kind="printout",state="queued"}': 1,
        'baraza_makings{kind="reviewpack",state="running"}': 1,
    }
    assert figures['baraza_makings{kind="edition",state="failed"}'] == 0
    assert (figures["baraza_mails_waiting"], figures["baraza_obligations_overdue"]) == (0, 0)
    assert 0 <= figures["baraza_scheduler_age_seconds"] < 60
    assert "baraza_queue_age_seconds" not in figures


COUNT_ONE = """
import django
django.setup()
from config import metrics
metrics.REQUESTS.labels("desk", "2xx").observe(0.2)
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector
registry = CollectorRegistry()
MultiProcessCollector(registry)
print(registry.get_sample_value("baraza_request_seconds_count", {"view": "desk", "status": "2xx"}))
"""


def test_processes_add_up_and_a_replaced_one_leaves_no_file_behind(tmp_path):
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
    }

    said = [
        subprocess.run(
            [sys.executable, "-c", COUNT_ONE],
            env=environment | {"WEB_PLACE": place},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for place in ("0", "1", "0")
    ]

    assert said == ["1.0", "2.0", "3.0"]
    assert len(list(tmp_path.iterdir())) == 2
