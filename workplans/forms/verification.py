"""How the queue of values that wait is narrowed; in the page's address."""

from __future__ import annotations

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from coordination.forms.choices import ListedChoiceFilter
from coordination.models import Organisation, Period
from workplans.models import Result


class QueueFilter(django_filters.FilterSet):
    """By reporter and by period, as far as something of them waits."""

    organisation = ListedChoiceFilter(
        field_name="stream__organisation",
        queryset=Organisation.objects.none(),
        to_field_name="slug",
        label=_("Reporter"),
        empty_label=_("All"),
    )
    period = ListedChoiceFilter(
        queryset=Period.objects.none(),
        to_field_name="code",
        label=_("Period"),
        empty_label=_("All"),
    )

    class Meta:
        model = Result
        fields = ("organisation", "period")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        waiting = self.queryset
        self.filters["organisation"].queryset = Organisation.objects.filter(
            pk__in=waiting.values("stream__organisation")
        ).order_by("short_name")
        self.filters["period"].queryset = Period.objects.filter(
            pk__in=waiting.values("period")
        ).order_by("-starts_on")
