"""What `workplans` does by the clock. Each job may run twice at once and does its work once."""

from datetime import timedelta

from coordination.services.schedule import scheduled
from workplans.services.commitments import remind_signatories
from workplans.services.obligations import open_ended_periods
from workplans.services.reminders import send_reminders


@scheduled(every=timedelta(hours=1))
def open_reports_by_the_clock() -> None:
    """When a quarter has ended, open what each member owes for it."""
    open_ended_periods()


@scheduled(every=timedelta(hours=1))
def remind_by_the_clock() -> None:
    """Remind those whose report is due soon or has just become overdue."""
    send_reminders()


@scheduled(every=timedelta(hours=1))
def ask_signatories_again_by_the_clock() -> None:
    """Ask again where a decision on money was expected by now."""
    remind_signatories()
