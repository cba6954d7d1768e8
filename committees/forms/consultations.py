"""What is typed of a body's regular dialogue."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Consultation, StakeholderGroup
from committees.services.consultations import ConsultationContent, groups_in_dialogue
from coordination.forms.conflicts import SeenForm
from coordination.forms.fields import DAY

from .meetings import day_within_reason


class DialogueForm(SeenForm):
    """The groups with which the body speaks every quarter."""

    groups = forms.MultipleChoiceField(
        label=_("Groups"),
        required=False,
        choices=StakeholderGroup.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Owed from the first whole quarter after today."),
    )

    def __init__(self, data: Any = None, *, body: Body) -> None:
        super().__init__(data, initial={"groups": groups_in_dialogue(body)})


class ConsultationForm(forms.ModelForm):
    """One consultation that was held."""

    class Meta:
        model = Consultation
        fields = ("group", "held_on", "mode", "with_whom", "subject", "heard", "answer")
        widgets = {
            "held_on": DAY,
            "heard": forms.Textarea(attrs={"rows": 4}),
            "answer": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {"answer": _("Empty while nothing has come of it.")}

    def __init__(self, data: Any = None, *, body: Body) -> None:
        today = body.mechanism.today()
        super().__init__(data, initial={"held_on": today}, instance=Consultation(body=body))
        self.fields["held_on"].validators.append(day_within_reason)

    def content(self) -> ConsultationContent:
        """What was typed, as the service takes it."""
        data = self.cleaned_data
        return cast(
            ConsultationContent, {name: data[name] for name in ConsultationContent.__annotations__}
        )


class ConsultationWithdrawForm(forms.Form):
    """Why a consultation does not count."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
