"""Who owes which report by when, and what each organisation says in it (domain 1.21, R5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Membership, Period, User
from coordination.services.events import guard_seen, record
from coordination.services.refusals import EditedMeanwhile, Refusal
from workplans.models import Narrative, Obligation, Stream
from workplans.models.stream import ObligationQuerySet
from workplans.notifications import (
    tell_of_due_day,
    tell_of_exemption,
    tell_of_extension,
    tell_of_opening,
    tell_of_overdue,
)

from .refusals import ReasonMissing

# How far back a quarter is opened that no scheduler was there to open, and how long before and
# after its last day people are reminded of a report.
LOOK_BACK = dt.timedelta(days=365)
REMIND_BEFORE = dt.timedelta(days=7)
REMIND_AFTER = dt.timedelta(days=14)


class ReportAlreadySubmitted(Refusal):
    message = _("This report has already been submitted.")


class ReportAlreadyExempt(Refusal):
    message = _("This report is exempt already.")


class ExtensionNotLater(Refusal):
    message = _("An extension ends after the last day that holds now.")


class NarrativeEditedMeanwhile(EditedMeanwhile):
    """Carries the text as it is now, so that both can be shown (R27)."""

    def __init__(self, stored: Narrative | None) -> None:
        super().__init__()
        self.stored = stored


@transaction.atomic
def open_obligations(
    mechanism: Mechanism, period: Period, *, by: User | None = None, at: dt.datetime | None = None
) -> list[Obligation]:
    """Open what each member owes for the period, and return what was not open yet.

    A member owes a report when it has streams due in the period outside the places that its
    membership exempts. One whose every place is exempt stands in the list as exempt, so that it
    is named and never missing (R4, R5).
    """
    now = at or timezone.now()
    # Two schedulers at once: the second finds everything open.
    Mechanism.objects.select_for_update(no_key=True).get(pk=mechanism.pk)
    known = set(mechanism.obligations.filter(period=period).values_list("organisation", flat=True))
    opened: list[Obligation] = []
    for obligation in _owed(mechanism, period, on=now.astimezone(mechanism.zone).date()):
        if obligation.organisation_id in known:
            continue
        known.add(obligation.organisation_id)
        opened.append(obligation)
        obligation.full_clean()
        obligation.save()
        record("workplans.obligation_opened", obligation, by=by, at=now)
        if not obligation.is_exempt:
            tell_of_opening(obligation, at=now)
    return opened


def open_ended_periods(*, at: dt.datetime | None = None) -> list[Obligation]:
    """Open what every operating mechanism's members owe for the quarters that have ended.

    Quarters of the past year that were missed are made up for; one in which nobody reports opens
    nothing, not even an exemption. Returns what was opened.
    """
    now = at or timezone.now()
    opened: list[Obligation] = []
    for mechanism in Mechanism.objects.operating().select_related("calendar"):
        today = now.astimezone(mechanism.zone).date()
        recent = Period.objects.ended(on=today).filter(ends_before__gt=today - LOOK_BACK)
        for period in recent.order_by("starts_on"):
            if Stream.objects.owed_to(mechanism, period).exists():
                opened += open_obligations(mechanism, period, at=now)
    return opened


@transaction.atomic
def extend_obligation(
    obligation: Obligation,
    *,
    by: User,
    to: dt.date,
    reason: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Obligation:
    """Grant a later last day; return the obligation.

    Raises ReportAlreadyExempt, ReportAlreadySubmitted (late stays late), ExtensionNotLater,
    ReasonMissing, or DoneMeanwhile after what was ``seen``.
    """
    now, reason = at or timezone.now(), reason.strip()
    obligation = _open_row(obligation)
    if to <= obligation.last_day:
        raise ExtensionNotLater
    guard_seen(obligation, seen=seen)
    if not reason:
        raise ReasonMissing
    days = [obligation.last_day, to]
    obligation.extended_to, obligation.extension_reason = to, reason
    obligation.full_clean()
    obligation.save(update_fields=["extended_to", "extension_reason"])
    record(
        "workplans.obligation_extended",
        obligation,
        by=by,
        changes={"last_day": days},
        note=reason,
        at=now,
    )
    tell_of_extension(obligation, at=now)
    return obligation


@transaction.atomic
def exempt_obligation(
    obligation: Obligation, *, by: User, reason: str, at: dt.datetime | None = None
) -> Obligation:
    """Let nothing be due; return the obligation.

    Raises ReportAlreadyExempt, ReportAlreadySubmitted or ReasonMissing.
    """
    now, reason = at or timezone.now(), reason.strip()
    obligation = _open_row(obligation)
    if not reason:
        raise ReasonMissing
    obligation.exempted_on = now.astimezone(obligation.mechanism.zone).date()
    obligation.exemption_reason = reason
    obligation.full_clean()
    obligation.save(update_fields=["exempted_on", "exemption_reason"])
    record("workplans.obligation_exempted", obligation, by=by, note=reason, at=now)
    tell_of_exemption(obligation, at=now)
    return obligation


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


@transaction.atomic
def save_narrative(
    obligation: Obligation,
    section: str,
    *,
    by: User,
    text: str,
    seen_version: int | None = None,
    at: dt.datetime | None = None,
) -> Narrative | None:
    """Write what the organisation says on a section; an empty text removes it.

    ``seen_version`` is the version that the person had before him, None if there was no text.
    Raises NarrativeEditedMeanwhile.
    """
    now, text = at or timezone.now(), text.strip()
    Obligation.objects.select_for_update(no_key=True).get(pk=obligation.pk)
    stored = obligation.narratives.filter(section=section).first()
    if (stored.text if stored else "") == text:
        return stored
    if (stored.version if stored else None) != seen_version:
        raise NarrativeEditedMeanwhile(stored)
    label = str(Narrative.Section(section).label)
    record("workplans.narrative_edited", obligation, by=by, note=label, at=now)
    if not text:
        obligation.narratives.filter(section=section).delete()
        return None
    narrative = stored or Narrative(obligation=obligation, section=section, version=0)
    narrative.text, narrative.edited_by, narrative.edited_at = text, by, now
    narrative.version += 1
    narrative.full_clean()
    narrative.save()
    return narrative


def _owed(mechanism: Mechanism, period: Period, *, on: dt.date) -> Iterator[Obligation]:
    """What each member of the period owes; those that are exempt, with the reason."""
    due_on = period.ends_on + dt.timedelta(days=mechanism.report_due_days)
    owing = set(
        Stream.objects.owed_to(mechanism, period).values_list("organisation", flat=True).distinct()
    )
    for membership in _members_in(mechanism, period):
        obligation = Obligation(
            mechanism=mechanism,
            organisation=membership.organisation,
            period=period,
            due_on=due_on,
        )
        if membership.organisation_id not in owing:
            if not _is_exempt_everywhere(membership):
                continue
            obligation.exempted_on = on
            obligation.exemption_reason = membership.exemption_reason or _now(
                "Does not work in the places covered."
            )
        yield obligation


def _members_in(mechanism: Mechanism, period: Period) -> list[Membership]:
    """Memberships that held for some time of the period."""
    return list(
        mechanism.memberships.during(period)
        .select_related("organisation")
        .prefetch_related("exempt_places")
        .order_by("organisation__short_name")
    )


def _is_exempt_everywhere(membership: Membership) -> bool:
    exempt = membership.exempt_places.all()
    return bool(exempt) and all(
        any(place.contains(covered) for place in exempt)
        for covered in membership.mechanism.places.all()
    )


def _open_row(obligation: Obligation) -> Obligation:
    """The obligation locked, if it is neither exempt nor submitted."""
    rows = Obligation.objects.select_related("mechanism", "organisation", "period")
    obligation = rows.select_for_update(of=("self",), no_key=True).get(pk=obligation.pk)
    if obligation.is_exempt:
        raise ReportAlreadyExempt
    if obligation.first_submitted_at is not None:
        raise ReportAlreadySubmitted
    return obligation


def _unsubmitted_around(now: dt.datetime) -> ObligationQuerySet:
    """Missing reports whose last day is at most a week ahead or two weeks past."""
    today = now.date()
    return (
        Obligation.objects.missing()
        .annotate(final_day=Coalesce("extended_to", "due_on"))
        .filter(final_day__range=(today - REMIND_AFTER, today + REMIND_BEFORE))
        .select_related("mechanism", "organisation", "period")
    )
