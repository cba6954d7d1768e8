"""What is typed about a value-for-money audit."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from committees.models import Document
from coordination.forms.conflicts import RemembersItsBeginning
from coordination.forms.fields import DAY, GroupedChoiceField, offer
from coordination.models import Mechanism, Organisation, User
from workplans.models import Activity, Indicator, JointWorkPlan, ValueForMoneyAudit
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
            "kind", "plan", "activity", "indicator", "auditor_post", "audited_on", "finding",
            "recommendation", "document", "owner", "due_on", "is_public",
        )  # fmt: skip
        widgets = {
            "audited_on": DAY,
            "due_on": DAY,
            "finding": forms.Textarea(attrs={"rows": 4}),
            "recommendation": forms.Textarea(attrs={"rows": 3}),
        }
        labels = {"is_public": _("Show it to everyone")}
        help_texts = {
            "auditor_post": _("A post or a firm, not a name."),
            "indicator": _("Where an independent evaluation was of one indicator."),
            "document": _("Whoever may read it there finds it here."),
        }

    def __init__(
        self,
        data: Any = None,
        *,
        mechanism: Mechanism,
        user: User,
        audit: ValueForMoneyAudit | None = None,
        of: Indicator | None = None,
    ) -> None:
        """``of`` is the indicator that a new evaluation is of, to begin with."""
        initial: dict[str, Any] = {}
        if of is not None:
            initial = {"indicator": of, "kind": ValueForMoneyAudit.Kind.EVALUATION}
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
        indicators = Indicator.objects.visible_to(user).filter(mechanism=mechanism)
        offer(self, "indicator", indicators.order_by("position", "code"))
        documents = Document.objects.visible_to(user).filter(mechanism=mechanism)
        if audit is not None and audit.document_id is not None:
            documents |= Document.objects.filter(pk=audit.document_id)
        offer(self, "document", documents.order_by("title", "pk"))
        here = Mechanism.objects.filter(pk=mechanism.pk)
        around = Organisation.objects.taking_part_in(here)
        if audit is not None and audit.owner_id is not None:
            around |= Organisation.objects.filter(pk=audit.owner_id)
        offer(self, "owner", around.order_by("short_name"))

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        activity, plan = cleaned.get("activity"), cleaned.get("plan")
        if activity and plan and activity.plan_id != plan.pk:
            self.add_error("activity", _("This activity stands in another plan."))
        elif activity:
            cleaned["plan"] = activity.plan
        kind = ValueForMoneyAudit.Kind.EVALUATION
        if cleaned.get("indicator") and cleaned.get("kind") != kind:
            self.add_error("indicator", _("Only an independent evaluation is of an indicator."))
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
