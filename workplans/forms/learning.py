"""What is typed for pause and reflect: an answer, and the words of a sector."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import RemembersItsBeginning
from workplans.models import LearningAnswer, SectorNarrative


class LearningAnswerForm(RemembersItsBeginning, forms.Form):
    """The answer to one question for one quarter."""

    text = forms.CharField(
        label=_("Answer"), max_length=4000, required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("It stands in the review of the quarter. No names of persons."),
    )  # fmt: skip
    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(self, data: Any = None, *, told: LearningAnswer | None) -> None:
        initial = {"text": told.text, "seen_version": told.version} if told else {}
        super().__init__(data, initial=initial)

    def content(self) -> dict[str, Any]:
        """What was typed, as the service takes it."""
        return self.cleaned_data


class SectorNarrativeForm(RemembersItsBeginning, forms.ModelForm):
    """What a sector says of a quarter, under the five heads of county reviews."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = SectorNarrative
        fields = tuple(SectorNarrative.Head.values)
        widgets = {head: forms.Textarea(attrs={"rows": 4}) for head in SectorNarrative.Head.values}

    def __init__(self, data: Any = None, *, told: SectorNarrative | None) -> None:
        initial: dict[str, Any] = {}
        if told is not None:
            initial = forms.model_to_dict(told, self._meta.fields)
            initial["seen_version"] = told.version
        super().__init__(data, instance=SectorNarrative(), initial=initial)

    def content(self) -> dict[str, Any]:
        """What was typed, as the service takes it."""
        texts = {head: self.cleaned_data[head] for head in SectorNarrative.Head.values}
        return {"texts": texts, "seen_version": self.cleaned_data["seen_version"]}


class LearningSearchForm(forms.Form):
    """Words to find among all answers of a mechanism."""

    text = forms.CharField(label=_("Words"), max_length=100, required=False)
