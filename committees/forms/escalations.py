"""What is typed about escalations, and how their list is narrowed."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from committees.models import (
    Body,
    Escalation,
    EscalationStep,
    bodies_chaired_by,
    bodies_kept_by,
)
from committees.models.escalation import EscalationQuerySet
from committees.services.escalations import current_step
from coordination.forms.fields import GroupedChoiceField, offer
from coordination.models import Mechanism, Organisation, Place, Sector, Standing, User, Visitor

from .actions import ReasonForm


class EscalationForm(forms.ModelForm):
    """An issue as it is raised from a phone: what, to whom, where; the rest is known."""

    body = forms.ModelChoiceField(
        Body.objects.none(),
        label=_("Raise it to"),
        help_text=_("A body passes on what it cannot answer, and its answer comes back to you."),
    )
    sector = GroupedChoiceField(
        Sector.objects.select_related("scheme").order_by("scheme__name", "position", "name"),
        heading_of=lambda sector: sector.scheme.name,
        label=_("Sector"),
        required=False,
    )

    class Meta:
        model = Escalation
        fields = ("title", "text", "severity", "place", "sector", "raised_for", "from_body")
        widgets = {"text": forms.Textarea(attrs={"rows": 4, "maxlength": 4000})}
        help_texts = {
            "severity": _("Urgent is answered within 3 days, high within 7, normal within 14.")
        }

    field_order = ("title", "text", "body", "severity", "place", "sector")

    def __init__(self, data: Any = None, *, mechanism: Mechanism, user: User) -> None:
        own = organisations_of(user, mechanism)
        home = county_of(user, mechanism)
        bodies = Body.objects.filter(mechanism=mechanism).exclude(state=Body.State.DISSOLVED)
        structure = bodies.filter(place=home, kind=Body.Kind.COUNTY).first() if home else None
        if structure and structure.pk in {*bodies_kept_by(user), *bodies_chaired_by(user)}:
            structure = structure.escalates_to  # nobody raises an issue to oneself
        initial = {"place": home, "body": structure, "raised_for": own.first()}
        super().__init__(data, instance=Escalation(mechanism=mechanism), initial=initial)
        offer(self, "body", bodies.in_order())
        offer(self, "place", mechanism.places.order_by("path"))
        offer(self, "raised_for", own)
        kept = bodies.filter(pk__in=bodies_kept_by(user)).in_order()
        offer(self, "from_body", kept)
        if not kept:
            del self.fields["from_body"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        from_body, body = cleaned.get("from_body"), cleaned.get("body")
        if from_body and body and from_body.escalates_to != body:
            line = {"body": from_body, "above": from_body.escalates_to or "–"}
            said = _("The declared line of the %(body)s leads to: %(above)s.")
            self.add_error("from_body", said % line)
        return cleaned


class LevelForm(forms.Form):
    """What a level says of the issue; carries, unseen, the level that its page showed (R27)."""

    step = forms.ModelChoiceField(EscalationStep.objects.none(), widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, escalation: Escalation) -> None:
        self.current = current_step(escalation) if escalation.is_unanswered else None
        super().__init__(data, initial={"step": self.current})
        steps = escalation.steps.select_related("body__mechanism")
        cast("forms.ModelChoiceField", self.fields["step"]).queryset = steps

    def level(self) -> EscalationStep | None:
        """For which level it is said: the one that was sent along, else that which has it now."""
        if self.is_bound and "step" not in self.errors:
            return cast(EscalationStep, self.cleaned_data["step"])
        return self.current


class EscalationNoteForm(LevelForm):
    text = forms.CharField(
        label=_("Note"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Read by this body alone: neither by whoever raised it, nor by bodies below."),
    )


class PassUpForm(LevelForm, ReasonForm):
    """Why the body above is asked."""


class AnswerForm(LevelForm):
    answer = forms.CharField(
        label=_("Answer"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5})
    )


class EscalationFilter(django_filters.FilterSet):
    """What waits, what is overdue, what one raised."""

    mine = django_filters.BooleanFilter(
        method="only_mine", label=_("Raised by me"), widget=forms.CheckboxInput
    )
    overdue = django_filters.BooleanFilter(
        method="only_overdue", label=_("Overdue"), widget=forms.CheckboxInput
    )
    state = django_filters.ChoiceFilter(
        method="in_state",
        choices=[("unanswered", _("Not answered")), *Escalation.State.choices],
        label=_("State"),
        empty_label=_("All"),
    )
    place = django_filters.ModelChoiceFilter(
        queryset=Place.objects.none(),
        to_field_name="path",
        label=_("Place"),
        empty_label=_("All"),
    )

    class Meta:
        model = Escalation
        fields = ("mine", "overdue", "state", "place")

    def __init__(
        self, data: Any, escalations: EscalationQuerySet, *, user: User, on: dt.date
    ) -> None:
        super().__init__(data, escalations)
        self.user, self.on = user, on
        places = Place.objects.filter(pk__in=escalations.values("place"))
        self.filters["place"].queryset = places.order_by("path")

    def only_mine(self, found: EscalationQuerySet, _name: str, value: object) -> QuerySet:
        return found.filter(raised_by=self.user) if value else found

    def only_overdue(self, found: EscalationQuerySet, _name: str, value: object) -> QuerySet:
        return found.overdue(on=self.on) if value else found

    def in_state(self, found: EscalationQuerySet, _name: str, value: str) -> QuerySet:
        return found.unanswered() if value == "unanswered" else found.filter(state=value)


def county_of(user: Visitor, mechanism: Mechanism) -> Place | None:
    """The place of the mechanism in which the user holds a county's office."""
    paths = [office.place_path for office in Standing.of(user).county_offices]
    return mechanism.places.filter(path__in=paths).order_by("path").first()


def organisations_of(user: Visitor, mechanism: Mechanism) -> QuerySet[Organisation]:
    """The organisations for which the user takes part in the mechanism."""
    taking_part = Organisation.objects.taking_part_in(Mechanism.objects.filter(pk=mechanism.pk))
    return taking_part.filter(pk__in=Standing.of(user).organisations).order_by("short_name")
