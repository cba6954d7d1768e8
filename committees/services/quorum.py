"""Whether enough of a body is in the room: counted from its seats, live (R18)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from committees.models import Body, Meeting, Participant, QuorumGroup, Seat, StakeholderGroup
from committees.services.attendance import Line, Noted

PER_CENT = 100


@dataclass(frozen=True)
class GroupCount:
    """How many of one stakeholder group are present, and how many the rule asks for."""

    label: str
    present: int
    needed: int

    @property
    def is_met(self) -> bool:
        return self.present >= self.needed


@dataclass(frozen=True)
class BodyQuorum:
    """The count of one body. ``needed`` is None where its rule names no number of seats."""

    body: Body
    present: int
    seats: int
    needed: int | None
    groups: tuple[GroupCount, ...]

    @property
    def has_rule(self) -> bool:
        return self.needed is not None or bool(self.groups)

    @property
    def is_met(self) -> bool:
        """Without a rule there is nothing that could be missed."""
        enough = self.needed is None or self.present >= self.needed
        return enough and all(group.is_met for group in self.groups)

    @property
    def sentence(self) -> str:
        """How the body stands, in a sentence that names what is missing."""
        if not self.has_rule:
            return _("No quorum is laid down for %(body)s: %(present)d of %(seats)d present.") % {
                "body": self.body, "present": self.present, "seats": self.seats,
            }  # fmt: skip
        return " ".join([self._counted(), *self._missing()])

    def _counted(self) -> str:
        words = {
            "body": self.body, "present": self.present, "seats": self.seats,
            "needed": self.needed if self.needed is not None else 0,
        }  # fmt: skip
        if self.is_met:
            said = _("%(body)s has its quorum: %(present)d of %(seats)d there, %(needed)d needed.")
        else:
            said = _("%(body)s has no quorum: %(present)d of %(seats)d there, %(needed)d needed.")
        return said % words

    def _missing(self) -> list[str]:
        return [
            _("%(group)s: %(present)d present, %(needed)d needed.")
            % {"group": group.label, "present": group.present, "needed": group.needed}
            for group in self.groups
            if not group.is_met
        ]


@dataclass(frozen=True)
class Quorum:
    """The quorum of a meeting: of each body that holds it, and all of them must have theirs."""

    bodies: tuple[BodyQuorum, ...]
    # How the minutes say that it stood; None while it is counted from the seats.
    recorded: bool | None = None
    note: str = ""

    @property
    def has_rule(self) -> bool:
        return any(each.has_rule for each in self.bodies)

    @property
    def is_met(self) -> bool:
        """As recorded when the meeting closed; before that as counted, True without a rule."""
        if self.recorded is not None:
            return self.recorded
        return all(each.is_met for each in self.bodies)

    @property
    def present(self) -> int:
        return sum(each.present for each in self.bodies)

    @property
    def seats(self) -> int:
        return sum(each.seats for each in self.bodies)

    @property
    def needed(self) -> int:
        return sum(each.needed or 0 for each in self.bodies)

    @property
    def groups(self) -> tuple[GroupCount, ...]:
        return tuple(group for each in self.bodies for group in each.groups)

    @property
    def sentence(self) -> str:
        """In words, for page and minutes."""
        if self.note:
            return self.note
        if self.recorded is not None and not self.present:
            return _("Quorum met, as recorded.") if self.recorded else _("No quorum, as recorded.")
        return " ".join(each.sentence for each in self.bodies)


def quorum_of(meeting: Meeting, *, taken: set[int] | None = None) -> Quorum:
    """How the quorum of the meeting stands now; fixed queries, whatever the number of seats.

    ``taken`` holds the keys of the seats that are taken while somebody still types who came;
    without it, what was noted counts.

    A seat counts once, be its holder present or an alternate; one whose rule allows nobody in its
    place counts only with its holder. Observers and guests never count, vacant seats do (R18).
    """
    bodies = [meeting.body, *meeting.joint_with.order_by("position", "name", "pk")]
    day = meeting.day or timezone.localdate(timezone=meeting.zone)
    seats = Seat.objects.standing_on(day).filter(body__in=bodies)
    counted = list(seats.exclude(function=Seat.Function.OBSERVER))
    rules = list(QuorumGroup.objects.filter(body__in=bodies).order_by("group"))
    present = _seats_present(meeting) if taken is None else taken
    if _is_untold(meeting, present):
        return Quorum((), note=_("Not known: the record does not say who was there by seat."))
    parts = tuple(_count(body, counted, rules, present=present) for body in bodies)
    recorded = meeting.is_quorate if meeting.state == Meeting.State.HELD else None
    return Quorum(parts, recorded, meeting.quorum_note if recorded is not None else "")


def seats_taken(lines: Iterable[Line], typed: Mapping[str, Noted]) -> set[int]:
    """The keys of the seats that are taken: as typed of their lines, else as noted."""
    return {
        line.seat.pk
        for line in lines
        if line.seat is not None and _takes(line.seat, typed.get(line.key, line.noted))
    }


def _seats_present(meeting: Meeting) -> set[int]:
    """The keys of the seats that are taken at the meeting, each once."""
    noted = meeting.participants.select_related("seat")
    return {each.seat.pk for each in noted if each.seat is not None and _takes(each.seat, each)}


def _takes(seat: Seat, noted: Participant | Noted) -> bool:
    """Whether somebody takes the seat: its holder, or another where its rule allows one."""
    barred = noted.is_by_alternate and seat.alternate_rule == Seat.AlternateRule.NOBODY
    return noted.attendance == Participant.Attendance.PRESENT and not barred


def _is_untold(meeting: Meeting, present: set[int]) -> bool:
    """Whether it was entered afterwards, and nothing is told of seats: missing is not zero (R4)."""
    if meeting.entered_at is None or meeting.is_quorate is not None or present:
        return False
    noted = meeting.participants.filter(seat__isnull=False)
    return not noted.exclude(attendance=Participant.Attendance.UNKNOWN).exists()


def _count(
    body: Body, seats: Collection[Seat], rules: Collection[QuorumGroup], *, present: set[int]
) -> BodyQuorum:
    own = [seat for seat in seats if seat.body_id == body.pk]
    if body.quorum_of_voting:
        own = [seat for seat in own if seat.is_voting]
    there = [seat for seat in own if seat.pk in present]
    of_group = Counter(seat.group for seat in there)
    groups = tuple(
        GroupCount(str(StakeholderGroup(rule.group).label), of_group[rule.group], rule.minimum)
        for rule in rules
        if rule.body_id == body.pk
    )
    return BodyQuorum(body, len(there), len(own), _needed(body, len(own)), groups)


def _needed(body: Body, seats: int) -> int | None:
    """The number that the rule asks for; a part of a seat is a whole one."""
    numbers = []
    if body.quorum_seats is not None:
        numbers.append(body.quorum_seats)
    if body.quorum_percent is not None:
        numbers.append(-(-seats * body.quorum_percent // PER_CENT))
    return max(numbers, default=None)


def rule_in_words(body: Body) -> str:
    """What the body's quorum asks for, such as "at least 5 seats"; "" for nothing."""
    said = []
    if body.quorum_seats is not None:
        said.append(
            ngettext("at least %(count)d seat", "at least %(count)d seats", body.quorum_seats)
            % {"count": body.quorum_seats}
        )
    if body.quorum_percent is not None:
        of = (
            _("%(percent)d %% of the voting seats")
            if body.quorum_of_voting
            else _("%(percent)d %% of the seats")
        )
        said.append(of % {"percent": body.quorum_percent})
    said += [
        _("%(count)d of %(group)s") % {"count": rule.minimum, "group": rule.get_group_display()}
        for rule in body.quorum_groups.order_by("group")
    ]
    return ", ".join(said)
