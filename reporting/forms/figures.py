"""What someone asks of a mechanism's results: the filters of the results page, in its address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coordination.forms.choices import ListedChoiceField
from coordination.forms.fields import offer
from coordination.models import (
    FiscalCalendar,
    Mechanism,
    Organisation,
    Period,
    Place,
    path_and_above,
)
from reporting.models import Basis
from reporting.services.result_tables import Question, quarters_of
from reporting.services.words import short_period_text
from workplans.models import Stream


class PlaceField(ListedChoiceField):
    """A place, set in as deep as it lies."""

    def label_from_instance(self, place: Place) -> str:
        return "\u2003" * max(0, place.path.count("/") - 1) + place.name


class ResultFilter(forms.Form):
    """Quarter, place, organisation, calendar and basis; what is not chosen has its default."""

    period = forms.TypedChoiceField(label=_("Quarter"), required=False, empty_value=None)
    place = PlaceField(
        Place.objects.none(), label=_("Place"), to_field_name="path", required=False,
        empty_label=_("All places"),
    )  # fmt: skip
    organisation = ListedChoiceField(
        Organisation.objects.none(), label=_("Organisation"), to_field_name="slug",
        required=False, empty_label=_("All organisations"),
    )  # fmt: skip
    calendar = ListedChoiceField(
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
        streams = Stream.objects.of_mechanism(mechanism)
        reporting = set(streams.values_list("place__path", "organisation").distinct())
        reporters = Organisation.objects.filter(pk__in={key for _path, key in reporting})
        quarters = quarters_of(mechanism, on=on)
        self.latest = quarters.latest
        offer(self, "place", places_at({path for path, _key in reporting}))
        offer(self, "organisation", reporters.order_by("short_name"))
        offer(self, "calendar", mechanism.other_calendars.order_by("name"))
        cast(forms.ModelChoiceField, self.fields["calendar"]).empty_label = mechanism.calendar.name
        by_code = {period.code: period for period in quarters.periods}
        period = cast(forms.TypedChoiceField, self.fields["period"])
        period.choices, period.coerce = [(code, code) for code in by_code], by_code.__getitem__
        # What is wrong in the address is said at its field, and its default taken.
        self.is_valid()
        calendar = self.chosen("calendar") or mechanism.calendar
        period.choices = [("", _("The latest")), *named_by(calendar, quarters.periods)]

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


def named_by(calendar: FiscalCalendar, periods: Iterable[Period]) -> Iterator[tuple[str, str]]:
    """Each quarter by its code, named by its months and by the calendar."""
    for period in periods:
        months = short_period_text(period.starts_on, period.ends_on)
        yield period.code, f"{months} ({calendar.label(period)})"


def places_at(paths: Iterable[str]) -> QuerySet[Place]:
    """The places of the paths, and those that they lie in, below the country."""
    lines = {above for path in paths for above in path_and_above(path)}
    return Place.objects.filter(path__in=lines).exclude(parent=None).order_by("path")
