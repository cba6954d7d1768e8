"""What is typed about a value-for-money audit."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import RemembersItsBeginning
from coordination.forms.fields import DAY, GroupedChoiceField, offer
from coordination.models import Mechanism, Organisation, User
from workplans.models import Activity, JointWorkPlan, ValueForMoneyAudit
from workplans.services.audits import AuditContent


class AuditForm(RemembersItsBeginning, forms.ModelForm):
    """The content of an audit; ``seen_version`` is 0 for a new one."""

    activity = GroupedChoiceField(
        Activity.objects.none(),
        heading_of=lambda activity: activity.plan.title,
        label=_("Activity"),
        required=False,
        help_text=_("Empty where the whole plan, or the mechanism, was audited."),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = ValueForMoneyAudit
        fields = (
            "kind", "plan", "activity", "auditor_post", "audited_on", "finding", "recommendation",
            "owner", "due_on", "is_public",
        )  # fmt: skip
        widgets = {
            "audited_on": DAY,
            "due_on": DAY,
            "finding": forms.Textarea(attrs={"rows": 4}),
            "recommendation": forms.Textarea(attrs={"rows": 3}),
        }
        labels = {"is_public": _("Show it to everyone")}
        help_texts = {"auditor_post": _("A post or a firm, not a name.")}

    def __init__(
        self,
        data: Any = None,
        *,
        mechanism: Mechanism,
        user: User,
        audit: ValueForMoneyAudit | None = None,
    ) -> None:
        initial: dict[str, Any] = {}
        if audit is not None:
            initial = forms.model_to_dict(audit, self._meta.fields)
            initial["seen_version"] = audit.version
        instance = ValueForMoneyAudit(mechanism=mechanism)
        super().__init__(data, instance=instance, initial=initial)
        plans = JointWorkPlan.objects.visible_to(user).filter(mechanism=mechanism)
        offer(self, "plan", plans.order_by("-starts_on", "title"))
        activities = Activity.objects.visible_to(user).filter(plan__mechanism=mechanism)
        offer(
            self,
            "activity",
            activities.select_related("plan").order_by("-plan__starts_on", "plan__title", "code"),
        )
        members = Organisation.objects.filter(memberships__mechanism=mechanism)
        around = members | Organisation.objects.filter(backbone_of=mechanism)
        if audit is not None and audit.owner_id is not None:
            around |= Organisation.objects.filter(pk=audit.owner_id)
        offer(self, "owner", around.distinct().order_by("short_name"))

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        activity, plan = cleaned.get("activity"), cleaned.get("plan")
        if activity and plan and activity.plan_id != plan.pk:
            self.add_error("activity", _("This activity stands in another plan."))
        elif activity:
            cleaned["plan"] = activity.plan
        return cleaned

    def content(self) -> AuditContent:
        """What was typed, as the services take it."""
        return cast(
            AuditContent,
            {name: self.cleaned_data[name] for name in AuditContent.__annotations__},
        )


class AuditFollowUpForm(forms.Form):
    """What was done about an audit."""

    followed_up_on = forms.DateField(label=_("Done on"), widget=DAY)
    follow_up = forms.CharField(
        label=_("What was done"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
