"""Looking things up in the event record."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from coordination.models import Event
from coordination.services.events import known_verbs

DAY = {"type": "date"}


class EventFilter(django_filters.FilterSet):
    who = django_filters.CharFilter(method="by_person", label=_("Who"))
    what = django_filters.ChoiceFilter(
        field_name="verb",
        label=_("What"),
        empty_label=_("Everything"),
        choices=lambda: [(verb, plain(verb)) for verb in known_verbs()],
    )
    since = django_filters.DateFilter(
        field_name="at",
        lookup_expr="date__gte",
        label=_("Since"),
        widget=forms.DateInput(attrs=DAY),
    )
    until = django_filters.DateFilter(
        field_name="at",
        lookup_expr="date__lte",
        label=_("Until"),
        widget=forms.DateInput(attrs=DAY),
    )

    class Meta:
        model = Event
        fields: list[str] = []

    def by_person(self, events: QuerySet[Event], name: str, value: str) -> Any:
        """Events of people whose name or address contains the words."""
        return events.filter(Q(by__name__icontains=value) | Q(by__email__icontains=value))


def plain(verb: str) -> str:
    """A verb as a person reads it in a list: "Result verified"."""
    return verb.rpartition(".")[2].replace("_", " ").capitalize()
