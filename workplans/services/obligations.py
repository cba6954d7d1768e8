"""Who owes which report by when, and what each organisation says in it (domain 1.21, R5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Membership, Period, User
from coordination.services.events import guard_seen, record
from coordination.services.refusals import EditedMeanwhile, Refusal
from workplans.models import Narrative, Obligation, Stream
from workplans.notifications.reports import (
    tell_of_exemption,
    tell_of_extension,
    tell_of_lifted_exemption,
    tell_of_opening,
)

from .refusals import NotMemberThen, ReasonMissing

# How far back a quarter is opened that no scheduler was there to open.
LOOK_BACK = dt.timedelta(days=365)


class ReportAlreadySubmitted(Refusal):
    message = _("This report has already been submitted.")


class ReportAlreadyExempt(Refusal):
    message = _("This report is exempt already.")


class ReportNotExempt(Refusal):
    message = _("This report is not exempt.")


class NothingAsked(Refusal):
    message = _(
        "Nothing is asked of this organisation for this quarter: it reports no indicator then, or "
        "its membership exempts its places. Change that first."
    )


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
    for obligation in _owed(mechanism, period, on=mechanism.today(now)):
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
        today = mechanism.today(now)
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

    Raises ReportAlreadyExempt, ReportAlreadySubmitted (late stays late), NotMemberThen,
    ExtensionNotLater, ReasonMissing, or DoneMeanwhile after what was ``seen``.
    """
    now, reason = at or timezone.now(), reason.strip()
    obligation = lock_open(obligation)
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

    Raises ReportAlreadyExempt, ReportAlreadySubmitted, NotMemberThen or ReasonMissing.
    """
    now, reason = at or timezone.now(), reason.strip()
    obligation = lock_open(obligation)
    if not reason:
        raise ReasonMissing
    obligation.exempted_on = obligation.mechanism.today(now)
    obligation.exemption_reason = reason
    obligation.full_clean()
    obligation.save(update_fields=["exempted_on", "exemption_reason"])
    record("workplans.obligation_exempted", obligation, by=by, note=reason, at=now)
    tell_of_exemption(obligation, at=now)
    return obligation


@transaction.atomic
def lift_exemption(
    obligation: Obligation,
    *,
    by: User,
    reason: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Obligation:
    """Let what was exempt be due again by its last day; return the obligation.

    Raises ReportNotExempt, NothingAsked when the report would stay empty and missing for ever,
    ReasonMissing, or DoneMeanwhile after what was ``seen``.
    """
    now, reason = at or timezone.now(), reason.strip()
    obligation = _lock(obligation)
    if not obligation.is_exempt:
        raise ReportNotExempt
    guard_seen(obligation, seen=seen)
    if not is_asked(obligation):
        raise NothingAsked
    if not reason:
        raise ReasonMissing
    changes = {"exemption_reason": [obligation.exemption_reason, ""]}
    obligation.exempted_on, obligation.exemption_reason = None, ""
    obligation.full_clean()
    obligation.save(update_fields=["exempted_on", "exemption_reason"])
    record("workplans.exemption_lifted", obligation, by=by, changes=changes, note=reason, at=now)
    tell_of_lifted_exemption(obligation, reason, at=now)
    return obligation


def is_asked(obligation: Obligation) -> bool:
    """Whether the report would have a row to fill in, were it not exempt."""
    owed = Stream.objects.owed_to(obligation.mechanism, obligation.period)
    return owed.filter(organisation=obligation.organisation).exists()


def is_of_member(obligation: Obligation) -> bool:
    """Whether the report is still owed: its organisation was a member in the quarter (R5)."""
    return Obligation.objects.of_members().filter(pk=obligation.pk).exists()


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

    ``seen_version`` is the version that the person had before them, None if there was no text.
    Raises NarrativeEditedMeanwhile.
    """
    now, text = at or timezone.now(), text.strip()
    obligation = Obligation.objects.select_for_update(no_key=True).get(pk=obligation.pk)
    stored = obligation.narratives.filter(section=section).first()
    if (stored.text if stored else "") == text:
        return stored
    if (stored.version if stored else None) != seen_version:
        raise NarrativeEditedMeanwhile(stored)
    label = str(Narrative.Section(section).label)
    # What was submitted has been read; a draft of it is for its own organisation alone.
    is_known = obligation.is_submitted
    changes = {section: [stored.text if stored else "", text]} if is_known else {}
    record("workplans.narrative_edited", obligation, by=by, changes=changes, note=label, at=now)
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
            obligation.exemption_reason = membership.exemption_reason or gettext(
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


def _lock(obligation: Obligation) -> Obligation:
    rows = Obligation.objects.in_full().select_for_update(of=("self",), no_key=True)
    return rows.get(pk=obligation.pk)


def lock_open(obligation: Obligation) -> Obligation:
    """The obligation locked, if it is neither exempt nor submitted, and still owed."""
    obligation = _lock(obligation)
    if obligation.is_exempt:
        raise ReportAlreadyExempt
    if obligation.first_submitted_at is not None:
        raise ReportAlreadySubmitted
    if not is_of_member(obligation):
        raise NotMemberThen
    return obligation
