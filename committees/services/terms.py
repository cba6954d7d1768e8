"""Terms of reference: drafted, tabled, approved, in force, adopted body by body (domain 1.3)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Appointment, Body, Meeting, Seat, Terms, TermsAdoption
from coordination.models import Event, Mechanism, User
from coordination.services.events import changes_between, guard_seen, record
from coordination.services.files import VettedFile, store_file
from coordination.services.refusals import DayToCome, EditedMeanwhile, Refusal

from .formation import ReasonMissing, lock_body, put_in_state

State = Terms.State

# What each step is called in the record.
STEPS = {
    State.APPROVED: "committees.terms_approved",
    State.DRAFT: "committees.terms_sent_back",
    State.IN_FORCE: "committees.terms_put_in_force",
}
TEXTS = (
    "purpose", "functions", "composition", "chair", "secretariat", "frequency", "quorum",
    "decision_rule", "reporting_line", "duration", "note",
)  # fmt: skip


class DraftExists(Refusal):
    """Names the draft that is there."""

    def __init__(self, terms: Terms) -> None:
        super().__init__(
            _("Version %(number)d is a draft still: edit it.") % {"number": terms.number}
        )


class TermsNotDraft(Refusal):
    message = _("These terms of reference are tabled: they change only in a new version.")


class TermsNotMovable(Refusal):
    """Says where the terms are."""

    def __init__(self, terms: Terms) -> None:
        said = _("These terms of reference have moved on. They are now: %(state)s.")
        super().__init__(said % {"state": terms.get_state_display()})


class TabledElsewhere(Refusal):
    message = _("Terms of reference are tabled at a meeting of the body above.")


class NotTabledYet(Refusal):
    """Names the meeting before which they are to be laid."""

    def __init__(self, meeting: Meeting) -> None:
        said = _("They are tabled at a meeting that was not held: %(meeting)s, %(when)s.")
        super().__init__(said % {"meeting": meeting, "when": meeting.when})


class ApprovedBeforeMeeting(Refusal):
    """Names the meeting at which they were approved."""

    def __init__(self, meeting: Meeting) -> None:
        said = _("They were laid before the meeting of %(day)s, and not approved before it.")
        super().__init__(said % {"day": meeting.day_in_words})


class NotHarmonised(Refusal):
    message = _("Only terms for all bodies of a kind are adopted body by body.")


class TermsContent(TypedDict):
    """The text of a version; ``file`` is None where nothing new is attached."""

    purpose: str
    functions: str
    composition: str
    chair: str
    secretariat: str
    frequency: str
    quorum: str
    decision_rule: str
    reporting_line: str
    duration: str
    note: str
    file: VettedFile | None


@transaction.atomic
def draft_terms(
    mechanism: Mechanism,
    *,
    by: User,
    body: Body | None = None,
    kind: str = "",
    at: dt.datetime | None = None,
    **content: Unpack[TermsContent],
) -> Terms:
    """The next version, as a draft: of ``body``, or for all bodies of ``kind``.

    A body that was proposed is “drafted” by its first. A form that was sent twice gives the draft
    again. Raises DraftExists.
    """
    now = at or timezone.now()
    mechanism = Mechanism.objects.select_for_update(no_key=True).get(pk=mechanism.pk)
    versions = Terms.objects.filter(mechanism=mechanism, body=body, kind=kind)
    if there := versions.filter(state=State.DRAFT).first():
        return _same_deed(there, by=by, content=content)
    last = versions.aggregate(last=Max("number"))["last"] or 0
    terms = Terms(mechanism=mechanism, body=body, kind=kind, number=last + 1, **_texts(content))
    if content["file"]:
        terms.file = store_file(content["file"], by=by, at=now)
    terms.full_clean()
    terms.save()
    changes = changes_between({}, terms_in_words(terms))
    record("committees.terms_drafted", terms, by=by, changes=changes, at=now)
    _move_body(terms, Body.State.PROPOSED, Body.State.DRAFTED, by=by, at=now)
    return terms


@transaction.atomic
def edit_terms(
    terms: Terms,
    *,
    by: User,
    seen_version: int,
    at: dt.datetime | None = None,
    **content: Unpack[TermsContent],
) -> Terms:
    """The draft as edited; a file given now takes the place of the one before.

    Raises TermsNotDraft, or EditedMeanwhile when it is no longer the version that ``by`` saw.
    """
    now = at or timezone.now()
    terms = _lock(terms)
    if terms.state != State.DRAFT:
        raise TermsNotDraft
    if terms.version != seen_version:
        raise EditedMeanwhile
    before = terms_in_words(terms)
    for name, value in _texts(content).items():
        setattr(terms, name, value)
    if content["file"]:
        terms.file = store_file(content["file"], by=by, at=now)
    terms.version += 1
    terms.full_clean()
    terms.save(update_fields=[*TEXTS, "file", "version"])
    changes = changes_between(before, terms_in_words(terms))
    record("committees.terms_edited", terms, by=by, changes=changes, at=now)
    return terms


@transaction.atomic
def table_terms(
    terms: Terms,
    *,
    by: User,
    meeting: Meeting,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Terms:
    """Lay the draft before a meeting of the body above; its body is “tabled” with it.

    Raises TermsNotMovable, DoneMeanwhile after what was ``seen``, or TabledElsewhere.
    """
    now = at or timezone.now()
    terms = _lock(terms)
    if terms.state != State.DRAFT:
        raise TermsNotMovable(terms)
    guard_seen(terms, seen=seen)
    if not meetings_to_table_at(terms).filter(pk=meeting.pk).exists():
        raise TabledElsewhere
    terms.state, terms.tabled_at = State.TABLED, meeting
    terms.full_clean()
    terms.save(update_fields=["state", "tabled_at"])
    changes = {"tabled_at": [None, str(meeting)]}
    record("committees.terms_tabled", terms, by=by, changes=changes, at=now)
    _move_body(terms, Body.State.DRAFTED, Body.State.TABLED, by=by, at=now)
    return terms


@transaction.atomic
def move_terms(
    terms: Terms,
    *,
    by: User,
    to: str,
    on: dt.date,
    note: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Terms:
    """Record that the terms were approved, sent back to be redrafted, or put in force on a day.

    Those that were in force until then are superseded. Raises TermsNotMovable, DoneMeanwhile after
    what was ``seen``, DayToCome, NotTabledYet before their meeting, ApprovedBeforeMeeting on a day
    before it, or ReasonMissing where they are sent back without one.
    """
    now, note = at or timezone.now(), note.strip()
    terms = _lock(terms)
    if to not in terms.next_states:
        raise TermsNotMovable(terms)
    guard_seen(terms, seen=seen)
    if on > terms.mechanism.today(now) and to != State.IN_FORCE:
        raise DayToCome
    if to == State.APPROVED and terms.tabled_at:
        _guard_meeting(terms.tabled_at, approved_on=on)
    if to == State.DRAFT and not note:
        raise ReasonMissing
    changes: dict[str, list[Any]] = {
        "state": [str(terms.get_state_display()), str(State(to).label)],
        "on": [None, on],
    }
    terms.state = to
    if to == State.IN_FORCE:
        _supersede(terms, by=by, at=now)
        terms.effective_on = on
    if to == State.DRAFT:
        terms.tabled_at = None
    terms.full_clean()
    terms.save(update_fields=["state", "effective_on", "tabled_at"])
    record(STEPS[State(to)], terms, by=by, changes=changes, note=note, at=now)
    if to == State.DRAFT:
        _move_body(terms, Body.State.TABLED, Body.State.DRAFTED, by=by, at=now)
    return terms


@transaction.atomic
def record_adoption(
    terms: Terms,
    body: Body,
    *,
    by: User,
    adopted_on: dt.date | None,
    training_held_on: dt.date | None,
    note: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> TermsAdoption:
    """How far the body has come with harmonised terms: adopted, its people trained (B25).

    Raises NotHarmonised, DoneMeanwhile after what was ``seen``, or DayToCome.
    """
    now = at or timezone.now()
    terms = _lock(terms)
    if terms.body_id is not None or terms.state == State.DRAFT or body.kind != terms.kind:
        raise NotHarmonised
    adoption = TermsAdoption.objects.filter(terms=terms, body=body).first()
    if adoption is not None:
        guard_seen(adoption, seen=seen)
    adoption = adoption or TermsAdoption(terms=terms, body=body)
    today = terms.mechanism.today(now)
    if any(day and day > today for day in (adopted_on, training_held_on)):
        raise DayToCome
    before = _adoption_in_words(adoption)
    adoption.adopted_on, adoption.training_held_on = adopted_on, training_held_on
    adoption.note = note.strip()
    adoption.full_clean()
    adoption.save()
    changes = changes_between(before, _adoption_in_words(adoption))
    if changes:
        record("committees.terms_adopted", adoption, by=by, changes=changes, at=now)
    return adoption


@dataclass(frozen=True)
class Decider:
    """A body whose chair decides about terms, and the chair's seat; None while it has none.

    ``is_chaired`` when somebody with an account holds the chair or co-chairs.
    """

    body: Body
    seat: Seat | None
    is_chaired: bool


def deciders_of(terms: Terms, *, on: dt.date) -> list[Decider]:
    """Whose chairs approve the terms or send them back, the secretariat never (R25)."""
    bodies = list(terms.deciding_bodies().select_related("mechanism").in_order())
    seats = Seat.objects.standing_on(on).filter(body__in=bodies, function__in=Seat.CHAIRING)
    first: dict[int, Seat] = {}
    for seat in seats.in_full().in_order():
        first.setdefault(seat.body_id, seat)
    chairing = Appointment.objects.chairing(on=on).filter(seat__body__in=bodies)
    chaired = set(chairing.values_list("seat__body", flat=True))
    return [Decider(body, first.get(body.pk), body.pk in chaired) for body in bodies]


def _guard_meeting(meeting: Meeting, *, approved_on: dt.date) -> None:
    """Nothing is approved before the meeting that it was laid before."""
    if not meeting.has_begun:
        raise NotTabledYet(meeting)
    if meeting.day and approved_on < meeting.day:
        raise ApprovedBeforeMeeting(meeting)


def meetings_to_table_at(terms: Terms) -> Any:
    """The meetings before which the terms can be laid, the newest first.

    Those of the body above; of a body at the top, and of terms for a kind, any of the mechanism.
    """
    above = terms.body.parent if terms.body else None
    if above is not None:
        found = Meeting.objects.of(above)
    else:
        found = Meeting.objects.filter(body__mechanism=terms.mechanism_id)
    counted = found.exclude(kind__in=Meeting.UNCOUNTED).exclude(state=Meeting.State.CANCELLED)
    return counted.select_related("body__mechanism").order_by("-held_on", "-starts_at", "-pk")


def notify_terms(body: Body, *, by: User, at: dt.datetime) -> None:
    """Those of the body that were tabled or approved are notified with it."""
    waiting = body.terms.filter(state__in=[State.TABLED, State.APPROVED]).order_by("-number")
    terms = waiting.select_for_update(no_key=True).first()
    if terms is None:
        return
    changes = {"state": [str(terms.get_state_display()), str(State.NOTIFIED.label)]}
    terms.state = State.NOTIFIED
    terms.full_clean()
    terms.save(update_fields=["state"])
    record("committees.terms_notified", terms, by=by, changes=changes, at=at)


def unnotify_terms(body: Body, *, by: User, at: dt.datetime) -> None:
    """Those of the body that were notified by mistake are tabled or approved as before.

    Those that are in force already stay in force.
    """
    notified = body.terms.filter(state=State.NOTIFIED).order_by("-number")
    terms = notified.select_for_update(no_key=True).first()
    if terms is None:
        return
    approved = Event.objects.about(terms).filter(verb=STEPS[State.APPROVED])
    before = State.APPROVED if approved.exists() else State.TABLED
    changes = {"state": [str(State.NOTIFIED.label), str(before.label)]}
    terms.state = before
    terms.full_clean()
    terms.save(update_fields=["state"])
    record("committees.terms_unnotified", terms, by=by, changes=changes, at=at)


def terms_in_words(terms: Terms) -> dict[str, Any]:
    """Its text as people read it, for the record."""
    words = {name: getattr(terms, name) for name in TEXTS}
    return words | {"file": str(terms.file) if terms.file else None}


def _lock(terms: Terms) -> Terms:
    """The terms as they stand, held after their body, as everywhere."""
    if terms.body is not None:
        lock_body(terms.body)
    return Terms.objects.in_full().select_for_update(of=("self",), no_key=True).get(pk=terms.pk)


def _texts(content: TermsContent) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name in TEXTS}


def _same_deed(there: Terms, *, by: User, content: TermsContent) -> Terms:
    """The draft that is there, when ``by`` has just written it by the same form."""
    written = Event.objects.about(there).filter(verb="committees.terms_drafted", by=by)
    same = all(getattr(there, name) == value for name, value in _texts(content).items())
    if there.version == 1 and same and written.exists():
        return there
    raise DraftExists(there)


def _supersede(terms: Terms, *, by: User, at: dt.datetime) -> None:
    others = Terms.objects.filter(
        mechanism=terms.mechanism_id, body=terms.body_id, kind=terms.kind, state=State.IN_FORCE
    )
    for former in others.select_for_update(no_key=True):
        former.state = State.SUPERSEDED
        former.full_clean()
        former.save(update_fields=["state"])
        changes = {"by": [None, str(terms)]}
        record("committees.terms_superseded", former, by=by, changes=changes, at=at)


def _move_body(terms: Terms, before: str, after: str, *, by: User, at: dt.datetime) -> None:
    """Its body comes along, where it stood at the step before."""
    if terms.body is None:
        return
    body = lock_body(terms.body)
    if body.state == before:
        on = terms.mechanism.today(at)
        put_in_state(body, after, by=by, on=on, at=at)


def _adoption_in_words(adoption: TermsAdoption) -> dict[str, Any]:
    return {
        "adopted_on": adoption.adopted_on,
        "training_held_on": adoption.training_held_on,
        "note": adoption.note,
    }
