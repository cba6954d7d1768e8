"""What a published report or review closes: the progress updates that stand in it (R22)."""

from __future__ import annotations

from django.db.models import Q

from coordination.models import Period
from reporting.models import Report, Review
from workplans.models import Activity


def is_in_published_report(activity: Activity, period: Period) -> bool:
    """Whether a report on the period is published, of the whole mechanism or of the place."""
    paths = {path for place in activity.places.all() for path in place.path_and_above}
    covering = Q(place=None) | Q(place__path__in=paths)
    reports = Report.objects.published().filter(covering, mechanism=activity.plan.mechanism_id)
    return reports.filter(period=period).exists()


def is_in_published_review(activity: Activity, period: Period) -> bool:
    """Whether the review of the plan's quarter is published."""
    reviews = Review.objects.published().filter(plan=activity.plan_id, period=period)
    return reviews.exists()
