"""The filters of a plan's table of activities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django_filters
from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coordination.forms.choices import ListedChoiceFilter
from coordination.models import Organisation, Place, Sector
from workplans.models import Activity, JointWorkPlan
from workplans.models.activity import ActivityQuerySet
from workplans.services.cell_groups import GROUPS
from workplans.services.coverage import during, periods_of
from workplans.services.plans import Grouping

# What stands for every status but those that are left out of every count.
LIVE = "live"


class ActivityFilter(django_filters.FilterSet):
    """Narrows and orders the activities of one plan; offers only what occurs in it."""

    text = django_filters.CharFilter(label=_("Words"), method="with_words", max_length=100)
    sector = django_filters.ChoiceFilter(
        label=_("Sector"), field_name="sector__code", choices=(), empty_label=_("All sectors")
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"),
        method="of_status",
        choices=[(LIVE, _("All but cancelled and merged")), *Activity.Status.choices],
        empty_label=_("Any status"),
    )
    lead = ListedChoiceFilter(
        label=_("Lead"),
        queryset=Organisation.objects.none(),
        to_field_name="slug",
        empty_label=_("All organisations"),
    )
    place = ListedChoiceFilter(
        label=_("Place"),
        queryset=Place.objects.none(),
        to_field_name="path",
        method="at_or_below",
        empty_label=_("All places"),
    )
    period = django_filters.ChoiceFilter(
        label=_("Going on in"), method="going_on_in", choices=(), empty_label=_("The whole year")
    )
    group = django_filters.ChoiceFilter(
        method="as_it_is",
        choices=[
            (Grouping.RESULT, _("Intended result")),
            (Grouping.SECTOR, _("Sector")),
            (Grouping.PROGRAMME, _("Programme of the ADP")),
        ],
        widget=forms.HiddenInput,
    )
    order = django_filters.OrderingFilter(
        fields=[
            ("code", "code"),
            ("title", "title"),
            ("lead__short_name", "lead"),
            ("status", "status"),
            ("starts_on", "starts"),
            ("percent_complete", "percent"),
        ],
        widget=forms.HiddenInput,
    )

    class Meta:
        model = Activity
        fields: list[str] = []

    def __init__(
        self, request: HttpRequest, plan: JointWorkPlan, activities: ActivityQuerySet
    ) -> None:
        super().__init__(request.GET, queryset=activities, request=request)
        self.filters["sector"].extra["choices"] = sectors_in(activities)
        self.filters["lead"].queryset = leads_in(activities)
        self.filters["place"].queryset = places_in(activities, plan)
        self.periods = {each.code: each for each in periods_of(plan)}
        labels = [(code, plan.calendar.label(each)) for code, each in self.periods.items()]
        self.filters["period"].extra["choices"] = labels

    def with_words(self, activities: ActivityQuerySet, _name: str, text: str) -> ActivityQuerySet:
        for word in text.split():
            activities = activities.filter(
                Q(code__icontains=word)
                | Q(title__icontains=word)
                | Q(description__icontains=word)
                | Q(lead__short_name__icontains=word)
            )
        return activities

    def at_or_below(self, activities: ActivityQuerySet, _name: str, place: Place) -> Any:
        return activities.within(place)

    def of_status(self, activities: ActivityQuerySet, _name: str, status: str) -> Any:
        """Those of a status, or the ones that figures of a plan count."""
        if status == LIVE:
            return activities.exclude(status__in=Activity.LEFT_OUT)
        return activities.filter(status=status)

    def going_on_in(self, activities: ActivityQuerySet, _name: str, code: str) -> ActivityQuerySet:
        return during(activities, self.periods[code])

    def as_it_is(self, activities: ActivityQuerySet, _name: str, _value: str) -> ActivityQuerySet:
        return activities


class GridFilter(ActivityFilter):
    """The same for the grid, whose address says as well which groups of columns are shown."""

    columns = django_filters.MultipleChoiceFilter(
        label=_("Columns"),
        method="as_it_is",
        choices=[(key, group.label) for key, group in GROUPS.items()],
        widget=forms.MultipleHiddenInput,
    )


def sectors_in(activities: ActivityQuerySet) -> list[tuple[str, str]]:
    used = Sector.objects.filter(pk__in=activities.values("sector"))
    ordered = used.order_by("scheme", "position", "name")
    return list(dict(ordered.values_list("code", "name")).items())


def leads_in(activities: ActivityQuerySet) -> Any:
    return Organisation.objects.filter(pk__in=activities.values("lead")).order_by("short_name")


def places_in(activities: ActivityQuerySet, plan: JointWorkPlan) -> Any:
    """Places of the activities, and the larger ones that these lie in, up to the plan's."""
    through = Activity.places.through.objects.filter(activity__in=activities.values("pk"))
    used = Place.objects.filter(pk__in=through.values("place"))
    paths = {path for place in used for path in place.path_and_above}
    return Place.objects.within(plan.place).filter(path__in=paths).order_by("path")


def filters_in_words(form: forms.Form) -> Iterator[tuple[str, str]]:
    """Label and value of each filter in force, for an export that says of itself what it holds."""
    for name, value in form.cleaned_data.items():
        if value and name not in {"order", "group"}:
            choices = dict(getattr(form.fields[name], "choices", []))
            yield str(form.fields[name].label), str(choices.get(value, value))
