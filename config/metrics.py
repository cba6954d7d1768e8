"""Figures on the portal's own work, for Prometheus: few, and each one that somebody acts on.

What requests cost is counted by each web process in files that all of them share; how the work
stands is read from the database when asked, and so is the same whichever process answers.
"""

import os
from collections.abc import Iterator
from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from prometheus_client import CollectorRegistry, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from config import heartbeat
from config.backups import last_proven
from coordination.models import Mail, Making
from workplans.models import Obligation

# Set by gunicorn (config.gunicorn_conf): the directory, and the place of this process among them.
SHARED_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
PLACE = "WEB_PLACE"

if SHARED_DIRECTORY in os.environ:
    # By place and not by process number, or each process that is replaced would leave a file.
    values.ValueClass = values.MultiProcessValue(lambda: os.environ.get(PLACE, os.getpid()))  # type: ignore[no-untyped-call]  # prometheus_client has no types

_own = CollectorRegistry()
REQUESTS = Histogram(
    "baraza_request_seconds",
    "How long requests took, by view and class of status.",
    ["view", "status"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
    registry=_own,
)


def observe(request: HttpRequest, response: HttpResponseBase, *, seconds: float) -> None:
    """Count a request that was answered."""
    match = request.resolver_match
    view = (match.view_name or match.route) if match else "unknown address"
    REQUESTS.labels(view, f"{response.status_code // 100}xx").observe(seconds)


def exposition() -> bytes:
    """Return all figures as Prometheus reads them, those of every web process added up."""
    requests = _own
    if SHARED_DIRECTORY in os.environ:
        requests = CollectorRegistry()
        MultiProcessCollector(requests)  # type: ignore[no-untyped-call]  # prometheus_client has no types
    state = CollectorRegistry()
    state.register(StateOfWork())
    return generate_latest(requests) + generate_latest(state)


class StateOfWork(Collector):
    """How the work stands, by the database and the signs of life."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read each figure anew; an age is left out where there is nothing yet to be that old."""
        now = timezone.now()
        yield makings()
        yield GaugeMetricFamily(
            "baraza_mails_waiting",
            "Letters that are to be sent.",
            value=Mail.objects.waiting(at=now).count(),
        )
        yield GaugeMetricFamily(
            "baraza_obligations_overdue",
            "Reports whose last day is over and that nobody has submitted.",
            value=sum(
                obligation.is_overdue(at=now)
                for obligation in Obligation.objects.missing()
                .filter(due_on__lte=now.date() + timedelta(days=1))
                .select_related("mechanism")
            ),
        )
        proven_at = last_proven(settings.BACKUP_DIR) if settings.BACKUP_DIR else None
        for name, meaning, age in (
            ("queue", "a worker answered", heartbeat.age(heartbeat.QUEUE_ANSWERED)),
            ("scheduler", "the scheduler ran", heartbeat.age(heartbeat.SCHEDULER)),
            ("backup", "the last proven backup was made", now - proven_at if proven_at else None),
        ):
            if age is not None:
                yield GaugeMetricFamily(
                    f"baraza_{name}_age_seconds",
                    f"How long ago {meaning}.",
                    value=age.total_seconds(),
                )


def makings() -> GaugeMetricFamily:
    """How much of each kind that workers make stands in each state."""
    found = GaugeMetricFamily(
        "baraza_makings", "What workers make, by kind and state.", labels=["kind", "state"]
    )
    for model in apps.get_models():
        if issubclass(model, Making):
            rows = model._default_manager.values_list("state").annotate(Count("pk")).order_by()
            counted = dict(rows)
            for state in Making.State.values:
                found.add_metric([str(model._meta.model_name), state], counted.get(state, 0))
    return found
