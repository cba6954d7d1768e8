"""Signing a plan: versions that are frozen, who signs for whom, and the steps decided (1.10)."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from committees.models import Decision
from coordination.models import Organisation, StoredFile, Visitor

from .plan import JointWorkPlan, sees_plan


class PlanStep(models.Model):
    """A plan came to a state: who decided it, and the decision of a body where there is one."""

    plan = models.ForeignKey(JointWorkPlan, models.PROTECT, related_name="steps")
    to = models.CharField(_("state"), max_length=17, choices=JointWorkPlan.State.choices)
    note = models.CharField(_("who decided it, and when"), max_length=500, blank=True)
    decision = models.ForeignKey(
        Decision, models.PROTECT, related_name="plan_steps", null=True, blank=True,
        verbose_name=_("decision"),
    )  # fmt: skip
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="plan_steps"
    )
    taken_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("step of a plan")
        verbose_name_plural = _("steps of plans")

    def __str__(self) -> str:
        return f"{self.plan}: {self.get_to_display()}"


class PlanVersionQuerySet(models.QuerySet["PlanVersion"]):
    def visible_to(self, user: Visitor) -> PlanVersionQuerySet:
        """With their plan; internal lines are left out by whoever shows them (R24)."""
        return self.filter(sees_plan(user, "plan"))

    def open(self) -> PlanVersionQuerySet:
        """Those that wait for signatures."""
        return self.filter(signed_at=None, withdrawn_at=None)

    def signed(self) -> PlanVersionQuerySet:
        return self.filter(signed_at__isnull=False)


class PlanVersion(models.Model):
    """A plan as it was frozen to be signed: its lines as canonical JSON, never changed."""

    plan = models.ForeignKey(JointWorkPlan, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("number"))
    snapshot = models.TextField(_("snapshot"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    # The signed version that it changes; empty for the first.
    amends = models.ForeignKey(
        "self", models.PROTECT, related_name="amended_by", null=True, blank=True
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="plan_versions_frozen"
    )
    frozen_at = models.DateTimeField(_("frozen at"))
    signed_at = models.DateTimeField(_("signed by all at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = PlanVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a plan")
        verbose_name_plural = _("versions of plans")
        constraints = [
            models.UniqueConstraint("plan", "number", name="one_plan_version_per_number"),
            models.UniqueConstraint(
                "plan", condition=Q(signed_at=None, withdrawn_at=None), name="one_open_plan_version"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False, signed_at=None) & ~Q(withdrawn_reason="")),
                name="plan_version_withdrawn_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} ({self.number})"

    def get_absolute_url(self) -> str:
        """With its plan and mechanism loaded."""
        plan = self.plan
        return reverse("version-detail", args=[plan.mechanism.slug, plan.slug, self.number])

    @cached_property
    def contents(self) -> dict[str, Any]:
        """The snapshot, read."""
        return dict(json.loads(self.snapshot))

    @property
    def is_open(self) -> bool:
        return self.signed_at is None and self.withdrawn_at is None


class Signature(models.Model):
    """One side's signature under a version: owed, given in the portal, or recorded from paper."""

    class Side(models.TextChoices):
        COUNTY = "county", _("Government")
        PARTNER = "partner", _("Partner")
        DONOR = "donor", _("Donor")

    version = models.ForeignKey(PlanVersion, models.CASCADE, related_name="signatures")
    side = models.CharField(_("side"), max_length=7, choices=Side.choices)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="plan_signatures", verbose_name=_("signs for")
    )
    # Of an amendment, the codes of the lines for which it is owed; empty for the whole plan.
    lines = models.JSONField(_("lines"), default=list, blank=True)
    post = models.CharField(_("by which post"), max_length=160, blank=True)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    # In the portal: who signed, when, and the hash of what was signed.
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="plan_signatures",
        null=True, blank=True,
    )  # fmt: skip
    sha256 = models.CharField(_("SHA-256 that was signed"), max_length=64, blank=True)
    # From paper: who recorded it, and the scan.
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="plan_signatures_recorded",
        null=True, blank=True,
    )  # fmt: skip
    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="plan_signatures", null=True, blank=True
    )
    entered_at = models.DateTimeField(_("entered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = [
            models.UniqueConstraint(
                "version", "side", "organisation", name="one_signature_per_side"
            ),
            models.CheckConstraint(
                condition=Q(
                    post="", signed_on=None, signed_by=None, sha256="", recorded_by=None,
                    file=None, entered_at=None,
                )
                | (
                    Q(
                        signed_on__isnull=False, signed_by__isnull=False, recorded_by=None,
                        file=None, entered_at__isnull=False,
                    )
                    & ~Q(post="") & ~Q(sha256="")
                )
                | (
                    Q(
                        signed_on__isnull=False, signed_by=None, recorded_by__isnull=False,
                        file__isnull=False, entered_at__isnull=False, sha256="",
                    )
                    & ~Q(post="")
                ),
                name="signature_in_the_portal_or_on_paper",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.organisation}: {self.version}"

    @property
    def is_given(self) -> bool:
        return self.signed_on is not None

    @property
    def is_on_paper(self) -> bool:
        return self.file_id is not None
