"""What is typed about per diem and travel: the policy's rates, and what an event pays."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import SeenForm
from coordination.forms.fields import DAY, AmountField, offer
from coordination.forms.rendering import need_in_some_cases
from coordination.models import Currency, Mechanism, PlaceLevel
from workplans.models import DeclaredRate, TravelItem, TravelPolicy, TravelRole
from workplans.services.travel import DeclaredContent, RateContent

EMPTY = [("", "---------")]


class PaidForm(forms.Form):
    """An item, to whom it is paid, and how much."""

    item = forms.ChoiceField(label=_("Item"), choices=[*EMPTY, *TravelItem.choices])
    role = forms.ChoiceField(label=_("Paid to"), choices=[*EMPTY, *TravelRole.choices])
    amount_minor = AmountField(label=_("Amount"))
    currency = forms.ChoiceField(label=_("Currency"), choices=[*EMPTY, *Currency.choices])


class RateForm(PaidForm):
    """A rate of the policy, of one level of places or of all."""

    level = forms.ModelChoiceField(
        PlaceLevel.objects.none(), label=_("Level"), required=False, empty_label=_("Every level")
    )

    def __init__(self, *args: Any, mechanism: Mechanism, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "level", levels_of(mechanism))

    def content(self) -> RateContent:
        """What was typed, as the services take it."""
        return cast(
            RateContent, {name: self.cleaned_data[name] for name in RateContent.__annotations__}
        )


class BaseRateFormSet(forms.BaseFormSet):
    """The rates of a policy: none twice."""

    def clean(self) -> None:
        keys = [] if any(self.errors) else [_key(rate) for rate in self.rates()]
        if len(keys) != len(set(keys)):
            raise forms.ValidationError(
                _("One item is entered twice for the same people and level.")
            )

    def rates(self) -> list[RateContent]:
        """What was typed, row by row."""
        rows = cast(list[RateForm], self.forms)
        return [row.content() for row in rows if row.cleaned_data.get("item")]


RateFormSet = cast(
    type[BaseRateFormSet],
    forms.formset_factory(RateForm, formset=BaseRateFormSet, extra=6, max_num=40),
)


class PolicyForm(forms.ModelForm):
    """The frame of a version of the policy."""

    class Meta:
        model = TravelPolicy
        fields = ("title", "starts_on", "agreed", "conditions")
        widgets = {"starts_on": DAY, "conditions": forms.Textarea(attrs={"rows": 3})}
        labels = {"starts_on": _("Holds from"), "agreed": _("Who agreed on it, and when")}
        help_texts = {
            "agreed": _("Such as: the review committee on 3 Mar 2021. Posts, not persons.")
        }

    def __init__(self, data: Any = None, *, mechanism: Mechanism) -> None:
        super().__init__(data, instance=TravelPolicy(mechanism=mechanism))


class DeclarationForm(SeenForm, PaidForm):
    """A rate that an event pays."""

    reason = forms.CharField(
        label=_("Reason of a deviation"),
        max_length=DeclaredRate._meta.get_field("reason").max_length,
        required=False,
        help_text=_("Needed where it is not what the policy pays."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        need_in_some_cases(self, "reason")

    def content(self) -> DeclaredContent:
        """What was typed, as the services take it."""
        return cast(
            DeclaredContent,
            {name: self.cleaned_data[name] for name in DeclaredContent.__annotations__},
        )


def levels_of(mechanism: Mechanism) -> Any:
    """The levels of the mechanism's country below the country itself."""
    levels = PlaceLevel.objects.filter(country_code=mechanism.country.level.country_code)
    return levels.filter(depth__gt=0).order_by("depth")


def _key(rate: RateContent) -> tuple[str, str, int | None]:
    return rate["item"], rate["role"], rate["level"].pk if rate["level"] else None
