"""What the secretariat records of an authority's notification."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Notification
from coordination.forms.fields import DAY, SeveralField, offer
from coordination.forms.files import UploadField
from coordination.forms.offices import GOVERNMENTS
from coordination.models import Mechanism, Organisation, within_path


class NotificationForm(forms.ModelForm):
    """Who notified which bodies, when, and where it is written."""

    attachment = UploadField(label=_("File of the notification"), required=False)

    class Meta:
        model = Notification
        fields = ("authority", "number", "subject", "notified_on", "bodies", "copies_to", "gazette")
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

    def __init__(self, data: Any = None, files: Any = None, *, mechanism: Mechanism) -> None:
        super().__init__(data, files)
        bodies = Body.objects.filter(mechanism=mechanism).exclude(state=Body.State.DISSOLVED)
        offer(self, "bodies", bodies.in_order())
        field = cast(forms.ModelMultipleChoiceField, self.fields["bodies"])
        field.label_from_instance = body_in_words  # type: ignore[assignment, method-assign]
        offer(self, "authority", authorities_of(mechanism))

    def content(self) -> dict[str, Any]:
        """What was typed, as the service takes it."""
        typed = dict(self.cleaned_data)
        return typed | {"file": typed.pop("attachment", None)}


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
