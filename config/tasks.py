"""Heartbeats through the queue: the proof that work which is sent is also taken."""

import contextlib
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from kombu.exceptions import OperationalError

from config import heartbeat
from coordination.services.schedule import scheduled


@shared_task  # type: ignore[untyped-decorator]
def answer_heartbeat() -> None:
    """Leave the sign that a worker took this message."""
    heartbeat.record(heartbeat.QUEUE_ANSWERED)


@scheduled(every=timedelta(seconds=30))
def send_heartbeat() -> None:
    """Send one message at a time, so that none pile up while no worker runs."""
    if not cache.add(
        heartbeat.QUEUE_SENT, timezone.now(), settings.READY_QUEUE_AGE.total_seconds()
    ):
        return
    with contextlib.suppress(OperationalError):  # /readyz says that the broker does not answer
        answer_heartbeat.delay()
