"""Which work in a place is asked for: by sector, organisation and status."""

from __future__ import annotations

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from coordination.models import Organisation, Sector
from workplans.models import Activity


class PresenceFilter(django_filters.FilterSet):
    """The filters of "who does what where"; choices are those that occur in the place."""

    sector = django_filters.ModelChoiceFilter(
        label=_("Sector"), queryset=Sector.objects.none(), empty_label=_("All sectors")
    )
    lead = django_filters.ModelChoiceFilter(
        label=_("Led by"),
        queryset=Organisation.objects.none(),
        to_field_name="slug",
        empty_label=_("All organisations"),
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=Activity.Status.choices, empty_label=_("Any status")
    )

    class Meta:
        model = Activity
        fields = ["sector", "lead", "status"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        activities = self.queryset
        self.filters["sector"].queryset = Sector.objects.filter(
            pk__in=activities.values("sector")
        ).order_by("name")
        self.filters["lead"].queryset = Organisation.objects.filter(
            pk__in=activities.values("lead")
        ).order_by("short_name")
