"""Nominating somebody for a seat, confirming it, ending it."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from committees.models import Appointment, Seat
from committees.services.nominations import Nominee
from coordination.forms.conflicts import SeenForm
from coordination.forms.fields import DAY
from coordination.forms.offices import OfficeEndForm
from coordination.models import Office, Organisation, User

NOTE_LENGTH = 4000


def people_for(seat: Seat) -> QuerySet[User]:
    """Who may be chosen for the seat: people of its organisation, else who takes part here."""
    today = seat.body.mechanism.today()
    if seat.organisation_id:
        offices = Office.objects.held(on=today).filter(organisation=seat.organisation_id)
    else:
        offices = Office.objects.giving_rights_in(seat.body.mechanism, on=today).held(on=today)
    chosen = User.objects.filter(pk__in=offices.values("holder"), is_active=True)
    return chosen.order_by("name", "pk")


class NominationForm(forms.ModelForm):
    """Someone with an account, a post that is invited by e-mail, or a post alone."""

    class Meta:
        model = Appointment
        fields = (
            "holder", "post", "email", "organisation", "is_alternate", "starts_on", "ends_on",
            "nominated_by", "instrument",
        )  # fmt: skip
        labels = {
            "holder": _("Person with an account"),
            "post": _("Or the post of somebody without one"),
            "email": _("E-mail address to invite"),
            "is_alternate": _("As an alternate of the holder"),
        }
        help_texts = {
            "holder": _("People of the organisation of this seat, or who take part here."),
            "post": _("Such as “Chief Officer, Water”. Posts stand here, not names."),
            "email": _(
                "Once confirmed, this address gets an invitation to open an account. Without it "
                "the post alone sits here, and reads nothing on the portal."
            ),
            "ends_on": _("Empty when it is not known yet."),
            "nominated_by": _("The authority that names the holder."),
        }
        widgets = {"starts_on": DAY, "ends_on": DAY}

    def __init__(self, data: Any = None, *, seat: Seat) -> None:
        today = seat.body.mechanism.today()
        initial = {"starts_on": today, "nominated_by": seat.nominated_by}
        super().__init__(data, instance=Appointment(seat=seat), initial=initial)
        holder = cast("forms.ModelChoiceField", self.fields["holder"])
        holder.queryset = people_for(seat)
        holder.empty_label = _("Nobody with an account")
        if seat.organisation_id:
            del self.fields["organisation"]
        else:
            organisation = cast("forms.ModelChoiceField", self.fields["organisation"])
            organisation.queryset = Organisation.objects.order_by("name")
            organisation.empty_label = _("Choose")
        if seat.alternate_rule == Seat.AlternateRule.NOBODY:
            del self.fields["is_alternate"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        holder, post, email = (cleaned.get(name) for name in ("holder", "post", "email"))
        if not holder and not post and not {"holder", "post"} & set(self.errors):
            self.add_error("post", _("Choose a person above, or give a post."))
        if holder and (post or email):
            self.add_error("post", _("Choose a person or give a post, not both."))
        needs = (holder or email) and "organisation" in self.fields
        if needs and not cleaned.get("organisation") and "organisation" not in self.errors:
            self.add_error("organisation", _("Say which organisation this person works for."))
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("This is before the first day."))
        return cleaned

    def nominee(self) -> Nominee:
        """Whom the valid form names."""
        return Nominee(**self.cleaned_data)


class ConfirmationForm(SeenForm):
    """Whether the present holder's term ends with it, and what is handed over."""

    ends_predecessor = forms.BooleanField(
        label=_("The term of the present holder ends the day before"), required=False, initial=True
    )
    handover_note = forms.CharField(
        label=_("Handover note"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What the successor has to know. It goes to the successor by e-mail."),
    )

    def __init__(self, data: Any = None, *, has_predecessor: bool) -> None:
        super().__init__(data)
        if not has_predecessor:
            del self.fields["ends_predecessor"]
            del self.fields["handover_note"]


class NominationWithdrawForm(SeenForm):
    reason = forms.CharField(label=_("Reason"), max_length=300)


class AppointmentEndForm(OfficeEndForm):
    """When it ends, and what is handed over."""

    handover_note = forms.CharField(
        label=_("Handover note"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What the successor has to know. It stands with the seat."),
    )

    field_order = ("when", "last_day", "handover_note")
