"""Who does what where as a table to take away: one row for each activity and place (R23)."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.models import Place
from coordination.services.spreadsheets import Table
from workplans.models.plan import ActivityQuerySet


def presence_table(
    place: Place, activities: ActivityQuerySet, *, at: dt.datetime | None = None
) -> Table:
    """The activities in the place, each once for every place of its own that lies there."""
    at = at or timezone.now()
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
            (_("As at"), date_format(timezone.localtime(at), "j M Y, H:i T")),
            (_("What it shows"), _("Presence, not need: an empty place is a possible gap.")),
        ),
    )  # fmt: skip
