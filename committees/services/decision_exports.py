"""The register of decisions as a table to take away: one row each, and what it holds (R23)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from committees.models import Decision
from committees.models.decision import DecisionQuerySet
from coordination.models import Mechanism
from coordination.services.spreadsheets import Table


def decisions_table(
    mechanism: Mechanism,
    decisions: DecisionQuerySet,
    *,
    filters: Iterable[tuple[str, str]],
    at: dt.datetime | None = None,
) -> Table:
    """One row for each decision, the newest first."""
    rows = decisions.in_full().prefetch_related("binding_on", "votes")
    return Table(
        name=_("Decisions"),
        columns=[
            _("Number"), _("Body"), _("Taken on"), _("Meeting"), _("Item"),
            _("Decision"), _("Type"), _("Basis"), _("For"), _("Against"), _("Abstained"),
            _("Binding on"), _("Effective on"), _("Replaces"), _("Replaced by"),
            _("To be ratified"), _("Ratified by"), _("Number on paper"), _("Origin"),
        ],
        rows=[_row(decision) for decision in rows],
        about=_about(mechanism, filters, at or timezone.now()),
    )  # fmt: skip


def standing_of(decision: Decision) -> tuple[str, str]:
    """Its code and words: in force, to be ratified, or replaced."""
    if not all(later.awaits_ratification for later in decision.superseded_by.all()):
        return "superseded", _("Replaced")
    if decision.awaits_ratification:
        return "to_be_ratified", _("To be ratified")
    return "in_force", _("In force")


def _row(decision: Decision) -> list[Any]:
    votes = [vote.choice for vote in decision.votes.all()]
    counts = [votes.count(choice) for choice in ("for", "against", "abstained")]
    later = [one for one in decision.superseded_by.all() if not one.awaits_ratification]
    return [
        decision.reference,
        decision.body.name,
        decision.taken_on,
        str(decision.meeting),
        decision.item.title if decision.item else "",
        decision.text,
        str(decision.get_type_display()),
        str(decision.get_basis_display()),
        *(counts if votes else (None, None, None)),
        ", ".join(sorted(str(one) for one in decision.binding_on.all())),
        decision.effective_on,
        str(decision.supersedes or ""),
        ", ".join(str(one) for one in later),
        _("yes") if standing_of(decision)[0] == "to_be_ratified" else "",
        str(decision.ratified_by or ""),
        decision.paper_number,
        str(decision.get_origin_display()),
    ]


def _about(
    mechanism: Mechanism, filters: Iterable[tuple[str, str]], at: dt.datetime
) -> list[tuple[str, str]]:
    now = timezone.localtime(at, mechanism.zone)
    return [
        (_("Mechanism"), mechanism.name),
        (_("As at"), f"{date_format(now)}, {date_format(now, 'H:i')} {mechanism.time_zone}"),
        *filters,
    ]
