"""6: every deed in every state by everyone; only the documented steps are taken."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.urls import resolve, reverse
from django.utils import timezone

from committees.models import Minutes
from coordination.services.events import newest_event
from reporting.models import Edition
from reporting.services import editions
from tests.conftest import CAST
from tests.security.conftest import completed
from tests.test_rights import undrawn
from workplans.models import Activity, JointWorkPlan, Result

pytestmark = pytest.mark.one_database

Step = tuple[str, str, str, str]  # from, by what, to, by whom

VALUES = {
    ("submitted", "result-verify", "verified"): {"focal_point"},
    ("submitted", "result-return", "returned"): {"focal_point", "secretary"},
    ("submitted", "result-withdraw", "withdrawn"): {"partner_officer", "partner_signatory"},
    ("returned", "result-withdraw", "withdrawn"): {"partner_officer", "partner_signatory"},
    ("verified", "result-withdraw", "withdrawn"): {"focal_point"},
    ("verified", "result-restate", "verified, and a submitted revision"): {
        "partner_officer", "partner_signatory",
    },
}  # fmt: skip
EDITIONS = {
    ("queued", "edition-cancel", "cancelled"): {"secretary"},
    ("running", "edition-cancel", "cancelled"): {"secretary"},
    ("failed", "edition-retry", "queued"): {"secretary"},
    ("cancelled", "edition-retry", "queued"): {"secretary"},
    ("ready", "edition-consent", "ready, and a consent"): {
        "focal_point", "neighbour",
    },
    ("ready and consented to", "edition-publish", "published"): {"secretary"},
}  # fmt: skip
TYPED = {
    "method": "documents", "reason": "Counted again.", "numerator": "7", "seen": "999999",
    "deviation": "The rains failed.",
}  # fmt: skip


# Who does something to a plan, its activities or packs, and a partner and a county beside them:
# tests/rights.toml says that nobody else gets as far as the state.
ACTING = ("partner_officer", "partner_signatory", "peer", "focal_point", "neighbour", "chair",
          "secretary")  # fmt: skip


@pytest.fixture
def acting(as_):
    """A client of each of those, signed in."""
    return {role: as_(role) for role in ACTING}


@pytest.fixture
def everyone(as_):
    """A client of each role, signed in before anything is rolled back."""
    return {role: as_(role) for role in CAST}


def taken(steps: Iterator[Step]) -> dict[tuple[str, str, str], set[str]]:
    """Who took which step."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for before, deed, after, role in steps:
        if after != before.removesuffix(" and consented to"):
            found.setdefault((before, deed, after), set()).add(role)
    return found


def said_of(found: dict[tuple[str, str, str], set[str]], *, documented: dict) -> str:
    """How many of the steps that were taken, each by whom, are documented, and how many not."""
    others = [step for step, roles in found.items() if roles != documented.get(step)]
    return f"{len(found) - len(others)} documented steps, {len(others)} others"


def walk(thing, states, deeds, everyone) -> dict[tuple[str, str, str], set[str]]:
    """Who brings the thing from which of the states to another one, by which of the deeds.

    States are told by columns; deeds are addresses with what is typed.
    """
    rows = type(thing)._base_manager.filter(pk=thing.pk)

    def steps() -> Iterator[Step]:
        for columns in states:
            rows.update(**columns)
            before = in_words(rows)
            for deed, (address, typed) in deeds.items():
                for role, client in everyone.items():
                    with transaction.atomic(), undrawn():
                        client.post(address, typed)
                        now = in_words(rows)
                        transaction.set_rollback(True)
                    yield before, deed, now, role

    return taken(steps())


def in_words(rows) -> str:
    """In which state the thing is, and what it waits for or was given."""
    [row] = rows.values()
    told = [row.get("state") or row.get("status"), row.get("awaiting")]
    return ", ".join(filter(None, [*told, "consented to" if row.get("consented_by_id") else ""]))


def test_a_value_goes_from_state_to_state_as_documented(world, everyone, figure):
    deeds = sorted({deed for _before, deed, _after in VALUES})
    tried = len(Result.State.values) * len(deeds) * len(CAST)
    kept = {"submitted_by": world.result.submitted_by, "submitted_at": timezone.now()}

    def steps() -> Iterator[Step]:
        for before in Result.State.values:
            Result.objects.filter(pk=world.result.pk).update(state=before, **kept)
            for deed in deeds:
                for role in CAST:
                    with transaction.atomic(), undrawn():
                        everyone[role].post(reverse(deed, args=[world.result.pk]), TYPED)
                        now = Result.objects.get(pk=world.result.pk).state
                        revised = Result.objects.filter(restates=world.result.pk).exists()
                        transaction.set_rollback(True)
                    yield before, deed, now + ", and a submitted revision" * revised, role

    found = taken(steps())
    figure("6 workflow of a value", f"{tried} tried, {said_of(found, documented=VALUES)}")
    assert found == VALUES


def test_an_edition_goes_from_state_to_state_as_documented(
    world, everyone, cast, monkeypatch, figure
):
    monkeypatch.setattr(editions, "try_dispatch", lambda *_pk, **_kept: None)
    edition = world.open_edition
    deeds = sorted({deed for _before, deed, _after in EDITIONS})
    states = [*Edition.State.values, "ready and consented to"]
    failure = Edition.Failure.TIME

    def steps() -> Iterator[Step]:
        for before in states:
            consented = before == "ready and consented to"
            Edition.objects.filter(pk=edition.pk).update(
                state=before.partition(" ")[0], failure=failure if before == "failed" else "",
                published_by=cast["secretary"], published_at=timezone.now(),
            )  # fmt: skip
            if consented:
                edition.consents.create(by=cast["focal_point"], post="x", at=timezone.now())
            for deed in deeds:
                for role in CAST:
                    with transaction.atomic(), undrawn():
                        address = reverse(deed, args=[edition.report.slug, edition.number])
                        everyone[role].post(address, TYPED)
                        now = Edition.objects.get(pk=edition.pk).state
                        agreed = edition.consents.exists() and not consented
                        transaction.set_rollback(True)
                    yield before, deed, now + ", and a consent" * agreed, role

    found = taken(steps())
    consents = {key for key in found if key[:2] == ("ready and consented to", "edition-consent")}
    figure(
        "6 workflow of an edition",
        f"{len(states) * len(deeds) * len(CAST)} tried, {said_of(found, documented=EDITIONS)}",
    )
    assert consents == set()
    assert found == EDITIONS


MINUTES = {
    ("drafting", "minutes-circulate", "circulated"): {"secretary", "body_secretary"},
    # By circulation: at a meeting whoever takes its minutes notes it (R25).
    ("circulated", "minutes-confirm", "confirmed"): {"chair"},
}
LEAD = {"partner_officer", "partner_signatory"}
# Its lead says that it is completed with its progress; the county confirms it (decision 31).
ACTIVITIES = {
    (state, "put-forward", f"{state}, agreement"): LEAD
    for state in ("proposed", "negotiating", "planned", "under_review", "pending")
} | {
    ("postponed", "resume", "on_track"): LEAD,
    ("suspended", "resume", "on_track"): LEAD,
    ("negotiating, agreement", "confirm", "agreed"): {"focal_point"},
    ("completed, completion", "confirm", "completed"): {"focal_point"},
}
# Signed it is by its signatures, in the midst of this.
PLANS = {
    ("initiated", "to drafting", "drafting"): {"secretary"},
    ("drafting", "to consolidated", "consolidated"): {"secretary"},
    ("consolidated", "to validated", "validated"): {"chair", "focal_point"},
    ("consolidated", "return", "drafting"): {"chair", "focal_point", "secretary"},
    ("validated", "return", "drafting"): {"chair", "focal_point", "secretary"},
    ("signed", "to in_implementation", "in_implementation"): {"secretary"},
    ("in_implementation", "to closed", "closed"): {"chair", "focal_point"},
    ("closed", "to evaluated", "evaluated"): {"secretary"},
}
PACKS = {
    ("queued", "pack-cancel", "cancelled"): {"secretary"},
    ("running", "pack-cancel", "cancelled"): {"secretary"},
    ("failed", "pack-retry", "queued"): {"secretary"},
    ("cancelled", "pack-retry", "queued"): {"secretary"},
    ("ready", "pack-consent", "ready, consented to"): {"focal_point"},
    ("ready, consented to", "pack-publish", "published, consented to"): {"secretary"},
}


def test_minutes_go_from_state_to_state_as_documented(world, everyone, figure):
    minutes = world.circulated.minutes
    minutes.corrections.update(state="accepted", answered_at=timezone.now())
    typed = TYPED | {
        "corrections_until": "2090-01-01", "confirmed_on": "2021-03-01",
        "chair_post": "Chair", "secretary_post": "Secretary",
    }  # fmt: skip
    deeds = {
        name: (reverse(name, args=[world.circulated.pk]), typed)
        for name in ("minutes-circulate", "minutes-confirm", "minutes-as-signed")
    }
    states = [{"state": state, "confirmed_on": "2021-03-01"} for state in Minutes.State.values]
    found = walk(minutes, states, deeds, everyone)
    figure("6 workflow of minutes", tried(states, deeds, everyone, found, documented=MINUTES))
    assert found == MINUTES


def tried(states, deeds, people, found, *, documented: dict) -> str:
    number = len(states) * len(deeds) * len(people)
    return f"{number} tried, {said_of(found, documented=documented)}"


def test_an_activity_goes_from_state_to_state_as_documented(world, acting, cast, figure):
    activity = world.activity
    at = ["sek", world.plan.slug, activity.code]
    deeds = {
        move: (reverse("activity-move", args=[*at, move]), TYPED)
        for move in ("put-forward", "resume")
    } | {"confirm": (reverse("activity-confirm", args=at), TYPED | {"verdict": "confirm"})}
    kept = {"awaiting": "", "status_reason": "The rains failed."}
    # What was merged names the other one, and is as much at its end as what was cancelled.
    states = [{"status": one, **kept} for one in Activity.Status.values if one != "merged"]
    said = {"awaiting_since": timezone.now(), "awaiting_by": cast["partner_officer"]}
    states += [
        {"status": "negotiating", "awaiting": "agreement", **said},
        {"status": "completed", "awaiting": "completion", **said},
    ]
    found = walk(activity, states, deeds, acting)
    figure("6 workflow of an activity", tried(states, deeds, acting, found, documented=ACTIVITIES))
    assert found == ACTIVITIES


def test_a_plan_goes_from_state_to_state_as_documented(world, acting, figure):
    address = reverse("plan-advance", args=["sek", world.plan.slug])
    typed = TYPED | {"note": "By the review committee on 1 Jun 2021."}
    every = JointWorkPlan.State.values
    deeds = {f"to {state}": (address, typed | {"to": state}) for state in every}
    deeds["return"] = (reverse("plan-return", args=["sek", world.plan.slug]), typed)
    states = [{"state": state} for state in every]
    found = walk(world.plan, states, deeds, acting)
    figure("6 workflow of a plan", tried(states, deeds, acting, found, documented=PLANS))
    assert found == PLANS


def test_a_pack_goes_from_state_to_state_as_documented(world, acting, cast, monkeypatch, figure):
    monkeypatch.setattr(editions, "try_dispatch", lambda *_pk, **_kept: None)
    pack = world.review.packs.get()
    deeds = {
        f"pack-{deed}": (reverse(f"pack-{deed}", args=[world.review.slug, 1]), TYPED)
        for deed in ("cancel", "retry", "consent", "publish")
    }
    given = {"consented_by": cast["focal_point"], "consented_at": timezone.now()}
    published = {"published_by": cast["secretary"], "published_at": timezone.now()}
    states = [
        {"state": state} for state in ("queued", "running", "failed", "cancelled", "ready")
    ] + [{"state": "ready", **given}, {"state": "published", **published}]
    found = walk(pack, states, deeds, acting)
    figure("6 workflow of a pack", tried(states, deeds, acting, found, documented=PACKS))
    assert found == PACKS


# What is done to a thing that is closed, or to what stands beside it.
AFTER_THE_END = {
    "a closed plan": {
        # Its money still comes and is accounted for, and what its events asked for is done.
        "commitment-confirm",
        "commitment-release",
        "commitment-withdraw",
        "commitment-close",
        "follow-up-ask",
        "follow-up-finish",
        "action-link",
        # What was learned in its year is written after it.
        "learning-answer",
        # A version that was never signed is not signed any more.
        "version-withdraw",
        # Lines of the next plan, the calendar of the place, and one's own calendar.
        "plan-roll-over",
        "planning-step-move",
        "plan-feed-open",
    },
    "signed minutes": set(),
    # As a revision beside it, which is verified in its turn.
    "a verified quarter": {"result-restate"},
}


def test_what_is_closed_is_edited_by_nobody(world, own_forms, as_, figure):
    """Each form is sent as its page gave it before the end, by who might send it then."""
    close = {
        "a closed plan": lambda: JointWorkPlan.objects.filter(pk=world.plan.pk).update(
            state="closed"
        ),
        "signed minutes": lambda: Minutes.objects.update(
            state="confirmed", confirmed_on="2021-03-01"
        ),
        "a verified quarter": lambda: Result.objects.update(
            state="verified", submitted_by=world.verified.submitted_by, submitted_at=timezone.now()
        ),
    }
    within = {
        "a closed plan": ("/plans/kitui-2020-21/", "/commitments/"),
        "signed minutes": (
            *(f"/meetings/{one.meeting_id}/" for one in Minutes.objects.all()),
            f"/items/{world.item.pk}/",
            "/decisions/",
            "/corrections/",
        ),
        "a verified quarter": (*(f"/results/{one.pk}/" for one in Result.objects.all()),),
    }
    done, sent = {}, 0
    for end, closing in close.items():
        with transaction.atomic():
            closing()
            done[end] = set()
            for role, form in own_forms:
                if form.method == "post" and is_within(form.action, within[end]):
                    sent += 1
                    if is_done(as_(role), form):
                        done[end].add(resolve(form.action.partition("?")[0]).url_name)
            transaction.set_rollback(True)
    others = sum(len(done[end] - AFTER_THE_END.get(end, set())) for end in done)
    figure("6 after the end", f"{sent} forms sent to what was closed, {others} changed it unasked")
    assert done == AFTER_THE_END


def is_within(address, parts) -> bool:
    """Whether the address is that of a thing that was closed."""
    # The results that a framework intends are named alike.
    return any(part in address for part in parts) and "/framework" not in address


def is_done(client, form) -> bool:
    """Whether the form leaves a deed on record, which is taken back."""
    before = newest_event()
    with transaction.atomic(), undrawn():
        client.post(form.action, completed(form) | {"seen": ["999999"]})
        now = newest_event()
        transaction.set_rollback(True)
    return now > before


def test_every_refused_attempt_is_in_the_log(world, as_, caplog):
    caplog.set_level("WARNING", "django.request")
    answers = [
        as_(role).post(reverse("result-verify", args=[world.result.pk]), TYPED).status_code
        for role in CAST
        if role not in {"public", "focal_point"}
    ]

    refusals = [record for record in caplog.records if record.name == "django.request"]
    assert [record.status_code for record in refusals] == answers
    assert set(answers) == {403, 404}


def test_what_its_state_refuses_is_in_the_security_log_without_a_name(world, as_, cast, caplog):
    caplog.set_level("INFO", "portal.security")
    Result.objects.filter(pk=world.result.pk).update(state="verified")
    for deed in ("result-verify", "result-return"):
        as_("focal_point").post(reverse(deed, args=[world.result.pk]), TYPED)
    as_("focal_point").get(reverse("result-verify", args=[world.result.pk]))

    lines = [line for line in caplog.records if line.name == "portal.security"]
    assert [(line.getMessage(), line.user) for line in lines if hasattr(line, "reason")] == [
        (f"refused /results/<int:pk>/{deed}", cast["focal_point"].pk)
        for deed in (
            "verify/: ResultAlreadyVerified, VerificationRefused",
            "return/: ResultAlreadyVerified",
        )
    ]
