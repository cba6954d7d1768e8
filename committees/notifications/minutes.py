"""Whom the deeds on minutes are told, and of what was printed."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Correction, Minutes, Printout
from coordination.services.mail import post

from .audience import EMAILS, members_at, secretaries_of


def tell_of_circulation(minutes: Minutes, *, at: dt.datetime) -> None:
    """Tell the body that the minutes can be read, and until when they can be corrected."""
    meeting = minutes.meeting
    post(
        f"minutes-circulated:{minutes.pk}:{minutes.revision}",
        members_at(meeting, at=at),
        subject=_("Minutes for you to check: %(meeting)s") % {"meeting": meeting},
        template=f"{EMAILS}/minutes_circulated.txt",
        context={"minutes": minutes, "meeting": meeting},
        at=at,
    )


def tell_of_correction(correction: Correction, *, at: dt.datetime) -> None:
    """Tell the secretary that a member asks for a correction."""
    meeting = correction.minutes.meeting
    post(
        f"correction-asked:{correction.pk}",
        secretaries_of(meeting.body, on=timezone.localdate(at)),
        subject=_("A correction is asked for: %(meeting)s") % {"meeting": meeting},
        template=f"{EMAILS}/correction_asked.txt",
        context={"meeting": meeting},
        at=at,
    )


def tell_of_answered_correction(correction: Correction, *, at: dt.datetime) -> None:
    """Tell who asked what became of the correction."""
    meeting = correction.minutes.meeting
    post(
        f"correction-answered:{correction.pk}",
        [correction.asked_by],
        subject=_("Your correction: %(meeting)s") % {"meeting": meeting},
        template=f"{EMAILS}/correction_answered.txt",
        context={"correction": correction, "meeting": meeting},
        at=at,
    )


def tell_of_printout(printout: Printout, *, at: dt.datetime) -> None:
    """Tell who asked that the PDF is there, or why it is not."""
    post(
        f"printout:{printout.pk}",
        [printout.requested_by],
        subject=_("PDF: %(printout)s") % {"printout": printout},
        template=f"{EMAILS}/printout.txt",
        context={"printout": printout, "is_made": printout.failure == Printout.Failure.NONE},
        at=at,
    )
