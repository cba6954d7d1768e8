"""Writing the event record, and saying what stands in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.models import Event, User
from coordination.services.event_changes import changes_of
from coordination.services.refusals import EditedMeanwhile

_sentences: dict[str, Any] = {}


def record(
    verb: str,
    subject: models.Model,
    *,
    by: User | None,
    changes: Mapping[str, list[Any]] | None = None,
    note: str = "",
    at: dt.datetime | None = None,
) -> Event:
    """Write that ``by`` did ``verb`` to ``subject``, within the deed's own transaction (R27).

    ``changes`` maps a field to ``[from, to]``; ``by`` is None for what the portal does by itself.
    """
    return Event.objects.create(
        at=at or timezone.now(),
        by=by,
        verb=verb,
        subject=subject,
        changes=dict(changes or {}),
        note=note,
    )


def newest_about(thing: models.Model, most: int) -> list[Event]:
    """The newest deeds on the thing, with who did them."""
    return list(Event.objects.about(thing).select_related("by")[:most])


class DoneMeanwhile(EditedMeanwhile):
    """Carries the deed that came in between, as a sentence."""

    def __init__(self, event: Event) -> None:
        said = _("Since you opened this page: %(deed)s Look at it again; then your deed stands.")
        super().__init__(said % {"deed": _with_changes(event)})


def newest_event() -> int:
    """The key of the last deed on record, 0 for none: what a page carries as seen."""
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def newest_event_on(kind: type[models.Model], keys: Collection[int]) -> int:
    """The same of deeds on these things of one kind alone, where a page shows no others.

    It is then kept while something is done to others (decision 43).
    """
    subjects = {"subject_type": ContentType.objects.get_for_model(kind), "subject_id__in": keys}
    return Event.objects.filter(**subjects).aggregate(newest=Max("pk"))["newest"] or 0


def guard_seen(*things: models.Model, seen: int | None) -> None:
    """Pass when nothing was done to ``things`` after the event with the key ``seen``.

    Called once they are locked. None asks nothing; else raises DoneMeanwhile (R27).
    """
    if seen is None or not things:
        return
    kind = ContentType.objects.get_for_model(things[0])
    later = Event.objects.filter(
        pk__gt=seen, subject_type=kind, subject_id__in=[thing.pk for thing in things]
    )
    event = later.order_by("-pk").first()
    if event:
        raise DoneMeanwhile(event)


def is_second_click(thing: models.Model, verb: str, *, by: User, seen: int | None) -> bool:
    """Whether ``by`` made the thing after the event ``seen``: the same form was sent twice.

    None asks nothing, and is no second click.
    """
    if seen is None:
        return False
    return Event.objects.about(thing).filter(verb=verb, by=by, pk__gt=seen).exists()


def _with_changes(event: Event) -> str:
    changes = [f"{each.before} → {each.after}" for each in changes_of(event)]
    told = f"{describe(event)} ({'; '.join(changes)})" if changes else describe(event)
    return told if told.endswith(".") else f"{told}."


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What differs: each field of ``after`` with ``[from, to]``, as ``record`` takes it."""
    return {
        name: [before.get(name), value]
        for name, value in after.items()
        if _as_read(before.get(name)) != _as_read(value)
    }


def _as_read(value: Any) -> Any:
    """A browser ends lines in its own way, which is no change."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def register_sentences(sentences: Mapping[str, Any]) -> None:
    """Say how an app's verbs read: ``{"workplans.result_verified": _("%(who)s verified …")}``.

    ``who`` is the person, ``what`` the thing. Called from the app's ``ready()``.
    """
    _sentences.update(sentences)


def known_verbs() -> list[str]:
    """Every verb that has a sentence, in order."""
    return sorted(_sentences)


def describe(event: Event) -> str:
    """The event as a sentence; a verb without one of its own is told in its plain words."""
    who = str(event.by) if event.by else _("The portal")
    what = str(event.subject) if event.subject else _("something that is gone")
    if event.verb in _sentences:
        return str(_sentences[event.verb]) % {"who": who, "what": what}
    words = event.verb.rpartition(".")[2].replace("_", " ")
    return f"{who}: {words} ({what})"
