"""From one year to the next: what goes over, what must not, and two years side by side (P35)."""

import datetime as dt

import pytest
from django.urls import reverse

from coordination.models import Event
from tests.factories.plans import (
    ActivityEventFactory,
    ActivityPartnerFactory,
    BottleneckFactory,
    UpdateFactory,
)
from tests.factories.workplans import ActivityFactory, PlanFactory
from workplans.models import Activity, CarriedLine
from workplans.services.rollover import (
    LineChoice,
    LinesRefused,
    NotALaterYear,
    PlanIsNotDrafted,
    compare_years,
    lines_to_decide,
    roll_over,
)

NOW = dt.datetime(2021, 4, 10, 9, tzinfo=dt.UTC)
NEXT = {"starts_on": dt.date(2021, 7, 1), "ends_before": dt.date(2022, 7, 1)}


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")


@pytest.fixture
def later(mechanism, kitui):
    return PlanFactory(
        mechanism=mechanism, place=kitui, slug="kitui-2021-22", state="drafting", **NEXT
    )


@pytest.fixture
def lines(plan, organisations, kitui):
    """Three lines, the first with everything that belongs to its year."""
    first = ActivityFactory(
        plan=plan, code="KTI-01", lead=organisations.kcdms, places=[kitui], status="delayed",
        status_reason="Rain.", percent_complete=60, next_step="Dig on.",
        starts_on=dt.date(2020, 9, 1), ends_on=dt.date(2021, 3, 31),
        budget_minor=500_000_00, currency="KES", target_group="Dairy groups",
    )  # fmt: skip
    ActivityPartnerFactory(activity=first, organisation=organisations.kiwash)
    others = [
        ActivityFactory(plan=plan, code=code, lead=organisations.kiwash, places=[kitui])
        for code in ("KTI-02", "KTI-10")
    ]
    return [first, *others]


def carry(line, code=""):
    return LineChoice(line, is_carried=True, code=code)


def drop(line, reason="No money."):
    return LineChoice(line, is_carried=False, reason=reason)


def test_a_carried_line_begins_anew(plan, later, lines, quarter, organisations, secretary):
    UpdateFactory(activity=lines[0], period=quarter)
    ActivityEventFactory(activity=lines[0])
    BottleneckFactory(plan=plan, activities=[lines[0]])

    [line] = roll_over(plan, later, by=secretary, choices=[carry(lines[0])], at=NOW)

    new = line.later
    assert (new.code, new.title, new.target_group) == ("KTI-01", lines[0].title, "Dairy groups")
    assert [str(partner.organisation) for partner in new.partners.all()] == ["KIWASH"]
    assert list(new.places.all()) == list(lines[0].places.all())
    assert (new.status, new.status_reason, new.percent_complete) == ("proposed", "", None)
    assert (new.starts_on, new.ends_on, new.budget, new.next_step) == (None, None, None, "")
    assert not new.updates.exists()
    assert not new.events.exists()
    assert not new.bottlenecks.exists()
    assert new.carried_from.earlier == lines[0]
    lines[0].refresh_from_db()
    assert (lines[0].status, lines[0].percent_complete) == ("delayed", 60)


def test_outputs_go_over_and_their_targets_stay(plan, later, lines, secretary):
    lines[0].outputs.create(wording="Boreholes drilled", unit="boreholes", q1=2, q2=3)

    [line] = roll_over(plan, later, by=secretary, choices=[carry(lines[0])], at=NOW)

    [output] = line.later.outputs.all()
    assert (output.wording, output.unit, output.targets) == (
        "Boreholes drilled", "boreholes", [None, None, None, None],
    )  # fmt: skip


def test_deciding_twice_is_deciding_once(plan, later, lines, secretary):
    for _click in range(2):
        roll_over(plan, later, by=secretary, choices=[carry(lines[0]), drop(lines[1])], at=NOW)

    assert CarriedLine.objects.count() == 2
    assert later.activities.count() == 1
    events = Event.objects.about(later).filter(verb="workplans.plan_rolled_over")
    assert [event.note for event in events] == ["carried over: 1, dropped: 1"]
    assert lines_to_decide(plan, later, seen=Activity.objects.all()) == [lines[2]]


def test_all_lines_go_over_or_none(plan, later, lines, organisations, secretary):
    taken = ActivityFactory(plan=later, code="KTI-02", lead=organisations.kcdms, title="Other")

    with pytest.raises(LinesRefused) as refused:
        roll_over(
            plan, later, by=secretary,
            choices=[carry(lines[0]), carry(lines[1]), drop(lines[2], " ")], at=NOW,
        )  # fmt: skip

    assert list(refused.value.refusals) == [lines[1].pk, lines[2].pk]
    assert list(later.activities.all()) == [taken]
    assert not CarriedLine.objects.exists()
    # Under another code it goes over.
    roll_over(plan, later, by=secretary, choices=[carry(lines[1], "KTI-03")], at=NOW)
    assert later.activities.filter(code="KTI-03").exists()


def test_lines_go_into_a_later_draft_of_the_same_place(
    plan, later, lines, mechanism, makueni, secretary
):
    elsewhere = PlanFactory(mechanism=mechanism, place=makueni, state="drafting", **NEXT)
    for into, refusal in [(elsewhere, NotALaterYear), (plan, NotALaterYear)]:
        with pytest.raises(refusal):
            roll_over(plan, into, by=secretary, choices=[carry(lines[0])], at=NOW)
    later.state = "signed"
    later.save(update_fields=["state"])
    with pytest.raises(PlanIsNotDrafted):
        roll_over(plan, later, by=secretary, choices=[carry(lines[0])], at=NOW)


def test_two_years_side_by_side(plan, later, lines, organisations, secretary):
    roll_over(plan, later, by=secretary, choices=[carry(lines[0]), drop(lines[1])], at=NOW)
    carried = later.activities.get()
    Activity.objects.filter(pk=carried.pk).update(title="Deeper boreholes")
    new = ActivityFactory(plan=later, code="KTI-20", lead=organisations.kcdms)

    compared = compare_years(plan, later, seen=Activity.objects.all())

    [pair] = compared.carried
    assert (pair.earlier, pair.later) == (lines[0], carried)
    told = {change.field: (change.before, change.after) for change in pair.changes}
    assert told == {
        "title": (lines[0].title, "Deeper boreholes"),
        "starts on": ("1\u00a0Sep 2020", "–"),
        "last day": ("31\u00a0Mar 2021", "–"),
        "budget": ("KES 500,000", "–"),
    }
    assert list(compared.new) == [new]
    assert list(compared.dropped) == [(lines[1], "No money.")]
    assert list(compared.undecided) == [lines[2]]


def test_years_entered_from_documents_are_matched_by_code(plan, later, lines, organisations):
    same = ActivityFactory(plan=later, code="kti-02", lead=organisations.kcdms)

    compared = compare_years(plan, later, seen=Activity.objects.all())

    assert [(pair.earlier, pair.later) for pair in compared.carried] == [(lines[1], same)]
    assert list(compared.new) == []


def test_a_hidden_line_is_neither_new_nor_dropped_for_the_public(
    plan, later, lines, secretary, organisations
):
    [line] = roll_over(plan, later, by=secretary, choices=[carry(lines[0])], at=NOW)
    seen = Activity.objects.exclude(pk=line.later.pk)

    compared = compare_years(plan, later, seen=seen)

    assert lines[0] not in [*compared.undecided, *(row for row, _why in compared.dropped)]
    assert list(compared.new) == []


# --- Pages ---


def data_of(lines, *choices):
    data = {"lines-TOTAL_FORMS": len(lines), "lines-INITIAL_FORMS": len(lines)}
    for number, (line, (choice, reason)) in enumerate(zip(lines, choices, strict=True)):
        data |= {
            f"lines-{number}-activity": line.pk,
            f"lines-{number}-choice": choice,
            f"lines-{number}-code": line.code,
            f"lines-{number}-reason": reason,
        }
    return data


def test_the_page_carries_drops_and_leads_to_the_comparison(client, plan, later, lines, secretary):
    client.force_login(secretary)
    address = reverse("plan-roll-over", args=["sek", plan.slug, later.slug])

    page = client.post(address, data_of(lines, ("carry", ""), ("drop", ""), ("", "")))
    assert page.context["formset"].forms[1].errors == {"reason": ["Say why each line is dropped."]}
    page = client.post(address, data_of(lines, ("", ""), ("", ""), ("", "")))
    [said] = page.context["formset"].non_form_errors()
    assert "Choose of one line at least" in said
    assert not CarriedLine.objects.exists()

    answer = client.post(address, data_of(lines, ("carry", ""), ("drop", "Done."), ("", "")))
    again = client.post(address, data_of(lines, ("carry", ""), ("drop", "Done."), ("", "")))
    assert again.url == answer.url
    assert answer.url == reverse("plan-compare", args=["sek", later.slug, plan.slug])
    page = client.get(answer.url).content.decode()
    assert "Carried over: 1. New: 0. Dropped: 1. Not decided: 1." in page


def test_an_organisation_decides_about_its_own_lines_alone(client, plan, later, lines, peer):
    client.force_login(peer)
    address = reverse("plan-roll-over", args=["sek", plan.slug, later.slug])

    page = client.get(address)
    assert [line for line, _form in page.context["rows"]] == lines[1:]

    client.post(address, data_of(lines[:1], ("carry", "")))
    assert not CarriedLine.objects.exists()


def test_both_years_lead_to_carrying_the_lines_over(client, plan, later, lines, secretary):
    def carried_from(found):
        page = client.get(reverse("plan-years", args=["sek", found.slug]))
        return [tuple(map(str, row[1:3])) for row in page.context["rows"] if row[3]]

    client.force_login(secretary)
    assert carried_from(plan) == carried_from(later) == [(str(plan), str(later))]
    page = client.get(reverse("plan-years", args=["sek", later.slug])).content.decode()
    assert reverse("plan-roll-over", args=["sek", plan.slug, later.slug]) in page

    later.state = "signed"
    later.save(update_fields=["state"])
    assert carried_from(later) == []
