"""The event record in words."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import template
from django.template.defaultfilters import truncatechars
from django.utils.translation import gettext as _

from coordination.models import Event
from coordination.services.events import describe

register = template.Library()

VALUE_LENGTH = 120


class Change(NamedTuple):
    """One field of an event, in words: what it was and what it became."""

    field: str
    before: str
    after: str


@register.filter
def sentence(event: Event) -> str:
    """The event as a sentence: "Focal point, Kitui verified …"."""
    return describe(event)


@register.filter
def changes(event: Event) -> list[Change]:
    """From what to what, field by field; long texts are cut, for they stand where they belong."""
    return [
        Change(field.replace("_", " "), in_words(before), in_words(after))
        for field, (before, after) in getattr(event, "changes", {}).items()
    ]


def in_words(value: Any) -> str:
    """A value of the record as a person reads it; what was empty is "–"."""
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    return truncatechars(str(value), VALUE_LENGTH)
