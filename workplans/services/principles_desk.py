"""What waits on a person's desk from self-assessments that can still be answered (P32)."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from committees.services.desk_lists import MOST, DeskList, DeskRow
from coordination.models import User
from coordination.services.days import day_in_words
from workplans.models import AssessmentRound
from workplans.permissions.learning import organisations_assessing

from .self_assessments import asked_in


def principles_lists(user: User, *, at: dt.datetime) -> list[DeskList]:
    """The list, when something is on it."""
    found = assessments_to_answer(user, at)
    return [found] if found.rows else []


def assessments_to_answer(user: User, at: dt.datetime) -> DeskList:
    """Open rounds that an organisation of the user's was asked in and has not answered."""
    rows = []
    # The day begins first in the east: those of yesterday may still be open in the west.
    running = AssessmentRound.objects.visible_to(user).filter(
        closes_on__gte=timezone.localdate(at) - dt.timedelta(days=1)
    )
    for opened in running.select_related("mechanism").order_by("closes_on", "pk")[:MOST]:
        today = opened.mechanism.today(at)
        if not opened.is_open(on=today):
            continue
        asked = asked_in(opened, on=today).filter(
            pk__in=organisations_assessing(user, opened.mechanism).values("pk")
        )
        answered = opened.answers.values("organisation")
        rows += [
            DeskRow(
                title=str(opened),
                url=reverse(
                    "principles-assess", args=[opened.mechanism.slug, opened.year, each.slug]
                ),
                note=_("%(organisation)s, %(mechanism)s, by %(day)s")
                % {
                    "organisation": each,
                    "mechanism": opened.mechanism.short_name,
                    "day": day_in_words(opened.closes_on),
                },
                status="open",
            )
            for each in asked.exclude(pk__in=answered).order_by("name")
        ]
    return DeskList("assessments-to-answer", _("Guiding principles to look back on"), rows[:MOST])
