"""An organisation joins a mechanism, or leaves it."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.forms.fields import DAY
from coordination.models import Mechanism, Membership, Organisation

from .rendering import need_in_some_cases


class MembershipForm(forms.ModelForm):
    """Who joins, since when, as what, and for which places it does not report."""

    class Meta:
        model = Membership
        fields = (
            "organisation",
            "joined_on",
            "is_founding",
            "role",
            "exempt_places",
            "exemption_reason",
        )
        labels = {"organisation": _("Organisation")}
        help_texts = {
            "organisation": _("One that is missing here is entered by an administrator first."),
            "joined_on": _("Empty when the day is not known."),
            "role": _("Such as “Lead partner for water”. Empty for a member like the others."),
            "exempt_places": _("Nothing is due from it there, and it is not counted as missing."),
            "exemption_reason": _(
                "Needed where it does not report. It stands beside the figures wherever it is "
                "named as exempt."
            ),
        }
        widgets = {"joined_on": DAY, "exempt_places": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, mechanism: Mechanism, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = mechanism.memberships.filter(left_on=None).values("organisation")
        organisation = cast("forms.ModelChoiceField", self.fields["organisation"])
        organisation.queryset = Organisation.objects.exclude(pk__in=members).order_by("name")
        organisation.empty_label = _("Choose")
        organisation.error_messages["invalid_choice"] = _("This organisation is a member already.")
        places = cast("forms.ModelMultipleChoiceField", self.fields["exempt_places"])
        places.queryset = mechanism.places.order_by("path")
        need_in_some_cases(self, "exemption_reason")

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("exempt_places") and not cleaned.get("exemption_reason"):
            self.add_error("exemption_reason", _("Say why it does not report for these places."))
        return cleaned


class MembershipEndForm(forms.Form):
    last_day = forms.DateField(
        label=_("Last day as a member"),
        widget=DAY,
        initial=timezone.localdate,
        help_text=_(
            "What is due for a quarter that it still belonged to stays due; nothing for later ones."
        ),
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=200,
        help_text=_("Such as a letter, or the minutes that say so."),
    )
