"""Value-for-money audits: recorded, and followed up."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Document
from coordination.models import Mechanism, Organisation, User
from coordination.services.events import changes_between, record
from coordination.services.refusals import DayToCome, EditedMeanwhile, Refusal
from workplans.models import Activity, Indicator, JointWorkPlan, ValueForMoneyAudit


class AlreadyFollowedUp(Refusal):
    message = _("What was done about this audit is on record already.")


class AuditContent(TypedDict):
    """What is said of an audit; what was done about it comes by a deed of its own."""

    plan: JointWorkPlan | None
    activity: Activity | None
    indicator: Indicator | None
    kind: str
    auditor_post: str
    audited_on: dt.date
    finding: str
    recommendation: str
    document: Document | None
    owner: Organisation | None
    due_on: dt.date | None
    is_public: bool


@transaction.atomic
def record_audit(
    mechanism: Mechanism,
    *,
    by: User,
    at: dt.datetime | None = None,
    **content: Unpack[AuditContent],
) -> ValueForMoneyAudit:
    """A new audit. A form that was sent twice gives it again. Raises DayToCome."""
    now = at or timezone.now()
    mechanism = Mechanism.objects.select_for_update(no_key=True).get(pk=mechanism.pk)
    if content["audited_on"] > mechanism.today(now):
        raise DayToCome
    same = mechanism.audits.filter(
        version=1,
        plan=content["plan"],
        activity=content["activity"],
        indicator=content["indicator"],
        kind=content["kind"],
        audited_on=content["audited_on"],
        finding=content["finding"],
    ).first()
    if same is not None:
        return same
    audit = ValueForMoneyAudit(mechanism=mechanism, **content)
    audit.full_clean()
    audit.save()
    record("workplans.audit_recorded", audit, by=by, at=now)
    return audit


@transaction.atomic
def edit_audit(
    audit: ValueForMoneyAudit,
    *,
    by: User,
    seen_version: int,
    at: dt.datetime | None = None,
    **content: Unpack[AuditContent],
) -> ValueForMoneyAudit:
    """The audit with its new content. Raises DayToCome or EditedMeanwhile."""
    now = at or timezone.now()
    audit = _locked(audit)
    if audit.version != seen_version:
        raise EditedMeanwhile
    if content["audited_on"] > audit.mechanism.today(now):
        raise DayToCome
    before = audit_in_words(audit)
    for name, value in content.items():
        setattr(audit, name, value)
    audit.version += 1
    audit.full_clean()
    audit.save(update_fields=[*content, "version"])
    changes = changes_between(before, audit_in_words(audit))
    record("workplans.audit_edited", audit, by=by, changes=changes, at=now)
    return audit


@transaction.atomic
def follow_up_audit(
    audit: ValueForMoneyAudit,
    *,
    by: User,
    followed_up_on: dt.date,
    follow_up: str,
    at: dt.datetime | None = None,
) -> ValueForMoneyAudit:
    """Record what was done about it. Raises AlreadyFollowedUp or DayToCome."""
    now = at or timezone.now()
    audit = _locked(audit)
    if audit.followed_up_on is not None:
        if (audit.followed_up_on, audit.follow_up) == (followed_up_on, follow_up):
            return audit
        raise AlreadyFollowedUp
    if followed_up_on > audit.mechanism.today(now):
        raise DayToCome
    audit.followed_up_on, audit.follow_up = followed_up_on, follow_up
    audit.version += 1
    audit.full_clean()
    audit.save(update_fields=["followed_up_on", "follow_up", "version"])
    changes: dict[str, list[Any]] = {
        "followed_up_on": [None, followed_up_on],
        "follow_up": ["", follow_up],
    }
    record("workplans.audit_followed_up", audit, by=by, changes=changes, at=now)
    return audit


def audit_in_words(audit: ValueForMoneyAudit) -> dict[str, Any]:
    """Its content as people read it."""
    return {
        "plan": str(audit.plan or ""),
        "activity": str(audit.activity or ""),
        "indicator": str(audit.indicator or ""),
        "kind": str(audit.get_kind_display()),
        "auditor_post": audit.auditor_post,
        "audited_on": audit.audited_on,
        "finding": audit.finding,
        "recommendation": audit.recommendation,
        "document": str(audit.document or ""),
        "owner": str(audit.owner or ""),
        "due_on": audit.due_on,
        "is_public": audit.is_public,
    }


def _locked(audit: ValueForMoneyAudit) -> ValueForMoneyAudit:
    rows = ValueForMoneyAudit.objects.select_for_update(of=("self",)).select_related("mechanism")
    return rows.get(pk=audit.pk)
