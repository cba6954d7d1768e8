"""Fields whose choices stand under headings: wards under a sub-county, sectors under a scheme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, cast

from django import forms
from django.db.models import Q, QuerySet
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext as _

from coordination.models import Place, within_path
from workplans.models import JointWorkPlan

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
        return super()._check_values(value)  # type: ignore[misc]


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
        below = place.path_and_above[self.depth + 1 :]
        if not below:
            return _("%(place)s, all of it") % {"place": place.name}
        return " › ".join(self.names.get(path, path) for path in below)


def places_of(plan: JointWorkPlan) -> QuerySet[Place]:
    """The plan's place, and the places below it that the mechanism covers, down to the ward."""
    covered = Q(pk=plan.place_id)
    for place in plan.mechanism.places.all():
        covered |= within_path(place.path)
    return Place.objects.within(plan.place).filter(covered).order_by("path")


def offer(form: forms.BaseForm, name: str, things: QuerySet) -> None:
    """Narrow what the form's field ``name`` offers, and accepts, to ``things``."""
    cast(forms.ModelChoiceField, form.fields[name]).queryset = things
