"""What is typed of a body's grants."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Decision, Grant
from committees.services.grants import Correction, GrantContent, granting_decisions
from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from coordination.forms.fields import DAY, AmountField, offer

from .decisions import decision_in_words

CONTENT = tuple(GrantContent.__annotations__)
REASON = 300


class GrantForm(RemembersItsBeginning, forms.ModelForm):
    """A grant that is proposed, or one that is corrected; ``seen_version`` is 0 for a new one."""

    amount_minor = AmountField(label=_("Amount"))
    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = Grant
        fields = (
            "purpose",
            "amount_minor",
            "currency",
            "proposed_on",
            "decision",
            "paid_on",
            "note",
        )
        widgets = {"proposed_on": DAY, "paid_on": DAY}
        help_texts = {
            "note": _("Read by those who sit on the body alone."),
            "paid_on": _("Empty: it was not paid after all."),
        }

    def __init__(self, data: Any = None, *, body: Body, grant: Grant | None = None) -> None:
        initial: dict[str, Any] = {}
        if grant is not None:
            initial = forms.model_to_dict(grant, self._meta.fields)
            initial["seen_version"] = grant.version
        super().__init__(data, instance=Grant(body=body), initial=initial)
        state = grant.state if grant else Grant.State.PROPOSED
        if state in Grant.GRANTED:
            offer(self, "decision", granting_decisions(body).select_related("body"))
            self.fields["decision"].required = True
        else:
            del self.fields["decision"]
        if state != Grant.State.PAID:
            del self.fields["paid_on"]
        if grant is not None:
            self.fields["reason"] = forms.CharField(
                label=_("Why it is corrected"), max_length=REASON
            )

    def _post_clean(self) -> None:
        """The service checks the grant, once its state and its decision are known."""

    def clean_amount_minor(self) -> int:
        return something(self.cleaned_data["amount_minor"])

    def content(self) -> GrantContent:
        """What was typed, as the services take it."""
        return cast(GrantContent, {name: self.cleaned_data[name] for name in CONTENT})

    def correction(self) -> Correction:
        """The same of one that is corrected."""
        typed = self.cleaned_data
        hangs = {name: typed.get(name) for name in ("decision", "paid_on")}
        return cast(Correction, {**self.content(), **hangs})


class DecideForm(SeenForm):
    """Which decision of the body gives how much."""

    decision = forms.ModelChoiceField(
        Decision.objects.none(), label=_("Decision"), empty_label=_("Choose"),
        help_text=_("A numbered decision of the body that approves or directs something."),
    )  # fmt: skip
    amount_minor = AmountField(
        label=_("Amount that it gives"), help_text=_("It may be another than was proposed.")
    )

    def __init__(self, data: Any = None, *, grant: Grant) -> None:
        super().__init__(data, initial={"amount_minor": grant.amount_minor})
        decisions = granting_decisions(grant.body).select_related("body")
        offer(self, "decision", decisions, in_words=decision_in_words)
        self.fields["amount_minor"].label = gettext("Amount that it gives, in %(currency)s") % {
            "currency": grant.currency
        }

    def clean_amount_minor(self) -> int:
        return something(self.cleaned_data["amount_minor"])


class PayForm(SeenForm):
    """On which day it was paid."""

    paid_on = forms.DateField(label=_("Paid on"), widget=DAY)


class WithdrawForm(SeenForm):
    """Why it comes to nothing."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON)


def something(minor: int | None) -> int:
    """The amount, which is above 0."""
    if not minor:
        raise forms.ValidationError(gettext("Enter an amount above 0."))
    return minor
