"""What is typed when an activity is agreed, put off or ended."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from committees.models import Decision
from coordination.forms.conflicts import SeenForm
from coordination.forms.fields import DAY, check_order, offer
from coordination.forms.rendering import need_in_some_cases
from coordination.models import User
from workplans.models import Activity
from workplans.services.moves import deciding_bodies
from workplans.services.refusals import ReasonMissing

REASON_LENGTH = 300


def reason_field(**kwargs: Any) -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": REASON_LENGTH}),
        **kwargs,
    )


class MoveForm(SeenForm):
    """A deed that asks for nothing but to be meant."""

    def __init__(self, data: Any = None, *, activity: Activity, user: User) -> None:
        super().__init__(data)
        self.activity, self.user = activity, user


class ReasonForm(MoveForm):
    reason = reason_field()


class PostponeForm(MoveForm):
    """Until when it is put off, and why."""

    starts_on = forms.DateField(
        label=_("New first day"),
        required=False,
        widget=DAY,
        help_text=_("Empty: it keeps its first day."),
    )
    ends_on = forms.DateField(label=_("New last day"), widget=DAY)
    reason = reason_field()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        check_order(self)
        return cleaned


class DecisionField(forms.ModelChoiceField):
    def label_from_instance(self, decision: Decision) -> str:
        return f"{decision}: {decision.text[:80]}"


class CancelForm(MoveForm):
    """Why it is given up; once it is agreed, by which decision."""

    decision = DecisionField(
        Decision.objects.none(),
        label=_("Decision of the review committee"),
        required=False,
        help_text=_("Needed once the activity is agreed."),
    )
    reason = reason_field()

    def __init__(self, data: Any = None, *, activity: Activity, user: User) -> None:
        super().__init__(data, activity=activity, user=user)
        decisions = Decision.objects.visible_to(user)
        decisions = decisions.filter(body__in=deciding_bodies(activity.plan.mechanism))
        offer(self, "decision", decisions.select_related("body").in_order())
        if activity.is_agreed:
            self.fields["decision"].required = True
        else:
            need_in_some_cases(self, "decision")


class MergeForm(MoveForm):
    """Into which activity of the same plan it goes."""

    into = forms.ModelChoiceField(Activity.objects.none(), label=_("The activity that goes on"))
    reason = reason_field(required=False)

    def __init__(self, data: Any = None, *, activity: Activity, user: User) -> None:
        super().__init__(data, activity=activity, user=user)
        others = Activity.objects.visible_to(user).filter(plan=activity.plan_id)
        others = others.exclude(status__in=Activity.OVER).exclude(pk=activity.pk)
        offer(self, "into", others.order_by("code"))


class ConfirmForm(MoveForm):
    """Whether the county confirms what the lead has said."""

    CONFIRM, SEND_BACK = "confirm", "send-back"

    verdict = forms.ChoiceField(
        label=_("The county’s word"),
        choices=[(CONFIRM, _("Confirm it")), (SEND_BACK, _("Send it back"))],
        widget=forms.RadioSelect,
    )
    reason = reason_field(required=False, help_text=_("Needed when you send it back."))

    def __init__(self, data: Any = None, *, activity: Activity, user: User) -> None:
        super().__init__(data, activity=activity, user=user)
        need_in_some_cases(self, "reason")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("verdict") == self.SEND_BACK and not cleaned.get("reason"):
            self.add_error("reason", str(ReasonMissing.message))
        return cleaned
