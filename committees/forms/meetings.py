"""Scheduling, editing, moving and recording meetings."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Meeting, StakeholderGroup
from committees.services.meetings import MeetingContent, Rhythm, days_of_series
from committees.services.past_meetings import Headcount, PastContent, next_number
from coordination.forms.conflicts import RemembersItsBeginning
from coordination.forms.fields import DAY, SeveralField, offer
from coordination.forms.rendering import need_in_some_cases
from coordination.models import Organisation
from coordination.models.mechanism import validate_time_zone

CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
LONGEST_SERIES = 24
REASON = 300
# What a day may be: far enough for any plan, and no day that no clock can hold.
FIRST_DAY, LAST_DAY = dt.date(1990, 1, 1), dt.date(2100, 1, 1)


def bodies_beside(body: Body) -> Any:
    """The other bodies of the mechanism, which may meet jointly with it."""
    bodies = Body.objects.filter(mechanism=body.mechanism_id).exclude(pk=body.pk)
    return bodies.in_order()


def day_within_reason(day: dt.date) -> None:
    """Refuse a day that can only be a slip of the pen."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise forms.ValidationError(gettext("This day is not one that a meeting can be on."))


class TimesMixin(forms.Form):
    """Day, beginning and end, in the meeting's own zone."""

    day = forms.DateField(label=_("Day"), widget=DAY, validators=[day_within_reason])
    begins = forms.TimeField(label=_("Begins"), widget=CLOCK)
    ends = forms.TimeField(
        label=_("Ends"), widget=CLOCK, help_text=_("Earlier than it begins: on the next day.")
    )

    def moments(self, zone: dt.tzinfo) -> tuple[dt.datetime, dt.datetime]:
        """When it begins and ends."""
        data = self.cleaned_data
        starts_at = dt.datetime.combine(data["day"], data["begins"], tzinfo=zone)
        ends_at = dt.datetime.combine(data["day"], data["ends"], tzinfo=zone)
        return starts_at, ends_at if ends_at > starts_at else ends_at + dt.timedelta(days=1)


def times_of(meeting: Meeting) -> dict[str, Any]:
    """The same of a meeting, as the form begins with it."""
    if meeting.starts_at is None or meeting.ends_at is None:
        return {}
    starts_at = meeting.starts_at.astimezone(meeting.zone)
    ends_at = meeting.ends_at.astimezone(meeting.zone)
    return {"day": starts_at.date(), "begins": starts_at.time(), "ends": ends_at.time()}


class MeetingForm(TimesMixin, RemembersItsBeginning, forms.ModelForm):
    """A meeting to come; ``seen_version`` is 0 for a new one."""

    time_zone = forms.CharField(
        label=_("Time zone"), max_length=40, required=False, validators=[validate_time_zone],
        help_text=_("Such as Asia/Karachi. Empty: the mechanism’s own."),
    )  # fmt: skip
    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    field_order = (
        "kind", "title", "day", "begins", "ends", "time_zone", "mode", "venue", "link",
        "chaired_by", "facilitator", "joint_with", "access", "note",
    )  # fmt: skip

    class Meta:
        model = Meeting
        fields = (
            "kind", "title", "mode", "venue", "link", "chaired_by", "facilitator", "joint_with",
            "access", "note",
        )  # fmt: skip
        field_classes = {"joint_with": SeveralField}
        widgets = {"joint_with": forms.CheckboxSelectMultiple}
        labels = {"link": _("Link to join")}
        help_texts = {
            "kind": _("An informal meeting and a workshop are not counted and decide nothing."),
            "title": _("Only where it has one of its own."),
            "joint_with": _("One meeting, counted at each of them."),
            "facilitator": _("Who guides the talk, where it is not the chair."),
        }

    def __init__(self, data: Any = None, *, body: Body, meeting: Meeting | None = None) -> None:
        self.body = body
        initial: dict[str, Any] = {}
        if meeting is not None:
            initial = forms.model_to_dict(meeting, self._meta.fields)
            initial |= {"time_zone": meeting.time_zone, "seen_version": meeting.version}
            initial |= times_of(meeting)
            initial["joint_with"] = meeting.joint_with.in_order()
        super().__init__(data, instance=Meeting(body=body), initial=initial)
        offer(self, "joint_with", bodies_beside(body))

    def content(self) -> MeetingContent:
        """What was typed, as the services take it."""
        data = self.cleaned_data
        zone = Meeting(body=self.body, time_zone=data["time_zone"]).zone
        starts_at, ends_at = self.moments(zone)
        given = {**data, "starts_at": starts_at, "ends_at": ends_at}
        return cast(MeetingContent, {name: given[name] for name in MeetingContent.__annotations__})


class SeriesForm(MeetingForm):
    """A series: its days are shown before it is saved, and each can be left out."""

    every = forms.IntegerField(label=_("Every"), min_value=1, max_value=12, initial=1)
    unit = forms.ChoiceField(label=_("Unit"), choices=Body.Unit.choices)
    count = forms.IntegerField(
        label=_("How many meetings"), min_value=2, max_value=LONGEST_SERIES, initial=4
    )
    days = forms.MultipleChoiceField(
        label=_("Meetings on these days"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Take the tick off a day that is left out."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, body: Body) -> None:
        super().__init__(data, body=body)
        if body.interval and body.interval_unit and data is None:
            self.fields["every"].initial = body.interval
            self.fields["unit"].initial = body.interval_unit
        self.fields["day"].label = _("First day")
        need_in_some_cases(self, "days")  # one at least
        if data is None:
            del self.fields["days"]

    def full_clean(self) -> None:
        """Offer the days that follow from what was typed, before they are checked."""
        if "days" in self.fields:
            field = cast(forms.MultipleChoiceField, self.fields["days"])
            field.choices = [
                (day.isoformat(), self._in_words(day)) for day in self._days_from_data()
            ]
        super().full_clean()

    def rhythm(self) -> Rhythm:
        """How often they are."""
        return Rhythm(self.cleaned_data["every"], self.cleaned_data["unit"])

    def proposed(self) -> list[dt.date]:
        """All days that follow from what was typed."""
        data = self.cleaned_data
        return days_of_series(data["day"], self.rhythm(), data["count"])

    def chosen(self) -> list[dt.date]:
        """The days that are ticked."""
        return [dt.date.fromisoformat(day) for day in self.cleaned_data["days"]]

    def _days_from_data(self) -> list[dt.date]:
        values = {}
        for name in ("day", "every", "unit", "count"):
            field = self.fields[name]
            try:
                values[name] = field.clean(self[name].data)
            except forms.ValidationError:
                return []
        rhythm = Rhythm(values["every"], values["unit"])
        try:
            return days_of_series(values["day"], rhythm, values["count"])
        except (OverflowError, ValueError):
            return []

    @staticmethod
    def _in_words(day: dt.date) -> str:
        return f"{date_format(day, 'l')}, {date_format(day)}"


class MoveForm(TimesMixin):
    """Another time, or none yet; and why."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON)
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    field_order = ("reason", "day", "begins", "ends")

    def __init__(self, data: Any = None, *, meeting: Meeting) -> None:
        self.meeting = meeting
        initial = times_of(meeting) | {"seen_version": meeting.version, "day": None}
        super().__init__(data, initial=initial)
        self.fields["day"].required = False
        self.fields["day"].label = _("New day")
        if meeting.state != Meeting.State.POSTPONED:
            self.fields["day"].help_text = _("Empty: it is postponed until a day is found.")
        self.fields["begins"].required = self.fields["ends"].required = False

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if data.get("day"):
            for name in ("begins", "ends"):
                if name in data and data[name] is None:
                    self.add_error(name, gettext("Give the time of the new day."))
        return data

    def new_times(self) -> tuple[dt.datetime, dt.datetime] | None:
        """The new beginning and end; None while no day is found."""
        return self.moments(self.meeting.zone) if self.cleaned_data["day"] else None


class CancelForm(forms.Form):
    """Why it does not take place."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON)
    seen_version = forms.IntegerField(widget=forms.HiddenInput)


class PastMeetingForm(forms.ModelForm):
    """A meeting that was held, in under five minutes (B26)."""

    is_day_known = forms.BooleanField(
        label=_("The day is known"), required=False, initial=True,
        help_text=_("Without the tick only month and year count."),
    )  # fmt: skip
    is_quorate = forms.NullBooleanField(
        label=_("Quorum met"), required=False,
        widget=forms.Select(choices=[("", _("Not known")), ("true", _("Yes")), ("false", _("No"))]),
    )  # fmt: skip

    quorum_note = forms.CharField(label=_("Words on the quorum"), max_length=300, required=False)

    class Meta:
        model = Meeting
        fields = (
            "held_on", "is_day_known", "kind", "number", "title", "mode", "venue", "chaired_by",
            "is_quorate", "quorum_note", "missing_note", "gap_reason", "note", "joint_with",
            "access",
        )  # fmt: skip
        field_classes = {"joint_with": SeveralField}
        widgets = {"held_on": DAY, "joint_with": forms.CheckboxSelectMultiple}
        labels = {
            "missing_note": _("Who was missing that mattered"),
            "gap_reason": _("Why it took long since the one before"),
        }
        help_texts = {
            "number": _("Empty where it is not known. An informal meeting has none."),
        }

    def __init__(self, data: Any = None, *, body: Body) -> None:
        super().__init__(data, instance=Meeting(body=body), initial={"number": next_number(body)})
        held_on = cast(forms.DateField, self.fields["held_on"])
        held_on.required = True
        held_on.validators.append(day_within_reason)
        offer(self, "joint_with", bodies_beside(body))

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        # The form offered the number of a counted meeting: nobody typed it.
        if data.get("kind") in Meeting.UNCOUNTED and "number" not in self.changed_data:
            data["number"] = None
        return data

    def _post_clean(self) -> None:
        """The service checks the meeting, once its state and its bodies are known."""

    def content(self) -> PastContent:
        """What was typed, as the services take it."""
        data = self.cleaned_data
        if data["held_on"] and not data["is_day_known"]:
            data["held_on"] = data["held_on"].replace(day=1)
        return cast(PastContent, {name: data[name] for name in PastContent.__annotations__})


class HeadcountForm(forms.Form):
    """How many came for an organisation or a group."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("Organisation"), required=False
    )
    group = forms.ChoiceField(
        label=_("Stakeholder group"),
        choices=[("", "---------"), *StakeholderGroup.choices],
        required=False,
    )
    headcount = forms.IntegerField(label=_("Persons"), min_value=1, max_value=5000, required=False)

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        is_named = data.get("organisation") or data.get("group")
        if is_named and not data.get("headcount") and "headcount" not in self.errors:
            self.add_error("headcount", gettext("Say how many came."))
        return data


LINES_OPEN = 3


class BaseHeadcountFormSet(forms.BaseFormSet):
    """Who came, as numbers."""

    def __init__(self, data: Any = None, *, body: Body) -> None:
        self.organisations = organisations_around(body)
        super().__init__(data, prefix="counts")

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        offer(form, "organisation", self.organisations)
        # A line is left empty as a whole, or says how many.
        need_in_some_cases(form, *form.fields)

    def open_lines(self) -> list[forms.Form]:
        """The lines that stand open."""
        return self.forms[:LINES_OPEN]

    def more_lines(self) -> list[forms.Form]:
        """The others, numbered on from the open ones."""
        return self.forms[LINES_OPEN:]

    def needs_more_lines(self) -> bool:
        """Whether something stands in them that its writer has to see again."""
        return any(line.errors or line.has_changed() for line in self.more_lines())

    def counts(self) -> list[Headcount]:
        """What was typed."""
        return [
            Headcount(row["organisation"], row["group"], row["headcount"])
            for row in (form.cleaned_data for form in self.forms)
            if row.get("headcount")
        ]


HeadcountFormSet = cast(
    type[BaseHeadcountFormSet],
    forms.formset_factory(
        HeadcountForm, formset=BaseHeadcountFormSet, extra=6, max_num=6, absolute_max=6
    ),
)


def organisations_around(body: Body) -> Any:
    """Whom an attendance may name: those that take part in the mechanism or sit on its bodies."""
    mechanism = body.mechanism
    around = (
        Organisation.objects.filter(memberships__mechanism=mechanism)
        | Organisation.objects.filter(convenes=mechanism)
        | Organisation.objects.filter(backbone_of=mechanism)
        | Organisation.objects.filter(place__mechanisms=mechanism)
        | Organisation.objects.filter(parent__place__mechanisms=mechanism)
        | Organisation.objects.filter(seats__body__mechanism=mechanism)
    )
    return Organisation.objects.filter(pk__in=around.values("pk")).order_by("short_name")
