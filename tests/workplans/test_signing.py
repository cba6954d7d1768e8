"""Signing: each side for itself, what was frozen; amendments by who is concerned alone."""

import datetime as dt
import hashlib
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from coordination.models import Event, Mail, Role, StoredFile
from coordination.services.files import VettedFile
from coordination.services.refusals import DayToCome
from tests.factories.coordination import OrganisationFactory
from tests.factories.plans import ActivityPartnerFactory, PhaseFactory
from tests.factories.workplans import ActivityFactory, PlanFactory
from workplans.models import (
    Activity,
    ActivityOutput,
    ActivityTie,
    JointWorkPlan,
    Phase,
    PlanVersion,
    Signature,
)
from workplans.permissions.plans import can_open_signed_paper, can_sign
from workplans.services.gates import gates_before_signing
from workplans.services.plan_snapshots import compare_snapshots, plan_snapshot
from workplans.services.planning import return_plan
from workplans.services.refusals import ReasonMissing
from workplans.services.signing import (
    AlreadySigned,
    AnotherVersion,
    GovernmentUnknown,
    NoLines,
    NothingChanged,
    NotReadyToSign,
    VersionDecided,
    VersionIsOpen,
    changes_since_signed,
    freeze_version,
    record_signature,
    sign_version,
    withdraw_version,
)

from .conftest import deeds

State = JointWorkPlan.State
PAPER = VettedFile("signed.pdf", "application/pdf", b"%PDF-1.4 signed")
DAY = dt.date(2021, 6, 30)


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(
        mechanism=mechanism, place=kitui, slug="kitui-2021-2022", state=State.VALIDATED
    )


@pytest.fixture
def wells(plan, organisations, kitui):
    """KCDMS leads it, KIWASH funds it."""
    activity = ActivityFactory(
        plan=plan, code="KTI-01", title="Wells", lead=organisations.kcdms, places=[kitui],
        budget_minor=540_000_000, currency="KES",
    )  # fmt: skip
    ActivityPartnerFactory(activity=activity, organisation=organisations.kiwash, role="fund")
    return activity


@pytest.fixture
def goats(plan, organisations):
    """The county's own, by its department."""
    department = OrganisationFactory(
        slug="kitui-livestock", type="county_department", parent=organisations.kitui
    )
    return ActivityFactory(plan=plan, code="KTI-02", title="Goats", lead=department)


@pytest.fixture
def elsewhere(plan, organisations):
    """A line of a third partner, which no amendment below touches."""
    third = OrganisationFactory(slug="third")
    return ActivityFactory(plan=plan, code="KTI-03", title="Trees", lead=third, is_public=False)


@pytest.fixture
def version(plan, wells, goats, elsewhere, secretary):
    return freeze_version(plan, by=secretary)


@pytest.fixture
def co_funder(holding, organisations):
    return holding("Co-funder", Role.PARTNER_SIGNATORY, organisation=organisations.kiwash)


def owed(version):
    return {
        (row.side, row.organisation.slug): row.lines
        for row in version.signatures.select_related("organisation")
    }


def sign_all(version, by):
    """Every side that has not signed does so on paper."""
    for signature in version.signatures.filter(signed_on=None):
        record_signature(signature, by=by, post="Post", signed_on=DAY, file=PAPER)
    version.refresh_from_db()


# --- Freezing ---


def test_a_version_is_the_bytes_that_its_hash_names(plan, version):
    assert version.sha256 == hashlib.sha256(version.snapshot.encode()).hexdigest()
    assert plan_snapshot(plan).sha256 == version.sha256  # the same plan, the same bytes
    line = version.contents["lines"][0]
    assert (line["code"], line["budget"]) == ("KTI-01", "KES 5400000.00")
    assert version.snapshot == json.dumps(
        version.contents, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )


def test_codes_are_frozen_and_words_are_read(client, plan, wells, goats, secretary):
    """The bytes are the same in every language; a reader sees neither "(fund)" nor its like."""
    wells.activity_type = "field_visit"
    wells.save(update_fields=["activity_type"])
    ActivityTie.objects.create(kind="sequencing", first=wells, second=goats)
    kiwash = str(wells.partners.get().organisation.name)

    version = freeze_version(plan, by=secretary)

    line = version.contents["lines"][0]
    assert (line["partners"], line["ties"]) == ([f"{kiwash} (fund)"], ["sequencing: KTI-02"])
    client.force_login(secretary)
    page = client.get(version.get_absolute_url()).content.decode()
    assert f"{kiwash} (funds)" in page
    assert "(fund)" not in page
    nothing = {"frame": version.contents["frame"], "lines": [{**line, "partners": [], "ties": [],
               "type": ""}]}  # fmt: skip
    (change,) = compare_snapshots(nothing, version.contents).changed
    assert [(field.label, field.after) for field in change.fields] == [
        ("type of activity", str(Activity.Type("field_visit").label)),
        ("co-implementers", f"{kiwash} (funds)"),
        ("ties to other activities", "sequencing: KTI-02"),
    ]


def test_the_government_and_who_leads_or_funds_a_line_sign(version):
    assert owed(version) == {
        ("county", "kitui-county"): [],
        ("partner", "kcdms"): [],
        ("partner", "kiwash"): [],
        ("partner", "third"): [],
    }


def test_a_donor_signs_where_it_is_asked(plan, wells, secretary, organisations):
    version = freeze_version(plan, by=secretary, donors=[organisations.usaid])

    assert ("donor", "usaid") in owed(version)


@pytest.mark.parametrize("state", [State.DRAFTING, State.CONSOLIDATED, State.CLOSED])
def test_only_a_validated_plan_is_laid_before_its_signatories(plan, wells, secretary, state):
    JointWorkPlan.objects.update(state=state)

    with pytest.raises(NotReadyToSign):
        freeze_version(plan, by=secretary)


def test_a_plan_without_lines_or_government_is_not_signed(plan, secretary, organisations):
    with pytest.raises(NoLines):
        freeze_version(plan, by=secretary)
    ActivityFactory(plan=plan, lead=organisations.kcdms)
    organisations.kitui.place = None
    organisations.kitui.save()
    with pytest.raises(GovernmentUnknown):
        freeze_version(plan, by=secretary)


def test_one_version_waits_at_a_time(plan, version, secretary):
    with pytest.raises(VersionIsOpen):
        freeze_version(plan, by=secretary)
    with pytest.raises(ReasonMissing):
        withdraw_version(version, by=secretary, reason=" ")
    withdraw_version(version, by=secretary, reason="A line is wrong.")

    again = freeze_version(plan, by=secretary)

    assert again.number == 2
    with pytest.raises(VersionDecided):
        withdraw_version(version, by=secretary, reason="Again.")


def test_those_who_can_sign_are_told(
    plan, wells, secretary, partner_signatory, co_funder, focal_point, peer, neighbour
):
    freeze_version(plan, by=secretary)

    told = Mail.objects.filter(key__startswith="version-frozen:")
    assert set(told.values_list("recipient", flat=True)) == {
        partner_signatory.email,
        co_funder.email,
        focal_point.email,
    }


# --- Signing ---


def signature_of(version, slug):
    return version.signatures.select_related("organisation", "version__plan__mechanism").get(
        organisation__slug=slug
    )


def test_each_side_signs_for_itself_alone(
    version, cast, co_funder, organisations, partner_signatory
):
    rights = {
        slug: {name for name, user in cast.items() if can_sign(user, signature_of(version, slug))}
        for slug in ("kitui-county", "kcdms", "kiwash")
    }

    assert rights == {
        "kitui-county": {"focal_point"},
        "kcdms": {"partner_signatory"},
        "kiwash": set(),  # a county lead of KIWASH is no signatory of it
    }
    assert can_sign(co_funder, signature_of(version, "kiwash"))


def test_a_plan_is_signed_when_the_last_side_has_signed(
    plan, version, partner_signatory, co_funder, focal_point, secretary
):
    for who, slug in (
        (partner_signatory, "kcdms"),
        (co_funder, "kiwash"),
        (focal_point, "kitui-county"),
    ):
        sign_version(
            signature_of(version, slug), by=who, post="Chief of Party", sha256=version.sha256
        )
        plan.refresh_from_db()
        assert plan.state == State.VALIDATED
    record_signature(
        signature_of(version, "third"), by=secretary, post="Director", signed_on=DAY, file=PAPER
    )

    plan.refresh_from_db()
    version.refresh_from_db()
    assert (plan.state, version.signed_at is not None) == (State.SIGNED, True)
    assert deeds(plan)[-1] == "workplans.plan_signed"
    assert changes_since_signed(plan).count == 0


def test_a_plan_under_way_that_is_signed_late_changes_no_state(plan, version, secretary):
    JointWorkPlan.objects.filter(pk=plan.pk).update(state=State.IN_IMPLEMENTATION)

    sign_all(version, secretary)

    signed = Event.objects.about(plan).get(verb="workplans.plan_signed")
    assert signed.changes == {"version": [None, 1]}


def test_nobody_signs_twice_nor_something_else(version, partner_signatory, secretary):
    signature = signature_of(version, "kcdms")
    with pytest.raises(AnotherVersion):
        sign_version(signature, by=partner_signatory, post="Chief", sha256="0" * 64)
    sign_version(signature, by=partner_signatory, post="Chief", sha256=version.sha256)

    with pytest.raises(AlreadySigned):
        sign_version(signature, by=partner_signatory, post="Chief", sha256=version.sha256)
    with pytest.raises(AlreadySigned):
        record_signature(signature, by=secretary, post="Chief", signed_on=DAY, file=PAPER)
    assert StoredFile.objects.count() == 0
    signature.refresh_from_db()
    assert (signature.sha256, signature.signed_by) == (version.sha256, partner_signatory)


def test_a_paper_is_not_signed_tomorrow(version, secretary):
    with pytest.raises(DayToCome):
        record_signature(
            signature_of(version, "kcdms"), by=secretary, post="Chief",
            signed_on=dt.date(2100, 1, 1), file=PAPER,
        )  # fmt: skip


def test_a_withdrawn_version_takes_no_signature(plan, version, partner_signatory, focal_point):
    return_plan(plan, by=focal_point, reason="Two sectors are missing.")

    with pytest.raises(VersionDecided):
        sign_version(
            signature_of(version, "kcdms"), by=partner_signatory, post="Chief",
            sha256=version.sha256,
        )  # fmt: skip
    version.refresh_from_db()
    assert version.withdrawn_reason == "Two sectors are missing."


def test_the_signed_paper_is_for_who_takes_part(version, secretary, peer, public, outsider):
    signature = record_signature(
        signature_of(version, "kcdms"), by=secretary, post="Chief", signed_on=DAY, file=PAPER
    )

    answers = [can_open_signed_paper(who, signature.file) for who in (peer, outsider, public)]

    assert answers == [True, False, False]


# --- Amending ---


@pytest.fixture
def signed(plan, version, secretary):
    sign_all(version, secretary)
    plan.refresh_from_db()
    return version


def test_nothing_is_amended_while_nothing_differs(plan, signed, wells, secretary):
    wells.status, wells.percent_complete = "ongoing", 40  # how far it is was not signed
    wells.save()

    with pytest.raises(NothingChanged):
        freeze_version(plan, by=secretary)


def test_an_amendment_needs_those_of_the_changed_lines_and_the_government(
    plan, signed, wells, secretary
):
    wells.budget_minor = 600_000_000
    wells.save()

    amendment = freeze_version(plan, by=secretary)

    assert owed(amendment) == {
        ("county", "kitui-county"): ["KTI-01"],
        ("partner", "kcdms"): ["KTI-01"],
        ("partner", "kiwash"): ["KTI-01"],
    }
    sign_all(amendment, secretary)
    plan.refresh_from_db()
    assert plan.state == State.SIGNED
    assert deeds(plan)[-1] == "workplans.plan_amended"
    assert PlanVersion.objects.signed().count() == 2
    assert changes_since_signed(plan).count == 0


def test_a_line_that_changes_hands_needs_both(plan, signed, wells, elsewhere, secretary):
    wells.lead = elsewhere.lead
    wells.save()

    assert set(owed(freeze_version(plan, by=secretary))) == {
        ("county", "kitui-county"),
        ("partner", "kcdms"),
        ("partner", "kiwash"),
        ("partner", "third"),
    }


def test_a_departments_line_needs_the_government_alone(plan, signed, goats, secretary):
    goats.title = "Sheep"
    goats.save()

    assert owed(freeze_version(plan, by=secretary)) == {("county", "kitui-county"): ["KTI-02"]}


def test_an_added_and_a_dropped_line_are_amendments(
    plan, signed, wells, elsewhere, organisations, secretary
):
    elsewhere.status, elsewhere.status_reason = "cancelled", "No funds."
    elsewhere.save()
    ActivityFactory(plan=plan, code="KTI-04", title="Bees", lead=organisations.kiwash)

    amendment = freeze_version(plan, by=secretary)

    assert owed(amendment) == {
        ("county", "kitui-county"): ["KTI-03", "KTI-04"],
        ("partner", "kiwash"): ["KTI-04"],
        ("partner", "third"): ["KTI-03"],
    }


def test_outputs_and_their_quarterly_targets_are_signed(plan, signed, wells, secretary):
    ActivityOutput.objects.create(activity=wells, wording="Wells", unit="wells", q1=10, q3=0)

    changes = changes_since_signed(plan)

    [change] = changes.changed
    assert [tuple(field) for field in change.fields] == [
        ("outputs and quarterly targets", "", "Wells: 10/–/0/– wells")
    ]


def test_two_versions_are_compared_line_by_line(plan, signed, wells, elsewhere, organisations):
    wells.title, wells.budget_minor = "Boreholes", 600_000_000
    wells.save()
    elsewhere.status, elsewhere.status_reason = "cancelled", "No funds."
    elsewhere.save()
    ActivityFactory(plan=plan, code="KTI-04", title="Bees", lead=organisations.kiwash)
    now = plan_snapshot(plan).contents

    inside = compare_snapshots(signed.contents, now)
    outside = compare_snapshots(signed.contents, now, internal=False)

    assert [line["code"] for line in inside.added] == ["KTI-04"]
    assert [line["code"] for line in inside.dropped] == ["KTI-03"]
    [change] = inside.changed
    assert [tuple(field) for field in change.fields] == [
        ("title", "Wells", "Boreholes"),
        ("budget", "KES 5,400,000", "KES 6,000,000"),
    ]
    assert (inside.count, inside.codes) == (3, ["KTI-01", "KTI-03", "KTI-04"])
    assert outside.dropped == ()  # the dropped line is internal


# --- Pages ---


def address(name, *args):
    return reverse(name, args=["sek", "kitui-2021-2022", *args])


def test_a_signatory_signs_on_the_page(client, plan, version, partner_signatory):
    client.force_login(partner_signatory)
    url = address("signature-give", 1, signature_of(version, "kcdms").pk)
    assert url in client.get(address("plan-signing")).content.decode()
    page = client.get(url)
    data = {
        "post": "Chief of Party", "agreed": "on",
        "sha256": page.context["form"]["sha256"].value(),
    }  # fmt: skip

    assert client.post(url, data | {"agreed": ""}).status_code == 200
    assert client.post(url, data).status_code == 302

    shown = client.get(address("plan-signing")).content.decode()
    assert "In the portal." in shown
    assert client.post(url, data).status_code == 200  # a second click changes nothing
    assert Signature.objects.exclude(signed_on=None).count() == 1


def test_under_an_amendment_a_side_sees_what_changed_of_its_own_lines(
    client, plan, signed, wells, goats, secretary, partner_signatory
):
    for activity, title in ((wells, "Deep wells"), (goats, "Dairy goats")):
        activity.title = title
        activity.save()
    amendment = freeze_version(plan, by=secretary)

    client.force_login(partner_signatory)
    page = client.get(address("signature-give", 2, signature_of(amendment, "kcdms").pk))

    assert [change.code for change in page.context["changes"].changed] == ["KTI-01"]
    shown = page.content.decode()
    assert "Deep wells" in shown
    assert "Dairy goats" not in shown


def test_a_paper_is_recorded_with_its_scan_and_the_page_says_so(client, version, secretary):
    client.force_login(secretary)
    url = address("signature-record", 1, signature_of(version, "kcdms").pk)
    scan = SimpleUploadedFile("list.csv", b"a,b\n", content_type="text/csv")
    data = {"post": "Chief of Party", "signed_on": "2021-06-30"}

    assert list(client.post(url, data).context["form"].errors) == ["file"]
    assert list(client.post(url, data | {"file": scan}).context["form"].errors) == ["file"]
    record_signature(
        signature_of(version, "kcdms"), by=secretary, post="Chief of Party", signed_on=DAY,
        file=PAPER,
    )  # fmt: skip

    page = client.get(address("plan-signing")).content.decode()
    assert "On paper; recorded by the secretariat." in page


def test_changed_lines_are_shown_as_not_agreed(client, plan, signed, wells, secretary):
    wells.title = "Boreholes"
    wells.save()
    client.force_login(secretary)

    page = client.get(address("plan-signing")).content.decode()

    assert "1 line differs from what is signed" in page
    assert "Have the changes signed" in page
    client.post(address("version-freeze"), {"note": ""})
    compared = client.get(address("version-compare", 1, 2)).content.decode()
    assert "From version 1 to version 2, 1 line differs." in compared
    assert "Boreholes" in compared


def test_the_public_sees_organisations_and_no_person_nor_internal_line(
    client, plan, signed, secretary, elsewhere
):
    for url in (address("plan-signing"), address("version-detail", 1)):
        page = client.get(url).content.decode()
        assert signed.sha256 in page
        assert secretary.name not in page
        assert "signed paper" not in page
        assert "Trees" not in page
    assert client.get(address("version-file", 1)).status_code == 302  # sign in first


def test_whoever_takes_part_takes_away_what_was_signed(client, version, peer, outsider):
    client.force_login(peer)
    response = client.get(address("version-file", 1))
    assert hashlib.sha256(response.content).hexdigest() == version.sha256
    client.force_login(outsider)
    assert client.get(address("version-file", 1)).status_code == 403


def test_a_page_without_versions_says_what_will_be_here(client, plan, secretary):
    client.force_login(secretary)

    page = client.get(address("plan-signing")).content.decode()

    assert "No version is kept here yet" in page
    assert address("version-freeze") in page


def test_who_signs_is_told_which_gates_before_the_signature_are_open(
    client, plan, wells, secretary, partner_signatory
):
    states = {"prepare": "passed", "harvest": "gate_requested", "negotiate": "under_way"}
    for position, (step, state) in enumerate(states.items(), start=1):
        PhaseFactory(plan=plan, position=position, step=step, name=step, state=state)
    signing = PhaseFactory(plan=plan, position=4, step="sign", name="sign")
    PhaseFactory(plan=plan, position=5, step="implement", name="implement")
    assert [each.name for each in gates_before_signing(plan)] == ["harvest", "negotiate", "sign"]
    # Its own gate asks for the signature: once it is under way it holds nothing up.
    Phase.objects.filter(pk=signing.pk).update(state="under_way")
    assert [each.name for each in gates_before_signing(plan)] == ["harvest", "negotiate"]

    client.force_login(secretary)
    said = "2 gates before the signature are not passed"
    for name in ("plan-signing", "version-freeze"):
        assert said in client.get(address(name)).content.decode()

    version = freeze_version(plan, by=secretary)
    client.force_login(partner_signatory)
    giving = address("signature-give", version.number, signature_of(version, "kcdms").pk)
    assert said in client.get(giving).content.decode()

    sign_all(version, secretary)
    assert said not in client.get(address("plan-signing")).content.decode()


def test_the_steps_name_the_decision_behind_them(client, plan, focal_point):
    JointWorkPlan.objects.update(state=State.CONSOLIDATED)
    client.force_login(focal_point)
    data = {"to": "validated", "note": "By the CECM on 30 Jun 2021.", "decision": ""}

    assert client.post(address("plan-advance"), data).status_code == 302

    page = client.get(address("plan-signing")).content.decode()
    assert "By the CECM on 30 Jun 2021." in page
    assert Event.objects.about(plan).first().verb == "workplans.plan_validated"


def test_what_waits_for_a_signature_stands_on_the_desk_of_who_can_give_it(
    client, plan, version, partner_signatory, focal_point, peer
):
    seen = {}
    for who in (partner_signatory, focal_point, peer):
        client.force_login(who)
        seen[who] = "To sign" in client.get("/desk/").content.decode()

    assert seen == {partner_signatory: True, focal_point: True, peer: False}
    sign_version(
        signature_of(version, "kcdms"), by=partner_signatory, post="Chief", sha256=version.sha256
    )
    client.force_login(partner_signatory)
    assert "To sign" not in client.get("/desk/").content.decode()
