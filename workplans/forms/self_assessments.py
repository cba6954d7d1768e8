"""What is typed of the annual self-assessment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from coordination.forms.fields import DAY
from workplans.models import AssessedPrinciple, AssessmentRound, PrincipleScore
from workplans.services.self_assessments import Answer


class RoundForm(forms.ModelForm):
    """A year's self-assessment: which, and until when it is answered."""

    class Meta:
        model = AssessmentRound
        fields = ("year", "closes_on")
        widgets = {"closes_on": DAY}
        help_texts = {"closes_on": _("Scores are told by side from the day after.")}


class RoundExtendForm(SeenForm):
    """Until when there is more time."""

    closes_on = forms.DateField(label=_("New last day to answer"), widget=DAY)


class AssessmentForm(RemembersItsBeginning, forms.Form):
    """One score for each principle, and why."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(
        self,
        data: Any = None,
        *,
        principles: list[AssessedPrinciple],
        answers: Mapping[int, Answer],
        version: int,
    ) -> None:
        self.numbers = [principle.number for principle in principles]
        initial: dict[str, Any] = {"seen_version": version}
        for number, answer in answers.items():
            initial |= {f"score_{number}": answer.score, f"because_{number}": answer.because}
        super().__init__(data, initial=initial)
        for name, field in _fields(principles):
            field.show_hidden_initial = True
            self.fields[name] = field

    def scores(self) -> dict[int, Answer]:
        """What was chosen, by number of the principle."""
        given = self.cleaned_data
        return {
            number: Answer(given[f"score_{number}"], given[f"because_{number}"])
            for number in self.numbers
        }


def _fields(principles: list[AssessedPrinciple]) -> Iterator[tuple[str, forms.Field]]:
    for principle in principles:
        yield (
            f"score_{principle.number}",
            forms.TypedChoiceField(
                label=str(principle),
                coerce=int,
                choices=PrincipleScore.Score.choices,
                widget=forms.RadioSelect,
            ),
        )
        yield (
            f"because_{principle.number}",
            forms.CharField(
                label=_("Because, of principle %(number)s") % {"number": principle.number},
                required=False,
                max_length=300,
            ),
        )
