"""Inviting someone into an office."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    COUNTY_ROLES,
    Invitation,
    Mechanism,
    Organisation,
    Place,
    Role,
)
from coordination.services.offices import Appointment

from .offices import AppointmentChecks, places_of
from .places import PlaceField
from .rendering import need_in_some_cases


def organisations_of(mechanism: Mechanism) -> QuerySet[Organisation]:
    """Those that take part in the mechanism."""
    this = Mechanism.objects.filter(pk=mechanism.pk)
    return Organisation.objects.taking_part_in(this).order_by("short_name")


class InvitationForm(AppointmentChecks, forms.ModelForm):
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
                # A seat on a body is given by an appointment.
                if value != Role.COMMITTEE_MEMBER
                and (with_administrator or value != Role.ADMINISTRATOR)
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
        role = cleaned.get("role")
        self.check_appointment(self.mechanism)
        if role in COUNTY_ROLES and not cleaned.get("instrument"):
            self.add_error("instrument", _("Give the letter, minute or e-mail."))
        first, last = cleaned.get("office_starts_on"), cleaned.get("office_ends_on")
        if first and last and last < first:
            self.add_error("office_ends_on", _("This is before the first day."))
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
