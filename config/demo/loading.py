"""Loading the demo, once: what stands there already stays as people have left it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management import call_command
from django.db import transaction
from django.db.models import F

from coordination.models import Mail, Making, User
from reporting.models import Edition, ReviewPack

from .committee_work import load_committee_work
from .committees import load_committees
from .commune_grants import load_commune_grants
from .dialogue import load_dialogue
from .facts import load_awards, load_mechanisms, load_organisations
from .indicators import load_indicators, load_streams
from .money import load_later_overlap, load_money
from .people import load_people
from .planning import load_planning
from .plans import load_plans
from .quarters import play
from .review import begin_next_year, load_implementation, make_review, publish_review
from .sources import read

SEK = "sek"

Line = Mapping[str, Any]


class PortalIsInUse(Exception):
    """The database holds people who are not of the demo: it is no place for one."""


class ReportNotMade(Exception):
    """The published report of the demo could not be made; the argument says why."""


def is_loaded() -> bool:
    """Whether nothing is left to load."""
    return Edition.objects.published().filter(report__mechanism__slug=SEK).exists()


def load() -> None:
    """Load what is missing of the demo.

    In three parts, each whole or not at all, so that a load that was cut off goes on where it was:
    everything up to the first report; the making of its files and of a review's, outside of any
    transaction, for it takes seconds; and what happened afterwards. Raises PortalIsInUse and
    ReportNotMade.
    """
    before, making, after = _parts()
    if not Edition.objects.filter(report__mechanism__slug=SEK).exists():
        _load_beginning(before)
    play(making)
    make_review()
    _refuse_unmade()
    with transaction.atomic():
        for line in after:
            play(line)
        load_later_overlap()
        publish_review()
        begin_next_year()
        _send_past_mail()


def _parts() -> tuple[list[Line], Line, list[Line]]:
    """What happens before the report is made, the making of it, and what happens after."""
    lines = read("sek_quarters")
    index = next(number for number, line in enumerate(lines) if line["do"] == "make_report")
    return lines[:index], lines[index], lines[index + 1 :]


@transaction.atomic
def _load_beginning(before: list[Line]) -> None:
    if User.objects.exists():
        raise PortalIsInUse
    call_command("load_reference", verbosity=0)
    load_organisations()
    load_awards()
    load_mechanisms()
    load_people()
    load_committees()
    load_commune_grants()
    load_committee_work()
    load_plans()
    load_planning()
    load_indicators()
    load_streams()
    load_money()
    for line in before:
        play(line)
    load_implementation()
    load_dialogue()
    _send_past_mail()


def _refuse_unmade() -> None:
    edition = Edition.objects.get(report__mechanism__slug=SEK)
    for made in (edition, ReviewPack.objects.get()):
        if made.state != Making.State.READY:
            raise ReportNotMade(made.get_failure_display() or made.get_state_display())


def _send_past_mail() -> None:
    """Letters of 2020 and 2021 went out in their time; nobody gets them today."""
    Mail.objects.filter(sent_at=None).update(sent_at=F("created_at"))
