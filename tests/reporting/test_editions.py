"""One report, once: asking, cancelling, retrying, consenting, publishing (C1, R22, R25)."""

import datetime as dt

import pytest
from django.utils import timezone

from coordination.models import Event, Mail, Office, Role
from coordination.services import making
from reporting.models import Edition
from reporting.notifications import tell_edition_ready
from reporting.permissions import can_consent_to
from reporting.services import editions as service
from reporting.services.editions import (
    ConsentMissing,
    EditionInTheMaking,
    EditionNotGivenUp,
    EditionNotInTheMaking,
    EditionNotReady,
    EditionOvertaken,
    ReportIsPublished,
    cancel_edition,
    consent_to_edition,
    publish_edition,
    request_edition,
    retry_edition,
    try_dispatch,
)
from tests.factories.coordination import MechanismFactory
from tests.factories.reporting import EditionFactory, made_edition

pytestmark = pytest.mark.django_db
State = Edition.State


def verbs(edition):
    return list(reversed(Event.objects.about(edition).values_list("verb", flat=True)))


# --- Asking ---


def test_a_double_click_makes_one_edition(told, secretary):
    first = request_edition(told.report, seen=0, by=secretary)
    second = request_edition(told.report, seen=0, by=secretary)

    assert first == second
    assert told.report.editions.count() == 1
    assert verbs(first) == ["reporting.edition_requested"]


def test_two_people_who_ask_at_once_get_one_edition(
    told, secretary, holding, organisations, mechanism
):
    colleague = holding(
        "Colleague", Role.SECRETARIAT, organisation=organisations.rla, mechanism=mechanism
    )

    assert request_edition(told.report, seen=0, by=secretary) == request_edition(
        told.report, seen=0, by=colleague
    )


def test_while_one_is_made_no_other_is_begun(told, secretary):
    request_edition(told.report, seen=0, by=secretary)

    with pytest.raises(EditionInTheMaking):
        request_edition(told.report, seen=1, by=secretary)


def test_a_published_report_gets_no_further_edition(told, secretary):
    made_edition(told.report, by=secretary, state="published")

    with pytest.raises(ReportIsPublished):
        request_edition(told.report, seen=1, by=secretary)


def test_the_hint_is_given_once_the_row_is_saved(
    told, secretary, monkeypatch, django_capture_on_commit_callbacks
):
    hints = []
    monkeypatch.setattr(service, "try_dispatch", lambda pk, **_kept: hints.append(pk))

    with django_capture_on_commit_callbacks(execute=True):
        edition = request_edition(told.report, seen=0, by=secretary)
        assert hints == []

    assert hints == [edition.pk]


def test_a_queue_that_is_away_costs_the_person_nothing(told, edition, monkeypatch, settings):
    def refuse(*args, **kwargs):
        raise OSError("no broker")

    monkeypatch.setattr(making.current_app, "send_task", refuse)

    try_dispatch(edition.pk)

    edition.refresh_from_db()
    assert edition.state == State.QUEUED
    assert edition.dispatched_at is not None


# --- Giving up and trying again ---


def test_cancelling_takes_the_edition_from_its_worker(edition, secretary):
    Edition.objects.filter(pk=edition.pk).update(
        state=State.RUNNING, claim_token="worker", lease_until=timezone.now()
    )

    cancelled = cancel_edition(edition, by=secretary)

    assert (cancelled.state, cancelled.claim_token) == (State.CANCELLED, "")
    assert verbs(edition) == ["reporting.edition_cancelled"]


def test_what_is_made_cannot_be_cancelled(told, secretary):
    with pytest.raises(EditionNotInTheMaking):
        cancel_edition(made_edition(told.report, by=secretary), by=secretary)


def test_a_retry_begins_afresh_for_who_asks_now(
    edition, secretary, holding, organisations, mechanism
):
    colleague = holding(
        "Colleague", Role.SECRETARIAT, organisation=organisations.rla, mechanism=mechanism
    )
    Edition.objects.filter(pk=edition.pk).update(
        state=State.FAILED, failure="time", attempts=3, snapshot="{}", snapshot_sha256="0" * 64
    )

    again = retry_edition(edition, by=colleague)

    assert (again.state, again.attempts, again.failure, again.snapshot) == (State.QUEUED, 0, "", "")
    assert again.requested_by == colleague


def test_only_what_was_given_up_is_tried_again(edition, secretary):
    with pytest.raises(EditionNotGivenUp):
        retry_edition(edition, by=secretary)


def test_what_was_overtaken_is_not_tried_again(told, edition, secretary):
    Edition.objects.filter(pk=edition.pk).update(state=State.FAILED, failure="time")
    EditionFactory(report=told.report, number=2, requested_by=secretary)

    with pytest.raises(EditionOvertaken):
        retry_edition(edition, by=secretary)


# --- Consent and publication ---


@pytest.fixture
def ready(told, secretary):
    return made_edition(told.report, by=secretary)


def test_a_consent_is_given_in_an_office_and_once(ready, focal_point):
    first = consent_to_edition(ready, by=focal_point)
    second = consent_to_edition(ready, by=focal_point)

    assert first == second
    assert first.post == "County focal point, Kitui"
    assert verbs(ready) == ["reporting.edition_consented"]


def test_nobody_consents_to_what_is_not_made(edition, focal_point):
    with pytest.raises(EditionNotReady):
        consent_to_edition(edition, by=focal_point)


def test_nobody_consents_to_what_was_overtaken(told, ready, secretary, focal_point):
    made_edition(told.report, by=secretary, number=2)

    with pytest.raises(EditionOvertaken):
        consent_to_edition(ready, by=focal_point)


def test_without_a_countys_consent_nothing_is_published(ready, secretary):
    with pytest.raises(ConsentMissing):
        publish_edition(ready, by=secretary)


def test_ones_own_consent_does_not_publish(ready, secretary):
    ready.consents.create(by=secretary, post="Secretariat, SEK", at=timezone.now())

    with pytest.raises(ConsentMissing):
        publish_edition(ready, by=secretary)


def test_publishing_twice_is_once_and_tells_donors_and_counties_once(
    ready, secretary, focal_point, neighbour, county_lead, donor_officer, outsider
):
    consent_to_edition(ready, by=focal_point)

    publish_edition(ready, by=secretary)
    publish_edition(ready, by=secretary)

    ready.refresh_from_db()
    assert (ready.state, ready.published_by) == (State.PUBLISHED, secretary)
    assert verbs(ready) == ["reporting.edition_consented", "reporting.edition_published"]
    told_of_it = Mail.objects.filter(key=f"edition-published:{ready.pk}")
    assert sorted(told_of_it.values_list("recipient", flat=True)) == sorted(
        each.email for each in (donor_officer, focal_point, neighbour, county_lead)
    )


def test_a_newer_edition_that_failed_does_not_stand_in_the_way(told, ready, secretary, focal_point):
    EditionFactory(report=told.report, number=2, requested_by=secretary, state="failed")
    consent_to_edition(ready, by=focal_point)

    assert publish_edition(ready, by=secretary).state == State.PUBLISHED


def test_a_lead_of_another_mechanism_is_neither_told_nor_asked(
    ready, secretary, holding, organisations, kitui
):
    stranger = holding(
        "Lead elsewhere", Role.COUNTY_LEAD, organisation=organisations.kiwash, place=kitui,
        mechanism=MechanismFactory(slug="preg"),
    )  # fmt: skip

    assert not can_consent_to(stranger, ready)
    assert not Edition.objects.visible_to(stranger).filter(pk=ready.pk).exists()


def test_a_partners_employee_does_not_consent_for_the_county(
    ready, county_lead, focal_point, neighbour
):
    tell_edition_ready(ready, at=timezone.now())

    asked = Mail.objects.filter(key__startswith=f"edition-consent:{ready.pk}")
    assert [can_consent_to(user, ready) for user in (county_lead, focal_point)] == [False, True]
    told_of_it = set(asked.values_list("recipient", flat=True))
    assert told_of_it == {focal_point.email, neighbour.email}
    assert Edition.objects.visible_to(county_lead).filter(pk=ready.pk).exists()


def test_the_right_to_consent_ends_with_the_office(ready, focal_point):

    assert can_consent_to(focal_point, ready)
    Office.objects.filter(holder=focal_point).update(
        ends_on=timezone.localdate() - dt.timedelta(days=1)
    )

    assert not can_consent_to(focal_point, ready)
