"""What a secretariat types about a body, and how it moves one through its life."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from committees.models import Body, StakeholderGroup
from committees.services.formation import NEEDS_REASON, BodyContent, moves_of, possible_above
from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from coordination.forms.fields import DAY, SeveralField, offer
from coordination.models import Mechanism, Place, PlaceLevel, Sector, within_path

# Pages that stand where a body's would.
RESERVED = {"new"}
CONTENT = set(BodyContent.__annotations__)
LINES = {"rows": 4, "maxlength": 8000}


class BodyForm(RemembersItsBeginning, forms.ModelForm):
    """What is told of a body of ``mechanism``; ``seen_version`` is 0 for a new one."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = Body
        fields = (
            "name", "short_name", "slug", "kind", "parent", "reports_to", "place", "sectors",
            "purpose", "duties", "chair_post", "composition", "is_standing", "established_on",
            "frequency", "interval", "interval_unit", "quorum_seats", "quorum_percent",
            "quorum_of_voting", "reviews_level",
        )  # fmt: skip
        widgets = {
            "sectors": forms.CheckboxSelectMultiple,
            "purpose": forms.Textarea(attrs=LINES),
            "duties": forms.Textarea(attrs=LINES),
            "composition": forms.Textarea(attrs=LINES),
            "established_on": DAY,
        }
        field_classes = {"sectors": SeveralField}
        help_texts = {
            "name": _("A former name stays on its page, and links to it go on working."),
            "slug": _("Such as scc. Left empty, it is made of the short name."),
            "place": _("The county, district or commune that it is for."),
            "chair_post": _("A post, not a person."),
            "composition": _("One on a line, as it is written; its seats are entered apart."),
            "frequency": _("In words: every quarter, twice a year."),
        }

    def __init__(self, data: Any = None, *, mechanism: Mechanism, body: Body | None = None) -> None:
        initial: dict[str, Any] = {}
        if body is not None:
            initial = forms.model_to_dict(body, self._meta.fields)
            initial["seen_version"] = body.version
            # In the order of the boxes, so that two forms of one thing can be compared.
            initial["sectors"] = body.sectors.order_by("scheme__name", "position", "name")
            initial |= {f"at_least_{row.group}": row.minimum for row in body.quorum_groups.all()}
        super().__init__(data, instance=Body(mechanism=mechanism), initial=initial)
        self.fields["slug"].required = False
        for line in ("parent", "reports_to"):
            offer(self, line, possible_above(mechanism, body))
            # Offered a moment ago, and moved or dissolved by another since.
            self.fields[line].error_messages["invalid_choice"] = _(
                "That body answers to this one by now, or is dissolved. Choose another."
            )
        cast(forms.ModelChoiceField, self.fields["parent"]).empty_label = _("None: at the top")
        cast(forms.ModelChoiceField, self.fields["reports_to"]).empty_label = _(
            "The body that it stands under"
        )
        # A body that promises a meeting every 0 months would be late on the day of each.
        self.fields["interval"].validators.append(MinValueValidator(1))
        offer(self, "place", places_of(mechanism, body))
        offer(self, "reviews_level", levels_of(mechanism), in_words=level_in_words)
        cast(forms.ModelChoiceField, self.fields["reviews_level"]).empty_label = _("No places")
        offer(self, "sectors", sectors_of(mechanism, body))
        for group in StakeholderGroup:
            self.fields[f"at_least_{group}"] = forms.IntegerField(
                label=group.label, required=False, min_value=0, max_value=99,
                initial=initial.get(f"at_least_{group}"), show_hidden_initial=True,
            )  # fmt: skip

    def quorum_fields(self) -> list[forms.BoundField]:
        """How many of each stakeholder group a quorum needs."""
        return [self[f"at_least_{group}"] for group in StakeholderGroup]

    def asks_for_groups(self) -> bool:
        """Whether something stands in them that whoever edits has to see."""
        return any(field.value() or field.errors for field in self.quorum_fields())

    def plain_fields(self) -> list[forms.BoundField]:
        """All others, in their order; of a mechanism without sectors there are none to tick."""
        sectors = cast(forms.ModelMultipleChoiceField, self.fields["sectors"]).queryset
        left_out = () if sectors and sectors.exists() else ("sectors",)
        fields = (field for field in self.visible_fields() if field.name not in left_out)
        return [field for field in fields if not field.name.startswith("at_least_")]

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"]
        if slug in RESERVED:
            raise ValidationError(_("This address is the portal’s own. Choose another."))
        return cast(str, slug)

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if not cleaned.get("slug") and not self.errors.get("slug"):
            cleaned["slug"] = slugify(cleaned.get("short_name", ""))[:60]
            if cleaned.get("short_name") and cleaned["slug"] in RESERVED | {""}:
                self.add_error("slug", _("Type an address part: the short name gives none."))
        return cleaned

    def content(self) -> BodyContent:
        """What was typed, as the services take it."""
        typed = self.cleaned_data
        groups = {group: typed.get(f"at_least_{group}") or 0 for group in StakeholderGroup}
        content = {name: value for name, value in typed.items() if name in CONTENT}
        return cast(BodyContent, content | {"quorum_groups": groups})


class BodyMoveForm(SeenForm):
    """What has become of the body, since when, and why."""

    to = forms.ChoiceField(label=_("It is from now on"))
    on = forms.DateField(label=_("Since"), widget=DAY)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        required=False,
        help_text=_("Needed when it is suspended or dissolved; the page of the body shows it."),
    )

    def __init__(self, body: Body, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [(state.value, state.label) for state in moves_of(body)]
        cast("forms.ChoiceField", self.fields["to"]).choices = [("", _("Choose")), *states]

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("to") in NEEDS_REASON and not cleaned.get("reason"):
            self.add_error("reason", _("Say why."))
        return cleaned


def places_of(mechanism: Mechanism, body: Body | None) -> Any:
    """The country, and what lies at, above or below the places that the mechanism covers."""
    country = mechanism.country
    paths = {path for place in mechanism.places.all() for path in place.path_and_above}
    found = Place.objects.filter(path__in=paths | {country.path})
    for place in mechanism.places.select_related("level"):
        deepest = place.level.depth + 1
        found |= Place.objects.filter(within_path(place.path), level__depth__lte=deepest)
    if body is not None and body.place_id:
        found |= Place.objects.filter(pk=body.place_id)
    return found.order_by("path")


def levels_of(mechanism: Mechanism) -> Any:
    """The rungs below the country of the ladder that the mechanism’s country has."""
    code = mechanism.country.level.country_code
    return PlaceLevel.objects.filter(country_code=code, depth__gt=0).order_by("depth")


def level_in_words(level: PlaceLevel) -> str:
    """Such as "Communes and sangkats"."""
    return level.plural


def sectors_of(mechanism: Mechanism, body: Body | None) -> Any:
    """Those that the mechanism works in, and those that the body has."""
    found = Sector.objects.filter(mechanisms=mechanism)
    if body is not None:
        found |= Sector.objects.filter(bodies=body)
    keys = found.values("pk")
    return Sector.objects.filter(pk__in=keys).order_by("scheme__name", "position", "name")
