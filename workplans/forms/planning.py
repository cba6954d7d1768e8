"""What the secretariat types about the frame of a joint work plan."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import RemembersItsBeginning
from coordination.forms.fields import offer
from coordination.forms.mechanisms import BackboneForm
from coordination.forms.offices import GOVERNMENTS
from coordination.models import FiscalCalendar, Mechanism, Organisation, Period, Place
from workplans.models import JointWorkPlan
from workplans.services.planning import PlanContent


class PlanForm(RemembersItsBeginning, forms.ModelForm):
    """The frame of a plan of ``mechanism``; ``seen_version`` is 0 for a new one."""

    year = forms.ChoiceField(label=_("Plan year"))
    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = JointWorkPlan
        fields = ("title", "place", "lead_department", "backbone", "slug")
        labels = {"lead_department": _("Lead department"), "slug": _("Address part")}
        help_texts = {
            "title": _("Such as: Kitui joint work plan, FY 2020/21."),
            "place": _("A plan for several places is one of the larger place that holds them."),
            "lead_department": _("The department of the government that owns the plan."),
            "backbone": _(
                "Who serves the process of this plan. Later it is handed over on a page of its own."
            ),
            "slug": _(
                "Such as kitui-2020-2021. Left empty, it is made of the place and the year. Once "
                "the plan is public, it stays."
            ),
        }

    field_order = ("title", "place", "year", "lead_department", "backbone", "slug")

    def __init__(
        self,
        data: Any = None,
        *,
        mechanism: Mechanism,
        on: dt.date,
        plan: JointWorkPlan | None = None,
    ) -> None:
        initial: dict[str, Any] = {
            "year": year_key(mechanism.calendar, mechanism.calendar.year_start(on)),
        }
        if plan is not None:
            initial = forms.model_to_dict(plan, self._meta.fields)
            initial["year"] = year_key(plan.calendar, plan.starts_on)
            initial["seen_version"] = plan.version
        super().__init__(data, instance=JointWorkPlan(mechanism=mechanism), initial=initial)
        self.mechanism = mechanism
        self.fields["slug"].required = False
        cast(forms.ChoiceField, self.fields["year"]).choices = list(years_of(mechanism, plan))
        offer(self, "place", places_to_plan_for(mechanism, plan))
        offer(self, "lead_department", governments_of(mechanism, plan))
        if plan is None:
            offer(self, "backbone", serving_in(mechanism))
            serving = cast(forms.ModelChoiceField, self.fields["backbone"])
            serving.empty_label = _("As in the mechanism")
        else:
            del self.fields["backbone"]
            self._keep(plan)

    def clean_year(self) -> tuple[FiscalCalendar, dt.date]:
        key, _slash, day = self.cleaned_data["year"].partition("/")
        return FiscalCalendar.objects.get(key=key), dt.date.fromisoformat(day)

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if not cleaned.get("slug") and {"place", "year"} <= cleaned.keys():
            cleaned["slug"] = slug_for(cleaned["place"], *cleaned["year"])
        return cleaned

    def content(self) -> PlanContent:
        """What was typed, as the services take it."""
        typed = self.cleaned_data
        calendar, starts_on = typed["year"]
        return {
            "title": typed["title"],
            "slug": typed["slug"],
            "place": typed["place"],
            "calendar": calendar,
            "starts_on": starts_on,
            "lead_department": typed["lead_department"],
        }

    def _keep(self, plan: JointWorkPlan) -> None:
        """Show what can no longer change, and say why."""
        if plan.is_published:
            self.fields["slug"].disabled = True
            self.fields["slug"].help_text = _("The plan is public: its address stays.")
        if plan.activities.exists():
            for name in ("place", "year"):
                self.fields[name].disabled = True
                self.fields[name].help_text = _("Activities stand in the plan: this stays.")


class PlanBackboneForm(BackboneForm):
    """Which organisation takes over as backbone of one plan; the mechanism's may again."""

    def __init__(self, plan: JointWorkPlan, *args: Any, **kwargs: Any) -> None:
        super().__init__(plan.mechanism, *args, **kwargs)
        around = Organisation.objects.taking_part_in(Mechanism.objects.filter(pk=plan.mechanism_id))
        serving = plan.served_by
        others = around.exclude(pk=serving.pk) if serving else around
        offer(self, "to", others.order_by("short_name"))


def year_key(calendar: FiscalCalendar, first_day: dt.date) -> str:
    """How the field of the year names a year of a calendar: "county/2020-07-01"."""
    return f"{calendar.key}/{first_day.isoformat()}"


def years_of(
    mechanism: Mechanism, plan: JointWorkPlan | None
) -> list[tuple[str, list[tuple[str, str]]]]:
    """The years of which every quarter is known, by each calendar in use; and the plan's own."""
    calendars = [mechanism.calendar, *mechanism.other_calendars.order_by("name")]
    days = list(Period.objects.order_by("starts_on").values_list("starts_on", "ends_before"))
    bounds = {day for pair in days for day in pair}
    found: dict[FiscalCalendar, set[dt.date]] = {
        calendar: {
            start
            for start in {calendar.year_start(day) for day, _end in days}
            if {start, calendar.year_end(start)} <= bounds
        }
        for calendar in calendars
    }
    if plan is not None:
        found.setdefault(plan.calendar, set()).add(plan.starts_on)
    return [
        (
            calendar.name,
            [(year_key(calendar, day), year_in_words(calendar, day)) for day in sorted(starts)],
        )
        for calendar, starts in found.items()
    ]


def year_in_words(calendar: FiscalCalendar, first_day: dt.date) -> str:
    """The year by its name and its months, which tell it from that of another calendar."""
    last_day = calendar.year_end(first_day) - dt.timedelta(days=1)
    first, last = (date_format(day, "M Y") for day in (first_day, last_day))
    return f"{calendar.label_year(first_day)}, {first}–{last}"


def slug_for(place: Place, calendar: FiscalCalendar, first_day: dt.date) -> str:
    """The address part of a plan that was given none: "kitui-2020-2021", or "kitui-2021"."""
    last_day = calendar.year_end(first_day) - dt.timedelta(days=1)
    years = dict.fromkeys([str(first_day.year), str(last_day.year)])
    return "-".join([place.slug, *years])


def places_to_plan_for(mechanism: Mechanism, plan: JointWorkPlan | None) -> QuerySet[Place]:
    """The places that the mechanism covers, and the larger ones that hold them; and the plan's."""
    paths = {path for place in mechanism.places.all() for path in place.path_and_above}
    present = Q(pk=plan.place_id if plan else None)
    return Place.objects.filter(Q(path__in=paths) | Q(pk=mechanism.country_id) | present).order_by(
        "path"
    )


def serving_in(mechanism: Mechanism) -> QuerySet[Organisation]:
    """Whoever takes part in the mechanism may serve a plan of it."""
    around = Organisation.objects.taking_part_in(Mechanism.objects.filter(pk=mechanism.pk))
    return around.exclude(backbone_of=mechanism).order_by("short_name")


def governments_of(mechanism: Mechanism, plan: JointWorkPlan | None) -> QuerySet[Organisation]:
    """The governments that take part, with their departments; and the plan's own lead (R25)."""
    around = Organisation.objects.taking_part_in(Mechanism.objects.filter(pk=mechanism.pk))
    governments = around.filter(type__in=GOVERNMENTS)
    present = Q(pk=plan.lead_department_id if plan else None)
    return Organisation.objects.filter(Q(pk__in=governments.values("pk")) | present).order_by(
        "short_name"
    )
