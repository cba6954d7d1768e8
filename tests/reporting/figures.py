"""One figure at a time, as a test asks for it; pages ask for many at once."""

from __future__ import annotations

import datetime as dt

from reporting.services.figures import Figure, figures_for
from reporting.services.scopes import Scope
from workplans.models import IndicatorVersion


def figure_for(version: IndicatorVersion, scope: Scope, *, on: dt.date | None = None) -> Figure:
    """The figure of one version in one scope, on the day or today."""
    on = on or version.indicator.mechanism.today()
    return figures_for([version], [scope], on=on)[version.pk, scope]
