"""Printouts: asked for, made by a worker from a snapshot alone, handed out (R21, C1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from committees.models import Minutes, Printout, PrintoutFile
from committees.notifications.minutes import tell_of_printout
from committees.services.guide_contents import guide_contents
from committees.services.minutes_contents import minutes_contents, open_contents
from committees.services.typesetting import draw_printout
from coordination.models import Mechanism, User
from coordination.services.events import record
from coordination.services.making import (
    Claim,
    RightsEnded,
    carry_out,
    claim_making,
    close_claim,
    end_as_failed,
    enter_stage,
    frozen,
    hint_at,
    sweep,
)
from coordination.services.rendering import render_pdf
from coordination.services.snapshots import Snapshot, canonical
from coordination.services.storage import Kept, keep_made, remove_unnamed

FOLDER = "printouts"
State, Stage = Printout.State, Printout.Stage


@transaction.atomic
def request_printout(
    mechanism: Mechanism,
    *,
    by: User,
    minutes: Minutes | None = None,
    is_in_full: bool = False,
    at: dt.datetime | None = None,
) -> Printout:
    """A printout of the minutes, or the mechanism's guide: the one under way, or a new one.

    Of confirmed minutes there is one for good: they do not change any more (R19).
    """
    now = at or timezone.now()
    # One at a time: a second click gets the first one's.
    Mechanism.objects.select_for_update(no_key=True).get(pk=mechanism.pk)
    stands = minutes.state if minutes else ""
    known = Printout.objects.of(minutes, mechanism)
    known = known.filter(minutes_state=stands, is_in_full=is_in_full)
    wanted = Q(state__in=[State.QUEUED, State.RUNNING])
    if stands == Minutes.State.CONFIRMED:
        wanted |= Q(state=State.READY)
    if found := known.filter(wanted).newest_first().first():
        return found
    printout = Printout(
        mechanism=mechanism,
        minutes=minutes,
        minutes_state=stands,
        is_in_full=is_in_full,
        requested_by=by,
        requested_at=now,
    )
    printout.full_clean()
    printout.save()
    record("committees.printout_requested", printout, by=by, at=now)
    transaction.on_commit(lambda: dispatch(printout.pk, at=now), robust=True)
    return printout


def dispatch(pk: int, *, at: dt.datetime | None = None) -> None:
    """Hint a worker at the printout. Whatever goes wrong here, the sweeper hints again."""
    hint_at(Printout, pk, task="committees.tasks.make_printout", at=at)


def make_printout(pk: int, *, at: dt.datetime | None = None) -> None:
    """Make the printout if it is to be had; asking for this twice makes it once."""
    claim = claim_making(Printout, pk)
    if claim is not None:
        carry_out(claim, lambda held: _make(held, at or timezone.now()), fail=fail_printout)


@transaction.atomic
def fail_printout(
    condition: Q, failure: Printout.Failure, *, at: dt.datetime | None = None
) -> bool:
    """Fail the one printout that meets the condition; whether there was one."""
    printout = end_as_failed(Printout, condition, failure)
    if printout is None:
        return False
    record("committees.printout_failed", printout, by=None, note=str(failure.label), at=at)
    tell_of_printout(printout, at=at or timezone.now())
    return True


def sweep_printouts(*, at: dt.datetime | None = None) -> None:
    """Fail what died too often and hint again at what waits or was left behind."""
    now = at or timezone.now()
    sweep(Printout, fail=fail_printout, hint=lambda pk: dispatch(pk, at=now), at=now)


def remove_orphans(*, at: dt.datetime | None = None) -> int:
    """Remove what killed or outrun workers left behind a day ago; how many files that were."""
    return remove_unnamed(PrintoutFile, folder=FOLDER, at=at)


def newest_ready(printouts: Any) -> Printout | None:
    """The newest of them that is made, with its file."""
    ready: Printout | None = (
        printouts.filter(state=State.READY).select_related("file").newest_first().first()
    )
    return ready


def _make(claim: Claim, at: dt.datetime) -> None:
    related = ("requested_by", "mechanism", "minutes__meeting__body__mechanism")
    printout = Printout.objects.select_related(*related).get(pk=claim.pk)
    allowed = Printout.objects.visible_to(printout.requested_by)
    if not allowed.filter(pk=printout.pk).exists():
        raise RightsEnded
    snapshot = frozen(claim, printout, lambda: Snapshot(canonical(_contents(printout, at))))
    enter_stage(claim, Stage.DRAWING)
    pages = draw_printout(snapshot)
    enter_stage(claim, Stage.RENDERING)
    pdf = render_pdf(pages, moment=snapshot.cut_off)
    enter_stage(claim, Stage.STORING)
    _finish(claim, printout, keep_made(pdf, folder=FOLDER, suffix="pdf"), at=at)


def _contents(printout: Printout, at: dt.datetime) -> dict[str, Any]:
    if printout.minutes is None:
        return guide_contents(printout.mechanism, at=at)
    contents = minutes_contents(printout.minutes, at=at)
    return contents if printout.is_in_full else open_contents(contents)


@transaction.atomic
def _finish(claim: Claim, printout: Printout, kept: Kept, *, at: dt.datetime) -> None:
    close_claim(claim, at=at)
    PrintoutFile.objects.create(
        printout=printout, path=kept.path, sha256=kept.sha256, size=kept.size, name=_name(printout)
    )
    record("committees.printout_made", printout, by=None, at=at)
    tell_of_printout(printout, at=at)


def _name(printout: Printout) -> str:
    if printout.minutes is None:
        return f"{printout.mechanism.slug}-committees.pdf"
    meeting = printout.minutes.meeting
    day = f"{meeting.day:%Y-%m-%d}" if meeting.day else str(meeting.pk)
    is_draft = printout.minutes_state != Minutes.State.CONFIRMED
    kind = "minutes" if meeting.is_counted else "note"
    return f"{slugify(meeting.body.slug)}-{day}-{kind}{'-DRAFT' if is_draft else ''}.pdf"
