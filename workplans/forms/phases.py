"""The forms of a phase: its content, its points, its participants and sessions, its gate."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from committees.models import Meeting, Participant, Seat
from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from coordination.forms.fields import DAY, GroupedChoiceField, offer
from coordination.models import Mechanism, Organisation, User
from workplans.models import JointWorkPlan, Phase, PhaseItem, PhaseSession
from workplans.services.gates import digest_of

TALL = forms.Textarea(attrs={"rows": 3})


class PhaseForm(RemembersItsBeginning, forms.ModelForm):
    """What a phase is called, what it is for, and when it is planned; 0 seen for a new one."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0, max_value=10**6)

    class Meta:
        model = Phase
        fields = (
            "position", "name", "step", "planned_start", "planned_end", "purpose", "methods",
            "agenda", "participants", "facilitator",
        )  # fmt: skip
        widgets = {
            "planned_start": DAY, "planned_end": DAY, "purpose": TALL, "methods": TALL,
            "agenda": TALL, "participants": TALL,
        }  # fmt: skip
        help_texts = {"facilitator": _("A post, such as: facilitator of the secretariat.")}

    def __init__(
        self,
        data: Any = None,
        *,
        plan: JointWorkPlan,
        phase: Phase | None = None,
        position: int = 1,
    ) -> None:
        initial: dict[str, Any] = {"position": position}
        if phase is not None:
            initial = forms.model_to_dict(phase, self._meta.fields)
            initial["seen_version"] = phase.version
        instance = Phase(plan=plan) if phase is None else Phase(plan=plan, pk=phase.pk)
        super().__init__(data, instance=instance, initial=initial)
        self.plan, self.phase = plan, phase

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        first, last = cleaned.get("planned_start"), cleaned.get("planned_end")
        if first and last and last < first:
            self.add_error("planned_end", _("The phase ends before it begins."))
        step = cleaned.get("step")
        same = self.plan.phases.in_plan().filter(step=step).first() if step else None
        if same is not None and same != self.phase:
            self.add_error("step", _("Another phase of the plan is this step of the cycle."))
        return cleaned

    def content(self) -> Any:
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}


class PhaseBeginForm(forms.Form):
    on = forms.DateField(label=_("It began on"), widget=DAY)


class PointForm(forms.ModelForm):
    class Meta:
        model = PhaseItem
        fields = ("kind", "text")


class PointStateForm(SeenForm):
    """How a point stands: open, done by somebody, or waiting for somebody."""

    text = forms.CharField(label=_("Point"), max_length=240)
    kind = forms.ChoiceField(label=_("Kind"), choices=PhaseItem.Kind.choices)
    how = forms.ChoiceField(
        label=_("How it stands"),
        choices=[("open", _("Open")), ("done", _("Done")), ("blocked", _("Blocked"))],
        widget=forms.RadioSelect,
    )
    done_on = forms.DateField(label=_("Done on"), widget=DAY, required=False)
    done_by = forms.CharField(
        label=_("Done by"), max_length=160, required=False,
        help_text=_("A post or an organisation."),
    )  # fmt: skip
    blocked_by = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("Waits for"), required=False
    )
    blocked_note = forms.CharField(
        label=_("What is missing"), max_length=240, required=False,
        help_text=_("Such as: sector list not confirmed by the department."),
    )  # fmt: skip

    # What belongs to each answer, and what stands there for the others.
    PARTS = {
        "done": {"done_on": None, "done_by": ""},
        "blocked": {"blocked_by": None, "blocked_note": ""},
    }

    def __init__(self, data: Any = None, *, item: PhaseItem) -> None:
        initial = forms.model_to_dict(item)
        initial["how"] = "blocked" if item.is_blocked else "done" if item.done_on else "open"
        super().__init__(data, initial=initial)
        offer(self, "blocked_by", organisations_around(item.phase.plan))

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        for how, parts in self.PARTS.items():
            for name, nothing in parts.items():
                if cleaned.get("how") != how:
                    cleaned[name] = nothing
                elif not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, self.fields[name].error_messages["required"])
        return cleaned

    def content(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "how"}


class SeatField(GroupedChoiceField):
    def label_from_instance(self, seat: Seat) -> str:
        return f"{seat}, {seat.organisation}" if seat.organisation else str(seat)


class RequirementForm(forms.Form):
    """A seat of a body, or an organisation by one of its posts."""

    seat = SeatField(
        Seat.objects.none(), label=_("A seat of a body"), required=False,
        heading_of=lambda seat: str(seat.body),
    )  # fmt: skip
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("Or an organisation"), required=False
    )
    every_partner = forms.BooleanField(
        label=_("Or every implementing partner of the mechanism"), required=False,
        help_text=_("Each can be taken off again, such as one that does not work here."),
    )  # fmt: skip
    post = forms.CharField(
        label=_("By its post"), required=False, max_length=160,
        help_text=_("Empty: anybody of the organisation. Such as: Chief of Party."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, plan: JointWorkPlan, on: dt.date) -> None:
        super().__init__(data)
        seats = Seat.objects.standing_on(on).filter(body__mechanism=plan.mechanism_id)
        seats = seats.select_related("body", "organisation")
        offer(self, "seat", seats.order_by("body__position", "body__name", "body", "position"))
        offer(self, "organisation", organisations_around(plan))

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        seat, organisation = cleaned.get("seat"), cleaned.get("organisation")
        if self.errors:
            return cleaned
        if [bool(seat), bool(organisation), bool(cleaned.get("every_partner"))].count(True) != 1:
            self.add_error(
                "seat", _("Choose a seat, an organisation or every partner: one of them.")
            )
        if seat and cleaned.get("post"):
            self.add_error("post", _("A seat is a post already."))
        return cleaned


YES_NO = [("", _("Not noted")), ("yes", _("Yes")), ("no", _("No"))]


class LeadersField(forms.TypedChoiceField):
    """Yes, no, or not noted, which is None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Was a CECM present"),
            choices=YES_NO,
            required=False,
            coerce=lambda said: said == "yes",
            empty_value=None,
            help_text=_("A member of the county executive committee, or the Governor."),
            **kwargs,
        )


class MeetingField(GroupedChoiceField):
    def label_from_instance(self, meeting: Meeting) -> str:
        return f"{meeting.when} {meeting}"


class SessionForm(forms.Form):
    """Which meeting of a body was, or will be, a session of the phase."""

    meeting = MeetingField(
        Meeting.objects.none(), label=_("Meeting"), heading_of=lambda meeting: str(meeting.body)
    )
    has_leaders = LeadersField()

    def __init__(self, data: Any = None, *, phase: Phase, user: User) -> None:
        super().__init__(data)
        meetings = Meeting.objects.visible_to(user).filter(body__mechanism=phase.plan.mechanism_id)
        called_off = [Meeting.State.CANCELLED, Meeting.State.POSTPONED]
        meetings = meetings.exclude(state__in=called_off).exclude(phase_sessions__phase=phase)
        meetings = meetings.select_related("body__mechanism")
        offer(
            self,
            "meeting",
            meetings.order_by("body__position", "body__name", "body", "-held_on", "-starts_at"),
        )


class LeadersForm(SeenForm):
    """Whether leaders were at a session; what its attendance suggests stands there at first."""

    has_leaders = LeadersField()

    def __init__(self, data: Any = None, *, session: PhaseSession) -> None:
        said = {None: "", True: "yes", False: "no"}[session.has_leaders]
        super().__init__(data, initial={"has_leaders": said or suggested(session)})


class GateRequestForm(forms.Form):
    ended_on = forms.DateField(label=_("The work of the phase ended on"), widget=DAY)
    note = forms.CharField(
        label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class GatePassForm(forms.Form):
    """Let the phase pass for one side, in sight of what is missing."""

    side = forms.ChoiceField(label=_("For"), widget=forms.RadioSelect)
    acknowledgement = forms.CharField(
        label=_("Why it may pass all the same"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    seen_missing = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Any = None, *, sides: list[tuple[str, Any]], missing: list[str]
    ) -> None:
        initial = {"seen_missing": digest_of(missing), "side": sides[0][0]}
        super().__init__(data, initial=initial)
        cast(forms.ChoiceField, self.fields["side"]).choices = sides
        self.fields["acknowledgement"].required = bool(missing)
        if not missing:
            self.fields["acknowledgement"].label = _("Note")


class GateReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


def organisations_around(plan: JointWorkPlan) -> Any:
    """Whoever takes part in the plan's mechanism."""
    around = Organisation.objects.taking_part_in(Mechanism.objects.filter(pk=plan.mechanism_id))
    return around.order_by("short_name")


def suggested(session: PhaseSession) -> str:
    """What the attendance suggests: yes, where a post of the executive committee was there."""
    there = Participant.objects.filter(
        meeting=session.meeting_id, attendance=Participant.Attendance.PRESENT
    ).select_related("seat", "appointment")
    said = (
        post
        for row in there
        for post in (
            row.post,
            row.seat and row.seat.title,
            row.appointment and row.appointment.post,
        )
    )
    return "yes" if any(post and ("CEC" in post or "Governor" in post) for post in said) else ""
