"""How communes perform: criteria in versions, reviews by them, sums, trends, who reads what."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from django.urls import reverse

from committees.models import Access, Meeting, Minutes, PerformanceReview
from committees.services.criteria import (
    BodyReviewsNobody,
    CriteriaMissing,
    CriteriaTooEarly,
    CriterionTwice,
    Scale,
    set_criteria,
)
from committees.services.formation import LevelInUse, edit_body
from committees.services.performance import (
    NothingScored,
    OtherCriteriaInForce,
    PlaceNotReviewed,
    ReviewAtAnotherMeeting,
    ReviewOnRecord,
    ScoreOffScale,
    correct_review,
    record_review,
    sum_up,
    trend_of,
)
from committees.services.performance_tables import place_lines
from coordination.models import Event
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.refusals import DayToCome, EditedMeanwhile
from tests.factories.committees import (
    CriteriaSetFactory,
    GrantFactory,
    MeetingFactory,
    PerformanceReviewFactory,
)
from tests.factories.coordination import PlaceFactory

from .test_formation import content_of

DAY = dt.date(2021, 3, 1)
SCALES = (Scale("Openness", Decimal(0), Decimal(10)), Scale("Services", Decimal(1), Decimal(5)))


@pytest.fixture
def reviewing(review_body, kitui):
    """The review committee, which reviews the counties of its mechanism."""
    review_body.reviews_level = kitui.level
    review_body.save(update_fields=["reviews_level"])
    return review_body


@pytest.fixture
def criteria(reviewing):
    return CriteriaSetFactory(body=reviewing, criteria=["Openness", "Services", "Budget"])


def scored(criteria, *scores):
    """The scores of the criteria in their order, those alone that are not None."""
    rows = criteria.criteria.order_by("position")
    pairs = zip(rows, scores, strict=True)
    return {each: Decimal(score) for each, score in pairs if score is not None}


def content(criteria, *scores, **given):
    return {
        "reviewed_on": DAY, "covers_from": None, "covers_to": None, "meeting": None,
        "scores": scored(criteria, *scores), "note": "", **given,
    }  # fmt: skip


def review_of(body, place, criteria, *scores, by, **given):
    return record_review(
        body, place, by=by, criteria=criteria, **content(criteria, *scores, **given)
    )


def test_criteria_are_versions_and_what_nothing_uses_is_replaced(reviewing, kitui, body_secretary):
    first = set_criteria(reviewing, by=body_secretary, applies_from=DAY, scales=SCALES)
    other = (*SCALES, Scale("Budget", Decimal(0), Decimal(20)))
    again = set_criteria(reviewing, by=body_secretary, applies_from=DAY, scales=other)
    assert (again.pk, again.number, again.criteria.count()) == (first.pk, 1, 3)

    PerformanceReviewFactory(
        body=reviewing, place=kitui, criteria_set=again, reviewed_on=DAY, scores=[5, 3, None]
    )
    later = DAY + dt.timedelta(days=1)
    second = set_criteria(reviewing, by=body_secretary, applies_from=later, scales=SCALES)

    assert (second.number, again.criteria.count()) == (2, 3)
    event = Event.objects.about(again).order_by("-pk").first()
    assert event.changes["criteria"] == [
        ["Openness: 0–10", "Services: 1–5"],
        ["Openness: 0–10", "Services: 1–5", "Budget: 0–20"],
    ]


def test_the_same_criteria_twice_are_one_deed(reviewing, body_secretary):
    for _turn in range(2):
        set_criteria(reviewing, by=body_secretary, applies_from=DAY, scales=SCALES)
    assert reviewing.criteria_sets.count() == 1
    assert Event.objects.filter(verb="committees.criteria_set").count() == 1


def test_criteria_that_cannot_stand_are_refused(reviewing, kitui, body_secretary):
    def set_from(day, scales=SCALES, **given):
        set_criteria(reviewing, by=body_secretary, applies_from=day, scales=scales, **given)

    with pytest.raises(CriteriaMissing):
        set_from(DAY, ())
    with pytest.raises(CriterionTwice):
        set_from(DAY, (SCALES[0], Scale("openness", Decimal(0), Decimal(3))))
    seen = newest_event()
    set_from(DAY)
    with pytest.raises(DoneMeanwhile):
        set_from(DAY, SCALES[:1], seen=seen)
    review_of(
        reviewing, kitui, reviewing.criteria_sets.get(), 5, 3, by=body_secretary,
        reviewed_on=DAY + dt.timedelta(days=9),
    )  # fmt: skip
    with pytest.raises(CriteriaTooEarly):
        set_from(DAY + dt.timedelta(days=9), SCALES[:1])


def test_a_body_that_reviews_nobody_has_no_criteria(review_body, body_secretary):
    with pytest.raises(BodyReviewsNobody):
        set_criteria(review_body, by=body_secretary, applies_from=DAY, scales=SCALES)


def test_whose_performance_it_reviews_stands_once_something_is_recorded(
    reviewing, kitui, criteria, body_secretary, secretary
):
    review_of(reviewing, kitui, criteria, 5, 5, 5, by=body_secretary)
    given = content_of("review", name=reviewing.name, reviews_level=None)
    with pytest.raises(LevelInUse):
        edit_body(reviewing, by=secretary, seen_version=reviewing.version, **given)


def test_a_sum_is_points_of_the_points_that_could_be_had(reviewing, kitui):
    """(5 − 0) + (4 − 1) of 10 + 4; the third was not scored and counts on neither side."""
    criteria = CriteriaSetFactory(body=reviewing, criteria=["Openness", "Services", "Budget"])
    criteria.criteria.filter(name="Services").update(lowest=1, highest=5)
    review = PerformanceReviewFactory(
        body=reviewing, place=kitui, criteria_set=criteria, scores=[5, 4, None]
    )

    summed = sum_up(PerformanceReview.objects.in_full().get(pk=review.pk))

    assert summed.percent == Decimal(800) / 14
    assert (summed.scored, summed.criteria, summed.is_whole) == (2, 3, False)


def test_zero_is_a_score_and_missing_is_none(reviewing, kitui, makueni, criteria):
    zero = PerformanceReviewFactory(body=reviewing, place=kitui, scores=[0, None, 0])
    nothing = PerformanceReviewFactory(body=reviewing, place=makueni, scores=[None] * 3)

    assert sum_up(zero).percent == 0
    assert sum_up(nothing).percent is None


def test_the_trend_compares_like_with_like_alone(reviewing, kitui, criteria):
    def made(day, scores, criteria_set=criteria):
        return PerformanceReviewFactory(
            body=reviewing, place=kitui, reviewed_on=day, scores=scores, criteria_set=criteria_set
        )

    first = made(dt.date(2020, 3, 1), [4, 5, 6])
    second = made(dt.date(2020, 9, 1), [5, 5, 8])
    partial = made(dt.date(2021, 3, 1), [5, 5, None])
    new = CriteriaSetFactory(body=reviewing, applies_from=dt.date(2021, 6, 1))
    other = made(dt.date(2021, 9, 1), [9, 9], new)

    assert trend_of(first, None).reason == "the first review"
    assert trend_of(second, first).points == 10
    assert trend_of(partial, second).points is None
    assert trend_of(other, partial).reason == "by other criteria than before"


def test_a_review_twice_is_one_and_another_of_the_day_is_refused(
    reviewing, kitui, criteria, body_secretary
):
    first = review_of(reviewing, kitui, criteria, 5, None, 0, by=body_secretary)
    assert review_of(reviewing, kitui, criteria, 5, None, 0, by=body_secretary) == first
    assert first.scores.count() == 2
    with pytest.raises(ReviewOnRecord):
        review_of(reviewing, kitui, criteria, 6, None, 0, by=body_secretary)


def test_a_review_that_cannot_be_is_refused(reviewing, kitui, criteria, body_secretary):
    def refuse(refusal, *scores, place=kitui, **given):
        with pytest.raises(refusal):
            review_of(reviewing, place, criteria, *scores, by=body_secretary, **given)

    refuse(NothingScored, None, None, None)
    refuse(ScoreOffScale, 11, 5, 5)
    refuse(DayToCome, 5, 5, 5, reviewed_on=dt.date(2999, 1, 1))
    refuse(OtherCriteriaInForce, 5, 5, 5, reviewed_on=dt.date(2019, 1, 1))
    refuse(ReviewAtAnotherMeeting, 5, 5, 5, meeting=MeetingFactory())
    refuse(PlaceNotReviewed, 5, 5, 5, place=PlaceFactory(slug="elsewhere"))


def test_an_old_review_stands_by_its_own_criteria(reviewing, kitui, criteria, body_secretary):
    old = review_of(reviewing, kitui, criteria, 5, 5, 5, by=body_secretary)
    new = set_criteria(
        reviewing, by=body_secretary, applies_from=DAY + dt.timedelta(days=1), scales=SCALES
    )
    with pytest.raises(OtherCriteriaInForce):
        review_of(
            reviewing, kitui, new, 5, 4, by=body_secretary, reviewed_on=DAY - dt.timedelta(days=1)
        )

    corrected = correct_review(
        old, by=body_secretary, seen_version=1, reason="Misread.", **content(criteria, 6, 5, None)
    )

    assert corrected.criteria_set == criteria
    assert sorted(corrected.scores.values_list("score", flat=True)) == [5, 6]


def test_a_corrected_review_keeps_what_it_said(reviewing, kitui, criteria, body_secretary, chair):
    review = review_of(reviewing, kitui, criteria, 5, 5, None, by=body_secretary)
    correct_review(
        review, by=chair, seen_version=1, reason="Typed wrongly.", **content(criteria, 5, 6, None)
    )

    event = Event.objects.about(review).order_by("-pk").first()
    assert event.note == "Typed wrongly."
    assert event.changes == {
        "scores": [["Openness: 5", "Services: 5"], ["Openness: 5", "Services: 6"]]
    }
    with pytest.raises(EditedMeanwhile):
        correct_review(
            review, by=body_secretary, seen_version=1, reason="Late.", **content(criteria, 1, 1, 1)
        )


# --- Who reads it ---------------------------------------------------------------------------------


def told_to(user, body):
    return {
        str(each.place) for each in PerformanceReview.objects.visible_to(user).filter(body=body)
    }


def test_others_read_a_review_with_the_confirmed_minutes_of_its_meeting(
    reviewing, kitui, criteria, member, public, outsider
):
    meeting = MeetingFactory(body=reviewing, access=Access.PUBLIC, state=Meeting.State.HELD)
    minutes = Minutes.objects.create(meeting=meeting, state=Minutes.State.CIRCULATED)
    PerformanceReviewFactory(body=reviewing, place=kitui, meeting=meeting, scores=[5, 5, 5])
    assert [told_to(user, reviewing) for user in (member, public, outsider)] == [
        {"Kitui"}, set(), set(),
    ]  # fmt: skip

    minutes.state, minutes.confirmed_on = Minutes.State.CONFIRMED, DAY
    minutes.save()
    assert told_to(public, reviewing) == {"Kitui"}

    Meeting.objects.filter(pk=meeting.pk).update(access=Access.BODY)
    assert told_to(public, reviewing) == set()


def test_a_review_without_a_meeting_is_the_bodys_own(reviewing, kitui, member, public, criteria):
    PerformanceReviewFactory(body=reviewing, place=kitui, scores=[5, 5, 5])
    assert told_to(member, reviewing) == {"Kitui"}
    assert told_to(public, reviewing) == set()


def test_the_page_tells_the_public_nothing_that_is_not_published(
    client, reviewing, kitui, criteria, member
):
    PerformanceReviewFactory(
        body=reviewing, place=kitui, scores=[7, 7, 7], note="The chief was late again."
    )
    pages = [
        reverse("performance-list", args=["sek", "review"]),
        reverse("performance-detail", args=["sek", "review", kitui.pk]),
        reverse("performance-export", args=["sek", "review", "csv"]),
    ]
    hidden = [client.get(page).content.decode() for page in pages]
    assert not any("70.0" in page or "Openness" in page for page in hidden)

    client.force_login(member)
    told = [client.get(page).content.decode() for page in pages]
    assert all("70.0" in page for page in told)
    assert ["The chief was late again." in page for page in told] == [False, True, False]


def test_the_note_is_for_the_body_alone(client, reviewing, kitui, criteria):
    meeting = MeetingFactory(body=reviewing, access=Access.PUBLIC)
    Minutes.objects.create(meeting=meeting, state="confirmed", confirmed_on=DAY)
    PerformanceReviewFactory(
        body=reviewing, place=kitui, meeting=meeting, scores=[7, 7, 7], note="Late again."
    )
    page = client.get(reverse("performance-detail", args=["sek", "review", kitui.pk]))
    assert "70.0%" in page.content.decode()
    assert "Late again." not in page.content.decode()


# --- Pages ----------------------------------------------------------------------------------------


def test_a_body_without_such_places_has_no_such_page(client, review_body):
    assert client.get(reverse("performance-list", args=["sek", "review"])).status_code == 404


def test_the_secretary_sets_whose_performance_is_reviewed(
    client, review_body, body_secretary, kitui
):
    client.force_login(body_secretary)
    address = reverse("body-edit", args=["sek", "review"])
    form = client.get(address).context["form"]
    typed = {name: form[name].value() for name in form.fields}
    typed = {name: value for name, value in typed.items() if value not in (None, False, [])}
    client.post(address, {**typed, "sectors": [], "reviews_level": kitui.level_id})

    review_body.refresh_from_db()
    assert review_body.reviews_level == kitui.level


def test_the_secretary_sets_criteria_and_records_a_review(client, reviewing, kitui, body_secretary):
    client.force_login(body_secretary)
    create = reverse("performance-create", args=["sek", "review", kitui.pk])
    assert client.get(create).url == reverse("criteria-edit", args=["sek", "review"])
    rows = {"criteria-TOTAL_FORMS": 3, "criteria-INITIAL_FORMS": 0, "applies_from": "2021-01-01"}
    rows |= {"criteria-0-name": "Openness", "criteria-0-highest": "10"}
    client.post(reverse("criteria-edit", args=["sek", "review"]), rows)
    [criterion] = reviewing.criteria_sets.get().criteria.all()
    assert (criterion.lowest, criterion.highest) == (0, 10)

    typed = {"reviewed_on": "2021-03-01", f"score-{criterion.pk}": "0", "seen_version": 0}
    client.post(create, typed)

    review = reviewing.performance_reviews.get()
    assert [row.score for row in review.scores.all()] == [0]


def test_a_score_off_its_scale_is_said_at_its_field(client, reviewing, kitui, criteria, chair):
    client.force_login(chair)
    first = criteria.criteria.order_by("position").first()
    typed = {"reviewed_on": "2021-03-01", f"score-{first.pk}": "11", "seen_version": 0}
    page = client.post(reverse("performance-create", args=["sek", "review", kitui.pk]), typed)
    assert page.context["form"].errors.keys() == {f"score-{first.pk}"}
    assert not reviewing.performance_reviews.exists()


def test_the_second_of_two_who_correct_sees_both(client, reviewing, kitui, criteria, chair):
    review = PerformanceReviewFactory(body=reviewing, place=kitui, scores=[5, 5, 5])
    client.force_login(chair)
    address = reverse("performance-correct", args=[review.pk])
    form = client.get(address).context["form"]
    typed = {each.html_name: each.value() or "" for each in form} | {"reason": "Misread."}
    first = criteria.criteria.order_by("position").first()
    mine = {**typed, f"score-{first.pk}": "9"}
    correct_review(
        review, by=chair, seen_version=1, reason="Misread.", **content(criteria, 7, 5, 5)
    )

    page = client.post(address, mine)
    assert [(each.mine, each.theirs) for each in page.context["conflict"].fields] == [("9", "7")]
    again = {**mine, "seen_version": page.context["form"].data["seen_version"]}
    assert client.post(address, again).status_code == 302
    assert review.scores.get(criterion=first).score == 9


def test_the_page_takes_as_many_queries_for_three_as_for_one(
    client, reviewing, kitui, makueni, criteria, member, django_assert_num_queries,
    django_assert_max_num_queries,
):  # fmt: skip
    client.force_login(member)
    address = reverse("performance-list", args=["sek", "review"])
    client.get(address)
    PerformanceReviewFactory(body=reviewing, place=kitui, scores=[5, 5, 5])
    GrantFactory(body=reviewing, place=makueni)
    with django_assert_max_num_queries(30) as asked:
        client.get(address)
    for day in (2, 3, 4):
        PerformanceReviewFactory(
            body=reviewing, place=kitui, scores=[5, 5, 5], reviewed_on=dt.date(2021, 3, day)
        )
        PerformanceReviewFactory(
            body=reviewing, place=makueni, scores=[5, 5, 5], reviewed_on=dt.date(2021, 3, day)
        )
        GrantFactory(body=reviewing, place=makueni)

    with django_assert_num_queries(len(asked)):
        client.get(address)


def test_lines_name_the_newest_review(reviewing, kitui, criteria, member):
    for month, scores in ((1, [1, 1, 1]), (3, [2, 2, 2])):
        PerformanceReviewFactory(
            body=reviewing, place=kitui, scores=scores, reviewed_on=dt.date(2021, month, 1)
        )
    [line] = place_lines(member, reviewing, [kitui])
    assert (line.newest.sum.percent, line.newest.trend.points) == (20, 10)


def test_the_file_has_one_row_a_value_and_names_what_is_missing(
    client, reviewing, kitui, criteria, member
):
    PerformanceReviewFactory(body=reviewing, place=kitui, scores=[5, None, 0])
    client.force_login(member)
    answer = client.get(reverse("performance-export", args=["sek", "review", "csv"]))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["Item"], row["Value"], row["State"]) for row in rows] == [
        ("All criteria", "25.0", "2 of 3 criteria scored"),
        ("Openness", "5", ""),
        ("Services", "", "not scored"),
        ("Budget", "0", ""),
    ]
