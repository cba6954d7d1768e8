"""What a report says besides figures: activities, photographs, awards, places, reports received.

Only what is public enters: published plans, activities that are not internal (R24).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.models import Award, Money, Organisation, Period, Place, every_period
from coordination.services.files import small_path
from coordination.services.storage import digest_of
from coordination.services.support import support_given
from reporting.models import Report
from reporting.services.completeness import Reporter, completeness_of
from reporting.services.verified import verified_of
from reporting.services.words import day_text, moment_text, span_text
from workplans.models import (
    Activity,
    ActivityPartner,
    ActivityUpdate,
    IndicatorVersion,
    Stream,
    UpdateEvidence,
    code_order,
)
from workplans.services.rounding import display_money

logger = logging.getLogger(__name__)

Status, Role = Activity.Status, ActivityPartner.Role
PHOTOGRAPHS = 12
SMALL_PICTURE_TYPE = "image/jpeg"
Row = dict[str, Any]


@dataclass(frozen=True)
class Work:
    """The activities of a report, each with its updates up to the period, the newest last."""

    report: Report
    activities: list[Activity]
    updates: dict[int, list[ActivityUpdate]]
    before: Period | None

    @classmethod
    def of(cls, report: Report) -> Work:
        """Activities of the published plans that cover the period, in the order of their codes."""
        period = report.period
        # Hundreds of activities share a few plans, organisations and result areas: each of those is
        # made once. Places and partners are read into lists, for every look at them would make a
        # manager, a thousand times a report.
        partners = ActivityPartner.objects.prefetch_related("organisation")
        activities = Activity.objects.prefetch_related(
            *("plan", "sector", "lead", "intended_result"),
            Prefetch("places", to_attr="where"),
            Prefetch("partners", partners, to_attr="with_whom"),
        ).filter(
            is_public=True,
            plan__mechanism=report.mechanism,
            plan__is_published=True,
            plan__starts_on__lt=period.ends_before,
            plan__ends_before__gt=period.starts_on,
        )
        if report.place:
            activities = activities.within(report.place)
        listed = sorted(
            activities.order_by("pk"),
            key=lambda each: (each.plan.title, each.plan_id, code_order(each.code)),
        )
        before = Period.objects.filter(ends_before=period.starts_on).first()
        updates: dict[int, list[ActivityUpdate]] = defaultdict(list)
        periods = {each.pk: each for each in every_period()}
        for row in ActivityUpdate.objects.filter(
            activity__in=listed, period__ends_before__lte=period.ends_before
        ).order_by("period__starts_on"):
            row.period = periods[row.period_id]
            updates[row.activity_id].append(row)
        return cls(report, listed, updates, before)

    @cached_property
    def paths(self) -> dict[int, list[str]]:
        """Where each activity lies; read once, for each place of the report asks for it."""
        return {
            activity.pk: [place.path for place in where(activity)] for activity in self.activities
        }

    def update(self, activity: Activity, period: Period | None) -> ActivityUpdate | None:
        """What its lead said of the very period."""
        told = self.updates[activity.pk]
        return next((row for row in told if period and row.period_id == period.pk), None)

    def standing(self, activity: Activity) -> Row:
        """Its status as at the end of the period; with the day, where that was told for an earlier.

        By the last update; by a deed such as cancelling, where that was the last word in the
        period. An activity of which nothing had been told yet was planned.
        """
        if self.moved_last(activity):
            status = _status(activity.status)
            reason, percent = activity.status_reason, activity.percent_complete
            return {"status": status, "as_of": "", "reason": reason, "percent": percent}
        if not self.updates[activity.pk]:
            planned = _status(Activity.Status.PLANNED)
            return {"status": planned, "as_of": "", "reason": "", "percent": None}
        newest = self.updates[activity.pk][-1]
        is_carried = newest.period_id != self.report.period_id
        return {
            "status": _status(newest.status),
            "as_of": day_text(newest.period.ends_on) if is_carried else "",
            "reason": newest.status_reason,
            "percent": newest.percent_complete,
        }

    def moved_last(self, activity: Activity) -> bool:
        """Whether it came into its status by a deed in or before the period, after all updates."""
        if activity.moved_at is None:
            return False
        moved_on = timezone.localdate(activity.moved_at, self.report.mechanism.zone)
        if moved_on >= self.report.period.ends_before:
            return False
        told = self.updates[activity.pk]
        return not told or told[-1].at < activity.moved_at

    def row(self, activity: Activity) -> Row:
        """An activity as at the end of the period, whatever has been told of it since (R21)."""
        told = self.update(activity, self.report.period)
        earlier = self.update(activity, self.before)
        return {
            "code": activity.code,
            "title": activity.title,
            "sector": str(activity.sector or ""),
            "result_area": str(activity.intended_result or ""),
            "lead": str(activity.lead),
            "partners": [
                {"organisation": str(each.organisation), "role": str(Role(each.role).label)}
                for each in activity.with_whom  # type: ignore[attr-defined]  # to_attr
            ],
            "places": [str(place) for place in where(activity)],
            "dates": span_text(activity.starts_on, activity.ends_on),
            **self.standing(activity),
            "narrative": told.narrative if told else "",
            "planned": earlier.next_step if earlier else "",
            "next_step": told.next_step if told else "",
            "illustrative": activity.is_illustrative,
        }

    def tables(self) -> dict[str, list[Row]]:
        """Every table that is made of activities, by its code."""
        rows = {activity.pk: self.row(activity) for activity in self.activities}
        plans: dict[int, Row] = {}
        for activity in self.activities:
            plan = plans.setdefault(activity.plan_id, {"plan": activity.plan.title, "rows": []})
            plan["rows"].append(rows[activity.pk])
        return {
            "activities": list(plans.values()),
            "joint_activities": [row for row in rows.values() if row["partners"]],
            "next_steps": [row for row in rows.values() if row["planned"] or row["next_step"]],
            "photographs": self.photographs(),
            "coverage": self.coverage(),
        }

    def photographs(self) -> list[Row]:
        """The small versions of the period's pictures, by hash; the first dozen."""
        evidence = (
            UpdateEvidence.objects.filter(
                update__activity__in=self.activities,
                update__period=self.report.period,
                file__media_type__startswith="image/",
            )
            .select_related("file", "update__activity__lead")
            .order_by("update__activity__code", "pk")
        )
        rows = []
        for each in evidence[:PHOTOGRAPHS]:
            path = small_path(each.file.path)
            sha256 = digest_of(path)
            if sha256 != each.file.small_sha256:
                logger.warning("Photograph %s is lost or damaged and is left out.", each.pk)
                continue
            activity = each.update.activity
            credit = [activity.code, str(activity.lead), day_text(each.taken_on)]
            rows.append({
                "sha256": sha256,
                "path": path,
                "media_type": SMALL_PICTURE_TYPE,
                "caption": each.caption,
                "credit": " · ".join(filter(None, credit)),
            })  # fmt: skip
        return rows

    def coverage(self) -> list[Row]:
        """The report's places and where in them work goes on, with their official codes.

        Of each: how many activities lie there or below, and whose reports.
        """
        period = self.report.period
        # The database would look through the streams of all mechanisms for those of these.
        versions = IndicatorVersion.objects.filter(indicator__mechanism=self.report.mechanism)
        streams = Stream.objects.filter(version__in=list(versions.values_list("pk", flat=True)))
        reporting = set(
            streams.running_for(period).values_list("place__path", "organisation__short_name")
        )
        return [
            {
                "name": place.name,
                "level": place.level.name,
                "code": place.code,
                "activities": sum(
                    any(place.has_at(path) for path in paths) for paths in self.paths.values()
                ),
                "organisations": sorted({name for path, name in reporting if place.has_at(path)}),
            }
            for place in self.places({path for path, _name in reporting})
        ]

    def places(self, reporting: set[str]) -> list[Place]:
        """The report's places, each followed by its parts with an activity or a reporter."""
        covered = places_of(self.report)
        worked = {path for paths in self.paths.values() for path in paths}
        parts = Place.objects.filter(path__in=worked | reporting).select_related("level")
        inside = [part for part in parts if any(place.contains(part) for place in covered)]
        return sorted({*covered, *inside}, key=lambda place: place.path.split("/"))


def where(activity: Activity) -> list[Place]:
    """The places of an activity that was read with them."""
    places: list[Place] = activity.where  # type: ignore[attr-defined]  # to_attr
    return places


def places_of(report: Report) -> list[Place]:
    """The place of the report, or those that the mechanism covers."""
    if report.place:
        return [report.place]
    return list(report.mechanism.places.select_related("level").order_by("name"))


def award_rows(report: Report) -> list[Row]:
    """The mechanism's awards, each in its own currency (R10)."""
    awards = (
        report.mechanism.awards.select_related("donor", "prime")
        .prefetch_related("subs")
        .order_by("title", "pk")
    )
    return [
        {
            "number": award.number,
            "title": award.title,
            "donor": str(award.donor),
            "prime": str(award.prime),
            "subs": sorted(str(sub) for sub in award.subs.all()),
            "representative": award.representative_post,
            "alternate": award.alternate_post,
            "dates": f"{award.begins} – {award.ends}" if award.begins or award.ends else "",
            "total": _total_of(award),
            "illustrative": award.is_illustrative,
        }
        for award in awards
    ]


def completeness_rows(report: Report, *, at: dt.datetime) -> Row:
    """Received n of m, with everyone named (R5)."""
    completeness = completeness_of(report.mechanism, report.period, place=report.place, at=at)
    return {
        **completeness.as_row(),
        "rows": [_reporter_row(each, report) for each in completeness.reporters],
        "values": verified_of(report.mechanism, report.period, place=report.place).as_row(),
    }


def support_rows(report: Report) -> Row:
    """What the backbone gave, by function and organisation (P7); {} where nothing was.

    It serves the whole mechanism, so that a place's report is without it. The log's own words
    are for those who take part, and stay out (R24).
    """
    given = None if report.place else support_given(report.mechanism, report.period)
    if not given:
        return {}
    return {
        "backbones": [str(each) for each in given.backbones],
        "times": sum(row.times for row in given.rows),
        "illustrative": any(row.is_illustrative for row in given.rows),
        "rows": [
            {
                "function": row.function,
                "times": row.times,
                "organisations": [
                    {"organisation": str(organisation or _("all of them")), "times": number}
                    for organisation, number in row.organisations
                ],
            }
            for row in given.rows
        ],
    }


def acronyms_of(report: Report) -> list[dict[str, str]]:
    """Short and full name of every organisation that the report may name."""
    mechanism = report.mechanism
    # Each of these is asked for apart: joined to one another they would multiply.
    awards = mechanism.awards.all()
    named = Organisation.objects.filter(
        Q(pk__in=mechanism.memberships.values("organisation"))
        | Q(pk__in=Stream.objects.of_mechanism(mechanism).values("organisation"))
        | Q(pk__in=awards.values("donor"))
        | Q(pk__in=awards.values("prime"))
        | Q(pk__in=awards.values("subs"))
        | Q(pk__in=mechanism.conveners.values("pk"))
        | Q(pk=mechanism.backbone_id)
    )
    names = set(named.values_list("short_name", "name"))
    names.add((mechanism.short_name, mechanism.name))
    return [{"short": short, "name": name} for short, name in sorted(names) if short != name]


def _reporter_row(reporter: Reporter, report: Report) -> Row:
    obligation = reporter.obligation
    submitted = obligation.first_submitted_at if obligation else None
    return {
        "organisation": str(reporter.organisation),
        "status": {"code": reporter.reception.value, "text": str(reporter.reception.label)},
        "due": day_text(reporter.last_day),
        "submitted": moment_text(submitted, report.mechanism) if submitted else "",
        "note": reporter.reason,
    }


def _status(code: str) -> dict[str, str]:
    """A status as rows tell it. Django would go through all choices for the label of each."""
    status = Activity.Status(code)
    return {"code": status.value, "text": str(status.label)}


def _total_of(award: Award) -> str:
    if award.total_minor is None:
        return ""
    return display_money(Money(award.total_minor, award.currency))
