"""SEK's three quarters: each line of sek_quarters.yaml is one deed, done by its service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile

from coordination.models import Mechanism, Organisation, Origin, Period, Place, User
from coordination.services.files import vet_upload
from reporting.models import AwardFinance as Finance
from reporting.models import Edition, Report
from reporting.services.editions import (
    cancel_edition,
    consent_to_edition,
    publish_edition,
    request_edition,
    retry_edition,
)
from reporting.services.finances import edit_finance
from reporting.services.making import make_edition
from reporting.services.reports import edit_section, open_report
from reporting.services.sections import SECTIONS
from workplans.models import (
    Activity,
    ActivityUpdate,
    Category,
    IndicatorVersion,
    Obligation,
    Result,
    Stream,
)
from workplans.services.checks import Part
from workplans.services.drafts import save_draft
from workplans.services.obligations import extend_obligation, open_obligations, save_narrative
from workplans.services.results import restate_result, submit_report
from workplans.services.updates import NewEvidence, update_activity
from workplans.services.verification import return_result, verify_results

from .people import focal_point_of, officer_of, who
from .sources import PICTURES, amount, mechanism, moment, organisation, period, place, read


@dataclass(frozen=True)
class Step:
    """One deed: when, in which mechanism and quarter, and what else its line says."""

    at: dt.datetime
    sek: Mechanism
    quarter: Period
    said: Mapping[str, Any]

    def obligation_of(self, reporter: Organisation) -> Obligation:
        return self.sek.obligations.get(organisation=reporter, period=self.quarter)

    @property
    def report(self) -> Report:
        return Report.objects.get(mechanism=self.sek, period=self.quarter, place=None)


def play(line: Mapping[str, Any]) -> None:
    """Do what a line of sek_quarters.yaml says, and mark what came of it as illustrative."""
    sek = mechanism("sek")
    step = Step(moment(line["at"], sek), sek, period(line["quarter"]), line)
    DEEDS[line["do"]](step)
    entered, illustrative = {"origin": Origin.ENTERED}, {"origin": Origin.ILLUSTRATIVE}
    for made in (
        Result.objects.of_mechanism(sek),
        ActivityUpdate.objects.filter(activity__plan__mechanism=sek),
        Report.objects.filter(mechanism=sek),
    ):
        made.filter(**entered).update(**illustrative)


def _open(step: Step) -> None:
    open_obligations(step.sek, step.quarter, at=step.at)


def _extend(step: Step) -> None:
    extend_obligation(
        step.obligation_of(organisation(step.said["organisation"])),
        by=who("rla-secretariat"),
        to=step.said["until"],
        reason=step.said["reason"],
        at=step.at,
    )


def _enter(step: Step) -> None:
    reporter = organisation(step.said["by"])
    officer = officer_of(reporter.slug)
    for stream, told in _values(step.quarter, reporter):
        _type(stream, step.quarter, _first(told), by=officer, at=step.at)
    texts = read("sek_narratives").get(step.quarter.code, {}).get(reporter.slug, {})
    for section, text in texts.items():
        save_narrative(step.obligation_of(reporter), section, by=officer, text=text, at=step.at)


def _submit(step: Step) -> None:
    _enter(step)
    reporter = organisation(step.said["by"])
    submit_report(step.obligation_of(reporter), by=officer_of(reporter.slug), at=step.at)


def _return(step: Step) -> None:
    stream, _told = _value(step)
    return_result(
        stream.results.get(period=step.quarter, state=Result.State.SUBMITTED),
        by=focal_point_of(step.said["in"]),
        reason=step.said["reason"],
        at=step.at,
    )


def _correct(step: Step) -> None:
    stream, told = _value(step)
    officer = officer_of(stream.organisation.slug)
    if step.said.get("without_note"):
        told = {name: value for name, value in told.items() if name != "note"}
    returned = stream.results.get(period=step.quarter, state=Result.State.RETURNED)
    _type(stream, step.quarter, told, by=officer, at=step.at, seen=returned.version)
    submit_report(step.obligation_of(stream.organisation), by=officer, at=step.at)


def _verify(step: Step) -> None:
    official = focal_point_of(step.said["in"])
    waiting = Result.objects.awaiting_verification_by(official).filter(period=step.quarter)
    said = {name: step.said.get(name, "") for name in ("sample", "note")}
    verify_results(waiting, by=official, method=step.said["method"], at=step.at, **said)


def _restate(step: Step) -> None:
    stream, told = _value(step)
    correction = told["restated"]
    number = amount(correction["value"])
    restate_result(
        stream.results.verified().get(period=step.quarter),
        by=officer_of(stream.organisation.slug),
        numerator=number.numerator,
        denominator=number.denominator,
        cells=_cells(stream.version, correction),
        reason=correction["reason"],
        at=step.at,
    )


def _update(step: Step) -> None:
    for code, told in read("sek_updates")[step.quarter.code].items():
        activity = Activity.objects.select_related("lead").get(plan__mechanism=step.sek, code=code)
        officer = officer_of(activity.lead.slug)
        update_activity(
            activity,
            step.quarter,
            by=officer,
            seen_version=0,
            new_evidence=[_picture(told["photo"])] if "photo" in told else [],
            at=step.at,
            status=told["status"],
            status_reason=told.get("status_reason", ""),
            percent_complete=told["percent_complete"],
            narrative=told["narrative"],
            next_step=told["next_step"],
        )


def _begin_report(step: Step) -> None:
    seat = place(step.said["in"])
    _write_sections(step, f"report-{step.quarter.code}-{seat.slug}", seat)


def _write_sections(step: Step, texts: str, seat: Place | None = None) -> Report:
    """The report on the quarter with its sections as the file has them."""
    secretariat = who("rla-secretariat")
    report = open_report(step.sek, step.quarter, seat, by=secretariat, at=step.at)
    for code, text in read("sek_narratives")[texts].items():
        edit_section(report, SECTIONS[code], text=text, seen=0, by=secretariat, at=step.at)
    return report


def _write_report(step: Step) -> None:
    secretariat = who("rla-secretariat")
    report = _write_sections(step, f"report-{step.quarter.code}")
    for slug, told in step.said["money"].items():
        cents = {name: told[name] * 100 if name in told else None for name in Finance.Amount.values}
        award = step.sek.awards.get(slug=slug)
        edit_finance(
            report, award, by=secretariat, seen=0, amounts=cents, currency="USD", at=step.at
        )
    request_edition(report, seen=0, by=secretariat, at=step.at)


def _make_report(step: Step) -> None:
    edition, secretariat = step.report.editions.get(), who("rla-secretariat")
    # A load that was cut off here left it in the hands of a process that is gone.
    if edition.state == Edition.State.RUNNING:
        edition = cancel_edition(edition, by=secretariat, at=step.at)
    if edition.is_given_up:
        retry_edition(edition, by=secretariat, at=step.at)
    make_edition(edition.pk, at=step.at)


def _consent(step: Step) -> None:
    official = focal_point_of(step.said["in"])
    consent_to_edition(step.report.editions.get(), by=official, at=step.at)


def _publish(step: Step) -> None:
    publish_edition(step.report.editions.get(), by=who("rla-secretariat"), at=step.at)


DEEDS: dict[str, Callable[[Step], None]] = {
    "open": _open,
    "extend": _extend,
    "enter": _enter,
    "submit": _submit,
    "return": _return,
    "correct": _correct,
    "verify": _verify,
    "restate": _restate,
    "update": _update,
    "write_report": _write_report,
    "begin_report": _begin_report,
    "make_report": _make_report,
    "consent": _consent,
    "publish": _publish,
}


def _values(quarter: Period, reporter: Organisation) -> Iterator[tuple[Stream, dict[str, Any]]]:
    """The reporter's streams with a value in the quarter, and what the file says of it."""
    for code, blocks in read("sek_results").items():
        for block in blocks:
            if block["by"] == reporter.slug and quarter.code in block:
                yield _stream(code, reporter, place(block["at"])), block[quarter.code]


def _value(step: Step) -> tuple[Stream, dict[str, Any]]:
    """The one stream that the line names, and what the file says of the quarter."""
    code, by, at = step.said["value"]
    (block,) = (b for b in read("sek_results")[code] if (b["by"], b["at"]) == (by, at))
    return _stream(code, organisation(by), place(at)), block[step.quarter.code]


def _stream(code: str, reporter: Organisation, seat: Place) -> Stream:
    return Stream.objects.select_related("version", "organisation").get(
        version__indicator__mechanism__slug="sek",
        version__indicator__code=code,
        organisation=reporter,
        place=seat,
    )


def _first(told: dict[str, Any]) -> dict[str, Any]:
    """What was typed before the county returned it, where the file knows that."""
    if "first" not in told:
        return told
    prefix = "first_"
    return {
        "value": told["first"],
        **{name.removeprefix(prefix): told[name] for name in told if name.startswith(prefix)},
    }


def _type(
    stream: Stream,
    quarter: Period,
    told: dict[str, Any],
    *,
    by: User,
    at: dt.datetime,
    seen: int | None = None,
) -> None:
    number = amount(told["value"])
    save_draft(
        stream,
        quarter,
        by=by,
        numerator=number.numerator,
        denominator=number.denominator,
        cells=_cells(stream.version, told),
        deviation=told.get("deviation", ""),
        note=told.get("note", ""),
        seen_version=seen,
        at=at,
    )


def _cells(version: IndicatorVersion, told: dict[str, Any]) -> dict[Category, Part]:
    """The cells of each breakdown that the file gives, in the order of its categories."""
    cells = {}
    for breakdown in version.disaggregations.all():
        if breakdown.key not in told:
            continue
        numbers = [amount(written) for written in told[breakdown.key]]
        categories = breakdown.categories.order_by("position")
        for category, number in zip(categories, numbers, strict=True):
            cells[category] = Part(number.numerator, number.denominator)
    return cells


def _picture(told: dict[str, Any]) -> NewEvidence:
    upload = ContentFile((PICTURES / told["file"]).read_bytes(), name=told["file"])
    return NewEvidence(vet_upload(upload), told["caption"], told["taken_on"])
