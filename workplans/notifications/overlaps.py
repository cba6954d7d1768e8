"""Letters about possible overlaps, and what was decided on them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Mail, Mechanism, Office, Organisation, Place, Role, User
from coordination.services.mail import post
from workplans.models import Activity, Overlap, RoleOverlap

from .audience import EMAILS, holders, reporters_of, verifiers_in

# As many as a letter names; the others are counted.
OVERLAPS_NAMED = 10


def tell_of_overlap_ahead(
    other: Activity, place: Place, *, lead: int, code: str, title: str, by: User, at: dt.datetime
) -> None:
    """Tell the other lead and the county's focal points of an activity about to be saved (R13)."""
    mechanism = other.plan.mechanism
    concerned = {*reporters_of(other.lead, at=at), *verifiers_in(place, mechanism, at=at)}
    post(
        overlap_ahead_key(other, lead, code),
        [person for person in concerned if person != by],
        subject=_("Possible overlap with %(activity)s") % {"activity": other},
        template=f"{EMAILS}/overlap_ahead.txt",
        context={
            "other": other,
            "place": place,
            "lead": Organisation.objects.get(pk=lead),
            "code": code,
            "title": title,
        },
        at=at,
    )


def overlap_ahead_key(other: Activity, lead: int, code: str) -> str:
    """The occasion on which people are told of an activity that is not saved yet."""
    return f"overlap-ahead:{other.pk}:{lead}:{code}"


def tell_of_overlap(overlap: Overlap, *, at: dt.datetime) -> None:
    """Ask the focal points to decide; tell the leads, unless they were told before it was saved."""
    concerned = set(verifiers_in(overlap.place, overlap.mechanism, at=at))
    sides = ((overlap.first, overlap.second), (overlap.second, overlap.first))
    told = Mail.objects.filter(
        key__in=[overlap_ahead_key(one, other.lead_id, other.code) for one, other in sides]
    )
    if not told.exists():
        for one, _other in sides:
            concerned |= set(reporters_of(one.lead, at=at))
    post(
        f"overlap:{overlap.pk}",
        concerned,
        subject=_("Possible overlap: %(overlap)s") % {"overlap": overlap},
        template=f"{EMAILS}/overlap.txt",
        context={"overlap": overlap},
        at=at,
    )


def tell_of_overlaps(mechanism: Mechanism, overlaps: Iterable[Overlap], *, at: dt.datetime) -> None:
    """Tell each person concerned in one letter which an import has brought, and how many."""
    found = {overlap.pk: overlap for overlap in overlaps}
    met = {key for each in found.values() for key in (each.first_id, each.second_id)}
    leads = dict(Activity.objects.filter(pk__in=met).values_list("pk", "lead"))
    organisations = Organisation.objects.in_bulk(set(leads.values()))
    leading = {pk: reporters_of(one, at=at) for pk, one in organisations.items()}
    places = {overlap.place for overlap in found.values()}
    deciding = {place: verifiers_in(place, mechanism, at=at) for place in places}
    concerned: defaultdict[User, list[int]] = defaultdict(list)
    for overlap in found.values():
        sides = (leads[overlap.first_id], leads[overlap.second_id])
        people = {person for lead in sides for person in leading[lead]}
        for person in people | set(deciding[overlap.place]):
            concerned[person].append(overlap.pk)
    named = {pk for theirs in concerned.values() for pk in theirs[:OVERLAPS_NAMED]}
    full = Overlap.objects.in_full().in_bulk(named)
    for person, theirs in concerned.items():
        post(
            f"overlaps:{mechanism.pk}:{at.isoformat()}",
            [person],
            subject=_("Possible overlaps in %(mechanism)s: %(count)d")
            % {"mechanism": mechanism, "count": len(theirs)},
            template=f"{EMAILS}/overlaps.txt",
            context={
                "mechanism": mechanism,
                "count": len(theirs),
                "overlaps": [full[pk] for pk in theirs[:OVERLAPS_NAMED]],
            },
            at=at,
        )


def tell_of_overlap_decision(overlap: Overlap | RoleOverlap, *, at: dt.datetime) -> None:
    """Tell both lead organisations what is decided; of bodies, the mechanism's secretariat."""
    if isinstance(overlap, Overlap):
        concerned = {
            *reporters_of(overlap.first.lead, at=at),
            *reporters_of(overlap.second.lead, at=at),
        }
    else:
        held = Office.objects.held(on=timezone.localdate(at)).of(Role.SECRETARIAT)
        concerned = set(holders(held.filter(mechanism=overlap.mechanism)))
    kind = "overlap" if isinstance(overlap, Overlap) else "role-overlap"
    post(
        f"{kind}-decided:{overlap.pk}:{at.isoformat()}",
        concerned,
        subject=_("%(decision)s: %(overlap)s")
        % {"decision": overlap.get_decision_display(), "overlap": overlap},
        template=f"{EMAILS}/overlap_decided.txt",
        context={"overlap": overlap},
        at=at,
    )
