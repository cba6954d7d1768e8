"""What is typed about an activity's outputs, its ties to others, and comments on it."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.fields import offer
from coordination.models import User
from workplans.models import Activity, ActivityComment, ActivityTie, Indicator
from workplans.services.activity_outputs import (
    MOST_OUTPUTS,
    QUARTERS,
    OutputContent,
    OutputNamedTwice,
)

from .quantities import WrittenQuantityField


class OutputForm(forms.Form):
    """An indicator or words, with the targets of the four quarters."""

    indicator = forms.ModelChoiceField(
        Indicator.objects.none(), label=_("Indicator"), required=False
    )
    wording = forms.CharField(
        label=_("Or the output in words"),
        max_length=240,
        required=False,
        help_text=_("Such as: farmers trained in fodder production."),
    )
    unit = forms.CharField(label=_("Unit"), max_length=60, required=False)
    q1 = WrittenQuantityField(label="Q1", required=False)
    q2 = WrittenQuantityField(label="Q2", required=False)
    q3 = WrittenQuantityField(label="Q3", required=False)
    q4 = WrittenQuantityField(label="Q4", required=False)

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("indicator") and cleaned.get("wording"):
            self.add_error("wording", _("Choose an indicator or write words, not both."))
        is_typed = any(cleaned.get(name) is not None for name in QUARTERS) or cleaned.get("unit")
        if is_typed and not (cleaned.get("indicator") or cleaned.get("wording")):
            self.add_error("indicator", _("Choose an indicator, or say the output in words."))
        return cleaned


class BaseOutputFormSet(forms.BaseFormSet):
    """The outputs of an activity, in their order."""

    def __init__(
        self,
        data: Any = None,
        *,
        activity: Activity,
        user: User,
        quarters: list[str],
        initial: Any = None,
    ) -> None:
        seen = Indicator.objects.visible_to(user)
        seen = seen.filter(mechanism=activity.plan.mechanism_id)
        self.indicators = seen.order_by("code")
        self.quarters = dict(zip(QUARTERS, quarters, strict=False))
        super().__init__(data, prefix="outputs", initial=initial)

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        offer(form, "indicator", self.indicators)
        for number, name in enumerate(QUARTERS, start=1):
            form.fields[name].label = f"Q{number} {self.quarters.get(name, '')}".strip()

    def clean(self) -> None:
        named = [] if any(self.errors) else [row["indicator"] for row in self.outputs()]
        named = [indicator for indicator in named if indicator]
        if len(named) != len(set(named)):
            raise forms.ValidationError(str(OutputNamedTwice.message))

    def outputs(self) -> list[OutputContent]:
        """What was typed, as the services take it."""
        rows = [form for form in self.forms if form not in self.deleted_forms]
        return [
            cast(
                OutputContent,
                {name: row.cleaned_data[name] for name in OutputContent.__annotations__},
            )
            for row in rows
            if row.cleaned_data.get("indicator") or row.cleaned_data.get("wording")
        ]


OutputFormSet = cast(
    type[BaseOutputFormSet],
    forms.formset_factory(
        OutputForm, formset=BaseOutputFormSet, extra=2, can_delete=True, max_num=MOST_OUTPUTS
    ),
)


class VersionForm(forms.Form):
    """Which version of the activity its writer saw."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class TieForm(forms.Form):
    """How this activity hangs together with another of its plan, or of the place's other plans."""

    AFTER, BEFORE = "after", "before"

    how = forms.ChoiceField(
        label=_("How"),
        choices=[
            (AFTER, _("Sequencing: the other comes first, this one after it")),
            (BEFORE, _("Sequencing: this one comes first, the other after it")),
            (ActivityTie.Kind.LAYERING, _("Layering: both reach the same people or places")),
            (ActivityTie.Kind.INTEGRATION, _("Integration: both are done as one piece of work")),
        ],
    )
    other = forms.ModelChoiceField(Activity.objects.none(), label=_("The other activity"))
    note = forms.CharField(
        label=_("How they hang together"),
        max_length=240,
        required=False,
        help_text=_("Such as: the wells are needed before the gardens are planted."),
    )

    def __init__(self, data: Any = None, *, activity: Activity, user: User) -> None:
        super().__init__(data)
        plan = activity.plan
        others = Activity.objects.visible_to(user).standing().exclude(pk=activity.pk)
        others = others.filter(plan__mechanism=plan.mechanism_id, plan__place=plan.place_id)
        offer(self, "other", others.order_by("-plan__starts_on", "code"))

    def pair(self, activity: Activity) -> tuple[Activity, Activity, str]:
        """Which comes first, which second, and the kind of the tie."""
        how, other = self.cleaned_data["how"], self.cleaned_data["other"]
        if how == self.AFTER:
            return other, activity, ActivityTie.Kind.SEQUENCING.value
        if how == self.BEFORE:
            return activity, other, ActivityTie.Kind.SEQUENCING.value
        return activity, other, how


class CommentForm(forms.Form):
    text = forms.CharField(
        label=_("Your comment"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": 2000}),
        help_text=_("Its lead is told and answers. Read by who takes part in the mechanism."),
    )


class AnswerForm(forms.Form):
    """Accepted or declined, and why."""

    answer = forms.ChoiceField(
        label=_("Answer"), choices=ActivityComment.Answer.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 500}),
        help_text=_("What was changed, or why nothing is."),
    )
