"""Choices that are read from the database once, however often a page goes through them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django_filters
from django import forms
from django.db.models import Model
from django.forms.models import ModelChoiceIterator


class ReadOnce(ModelChoiceIterator):
    """The choices of a field, kept by its queryset once they were read."""

    field: Any

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        for thing in self.queryset:
            yield self.choice(thing)


class ListedChoiceField(forms.ModelChoiceField):
    """One of a short list that the page shows anyway: what was chosen is looked up in it."""

    iterator = ReadOnce

    def to_python(self, value: Any) -> Model | None:
        if value in self.empty_values:
            return None
        key = self.to_field_name or "pk"
        wanted = str(getattr(value, key) if isinstance(value, Model) else value)
        for thing in self.queryset or ():
            if str(getattr(thing, key)) == wanted:
                return thing
        raise forms.ValidationError(
            self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value}
        )


class ListedChoiceFilter(django_filters.ModelChoiceFilter):
    """A filter of a list by one of the things that occur in it."""

    field_class = ListedChoiceField
