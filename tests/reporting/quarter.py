"""One quarter of the mechanism, told in full, as a report finds it: January to March 2021."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from types import SimpleNamespace

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from coordination.models import Objective, StoredFile
from coordination.services.files import small_path
from coordination.services.storage import digest_of
from tests.factories.reporting import ReportFactory
from tests.factories.workplans import (
    ActivityFactory,
    BaselineFactory,
    DisaggregationFactory,
    IndicatorFactory,
    ObligationFactory,
    PlanFactory,
    StreamFactory,
    TargetFactory,
    VersionFactory,
)
from workplans.models import ActivityPartner, ActivityUpdate, Narrative, UpdateEvidence

from .deeds import SUBMITTED, report

SUBMITTED_AT = dt.datetime(2021, 4, 28, 9, tzinfo=dt.UTC)
CUT_OFF = dt.datetime(2021, 5, 5, 6, 40, tzinfo=dt.UTC)
PROSE = (
    "Households in the dry lower zones brought in more from sorghum than a year ago.\n\n"
    "- Two aggregation centres opened.\n- Eleven boreholes were repaired.\n\n"
    "The short rains failed in the east."
)


def tell_quarter(*, mechanism, organisations, kenya, kitui, makueni, quarters, cast):
    """Everything that a report on the third quarter of FY 2020/21 is compiled from."""
    told = SimpleNamespace(mechanism=mechanism, quarters=quarters, period=quarters[2])
    told.sex = DisaggregationFactory()
    # Named outright, so that the same report comes of it in every test.
    mechanism.awards.update(
        title="Resilience Learning Activity",
        number="72061519CA00001",
        representative_post="Agreement Officer’s Representative (AOR)",
        alternate_post="Alternate AOR",
    )
    Objective.objects.create(mechanism=mechanism, number=1, text="Reduce duplication.")
    told.farmers = tell_farmers(told, mechanism, organisations, kenya, kitui, makueni, cast)
    told.trained = tell_share(told, mechanism, organisations, kitui, cast)
    told.boreholes = tell_stock(told, mechanism, organisations, makueni, cast)
    tell_narratives(told, mechanism, organisations, cast)
    tell_activities(told, mechanism, organisations, kitui, cast)
    told.report = ReportFactory(
        mechanism=mechanism, period=told.period, created_by=cast["secretary"]
    )
    return told


def tell_farmers(told, mechanism, organisations, kenya, kitui, makueni, cast):
    """A flow with a target, a baseline, groups and a deviation."""
    version = VersionFactory(
        indicator=IndicatorFactory(
            mechanism=mechanism, code="FARM", name="Farmers using improved practices", position=1
        ),
        disaggregations=[told.sex],
    )
    TargetFactory(version=version, place=kenya, numerator=Decimal(1200))
    BaselineFactory(version=version, place=kenya, numerator=Decimal(100))
    ours = StreamFactory(version=version, organisation=organisations.kcdms, place=kitui)
    peers = StreamFactory(version=version, organisation=organisations.kiwash, place=makueni)
    women, men, _unstated = told.sex.categories.order_by("position")
    entered = {"entered_by": cast["partner_officer"]}
    told.october = report(ours, told.quarters[1], 200, **entered)
    report(ours, told.quarters[0], 111, **entered)
    report(
        ours, told.period, 1250, cells={women: Decimal(700), men: Decimal(550)},
        deviation="Training was moved forward, before the rains.", **entered,
    )  # fmt: skip
    report(peers, told.period, 0, **entered)
    report(peers, told.quarters[0], 7, **entered)
    return version


def tell_share(told, mechanism, organisations, kitui, cast):
    """A percentage: 2 of 3, which no rounding makes whole."""
    version = VersionFactory(
        indicator=IndicatorFactory(
            mechanism=mechanism, code="SHARE", name="Trained officers in office", position=2
        ),
        percentage=True,
    )
    stream = StreamFactory(version=version, organisation=organisations.kcdms, place=kitui)
    report(stream, told.period, 2, 3, entered_by=cast["partner_officer"])
    return version


def tell_stock(told, mechanism, organisations, makueni, cast):
    """A stock that was not reported in the quarter, and one value that is not yet verified."""
    version = VersionFactory(
        indicator=IndicatorFactory(
            mechanism=mechanism, code="WATER", name="Boreholes in working order", position=3
        ),
        stock=True,
        unit="boreholes",
    )
    stream = StreamFactory(version=version, organisation=organisations.kiwash, place=makueni)
    report(stream, told.quarters[1], 41, entered_by=cast["peer"])
    report(stream, told.period, 52, state=SUBMITTED, entered_by=cast["peer"])
    return version


def tell_narratives(told, mechanism, organisations, cast):
    """KCDMS reported in time with narratives; KIWASH has only a draft, which nobody may read."""
    told.received = ObligationFactory(
        mechanism=mechanism, organisation=organisations.kcdms, period=told.period,
        first_submitted_at=SUBMITTED_AT,
    )  # fmt: skip
    told.awaited = ObligationFactory(
        mechanism=mechanism, organisation=organisations.kiwash, period=told.period
    )
    for section in ("impact", "achievements", "lessons", "constraints", "next_quarter", "story"):
        Narrative.objects.create(
            obligation=told.received, section=section, text=PROSE,
            edited_by=cast["partner_officer"], edited_at=SUBMITTED_AT,
        )  # fmt: skip
    Narrative.objects.create(
        obligation=told.awaited, section="impact", text="A draft that nobody may read yet.",
        edited_by=cast["peer"], edited_at=SUBMITTED_AT,
    )  # fmt: skip


def tell_activities(told, mechanism, organisations, kitui, cast):
    """A joint activity with a photograph, and an internal one, which stays inside."""
    plan = PlanFactory(mechanism=mechanism, place=kitui, title="Kitui joint work plan")
    told.activity = ActivityFactory(
        plan=plan, code="KTI-01", title="Train extension staff", lead=organisations.kcdms,
        places=[kitui],
    )  # fmt: skip
    ActivityFactory(plan=plan, code="KTI-02", title="Internal matter", is_public=False)
    ActivityPartner.objects.create(
        activity=told.activity, organisation=organisations.kiwash, role="host"
    )
    ActivityUpdate.objects.create(
        activity=told.activity, period=told.quarters[1], status="planned", narrative="Prepared.",
        next_step="First round in February.", by=cast["partner_officer"], at=SUBMITTED_AT,
    )  # fmt: skip
    update = ActivityUpdate.objects.create(
        activity=told.activity, period=told.period, status="ongoing", percent_complete=40,
        narrative="Forty-two officers were trained.", next_step="Second round in May.",
        by=cast["partner_officer"], at=SUBMITTED_AT,
    )  # fmt: skip
    UpdateEvidence.objects.create(
        update=update, file=store_picture("photo", cast["partner_officer"]),
        caption="First round of training, Kitui", taken_on=dt.date(2021, 2, 3),
    )  # fmt: skip


def store_picture(name, by, size=(640, 480)):
    """A picture as vetting leaves it: the large one's row, the small one beside it."""
    path = f"uploads/{name[:2]}/{name}.jpg"
    drawn = io.BytesIO()
    Image.new("RGB", size, "#8a8272").save(drawn, "JPEG")
    if not default_storage.exists(small_path(path)):
        default_storage.save(small_path(path), ContentFile(drawn.getvalue()))
    return StoredFile.objects.create(
        path=path, name=f"{name}.jpg", media_type="image/jpeg", size=1, sha256="0" * 64,
        small_sha256=digest_of(small_path(path)), uploaded_by=by, uploaded_at=SUBMITTED_AT,
    )  # fmt: skip
