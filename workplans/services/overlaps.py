"""Possible overlaps on record: noticed, told, decided on and followed until they are settled."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Body
from coordination.models import Mechanism, Organisation, Place, User
from coordination.services.events import guard_seen, is_second_click, record
from coordination.services.refusals import IsThere, Refusal
from workplans.models import Activity, JointWorkPlan, Overlap, RoleOverlap
from workplans.notifications.overlaps import (
    tell_of_overlap,
    tell_of_overlap_ahead,
    tell_of_overlap_decision,
    tell_of_overlaps,
)

from .overlap_search import (
    Match,
    Sketch,
    overlaps_among,
    possible_overlaps,
    sketch_of,
    sketch_of_keys,
    sketches_in,
)

State, Choice = Overlap.State, Overlap.Choice

# A decision to keep both ends the matter; any other is followed until it is done.
AFTER = {Choice.KEEP: State.DISMISSED}


class OverlapDecided(Refusal):
    message = _("This is settled already.")


class OverlapUndecided(Refusal):
    message = _("Decide first what shall become of it.")


class ReasonOfDecisionMissing(Refusal):
    message = _("Give the reason of the decision: both lead organisations read it.")


class RoleOverlapIsThere(IsThere):
    message = _("This overlap of the two bodies is on record already.")


class SameBodyTwice(Refusal):
    message = _("Choose two different bodies.")


@transaction.atomic
def refresh_overlaps(
    activity: Activity, *, by: User | None, at: dt.datetime | None = None
) -> list[Overlap]:
    """Bring what is on record of the activity up to date after it changed; return what is new.

    What no longer meets is settled by that; what meets again is to be decided anew.
    """
    now = at or timezone.now()
    # Two that are saved at once would each find the other: one at a time.
    Mechanism.objects.select_for_update().get(pk=activity.plan.mechanism_id)
    activity = Activity.objects.select_related("plan").get(pk=activity.pk)
    out = activity.is_left_out
    found = {} if out else {m.other: m for m in possible_overlaps(sketch_of(activity))}
    pairs = {_pair(activity.pk, key): match for key, match in found.items()}
    known = Overlap.objects.about(activity).select_for_update(of=("self",))
    new = _bring_up_to_date(known, pairs, by=by, at=now)
    for overlap in new:
        overlap.save()
        record("workplans.overlap_noticed", overlap, by=by, at=now)
    saved = Overlap.objects.in_full().in_bulk([overlap.pk for overlap in new])
    for overlap in saved.values():
        tell_of_overlap(overlap, at=now)
    return list(saved.values())


@transaction.atomic
def refresh_all_overlaps(
    mechanism: Mechanism, *, by: User | None, at: dt.datetime | None = None
) -> list[Overlap]:
    """The same for every activity of the mechanism, after an import; return what is new.

    Each person concerned has one letter that says how many there are.
    """
    now = at or timezone.now()
    mechanism = Mechanism.objects.select_for_update().get(pk=mechanism.pk)
    pairs = {
        _pair(one.pk or 0, two.pk or 0): Match(two.pk or 0, path)
        for one, two, path in overlaps_among(sketches_in(mechanism))
    }
    known = Overlap.objects.filter(first__plan__mechanism=mechanism)
    new = _bring_up_to_date(known.select_for_update(of=("self",)), pairs, by=by, at=now)
    Overlap.objects.bulk_create(new)
    if new:
        changes = {"overlaps_noticed": ["", len(new)]}
        record("workplans.overlaps_noticed", mechanism, by=by, changes=changes, at=now)
        tell_of_overlaps(mechanism, new, at=now)
    return new


@dataclass(frozen=True)
class Side:
    """One of two that may overlap, saved or not yet: who, what and when."""

    code: str
    title: str
    lead: Organisation
    starts_on: dt.date
    ends_on: dt.date
    address: str = ""


@dataclass(frozen=True)
class RowOverlap:
    """A row of an import, another activity or row that it may overlap with, and where they meet."""

    row: Side
    other: Side
    place: Place
    confidence: str


def overlaps_of_rows(plan: JointWorkPlan, rows: Sequence[Mapping[str, Any]]) -> list[RowOverlap]:
    """What the rows of an import would overlap with, in their order; nothing is saved or told.

    ``rows`` hold keys, as `read_activities` reads them. What is on record already is left out; two
    rows of the file that meet are one.
    """
    sketches = _sketches_of(plan, rows)
    index = {id(sketch): number for number, sketch in enumerate(sketches)}
    changed = {sketch.pk for sketch in sketches}
    others = [each for each in sketches_in(plan.mechanism_id) if each.pk not in changed]
    met = Overlap.objects.filter(first__plan__mechanism=plan.mechanism_id, is_met=True)
    on_record = set(met.values_list("first", "second"))
    found: list[tuple[int, Sketch, Sketch, str]] = []
    for one, two, path in overlaps_among([*sketches, *others]):
        if one.pk and two.pk and _pair(one.pk, two.pk) in on_record:
            continue
        mine, other = sorted((one, two), key=lambda each: index.get(id(each), len(rows)))
        if id(mine) in index:
            found.append((index[id(mine)], mine, other, path))
    stored = {two.pk for _number, _one, two, _path in found if id(two) not in index}
    activities = Activity.objects.select_related("plan__mechanism").in_bulk(stored)
    leads = Organisation.objects.in_bulk({each.lead for row in found for each in row[1:3]})
    places = {each.path: each for each in Place.objects.filter(path__in={f[3] for f in found})}

    def side(sketch: Sketch) -> Side:
        when = (leads[sketch.lead], sketch.starts_on, sketch.ends_on)
        if id(sketch) in index:
            row = rows[index[id(sketch)]]
            return Side(row["code"], row["title"], *when)
        known = activities[sketch.pk or 0]
        return Side(known.code, known.title, *when, known.get_absolute_url())

    order = sorted(found, key=lambda each: (each[0], index.get(id(each[2]), -1), each[2].pk or 0))
    return [
        RowOverlap(side(one), side(two), places[path], Match(0, path).confidence)
        for _number, one, two, path in order
    ]


def _sketches_of(plan: JointWorkPlan, rows: Sequence[Mapping[str, Any]]) -> list[Sketch]:
    """The rows as they are compared, each with the key of the activity that it changes."""
    keys = {key for row in rows for key in row["places"]}
    paths = dict(Place.objects.filter(pk__in=keys).values_list("pk", "path"))
    known = dict(Activity.objects.filter(plan=plan).values_list("code", "pk"))
    by_code = {code.casefold(): pk for code, pk in known.items()}
    return [
        sketch_of_keys(
            plan, row, pk=by_code.get(row["code"].casefold()), paths=map(paths.get, row["places"])
        )
        for row in rows
    ]


def mark_of_overlaps(found: Iterable[RowOverlap]) -> str:
    """What a preview carries when these were shown; with others found since, it is another."""
    pairs = sorted(f"{each.row.code} {each.other.code} {each.place.path}" for each in found)
    return hashlib.sha256("\n".join(pairs).encode()).hexdigest()


def mark_of_matches(matches: Iterable[tuple[Activity, Match]]) -> str:
    """What a form carries when these were shown; with others found since, they are shown too."""
    return "-".join(str(key) for key in sorted(activity.pk for activity, _match in matches))


def unrecorded(sketch: Sketch) -> list[tuple[Activity, Match]]:
    """What the activity would overlap with when it were saved so, as far as it is not on record."""
    matches = possible_overlaps(sketch)
    known: set[int] = set()
    if sketch.pk is not None:
        rows = Overlap.objects.filter(is_met=True)
        known = {
            *rows.filter(first=sketch.pk).values_list("second", flat=True),
            *rows.filter(second=sketch.pk).values_list("first", flat=True),
        }
    kept = [match for match in matches if match.other not in known]
    full = Activity.objects.in_full().in_bulk([match.other for match in kept])
    return [(full[match.other], match) for match in kept]


@transaction.atomic
def announce_overlaps(
    sketch: Sketch,
    matches: Iterable[tuple[Activity, Match]],
    *,
    code: str,
    title: str,
    by: User,
    at: dt.datetime | None = None,
) -> None:
    """Tell those concerned before the activity is saved (R13): the other lead and the county.

    Each is told once of the same activity to come.
    """
    now = at or timezone.now()
    found = list(matches)
    places = {
        each.path: each for each in Place.objects.filter(path__in=[m.path for _a, m in found])
    }
    for other, match in found:
        tell_of_overlap_ahead(
            other, places[match.path], lead=sketch.lead, code=code, title=title, by=by, at=now
        )


@transaction.atomic
def decide_overlap(
    overlap: Overlap | RoleOverlap,
    *,
    by: User,
    decision: str,
    reason: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Overlap | RoleOverlap:
    """What shall become of it; kept as it is, it is dismissed. Decided twice it is one deed.

    Raises OverlapDecided, DoneMeanwhile after what was ``seen``, or ReasonOfDecisionMissing.
    """
    now, reason = at or timezone.now(), reason.strip()
    overlap = _lock(overlap)
    if (overlap.decision, overlap.reason, overlap.decided_by_id) == (decision, reason, by.pk):
        return overlap
    if overlap.state == State.RESOLVED:
        raise OverlapDecided
    guard_seen(overlap, seen=seen)
    if not reason:
        raise ReasonOfDecisionMissing
    before = _in_words(overlap)
    overlap.decision, overlap.reason = decision, reason
    overlap.decided_by, overlap.decided_at = by, now
    overlap.state = AFTER.get(Choice(decision), State.ACCEPTED)
    _save(overlap, "decision", "reason", "decided_by", "decided_at", "state")
    changes = _changes(before, overlap)
    record("workplans.overlap_decided", overlap, by=by, changes=changes, note=reason, at=now)
    tell_of_overlap_decision(overlap, at=now)
    return overlap


@transaction.atomic
def resolve_overlap(
    overlap: Overlap | RoleOverlap,
    *,
    by: User,
    outcome: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Overlap | RoleOverlap:
    """What was decided is done. Said twice it is one deed.

    Raises OverlapUndecided or DoneMeanwhile.
    """
    now, outcome = at or timezone.now(), outcome.strip()
    overlap = _lock(overlap)
    if overlap.state == State.RESOLVED and overlap.outcome == outcome:
        return overlap
    if overlap.state != State.ACCEPTED:
        raise OverlapDecided if overlap.state == State.RESOLVED else OverlapUndecided
    guard_seen(overlap, seen=seen)
    before = _in_words(overlap)
    overlap.state, overlap.outcome = State.RESOLVED, outcome
    _save(overlap, "state", "outcome")
    changes = _changes(before, overlap)
    record("workplans.overlap_resolved", overlap, by=by, changes=changes, note=outcome, at=now)
    return overlap


@transaction.atomic
def raise_role_overlap(
    mechanism: Mechanism,
    *,
    by: User,
    first: Body,
    second: Body,
    kind: str,
    matter: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> RoleOverlap:
    """Two bodies that may be for the same. A form that was sent twice raises it once.

    ``seen`` is the newest event when the form was opened: what stood then is no second click. What
    was settled may be raised anew. Raises SameBodyTwice or RoleOverlapIsThere.
    """
    now = at or timezone.now()
    if first == second:
        raise SameBodyTwice
    Mechanism.objects.select_for_update().get(pk=mechanism.pk)
    alike = mechanism.role_overlaps.exclude(state=State.RESOLVED).filter(kind=kind, matter=matter)
    pair = (first, second)
    if (same := alike.filter(first__in=pair, second__in=pair).first()) is not None:
        if is_second_click(same, "workplans.role_overlap_raised", by=by, seen=seen):
            return same
        raise RoleOverlapIsThere(same)
    overlap = RoleOverlap(
        mechanism=mechanism,
        first=first,
        second=second,
        kind=kind,
        matter=matter,
        raised_by=by,
        raised_at=now,
    )
    overlap.full_clean()
    overlap.save()
    record("workplans.role_overlap_raised", overlap, by=by, note=matter, at=now)
    return overlap


def _bring_up_to_date(
    known: Iterable[Overlap],
    pairs: Mapping[tuple[int, int], Match],
    *,
    by: User | None,
    at: dt.datetime,
) -> list[Overlap]:
    """Change what is known to what is found, and return what is new, not saved yet."""
    rows = {(row.first_id, row.second_id): row for row in known}
    paths = {match.path for match in pairs.values()}
    places = {place.path: place for place in Place.objects.filter(path__in=paths)}
    for key, row in rows.items():
        if key not in pairs and row.is_met:
            _part(row, by=by, at=at)
        elif key in pairs:
            _meet_again(row, pairs[key], places[pairs[key].path], by=by, at=at)
    return [
        Overlap(
            first_id=key[0],
            second_id=key[1],
            place=places[match.path],
            confidence=match.confidence,
            detected_at=at,
        )
        for key, match in pairs.items()
        if key not in rows
    ]


def _part(overlap: Overlap, *, by: User | None, at: dt.datetime) -> None:
    """They no longer meet: what was open is settled by that."""
    before, overlap.is_met = _in_words(overlap), False
    if not overlap.is_open:
        overlap.save(update_fields=["is_met"])
        return
    overlap.state, overlap.outcome = State.RESOLVED, ""
    overlap.save(update_fields=["is_met", "state", "outcome"])
    changes = _changes(before, overlap)
    record("workplans.overlap_parted", overlap, by=by, changes=changes, at=at)


def _meet_again(
    overlap: Overlap, match: Match, place: Place, *, by: User | None, at: dt.datetime
) -> None:
    """They meet, perhaps elsewhere than before, or anew after they had parted."""
    was_met, before = overlap.is_met, _in_words(overlap)
    if was_met and overlap.place_id == place.pk:
        return
    overlap.is_met, overlap.place, overlap.confidence = True, place, match.confidence
    columns = ["is_met", "place", "confidence"]
    if not was_met and overlap.state == State.RESOLVED:
        overlap.state, overlap.decision, overlap.reason = State.DETECTED, "", ""
        overlap.decided_by, overlap.decided_at, overlap.outcome = None, None, ""
        columns += ["state", "decision", "reason", "decided_by", "decided_at", "outcome"]
    overlap.save(update_fields=columns)
    changes = _changes(before, overlap)
    if changes:
        record("workplans.overlap_met_again", overlap, by=by, changes=changes, at=at)


def _pair(one: int, other: int) -> tuple[int, int]:
    return min(one, other), max(one, other)


def _lock(overlap: Overlap | RoleOverlap) -> Overlap | RoleOverlap:
    if isinstance(overlap, Overlap):
        return Overlap.objects.select_for_update(of=("self",)).in_full().get(pk=overlap.pk)
    return RoleOverlap.objects.select_for_update(of=("self",)).in_full().get(pk=overlap.pk)


def _save(overlap: Overlap | RoleOverlap, *columns: str) -> None:
    overlap.full_clean()
    overlap.save(update_fields=list(columns))


def _in_words(overlap: Overlap | RoleOverlap) -> dict[str, str]:
    place = str(overlap.place) if isinstance(overlap, Overlap) else ""
    return {
        "state": str(overlap.get_state_display()),
        "decision": str(overlap.get_decision_display()),
        "place": place,
        "outcome": overlap.outcome,
    }


def _changes(before: Mapping[str, str], overlap: Overlap | RoleOverlap) -> dict[str, list[Any]]:
    after = _in_words(overlap)
    return {name: [before[name], value] for name, value in after.items() if before[name] != value}
