"""The demo's posts: those that a visitor signs in as, and those that act in the quarters alone."""

from __future__ import annotations

import datetime as dt

from allauth.account.models import EmailAddress

from coordination.models import Role, User
from coordination.services.offices import Appointment, give_office

from .accounts import ACCOUNTS, Account
from .sources import mechanism, organisation, place, read

IN_OFFICE_FROM = dt.date(2019, 10, 3)
FIRST_DAY = dt.datetime(2019, 10, 3, 6, tzinfo=dt.UTC)


def load_people() -> None:
    """Everyone in office, with a verified address; only the accounts have a password."""
    for row in read("people"):
        _load_post(Account(password="", **{**row, "role": Role(row["role"])}))
    for account in ACCOUNTS:
        _load_post(account)


def who(key: str) -> User:
    """The holder of the post, by its key."""
    return User.objects.get(email=f"{key}@example.org")


def officer_of(slug: str) -> User:
    """The data officer of the organisation."""
    return who(f"{slug}-officer")


def focal_point_of(path: str) -> User:
    """The focal point of the county."""
    return who(f"{path.rpartition('/')[2]}-focal-point")


def _load_post(account: Account) -> None:
    holder = User.objects.create_user(
        account.email, account.password or None, name=account.post, date_joined=FIRST_DAY
    )
    EmailAddress.objects.create(user=holder, email=holder.email, verified=True, primary=True)
    if account.role == Role.COMMITTEE_MEMBER:
        return  # the office comes with the seat
    appointment = Appointment(
        role=account.role,
        starts_on=IN_OFFICE_FROM,
        organisation=organisation(account.organisation) if account.organisation else None,
        place=place(account.place) if account.place else None,
        mechanism=mechanism(account.mechanism) if account.mechanism else None,
    )
    give_office(holder, appointment, by=None, at=FIRST_DAY)
