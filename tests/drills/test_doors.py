"""15, 16, 18: guessing, asking who has an account, and naming a host, at the real web processes."""

from __future__ import annotations

import re
import statistics
import threading
from collections.abc import Callable

import pytest

from tests.drills.portal import PASSWORDS, Portal
from tests.drills.servers import Broker
from tests.drills.visitor import Answer, Visitor, at_once

KNOWN, COLLEAGUE = "kcdms-officer@example.org", "usaid-officer@example.org"
UNKNOWN = "nobody@example.org"
DOORS = ("/accounts/login/", "/admin/login/?next=/admin/")
ROUNDS, TIMED, BURSTS = 20, 50, 5


@pytest.fixture
def running(portal) -> Portal:
    portal.start_web(processes=3)
    return portal


def guess(portal: Portal, email: str, *, door: str = DOORS[0], number: int = 0) -> Answer:
    """A wrong password from a browser of its own, which claims to stand behind a proxy."""
    visitor = Visitor(portal.address, headers={"X-Forwarded-For": f"203.0.113.{number}"})
    answer = visitor.get(door)
    if answer.status == 302:  # the administration has the door of every page
        door = answer.place
    form = visitor.form(door, field="login")
    return visitor.send(form, login=email, password=f"wrong {number}")


def is_stopped(answer: Answer) -> bool:
    return answer.status == 429 or "Too many" in answer.text


def test_guessing_is_stopped_at_every_door_and_process(running, broker, figure):
    tried = {}
    for door in DOORS:
        forget_limits(broker)
        answers = [guess(running, KNOWN, door=door, number=number) for number in range(ROUNDS)]
        tried[door] = [is_stopped(answer) for answer in answers].index(True)
        assert all(is_stopped(answer) for answer in answers[tried[door] :])
    figure(
        "15 brute force, 3 processes",
        f"blocked after {', '.join(map(str, tried.values()))} at sign-in and administration",
    )
    assert max(tried.values()) <= 5


def test_who_is_guessed_at_gets_in_from_elsewhere_five_minutes_later(portal, broker, figure):
    """An address that guesses is blocked, and so is the account, but neither for good."""
    portal.environment["TRUSTED_PROXY_COUNT"] = "1"  # the header tells the truth here
    portal.start_web(processes=3)
    guesses = [guess(portal, KNOWN, number=1) for _guess in range(ROUNDS)]
    colleague = comes_in(portal, COLLEAGUE, number=2)
    owner_at_once = comes_in(portal, KNOWN, number=2)
    let_pass(broker, seconds=120)
    owner_too_early = comes_in(portal, KNOWN, number=2)
    let_pass(broker, seconds=180)
    # The first address goes on, at others.
    more = [guess(portal, f"{number}@example.org", number=1) for number in range(ROUNDS)]
    still_blocked = comes_in(portal, KNOWN, number=1)
    owner_later = comes_in(portal, KNOWN, number=2)

    figure(
        "15 right password elsewhere",
        "a colleague at once, the owner after 5 minutes, the guesser not",
    )
    assert [is_stopped(guesses[-1]), is_stopped(more[-1])] == [True, True]
    assert (colleague, owner_later) == (True, True)
    assert (owner_at_once, owner_too_early, still_blocked) == (False, False, False)


def comes_in(portal: Portal, email: str, *, number: int) -> bool:
    """Whether the right password opens the desk from an address."""
    visitor = Visitor(portal.address, headers={"X-Forwarded-For": f"203.0.113.{number}"})
    visitor.send(visitor.form(DOORS[0], field="login"), login=email, password=PASSWORDS[email])
    return visitor.get("/desk/").status == 200


def test_a_burst_of_guesses_does_not_keep_people_from_working(portal, broker, figure):
    """Sixty who guess slow a page down hardly more than sixty who open the sign-in page twice.

    Each guesses at an account of its own from an address of its own: no limit stops any of them.
    """
    running = portal
    running.environment["TRUSTED_PROXY_COUNT"] = "1"
    running.start_web(processes=3)
    reader = running.visitor("usaid-officer")

    def look(number: int) -> Answer:
        Visitor(running.address).get(DOORS[0])
        return Visitor(running.address).get(DOORS[0])

    def seconds_during(deed: Callable[[int], Answer]) -> list[float]:
        forget_limits(broker)
        crowd = [lambda number=number: deed(number) for number in range(60)]
        burst = threading.Thread(target=at_once, args=[crowd])
        burst.start()
        seconds = []
        while burst.is_alive():
            seconds.append(reader.get("/desk/").seconds)
        burst.join()
        return seconds

    looked, guessed = [], []
    for _burst in range(BURSTS):
        looked += seconds_during(look)
        guessed += seconds_during(
            lambda number: guess(running, f"{number}@example.org", number=number)
        )
    looking, guessing = (
        statistics.quantiles(seconds, n=20, method="inclusive")[-1] for seconds in (looked, guessed)
    )
    figure(
        "15 sixty guesses at once",
        f"p95 of a page {guessing:.2f} s, against {looking:.2f} s while sixty only look",
    )
    assert guessing <= max(2 * looking, 0.3)


def at_sign_in(portal: Portal) -> Callable[[str], Answer]:
    return lambda email: guess(portal, email)


def at_reset(portal: Portal) -> Callable[[str], Answer]:
    def ask(email: str) -> Answer:
        visitor = Visitor(portal.address)
        return visitor.send(visitor.form("/accounts/password/reset/", field="email"), email=email)

    return ask


def at_invitation(portal: Portal) -> Callable[[str], Answer]:
    """Whoever is invited types another's address, and a password that is too short to go on."""
    said = portal.manage("invite_administrator", "new@example.org", "Administrator")
    visitor = Visitor(portal.address)
    visitor.get(re.search(r"/invitation/[0-9a-f]{64}/", said)[0])
    form = visitor.form("/accounts/signup/", field="email")
    return lambda email: visitor.send(form, email=email, password1="short", password2="short")


def at_change_of_address(portal: Portal) -> Callable[[str], Answer]:
    """Whoever has just said the password again names another's address as the own."""
    visitor = portal.visitor("usaid-officer")
    again = visitor.form("/accounts/reauthenticate/", field="password")
    visitor.send(again, password=PASSWORDS["usaid-officer@example.org"])
    token = {"csrfmiddlewaretoken": visitor.form("/accounts/email/").fields["csrfmiddlewaretoken"]}
    return lambda email: visitor.post(
        "/accounts/email/", {**token, "email": email, "action_add": ""}
    )


@pytest.mark.parametrize("door", [at_sign_in, at_reset, at_invitation, at_change_of_address])
def test_an_account_is_not_told_by_the_time_of_an_answer(door, running, broker, figure):
    ask = door(running)
    answers = {email: [] for email in (KNOWN, UNKNOWN)}
    for number in range(TIMED):
        # Now the one first, now the other: whatever else the machine does befalls both alike.
        for email in (KNOWN, UNKNOWN) if number % 2 else (UNKNOWN, KNOWN):
            forget_limits(broker)
            answers[email].append(ask(email))
    known, unknown = (
        statistics.median(answer.seconds for answer in given) for given in answers.values()
    )
    apart = abs(known - unknown)
    figure(
        f"16 enumeration by time, {door.__name__.removeprefix('at_').replace('_', ' ')}",
        f"medians of {TIMED}: {known * 1000:.1f} and {unknown * 1000:.1f} ms,"
        f" {apart / max(known, unknown):.0%} apart",
    )
    assert len({answer.status for given in answers.values() for answer in given}) == 1
    # A tenth of an answer of 10 ms is 1 ms, which nobody tells from the rest of a network's ways.
    assert apart < 0.020
    assert apart / max(known, unknown) < 0.10 or apart < 0.002


@pytest.mark.parametrize(("named", "status"), [("as the host", 400), ("in the request line", 302)])
def test_no_letter_names_a_host_that_the_visitor_chose(named, status, running, figure):
    """The absolute form of a request line names a host beside the header's, and before it."""
    visitor, path = Visitor(running.address), "/accounts/password/reset/"
    form = visitor.form(path, field="email")
    if named == "as the host":
        visitor.headers["Host"] = "evil.test"
    else:
        visitor.headers["Host"] = running.address.removeprefix("http://")
        visitor.line = "http://evil.test"
    answer = visitor.send(form, email=KNOWN)
    running.manage("scheduler", "--once")
    written = [file.read_text().replace("=\n", "") for file in sorted(running.mail.glob("*"))]
    asked = [text for text in written if f"To: {KNOWN}" in text and "/password/reset/" in text]
    naming = [text for text in written if "evil.test" in text]
    figure(
        f"18 another host {named}",
        f"{answer.status}, {len(asked)} letter, {len(naming)} of {len(written)} files name it",
    )
    assert (answer.status, len(asked), naming) == (status, status == 302, [])
    assert "evil.test" not in answer.place


def let_pass(broker: Broker, *, seconds: int) -> None:
    """As so many seconds do in the cache: what has expired by then is gone, and nothing else."""
    cache = broker.ask(database=1)
    for key in cache.scan_iter():
        left = cache.ttl(key)
        if 0 <= left <= seconds:
            cache.delete(key)
        elif left > seconds:
            cache.expire(key, left - seconds)


def forget_limits(broker: Broker) -> None:
    """Empty the cache, which lies in the database after the queue's."""
    broker.ask(database=1).flushdb()
