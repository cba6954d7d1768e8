"""Activities of a joint work plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Event, Organisation, Place, Sector, User
from coordination.services.events import changes_between, record
from coordination.services.refusals import EditedMeanwhile, Refusal
from workplans.models import (
    Activity,
    ActivityPartner,
    IntendedResult,
    JointWorkPlan,
    PlanningLine,
)
from workplans.services.overlaps import refresh_overlaps


class ActivityCodeTaken(Refusal):
    message = _("Another activity of this plan has this code.")


class LineOfAnotherMechanism(Refusal):
    message = _("This line stands in a planning document of another mechanism.")


class PlanIsClosed(Refusal):
    message = _("This plan is closed and no longer changes.")


class ActivityContent(TypedDict):
    """What the lead organisation says of an activity; its status comes by deeds and updates."""

    code: str
    title: str
    description: str
    activity_type: str
    joint_priority: str
    sector: Sector | None
    cidp_line: PlanningLine | None
    adp_line: PlanningLine | None
    intended_result: IntendedResult | None
    also_under: Iterable[IntendedResult]
    lead: Organisation
    responsible_post: str
    places: Iterable[Place]
    target_group: str
    starts_on: dt.date | None
    ends_on: dt.date | None
    budget_minor: int | None
    currency: str
    assumptions: str
    is_public: bool


Partners = Iterable[tuple[Organisation, str]]
_MANY = ("also_under", "places")


@transaction.atomic
def create_activity(
    plan: JointWorkPlan,
    *,
    by: User,
    partners: Partners = (),
    at: dt.datetime | None = None,
    **content: Unpack[ActivityContent],
) -> Activity:
    """A new line of the plan, as proposed. A form that was sent twice gives the same line again.

    Raises PlanIsClosed, LineOfAnotherMechanism or ActivityCodeTaken.
    """
    now = at or timezone.now()
    plan = lock_open_plan(plan)
    _guard_lines(plan, content)
    taken = Activity.objects.filter(plan=plan, code__iexact=content["code"]).first()
    if taken is not None:
        return _same_deed(taken, by=by, title=content["title"])
    activity = Activity(plan=plan, **_columns(content))
    activity.full_clean()
    activity.save()
    _set_relations(activity, content, partners)
    record("workplans.activity_created", activity, by=by, at=now)
    refresh_overlaps(activity, by=by, at=now)
    return activity


@transaction.atomic
def edit_activity(
    activity: Activity,
    *,
    by: User,
    seen_version: int,
    partners: Partners = (),
    at: dt.datetime | None = None,
    **content: Unpack[ActivityContent],
) -> Activity:
    """The activity with its new content.

    Raises PlanIsClosed, LineOfAnotherMechanism, ActivityCodeTaken, or EditedMeanwhile when it is no
    longer the version that ``by`` saw.
    """
    now = at or timezone.now()
    plan = lock_open_plan(activity.plan)
    _guard_lines(plan, content)
    activity = Activity.objects.select_for_update().get(pk=activity.pk)
    if activity.version != seen_version:
        raise EditedMeanwhile
    others = Activity.objects.filter(plan=plan, code__iexact=content["code"]).exclude(
        pk=activity.pk
    )
    if others.exists():
        raise ActivityCodeTaken
    before = activity_in_words(activity)
    columns = _columns(content)
    for name, value in columns.items():
        setattr(activity, name, value)
    activity.full_clean()
    activity.version = F("version") + 1
    activity.save(update_fields=[*columns, "version"])
    activity.refresh_from_db()
    _set_relations(activity, content, partners)
    changes = changes_between(before, activity_in_words(activity))
    record("workplans.activity_edited", activity, by=by, changes=changes, at=now)
    refresh_overlaps(activity, by=by, at=now)
    return activity


def activity_in_words(activity: Activity) -> dict[str, Any]:
    """Its content as people read it, for the record and for two versions side by side."""
    return {
        "code": activity.code,
        "title": activity.title,
        "description": activity.description,
        "activity_type": str(activity.get_activity_type_display()),
        "joint_priority": activity.joint_priority,
        "sector": str(activity.sector or ""),
        "cidp_line": str(activity.cidp_line or ""),
        "adp_line": str(activity.adp_line or ""),
        "intended_result": str(activity.intended_result or ""),
        "also_under": sorted(str(result) for result in activity.also_under.all()),
        "lead": str(activity.lead),
        "responsible_post": activity.responsible_post,
        "places": sorted(str(place) for place in activity.places.all()),
        "target_group": activity.target_group,
        "starts_on": activity.starts_on,
        "ends_on": activity.ends_on,
        "budget": str(activity.budget or ""),
        "assumptions": activity.assumptions,
        "is_public": activity.is_public,
        "partners": sorted(
            str(partner) for partner in activity.partners.select_related("organisation")
        ),
    }


def lock_open_plan(plan: JointWorkPlan) -> JointWorkPlan:
    """The plan as it stands now, held; raises PlanIsClosed."""
    rows = JointWorkPlan.objects.select_related("mechanism", "place")
    plan = rows.select_for_update(of=("self",)).get(pk=plan.pk)
    if plan.is_over:
        raise PlanIsClosed
    return plan


def _guard_lines(plan: JointWorkPlan, content: Mapping[str, Any]) -> None:
    for name in ("cidp_line", "adp_line"):
        line = content.get(name)
        if line is not None and line.document.mechanism_id != plan.mechanism_id:
            raise LineOfAnotherMechanism


def _same_deed(taken: Activity, *, by: User, title: str) -> Activity:
    """The activity that has the code, when ``by`` has just created it by the same form."""
    creations = Event.objects.about(taken).filter(verb="workplans.activity_created", by=by)
    if taken.version == 1 and taken.title == title and creations.exists():
        return taken
    raise ActivityCodeTaken


def _columns(content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in _MANY}


def _set_relations(activity: Activity, content: ActivityContent, partners: Partners) -> None:
    activity.places.set(content["places"])
    home = activity.intended_result
    activity.also_under.set([result for result in content["also_under"] if result != home])
    wanted = {(organisation.pk, role) for organisation, role in partners}
    for partner in activity.partners.all():
        if (partner.organisation_id, partner.role) in wanted:
            wanted.remove((partner.organisation_id, partner.role))
        else:
            partner.delete()
    ActivityPartner.objects.bulk_create(
        ActivityPartner(activity=activity, organisation_id=organisation, role=role)
        for organisation, role in sorted(wanted)
    )
