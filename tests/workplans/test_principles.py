"""The annual self-assessment against the guiding principles, told by side alone (P32)."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from coordination.models import Event, Organisation, Statement
from coordination.services.refusals import EditedMeanwhile
from tests.factories.coordination import MembershipFactory, OrganisationFactory
from workplans.models import PrincipleScore, SelfAssessment
from workplans.permissions.learning import organisations_assessing
from workplans.services.principles_desk import assessments_to_answer
from workplans.services.self_assessments import (
    Answer,
    EndsInThePast,
    NoPrinciples,
    NotAsked,
    RoundIsOver,
    RoundIsThere,
    assess_itself,
    extend_round,
    open_round,
    scores_of,
    standing_of,
)

NOW = dt.datetime(2021, 11, 2, 9, tzinfo=dt.UTC)
LAST_DAY = dt.date(2021, 11, 30)
AFTER = dt.date(2021, 12, 1)


@pytest.fixture
def principles(mechanism):
    for number, text in enumerate(("Inclusive partnership", "Leave no one behind"), 1):
        Statement.objects.create(mechanism=mechanism, kind="principle", number=number, text=text)


@pytest.fixture
def opened(mechanism, principles, secretary):
    return open_round(mechanism, by=secretary, year=2021, closes_on=LAST_DAY, at=NOW)


@pytest.fixture
def answer(opened, secretary):
    """Let an organisation answer both principles: ``answer(kcdms, 3, 4)``."""

    def give(organisation, *scores, seen=0, **said):
        given = {number: Answer(score) for number, score in enumerate(scores, 1)}
        return assess_itself(
            opened,
            organisation,
            scores=given,
            seen_version=seen,
            **{"by": secretary, "at": NOW, **said},
        )

    return give


@pytest.fixture
def partners(mechanism, organisations):
    """Four implementing partners that are members."""
    more = [OrganisationFactory(), OrganisationFactory()]
    for partner in more:
        MembershipFactory(mechanism=mechanism, organisation=partner)
    return [organisations.kcdms, organisations.kiwash, *more]


def told(opened, on=AFTER):
    """The sums of the first principle, by side; "hidden" where they are not told."""
    standing = standing_of(opened, on=on)
    rows = [*standing.sides, *([standing.total] if standing.total else [])]
    return {
        row.label: (row.answered, *((row.sums[0].median, row.sums[0].mean) if row.sums else ()))
        for row in rows
    }


# --- What is told ---


def test_a_side_is_told_by_median_and_mean(opened, answer, partners):
    for partner, score in zip(partners, (1, 2, 2, 4), strict=True):
        answer(partner, score, 4)

    # Median 2; mean (1 + 2 + 2 + 4) / 4 = 2.25. Nobody is left untold: the total is the same.
    assert told(opened) == {
        "Government": (0,),
        "Implementing partners": (4, Decimal("2.00"), Decimal("2.25")),
        "All together": (4, Decimal("2.00"), Decimal("2.25")),
    }


def test_a_side_of_fewer_than_three_is_not_told_nor_given_away(
    opened, answer, partners, organisations
):
    for partner in partners[:3]:
        answer(partner, 3, 3)
    answer(organisations.kitui, 1, 1)

    # With the total, the one government’s score could be worked out.
    assert told(opened) == {
        "Government": (1,),
        "Implementing partners": (3, Decimal("3.00"), Decimal("3.00")),
    }


def test_untold_sides_of_three_together_give_nobody_away(
    opened, answer, partners, organisations, mechanism
):
    donor = OrganisationFactory(type=Organisation.Type.DONOR)
    MembershipFactory(mechanism=mechanism, organisation=donor)
    for organisation, score in (
        (organisations.kitui, 1),
        (organisations.makueni, 2),
        (donor, 4),
        *((partner, 3) for partner in partners[:3]),
    ):
        answer(organisation, score, 1)

    # (1 + 2 + 4 + 3 · 3) / 6 = 2.67; median of 1 2 3 3 3 4 is 3.
    assert told(opened)["All together"] == (6, Decimal("3.00"), Decimal("2.67"))
    assert told(opened)["Donors"] == (1,)


def test_nothing_is_told_while_it_can_still_be_answered(opened, answer, partners):
    for partner in partners:
        answer(partner, 3, 3)

    assert told(opened, LAST_DAY) == {}


def test_who_did_not_answer_is_named(opened, answer, organisations):
    answer(organisations.kcdms, 2, 2)

    standing = standing_of(opened, on=AFTER)
    assert (standing.received, len(standing.asked)) == (1, 4)
    assert set(standing.missing) == {
        organisations.kiwash,
        organisations.kitui,
        organisations.makueni,
    }


# --- Asking and answering ---


def test_a_round_asks_about_the_principles_as_they_stood(opened, mechanism):
    mechanism.statements.filter(kind="principle").delete()

    assert [str(each) for each in opened.principles.order_by("number")] == [
        "1. Inclusive partnership",
        "2. Leave no one behind",
    ]


def test_one_round_a_year(opened, mechanism, secretary):
    again = {"by": secretary, "year": 2021, "at": NOW}
    assert open_round(mechanism, closes_on=LAST_DAY, **again) == opened
    with pytest.raises(RoundIsThere):
        open_round(mechanism, closes_on=LAST_DAY + dt.timedelta(days=1), **again)


def test_a_round_needs_principles_and_days_to_come(mechanism, secretary):
    with pytest.raises(NoPrinciples):
        open_round(mechanism, by=secretary, year=2021, closes_on=LAST_DAY, at=NOW)
    with pytest.raises(EndsInThePast):
        open_round(mechanism, by=secretary, year=2021, closes_on=dt.date(2021, 11, 1), at=NOW)


def test_an_answer_is_changed_until_the_last_day(opened, answer, organisations):
    first = answer(organisations.kcdms, 2, 2)
    assert answer(organisations.kcdms, 2, 2) == first
    with pytest.raises(EditedMeanwhile):
        answer(organisations.kcdms, 4, 4)
    answer(organisations.kcdms, 4, 3, seen=1)

    changed = SelfAssessment.objects.get()
    assert scores_of(changed) == {1: Answer(4), 2: Answer(3)}
    # The last day ends in Nairobi, three hours ahead.
    with pytest.raises(RoundIsOver):
        answer(
            organisations.kcdms, 1, 1, seen=2, at=dt.datetime(2021, 11, 30, 21, 0, tzinfo=dt.UTC)
        )


def test_more_time_is_given_while_it_is_open(opened, secretary):
    extend_round(opened, by=secretary, closes_on=dt.date(2021, 12, 10), at=NOW)
    with pytest.raises(EndsInThePast):
        extend_round(opened, by=secretary, closes_on=LAST_DAY, at=NOW)
    with pytest.raises(RoundIsOver):
        extend_round(
            opened, by=secretary, closes_on=dt.date(2022, 1, 1), at=NOW + dt.timedelta(days=60)
        )


def test_only_who_is_asked_answers(answer, organisations):
    with pytest.raises(NotAsked):
        answer(organisations.elsewhere, 1, 1)


def test_each_answers_for_the_own_organisation(
    opened, mechanism, partner_officer, focal_point, county_lead, secretary, organisations
):
    def answering(user):
        return list(organisations_assessing(user, mechanism))

    assert answering(partner_officer) == [organisations.kcdms]
    assert answering(focal_point) == [organisations.kitui]
    assert answering(county_lead) == []
    assert answering(secretary) == [organisations.rla]  # the backbone’s own


def test_it_waits_on_the_desk_until_it_is_answered_or_over(
    opened, answer, organisations, partner_officer, outsider
):
    def waiting(user, at=NOW):
        return [row.note for row in assessments_to_answer(user, at).rows]

    [note] = waiting(partner_officer)
    assert note.startswith(organisations.kcdms.short_name)
    assert waiting(partner_officer, NOW + dt.timedelta(days=29)) == []
    assert waiting(outsider) == []
    answer(organisations.kcdms, 2, 2)
    assert waiting(partner_officer) == []


# --- What nobody else reads ---


def test_no_score_stands_where_another_reads_it(client, opened, answer, organisations, peer):
    answer(organisations.kcdms, 4, 1)
    PrincipleScore.objects.update(because="Canary of the board")

    client.force_login(peer)
    page = client.get(reverse("principle-list", args=["sek"])).content.decode()
    assert "Canary of the board" not in page
    other = reverse("principles-assess", args=["sek", 2021, "kcdms"])
    assert client.get(other).status_code == 404
    event = Event.objects.about(opened).first()
    assert (event.verb, event.changes, event.note) == (
        "workplans.principles_assessed",
        {},
        organisations.kcdms.short_name,
    )


def test_older_years_are_led_to(client, mechanism, principles, secretary, peer):
    for year in (2018, 2019, 2020, 2021):
        open_round(
            mechanism, by=secretary, year=year, closes_on=dt.date(year, 11, 30),
            at=dt.datetime(year, 11, 2, tzinfo=dt.UTC),
        )  # fmt: skip
    client.force_login(peer)
    page = client.get(reverse("principle-list", args=["sek"]))
    assert page.context["other_years"] == [2019, 2018]
    [(standing, _mine)] = client.get("/mechanisms/sek/principles/?year=2018").context["rounds"]
    assert standing.round.year == 2018


def test_an_officer_answers_on_a_form(client, mechanism, principles, secretary, partner_officer):
    client.force_login(secretary)
    last = timezone.localdate() + dt.timedelta(days=20)
    answer = client.post(
        reverse("assessment-open", args=["sek"]), {"year": last.year, "closes_on": last}
    )
    assert answer.status_code == 302
    address = reverse("principles-assess", args=["sek", last.year, "kcdms"])
    assert client.get(address).status_code == 404

    client.force_login(partner_officer)
    typed = {"score_1": "3", "because_1": "New to it", "score_2": "", "seen_version": "0"}
    assert client.post(address, typed).status_code == 200
    assert client.post(address, typed | {"score_2": "2"}).status_code == 302
    assert client.post(address, typed | {"score_2": "4"}).status_code == 200  # another version

    [saved] = SelfAssessment.objects.all()
    assert scores_of(saved) == {1: Answer(3, "New to it"), 2: Answer(2)}
