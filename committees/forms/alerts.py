"""What is typed about alerts, and how their list is narrowed."""

from __future__ import annotations

from typing import Any, cast

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from committees.models import Alert
from committees.models.alert import AlertQuerySet
from committees.permissions import can_verify_alert
from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from coordination.forms.fields import DAY, SeveralField, offer
from coordination.forms.files import UploadField
from coordination.models import Mechanism, Place, User
from coordination.services.files import VettedFile

from .escalations import county_of

IN_A_MINUTE = ("kind", "title", "phase", "ask", "noticed_on")
DETAILS = (*IN_A_MINUTE, "source", "affected", "affected_note", "needs", "responding")
WIDGETS = {
    "noticed_on": DAY,
    "ask": forms.Textarea(attrs={"rows": 2, "maxlength": 2000}),
    "needs": forms.Textarea(attrs={"rows": 3, "maxlength": 2000}),
}


class PlacesField(SeveralField):
    """The places of the mechanism, as boxes."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self) -> None:
        super().__init__(
            Place.objects.none(), label=_("Where"), error_messages={"required": _("Say where.")}
        )


class AlertForm(forms.ModelForm):
    """An alert as it is raised from a phone in a minute; details come later."""

    places = PlacesField()
    file = UploadField(label=_("Picture or document"), required=False)

    class Meta:
        model = Alert
        fields = IN_A_MINUTE
        widgets = WIDGETS

    field_order = ("places", *IN_A_MINUTE, "file")

    def __init__(
        self, data: Any = None, files: Any = None, *, mechanism: Mechanism, user: User
    ) -> None:
        home = county_of(user, mechanism)
        initial = {
            "noticed_on": mechanism.today(),
            "places": [home.pk] if home else [],
        }
        super().__init__(data, files, instance=Alert(mechanism=mechanism), initial=initial)
        offer(self, "places", mechanism.places.order_by("path"))

    def content(self) -> dict[str, Any]:
        """What was typed, as the services take it."""
        content = {name: self.cleaned_data[name] for name in ("places", *IN_A_MINUTE)}
        return {**content, "files": files_of(self)}


class AlertDetailsForm(RemembersItsBeginning, forms.ModelForm):
    """Everything that is known of it so far."""

    places = PlacesField()
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Alert
        fields = DETAILS
        widgets = WIDGETS

    field_order = ("places", *DETAILS)

    def __init__(self, data: Any = None, *, alert: Alert) -> None:
        initial = forms.model_to_dict(alert, DETAILS)
        initial["seen_version"] = alert.version
        initial["places"] = alert.places.order_by("path")
        super().__init__(data, instance=Alert(mechanism=alert.mechanism), initial=initial)
        offer(self, "places", alert.mechanism.places.order_by("path"))

    def content(self) -> dict[str, Any]:
        """What was typed, as the services take it."""
        return {name: self.cleaned_data[name] for name in ("places", *DETAILS)}


class AlertUpdateForm(SeenForm):
    """What was said or done about it, and how it stands from now on."""

    text = forms.CharField(
        label=_("What happened"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    state = forms.ChoiceField(label=_("It is from now on"), required=False)
    file = UploadField(label=_("Picture or document"), required=False)

    def __init__(self, data: Any = None, files: Any = None, *, alert: Alert, user: User) -> None:
        super().__init__(data, files)
        states = [
            (state.value, state.label)
            for state in alert.next_states
            if state != Alert.State.VERIFIED or can_verify_alert(user, alert)
        ]
        still = ("", _("Still: %(state)s") % {"state": alert.get_state_display()})
        cast("forms.ChoiceField", self.fields["state"]).choices = [still, *states]

    def content(self) -> dict[str, Any]:
        """What was typed, as the services take it."""
        content = {name: self.cleaned_data[name] for name in ("text", "state", "seen")}
        return {**content, "files": files_of(self)}


class AlertFilter(django_filters.FilterSet):
    """Live ones unless asked otherwise, by kind and place."""

    state = django_filters.ChoiceFilter(
        method="in_state",
        choices=[("live", _("Not closed")), *Alert.State.choices],
        label=_("State"),
        empty_label=_("All"),
    )
    kind = django_filters.ChoiceFilter(
        choices=Alert.Kind.choices, label=_("Kind"), empty_label=_("All")
    )
    place = django_filters.ModelChoiceFilter(
        field_name="places",
        queryset=Place.objects.none(),
        to_field_name="path",
        label=_("Place"),
        empty_label=_("All"),
    )

    class Meta:
        model = Alert
        fields = ("state", "kind", "place")

    def __init__(self, data: Any, alerts: AlertQuerySet) -> None:
        super().__init__(data, alerts)
        places = Place.objects.filter(alerts__in=alerts).distinct()
        self.filters["place"].queryset = places.order_by("path")

    def in_state(self, alerts: AlertQuerySet, _name: str, value: str) -> QuerySet:
        return alerts.live() if value == "live" else alerts.filter(state=value)


def files_of(form: forms.BaseForm) -> list[VettedFile]:
    file = form.cleaned_data.get("file")
    return [file] if file else []
