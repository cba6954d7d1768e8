"""What the secretariat types to retire an indicator."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import SeenForm
from coordination.forms.fields import offer
from coordination.models import Period
from workplans.models import IndicatorVersion, Result


class RetirementForm(SeenForm):
    """The last period that is reported under the version in use, and why it ends."""

    last_period = forms.ModelChoiceField(
        Period.objects.none(),
        label=_("Last period that is reported"),
        to_field_name="code",
        help_text=_("None earlier than the last for which a value was entered."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=IndicatorVersion._meta.get_field("retirement_reason").max_length,
        help_text=_("It stands on the page of the indicator, where everyone reads it."),
    )

    def __init__(self, data: Any = None, *, version: IndicatorVersion) -> None:
        super().__init__(data)
        offer(self, "last_period", periods_to_end_with(version))


def periods_to_end_with(version: IndicatorVersion) -> QuerySet[Period]:
    """Periods since the last that has a value; without any, since the first reporter began."""
    periods = Period.objects.order_by("starts_on")
    entered = Result.objects.filter(stream__version=version).order_by("-period__starts_on")
    if last := entered.values_list("period__starts_on", flat=True).first():
        return periods.filter(starts_on__gte=last)
    streams = version.streams.order_by("starts_on")
    first = streams.values_list("starts_on", flat=True).first()
    return periods.filter(ends_before__gt=first) if first else periods
