"""What is typed about a review."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.models import Period
from workplans.models import JointWorkPlan
from workplans.services.plans import ended_periods


class ReviewForm(forms.Form):
    """Which quarter of a plan is reviewed: one that is over."""

    period = forms.ModelChoiceField(
        Period.objects.none(), label=_("Quarter"), to_field_name="code", empty_label=None
    )

    def __init__(self, data: Any = None, *, plan: JointWorkPlan, on: Any) -> None:
        super().__init__(data)
        ended = [period.pk for period in ended_periods(plan, on=on)]
        field = cast(forms.ModelChoiceField, self.fields["period"])
        field.queryset = Period.objects.filter(pk__in=ended).order_by("-starts_on")


class DecisionRequestForm(forms.Form):
    """What the committee is asked to decide."""

    text = forms.CharField(
        label=_("Decision that is asked for"),
        max_length=200,
        help_text=_("As the committee may take it, in one sentence."),
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For the committee; it does not stand in the public version."),
    )


class PackRequestForm(forms.Form):
    """The number of the newest pack that the page showed."""

    seen = forms.IntegerField(min_value=0, max_value=10_000, widget=forms.HiddenInput)
