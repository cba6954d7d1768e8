"""What the secretariat types about indicators: reference sheets, targets, baselines, reporters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from coordination.forms.fields import DAY, SeveralField, offer
from coordination.forms.places import PlaceField
from coordination.forms.rendering import need_in_some_cases
from coordination.models import FiscalCalendar, Mechanism, Organisation, Period, Place
from workplans.models import (
    Baseline,
    Disaggregation,
    IndicatorVersion,
    IntendedResult,
    Result,
    ResultsFramework,
    Stream,
    Target,
    validate_code,
)
from workplans.services.quantities import Amount
from workplans.services.sheets import LOCKED_FIELDS, IndicatorContent, version_content

from .quantities import quantity_field


class IndicatorForm(RemembersItsBeginning, forms.ModelForm):
    """An indicator with its reference sheet; the rules are shown but not open when ``locked``."""

    code = forms.CharField(
        label=_("Code"),
        max_length=30,
        validators=[validate_code],
        help_text=_("Such as SEK-1.2; it is part of the address."),
    )
    name = forms.CharField(label=_("Name"), max_length=240)
    intended_result = forms.ModelChoiceField(
        IntendedResult.objects.none(), label=_("Result that it measures"), required=False
    )
    is_public = forms.BooleanField(
        label=_("Public: its figures may be published"),
        required=False,
        initial=True,
        help_text=_(
            "Else it and its figures are for those who take part, and enter no report. What is "
            "published already stays so."
        ),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = IndicatorVersion
        fields = (
            "definition", "unit", "data_type", "numerator_definition", "denominator_definition",
            "disaggregations", "direction", "counts_from_baseline", "over_periods", "over_places",
            "over_organisations", "double_count_note", "tolerance", "frequency", "rationale",
            "data_source", "collection_method", "responsible_post", "known_limitations",
            "target_rationale", "codes_elsewhere", "quality_assessed_on", "quality_assessed_by",
            "quality_findings",
        )  # fmt: skip
        widgets = {
            "definition": forms.Textarea(attrs={"rows": 5}),
            "disaggregations": forms.CheckboxSelectMultiple,
            "rationale": forms.Textarea(attrs={"rows": 3}),
            "collection_method": forms.Textarea(attrs={"rows": 3}),
            "known_limitations": forms.Textarea(attrs={"rows": 3}),
            "target_rationale": forms.Textarea(attrs={"rows": 3}),
            "quality_assessed_on": DAY,
            "quality_findings": forms.Textarea(attrs={"rows": 3}),
        }
        field_classes = {"disaggregations": SeveralField}
        help_texts = {
            "definition": _("What counts, and what does not."),
            "unit": _("Such as farmers, hectares, %."),
            "numerator_definition": _("Of a percentage, ratio or average: what is divided."),
            "denominator_definition": _("Of a percentage, ratio or average: by what."),
            "counts_from_baseline": _(
                "Else progress is the actual value as a share of the target."
            ),
            "over_periods": _("How the values of several quarters become one."),
            "over_places": _("How the values of several places become one."),
            "over_organisations": _("How the values of several organisations become one."),
            "disaggregations": _("Each has a part “not stated”; the parts add up to the whole."),
            "tolerance": _("A departure of this much or more from what is due is explained."),
            "responsible_post": _("A post, not a person."),
            "codes_elsewhere": _(
                "Of an SDG indicator, a donor’s standard list, a county handbook."
            ),
            "quality_assessed_by": _("A post, not a person."),
            "quality_findings": _(
                "On validity, integrity, precision, reliability and timeliness, and what to do."
            ),
        }

    def __init__(
        self,
        data: Any = None,
        *,
        mechanism: Mechanism,
        version: IndicatorVersion | None = None,
        locked: bool = False,
    ) -> None:
        initial: dict[str, Any] = {}
        if version is not None:
            initial = version_content(version) | {"seen_version": version.lock_version}
        super().__init__(data, instance=IndicatorVersion(), initial=initial)
        self.order_fields(["code", "name", "intended_result", "is_public"])
        need_in_some_cases(self, "numerator_definition", "denominator_definition")
        results = IntendedResult.objects.filter(framework__mechanism=mechanism)
        results = results.filter(framework__in=ResultsFramework.objects.standing())
        offer(self, "intended_result", results.order_by("position", "code"))
        offer(self, "disaggregations", Disaggregation.objects.order_by("name"))
        for name in LOCKED_FIELDS if locked else ():
            self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        typed = IndicatorVersion(data_type=cleaned.get("data_type", ""))
        for name in ("numerator_definition", "denominator_definition"):
            if typed.is_quotient and not cleaned.get(name):
                self.add_error(name, _("Say what is divided by what."))
        return cleaned

    def content(self) -> IndicatorContent:
        """What was typed, as the services take it."""
        names = IndicatorContent.__annotations__
        return cast(IndicatorContent, {name: self.cleaned_data[name] for name in names})


class RevisionForm(IndicatorForm):
    """A new version of a reference sheet, and from which period it counts."""

    counts_from = forms.ModelChoiceField(
        Period.objects.none(),
        to_field_name="code",
        label=_("Counts from"),
        help_text=_("The first period reported under the new version."),
    )
    change_note = forms.CharField(
        label=_("What changes, and why"), widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, data: Any = None, *, version: IndicatorVersion) -> None:
        super().__init__(data, mechanism=version.indicator.mechanism, version=version)
        self.order_fields(["counts_from", "change_note", *self.fields])
        offer(self, "counts_from", periods_after_results(version))


class QuantityForm(SeenForm):
    """A number for a place, for one organisation or for all of them."""

    place = PlaceField(Place.objects.none(), label=_("Place"), to_field_name="path")
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("Organisation"),
        to_field_name="slug",
        required=False,
        empty_label=_("All together"),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        version: IndicatorVersion,
        shown: Target | Baseline | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=(as_typed(shown) if shown else {}) | (initial or {}))
        self.version = version
        mechanism = version.indicator.mechanism
        offer(self, "place", places_for(version))
        members = Organisation.objects.filter(memberships__mechanism=mechanism)
        reporters = Organisation.objects.filter(streams__version=version)
        offer(self, "organisation", (members | reporters).distinct().order_by("short_name"))
        if version.is_quotient:
            self.fields["numerator"] = quantity_field(
                version, label=version.numerator_definition or _("Numerator")
            )
            self.fields["denominator"] = quantity_field(
                version,
                label=version.denominator_definition or _("Denominator"),
                required=False,
                help_text=_(
                    "Left empty: the number above is the value itself, such as 60 for 60%."
                ),
            )
        else:
            label = _("Value (%(unit)s)") % {"unit": version.unit}
            self.fields["numerator"] = quantity_field(version, label=label)

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned, kinds = self.cleaned_data, IndicatorVersion.DataType
        numerator = cleaned.get("numerator")
        if numerator is None:
            return cleaned
        if self.version.data_type == kinds.NUMBER and numerator % 1:
            self.add_error("numerator", _("This indicator counts whole numbers."))
        if self.version.is_quotient and cleaned.get("denominator") is None:
            cleaned["denominator"] = Decimal(100 if self.version.is_proportion else 1)
        denominator = cleaned.get("denominator")
        if denominator is not None and denominator <= 0:
            self.add_error("denominator", _("The denominator is above 0."))
        elif self.version.is_proportion and denominator is not None and numerator > denominator:
            self.add_error("numerator", _("The numerator is not above the denominator."))
        return cleaned

    def amount(self) -> Amount:
        """The number that was typed."""
        return Amount(self.cleaned_data["numerator"], self.cleaned_data.get("denominator"))


class TargetForm(QuantityForm):
    """A target for a quarter, a year, or the life of an award."""

    span = forms.ChoiceField(label=_("For"))
    reason = forms.CharField(
        label=_("Reason of the revision"),
        max_length=300,
        required=False,
        help_text=_("Needed where a target is set already; the earlier one stays on record."),
    )

    field_order = ("place", "organisation", "span", "numerator", "denominator", "reason")

    def __init__(
        self, data: Any = None, *, version: IndicatorVersion, target: Target | None = None
    ) -> None:
        span = {"span": _span(target.starts_on, target.ends_before)} if target else None
        super().__init__(data, version=version, shown=target, initial=span)
        self.order_fields(self.field_order)
        need_in_some_cases(self, "reason")
        spans = cast(forms.ChoiceField, self.fields["span"])
        spans.choices = [("", "---------"), *spans_for(version.indicator.mechanism, target)]

    def clean_span(self) -> tuple[dt.date, dt.date]:
        start, _slash, end = self.cleaned_data["span"].partition("/")
        return dt.date.fromisoformat(start), dt.date.fromisoformat(end)


class BaselineForm(QuantityForm):
    """Where a place, or an organisation in it, stood at the start."""

    measured_on = forms.DateField(label=_("Measured on"), required=False, widget=DAY)

    field_order = ("place", "organisation", "numerator", "denominator", "measured_on")

    def __init__(
        self, data: Any = None, *, version: IndicatorVersion, baseline: Baseline | None = None
    ) -> None:
        measured = {"measured_on": baseline.measured_on} if baseline else None
        super().__init__(data, version=version, shown=baseline, initial=measured)
        self.order_fields(self.field_order)


class ReporterForm(forms.Form):
    """An organisation that reports the indicator in a place from a period on."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("Organisation"), to_field_name="slug"
    )
    place = PlaceField(Place.objects.none(), label=_("Place"), to_field_name="path")
    first_period = forms.ModelChoiceField(
        Period.objects.order_by("-starts_on"), label=_("From"), to_field_name="code"
    )

    def __init__(self, data: Any = None, *, version: IndicatorVersion) -> None:
        super().__init__(data)
        mechanism = version.indicator.mechanism
        members = Organisation.objects.filter(
            memberships__mechanism=mechanism, memberships__left_on=None
        )
        offer(self, "organisation", members.distinct().order_by("short_name"))
        offer(self, "place", places_for(version))
        today = mechanism.today()
        running = Period.objects.filter(starts_on__lte=today, ends_before__gt=today)
        self.fields["first_period"].initial = running.first()


class ReleaseForm(SeenForm):
    """The last period that a reporter owes."""

    last_period = forms.ModelChoiceField(
        Period.objects.none(), label=_("Last period that is due"), to_field_name="code"
    )

    def __init__(self, data: Any = None, *, stream: Stream) -> None:
        super().__init__(data)
        entered = stream.results.order_by("-period__starts_on").values("period__starts_on")[:1]
        periods = Period.objects.filter(ends_before__gt=stream.starts_on)
        if entered:
            periods = periods.filter(starts_on__gte=entered[0]["period__starts_on"])
        offer(self, "last_period", periods.order_by("starts_on"))


def as_typed(quantity: Target | Baseline) -> dict[str, Any]:
    """A target or baseline as the form shows it: where, whose, and how much."""
    return {
        "place": quantity.place.path,
        "organisation": quantity.organisation.slug if quantity.organisation else None,
        "numerator": quantity.numerator,
        "denominator": quantity.denominator,
    }


def periods_after_results(version: IndicatorVersion) -> Any:
    """Periods later than any for which a value was entered under the version, the oldest first."""
    entered = Result.objects.filter(stream__version=version).order_by("-period__starts_on")
    last = entered.values_list("period__starts_on", flat=True).first()
    periods = Period.objects.order_by("starts_on")
    return periods.filter(starts_on__gt=last) if last else periods


def places_for(version: IndicatorVersion) -> Any:
    """The mechanism's country, its places and one level below; and wherever it is reported."""
    mechanism = version.indicator.mechanism
    covered = Q(pk=mechanism.country_id) | Q(streams__version=version)
    for place in mechanism.places.all():
        covered |= Q(path=place.path) | Q(parent=place)
    return Place.objects.filter(covered).distinct().select_related("level").order_by("path")


def spans_for(mechanism: Mechanism, target: Target | None = None) -> Iterator[tuple[str, Any]]:
    """Stretches of time that a target may be set for, as groups of choices.

    The time of a ``target`` that is there comes first: the dates of an award may have changed.
    """
    if target is not None:
        words = target.span_in_words(mechanism.calendar)
        yield gettext("As it is"), [(_span(target.starts_on, target.ends_before), words)]
    periods = list(Period.objects.order_by("starts_on"))
    calendars = [mechanism.calendar, *mechanism.other_calendars.all()]
    for calendar in {calendar.pk: calendar for calendar in calendars}.values():
        yield str(calendar.name), list(_years(calendar, periods))
    quarters = [(period.starts_on, period.ends_before) for period in periods]
    yield (
        gettext("Quarters"),
        [
            (_span(*days), f"{period} ({mechanism.calendar.label(period)})")
            for days, period in zip(quarters, periods, strict=True)
        ],
    )
    lives = list(_lives(mechanism))
    if lives:
        yield gettext("Life of an award"), lives


def _years(calendar: FiscalCalendar, periods: list[Period]) -> Iterator[tuple[str, str]]:
    """The years of the calendar of which every quarter is known."""
    known = {period.starts_on for period in periods} | {period.ends_before for period in periods}
    for start in sorted({calendar.year_start(period.starts_on) for period in periods}):
        end = calendar.year_end(start)
        if {start, end} <= known:
            yield _span(start, end), calendar.label_year(start)


def _lives(mechanism: Mechanism) -> Iterator[tuple[str, str]]:
    """The lives of the awards whose dates are known."""
    for award in mechanism.awards.all():
        if award.starts_on and award.ends_on:
            first, last = (date_format(day, "M Y") for day in (award.starts_on, award.ends_on))
            span = _span(award.starts_on, award.ends_on + dt.timedelta(days=1))
            yield span, f"{award.title}, {first}–{last}"


def _span(starts_on: dt.date, ends_before: dt.date) -> str:
    return f"{starts_on.isoformat()}/{ends_before.isoformat()}"
