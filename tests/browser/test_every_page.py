"""Every page that a link leads to, looked at once as the first of the cast who gets there."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve

from tests.test_rights import MATRIX

FIRST_LOAD_BYTES = 60 * 1024
# Files to take away.
NOT_PAGES = {
    "activity-event-export",
    "calendar-feed",
    "decision-export",
    "edition-file",
    "file-download",
    "file-small",
    "meeting-file",
    "obligation-template",
    "place-export",
    "plan-export",
    "printout-file",
    "result-export",
}
# A part of a page; what is looked at below and in test_looks.py; what a letter leads to.
ELSEWHERE = {
    "action-confirm",
    "action-return",
    "alarm-explain",
    "alert-detail",
    "alert-edit",
    "alert-update",
    "appointment-confirm",
    "appointment-withdraw",
    "capacity-support",
    "component-gallery",
    "correction-answer",
    "correction-ask",
    "decision-create",
    "decision-detail",
    "document-detail",
    "document-edit",
    "document-renew",
    "edition-progress",
    "escalation-answer",
    "escalation-detail",
    "escalation-note",
    "escalation-pass-up",
    "escalation-reopen",
    "framework-advance",
    "gap-explain",
    "invitation-accept",
    "invitation-pending",
    "item-action",
    "item-edit",
    "item-write",
    "meeting-cancel",
    "meeting-edit",
    "meeting-postpone",
    "memo-circulate",
    "memo-comment",
    "memo-comment-answer",
    "memo-edit",
    "memo-ready",
    "memo-resolve",
    "minutes-circulate",
    "minutes-confirm",
    "minutes-detail",
    "minutes-write",
    "notification-detail",
    "printout-progress",
    "reply-by-link",
    "reporter-release",
    "result-evidence-add",
    "result-restate",
    "result-return",
    "result-withdraw",
    "terms-adopt",
    "terms-compare",
    "terms-detail",
    "terms-edit",
    "terms-move",
    "terms-table",
}
# Where each of them begins; the rest is found by following links.
BEGINNINGS = {
    "": ["/", "/mechanisms/brace/memos/"],
    "rla-secretariat": [
        "/desk/",
        "/mechanisms/sek/",
        "/mechanisms/sek/members/",
        "/mechanisms/sek/committees/",
        "/mechanisms/sek/committees/kitui-structure/",
        "/mechanisms/sek/committees/kitui-structure/seats/",
        "/mechanisms/sek/committees/kitui-structure/meetings/",
        "/mechanisms/sek/memos/",
        "/mechanisms/sek/terms/",
        "/mechanisms/sek/notifications/",
        "/mechanisms/sek/library/",
        "/mechanisms/sek/indicators/G.1/",
        "/reports/sek-2021-q1-makueni/",
    ],
    "kcdms-officer": [
        "/desk/",
        "/mechanisms/sek/plans/",
        "/mechanisms/sek/reporting/2021-q1/kcdms/",
        "/mechanisms/sek/reporting/2021-q1/kcdms/submit/",
    ],
    "kitui-focal-point": ["/desk/"],
    "usaid-officer": ["/desk/"],
    "administrator": ["/desk/"],
}
# What offers more to who may do more, and is opened again for it.
AGAIN = {
    "rla-secretariat": {
        "body-detail",
        "meeting-detail",
        "plan-detail",
        "plan-list",
        "result-table",
        "seat-detail",
    },
    "kcdms-officer": {"plan-detail", "activity-detail"},
}
# Deeds on one value: who does them, and a page that leads to such a value.
DEEDS = {
    "result-evidence-add": ("kcdms-officer", "/mechanisms/sek/reporting/2021-q1/kcdms/"),
    "result-restate": ("kcdms-officer", "/mechanisms/sek/reporting/2020-q4/kcdms/"),
    "result-return": ("kitui-focal-point", "/verification/"),
    "result-withdraw": ("kitui-focal-point", "/mechanisms/sek/reporting/2020-q4/kiwash/"),
}


def name_of(address: str) -> str | None:
    """The URL name behind an address of ours, or None for what is not a page of ours."""
    try:
        match = resolve(urlsplit(address).path)
    except Resolver404:
        return None
    if "admin" in match.namespaces or match.url_name in NOT_PAGES:
        return None
    return match.url_name


def test_every_page_is_in_order(portal, visit, look):
    seen: set[str] = set()
    for visitor, beginnings in BEGINNINGS.items():
        page = visit("/", as_=visitor)
        waiting = [f"{portal}{beginning}" for beginning in beginnings]
        # What one begins with differs from visitor to visitor; other pages are looked at once.
        seen -= {name_of(address) for address in waiting} | AGAIN.get(visitor, set())
        while waiting:
            address = waiting.pop(0)
            name = name_of(address)
            if name is None or name in seen:
                continue
            seen.add(name)
            answer = page.goto(address)
            assert answer is not None
            assert answer.status < 400, f"{address} answers {answer.status} to {visitor or 'all'}"
            look(page)
            links = page.eval_on_selector_all(
                "main a[href], header a[href]", "as => as.map(a => a.href)"
            )
            waiting += [
                link for link in links if link.startswith(portal) and name_of(link) not in seen
            ]
    pages = {name for name, rules in MATRIX.items() if "GET" in rules}
    unseen = sorted(pages - seen - NOT_PAGES - ELSEWHERE)
    assert unseen == [], ", ".join(unseen)


@pytest.mark.parametrize("deed", DEEDS)
def test_every_deed_on_a_value_is_in_order(portal, visit, look, deed):
    visitor, beginning = DEEDS[deed]
    page = visit(beginning, as_=visitor)
    links = page.eval_on_selector_all("main a[href]", "as => as.map(a => a.href)")
    value = next(link for link in links if name_of(link) == "result-detail")
    page.goto(value)
    links = page.eval_on_selector_all("main a[href]", "as => as.map(a => a.href)")
    page.goto(next(link for link in links if name_of(link) == deed))
    look(page)


def test_the_end_of_a_reporters_duty_is_in_order(visit, look):
    page = visit("/mechanisms/sek/indicators/O1.3/", as_="rla-secretariat")
    look(page)
    page.get_by_role("link", name="End KCDMS, Makueni").click()
    look(page)


@pytest.mark.parametrize("address", ["/", "/mechanisms/sek/", "/places/ke/kitui/", "/reports/"])
def test_a_first_visit_is_light(portal, browser, address):
    """Everything that a first visit loads, as it comes over the wire."""
    context = browser.new_context(base_url=portal)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    sizes: list[int] = []
    devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    context.close()

    assert sum(sizes) <= FIRST_LOAD_BYTES, f"{address}: {sum(sizes)} bytes in {len(sizes)} parts"
