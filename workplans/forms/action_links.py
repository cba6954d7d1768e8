"""Which action item an activity serves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from committees.models import ActionItem
from coordination.forms.fields import offer
from coordination.models import User
from workplans.models import Activity


class ActionField(forms.ModelChoiceField):
    def label_from_instance(self, action: ActionItem) -> str:
        return f"{action}: {action.text[:80]}"


class ActionLinkForm(forms.Form):
    """One of the action items of the mechanism that are not settled and that the user sees."""

    action = ActionField(ActionItem.objects.none(), label=_("Action item"))

    def __init__(self, data: Any = None, *, activity: Activity, user: User) -> None:
        super().__init__(data)
        actions = ActionItem.objects.visible_to(user).outstanding()
        actions = actions.filter(body__mechanism=activity.plan.mechanism_id)
        offer(
            self,
            "action",
            actions.exclude(activity_links__activity=activity).select_related("body").in_order(),
        )
