"""The steps of a plan that are decided, its versions, and the signatures under them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Decision
from coordination.forms.conflicts import SeenForm
from coordination.forms.fields import DAY, SeveralField, offer
from coordination.forms.files import PICTURES, UploadField
from coordination.models import Organisation, User
from workplans.models import JointWorkPlan, PlanVersion, Signature
from workplans.services.signing import donors_of

# What a review committee can have resolved so that a plan goes on.
APPROVING = (Decision.Type.APPROVE, Decision.Type.ENDORSE, Decision.Type.RATIFY)


class DecisionField(forms.ModelChoiceField):
    def label_from_instance(self, decision: Decision) -> str:
        return f"{decision}: {decision.text[:80]}"


class PlanStepForm(SeenForm):
    """Who decided that the plan is in its next state; ``to`` is that state."""

    to = forms.ChoiceField(choices=JointWorkPlan.State.choices, widget=forms.HiddenInput)
    decision = DecisionField(
        Decision.objects.none(), label=_("Decision"), required=False,
        help_text=_("Of the review committee, from its minutes."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Who decided it, and when"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Such as: by the review committee at its meeting of 30 Jun 2021. Posts, not persons."
        ),
    )

    def __init__(self, data: Any = None, *, plan: JointWorkPlan, user: User) -> None:
        super().__init__(data, initial={"to": plan.next_state})
        if plan.next_state not in plan.DECIDED:
            del self.fields["decision"]
            return
        taken = Decision.objects.visible_to(user).filter(
            body__mechanism=plan.mechanism_id, body__kind=Body.Kind.REVIEW, type__in=APPROVING
        )
        offer(self, "decision", taken.in_full().in_order())


class PlanReturnForm(SeenForm):
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class FreezeForm(forms.Form):
    """Lay the plan before its signatories; the donors are asked where the parties want it."""

    donors = SeveralField(
        Organisation.objects.none(), label=_("Donors who sign too"), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, data: Any = None, *, plan: JointWorkPlan) -> None:
        super().__init__(data)
        keys = [donor.pk for donor in donors_of(plan)]
        if not keys:
            del self.fields["donors"]
            return
        offer(self, "donors", Organisation.objects.filter(pk__in=keys).order_by("short_name"))


class VersionWithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


POSTS = {
    Signature.Side.COUNTY: _("Such as: Governor, or CECM for planning."),
    Signature.Side.PARTNER: _("Such as: Chief of Party."),
    Signature.Side.DONOR: _("Such as: Agreement Officer’s Representative."),
}


class SignForm(forms.Form):
    """Sign what the hash names."""

    post = forms.CharField(label=_("I sign as"), max_length=160)
    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    agreed = forms.BooleanField(label=_("I sign this version for my organisation"))

    def __init__(self, data: Any = None, *, signature: Signature, version: PlanVersion) -> None:
        super().__init__(data, initial={"sha256": version.sha256})
        self.fields["post"].help_text = POSTS[Signature.Side(signature.side)]


class PaperForm(forms.Form):
    """What was signed on paper: by which post, when, and the scan."""

    post = forms.CharField(label=_("Signed by which post"), max_length=160)
    signed_on = forms.DateField(label=_("Signed on"), widget=DAY)
    file = UploadField(label=_("The signed paper"), kinds=("pdf", *PICTURES))

    def __init__(self, data: Any = None, files: Any = None, *, signature: Signature) -> None:
        super().__init__(data, files)
        self.fields["post"].help_text = POSTS[Signature.Side(signature.side)]
