"""The lists of a desk, as those who fill them and the page that shows them know them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# Of each list the most urgent part; the page that it leads to has the rest.
MOST = 12


@dataclass(frozen=True)
class DeskRow:
    """One thing that waits: what it is, where its deed is done, what to know, how it stands."""

    title: str
    url: str
    note: str = ""
    status: str = ""
    label: str = ""


@dataclass(frozen=True)
class DeskList:
    """Things of one kind under one heading; ``is_due`` when something has to be done."""

    key: str
    heading: str | Promise
    rows: list[DeskRow]
    is_due: bool = True


def raised_since(raised_at: dt.datetime, *, at: dt.datetime) -> str:
    """How long ago it was raised, in days of the calendar on the reader's clock."""
    days = (timezone.localdate(at) - timezone.localdate(raised_at)).days
    if days <= 0:
        return _("raised today")
    return ngettext("raised %(days)d day ago", "raised %(days)d days ago", days) % {"days": days}
