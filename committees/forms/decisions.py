"""What is typed about a decision, and how the register is narrowed."""

from __future__ import annotations

import re
from typing import Any, cast

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from committees.forms.actions import organisations_around
from committees.models import AgendaItem, Body, Decision, Meeting, Seat, Vote
from committees.models.decision import DecisionQuerySet
from committees.services.decisions import Ballot, Resolution, voting_seats
from coordination.forms.fields import DAY, SeveralField, offer
from coordination.templatetags.interface import words_of

# "SPDC 2020/3", "2020/3", of decisions from paper "2018/P1"
REFERENCE = re.compile(r"(?:^|\s)(\d{4})\s*/\s*(P?)(\d{1,6})$", re.IGNORECASE)
CONTENT = ("text", "type", "basis", "binding_on", "effective_on")


class DecisionForm(forms.ModelForm):
    """A decision of ``meeting``, under one of its items or none."""

    supersedes = forms.CharField(
        label=_("Replaces"),
        required=False,
        max_length=60,
        help_text=_("The number of an earlier decision of the body, such as 2020/3."),
    )
    ratifies = SeveralField(
        Decision.objects.none(),
        label=_("Ratifies"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Decisions that were taken without a quorum. Choose the type “Ratify”."),
    )

    class Meta:
        model = Decision
        fields = ("item", "paper_number", *CONTENT)
        widgets = {
            "text": forms.Textarea(attrs={"rows": 4, "maxlength": 4000}),
            "effective_on": DAY,
            "binding_on": forms.CheckboxSelectMultiple,
        }
        field_classes = {"binding_on": SeveralField}
        labels = {"text": _("Decision, word for word"), "item": _("Under the item")}
        help_texts = {"effective_on": _("Empty: at once.")}

    def __init__(
        self, data: Any = None, *, meeting: Meeting, item: AgendaItem | None = None
    ) -> None:
        super().__init__(data, initial={"item": item})
        self.meeting = meeting
        offer(self, "item", meeting.items.in_order())
        offer(self, "binding_on", organisations_around(meeting.body.mechanism))
        waiting = Decision.objects.filter(body=meeting.body).awaiting_ratification()
        of_others = waiting.exclude(meeting=meeting).select_related("body").in_order()
        offer(self, "ratifies", of_others, in_words=decision_in_words)
        if not waiting.exclude(meeting=meeting).exists():
            del self.fields["ratifies"]
        if meeting.entered_at is None:
            del self.fields["paper_number"]
        self.seats = voting_seats(meeting)
        for seat in self.seats:
            choice = forms.ChoiceField(
                label=_("Vote of %(seat)s") % {"seat": seat},
                required=False,
                choices=[("", "–"), *Vote.Choice.choices],
            )
            self.fields[vote_name(seat)] = choice
        votes = [vote_name(seat) for seat in self.seats]
        self.order_fields(
            [
                "item",
                "paper_number",
                "text",
                "type",
                "ratifies",
                "basis",
                *votes,
                "effective_on",
                "supersedes",
            ]
        )

    def clean_supersedes(self) -> Decision | None:
        typed = self.cleaned_data["supersedes"].strip()
        if not typed:
            return None
        found = REFERENCE.search(typed)
        own = Decision.objects.filter(body=self.meeting.body)
        earlier = found and own.filter(**numbered(found)).first()
        if not earlier:
            raise forms.ValidationError(_("The body has no decision with this number."))
        return earlier

    def resolution(self) -> Resolution:
        """What was typed, as the service takes it; the votes only where it was voted."""
        cleaned = self.cleaned_data
        ballot: Ballot = {
            seat: cleaned[vote_name(seat)] for seat in self.seats if cleaned[vote_name(seat)]
        }
        return {
            **cast(Resolution, {name: cleaned[name] for name in CONTENT}),
            "paper_number": cleaned.get("paper_number", ""),
            "supersedes": cleaned["supersedes"],
            "ratifies": cleaned.get("ratifies", ()),
            "votes": ballot,
        }


class DecisionFilter(django_filters.FilterSet):
    """The register by words, number, body, year, type and standing; offers what occurs in it."""

    text = django_filters.CharFilter(
        label=_("Words or number"), method="with_words", max_length=100
    )
    body = django_filters.ModelChoiceFilter(
        queryset=Body.objects.none(), to_field_name="slug", label=_("Body"), empty_label=_("All")
    )
    year = django_filters.ChoiceFilter(label=_("Year"), choices=(), empty_label=_("All"))
    type = django_filters.ChoiceFilter(
        label=_("Type"), choices=Decision.Type.choices, empty_label=_("All")
    )
    standing = django_filters.ChoiceFilter(
        label=_("Standing"),
        method="of_standing",
        choices=[
            ("in_force", _("In force")),
            ("waiting", _("To be ratified")),
            ("replaced", _("Replaced")),
        ],
        empty_label=_("All"),
    )

    class Meta:
        model = Decision
        fields: list[str] = []

    def __init__(
        self, request: HttpRequest, decisions: DecisionQuerySet, *, body: Body | None = None
    ) -> None:
        super().__init__(request.GET, queryset=decisions, request=request)
        years = decisions.order_by("-year").values_list("year", flat=True).distinct()
        self.filters["year"].extra["choices"] = [(str(year), str(year)) for year in years]
        if body is None:
            bodies = Body.objects.filter(pk__in=decisions.order_by().values("body"))
            self.filters["body"].queryset = bodies.in_order()
        else:
            del self.filters["body"]

    def with_words(self, decisions: DecisionQuerySet, _name: str, typed: str) -> QuerySet:
        if found := REFERENCE.search(typed):
            named = Q(**numbered(found))
            words = typed[: found.start()].split()
        else:
            named, words = Q(), typed.split()
        for word in words:
            named &= (
                Q(text__icontains=word)
                | Q(item__title__icontains=word)
                | Q(body__short_name__icontains=word)
            )
        return decisions.filter(named | Q(paper_number__icontains=typed.strip()))

    def of_standing(self, decisions: DecisionQuerySet, _name: str, value: str) -> QuerySet:
        waiting = decisions.awaiting_ratification()
        if value == "waiting":
            return waiting
        replaced = decisions.replaced()
        if value == "replaced":
            return replaced
        return decisions.exclude(pk__in=replaced.values("pk")).exclude(pk__in=waiting.values("pk"))


def decision_in_words(decision: Decision) -> str:
    """Its number with the words that it begins with."""
    return f"{decision}: {Truncator(decision.text).words(16)}"


def numbered(found: re.Match[str]) -> dict[str, Any]:
    """Year, number and kind of a reference that was typed."""
    return {"year": int(found[1]), "from_paper": bool(found[2]), "number": int(found[3])}


def vote_name(seat: Seat) -> str:
    return f"vote-{seat.pk}"


def filters_in_words(form: forms.Form) -> list[tuple[str, str]]:
    """Label and value of each filter in force, for an export that says what it holds."""
    return [
        (str(form[name].label), words_of(form[name])) for name in form.fields if form[name].data
    ]
