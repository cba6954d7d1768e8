"""What a seat has for its duties, and the support planned."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Capacity, Seat
from committees.services.capacities import Assessment, duties_of
from coordination.forms.conflicts import SeenForm
from coordination.forms.fields import DAY
from coordination.forms.invitations import organisations_of
from coordination.models import Organisation


class CapacityForm(SeenForm):
    """One duty of the body: whether the seat has what it asks for."""

    duty = forms.ChoiceField(label=_("Duty"))
    level = forms.ChoiceField(
        label=_("What it has for that"), choices=[("", _("Choose")), *Capacity.Level.choices]
    )
    assessed_on = forms.DateField(label=_("Assessed on"), widget=DAY)
    support = forms.CharField(
        label=_("Support planned"),
        required=False,
        max_length=300,
        help_text=_("Such as an induction, training, a staff member lent, an adviser."),
    )
    support_from = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("Support from"),
        required=False,
        empty_label=_("Nobody named"),
    )
    support_due_on = forms.DateField(label=_("Support until"), required=False, widget=DAY)

    def __init__(self, data: Any = None, *, seat: Seat) -> None:
        super().__init__(data)
        duties = duties_of(seat.body)
        if duties:
            field = cast("forms.ChoiceField", self.fields["duty"])
            field.choices = [("", _("Choose")), *((duty[:200], duty) for duty in duties)]
        else:
            self.fields["duty"] = forms.CharField(
                label=_("Duty"),
                max_length=200,
                help_text=_("The body’s own duties are not on record; then they are offered here."),
            )
        zone = seat.body.mechanism.zone
        self.fields["assessed_on"].initial = timezone.localdate(timezone=zone)
        helping = cast("forms.ModelChoiceField", self.fields["support_from"])
        helping.queryset = organisations_of(seat.body.mechanism)

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        named = cleaned.get("support_from") or cleaned.get("support_due_on")
        if named and not cleaned.get("support") and "support" not in self.errors:
            self.add_error("support", _("Say which support is planned."))
        return cleaned

    def assessment(self) -> Assessment:
        """What was typed, as the services take it."""
        data = self.cleaned_data
        return cast(Assessment, {name: data[name] for name in Assessment.__annotations__})


class SupportForm(SeenForm):
    supported_on = forms.DateField(
        label=_("Given on"), widget=DAY, help_text=_("Then assess the capacity again.")
    )

    def __init__(self, data: Any = None, *, today: dt.date) -> None:
        super().__init__(data)
        self.fields["supported_on"].initial = today
