"""Who does what where as a table to take away: one row for each activity and place (R23)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.models import Mechanism, Period, Place, Visitor
from coordination.services.spreadsheets import Table
from reporting.permissions import can_see_figures
from workplans.models.activity import ActivityQuerySet

from .completeness import completeness_of
from .place_figures import mechanisms_of, newest_editions
from .result_tables import latest_period
from .words import moment_text, period_labels, period_text

Fact = tuple[str, str]


def presence_table(
    place: Place, activities: ActivityQuerySet, visitor: Visitor, *, at: dt.datetime | None = None
) -> Table:
    """The activities in the place, each once for every place of its own that lies there.

    How complete the reports on the place are, is told as far as the visitor may know it.
    """
    at = at or timezone.now()
    mechanisms = mechanisms_of(place, visitor)
    rows = [
        (
            activity.lead.name,
            "; ".join(
                f"{partner.organisation} ({partner.get_role_display()})"
                for partner in activity.partners.all()
            ),
            activity.sector.name if activity.sector else None,
            activity.code,
            activity.title,
            where.name,
            where.path,
            where.code,
            activity.starts_on,
            activity.ends_on,
            activity.get_status_display(),
            activity.plan.mechanism.name,
            activity.plan.title,
            activity.get_origin_display(),
        )
        for activity in activities.in_full().order_by("sector__name", "lead__short_name", "code")
        for where in activity.places.all()
        if place.contains(where)
    ]
    return Table(
        _("Who does what where"),
        (
            _("Organisation"), _("Co-implementers"), _("Sector"), _("Code"), _("Activity"),
            _("Place"), _("Address of the place"), _("Official code"), _("Starts on"),
            _("Last day"), _("Status"), _("Mechanism"), _("Plan"), _("Origin"),
        ),
        rows,
        about=(
            (_("Place"), place.name),
            (_("Rows"), str(len(rows))),
            (_("As at"), _moment(at, mechanisms)),
            (_("What it shows"), _("Presence, not need: an empty place is a possible gap.")),
            *(
                fact
                for mechanism in mechanisms
                for fact in about_mechanism(mechanism, place, visitor, at=at)
            ),
        ),
    )  # fmt: skip


def about_mechanism(
    mechanism: Mechanism, place: Place, visitor: Visitor, *, at: dt.datetime
) -> Iterator[Fact]:
    """Its newest quarter in every fiscal label, and whose reports came: published, or to insiders.

    Until a report is published, only those who take part know who reported (R24).
    """
    yield _("Mechanism"), mechanism.name
    if can_see_figures(visitor, mechanism):
        period = latest_period(mechanism, at=at)
        if period is None:
            yield _("Status"), _("Nothing is reported yet.")
            return
        completeness = completeness_of(mechanism, period, place=place, at=at)
        yield from _about_period(mechanism, period)
        yield _("Status"), _("Working figures, not published")
        yield from _received(completeness.received, completeness.due, completeness.missing)
        return
    edition = newest_editions(place, [mechanism], visitor).first()
    if edition is None:
        yield _("Status"), _("No report is published yet.")
        return
    told = edition.contents["completeness"]
    yield from _about_period(mechanism, edition.report.period)
    yield _("Status"), _("Published: %(edition)s") % {"edition": edition}
    yield from _received(told["received"], told["due"], told["missing"])


def _about_period(mechanism: Mechanism, period: Period) -> Iterator[Fact]:
    yield _("Period"), period_text(period)
    for label in period_labels(mechanism, period):
        yield _("Fiscal label"), f"{label['text']} ({label['calendar']})"


def _received(received: int, due: int, missing: Iterable[object]) -> Iterator[Fact]:
    numbers = {"received": received, "due": due}
    yield _("Reports received"), _("%(received)s of %(due)s") % numbers
    yield _("Missing"), ", ".join(map(str, missing))


def _moment(at: dt.datetime, mechanisms: list[Mechanism]) -> str:
    """The moment in the zone of the place's mechanisms; without any, in the portal's."""
    if mechanisms:
        return moment_text(at, mechanisms[0])
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")
