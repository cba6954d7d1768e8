"""What the secretariat records of an authority's notification."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Notification
from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from coordination.forms.fields import DAY, SeveralField, offer
from coordination.forms.files import UploadField
from coordination.forms.offices import GOVERNMENTS
from coordination.models import Mechanism, Organisation, within_path

CONTENT = ("authority", "number", "subject", "notified_on", "bodies", "copies_to", "gazette")


class NotificationForm(RemembersItsBeginning, forms.ModelForm):
    """Who notified which bodies, when, and where it is written; what was wrong when corrected."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("What was wrong"), max_length=300, help_text=_("It stays on record.")
    )
    attachment = UploadField(label=_("File of the notification"), required=False)

    class Meta:
        model = Notification
        fields = CONTENT
        widgets = {
            "notified_on": DAY,
            "bodies": forms.CheckboxSelectMultiple,
            "copies_to": forms.Textarea(attrs={"rows": 4, "maxlength": 4000}),
        }
        field_classes = {"bodies": SeveralField}
        help_texts = {
            "number": _("As it stands on the paper."),
            "bodies": _("Those that wait to be notified are notified with it."),
            "copies_to": _("Posts and offices, one on a line."),
        }

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        mechanism: Mechanism,
        notification: Notification | None = None,
    ) -> None:
        initial: dict[str, Any] = {}
        bodies = Body.objects.filter(mechanism=mechanism).exclude(state=Body.State.DISSOLVED)
        if notification is not None:
            initial = forms.model_to_dict(notification, CONTENT)
            initial |= {"seen_version": notification.version, "bodies": notification.bodies.all()}
            bodies |= Body.objects.filter(notifications=notification)
        instance = Notification(mechanism=mechanism)
        super().__init__(data, files, instance=instance, initial=initial)
        if notification is None:
            del self.fields["reason"], self.fields["seen_version"]
        offer(self, "bodies", bodies.distinct().in_order(), in_words=body_in_words)
        offer(self, "authority", authorities_of(mechanism))

    def content(self) -> dict[str, Any]:
        """What was typed, as the service takes it."""
        typed = {name: self.cleaned_data[name] for name in CONTENT}
        return typed | {"file": self.cleaned_data.get("attachment")}


class NotificationWithdrawForm(SeenForm):
    """Why the record of a notification is taken back."""

    reason = forms.CharField(
        label=_("What was wrong"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


def authorities_of(mechanism: Mechanism) -> Any:
    """Governments of the mechanism's country that it knows, its conveners and its backbone."""
    governments = Q(type__in=GOVERNMENTS) & (
        within_path(mechanism.country.path, "place") | Q(memberships__mechanism=mechanism)
    )
    serving = Q(convenes=mechanism) | Q(backbone_of=mechanism)
    found = Organisation.objects.filter(governments | serving).values("pk")
    return Organisation.objects.filter(pk__in=found).order_by("name")


def body_in_words(body: Body) -> str:
    """Such as "WG 1: Working Group 1 (Proposed)"."""
    return f"{body.short_name}: {body.name} ({body.get_state_display()})"
