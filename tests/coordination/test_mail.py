"""The outbox: told once, sent once, and nothing lost while a server or a queue is away."""

import datetime as dt
import smtplib

import pytest
from django.core import mail as outbox
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from coordination.models import MAX_ATTEMPTS, Mail
from coordination.services import mail
from coordination.services.mail import post, send_waiting_mail, try_again
from coordination.tasks import send_mail, send_mail_by_the_clock
from tests.factories.coordination import UserFactory

NOW = dt.datetime(2021, 4, 6, 9, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


def posted(key="report-ready:1", recipient="officer@example.org", **fields) -> Mail:
    return Mail.objects.create(
        key=key, recipient=recipient, subject="Ready", body="It is ready.\n", created_at=NOW,
        **fields,
    )  # fmt: skip


class Backend:
    """A mail server at the edge of the building: it refuses what it is told to refuse."""

    refuses: Exception | None = None
    hangs_up_at = ""
    is_away = False

    def open(self):
        if self.is_away:
            raise ConnectionRefusedError

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        return None

    def send_messages(self, messages):
        if self.refuses:
            raise self.refuses
        if messages[0].to == [self.hangs_up_at]:
            raise smtplib.SMTPServerDisconnected("bye")
        outbox.outbox.extend(messages)
        return len(messages)


@pytest.fixture
def server(monkeypatch):
    backend = Backend()
    monkeypatch.setattr(mail, "get_connection", lambda: backend)
    return backend


@pytest.fixture
def slow_server(server, monkeypatch):
    """A server that takes a minute for each letter, and tells how long each was still leased."""
    now, leases = [NOW], []
    monkeypatch.setattr(mail.timezone, "now", lambda: now[0])

    def send(messages):
        taken = Mail.objects.get(recipient=messages[0].to[0])
        leases.append(taken.lease_until - now[0])
        now[0] += MINUTE
        return len(messages)

    monkeypatch.setattr(server, "send_messages", send)
    return leases


@pytest.fixture
def office(mechanism, partner_officer):
    return partner_officer.offices.get()


def tell(key, recipients, office, **options):
    post(
        key,
        recipients,
        subject=f"Ended:\n{office}",
        template="coordination/emails/office_ended.txt",
        context={"office": office},
        **options,
    )


def test_a_letter_is_written_for_each_person_in_the_words_of_its_template(db, office):
    officer = office.holder

    tell("office-ended:1", [officer, "second@example.org"], office, at=NOW)

    first, second = Mail.objects.order_by("pk")
    assert (first.recipient, second.recipient) == (officer.email, "second@example.org")
    assert first.subject == f"Ended: {office}"
    assert first.body.startswith("Data officer,\n\nyour office “Partner data officer, KCDMS”")
    assert (first.created_at, first.sent_at, first.attempts) == (NOW, None, 0)


def test_the_same_occasion_is_told_once(db, office):
    tell("office-ended:1", [office.holder], office)
    tell("office-ended:1", [office.holder], office)
    tell("office-ended:2", [office.holder], office)

    assert sorted(Mail.objects.values_list("key", flat=True)) == [
        "office-ended:1",
        "office-ended:2",
    ]


def test_who_may_no_longer_sign_in_is_not_written_to(db, office):
    tell("office-ended:1", [UserFactory(is_active=False)], office)

    assert not Mail.objects.exists()


def test_a_deed_that_is_rolled_back_tells_nobody(db, office):
    with transaction.atomic():
        tell("office-ended:1", [office.holder], office)
        transaction.set_rollback(True)

    assert not Mail.objects.exists()


def test_a_worker_is_woken_after_the_deed_and_not_before(
    office, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr(mail.current_app, "send_task", sent.append)

    with django_capture_on_commit_callbacks(execute=True):
        tell("office-ended:1", [office.holder], office)
        assert sent == []

    assert sent == [send_mail.name]


def test_without_a_queue_the_letter_waits_for_the_scheduler(
    office, monkeypatch, server, django_capture_on_commit_callbacks
):
    def away(name):
        raise OperationalError

    monkeypatch.setattr(mail.current_app, "send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        tell("office-ended:1", [office.holder], office)

    send_mail_by_the_clock()

    assert [message.to for message in outbox.outbox] == [[office.holder.email]]


def test_a_letter_is_sent_once_however_often_it_is_asked(db):
    letter = posted()

    assert (send_waiting_mail(at=NOW), send_waiting_mail(at=NOW), send_mail()) == (1, 0, None)

    letter.refresh_from_db()
    assert (letter.sent_at, letter.attempts, letter.lease_until) == (NOW, 1, None)
    assert [message.subject for message in outbox.outbox] == ["Ready"]


def test_a_letter_in_the_hands_of_a_sender_is_left_alone_until_its_lease_ends(db):
    posted(attempts=1, lease_until=NOW + MINUTE)

    assert send_waiting_mail(at=NOW) == 0
    assert send_waiting_mail(at=NOW + 2 * MINUTE) == 1


def test_each_letter_is_leased_from_the_moment_that_it_is_taken(db, slow_server):
    for number in range(4):
        posted(recipient=f"{number}@example.org")

    assert send_waiting_mail() == 3

    sent = Mail.objects.exclude(sent_at=None).order_by("pk").values_list("sent_at", flat=True)
    assert list(sent) == [NOW + MINUTE, NOW + 2 * MINUTE, NOW + 3 * MINUTE]
    assert slow_server == [mail.LEASE] * 3


def test_the_scheduler_is_held_up_by_one_slow_letter_at_most(db, slow_server):
    for number in range(3):
        posted(recipient=f"{number}@example.org")

    send_mail_by_the_clock()

    left = Mail.objects.filter(sent_at=None)
    assert list(left.values_list("attempts", "lease_until")) == [(0, None), (0, None)]


def test_a_letter_bears_one_number_for_life_so_that_a_second_copy_is_known(db):
    letter = posted(attempts=1, lease_until=NOW - MINUTE)

    send_waiting_mail(at=NOW)

    number = f"<mail-{letter.pk}-{int(NOW.timestamp())}@testserver>"
    assert outbox.outbox[0].extra_headers["Message-ID"] == number


def test_a_server_that_is_away_costs_no_attempt(db, server):
    letter = posted()
    server.is_away = True

    assert send_waiting_mail(at=NOW) == 0

    letter.refresh_from_db()
    assert (letter.attempts, letter.lease_until) == (0, None)


def test_a_server_that_hangs_up_later_costs_no_attempt_and_ends_the_round(db, server):
    for name in ("first", "second", "third"):
        posted(recipient=f"{name}@example.org")
    server.hangs_up_at = "second@example.org"

    assert send_waiting_mail(at=NOW) == 1

    waiting = Mail.objects.filter(sent_at=None)
    assert list(waiting.values_list("attempts", "lease_until")) == [(0, None), (0, None)]


def test_a_letter_at_which_the_server_always_hangs_up_holds_up_no_other(db, server):
    poison = posted(recipient="poison@example.org")
    posted(recipient="good@example.org")
    server.hangs_up_at = "poison@example.org"

    sent = [send_waiting_mail(at=NOW + number * DAY) for number in range(MAX_ATTEMPTS + 1)]

    poison.refresh_from_db()
    assert (sum(sent), list(Mail.objects.given_up())) == (1, [poison])
    assert [message.to for message in outbox.outbox] == [["good@example.org"]]


def test_a_letter_that_cannot_be_made_counts_an_attempt_and_holds_up_no_other(
    db, server, caplog, monkeypatch
):
    broken, good = posted(key="broken:1"), posted(key="whole:1")
    monkeypatch.setitem(mail._enclosures, "broken", lambda _mail: {}["nothing"])

    assert send_waiting_mail(at=NOW) == 1

    broken.refresh_from_db()
    good.refresh_from_db()
    assert (broken.attempts, broken.lease_until) == (1, NOW + MINUTE)
    assert good.sent_at == NOW
    [entry] = caplog.records
    assert (entry.levelname, entry.exc_info[0]) == ("ERROR", KeyError)


def test_a_refused_letter_rests_longer_each_time_and_is_given_up_at_last(db, server):
    letter = posted()
    server.refuses = smtplib.SMTPDataError(554, b"no")
    at, rests = NOW, []

    for _attempt in range(MAX_ATTEMPTS):
        send_waiting_mail(at=at)
        letter.refresh_from_db()
        rests.append(letter.lease_until and letter.lease_until - at)
        at += DAY

    assert rests == [MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, None]
    assert (send_waiting_mail(at=at), letter.attempts) == (0, MAX_ATTEMPTS)


def test_one_refused_letter_does_not_hold_up_the_others(db, server, monkeypatch):
    posted(recipient="bad@example.org")
    posted(recipient="good@example.org")
    sends = server.send_messages

    def send(messages):
        if messages[0].to == ["bad@example.org"]:
            raise smtplib.SMTPRecipientsRefused({})
        return sends(messages)

    monkeypatch.setattr(server, "send_messages", send)

    assert send_waiting_mail(at=NOW) == 1


def test_a_log_of_a_refusal_holds_no_address(db, server, caplog):
    posted(recipient="bad@example.org")
    server.refuses = smtplib.SMTPRecipientsRefused({"bad@example.org": (550, b"unknown")})

    send_waiting_mail(at=NOW)

    assert "SMTPRecipientsRefused" in caplog.text
    assert "bad@example.org" not in caplog.text


def test_what_was_given_up_can_be_tried_again(db):
    given_up = posted(key="a:1", attempts=MAX_ATTEMPTS)
    posted(key="a:2", attempts=MAX_ATTEMPTS, sent_at=NOW)

    assert try_again(Mail.objects.all()) == 1

    assert list(Mail.objects.waiting(at=timezone.now())) == [given_up]


def test_a_subject_cannot_carry_a_second_header(db, office):
    tell("x:1", ["officer@example.org"], "end\r\nBcc: spy@example.org" + "x" * 300)

    letter = Mail.objects.get()
    assert "\n" not in letter.subject
    assert len(letter.subject) == mail.SUBJECT_LENGTH
