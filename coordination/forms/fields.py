"""Fields of many forms: days, several of a queryset, choices that stand under headings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

# Figures of the largest key that both databases take.
KEY_LENGTH = 18


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


def offer(form: forms.BaseForm, name: str, things: QuerySet) -> None:
    """Narrow what the form's field ``name`` offers, and accepts, to ``things``."""
    cast(forms.ModelChoiceField, form.fields[name]).queryset = things
