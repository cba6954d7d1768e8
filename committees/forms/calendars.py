"""Opening a calendar feed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Case, When
from django.utils.translation import gettext_lazy as _

from committees.models import Body
from coordination.forms.fields import GroupedChoiceField, offer
from coordination.models import User, takes_part_in


class FeedForm(forms.Form):
    """Whose meetings: one's own, or those of one body."""

    body = GroupedChoiceField(
        Body.objects.none(), heading_of=lambda body: str(body.mechanism), label=_("Meetings of"),
        required=False, empty_label=_("All bodies on which I sit"),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        bodies = Body.objects.visible_to(user).exclude(state=Body.State.DISSOLVED)
        bodies = bodies.select_related("mechanism")
        # Those of the mechanisms in which one takes part first: bodies of others bear like names.
        away = Case(When(mechanism__in=takes_part_in(user), then=0), default=1)
        offer(self, "body", bodies.order_by(away, "mechanism__short_name", "position", "name"))
