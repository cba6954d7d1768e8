"""Activities: written by their lead, updated once a period, never overwritten in silence."""

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image

from coordination.models import Event, Mail, StoredFile
from coordination.services.files import VettedFile
from coordination.services.refusals import EditedMeanwhile
from tests.factories.coordination import MembershipFactory, PlaceFactory, SectorFactory
from tests.factories.plans import (
    ActivityPartnerFactory,
    FrameworkFactory,
    IntendedResultFactory,
    UpdateFactory,
)
from tests.factories.workplans import ActivityFactory, PlanFactory
from workplans.models import Activity, ActivityUpdate, JointWorkPlan, UpdateEvidence
from workplans.services import closing
from workplans.services.activities import (
    ActivityCodeTaken,
    PlanIsClosed,
    create_activity,
    edit_activity,
)
from workplans.services.updates import (
    NewEvidence,
    PeriodNotInPlan,
    ReasonMissing,
    UpdateIsClosed,
    periods_to_update,
    update_activity,
)

# A day in the quarter after the one that is told about.
NOW = dt.datetime(2021, 4, 10, 9, tzinfo=dt.UTC)


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")


@pytest.fixture
def ward(kitui):
    south = PlaceFactory(parent=kitui, slug="kitui-south", name="Kitui South")
    return PlaceFactory(parent=south, slug="ikanga", name="Ikanga")


@pytest.fixture
def activity(plan, organisations, kitui):
    return ActivityFactory(
        plan=plan, code="KTI-01", title="Boreholes", lead=organisations.kcdms, places=[kitui]
    )


@pytest.fixture
def content(organisations, ward):
    """A maker of an activity's content, as a form gives it."""

    def make(**changes):
        return {
            "code": "KTI-09",
            "title": "Train farmers",
            "description": "Forty groups.",
            "sector": None,
            "intended_result": None,
            "also_under": [],
            "lead": organisations.kcdms,
            "places": [ward],
            "starts_on": dt.date(2020, 9, 1),
            "ends_on": dt.date(2021, 3, 31),
            "activity_type": "",
            "joint_priority": "",
            "responsible_post": "",
            "target_group": "",
            "budget_minor": None,
            "currency": "",
            "assumptions": "",
            "is_public": True,
            **changes,
        }

    return make


def progress(**changes):
    return {
        "status": "on_track",
        "status_reason": "",
        "percent_complete": 40,
        "narrative": "Two of five are done.",
        "next_step": "The third in May.",
        **changes,
    }


def evidence(caption="The borehole at Ikanga"):
    file = VettedFile("borehole.pdf", "application/pdf", b"%PDF-1.4 " + caption.encode())
    return NewEvidence(file, caption, dt.date(2021, 3, 2))


# --- Creating ---


def test_a_new_activity_is_proposed_and_recorded(plan, partner_officer, organisations, content):
    activity = create_activity(
        plan,
        by=partner_officer,
        partners=[(organisations.kiwash, "deliver"), (organisations.rla, "technical")],
        **content(),
    )

    activity = Activity.objects.get(pk=activity.pk)
    assert (activity.code, activity.status, activity.version) == ("KTI-09", "proposed", 1)
    assert [place.name for place in activity.places.all()] == ["Ikanga"]
    assert sorted(str(partner) for partner in activity.partners.all()) == [
        "KIWASH: Delivers",
        "RLA: Gives technical support",
    ]
    event = Event.objects.about(activity).get()
    assert (event.verb, event.by) == ("workplans.activity_created", partner_officer)


def test_a_form_sent_twice_makes_one_activity(plan, partner_officer, content):
    first = create_activity(plan, by=partner_officer, **content())
    second = create_activity(plan, by=partner_officer, **content())

    assert first == second
    assert Event.objects.about(first).count() == 1


def test_a_code_belongs_to_one_activity_of_a_plan(plan, activity, partner_officer, peer, content):
    for code in ("KTI-01", "kti-01"):
        with pytest.raises(ActivityCodeTaken):
            create_activity(plan, by=partner_officer, **content(code=code, title="Boreholes"))

    create_activity(plan, by=partner_officer, **content())
    with pytest.raises(ActivityCodeTaken):
        create_activity(plan, by=peer, **content())


def test_a_closed_plan_takes_no_activities(plan, activity, quarter, partner_officer, content):
    JointWorkPlan.objects.update(state="closed")

    with pytest.raises(PlanIsClosed):
        create_activity(plan, by=partner_officer, **content())
    with pytest.raises(PlanIsClosed):
        edit_activity(activity, by=partner_officer, seen_version=1, **content())
    with pytest.raises(PlanIsClosed):
        update_activity(activity, quarter, by=partner_officer, seen_version=0, **progress())


def test_an_activity_is_not_listed_twice_under_its_own_result(plan, partner_officer, content):
    framework = FrameworkFactory(mechanism=plan.mechanism)
    own, other = IntendedResultFactory.create_batch(2, framework=framework)

    activity = create_activity(
        plan, by=partner_officer, **content(intended_result=own, also_under=[own, other])
    )

    assert list(activity.also_under.all()) == [other]


# --- Editing ---


def test_an_edit_records_what_changed_from_what_to_what(
    activity, partner_officer, organisations, ward, content
):
    ActivityPartnerFactory(activity=activity, organisation=organisations.rla)
    changed = content(
        code="KTI-01", title="Five boreholes", description="", starts_on=None, ends_on=None
    )

    edit_activity(
        activity,
        by=partner_officer,
        seen_version=1,
        partners=[(organisations.kiwash, "fund")],
        **changed,
    )

    activity.refresh_from_db()
    assert (activity.title, activity.version) == ("Five boreholes", 2)
    assert Event.objects.about(activity).get().changes == {
        "title": ["Boreholes", "Five boreholes"],
        "places": [["Kitui"], ["Ikanga"]],
        "partners": [["RLA: Delivers"], ["KIWASH: Funds"]],
    }


def test_the_second_of_two_editors_is_refused(activity, partner_officer, content):
    edit_activity(activity, by=partner_officer, seen_version=1, **content(code="KTI-01"))

    with pytest.raises(EditedMeanwhile):
        edit_activity(activity, by=partner_officer, seen_version=1, **content(code="KTI-01"))

    activity.refresh_from_db()
    assert activity.version == 2


def test_an_edit_cannot_take_the_code_of_another(activity, plan, partner_officer, content):
    ActivityFactory(plan=plan, code="KTI-02")

    with pytest.raises(ActivityCodeTaken):
        edit_activity(activity, by=partner_officer, seen_version=1, **content(code="KTI-02"))


def test_the_database_asks_for_a_reason_when_off_course(activity):
    with pytest.raises(IntegrityError), transaction.atomic():
        Activity.objects.update(status="delayed", status_reason="")


# --- Progress ---


def test_an_update_carries_its_status_to_the_activity(activity, quarter, partner_officer):
    update = update_activity(
        activity, quarter, by=partner_officer, seen_version=0, at=NOW, **progress()
    )

    activity.refresh_from_db()
    assert (update.version, update.by, update.at) == (1, partner_officer, NOW)
    assert (activity.status, activity.percent_complete, activity.next_step) == (
        "on_track",
        40,
        "The third in May.",
    )
    event = Event.objects.about(activity).get()
    assert event.verb == "workplans.activity_updated"
    assert event.changes["status"] == ["planned", "on_track"]
    assert event.note == str(quarter)


def test_there_is_one_update_a_period(activity, quarter, partner_officer):
    update_activity(activity, quarter, by=partner_officer, seen_version=0, at=NOW, **progress())
    again = progress(narrative="Three of five are done.", percent_complete=60)

    update_activity(activity, quarter, by=partner_officer, seen_version=1, at=NOW, **again)

    update = ActivityUpdate.objects.get()
    assert (update.version, update.narrative) == (2, "Three of five are done.")
    changes = Event.objects.about(activity)[0].changes
    assert changes == {
        "percent_complete": [40, 60],
        "narrative": ["Two of five are done.", "Three of five are done."],
    }


def test_an_update_sent_twice_is_one_deed(activity, quarter, partner_officer):
    for _time in range(2):
        update_activity(activity, quarter, by=partner_officer, seen_version=0, at=NOW, **progress())

    assert ActivityUpdate.objects.get().version == 1
    assert Event.objects.about(activity).count() == 1


def test_the_second_of_two_who_update_is_refused(
    activity, quarter, partner_officer, partner_signatory
):
    update_activity(activity, quarter, by=partner_officer, seen_version=0, at=NOW, **progress())

    with pytest.raises(EditedMeanwhile):
        update_activity(
            activity, quarter, by=partner_signatory, seen_version=0, at=NOW, **progress()
        )


@pytest.mark.parametrize("status", Activity.NEEDS_REASON)
def test_off_course_needs_a_reason(activity, quarter, partner_officer, status):
    with pytest.raises(ReasonMissing):
        update_activity(
            activity, quarter, by=partner_officer, seen_version=0, **progress(status=status)
        )

    assert not ActivityUpdate.objects.exists()


def test_officials_are_told_when_an_activity_goes_off_course(
    activity, quarter, partner_officer, focal_point, neighbour, county_lead, secretary
):
    late = progress(status="delayed", status_reason="The rig broke.")
    update_activity(activity, quarter, by=partner_officer, seen_version=0, at=NOW, **late)
    # A better text of the same status tells nobody again.
    update_activity(
        activity, quarter, by=partner_officer, seen_version=1, at=NOW,
        **(late | {"narrative": "One is done."}),
    )  # fmt: skip

    told = [focal_point.email, county_lead.email, secretary.email]
    assert sorted(mail.recipient for mail in Mail.objects.all()) == sorted(told)
    assert "The rig broke." in Mail.objects.first().body


def test_updates_are_given_from_the_first_day_of_a_period(activity, quarters, partner_officer):
    first_day = dt.datetime(2020, 12, 31, 21, tzinfo=dt.UTC)  # midnight in Nairobi
    before = first_day - dt.timedelta(seconds=1)

    with pytest.raises(PeriodNotInPlan):
        update_activity(
            activity, quarters[2], by=partner_officer, seen_version=0, at=before, **progress()
        )
    update_activity(
        activity, quarters[2], by=partner_officer, seen_version=0, at=first_day, **progress()
    )


def test_a_period_outside_the_plan_has_no_update(activity, quarters, partner_officer):
    JointWorkPlan.objects.update(ends_before=dt.date(2021, 1, 1))

    with pytest.raises(PeriodNotInPlan):
        update_activity(
            activity, quarters[2], by=partner_officer, seen_version=0, at=NOW, **progress()
        )


def test_an_update_is_closed_by_a_later_one(activity, quarters, partner_officer):
    UpdateFactory(activity=activity, period=quarters[2])

    with pytest.raises(UpdateIsClosed):
        update_activity(
            activity, quarters[1], by=partner_officer, seen_version=0, at=NOW, **progress()
        )

    assert periods_to_update(activity, on=NOW.date()) == [quarters[3], quarters[2]]


def test_a_published_report_closes_its_period(activity, quarters, partner_officer, monkeypatch):
    monkeypatch.setattr(closing, "_closers", [lambda _activity, period: period == quarters[2]])

    with pytest.raises(UpdateIsClosed):
        update_activity(
            activity, quarters[2], by=partner_officer, seen_version=0, at=NOW, **progress()
        )

    assert periods_to_update(activity, on=NOW.date()) == [quarters[3], quarters[1], quarters[0]]


def test_evidence_comes_and_goes_with_an_update(activity, quarter, partner_officer):
    update_activity(
        activity, quarter, by=partner_officer, seen_version=0, at=NOW,
        new_evidence=[evidence("Borehole"), evidence("Wrong village")], **progress(),
    )  # fmt: skip
    wrong = UpdateEvidence.objects.get(caption="Wrong village")

    update_activity(
        activity, quarter, by=partner_officer, seen_version=1, at=NOW,
        new_evidence=[evidence("Right village")], dropped_evidence=[wrong], **progress(),
    )  # fmt: skip

    captions = UpdateEvidence.objects.order_by("pk").values_list("caption", flat=True)
    assert list(captions) == ["Borehole", "Right village"]
    assert Event.objects.about(activity)[0].changes == {
        "evidence": [["Wrong village"], ["Right village"]]
    }


# --- Pages ---


def test_a_budget_is_typed_as_people_write_it_and_needs_its_currency(
    client, plan, partner_officer, organisations, ward
):
    client.force_login(partner_officer)
    data = form_data(lead=organisations.kcdms.pk, places=[ward.pk])
    data |= {"budget_minor": "1,250,000.50", "currency": "KES"}

    refused = client.post(address("activity-create"), data | {"currency": ""})
    client.post(address("activity-create"), data)

    form = refused.context["form"]
    assert form.errors == {"currency": ["Choose the currency of the budget."]}
    assert form["budget_minor"].value() == "1,250,000.50"
    assert str(Activity.objects.get().budget) == "KES 1,250,000.50"


@pytest.mark.parametrize("typed", ["-5", "1.005", "lots", "1e9"])
def test_a_budget_that_is_no_amount_is_refused_at_its_field(
    client, plan, partner_officer, organisations, ward, typed
):
    client.force_login(partner_officer)
    data = form_data(lead=organisations.kcdms.pk, places=[ward.pk], budget_minor=typed)

    response = client.post(address("activity-create"), data)

    assert list(response.context["form"].errors) == ["budget_minor"]
    assert response.context["form"]["budget_minor"].value() == typed


def address(name, *more):
    return reverse(name, args=["sek", "kitui-2020-21", *more])


def form_data(**changes):
    return {
        "code": "KTI-09",
        "title": "Train farmers",
        "description": "Forty groups.",
        "starts_on": "2020-09-01",
        "ends_on": "2021-03-31",
        "is_public": "on",
        "seen_version": "0",
        "partners-TOTAL_FORMS": "2",
        "partners-INITIAL_FORMS": "0",
        **changes,
    }


def update_data(**changes):
    return {
        "status": "on_track",
        "percent_complete": "40",
        "narrative": "Two of five are done.",
        "seen_version": "0",
        "evidence-TOTAL_FORMS": "3",
        "evidence-INITIAL_FORMS": "0",
        **changes,
    }


def test_an_activity_shows_everything_of_it(client, activity, quarter, organisations, ward):
    activity.places.add(ward)
    ActivityPartnerFactory(activity=activity, organisation=organisations.rla, role="monitor")
    UpdateFactory(activity=activity, period=quarter, narrative="The NARRATIVE")

    response = client.get(address("activity-detail", "KTI-01"))

    text = response.content.decode()
    for words in ("Boreholes", "Ikanga", "/places/ke/kitui/kitui-south/ikanga/", "Monitors"):
        assert words in text
    assert "The NARRATIVE" in text
    assert "FY 2020/21 Q3" in text


def test_the_public_is_not_shown_who_did_what(client, activity, quarter, partner_officer):
    update_activity(activity, quarter, by=partner_officer, seen_version=0, at=NOW, **progress())
    name = partner_officer.name

    public = client.get(address("activity-detail", "KTI-01")).content.decode()
    client.force_login(partner_officer)
    inside = client.get(address("activity-detail", "KTI-01"))

    assert public.count(name) == 0
    assert [event.by for event in inside.context["events"]] == [partner_officer]


def test_an_activity_of_another_plan_is_not_found_here(client, mechanism, activity):
    PlanFactory(mechanism=mechanism, slug="other")

    response = client.get(reverse("activity-detail", args=["sek", "other", "KTI-01"]))

    assert response.status_code == 404


def test_the_page_of_an_activity_asks_the_same_number_of_questions(
    client, activity, partner_officer, quarters, django_assert_num_queries,
    django_assert_max_num_queries,
):  # fmt: skip
    def grow(period):
        update = UpdateFactory(activity=activity, period=period)
        file = StoredFile.objects.create(
            path="none", name="p.jpg", media_type="image/jpeg", size=1, sha256="0" * 64,
            uploaded_by=partner_officer, uploaded_at=NOW,
        )  # fmt: skip
        UpdateEvidence.objects.create(update=update, file=file, caption="Photograph")
        ActivityPartnerFactory(activity=activity)
        activity.places.add(PlaceFactory())

    grow(quarters[0])
    url = address("activity-detail", "KTI-01")
    client.get(url)
    # Each kind of thing that hangs on it is one question, however many there are.
    with django_assert_max_num_queries(22) as asked:
        client.get(url)
    grow(quarters[1])
    grow(quarters[2])

    with django_assert_num_queries(len(asked)):
        client.get(url)


def test_the_only_organisation_that_may_lead_is_chosen_already(
    client, plan, partner_officer, organisations
):
    client.force_login(partner_officer)

    form = client.get(reverse("activity-create", args=["sek", plan.slug])).context["form"]

    assert form["lead"].value() == organisations.kcdms.pk


def test_a_lead_organisation_adds_its_activity(client, plan, partner_officer, organisations, ward):
    sector = SectorFactory(code="agriculture")
    client.force_login(partner_officer)
    MembershipFactory(mechanism=plan.mechanism, organisation=organisations.rla)
    data = form_data(
        lead=organisations.kcdms.pk, places=[ward.pk], sector=sector.pk,
        **{"partners-0-organisation": organisations.rla.pk, "partners-0-role": "fund"},
    )  # fmt: skip

    response = client.post(address("activity-create"), data)

    assert response.status_code == 302, response.context["form"].errors
    activity = Activity.objects.get()
    assert response["Location"] == activity.get_absolute_url()
    assert (activity.lead, activity.sector) == (organisations.kcdms, sector)
    assert [str(partner) for partner in activity.partners.all()] == ["RLA: Funds"]


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"code": "new"}, "code", "A code has letters, figures"),
        ({"code": "KTI 09"}, "code", "A code has letters, figures"),
        ({"code": "../9"}, "code", "A code has letters, figures"),
        ({"code": "KTI-01"}, "code", "Another activity of this plan has this code."),
        ({"title": ""}, "title", "This field is required."),
        ({"places": []}, "places", "This field is required."),
        ({"ends_on": "2020-08-31"}, "ends_on", "The last day is before the first."),
        ({"starts_on": "soon"}, "starts_on", "Enter a valid date."),
        ({"sector": "999999"}, "sector", "Select a valid choice."),
        ({"sector": "9" * 20}, "sector", "Select a valid choice."),
        ({"places": ["9" * 20]}, "places", "Select a valid choice."),
        ({"places": ["x"]}, "places", "“x” is not a valid value."),
        ({"also_under": ["9" * 20]}, "also_under", "Select a valid choice."),
    ],
)
def test_a_wrong_field_is_said_and_what_was_typed_stays(
    client, plan, activity, partner_officer, organisations, ward, changes, field, message
):
    client.force_login(partner_officer)
    data = form_data(lead=organisations.kcdms.pk, places=[ward.pk]) | changes

    response = client.post(address("activity-create"), data)

    [error, *_others] = response.context["form"].errors[field]
    assert error.startswith(message)
    assert "Forty groups." in response.content.decode()
    assert list(Activity.objects.all()) == [activity]


@pytest.mark.parametrize("field", ["lead", "places", "partners-0-organisation"])
def test_a_form_takes_nothing_of_others(client, plan, partner_officer, organisations, ward, field):
    client.force_login(partner_officer)
    elsewhere = PlaceFactory(slug="tz", name="Tanzania")
    foreign = {
        "lead": organisations.kiwash.pk,
        "places": [elsewhere.pk],
        "partners-0-organisation": organisations.elsewhere.pk,
    }
    own = {"lead": organisations.kcdms.pk, "places": [ward.pk], "partners-0-role": "fund"}
    own["partners-0-organisation"] = organisations.kiwash.pk
    data = form_data(**(own | {field: foreign[field]}))

    response = client.post(address("activity-create"), data)

    assert response.status_code == 200
    assert not Activity.objects.exists()


def test_a_co_implementer_is_not_named_twice_in_one_role(
    client, plan, partner_officer, organisations, ward
):
    client.force_login(partner_officer)
    twice = {"organisation": organisations.kiwash.pk, "role": "fund"}
    rows = {f"partners-{row}-{key}": value for row in (0, 1) for key, value in twice.items()}

    response = client.post(
        address("activity-create"),
        form_data(lead=organisations.kcdms.pk, places=[ward.pk], **rows),
    )

    assert response.context["partners"].non_form_errors() == [
        "One organisation is named twice in the same role."
    ]
    assert not Activity.objects.exists()


@pytest.fixture
def as_edited(activity, organisations, ward):
    """What the form of the activity sends when nothing but the title is changed."""
    return form_data(
        code="KTI-01", title="My title", description="", lead=organisations.kcdms.pk,
        places=[activity.places.get().pk], starts_on="", ends_on="", seen_version="1",
    )  # fmt: skip


def test_a_lead_organisation_edits_its_activity(client, activity, partner_officer, as_edited):
    client.force_login(partner_officer)

    response = client.post(address("activity-edit", "KTI-01"), as_edited, follow=True)

    assert [str(message) for message in response.context["messages"]] == ["Saved."]
    activity.refresh_from_db()
    assert (activity.title, activity.version) == ("My title", 2)


def test_a_co_implementer_is_taken_off(client, activity, partner_officer, organisations, as_edited):
    ActivityPartnerFactory(activity=activity, organisation=organisations.kiwash)
    client.force_login(partner_officer)
    row = {"organisation": organisations.kiwash.pk, "role": "deliver", "DELETE": "on"}
    as_edited |= {f"partners-0-{key}": value for key, value in row.items()}

    client.post(address("activity-edit", "KTI-01"), as_edited | {"partners-INITIAL_FORMS": "1"})

    assert not activity.partners.exists()


def test_the_second_editor_sees_both_versions_and_may_save_again(
    client, activity, partner_officer, partner_signatory, as_edited, ward
):
    # Two places, so that a mere change of their order would be seen.
    activity.places.add(ward)
    as_edited |= {"places": [activity.places.get(slug="kitui").pk, ward.pk]}
    client.force_login(partner_signatory)
    client.post(address("activity-edit", "KTI-01"), as_edited | {"title": "Their title"})
    client.force_login(partner_officer)

    begun = {"initial-title": activity.title, "initial-code": "KTI-01"}
    refused = client.post(address("activity-edit", "KTI-01"), as_edited | begun)

    conflict = refused.context["conflict"]
    assert (conflict.who, conflict.fields) == (
        partner_signatory,
        [("Title", "My title", "Their title", activity.title)],
    )
    form = refused.context["form"]
    assert (form["title"].value(), form["seen_version"].value()) == ("My title", "2")
    again = client.post(address("activity-edit", "KTI-01"), as_edited | {"seen_version": "2"})
    assert again.status_code == 302
    activity.refresh_from_db()
    assert (activity.title, activity.version) == ("My title", 3)


def picture():
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), "blue").save(stream, "JPEG")
    return SimpleUploadedFile("borehole.jpg", stream.getvalue(), "image/jpeg")


def test_an_update_with_a_photograph_comes_in_and_is_shown(
    client, activity, quarter, partner_officer
):
    client.force_login(partner_officer)
    attached = {"evidence-0-file": picture(), "evidence-0-caption": "The borehole at Ikanga"}

    response = client.post(
        address("activity-update", "KTI-01", "2021-q1"), update_data(**attached), follow=True
    )

    assert [str(message) for message in response.context["messages"]] == [
        f"The update for {quarter} is in."
    ]
    shown = response.content.decode()
    file = UpdateEvidence.objects.get().file
    assert f'src="/files/{file.pk}/small/" alt="The borehole at Ikanga" loading="lazy"' in shown


@pytest.mark.parametrize(("is_public", "status"), [(True, 200), (False, 404)])
def test_a_photograph_is_open_to_whoever_sees_the_activity(
    client, activity, quarter, partner_officer, is_public, status
):
    client.force_login(partner_officer)
    attached = {"evidence-0-file": picture(), "evidence-0-caption": "The borehole"}
    client.post(address("activity-update", "KTI-01", "2021-q1"), update_data(**attached))
    Activity.objects.update(is_public=is_public)
    client.logout()

    response = client.get(reverse("file-download", args=[UpdateEvidence.objects.get().file_id]))
    response.close()

    assert response.status_code == status


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"status": "delayed"}, "status_reason", "Say why"),
        ({"narrative": ""}, "narrative", "This field is required."),
        ({"percent_complete": "101"}, "percent_complete", "Ensure this value is less than"),
        ({"percent_complete": "-1"}, "percent_complete", "Ensure this value is greater than"),
        ({"status": "completed"}, "percent_complete", "A completed activity is 100 percent"),
        ({"status": "flying"}, "status", "Select a valid choice."),
        ({"narrative": "x" * 4001}, "narrative", "Ensure this value has at most 4000"),
        (
            {"began_on": "2021-02-02", "finished_on": "2021-02-01"},
            "finished_on",
            "The last day is before the first.",
        ),
    ],
)
def test_a_wrong_update_is_said_at_its_field(
    client, activity, quarter, partner_officer, changes, field, message
):
    client.force_login(partner_officer)

    response = client.post(address("activity-update", "KTI-01", "2021-q1"), update_data() | changes)

    [error] = response.context["form"].errors[field]
    assert error.startswith(message)
    assert not ActivityUpdate.objects.exists()


def test_a_file_without_a_caption_is_asked_for_one(client, activity, quarter, partner_officer):
    client.force_login(partner_officer)

    response = client.post(
        address("activity-update", "KTI-01", "2021-q1"),
        update_data(**{"evidence-0-file": picture()}),
    )

    assert response.context["evidence"].errors[0] == {"caption": ["Say what the file shows."]}
    assert "choose them again" in response.content.decode()
    assert not StoredFile.objects.exists()


def test_two_updates_at_once_are_shown_beside_each_other(
    client, activity, quarter, partner_officer, partner_signatory
):
    update_activity(
        activity, quarter, by=partner_signatory, seen_version=0, at=NOW,
        **progress(next_step="", narrative="Theirs"),
    )  # fmt: skip
    client.force_login(partner_officer)

    response = client.post(address("activity-update", "KTI-01", "2021-q1"), update_data())

    conflict = response.context["conflict"]
    assert (conflict.who, conflict.at) == (partner_signatory, NOW)
    assert conflict.fields == [("What was done", "Two of five are done.", "Theirs", "")]


def test_a_closed_period_sends_back_with_a_sentence(client, activity, quarters, partner_officer):
    UpdateFactory(activity=activity, period=quarters[3])
    client.force_login(partner_officer)

    response = client.get(address("activity-update", "KTI-01", "2021-q1"), follow=True)

    assert response.redirect_chain == [(activity.get_absolute_url(), 302)]
    [message] = response.context["messages"]
    assert str(message).startswith("The update for this period can no longer change")


def test_a_period_that_does_not_exist_is_not_found(client, activity, partner_officer):
    client.force_login(partner_officer)

    assert client.get(address("activity-update", "KTI-01", "1066-q4")).status_code == 404


def test_wards_stand_under_their_sub_county(client, plan, partner_officer, ward):
    client.force_login(partner_officer)

    form = client.get(address("activity-create")).context["form"]

    assert [
        (heading, [label for _value, label in choices])
        for heading, choices in form.fields["places"].choices
    ] == [
        ("Kitui", ["Kitui, all of it"]),
        ("Kitui South", ["Kitui South, all of it", "Ikanga"]),
    ]
