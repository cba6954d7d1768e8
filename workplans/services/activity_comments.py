"""Comments on activities, and their answers: accepted or declined, with the reason (P37)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import User
from coordination.services.events import record
from coordination.services.refusals import Refusal
from workplans.models import Activity, ActivityComment
from workplans.notifications.activities import tell_of_activity_comment, tell_of_comment_answered

from .refusals import ReasonMissing


class CommentMissing(Refusal):
    message = _("Write the comment.")


class CommentAnswered(Refusal):
    message = _("This comment is answered already.")


@transaction.atomic
def comment_on_activity(
    activity: Activity, *, by: User, text: str, at: dt.datetime | None = None
) -> ActivityComment:
    """Say something of an activity to its lead. The same sent twice is said once.

    Raises CommentMissing.
    """
    now, text = at or timezone.now(), text.strip()
    activity = Activity.objects.select_for_update(of=("self",)).get(pk=activity.pk)
    if not text:
        raise CommentMissing
    same = activity.comments.filter(by=by, text=text, answered_at=None).first()
    if same is not None:
        return same
    comment = ActivityComment(activity=activity, text=text, by=by, at=now)
    comment.full_clean()
    comment.save()
    record("workplans.activity_commented", activity, by=by, at=now)
    tell_of_activity_comment(comment, at=now)
    return comment


@transaction.atomic
def answer_comment(
    comment: ActivityComment,
    *,
    by: User,
    answer: str,
    reason: str,
    at: dt.datetime | None = None,
) -> ActivityComment:
    """Accept or decline what was said, and say why; whoever said it is told.

    Raises CommentAnswered or ReasonMissing.
    """
    now, reason = at or timezone.now(), reason.strip()
    rows = ActivityComment.objects.select_related("activity__plan__mechanism", "by")
    comment = rows.select_for_update(of=("self",)).get(pk=comment.pk)
    if comment.answered_at is not None:
        if (comment.answered_by, comment.answer, comment.reason) == (by, answer, reason):
            return comment
        raise CommentAnswered
    if not reason:
        raise ReasonMissing
    comment.answer, comment.reason = answer, reason
    comment.answered_by, comment.answered_at = by, now
    comment.full_clean()
    comment.save(update_fields=["answer", "reason", "answered_by", "answered_at"])
    changes = {"answer": ["", str(comment.get_answer_display())]}
    record("workplans.comment_answered", comment.activity, by=by, changes=changes, at=now)
    tell_of_comment_answered(comment, at=now)
    return comment
