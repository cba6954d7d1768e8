"""What is typed about action memos."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Decision, Meeting, Memo, Recommendation, RecommendationOutcome
from committees.models.memo import MemoQuerySet
from committees.services.memo_outcomes import meetings_to_resolve_at
from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from coordination.forms.fields import SeveralField, offer
from coordination.models import Mechanism, Organisation, Place, Standing, User

from .actions import organisations_around
from .decisions import decision_in_words
from .escalations import organisations_of
from .terms import meeting_in_words

WORDS = ("title", "topic", "prepared_by", "findings", "legal_reference", "access", "waiting_reason")
# How many bodies a form offers beyond those that are named, and at most.
SPARE, MOST = 2, 8


class MemoForm(RemembersItsBeginning, forms.ModelForm):
    """A memo of ``mechanism``; ``seen_version`` is 0 for a new one."""

    recommendations = forms.CharField(
        label=_("Recommendations"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One on a line: each body adopts or rejects each by itself."),
    )
    pilot_places = SeveralField(
        Place.objects.none(),
        label=_("Pilot places"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = Memo
        fields = WORDS
        widgets = {"findings": forms.Textarea(attrs={"rows": 6, "maxlength": 20000})}
        labels = {"prepared_by": _("Prepared by")}

    def __init__(
        self, data: Any = None, *, mechanism: Mechanism, user: User, memo: Memo | None = None
    ) -> None:
        initial: dict[str, Any] = {}
        bodies: list[Body] = []
        if memo is not None:
            initial = forms.model_to_dict(memo, WORDS)
            initial["seen_version"] = memo.version
            texts = memo.recommendations.order_by("number").values_list("text", flat=True)
            initial["recommendations"] = "\n".join(texts)
            initial["pilot_places"] = memo.pilot_places.order_by("path")
            bodies = [
                each.body for each in memo.addressees.select_related("body").order_by("position")
            ]
        super().__init__(data, instance=Memo(mechanism=mechanism), initial=initial)
        offer(self, "prepared_by", preparers(user, mechanism, memo))
        offer(self, "pilot_places", places_of(mechanism, memo))
        offered = Body.objects.filter(mechanism=mechanism).exclude(state=Body.State.DISSOLVED)
        self.turns = [f"body_{n}" for n in range(min(len(bodies) + SPARE, MOST))]
        for number, name in enumerate(self.turns):
            field = forms.ModelChoiceField(
                offered.in_order(),
                label=_("First to this body") if number == 0 else _("Then to"),
                required=number == 0,
                initial=bodies[number] if number < len(bodies) else None,
            )
            # Made after the others, so it is told itself what it began with.
            field.show_hidden_initial = True
            self.fields[name] = field

    def content(self) -> dict[str, Any]:
        """What was typed, as the services take it."""
        cleaned = self.cleaned_data
        lines = cleaned["recommendations"].splitlines()
        return {
            **{name: cleaned[name] for name in (*WORDS, "pilot_places")},
            "bodies": [cleaned[name] for name in self.turns if cleaned[name]],
            "recommendations": [line.strip() for line in lines if line.strip()],
        }


class ReadyForm(forms.Form):
    waiting_reason = forms.CharField(
        label=_("Why it waits"),
        max_length=200,
        required=False,
        help_text=_("Such as: the lock-down has to be lifted first."),
    )


class CirculateForm(forms.Form):
    organisations = SeveralField(
        Organisation.objects.none(),
        label=_("Send it for comment to"),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, *, memo: Memo) -> None:
        super().__init__(data)
        known = memo.circulations.values("organisation")
        offer(self, "organisations", organisations_around(memo.mechanism).exclude(pk__in=known))


class CommentForm(SeenForm):
    comment = forms.CharField(
        label=_("Comment"), max_length=8000, widget=forms.Textarea(attrs={"rows": 6})
    )


class CommentAnswerForm(SeenForm):
    is_accepted = forms.TypedChoiceField(
        label=_("The comment is"),
        choices=[("", _("Choose")), ("yes", _("Accepted")), ("no", _("Declined"))],
        coerce=lambda value: value == "yes",
    )
    answer = forms.CharField(
        label=_("Answer"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class OutcomesForm(SeenForm):
    """What a body resolved about each recommendation."""

    meeting = forms.ModelChoiceField(Meeting.objects.none(), label=_("At the meeting"))
    decision = forms.ModelChoiceField(
        Decision.objects.none(),
        label=_("By the decision"),
        required=False,
        help_text=_("Where the register of decisions has one."),
    )

    def __init__(self, data: Any = None, *, memo: Memo, body: Body) -> None:
        super().__init__(data)
        self.recommendations = list(memo.recommendations.order_by("number"))
        meetings = meetings_to_resolve_at(body)
        at = meetings.select_related("body__mechanism")
        offer(self, "meeting", at, in_words=meeting_in_words)
        self.fields["meeting"].initial = meetings.filter(items__memo=memo).first()
        taken = Decision.objects.filter(meeting__in=meetings.order_by()).select_related("body")
        offer(self, "decision", taken.in_order(), in_words=decision_in_words)
        choices = [("", _("Choose")), *RecommendationOutcome.Outcome.choices]
        for each in self.recommendations:
            label = f"{each.number}. {each.text}"
            self.fields[f"outcome_{each.number}"] = forms.ChoiceField(label=label, choices=choices)
            self.fields[f"note_{each.number}"] = forms.CharField(
                label=_("Note on recommendation %(number)d") % {"number": each.number},
                max_length=300,
                required=False,
            )
        self.order_fields(
            [
                f"{part}_{each.number}"
                for each in self.recommendations
                for part in ("outcome", "note")
            ]
        )

    def content(self) -> dict[str, Any]:
        """What was typed, as the services take it."""
        cleaned = self.cleaned_data
        outcomes: dict[Recommendation, tuple[str, str]] = {
            each: (cleaned[f"outcome_{each.number}"], cleaned[f"note_{each.number}"])
            for each in self.recommendations
        }
        return {
            "outcomes": outcomes,
            "meeting": cleaned["meeting"],
            "decision": cleaned["decision"],
        }


class MemoFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        choices=Memo.State.choices, label=_("State"), empty_label=_("All")
    )
    body = django_filters.ModelChoiceFilter(
        field_name="addressees__body",
        queryset=Body.objects.none(),
        to_field_name="slug",
        label=_("Addressed to"),
        empty_label=_("All"),
    )

    class Meta:
        model = Memo
        fields = ("state", "body")

    def __init__(self, data: Any, memos: MemoQuerySet) -> None:
        super().__init__(data, memos)
        addressed = Body.objects.filter(memos_addressed__memo__in=memos).distinct()
        self.filters["body"].queryset = addressed.in_order()


def preparers(user: User, mechanism: Mechanism, memo: Memo | None) -> Any:
    """One's own organisations; a secretariat enters the memo of any that takes part."""
    if mechanism.pk in Standing.of(user).secretariat_of:
        found = organisations_around(mechanism)
    else:
        found = organisations_of(user, mechanism)
    if memo is None:
        return found
    known = Q(pk__in=found.values("pk")) | Q(pk=memo.prepared_by_id)
    return Organisation.objects.filter(known).order_by("short_name")


def places_of(mechanism: Mechanism, memo: Memo | None) -> Any:
    """Those of the mechanism, and those that the memo names already."""
    found = Place.objects.filter(pk__in=mechanism.places.values("pk"))
    if memo is not None:
        found |= Place.objects.filter(pk__in=memo.pilot_places.values("pk"))
    return found.order_by("path")
