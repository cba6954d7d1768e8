"""Nobody overwrites unseen what another did (R27); each form carries what its writer saw."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse

from coordination.models import Organisation
from coordination.services.events import DoneMeanwhile, newest_event
from tests.factories.committees import AgendaItemFactory
from tests.factories.workplans import PeriodFactory
from tests.security.conftest import forms_on
from workplans.models import Result
from workplans.services.obligations import extend_obligation
from workplans.services.results import submit_report
from workplans.services.verification import return_result, verify_result


def first_form(client: Client, address: str, field: str) -> dict[str, list[str]]:
    """What the form with this field would send, as it stands on the page."""
    forms = forms_on(address, client.get(address))
    [form] = [one for one in forms if field in one.fields]
    return form.fields


def test_the_second_administrator_is_told_what_the_first_has_saved(world, as_, figure):
    admin = as_("administrator")
    address = reverse("admin:coordination_organisation_change", args=[world.kcdms.pk])
    mine = first_form(admin, address, "short_name") | {"name": ["Mine"]}
    Organisation.objects.filter(pk=world.kcdms.pk).update(name="Theirs")

    refused = admin.post(address, mine)

    assert Organisation.objects.get(pk=world.kcdms.pk).name == "Theirs"
    [error] = refused.context["adminform"].form.errors["name"]
    assert "to “Theirs” since you opened it" in error
    # Sent again in sight of it, it is a decision.
    page = forms_on(address, refused)
    [again] = [one.fields for one in page if "short_name" in one.fields]
    assert again["name"] == ["Mine"]
    assert admin.post(address, again).status_code == 302
    assert Organisation.objects.get(pk=world.kcdms.pk).name == "Mine"
    figure("lost updates", "the administration says both versions and where they began")


def test_a_value_that_came_back_is_not_verified_unseen(world, cast):
    seen = newest_event()
    return_result(world.result, by=cast["focal_point"], reason="Count again.")
    Result.objects.filter(pk=world.result.pk).update(
        state=Result.State.DRAFT, deviation="The rains failed."
    )
    submit_report(world.obligation, by=cast["partner_officer"])
    world.result.refresh_from_db()

    with pytest.raises(DoneMeanwhile):
        verify_result(world.result, by=cast["focal_point"], method="documents", seen=seen)

    verify_result(world.result, by=cast["focal_point"], method="documents", seen=newest_event())


def test_an_extension_is_not_given_over_another_unseen(world, cast):
    seen, day = newest_event(), world.obligation.last_day
    by = {"by": cast["secretary"], "reason": "Floods."}
    extend_obligation(world.obligation, to=day + dt.timedelta(days=5), **by)

    with pytest.raises(DoneMeanwhile, match="→"):
        extend_obligation(world.obligation, to=day + dt.timedelta(days=9), seen=seen, **by)


# What the first of two who opened the page typed, and the second.
REPLACED = {
    "activity-event-postpone": (
        {"starts_on": "2090-02-01", "ends_on": "2090-02-02", "reason": "Rain",
         "decided_by": "Lead"},
        {"starts_on": "2090-03-01", "ends_on": "2090-03-02", "reason": "Heat",
         "decided_by": "Lead"},
    ),
    "assessment-extend": ({"closes_on": "2091-01-31"}, {"closes_on": "2091-02-28"}),
    "memo-comment": ({"comment": "Less on fees."}, {"comment": "Nothing on fees."}),
    "memo-comment-answer": (
        {"is_accepted": "yes", "answer": "Done."}, {"is_accepted": "no", "answer": "Not ours."},
    ),
    "minutes-circulate": (
        {"corrections_until": "2090-01-31"}, {"corrections_until": "2090-02-28"},
    ),
    "office-end": (
        {"when": "last_day", "last_day": "2090-01-31"},
        {"when": "last_day", "last_day": "2090-01-15"},
    ),
    "record-type-in": (
        {"file": SimpleUploadedFile("first.csv", b"item,words\n1,first\n", "text/csv")},
        {"file": SimpleUploadedFile("second.csv", b"item,words\n1,second\n", "text/csv")},
    ),
    "reporter-release": ({"last_period": "2021-q2"}, {"last_period": "2021-q3"}),
    "travel-rate-declare": (
        {"item": "lodging", "role": "officer", "amount_minor": "1,000", "currency": "KES"},
        {"item": "lodging", "role": "officer", "amount_minor": "1,500", "currency": "KES"},
    ),
}  # fmt: skip


def test_what_one_has_typed_takes_the_place_of_anothers_in_sight_of_it_only(addresses, as_):
    for quarter in (2, 3):
        PeriodFactory(year=2021, quarter=quarter)
    told = {}
    for address in addresses:
        if address.name in REPLACED:
            client = as_(address.role("POST"))
            with transaction.atomic():
                told[address.name] = answers_to_two(client, address.url, *REPLACED[address.name])
                transaction.set_rollback(True)

    # The first is done; the second is told, with what he typed; in sight of it he decides.
    assert told == dict.fromkeys(REPLACED, (302, 200, True, True, 302))


def answers_to_two(client, url, first, second):
    """What two are answered who opened the page at the same time, the second of them twice."""
    [page] = forms_with(url, client.get(url), first)
    done = client.post(url, page.fields | first)
    refused = client.post(url, page.fields | second)
    [again] = forms_with(url, refused, second)
    typed = {name: [said] for name, said in second.items() if name not in again.files}
    for name in again.files:
        second[name].seek(0)
    return (
        done.status_code,
        refused.status_code,
        "Since you opened this page" in words_of(refused),
        {name: again.fields[name] for name in typed} == typed,
        client.post(url, again.fields | second).status_code,
    )


# Forms that open with something in them and yet take the place of nothing.
BEGIN_FILLED = {
    "assessment-open": "opens a round of its own, and one a year",
    "decision-create": "makes a decision, with the usual basis",
    "meeting-people": "adds a person",
    "meeting-record": "makes a meeting, with the next number",
    "minutes-as-signed": "is done once: then the minutes are frozen",
    "minutes-confirm": "is done once: then the minutes are frozen",
    "person-anonymise": "is done once: then nobody is left to anonymise",
    "phase-point-add": "adds a point, of the usual kind",
    "plan-roll-over": "makes new lines in another plan, and none twice",
    "result-restate": "makes a revision beside the value, and one at a time",
}
A_DAY = re.compile(r"\d{4}-\d\d-\d\d")
WHAT_WAS_SEEN = re.compile(r"(^|-)(seen|seen_\w+|version|initial(-.+)?)$|^initial-|-initial-")


def test_every_form_that_edits_carries_what_its_writer_saw(own_forms, figure):
    """It opens with what stands there, or is known to take its place; none of them is missed."""
    lacking, edits = set(), set()
    for _role, form in own_forms:
        if form.method != "post":
            continue
        name = resolve(form.action.partition("?")[0]).view_name
        filled = [
            value
            for field, values in form.fields.items()
            if field in form.typed or field in form.choices
            for value in values
            if value and not A_DAY.fullmatch(value)
        ]
        if filled or name in REPLACED:
            names = [*form.fields, *form.choices]
            (edits if any(map(WHAT_WAS_SEEN.search, names)) else lacking).add(name)
    figure("lost updates of every form", f"{len(edits)} kinds of forms that edit, 0 unseen")
    assert (lacking, len(edits) > 50) == (BEGIN_FILLED.keys(), True)


def forms_with(address, response, fields):
    """The forms of the page that have all of these fields."""
    return [one for one in forms_on(address, response) if {*fields} <= {*one.fields, *one.files}]


def words_of(response):
    return html.unescape(response.content.decode())


def test_a_rate_that_was_declared_anew_is_not_taken_off_unseen(world, addresses, as_):
    named = {each.name: each.url for each in addresses}
    client = as_("partner_officer")
    address, drop = named["travel-rate-declare"], named["travel-rate-drop"]
    begun = forms_on(address, client.get(address))
    [mine] = [one for one in begun if one.action == drop]
    [theirs] = [one for one in begun if "amount_minor" in one.fields]
    rate = world.travel_rate
    said = {"item": rate.item, "role": rate.role, "amount_minor": "9,999", "currency": "KES"}
    client.post(address, theirs.fields | said | {"reason": "Held in Nairobi."})

    for fields, left in ((mine.fields, 1), ({"seen": [newest_event()]}, 0)):
        client.post(drop, fields)
        assert world.activity_event.travel_rates.filter(pk=rate.pk).count() == left


def test_two_who_put_an_agenda_in_order_are_told_of_each_other(world, addresses, as_):
    named = {each.name: each.url for each in addresses}
    meeting, client = world.planned, as_("secretary")
    AgendaItemFactory.create_batch(2, meeting=meeting)
    address = named["meeting-agenda"]
    begun = forms_on(address, client.get(address))
    [page] = [one for one in begun if one.action == named["agenda-order"]]
    keys = [str(item.pk) for item in meeting.items.in_order()]
    orders = [",".join(sorted(keys, reverse=True)), ",".join([*keys[1:], keys[0]])]

    answers = [
        client.post(page.action, page.fields | {"order": order}, follow=True) for order in orders
    ]

    now = [str(item.pk) for item in meeting.items.in_order()]
    assert ",".join(now) == orders[0]
    assert "Since you opened this page" in words_of(answers[1])
