"""What an event changed, in words: how fields are called, and what their values say (R27)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.template.defaultfilters import capfirst, truncatechars
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from coordination.models import Event

VALUE_LENGTH = 120
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
EMPTY = "–"

_labels: dict[type[models.Model] | None, dict[str, Any]] = {}
_parts: dict[type[models.Model], tuple[type[models.Model], ...]] = {}


class Change(NamedTuple):
    """One field of an event, in words: what it was and what it became."""

    field: str
    before: str
    after: str


def register_labels(labels: Mapping[str, Any], *, of: type[models.Model] | None = None) -> None:
    """Say how fields are called that no model calls so itself: ``{"last_period": _("…")}``.

    In the events about one kind of thing, or about any.
    """
    _labels.setdefault(of, {}).update(labels)


def register_parts(thing: type[models.Model], parts: Iterable[type[models.Model]]) -> None:
    """Say which models' fields stand in the events about a ``thing`` beside its own."""
    _parts[thing] = tuple(parts)


def changes_of(event: Event) -> list[Change]:
    """From what to what, field by field, as far as something stands there.

    Long texts are cut, for they stand where they belong.
    """
    if not event.changes:
        return []
    thing = ContentType.objects.get_for_id(event.subject_type_id).model_class()
    changes = (
        Change(
            str(capfirst(str(label_of(thing, name) or name.replace("_", " ")))),
            in_words(before, thing, name),
            in_words(after, thing, name),
        )
        for name, (before, after) in event.changes.items()
    )
    return [each for each in changes if {each.before, each.after} != {EMPTY}]


def label_of(thing: type[models.Model] | None, name: str) -> str | Promise | None:
    """How people call the field, to be translated; None where nobody has said it.

    A name that Django made of the field's own cannot be translated, and counts as none.
    """
    for field in _fields(thing, name):
        if isinstance(field.verbose_name, Promise):
            return field.verbose_name
    label: str | Promise | None = _labels.get(thing, {}).get(name) or _labels[None].get(name)
    return label


def in_words(value: Any, thing: type[models.Model] | None = None, name: str = "") -> str:
    """A value of the record as a person reads it; what was empty is "–"."""
    if value is None or value in ("", []):
        return EMPTY
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        value = ", ".join(in_words(one, thing, name) for one in value)
    if isinstance(value, str):
        for field in _fields(thing, name):
            value = dict(field.flatchoices).get(value, value)
        if DAY.fullmatch(str(value)):
            value = date_format(dt.date.fromisoformat(value))
    return truncatechars(str(value), VALUE_LENGTH)


def _fields(thing: type[models.Model] | None, name: str) -> Iterator[models.Field[Any, Any]]:
    """The fields of this name, of the thing's own model first."""
    for model in (thing, *_parts.get(thing, ())) if thing else ():
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
        if isinstance(field, models.Field):
            yield field
