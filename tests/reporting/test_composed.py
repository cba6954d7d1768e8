"""A kept page is never older than what it tells of, and never anybody else's (R3, R26)."""

import datetime as dt
import html
import re
import threading
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coordination.models import Mail, Membership, Office, Pulse, StoredFile, User
from coordination.services.events import record
from coordination.services.files import vet_upload
from coordination.services.kept_pages import shelf
from coordination.services.readings import unheeded
from coordination.views import composed
from tests.factories.workplans import ActivityFactory, PlanFactory, TargetFactory, VersionFactory
from workplans.models import Result, ResultEvidence
from workplans.services.results import add_evidence
from workplans.services.verification import return_result, verify_result

from .deeds import SUBMITTED, move, report

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)

FEW = 8  # queries for who asks and what the pulse is, and none for what stands on the page


@pytest.fixture(autouse=True)
def _empty_shelf(request, monkeypatch):
    """A test's own transaction counts as none, except where commits are the point."""
    shelf.empty()
    if not any(mark.kwargs.get("transaction") for mark in request.node.iter_markers("django_db")):
        monkeypatch.setattr(composed, "connection", SimpleNamespace(in_atomic_block=False))


@pytest.fixture
def version(version_of):
    version = version_of()
    version.indicator.code = "FARM"
    version.indicator.save()
    return version


@pytest.fixture
def values(version, streams_of, quarters, kenya):
    """January to March: 120 verified and 30 submitted, of a target of 400."""
    ours, peers, _elsewhere = streams_of(version)
    TargetFactory(version=version, place=kenya, numerator=Decimal(400))
    return [report(ours, quarters[2], 120), report(peers, quarters[2], 30, state=SUBMITTED)]


@pytest.fixture
def as_(cast):
    """A browser of one of the cast."""

    def make(name, **more):
        client = Client(**more)
        if name != "public":
            client.force_login(cast[name])
        return client

    return make


RESULTS = "/mechanisms/sek/results/?period=2021-q1"


def quarter_on(client, address=RESULTS):
    """What the page says of the quarter, and whether it was composed for this very reading."""
    with CaptureQueriesContext(connection) as asked:
        response = client.get(address)
    assert response.status_code == 200
    body = response.content.decode()
    row = body[body.index(">FARM<") :]
    third = re.findall(r"<td[^>]*>(.*?)</td>", row[: row.index("</tr>")], re.DOTALL)[2]
    return re.sub(r"<[^>]+>", " ", html.unescape(third)).split()[0], len(asked) > FEW


def test_who_opens_a_page_again_gets_it_as_it_is(values, as_):
    client = as_("secretary")

    assert quarter_on(client) == ("120", True)
    assert quarter_on(client) == ("120", False)


def verify(values, cast):
    verify_result(values[1], method="documents", by=cast["focal_point"])


def give_back(values, cast):
    return_result(values[1], reason="Not counted.", by=cast["focal_point"])


def withdraw_by_hand(values, cast):
    move([values[0]], Result.State.WITHDRAWN)


@committing
@pytest.mark.parametrize(
    ("deed", "figure"), [(verify, "150"), (give_back, "120"), (withdraw_by_hand, "–")]
)
def test_a_verdict_stands_on_the_page_at_once(values, cast, as_, deed, figure):
    readers = [as_("secretary"), as_("partner_officer")]
    for reader in readers:
        assert quarter_on(reader)[0] == "120"

    deed(values, cast)

    assert [quarter_on(reader) for reader in readers] == [(figure, True)] * 2
    assert [quarter_on(reader) for reader in readers] == [(figure, False)] * 2


@committing
def test_what_is_taken_back_is_on_no_page(values, cast, as_):
    reader = as_("secretary")
    quarter_on(reader)
    with transaction.atomic():
        verify(values, cast)
        assert quarter_on(reader) == ("150", True)  # to who is in the midst of it alone
        transaction.set_rollback(True)

    assert quarter_on(reader) == ("120", False)


@committing
def test_a_page_stays_while_what_it_does_not_tell_of_changes(values, cast, as_):
    """What was read for it is what it tells of: not letters, nor what a file was called."""
    reader = as_("secretary")
    quarter_on(reader)
    file = StoredFile.objects.create(
        path="evidence/none", name="list.pdf", media_type="application/pdf", size=1,
        sha256="0" * 64, uploaded_by=cast["peer"], uploaded_at=timezone.now(),
    )  # fmt: skip
    ResultEvidence.objects.create(result=values[0], file=file, caption="Attendance list")
    Mail.objects.update(attempts=0)

    assert quarter_on(reader) == ("120", False)


@pytest.fixture
def kept(monkeypatch):
    """The pages that were composed to be kept, in order."""
    pages, page_of = [], composed.page_of

    def note(reading, response, now):
        pages.append(response)
        return page_of(reading, response, now)

    monkeypatch.setattr(composed, "page_of", note)
    return pages


@committing
def test_the_queue_hangs_on_what_stands_behind_values_that_wait(values, cast, as_, kept):
    """Not on files behind what is settled, nor on what was done to it."""
    reader, officer = as_("focal_point"), cast["partner_officer"]
    settled, waiting = values

    def attach(result, text):
        file = vet_upload(SimpleUploadedFile("list.csv", text.encode()))
        add_evidence(result, file, caption="List", by=officer)

    def found():
        files = reader.get("/verification/").content.decode().count("list.csv")
        return len(kept), files

    attach(settled, "a,1")
    assert found() == (1, 0)
    attach(settled, "b,2")
    assert found() == (1, 0)
    attach(waiting, "c,3")
    assert found() == (2, 1)


@committing
def test_whoever_has_another_name_is_greeted_by_it(values, cast, as_, monkeypatch):
    """Also where the old one was read before the pulse, and the page composed with it."""
    reader, read_pulse = as_("secretary"), composed.may_be_kept

    def rename(request):
        str(request.user)
        with unheeded():
            User.objects.filter(pk=request.user.pk).update(name="New name")
        monkeypatch.setattr(composed, "may_be_kept", read_pulse)
        return read_pulse(request)

    monkeypatch.setattr(composed, "may_be_kept", rename)
    assert "New name" not in reader.get(RESULTS).content.decode()
    assert "New name" in reader.get(RESULTS).content.decode()


@committing
def test_a_page_stays_while_its_questions_are_answered_alike(
    values, streams_of, quarters, cast, as_, kept
):
    """A verdict on another mechanism's value changes the same tables, and nothing on the page."""
    reader = as_("secretary")
    elsewhere = report(streams_of(VersionFactory())[0], quarters[2], 9, state=SUBMITTED)
    quarter_on(reader)
    assert len(kept) == 1

    move([elsewhere], Result.State.VERIFIED)
    assert quarter_on(reader)[0] == "120"
    assert len(kept) == 1
    verify(values, cast)
    assert quarter_on(reader)[0] == "150"
    assert len(kept) == 2


def test_a_page_of_which_nobody_noted_what_was_read_is_not_kept(values, as_, monkeypatch):
    monkeypatch.setattr(composed, "this_reading", lambda: None)
    reader = as_("secretary")
    assert [quarter_on(reader) for _visit in range(2)] == [("120", True)] * 2


def test_a_page_that_has_written_is_not_kept(values, as_, monkeypatch):
    reading = composed.this_reading
    reader = as_("secretary")
    monkeypatch.setattr(composed, "this_reading", lambda: set_written(reading()))
    assert [quarter_on(reader) for _visit in range(2)] == [("120", True)] * 2


def set_written(reading):
    reading.has_written = True
    return reading


def test_whose_office_ends_sees_no_page_of_it_any_more(values, cast, as_, mechanism):
    reader = as_("partner_officer")
    quarter_on(reader)
    quarter_on(reader)

    Office.objects.filter(holder=cast["partner_officer"]).update(
        ends_on=timezone.localdate() - dt.timedelta(days=1)
    )

    assert b">FARM<" not in reader.get(RESULTS).content


def test_rights_are_asked_before_the_shelf(values, cast, as_, monkeypatch):
    """Even if the pulse stood still, who lost the right would not find the page."""
    reader = as_("partner_officer")
    beats = Pulse.objects.now()
    monkeypatch.setattr(Pulse.objects.all().__class__, "now", lambda _self: beats)
    assert quarter_on(reader)[0] == "120"

    Office.objects.filter(holder=cast["partner_officer"]).update(
        ends_on=timezone.localdate() - dt.timedelta(days=1)
    )

    assert b">FARM<" not in reader.get(RESULTS).content


def test_a_member_that_leaves_takes_the_page_from_its_people(values, as_, organisations):
    reader = as_("partner_officer")
    quarter_on(reader)

    Membership.objects.filter(organisation=organisations.kcdms).update(
        left_on=timezone.localdate() - dt.timedelta(days=1)
    )

    assert b">FARM<" not in reader.get(RESULTS).content


def test_each_sees_what_is_open_to_oneself(values, as_):
    pages = {name: as_(name).get(RESULTS).content for name in ("secretary", "outsider", "public")}

    assert [name for name, page in pages.items() if b">FARM<" in page] == ["secretary"]
    for name, page in pages.items():
        assert (b">FARM<" in as_(name).get(RESULTS).content) == (b">FARM<" in page)


def test_everyone_who_is_not_signed_in_shares_a_page(values, as_):
    with CaptureQueriesContext(connection) as first:
        as_("public").get("/")
    with CaptureQueriesContext(connection) as second:
        as_("public").get("/")

    assert len(second) < len(first)


def test_a_page_is_kept_in_each_language(values, as_, settings):
    settings.LANGUAGES = [("en", "English"), ("ur", "Urdu")]
    reader = as_("secretary")
    quarter_on(reader)
    reader.cookies["django_language"] = "ur"

    assert b'<html lang="ur"' in reader.get(RESULTS).content
    reader.cookies["django_language"] = "en"
    assert b'<html lang="ur"' not in reader.get(RESULTS).content


def test_a_new_day_is_another_page(values, as_, monkeypatch):
    reader = as_("secretary")
    quarter_on(reader)
    tomorrow = timezone.now() + dt.timedelta(days=1)
    monkeypatch.setattr(composed, "timezone", SimpleNamespace(now=lambda: tomorrow))

    assert quarter_on(reader) == ("120", True)


def test_it_is_another_day_in_one_zone_before_another(mechanism, monkeypatch):
    mechanism.time_zone = "Africa/Nairobi"
    mechanism.save(update_fields=["time_zone"])
    found = []
    for hour in (20, 21):  # 23:59 and midnight in Nairobi
        moment = dt.datetime(2021, 5, 15, hour, tzinfo=dt.UTC)
        clock = SimpleNamespace(now=lambda moment=moment: moment)
        monkeypatch.setattr(composed, "timezone", clock)
        found.append(composed.dates(Pulse.objects.now()))

    assert [days.count(dt.date(2021, 5, 16)) for days in found] == [0, 1]


def test_news_are_told_once(values, cast, as_):
    reader = as_("focal_point")
    quarter_on(reader)
    address = reverse("result-verify", args=[values[1].pk])
    reader.post(address, {"method": "documents", "seen": "999999"})

    pages = [reader.get("/verification/").content for _visit in range(3)]

    told = [page.count(b'class="messages') or page.count(b'role="status"') for page in pages]
    assert told[0] > told[1] == told[2]


def test_the_forms_of_a_kept_page_can_be_sent(values, as_):
    reader = as_("focal_point", enforce_csrf_checks=True)
    for _visit in range(2):
        page = reader.get("/verification/").content.decode()
        tokens = set(re.findall(r'csrfmiddlewaretoken" value="([^"]*)"', page))
        assert {len(token) for token in tokens} == {64}
    sent = reader.post(
        reverse("result-verify", args=[values[1].pk]),
        {"csrfmiddlewaretoken": tokens.pop(), "method": "documents", "seen": "999999"},
    )

    assert sent.status_code == 302
    assert Result.objects.get(pk=values[1].pk).state == Result.State.VERIFIED


def test_two_visitors_never_share_a_token(values, as_):
    pages = [as_(name).get("/").content.decode() for name in ("secretary", "secretary", "peer")]
    tokens = [re.search(r'"X-CSRFToken": "(\w{64})"', page)[1] for page in pages]

    assert len(set(tokens)) == 3


KEPT = [
    "/", "/places/", "/places/ke/kitui/", RESULTS, "/mechanisms/sek/plans/kitui-2020-21/", "/desk/",
    "/verification/",
]  # fmt: skip


@pytest.fixture
def plan(mechanism, kitui, organisations):
    plan = PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")
    ActivityFactory(plan=plan, code="KTI-01", lead=organisations.kcdms, places=[kitui])
    return plan


@committing
def test_a_plan_hangs_on_what_was_done_to_plans_and_on_no_other_deed(plan, kitui, as_):
    reader, address = as_("secretary"), "/mechanisms/sek/plans/kitui-2020-21/"

    def is_composed():
        with CaptureQueriesContext(connection) as asked:
            reader.get(address)
        return len(asked) > FEW

    assert [is_composed(), is_composed()] == [True, False]
    record("coordination.place_renamed", kitui, by=None)
    assert not is_composed()
    record("workplans.plan_edited", plan, by=None)
    assert is_composed()


@pytest.mark.parametrize("address", KEPT)
def test_every_kept_page_is_the_same_when_it_is_composed_anew(address, values, plan, as_):
    reader = as_("focal_point")
    pages = [reader.get(address).content]
    with CaptureQueriesContext(connection) as asked:
        pages.append(reader.get(address).content)
    assert len(asked) <= FEW
    shelf.empty()
    pages.append(reader.get(address).content)

    assert len({re.sub(rb"[A-Za-z0-9]{64}", b"token", page) for page in pages}) == 1


@committing
def test_whoever_reads_after_a_deed_sees_it_however_many_read_meanwhile(
    version, streams_of, quarters, as_
):
    """Several compose and keep pages all the time; what is committed is on the next page."""
    ours, *_others = streams_of(version)
    result = report(ours, quarters[2], 1)
    over, failed = threading.Event(), []

    def read_on():
        client = as_("secretary")
        try:
            while not over.is_set():
                client.get(RESULTS)
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)
        finally:
            connection.close()

    readers = [threading.Thread(target=read_on) for _reader in range(2)]
    for reader in readers:
        reader.start()
    own, seen = as_("secretary"), []
    for number in range(2, 8):
        with transaction.atomic():
            move([result], Result.State.WITHDRAWN)
            result = report(ours, quarters[2], number, revision=number)
        seen.append(quarter_on(own)[0])
    over.set()
    for reader in readers:
        reader.join()

    assert (seen, failed) == ([str(number) for number in range(2, 8)], [])
