"""What is typed about commitments: by officers what is hoped for, by signatories what is sure."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from coordination.forms.fields import DAY, AmountField, offer
from coordination.models import Award, Period, User
from workplans.models import Activity, Commitment
from workplans.permissions.money import organisations_paying
from workplans.services.commitments import CommitmentContent, periods_to_spend

MAX_REASON = Commitment._meta.get_field("withdrawal_reason").max_length


class CommitmentForm(RemembersItsBeginning, forms.ModelForm):
    """What an organisation puts into ``activity``; ``seen_version`` is 0 for a new one."""

    amount_minor = AmountField(
        label=_("Amount"),
        help_text=_("In kind, staff time and logistics: what it would cost."),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = Commitment
        fields = (
            "organisation", "kind", "amount_minor", "currency", "approver", "expected_on", "award",
            "budget_line", "recipients", "passes_on", "conditions", "note",
        )  # fmt: skip
        widgets = {"expected_on": DAY, "conditions": forms.Textarea(attrs={"rows": 2})}
        labels = {
            "organisation": _("Who pays or gives"),
            "approver": _("Whose leave it awaits"),
            "award": _("Award that it comes from"),
            "passes_on": _("It passes on money of"),
        }
        help_texts = {
            "approver": _("Whom the signatory has to ask before confirming."),
            "budget_line": _("The vote of the ADP or budget, or the line of the award."),
            "recipients": _("How many people receive it, such as data bundles."),
            "passes_on": _("Money that came down from another organisation counts once."),
        }

    def __init__(
        self,
        data: Any = None,
        *,
        activity: Activity,
        user: User,
        commitment: Commitment | None = None,
    ) -> None:
        payers = organisations_paying(user, activity)
        initial: dict[str, Any] = {"currency": activity.currency}
        if commitment is not None:
            initial = forms.model_to_dict(commitment, self._meta.fields)
            initial["seen_version"] = commitment.version
        elif payers.count() == 1:
            initial["organisation"] = payers.get()
        # Who enters it and when is the service's to say; here it only makes a whole thing.
        whole = {"entered_by": user, "entered_at": timezone.now()}
        super().__init__(data, instance=Commitment(activity=activity, **whole), initial=initial)
        offer(self, "organisation", payers.order_by("short_name"))
        offer(self, "award", Award.objects.filter(mechanisms=activity.plan.mechanism_id))
        others = activity.commitments.select_related("organisation").order_by("pk")
        offer(self, "passes_on", others.exclude(pk=commitment.pk) if commitment else others)

    def clean_amount_minor(self) -> int:
        minor = self.cleaned_data["amount_minor"]
        if not minor:
            raise forms.ValidationError(_("Enter an amount above 0."))
        return int(minor)

    def content(self) -> CommitmentContent:
        """What was typed, as the services take it."""
        return cast(
            CommitmentContent,
            {name: self.cleaned_data[name] for name in CommitmentContent.__annotations__},
        )


class ConfirmForm(SeenForm):
    """How much of it is sure, in all; the whole of it stands there already."""

    confirmed_minor = AmountField(
        label=_("Confirmed in all"),
        help_text=_("The whole amount stands here. Enter less to confirm a part."),
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, data: Any = None, *, commitment: Commitment) -> None:
        super().__init__(data, initial={"confirmed_minor": commitment.amount_minor})


class ReleaseForm(SeenForm):
    """How much of it is handed over, in all."""

    released_minor = AmountField(
        label=_("Released in all"), help_text=_("All that is confirmed stands here.")
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, data: Any = None, *, commitment: Commitment) -> None:
        super().__init__(data, initial={"released_minor": commitment.confirmed_minor})


class SpendingForm(SeenForm):
    """What was spent of it in one period; told again, it is corrected."""

    period = forms.ModelChoiceField(
        Period.objects.none(), label=_("Period"), to_field_name="code", empty_label=None
    )
    amount_minor = AmountField(label=_("Spent in the period"))

    def __init__(self, data: Any = None, *, commitment: Commitment, on: Any) -> None:
        super().__init__(data)
        keys = [period.pk for period in periods_to_spend(commitment, on=on)]
        offer(self, "period", Period.objects.filter(pk__in=keys).order_by("-starts_on"))


class WithdrawalForm(SeenForm):
    """Why it will not come."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=MAX_REASON,
        help_text=_("The activity’s lead and the county are told."),
    )

    def __init__(self, data: Any = None, *, commitment: Commitment) -> None:
        super().__init__(data)


class CloseForm(SeenForm):
    """Nothing to fill: only what was seen of it."""

    def __init__(self, data: Any = None, *, commitment: Commitment) -> None:
        super().__init__(data)
