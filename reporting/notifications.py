"""Whom the deeds of `reporting` are told, and of what; each person once an occasion."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import COUNTY_ROLES, Mechanism, Office, Role, User
from coordination.models.office import OfficeQuerySet
from coordination.services.mail import post
from reporting.models import Edition, EditionFile, Report, Review, ReviewFile, ReviewPack

EMAILS = "reporting/emails"


def focal_points_of(report: Report, *, at: dt.datetime) -> list[User]:
    """Those who may consent to the report's publication."""
    return _holders(_county_offices(report, at).of(Role.COUNTY_FOCAL_POINT))


def county_officials_of(report: Report, *, at: dt.datetime) -> list[User]:
    """The focal points and leads of the counties that the report covers."""
    return _holders(_county_offices(report, at))


def secretariat_of(mechanism: Mechanism, *, at: dt.datetime) -> list[User]:
    """Those who write and publish the mechanism's reports and reviews."""
    return _holders(_held(at).of(Role.SECRETARIAT).filter(mechanism=mechanism))


def donors_of(report: Report, *, at: dt.datetime) -> list[User]:
    """The officers of the donors whose awards work in the mechanism."""
    donors = report.mechanism.awards.values("donor")
    return _holders(_held(at).of(Role.DONOR_OFFICER).filter(organisation__in=donors))


def tell_edition_ready(edition: Edition, *, at: dt.datetime) -> None:
    """Tell who asked that it can be reviewed, and the counties that their consent is asked for."""
    post(
        f"edition-ready:{edition.pk}:{_asked(edition)}",
        [edition.requested_by],
        subject=_("Ready for review: %(edition)s") % {"edition": edition},
        template=f"{EMAILS}/edition_ready.txt",
        context={"edition": edition},
        at=at,
    )
    post(
        f"edition-consent:{edition.pk}:{_asked(edition)}",
        focal_points_of(edition.report, at=at),
        subject=_("Your consent is asked for: %(edition)s") % {"edition": edition},
        template=f"{EMAILS}/edition_consent.txt",
        context={"edition": edition},
        at=at,
    )


def tell_edition_failed(edition: Edition, *, at: dt.datetime) -> None:
    """Tell who asked why there is no edition, and that it can be tried again."""
    post(
        f"edition-failed:{edition.pk}:{_asked(edition)}",
        [edition.requested_by],
        subject=_("Not made: %(edition)s") % {"edition": edition},
        template=f"{EMAILS}/edition_failed.txt",
        context={"edition": edition},
        at=at,
    )


def tell_edition_published(edition: Edition, *, at: dt.datetime) -> None:
    """Tell donors and counties where the report and its files stand."""
    report = edition.report
    post(
        f"edition-published:{edition.pk}",
        [*donors_of(report, at=at), *county_officials_of(report, at=at)],
        subject=_("Published: %(report)s") % {"report": report},
        template=f"{EMAILS}/edition_published.txt",
        context={"edition": edition, "pdf": edition.files.filter(kind="pdf").first()},
        at=at,
    )


def tell_file_damaged(file: EditionFile | ReviewFile) -> None:
    """Tell the secretariat, once a day, that a file is no longer what was made."""
    now = timezone.now()
    made: Edition | ReviewPack
    if isinstance(file, EditionFile):
        made, occasion = file.edition, "edition-file-damaged"
        mechanism = made.report.mechanism
    else:
        made, occasion = file.pack, "review-file-damaged"
        mechanism = made.review.plan.mechanism
    post(
        f"{occasion}:{file.pk}:{now:%Y-%m-%d}",
        secretariat_of(mechanism, at=now),
        subject=_("Damaged file: %(made)s") % {"made": made},
        template=f"{EMAILS}/file_damaged.txt",
        context={"file": file, "made": made},
        at=now,
    )


def officials_of(review: Review, *, at: dt.datetime) -> list[User]:
    """The focal points and leads of the place whose plan is reviewed."""
    return _holders(_officials(review, at).of(*COUNTY_ROLES))


def tell_pack_ready(pack: ReviewPack, *, at: dt.datetime) -> None:
    """Tell who asked that it can be read, and the focal points that their consent is asked for."""
    post(
        f"pack-ready:{pack.pk}:{int(pack.requested_at.timestamp())}",
        [pack.requested_by, *_holders(_officials(pack.review, at).of(Role.COUNTY_FOCAL_POINT))],
        subject=_("Ready for review: %(pack)s") % {"pack": pack},
        template=f"{EMAILS}/pack_ready.txt",
        context={"pack": pack},
        at=at,
    )


def tell_pack_failed(pack: ReviewPack, *, at: dt.datetime) -> None:
    """Tell who asked why there is no pack, and that it can be tried again."""
    post(
        f"pack-failed:{pack.pk}:{int(pack.requested_at.timestamp())}",
        [pack.requested_by],
        subject=_("Not made: %(pack)s") % {"pack": pack},
        template=f"{EMAILS}/pack_failed.txt",
        context={"pack": pack},
        at=at,
    )


def tell_pack_published(pack: ReviewPack, *, at: dt.datetime) -> None:
    """Tell the officials of the place where the review stands."""
    post(
        f"pack-published:{pack.pk}",
        officials_of(pack.review, at=at),
        subject=_("Published: %(review)s") % {"review": pack.review},
        template=f"{EMAILS}/pack_published.txt",
        context={"pack": pack},
        at=at,
    )


def _officials(review: Review, at: dt.datetime) -> OfficeQuerySet:
    plan = review.plan
    return _held(at).at(plan.place).counting_in(plan.mechanism)


def _asked(edition: Edition) -> int:
    """Each asking, the first and every retry, is an occasion of its own."""
    return int(edition.requested_at.timestamp())


def _held(at: dt.datetime) -> OfficeQuerySet:
    return Office.objects.held(on=timezone.localdate(at))


def _county_offices(report: Report, at: dt.datetime) -> OfficeQuerySet:
    covered = [report.place] if report.place else report.mechanism.places.all()
    paths = {path for place in covered for path in place.path_and_above}
    held = _held(at).of(*COUNTY_ROLES).filter(place__path__in=paths)
    return held.counting_in(report.mechanism)


def _holders(offices: Iterable[Office]) -> list[User]:
    holders = User.objects.filter(offices__in=offices).distinct()
    return list(holders.order_by("pk"))
