"""Two people changed one thing: what the second of them is shown (R27)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from django import forms
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext as _

from coordination.models import Event, User
from coordination.services.events import newest_event
from coordination.services.refusals import IsThere, Refusal
from coordination.templatetags.interface import words_of


class RemembersItsBeginning(forms.BaseForm):
    """A form that carries, unseen, what its writer began with."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = not (
                field.widget.is_hidden or isinstance(field, forms.FileField)
            )

    def began_with(self, field: forms.BoundField) -> Any:
        """What stood in the field when its writer opened the form."""
        hidden = field.field.hidden_widget()
        return hidden.value_from_datadict(self.data, self.files, field.html_initial_name)


class Words(NamedTuple):
    """What stands in one field for the two people, and stood there before them."""

    label: str
    mine: str
    theirs: str
    beginning: str


class Difference(Words):
    """A field that two people filled differently, in words."""

    @property
    def is_theirs_kept(self) -> bool:
        """Who did not change the field does not put back what stood in it (``merged``)."""
        return self.mine.split() == self.beginning.split()


@dataclass(frozen=True)
class Conflict:
    """Who saved first, when, and the fields that differ."""

    who: User | None
    at: dt.datetime | None
    fields: Sequence[Difference]

    @classmethod
    def since(cls, event: Event | None, fields: Sequence[Difference]) -> Conflict:
        """The conflict with what ``event`` recorded."""
        return cls(event.by, event.at, fields) if event else cls(None, None, fields)


def differences(mine: RemembersItsBeginning, theirs: forms.BaseForm) -> list[Difference]:
    """The visible fields that the two forms of one thing fill differently."""
    pairs = [
        Difference(
            str(field.label),
            words_of(field),
            words_of(theirs[field.name]),
            words_of(field, mine.began_with(field)),
        )
        for field in mine.visible_fields()
        if field.name in theirs.fields
    ]
    # A browser sends other line ends than those that may be stored.
    return [pair for pair in pairs if pair.mine.splitlines() != pair.theirs.splitlines()]


def having_seen(data: QueryDict, version: int, name: str = "seen_version") -> QueryDict:
    """What was typed, now in sight of ``version``: saving again replaces that."""
    copy = data.copy()
    copy[name] = str(version)
    return copy


def merged(
    mine: RemembersItsBeginning,
    theirs: forms.BaseForm,
    version: int,
    name: str = "seen_version",
) -> QueryDict:
    """What was typed, in sight of ``version``; theirs where the writer left a field alone.

    From here on the writer has begun with theirs: of a third version, too, only what this one
    changed is replaced.
    """
    data = having_seen(typed(mine), version, mine.add_prefix(name))
    touched = _touched(mine)
    for field in mine.visible_fields():
        if field.name not in theirs.fields or not field.field.show_hidden_initial:
            continue
        stored = theirs[field.name].value()
        _fill_in(data, field.html_initial_name, stored)
        if field.name not in touched:
            _fill_in(data, field.html_name, stored)
    return data


def _touched(form: RemembersItsBeginning) -> set[str]:
    """The fields that the writer has changed; all where the beginning was not sent along."""
    if any(form[name].html_initial_name in form.data for name in form.fields):
        return set(form.changed_data)
    return set(form.fields)


def _fill_in(data: QueryDict, name: str, value: Any) -> None:
    """Put the prepared value of a field where a browser would have put it."""
    if isinstance(value, list | tuple):
        data.setlist(name, [str(one) for one in value])
    else:
        data[name] = "" if value is None else str(value)


class SeenField(forms.IntegerField):
    """Carries, unseen, the last deed on record when the page was opened."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=False, min_value=0, max_value=10**18, initial=newest_event)


class SeenForm(forms.Form):
    """A form about a thing without a version: it carries the last deed on record that it saw."""

    seen = SeenField()

    def refuse(self, refusal: Refusal, field: str | None = None) -> None:
        """Say the refusal; what it tells of is seen now, and the same again is a decision."""
        self.add_error(field, str(refusal))
        data = typed(self)
        data[self.add_prefix("seen")] = str(newest_event())
        self.data = data


def lead_there(form: forms.BaseForm, refusal: IsThere, words: str) -> None:
    """Say in the form that it is on record already, with the way to it."""
    there: Any = refusal.there  # with a page of its own
    said = format_html('{} <a href="{}">{}</a>', refusal, there.get_absolute_url(), words)
    form.add_error(None, said)


class GuardedModelForm(RemembersItsBeginning, forms.ModelForm):
    """A form of the administration: what another has changed meanwhile is said at its field.

    The things edited there bear no version; what the form began with stands for it.
    """

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        prefix = self.add_initial_prefix("")
        if self.instance.pk and any(name.startswith(prefix) for name in self.data):
            for field in self.visible_fields():
                self._compare(field)
        return cleaned

    def _compare(self, field: forms.BoundField) -> None:
        began, stored = self.began_with(field), field.initial
        if not field.field.has_changed(stored, began):
            return
        if field.field.has_changed(stored, field.data):
            said = _(
                "Someone else has changed this from “%(beginning)s” to “%(theirs)s” since you "
                "opened it. What you typed is still here: saving again replaces theirs."
            )
            words = {
                "beginning": words_of(field, began) or "–",
                "theirs": words_of(field, field.field.prepare_value(stored)) or "–",
            }
            self.add_error(field.name, said % words)
        self._go_on_from(field, stored)

    def _go_on_from(self, field: forms.BoundField, stored: Any) -> None:
        """Saved again, the form is a decision made in sight of what is stored."""
        data = typed(self)
        _fill_in(data, field.html_initial_name, field.field.prepare_value(stored))
        self.data = data


def typed(form: forms.BaseForm) -> QueryDict:
    """What was typed into the form, to be altered."""
    return cast(QueryDict, form.data).copy()
