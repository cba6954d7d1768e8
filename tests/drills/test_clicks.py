"""24, 25: twenty clicks at the same moment, verdicts at the same moment, and a held lock."""

from __future__ import annotations

import statistics
import threading
from collections import Counter
from collections.abc import Callable

import psycopg2
import pytest

from tests.drills import numbers
from tests.drills.portal import Portal
from tests.drills.reports import open_report
from tests.drills.visitor import Answer, at_once

CLICKS = 20
ROUNDS = 5 * numbers.ROUNDS
# Of two medians below this nobody would say that one page is slower than the other.
NOT_NOTICED = 0.05
PLAN = "/mechanisms/sek/plans/kitui-2020-2021"
# An activity of the plan, waiting for the county's word; another plan has one of the same code.
WAITING = """
UPDATE workplans_activity
SET status = 'negotiating', awaiting = 'agreement', awaiting_since = now(),
    awaiting_by_id = (SELECT min(id) FROM coordination_user)
WHERE code = 'KTI-AGR-01'
    AND plan_id IN (SELECT id FROM workplans_jointworkplan WHERE slug = 'kitui-2020-2021')
"""
AS_IT_STANDS = """
SELECT title, status FROM workplans_activity
WHERE code = 'KTI-AGR-01'
    AND plan_id IN (SELECT id FROM workplans_jointworkplan WHERE slug = 'kitui-2020-2021')
"""
REPORT = "/mechanisms/sek/reporting/2021-q1/kcdms"
Deed = tuple[Callable[[], Answer], dict[str, int]]


@pytest.fixture
def running(portal) -> Portal:
    """The portal, answering by three processes; no worker runs."""
    portal.start_web(processes=3)
    return portal


def happened(portal: Portal) -> Counter[str]:
    """How many events of each verb there are, and occasions of each kind to write letters."""
    events = "SELECT verb, count(*) FROM coordination_event GROUP BY verb"
    letters = (
        "SELECT split_part(key, ':', 1), count(DISTINCT key) FROM coordination_mail GROUP BY 1"
    )
    return Counter(dict(portal.rows(events) + portal.rows(letters)))


def create_activity(portal: Portal) -> Deed:
    officer = portal.visitor("kcdms-officer")
    form = officer.form(f"{PLAN}/new/", field="title")
    typed = {
        "code": "KTI-AGR-99", "title": "Boreholes", "lead": form.choices["lead"][-1],
        "places": form.choices["places"][0],
    }  # fmt: skip
    return lambda: officer.send(form, **typed), {"workplans.activity_created": 1}


def submit_report(portal: Portal) -> Deed:
    officer = portal.visitor("kcdms-officer")
    portal.rows("UPDATE workplans_result SET deviation = 'Floods.' WHERE state = 'draft'")
    count = portal.value(
        "SELECT count(*) FROM workplans_result WHERE state = 'draft' AND numerator IS NOT NULL"
    )
    form = officer.form(f"{REPORT}/submit/", to="/submit/")
    return lambda: officer.send(form), {
        "workplans.report_submitted": 1,
        "workplans.result_submitted": count,
        "report-submitted": 1,  # to the one official who verifies in all its places
    }


def verify_result(portal: Portal) -> Deed:
    official = portal.visitor("kitui-focal-point")
    pk = portal.value("SELECT min(id) FROM workplans_result WHERE state = 'submitted'")
    form = official.form(f"/results/{pk}/", to="/verify/")
    method = form.choices["method"][-1]
    return lambda: official.send(form, method=method), {"workplans.result_verified": 1}


def upload_evidence(portal: Portal) -> Deed:
    officer = portal.visitor("kcdms-officer")
    pk = portal.value(
        "SELECT min(result.id) FROM workplans_result AS result JOIN workplans_stream AS stream"
        " ON stream.id = result.stream_id JOIN coordination_organisation AS organisation"
        " ON organisation.id = stream.organisation_id"
        " WHERE organisation.slug = 'kcdms' AND state = 'verified'"
    )
    form = officer.form(f"/results/{pk}/evidence/", field="file")
    given = {"file": ("attendance.csv", b"Ward,Persons\nMbooni,12\n")}
    return lambda: officer.send(form, files=given, caption="Attendance"), {
        "workplans.evidence_added": 1,
        "coordination.file_uploaded": 1,
    }


def invite_person(portal: Portal) -> Deed:
    secretary = portal.visitor("rla-secretariat")
    form = secretary.form("/mechanisms/sek/people/invite/", field="email")
    typed = {
        "name": "Data officer", "email": "new@example.org", "role": "partner_officer",
        "organisation": portal.value(
            "SELECT id FROM coordination_organisation WHERE slug = 'kcdms'"
        ),
        "office_starts_on": "2026-01-01",
    }  # fmt: skip
    return lambda: secretary.send(form, **typed), {
        "coordination.invitation_sent": 1,
        "invitation": 1,
    }


def ask_for_report(portal: Portal) -> Deed:
    secretary = portal.visitor("rla-secretariat")
    report = open_report(secretary, portal, "2021-q1")
    form = secretary.form(f"/reports/{report.slug}/", to="/editions/")
    return lambda: secretary.send(form), {"reporting.edition_requested": 1}


DEEDS = (create_activity, submit_report, verify_result, upload_evidence, invite_person,
         ask_for_report)  # fmt: skip


def test_twenty_clicks_at_the_same_moment_are_one_deed(running, figure):
    answers, other = [], []
    for deed in DEEDS:
        click, once = deed(running)
        before = happened(running)
        answers += at_once([click] * CLICKS)
        answers.append(click())  # and once more, by the back button
        if happened(running) - before != once:
            other.append(deed.__name__)
    broken = [answer.status for answer in answers if answer.status >= 500]
    slowest = max(answer.seconds for answer in answers)
    figure(
        "24 double submit",
        f"{len(DEEDS)} deeds, {CLICKS + 1} clicks each: {len(other)} done other than once;"
        f" {len(broken)} of {len(answers)} answers ≥ 500, the slowest after {slowest:.1f} s",
    )
    assert (other, broken) == ([], [])


def test_of_verdicts_at_the_same_moment_one_holds(running, figure):
    """Verified or returned: what is verified is what the official had before him."""
    official = running.visitor("kitui-focal-point")
    secretary = running.visitor("rla-secretariat")
    waiting = running.rows(
        "SELECT result.id, numerator FROM workplans_result AS result"
        " JOIN workplans_stream AS stream ON stream.id = result.stream_id"
        " JOIN coordination_place AS place ON place.id = stream.place_id"
        " WHERE state = 'submitted' AND place.path LIKE 'ke/kitui%'"
    )
    answers = []
    for pk, _numerator in waiting:
        verify = official.form(f"/results/{pk}/", to="/verify/")
        give_back = secretary.form(f"/results/{pk}/return/", to="/return/")
        deeds = [
            lambda form=verify: official.send(form, method=form.choices["method"][-1]),
            lambda form=give_back: secretary.send(form, reason="Count again."),
        ] * 3
        answers += at_once(deeds)
    held = running.rows(
        "SELECT result.id, numerator, state, count(decision.id) FROM workplans_result AS result"
        " JOIN workplans_resultdecision AS decision ON decision.result_id = result.id"
        " AND decision.at > now() - interval '10 minutes' GROUP BY result.id"
    )
    broken = [answer.status for answer in answers if answer.status >= 500]
    unlike = {(pk, numerator) for pk, numerator, _state, _count in held} ^ set(waiting)
    twice = [pk for pk, *_result, count in held if count != 1]
    figure(
        "25 verdicts at the same moment",
        f"{len(held)} rounds of {len(waiting)}: {len(twice)} with other than one decision,"
        f" {len(unlike)} with another value than was seen, {len(broken)} of {len(answers)}"
        " answers ≥ 500",
    )
    assert (unlike, twice) == (set(), [])
    assert {state for _pk, _numerator, state, _count in held} <= {"verified", "returned"}
    assert broken == []


def test_what_is_confirmed_is_what_was_read_however_it_is_edited_at_that_moment(running, figure):
    """Its lead edits an activity while the county agrees to it: one of the two is told to look."""
    officer = running.visitor("kcdms-officer")
    official = running.visitor("kitui-focal-point")
    line = f"{PLAN}/KTI-AGR-01"
    answers, told, mixed = [], Counter[str](), []
    for number in range(ROUNDS):
        running.rows(WAITING)
        edit = officer.form(f"{line}/edit/", field="title")
        confirm = official.form(f"{line}/confirm/", field="reason")
        read, before = edit.fields["title"], happened(running)
        deeds = [
            lambda form=edit, title=f"Round {number}": officer.send(form, title=title),
            lambda form=confirm: official.send(form, verdict="confirm"),
        ]
        answers += at_once(deeds if number % 2 else deeds[::-1])
        [(title, status)] = running.rows(AS_IT_STANDS)
        done = [verb for verb in happened(running) - before if verb.startswith("workplans.")]
        told.update(done)
        if len(done) != 1 or (status == "agreed") != ([title] == read):
            mixed.append((number, title, status, done))
    broken = [answer.status for answer in answers if answer.status >= 500]
    figure(
        "25 edited while it is confirmed",
        f"{ROUNDS - len(mixed)} of {ROUNDS} rounds: what is agreed is what was read"
        f" ({', '.join(f'{count} {verb}' for verb, count in sorted(told.items()))}),"
        f" {len(broken)} of {len(answers)} answers ≥ 500",
    )
    assert (mixed, broken) == ([], [])


def test_whoever_meets_a_held_lock_is_told_soon_and_others_do_not_notice(running, figure):
    officer = running.visitor("kcdms-officer")
    form = officer.form(f"{PLAN}/KTI-AGR-01/edit/", field="title")
    calm = median_seconds(running, "/desk/")
    with psycopg2.connect(running.database) as holder, holder.cursor() as cursor:
        cursor.execute("SELECT id FROM workplans_activity WHERE code = 'KTI-AGR-01' FOR UPDATE")
        answers: list[Answer] = []
        blocked = threading.Thread(target=lambda: answers.append(officer.send(form, title="New")))
        blocked.start()
        meanwhile = median_seconds(running, "/desk/")
        blocked.join()
        holder.rollback()
    [answer] = answers
    figure(
        "25 held lock",
        f"{answer.status} after {answer.seconds:.1f} s; another page took {calm * 1000:.0f} ms"
        f" before and {meanwhile * 1000:.0f} ms meanwhile",
    )
    assert answer.status in {409, 503}
    assert answer.seconds <= 5
    assert meanwhile <= max(2 * calm, NOT_NOTICED)
    assert officer.send(form, title="New").status == 302


def median_seconds(portal: Portal, page: str) -> float:
    """The median of some visits of a reader."""
    reader = portal.visitor("usaid-officer")
    return statistics.median(reader.get(page).seconds for _visit in range(9))
