"""What is typed about a bottleneck."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import RemembersItsBeginning, SeenField
from coordination.forms.fields import DAY, SeveralField, offer
from coordination.models import User
from workplans.models import Activity, Bottleneck, JointWorkPlan
from workplans.permissions.learning import organisations_raising
from workplans.services.bottlenecks import BottleneckContent


class BottleneckForm(RemembersItsBeginning, forms.ModelForm):
    """The content of a bottleneck; ``seen_version`` is 0 for a new one."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    seen = SeenField()

    class Meta:
        model = Bottleneck
        fields = (
            "raised_by", "category", "description", "since", "activities", "measures",
            "resolved_on", "is_public",
        )  # fmt: skip
        widgets = {
            "since": DAY,
            "resolved_on": DAY,
            "measures": forms.Textarea(attrs={"rows": 3}),
            "activities": forms.CheckboxSelectMultiple,
        }
        field_classes = {"activities": SeveralField}
        labels = {"is_public": _("Show it to everyone")}
        help_texts = {"resolved_on": _("Empty while it stands.")}

    def __init__(
        self,
        data: Any = None,
        *,
        plan: JointWorkPlan,
        user: User,
        bottleneck: Bottleneck | None = None,
    ) -> None:
        organisations = organisations_raising(user, plan)
        initial: dict[str, Any] = {}
        if bottleneck is not None:
            organisations |= type(bottleneck.raised_by).objects.filter(pk=bottleneck.raised_by_id)
            initial = forms.model_to_dict(bottleneck, self._meta.fields)
            initial["seen_version"] = bottleneck.version
            initial["activities"] = bottleneck.activities.order_by("code")
        elif organisations.count() == 1:
            initial["raised_by"] = organisations.get()
        super().__init__(data, instance=Bottleneck(plan=plan), initial=initial)
        offer(self, "raised_by", organisations.distinct().order_by("short_name"))
        seen = Activity.objects.visible_to(user).filter(plan=plan)
        offer(self, "activities", seen.order_by("code"))

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        since, resolved_on = cleaned.get("since"), cleaned.get("resolved_on")
        if since and resolved_on and resolved_on < since:
            self.add_error("resolved_on", _("It was resolved before it began."))
        return cleaned

    def content(self) -> BottleneckContent:
        """What was typed, as the services take it."""
        return cast(
            BottleneckContent,
            {name: self.cleaned_data[name] for name in BottleneckContent.__annotations__},
        )
