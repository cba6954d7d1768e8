"""Heartbeats through the queue: the proof that work which is sent is also taken."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from kombu.exceptions import OperationalError

from config import heartbeat
from coordination.services.schedule import scheduled


@shared_task  # type: ignore[untyped-decorator]  # Celery has no types
def answer_heartbeat() -> None:
    """Leave the sign that a worker took this message, and let the next one be sent."""
    heartbeat.record(heartbeat.QUEUE_ANSWERED)
    cache.delete(heartbeat.QUEUE_SENT)


@scheduled(every=timedelta(seconds=30))
def send_heartbeat() -> None:
    """Send the next message when the last one was answered, or is given up for lost.

    So few pile up while no worker runs. That a broker does not answer is for /readyz to say.
    """
    given_up_after = settings.READY_QUEUE_AGE.total_seconds() / 3
    if not cache.add(heartbeat.QUEUE_SENT, timezone.now(), given_up_after):
        return
    try:
        answer_heartbeat.delay()
    except OperationalError:
        cache.delete(heartbeat.QUEUE_SENT)
