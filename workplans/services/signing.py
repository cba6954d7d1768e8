"""Signing a plan: a version is frozen, and each side signs it for itself (domain 1.10, R25)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import Organisation, User
from coordination.services.events import record
from coordination.services.files import VettedFile, store_file
from coordination.services.refusals import DayToCome, Refusal
from workplans.models import JointWorkPlan, PlanVersion, Signature
from workplans.notifications.plans import tell_of_plan_state, tell_signatories

from .plan_snapshots import Comparison, compare_snapshots, plan_snapshot
from .refusals import ReasonMissing

State = JointWorkPlan.State
Side = Signature.Side


class NotReadyToSign(Refusal):
    """Says how the plan stands."""

    def __init__(self, plan: JointWorkPlan) -> None:
        said = _("A plan is signed once it is validated. This one is now: %(state)s.")
        super().__init__(said % {"state": plan.get_state_display()})


class VersionIsOpen(Refusal):
    message = gettext_lazy("A version waits for signatures already. Withdraw it first.")


class NothingChanged(Refusal):
    message = gettext_lazy("Nothing differs from the version that is signed.")


class NoLines(Refusal):
    message = gettext_lazy("The plan has no agreed activities to be signed.")


class GovernmentUnknown(Refusal):
    message = gettext_lazy("Nobody is known who signs for the government: name a lead department.")


class VersionDecided(Refusal):
    message = gettext_lazy("This version no longer waits for signatures.")


class AlreadySigned(Refusal):
    message = gettext_lazy("This signature is given already.")


class AnotherVersion(Refusal):
    message = gettext_lazy(
        "What you were shown is not what is frozen. Look at it again; then sign."
    )


@transaction.atomic
def freeze_version(
    plan: JointWorkPlan,
    *,
    by: User,
    donors: Collection[Organisation] = (),
    note: str = "",
    at: dt.datetime | None = None,
) -> PlanVersion:
    """Freeze the plan as it stands, to be signed by everyone whom it concerns.

    Of a plan in force, what has changed since it was signed: only the government and those who lead
    or fund a changed line sign that. Raises NotReadyToSign, VersionIsOpen, NoLines, NothingChanged
    or GovernmentUnknown.
    """
    now = at or timezone.now()
    plan = lock_plan(plan)
    signed = newest_signed(plan)
    if plan.state != State.VALIDATED and plan.state not in JointWorkPlan.IN_FORCE:
        raise NotReadyToSign(plan)
    if plan.versions.open().exists():
        raise VersionIsOpen
    snapshot = plan_snapshot(plan)
    if not snapshot.contents["lines"]:
        raise NoLines
    changes = compare_snapshots(signed.contents, snapshot.contents) if signed else None
    if changes is not None and not changes:
        raise NothingChanged
    version = PlanVersion(
        plan=plan,
        number=(plan.versions.aggregate(last=Max("number"))["last"] or 0) + 1,
        snapshot=snapshot.text,
        sha256=snapshot.sha256,
        amends=signed,
        note=note,
        frozen_by=by,
        frozen_at=now,
    )
    version.full_clean()
    version.save()
    _ask(version, changes, donors)
    recorded: dict[str, list[Any]] = {
        "version": [None, version.number],
        "sha256": [None, version.sha256],
    }
    record("workplans.version_frozen", plan, by=by, changes=recorded, note=note, at=now)
    tell_signatories(version, at=now)
    return version


@transaction.atomic
def withdraw_version(
    version: PlanVersion, *, by: User, reason: str, at: dt.datetime | None = None
) -> PlanVersion:
    """It is signed no further; the signatures under it stay on record. Raises VersionDecided."""
    now, reason = at or timezone.now(), reason.strip()
    version = lock_version(version)
    if not version.is_open:
        raise VersionDecided
    if not reason:
        raise ReasonMissing
    version.withdrawn_at, version.withdrawn_reason = now, reason
    version.full_clean()
    version.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    changes = {"version": [version.number, None]}
    record("workplans.version_withdrawn", version.plan, by=by, changes=changes, note=reason, at=now)
    return version


@transaction.atomic
def sign_version(
    signature: Signature, *, by: User, post: str, sha256: str, at: dt.datetime | None = None
) -> Signature:
    """Sign in the portal what the hash names; the last signature puts the version in force.

    Raises VersionDecided, AlreadySigned, or AnotherVersion for the hash of anything else.
    """
    now = at or timezone.now()
    signature = _lock_signature(signature)
    version = signature.version
    if sha256 != version.sha256:
        raise AnotherVersion
    zone = version.plan.mechanism.zone
    signature.signed_by, signature.sha256 = by, sha256
    signature.signed_on = timezone.localdate(now, timezone=zone)
    _give(signature, by=by, post=post, at=now)
    return signature


@transaction.atomic
def record_signature(
    signature: Signature,
    *,
    by: User,
    post: str,
    signed_on: dt.date,
    file: VettedFile,
    at: dt.datetime | None = None,
) -> Signature:
    """Record from the signed paper that a side has signed; the page says that it was on paper.

    Raises VersionDecided, AlreadySigned, DayToCome, or FileRefused.
    """
    now = at or timezone.now()
    signature = _lock_signature(signature)
    if signed_on > signature.version.plan.mechanism.today(now):
        raise DayToCome
    signature.signed_on, signature.recorded_by = signed_on, by
    signature.file = store_file(file, by=by, at=now)
    _give(signature, by=by, post=post, at=now)
    return signature


def newest_signed(plan: JointWorkPlan) -> PlanVersion | None:
    """The version that is in force."""
    return plan.versions.signed().order_by("-number").first()


def changes_since_signed(plan: JointWorkPlan, *, internal: bool = True) -> Comparison | None:
    """How the plan as it stands differs from what is in force; None where nothing is."""
    signed = newest_signed(plan)
    if signed is None:
        return None
    now = plan_snapshot(plan).contents
    return compare_snapshots(signed.contents, now, internal=internal)


def government_of(plan: JointWorkPlan) -> Organisation | None:
    """Who signs for the government: that of the place, else whom the lead department is part of."""
    governments = Organisation.objects.filter(
        type=Organisation.Type.COUNTY_GOVERNMENT, place=plan.place
    )
    if found := governments.order_by("pk").first():
        return found
    department = plan.lead_department
    return (department.parent or department) if department else None


def donors_of(plan: JointWorkPlan) -> list[Organisation]:
    """The donors that may be asked to sign: those that convene the mechanism or fund its awards."""
    donors = Organisation.objects.filter(type=Organisation.Type.DONOR)
    convening = donors.filter(convenes=plan.mechanism)
    funding = donors.filter(awards_given__mechanisms=plan.mechanism)
    return list((convening | funding).distinct().order_by("short_name"))


def lock_version(version: PlanVersion) -> PlanVersion:
    """The version as it stands, held with its plan until the transaction ends."""
    plan = lock_plan(version.plan)
    version = PlanVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    version.plan = plan
    return version


def _ask(version: PlanVersion, changes: Comparison | None, donors: Iterable[Organisation]) -> None:
    """Who owes a signature: the government; who leads or funds the lines; the donors asked."""
    plan = version.plan
    government = government_of(plan)
    if government is None:
        raise GovernmentUnknown
    if changes is None:
        parties: dict[int, list[str]] = {
            key: [] for line in version.contents["lines"] for key in line["parties"]
        }
        codes: list[str] = []
    else:
        parties, codes = changes.parties, changes.codes
    owed = [Signature(side=Side.COUNTY, organisation=government, lines=codes)]
    # A department's lines are signed for by its government.
    found = Organisation.objects.filter(pk__in=parties).exclude(pk=government.pk)
    found = found.exclude(parent=government)
    owed += [
        Signature(side=_side_of(each), organisation=each, lines=parties[each.pk])
        for each in found.order_by("short_name")
    ]
    owed += [
        Signature(side=Side.DONOR, organisation=each, lines=codes)
        for each in donors
        if each.pk not in parties
    ]
    for signature in owed:
        signature.version = version
        signature.full_clean(validate_constraints=False)
        signature.save()


def _side_of(party: Organisation) -> str:
    return Side.DONOR if party.type == Organisation.Type.DONOR else Side.PARTNER


def _give(signature: Signature, *, by: User, post: str, at: dt.datetime) -> None:
    version = signature.version
    if not version.is_open:
        raise VersionDecided
    signature.post, signature.entered_at = post.strip(), at
    signature.full_clean()
    signature.save()
    changes: dict[str, list[Any]] = {
        "organisation": [None, str(signature.organisation)],
        "version": [None, version.number],
        "signed_on": [None, signature.signed_on.isoformat() if signature.signed_on else None],
    }
    if signature.is_on_paper:
        record("workplans.signature_recorded", version.plan, by=by, changes=changes, at=at)
    else:
        record("workplans.version_signed", version.plan, by=by, changes=changes, at=at)
    if not version.signatures.filter(signed_on=None).exists():
        _put_in_force(version, at)


def _put_in_force(version: PlanVersion, at: dt.datetime) -> None:
    """The last side has signed: the version is in force, and a plan's first one signs the plan."""
    plan = version.plan
    version.signed_at = at
    version.save(update_fields=["signed_at"])
    amended = version.amends.number if version.amends else None
    changes: dict[str, list[Any]] = {"version": [amended, version.number]}
    if plan.state == State.VALIDATED:
        before, plan.state = str(plan.get_state_display()), State.SIGNED
        plan.save(update_fields=["state"])
        changes["state"] = [before, str(plan.get_state_display())]
    if version.amends is None:
        record("workplans.plan_signed", plan, by=None, changes=changes, at=at)
    else:
        record("workplans.plan_amended", plan, by=None, changes=changes, at=at)
    said = _("Version %(number)s is signed by all sides.") % {"number": version.number}
    tell_of_plan_state(plan, said, at=at)


def lock_plan(plan: JointWorkPlan) -> JointWorkPlan:
    """The plan with what it is told by; nobody else moves it until the deed is done."""
    rows = JointWorkPlan.objects.select_related(
        "mechanism", "place", "calendar", "lead_department__parent", "backbone"
    )
    return rows.select_for_update(of=("self",), no_key=True).get(pk=plan.pk)


def _lock_signature(signature: Signature) -> Signature:
    version = lock_version(signature.version)
    if not version.is_open:
        raise VersionDecided
    signature = Signature.objects.select_related("organisation").get(pk=signature.pk)
    if signature.is_given:
        raise AlreadySigned
    signature.version = version
    return signature
