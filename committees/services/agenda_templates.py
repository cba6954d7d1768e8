"""What every agenda begins and ends with, and the plans that are reviewed (B30)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from committees.models import AgendaItem, Body, Meeting, Seat, StakeholderGroup
from coordination.models import Organisation, User
from coordination.services.events import record

from .agenda import Kind, lock_agenda, number_items
from .attendance import bodies_of

# What every agenda begins and ends with.
TOP = (
    (Kind.OPENING, gettext_lazy("Opening and confirmation of the agenda")),
    (Kind.MINUTES, gettext_lazy("Previous minutes")),
    (Kind.MATTERS, gettext_lazy("Matters arising")),
)


# Bodies that review what their partners did of their work plans (B30).
REVIEWING = (Body.Kind.OPERATIONAL, Body.Kind.REVIEW)


BOTTOM = ((Kind.OTHER, gettext_lazy("Any other business")),)


@transaction.atomic
def use_template(meeting: Meeting, *, by: User, at: dt.datetime | None = None) -> int:
    """Add what every agenda has and this one lacks; return how many items.

    Where a body reviews its partners' work plans, each of them has an item too. Raises
    AgendaClosed.
    """
    meeting = lock_agenda(meeting)
    items = list(meeting.items.in_order())
    kinds = {item.kind for item in items}
    top = [_standard(meeting, kind, title) for kind, title in TOP if kind not in kinds]
    bottom = [_standard(meeting, kind, title) for kind, title in BOTTOM if kind not in kinds]
    reviews = [review_item(meeting, partner) for partner in partners_to_review(meeting)]
    for item in top + reviews + bottom:
        record("committees.agenda_item_added", item, by=by, at=at)
    ranks = {kind: rank for rank, (kind, _title) in enumerate(TOP)}
    opening = sorted(
        (item for item in [*top, *items] if item.kind in ranks),
        key=lambda item: ranks[Kind(item.kind)],
    )
    rest = [item for item in items if item.kind not in ranks]
    number_items(meeting, [item.pk for item in [*opening, *reviews, *rest, *bottom]])
    return len(top) + len(reviews) + len(bottom)


def _standard(meeting: Meeting, kind: Kind, title: object) -> AgendaItem:
    aim = AgendaItem.Aim.DISCUSS if kind != Kind.MINUTES else AgendaItem.Aim.DECIDE
    item = AgendaItem(body=meeting.body, meeting=meeting, kind=kind, title=str(title), aim=aim)
    item.full_clean()
    item.save()
    return item


def partners_to_review(meeting: Meeting) -> list[Organisation]:
    """Partners with a seat on a body that reviews plans, of which the agenda has no item yet."""
    bodies = [body for body in bodies_of(meeting) if body.kind in REVIEWING]
    day = meeting.day or timezone.localdate(timezone=meeting.zone)
    seats = Seat.objects.standing_on(day).filter(body__in=bodies, group=StakeholderGroup.PARTNER)
    listed = meeting.items.filter(kind=Kind.REVIEW).exclude(presented_by=None)
    partners = Organisation.objects.filter(pk__in=seats.values("organisation"))
    return list(partners.exclude(pk__in=listed.values("presented_by")).order_by("short_name"))


def review_item(meeting: Meeting, partner: Organisation) -> AgendaItem:
    """A new item under which the partner's plan and what was done of it are shown (B30)."""
    title = _("%(partner)s: what was done of its plan, and the plan to come")
    item = AgendaItem(
        body=meeting.body, meeting=meeting, kind=Kind.REVIEW, presented_by=partner,
        title=(title % {"partner": partner})[:200], aim=AgendaItem.Aim.DISCUSS,
    )  # fmt: skip
    item.full_clean()
    item.save()
    return item
