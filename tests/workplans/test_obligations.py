"""Who owes which report by when: opening, extending, exempting, reminding, and the texts."""

import datetime as dt

import pytest

from coordination.models import Event, Mail
from coordination.services.events import DoneMeanwhile, newest_event
from tests.factories.coordination import MembershipFactory, PeriodFactory, PlaceFactory
from tests.factories.workplans import ObligationFactory, StreamFactory
from workplans.models import IndicatorVersion, Obligation, Stream
from workplans.services.obligations import (
    ExtensionNotLater,
    NarrativeEditedMeanwhile,
    NothingAsked,
    ReportAlreadyExempt,
    ReportAlreadySubmitted,
    ReportNotExempt,
    exempt_obligation,
    extend_obligation,
    lift_exemption,
    open_ended_periods,
    open_obligations,
    save_narrative,
)
from workplans.services.refusals import ReasonMissing
from workplans.services.reminders import send_reminders
from workplans.services.reporters import release_reporter
from workplans.services.results import submit_report

from .conftest import IN_TIME, deeds

# --- Opening ---


def test_each_member_that_reports_owes_a_report(
    mechanism, quarter, stream, stream_of, organisations
):
    stream_of(stream.version, organisation=organisations.kiwash)
    stream_of(stream.version, organisation=organisations.elsewhere)  # no member

    opened = open_obligations(mechanism, quarter, at=IN_TIME)

    assert [row.organisation.slug for row in opened] == ["kcdms", "kiwash"]
    assert {row.due_on for row in opened} == {dt.date(2021, 4, 30)}  # 30 days after 31 March
    assert deeds(opened[0]) == ["workplans.obligation_opened"]


def test_opening_again_opens_nothing_and_leaves_what_is_there(
    mechanism, quarter, stream, obligation, secretary, partner_officer
):
    extend_obligation(
        obligation, by=secretary, to=dt.date(2021, 6, 1), reason="Floods.", at=IN_TIME
    )
    letters = Mail.objects.count()

    assert open_obligations(mechanism, quarter, at=IN_TIME) == []

    obligation.refresh_from_db()
    assert (obligation.extended_to, Mail.objects.count()) == (dt.date(2021, 6, 1), letters)


def test_a_member_that_joined_later_is_opened_then(
    mechanism, quarter, stream, obligation, stream_of, organisations
):
    stream_of(stream.version, organisation=organisations.kiwash)

    (opened,) = open_obligations(mechanism, quarter, at=IN_TIME)

    assert opened.organisation == organisations.kiwash


@pytest.mark.parametrize(
    "span",
    [
        {"joined_on": dt.date(2021, 4, 1)},
        {"joined_on": dt.date(2019, 1, 1), "left_on": dt.date(2020, 12, 31)},
    ],
)
def test_who_was_no_member_in_the_quarter_owes_nothing(
    mechanism, quarter, stream, stream_of, organisations, span
):
    MembershipFactory(mechanism=mechanism, organisation=organisations.elsewhere, **span)
    stream_of(stream.version, organisation=organisations.elsewhere)

    opened = open_obligations(mechanism, quarter, at=IN_TIME)

    assert [row.organisation.slug for row in opened] == ["kcdms"]


def test_an_organisation_that_left_and_came_back_owes_one_report(
    mechanism, quarter, stream, organisations
):
    old = mechanism.memberships.get(organisation=organisations.kcdms)
    old.left_on = dt.date(2021, 1, 31)
    old.save(update_fields=["left_on"])
    MembershipFactory(
        mechanism=mechanism, organisation=organisations.kcdms, joined_on=dt.date(2021, 3, 1)
    )

    assert len(open_obligations(mechanism, quarter, at=IN_TIME)) == 1


def test_a_member_exempt_everywhere_is_named_as_exempt(
    mechanism, quarter, organisations, kitui, makueni
):
    """S4: LMS works in Northern Kenya; it is not missing in South Eastern Kenya."""
    lms = MembershipFactory(
        mechanism=mechanism,
        organisation=organisations.elsewhere,
        exemption_reason="Works in Northern Kenya",
    )
    lms.exempt_places.set([kitui, makueni])

    (opened,) = open_obligations(mechanism, quarter, at=IN_TIME)

    assert (opened.organisation, opened.is_exempt) == (organisations.elsewhere, True)
    assert opened.exemption_reason == "Works in Northern Kenya"
    assert not Obligation.objects.missing().exists()
    assert not Mail.objects.exists()


def test_a_member_exempt_in_one_place_owes_the_others(
    mechanism, quarter, stream, stream_of, organisations, kitui, makueni
):
    membership = mechanism.memberships.get(organisation=organisations.kcdms)
    membership.exempt_places.add(kitui)
    assert open_obligations(mechanism, quarter, at=IN_TIME) == []

    other = stream_of(stream.version, place=makueni)

    (opened,) = open_obligations(mechanism, quarter, at=IN_TIME)
    assert not opened.is_exempt
    assert list(Stream.objects.owed_to(mechanism, quarter)) == [other]


def test_an_exemption_reaches_the_places_below_and_not_a_namesake(
    mechanism, quarter, version_of, stream_of, organisations, kenya, kitui
):
    ward = PlaceFactory(parent=kitui, slug="mwingi")
    namesake = PlaceFactory(parent=kenya, slug="kitui-south")
    version = version_of()
    stream_of(version, place=ward)
    kept = stream_of(version, place=namesake)
    mechanism.memberships.get(organisation=organisations.kcdms).exempt_places.add(kitui)

    assert list(Stream.objects.owed_to(mechanism, quarter)) == [kept]


@pytest.mark.parametrize(
    ("frequency", "due"),
    [
        ("quarterly", [True, True, True, True]),
        ("semi_annual", [False, True, False, True]),
        ("annual", [False, False, False, True]),
    ],
)
def test_an_indicators_frequency_says_in_which_quarters_it_is_due(
    mechanism, quarters, version_of, stream_of, frequency, due
):
    """Quarters of the mechanism's own year, which begins in July."""
    stream_of(version_of(frequency=frequency))

    found = [Stream.objects.owed_to(mechanism, period).exists() for period in quarters]

    assert found == due


def test_a_draft_sheet_asks_for_nothing_even_where_a_reporter_is_named(mechanism, quarter, stream):
    IndicatorVersion.objects.update(state=IndicatorVersion.State.DRAFT)

    assert open_obligations(mechanism, quarter) == []


def test_a_quarter_is_opened_when_it_has_ended_in_the_mechanisms_zone(mechanism, quarter, stream):
    last_hour = dt.datetime(2021, 3, 31, 20, 59, tzinfo=dt.UTC)  # 23:59 in Nairobi

    assert open_ended_periods(at=last_hour) == []
    assert len(open_ended_periods(at=last_hour + dt.timedelta(minutes=1))) == 1
    assert open_ended_periods(at=last_hour + dt.timedelta(hours=2)) == []


def test_missed_quarters_of_the_past_year_are_made_up_for(mechanism, stream):
    PeriodFactory(year=2020, quarter=1)
    missed = [PeriodFactory(year=2020, quarter=3), PeriodFactory(year=2020, quarter=4)]

    opened = open_ended_periods(at=IN_TIME)

    assert [row.period for row in opened] == missed


@pytest.mark.parametrize("state", ["proposed", "dormant", "closed"])
def test_a_mechanism_that_does_not_operate_asks_for_nothing(mechanism, quarter, stream, state):
    mechanism.state = state
    mechanism.save(update_fields=["state"])

    assert open_ended_periods(at=IN_TIME) == []


# --- Extending and exempting ---


def test_an_extension_moves_the_last_day(obligation, secretary, partner_officer):
    extended = extend_obligation(
        obligation, by=secretary, to=dt.date(2021, 5, 15), reason="Floods.", at=IN_TIME
    )

    assert (extended.due_on, extended.last_day) == (dt.date(2021, 4, 30), dt.date(2021, 5, 15))
    assert extended.status(at=dt.datetime(2021, 5, 10, tzinfo=dt.UTC)) == "extended"
    assert Mail.objects.filter(key__startswith="obligation-extended").count() == 1


@pytest.mark.parametrize("day", [dt.date(2021, 4, 1), dt.date(2021, 4, 30)])
def test_an_extension_is_later(obligation, secretary, day):
    with pytest.raises(ExtensionNotLater):
        extend_obligation(obligation, by=secretary, to=day, reason="Floods.")


def test_a_second_extension_is_later_than_the_first(obligation, secretary):
    extend_obligation(
        obligation, by=secretary, to=dt.date(2021, 5, 15), reason="Floods.", at=IN_TIME
    )

    with pytest.raises(ExtensionNotLater):
        extend_obligation(obligation, by=secretary, to=dt.date(2021, 5, 10), reason="Floods.")


def test_an_exemption_makes_nothing_due(obligation, secretary):
    exempt = exempt_obligation(
        obligation, by=secretary, reason="Closed for the floods.", at=IN_TIME
    )

    assert (exempt.is_exempt, exempt.exempted_on) == (True, dt.date(2021, 4, 10))
    assert exempt.status(at=dt.datetime(2022, 1, 1, tzinfo=dt.UTC)) == "exempt"
    with pytest.raises(ReportAlreadyExempt):
        exempt_obligation(obligation, by=secretary, reason="Again.")
    with pytest.raises(ReportAlreadyExempt):
        extend_obligation(obligation, by=secretary, to=dt.date(2021, 6, 1), reason="Floods.")


def test_what_was_submitted_is_neither_extended_nor_exempted(
    obligation, stream, submitted, secretary
):
    """A late report stays late (R5)."""
    submitted(stream, 120)

    with pytest.raises(ReportAlreadySubmitted):
        extend_obligation(obligation, by=secretary, to=dt.date(2021, 6, 1), reason="Floods.")
    with pytest.raises(ReportAlreadySubmitted):
        exempt_obligation(obligation, by=secretary, reason="Floods.")


def test_both_need_a_reason(obligation, secretary):
    with pytest.raises(ReasonMissing):
        extend_obligation(obligation, by=secretary, to=dt.date(2021, 6, 1), reason=" ")
    with pytest.raises(ReasonMissing):
        exempt_obligation(obligation, by=secretary, reason="")


# --- Lifting an exemption ---


@pytest.fixture
def exempt(obligation, secretary, partner_officer):
    return exempt_obligation(obligation, by=secretary, reason="Floods.", at=IN_TIME)


def letters_on(occasion, person):
    found = Mail.objects.filter(key__startswith=f"{occasion}:", recipient=person.email)
    return list(found.order_by("pk").values_list("body", flat=True))


def test_a_lifted_exemption_is_due_again_by_its_day(exempt, secretary, partner_officer):
    due = lift_exemption(exempt, by=secretary, reason="Roads are open.", at=IN_TIME)

    assert (due.exempted_on, due.exemption_reason) == (None, "")
    assert due.status(at=IN_TIME) == "due"
    assert due.status(at=dt.datetime(2021, 5, 1, tzinfo=dt.UTC)) == "overdue"
    [letter] = letters_on("exemption-lifted", partner_officer)
    assert letter.splitlines()[0] == (
        f"KCDMS owes the SEK coordination mechanism its report on {due.period} after all: "
        "it is no longer exempt. It is on time until the end of 30\u00a0Apr 2021 (Africa/Nairobi)."
    )
    assert "Reason: Roads are open." in letter


def test_lifting_keeps_the_extension_that_was_granted_before(obligation, secretary):
    extend_obligation(
        obligation, by=secretary, to=dt.date(2021, 5, 15), reason="Floods.", at=IN_TIME
    )
    exempt_obligation(obligation, by=secretary, reason="Still floods.", at=IN_TIME)

    due = lift_exemption(obligation, by=secretary, reason="Roads are open.", at=IN_TIME)

    assert due.last_day == dt.date(2021, 5, 15)


def test_lifted_after_its_last_day_a_report_is_overdue_and_says_so(
    exempt, secretary, partner_officer
):
    late = dt.datetime(2021, 5, 2, tzinfo=dt.UTC)

    due = lift_exemption(exempt, by=secretary, reason="Roads are open.", at=late)

    assert due.status(at=late) == "overdue"
    [letter] = letters_on("exemption-lifted", partner_officer)
    assert "Its last day was 30\u00a0Apr 2021, so that it is overdue" in letter


def test_only_what_is_exempt_is_lifted_and_only_once(obligation, exempt, secretary):
    lift_exemption(exempt, by=secretary, reason="Roads are open.", at=IN_TIME)

    with pytest.raises(ReportNotExempt):
        lift_exemption(exempt, by=secretary, reason="Roads are open.", at=IN_TIME)

    assert deeds(obligation).count("workplans.exemption_lifted") == 1


def test_lifting_needs_a_reason(exempt, secretary):
    with pytest.raises(ReasonMissing):
        lift_exemption(exempt, by=secretary, reason=" ")


def test_an_exemption_is_not_lifted_where_nothing_would_be_due(exempt, stream, secretary):
    """It would stand as missing for ever, and nobody could submit it (R28)."""
    release_reporter(stream, by=secretary, last_period=PeriodFactory(year=2020, quarter=4))

    with pytest.raises(NothingAsked):
        lift_exemption(exempt, by=secretary, reason="Roads are open.")


def test_an_exemption_is_not_lifted_over_another_unseen(exempt, secretary):
    seen = newest_event()
    lift_exemption(exempt, by=secretary, reason="Roads are open.")
    exempt_obligation(exempt, by=secretary, reason="Closed for good.")

    with pytest.raises(DoneMeanwhile):
        lift_exemption(exempt, by=secretary, reason="Roads are open.", seen=seen)


def test_a_second_exemption_is_told_again(exempt, secretary, partner_officer):
    lift_exemption(exempt, by=secretary, reason="Roads are open.", at=IN_TIME)
    later = IN_TIME + dt.timedelta(days=3)

    exempt_obligation(exempt, by=secretary, reason="Closed for good.", at=later)

    first, second = letters_on("obligation-exempted", partner_officer)
    assert "Reason: Floods." in first
    assert "Reason: Closed for good." in second
    assert deeds(exempt)[-3:] == [
        "workplans.obligation_exempted",
        "workplans.exemption_lifted",
        "workplans.obligation_exempted",
    ]


# --- How a report stands, and reminders ---


@pytest.mark.parametrize(
    ("at", "status"),
    [
        (dt.datetime(2021, 4, 30, 20, 59, tzinfo=dt.UTC), "due"),
        (dt.datetime(2021, 4, 30, 21, 0, tzinfo=dt.UTC), "overdue"),
    ],
)
def test_a_report_is_overdue_when_its_last_day_is_over_there(obligation, at, status):
    assert obligation.status(at=at) == status


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (dt.date(2021, 4, 22), []),
        (dt.date(2021, 4, 23), ["obligation-due"]),
        (dt.date(2021, 4, 30), ["obligation-due"]),
        (dt.date(2021, 5, 1), ["obligation-overdue"]),
        (dt.date(2021, 5, 15), []),
    ],
)
def test_reminders_come_in_the_week_before_and_the_fortnight_after(
    obligation, partner_officer, day, told
):
    at = dt.datetime.combine(day, dt.time(9), tzinfo=dt.UTC)

    send_reminders(at=at)
    send_reminders(at=at + dt.timedelta(hours=1))

    keys = Mail.objects.filter(recipient=partner_officer.email).values_list("key", flat=True)
    assert [key.split(":")[0] for key in keys if not key.startswith("obligation-opened")] == told


def test_an_extension_is_reminded_of_anew(obligation, partner_officer, secretary):
    send_reminders(at=dt.datetime(2021, 4, 29, 9, tzinfo=dt.UTC))
    extend_obligation(
        obligation, by=secretary, to=dt.date(2021, 5, 15), reason="Floods.", at=IN_TIME
    )

    send_reminders(at=dt.datetime(2021, 5, 12, 9, tzinfo=dt.UTC))

    assert Mail.objects.filter(key__startswith="obligation-due").count() == 2


def test_who_has_submitted_or_is_exempt_is_not_reminded(
    obligation, stream, submitted, mechanism, organisations, quarter
):
    submitted(stream, 120)
    ObligationFactory(
        mechanism=mechanism,
        organisation=organisations.kiwash,
        period=quarter,
        exempted_on=dt.date(2021, 4, 1),
        exemption_reason="Floods.",
    )

    assert send_reminders(at=dt.datetime(2021, 4, 29, 9, tzinfo=dt.UTC)) == 0


# --- Texts ---


def test_a_text_is_written_edited_and_removed(obligation, partner_officer, partner_signatory):
    first = save_narrative(
        obligation, "impact", by=partner_officer, text=" Farmers sold. ", at=IN_TIME
    )
    second = save_narrative(
        obligation, "impact", by=partner_signatory, text="Farmers sold more.", seen_version=1
    )

    assert (first.text, first.version) == ("Farmers sold.", 1)
    assert (second.text, second.version, second.edited_by) == (
        "Farmers sold more.",
        2,
        partner_signatory,
    )
    save_narrative(obligation, "impact", by=partner_officer, text="", seen_version=2)
    assert not obligation.narratives.exists()
    assert deeds(obligation).count("workplans.narrative_edited") == 3


def test_the_second_of_two_writers_is_shown_the_first_ones_text(
    obligation, partner_officer, partner_signatory
):
    save_narrative(obligation, "impact", by=partner_signatory, text="Prices held.")

    with pytest.raises(NarrativeEditedMeanwhile) as refused:
        save_narrative(obligation, "impact", by=partner_officer, text="Farmers sold.")

    assert refused.value.stored.text == "Prices held."
    assert obligation.narratives.get().text == "Prices held."


def test_a_text_of_a_submitted_report_is_told_from_what_to_what(
    obligation, stream, draft, partner_officer
):
    """A draft is for its own organisation alone, so that the record keeps no word of it."""
    save_narrative(obligation, "impact", by=partner_officer, text="Farmers sold.")
    draft(stream, 120)
    submit_report(obligation, by=partner_officer, at=IN_TIME)
    save_narrative(
        obligation, "impact", by=partner_officer, text="Farmers sold more.", seen_version=1
    )
    save_narrative(obligation, "impact", by=partner_officer, text="", seen_version=2)

    events = Event.objects.about(obligation).filter(verb="workplans.narrative_edited")
    assert list(events.order_by("pk").values_list("changes", flat=True)) == [
        {},
        {"impact": ["Farmers sold.", "Farmers sold more."]},
        {"impact": ["Farmers sold more.", ""]},
    ]


def test_saving_the_same_text_twice_is_one_deed(obligation, partner_officer):
    for _click in range(2):
        save_narrative(obligation, "impact", by=partner_officer, text="Farmers sold.")

    assert deeds(obligation).count("workplans.narrative_edited") == 1


def test_streams_of_the_grid_are_found_in_one_query(
    mechanism, quarter, version_of, organisations, kitui, django_assert_num_queries
):
    for number in range(3):
        StreamFactory(
            version=version_of(f"S-{number}"), organisation=organisations.kcdms, place=kitui
        )
    with django_assert_num_queries(1):
        assert len(Stream.objects.owed_to(mechanism, quarter)) == 3
