"""Looking for a mechanism."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Place


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
