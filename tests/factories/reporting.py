import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from coordination.services.storage import keep_made
from reporting import models
from reporting.services.review_contents import compile_review
from reporting.services.snapshots import compile_snapshot
from reporting.services.storage import store_content

from .coordination import MechanismFactory, PeriodFactory, UserFactory
from .workplans import PlanFactory


class ReportFactory(DjangoModelFactory):
    class Meta:
        model = models.Report

    mechanism = factory.SubFactory(MechanismFactory)
    period = factory.SubFactory(PeriodFactory)
    slug = factory.LazyAttribute(lambda o: f"{o.mechanism.slug}-{o.period.code}")
    created_by = factory.SubFactory(UserFactory)
    created_at = dt.datetime(2021, 4, 20, 9, tzinfo=dt.UTC)


class EditionFactory(DjangoModelFactory):
    class Meta:
        model = models.Edition

    report = factory.SubFactory(ReportFactory)
    number = 1
    requested_by = factory.SelfAttribute("report.created_by")
    requested_at = dt.datetime(2021, 5, 5, 6, tzinfo=dt.UTC)


def made_edition(report, *, by, state="ready", number=1, at=None) -> models.Edition:
    """An edition with a true snapshot of the report; its PDF and workbook are stand-ins."""
    edition = EditionFactory(report=report, number=number, requested_by=by)
    snapshot = compile_snapshot(edition, at=at)
    published = {"published_by": by, "published_at": snapshot.cut_off}
    models.Edition.objects.filter(pk=edition.pk).update(
        state=state, stage="done", compiled_at=snapshot.cut_off, snapshot=snapshot.text,
        snapshot_sha256=snapshot.sha256, finished_at=snapshot.cut_off,
        **(published if state == "published" else {}),
    )  # fmt: skip
    contents = {"pdf": b"%PDF-1.7 a stand-in", "xlsx": b"PK a stand-in", "json": snapshot.canonical}
    for kind, content in contents.items():
        kept = store_content(content + str(edition.pk).encode() * (kind != "json"), kind)
        models.EditionFile.objects.create(
            edition=edition, kind=kind, path=kept.path, size=kept.size, sha256=kept.sha256,
            name=f"{report.slug}-edition-{number}.{kind}",
        )  # fmt: skip
    edition.refresh_from_db()
    return edition


class ReviewFactory(DjangoModelFactory):
    class Meta:
        model = models.Review

    plan = factory.SubFactory(PlanFactory)
    period = factory.SubFactory(PeriodFactory)
    slug = factory.Sequence(lambda n: f"review-{n}")
    created_by = factory.SubFactory(UserFactory)
    created_at = factory.LazyFunction(timezone.now)


def made_pack(review, *, by, state="ready", number=1, at=None) -> models.ReviewPack:
    """A pack with a true snapshot of the review; its papers are stand-ins."""
    pack = models.ReviewPack.objects.create(
        review=review, number=number, requested_by=by, requested_at=at or timezone.now()
    )
    snapshot = compile_review(pack, at=at)
    moment = snapshot.cut_off
    consented = {"consented_by": by, "consented_at": moment, "consent_post": "Focal point"}
    published = {"published_by": by, "published_at": moment, **consented}
    models.ReviewPack.objects.filter(pk=pack.pk).update(
        state=state, stage="done", compiled_at=moment, snapshot=snapshot.text,
        snapshot_sha256=snapshot.sha256, finished_at=moment,
        **(published if state == "published" else {}),
    )  # fmt: skip
    for kind in models.ReviewFile.Kind.values:
        kept = keep_made(f"{pack.pk} {kind}".encode(), folder="reviews", suffix="pdf")
        models.ReviewFile.objects.create(
            pack=pack, kind=kind, path=kept.path, size=kept.size, sha256=kept.sha256, name=kind
        )
    pack.refresh_from_db()
    return pack
