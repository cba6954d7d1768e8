"""An indicator that is not public is nowhere for who does not take part, in no paper (P33)."""

import datetime as dt

import pytest
from django.urls import reverse

from committees.models import Document
from reporting.models import ReviewPack
from reporting.services.drawing import draw_pages, pictures_of
from reporting.services.review_contents import compile_review, public_contents
from reporting.services.reviews import open_review
from reporting.services.snapshots import compile_snapshot
from reporting.services.workbooks import build_workbook
from tests.factories.plans import AuditFactory
from tests.factories.reporting import ReportFactory, made_edition
from workplans.models import ActivityOutput
from workplans.services.plan_snapshots import compare_snapshots, lines_shown, plan_snapshot

from .deeds import restate
from .quarter import CUT_OFF
from .test_files import sheets_of

# What could leak: its name, its value of the quarter, and a target of an activity.
NAME, VALUES = "Farmers using improved practices", ("1,250", "1250")
TARGET = "4,321"


@pytest.fixture
def hidden(told):
    """FARM, which KCDMS and KIWASH report, is not public; an activity cites it."""
    told.activity.plan.is_published = True
    told.activity.plan.save(update_fields=["is_published"])
    indicator = told.farmers.indicator
    indicator.is_public = False
    indicator.save(update_fields=["is_public"])
    ActivityOutput.objects.create(activity=told.activity, indicator=indicator, q3=4321)
    return indicator


def pages_of(told):
    plan = told.activity.plan
    return [
        reverse("indicator-list", args=["sek"]),
        reverse("result-table", args=["sek"]),
        reverse("mechanism-detail", args=["sek"]),
        told.activity.get_absolute_url(),
        reverse("plan-detail", args=["sek", plan.slug]),
        reverse("plan-print", args=["sek", plan.slug]),
        "/places/ke/kitui/",
        reverse("audit-list", args=["sek"]),
        f"{reverse('search')}?q=farmers",
    ]


def leaks_in(text):
    return [each for each in (NAME, TARGET, *VALUES) if each in text]


@pytest.mark.parametrize("visitor", ["public", "outsider"])
def test_no_page_shows_it_to_who_does_not_take_part(
    request, client, told, hidden, secretary, visitor
):
    made_edition(told.report, by=secretary, state="published", at=CUT_OFF)
    AuditFactory(
        mechanism=told.mechanism, indicator=hidden, kind="evaluation", is_public=True,
        finding="1,250 is too many.",
    )  # fmt: skip
    user = request.getfixturevalue(visitor)
    if user.is_authenticated:
        client.force_login(user)

    for address in [*pages_of(told), told.report.get_absolute_url()]:
        page = client.get(address)
        assert page.status_code == 200, address
        assert leaks_in(page.content.decode()) == [], address
    assert client.get(hidden.get_absolute_url()).status_code == 404
    for name in ("figure-explain", "result-export"):
        code = [hidden.code] if name == "figure-explain" else []
        answer = client.get(reverse(name, args=["sek", *code]), follow=True)
        assert answer.status_code in {403, 404} or leaks_in(answer.content.decode()) == []


def test_who_takes_part_sees_it_and_that_it_is_not_public(client, told, hidden, peer):
    client.force_login(peer)

    sheet = client.get(hidden.get_absolute_url()).content.decode()
    assert "Not public." in sheet
    assert NAME in client.get(reverse("result-table", args=["sek"])).content.decode()
    assert TARGET in client.get(told.activity.get_absolute_url()).content.decode()


def test_no_paper_for_everyone_tells_it(told, hidden, edition):
    snapshot = compile_snapshot(edition, at=CUT_OFF)

    codes = [row["code"] for row in snapshot.contents["tables"]["indicators"]]
    assert codes == ["SHARE", "WATER"]
    sheets = sheets_of(build_workbook(snapshot))
    told_in_cells = {str(cell) for rows in sheets.values() for row in rows for cell in row}
    texts = [snapshot.text, draw_pages(snapshot, pictures_of(snapshot))]
    assert leaks_in("\n".join([*texts, *told_in_cells])) == []
    assert not {"1250.0", "1250"} & told_in_cells


def test_what_was_published_before_stays_and_is_not_told_again(
    told, hidden, edition, secretary, focal_point
):
    hidden.is_public = True
    hidden.save(update_fields=["is_public"])
    earlier = ReportFactory(mechanism=told.mechanism, period=told.quarters[1], slug="sek-2020-q4")
    published = made_edition(
        earlier, by=secretary, state="published", at=dt.datetime(2021, 2, 5, tzinfo=dt.UTC)
    )
    hidden.is_public = False
    hidden.save(update_fields=["is_public"])
    restate(told.october, 180, by=focal_point, at=dt.datetime(2021, 4, 1, tzinfo=dt.UTC))

    contents = compile_snapshot(edition, at=CUT_OFF).contents

    assert contents["tables"]["restatements"]["rows"] == []
    assert NAME in published.snapshot


def test_a_reviews_internal_pack_has_it_and_the_public_one_has_not(
    told, hidden, secretary, review_body
):
    review_body.kind = "review"
    review_body.save(update_fields=["kind"])
    review = open_review(told.activity.plan, told.period, by=secretary, at=CUT_OFF)
    pack = ReviewPack(review=review, number=1, requested_by=secretary, requested_at=CUT_OFF)

    inside = compile_review(pack, at=CUT_OFF).contents
    outside = public_contents(inside)

    assert [row["code"] for row in inside["indicators"]] == ["FARM", "SHARE", "WATER"]
    assert [row["code"] for row in outside["indicators"]] == ["SHARE", "WATER"]
    assert sum(row["count"] for row in outside["dashboard"]["verdicts"]) == 2
    assert NAME in str(inside["sectors"])
    assert leaks_in(str(outside)) == []


def test_a_signed_version_shows_its_targets_inside_alone(told, hidden):
    version = plan_snapshot(told.activity.plan).contents
    (line,) = [each for each in version["lines"] if each["code"] == "KTI-01"]
    bare = {**version, "lines": [{**line, "outputs": [], "outputs_inside": []}]}

    (shown,) = lines_shown(version, internal=False)
    assert (line["outputs"], shown["outputs"]) == (["FARM: –/–/4321/–"], [])
    assert compare_snapshots(bare, version, internal=False).changed == ()
    assert len(compare_snapshots(bare, version, internal=True).changed) == 1


def test_the_sheet_says_who_collects_who_verifies_and_who_evaluated(
    client, told, focal_point, secretary, organisations
):
    """FARM is reported by KCDMS in Kitui and by KIWASH in Makueni."""
    paper = Document.objects.create(
        mechanism=told.mechanism, title="Evaluation of 2020", kind="report", access="members"
    )
    AuditFactory(
        mechanism=told.mechanism, indicator=told.farmers.indicator, kind="evaluation",
        auditor_post="University team", audited_on=dt.date(2021, 3, 2), document=paper,
        finding="The lists of two wards could not be found.", is_public=True,
    )  # fmt: skip
    address = told.farmers.indicator.get_absolute_url()

    page = client.get(address).content.decode()

    assert page.count("Public.") == 1
    assert f"the focal point of {organisations.kitui}, {organisations.makueni}</dd>" in page
    assert "The lists of two wards could not be found." in page
    assert "University team" in page
    assert paper.title not in page
    client.force_login(secretary)
    assert paper.get_absolute_url() in client.get(address).content.decode()
