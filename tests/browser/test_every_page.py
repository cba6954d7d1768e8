"""Every page that a link leads to, looked at once as the first of the cast who gets there."""

from __future__ import annotations

import functools
import html
import re
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve

from tests.test_rights import MATRIX

LINK = re.compile(r'<a\s[^>]*?href="([^"]+)"')
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
    "performance-export",
    "place-export",
    "plan-coverage-export",
    "plan-export",
    "plan-feed",
    "plan-money-export",
    "plan-workbook",
    "planning-lines-export",
    "printout-file",
    "result-export",
    "review-file",
    "version-file",
}
# A part of a page; what is looked at below, in test_looks.py or on a journey; where a letter leads.
ELSEWHERE = {
    "activity-cells",
    "component-gallery",
    "decision-request",
    "edition-progress",
    "framework-advance",
    "invitation-accept",
    "invitation-pending",
    "item-write",
    "overlap-resolve",
    "pack-progress",
    "printout-progress",
    "reply-by-link",
    "reporter-release",
    "role-overlap-resolve",
}
# Where each of them begins; the rest is found by following links.
BEGINNINGS = {
    "": ["/", "/mechanisms/brace/memos/"],
    "rla-secretariat": [
        "/desk/",
        "/mechanisms/sek/principles/",
        "/mechanisms/sek/support/",
        "/mechanisms/sek/committees/kitui-structure/dialogue/",
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
        "/mechanisms/sek/alerts/",
        "/mechanisms/sek/escalations/",
        "/mechanisms/sek/indicators/G.1/",
        "/mechanisms/sek/planning/",
        "/mechanisms/sek/travel/",
        "/mechanisms/sek/audits/",
        "/mechanisms/sek/plans/kitui-2020-2021/",
        "/mechanisms/sek/plans/kitui-2020-2021/phases/",
        "/mechanisms/sek/plans/kitui-2020-2021/posts/",
        "/mechanisms/sek/plans/kitui-2020-2021/signing/",
        "/mechanisms/sek/plans/kitui-2020-2021/rates/",
        "/mechanisms/sek/plans/kitui-2020-2021/bottlenecks/",
        "/mechanisms/sek/plans/kitui-2020-2021/risks/",
        "/mechanisms/sek/plans/kitui-2020-2021/reviews/",
        "/mechanisms/sek/plans/kitui-2020-2021/years/",
        "/reports/sek-2021-q1-makueni/",
    ],
    "kcdms-officer": [
        "/desk/",
        "/mechanisms/sek/plans/",
        "/mechanisms/sek/reporting/2021-q1/kcdms/",
        "/mechanisms/sek/reporting/2021-q1/kcdms/submit/",
    ],
    "kcdms-signatory": ["/desk/", "/mechanisms/sek/plans/kitui-2020-2021/money/"],
    "kitui-focal-point": ["/desk/", "/mechanisms/sek/plans/kitui-2020-2021/overlaps/"],
    "psod-secretary": [
        "/mechanisms/dfgg/committees/psod-joint-committee/performance/",
    ],
    "usaid-officer": ["/desk/"],
    "administrator": ["/desk/", "/places/ke/map/", "/people/1/anonymise/"],
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
    "psod-secretary": {"performance-detail"},
}
# Deeds on one thing: who does them, where one begins, and the pages on the way, of which the first
# that offers the deed is taken.
GROUP = "/mechanisms/sek/committees/kitui-water-group/"
KITUI = "/mechanisms/sek/plans/kitui-2020-2021/"
COMMITTEE = "/mechanisms/dfgg/committees/psod-joint-committee/"
JOINT = f"{COMMITTEE}performance/"
NEXT_YEAR = "/mechanisms/sek/plans/kitui-2021-2022/"
DEEDS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "risk-edit": ("rla-secretariat", f"{KITUI}risks/", ("risk-detail",)),
    "risk-occur": ("rla-secretariat", f"{KITUI}risks/", ("risk-detail",)),
    "risk-close": ("rla-secretariat", f"{KITUI}risks/", ("risk-detail",)),
    "result-evidence-add": (
        "kcdms-officer", "/mechanisms/sek/reporting/2021-q1/kcdms/", ("result-detail",),
    ),
    "result-restate": (
        "kcdms-officer", "/mechanisms/sek/reporting/2020-q4/kcdms/", ("result-detail",),
    ),
    "result-return": ("kitui-focal-point", "/verification/", ("result-detail",)),
    "result-withdraw": (
        "kitui-focal-point", "/mechanisms/sek/reporting/2020-q4/kiwash/", ("result-detail",),
    ),
    "action-confirm": ("rla-secretariat", f"{GROUP}actions/", ("action-detail",)),
    "action-return": ("rla-secretariat", f"{GROUP}actions/", ("action-detail",)),
    "alarm-explain": (
        "rla-secretariat", "/mechanisms/sek/committees/makueni-livestock-group/cadence/", (),
    ),
    "alert-edit": ("rla-secretariat", "/mechanisms/sek/alerts/", ("alert-detail",)),
    "alert-update": ("rla-secretariat", "/mechanisms/sek/alerts/", ("alert-detail",)),
    "appointment-confirm": ("rla-secretariat", f"{GROUP}seats/", ("seat-detail",)),
    "appointment-withdraw": ("rla-secretariat", f"{GROUP}seats/", ("seat-detail",)),
    "capacity-support": ("rla-secretariat", f"{GROUP}seats/", ("seat-detail",)),
    "correction-answer": ("rla-secretariat", "/desk/", ("minutes-detail",)),
    "correction-ask": ("kitui-agriculture", "/desk/", ("minutes-detail",)),
    "decision-create": ("rla-secretariat", "/desk/", ("minutes-detail", "minutes-write")),
    "decision-detail": ("rla-secretariat", f"{GROUP}decisions/", ()),
    "document-edit": ("rla-secretariat", f"{GROUP}documents/", ("document-detail",)),
    "document-renew": ("rla-secretariat", f"{GROUP}documents/", ("document-detail",)),
    "escalation-answer": (
        "rla-secretariat", "/mechanisms/sek/escalations/", ("escalation-detail",),
    ),
    "escalation-note": ("rla-secretariat", "/mechanisms/sek/escalations/", ("escalation-detail",)),
    "escalation-pass-up": (
        "rla-secretariat", "/mechanisms/sek/escalations/", ("escalation-detail",),
    ),
    "escalation-reopen": ("kitui-lead", "/desk/", ("escalation-detail",)),
    "gap-explain": ("rla-secretariat", f"{GROUP}cadence/", ()),
    "item-action": ("rla-secretariat", "/desk/", ("minutes-detail", "minutes-write")),
    "item-edit": ("rla-secretariat", f"{GROUP}meetings/", ("meeting-detail", "meeting-agenda")),
    "meeting-cancel": ("rla-secretariat", f"{GROUP}meetings/", ("meeting-detail",)),
    "meeting-edit": ("rla-secretariat", f"{GROUP}meetings/", ("meeting-detail",)),
    "meeting-move": ("rla-secretariat", f"{GROUP}meetings/", ("meeting-detail",)),
    "memo-circulate": ("rla-secretariat", "/mechanisms/sek/memos/", ("memo-detail",)),
    "memo-comment": ("kcdms-officer", "/mechanisms/sek/memos/", ("memo-detail",)),
    "memo-comment-answer": ("rla-secretariat", "/mechanisms/sek/memos/", ("memo-detail",)),
    "memo-edit": ("rla-secretariat", "/mechanisms/sek/memos/", ("memo-detail",)),
    "memo-ready": ("rla-secretariat", "/mechanisms/sek/memos/", ("memo-detail",)),
    "memo-resolve": ("rla-secretariat", "/mechanisms/sek/memos/", ("memo-detail",)),
    "minutes-circulate": ("rla-secretariat", "/desk/", ("minutes-detail",)),
    "minutes-confirm": ("rla-secretariat", "/desk/", ("minutes-detail",)),
    "minutes-write": ("rla-secretariat", "/desk/", ("minutes-detail",)),
    "notification-edit": (
        "rla-secretariat", "/mechanisms/sek/notifications/", ("notification-detail",),
    ),
    "notification-withdraw": (
        "rla-secretariat", "/mechanisms/sek/notifications/", ("notification-detail",),
    ),
    "decision-correct": ("psod-secretary", f"{COMMITTEE}decisions/", ("decision-detail",)),
    "minutes-as-signed": (
        "psod-secretary", f"{COMMITTEE}meetings/", ("meeting-detail", "minutes-detail"),
    ),
    "grant-decide": ("psod-secretary", JOINT, ("performance-detail",)),
    "grant-pay": ("psod-secretary", JOINT, ("performance-detail",)),
    "grant-withdraw": ("psod-secretary", JOINT, ("performance-detail",)),
    "record-type-in": (
        "rla-secretariat",
        "/mechanisms/sek/committees/makueni-livestock-group/meetings/",
        ("meeting-detail", "minutes-detail"),
    ),
    "terms-adopt": ("rla-secretariat", "/mechanisms/sek/terms/", ("terms-detail",)),
    "terms-compare": ("rla-secretariat", "/mechanisms/sek/terms/", ("terms-detail",)),
    "terms-edit": ("rla-secretariat", "/mechanisms/sek/terms/", ("terms-detail",)),
    "terms-move": ("kitui-lead", "/mechanisms/sek/terms/", ("terms-detail",)),
    "terms-table": ("kitui-lead", "/mechanisms/sek/terms/", ("terms-detail",)),
    "activity-confirm": ("kitui-focal-point", KITUI, ("activity-detail",)),
    "activity-event-edit": ("rla-secretariat", f"{KITUI}events/", ("activity-event-detail",)),
    "activity-event-postpone": ("rla-secretariat", f"{KITUI}events/", ("activity-event-detail",)),
    "commitment-close": ("kcdms-signatory", KITUI, ("activity-detail", "commitment-detail")),
    "commitment-release": ("kcdms-signatory", KITUI, ("activity-detail", "commitment-detail")),
    "commitment-withdraw": ("kcdms-signatory", f"{KITUI}money/", ("commitment-detail",)),
    "follow-up-ask": ("rla-secretariat", f"{KITUI}events/", ("activity-event-detail",)),
    "follow-up-finish": ("rla-secretariat", f"{KITUI}events/", ("activity-event-detail",)),
    "gate-request": ("rla-secretariat", f"{KITUI}phases/", ("phase-detail",)),
    "overlap-decide": ("kitui-focal-point", f"{KITUI}overlaps/", ("overlap-detail",)),
    "participation-record": ("kitui-focal-point", f"{KITUI}calendar/", ("planning-step",)),
    "consultation-withdraw": (
        "rla-secretariat", "/mechanisms/sek/committees/kitui-structure/dialogue/", (),
    ),
    "department-nudge": ("kitui-agriculture", f"{NEXT_YEAR}posts/", ()),
    "principles-assess": ("kcdms-officer", "/mechanisms/sek/principles/", ()),
    "phase-begin": ("rla-secretariat", f"{KITUI}phases/", ("phase-detail",)),
    "planning-document-move": (
        "rla-secretariat", "/mechanisms/sek/planning/", ("planning-document-detail",),
    ),
    "planning-step-move": ("rla-secretariat", f"{KITUI}calendar/", ("planning-step",)),
    "plan-return": ("rla-secretariat", "/mechanisms/sek/plans/makueni-2021-2022/", ()),
    "role-overlap-decide": (
        "kitui-focal-point", "/mechanisms/sek/role-overlaps/", ("role-overlap-detail",),
    ),
    "travel-rate-declare": ("rla-secretariat", f"{KITUI}events/", ("activity-event-detail",)),
    "signature-give": ("kcdms-signatory", f"{KITUI}signing/", ()),
    "version-freeze": ("rla-secretariat", "/mechanisms/sek/plans/makueni-2020-2021/signing/", ()),
}  # fmt: skip


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
            assert answer.ok, f"{address} answers {answer.status} to {visitor or 'all'}"
            look(page)
            waiting += [link for link in links_of(answer) if link.startswith(portal)]
    pages = {name for name, rules in MATRIX.items() if "GET" in rules}
    unseen = sorted(pages - seen - NOT_PAGES - ELSEWHERE - set(DEEDS))
    assert unseen == [], ", ".join(unseen)


def links_of(answer) -> list[str]:
    """Where a page leads, as whole addresses."""
    return [urljoin(answer.url, html.unescape(link)) for link in LINK.findall(answer.text())]


def address_of_deed(fetch, address: str, ways: tuple[str, ...], deed: str) -> str | None:
    """Where the deed is done: the first link to it on a page that the ways lead to."""
    links = fetch(address)
    if not ways:
        return next((link for link in links if name_of(link) == deed), None)
    leading = dict.fromkeys(link for link in links if name_of(link) == ways[0])
    found = (address_of_deed(fetch, link, ways[1:], deed) for link in leading)
    return next((each for each in found if each), None)


@pytest.mark.parametrize("visitor", sorted({visitor for visitor, *_rest in DEEDS.values()}))
def test_every_deed_on_a_thing_is_in_order(portal, visit, look, visitor):
    page = visit("/", as_=visitor)
    # Looking changes nothing: what was fetched on the way to one deed serves the next.
    fetch = functools.cache(lambda address: links_of(page.request.get(address)))
    for deed, (doer, beginning, ways) in DEEDS.items():
        if doer == visitor:
            address = address_of_deed(fetch, beginning, ways, deed)
            assert address, f"no way leads {visitor} to {deed}"
            page.goto(address)
            # A form of the fields that the gallery has, under the head that every page has.
            look(page, is_alike=True)


def test_the_end_of_a_reporters_duty_is_in_order(visit, look):
    page = visit("/mechanisms/sek/indicators/O1.3/", as_="rla-secretariat")
    look(page)
    page.get_by_role("link", name="End KCDMS, Makueni").click()
    look(page)


def test_a_review_before_it_is_made_is_in_order(visit, look):
    page = visit("/mechanisms/sek/plans/makueni-2020-2021/reviews/", as_="rla-secretariat")
    page.get_by_role("button", name="Open the review").click()
    look(page)
    page.get_by_role("link", name="Ask for a decision").click()
    look(page)


def test_bodies_that_may_be_for_the_same_are_settled_in_order(visit, look):
    page = visit("/mechanisms/sek/role-overlaps/", as_="kitui-focal-point")
    page.get_by_role("link", name=re.compile("Kitui")).last.click()
    page.get_by_role("link", name="Decide", exact=True).click()
    page.get_by_label("Divide places or tasks").check()
    page.get_by_label("Reason").fill("The group asks, the structure reads.")
    page.get_by_role("button", name="Record it").click()
    page.get_by_role("link", name="It is settled").click()
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
