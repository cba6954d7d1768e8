"""Looking for who does what in a place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from coordination.forms.choices import ListedChoiceFilter
from coordination.models import Organisation, Period, Sector
from reporting.services.presence import Offered
from workplans.models import Activity, JointWorkPlan
from workplans.models.activity import ActivityQuerySet
from workplans.services.coverage import during


class PresenceFilter(filters.FilterSet):
    """The activities of a place by sector, organisation, status and quarter; offers what occurs."""

    sector = ListedChoiceFilter(
        label=_("Sector"), queryset=Sector.objects.none(), to_field_name="code",
        empty_label=_("All sectors"),
    )  # fmt: skip
    organisation = ListedChoiceFilter(
        label=_("Organisation"), queryset=Organisation.objects.none(), to_field_name="slug",
        empty_label=_("All organisations"), method="taking_part",
    )  # fmt: skip
    status = filters.ChoiceFilter(
        label=_("Status"), choices=Activity.Status.choices, empty_label=_("Any status")
    )

    period = ListedChoiceFilter(
        label=_("When"), queryset=Period.objects.none(), to_field_name="code",
        empty_label=_("At any time"), method="going_on",
    )  # fmt: skip

    class Meta:
        model = Activity
        fields: list[str] = []

    def __init__(self, data: Any, activities: ActivityQuerySet, offered: Offered) -> None:
        super().__init__(data, queryset=activities)
        sectors = Sector.objects.filter(pk__in=offered.sectors)
        self.filters["sector"].queryset = sectors.order_by("name")
        organisations = Organisation.objects.filter(pk__in=offered.organisations)
        self.filters["organisation"].queryset = organisations.order_by("short_name")
        plans = JointWorkPlan.objects.filter(
            pk__in=offered.plans,
            starts_on__lt=OuterRef("ends_before"),
            ends_before__gt=OuterRef("starts_on"),
        )
        planned = Period.objects.filter(Exists(plans)).order_by("-starts_on")
        self.filters["period"].queryset = planned

    @classmethod
    def is_asked(cls, data: Mapping[str, str]) -> bool:
        """Whether the address asks for some of the activities only."""
        return any(data.get(name) for name in cls.base_filters)

    def taking_part(
        self, activities: ActivityQuerySet, name: str, organisation: Organisation
    ) -> ActivityQuerySet:
        """Activities that the organisation leads or joins."""
        joined = activities.model.objects.filter(partners__organisation=organisation)
        return activities.filter(Q(lead=organisation) | Q(pk__in=joined.values("pk")))

    def going_on(self, activities: ActivityQuerySet, name: str, period: Period) -> ActivityQuerySet:
        """Activities that go on for some day of the period."""
        return during(activities, period)


class LeastForm(forms.Form):
    """How many trained persons make a critical mass."""

    least = forms.IntegerField(label=_("At least"), min_value=1, max_value=100_000, required=False)
