"""The desk: what waits for the person who is signed in, then what that person works on."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from committees.services.desk import committee_lists
from coordination.models import Mechanism, Office, Period, Role, Standing, User
from coordination.views.composed import composed_each_minute
from coordination.views.signed_in import SignedInRequest
from reporting.models import Consent, Edition, Report
from reporting.models.edition import EditionQuerySet
from reporting.services.review_desk import review_lists
from reporting.views.library import in_full
from reporting.views.mechanisms import Round, reporting_round
from reporting.views.oversight import oversight_of
from reporting.views.own_reports import reporters_of, reports_of
from workplans.models import (
    Activity,
    Commitment,
    JointWorkPlan,
    Obligation,
    Overlap,
    Result,
)
from workplans.services.activity_desk import activity_lists
from workplans.services.implementation_desk import implementation_lists
from workplans.services.principles_desk import principles_lists
from workplans.services.process_desk import process_lists
from workplans.services.reminders import overdue_among

NEWEST = 3
# What has to be done; the rest of a desk is there to be known.
WAITING = (
    "owed",
    "updates_owed",
    "queue",
    "to_consent",
    "to_confirm",
    "to_settle",
    "to_write",
    "to_publish",
    "rounds",
    "overdue",
)
MOST = 12


@require_safe
@login_required
@composed_each_minute
def desk(request: SignedInRequest) -> HttpResponse:
    """What is due, returned, to verify, to consent to and to publish; each leads to its deed.

    What no office of the person's can have is not asked for: to compose a question takes longer
    than to answer it with nothing.
    """
    user, now = request.user, timezone.now()
    standing = Standing.of(user)
    reports = reports_of(user, at=now)
    overdue = overdue_reports(standing, at=now)
    offices = offices_of(standing, user)
    context: dict[str, Any] = {
        "owed": reports.owed,
        "updates_owed": updates_owed(user, reports.newest_due),
        "queue": queue_by_report(user),
        "to_consent": editions_to_consent(user),
        "rounds": open_rounds(standing),
        "overdue": overdue[:MOST],
        "overdue_count": len(overdue),
        "to_confirm": commitments_waiting(user),
        "to_settle": overlaps_to_settle(user),
        "to_write": reports_in_writing(standing),
        "to_publish": editions_to_publish(user),
        "new_reports": new_reports(user),
        "organisations": sorted(
            {office.organisation for office in offices if office.organisation},
            key=lambda organisation: organisation.short_name,
        ),
        "mechanisms": Mechanism.objects.taking_part(user).order_by("name"),
        "own_reports": reports.others,
        "reporters": reporters_of(standing),
        "committee_lists": [
            *review_lists(user),
            *implementation_lists(user, at=now),
            *process_lists(user),
            *activity_lists(user, at=now),
            *principles_lists(user, at=now),
            *committee_lists(user, at=now),
        ],
        "oversight": oversight_of(user, at=now),
        # Two seats of one kind are said once.
        "posts": list(dict.fromkeys(str(office) for office in offices)),
        "places": sorted(
            {office.place for office in offices if office.place}, key=lambda place: place.path
        ),
    }
    oversight = context["oversight"]
    context["is_clear"] = (
        not any(each.is_due for each in context["committee_lists"])
        and not (oversight and oversight.waits)
        and not any(context[waiting] for waiting in WAITING)
    )
    return render(request, "reporting/desk.html", context)


def offices_of(standing: Standing, user: User) -> list[Office]:
    """The offices that the person holds, with what each is for."""
    held = user.offices.held(on=standing.on).select_related("organisation", "place", "mechanism")
    return list(held.order_by("starts_on", "pk"))


def overdue_reports(standing: Standing, *, at: dt.datetime) -> list[Obligation]:
    """Those that the secretariat has to chase, the oldest first."""
    if not standing.secretariat_of:
        return []
    chased = Obligation.objects.filter(mechanism__in=standing.secretariat_of)
    return overdue_among(chased, at=at)


def overlaps_to_settle(user: User) -> list[Overlap]:
    """Possible overlaps on which nobody has decided yet, where the user is focal point."""
    if not Standing.of(user).focal_point_offices:
        return []
    decided = Overlap.objects.visible_to(user).decided_by_office_of(user)
    detected = decided.filter(state=Overlap.State.DETECTED, is_met=True)
    shown = detected.select_related("place", "first__lead", "second__lead")
    return list(shown.in_order()[:MOST])


def new_reports(user: User) -> list[Report]:
    """The newest that were published of what the user's organisations give money for."""
    donors = Standing.of(user).donors
    if not donors:
        return []
    published = Report.objects.visible_to(user).published().funded_by(donors)
    return list(in_full(published).order_by("-period__starts_on")[:NEWEST])


def commitments_waiting(user: User) -> list[tuple[Commitment, int | None]]:
    """Those that wait for the user's signature, the oldest first, with the days waited."""
    if not Standing.of(user).holding(Role.PARTNER_SIGNATORY, Role.COUNTY_FOCAL_POINT):
        return []
    waiting = Commitment.objects.visible_to(user).confirmed_by_office_of(user).waiting()
    shown = waiting.select_related("activity__plan__mechanism", "organisation")
    return [
        (each, each.days_waiting(on=each.activity.plan.mechanism.today()))
        for each in shown.order_by("entered_at", "pk")[:MOST]
    ]


def updates_owed(user: User, period: Period | None) -> list[Activity]:
    """Own activities without an update for the newest quarter of one's organisations' reports.

    A closed plan takes no updates any more, nor does a quarter whose report is published (R22).
    """
    if period is None:
        return []
    published = Report.objects.published().filter(
        Q(place=None) | Q(place=OuterRef("plan__place")),
        mechanism=OuterRef("plan__mechanism"),
        period=period,
    )
    owing = Activity.objects.led_by(user).owing_update(period)
    activities = owing.filter(
        ~Exists(published),
        plan__starts_on__lt=period.ends_before,
        plan__ends_before__gt=period.starts_on,
    ).exclude(plan__state__in=JointWorkPlan.OVER)
    rows = activities.select_related("plan__mechanism").order_by("plan__starts_on", "code")
    return list(rows[:MOST])


def reports_in_writing(standing: Standing) -> list[Report]:
    """Reports that the secretariat has begun and of which no edition is made or asked for."""
    if not standing.secretariat_of:
        return []
    editions = Edition.objects.filter(report=OuterRef("pk")).exclude(state=Edition.State.CANCELLED)
    begun = Report.objects.filter(~Exists(editions), mechanism__in=standing.secretariat_of)
    rows = begun.select_related("mechanism", "period", "place")
    return list(rows.order_by("period__starts_on", "pk"))


def open_rounds(standing: Standing) -> list[Round]:
    """Of each mechanism whose secretariat it is: the newest quarter, until its report is begun.

    Says who is still missing, and whether nothing keeps the report from being begun.
    """
    if not standing.secretariat_of:
        return []
    mechanisms = Mechanism.objects.filter(pk__in=standing.secretariat_of).order_by("name")
    rounds = [reporting_round(each) for each in mechanisms.select_related("calendar")]
    begun = set(
        Report.objects.filter(mechanism__in=standing.secretariat_of, place=None).values_list(
            "mechanism", "period"
        )
    )
    return [each for each in rounds if each and (each.mechanism.pk, each.period.pk) not in begun]


def queue_by_report(user: User) -> list[dict[str, object]]:
    """What waits to be verified: how many values, by organisation and period."""
    if not Standing.of(user).focal_point_offices:
        return []
    rows = (
        Result.objects.awaiting_verification_by(user)
        .values("stream__organisation__short_name", "stream__organisation__slug", "period")
        .annotate(count=Count("pk"))
        .order_by("period__starts_on", "stream__organisation__short_name")
    )
    periods = Period.objects.in_bulk([row["period"] for row in rows])
    return [
        {
            "organisation": row["stream__organisation__short_name"],
            "slug": row["stream__organisation__slug"],
            "period": periods[row["period"]],
            "count": row["count"],
        }
        for row in rows
    ]


def editions_to_consent(user: User) -> list[Edition]:
    """Editions that are ready and to which the user, as focal point, has not consented."""
    if not Standing.of(user).focal_point_offices:
        return []
    consented = Consent.objects.filter(edition=OuterRef("pk"), by=user)
    ready = editions_waiting(user).filter(
        report__in=Report.objects.consented_by(user), state=Edition.State.READY
    )
    return list(ready.exclude(Exists(consented)))


def editions_to_publish(user: User) -> list[Edition]:
    """Editions on which the secretariat has to decide."""
    served = Standing.of(user).secretariat_of
    if not served:
        return []
    waiting = editions_waiting(user).filter(report__mechanism__in=served)
    return list(waiting.annotate(consent_count=Count("consents")))


def editions_waiting(user: User) -> EditionQuerySet:
    """Editions ready for a decision, or failed, of the reports that the person works on."""
    newer = Edition.objects.filter(report=OuterRef("report"), number__gt=OuterRef("number"))
    return (
        Edition.objects.filter(
            report__in=Report.objects.working_for(user),
            state__in=[Edition.State.READY, Edition.State.FAILED],
        )
        .exclude(Exists(newer))
        .select_related("report__mechanism", "report__period", "report__place")
        .defer("snapshot")
        .order_by("requested_at")
    )
