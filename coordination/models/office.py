"""Offices: who holds which role where, from when to when. Every right derives from them (R26)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .place import Place, within_path
from .user import User, Visitor

if TYPE_CHECKING:
    from .mechanism import Mechanism


class Role(models.TextChoices):
    PARTNER_OFFICER = "partner_officer", _("Partner data officer")
    PARTNER_SIGNATORY = "partner_signatory", _("Partner’s authorised signatory")
    COUNTY_FOCAL_POINT = "county_focal_point", _("County focal point")
    COUNTY_LEAD = "county_lead", _("County lead")
    DEPUTY_COUNTY_LEAD = "deputy_county_lead", _("Deputy county lead")
    SECRETARIAT = "secretariat", _("Secretariat")
    DONOR_OFFICER = "donor_officer", _("Donor officer")
    # Given and ended with an appointment to a seat, and in no other way (R16, R26).
    COMMITTEE_MEMBER = "committee_member", _("Member of a committee")
    ADMINISTRATOR = "administrator", _("Administrator")


PARTNER_ROLES = (Role.PARTNER_OFFICER, Role.PARTNER_SIGNATORY)
COUNTY_ROLES = (Role.COUNTY_FOCAL_POINT, Role.COUNTY_LEAD, Role.DEPUTY_COUNTY_LEAD)
NAMING_A_MECHANISM = (
    Role.SECRETARIAT,
    Role.COUNTY_LEAD,
    Role.DEPUTY_COUNTY_LEAD,
    Role.COMMITTEE_MEMBER,
)


class OfficeQuerySet(models.QuerySet["Office"]):
    def held(self, *, on: dt.date) -> OfficeQuerySet:
        """Those whose term covers the day; the last day is in office, unless ended at once."""
        last_day = Q(ends_on=on, ended_at_once=False)
        return self.filter(starts_on__lte=on).filter(Q(ends_on=None) | Q(ends_on__gt=on) | last_day)

    def ended(self, *, on: dt.date) -> OfficeQuerySet:
        """Those that are over on the day."""
        return self.filter(Q(ends_on__lt=on) | Q(ends_on=on, ended_at_once=True))

    def ending(self, *, on: dt.date, until: dt.date) -> OfficeQuerySet:
        """Those held on the day whose term is over by the other day."""
        return self.held(on=on).filter(ends_on__lte=until)

    def of(self, *roles: Role) -> OfficeQuerySet:
        return self.filter(role__in=roles)

    def at(self, place: Place) -> OfficeQuerySet:
        """Those whose place contains the given one."""
        return self.filter(place__path__in=place.path_and_above)

    def counting_in(self, mechanism: Mechanism) -> OfficeQuerySet:
        """Those that name the mechanism, or none: an office that names another counts there."""
        return self.filter(Q(mechanism=None) | Q(mechanism=mechanism))

    def in_full(self) -> OfficeQuerySet:
        """With everything that a row shows."""
        return self.select_related("holder", "organisation", "place", "mechanism")

    def in_order(self) -> OfficeQuerySet:
        """By role as the roles are listed, then by place and organisation."""
        ranks = [models.When(role=role, then=rank) for rank, role in enumerate(Role.values)]
        return self.order_by(
            models.Case(*ranks), "place__path", "organisation__short_name", "starts_on", "pk"
        )

    def giving_rights_in(
        self, mechanism: Mechanism, *, on: dt.date | None = None
    ) -> OfficeQuerySet:
        """Those that name the mechanism, and those of its members, counties and donors (R26).

        Of members ``on`` the day; without one of former members too. A county's office that names
        a mechanism counts in that one alone.
        """
        here = Q(mechanism=mechanism)
        member = Q(organisation__memberships__mechanism=mechanism)
        if on is not None:
            left_on = "organisation__memberships__left_on"
            member &= Q(**{left_on: None}) | Q(**{f"{left_on}__gte": on})
        here |= Q(role__in=PARTNER_ROLES) & member
        donors = Q(organisation__convenes=mechanism) | Q(
            organisation__awards_given__mechanisms=mechanism
        )
        here |= Q(role=Role.DONOR_OFFICER) & donors
        for place in mechanism.places.all():
            covering = Q(place__path__in=place.path_and_above) | within_path(place.path, "place")
            here |= Q(role__in=COUNTY_ROLES, mechanism=None) & covering
        return self.filter(pk__in=self.model.objects.filter(here).values("pk"))


class Office(models.Model):
    """A person in a role, for an organisation, in a place or a mechanism, for a term."""

    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="offices", verbose_name=_("holder")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    organisation = models.ForeignKey(
        "coordination.Organisation",
        models.PROTECT,
        related_name="offices",
        null=True,
        blank=True,
        help_text=_("The organisation that the holder works for."),
    )
    place = models.ForeignKey(
        Place,
        models.PROTECT,
        related_name="offices",
        null=True,
        blank=True,
        verbose_name=_("place"),
    )
    mechanism = models.ForeignKey(
        "coordination.Mechanism", models.PROTECT, related_name="offices", null=True, blank=True
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    ended_at_once = models.BooleanField(
        _("ended at once"), default=False, help_text=_("The last day itself is not in office.")
    )
    instrument = models.CharField(
        _("instrument"), max_length=200, blank=True, help_text=_("Letter, minute or e-mail.")
    )

    objects = OfficeQuerySet.as_manager()

    class Meta:
        verbose_name = _("office")
        verbose_name_plural = _("offices")
        indexes = [models.Index(fields=["holder", "starts_on"], name="office_by_holder")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")),
                name="office_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(ended_at_once=False) | Q(ends_on__isnull=False),
                name="office_ended_at_once_has_ended",
            ),
            models.CheckConstraint(
                condition=Q(role=Role.ADMINISTRATOR) | Q(organisation__isnull=False),
                name="office_names_its_organisation",
            ),
            models.CheckConstraint(
                condition=~Q(role__in=COUNTY_ROLES) | Q(place__isnull=False),
                name="county_office_names_its_place",
            ),
            models.CheckConstraint(
                condition=~Q(role__in=NAMING_A_MECHANISM) | Q(mechanism__isnull=False),
                name="office_names_its_mechanism",
            ),
        ]

    def __str__(self) -> str:
        where = self.place or self.organisation or self.mechanism
        return f"{self.get_role_display()}, {where}" if where else str(self.get_role_display())

    def is_held(self, *, on: dt.date) -> bool:
        if self.ends_on is None or on < self.ends_on:
            return self.starts_on <= on
        return self.starts_on <= on == self.ends_on and not self.ended_at_once


@dataclass(frozen=True)
class Held:
    """One office as rights need it: the role and the keys of what it is for."""

    role: str
    organisation: int | None
    place_path: str | None
    mechanism: int | None

    def counts_at(self, place: Place, mechanism: int) -> bool:
        """Whether its place contains the given one, and it names no other mechanism."""
        return self.place_path in place.path_and_above and self.mechanism in {None, mechanism}


def within_offices(offices: Iterable[Held], place: str, mechanism: str) -> Q:
    """The condition that a thing lies where one of the offices counts.

    ``place`` and ``mechanism`` are the fields that lead from the thing to its place and mechanism.
    """
    condition = Q(pk__in=[])
    for office in offices:
        if office.place_path is None:
            continue
        there = within_path(office.place_path, place)
        condition |= there & Q(**{mechanism: office.mechanism}) if office.mechanism else there
    return condition


Answer = TypeVar("Answer")

# What was asked already, while `standing_asked_once` is in force.
_known: ContextVar[dict[Hashable, Any] | None] = ContextVar("known", default=None)


@contextmanager
def standing_asked_once() -> Iterator[None]:
    """Read once in the block what people's rights follow from; nothing of it may change (R26).

    A block in another one goes on with what is known there.
    """
    known = _known.get()
    token = _known.set({} if known is None else known)
    try:
        yield
    finally:
        _known.reset(token)


def asked_once(question: Hashable, ask: Callable[[], Answer]) -> Answer:
    """What ``ask`` returns; in a `standing_asked_once` block what it returned the first time."""
    known = _known.get()
    if known is None:
        return ask()
    if question not in known:
        known[question] = ask()
    return cast("Answer", known[question])


@dataclass(frozen=True)
class Standing:
    """All offices that a person holds on a day, read in one query and asked many times."""

    on: dt.date
    offices: tuple[Held, ...] = ()

    @classmethod
    def of(cls, user: Visitor | None, *, on: dt.date | None = None) -> Standing:
        """The standing of ``user`` today, or ``on`` a day; of nobody, none."""
        on = on or timezone.localdate()
        if user is None or not user.is_authenticated or not user.is_active:
            return cls(on)
        return cls(on, asked_once((user.pk, on), lambda: offices_held(user, on)))

    def holding(self, *roles: str) -> tuple[Held, ...]:
        return tuple(office for office in self.offices if office.role in roles)

    @property
    def is_administrator(self) -> bool:
        return bool(self.holding(Role.ADMINISTRATOR))

    @property
    def organisations(self) -> set[int]:
        """Organisations that the person works for."""
        return {office.organisation for office in self.offices if office.organisation}

    @property
    def reports_for(self) -> set[int]:
        """Organisations whose figures the person enters."""
        return _keys(office.organisation for office in self.holding(*PARTNER_ROLES))

    @property
    def donors(self) -> set[int]:
        return _keys(office.organisation for office in self.holding(Role.DONOR_OFFICER))

    @property
    def mechanisms(self) -> set[int]:
        """Mechanisms that an office names, whatever its role."""
        return _keys(office.mechanism for office in self.offices)

    @property
    def secretariat_of(self) -> set[int]:
        return _keys(office.mechanism for office in self.holding(Role.SECRETARIAT))

    @property
    def county_offices(self) -> tuple[Held, ...]:
        """Those in which the person is an official or lead of a county."""
        return self.holding(*COUNTY_ROLES)

    @property
    def focal_point_offices(self) -> tuple[Held, ...]:
        """Those in which the person speaks for the government of the office's place."""
        return self.holding(Role.COUNTY_FOCAL_POINT)

    def verifies(self, place: Place, mechanism: int) -> bool:
        """Whether the person verifies what is reported in the place to the mechanism."""
        return any(office.counts_at(place, mechanism) for office in self.focal_point_offices)


def offices_held(user: User, on: dt.date) -> tuple[Held, ...]:
    """What the user holds on the day, in one query."""
    held = Office.objects.held(on=on).filter(holder=user)
    rows = held.values_list("role", "organisation", "place__path", "mechanism")
    return tuple(Held(*row) for row in rows)


def _keys(values: Iterable[int | None]) -> set[int]:
    return {value for value in values if value is not None}
