"""The activities of a plan as a table to take away: one row each, and what the table is (R23)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.services.spreadsheets import Table
from workplans.models import Activity, ActivityUpdate, JointWorkPlan
from workplans.models.activity import ActivityQuerySet
from workplans.models.planning_document import PlanningLineQuerySet
from workplans.services.plans import UpdatesReceived, span_in_words


def activities_table(
    plan: JointWorkPlan,
    activities: ActivityQuerySet,
    *,
    order: Sequence[int],
    filters: Iterable[tuple[str, str]],
    received: UpdatesReceived | None,
    lines_seen: PlanningLineQuerySet,
    at: dt.datetime | None = None,
) -> Table:
    """One row for each of ``activities``, in ``order`` of their keys; cross-listed ones once."""
    now = at or timezone.now()
    updates = ActivityUpdate.objects.filter(activity__in=activities.values("pk"))
    # The last one of each activity stays.
    last = dict(updates.order_by("period__starts_on").values_list("activity", "period__code"))
    cited = Q(activities__in=activities) | Q(framed_activities__in=activities)
    lines = {line.pk: str(line) for line in lines_seen.filter(cited)}
    complete = activities.in_full().prefetch_related("also_under")
    rows = {row.pk: _row(row, last.get(row.pk, ""), lines) for row in complete}
    return Table(
        name=_("Activities"),
        columns=_columns(),
        rows=[rows[pk] for pk in order],
        about=_about(plan, len(order), filters=filters, received=received, at=now),
    )


def with_context(table: Table, plan: JointWorkPlan, *, at: dt.datetime | None = None) -> Table:
    """The table for a format of one sheet: each row says its mechanism, plan, year and moment."""
    context = (
        plan.mechanism.name,
        plan.title,
        plan.year_label,
        timezone.localtime(at or timezone.now(), plan.mechanism.zone).isoformat(timespec="minutes"),
    )
    heads = (_("Mechanism"), _("Plan"), _("Year"), _("As at"))
    return Table(table.name, [*heads, *table.columns], [[*context, *row] for row in table.rows])


def _columns() -> list[str]:
    return [
        _("Code"),
        _("Title"),
        _("Type of activity"),
        _("Joint priority"),
        _("CIDP programme"),
        _("ADP line"),
        _("Sector"),
        _("Intended result"),
        _("Also listed under"),
        _("Lead organisation"),
        _("Responsible post"),
        _("Co-implementers"),
        _("Places"),
        _("Target group"),
        _("Starts on"),
        _("Last day"),
        _("Budget"),
        _("Currency"),
        _("Assumptions and risks"),
        _("Status"),
        _("Reason of the status"),
        _("Percent complete"),
        _("Planned next step"),
        _("Last update for"),
        _("Origin"),
    ]


def _row(activity: Activity, last_period: str, lines: Mapping[int, str]) -> list[Any]:
    partners = activity.partners.all()
    return [
        activity.code,
        activity.title,
        str(activity.get_activity_type_display()),
        activity.joint_priority,
        lines.get(activity.cidp_line_id or 0, ""),
        lines.get(activity.adp_line_id or 0, ""),
        str(activity.sector or ""),
        str(activity.intended_result or ""),
        "; ".join(result.code for result in activity.also_under.all()),
        str(activity.lead),
        activity.responsible_post,
        "; ".join(f"{row.organisation} ({row.get_role_display()})" for row in partners),
        "; ".join(place.name for place in activity.places.all()),
        activity.target_group,
        activity.starts_on,
        activity.ends_on,
        activity.budget.major if activity.budget else None,
        activity.currency,
        activity.assumptions,
        activity.get_status_display(),
        activity.status_reason,
        activity.percent_complete,
        activity.next_step,
        last_period,
        activity.get_origin_display(),
    ]


def _about(
    plan: JointWorkPlan,
    count: int,
    *,
    filters: Iterable[tuple[str, str]],
    received: UpdatesReceived | None,
    at: dt.datetime,
) -> list[tuple[str, str]]:
    moment, spans = timezone.localtime(at, plan.mechanism.zone), span_in_words(plan)
    about = [
        (_("Mechanism"), plan.mechanism.name),
        (_("Plan"), plan.title),
        (_("Place"), str(plan.place)),
        *[(_("Time, %(calendar)s") % {"calendar": name}, span) for name, span in spans],
        (_("State"), plan.get_state_display()),
        (_("Published"), _("yes") if plan.is_published else _("no")),
        (_("As at"), date_format(moment, "DATETIME_FORMAT")),
        (_("Activities in this file"), str(count)),
        *filters,
    ]
    if received is not None:
        missing = [
            f"{organisation}: {', '.join(codes)}"
            for organisation, codes in received.missing.items()
        ]
        about += [
            (
                _("Progress updates for %(period)s") % {"period": received.period},
                _("%(received)d of %(due)d") % {"received": received.received, "due": received.due},
            ),
            (_("Updates missing"), "; ".join(missing) or _("none")),
        ]
    return about
