"""Work of `coordination` that leaves the web process, and what it does by the clock."""

from datetime import timedelta

from celery import shared_task

from coordination.services.files import remove_orphaned_uploads
from coordination.services.mail import send_waiting_mail
from coordination.services.pulse import sweep_pulse
from coordination.services.schedule import scheduled


@shared_task
def send_mail() -> None:
    """Send the letters that wait; a second delivery of this message finds none."""
    send_waiting_mail()


@scheduled(every=timedelta(seconds=30))
def send_mail_by_the_clock() -> None:
    """Send what no worker sent, such as after an outage of the queue.

    For a short while at a time: whatever else is due waits as long, the sign of life included.
    """
    send_waiting_mail(within=timedelta(seconds=15))


@scheduled(every=timedelta(minutes=10))
def sweep_pulse_by_the_clock() -> None:
    """Keep the pulse short: it is read for each page."""
    sweep_pulse()


@scheduled(every=timedelta(hours=24))
def remove_orphaned_uploads_by_the_clock() -> None:
    """Remove files whose rows were taken back."""
    remove_orphaned_uploads()
