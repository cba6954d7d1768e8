"""What is typed about a risk of a plan: its content, who shares it, and what became of it."""

from __future__ import annotations

from typing import Any, cast

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import RemembersItsBeginning, SeenField
from coordination.forms.fields import DAY, SeveralField, offer
from coordination.forms.rows import RemembersItsRows
from coordination.models import Organisation, User
from workplans.models import Activity, Bottleneck, JointWorkPlan, Risk, RiskShare
from workplans.models.risk import RiskQuerySet
from workplans.permissions.activities import organisations_led_by
from workplans.permissions.learning import can_name_any_carrier
from workplans.services.plan_choices import organisations_around
from workplans.services.risks import RiskContent, Shares

from .fields import PlacesField


class RiskFilter(django_filters.FilterSet):
    """By state, by who carries it, and by the activity that it threatens."""

    state = django_filters.ChoiceFilter(
        choices=Risk.State.choices, label=_("State"), empty_label=_("All")
    )
    owner = django_filters.ModelChoiceFilter(
        queryset=Organisation.objects.none(),
        to_field_name="slug",
        label=_("Carried by"),
        empty_label=_("All"),
    )
    impact = django_filters.ChoiceFilter(
        choices=Risk.Impact.choices, label=_("Impact"), empty_label=_("All")
    )

    class Meta:
        model = Risk
        fields = ("state", "owner", "impact")

    def __init__(self, data: Any, risks: RiskQuerySet) -> None:
        super().__init__(data, risks)
        carrying = Organisation.objects.filter(risks_carried__in=risks).distinct()
        self.filters["owner"].queryset = carrying.order_by("short_name")


class RiskForm(RemembersItsBeginning, forms.ModelForm):
    """The content of a risk; ``seen_version`` is 0 for a new one."""

    places = PlacesField(label=_("Places"), required=False)
    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    seen = SeenField()

    class Meta:
        model = Risk
        fields = (
            "what", "cause", "touches", "places", "likelihood", "impact", "activities", "owner",
            "response", "measures", "review_on", "is_public",
        )  # fmt: skip
        widgets = {
            "review_on": DAY,
            "measures": forms.Textarea(attrs={"rows": 3}),
            "activities": forms.CheckboxSelectMultiple,
        }
        field_classes = {"activities": SeveralField}
        labels = {"is_public": _("Show it to everyone")}
        help_texts = {
            "touches": _("Above all those who are furthest behind."),
            "owner": _("One organisation; who shares it with it stands below."),
            "review_on": _("The day until which somebody looks at it again."),
        }

    def __init__(
        self, data: Any = None, *, plan: JointWorkPlan, user: User, risk: Risk | None = None
    ) -> None:
        around = organisations_around(plan)
        carriers = (
            around if can_name_any_carrier(user, plan) else organisations_led_by(user, plan)
        ).distinct()
        initial: dict[str, Any] = {}
        if risk is not None:
            known = [*carriers.values_list("pk", flat=True), risk.owner_id]
            carriers = Organisation.objects.filter(pk__in=known)
            initial = forms.model_to_dict(risk, self._meta.fields)
            initial["seen_version"] = risk.version
            initial["activities"] = risk.activities.order_by("code")
            initial["places"] = risk.places.order_by("path")
        elif carriers.count() == 1:
            initial["owner"] = carriers.get()
        super().__init__(data, instance=Risk(plan=plan), initial=initial)
        offer(self, "owner", carriers.order_by("short_name"))
        cast(PlacesField, self.fields["places"]).choose_from(plan)
        seen = Activity.objects.visible_to(user).filter(plan=plan)
        offer(self, "activities", seen.order_by("code"))

    def content(self) -> RiskContent:
        """What was typed, as the services take it."""
        return cast(
            RiskContent,
            {name: self.cleaned_data[name] for name in RiskContent.__annotations__},
        )


class RiskShareForm(RemembersItsBeginning, forms.Form):
    """An organisation that shares the risk, and what it takes on."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("Organisation"))
    takes_on = forms.CharField(
        label=_("What it takes on"),
        max_length=RiskShare._meta.get_field("takes_on").max_length,
        help_text=_("A share of the cost, or a duty."),
    )


class BaseRiskShareFormSet(RemembersItsRows):
    """Who shares a risk: none twice."""

    def __init__(self, data: Any = None, *, plan: JointWorkPlan, initial: Any = None) -> None:
        self.organisations = organisations_around(plan)
        super().__init__(data, prefix="shares", initial=initial)

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        offer(form, "organisation", self.organisations)

    def clean(self) -> None:
        named = [] if any(self.errors) else [organisation for organisation, _said in self.shares()]
        if len(named) != len(set(named)):
            raise forms.ValidationError(_("One organisation is named twice."))

    def shares(self) -> Shares:
        """The pairs that shall stand."""
        rows = [form for form in self.forms if form not in self.deleted_forms]
        return [
            (row.cleaned_data["organisation"], row.cleaned_data["takes_on"])
            for row in rows
            if row.cleaned_data.get("organisation")
        ]


RiskShareFormSet = cast(
    type[BaseRiskShareFormSet],
    forms.formset_factory(
        RiskShareForm, formset=BaseRiskShareFormSet, extra=2, can_delete=True, max_num=20
    ),
)


class RiskOccurredForm(forms.Form):
    """Since when it is more than a risk, and which bottleneck it is."""

    bottleneck = forms.ModelChoiceField(
        Bottleneck.objects.none(),
        label=_("Bottleneck that stands already"),
        required=False,
        empty_label=_("A new one, made of the risk"),
    )
    since = forms.DateField(label=_("Since"), widget=DAY)
    category = forms.ChoiceField(
        label=_("Category"), choices=[("", "---------"), *Bottleneck.Category.choices]
    )

    def __init__(
        self, data: Any = None, *, bottlenecks: QuerySet[Bottleneck], initial: Any = None
    ) -> None:
        super().__init__(data, initial=initial)
        offer(self, "bottleneck", bottlenecks)


class RiskCloseForm(forms.Form):
    """Why it is no risk any more."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=Risk._meta.get_field("closed_because").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
