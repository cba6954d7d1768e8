"""What `committees` does by the clock. Each job may run twice at once and does its work once."""

from datetime import timedelta

from committees.services.actions import tell_of_overdue_actions
from committees.services.cadence import follow_all
from committees.services.escalations import tell_of_overdue_escalations
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
def tell_of_escalations_by_the_clock() -> None:
    """Tell both ends of answers that have become overdue."""
    tell_of_overdue_escalations()
