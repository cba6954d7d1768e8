"""The log of a backbone: what it did, by function and organisation, quarter by quarter (P7)."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Organisation, Period, Statement, Support, User, Visitor

from .events import record
from .refusals import DayToCome, Refusal
from .withdrawals import withdraw


class NoBackbone(Refusal):
    message = _("No organisation served the mechanism as its backbone on that day.")


class NoSuchQuarter(Refusal):
    message = _("This day lies in no quarter that the log shows. See whether its year is right.")


class NoSuchFunction(Refusal):
    message = _("This is not on the mechanism’s list of what its backbone does.")


@dataclass(frozen=True)
class FunctionRow:
    """One function and what was done for it in the quarter; none is told as none."""

    function: str
    entries: list[Support]


@dataclass(frozen=True)
class SupportLog:
    """A quarter of the log: by function, and how often each organisation was supported."""

    rows: list[FunctionRow]
    # None: what was done for all of them.
    organisations: list[tuple[Organisation | None, int]]

    @property
    def without(self) -> list[str]:
        """The functions for which nothing is written down."""
        return [row.function for row in self.rows if not any(entry.stands for entry in row.entries)]


def functions_of(mechanism: Mechanism) -> list[str]:
    """What its backbone is there to do, as the documents list it."""
    stated = mechanism.statements.filter(kind=Statement.Kind.BACKBONE).order_by("number")
    return [text[:200] for text in stated.values_list("text", flat=True)]


def support_in(mechanism: Mechanism, period: Period, user: Visitor) -> SupportLog:
    """The quarter as far as the user may read it; two queries.

    Withdrawn entries stand in their row and count nowhere.
    """
    entries = Support.objects.visible_to(user).filter(mechanism=mechanism).given_in(period)
    found: defaultdict[str, list[Support]] = defaultdict(list)
    for function in functions_of(mechanism):
        found[function] = []
    counts: defaultdict[Organisation | None, int] = defaultdict(int)
    rows = entries.select_related("organisation", "backbone", "mechanism")
    for entry in rows.order_by("given_on", "pk"):
        found[entry.function].append(entry)
        if entry.stands:
            counts[entry.organisation] += 1
    return SupportLog(
        [FunctionRow(function, each) for function, each in found.items()],
        _most_first(counts),
    )


@dataclass(frozen=True)
class GivenRow:
    """One function: how often something was done for it, and for whom; None for all of them."""

    function: str
    organisations: list[tuple[Organisation | None, int]]
    is_illustrative: bool

    @property
    def times(self) -> int:
        return sum(number for _organisation, number in self.organisations)


@dataclass(frozen=True)
class SupportGiven:
    """What may be told to everyone of a quarter's log: how often and for whom, never in words."""

    rows: list[GivenRow]
    # Who served: the role may have passed on within the quarter.
    backbones: list[Organisation]

    def __bool__(self) -> bool:
        return bool(self.rows)


def support_given(mechanism: Mechanism, period: Period) -> SupportGiven:
    """The quarter by function and organisation, without what was withdrawn.

    Functions without an entry are told beside the others; of a quarter without any, nothing.
    """
    given = mechanism.support.standing().given_in(period)
    entries = list(given.select_related("organisation", "backbone").order_by("given_on", "pk"))
    if not entries:
        return SupportGiven([], [])
    found: dict[str, list[Support]] = {function: [] for function in functions_of(mechanism)}
    for entry in entries:
        found.setdefault(entry.function, []).append(entry)
    rows = [
        GivenRow(
            function,
            _most_first(Counter(entry.organisation for entry in each)),
            any(entry.is_illustrative for entry in each),
        )
        for function, each in found.items()
    ]
    return SupportGiven(rows, sorted({entry.backbone for entry in entries}, key=str))


@transaction.atomic
def record_support(
    mechanism: Mechanism,
    *,
    by: User,
    function: str,
    organisation: Organisation | None,
    given_on: dt.date,
    text: str,
    at: dt.datetime | None = None,
) -> Support:
    """Write down what the backbone did; the same sent twice is one entry.

    Raises DayToCome, NoSuchQuarter, NoSuchFunction or NoBackbone.
    """
    now = at or timezone.now()
    mechanism = Mechanism.objects.select_for_update(no_key=True).get(pk=mechanism.pk)
    content = {
        "function": function, "organisation": organisation, "given_on": given_on, "text": text,
    }  # fmt: skip
    same = mechanism.support.standing().filter(**content).first()
    if same is not None:
        return same
    if given_on > mechanism.today(now):
        raise DayToCome
    if not Period.objects.containing(given_on).exists():
        raise NoSuchQuarter
    if function not in functions_of(mechanism):
        raise NoSuchFunction
    backbone = _backbone_on(mechanism, given_on)
    if backbone is None:
        raise NoBackbone
    entry = Support(
        mechanism=mechanism, backbone=backbone, recorded_by=by, recorded_at=now, **content
    )
    entry.full_clean()
    entry.save()
    record("coordination.support_recorded", entry, by=by, at=now)
    return entry


@transaction.atomic
def withdraw_support(
    entry: Support, *, by: User, reason: str, at: dt.datetime | None = None
) -> Support:
    """One that was recorded by mistake no longer counts. Raises AlreadyWithdrawn."""
    now = at or timezone.now()
    rows = Support.objects.select_for_update(of=("self",)).select_related("mechanism")
    entry = rows.get(pk=entry.pk)
    if withdraw(entry, reason=reason, on=entry.mechanism.today(now)):
        record("coordination.support_withdrawn", entry, by=by, note=reason, at=now)
    return entry


def _most_first(
    counts: Mapping[Organisation | None, int],
) -> list[tuple[Organisation | None, int]]:
    """The most often supported first; all of them together last."""
    return sorted(counts.items(), key=lambda row: (row[0] is None, -row[1], str(row[0])))


def _backbone_on(mechanism: Mechanism, day: dt.date) -> Organisation | None:
    """Who served on the day by the record of the role; before any record, who serves now."""
    for term in mechanism.backbone_terms.select_related("organisation").order_by("-pk"):
        if (term.starts_on is None or term.starts_on <= day) and (
            term.ends_on is None or day <= term.ends_on
        ):
            return term.organisation
    return mechanism.backbone
