"""Fields whose choices are places of a plan."""

from __future__ import annotations

from typing import Any

from django import forms

from coordination.forms.fields import GroupedChoices, SeveralField
from coordination.models import Place
from workplans.models import JointWorkPlan
from workplans.services.plan_choices import label_place, places_of


class PlacesField(SeveralField):
    """Places of a plan as boxes under headings; without a script as good as with its search."""

    iterator = GroupedChoices
    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Place.objects.none(), **kwargs)
        self.names: dict[str, str] = {}
        self.depth = 0

    def choose_from(self, plan: JointWorkPlan) -> None:
        """Offer the plan's place and what lies in it, as far as the mechanism covers it."""
        self.queryset = places_of(plan)
        self.names = dict(self.queryset.values_list("path", "name"))
        self.depth = len(plan.place.path_and_above)

    def heading_of(self, place: Place) -> str:
        """The name of the child of the plan's place that it lies in."""
        line = place.path_and_above
        return self.names.get(line[min(self.depth, len(line) - 1)], place.name)

    def label_from_instance(self, place: Place) -> str:
        return label_place(place, self.names, self.depth + 1)
