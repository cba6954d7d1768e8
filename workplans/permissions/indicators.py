"""What a person may do with frameworks and indicators."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from coordination.models import Mechanism, Standing, User
from workplans.models import Indicator, ResultsFramework


def can_edit_framework(user: User | AnonymousUser, framework: ResultsFramework) -> bool:
    """The secretariat records what the parties agreed; an administrator enters the tree (R25)."""
    return framework.mechanism_id in Standing.of(user).secretariat_of


def can_create_indicator(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    return mechanism.pk in Standing.of(user).secretariat_of


def can_edit_indicator(user: User | AnonymousUser, indicator: Indicator) -> bool:
    """The secretariat keeps reference sheets, baselines and targets (R25)."""
    return indicator.mechanism_id in Standing.of(user).secretariat_of
