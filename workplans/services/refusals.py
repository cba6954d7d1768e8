"""What the services of results answer when a deed cannot be done now, each in a sentence (R28)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from coordination.services.refusals import EditedMeanwhile, Refusal
from workplans.models import Result, Stream

from .checks import Fault

State = Result.State


class ResultAlreadySubmitted(Refusal):
    message = _("This value is submitted and waits for verification.")


class ResultAlreadyVerified(Refusal):
    message = _("This value is already verified. Restate it to correct it.")


class ResultAlreadyReturned(Refusal):
    message = _("This value has already been returned to its reporter.")


class ResultAlreadyReplaced(Refusal):
    message = _("This value has been replaced by a restatement.")


class ResultAlreadyWithdrawn(Refusal):
    message = _("This value has been withdrawn.")


class ResultNotSubmitted(Refusal):
    message = _("This value is a draft and has not been submitted.")


class ResultNotVerified(Refusal):
    message = _("Only a verified value is restated; this one can be edited or withdrawn.")


class ReturnedValueMissing(Refusal):
    message = _("A returned value is corrected or withdrawn; it cannot be emptied.")


class RestatementPending(Refusal):
    message = _("A restatement of this value already waits for verification.")


class NothingRestated(Refusal):
    message = _("The restated value is the same as the verified one.")


class ReasonMissing(Refusal):
    message = _("Give a reason.")


class StreamNotRunning(Refusal):
    message = _("This indicator is not reported here in this period.")


class RowNoLongerAsked(Refusal):
    message = _(
        "Nothing was saved: a row of this file is asked of you no longer. Download the template "
        "anew and fill it in."
    )


class CategoryUnknown(Refusal):
    message = _("This indicator is not broken down in that way.")


class PartWithoutNumerator(Refusal):
    message = _("Enter the numerator of each part.")


class ReportExempt(Refusal):
    message = _("This report is exempt; nothing is due.")


class NotMemberThen(Refusal):
    message = _("This organisation was not a member in this quarter: nothing is due from it.")


class NothingToSubmit(Refusal):
    message = _("There is nothing new to submit.")


class ResultEditedMeanwhile(EditedMeanwhile):
    """Carries the row as it is now, so that both values can be shown (R27)."""

    def __init__(self, stream: Stream, stored: Result | None) -> None:
        super().__init__()
        self.stream, self.stored = stream, stored


@dataclass(frozen=True)
class RowFault:
    """A fault, and the stream whose row it stands in."""

    stream: Stream
    fault: Fault

    def __str__(self) -> str:
        where = f"{self.stream.version.indicator.code}, {self.stream.place}"
        return f"{where}: {self.fault}"


class ValuesAtFault(Refusal):
    """Nothing was submitted; ``rows`` name each fault at its field (R6, R7, R8)."""

    def __init__(self, rows: list[RowFault]) -> None:
        super().__init__(
            ngettext(
                "Nothing was submitted: %(count)d entry needs correcting.",
                "Nothing was submitted: %(count)d entries need correcting.",
                len(rows),
            )
            % {"count": len(rows)}
        )
        self.rows = rows


# What a result in each state answers to a deed that it is not open for.
_REFUSALS: dict[str, type[Refusal]] = {
    State.DRAFT: ResultNotSubmitted,
    State.SUBMITTED: ResultAlreadySubmitted,
    State.RETURNED: ResultAlreadyReturned,
    State.VERIFIED: ResultAlreadyVerified,
    State.RESTATED: ResultAlreadyReplaced,
    State.WITHDRAWN: ResultAlreadyWithdrawn,
}


def refusal_for(result: Result) -> Refusal:
    """The sentence that says what has already become of the result."""
    return _REFUSALS[result.state]()


class DraftsRefused(Refusal):
    """Nothing was saved; ``refusals`` say why, by the stream's key."""

    def __init__(self, refusals: dict[int, Refusal]) -> None:
        super().__init__(
            ngettext(
                "Nothing was saved: %(count)d row could not be.",
                "Nothing was saved: %(count)d rows could not be.",
                len(refusals),
            )
            % {"count": len(refusals)}
        )
        self.refusals = refusals
