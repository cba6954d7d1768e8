"""21: every kind of answer bears the headers that protect it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

LEAST_SCORE = 110
YEAR = 365 * 24 * 3600


@pytest.fixture
def behind_tls(settings):
    """What config/settings.py says where PUBLIC_URL begins with https (tests/test_settings.py)."""
    settings.SECURE_HSTS_SECONDS = YEAR
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True


def raise_an_error(*args, **kwargs):
    raise RuntimeError("on purpose")


@pytest.fixture
def answers(behind_tls, world, cast, monkeypatch, settings):
    """An answer of each kind, by its name."""
    visitor = Client(raise_request_exception=False)
    officer = Client(raise_request_exception=False, enforce_csrf_checks=True)
    officer.force_login(cast["partner_officer"])
    found = {
        "200": visitor.get("/", secure=True),
        "200 signed in": officer.get(reverse("desk"), secure=True),
        "302": visitor.get(reverse("desk"), secure=True),
        "400": visitor.get("/?q=%00", secure=True),
        "403": officer.get(reverse("report-create"), secure=True),
        "403 CSRF": officer.post(reverse("report-create"), secure=True),
        "404": visitor.get("/no-such-page/", secure=True),
        "405": visitor.post("/reports/", secure=True),
        "static": visitor.get("/static/css/portal.css", secure=True),
        "PDF": visitor.get(
            reverse("edition-file", args=[world.report.slug, world.edition.number, "pdf"]),
            secure=True,
        ),
        "media": officer.get(reverse("file-download", args=[world.file.pk]), secure=True),
        "htmx": officer.get(
            reverse("obligation-list", args=["sek"]), secure=True, headers={"HX-Request": "true"}
        ),
        "ICS": visitor.get(reverse("calendar-feed", args=[world.feed_token]), secure=True),
        "sign-in": visitor.get(reverse("account_login"), secure=True),
    }
    for _guess in range(40):
        guess = {"login": "nobody@example.org", "password": "wrong"}
        found["429"] = visitor.post(reverse("account_login"), guess, secure=True)
        if found["429"].status_code == 429:
            break
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    found["400 too large"] = visitor.post(
        reverse("account_login"), "x" * 100, "application/x-www-form-urlencoded", secure=True
    )
    monkeypatch.setattr("config.views.health.examine", raise_an_error)
    found["500"] = visitor.get("/readyz", secure=True)
    return found


def policy_of(answer) -> dict[str, list[str]]:
    parts = [part.split() for part in answer.get("Content-Security-Policy", "").split("; ")]
    return {part[0]: part[1:] for part in parts if part}


def sources_of(answer, kind: str) -> list[str]:
    """From where the answer may load that: what no directive says is as the default says."""
    policy = policy_of(answer)
    return policy.get(kind, policy.get("default-src", ["anywhere"]))


def score_of(page, cookie) -> int:
    """The points that Mozilla's HTTP Observatory gives a page (its scoring of 2024)."""
    policy = policy_of(page)
    strict = policy.get("default-src") == ["'none'"] and not any(
        source.startswith("'unsafe-") for sources in policy.values() for source in sources
    )
    long_enough = f"max-age={YEAR}" in page.get("Strict-Transport-Security", "")
    score = 100 - (0 if strict else 25) - (0 if long_enough else 20)
    score -= 0 if page.get("X-Content-Type-Options") == "nosniff" else 5
    score -= 0 if cookie["secure"] and cookie["httponly"] else 20
    score += 10 if strict else 0
    score += 5 if cookie["samesite"] in {"Lax", "Strict"} else 0
    score += 5 if policy.get("frame-ancestors") == ["'none'"] else 0
    score += 5 if page.get("Referrer-Policy") in {"same-origin", "no-referrer"} else 0
    score += 10 if page.get("Cross-Origin-Resource-Policy") == "same-origin" else 0
    return score


def test_every_kind_of_answer_bears_its_headers(answers, figure):
    lacking = []
    for kind, answer in answers.items():
        policy = policy_of(answer)
        handed_out = "sandbox" in policy
        wanted = {
            "policy": policy.get("default-src") == ["'none'"],
            # Our own files and no word of a nonce, for there is no inline code (decision 7).
            "scripts": sources_of(answer, "script-src")
            == (["'none'"] if handed_out else ["'self'"]),
            "objects": sources_of(answer, "object-src") == ["'none'"],
            # Neither falls back on the default; what is handed out is no page, and in a sandbox.
            "base": handed_out or policy.get("base-uri") == ["'none'"],
            "frames": handed_out or policy.get("frame-ancestors") == ["'none'"],
            "sandbox": policy.get("sandbox") == ([] if handed_out else None),
            "HSTS": answer.get("Strict-Transport-Security") == f"max-age={YEAR}; includeSubDomains",
            "nosniff": answer.get("X-Content-Type-Options") == "nosniff",
            "referrer": answer.get("Referrer-Policy") == "same-origin",
            "opener": answer.get("Cross-Origin-Opener-Policy") == "same-origin",
            "resource": answer.get("Cross-Origin-Resource-Policy") == "same-origin",
        }
        lacking += [(kind, name) for name, there in wanted.items() if not there]
        assert b"Traceback" not in b"".join(answer)
    score = score_of(answers["sign-in"], answers["sign-in"].cookies["csrftoken"])
    figure(
        "21 headers",
        f"{len(answers)} kinds of answer, {len(lacking)} headers lacking; Observatory {score}",
    )
    assert lacking == []
    assert answers["200 signed in"]["Cache-Control"] == "private, no-store"
    assert "HX-Request" in answers["htmx"]["Vary"]
    assert [answers[kind].status_code for kind in ("400", "403", "404", "429", "500")] == [
        400, 403, 404, 429, 500,
    ]  # fmt: skip
    assert score >= LEAST_SCORE
