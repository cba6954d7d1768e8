"""What the secretariat types of a results framework."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from coordination.forms.fields import offer
from coordination.models import Mechanism, Organisation
from workplans.models import IntendedResult, ResultsFramework


class IntendedResultForm(RemembersItsBeginning, SeenForm):
    """Who answers for an intended result, on what it rests, and what endangers it."""

    owner = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("Responsible"),
        required=False,
        help_text=_("The organisation that answers for this result, of those that take part."),
    )
    assumptions = forms.CharField(
        label=_("Assumptions"),
        required=False,
        max_length=IntendedResult._meta.get_field("assumptions").max_length,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What has to hold so that the results below lead to this one."),
    )
    risks = forms.CharField(
        label=_("Risks"),
        required=False,
        max_length=IntendedResult._meta.get_field("risks").max_length,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What may keep it from being reached, and what is done about that."),
    )

    def __init__(self, data: Any = None, *, result: IntendedResult) -> None:
        first = {name: getattr(result, name) for name in ("owner", "assumptions", "risks")}
        super().__init__(data, initial=first)
        mechanisms = Mechanism.objects.filter(pk=result.framework.mechanism_id)
        taking_part = Organisation.objects.taking_part_in(mechanisms)
        known = taking_part | Organisation.objects.filter(intended_results=result)
        offer(self, "owner", known.distinct().order_by("short_name"))


class FrameworkStepForm(SeenForm):
    """Who decided that the framework is in its next state; ``to`` is that state."""

    to = forms.ChoiceField(choices=ResultsFramework.State.choices, widget=forms.HiddenInput)
    note = forms.CharField(
        label=_("Who decided it, and when"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Such as: reviewed by the External Monitor in March 2021. Posts, not persons."),
    )
