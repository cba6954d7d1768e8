"""The event record in words."""

from __future__ import annotations

from typing import Any

from django import template

from coordination.models import Event
from coordination.services.event_changes import Change, changes_of
from coordination.services.events import describe

register = template.Library()


@register.filter
def sentence(event: Event) -> str:
    """The event as a sentence: "Focal point, Kitui verified …"."""
    return describe(event)


@register.filter
def changes(event: Any) -> list[Change]:
    """From what to what, field by field; nothing of what is no event."""
    return changes_of(event) if isinstance(event, Event) else []
