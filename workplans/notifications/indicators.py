"""Letters about indicators that are revised or retired."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import PARTNER_ROLES, Office, Organisation
from coordination.services.mail import post
from workplans.models import IndicatorVersion

from .audience import EMAILS, holders


def tell_of_indicator_revision(version: IndicatorVersion, *, at: dt.datetime) -> None:
    """Tell those who report the indicator that they count by a new sheet."""
    held = Office.objects.held(on=timezone.localdate(at)).of(*PARTNER_ROLES)
    post(
        f"indicator-revised:{version.pk}",
        holders(held.filter(organisation__in=version.streams.values("organisation"))),
        subject=_("New version: %(indicator)s") % {"indicator": version.indicator},
        template=f"{EMAILS}/indicator_revised.txt",
        context={"version": version, "indicator": version.indicator},
        at=at,
    )


def tell_of_indicator_retirement(
    version: IndicatorVersion, reporters: Iterable[Organisation], *, at: dt.datetime
) -> None:
    """Tell those whose duty ends with it up to when they report the indicator."""
    held = Office.objects.held(on=timezone.localdate(at)).of(*PARTNER_ROLES)
    post(
        f"indicator-retired:{version.pk}:{at.isoformat()}",
        holders(held.filter(organisation__in=reporters)),
        subject=_("Retired: %(indicator)s") % {"indicator": version.indicator},
        template=f"{EMAILS}/indicator_retired.txt",
        context={"version": version, "indicator": version.indicator},
        at=at,
    )
