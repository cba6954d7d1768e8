"""What is typed of a body's criteria, and of a commune's performance by them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from committees.models import Body, CriteriaSet, Criterion, PerformanceReview
from committees.services.criteria import Scale, scales_of
from committees.services.performance import (
    COLUMNS,
    ReviewContent,
    ScoreOffScale,
    exact,
    meetings_to_review_at,
)
from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from coordination.forms.fields import DAY, offer
from coordination.forms.rendering import need_in_some_cases
from coordination.models import written
from coordination.models.quantity import LIMIT, PLACES

MOST_CRITERIA = 12
REASON = 300


class CriteriaForm(SeenForm):
    """From when on the body scores by them, and why."""

    applies_from = forms.DateField(
        label=_("In force from"), widget=DAY,
        help_text=_("What was scored before that day stands as it was."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note"), max_length=300, required=False,
        help_text=_("Such as the decision that they rest on."),
    )  # fmt: skip


class ScaleForm(forms.Form):
    """One criterion with its scale; an empty line is none."""

    name = forms.CharField(label=_("Criterion"), max_length=160, required=False)
    lowest = forms.DecimalField(
        label=_("Lowest score"), required=False, decimal_places=PLACES, max_value=LIMIT - 1,
        min_value=-LIMIT + 1,
    )  # fmt: skip
    highest = forms.DecimalField(
        label=_("Highest score"), required=False, decimal_places=PLACES, max_value=LIMIT - 1,
        min_value=-LIMIT + 1,
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if not data.get("name"):
            if data.get("highest") is not None and "name" not in self.errors:
                self.add_error("name", gettext("Name the criterion."))
            return data
        if data.get("lowest") is None and "lowest" not in self.errors:
            data["lowest"] = Decimal(0)
        if data.get("highest") is None:
            if "highest" not in self.errors:
                self.add_error("highest", gettext("Say how high it can be scored."))
        elif data.get("lowest") is not None and data["highest"] <= data["lowest"]:
            self.add_error("highest", gettext("The highest score is above the lowest."))
        return data


class BaseScaleFormSet(forms.BaseFormSet):
    """The criteria, in the order in which they are scored."""

    def __init__(self, data: Any = None, *, newest: CriteriaSet | None) -> None:
        scales = scales_of(newest) if newest else []
        super().__init__(data, prefix="criteria", initial=[as_typed(scale) for scale in scales])

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        # A line is left empty as a whole, or says all.
        need_in_some_cases(form, *form.fields)

    def scales(self) -> list[Scale]:
        """What was typed, without the lines that were left empty."""
        return [
            Scale(row["name"], row["lowest"], row["highest"])
            for row in (form.cleaned_data for form in self.forms)
            if row.get("name")
        ]


ScaleFormSet = cast(
    type[BaseScaleFormSet],
    forms.formset_factory(
        ScaleForm, formset=BaseScaleFormSet, extra=4, max_num=MOST_CRITERIA,
        absolute_max=MOST_CRITERIA,
    ),
)  # fmt: skip


class PerformanceForm(RemembersItsBeginning, forms.ModelForm):
    """A review by ``criteria``; ``seen_version`` is 0 for a new one. Empty: not scored."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = PerformanceReview
        fields = COLUMNS
        widgets = {
            "reviewed_on": DAY, "covers_from": DAY, "covers_to": DAY,
            "note": forms.Textarea(attrs={"rows": 3, "maxlength": 4000}),
        }  # fmt: skip
        labels = {
            "meeting": _("At the meeting"),
            "covers_from": _("Performance from"),
            "covers_to": _("until"),
        }
        help_texts = {
            "note": _("Read by those who sit on the body alone."),
            "meeting": _("Others read the review with the minutes of this meeting."),
        }

    def __init__(
        self,
        data: Any = None,
        *,
        body: Body,
        criteria: CriteriaSet,
        review: PerformanceReview | None = None,
    ) -> None:
        initial: dict[str, Any] = {}
        if review is not None:
            initial = forms.model_to_dict(review, COLUMNS) | {"seen_version": review.version}
            initial |= {
                score_name(row.criterion_id): exact(row.score) for row in review.scores.all()
            }
        super().__init__(data, instance=PerformanceReview(body=body), initial=initial)
        meetings = meetings_to_review_at(body).select_related("body__mechanism")
        offer(self, "meeting", meetings)
        cast(forms.ModelChoiceField, self.fields["meeting"]).empty_label = _("At no meeting")
        self.criteria = list(criteria.criteria.order_by("position", "pk"))
        for each in self.criteria:
            self.fields[score_name(each.pk)] = _score_field(each, initial)
        scores = [score_name(each.pk) for each in self.criteria]
        # Empty says something: not scored; about no certain time.
        need_in_some_cases(self, "covers_from", "covers_to", *scores)
        self.order_fields(["reviewed_on", "covers_from", "covers_to", "meeting", *scores, "note"])
        if review is not None:
            self.fields["reason"] = forms.CharField(
                label=_("Why it is corrected"), max_length=REASON
            )

    def _post_clean(self) -> None:
        """The service checks the review, once its place and criteria are known."""

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        for each in self.criteria:
            score = data.get(score_name(each.pk))
            if score is not None and not each.lowest <= score <= each.highest:
                self.add_error(score_name(each.pk), str(ScoreOffScale(each)))
        begins, ends = data.get("covers_from"), data.get("covers_to")
        if bool(begins) != bool(ends) and not {"covers_from", "covers_to"} & self.errors.keys():
            self.add_error("covers_to", gettext("Give both days, or neither."))
        elif begins and ends and ends < begins:
            self.add_error("covers_to", gettext("It ends before it begins."))
        return data

    def score_fields(self) -> list[forms.BoundField]:
        """A field for each criterion."""
        return [self[score_name(each.pk)] for each in self.criteria]

    def content(self) -> ReviewContent:
        """What was typed, as the services take it."""
        typed = self.cleaned_data
        scores: dict[Criterion, Decimal] = {
            each: typed[score_name(each.pk)]
            for each in self.criteria
            if typed.get(score_name(each.pk)) is not None
        }
        return cast(ReviewContent, {name: typed[name] for name in COLUMNS} | {"scores": scores})


def as_typed(scale: Scale) -> dict[str, Any]:
    """A criterion as its line begins with it."""
    return {"name": scale.name, "lowest": exact(scale.lowest), "highest": exact(scale.highest)}


def score_name(key: int) -> str:
    return f"score-{key}"


def _score_field(criterion: Criterion, initial: dict[str, Any]) -> forms.DecimalField:
    field = forms.DecimalField(
        label=criterion.name, required=False, decimal_places=PLACES, show_hidden_initial=True,
        min_value=-LIMIT + 1, max_value=LIMIT - 1, initial=initial.get(score_name(criterion.pk)),
        help_text=_("%(lowest)s to %(highest)s. Empty: not scored.")
        % {"lowest": written(criterion.lowest), "highest": written(criterion.highest)},
    )  # fmt: skip
    # What is off the scale is said in our words.
    field.widget.attrs |= {"step": "any", "min": False, "max": False}
    return field
