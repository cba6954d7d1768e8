"""How the demo's plans are made: phases and gates, the official calendar, and signatures.

Everything goes through the services that the pages use, each deed at its moment.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.files.base import ContentFile

from committees.models import Access, Body, Meeting, Participant
from coordination.models import Origin
from coordination.services.files import VettedFile, vet_upload
from workplans.models import Activity, JointWorkPlan, Phase, PlanVersion
from workplans.services.activity_comments import comment_on_activity
from workplans.services.gates import pass_gate, request_gate
from workplans.services.phase_work import link_session, require_participant, settle_item
from workplans.services.phases import begin_phase, put_default_phases
from workplans.services.planning import advance_plan
from workplans.services.planning_calendars import Occurrence, occurrences_of
from workplans.services.planning_steps import record_participation
from workplans.services.signing import freeze_version, record_signature, sign_version

from .people import who
from .sources import PICTURES, mechanism, moment, organisation, organisations, place, read

Row = dict[str, Any]
MORNING, NOON, EVENING = dt.time(9), dt.time(12), dt.time(16)


def load_planning() -> None:
    """Everything of ``data/planning.yaml``; the plans and their activities stand there already."""
    content = read("planning")
    for row in content["bodies"]:
        _load_body(row)
    meetings = {row["key"]: _load_meeting(row) for row in content["meetings"]}
    for row in content["plans"]:
        _load_process(row, meetings)
    for row in content["comments"]:
        _comment(row)


def _load_body(row: Row) -> None:
    owner = mechanism(row["mechanism"])
    body = Body(
        **{
            **row,
            "mechanism": owner,
            "place": place(row["place"]),
            "position": owner.bodies.count(),
        }
    )
    body.full_clean()
    body.save()


def _load_meeting(row: Row) -> Meeting:
    slug, _slash, name = row["body"].partition("/")
    meeting = Meeting(
        body=Body.objects.get(mechanism__slug=slug, slug=name),
        kind=Meeting.Kind.WORKSHOP,
        state=Meeting.State.HELD,
        title=row["title"],
        held_on=row["held_on"],
        mode=row.get("mode", ""),
        access=Access.PUBLIC,
        origin=Origin.ILLUSTRATIVE,
    )
    meeting.full_clean()
    meeting.save()
    for present in row["present"]:
        Participant.objects.create(
            meeting=meeting,
            organisation=organisation(present["organisation"]),
            post=present["post"],
            expertise=present.get("expertise", ""),
            attendance=Participant.Attendance.PRESENT,
            origin=Origin.ILLUSTRATIVE,
        )
    return meeting


def _comment(row: Row) -> None:
    slug, _slash, name = row["plan"].partition("/")
    activity = Activity.objects.get(plan__mechanism__slug=slug, plan__slug=name, code=row["code"])
    at = moment(row["at"], mechanism(slug))
    comment_on_activity(activity, by=who(row["by"]), text=row["text"], at=at)


def _load_process(row: Row, meetings: dict[str, Meeting]) -> None:
    slug, _slash, name = row["plan"].partition("/")
    plans = JointWorkPlan.objects.select_related("mechanism__calendar", "place", "calendar")
    plan = plans.get(mechanism__slug=slug, slug=name)
    put_default_phases(plan)
    for step, told in row["phases"].items():
        _play_phase(plan.phases.get(step=step), told, row, meetings)
    steps = {f"{each.event.calendar.key}/{each.event.key}": each for each in occurrences_of(plan)}
    for told in row.get("took_part", []):
        _tell_participation(plan, steps[told["step"]], told, row)
    if "closed" in row:
        at = moment(row["closed"]["at"], plan.mechanism)
        note = row["closed"]["note"]
        advance_plan(
            plan, by=who(row["focal_point"]), to=JointWorkPlan.State.CLOSED, note=note, at=at
        )
    if "signed" in row:
        _sign(plan, row["signed"], row)
        _amend(plan, row["amendment"], row)


def _play_phase(phase: Phase, told: Row, row: Row, meetings: dict[str, Meeting]) -> None:
    clerk, zone = who(row["secretariat"]), phase.plan.mechanism.zone
    phase.planned_start, phase.planned_end = told["planned"]
    phase.full_clean()
    phase.save(update_fields=["planned_start", "planned_end"])
    if "began" not in told:
        return
    began = dt.datetime.combine(told["began"], MORNING, tzinfo=zone)
    phase = begin_phase(phase, by=clerk, on=told["began"], at=began)
    for required in told.get("required", []):
        require_participant(
            phase, by=clerk, seat=None, organisation=organisation(required["organisation"]),
            post=required["post"], at=began,
        )  # fmt: skip
    for session in told.get("sessions", []):
        held = meetings[session["meeting"]]
        link_session(phase, by=clerk, meeting=held, has_leaders=session["leaders"], at=began)
    if "blocked" in told:
        _block(phase, told["blocked"], row, began)
    if "ended" in told:
        _pass(phase, told, row)
    elif "asked" in told:
        _ask(phase, told, row, on=told["asked"])


def _block(phase: Phase, told: Row, row: Row, at: dt.datetime) -> None:
    item = phase.items.order_by("position")[0]
    settle_item(
        item, by=who(row["secretariat"]), text=item.text, kind=item.kind, done_on=None, done_by="",
        blocked_by=organisation(told["department"]), blocked_note=told["note"], at=at,
    )  # fmt: skip


def _ask(phase: Phase, told: Row, row: Row, *, on: dt.date) -> None:
    """Everything on the list is done, and the secretariat asks for the gate."""
    clerk = who(row["secretariat"])
    noon = dt.datetime.combine(on, NOON, tzinfo=phase.plan.mechanism.zone)
    for item in phase.items.order_by("position"):
        settle_item(
            item, by=clerk, text=item.text, kind=item.kind, done_on=on,
            done_by=told["done_by"], blocked_by=None, blocked_note="", at=noon,
        )  # fmt: skip
    request_gate(phase, by=clerk, ended_on=on, at=noon)


def _pass(phase: Phase, told: Row, row: Row) -> None:
    clerk, official = who(row["secretariat"]), who(row["focal_point"])
    ended = told["ended"]
    _ask(phase, told, row, on=ended)
    said = told.get("acknowledged", {})
    for side, keeper in (("focal_point", official), ("secretariat", clerk)):
        at = dt.datetime.combine(ended, EVENING, tzinfo=phase.plan.mechanism.zone)
        pass_gate(phase, by=keeper, side=side, acknowledgement=said.get(side, ""), at=at)


def _tell_participation(plan: JointWorkPlan, step: Occurrence, told: Row, row: Row) -> None:
    record_participation(
        plan,
        step,
        by=who(row["focal_point"]),
        organisations=organisations(told["organisations"]),
        took_part_on=told["day"],
        posts=told["posts"],
        submitted=told["submitted"],
        note="Illustrative.",
        at=dt.datetime.combine(told["day"], EVENING, tzinfo=plan.mechanism.zone),
    )


def _sign(plan: JointWorkPlan, told: Row, row: Row) -> None:
    """The version that was signed, with the lines as they stood then."""
    _change(plan, told["before"])
    at = moment(told["at"], plan.mechanism)
    version = freeze_version(plan, by=who(row["secretariat"]), note="Illustrative.", at=at)
    _give_signatures(version, told["signatures"], row)


def _amend(plan: JointWorkPlan, told: Row, row: Row) -> None:
    """What has changed since waits for the signatory that a visitor may sign in as."""
    _change(plan, told["change"])
    at = moment(told["at"], plan.mechanism)
    version = freeze_version(plan, by=who(row["secretariat"]), note=told["note"], at=at)
    _give_signatures(version, told["signatures"], row)


def _change(plan: JointWorkPlan, lines: dict[str, Row]) -> None:
    for code, columns in lines.items():
        plan.activities.filter(code=code).update(**columns)


def _give_signatures(version: PlanVersion, given: dict[str, Row], row: Row) -> None:
    for slug, told in given.items():
        signature = version.signatures.get(organisation__slug=slug)
        at = moment(told["at"], version.plan.mechanism)
        if "by" in told:
            sign_version(
                signature, by=who(told["by"]), post=told["post"], sha256=version.sha256, at=at
            )
        else:
            record_signature(
                signature, by=who(row["secretariat"]), post=told["post"], signed_on=told["day"],
                file=_paper(), at=at,
            )  # fmt: skip


def _paper() -> VettedFile:
    """The picture that stands for a signed paper, and says so."""
    content = (PICTURES / "signature_page.jpg").read_bytes()
    return vet_upload(ContentFile(content, name="signature-page.jpg"))
