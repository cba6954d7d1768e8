"""Signs of life that processes leave for each other in the shared cache."""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

SCHEDULER = "heartbeat:scheduler"
# A message through the queue, there and back: when it was sent, and when a worker answered.
QUEUE_SENT = "heartbeat:queue-sent"
QUEUE_ANSWERED = "heartbeat:queue-answered"

_KEPT = timedelta(days=30) // timedelta(seconds=1)


def record(sign: str, *, at: datetime | None = None) -> None:
    """Leave a sign of life."""
    cache.set(sign, at or timezone.now(), _KEPT)


def age(sign: str) -> timedelta | None:
    """Return how long ago the sign was left; None if it never was."""
    last = cache.get(sign)
    return timezone.now() - last if last else None
