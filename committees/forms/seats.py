"""What a body's secretary types of a seat."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Seat
from committees.services.seats import SeatContent
from coordination.forms.conflicts import RemembersItsBeginning, SeenField, SeenForm
from coordination.forms.fields import DAY
from coordination.models import Organisation, Sector


class SeatForm(RemembersItsBeginning, forms.ModelForm):
    """The post or organisation that sits, what it is there for, and who may stand in for it."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    seen = SeenField()

    class Meta:
        model = Seat
        fields = (
            "title", "organisation", "function", "group", "sector", "expertise", "is_mandatory",
            "is_voting", "is_ex_officio", "alternate_rule", "nominated_by", "contact",
            "starts_on", "position",
        )  # fmt: skip
        widgets = {"starts_on": DAY}
        help_texts = {
            "title": _("Such as “Secretary, Local Government” or “Member for water”."),
            "organisation": _(
                "Its people read the body’s papers. Empty for a post that no organisation fills."
            ),
            "group": _("Whose side it speaks for. A quorum may ask for some of each."),
            "sector": _("The sector group that it belongs to."),
            "expertise": _(
                "What the holder is asked for. A plan says which groups lack an economist."
            ),
            "nominated_by": _("Who names the holder, such as the County Secretary."),
            "contact": _("Invitations go there while nobody with an account holds the seat."),
            "starts_on": _("Empty when it has been there from the beginning."),
            "position": _("Seats of one function stand in the order of these numbers."),
        }

    def __init__(self, data: Any = None, *, body: Body, seat: Seat | None = None) -> None:
        initial = forms.model_to_dict(seat, self._meta.fields) if seat else {}
        initial["seen_version"] = seat.version if seat else 0
        super().__init__(data, instance=Seat(body=body), initial=initial)
        organisation = cast("forms.ModelChoiceField", self.fields["organisation"])
        organisation.queryset = Organisation.objects.order_by("name")
        organisation.empty_label = _("No organisation: a post")
        sectors = Sector.objects.filter(mechanisms=body.mechanism_id)
        if seat and seat.sector_id:
            sectors |= Sector.objects.filter(pk=seat.sector_id)
        sector = cast("forms.ModelChoiceField", self.fields["sector"])
        sector.queryset = Sector.objects.filter(pk__in=sectors.values("pk")).order_by("name")
        sector.empty_label = _("No single sector")

    def content(self) -> SeatContent:
        """What was typed, as the services take it."""
        data = self.cleaned_data
        return cast(SeatContent, {name: data[name] for name in SeatContent.__annotations__})


class SeatCloseForm(SeenForm):
    """Until when the seat exists."""

    last_day = forms.DateField(label=_("Last day of the seat"), widget=DAY)
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=300,
        help_text=_("Such as the terms of reference or the minutes that say so."),
    )

    def __init__(self, data: Any = None, *, today: dt.date) -> None:
        super().__init__(data)
        self.fields["last_day"].initial = today


class DayForm(forms.Form):
    """The day on which one wants to know who sat where; it stands in the address."""

    on = forms.DateField(label=_("Who sat where on"), widget=DAY, required=False)
