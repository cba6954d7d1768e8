"""Inviting someone into an office."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    COUNTY_ROLES,
    PARTNER_ROLES,
    Invitation,
    Mechanism,
    Organisation,
    Place,
    Role,
)
from coordination.services.offices import Appointment

from .places import PlaceField
from .rendering import need_in_some_cases

GOVERNMENTS = (
    Organisation.Type.COUNTY_GOVERNMENT,
    Organisation.Type.COUNTY_DEPARTMENT,
    Organisation.Type.NATIONAL_GOVERNMENT,
    Organisation.Type.PROVINCIAL_DEPARTMENT,
    Organisation.Type.DISTRICT_ADMINISTRATION,
    Organisation.Type.LOCAL_GOVERNMENT,
)


def organisations_of(mechanism: Mechanism) -> QuerySet[Organisation]:
    """Those that take part in the mechanism."""
    this = Mechanism.objects.filter(pk=mechanism.pk)
    return Organisation.objects.taking_part_in(this).order_by("short_name")


def places_of(mechanism: Mechanism) -> QuerySet[Place]:
    """The places that the mechanism covers, and those one rung below."""
    covered = Place.objects.filter(Q(mechanisms=mechanism) | Q(parent__mechanisms=mechanism))
    places = Place.objects.filter(pk__in=covered.values("pk"))
    return places.select_related("level").order_by("path")


class InvitationForm(forms.ModelForm):
    """Post, address, role, and what the role is for; choices are those of the mechanism."""

    place = PlaceField(
        Place.objects.none(),
        required=False,
        empty_label=_("No single place"),
        label=_("Place"),
        help_text=_("Needed for officials and leads of a county, and for nobody else."),
    )

    class Meta:
        model = Invitation
        fields = (
            "name",
            "email",
            "role",
            "organisation",
            "place",
            "office_starts_on",
            "office_ends_on",
            "instrument",
        )
        labels = {
            "name": _("Post"),
            "organisation": _("Organisation"),
            "instrument": _("Appointed by"),
        }
        help_texts = {
            "name": _("Such as “Data officer, KCDMS”. It stands beside what this person does."),
            "email": _("Only this address can accept. The link lives for 14 days."),
            "organisation": _("The one that this person works for; an administrator has none."),
            "office_ends_on": _("Empty when it is not known yet."),
            "instrument": _(
                "Letter, minute or e-mail of appointment. Needed for offices of a county: "
                "the county names its own people."
            ),
        }
        widgets = {
            "office_starts_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "office_ends_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(
        self, *args: Any, mechanism: Mechanism, with_administrator: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.mechanism = mechanism
        role = cast("forms.ChoiceField", self.fields["role"])
        role.choices = [
            ("", _("Choose")),
            *(
                (value, label)
                for value, label in Role.choices
                if with_administrator or value != Role.ADMINISTRATOR
            ),
        ]
        organisation = cast("forms.ModelChoiceField", self.fields["organisation"])
        organisation.queryset = organisations_of(mechanism)
        organisation.empty_label = _("Choose")
        organisation.required = not with_administrator
        place = cast("forms.ModelChoiceField", self.fields["place"])
        place.queryset = places_of(mechanism)
        self.fields["office_starts_on"].initial = timezone.localdate
        # The role decides whether these are needed; it is chosen on the same page.
        need_in_some_cases(self, "organisation", "place", "instrument")

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        role, organisation = cleaned.get("role"), cleaned.get("organisation")
        if role == Role.ADMINISTRATOR:
            self._refuse(organisation, "organisation", _("An administrator is not of one side."))
        elif role and "organisation" in cleaned:
            self._check_organisation(role, organisation)
        if role in COUNTY_ROLES:
            self._refuse(not cleaned.get("place"), "place", _("Choose the place of this office."))
            self._refuse(
                not cleaned.get("instrument"), "instrument", _("Give the letter, minute or e-mail.")
            )
        elif role:
            self._refuse(cleaned.get("place"), "place", _("This office is not of one place."))
        first, last = cleaned.get("office_starts_on"), cleaned.get("office_ends_on")
        self._refuse(
            first and last and last < first, "office_ends_on", _("This is before the first day.")
        )
        return cleaned

    def appointment(self) -> Appointment:
        """What the valid form appoints to."""
        data = self.cleaned_data
        return Appointment(
            role=data["role"],
            starts_on=data["office_starts_on"],
            ends_on=data["office_ends_on"],
            organisation=data["organisation"],
            place=data["place"],
            mechanism=None if data["role"] == Role.ADMINISTRATOR else self.mechanism,
            instrument=data["instrument"],
        )

    def _check_organisation(self, role: str, organisation: Organisation | None) -> None:
        if organisation is None:
            self.add_error("organisation", _("Choose the organisation."))
        elif sentence := self._objection(role, organisation):
            self.add_error("organisation", sentence)

    def _objection(self, role: str, organisation: Organisation) -> str:
        """Why nobody of this organisation can hold the role here; empty when somebody can."""
        is_government = organisation.type in GOVERNMENTS
        is_donor = organisation.type == Organisation.Type.DONOR
        if role in PARTNER_ROLES and not self._is_member(organisation):
            return gettext("This organisation is not a member of the mechanism.")
        if role == Role.COUNTY_FOCAL_POINT and not is_government:
            return gettext("A focal point works for the government of the place.")
        if role == Role.COUNTY_FOCAL_POINT and not self._governs_place(organisation):
            return gettext("This government is not that of the place chosen.")
        if role == Role.SECRETARIAT and organisation != self.mechanism.backbone:
            return gettext("The secretariat works for the mechanism’s backbone organisation.")
        if role == Role.DONOR_OFFICER and not is_donor:
            return gettext("A donor officer works for a donor of this mechanism.")
        return ""

    def _is_member(self, organisation: Organisation) -> bool:
        members = self.mechanism.memberships.current(on=timezone.localdate())
        return members.filter(organisation=organisation).exists()

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
