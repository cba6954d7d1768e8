"""What people do with editions: ask for one, give up, try again, consent, publish (R21, R22, R25).

The row is the truth. Asking writes it queued, in the transaction of the click; the message to the
worker is only a hint, which the sweeper repeats (reliability C1). The worker's side is `making`.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import COUNTY_ROLES, Office, User
from coordination.services.events import record
from coordination.services.making import hint_at, make_afresh, stop_making
from coordination.services.refusals import Refusal
from reporting import notifications
from reporting.models import Consent, Edition, Report


class ReportIsPublished(Refusal):
    message = _(
        "This report is published and does not change. A correction appears in the next report, "
        "with a footnote."
    )


class EditionInTheMaking(Refusal):
    message = _("An edition is being made. Wait until it is ready, or cancel it first.")


class EditionNotInTheMaking(Refusal):
    message = _("This edition is no longer being made.")


class EditionNotGivenUp(Refusal):
    message = _("Only an edition that failed or was cancelled can be tried again.")


class EditionNotReady(Refusal):
    message = _("This edition is not ready for review.")


class EditionOvertaken(Refusal):
    message = _("There is a newer edition of this report.")


class ConsentMissing(Refusal):
    message = _(
        "The focal point of a county that the report covers, other than you, must consent first."
    )


@transaction.atomic
def request_edition(
    report: Report, *, seen: int, by: User, at: dt.datetime | None = None
) -> Edition:
    """The edition that follows number ``seen``: made now, or the one that someone was quicker with.

    ``seen`` is the number of the newest edition on the page that the request came from, so that a
    second click, or a second person, gets the first one's edition. Raises ReportIsPublished and
    EditionInTheMaking.
    """
    at = at or timezone.now()
    report = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
    newest = report.editions.order_by("-number").first()
    if newest and newest.number > seen:
        return report.editions.get(number=seen + 1)
    refuse_published(report)
    if newest and newest.is_in_the_making:
        raise EditionInTheMaking
    edition = Edition(
        report=report, number=newest.number + 1 if newest else 1, requested_by=by, requested_at=at
    )
    edition.full_clean()
    edition.save()
    record("reporting.edition_requested", edition, by=by, at=at)
    transaction.on_commit(lambda: try_dispatch(edition.pk, at=at), robust=True)
    return edition


@transaction.atomic
def cancel_edition(edition: Edition, *, by: User, at: dt.datetime | None = None) -> Edition:
    """Stop making the edition; what a worker still finishes is discarded by its fence."""
    edition = _locked(edition)
    if not edition.is_in_the_making:
        raise EditionNotInTheMaking
    before = edition.state
    stop_making(edition)
    _record_step("reporting.edition_cancelled", edition, before, by=by, at=at)
    return edition


@transaction.atomic
def retry_edition(edition: Edition, *, by: User, at: dt.datetime | None = None) -> Edition:
    """Make a failed or cancelled edition afresh, with today's figures, for who asks now."""
    at = at or timezone.now()
    edition = _locked(edition)
    if not edition.is_given_up:
        raise EditionNotGivenUp
    refuse_published(edition.report)
    _refuse_overtaken(edition)
    before = edition.state
    make_afresh(edition, by=by, at=at, received=None, due=None, is_illustrative=False)
    _record_step("reporting.edition_retried", edition, before, by=by, at=at)
    transaction.on_commit(lambda: try_dispatch(edition.pk, at=at), robust=True)
    return edition


@transaction.atomic
def consent_to_edition(edition: Edition, *, by: User, at: dt.datetime | None = None) -> Consent:
    """A focal point agrees that this very edition be published; saying it twice is once."""
    at = at or timezone.now()
    edition = _locked(edition)
    given = edition.consents.filter(by=by).first()
    if given:
        return given
    if edition.state != Edition.State.READY:
        raise EditionNotReady
    _refuse_overtaken(edition)
    consent = Consent(edition=edition, by=by, post=post_of(by, edition.report), at=at)
    consent.full_clean()
    consent.save()
    record("reporting.edition_consented", edition, by=by, note=consent.post, at=at)
    return consent


@transaction.atomic
def publish_edition(edition: Edition, *, by: User, at: dt.datetime | None = None) -> Edition:
    """Make the edition public and final; tells the donors of the mechanism's awards (R22, R25)."""
    at = at or timezone.now()
    edition = _locked(edition)
    if edition.state == Edition.State.PUBLISHED:
        return edition
    refuse_published(edition.report)
    if edition.state != Edition.State.READY:
        raise EditionNotReady
    _refuse_overtaken(edition)
    if not edition.consents.exclude(by=by).exists():
        raise ConsentMissing
    edition.state = Edition.State.PUBLISHED
    edition.published_by = by
    edition.published_at = at
    edition.full_clean()
    edition.save(update_fields=["state", "published_by", "published_at"])
    _record_step("reporting.edition_published", edition, Edition.State.READY, by=by, at=at)
    notifications.tell_edition_published(edition, at=at)
    return edition


def try_dispatch(edition_id: int, *, at: dt.datetime | None = None) -> None:
    """Hint a worker at the edition. Whatever goes wrong here, the sweeper hints again."""
    hint_at(Edition, edition_id, task="reporting.tasks.make_edition", at=at)


def post_of(user: User, report: Report) -> str:
    """The post in which the person acts on the report, such as "County focal point, Kitui"."""
    offices = Office.objects.held(on=timezone.localdate()).filter(holder=user)
    covered = [report.place] if report.place else list(report.mechanism.places.all())
    of_county = offices.of(*COUNTY_ROLES).counting_in(report.mechanism)
    for office in of_county.select_related("place").in_order():
        if office.place and any(office.place.contains(place) for place in covered):
            return str(office)
    serving = offices.filter(mechanism=report.mechanism).first()
    return f"{serving.get_role_display()}, {report.mechanism}" if serving else ""


def refuse_published(report: Report) -> None:
    """Raise ReportIsPublished when an edition of the report is (R22)."""
    if report.editions.published().exists():
        raise ReportIsPublished


def _locked(edition: Edition) -> Edition:
    """The edition as it is now, its report's row locked so that deeds on it come one by one."""
    Report.objects.select_for_update(no_key=True).get(pk=edition.report_id)
    return (
        Edition.objects.select_for_update(of=("self",), no_key=True)
        .select_related("report__mechanism", "report__period", "report__place")
        .get(pk=edition.pk)
    )


def _refuse_overtaken(edition: Edition) -> None:
    """A newer one that is ready or under way takes its place; one that was given up does not."""
    newer = edition.report.editions.filter(number__gt=edition.number)
    if newer.exclude(state__in=Edition.GIVEN_UP).exists():
        raise EditionOvertaken


def _record_step(
    verb: str, edition: Edition, before: str, *, by: User | None, at: dt.datetime | None
) -> None:
    changes = {"state": [str(before), str(edition.state)]}
    record(verb, edition, by=by, changes=changes, at=at)
