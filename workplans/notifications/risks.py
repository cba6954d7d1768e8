"""Letters about risks: to those who share them (P34)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from coordination.models import User
from coordination.services.mail import post
from workplans.models import Risk, RiskShare

from .audience import EMAILS, officials_of


def tell_of_shares(shares: Iterable[RiskShare], *, by: User, at: dt.datetime) -> None:
    """Tell each organisation what of the risk it takes on; whoever wrote it down is not told."""
    for share in shares:
        risk = share.risk
        told = officials_of(share.organisation, risk.plan.mechanism, at=at)
        post(
            f"risk-shared:{risk.pk}:{share.organisation_id}:{risk.version}",
            [user for user in told if user != by],
            subject=_("Your share of a risk: %(risk)s") % {"risk": risk},
            template=f"{EMAILS}/risk_shared.txt",
            context={"risk": risk, "share": share},
            at=at,
        )


def tell_of_occurrence(risk: Risk, *, by: User, at: dt.datetime) -> None:
    """Tell those who carry and share it that it occurred."""
    shares = risk.shares.select_related("organisation")
    parties = [risk.owner, *(share.organisation for share in shares)]
    told = {user for each in parties for user in officials_of(each, risk.plan.mechanism, at=at)}
    post(
        f"risk-occurred:{risk.pk}",
        [user for user in sorted(told, key=lambda each: each.pk) if user != by],
        subject=_("It occurred: %(risk)s") % {"risk": risk},
        template=f"{EMAILS}/risk_occurred.txt",
        context={"risk": risk, "shares": shares},
        at=at,
    )
