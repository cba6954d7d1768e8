"""Indicators: rules locked once a value was handed in, versions never added (R2)."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from coordination.models import Event, Mail
from coordination.services.refusals import EditedMeanwhile
from tests.factories.coordination import UserFactory
from tests.factories.plans import FrameworkFactory, IntendedResultFactory
from tests.factories.workplans import (
    BaselineFactory,
    DisaggregationFactory,
    IndicatorFactory,
    ResultFactory,
    StreamFactory,
    TargetFactory,
    VersionFactory,
)
from workplans.models import (
    Indicator,
    IndicatorVersion,
    Result,
    code_order,
    validate_code,
    walk,
)
from workplans.services.indicators import RulesLocked, create_indicator, edit_indicator, history_of
from workplans.services.quantities import (
    Amount,
    set_target,
)
from workplans.services.sheets import IndicatorCodeTaken, is_locked, rule_in_words, version_content
from workplans.services.versions import (
    AlreadyInUse,
    PeriodAlreadyReported,
    VersionNotInUse,
    put_in_use,
    revise_indicator,
)

State = IndicatorVersion.State
YEAR = {"starts_on": dt.date(2020, 7, 1), "ends_before": dt.date(2021, 7, 1)}


@pytest.fixture
def version(mechanism):
    """Farmers trained: new in each quarter, added over everything, reported by nobody yet."""
    indicator = IndicatorFactory(mechanism=mechanism, code="SEK-1", name="Farmers trained")
    return VersionFactory(indicator=indicator)


@pytest.fixture
def stream(version, organisations, kitui):
    return StreamFactory(version=version, organisation=organisations.kcdms, place=kitui)


@pytest.fixture
def content(version):
    """A maker of the content of the indicator, with changes."""

    def make(**changes):
        return version_content(version) | changes

    return make


@pytest.fixture
def reported(stream, quarter):
    """A value in each state that a reader may know of; by default submitted."""

    def make(state=Result.State.SUBMITTED, period=quarter):
        now = dt.datetime(2021, 4, 1, tzinfo=dt.UTC)
        return ResultFactory(
            stream=stream, period=period, state=state, submitted_at=now,
            submitted_by=UserFactory(),
        )  # fmt: skip

    return make


# --- Codes and trees ---


@pytest.mark.parametrize("code", ["SEK-1", "EG.3.2-24", "O2.1", "7", "KTI_1"])
def test_codes_as_the_field_writes_them_are_taken(code):
    validate_code(code)


@pytest.mark.parametrize(
    "code", ["new", "export", "", "1/2", "1 2", "-1", "1..2", "1.", "é1", "1\n"]
)
def test_codes_that_would_break_an_address_are_not(code):
    with pytest.raises(ValidationError):
        validate_code(code)


def test_codes_are_ordered_as_people_count():
    codes = ["1.10", "1.9", "2", "1.9a", "KTI-2", "KTI-10"]

    assert sorted(codes, key=code_order) == ["1.9", "1.9a", "1.10", "2", "KTI-2", "KTI-10"]


def test_a_tree_is_walked_from_the_goal_down(db):
    framework = FrameworkFactory()
    goal = IntendedResultFactory(framework=framework, code="G")
    area = IntendedResultFactory(framework=framework, code="O1", parent=goal)
    other = IntendedResultFactory(framework=framework, code="O2", parent=goal)
    output = IntendedResultFactory(framework=framework, code="1.1", parent=area)

    found = list(walk([other, output, area, goal]))

    assert found == [(0, goal), (1, area), (2, output), (1, other)]


# --- The rule in words ---

STOCK = (
    "As at the end of a period: the latest value of each reporter counts, with its date. "
    "Values of several periods are never added."
)
QUOTIENT = (
    "Numerators are added, denominators are added, and the sums are divided; "
    "percentages are never averaged."
)


@pytest.mark.parametrize(
    ("rules", "sentences"),
    [
        (
            {},
            [
                "What is new in each period is added.",
                "The values are added.",
                "The values are added.",
            ],
        ),
        (
            {"over_periods": "latest", "over_places": "maximum", "over_organisations": "mean"},
            [
                STOCK,
                "The highest value counts.",
                "The mean of the values, each counting once.",
            ],
        ),
        (
            {"over_periods": "none", "over_places": "none", "over_organisations": "none"},
            [
                "Values of several periods are not put together.",
                "The values are not put together; only each by itself can be shown.",
                "The values are not put together; only each by itself can be shown.",
            ],
        ),
        (
            {"data_type": "percentage"},
            [QUOTIENT] * 3,
        ),
    ],
)
def test_the_rule_is_said_for_each_axis(rules, sentences):
    version = VersionFactory.build(indicator=None, **rules)

    assert [sentence for _axis, sentence in rule_in_words(version)] == sentences
    assert [axis for axis, _sentence in rule_in_words(version)] == [
        "Over periods",
        "Over places",
        "Over organisations",
    ]


# --- Creating, editing, putting in use ---


def test_a_new_indicator_is_a_draft(mechanism, secretary, content):
    sex = DisaggregationFactory()

    indicator = create_indicator(
        mechanism, by=secretary, **content(code="SEK-2", disaggregations=[sex])
    )

    version = indicator.versions.get()
    assert (version.number, version.state, version.definition) == (
        1,
        State.DRAFT,
        "What counts and what does not.",
    )
    assert list(version.disaggregations.all()) == [sex]
    assert Event.objects.about(indicator).get().verb == "workplans.indicator_created"


def test_a_code_belongs_to_one_indicator_of_a_mechanism(mechanism, version, secretary, content):
    with pytest.raises(IndicatorCodeTaken):
        create_indicator(mechanism, by=secretary, **content())

    other = IndicatorFactory(mechanism=mechanism, code="SEK-2")
    VersionFactory(indicator=other)
    for code in ("SEK-2", "sek-2"):
        with pytest.raises(IndicatorCodeTaken):
            edit_indicator(version, by=secretary, seen_version=1, **content(code=code))


def test_a_draft_is_put_in_use_once(version, secretary):
    IndicatorVersion.objects.update(state=State.DRAFT)

    put_in_use(version, by=secretary)

    version.refresh_from_db()
    assert version.state == State.IN_USE
    with pytest.raises(AlreadyInUse):
        put_in_use(version, by=secretary)


def test_rules_are_open_until_a_value_is_handed_in(version, reported, secretary, content):
    reported(Result.State.DRAFT)

    edit_indicator(version, by=secretary, seen_version=1, **content(over_periods="latest"))

    version.refresh_from_db()
    assert (version.over_periods, version.lock_version) == ("latest", 2)
    assert history_of(version.indicator).get().changes == {"over_periods": ["sum", "latest"]}


@pytest.mark.parametrize(
    "state", [Result.State.SUBMITTED, Result.State.RETURNED, Result.State.VERIFIED]
)
@pytest.mark.parametrize(
    "change",
    [
        {"definition": "Something else."},
        {"data_type": "percentage"},
        {"over_periods": "latest"},
        {"over_places": "none"},
        {"over_organisations": "maximum"},
        {"direction": "decrease"},
        {"unit": "hectares"},
    ],
)
def test_rules_are_locked_once_a_value_was_handed_in(
    version, reported, secretary, content, state, change
):
    reported(state)

    with pytest.raises(RulesLocked):
        edit_indicator(version, by=secretary, seen_version=1, **content(**change))

    version.refresh_from_db()
    assert is_locked(version)
    assert version_content(version) == content()
    assert not Event.objects.about(version.indicator).exists()


def test_breakdowns_are_locked_too(version, reported, secretary, content):
    reported()

    with pytest.raises(RulesLocked):
        edit_indicator(
            version, by=secretary, seen_version=1,
            **content(disaggregations=[DisaggregationFactory()]),
        )  # fmt: skip

    assert not version.disaggregations.exists()


def test_what_is_no_rule_may_change_later(version, reported, secretary, content):
    reported(Result.State.VERIFIED)

    edit_indicator(
        version, by=secretary, seen_version=1,
        **content(name="Farmers trained in the field", data_source="Registers", tolerance=15),
    )  # fmt: skip

    assert history_of(version.indicator).get().changes == {
        "name": ["Farmers trained", "Farmers trained in the field"],
        "data_source": ["", "Registers"],
        "tolerance": [10, 15],
    }


def test_the_second_of_two_editors_is_refused(version, secretary, content):
    edit_indicator(version, by=secretary, seen_version=1, **content(unit="persons"))

    with pytest.raises(EditedMeanwhile):
        edit_indicator(version, by=secretary, seen_version=1, **content(unit="people"))


# --- A new version ---


def test_a_revision_continues_the_streams_under_a_new_version(
    version, stream, reported, quarters, secretary, content, organisations, makueni, partner_officer
):
    reported(Result.State.VERIFIED, quarters[2])
    ended = StreamFactory(
        version=version, organisation=organisations.kiwash, place=makueni,
        ends_before=dt.date(2021, 1, 1),
    )  # fmt: skip

    revised = revise_indicator(
        version, by=secretary, seen_version=1, counts_from=quarters[3].starts_on,
        change_note="Only those who finished.", **content(definition="Those who finished."),
    )  # fmt: skip

    version.refresh_from_db()
    assert (version.state, version.definition) == (State.REVISED, "What counts and what does not.")
    assert (revised.number, revised.state, revised.definition) == (
        2,
        State.IN_USE,
        "Those who finished.",
    )
    running = revised.streams.get()
    assert (running.organisation, running.place) == (stream.organisation, stream.place)
    assert (running.starts_on, running.ends_before) == (dt.date(2021, 4, 1), None)
    stream.refresh_from_db()
    ended.refresh_from_db()
    assert (stream.ends_before, ended.ends_before) == (dt.date(2021, 4, 1), dt.date(2021, 1, 1))
    # What was reported stays where it was, and is never added to the new version's values.
    assert stream.results.count() == 1
    [event] = history_of(version.indicator)
    assert (event.verb, event.note) == ("workplans.indicator_revised", "Only those who finished.")
    assert [mail.recipient for mail in Mail.objects.all()] == [partner_officer.email]


def test_a_stream_that_would_begin_later_begins_under_the_new_version(
    version, quarters, secretary, content, organisations, kitui
):
    StreamFactory(
        version=version, organisation=organisations.kcdms, place=kitui,
        starts_on=quarters[3].starts_on,
    )  # fmt: skip

    revised = revise_indicator(
        version,
        by=secretary,
        seen_version=1,
        counts_from=quarters[2].starts_on,
        change_note="New",
        **content(),
    )

    assert not version.streams.exists()
    assert revised.streams.get().starts_on == quarters[3].starts_on


def test_a_revision_counts_from_a_period_that_is_not_reported(
    version, reported, quarters, secretary, content
):
    reported(Result.State.DRAFT, quarters[2])

    with pytest.raises(PeriodAlreadyReported):
        revise_indicator(
            version,
            by=secretary,
            seen_version=1,
            counts_from=quarters[1].starts_on,
            change_note="x",
            **content(),
        )

    assert version.indicator.versions.get() == version


def test_only_the_version_in_use_is_revised(version, secretary, content):
    IndicatorVersion.objects.update(state=State.DRAFT)

    with pytest.raises(VersionNotInUse):
        revise_indicator(
            version,
            by=secretary,
            seen_version=1,
            counts_from=dt.date(2021, 4, 1),
            change_note="x",
            **content(),
        )


# --- Pages ---


def address(name, *more):
    return reverse(name, args=["sek", *more])


def sheet_data(**changes):
    return {
        "code": "SEK-1",
        "name": "Farmers trained",
        "definition": "What counts and what does not.",
        "unit": "farmers",
        "is_public": "on",
        "data_type": "number",
        "over_periods": "sum",
        "over_places": "sum",
        "over_organisations": "sum",
        "direction": "increase",
        "tolerance": "10",
        "frequency": "quarterly",
        "seen_version": "1",
        **changes,
    }


def test_indicators_stand_under_the_results_that_they_measure(client, mechanism):
    framework = FrameworkFactory(mechanism=mechanism)
    goal = IntendedResultFactory(framework=framework, code="G")
    area = IntendedResultFactory(framework=framework, code="O1", parent=goal)
    for code, result in [("SEK-1", area), ("SEK-2", None)]:
        VersionFactory(indicator__mechanism=mechanism, indicator__code=code,
                       indicator__intended_result=result)  # fmt: skip

    response = client.get(address("indicator-list"))

    [(shown, nodes)] = response.context["frameworks"]
    assert shown == framework
    assert [
        (node.depth, node.result.code, [row.code for row in node.indicators]) for node in nodes
    ] == [(0, "G", []), (1, "O1", ["SEK-1"])]
    assert [row.code for row in response.context["loose"]] == ["SEK-2"]


def test_drafts_are_seen_by_who_takes_part(client, mechanism, version, partner_officer):
    VersionFactory(
        indicator__mechanism=mechanism, indicator__code="SEK-9",
        indicator__name="CANARY indicator", state=State.DRAFT,
    )  # fmt: skip
    VersionFactory(
        indicator=version.indicator, number=2, state=State.DRAFT, definition="CANARY definition"
    )

    pages = [
        client.get(address("indicator-list")),
        client.get(address("indicator-detail", "SEK-1")),
        client.get(f"{address('indicator-detail', 'SEK-1')}?version=2"),
    ]
    assert [page.content.decode().count("CANARY") for page in pages] == [0, 0, 0]
    assert client.get(address("indicator-detail", "SEK-9")).status_code == 404

    client.force_login(partner_officer)
    assert client.get(address("indicator-detail", "SEK-9")).status_code == 200
    second = client.get(f"{address('indicator-detail', 'SEK-1')}?version=2").content.decode()
    assert second.count("CANARY definition") == 1


def test_an_empty_list_of_indicators_says_what_belongs_there(client, mechanism):
    assert "No indicators yet" in client.get(address("indicator-list")).content.decode()


def test_lists_and_sheets_ask_the_same_number_of_questions(
    client, mechanism, version, kitui, django_assert_num_queries, django_assert_max_num_queries
):
    framework = FrameworkFactory(mechanism=mechanism)

    def grow():
        result = IntendedResultFactory(framework=framework)
        VersionFactory(indicator__mechanism=mechanism, indicator__intended_result=result)
        StreamFactory(version=version, place=kitui)
        TargetFactory(version=version)
        BaselineFactory(version=version)
        version.disaggregations.add(DisaggregationFactory(key=f"key-{result.pk}"))

    grow()
    for url, most in [
        (address("indicator-list"), 8),
        (address("indicator-detail", "SEK-1"), 16),
    ]:
        client.get(url)
        with django_assert_max_num_queries(most) as asked:
            client.get(url)
        grow()
        grow()
        with django_assert_num_queries(len(asked)):
            client.get(url)


def test_a_sheet_shows_rule_targets_and_reporters(client, version, stream, secretary, kitui):
    set_target(version, Amount(Decimal(240)), by=secretary, place=kitui, **YEAR)
    set_target(
        version, Amount(Decimal(300)), by=secretary, place=kitui, reason="Two more wards.", **YEAR
    )

    text = " ".join(client.get(address("indicator-detail", "SEK-1")).content.decode().split())

    for words in ("What is new in each period is added.", "FY 2020/21", "at first 240", "KCDMS"):
        assert words in text
    assert text.count(secretary.name) == 0


def test_the_secretariat_drafts_an_indicator(client, mechanism, secretary):
    client.force_login(secretary)

    response = client.post(address("indicator-create"), sheet_data(seen_version="0"))

    assert response["Location"] == address("indicator-detail", "SEK-1")
    assert Indicator.objects.get().versions.get().state == State.DRAFT


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"code": "new"}, "code", "A code has letters"),
        ({"name": ""}, "name", "This field is required."),
        ({"tolerance": "101"}, "tolerance", "Ensure this value is less than"),
        ({"data_type": "percentage"}, "numerator_definition", "Say what is divided by what."),
        ({"over_periods": "average"}, "over_periods", "Select a valid choice."),
        ({"disaggregations": ["9" * 20]}, "disaggregations", "Select a valid choice."),
    ],
)
def test_a_wrong_sheet_is_said_at_its_field(client, mechanism, secretary, changes, field, message):
    client.force_login(secretary)

    response = client.post(address("indicator-create"), sheet_data() | changes)

    assert response.context["form"].errors[field][0].startswith(message)
    assert not Indicator.objects.exists()


def test_a_taken_code_is_said_at_its_field(client, version, secretary):
    client.force_login(secretary)

    response = client.post(address("indicator-create"), sheet_data())

    assert response.context["form"].errors == {
        "code": ["Another indicator of this mechanism has this code."]
    }


def test_locked_rules_are_shown_and_not_taken(client, version, reported, secretary):
    reported()
    client.force_login(secretary)

    response = client.post(
        address("indicator-edit", "SEK-1"),
        sheet_data(definition="Another", over_periods="latest", data_source="Registers"),
    )

    version.refresh_from_db()
    assert response.status_code == 302
    assert (version.over_periods, version.data_source) == ("sum", "Registers")
    assert version.definition == "What counts and what does not."


def test_the_second_editor_of_a_sheet_sees_both_texts(client, version, secretary, content):
    edit_indicator(version, by=secretary, seen_version=1, **content(unit="persons"))
    client.force_login(secretary)

    begun = {"initial-unit": "farmers"}
    response = client.post(address("indicator-edit", "SEK-1"), sheet_data(unit="people") | begun)

    conflict = response.context["conflict"]
    assert conflict.who == secretary
    assert conflict.fields == [("Unit", "people", "persons", "farmers")]
    assert response.context["form"]["seen_version"].value() == "2"


def test_the_secretariat_makes_a_new_version(client, version, stream, quarters, secretary):
    client.force_login(secretary)

    response = client.post(
        address("indicator-revise", "SEK-1"),
        sheet_data(counts_from="2021-q2", change_note="Those who finished."),
        follow=True,
    )

    assert [str(message) for message in response.context["messages"]] == [
        "Version 2 is in use. Set its baselines and targets."
    ]
    assert [row.number for row in response.context["versions"]] == [2, 1]


def test_a_revision_offers_periods_that_are_not_reported(
    client, version, reported, quarters, secretary
):
    reported(period=quarters[1])
    client.force_login(secretary)

    form = client.get(address("indicator-revise", "SEK-1")).context["form"]

    assert list(form.fields["counts_from"].queryset) == quarters[2:]


def test_a_draft_is_put_in_use_from_its_page(client, version, secretary):
    IndicatorVersion.objects.update(state=State.DRAFT)
    client.force_login(secretary)

    for _click in range(2):
        client.post(address("indicator-put-in-use", "SEK-1"))

    version.refresh_from_db()
    assert version.state == State.IN_USE
    assert history_of(version.indicator).count() == 1


def test_the_quality_of_the_data_is_said_on_the_sheet(version, secretary, content, client):
    """The five standards of a data quality assessment, with who assessed and when (domain 1.20)."""
    assessed = content(
        quality_assessed_on=dt.date(2021, 2, 24), quality_assessed_by="M&E adviser",
        quality_findings="Registers and totals agree.", codes_elsewhere="SDG 2.2.1",
    )  # fmt: skip

    edit_indicator(version, by=secretary, seen_version=1, **assessed)

    page = client.get(version.indicator.get_absolute_url()).content.decode()
    for words in ("Assessed on 24\u00a0Feb 2021, M&amp;E adviser", "SDG 2.2.1", "totals agree"):
        assert words in page
