"""What an office asks of whom it is given to and where, and ending one."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import SeenForm
from coordination.models import (
    COUNTY_ROLES,
    PARTNER_ROLES,
    Mechanism,
    Organisation,
    Place,
    Role,
)

from .rendering import need_in_some_cases

GOVERNMENTS = (
    Organisation.Type.COUNTY_GOVERNMENT,
    Organisation.Type.COUNTY_DEPARTMENT,
    Organisation.Type.NATIONAL_GOVERNMENT,
    Organisation.Type.PROVINCIAL_DEPARTMENT,
    Organisation.Type.DISTRICT_ADMINISTRATION,
    Organisation.Type.LOCAL_GOVERNMENT,
)


def places_of(mechanism: Mechanism) -> QuerySet[Place]:
    """The places that the mechanism covers, and those one rung below."""
    covered = Place.objects.filter(Q(mechanisms=mechanism) | Q(parent__mechanisms=mechanism))
    places = Place.objects.filter(pk__in=covered.values("pk"))
    return places.select_related("level").order_by("path")


class AppointmentChecks(forms.BaseForm):
    """For forms that appoint someone: whether role, organisation, place and mechanism agree.

    Without a mechanism the office counts in all of them, and nothing is asked about one.
    """

    cleaned_data: dict[str, Any]

    def check_appointment(self, mechanism: Mechanism | None) -> None:
        """Say at its field what does not agree."""
        cleaned = self.cleaned_data
        role, organisation = cleaned.get("role"), cleaned.get("organisation")
        if role == Role.ADMINISTRATOR:
            self._refuse(organisation, "organisation", _("An administrator is not of one side."))
        elif role and "organisation" in cleaned:
            self._check_organisation(role, organisation, mechanism)
        if role:
            self._check_place(role, mechanism)

    def _check_place(self, role: str, mechanism: Mechanism | None) -> None:
        place = self.cleaned_data.get("place")
        if role not in COUNTY_ROLES:
            self._refuse(place, "place", _("This office is not of one place."))
        elif place is None:
            self._refuse("place" not in self.errors, "place", _("Choose the place of this office."))
        elif mechanism is not None:
            is_covered = places_of(mechanism).filter(pk=place.pk).exists()
            self._refuse(not is_covered, "place", _("The mechanism does not cover this place."))

    def _check_organisation(
        self, role: str, organisation: Organisation | None, mechanism: Mechanism | None
    ) -> None:
        if organisation is None:
            self.add_error("organisation", _("Choose the organisation."))
        elif sentence := self._objection(role, organisation, mechanism):
            self.add_error("organisation", sentence)

    def _objection(self, role: str, organisation: Organisation, mechanism: Mechanism | None) -> str:
        """Why nobody of this organisation can hold the role here; empty when somebody can."""
        is_government = organisation.type in GOVERNMENTS
        is_donor = organisation.type == Organisation.Type.DONOR
        if role in PARTNER_ROLES and mechanism and not is_member(organisation, mechanism):
            return gettext("This organisation is not a member of the mechanism.")
        if role == Role.COUNTY_FOCAL_POINT and not is_government:
            return gettext("A focal point works for the government of the place.")
        if role == Role.COUNTY_FOCAL_POINT and not self._governs_place(organisation):
            return gettext("This government is not that of the place chosen.")
        if role == Role.SECRETARIAT and mechanism and organisation != mechanism.backbone:
            return gettext("The secretariat works for the mechanism’s backbone organisation.")
        if role == Role.DONOR_OFFICER and not is_donor:
            return gettext("A donor officer works for a donor of this mechanism.")
        return ""

    def _governs_place(self, organisation: Organisation) -> bool:
        """Whether it, or the government that it is part of, stands at or above the chosen place."""
        place = self.cleaned_data.get("place")
        if place is None:  # which is said at its own field
            return True
        parent = organisation.parent
        places = [organisation.place, parent.place if parent else None]
        return any(governed.contains(place) for governed in places if governed)

    def _refuse(self, is_wrong: object, field: str, sentence: object) -> None:
        if is_wrong:
            self.add_error(field, str(sentence))


def is_member(organisation: Organisation, mechanism: Mechanism) -> bool:
    members = mechanism.memberships.current(on=mechanism.today())
    return members.filter(organisation=organisation).exists()


class OfficeEndForm(SeenForm):
    when = forms.ChoiceField(
        label=_("When"),
        choices=[("at_once", _("At once")), ("last_day", _("After a last day in office"))],
        widget=forms.RadioSelect,
        initial="last_day",
    )
    last_day = forms.DateField(
        label=_("Last day in office"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Needed unless it ends at once. Rights last to the end of this day."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        need_in_some_cases(self, "last_day")

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("when") == "last_day" and "last_day" in cleaned and not cleaned["last_day"]:
            self.add_error("last_day", _("Give the last day in office."))
        return cleaned

    def chosen_day(self) -> dt.date | None:
        """The last day in office, or None for at once."""
        return self.cleaned_data["last_day"] if self.cleaned_data["when"] == "last_day" else None
