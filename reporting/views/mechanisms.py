"""A mechanism at a glance: what it is for, who and where, and how its work and reports stand."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from committees.models import Alert, Meeting
from committees.models.alert import AlertQuerySet
from committees.permissions import can_raise_alert
from committees.services.cadence import live_alarms, silent_since
from coordination.models import Mechanism, Period, Visitor
from coordination.permissions import can_move_mechanism
from coordination.services.statements import statements_of
from reporting.models import Report
from reporting.permissions import can_see_figures
from reporting.services.completeness import Completeness, completeness_of
from reporting.services.result_summaries import published_summary, running_summary
from reporting.views.library import in_full
from workplans.models import Activity, JointWorkPlan, Obligation

NEWEST = 4


@require_safe
def mechanism_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The overview; who takes part also sees the round of reports that is under way."""
    visible = Mechanism.objects.visible_to(request.user)
    mechanism = get_object_or_404(
        visible.select_related("country", "backbone", "calendar"), slug=slug
    )
    today = mechanism.today()
    takes_part = can_see_figures(request.user, mechanism)
    plans = JointWorkPlan.objects.visible_to(request.user).filter(mechanism=mechanism)
    seen = Activity.objects.visible_to(request.user).values("pk")
    reports = Report.objects.visible_to(request.user).published().filter(mechanism=mechanism)
    can_move = can_move_mechanism(request.user, mechanism)
    context = {
        "mechanism": mechanism,
        "next_meeting": next_meeting(mechanism, request.user),
        "member_count": mechanism.memberships.current(on=today).count(),
        "conveners": mechanism.conveners.order_by("short_name"),
        "places": mechanism.places.order_by("path"),
        "sectors": mechanism.sectors.order_by("scheme__key", "position"),
        "calendars": mechanism.other_calendars.order_by("name"),
        "contributions": mechanism.contributions.select_related("organisation").order_by("pk"),
        "awards": mechanism.awards.select_related("donor", "prime").order_by("component", "title"),
        "measures": mechanism.goal_measures.order_by("position"),
        "objectives": mechanism.objectives.order_by("number"),
        "plans": plans.select_related("place", "calendar")
        .annotate(activity_count=Count("activities", filter=Q(activities__in=seen)))
        .order_by("-starts_on", "place__path")[:NEWEST],
        "reports": in_full(reports).order_by("-period__starts_on")[:NEWEST],
        "said": statements_of(mechanism),
        "takes_part": takes_part,
        "can_move": can_move,
        "alarms": live_alarms(mechanism),
        # Whether it sleeps is its chair's to say: a hint for those who would record that.
        "silent_since": silent_since(mechanism, on=today) if can_move else None,
        "alerts": live_alerts(mechanism, request.user),
        "summary": running_summary(mechanism)
        if takes_part
        else published_summary(mechanism, request.user),
        "round": reporting_round(mechanism) if takes_part else None,
    }
    return render(request, "reporting/mechanism_detail.html", context)


def live_alerts(mechanism: Mechanism, user: Visitor) -> AlertQuerySet | None:
    """The alerts that are not closed; None for who may neither see nor raise one."""
    if not can_raise_alert(user, mechanism):
        return None
    alerts = Alert.objects.visible_to(user).filter(mechanism=mechanism).live()
    return alerts.prefetch_related("places").newest_first()


def next_meeting(mechanism: Mechanism, user: Visitor) -> Meeting | None:
    """The next meeting of any of its bodies."""
    meetings = Meeting.objects.visible_to(user).filter(body__mechanism=mechanism)
    return meetings.to_come(at=timezone.now()).select_related("body__mechanism").first()


@dataclass(frozen=True)
class Round:
    """The reports of one quarter, as they come in."""

    mechanism: Mechanism
    period: Period
    label: str
    completeness: Completeness


def reporting_round(mechanism: Mechanism) -> Round | None:
    """The newest quarter owed, with its completeness; None before the first."""
    owed = Obligation.objects.of_members().filter(mechanism=mechanism)
    newest = owed.select_related("period").order_by("-period__starts_on").first()
    if newest is None:
        return None
    period = newest.period
    label = mechanism.calendar.label(period)
    return Round(mechanism, period, label, completeness_of(mechanism, period))
