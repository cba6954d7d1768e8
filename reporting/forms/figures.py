"""What someone asks of a mechanism's results: the filters of the results page, in its address."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coordination.forms.fields import offer
from coordination.models import FiscalCalendar, Mechanism, Organisation, Period, Place
from reporting.models import Basis
from reporting.services.result_tables import Question, latest_period, periods_of
from reporting.services.words import short_period_text
from workplans.models import Stream


class PeriodField(forms.ModelChoiceField):
    """A quarter, named by its months and by the calendar in force."""

    calendar: FiscalCalendar

    def label_from_instance(self, period: Period) -> str:
        months = short_period_text(period.starts_on, period.ends_on)
        return f"{months} ({self.calendar.label(period)})"


class PlaceField(forms.ModelChoiceField):
    """A place, set in as deep as it lies."""

    def label_from_instance(self, place: Place) -> str:
        return "\u2003" * max(0, place.path.count("/") - 1) + place.name


class ResultFilter(forms.Form):
    """Quarter, place, organisation, calendar and basis; what is not chosen has its default."""

    period = PeriodField(
        Period.objects.none(), label=_("Quarter"), to_field_name="code", required=False,
        empty_label=_("The latest"),
    )  # fmt: skip
    place = PlaceField(
        Place.objects.none(), label=_("Place"), to_field_name="path", required=False,
        empty_label=_("All places"),
    )  # fmt: skip
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("Organisation"), to_field_name="slug",
        required=False, empty_label=_("All organisations"),
    )  # fmt: skip
    calendar = forms.ModelChoiceField(
        FiscalCalendar.objects.none(), label=_("Year of"), to_field_name="key", required=False
    )
    basis = forms.ChoiceField(
        label=_("Values"),
        choices=[("", _("Verified")), (Basis.REPORTED, Basis.REPORTED.label)],
        required=False,
    )

    def __init__(self, data: Any, *, mechanism: Mechanism, on: dt.date) -> None:
        super().__init__(data)
        self.mechanism = mechanism
        periods = periods_of(mechanism, on=on)
        self.latest = latest_period(mechanism, on=on)
        streams = Stream.objects.of_mechanism(mechanism)
        reporters = Organisation.objects.filter(pk__in=streams.values("organisation"))
        offer(self, "period", periods.order_by("-starts_on"))
        offer(self, "place", places_of(streams))
        offer(self, "organisation", reporters.order_by("short_name"))
        offer(self, "calendar", mechanism.other_calendars.order_by("name"))
        cast(forms.ModelChoiceField, self.fields["calendar"]).empty_label = mechanism.calendar.name
        # What is wrong in the address is said at its field, and its default taken.
        self.is_valid()
        calendar = self.chosen("calendar") or mechanism.calendar
        cast(PeriodField, self.fields["period"]).calendar = calendar

    def chosen(self, name: str) -> Any:
        """What was chosen in a field; None when nothing was, or nothing that there is."""
        return self.cleaned_data.get(name)

    def question(self) -> Question | None:
        """The question with its defaults; None while the mechanism has no quarter to ask for."""
        period = self.chosen("period") or self.latest
        if period is None:
            return None
        return Question(
            self.mechanism,
            period,
            self.chosen("place") or self.mechanism.country,
            self.chosen("calendar") or self.mechanism.calendar,
            self.chosen("organisation"),
            self.chosen("basis") or Basis.VERIFIED,
        )


def places_of(streams: QuerySet[Stream]) -> QuerySet[Place]:
    """The places that report, and those that they lie in, below the country."""
    paths = set(streams.values_list("place__path", flat=True).distinct())
    lines = {
        "/".join(path.split("/")[: depth + 1])
        for path in paths
        for depth in range(path.count("/") + 1)
    }
    return Place.objects.filter(path__in=lines).exclude(parent=None).order_by("path")
