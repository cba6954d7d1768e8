"""6: every deed in every state by everyone; only the documented steps are taken."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from reporting.models import Edition
from reporting.services import editions
from tests.conftest import CAST
from tests.test_rights import undrawn
from workplans.models import Result

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
