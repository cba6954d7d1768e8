"""A body is proposed, edited, renamed, and moved through its life (domain 1.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from committees.models import (
    Appointment,
    Body,
    BodyAlias,
    Meeting,
    QuorumGroup,
    Seat,
    StakeholderGroup,
)
from coordination.models import Event, Mechanism, Place, PlaceLevel, Sector, User
from coordination.services.events import changes_between, guard_seen, record
from coordination.services.refusals import DayToCome, EditedMeanwhile, Refusal

State = Body.State

# What its secretary records. The others follow from terms of reference and from notifications.
MOVED_BY_HAND = (State.CONFIGURED, State.MEETING, State.SUSPENDED, State.DISSOLVED)
STATE_FIELDS = ("state", "state_reason", "configured_on", "notified_by", "notified_on")
NEEDS_REASON = (State.SUSPENDED, State.DISSOLVED)
NEXT_DEEDS = {
    State.PROPOSED: _("The secretariat or the body’s secretary drafts its terms of reference."),
    State.DRAFTED: _("The chair of the body above tables the terms of reference at a meeting."),
    State.TABLED: _("The issuing authority notifies it; the secretariat records the notification."),
    State.NOTIFIED: _("Its secretary fills the mandatory seats and marks it as configured."),
    State.CONFIGURED: _("It holds its first meeting."),
    State.SUSPENDED: _("Once the reason is over, its secretary takes it up again."),
}


class BodyAddressTaken(Refusal):
    message = _("Another body of this mechanism has this address, or had it: its links still work.")


class BodyDissolved(Refusal):
    message = _("This body is dissolved: nothing of it changes any more.")


class BodyUnderItself(Refusal):
    message = _("A body cannot stand under itself, nor report to a body that answers to it.")


class BodyNotMovable(Refusal):
    """Says what has become of the body, and that it does not go on from there as asked."""

    def __init__(self, body: Body, to: str) -> None:
        said = _("This body is “%(now)s”; from there it does not become “%(next)s”.")
        labels = {"now": body.get_state_display(), "next": State(to).label}
        super().__init__(said % labels)


class ReasonMissing(Refusal):
    message = _("Say why.")


class SeatsMissing(Refusal):
    message = _(
        "Enter the body’s seats first: it is configured when its mandatory ones are filled."
    )


class SeatsVacant(Refusal):
    """Names the mandatory seats that nobody holds."""

    def __init__(self, seats: Iterable[Seat]) -> None:
        said = _("Mandatory seats are vacant: %(seats)s.")
        super().__init__(
            said % {"seats": get_text_list([str(seat) for seat in seats], gettext("and"))}
        )


class LevelInUse(Refusal):
    message = _("It has reviews or grants of these places on record: the choice stands.")


class BodyHasNotMet(Refusal):
    message = _("It has held no meeting yet. It is “Meeting” once its first one is on record.")


class BodyContent(TypedDict):
    """What is told of a body; ``quorum_groups`` says how many of each group a quorum needs."""

    name: str
    short_name: str
    slug: str
    kind: str
    parent: Body | None
    reports_to: Body | None
    place: Place | None
    sectors: Iterable[Sector]
    purpose: str
    duties: str
    chair_post: str
    composition: str
    is_standing: bool
    established_on: dt.date | None
    frequency: str
    interval: int | None
    interval_unit: str
    quorum_seats: int | None
    quorum_percent: int | None
    quorum_of_voting: bool
    reviews_level: PlaceLevel | None
    quorum_groups: Mapping[str, int]


APART = ("sectors", "quorum_groups")


@transaction.atomic
def create_body(
    mechanism: Mechanism,
    *,
    by: User,
    at: dt.datetime | None = None,
    **content: Unpack[BodyContent],
) -> Body:
    """A new body, proposed. A form that was sent twice gives it again.

    Raises BodyAddressTaken.
    """
    now = at or timezone.now()
    mechanism = _lock_bodies(mechanism.pk)
    taken = Body.objects.filter(mechanism=mechanism, slug=content["slug"]).first()
    if taken is not None and _is_same_deed(taken, by=by, name=content["name"]):
        return taken
    last = mechanism.bodies.aggregate(last=Max("position"))["last"] or 0
    body = Body(mechanism=mechanism, state=State.PROPOSED, position=last + 1, **_columns(content))
    _guard_address(body)
    body.full_clean()
    body.save()
    _set_apart(body, content)
    changes = changes_between({}, body_in_words(body))
    record("committees.body_proposed", body, by=by, changes=changes, at=now)
    return body


@transaction.atomic
def edit_body(
    body: Body,
    *,
    by: User,
    seen_version: int,
    at: dt.datetime | None = None,
    **content: Unpack[BodyContent],
) -> Body:
    """The body as edited; a name or address that it bore before still leads to it.

    Raises BodyDissolved, BodyAddressTaken, BodyUnderItself, LevelInUse, or EditedMeanwhile when it
    is no longer the version that ``by`` saw.
    """
    now = at or timezone.now()
    mechanism = _lock_bodies(body.mechanism_id)
    body = lock_body(body)
    if body.state == State.DISSOLVED:
        raise BodyDissolved
    if body.version != seen_version:
        raise EditedMeanwhile
    if content["reviews_level"] != body.reviews_level and _has_reviewed(body):
        raise LevelInUse
    before, former = body_in_words(body), (body.slug, body.name, body.short_name)
    columns = _columns(content)
    for name, value in columns.items():
        setattr(body, name, value)
    _guard_line(body)
    _guard_address(body)
    body.full_clean()
    body.version += 1
    body.save(update_fields=[*columns, "version"])
    _set_apart(body, content)
    if (body.slug, body.name, body.short_name) != former:
        _keep_alias(body, former, until=mechanism.today(now))
    changes = changes_between(before, body_in_words(body))
    record("committees.body_edited", body, by=by, changes=changes, at=now)
    return body


@transaction.atomic
def move_body(
    body: Body,
    *,
    by: User,
    to: str,
    on: dt.date,
    reason: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Body:
    """Record that the body came to a state on a day, and return it.

    Configured needs every mandatory seat filled, meeting a meeting held, suspended and dissolved a
    reason (domain 1.2). Raises BodyNotMovable, DoneMeanwhile after what was ``seen``, DayToCome,
    ReasonMissing, SeatsMissing, SeatsVacant or BodyHasNotMet.
    """
    now, reason = at or timezone.now(), reason.strip()
    body = lock_body(body)
    if to not in moves_of(body):
        raise BodyNotMovable(body, to)
    guard_seen(body, seen=seen)
    if on > body.mechanism.today(now):
        raise DayToCome
    if to in NEEDS_REASON and not reason:
        raise ReasonMissing
    if to == State.CONFIGURED:
        _guard_seats(body, on=on)
        body.configured_on = body.configured_on or on
    has_met = Meeting.objects.of(body).counted().exists()
    if to == State.MEETING and not has_met:
        raise BodyHasNotMet
    was_notified = body.state == State.NOTIFIED
    body = put_in_state(body, to, by=by, on=on, reason=reason, at=now)
    # One that met before its seats were filled does not wait for a first meeting.
    return begin_meetings(body, by=by, on=on, at=now) if was_notified and has_met else body


@transaction.atomic
def begin_meetings(
    body: Body, *, by: User | None, on: dt.date, at: dt.datetime | None = None
) -> Body:
    """Move a body that was waiting for its first meeting to “Meeting”: it was held ``on`` the day.

    For the services that close and record meetings. Nothing happens to a body in any other state:
    one that is not configured has met all the same, and its mandatory seats are still to be filled.
    """
    body = lock_body(body)
    if body.state != State.CONFIGURED:
        return body
    return put_in_state(body, State.MEETING, by=by, on=on, at=at or timezone.now())


def begin_after(meeting: Meeting, bodies: Iterable[Body], *, by: User, at: dt.datetime) -> None:
    """Begin the meetings of the bodies that held the meeting, where it was one in due form."""
    if meeting.is_counted and meeting.held_on:
        for body in bodies:
            begin_meetings(body, by=by, on=meeting.held_on, at=at)


def put_in_state(
    body: Body, to: str, *, by: User | None, on: dt.date, at: dt.datetime, reason: str = ""
) -> Body:
    """Write the state of a locked body, and the record of it; the reason goes with the state."""
    changes: dict[str, list[Any]] = {
        "state": [str(body.get_state_display()), str(State(to).label)],
        "on": [None, on],
    }
    body.state, body.state_reason = to, reason
    body.full_clean()
    body.save(update_fields=STATE_FIELDS)
    record("committees.body_moved", body, by=by, changes=changes, note=reason, at=at)
    return body


def moves_of(body: Body) -> tuple[Body.State, ...]:
    """The states to which its secretary can move it now."""
    resumed = (State.NOTIFIED,) if body.state == State.SUSPENDED else ()
    return tuple(state for state in body.next_states if state in MOVED_BY_HAND + resumed)


def what_comes_next(body: Body) -> str:
    """Whose turn it is, and for what (domain 1.2); "" when nothing comes next."""
    return str(NEXT_DEEDS.get(State(body.state), ""))


def vacant_seats(body: Body, *, on: dt.date) -> QuerySet[Seat]:
    """The mandatory seats that nobody holds on the day; one ex officio is never vacant."""
    held = Appointment.objects.held(on=on).filter(is_alternate=False)
    seats = body.seats.standing_on(on).filter(is_mandatory=True, is_ex_officio=False)
    return seats.exclude(pk__in=held.values("seat")).in_order()


def body_in_words(body: Body) -> dict[str, Any]:
    """What is told of it as people read it, for the record."""
    groups = body.quorum_groups.order_by("group")
    return {
        "name": body.name,
        "short_name": body.short_name,
        "slug": body.slug,
        "kind": str(body.get_kind_display()),
        "parent": str(body.parent) if body.parent else None,
        "reports_to": str(body.reports_to) if body.reports_to else None,
        "place": str(body.place) if body.place else None,
        "sectors": sorted(str(sector) for sector in body.sectors.all()),
        "purpose": body.purpose,
        "duties": body.duties,
        "chair_post": body.chair_post,
        "composition": body.composition,
        "is_standing": body.is_standing,
        "established_on": body.established_on,
        "frequency": body.frequency,
        "interval": f"{body.interval} {body.interval_unit}" if body.interval else None,
        "quorum": _quorum_in_figures(body, [f"{row.group} {row.minimum}" for row in groups]),
        "reviews_level": body.reviews_level.plural if body.reviews_level else None,
    }


def possible_above(mechanism: Mechanism, body: Body | None) -> QuerySet[Body]:
    """The bodies that may stand above a new one, or above ``body``: none that answers to it.

    Those above it now are among them whatever has become of them: who edits it changes only what
    that person means to.
    """
    found = Body.objects.filter(mechanism=mechanism).exclude(state=State.DISSOLVED)
    if body is None:
        return found.in_order()
    for above in _ways_up(body):
        found = found.exclude(pk__in=[key for key in above if body.pk in _reached(above, key)])
    now = Body.objects.filter(pk__in=[body.parent_id or 0, body.reports_to_id or 0])
    return (found | now).in_order()


def lock_body(body: Body) -> Body:
    """The body as it stands, held until the deed is done."""
    rows = Body.objects.select_related(
        "mechanism", "parent", "reports_to", "place", "reviews_level"
    )
    return rows.select_for_update(of=("self",), no_key=True).get(pk=body.pk)


def lock_bodies(bodies: Iterable[Body]) -> list[Body]:
    """The bodies as they stand, in the order of their keys, so that no two deeds wait crosswise."""
    rows = Body.objects.filter(pk__in=[body.pk for body in bodies]).select_related("mechanism")
    return list(rows.order_by("pk").select_for_update(of=("self",), no_key=True))


def _lock_bodies(mechanism: int) -> Mechanism:
    """Held while the tree of a mechanism changes: two moves at once could close a ring."""
    return Mechanism.objects.select_for_update(no_key=True).get(pk=mechanism)


def _columns(content: BodyContent) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in APART}


def _set_apart(body: Body, content: BodyContent) -> None:
    body.sectors.set(content["sectors"])
    wanted = {group: least for group, least in content["quorum_groups"].items() if least}
    body.quorum_groups.exclude(group__in=wanted).delete()
    for group, least in wanted.items():
        QuorumGroup.objects.update_or_create(
            body=body, group=StakeholderGroup(group), defaults={"minimum": least}
        )


def _guard_line(body: Body) -> None:
    """The bodies above it, as they stand under the lock, do not lead back to it."""
    for above in _ways_up(body):
        key = above[body.pk]
        if key is not None and body.pk in _reached(above, key):
            raise BodyUnderItself


def _ways_up(body: Body) -> list[dict[int, int | None]]:
    """The body above each one: by the tree, and by the line on which issues go up."""
    rows = Body.objects.filter(mechanism=body.mechanism_id).exclude(pk=body.pk)
    lines = {key: line for key, *line in rows.values_list("pk", "parent", "reports_to")}
    lines[body.pk] = [body.parent_id, body.reports_to_id]
    by_tree = {key: line[0] for key, line in lines.items()}
    return [by_tree, {key: line[1] or line[0] for key, line in lines.items()}]


def _reached(above: Mapping[int, int | None], key: int | None) -> set[int]:
    """The body of the key and all those above it; a ring is walked once."""
    passed = set[int]()
    while key is not None and key not in passed:
        passed.add(key)
        key = above.get(key)
    return passed


def _guard_address(body: Body) -> None:
    others = Body.objects.filter(mechanism=body.mechanism_id, slug=body.slug).exclude(pk=body.pk)
    former = BodyAlias.objects.filter(mechanism=body.mechanism_id, slug=body.slug)
    if others.exists() or former.exclude(body=body.pk).exists():
        raise BodyAddressTaken


def _guard_seats(body: Body, *, on: dt.date) -> None:
    if not body.seats.standing_on(on).exists():
        raise SeatsMissing
    if vacant := list(vacant_seats(body, on=on)):
        raise SeatsVacant(vacant)


def _has_reviewed(body: Body) -> bool:
    return body.performance_reviews.exists() or body.grants.exists()


def _is_same_deed(taken: Body, *, by: User, name: str) -> bool:
    """Whether ``by`` has just proposed it by the same form."""
    proposals = Event.objects.about(taken).filter(verb="committees.body_proposed", by=by)
    return taken.version == 1 and taken.name == name and proposals.exists()


def _keep_alias(body: Body, former: tuple[str, str, str], *, until: dt.date) -> None:
    slug, name, short_name = former
    # Given back an address that it had before, it needs no sign there.
    body.aliases.filter(slug=body.slug).exclude(slug="").update(slug="")
    BodyAlias.objects.create(
        body=body,
        mechanism_id=body.mechanism_id,
        slug="" if slug == body.slug else slug,
        name=name,
        short_name=short_name,
        until=until,
    )


def _quorum_in_figures(body: Body, groups: list[str]) -> list[str]:
    figures = [
        f"{body.quorum_seats}" if body.quorum_seats else "",
        f"{body.quorum_percent} %" if body.quorum_percent else "",
        str(_("voting")) if body.quorum_of_voting else "",
    ]
    return [figure for figure in [*figures, *groups] if figure]
