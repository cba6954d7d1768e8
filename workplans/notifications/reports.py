"""Letters about reports that are due, and about what became of the values in them."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coordination.models import Place, User
from coordination.services.mail import post
from workplans.models import Obligation, Result, ResultDecision

from .audience import EMAILS, reporters_of, verifiers_in


def tell_of_opening(obligation: Obligation, *, at: dt.datetime) -> None:
    """Tell the reporters that a report is due, and by when."""
    _tell_reporters(
        obligation,
        f"obligation-opened:{obligation.pk}",
        _("Report for %(period)s is due on %(day)s"),
        "obligation_opened",
        at=at,
    )


def tell_of_due_day(obligation: Obligation, *, at: dt.datetime) -> None:
    """Remind the reporters that the last day is near."""
    _tell_reporters(
        obligation,
        f"obligation-due:{obligation.pk}:{obligation.last_day}",
        _("Report for %(period)s is due on %(day)s"),
        "obligation_due",
        at=at,
    )


def tell_of_overdue(obligation: Obligation, *, at: dt.datetime) -> None:
    """Tell the reporters that the last day has passed without their report."""
    _tell_reporters(
        obligation,
        f"obligation-overdue:{obligation.pk}:{obligation.last_day}",
        _("Report for %(period)s is overdue"),
        "obligation_overdue",
        at=at,
    )


def tell_of_reminder(obligation: Obligation, *, at: dt.datetime) -> None:
    """Tell the reporters that the secretariat asks for the report; once a day."""
    _tell_reporters(
        obligation,
        f"obligation-reminded:{obligation.pk}:{obligation.reminded_on}",
        _("The secretariat asks for your report for %(period)s"),
        "obligation_reminded",
        at=at,
        is_overdue=obligation.is_overdue(at=at),
    )


def tell_of_extension(obligation: Obligation, *, at: dt.datetime) -> None:
    """Tell the reporters the new last day."""
    _tell_reporters(
        obligation,
        f"obligation-extended:{obligation.pk}:{obligation.last_day}",
        _("Report for %(period)s: extended to %(day)s"),
        "obligation_extended",
        at=at,
    )


def tell_of_exemption(obligation: Obligation, *, at: dt.datetime) -> None:
    """Tell the reporters that nothing is due; anew when it was due again in between."""
    _tell_reporters(
        obligation,
        f"obligation-exempted:{obligation.pk}:{at.isoformat()}",
        _("Report for %(period)s: exempt"),
        "obligation_exempted",
        at=at,
    )


def tell_of_lifted_exemption(obligation: Obligation, reason: str, *, at: dt.datetime) -> None:
    """Tell the reporters that the report is due after all, and by when."""
    _tell_reporters(
        obligation,
        f"exemption-lifted:{obligation.pk}:{at.isoformat()}",
        _("Report for %(period)s: no longer exempt"),
        "exemption_lifted",
        at=at,
        reason=reason,
        is_overdue=obligation.is_overdue(at=at),
    )


def tell_of_submission(
    obligation: Obligation, results: Iterable[Result], *, at: dt.datetime
) -> None:
    """Tell each verifier in one letter how many values wait, and in which places."""
    counts = Counter(result.stream.place for result in results)
    waiting: defaultdict[User, list[Place]] = defaultdict(list)
    for place in counts:
        for verifier in verifiers_in(place, obligation.mechanism, at=at):
            waiting[verifier].append(place)
    for verifier, places in waiting.items():
        post(
            f"report-submitted:{obligation.pk}:{verifier.pk}:{at.isoformat()}",
            [verifier],
            subject=_("%(organisation)s has reported for %(period)s") % _names(obligation),
            template=f"{EMAILS}/report_submitted.txt",
            context={
                "obligation": obligation,
                "places": ", ".join(sorted(map(str, places))),
                "count": sum(counts[place] for place in places),
            },
            at=at,
        )


def tell_of_return(decision: ResultDecision, *, at: dt.datetime) -> None:
    """Tell the reporters which value came back, and why."""
    result = decision.result
    post(
        f"result-returned:{decision.pk}",
        reporters_of(result.stream.organisation, at=at),
        subject=_("Returned to you: %(indicator)s, %(place)s")
        % {"indicator": result.stream.version.indicator.code, "place": result.stream.place},
        template=f"{EMAILS}/result_returned.txt",
        context={"result": result, "reason": decision.reason},
        at=at,
    )


def tell_of_verification(results: Iterable[Result], *, at: dt.datetime) -> None:
    """Tell the reporters, once nothing of theirs in that period is open any more."""
    reports = {
        (result.stream.organisation, result.period, result.stream.version.indicator.mechanism)
        for result in results
    }
    for organisation, period, mechanism in reports:
        of_report = Result.objects.of_mechanism(mechanism).filter(
            stream__organisation=organisation, period=period
        )
        if of_report.filter(state__in=Result.OPEN_STATES).exists():
            continue
        post(
            f"report-verified:{mechanism.pk}:{organisation.pk}:{period.pk}:{at.isoformat()}",
            reporters_of(organisation, at=at),
            subject=_("Your values for %(period)s are verified") % {"period": period},
            template=f"{EMAILS}/report_verified.txt",
            context={
                "mechanism": mechanism,
                "period": period,
                "organisation": organisation,
                "count": of_report.verified().count(),
            },
            at=at,
        )


def tell_of_restatement(revision: Result, *, at: dt.datetime) -> None:
    """Tell the place's verifiers that a verified value shall be corrected."""
    stream, indicator = revision.stream, revision.stream.version.indicator
    post(
        f"result-restated:{revision.pk}",
        verifiers_in(stream.place, indicator.mechanism, at=at),
        subject=_("%(organisation)s restates %(indicator)s")
        % {"organisation": stream.organisation, "indicator": indicator.code},
        template=f"{EMAILS}/result_restated.txt",
        context={"result": revision},
        at=at,
    )


def tell_of_withdrawal(decision: ResultDecision, *, at: dt.datetime) -> None:
    """Tell the reporters and the place's verifiers that a value is missing from now on."""
    result = decision.result
    stream, indicator = result.stream, result.stream.version.indicator
    concerned = {
        *reporters_of(stream.organisation, at=at),
        *verifiers_in(stream.place, indicator.mechanism, at=at),
    }
    post(
        f"result-withdrawn:{result.pk}",
        concerned,
        subject=_("Withdrawn: %(indicator)s, %(place)s")
        % {"indicator": indicator.code, "place": stream.place},
        template=f"{EMAILS}/result_withdrawn.txt",
        context={"result": result, "reason": decision.reason},
        at=at,
    )


def _tell_reporters(
    obligation: Obligation,
    key: str,
    subject: Promise,
    template: str,
    *,
    at: dt.datetime,
    **context: object,
) -> None:
    """One letter about a report to whoever fills it in; ``subject`` may use ``_names``."""
    post(
        key,
        reporters_of(obligation.organisation, at=at),
        subject=subject % _names(obligation),
        template=f"{EMAILS}/{template}.txt",
        context={"obligation": obligation, **context},
        at=at,
    )


def _names(obligation: Obligation) -> dict[str, object]:
    return {
        "organisation": obligation.organisation,
        "period": obligation.period,
        "day": date_format(obligation.last_day),
    }
