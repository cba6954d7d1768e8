"""Who came: one small form a line, so that a sign-in sheet is typed in quickly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Participant
from committees.services.attendance import Guests, Line, Noted
from coordination.forms.conflicts import RemembersItsBeginning
from coordination.forms.fields import offer

from .meetings import organisations_around

Attendance = Participant.Attendance


class LineForm(RemembersItsBeginning, forms.Form):
    """What is noted of one line; it carries, unseen, what its writer began with."""

    attendance = forms.ChoiceField(label=_("Attendance"), choices=Attendance.choices)
    via = forms.ChoiceField(
        label=_("Took part"),
        choices=[("", "–"), *Participant.Via.choices],
        required=False,
    )
    is_by_alternate = forms.BooleanField(label=_("By an alternate"), required=False)

    def __init__(self, data: Any = None, *, line: Line) -> None:
        self.line = line
        noted = line.noted
        initial = {
            "attendance": noted.attendance,
            "via": noted.via,
            "is_by_alternate": noted.is_by_alternate,
        }
        super().__init__(data, prefix=line.key, initial=initial)
        for name, field in self.fields.items():
            field.widget.attrs["aria-labelledby"] = f"{line.key} head-{name}"
        if line.seat is None:
            del self.fields["is_by_alternate"]

    def seen(self) -> Noted:
        """What stood here when the page was opened."""
        began = {name: self.began_with(self[name]) for name in self.fields}
        is_by_alternate = str(began.get("is_by_alternate") or "") in {"True", "on"}
        return Noted(began["attendance"] or Attendance.UNKNOWN, began["via"] or "", is_by_alternate)

    def noted(self) -> Noted:
        """What shall stand."""
        data = self.cleaned_data
        return Noted(data["attendance"], data["via"], data.get("is_by_alternate", False))


def line_forms(lines: Sequence[Line], data: Any = None) -> list[LineForm]:
    """A form a line; of a line that came since, nothing was typed yet."""
    return [
        LineForm(data if data is not None and f"{line.key}-attendance" in data else None, line=line)
        for line in lines
    ]


class GuestForm(forms.ModelForm):
    """People without a seat: one by post, or several of an organisation as a number."""

    class Meta:
        model = Participant
        fields = ("organisation", "group", "post", "name", "email", "expertise", "headcount")
        help_texts = {
            "name": _("Read only by those who take part."),
            "email": _("Where the invitation goes."),
        }

    def __init__(self, data: Any = None, *, body: Body) -> None:
        super().__init__(data)
        offer(self, "organisation", organisations_around(body))

    def _post_clean(self) -> None:
        """The service checks the line, once its meeting is known."""

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if not (data.get("organisation") or data.get("post") or data.get("group")):
            self.add_error("organisation", str(_("Name the organisation, the group or the post.")))
        if (data.get("headcount") or 0) < 1 and "headcount" not in self.errors:
            self.add_error("headcount", str(_("At least one person.")))
        return data

    def guests(self) -> Guests:
        """What was typed, as the services take it."""
        return cast(Guests, {name: self.cleaned_data[name] for name in Guests.__annotations__})


class ReplyForm(forms.Form):
    """One of three answers, and a note."""

    reply = forms.ChoiceField(
        label=_("Your answer"),
        choices=[choice for choice in Participant.Reply.choices if choice[0] != "none"],
        error_messages={"required": _("Choose one of the three answers.")},
    )
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False,
        help_text=_("Such as who comes in your place."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, row: Participant) -> None:
        # Whoever holds two seats of a meeting finds two such forms on its page.
        super().__init__(data, initial={"note": row.reply_note}, auto_id=f"id_{row.pk}_%s")
