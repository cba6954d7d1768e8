"""The event record in sentences."""

from __future__ import annotations

from django import template

from coordination.models import Event
from coordination.services.events import describe

register = template.Library()


@register.filter
def sentence(event: Event) -> str:
    """The event as a sentence: "Focal point, Kitui verified …"."""
    return describe(event)
