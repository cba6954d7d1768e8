"""Fields of many forms: days, money, several of a queryset, choices that stand under headings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _

from coordination.models import parse_quantity
from coordination.models.money import MINOR_DIGITS

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def check_order(form: forms.BaseForm, first: str = "starts_on", last: str = "ends_on") -> None:
    """Say at the last day that it is before the first; where one is missing there is no order."""
    starts_on, ends_on = form.cleaned_data.get(first), form.cleaned_data.get(last)
    if starts_on and ends_on and ends_on < starts_on:
        form.add_error(last, _("The last day is before the first."))


# Figures of the largest key that both databases take.
KEY_LENGTH = 18


class AmountField(forms.CharField):
    """An amount as people type it, "1,250,000.50"; its value is minor units, None for empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            max_length=24,
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        whole, cents = divmod(value, 10**MINOR_DIGITS)
        return f"{whole:,}.{cents:02}" if cents else f"{whole:,}"

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        minor = parse_quantity(text).scaleb(MINOR_DIGITS)
        if minor < 0:
            raise forms.ValidationError(_("An amount is 0 or more."), code="negative")
        if minor != minor.to_integral_value():
            raise forms.ValidationError(_("An amount has at most two decimals."), code="invalid")
        return int(minor)


class GroupedChoices(ModelChoiceIterator):
    """The choices of a field that has ``heading_of``, in the order of its queryset."""

    field: Any

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        for heading, things in groupby(self.queryset.all(), key=self.field.heading_of):
            yield (heading, [self.choice(thing) for thing in things])


class GroupedChoiceField(forms.ModelChoiceField):
    """One of a queryset that is ordered by heading; ``heading_of`` names each thing's heading."""

    iterator = GroupedChoices

    def __init__(
        self, queryset: QuerySet, *, heading_of: Callable[[Any], str], **kwargs: Any
    ) -> None:
        self.heading_of = heading_of
        super().__init__(queryset, **kwargs)


class SeveralField(forms.ModelMultipleChoiceField):
    """Some of a queryset; a key that no database could hold is a wrong choice, not a crash."""

    def _check_values(self, value: Any) -> QuerySet:
        for key in value:
            if len(str(key)) > KEY_LENGTH:
                raise forms.ValidationError(
                    self.error_messages["invalid_choice"],
                    code="invalid_choice",
                    params={"value": str(key)[:KEY_LENGTH]},
                )
        return super()._check_values(value)  # type: ignore[misc]  # the stubs leave it out


def offer(
    form: forms.BaseForm,
    name: str,
    things: QuerySet,
    *,
    in_words: Callable[[Any], str] | None = None,
) -> None:
    """Narrow what the form's field ``name`` offers, and accepts, to ``things``.

    Each is named by what ``in_words`` says of it, without that as it names itself.
    """
    field = cast(forms.ModelChoiceField, form.fields[name])
    field.queryset = things
    if in_words is not None:
        # Django lets a field be given its own; the types have it as a method alone.
        field.label_from_instance = in_words  # type: ignore[assignment, method-assign]
