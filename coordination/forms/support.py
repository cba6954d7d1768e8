"""What is typed into the log of a backbone."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Organisation
from coordination.services.support import functions_of

from .fields import DAY


class SupportForm(forms.Form):
    """One thing that the backbone did, for whom."""

    function = forms.ChoiceField(label=_("Function"))
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("For which organisation"),
        required=False,
        empty_label=_("For all of them"),
    )
    given_on = forms.DateField(label=_("Given on"), widget=DAY)
    text = forms.CharField(
        label=_("What was done"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, data: Any = None, *, mechanism: Mechanism) -> None:
        today = mechanism.today()
        super().__init__(data, initial={"given_on": today})
        function = cast("forms.ChoiceField", self.fields["function"])
        function.choices = [("", _("Choose")), *((each, each) for each in functions_of(mechanism))]
        organisation = cast("forms.ModelChoiceField", self.fields["organisation"])
        here = Organisation.objects.taking_part_in(Mechanism.objects.filter(pk=mechanism.pk))
        organisation.queryset = here.order_by("name")


class SupportWithdrawForm(forms.Form):
    """Why an entry does not count."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
