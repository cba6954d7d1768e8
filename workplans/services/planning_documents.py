"""Planning documents: begun, described, led through their steps, and replaced by a next version."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from coordination.models import Event, Mechanism, Organisation, Place, User
from coordination.services.events import changes_between, guard_seen, record
from coordination.services.files import VettedFile, store_file
from coordination.services.refusals import DayToCome, EditedMeanwhile, Refusal
from workplans.models import PlanningDocument, PlanningLine, walk_lines

State = PlanningDocument.State


# What a line keeps when its document gets a next version.
COPIED = (
    "position", "level", "code", "title", "output", "kpi", "baseline", "targets", "budget_minor",
    "currency", "funds", "in_estimates_on",
)  # fmt: skip


class DocumentIsReplaced(Refusal):
    message = _("This version is replaced: it stays as it is.")


class DocumentNotMovable(Refusal):
    """Says where it is."""

    def __init__(self, document: PlanningDocument) -> None:
        said = _("The document has moved on meanwhile. It is now: %(state)s.")
        super().__init__(said % {"state": document.get_state_display()})


class StepBeforeLast(Refusal):
    """Names the step that came before."""

    def __init__(self, step: str, day: dt.date) -> None:
        said = _("This is before an earlier step: %(step)s, on %(day)s.")
        super().__init__(said % {"step": step, "day": date_format(day)})


class NextVersionExists(Refusal):
    message = _("This version has a next one already.")


class DocumentContent(TypedDict):
    """The frame of a document, its file apart."""

    kind: str
    title: str
    owner: Organisation | None
    place: Place
    starts_on: dt.date
    ends_before: dt.date
    due_on: dt.date | None
    estimates_due_on: dt.date | None
    public_link: str


@transaction.atomic
def create_document(
    mechanism: Mechanism,
    *,
    by: User,
    file: VettedFile | None = None,
    at: dt.datetime | None = None,
    **content: Unpack[DocumentContent],
) -> PlanningDocument:
    """A draft without lines. A form that was sent twice gives it again."""
    now = at or timezone.now()
    mechanism = Mechanism.objects.select_for_update(no_key=True).get(pk=mechanism.pk)
    same = PlanningDocument.objects.filter(
        mechanism=mechanism, kind=content["kind"], title=content["title"], edition=1,
        place=content["place"], starts_on=content["starts_on"],
    )  # fmt: skip
    for there in same:
        deeds = Event.objects.about(there).filter(verb="workplans.document_created", by=by)
        if deeds.exists():
            return there
    document = PlanningDocument(mechanism=mechanism, **content)
    if file is not None:
        document.file = store_file(file, by=by, at=now)
    document.full_clean()
    document.save()
    changes = changes_between({}, document_in_words(document))
    record("workplans.document_created", document, by=by, changes=changes, at=now)
    return document


@transaction.atomic
def edit_document(
    document: PlanningDocument,
    *,
    by: User,
    seen_version: int,
    file: VettedFile | None = None,
    at: dt.datetime | None = None,
    **content: Unpack[DocumentContent],
) -> PlanningDocument:
    """The document with its new frame; with ``file`` that one stands for the one before.

    Raises DocumentIsReplaced, or EditedMeanwhile when it is no longer what ``by`` saw.
    """
    now = at or timezone.now()
    document = lock_open_document(document)
    if document.edition != seen_version:
        raise EditedMeanwhile
    before = document_in_words(document)
    for name, value in content.items():
        setattr(document, name, value)
    if file is not None:
        document.file = store_file(file, by=by, at=now)
    document.full_clean()
    document.edition += 1
    document.save(update_fields=[*content, "file", "edition"])
    changes = changes_between(before, document_in_words(document))
    record("workplans.document_edited", document, by=by, changes=changes, at=now)
    return document


@transaction.atomic
def move_document(
    document: PlanningDocument,
    *,
    by: User,
    to: str,
    on: dt.date,
    note: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> PlanningDocument:
    """Record a step that the county took with it, on a day; once tabled everyone reads it.

    The version that an approved or published one replaces is replaced from then on. Raises
    DocumentIsReplaced, DocumentNotMovable, DayToCome, StepBeforeLast, or DoneMeanwhile after what
    was ``seen``.
    """
    now, document = at or timezone.now(), lock_open_document(document)
    guard_seen(document, seen=seen)
    if to not in document.next_states:
        raise DocumentNotMovable(document)
    if on > document.mechanism.today(now):
        raise DayToCome
    for state, column in PlanningDocument.DATE_OF.items():
        day = getattr(document, column)
        if day is not None and day > on:
            raise StepBeforeLast(str(State(state).label), day)
    column = PlanningDocument.DATE_OF[State(to)]
    changes: dict[str, list[Any]] = {
        "state": [str(document.get_state_display()), str(State(to).label)],
        column: [getattr(document, column), on],
    }
    document.state = to
    setattr(document, column, on)
    document.edition += 1
    document.full_clean()
    document.save(update_fields=["state", column, "edition"])
    record("workplans.document_moved", document, by=by, changes=changes, note=note, at=now)
    if to in {State.ASSEMBLY, State.PUBLISHED} and document.replaces is not None:
        _replace(document.replaces, by=by, at=now)
    return document


@transaction.atomic
def renew_document(
    document: PlanningDocument, *, by: User, at: dt.datetime | None = None
) -> PlanningDocument:
    """The next version as a draft, with the frame and the lines of this one.

    Asked twice by the same person it is made once. Raises NextVersionExists.
    """
    now = at or timezone.now()
    rows = PlanningDocument.objects.select_related("mechanism")
    document = rows.select_for_update(of=("self",), no_key=True).get(pk=document.pk)
    there = PlanningDocument.objects.filter(replaces=document).first()
    if there is not None:
        deeds = Event.objects.about(there).filter(verb="workplans.document_renewed", by=by)
        if there.edition == 1 and deeds.exists():
            return there
        raise NextVersionExists
    frame = {name: getattr(document, name) for name in DocumentContent.__annotations__}
    following = PlanningDocument(
        mechanism=document.mechanism, number=document.number + 1, replaces=document,
        origin=document.origin, **frame,
    )  # fmt: skip
    following.full_clean()
    following.save()
    copies: dict[int | None, PlanningLine] = {}
    for _depth, line in walk_lines(document.lines.all()):
        copy = PlanningLine(
            document=following,
            parent=copies.get(line.parent_id),
            **{name: getattr(line, name) for name in COPIED},
        )
        copy.save()
        copies[line.pk] = copy
    record("workplans.document_renewed", following, by=by, note=str(document), at=now)
    return following


def document_in_words(document: PlanningDocument) -> dict[str, Any]:
    """Its frame as people read it, for the record."""
    return {
        "kind": str(document.get_kind_display()),
        "title": document.title,
        "owner": str(document.owner) if document.owner else None,
        "place": str(document.place),
        "starts_on": document.starts_on,
        "ends_before": document.ends_before,
        "due_on": document.due_on,
        "estimates_due_on": document.estimates_due_on,
        "public_link": document.public_link,
        "file": document.file.name if document.file else None,
    }


def lock_open_document(document: PlanningDocument) -> PlanningDocument:
    """The document as it stands now, held; raises DocumentIsReplaced."""
    rows = PlanningDocument.objects.select_related(
        "mechanism__calendar", "place", "owner", "file", "replaces"
    )
    document = rows.select_for_update(of=("self",), no_key=True).get(pk=document.pk)
    if document.state == State.SUPERSEDED:
        raise DocumentIsReplaced
    return document


def _replace(document: PlanningDocument, *, by: User, at: dt.datetime) -> None:
    """The earlier version is replaced; what it was stays on record."""
    if document.state == State.SUPERSEDED:
        return
    changes = {"state": [str(document.get_state_display()), str(State.SUPERSEDED.label)]}
    document.state = State.SUPERSEDED
    document.edition = F("edition") + 1
    document.save(update_fields=["state", "edition"])
    record("workplans.document_replaced", document, by=by, changes=changes, at=at)
