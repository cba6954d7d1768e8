"""How the deeds of an activity's life are worded: each with its form and its service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workplans.forms.moves import CancelForm, MergeForm, MoveForm, PostponeForm, ReasonForm
from workplans.services.moves import (
    cancel_activity,
    merge_activity,
    negotiate_activity,
    postpone_activity,
    put_forward_activity,
    resume_activity,
    suspend_activity,
)


@dataclass(frozen=True)
class Move:
    """A deed: its form, the service that does it, and how its page words it."""

    form: type[MoveForm]
    service: Callable[..., Any]
    heading: str | Promise
    lead: str | Promise
    submit: str | Promise
    is_end: bool = False


MOVES = {
    "negotiate": Move(
        MoveForm,
        negotiate_activity,
        _("Begin to negotiate"),
        _("County and partners talk about it now; nothing is agreed yet."),
        _("Record it"),
    ),
    "put-forward": Move(
        MoveForm,
        put_forward_activity,
        _("Put it forward as agreed"),
        _(
            "You say that it is agreed. It is, once the county’s sector lead has confirmed it; the "
            "county is told."
        ),
        _("Put it forward"),
    ),
    "resume": Move(
        MoveForm,
        resume_activity,
        _("Take it up again"),
        _("It goes on; its co-implementers and the county are told."),
        _("Take it up"),
    ),
    "postpone": Move(
        PostponeForm,
        postpone_activity,
        _("Postpone it"),
        _("What is postponed has a new date; the one it had is kept beside it."),
        _("Postpone"),
    ),
    "suspend": Move(
        ReasonForm,
        suspend_activity,
        _("Suspend it"),
        _("It stops for the time being; its co-implementers and the county are told."),
        _("Suspend"),
    ),
    "merge": Move(
        MergeForm,
        merge_activity,
        _("Merge it into another"),
        _(
            "It goes on as a part of the other and is counted there alone. What is promised to it "
            "goes with it, as sure as it is; its budget does not: raise that of the other where it "
            "has to cover both. Those who pay, both leads and the county are told."
        ),
        _("Merge"),
        is_end=True,
    ),
    "cancel": Move(
        CancelForm,
        cancel_activity,
        _("Cancel it"),
        _("It is given up. Once it is agreed, the review committee has decided so."),
        _("Cancel the activity"),
        is_end=True,
    ),
}
