"""What is typed about a training or visit, its participants, files and follow-up."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from coordination.forms.fields import DAY, SeveralField, check_order, offer
from coordination.forms.rendering import need_in_some_cases
from coordination.forms.rows import RemembersItsRows
from coordination.models import Organisation, Place
from workplans.models import Activity, ActivityEvent, EventEvidence, EventParticipants
from workplans.services.activity_events import (
    EventContent,
    NewEventEvidence,
    TooFewAttendances,
    Turnout,
)

from .activities import CaptionedFileForm, organisations_around
from .fields import places_of

MOST_PERSONS = 1_000_000


class ActivityEventForm(RemembersItsBeginning, forms.ModelForm):
    """The content of an event; ``seen_version`` is 0 for a new one."""

    drop = SeveralField(
        EventEvidence.objects.none(),
        label=_("Attached already"),
        help_text=_("Tick what shall be taken off."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = ActivityEvent
        fields = (
            "kind", "title", "series", "state", "state_reason", "starts_on", "ends_on", "place",
            "venue", "organisations", "topics", "persons", "attendances", "persons_are_new",
            "findings", "lessons", "is_public",
        )  # fmt: skip
        widgets = {
            "starts_on": DAY,
            "ends_on": DAY,
            "organisations": forms.CheckboxSelectMultiple,
            "topics": forms.Textarea(attrs={"rows": 3}),
            "findings": forms.Textarea(attrs={"rows": 4}),
            "lessons": forms.Textarea(attrs={"rows": 3}),
        }
        field_classes = {"organisations": SeveralField}
        labels = {
            "is_public": _("Show it on the public page of the activity"),
            "persons_are_new": _("Nobody of them took part in another event of this plan"),
        }
        help_texts = {
            "series": _("Such as District coordination training."),
            "state_reason": _("Needed when it is cancelled."),
            "persons": _("Each person once, however many days or sessions."),
            "attendances": _("Persons counted again on each day: person-days."),
            "persons_are_new": _("Only then are unique persons added over events."),
            "findings": _("What was seen and heard. No names of persons."),
        }

    def __init__(
        self, data: Any = None, *, activity: Activity, event: ActivityEvent | None = None
    ) -> None:
        initial: dict[str, Any] = {}
        if event is not None:
            initial = forms.model_to_dict(event, self._meta.fields)
            initial["seen_version"] = event.version
            initial["organisations"] = event.organisations.order_by("short_name")
        super().__init__(data, instance=ActivityEvent(activity=activity), initial=initial)
        need_in_some_cases(self, "state_reason")
        # Postponed it becomes by a deed of its own, which keeps both dates.
        is_put_off = event is not None and event.state == ActivityEvent.State.POSTPONED
        self.fields["state"].choices = [  # type: ignore[attr-defined]  # a field of choices
            (code, label)
            for code, label in ActivityEvent.State.choices
            if is_put_off or code != ActivityEvent.State.POSTPONED
        ]
        offer(self, "organisations", organisations_around(activity.plan))
        offer(self, "place", places_of(activity.plan))
        for name in ("persons", "attendances"):
            cast(forms.IntegerField, self.fields[name]).max_value = MOST_PERSONS
        if event is None or not event.evidence.exists():
            del self.fields["drop"]
        else:
            offer(self, "drop", event.evidence.order_by("pk"))

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        check_order(self)
        if ends_on and starts_on is None and "starts_on" in cleaned:
            self.add_error("starts_on", _("Give the first day too."))
        state = cleaned.get("state")
        put_off = {ActivityEvent.State.POSTPONED, ActivityEvent.State.CANCELLED}
        if state in put_off and not cleaned.get("state_reason"):
            self.add_error("state_reason", _("Say why."))
        if state == ActivityEvent.State.HELD and starts_on is None and "starts_on" in cleaned:
            self.add_error("starts_on", _("An event that was held has a first day."))
        for name in ("persons", "attendances"):
            if (cleaned.get(name) or 0) > MOST_PERSONS:
                self.add_error(name, _("This is more than a million."))
        persons, attendances = cleaned.get("persons"), cleaned.get("attendances")
        if persons is not None and attendances is not None and attendances < persons:
            self.add_error("attendances", str(TooFewAttendances.message))
        return cleaned

    def content(self) -> EventContent:
        """What was typed, as the services take it."""
        return cast(
            EventContent,
            {name: self.cleaned_data[name] for name in EventContent.__annotations__},
        )


class EventPostponeForm(SeenForm):
    """To when an event is put off, why, and who decided so."""

    starts_on = forms.DateField(label=_("New first day"), widget=DAY)
    ends_on = forms.DateField(
        label=_("New last day"),
        widget=DAY,
        help_text=_("Of a month or quarter its last day, where no day is set yet."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=300)
    condition = forms.CharField(
        label=_("On condition that"),
        max_length=200,
        required=False,
        help_text=_("What has to come true first."),
    )
    decided_by = forms.CharField(
        label=_("Decided by"), max_length=160, help_text=_("A post or a body, not a name.")
    )

    def clean(self) -> dict[str, Any]:
        super().clean()
        check_order(self)
        return self.cleaned_data


class TurnoutForm(RemembersItsBeginning, forms.Form):
    """Unique persons of one category, from one place."""

    category = forms.ChoiceField(
        label=_("Category"), choices=[("", "---------"), *EventParticipants.Category.choices]
    )
    place = forms.ModelChoiceField(Place.objects.none(), label=_("From"), required=False)
    women = forms.IntegerField(
        label=_("Women"), min_value=0, max_value=MOST_PERSONS, required=False
    )
    men = forms.IntegerField(label=_("Men"), min_value=0, max_value=MOST_PERSONS, required=False)
    not_stated = forms.IntegerField(
        label=_("Not stated"), min_value=0, max_value=MOST_PERSONS, required=False
    )


class BaseTurnoutFormSet(RemembersItsRows):
    """The participants of an event, a category and place once each."""

    def __init__(
        self, data: Any = None, *, activity: Activity, event: ActivityEvent | None = None
    ) -> None:
        self.places = places_of(activity.plan)
        initial = list(
            event.participants.order_by("pk").values(
                "category", "place", "women", "men", "not_stated"
            )
            if event
            else []
        )
        super().__init__(data, prefix="turnout", initial=initial)

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        offer(form, "place", self.places)

    def clean(self) -> None:
        rows = [] if any(self.errors) else self.turnout()
        heads = [(row.category, row.place) for row in rows]
        if len(heads) != len(set(heads)):
            raise forms.ValidationError(_("One category stands twice for the same place."))

    def turnout(self) -> list[Turnout]:
        """The rows that shall stand."""
        rows = [form for form in self.forms if form not in self.deleted_forms]
        return [
            Turnout(
                category=row.cleaned_data["category"],
                place=row.cleaned_data["place"],
                women=row.cleaned_data["women"] or 0,
                men=row.cleaned_data["men"] or 0,
                not_stated=row.cleaned_data["not_stated"] or 0,
            )
            for row in rows
            if row.cleaned_data.get("category")
        ]


TurnoutFormSet = cast(
    type[BaseTurnoutFormSet],
    forms.formset_factory(
        TurnoutForm, formset=BaseTurnoutFormSet, extra=3, can_delete=True, max_num=60
    ),
)


class EventFileForm(CaptionedFileForm):
    """A photograph, list or report of an event."""

    is_public = forms.BooleanField(
        label=_("Show it to everyone"),
        help_text=_("Never for a list of names."),
        required=False,
    )


class BaseEventFileFormSet(forms.BaseFormSet):
    """Files for one event."""

    def evidence(self) -> list[NewEventEvidence]:
        """What was attached, in the order of the form."""
        return [
            NewEventEvidence(**form.cleaned_data)
            for form in self.forms
            if form.cleaned_data.get("file")
        ]


EventFileFormSet = cast(
    type[BaseEventFileFormSet],
    forms.formset_factory(
        EventFileForm, formset=BaseEventFileFormSet, extra=3, max_num=3, absolute_max=3
    ),
)


class FollowUpForm(forms.Form):
    """What an event asks for."""

    text = forms.CharField(label=_("What is to be done"), max_length=300)
    owner = forms.ModelChoiceField(Organisation.objects.none(), label=_("Owner"))
    due_on = forms.DateField(label=_("Due on"), required=False, widget=DAY)

    def __init__(self, data: Any = None, *, activity: Activity) -> None:
        super().__init__(data)
        offer(self, "owner", organisations_around(activity.plan))


class FollowUpDoneForm(forms.Form):
    """That a follow-up is done, and what came of it."""

    done_on = forms.DateField(label=_("Done on"), widget=DAY)
    outcome = forms.CharField(label=_("What came of it"), max_length=300)
