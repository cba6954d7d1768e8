"""Action items of committees that an activity serves."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from committees.models import ActionItem

from .activity import Activity


class ActionLink(models.Model):
    """An action item that is done by way of an activity."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="action_links")
    action = models.ForeignKey(
        ActionItem, models.PROTECT, related_name="activity_links", verbose_name=_("action item")
    )

    class Meta:
        verbose_name = _("action item of an activity")
        verbose_name_plural = _("action items of activities")
        constraints = [
            models.UniqueConstraint("activity", "action", name="one_link_per_activity_and_action")
        ]

    def __str__(self) -> str:
        return f"{self.activity}: {self.action}"
