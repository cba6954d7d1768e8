"""What documents say of a mechanism in lists, and what a whole programme is to cost."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from coordination.models import Currency, Money, Origin, Statement
from coordination.services.statements import statements_of
from tests.factories.coordination import (
    ContributionFactory,
    MechanismFactory,
    MembershipFactory,
    OrganisationFactory,
    StatementFactory,
)

Kind = Statement.Kind


def test_lists_stand_in_their_order_and_lines_in_their_numbers(mechanism):
    StatementFactory(mechanism=mechanism, kind=Kind.BOTTLENECK)
    StatementFactory(mechanism=mechanism, kind=Kind.TOOL)
    for number in (2, 1):
        StatementFactory(mechanism=mechanism, kind=Kind.PRINCIPLE, number=number)
    StatementFactory(kind=Kind.REACH)

    said = statements_of(mechanism)

    assert [(each.title, each.is_ranked) for each in said.lists] == [
        ("Guiding principles", True),
        ("Tools", False),
        ("Bottlenecks", False),
    ]
    assert [each.number for each in said.lists[0].statements] == [1, 2]
    assert (said.next_steps, said.milestones) == ([], [])


def test_vision_next_steps_and_milestones_stand_apart(mechanism):
    vision = StatementFactory(mechanism=mechanism, kind=Kind.VISION)
    step = StatementFactory(mechanism=mechanism, kind=Kind.NEXT_STEP)
    reached = StatementFactory(
        mechanism=mechanism, kind=Kind.MILESTONE, falls_on=dt.date(2019, 10, 3)
    )

    said = statements_of(mechanism)

    assert (said.vision, said.next_steps, said.milestones) == ([vision], [step], [reached])
    assert said.lists == []


def test_history_is_told_from_its_beginning(mechanism):
    for day in (dt.date(2020, 8, 1), dt.date(2019, 10, 3)):
        StatementFactory(mechanism=mechanism, kind=Kind.MILESTONE, falls_on=day)

    assert [each.falls_on.year for each in statements_of(mechanism).milestones] == [2019, 2020]


def test_a_mechanism_of_which_nothing_is_said_has_no_headings(mechanism):
    said = statements_of(mechanism)

    assert (said.lists, said.next_steps, said.milestones) == ([], [], [])


@pytest.mark.parametrize(
    ("precision", "written"), [("day", "3\u00a0Oct 2019"), ("month", "Oct 2019"), ("year", "2019")]
)
def test_a_date_is_told_as_far_as_it_is_known(precision, written):
    assert Statement(falls_on=dt.date(2019, 10, 3), precision=precision).when == written
    assert Statement(precision=precision).when == ""


@pytest.mark.parametrize(
    "content",
    [
        {"kind": Kind.MILESTONE, "number": 2},
        {"kind": Kind.PRINCIPLE, "number": 1},
    ],
    ids=["a milestone without a date", "a number that is taken"],
)
def test_the_database_refuses(mechanism, content):
    StatementFactory(mechanism=mechanism, kind=Kind.PRINCIPLE, number=1)

    with pytest.raises(IntegrityError), transaction.atomic():
        StatementFactory(mechanism=mechanism, **content)


def test_a_contribution_is_an_amount_in_its_own_currency(mechanism, organisations):
    euros = ContributionFactory(mechanism=mechanism, organisation=organisations.usaid)
    assert euros.amount == Money(45_000_000_00, Currency.EUR)
    assert str(euros) == "USAID: EUR 45,000,000"

    with pytest.raises(IntegrityError), transaction.atomic():
        ContributionFactory(mechanism=mechanism, organisation=organisations.usaid, amount_minor=0)


# --- On pages ---


def test_who_pays_has_a_page(client, mechanism):
    payer = OrganisationFactory(slug="gob", name="Government of Balochistan")
    ContributionFactory(mechanism=mechanism, organisation=payer)

    page = client.get("/organisations/gob/").content.decode()

    assert "SEK coordination mechanism</a> EUR 45,000,000" in page


def test_who_pays_for_a_hidden_mechanism_has_none(client, db):
    secret = MechanismFactory(name="CANARY", is_public=False)
    payer = OrganisationFactory(slug="payer")
    ContributionFactory(mechanism=secret, organisation=payer)
    assert client.get("/organisations/payer/").status_code == 404

    MembershipFactory(organisation=payer)
    assert "CANARY" not in client.get("/organisations/payer/").content.decode()


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (Origin.PUBLIC, "From public material"),
        (Origin.GENERAL, "General knowledge, unconfirmed"),
        (Origin.ILLUSTRATIVE, "Illustrative"),
    ],
)
def test_what_is_neither_entered_nor_in_a_document_says_so(client, mechanism, origin, said):
    StatementFactory(mechanism=mechanism, text="Nine counties", origin=Origin.DOCUMENT)
    assert said not in client.get(mechanism.get_absolute_url()).content.decode()

    Statement.objects.update(origin=origin)
    assert said in client.get(mechanism.get_absolute_url()).content.decode()
