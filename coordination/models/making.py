"""What a worker makes in its own time: the row is the truth, the queue a hint (reliability C1)."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

M = TypeVar("M", bound="Making")


class MakingQuerySet(models.QuerySet[M]):
    def claimable(self, *, at: dt.datetime) -> Self:
        """Queued, or left behind by a worker whose lease ran out, and not tried too often."""
        left_behind = Q(state=Making.State.RUNNING, lease_until__lt=at)
        return self.filter(
            Q(state=Making.State.QUEUED) | left_behind, attempts__lt=Making.MAX_ATTEMPTS
        )

    def exhausted(self, *, at: dt.datetime) -> Self:
        """Those whose last permitted attempt died without a word."""
        return self.filter(
            state=Making.State.RUNNING, lease_until__lt=at, attempts__gte=Making.MAX_ATTEMPTS
        )


class Making(models.Model):
    """A snapshot that is compiled once, and the files that are drawn from it alone (R21)."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Stage(models.TextChoices):
        WAITING = "waiting", _("Waiting for its turn")
        COMPILING = "compiling", _("Freezing the figures")
        DRAWING = "drawing", _("Setting the pages")
        RENDERING = "rendering", _("Making the PDF")
        STORING = "storing", _("Storing the files")
        DONE = "done", _("Done")

    class Failure(models.TextChoices):
        NONE = "", _("None")
        TIME = "time", _("Making the PDF took too long. Shorten the longest texts and try again.")
        MEMORY = "memory", _("It is too large to become a PDF. Use fewer or shorter texts.")
        RENDERER = "renderer", _("Making the PDF broke off unexpectedly.")
        STORAGE = "storage", _("The files could not be stored.")
        LOST = "lost", _("A photograph in it is lost. Try again: it is then made without.")
        WORKER = "worker", _("Making it broke off three times. Tell whoever runs the portal.")
        RIGHTS = "rights", _("Who asked for it may no longer do so.")
        UNEXPECTED = "unexpected", _("Something unexpected went wrong.")

    MAX_ATTEMPTS = 3
    # Nothing comes of these unless someone tries again.
    GIVEN_UP = (State.FAILED, State.CANCELLED)

    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.QUEUED)
    stage = models.CharField(_("stage"), max_length=9, choices=Stage.choices, default=Stage.WAITING)
    failure = models.CharField(_("failure"), max_length=10, choices=Failure.choices, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claim_token = models.CharField(max_length=32, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("requested at"))
    compiled_at = models.DateTimeField(_("cut-off"), null=True, blank=True)
    snapshot = models.TextField(
        _("snapshot"), blank=True, help_text=_("Canonical JSON: every figure and text, frozen.")
    )
    snapshot_sha256 = models.CharField(_("SHA-256 of the snapshot"), max_length=64, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def contents(self) -> dict[str, Any]:
        """The snapshot, read."""
        return dict(json.loads(self.snapshot))

    @property
    def is_in_the_making(self) -> bool:
        return self.state in {Making.State.QUEUED, Making.State.RUNNING}

    @property
    def is_given_up(self) -> bool:
        return self.state in Making.GIVEN_UP


class MadeFile(models.Model):
    """A file that was made, kept under its hash in private storage and never changed."""

    path = models.CharField(_("path"), max_length=200)
    name = models.CharField(_("file name"), max_length=150)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64, db_index=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name
