"""Who was missing that mattered, and who comes: turnout by organisation and group over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from committees.models import Body, Meeting, Participant, StakeholderGroup
from coordination.models import Organisation, Sector, SectorLead

from .attendance import Line, Noted

Attendance = Participant.Attendance


@dataclass(frozen=True)
class Missing:
    """Who was not there and mattered: mandatory seats, whole groups, county governments."""

    seats: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    governments: tuple[str, ...] = ()
    note: str = ""

    def __bool__(self) -> bool:
        return bool(self.seats or self.groups or self.governments or self.note)


def missing_at(meeting: Meeting, lines: Collection[Line]) -> Missing:
    """Who was missing that mattered (domain 1.22); nobody is while nothing was noted.

    Where people were only counted, no seat and no government without a name is called missing.
    """
    rows = [line for line in lines if line.noted.attendance == Attendance.PRESENT]
    if not rows:
        return Missing(note=meeting.missing_note)
    seats = [line for line in lines if line.seat]
    there = {line.key for line in rows}
    by_seat = any(line.noted.attendance != Attendance.UNKNOWN for line in seats)
    return Missing(
        seats=tuple(
            line.title
            for line in seats
            if by_seat and line.seat and line.seat.is_mandatory and line.key not in there
        ),
        groups=_groups_missing(seats, rows),
        governments=_governments_missing(meeting, lines, rows),
        note=meeting.missing_note,
    )


def headcount_of(lines: Iterable[Line], typed: Mapping[str, Noted] | None = None) -> int:
    """How many people were present: as noted, and as it is ``typed`` of the lines in it."""
    now = typed or {}
    return sum(
        line.participant.headcount if line.participant else 1
        for line in lines
        if now.get(line.key, line.noted).attendance == Attendance.PRESENT
    )


@dataclass(frozen=True)
class Turnout:
    """How many came for one organisation or group: at each meeting, and of how many meetings."""

    label: str
    # None where it was neither asked nor there.
    counts: tuple[int | None, ...]

    @property
    def came(self) -> int:
        return sum(1 for count in self.counts if count)

    @property
    def asked(self) -> int:
        return sum(1 for count in self.counts if count is not None)


@dataclass(frozen=True)
class TurnoutTable:
    """The newest meetings of a body, oldest first, and who came to each."""

    meetings: tuple[Meeting, ...]
    totals: tuple[int, ...]
    organisations: tuple[Turnout, ...]
    groups: tuple[Turnout, ...]
    sectors: tuple[Turnout, ...]


def turnout_of(body: Body, *, newest: int = 12) -> TurnoutTable:
    """Who came to the body's newest meetings, by organisation, group and sector; three queries.

    The sector is that of the seat; of a department, the first of those that it leads (P13).
    """
    held = Meeting.objects.of(body).filter(state=Meeting.State.HELD)
    meetings = list(held.select_related("body").order_by("-held_on", "-pk")[:newest])[::-1]
    known = Participant.objects.filter(meeting__in=meetings).exclude(attendance=Attendance.UNKNOWN)
    rows = list(
        known.select_related(
            "organisation", "seat__organisation", "seat__sector", "appointment__organisation"
        )
    )
    led = _sectors_led(filter(None, map(_organisation_of, rows)))
    by_organisation: defaultdict[str, dict[int, int]] = defaultdict(dict)
    by_group: defaultdict[str, dict[int, int]] = defaultdict(dict)
    by_sector: defaultdict[str, dict[int, int]] = defaultdict(dict)
    totals: defaultdict[int, int] = defaultdict(int)
    for row in rows:
        here = row.headcount if row.attendance == Attendance.PRESENT else 0
        totals[row.meeting_id] += here
        group = row.group or (row.seat.group if row.seat else "")
        organisation = _organisation_of(row)
        sector = row.seat.sector if row.seat and row.seat.sector else None
        if sector is None and organisation:
            sector = led.get(organisation.pk)
        for table, label in (
            (by_sector, str(sector) if sector else _("No sector named")),
            (by_organisation, str(organisation) if organisation else _("No organisation named")),
            (by_group, str(StakeholderGroup(group).label) if group else _("No group named")),
        ):
            table[label][row.meeting_id] = table[label].get(row.meeting_id, 0) + here
    return TurnoutTable(
        tuple(meetings),
        tuple(totals[meeting.pk] for meeting in meetings),
        _turnouts(by_organisation, meetings),
        _turnouts(by_group, meetings),
        _turnouts(by_sector, meetings) if len(by_sector) > 1 else (),
    )


def _turnouts(table: Mapping[str, dict[int, int]], meetings: list[Meeting]) -> tuple[Turnout, ...]:
    return tuple(
        Turnout(label, tuple(counts.get(meeting.pk) for meeting in meetings))
        for label, counts in sorted(table.items())
    )


def _sectors_led(organisations: Iterable[Organisation]) -> dict[int, Sector]:
    """The first sector that each organisation leads, by its key."""
    leads = SectorLead.objects.filter(department__in={each.pk for each in organisations})
    rows = leads.select_related("sector").order_by("-sector__position", "-sector__name")
    return {lead.department_id: lead.sector for lead in rows}


def _organisation_of(row: Participant) -> Organisation | None:
    if row.organisation_id:
        return row.organisation
    if row.appointment and row.appointment.organisation_id:
        return row.appointment.organisation
    return row.seat.organisation if row.seat else None


def _groups_missing(seats: Collection[Line], present: Collection[Line]) -> tuple[str, ...]:
    """The groups that have seats here, of which nobody was present."""
    groups = {line.seat.group for line in seats if line.seat and line.seat.group}
    there = {line.group for line in present}
    return tuple(str(StakeholderGroup(group).label) for group in sorted(groups - there))


def _governments_missing(
    meeting: Meeting, lines: Collection[Line], present: Collection[Line]
) -> tuple[str, ...]:
    """County governments of the mechanism's places with nobody present, where it concerns them.

    A workshop, plenary or forum concerns all; another body those that sit on it (S33).
    """
    unnamed = StakeholderGroup.GOVERNMENT
    if any(line.organisation is None and line.group == unnamed for line in present):
        return ()
    governments = Organisation.objects.filter(
        type=Organisation.Type.COUNTY_GOVERNMENT, place__mechanisms=meeting.body.mechanism_id
    ).order_by("name")
    open_to_all = meeting.kind == Meeting.Kind.WORKSHOP or meeting.body.kind in {
        Body.Kind.PLENARY,
        Body.Kind.FORUM,
    }
    asked = {key for line in lines if line.organisation for key in _line_of(line.organisation)}
    there = {key for line in present if line.organisation for key in _line_of(line.organisation)}
    return tuple(
        government.name
        for government in governments
        if government.pk not in there and (open_to_all or government.pk in asked)
    )


def _line_of(organisation: Organisation) -> tuple[int, ...]:
    """The organisation, and the government that it is part of."""
    parent = organisation.parent_id
    return (organisation.pk, parent) if parent else (organisation.pk,)
