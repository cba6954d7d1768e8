"""Comments on an activity, each answered with accepted or declined and why (P37)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from coordination.models import User, takes_part_in

from .activity import Activity


class ActivityCommentQuerySet(models.QuerySet["ActivityComment"]):
    def visible_to(self, user: User | AnonymousUser) -> ActivityCommentQuerySet:
        """For who takes part in the mechanism: a comment is no public word (R24)."""
        seen = Activity.objects.visible_to(user)
        return self.filter(activity__in=seen, activity__plan__mechanism__in=takes_part_in(user))

    def unanswered(self) -> ActivityCommentQuerySet:
        return self.filter(answered_at=None)


class ActivityComment(models.Model):
    """What somebody who takes part says of an activity, and what its lead answers."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="comments")
    text = models.TextField(_("comment"), max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))
    answer = models.CharField(_("answer"), max_length=8, choices=Answer.choices, blank=True)
    reason = models.CharField(_("reason of the answer"), max_length=500, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    objects = ActivityCommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment on an activity")
        verbose_name_plural = _("comments on activities")
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", reason="", answered_by=None, answered_at=None)
                | (
                    ~Q(answer="")
                    & ~Q(reason="")
                    & Q(answered_by__isnull=False, answered_at__isnull=False)
                ),
                name="comment_answered_with_a_reason",
            )
        ]

    def __str__(self) -> str:
        return Truncator(self.text).chars(60)
