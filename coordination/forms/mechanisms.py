"""Looking for a mechanism, and moving one through its life."""

from __future__ import annotations

from typing import Any, cast

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import SeenForm
from coordination.forms.fields import offer
from coordination.models import Mechanism, Organisation, Place


class MechanismFilter(django_filters.FilterSet):
    country = django_filters.ModelChoiceFilter(
        queryset=Place.objects.filter(mechanisms_of_country__isnull=False)
        .distinct()
        .order_by("name"),
        to_field_name="slug",
        label=_("Country"),
        empty_label=_("All countries"),
    )
    kind = django_filters.ChoiceFilter(
        choices=Mechanism.Kind.choices, label=_("Kind"), empty_label=_("All kinds")
    )
    state = django_filters.ChoiceFilter(
        choices=Mechanism.State.choices, label=_("State"), empty_label=_("All states")
    )

    class Meta:
        model = Mechanism
        fields = ("country", "kind", "state")


class MechanismMoveForm(SeenForm):
    """What the chair decided, when, and where it is written."""

    to = forms.ChoiceField(label=_("It is from now on"))
    on = forms.DateField(
        label=_("Day of the decision"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Of a launch, the day of the launch."),
    )
    minutes = forms.CharField(
        label=_("Minutes or reason"),
        max_length=500,
        help_text=_("The reference of the minutes in which the chair said so, or the reason."),
    )

    def __init__(self, mechanism: Mechanism, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [(state.value, state.label) for state in mechanism.next_states]
        cast("forms.ChoiceField", self.fields["to"]).choices = [("", _("Choose")), *states]


class BackboneForm(SeenForm):
    """Which organisation takes over as backbone, from when, and where it is written."""

    to = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("New backbone"),
        help_text=_("A member, or another organisation that takes part."),
    )  # fmt: skip
    on = forms.DateField(
        label=_("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    minutes = forms.CharField(
        label=_("Minutes or reason"),
        max_length=500,
        help_text=_("The reference of the minutes in which the chair said so, or the reason."),
    )

    def __init__(self, mechanism: Mechanism, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        around = Organisation.objects.taking_part_in(Mechanism.objects.filter(pk=mechanism.pk))
        offer(self, "to", around.exclude(backbone_of=mechanism).order_by("short_name"))
