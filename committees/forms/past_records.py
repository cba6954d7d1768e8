"""What is typed in from the paper of a past meeting."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from committees.models import Decision
from committees.services.past_records import PaperItem
from coordination.forms.conflicts import SeenForm
from coordination.forms.fields import DAY
from coordination.forms.files import UploadField
from coordination.forms.rendering import need_in_some_cases

# Lines that stand open and lines in all; what is more is typed in on the next form.
LINES_OPEN = 8
LINES = 24
TEXT = 20_000


class RecordForm(SeenForm):
    """The signed paper; the lines of the record stand beside it."""

    file = UploadField(
        label=_("The signed paper"), required=False,
        help_text=_("A scan or photograph, at most 20 MB. Only the body opens it."),
    )  # fmt: skip


class PaperItemForm(forms.Form):
    """An item of the paper, with what was decided under it."""

    title = forms.CharField(label=_("Item"), max_length=200, required=False)
    text = forms.CharField(
        label=_("What was said"), max_length=TEXT, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    decision = forms.CharField(
        label=_("Decision, word for word"), max_length=4000, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    type = forms.ChoiceField(
        label=_("Type"), choices=Decision.Type.choices, required=False,
        initial=Decision.Type.APPROVE,
    )  # fmt: skip
    paper_number = forms.CharField(label=_("Number on paper"), max_length=40, required=False)
    is_restricted = forms.BooleanField(label=_("Only for the body"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A line is left empty as a whole, or says what there is.
        need_in_some_cases(self, *self.fields)

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if data.get("paper_number") and not data.get("decision"):
            self.add_error("decision", gettext("Type the decision that has this number."))
        return data

    @property
    def says_something(self) -> bool:
        """Whether more was typed than its kind."""
        return any(self.cleaned_data.get(name) for name in ("title", "text", "decision"))


class BasePaperItemFormSet(forms.BaseFormSet):
    """The items in the order of the paper."""

    def __init__(self, data: Any = None, *, takes_decisions: bool = True) -> None:
        self.takes_decisions = takes_decisions
        super().__init__(data, prefix="items")

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        if not self.takes_decisions:
            for name in ("decision", "type", "paper_number"):
                del form.fields[name]

    def clean(self) -> None:
        told = [form for form in self.forms if form.is_valid() and form.says_something]
        if told and not told[0].cleaned_data["title"]:
            told[0].add_error("title", gettext("Name the first item."))
        numbers = [form.cleaned_data.get("paper_number") for form in told]
        for form, number in zip(told, numbers, strict=True):
            if number and numbers.count(number) > 1:
                form.add_error("paper_number", gettext("Two decisions have this number."))

    def open_lines(self) -> list[PaperItemForm]:
        """The lines that every paper is likely to fill."""
        return self.forms[:LINES_OPEN]

    def more_lines(self) -> list[PaperItemForm]:
        """The lines of a long paper, numbered on from the open ones."""
        return self.forms[LINES_OPEN:]

    def needs_more_lines(self) -> bool:
        """Whether something stands in them that its writer has to see again."""
        return self.is_bound and any(
            form.errors or form.says_something for form in self.more_lines()
        )

    def items(self) -> list[PaperItem]:
        """What was typed, as the service takes it."""
        return [
            PaperItem(
                **{
                    name: form.cleaned_data[name]
                    for name in PaperItem.__annotations__
                    if name in form.cleaned_data
                }
            )
            for form in self.forms
            if form.says_something
        ]


PaperItemFormSet = cast(
    type[BasePaperItemFormSet],
    forms.formset_factory(
        PaperItemForm, formset=BasePaperItemFormSet, extra=LINES, max_num=LINES, absolute_max=LINES
    ),
)


class AsSignedForm(forms.Form):
    """When the body confirmed them, and which posts signed."""

    confirmed_on = forms.DateField(label=_("Confirmed on"), widget=DAY)
    chair_post = forms.CharField(label=_("Signed by the chair"), max_length=160)
    secretary_post = forms.CharField(label=_("Signed by the secretary"), max_length=160)


class PaperDecisionForm(SeenForm):
    """A decision as the paper has it."""

    text = forms.CharField(
        label=_("Decision, word for word"), max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    type = forms.ChoiceField(label=_("Type"), choices=Decision.Type.choices)
    paper_number = forms.CharField(label=_("Number on paper"), max_length=40, required=False)

    def __init__(self, data: Any = None, *, decision: Decision) -> None:
        names = ("text", "type", "paper_number")
        super().__init__(data, initial={name: getattr(decision, name) for name in names})
