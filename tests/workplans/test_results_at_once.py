"""Many clicks and several people at the same instant: one deed, and nothing lost (24, 25)."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection

from coordination.models import Event, Mail
from coordination.services.refusals import Refusal
from workplans.models import ResultDecision
from workplans.services.drafts import save_draft
from workplans.services.obligations import open_obligations
from workplans.services.results import restate_result, submit_report
from workplans.services.verification import return_result, verify_result

from .conftest import IN_TIME

pytestmark = pytest.mark.django_db(transaction=True)

CLICKS = 8


def at_once(*deeds):
    """Do all of the deeds at the same time; return what each answered, or the refusal's name."""

    def do(deed):
        try:
            return deed()
        except Refusal as refusal:
            return type(refusal).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as people:
        return list(people.map(do, deeds))


def test_one_report_is_opened_by_many_schedulers(mechanism, quarter, stream, partner_officer):
    opened = at_once(*[lambda: len(open_obligations(mechanism, quarter, at=IN_TIME))] * CLICKS)

    assert sorted(opened) == [0] * (CLICKS - 1) + [1]
    assert Mail.objects.filter(key__startswith="obligation-opened").count() == 1


def test_one_draft_is_made_by_many_clicks(stream, quarter, partner_officer):
    def save():
        return save_draft(
            stream, quarter, by=partner_officer, numerator=Decimal(120), at=IN_TIME
        ).version

    assert at_once(*[save] * CLICKS) == [1] * CLICKS
    assert stream.results.count() == 1


def test_of_many_editors_one_is_first_and_the_others_are_told(stream, quarter, partner_officer):
    def save(value):
        return lambda: (
            save_draft(
                stream, quarter, by=partner_officer, numerator=Decimal(value), at=IN_TIME
            ).version
        )

    answers = at_once(*[save(value) for value in range(CLICKS)])

    assert sorted(map(str, answers)) == ["1"] + ["ResultEditedMeanwhile"] * (CLICKS - 1)


def test_one_submission_is_made_by_many_clicks(stream, draft, obligation, partner_officer):
    draft(stream, 120)

    answers = at_once(
        *[lambda: len(submit_report(obligation, by=partner_officer, at=IN_TIME))] * CLICKS
    )

    assert sorted(map(str, answers)) == ["1"] + ["NothingToSubmit"] * (CLICKS - 1)
    assert Event.objects.filter(verb="workplans.report_submitted").count() == 1


def test_of_two_verdicts_one_holds_and_the_other_is_told(stream, submitted, focal_point):
    result = submitted(stream, 120)

    def verify():
        return verify_result(result, by=focal_point, method="documents", at=IN_TIME).state

    def send_back():
        return return_result(result, by=focal_point, reason="Recount.", at=IN_TIME).state

    answers = set(at_once(*[verify, send_back] * (CLICKS // 2)))

    assert answers in (
        {"verified", "ResultAlreadyVerified"},
        {"returned", "ResultAlreadyReturned"},
    )
    assert ResultDecision.objects.count() == 1


def test_what_was_submitted_is_what_was_saved_last(
    stream, draft, obligation, partner_officer, quarter
):
    """Editing and submitting at the same instant: the edit is in what was sent, or refused."""
    seen = draft(stream, 120)

    def edit():
        return save_draft(
            stream,
            quarter,
            by=partner_officer,
            numerator=Decimal(130),
            seen_version=seen.version,
            at=IN_TIME,
        ).numerator

    def send():
        (result,) = submit_report(obligation, by=partner_officer, at=IN_TIME)
        return result.numerator

    edited, sent = at_once(edit, send)

    assert (edited, sent) in ((130, 130), ("ResultAlreadySubmitted", 120))
    assert stream.results.get().numerator == sent


def test_one_restatement_is_made_by_many_clicks(stream, verified, partner_officer):
    result = verified(stream, 120)

    def restate():
        return restate_result(
            result, by=partner_officer, numerator=Decimal(95), reason="Recount.", at=IN_TIME
        ).revision

    answers = at_once(*[restate] * CLICKS)

    assert sorted(map(str, answers)) == ["2"] + ["RestatementPending"] * (CLICKS - 1)
    assert stream.results.count() == 2
