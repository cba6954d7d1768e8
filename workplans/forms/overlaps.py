"""What is typed to settle a possible overlap, or to raise one of bodies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from committees.models import Body
from coordination.forms.conflicts import SeenField, SeenForm
from coordination.forms.fields import offer
from coordination.models import Mechanism
from workplans.models import Overlap, RoleOverlap

REASON = Overlap._meta.get_field("reason").max_length


class OverlapDecisionForm(SeenForm):
    """What shall become of it, and why."""

    decision = forms.ChoiceField(
        label=_("Decision"), choices=Overlap.Choice.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Who does what where, or why both stay. Both lead organisations read it."),
    )


class RoleOverlapDecisionForm(OverlapDecisionForm):
    """The same of two bodies, which no organisation leads."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["reason"].help_text = _(
            "Which body does what, or why both stay. The secretariat is told."
        )


class OverlapOutcomeForm(SeenForm):
    """What was done of what was decided."""

    outcome = forms.CharField(
        label=_("What became of it"),
        max_length=Overlap._meta.get_field("outcome").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RoleOverlapForm(forms.ModelForm):
    """Two bodies, and in what they may overlap."""

    seen = SeenField()

    class Meta:
        model = RoleOverlap
        fields = ("first", "second", "kind", "matter")
        widgets = {"matter": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"matter": _("Such as: both are to review the plan’s progress every quarter.")}

    def __init__(self, data: Any = None, *, mechanism: Mechanism) -> None:
        super().__init__(data)
        bodies = Body.objects.filter(mechanism=mechanism).order_by("position", "name")
        for name in ("first", "second"):
            offer(self, name, bodies)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("first") and cleaned.get("first") == cleaned.get("second"):
            self.add_error("second", _("Choose another body than the first."))
        return cleaned

    def _post_clean(self) -> None:
        """Who raises it and when is the service's to say; the row is checked there."""
