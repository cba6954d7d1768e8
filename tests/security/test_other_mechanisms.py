"""3: nothing of one mechanism is written by, or into, another, whatever a form is made to say."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve

from coordination.models import Role
from tests.factories.coordination import (
    AwardFactory,
    MechanismFactory,
    MembershipFactory,
    OrganisationFactory,
    PlaceFactory,
)
from tests.factories.reporting import ReportFactory
from tests.factories.workplans import (
    ActivityFactory,
    IndicatorFactory,
    ObligationFactory,
    PlanFactory,
    ResultFactory,
    StreamFactory,
    VersionFactory,
)
from tests.security.conftest import A_LATER_ROW, PageForm, checksums, completed
from tests.test_rights import MATRIX, undrawn
from workplans.models import Result

pytestmark = pytest.mark.one_database

STRANGERS = ("outsider", "neighbour", "peer", "public")
# Who keeps another mechanism, and nothing of this one.
OTHERS = "secretariat of another mechanism"
# A form of every secretariat, which names no mechanism but its own: this one is refused in it.
OF_EACH_ITS_OWN = {("report-create", OTHERS)}
# Any organisation may become a member: that joins it to the mechanism, and is meant to.
MEANT_TO_JOIN = {("membership-create", "organisation")}
# What everyone who is signed in opens for oneself, and for nobody else: only the public may not.
ONES_OWN = {"feed-list", "plan-feed-open"}


@pytest.fixture
def other(kenya, holding):
    """A mechanism beside SEK, with one of each thing, and its secretariat."""
    place = PlaceFactory(parent=kenya, slug="nandi", name="Nandi")
    partner = OrganisationFactory(slug="stranger")
    mechanism = MechanismFactory(slug="north", country=kenya, places=[place], backbone=partner)
    award = AwardFactory(donor=OrganisationFactory(slug="other-donor"), prime=partner)
    mechanism.awards.add(award)
    membership = MembershipFactory(mechanism=mechanism, organisation=partner)
    version = VersionFactory(indicator=IndicatorFactory(mechanism=mechanism, code="N-1"))
    stream = StreamFactory(version=version, organisation=partner, place=place)
    secretary = holding(
        "Other secretariat", Role.SECRETARIAT, organisation=partner, mechanism=mechanism
    )
    result = ResultFactory(stream=stream, state=Result.State.DRAFT, entered_by=secretary)
    plan = PlanFactory(mechanism=mechanism, place=place, slug="nandi-2020-21")
    return SimpleNamespace(
        place=place, partner=partner, mechanism=mechanism, award=award, membership=membership,
        version=version, indicator=version.indicator, stream=stream, result=result, plan=plan,
        activity=ActivityFactory(plan=plan, code="NDI-1", lead=partner),
        obligation=ObligationFactory(
            mechanism=mechanism, organisation=partner, period=result.period
        ),
        report=ReportFactory(mechanism=mechanism, period=result.period), secretary=secretary,
    )  # fmt: skip


def references(thing) -> int:
    """How many rows of any table point at the thing."""
    return sum(
        relation.related_model._base_manager.filter(**{relation.field.name: thing}).count()
        for relation in thing._meta.related_objects
    )


def alike(offered: list[str], values: set[str]) -> set[str]:
    """Those of the values that may be told from what is offered by what they name alone.

    Where things are chosen by number, no word is one of them, and the other way round.
    """
    kinds = {choice.isdigit() for choice in offered if choice} or {True, False}
    return {value for value in values if value.isdigit() in kinds}


def test_no_form_crosses_from_one_mechanism_into_another(own_forms, other, as_, cast, figure):
    is_sent_by_no_stranger(own_forms, other, as_, figure)
    takes_no_thing_of_another(own_forms, other, as_, figure)


def is_sent_by_no_stranger(own_forms, other, as_, figure):
    """No form is sent by who was not shown it."""
    clients = {role: as_(role) for role in STRANGERS}
    clients[OTHERS] = Client(raise_request_exception=False)
    clients[OTHERS].force_login(other.secretary)
    before, sent, let_through = checksums(), 0, []
    for _role, form in own_forms:
        name = resolve(form.action.partition("?")[0]).url_name
        if form.method != "post" or name not in MATRIX:
            continue
        allowed = MATRIX[name]["POST"].get("ok", [])
        strangers = {"public"} if name in ONES_OWN else set(clients) - set(allowed)
        for role in strangers:
            sent += 1
            with undrawn():
                answer = clients[role].post(form.action, completed(form))
            # Whoever may choose nothing in the queue is told so, and nothing more.
            is_stopped = answer.status_code in {302, 401, 403, 404}
            if not is_stopped and "others" not in allowed and (name, role) not in OF_EACH_ITS_OWN:
                let_through.append((name, role, answer.status_code))
    changed = [label for label, sum_of in checksums().items() if sum_of != before[label]]
    figure(
        "3 forms of another",
        f"{sent} replayed by {len(clients)} roles, {len(let_through)} let through,"
        f" {len(changed)} tables changed",
    )
    assert (let_through, changed, sent > 100) == ([], [], True)


def takes_no_thing_of_another(own_forms, other, as_, figure):
    """No form takes a thing of another mechanism where a choice is its own."""
    things = vars(other).values()
    values = {str(getattr(thing, name, "")) for thing in things for name in ("pk", "slug", "code")}
    values = (values | {other.place.path, other.secretary.email}) - {""}
    before, sent, taken, joined = sum(map(references, things)), 0, 0, []
    asked: set[tuple[str, ...]] = set()

    def send(role: str, form: PageForm, forged: dict[str, list[str]]) -> bool:
        """Whether the form was taken; if so, and it joined the two, that is noted."""
        with transaction.atomic(), undrawn():
            answer = as_(role).post(form.action, completed(form) | forged)
            if answer.status_code == 302 and sum(map(references, things)) != before:
                joined.append((form.action, forged))
            transaction.set_rollback(True)
        return answer.status_code == 302

    for role, form in own_forms:
        if form.method != "post" or form.files or role == "administrator":
            continue
        taken += send(role, form, {})
        name = resolve(form.action.partition("?")[0]).url_name
        for field, offered in form.choices.items():
            # Where the same is offered under the same name, as to make a thing and to change it,
            # one of the two forms stands for both.
            question = (field, *sorted(offered))
            if (name, field) in MEANT_TO_JOIN or A_LATER_ROW.search(field) or question in asked:
                continue
            asked.add(question)
            for value in alike(offered, values) - set(offered):
                sent += 1
                send(role, form, {field: [value]})
    figure(
        "3 things of another",
        f"{sent} forged choices in forms of which {taken} are taken as they stand, {len(joined)}"
        " rows join two mechanisms",
    )
    assert (joined, sent > 500, taken > 10) == ([], True, True)
