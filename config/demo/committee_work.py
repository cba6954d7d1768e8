"""A working group at its work, illustrative from its first seat to its next meeting.

What stands here is dated from the day on which the demo is loaded: a meeting to come is to come.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from committees import models
from committees.models import Access, AgendaItem, Body, Document, Meeting, Memo, Participant, Terms
from committees.services.actions import complete_action, create_action
from committees.services.agenda import add_item, park_item
from committees.services.agenda_templates import use_template
from committees.services.alerts import raise_alert, update_alert
from committees.services.appointments import confirm_appointment
from committees.services.attendance import Noted, lines_of, note_attendance
from committees.services.cadence import follow_cadence
from committees.services.calling import call_meeting
from committees.services.capacities import assess_capacity
from committees.services.decisions import take_decision
from committees.services.duties import log_duty
from committees.services.escalations import (
    acknowledge_escalation,
    answer_escalation,
    raise_escalation,
)
from committees.services.formation import move_body
from committees.services.library import add_document
from committees.services.meetings import schedule_meeting
from committees.services.memo_circulations import circulate_memo, comment_memo
from committees.services.memos import create_memo, make_memo_ready
from committees.services.minutes import ask_for_correction, circulate_minutes, confirm_minutes
from committees.services.nominations import Nominee, nominate_holder
from committees.services.notifying import record_notification
from committees.services.past_meetings import record_past_meeting
from committees.services.sessions import close_meeting, open_meeting, write_item
from committees.services.terms import draft_terms
from coordination.models import Mechanism, Origin, Originated, User
from coordination.services.files import VettedFile

from .people import who
from .sources import mechanism, organisation, place, read

Row = dict[str, Any]
# What no line of a past meeting tells, and a service asks for.
NO_TERMS = {
    "chair": "", "secretariat": "", "decision_rule": "", "reporting_line": "", "duration": "",
    "note": "", "composition": "", "file": None,
}  # fmt: skip


def load_committee_work() -> None:
    """Everything of ``data/committee_work.yaml``, marked as illustrative."""
    Work(read("committee_work")).load()
    for model in vars(models).values():
        if isinstance(model, type) and issubclass(model, Originated):
            entered = model._default_manager.filter(origin=Origin.ENTERED)
            entered.update(origin=Origin.ILLUSTRATIVE)


class Work:
    """The deeds of the group, in the order in which they were done."""

    def __init__(self, told: Row) -> None:
        self.told = told
        self.sek: Mechanism = mechanism("sek")
        self.secretary: User = who("rla-secretariat")
        self.now = timezone.now()

    def load(self) -> None:
        self.set_up()
        self.meet()
        self.write_papers()
        self.tell_of_trouble()

    def at(self, day: int, hour: int = 9) -> dt.datetime:
        """The hour of a day that is so many days after today, on the mechanism's clock."""
        return dt.datetime.combine(self.on(day), dt.time(hour), tzinfo=self.sek.zone)

    def on(self, day: int) -> dt.date:
        return timezone.localdate(self.now, self.sek.zone) + dt.timedelta(days=day)

    # --- The group, its seats and terms ---

    def set_up(self) -> None:
        first = self.told["meetings"][0]["day"] - 30
        self.group = self._body(self.told["group"], "kitui-structure", "ke/kitui")
        record_notification(
            self.sek, by=self.secretary, at=self.at(first), authority=organisation("kitui-county"),
            bodies=[self.group], notified_on=self.on(first), **self.told["notification"],
        )  # fmt: skip
        self.seats = {row["title"]: self._seat(row) for row in self.told["seats"]}
        self.group = move_body(
            self.group, by=self.secretary, to=Body.State.CONFIGURED, on=self.on(first),
            at=self.at(first, 10),
        )  # fmt: skip
        nominee = dict(self.told["nominee"])
        seat = self.seats[nominee.pop("seat")]
        nominate_holder(seat, Nominee(self.on(9), **nominee), by=self.secretary, at=self.at(-5))
        self._assess(dict(self.told["capacity"]))
        self._load_terms()
        for row in self.told["duties_done"]:
            log_duty(
                self.seats[row["seat"]], by=who("kitui-lead"), duty=row["duty"],
                done_on=self.on(row["day"]), text=row["text"], at=self.at(row["day"], 16),
            )  # fmt: skip

    def _body(self, row: Row, parent: str, path: str) -> Body:
        body = Body(
            mechanism=self.sek, parent=self.sek.bodies.get(slug=parent), place=place(path),
            kind=Body.Kind.WORKING_GROUP, state=Body.State.PROPOSED, interval=1,
            position=self.sek.bodies.count(), origin=Origin.ILLUSTRATIVE, **row,
        )  # fmt: skip
        body.full_clean()
        body.save()
        return body

    def _seat(self, row: Row) -> models.Seat:
        told = dict(row)
        holder, ends_in = told.pop("holder", None), told.pop("ends_in", None)
        told["organisation"] = organisation(told["organisation"])
        seat = models.Seat(body=self.group, position=self.group.seats.count(), **told)
        seat.full_clean()
        seat.save()
        if holder:
            nominee = Nominee(
                self.on(-100), holder=who(holder), organisation=seat.organisation,
                ends_on=self.on(ends_in) if ends_in else None,
            )  # fmt: skip
            nominated = nominate_holder(seat, nominee, by=self.secretary, at=self.at(-100))
            confirm_appointment(nominated, by=self.secretary, at=self.at(-100, 10))
        return seat

    def _assess(self, row: Row) -> None:
        seat = self.seats[row.pop("seat")]
        assess_capacity(
            seat, by=self.secretary, level=models.Capacity.Level.PARTLY, at=self.at(-40),
            assessed_on=self.on(-40), support_due_on=self.on(30),
            **row | {"support_from": organisation(row["support_from"])},
        )  # fmt: skip

    def _load_terms(self) -> None:
        told = self.told["terms"]
        Terms.objects.create(
            mechanism=self.sek, body=self.group, number=1, state=Terms.State.IN_FORCE,
            effective_on=self.on(-90), **told["first"],
        )  # fmt: skip
        draft_terms(
            self.sek, by=self.secretary, body=self.group, at=self.at(-8),
            **NO_TERMS | told["second"],
        )  # fmt: skip
        # For the structures of all counties: their chairs decide about it.
        Terms.objects.create(
            mechanism=self.sek, kind=Body.Kind.COUNTY, number=1, state=Terms.State.TABLED,
            **told["harmonised"],
        )  # fmt: skip

    # --- Its meetings ---

    def meet(self) -> None:
        *held, to_come = self.told["meetings"]
        former: Meeting | None = None
        for row in held:
            former = self._hold(row, former)
        park_item(
            self.group,
            by=self.secretary,
            at=self.at(-10),
            **self._item({"title": self.told["parked"]}),
        )
        self._plan(to_come)
        idle = self._body(self.told["idle_group"], "makueni-structure", "ke/makueni")
        Body.objects.filter(pk=idle.pk).update(state=Body.State.CONFIGURED)
        record_past_meeting(
            idle, by=self.secretary, at=self.at(-99), kind="ordinary", mode="in_person", title="",
            number=1, held_on=self.on(-100), is_day_known=True, venue="Wote", chaired_by="",
            access=Access.MEMBERS, note="", missing_note="", gap_reason="", is_quorate=None,
            quorum_note="", joint_with=[],
        )  # fmt: skip
        follow_cadence(idle, at=self.now)

    def _schedule(self, day: int) -> Meeting:
        return schedule_meeting(
            self.group, by=self.secretary, at=self.at(day - 21), kind="ordinary",
            mode="in_person", title="", starts_at=self.at(day, 10), ends_at=self.at(day, 12),
            time_zone="", venue="County hall, Kitui", link="", chaired_by="", facilitator="",
            access=Access.MEMBERS, note="", joint_with=[],
        )  # fmt: skip

    def _item(self, told: Row) -> Row:
        return {
            "title": told["title"], "aim": told.get("aim", "discuss"), "minutes_allotted": 20,
            "presenter": "", "presented_by": None, "note": "",
            "is_restricted": told.get("restricted", False),
        }  # fmt: skip

    def _hold(self, row: Row, former: Meeting | None) -> Meeting:
        day = row["day"]
        meeting = self._schedule(day)
        use_template(meeting, by=self.secretary, at=self.at(day - 20))
        for item in row["items"]:
            add_item(meeting, by=self.secretary, at=self.at(day - 20), **self._item(item))
        call_meeting(meeting, by=self.secretary, at=self.at(day - 14))
        open_meeting(meeting, by=self.secretary, at=self.at(day, 10))
        there = {self.seats[title].pk for title in row["present"]}
        present, absent = Participant.Attendance.PRESENT, Participant.Attendance.APOLOGIES
        notes = {
            line.key: (line.noted, Noted(present if line.seat.pk in there else absent))
            for line in lines_of(meeting)
            if line.seat
        }
        note_attendance(meeting, notes, by=self.secretary, at=self.at(day, 10))
        if former:
            self._confirm(former, meeting, at=self.at(day, 10))
        told = {item["title"]: item for item in row["items"]}
        for item in meeting.items.in_order():
            self._write(meeting, item, told.get(item.title, {}), at=self.at(day, 11))
        meeting = close_meeting(meeting, by=self.secretary, at=self.at(day, 12))
        self._circulate(meeting, row.get("correction", ""), day)
        return meeting

    def _write(self, meeting: Meeting, item: AgendaItem, told: Row, *, at: dt.datetime) -> None:
        for decision in told.get("decisions", []):
            take_decision(meeting, by=self.secretary, item=item, at=at, **decision)
        for row in told.get("actions", []):
            action = create_action(
                self.group, by=self.secretary, text=row["text"], owner_seat=self.seats[row["seat"]],
                due_on=self.on(row["day"]), meeting=meeting, item=item, at=at,
            )  # fmt: skip
            if done := row.get("done"):
                complete_action(action, by=who("kitui-lead"), text=done, at=self.at(row["day"] - 1))
        outcome = "decided" if told.get("decisions") else told.get("outcome", "noted")
        item.refresh_from_db()
        write_item(
            item, by=self.secretary, seen_version=item.version, text=told.get("text", ""),
            outcome=outcome, reason=told.get("reason", ""), at=at,
        )  # fmt: skip

    def _circulate(self, meeting: Meeting, correction: str, day: int) -> None:
        minutes = circulate_minutes(
            meeting.minutes, by=self.secretary, corrections_until=self.on(day + 30),
            at=self.at(day + 2),
        )  # fmt: skip
        if correction:
            member = who("kitui-agriculture")
            ask_for_correction(minutes, by=member, text=correction, at=self.at(day + 4))

    def _confirm(self, former: Meeting, meeting: Meeting, *, at: dt.datetime) -> None:
        confirm_minutes(
            former.minutes, by=self.secretary, confirmed_at=meeting, at=at,
            chair_post="Chief Officer, Water", secretary_post="Secretariat, RLA",
        )  # fmt: skip

    def _plan(self, row: Row) -> None:
        meeting = self._schedule(row["day"])
        use_template(meeting, by=self.secretary, at=self.at(-9))
        papers = [self._paper().versions.get()]
        for item in row["items"]:
            told = self._item(item)
            pinned = papers if item.get("paper") else []
            add_item(meeting, by=self.secretary, papers=pinned, at=self.at(-9), **told)
        call_meeting(meeting, by=self.secretary, at=self.at(-7))

    def _paper(self) -> Document:
        told = self.told["paper"]
        file = VettedFile(told["name"], "text/csv", told["text"].encode())
        return add_document(
            self.sek, by=self.secretary, file=file, at=self.at(-12), title=told["title"],
            kind=Document.Kind.PAPER, access=Access.MEMBERS, body=self.group,
            place=place("ke/kitui"), dated_on=self.on(-13), for_year=None,
            summary=told["summary"],
        )  # fmt: skip

    # --- Memos, an alert, issues ---

    def write_papers(self) -> None:
        first, *_others = [
            self._memo(row, day) for row, day in zip(self.told["memos"], (-28, -4), strict=True)
        ]
        make_memo_ready(first, by=self.secretary, at=self.at(-27))
        told = self.told["memos"][0]
        reader = organisation(told["circulated_to"])
        [sent] = circulate_memo(first, by=self.secretary, organisations=[reader], at=self.at(-27))
        comment_memo(sent, by=who("kcdms-officer"), comment=told["comment"], at=self.at(-22))

    def _memo(self, row: Row, day: int) -> Memo:
        content = {name: row[name] for name in ("title", "topic", "findings", "recommendations")}
        return create_memo(
            self.sek, by=self.secretary, prepared_by=organisation("rla"), legal_reference="",
            pilot_places=[], access=Access.MEMBERS, waiting_reason="",
            bodies=[self.group, self.sek.bodies.get(slug="kitui-structure")],
            at=self.at(day), **content,
        )  # fmt: skip

    def tell_of_trouble(self) -> None:
        told = dict(self.told["alert"])
        day, updates = told.pop("day"), told.pop("updates")
        alert = raise_alert(
            self.sek, by=who("kitui-lead"), places=[place("ke/kitui")], noticed_on=self.on(day - 1),
            at=self.at(day), **told,
        )  # fmt: skip
        for row in updates:
            update_alert(
                alert, by=who(row["by"]), text=row["text"], state=row["state"],
                at=self.at(row["day"]),
            )  # fmt: skip
        for row in self.told["escalations"]:
            self._escalate(row)

    def _escalate(self, row: Row) -> None:
        escalation = raise_escalation(
            self.sek, by=who(row["by"]), body=self.sek.bodies.get(slug=row["to"]),
            title=row["title"], text=row["text"], place=place("ke/kitui"),
            raised_for=organisation(row["organisation"]), at=self.at(row["day"]),
        )  # fmt: skip
        if day := row.get("acknowledged"):
            acknowledge_escalation(escalation, by=self.secretary, at=self.at(day))
        if answer := row.get("answer"):
            day, text = answer["day"], answer["text"]
            answer_escalation(escalation, by=self.secretary, answer=text, at=self.at(day))
