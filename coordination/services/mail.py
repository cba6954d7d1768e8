"""Telling people by e-mail: an outbox of rows, each sent once (reliability C1)."""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from celery import current_app
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation

from coordination.models import MAX_ATTEMPTS, Mail, User

logger = logging.getLogger(__name__)

# A letter is in the hands of one sender for so long, from the moment that he takes it.
LEASE = dt.timedelta(minutes=5)
# No sender takes letters for longer than this at a time: it ends before the worker's time limit.
ROUND = LEASE / 2
# How long a refused letter rests before it is tried again: after the first attempt, the second …
RESTS = (
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=10),
    dt.timedelta(hours=1),
    dt.timedelta(hours=6),
)
BATCH = 100
SUBJECT_LENGTH = 200

# Stands in a stored body where the sent letter has a secret, such as an invitation's token.
SECRET_MARK = "secret-stands-here"  # noqa: S105 - a mark, no secret

Clock = Callable[[], dt.datetime]

_secrets: dict[str, Callable[[Mail], str]] = {}


@dataclass(frozen=True)
class Enclosure:
    """What is made when a letter is sent: another form of it, and the same as a file."""

    name: str
    content: str
    # Of the part that stands beside the text: "text/calendar; method=REQUEST".
    media_type: str
    file_type: str


_enclosures: dict[str, Callable[[Mail], Enclosure | None]] = {}


def post(
    key: str,
    recipients: Iterable[User | str],
    *,
    subject: object,
    template: str,
    context: Mapping[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Put a letter for each recipient into the outbox, within the deed's own transaction.

    ``key`` names the occasion ("report-ready:12:3"): the same person is told of it only once.
    ``template`` is a text file under ``templates/<app>/emails/``; it sees ``context``,
    ``recipient`` (a User, or the address) and ``portal_url``. People who may no longer sign in
    are not written to.
    """
    now = at or timezone.now()
    with translation.override(settings.LANGUAGE_CODE):
        letters = [
            Mail(
                key=key,
                recipient=recipient if isinstance(recipient, str) else recipient.email,
                subject=" ".join(str(subject).split())[:SUBJECT_LENGTH],
                body=_body(template, context or {}, recipient),
                created_at=now,
            )
            for recipient in recipients
            if isinstance(recipient, str) or recipient.is_active
        ]
    if letters:
        Mail.objects.bulk_create(letters, ignore_conflicts=True)
        transaction.on_commit(hint_at_mail, robust=True)


def register_secret(occasion: str, reveal: Callable[[Mail], str]) -> None:
    """Let ``reveal(mail)`` fill SECRET_MARK when a letter whose key is "<occasion>:…" is sent."""
    _secrets[occasion] = reveal


def register_enclosure(occasion: str, make: Callable[[Mail], Enclosure | None]) -> None:
    """Let ``make(mail)`` enclose something when a letter whose key is "<occasion>:…" is sent.

    It is made at that moment, of how things stand then; None encloses nothing.
    """
    _enclosures[occasion] = make


def hint_at_mail() -> None:
    """Wake a worker. Only an accelerator: without a broker the scheduler sends a little later."""
    try:
        current_app.send_task("coordination.tasks.send_mail")
    except Exception:
        logger.warning("The queue did not take a hint at waiting mail.", exc_info=True)


def send_waiting_mail(*, within: dt.timedelta = ROUND, at: dt.datetime | None = None) -> int:
    """Send what waits and return how many letters went out; safe to run many times at once.

    No letter is begun after ``within``: the next round sends the rest. When the mail server cannot
    be reached, nothing is counted as an attempt.
    """
    clock = _clock(at)
    began = clock()
    letters = Mail.objects.waiting(at=began).order_by("pk")
    waiting = list(letters.values_list("pk", flat=True)[:BATCH])
    if not waiting:
        return 0
    try:
        connection = get_connection()
        connection.open()
    except (OSError, smtplib.SMTPException):
        logger.warning("The mail server cannot be reached; %d letters wait.", len(waiting))
        return 0
    with connection:
        return _send_each(waiting, connection, clock, until=began + within)


def try_again(letters: QuerySet[Mail]) -> int:
    """Let those of ``letters`` that were given up wait once more, and say how many."""
    given_up = letters.filter(sent_at=None, attempts__gte=MAX_ATTEMPTS)
    number = given_up.update(attempts=0, lease_until=None)
    if number:
        transaction.on_commit(hint_at_mail, robust=True)
    return number


def _body(template: str, context: Mapping[str, Any], recipient: User | str) -> str:
    seen = {**context, "recipient": recipient, "portal_url": settings.PUBLIC_URL}
    return render_to_string(template, seen).strip() + "\n"


def _clock(at: dt.datetime | None) -> Clock:
    """The clock on the wall, or one that stands at ``at``."""
    return timezone.now if at is None else lambda: at


def _send_each(
    keys: list[int], connection: BaseEmailBackend, clock: Clock, *, until: dt.datetime
) -> int:
    sent, is_first = 0, True
    for key in keys:
        if clock() >= until:
            break
        mail = _claimed(key, at=clock())
        if mail is None:
            continue
        try:
            _message(mail, connection).send()
        except smtplib.SMTPServerDisconnected as error:
            _hung_up_at(mail, error, is_first=is_first, at=clock())
            break
        except (OSError, smtplib.SMTPException, ValueError) as error:
            _rest(mail, error, at=clock())
        except Exception as error:  # noqa: BLE001 - one letter that cannot be made holds up no other
            _rest(mail, error, at=clock(), in_full=True)
        else:
            Mail.objects.filter(pk=key).update(sent_at=clock(), lease_until=None)
            sent += 1
        is_first = False
    return sent


def _claimed(key: int, *, at: dt.datetime) -> Mail | None:
    """The letter, taken in one statement; None when another sender has it or has sent it."""
    waiting = Mail.objects.waiting(at=at).filter(pk=key)
    if not waiting.update(attempts=F("attempts") + 1, lease_until=at + LEASE):
        return None
    return Mail.objects.get(pk=key)


def _message(mail: Mail, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    # A letter that a dying worker had already handed over bears the same number the second time.
    host = urlsplit(settings.PUBLIC_URL).hostname
    number = f"<mail-{mail.pk}-{int(mail.created_at.timestamp())}@{host}>"
    body, occasion = mail.body, mail.key.partition(":")[0]
    if SECRET_MARK in body and (reveal := _secrets.get(occasion)):
        body = body.replace(SECRET_MARK, reveal(mail))
    message = EmailMultiAlternatives(
        mail.subject,
        body,
        to=[mail.recipient],
        headers={"Message-ID": number},
        connection=connection,
    )
    make = _enclosures.get(occasion)
    if make and (enclosure := make(mail)):
        message.attach_alternative(enclosure.content, enclosure.media_type)
        message.attach(enclosure.name, enclosure.content.encode(), enclosure.file_type)
    return message


def _hung_up_at(mail: Mail, error: Exception, *, is_first: bool, at: dt.datetime) -> None:
    """Count the attempt where the letter may be why: then another is first on the next connection.

    A server that hung up later may have had enough of us, which is no fault of this letter.
    """
    logger.warning("The mail server hung up; the rest waits.")
    if is_first:
        _rest(mail, error, at=at)
    else:
        Mail.objects.filter(pk=mail.pk).update(attempts=F("attempts") - 1, lease_until=None)


def _rest(mail: Mail, error: Exception, *, at: dt.datetime, in_full: bool = False) -> None:
    """Leave a refused letter alone for a while, longer each time; after the last time, for good.

    What a mail server says may hold an address, which no log shall: only a mistake of ours is told
    ``in_full``.
    """
    given_up = mail.attempts >= MAX_ATTEMPTS
    logger.log(
        logging.ERROR if given_up or in_full else logging.WARNING,
        "Letter %s was refused at attempt %d of %d: %s",
        mail.pk,
        mail.attempts,
        MAX_ATTEMPTS,
        type(error).__name__,
        exc_info=error if in_full else None,
    )
    lease_until = None if given_up else at + RESTS[mail.attempts - 1]
    Mail.objects.filter(pk=mail.pk).update(lease_until=lease_until)
