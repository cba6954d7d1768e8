"""How things look: icons, a status as word, shape and colour, figures, notices."""

from functools import cache
from typing import NamedTuple

from django import template
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.models import Event

register = template.Library()


# --- Icons ---


# Icons that point along the line of writing: they turn round where it runs from the right.
POINTING = {
    "arrow-left",
    "arrow-return-left",
    "arrow-right",
    "box-arrow-right",
    "chevron-right",
    "send",
    "send-check",
}


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """The icon as inline SVG, hidden from screen readers: the word stands beside it.

    `name` is the id of a symbol in static/img/icons.svg. Drawn once a process: every row has one.
    """
    return format_html(
        '<svg class="icon{}" width="16" height="16" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"></use></svg>',
        " icon-pointing" if name in POINTING else "",
        static("img/icons.svg"),
        name,
    )


# --- Status: word + shape + colour ---


class StatusLook(NamedTuple):
    """How a status is shown: its word, its tone (a colour of tokens.css), its shape (an icon)."""

    word: str | Promise
    tone: str
    icon: str


STATUS_LOOKS = {
    # a result, and the obligation to report it
    "not_due": StatusLook(_("Not due"), "quiet", "dash-circle"),
    "due": StatusLook(_("Due"), "warn", "clock-fill"),
    "overdue": StatusLook(_("Overdue"), "bad", "exclamation-triangle-fill"),
    "missing": StatusLook(_("Missing"), "bad", "x-circle-fill"),
    "late": StatusLook(_("Late"), "warn", "clock-history"),
    "on_time": StatusLook(_("On time"), "good", "check-lg"),
    "exempt": StatusLook(_("Exempt"), "quiet", "slash-circle"),
    "extended": StatusLook(_("Extended"), "busy", "calendar-event"),
    "draft": StatusLook(_("Draft"), "quiet", "pencil"),
    "submitted": StatusLook(_("Submitted"), "busy", "send"),
    "returned": StatusLook(_("Returned"), "warn", "arrow-return-left"),
    "resubmitted": StatusLook(_("Resubmitted"), "busy", "send-check"),
    "verified": StatusLook(_("Verified"), "good", "check-circle-fill"),
    "published": StatusLook(_("Published"), "good", "patch-check-fill"),
    "restated": StatusLook(_("Restated"), "warn", "arrow-repeat"),
    "withdrawn": StatusLook(_("Withdrawn"), "quiet", "slash-circle"),
    "provisional": StatusLook(_("Provisional"), "warn", "circle-half"),
    "illustrative": StatusLook(_("Illustrative"), "warn", "info-circle"),
    "public": StatusLook(_("From public material"), "quiet", "search"),
    "general": StatusLook(_("General knowledge, unconfirmed"), "quiet", "info-circle"),
    # progress against a target
    "on_track": StatusLook(_("On track"), "good", "check-circle-fill"),
    "at_risk": StatusLook(_("At risk"), "warn", "exclamation-triangle-fill"),
    "off_track": StatusLook(_("Off track"), "bad", "x-circle-fill"),
    "no_target": StatusLook(_("No target"), "quiet", "dash-circle"),
    # work done in the background
    "queued": StatusLook(_("Waiting"), "quiet", "hourglass-split"),
    "running": StatusLook(_("Running"), "busy", "arrow-repeat"),
    "ready": StatusLook(_("Ready"), "good", "check-lg"),
    "failed": StatusLook(_("Failed"), "bad", "x-circle-fill"),
    "cancelled": StatusLook(_("Cancelled"), "quiet", "slash-circle"),
    # plans, frameworks and indicators
    "executive": StatusLook(_("Approved by the executive"), "busy", "check-lg"),
    "assembly": StatusLook(_("Approved by the assembly"), "good", "check-circle-fill"),
    "drafting": StatusLook(_("Being drafted"), "quiet", "pencil"),
    "initiated": StatusLook(_("Initiated"), "quiet", "pencil"),
    "consolidated": StatusLook(_("Consolidated"), "busy", "list"),
    "validated": StatusLook(_("Validated"), "busy", "check-lg"),
    "evaluated": StatusLook(_("Evaluated"), "quiet", "check-circle-fill"),
    "to_be_signed": StatusLook(_("To be signed"), "warn", "hourglass-split"),
    "reviewed": StatusLook(_("Reviewed"), "busy", "eye"),
    "endorsed": StatusLook(_("Endorsed"), "good", "check-lg"),
    "signed": StatusLook(_("Signed"), "good", "check-lg"),
    "in_force": StatusLook(_("In force"), "good", "check-circle-fill"),
    "in_use": StatusLook(_("In use"), "good", "check-circle-fill"),
    "in_implementation": StatusLook(_("In implementation"), "busy", "circle-half"),
    "revised": StatusLook(_("Replaced"), "quiet", "arrow-repeat"),
    "retired": StatusLook(_("Retired"), "quiet", "slash-circle"),
    # phases of a plan
    "not_started": StatusLook(_("Not started"), "quiet", "dash-circle"),
    "under_way": StatusLook(_("Under way"), "busy", "circle-half"),
    "gate_requested": StatusLook(_("Gate requested"), "warn", "hourglass-split"),
    "sent_back": StatusLook(_("Sent back"), "warn", "arrow-return-left"),
    "passed": StatusLook(_("Passed"), "good", "check-circle-fill"),
    "blocked": StatusLook(_("Blocked"), "bad", "x-circle-fill"),
    "not_noted": StatusLook(_("Not noted"), "quiet", "dash-circle"),
    # activities
    "negotiating": StatusLook(_("Being negotiated"), "busy", "people"),
    "agreed": StatusLook(_("Agreed"), "good", "check-lg"),
    "merged": StatusLook(_("Merged into another"), "quiet", "arrow-right"),
    "planned": StatusLook(_("Planned"), "quiet", "calendar-event"),
    "ongoing": StatusLook(_("Ongoing"), "busy", "circle-half"),
    "completed": StatusLook(_("Completed"), "good", "check-circle-fill"),
    "delayed": StatusLook(_("Delayed"), "warn", "clock-history"),
    "under_review": StatusLook(_("Under review"), "busy", "eye"),
    "pending": StatusLook(_("Pending"), "quiet", "hourglass-split"),
    "postponed": StatusLook(_("Postponed"), "warn", "clock-history"),
    "suspended": StatusLook(_("Suspended"), "warn", "slash-circle"),
    # mechanisms, memberships, bodies
    "proposed": StatusLook(_("Proposed"), "quiet", "pencil"),
    "launched": StatusLook(_("Launched"), "busy", "arrow-up"),
    "operating": StatusLook(_("Operating"), "good", "check-circle-fill"),
    "dormant": StatusLook(_("Dormant"), "warn", "clock-history"),
    "closed": StatusLook(_("Closed"), "quiet", "slash-circle"),
    "invited": StatusLook(_("Invited"), "quiet", "send"),
    # seats, capacities, cadence
    "held": StatusLook(_("Held"), "good", "check-lg"),
    "vacant": StatusLook(_("Vacant"), "warn", "dash-circle"),
    "nominated": StatusLook(_("Nominated"), "busy", "hourglass-split"),
    "ex_officio": StatusLook(_("Ex officio"), "good", "check-lg"),
    "enough": StatusLook(_("Enough"), "good", "check-lg"),
    "partly": StatusLook(_("Partly"), "warn", "circle-half"),
    "kept": StatusLook(_("Kept"), "good", "check-lg"),
    "amber": StatusLook(_("Overdue"), "warn", "clock-history"),
    "red": StatusLook(_("Long overdue"), "bad", "exclamation-triangle-fill"),
    "member": StatusLook(_("Member"), "good", "check-lg"),
    "left": StatusLook(_("Left"), "quiet", "box-arrow-right"),
    "drafted": StatusLook(_("Drafted"), "quiet", "pencil"),
    "tabled": StatusLook(_("Tabled"), "busy", "arrow-up"),
    "approved": StatusLook(_("Approved"), "good", "check-lg"),
    "notified": StatusLook(_("Notified"), "busy", "bell"),
    "configured": StatusLook(_("Configured"), "busy", "people"),
    "meeting": StatusLook(_("Meeting"), "good", "check-circle-fill"),
    "dissolved": StatusLook(_("Dissolved"), "quiet", "slash-circle"),
    # action items
    "open": StatusLook(_("Open"), "busy", "circle-half"),
    "in_progress": StatusLook(_("In progress"), "busy", "circle-half"),
    "done": StatusLook(_("Done, to be confirmed"), "warn", "check-lg"),
    "high": StatusLook(_("High"), "warn", "exclamation-triangle-fill"),
    # memos
    "adopted": StatusLook(_("Adopted"), "good", "check-circle-fill"),
    "adopted_in_part": StatusLook(_("Adopted in part"), "warn", "circle-half"),
    "rejected": StatusLook(_("Rejected"), "bad", "x-circle-fill"),
    "implemented": StatusLook(_("Implemented"), "good", "check-lg"),
    # meetings, answers and attendance
    "scheduled": StatusLook(_("Scheduled"), "quiet", "calendar-event"),
    "called": StatusLook(_("Invitations sent"), "busy", "send-check"),
    "in_session": StatusLook(_("In session"), "busy", "people"),
    "yes": StatusLook(_("Will come"), "good", "check-lg"),
    "no": StatusLook(_("Cannot come"), "warn", "x-lg"),
    "perhaps": StatusLook(_("Perhaps"), "busy", "circle-half"),
    "present": StatusLook(_("Present"), "good", "check-lg"),
    "apologies": StatusLook(_("Apologies"), "warn", "arrow-return-left"),
    "absent": StatusLook(_("Absent"), "bad", "x-lg"),
    # escalations and alerts
    "raised": StatusLook(_("Raised"), "warn", "arrow-up"),
    "acknowledged": StatusLook(_("Acknowledged"), "busy", "eye"),
    "in_hand": StatusLook(_("In hand"), "busy", "circle-half"),
    "answered": StatusLook(_("Answered"), "good", "check-lg"),
    "urgent": StatusLook(_("Urgent"), "bad", "exclamation-triangle-fill"),
    "reported": StatusLook(_("Reported"), "warn", "bell"),
    "coordinated": StatusLook(_("Response coordinated"), "busy", "people"),
    "monitored": StatusLook(_("Being monitored"), "busy", "eye"),
    # what a meeting resolved, and its minutes
    "decided": StatusLook(_("Decided"), "good", "check-circle-fill"),
    "paid": StatusLook(_("Paid"), "good", "patch-check-fill"),
    "noted": StatusLook(_("Noted"), "good", "check-lg"),
    "deferred": StatusLook(_("Deferred"), "warn", "clock-history"),
    "dropped": StatusLook(_("Dropped"), "quiet", "slash-circle"),
    "circulated": StatusLook(_("Circulated"), "busy", "send"),
    "restricted": StatusLook(_("Only for the body"), "warn", "eye"),
    "to_be_ratified": StatusLook(_("To be ratified"), "warn", "hourglass-split"),
    "superseded": StatusLook(_("Replaced"), "quiet", "arrow-repeat"),
    "asked": StatusLook(_("Asked for"), "warn", "hourglass-split"),
    "accepted": StatusLook(_("Accepted"), "good", "check-lg"),
    "declined": StatusLook(_("Declined"), "quiet", "x-circle-fill"),
    # two activities, or bodies, that may overlap
    "detected": StatusLook(_("To be decided"), "warn", "exclamation-triangle-fill"),
    "being_settled": StatusLook(_("Being settled"), "busy", "circle-half"),
    "resolved": StatusLook(_("Settled"), "good", "check-lg"),
    "dismissed": StatusLook(_("Kept"), "quiet", "slash-circle"),
    # money promised to an activity
    "indicative": StatusLook(_("Indicative"), "quiet", "circle-half"),
    "partly_confirmed": StatusLook(_("Partly confirmed"), "warn", "circle-half"),
    "confirmed": StatusLook(_("Confirmed"), "good", "check-circle-fill"),
    "partly_released": StatusLook(_("Partly released"), "busy", "circle-half"),
    "released": StatusLook(_("Released"), "busy", "arrow-right"),
    "spent": StatusLook(_("Spent"), "good", "check-lg"),
}


def look_of(status: str, label: str | Promise = "") -> StatusLook:
    """How `status` is shown, under its own word or under `label`; an unknown status looks quiet."""
    code = str(status).lower().replace("-", "_").replace(" ", "_")
    look = STATUS_LOOKS.get(code, StatusLook(str(status), "quiet", "circle-fill"))
    return look._replace(word=label) if label else look


@register.simple_tag
def status(status: str, label: str | Promise = "") -> SafeString:
    """A status as word + shape + colour; what components/status.html draws, for rows of tables."""
    look = look_of(status, label)
    return format_html(
        '<span class="status status-{}">{}{}</span>', look.tone, icon(look.icon), look.word
    )


@register.simple_tag
def figure_text(
    value: object,
    *,
    reason: str = "",
    provisional: bool = False,
    note: str = "",
    url: str = "",
) -> SafeString:
    """One figure; what components/figure.html draws, for rows of tables (R1, R4, R12)."""
    if value is None or value == "":
        words, why = gettext("No figure:"), noted(reason)
        return format_html(
            '<span class="figure figure-none"><span aria-hidden="true">–</span>'
            '<span class="visually-hidden">{}</span>{}</span>', words, why
        )  # fmt: skip
    shown = value
    if url:
        explain = gettext("explain this number")
        link = '<a href="{}">{}<span class="visually-hidden"> {}</span></a>'
        shown = format_html(link, url, value, explain)
    return format_html(
        '<span class="figure{}">{}{}{}</span>',
        " figure-provisional" if provisional else "",
        shown,
        noted(gettext("provisional")) if provisional else "",
        noted(note),
    )


def noted(words: str) -> SafeString | str:
    """Small words after a figure; nothing where there are none."""
    return format_html(' <span class="figure__note">{}</span>', words) if words else ""


@register.simple_tag
def look_of_event(event: Event) -> StatusLook:
    """How an event is shown: "workplans.result_verified" as "Result verified", in its look."""
    words = event.verb.rpartition(".")[2].replace("_", " ").capitalize()
    look = STATUS_LOOKS.get(words.rpartition(" ")[2], StatusLook("", "quiet", "circle-fill"))
    return look._replace(word=gettext(words))


NOTICE_ICONS = {
    "good": "check-circle-fill",
    "warn": "exclamation-triangle-fill",
    "bad": "x-circle-fill",
    "busy": "info-circle",
}
MESSAGE_TONES = {
    "success": "good",
    "warning": "warn",
    "error": "bad",
    "info": "busy",
    "debug": "busy",
}


@register.filter
def notice_icon(tone: str) -> str:
    """The shape that goes with a notice's tone."""
    return NOTICE_ICONS.get(tone, "info-circle")


@register.filter
def message_tone(level_tag: str) -> str:
    """The tone of a message of django.contrib.messages."""
    return MESSAGE_TONES.get(level_tag, "busy")


# --- Files ---


FILE_ICONS = {
    "pdf": "file-earmark-pdf",
    "xlsx": "file-earmark-spreadsheet",
    "csv": "file-earmark-spreadsheet",
    "json": "file-earmark-code",
    "image": "file-earmark-image",
    "ics": "calendar-event",
}


@register.filter
def file_icon(kind: str) -> str:
    """The icon of a kind of file."""
    return FILE_ICONS.get(kind.lower(), "file-earmark-text")
