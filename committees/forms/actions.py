"""What is typed about action items, and how their list is narrowed."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from committees.models import ActionItem, Body, Meeting, Seat
from committees.models.action import ActionItemQuerySet
from committees.services.actions import confirming_meetings
from coordination.forms.conflicts import RemembersItsBeginning
from coordination.forms.fields import DAY, SeveralField, offer
from coordination.models import Mechanism, Organisation, User

FIELDS = ("text", "owner_seat", "owner_organisation", "co_owners", "due_on", "priority")


class ActionForm(RemembersItsBeginning, forms.ModelForm):
    """An action item of ``body``; ``seen_version`` is 0 for a new one."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = ActionItem
        fields = FIELDS
        widgets = {
            "text": forms.Textarea(attrs={"rows": 3, "maxlength": 2000}),
            "due_on": DAY,
            "co_owners": forms.CheckboxSelectMultiple,
        }
        field_classes = {"co_owners": SeveralField}
        labels = {"text": _("What has to be done")}
        help_texts = {
            "owner_seat": _("Whoever holds it does it; a successor takes it over."),
            "owner_organisation": _("Where it is no seat of the body that does it."),
        }

    def __init__(self, data: Any = None, *, body: Body, action: ActionItem | None = None) -> None:
        initial: dict[str, Any] = {}
        if action is not None:
            initial = forms.model_to_dict(action, FIELDS)
            initial["seen_version"] = action.version
            initial["co_owners"] = action.co_owners.order_by("short_name")
        super().__init__(data, instance=ActionItem(body=body), initial=initial)
        offer(self, "owner_seat", seats_of(body, action))
        for name in ("owner_organisation", "co_owners"):
            offer(self, name, organisations_around(body.mechanism))
        self.named = action.owner_named if action else ""

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        owners = (self.named, cleaned.get("owner_seat"), cleaned.get("owner_organisation"))
        if not any(owners) and not self.errors:
            self.add_error("owner_seat", _("Say which seat or organisation does it."))
        return cleaned

    def content(self) -> dict[str, Any]:
        """What was typed, as the services take it."""
        return {name: self.cleaned_data[name] for name in FIELDS}


class ReasonForm(forms.Form):
    """Why something is returned or cancelled."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class NoteForm(forms.Form):
    """A note on what has been done so far."""

    text = forms.CharField(
        label=_("What has been done"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class DoneForm(forms.Form):
    """What the owner says of a thing that is done."""

    text = forms.CharField(
        label=_("What was done"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ConfirmForm(forms.Form):
    """The meeting at which the body confirmed that it is done."""

    meeting = forms.ModelChoiceField(Meeting.objects.none(), label=_("Confirmed at the meeting"))

    def __init__(self, data: Any = None, *, action: ActionItem) -> None:
        super().__init__(data)
        offer(self, "meeting", confirming_meetings(action).select_related("body__mechanism"))


class ActionFilter(django_filters.FilterSet):
    """Mine, overdue, by body, state and owner; only what the list has."""

    mine = django_filters.BooleanFilter(
        method="only_mine", label=_("Mine"), widget=forms.CheckboxInput
    )
    overdue = django_filters.BooleanFilter(
        method="only_overdue", label=_("Overdue"), widget=forms.CheckboxInput
    )
    body = django_filters.ModelChoiceFilter(
        queryset=Body.objects.none(), to_field_name="slug", label=_("Body"), empty_label=_("All")
    )
    state = django_filters.ChoiceFilter(
        method="in_state",
        choices=[("outstanding", _("Not settled")), *ActionItem.State.choices],
        label=_("State"),
        empty_label=_("All"),
    )
    owner = django_filters.ModelChoiceFilter(
        method="of_owner",
        queryset=Organisation.objects.none(),
        to_field_name="slug",
        label=_("Organisation"),
        empty_label=_("All"),
    )

    class Meta:
        model = ActionItem
        fields = ("mine", "overdue", "body", "state", "owner")

    def __init__(
        self,
        data: Any,
        actions: ActionItemQuerySet,
        *,
        user: User,
        on: Any,
        body: Body | None = None,
    ) -> None:
        super().__init__(data, actions)
        self.user, self.on = user, on
        if body is None:
            bodies = Body.objects.filter(pk__in=actions.values("body"))
            self.filters["body"].queryset = bodies.in_order()
        else:
            del self.filters["body"]
        self.filters["owner"].queryset = Organisation.objects.filter(
            Q(pk__in=actions.values("owner_organisation"))
            | Q(pk__in=actions.values("owner_seat__organisation"))
        ).order_by("short_name")

    def only_mine(self, actions: ActionItemQuerySet, _name: str, value: object) -> QuerySet:
        return actions.owned_by(self.user) if value else actions

    def only_overdue(self, actions: ActionItemQuerySet, _name: str, value: object) -> QuerySet:
        return actions.overdue(on=self.on) if value else actions

    def in_state(self, actions: ActionItemQuerySet, _name: str, value: str) -> QuerySet:
        if value == "outstanding":
            return actions.outstanding()
        return actions.filter(state=value)

    def of_owner(self, actions: ActionItemQuerySet, _name: str, value: Organisation) -> QuerySet:
        return actions.filter(Q(owner_organisation=value) | Q(owner_seat__organisation=value))


def seats_of(body: Body, action: ActionItem | None) -> QuerySet[Seat]:
    """The seats that the body has today, and the one that owns the item already."""
    own = Q(pk=action.owner_seat_id) if action and action.owner_seat_id else Q(pk__in=[])
    today = body.mechanism.today()
    standing = Seat.objects.standing_on(today).filter(body=body)
    return Seat.objects.filter(Q(pk__in=standing.values("pk")) | own).in_order()


def organisations_around(mechanism: Mechanism) -> QuerySet[Organisation]:
    """Members, conveners, the backbone, and the governments of its places."""
    return Organisation.objects.taking_part_in(Mechanism.objects.filter(pk=mechanism.pk)).order_by(
        "short_name"
    )
