"""Whatever is done, a page that is kept shows what it would if it were composed anew (R3, R26)."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from coordination.models import Membership, Organisation, Place, User
from coordination.services import pulse
from coordination.services.events import record
from coordination.services.files import vet_upload
from coordination.services.kept_pages import shelf
from coordination.services.readings import unheeded
from tests.factories.committees import AlertFactory, MeetingFactory
from tests.factories.coordination import MechanismFactory, OfficeFactory
from tests.factories.plans import UpdateFactory
from tests.factories.reporting import ReportFactory, made_edition
from tests.factories.workplans import (
    ActivityFactory,
    IndicatorFactory,
    ObligationFactory,
    PlanFactory,
    TargetFactory,
    VersionFactory,
)
from workplans.models import Activity, IndicatorVersion, JointWorkPlan, Obligation, Result, Target
from workplans.services.results import add_evidence
from workplans.services.verification import return_result, verify_result
from workplans.views import verification

from .deeds import SUBMITTED, move, report

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
]

PAGES = {
    "/": "public",
    "/places/": "public",
    "/places/ke/kitui/": "focal_point",
    "/mechanisms/sek/results/?period=2021-q1": "secretary",
    "/mechanisms/sek/plans/kitui-2020-21/": "partner_officer",
    "/desk/": "partner_officer",
    "/desk/?": "focal_point",
    "/verification/": "focal_point",
}


@pytest.fixture
def world(mechanism, version_of, streams_of, quarters, kenya, kitui, organisations, cast):
    """Values that are verified and that wait, a report that is owed, a plan, a second mechanism."""
    version = version_of()
    ours, peers, _theirs = streams_of(version)
    TargetFactory(version=version, place=kenya, numerator=Decimal(400))
    ObligationFactory(mechanism=mechanism, organisation=organisations.kcdms, period=quarters[2])
    plan = PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")
    elsewhere = VersionFactory(indicator=IndicatorFactory(mechanism=MechanismFactory()))
    return {
        "settled": report(ours, quarters[2], 120),
        "waiting": report(peers, quarters[2], 30, state=SUBMITTED),
        "elsewhere": report(streams_of(elsewhere)[0], quarters[2], 9, state=SUBMITTED),
        "activity": ActivityFactory(
            plan=plan, code="KTI-01", lead=organisations.kcdms, places=[kitui]
        ),
        "earlier": quarters[1],
        "kitui": kitui,
        "plan": plan,
        **{name: cast[name] for name in ("focal_point", "partner_officer", "secretary")},
    }


def attach(result, by, text):
    file = vet_upload(SimpleUploadedFile("list.csv", text.encode()))
    add_evidence(result, file, caption="List", by=by)


def publish(at):
    mechanism, period = at["plan"].mechanism, at["settled"].period
    edition = made_edition(ReportFactory(mechanism=mechanism, period=period), by=at["secretary"])
    type(edition).objects.filter(pk=edition.pk).update(state="ready")


def hand_over(at):
    office = at["focal_point"].offices.get()
    office.ends_before = dt.date(2000, 1, 1)
    office.starts_on = dt.date(1999, 1, 1)
    office.save()


# In this order: what was done before stays done.
DEEDS = {
    "a value elsewhere is verified": lambda at: move([at["elsewhere"]], Result.State.VERIFIED),
    "a draft is begun": lambda at: report(at["settled"].stream, at["earlier"], 7, state="draft"),
    "a file is put behind what is settled": lambda at: attach(
        at["settled"], at["partner_officer"], "a,1"
    ),
    "another": lambda at: attach(at["settled"], at["partner_officer"], "a,2"),
    "a file is put behind what waits": lambda at: attach(
        at["waiting"], at["partner_officer"], "b,1"
    ),
    "a value is sent back": lambda at: return_result(
        at["waiting"], reason="Not counted.", by=at["focal_point"]
    ),
    "and submitted again": lambda at: move([at["waiting"]], SUBMITTED),
    "and verified": lambda at: verify_result(
        at["waiting"], method="documents", by=at["focal_point"]
    ),
    "and taken back": lambda at: move([at["waiting"]], Result.State.WITHDRAWN),
    "the report is submitted": lambda _at: Obligation.objects.update(
        first_submitted_at=dt.datetime(2021, 4, 20, tzinfo=dt.UTC)
    ),
    "the target is raised": lambda _at: Target.objects.update(numerator=Decimal(800)),
    "the indicator has another unit": lambda _at: IndicatorVersion.objects.update(unit="herds"),
    "the activity tells of progress": lambda at: UpdateFactory(
        activity=at["activity"], period=at["earlier"], by=at["partner_officer"]
    ),
    "the activity has another title": lambda _at: Activity.objects.update(title="Dig wells"),
    "one more is planned": lambda at: ActivityFactory(
        plan=at["plan"], code="KTI-02", places=[at["kitui"]]
    ),
    "a deed on the plan is recorded": lambda at: record(
        "workplans.plan_edited", at["plan"], by=at["secretary"]
    ),
    "a deed on something else is recorded": lambda at: record(
        "coordination.place_renamed", at["kitui"], by=None
    ),
    "the plan is published": lambda _at: JointWorkPlan.objects.update(is_published=True),
    "a place is renamed": lambda at: Place.objects.filter(pk=at["kitui"].pk).update(name="Kyuso"),
    "an organisation is renamed": lambda _at: Organisation.objects.filter(slug="kcdms").update(
        short_name="Farmers"
    ),
    "an alert is raised": lambda at: AlertFactory(mechanism=at["plan"].mechanism),
    "a meeting is called": lambda _at: MeetingFactory(),
    "a report is made": publish,
    "the pulse is swept": lambda _at: pulse.sweep_pulse(),
    "a member leaves": lambda _at: Membership.objects.filter(
        organisation__slug="kiwash"
    ).update(left_on=dt.date(2020, 12, 31)),
    "somebody comes into office": lambda at: OfficeFactory(
        holder=User.objects.create_user("new@example.org", name="New"), role="donor_officer",
        organisation=at["activity"].lead,
    ),
    "somebody's office ends": hand_over,
}  # fmt: skip


def test_after_each_deed_every_page_is_as_if_it_were_composed_anew(
    world, cast, figure, monkeypatch
):
    monkeypatch.setattr(pulse, "KEPT", 1)
    monkeypatch.setattr(pulse, "GATHERED", 1)
    shelf.empty()
    readers = {address: Client() for address in PAGES}
    for address, reader in readers.items():
        if PAGES[address] != "public":
            reader.force_login(cast[PAGES[address]])
        read(reader, address)
    stale, kept = [], 0
    for said, deed in DEEDS.items():
        deed(world)
        for address, reader in readers.items():
            before = bodies()
            shown = read(reader, address)
            kept += bodies() == before
            pages = shelf.pages.copy()
            shelf.empty()
            if shown != read(reader, address):
                stale.append((said, address))
            shelf.pages = pages  # a page goes on to be confirmed, deed after deed
    visits = len(DEEDS) * len(PAGES)
    figure(
        "kept pages",
        f"{visits} visits after {len(DEEDS)} deeds, {kept} of them to pages that were kept:"
        f" {len(stale)} stale",
    )
    assert stale == []
    assert 0.3 < kept / visits < 1


def read(reader, address):
    """The page without what is another on each."""
    answer = reader.get(address)
    return answer.status_code, re.sub(rb"[A-Za-z0-9]{64}", b"token", answer.content)


def bodies():
    return {key: page.body for key, page in shelf.pages.items()}


def test_what_comes_in_while_the_queue_is_composed_holds_up_one_verdict_and_no_more(
    world, cast, client, monkeypatch
):
    """The page shows it, and says that it does not: whoever loads it again can go on (R27)."""
    waiting, read_rows = world["waiting"], verification.reports_of

    def while_composing(keys, chosen):
        with unheeded():  # as another process would
            attach(waiting, cast["partner_officer"], "while it is composed")
        monkeypatch.undo()
        return read_rows(keys, chosen)

    def verify():
        page = client.get("/verification/").content.decode()
        seen = re.search(r'name="seen" value="(\d+)"', page).group(1)
        client.post(f"/results/{waiting.pk}/verify/", {"method": "documents", "seen": seen})
        waiting.refresh_from_db()
        return page.count("list.csv"), waiting.state

    client.force_login(cast["focal_point"])
    attach(waiting, cast["partner_officer"], "before")
    shelf.empty()
    monkeypatch.setattr(verification, "reports_of", while_composing)
    assert verify() == (2, SUBMITTED)
    assert verify() == (2, Result.State.VERIFIED)
