"""How a review of performance is written: rounded once, here, at display (R1)."""

from django import template
from django.utils.translation import gettext as _

from committees.services.performance import Sum, Trend
from coordination.models import written
from coordination.services.rounding import PERCENT_PLACES, display_percent, grouped, half_up

register = template.Library()


@register.filter
def in_percent(summed: Sum) -> str | None:
    """Such as "68.8%"; None where nothing was scored."""
    return None if summed.percent is None else display_percent(summed.percent)


@register.filter
def in_points(trend: Trend) -> str | None:
    """Such as "+5.0 percentage points"; None where the two are not compared (R7)."""
    if trend.points is None:
        return None
    points = half_up(trend.points, PERCENT_PLACES)
    sign = "+" if points > 0 else ""
    return _("%(number)s percentage points") % {"number": sign + grouped(points)}


register.filter("written", written)
