"""Filters of the library of reports, all in its address."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_filters.fields import ModelChoiceField

from coordination.models import Award, Mechanism, Organisation, Period, Place, within_path
from reporting.models import Report
from reporting.models.report import ReportQuerySet


class AwardField(ModelChoiceField):
    """An award by its title and the number that letters and invoices bear."""

    def label_from_instance(self, award: Award) -> str:
        return f"{award.title} ({award.number})" if award.number else award.title


class AwardFilter(filters.ModelChoiceFilter):
    field_class = AwardField


class ReportFilter(filters.FilterSet):
    """Published reports by mechanism, quarter, place, award and donor."""

    mechanism = filters.ModelChoiceFilter(
        label=_("Mechanism"), queryset=Mechanism.objects.none(), to_field_name="slug",
        empty_label=_("All mechanisms"),
    )  # fmt: skip
    period = filters.ModelChoiceFilter(
        label=_("Quarter"), queryset=Period.objects.none(), to_field_name="code",
        empty_label=_("All quarters"),
    )  # fmt: skip
    place = filters.ModelChoiceFilter(
        label=_("Place"), queryset=Place.objects.none(), to_field_name="path",
        empty_label=_("All places"), method="of_place",
    )  # fmt: skip
    award = AwardFilter(
        label=_("Award"), queryset=Award.objects.none(), to_field_name="slug",
        empty_label=_("All awards"), field_name="mechanism__awards",
    )  # fmt: skip
    donor = filters.ModelChoiceFilter(
        label=_("Donor"), queryset=Organisation.objects.none(), to_field_name="slug",
        empty_label=_("All donors"), field_name="mechanism__awards__donor", distinct=True,
    )  # fmt: skip

    class Meta:
        model = Report
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Only what leads to a report is offered, and the mechanism whose tab was followed.
        reports = self.queryset.order_by()
        visible = Mechanism.objects.visible_to(self.request.user)
        followed = Q(slug=self.data.get("mechanism", ""), pk__in=visible.values("pk"))
        mechanisms = Mechanism.objects.filter(Q(reports__in=reports) | followed).distinct()
        awards = Award.objects.filter(mechanisms__in=mechanisms).distinct()
        offered = {
            "mechanism": mechanisms.order_by("short_name"),
            "period": Period.objects.filter(reports__in=reports).distinct().order_by("-starts_on"),
            "place": Place.objects.filter(mechanisms__in=mechanisms).distinct().order_by("name"),
            "award": awards.order_by("title"),
            "donor": Organisation.objects.filter(awards_given__in=awards)
            .distinct()
            .order_by("short_name"),
        }
        for name, choices in offered.items():
            self.filters[name].queryset = choices

    def of_place(self, reports: ReportQuerySet, name: str, place: Place) -> ReportQuerySet:
        """Reports on the place itself, and on mechanisms as a whole that cover it."""
        covering = Mechanism.objects.filter(within_path(place.path, "places"))
        return reports.filter(
            within_path(place.path, "place") | Q(place=None, mechanism__in=covering.values("pk"))
        )
