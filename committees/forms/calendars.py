"""Opening a calendar feed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from committees.models import Body
from coordination.forms.fields import offer
from coordination.models import User


class FeedForm(forms.Form):
    """Whose meetings: one's own, or those of one body."""

    body = forms.ModelChoiceField(
        Body.objects.none(), label=_("Meetings of"), required=False,
        empty_label=_("All bodies on which I sit"),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        bodies = Body.objects.visible_to(user).exclude(state=Body.State.DISSOLVED)
        offer(self, "body", bodies.order_by("mechanism__short_name", "position", "name"))
