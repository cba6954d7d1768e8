"""Escalations: up the declared line, and the answer back down to whoever raised it (S23)."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from committees.models import Body, Escalation, EscalationNote, Seat
from committees.services.desk_lists import raised_since
from committees.services.escalations import (
    BodyNotRaisedTo,
    EscalationAnswered,
    EscalationMovedOn,
    EscalationNotAnswered,
    NowhereToPassUp,
    PassedUpAlready,
    acknowledge_escalation,
    answer_escalation,
    close_escalation,
    current_step,
    note_escalation,
    pass_up_escalation,
    raise_escalation,
    reopen_escalation,
    take_in_hand,
    tell_of_overdue_escalations,
    with_since,
)
from coordination.models import Event, Mail, Office
from tests.factories.committees import (
    AppointmentFactory,
    BodyFactory,
    EscalationFactory,
    SeatFactory,
)

State = Escalation.State
NOW = dt.datetime(2021, 2, 10, 9, tzinfo=dt.UTC)
CANARY = "CANARY of the upper level"


@pytest.fixture
def upper(mechanism):
    return BodyFactory(mechanism=mechanism, slug="upper", name="Steering Committee")


@pytest.fixture
def review_body(mechanism, upper):
    return BodyFactory(mechanism=mechanism, slug="review", reports_to=upper)


@pytest.fixture
def upper_chair(upper, organisations):
    seat = SeatFactory(body=upper, function=Seat.Function.CHAIR, organisation=organisations.usaid)
    return AppointmentFactory(seat=seat).holder


@pytest.fixture
def issue(mechanism, review_body, county_lead, kitui, organisations):
    return raise_escalation(
        mechanism, by=county_lead, body=review_body, title="No water at Kyuso",
        text="Three boreholes have failed.", place=kitui, raised_for=organisations.kiwash, at=NOW,
    )  # fmt: skip


@pytest.fixture
def passed_up(issue, chair, upper_chair):
    return pass_up_escalation(issue, by=chair, reason="It needs money of the programme.")


def letters(occasion):
    return sorted(Mail.objects.filter(key__startswith=occasion).values_list("recipient", flat=True))


def page_of(client, user, thing):
    client.force_login(user)
    return client.get(thing.get_absolute_url())


def test_an_issue_is_told_at_once_to_the_chair_and_secretary(
    mechanism, review_body, chair, body_secretary, member, county_lead
):
    raise_escalation(mechanism, by=county_lead, body=review_body, title="Water", text="None.")

    assert letters("escalation:") == sorted([chair.email, body_secretary.email])


def test_an_issue_to_a_body_without_people_is_told_to_the_secretariat(
    mechanism, review_body, secretary, county_lead
):
    raise_escalation(mechanism, by=county_lead, body=review_body, title="Water", text="None.")

    assert letters("escalation:") == [secretary.email]


@pytest.mark.parametrize(("severity", "days"), [("normal", 14), ("high", 7), ("urgent", 3)])
def test_its_answer_is_due_by_its_severity(mechanism, review_body, county_lead, severity, days):
    issue = raise_escalation(
        mechanism, by=county_lead, body=review_body, title="Water", text="None.",
        severity=severity, at=NOW,
    )  # fmt: skip

    assert issue.due_on == dt.date(2021, 2, 10) + dt.timedelta(days=days)


def test_a_form_sent_twice_raises_one_issue(issue, mechanism, review_body, county_lead):
    again = raise_escalation(
        mechanism, by=county_lead, body=review_body, title=issue.title, text=issue.text
    )

    assert again == issue
    assert Escalation.objects.count() == 1


def test_an_issue_goes_to_a_body_of_its_own_mechanism_that_exists(
    mechanism, review_body, county_lead
):
    Body.objects.filter(pk=review_body.pk).update(state=Body.State.DISSOLVED)

    for body in (review_body, BodyFactory()):
        with pytest.raises(BodyNotRaisedTo):
            raise_escalation(mechanism, by=county_lead, body=body, title="Water", text="None.")


def test_whoever_raised_it_hears_that_it_is_received_and_in_hand(issue, chair, county_lead):
    for _click in range(2):
        acknowledge_escalation(issue, by=chair)
    take_in_hand(issue, by=chair)

    issue.refresh_from_db()
    assert issue.state == State.IN_HAND
    assert letters("escalation-state") == [county_lead.email] * 2


def test_the_answer_comes_back_down_level_by_level(passed_up, upper_chair, chair, county_lead):
    assert current_step(passed_up).body.slug == "upper"
    assert passed_up.state == State.RAISED

    answer_escalation(passed_up, by=upper_chair, answer="USD 20,000 are set aside.")
    passed_up.refresh_from_db()
    assert (passed_up.state, current_step(passed_up).body.slug) == (State.IN_HAND, "review")
    assert letters("escalation-sent-down") == [chair.email]
    assert letters("escalation-answered") == []

    answer_escalation(passed_up, by=chair, answer="Two boreholes are repaired in March.")
    passed_up.refresh_from_db()
    assert (passed_up.state, current_step(passed_up)) == (State.ANSWERED, None)
    assert letters("escalation-answered") == [county_lead.email]

    close_escalation(passed_up, by=county_lead)
    passed_up.refresh_from_db()
    assert passed_up.state == State.CLOSED


def test_an_issue_is_with_a_body_since_it_came_there_or_came_back(
    issue, chair, upper_chair, review_body
):
    def since():
        return with_since(current_step(issue))

    up, down, again = (NOW + dt.timedelta(days=days) for days in (1, 5, 9))
    assert since() == NOW
    pass_up_escalation(issue, by=chair, reason="It needs money.", at=up)
    assert since() == up
    answer_escalation(issue, by=upper_chair, answer="None.", at=down)
    assert (current_step(issue).body, since()) == (review_body, down)

    answer_escalation(issue, by=chair, answer="Not this year.", at=down)
    reopen_escalation(issue, by=issue.raised_by, reason="Once more.", at=again)
    assert since() == again


@pytest.mark.parametrize(
    ("hours", "told"), [(2, "raised today"), (20, "raised 1 day ago"), (50, "raised 2 days ago")]
)
def test_how_long_ago_is_told_in_days_of_the_calendar(hours, told):
    assert raised_since(NOW, at=NOW + dt.timedelta(hours=hours)) == told


def test_an_issue_cannot_close_without_an_answer(issue, county_lead):
    with pytest.raises(EscalationNotAnswered):
        close_escalation(issue, by=county_lead)

    with pytest.raises(IntegrityError), transaction.atomic():
        Escalation.objects.update(state=State.CLOSED)


def test_it_is_passed_up_along_the_declared_line_and_once(
    passed_up, upper_chair, chair, review_body
):
    with pytest.raises(NowhereToPassUp):
        pass_up_escalation(passed_up, by=upper_chair, reason="Not ours.")

    answer_escalation(passed_up, by=upper_chair, answer="No money.")
    with pytest.raises(PassedUpAlready):
        pass_up_escalation(passed_up, by=chair, reason="Think again.")


def test_asked_again_it_goes_up_again_and_every_answer_stays(
    client, passed_up, upper, upper_chair, chair, member, county_lead
):
    def answer(by, text):
        answer_escalation(passed_up, by=by, answer=text)
        passed_up.refresh_from_db()

    answer(upper_chair, "No money this year.")
    answer(chair, "Not this year.")
    reopen_escalation(passed_up, by=county_lead, reason="The year is over.")
    assert page_of(client, chair, passed_up).context["above"] == upper
    pass_up_escalation(passed_up, by=chair, reason="Asked again.")
    assert current_step(passed_up).body == upper

    answer(upper_chair, "USD 20,000 are set aside.")
    assert current_step(passed_up).body.slug == "review"
    page = page_of(client, member, passed_up)
    assert page.context["above"] is None
    assert [level.step.answer for level in page.context["levels"] if level.is_readable] == [
        "Not this year.", "No money this year.", "USD 20,000 are set aside."
    ]  # fmt: skip
    answer(chair, "Two boreholes are repaired in March.")
    assert (passed_up.state, current_step(passed_up)) == (State.ANSWERED, None)
    seen = page_of(client, county_lead, passed_up).content.decode()
    assert "USD 20,000" not in seen


def test_an_answered_issue_takes_no_second_answer(issue, chair):
    answer_escalation(issue, by=chair, answer="In March.")

    with pytest.raises(EscalationAnswered):
        answer_escalation(issue, by=chair, answer="In April.")


def test_an_answer_that_settles_nothing_is_asked_again(issue, chair, county_lead):
    answer_escalation(issue, by=chair, answer="In March.")
    issue.refresh_from_db()
    reopen_escalation(issue, by=county_lead, reason="It is April.")

    issue.refresh_from_db()
    assert (issue.state, current_step(issue).body.slug) == (State.RAISED, "review")
    answer_escalation(issue, by=chair, answer="In May.")
    issue.refresh_from_db()
    assert issue.answer == "In May."
    told = Event.objects.about(issue).filter(verb="committees.escalation_answered")
    assert {event.note for event in told} == {"In March.", "In May."}


def test_the_lower_level_reads_nothing_of_what_the_upper_one_says(
    client, passed_up, upper_chair, chair, member, county_lead
):
    note_escalation(passed_up, by=upper_chair, text=CANARY)
    answer_escalation(passed_up, by=upper_chair, answer="SENT DOWN to the lower body.")
    answer_escalation(passed_up, by=chair, answer="In March.")

    for reader in (chair, member, county_lead):
        page = page_of(client, reader, passed_up).content.decode()
        assert "CANARY" not in page
        assert ("SENT DOWN" in page) == (reader != county_lead)
    assert CANARY in page_of(client, upper_chair, passed_up).content.decode()
    assert not Mail.objects.filter(body__contains="CANARY").exists()
    assert not Mail.objects.filter(body__contains="SENT DOWN", recipient=county_lead.email).exists()
    assert not Event.objects.about(passed_up).filter(note__contains="CANARY").exists()
    assert EscalationNote.objects.visible_to(upper_chair).count() == 1
    assert EscalationNote.objects.visible_to(chair).count() == 0


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("county_lead", True), ("chair", True), ("member", True), ("peer", True),
        ("secretary", True), ("partner_officer", False), ("focal_point", False),
        ("donor_officer", False), ("outsider", False), ("administrator", False),
    ],
)  # fmt: skip
def test_who_sees_an_issue(request, client, issue, chair, member, role, sees):
    response = page_of(client, request.getfixturevalue(role), issue)

    assert (response.status_code == 200) == sees


def test_whoever_left_sees_and_hears_nothing_more(client, issue, chair, county_lead, peer):
    """R26; the organisation, which still takes part, hears the answer instead."""
    Office.objects.filter(holder=county_lead).update(ends_on=dt.date(2021, 1, 1))

    answer_escalation(issue, by=chair, answer="In March.")

    assert page_of(client, county_lead, issue).status_code == 404
    assert letters("escalation-answered") == [peer.email]


def test_nobody_answers_oneself(client, mechanism, review_body, chair):
    own = raise_escalation(mechanism, by=chair, body=review_body, title="Water", text="None.")
    client.force_login(chair)

    assert client.get(reverse("escalation-answer", args=[own.pk])).status_code == 403


def test_both_ends_are_told_once_that_an_answer_is_overdue(issue, chair, county_lead):
    assert tell_of_overdue_escalations(at=dt.datetime(2021, 2, 24, 9, tzinfo=dt.UTC)) == 0
    for day in (25, 27):
        assert tell_of_overdue_escalations(at=dt.datetime(2021, 2, day, 9, tzinfo=dt.UTC)) == 1

    assert letters("escalation-overdue") == sorted([chair.email, county_lead.email])


def test_both_ends_have_it_on_their_desks(client, issue, chair, county_lead):
    def lists(user):
        client.force_login(user)
        found = client.get(reverse("desk")).context["committee_lists"]
        return [(each.key, each.is_due) for each in found]

    assert lists(chair) == [("issues", True)]
    assert lists(county_lead) == [("own-issues", False)]
    answer_escalation(issue, by=chair, answer="In March.")
    assert lists(chair) == []
    assert lists(county_lead) == [("answers", True)]


# --- Twice, and too late (R27) ---

TYPED = {
    "answer": {"answer": "USD 20,000 are set aside."},
    "pass-up": {"reason": "It needs the county."},
    "note": {"text": "Who knows the boreholes?"},
}


@pytest.fixture
def top(mechanism, upper):
    """A body above the one that the issue was passed up to."""
    upper.reports_to = BodyFactory(mechanism=mechanism, slug="top", name="County Forum")
    upper.save()
    return upper.reports_to


@pytest.fixture
def opened(client, passed_up):
    """``opened(user, deed)``: what its page sends of the level that has the issue, and where to."""

    def open_page(user, deed):
        client.force_login(user)
        address = reverse(f"escalation-{deed}", args=[passed_up.pk])
        step = client.get(address).context["form"]["step"].value()
        assert step == current_step(passed_up).pk
        return address, TYPED[deed] | {"step": step}

    return open_page


def deeds_on(issue):
    """What is on record of the issue and its levels, without its beginning."""
    steps = Event.objects.about_any(issue.steps.all())
    told = [*Event.objects.about(issue), *steps]
    begun = {"committees.escalation_raised", "committees.escalation_passed_up"}
    return sorted(event.verb for event in told if event.verb not in begun)


@pytest.mark.parametrize("role", ["secretary", "upper_chair"])
def test_a_second_click_on_answer_does_not_answer_for_the_level_below(
    request, client, passed_up, opened, role
):
    address, typed = opened(request.getfixturevalue(role), "answer")

    codes = [client.post(address, typed).status_code for _click in range(2)]

    passed_up.refresh_from_db()
    assert codes == [302, 302]
    assert (passed_up.state, passed_up.answer) == (State.IN_HAND, "")
    assert [step.answer for step in passed_up.steps.order_by("position")] == [
        "", "USD 20,000 are set aside."
    ]  # fmt: skip
    assert deeds_on(passed_up) == ["committees.escalation_sent_down"]
    assert letters("escalation-answered") == []


@pytest.mark.parametrize("role", ["secretary", "chair"])
def test_a_second_click_on_the_last_answer_is_no_refusal(request, client, issue, role):
    client.force_login(request.getfixturevalue(role))
    address = reverse("escalation-answer", args=[issue.pk])
    typed = TYPED["answer"] | {"step": current_step(issue).pk}

    assert [client.post(address, typed).status_code for _click in range(2)] == [302, 302]
    assert deeds_on(issue) == ["committees.escalation_answered"]


@pytest.mark.parametrize("role", ["secretary", "upper_chair"])
def test_a_second_click_on_pass_it_up_does_not_pass_it_up_from_the_level_above(
    request, client, passed_up, top, mechanism, opened, role
):
    top.reports_to = BodyFactory(mechanism=mechanism, slug="highest")
    top.save()
    address, typed = opened(request.getfixturevalue(role), "pass-up")

    codes = [client.post(address, typed).status_code for _click in range(2)]

    assert codes == [302, 302]
    assert [step.body.slug for step in passed_up.steps.order_by("position")] == [
        "review", "upper", "top"
    ]  # fmt: skip


@pytest.mark.parametrize("role", ["secretary", "upper_chair"])
def test_a_second_click_on_note_is_one_note_whoever_noted_or_did_something_in_between(
    request, client, passed_up, opened, secretary, upper_chair, role
):
    user = request.getfixturevalue(role)
    address, typed = opened(user, "note")
    client.post(address, typed)
    [other] = {secretary, upper_chair} - {user}
    note_escalation(passed_up, by=other, text="I do.")
    client.post(address, typed)
    answer_escalation(passed_up, by=upper_chair, answer="No money.")

    assert client.post(address, typed).status_code == 302
    noted = EscalationNote.objects.order_by("pk")
    assert [(note.step.body.slug, note.text) for note in noted] == [
        ("upper", "Who knows the boreholes?"), ("upper", "I do.")
    ]  # fmt: skip


@pytest.mark.parametrize("deed", TYPED)
@pytest.mark.parametrize("role", ["secretary", "upper_chair"])
def test_what_was_typed_for_a_level_is_refused_once_the_issue_has_left_it(
    request, client, passed_up, top, opened, upper_chair, deed, role
):
    address, typed = opened(request.getfixturevalue(role), deed)
    answer_escalation(passed_up, by=upper_chair, answer="No money.")
    before = deeds_on(passed_up)

    form = client.post(address, typed).context["form"]

    assert form.non_field_errors() == [str(EscalationMovedOn(current_step(passed_up).body))]
    assert {name: form[name].value() for name in TYPED[deed]} == TYPED[deed]
    assert deeds_on(passed_up) == before


@pytest.mark.parametrize("deed", ["acknowledge", "take"])
def test_a_button_of_a_page_speaks_for_the_level_that_the_page_showed(
    client, issue, upper, secretary, deed
):
    client.force_login(secretary)
    page = client.get(issue.get_absolute_url())
    step = page.context["step"]
    assert f'<input type="hidden" name="step" value="{step.pk}">' in page.text
    pass_up_escalation(issue, by=secretary, reason="It needs money.")

    answer = client.post(
        reverse(f"escalation-{deed}", args=[issue.pk]), {"step": step.pk}, follow=True
    )

    said = [str(message) for message in answer.context["messages"]]
    assert said == [str(EscalationMovedOn(current_step(issue).body))]
    assert (deeds_on(issue), current_step(issue).acknowledged_at) == ([], None)


@pytest.mark.parametrize("deed", TYPED)
def test_the_right_is_that_of_the_level_that_the_page_showed(client, passed_up, chair, deed):
    """R26: the chair of the level below says nothing for the one above, nor of another issue."""
    client.force_login(chair)
    address = reverse(f"escalation-{deed}", args=[passed_up.pk])
    other = EscalationFactory(mechanism=passed_up.mechanism, body=passed_up.steps.first().body)

    assert (
        client.post(address, TYPED[deed] | {"step": current_step(passed_up).pk}).status_code == 403
    )
    assert client.post(address, TYPED[deed] | {"step": current_step(other).pk}).status_code == 403
    assert client.post(address, TYPED[deed]).status_code == 403


def test_the_same_answer_by_another_or_after_asking_again_is_a_deed_of_its_own(
    issue, chair, secretary, county_lead
):
    step = current_step(issue)
    answer_escalation(issue, by=chair, answer="In March.", step=step)
    with pytest.raises(EscalationAnswered):
        answer_escalation(issue, by=secretary, answer="In March.", step=step)

    reopen_escalation(issue, by=county_lead, reason="It is April.")
    answer_escalation(issue, by=chair, answer="In March.", step=step)

    assert deeds_on(issue).count("committees.escalation_answered") == 2


def test_the_same_reason_by_another_does_not_pass_it_up_again(passed_up, secretary):
    step = passed_up.steps.get(position=0)

    with pytest.raises(EscalationMovedOn):
        pass_up_escalation(passed_up, by=secretary, reason=step.passed_up_reason, step=step)


# --- Pages ---


def test_a_county_lead_raises_an_issue_with_the_place_known(
    client, mechanism, review_body, county_lead, kitui, organisations
):
    client.force_login(county_lead)
    address = reverse("escalation-raise", args=["sek"])
    form = client.get(address).context["form"]

    response = client.post(
        address,
        {"title": "Water", "text": "None.", "body": review_body.pk, "severity": "high",
         "place": kitui.pk, "raised_for": organisations.kiwash.pk},
    )  # fmt: skip

    issue = Escalation.objects.get()
    assert response.headers["Location"] == issue.get_absolute_url()
    assert (form.initial["place"], form.initial["raised_for"]) == (kitui, organisations.kiwash)
    assert "from_body" not in form.fields


def test_a_body_escalates_along_its_declared_line(
    client, mechanism, review_body, upper, body_secretary
):
    client.force_login(body_secretary)
    address = reverse("escalation-raise", args=["sek"])
    typed = {"title": "Water", "text": "None.", "severity": "high", "from_body": review_body.pk}

    refused = client.post(address, typed | {"body": review_body.pk})
    client.post(address, typed | {"body": upper.pk})

    assert refused.context["form"].errors == {
        "from_body": ["The declared line of the REVIEW leads to: UPPER."]
    }
    assert Escalation.objects.get().from_body == review_body


def test_the_list_is_narrowed_in_its_address(client, issue, mechanism, county_lead, secretary):
    late = EscalationFactory(
        mechanism=mechanism, raised_by=secretary, due_on=dt.date(2021, 1, 1), place=None
    )
    Escalation.objects.filter(pk=issue.pk).update(
        due_on=timezone.localdate() + dt.timedelta(days=1)
    )
    client.force_login(secretary)

    def listed(query):
        return list(client.get(reverse("escalation-list", args=["sek"]), query).context["page"])

    assert listed({}) == [late, issue]
    assert listed({"mine": "on"}) == [late]
    assert listed({"overdue": "on"}) == [late]
    assert listed({"place": "ke/kitui"}) == [issue]
    assert listed({"state": "unanswered"}) == [late, issue]
    assert listed({"state": "closed"}) == []


def test_the_list_asks_the_same_number_of_questions(
    client, issue, mechanism, secretary, django_assert_num_queries, django_assert_max_num_queries
):
    client.force_login(secretary)
    address = reverse("escalation-list", args=["sek"])
    client.get(address)
    with django_assert_max_num_queries(25) as asked:
        client.get(address)
    for _row in range(2):
        EscalationFactory(mechanism=mechanism, raised_by=secretary)

    with django_assert_num_queries(len(asked)):
        client.get(address)
