"""Who may do what in `coordination`: one table, every role of the cast against every deed."""

import pytest
from django.core.exceptions import PermissionDenied

from coordination import permissions
from coordination.models import Invitation, Role
from coordination.permissions import (
    can_administer,
    can_end_office,
    can_give_role,
    can_manage_people,
    can_see_events,
    can_see_office,
    can_see_people,
    can_withdraw_invitation,
    require,
)
from tests.conftest import CAST
from tests.factories.coordination import MechanismFactory, OfficeFactory

TAKING_PART = set(CAST) - {"public", "outsider", "former_officer"}


@pytest.fixture
def office(organisations, mechanism):
    return OfficeFactory(
        role=Role.PARTNER_OFFICER, organisation=organisations.kiwash, mechanism=mechanism
    )


def who(cast, deed) -> set[str]:
    return {name for name, user in cast.items() if deed(user)}


def test_who_may_do_what(cast, mechanism, office, organisations):
    other = MechanismFactory(slug="other")
    without = cast["partner_officer"].offices.get()
    invitation = Invitation(role=Role.PARTNER_OFFICER, mechanism=mechanism)
    manages = {"secretary", "administrator"}

    table = {
        "administer": (can_administer, {"administrator"}),
        "see events": (can_see_events, {"administrator"}),
        "manage people": (lambda user: can_manage_people(user, mechanism), manages),
        "manage people elsewhere": (
            lambda user: can_manage_people(user, other), {"administrator"},
        ),
        "see people": (lambda user: can_see_people(user, mechanism), TAKING_PART),
        "see people elsewhere": (lambda user: can_see_people(user, other), {"administrator"}),
        "give a role": (
            lambda user: can_give_role(user, Role.COUNTY_FOCAL_POINT, mechanism), manages,
        ),
        "make an administrator": (
            lambda user: can_give_role(user, Role.ADMINISTRATOR, mechanism), {"administrator"},
        ),
        "see an office": (lambda user: can_see_office(user, office), TAKING_PART),
        "see an office of no mechanism": (
            lambda user: can_see_office(user, without), {"partner_officer", "administrator"},
        ),
        "end an office": (lambda user: can_end_office(user, office), manages),
        "end an office of no mechanism": (
            lambda user: can_end_office(user, without), {"administrator"},
        ),
        "withdraw an invitation": (
            lambda user: can_withdraw_invitation(user, invitation), manages,
        ),
    }  # fmt: skip

    found = {deed: who(cast, allowed) for deed, (allowed, _names) in table.items()}
    assert found == {deed: names for deed, (_allowed, names) in table.items()}


def test_a_requirement_that_is_not_met_is_a_refusal():
    require(True)

    with pytest.raises(PermissionDenied):
        require(False)


def test_a_file_is_open_to_whom_any_reader_lets_in(monkeypatch):
    asked = []
    monkeypatch.setattr(permissions, "_readers", [])
    permissions.register_reader(lambda user, file: asked.append((user, file)))
    permissions.register_reader(lambda _user, file: file == "minutes")

    assert permissions.can_open_file("peer", "minutes")
    assert not permissions.can_open_file("peer", "draft")
    assert asked == [("peer", "minutes"), ("peer", "draft")]
