"""What is said of a step of the official calendar: another day, and who took part."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import RemembersItsBeginning
from coordination.forms.fields import DAY, SeveralField, offer
from coordination.models import Mechanism, Organisation
from workplans.models import JointWorkPlan, Participation
from workplans.services.planning_calendars import Occurrence


class StepMoveForm(RemembersItsBeginning, forms.Form):
    """The day on which the place holds the step, and why."""

    due_on = forms.DateField(
        label=_("Day in this place"), widget=DAY, required=False,
        help_text=_("Empty: the day of the official calendar."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Such as: the assembly is in recess until 14 Sep, by its notice."),
    )  # fmt: skip
    seen_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**6)

    def __init__(self, data: Any = None, *, occurrence: Occurrence) -> None:
        move = occurrence.move
        initial = {
            "due_on": move.due_on if move else None,
            "seen_version": move.version if move else 0,
        }
        super().__init__(data, initial=initial)


class ParticipationForm(forms.ModelForm):
    """Who took part in the step, when, and what they submitted."""

    organisations = SeveralField(
        Organisation.objects.none(), label=_("Who took part"), widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Participation
        fields = ("took_part_on", "organisations", "posts", "submitted", "note")
        widgets = {"took_part_on": DAY, "note": forms.Textarea(attrs={"rows": 3})}
        labels = {"took_part_on": _("On")}
        help_texts = {
            "posts": _("Such as: two technical officers. Posts, not persons."),
            "submitted": _("Such as: comments of six partners on the draft ADP."),
        }

    def __init__(self, data: Any = None, *, plan: JointWorkPlan) -> None:
        super().__init__(data)
        around = Organisation.objects.taking_part_in(Mechanism.objects.filter(pk=plan.mechanism_id))
        offer(self, "organisations", around.order_by("short_name"))
