"""What is typed into minutes, about their circulation, and to correct or confirm them."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import AgendaItem, Correction, Meeting, Minutes, MinutesDraft
from committees.services.minutes import confirming_meetings
from committees.services.sessions import ItemMinutes
from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from coordination.forms.fields import DAY, offer

TIME_TO_CORRECT = dt.timedelta(days=14)


class ItemForm(RemembersItsBeginning, forms.Form):
    """What the minutes say of ``item``: its stored words, or what the writer typed last."""

    minutes_text = forms.CharField(
        label=_("What was presented and said"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    outcome = forms.ChoiceField(label=_("Outcome"), choices=AgendaItem.Outcome.choices)
    outcome_reason = forms.CharField(
        label=_("Reason, when it is deferred or dropped"), required=False, max_length=300
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, item: AgendaItem, draft: MinutesDraft | None = None
    ) -> None:
        initial = {
            "minutes_text": draft.text if draft else item.minutes_text,
            "outcome": item.outcome,
            "outcome_reason": item.outcome_reason,
            "seen_version": draft.began_from if draft else item.version,
        }
        # On one page with the others: each has ids of its own.
        super().__init__(data, initial=initial, auto_id=f"item-{item.pk}-%s")
        if item.meeting_id:
            # A script sends what is typed as it is typed; without one there is the button.
            self.fields["minutes_text"].widget.attrs |= {
                "hx-post": reverse("item-draft", args=[item.meeting_id, item.pk]),
                "hx-trigger": "input changed delay:2s",
                "hx-params": "minutes_text,seen_version",
                "hx-include": "closest form",
                "hx-target": f"#draft-{item.pk}",
                # Into it, not in its place as the form does: the next draft is told there too.
                "hx-swap": "innerHTML",
            }

    def content(self) -> ItemMinutes:
        """What was typed, as the service takes it."""
        cleaned = self.cleaned_data
        return {
            "text": cleaned["minutes_text"],
            "outcome": cleaned["outcome"],
            "reason": cleaned["outcome_reason"],
        }


class DraftForm(forms.Form):
    """What a writer has typed so far, sent by itself."""

    minutes_text = forms.CharField(required=False, max_length=20_000, strip=False)
    seen_version = forms.IntegerField(min_value=1, max_value=10**9)


class CirculateForm(SeenForm):
    """Until when members may ask for corrections."""

    corrections_until = forms.DateField(label=_("Corrections until"), widget=DAY)

    def __init__(self, data: Any = None, *, meeting: Meeting) -> None:
        today = timezone.localdate(timezone=meeting.zone)
        super().__init__(data, initial={"corrections_until": today + TIME_TO_CORRECT})


class CorrectionForm(forms.ModelForm):
    """What a member asks to be changed."""

    class Meta:
        model = Correction
        fields = ("item", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 4, "maxlength": 4000})}
        labels = {"text": _("What should it say?"), "item": _("At the item")}

    def __init__(self, data: Any = None, *, meeting: Meeting) -> None:
        super().__init__(data)
        offer(self, "item", meeting.items.in_order())


class AnswerForm(forms.Form):
    """What becomes of a correction."""

    state = forms.ChoiceField(
        label=_("Answer"),
        choices=[
            (Correction.State.ACCEPTED, _("Accept it; then change the text")),
            (Correction.State.DECLINED, _("Decline it")),
        ],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=300,
        help_text=_("When you decline it. Who asked reads it."),
    )


class ConfirmForm(forms.Form):
    """At which meeting the body confirmed them, and which posts sign."""

    confirmed_at = forms.ModelChoiceField(
        Meeting.objects.none(),
        label=_("Confirmed at the meeting"),
        required=False,
        empty_label=_("None: by circulation"),
    )
    chair_post = forms.CharField(label=_("Signed by the chair"), max_length=160)
    secretary_post = forms.CharField(label=_("Signed by the secretary"), max_length=160)

    def __init__(
        self, data: Any = None, *, minutes: Minutes, initial: Any = None, is_chair: bool
    ) -> None:
        super().__init__(data, initial=initial)
        meetings = confirming_meetings(minutes.meeting).select_related("body__mechanism")
        offer(self, "confirmed_at", meetings)
        # By circulation the chair alone confirms (R25).
        if not is_chair:
            field = cast(forms.ModelChoiceField, self.fields["confirmed_at"])
            field.required, field.empty_label = True, _("Choose")
            field.help_text = _(
                "A later meeting that was held. By circulation the chair alone confirms them."
            )
