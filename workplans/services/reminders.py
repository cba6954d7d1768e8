"""Reminding of reports: by the clock around the last day, and by the secretariat (domain 1.21)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import PARTNER_ROLES, Office, Organisation, User
from coordination.services.events import record
from coordination.services.refusals import Refusal
from workplans.models import Obligation
from workplans.models.stream import ObligationQuerySet
from workplans.notifications.audience import reporters_of
from workplans.notifications.reports import tell_of_due_day, tell_of_overdue, tell_of_reminder

from .obligations import lock_open

# How long before and after its last day people are reminded of a report by the clock.
REMIND_BEFORE = dt.timedelta(days=7)
REMIND_AFTER = dt.timedelta(days=14)


class AlreadyReminded(Refusal):
    message = _("This organisation was reminded of this report today already.")


class NobodyToRemind(Refusal):
    message = _(
        "Nobody holds the office of data officer or signatory for this organisation. Invite one."
    )


@transaction.atomic
def remind_reporter(
    obligation: Obligation, *, by: User, at: dt.datetime | None = None
) -> Obligation:
    """Write to those who fill in the report, at most once a day there; return the obligation.

    Raises ReportAlreadyExempt, ReportAlreadySubmitted, AlreadyReminded or NobodyToRemind.
    """
    now = at or timezone.now()
    obligation = lock_open(obligation)
    today = obligation.mechanism.today(now)
    if obligation.reminded_on == today:
        raise AlreadyReminded
    if not reporters_of(obligation.organisation, at=now):
        raise NobodyToRemind
    changes = {"reminded_on": [obligation.reminded_on, today]}
    obligation.reminded_on = today
    obligation.full_clean()
    obligation.save(update_fields=["reminded_on"])
    record("workplans.reporter_reminded", obligation, by=by, changes=changes, at=now)
    tell_of_reminder(obligation, at=now)
    return obligation


def overdue_among(obligations: ObligationQuerySet, *, at: dt.datetime) -> list[Obligation]:
    """Those that are missing and whose last day is over in their own zone, the oldest first."""
    rows = obligations.missing().ending_by(at.date()).in_full()
    overdue = [row for row in rows.order_by("organisation__short_name") if row.is_overdue(at=at)]
    return sorted(overdue, key=lambda row: row.last_day)


def posts_of(organisations: Collection[Organisation], *, on: dt.date) -> dict[int, list[str]]:
    """The posts that fill in each organisation's reports, by its key: whom to ask for."""
    offices = Office.objects.held(on=on).of(*PARTNER_ROLES).in_order()
    posts: defaultdict[int, list[str]] = defaultdict(list)
    for office in offices.filter(organisation__in=organisations):
        post = str(office.get_role_display())
        if office.organisation_id is not None and post not in posts[office.organisation_id]:
            posts[office.organisation_id].append(post)
    return dict(posts)


def send_reminders(*, at: dt.datetime | None = None) -> int:
    """Remind those whose last day is near or has just passed; return how many reports.

    Each occasion is told once, however often this runs; a granted extension is a new occasion.
    """
    now = at or timezone.now()
    count = 0
    for obligation in _unsubmitted_around(now):
        with transaction.atomic():
            if obligation.is_overdue(at=now):
                tell_of_overdue(obligation, at=now)
            else:
                tell_of_due_day(obligation, at=now)
        count += 1
    return count


def _unsubmitted_around(now: dt.datetime) -> ObligationQuerySet:
    """Missing reports whose last day is at most a week ahead or two weeks past."""
    today = now.date()
    return (
        Obligation.objects.missing()
        .annotate(final_day=Coalesce("extended_to", "due_on"))
        .filter(final_day__range=(today - REMIND_AFTER, today + REMIND_BEFORE))
        .select_related("mechanism", "organisation", "period")
    )
