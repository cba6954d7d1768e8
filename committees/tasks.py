"""What `committees` does by the clock. Each job may run twice at once and does its work once."""

from datetime import timedelta

from celery import shared_task

from committees.services import printouts
from committees.services.actions import tell_of_overdue_actions
from committees.services.cadence import follow_all
from committees.services.escalations import tell_of_overdue_escalations
from committees.services.meeting_reminders import remind_of_meetings
from coordination.services.schedule import scheduled


@scheduled(every=timedelta(hours=1))
def follow_cadence_by_the_clock() -> None:
    """Raise, redden and lift the alarms of bodies that do not meet as they promised."""
    follow_all()


@scheduled(every=timedelta(hours=1))
def tell_of_actions_by_the_clock() -> None:
    """Tell the owners of what has become overdue."""
    tell_of_overdue_actions()


@scheduled(every=timedelta(hours=1))
def remind_of_meetings_by_the_clock() -> None:
    """Remind those who are asked to a meeting that is near."""
    remind_of_meetings()


@shared_task
def make_printout(pk: int) -> None:
    """Make the printout; a second delivery of this message finds it claimed or made."""
    printouts.make_printout(pk)


@scheduled(every=timedelta(seconds=15))
def sweep_printouts() -> None:
    """Hint again at what waits, take back what a dead worker held, end what died too often."""
    printouts.sweep_printouts()


@scheduled(every=timedelta(hours=6))
def remove_orphaned_printouts() -> None:
    """Remove files that killed workers left behind."""
    printouts.remove_orphans()


def tell_of_escalations_by_the_clock() -> None:
    """Tell both ends of answers that have become overdue."""
    tell_of_overdue_escalations()
