"""Meetings: lists, one meeting, and the deeds of whoever convenes the body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from committees.forms.attendance import ReplyForm
from committees.forms.meetings import (
    CancelForm,
    HeadcountFormSet,
    MeetingForm,
    MoveForm,
    PastMeetingForm,
    SeriesForm,
)
from committees.models import AgendaItem, Body, Meeting, Paper
from committees.permissions import (
    can_convene_body,
    can_keep_body,
    can_prepare_meeting,
    can_read_body,
    can_see_attendance,
)
from committees.services.attendance import lines_of
from committees.services.calling import own_rows
from committees.services.meetings import edit_meeting, schedule_meeting, schedule_series
from committees.services.past_meetings import NumberTaken, record_past_meeting
from committees.services.quorum import quorum_of, rule_in_words
from committees.services.rescheduling import cancel_meeting, move_meeting, postpone_meeting
from committees.services.reviews import with_reviews
from committees.services.turnout import headcount_of, missing_at
from coordination.forms.conflicts import Conflict, differences, having_seen, merged
from coordination.models import Event, Mechanism, Visitor
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest

PER_PAGE, TO_COME = 25, 50


@require_safe
def meeting_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The meetings of all bodies of a mechanism: those to come, then those that were held."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    meetings = Meeting.objects.visible_to(request.user).filter(body__mechanism=mechanism)
    context = {"mechanism": mechanism, **_lists(request, meetings)}
    return render(request, "committees/meeting_list.html", context)


@require_safe
def body_meetings(request: HttpRequest, slug: str, body_slug: str) -> HttpResponse:
    """The meetings of one body, its joint ones too."""
    body = find_body(request, slug, body_slug)
    meetings = Meeting.objects.visible_to(request.user).of(body)
    context = {
        "mechanism": body.mechanism,
        "body": body,
        "can_convene": can_convene_body(request.user, body),
        "reads": can_read_body(request.user, body),
        **_lists(request, meetings),
    }
    return render(request, "committees/body_meetings.html", context)


@require_safe
def meeting_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """When and where, who, the agenda with its papers; no more than when, for who may not read."""
    return show_meeting(request, find_meeting(request, pk), {})


def show_meeting(
    request: HttpRequest, meeting: Meeting, replies: Mapping[int, ReplyForm]
) -> HttpResponse:
    """The page of the meeting; ``replies`` are the answers that were typed, by participant."""
    user = request.user
    is_readable = Meeting.objects.readable_by(user).filter(pk=meeting.pk).exists()
    sees_people = is_readable and can_see_attendance(user, meeting)
    lines = lines_of(meeting) if is_readable else []
    own = own_rows(meeting, user, on=timezone.localdate()) if user.is_authenticated else []
    items = list(items_of(user, meeting)) if is_readable else []
    context = {
        "meeting": meeting,
        "body": meeting.body,
        "mechanism": meeting.body.mechanism,
        "is_readable": is_readable,
        "joint": meeting.joint_with.in_order(),
        "agenda": with_reviews(user, meeting, items),
        "reschedulings": meeting.reschedulings.order_by("pk") if is_readable else [],
        "lines": lines if sees_people else [],
        "sees_people": sees_people,
        "headcount": headcount_of(lines),
        "missing": missing_at(meeting, lines) if is_readable else None,
        # Before anybody came there is nothing to count: the rule says what is needed.
        "quorum": quorum_of(meeting) if is_readable and _has_begun(meeting) else None,
        "quorum_rule": rule_in_words(meeting.body) if is_readable and meeting.is_counted else "",
        "own": [(row, replies.get(row.pk) or ReplyForm(row=row)) for row in own],
        "can_prepare": can_prepare_meeting(user, meeting),
        "events": Event.objects.about(meeting).select_related("by") if sees_people else None,
    }
    return render(request, "committees/meeting_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_create(request: SignedInRequest, slug: str, body_slug: str) -> HttpResponse:
    """A meeting of the body to come; then its agenda, with what waits for it."""
    body = find_body(request, slug, body_slug)
    require(can_convene_body(request.user, body))
    form = MeetingForm(request.POST or None, body=body)
    if request.method == "POST" and form.is_valid():
        try:
            meeting = schedule_meeting(body, by=request.user, **form.content())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Scheduled: %(when)s.") % {"when": meeting.when})
            return redirect("meeting-agenda", meeting.pk)
    context = {"form": form, "body": body, "mechanism": body.mechanism}
    return render(request, "committees/meeting_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def series_create(request: SignedInRequest, slug: str, body_slug: str) -> HttpResponse:
    """A series: its days are shown first, and saved as they are ticked."""
    body = find_body(request, slug, body_slug)
    require(can_convene_body(request.user, body))
    form = SeriesForm(request.POST or None, body=body)
    is_shown = False
    if request.method == "POST" and form.is_valid():
        if "save" in request.POST and form.chosen():
            try:
                meetings = schedule_series(
                    body, by=request.user, rhythm=form.rhythm(), days=form.chosen(),
                    **form.content(),
                )  # fmt: skip
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                said = _("%(count)d meetings scheduled.") % {"count": len(meetings)}
                messages.success(request, said)
                return redirect("body-meetings", slug, body.slug)
        elif "save" in request.POST:
            form.add_error("days", _("Tick at least one day."))
        else:
            form = _with_all_days(request, form, body)
        is_shown = True
    context = {"form": form, "body": body, "mechanism": body.mechanism, "is_shown": is_shown}
    return render(request, "committees/series_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is said of a planned meeting; the second of two editors is shown both versions."""
    meeting = find_meeting(request, pk)
    require(can_prepare_meeting(request.user, meeting))
    form = MeetingForm(request.POST or None, body=meeting.body, meeting=meeting)
    conflict = None
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen_version"]
        try:
            edit_meeting(meeting, by=request.user, seen_version=seen, **form.content())
        except EditedMeanwhile:
            form, conflict = _edit_conflict(request, form, meeting)
            if not conflict.fields:  # both typed the same, or one clicked twice
                return redirect(meeting)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(meeting)
    context = {
        "form": form, "conflict": conflict, "meeting": meeting, "body": meeting.body,
        "mechanism": meeting.body.mechanism,
    }  # fmt: skip
    return render(request, "committees/meeting_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Another date, or none yet; the old one is kept, and those who are invited are told."""
    meeting = find_meeting(request, pk)
    require(can_prepare_meeting(request.user, meeting))
    form = MoveForm(request.POST or None, meeting=meeting)
    if request.method == "POST" and form.is_valid():
        try:
            said = _move_or_postpone(request, form, meeting)
        except Refusal as refusal:
            form = MoveForm(having_seen(request.POST, _version(pk)), meeting=meeting)
            form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return redirect(meeting)
    context = {"form": form, "meeting": meeting, "mechanism": meeting.body.mechanism}
    return render(request, "committees/meeting_move.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Call the meeting off for good, for a reason."""
    meeting = find_meeting(request, pk)
    require(can_prepare_meeting(request.user, meeting))
    form = CancelForm(request.POST or None, initial={"seen_version": meeting.version})
    if request.method == "POST" and form.is_valid():
        try:
            cancel_meeting(meeting, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form = CancelForm(having_seen(request.POST, _version(pk)))
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Cancelled."))
            return redirect(meeting)
    context = {"form": form, "meeting": meeting, "mechanism": meeting.body.mechanism}
    return render(request, "committees/meeting_cancel.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_record(request: SignedInRequest, slug: str, body_slug: str) -> HttpResponse:
    """A meeting that was held before it was known here; then what its paper says (B26)."""
    body = find_body(request, slug, body_slug)
    require(can_convene_body(request.user, body))
    form = PastMeetingForm(request.POST or None, body=body)
    counts = HeadcountFormSet(request.POST or None, body=body)
    if request.method == "POST" and form.is_valid() and counts.is_valid():
        try:
            meeting = record_past_meeting(
                body, by=request.user, counts=counts.counts(), **form.content()
            )
        except Refusal as refusal:
            form.add_error("number" if isinstance(refusal, NumberTaken) else None, str(refusal))
        else:
            messages.success(request, _("Recorded."))
            if "type_in" in request.POST:
                return redirect("record-type-in", meeting.pk)
            return redirect(meeting)
    context = {
        "form": form,
        "counts": counts,
        "body": body,
        "mechanism": body.mechanism,
        "may_type_in": can_keep_body(request.user, body),
    }
    return render(request, "committees/meeting_record.html", context)


def find_body(request: HttpRequest, slug: str, body_slug: str) -> Body:
    """The body at this address as far as the visitor may see it, else 404."""
    bodies = Body.objects.visible_to(request.user).select_related("mechanism")
    return get_object_or_404(bodies, mechanism__slug=slug, slug=body_slug)


def find_meeting(request: HttpRequest, pk: int) -> Meeting:
    """The meeting as far as the visitor may know that there is one, else 404."""
    meetings = Meeting.objects.visible_to(request.user)
    return get_object_or_404(
        meetings.select_related("body__mechanism", "series", "entered_by"), pk=pk
    )


def items_of(user: Visitor, meeting: Meeting) -> Any:
    """The agenda as the user reads it, with its papers."""
    items = AgendaItem.objects.visible_to(user).filter(meeting=meeting).in_order()
    return items.select_related(
        "presented_by", "memo__mechanism", "escalation_step__escalation", "carried_from__meeting"
    ).prefetch_related(Prefetch("papers", Paper.objects.visible_to(user).in_full()))


def _has_begun(meeting: Meeting) -> bool:
    """Whether a quorum can be counted: the meeting is in session, or was held in due form."""
    return meeting.is_counted and meeting.has_begun


def _lists(request: HttpRequest, meetings: Any) -> dict[str, Any]:
    """Those to come and a page of the others, each with whether the visitor reads it."""
    now = timezone.now()
    full = meetings.select_related("body__mechanism").prefetch_related("joint_with")
    past = full.exclude(pk__in=meetings.to_come(at=now).order_by().values("pk"))
    page = Paginator(past.newest_first(), PER_PAGE).get_page(request.GET.get("page"))
    to_come = list(full.to_come(at=now)[:TO_COME])
    keys = [meeting.pk for meeting in [*to_come, *page]]
    readable = Meeting.objects.readable_by(request.user).filter(pk__in=keys)
    return {
        "to_come": to_come,
        "past": page,
        "readable": set(readable.values_list("pk", flat=True)),
    }


def _with_all_days(request: SignedInRequest, form: SeriesForm, body: Body) -> SeriesForm:
    """The form again, with every day that follows from it ticked."""
    data = request.POST.copy()
    data.setlist("days", [day.isoformat() for day in form.proposed()])
    return SeriesForm(data, body=body)


def _move_or_postpone(request: SignedInRequest, form: MoveForm, meeting: Meeting) -> str:
    """What is said of it once it has the new time, or none for now. Raises Refusal."""
    reason, seen = form.cleaned_data["reason"], form.cleaned_data["seen_version"]
    times = form.new_times()
    if times is None:
        postpone_meeting(meeting, by=request.user, reason=reason, seen_version=seen)
        return _("Postponed until a day is found.")
    moved = move_meeting(
        meeting, by=request.user, reason=reason, seen_version=seen,
        starts_at=times[0], ends_at=times[1],
    )  # fmt: skip
    return _("Moved: it is now on %(when)s.") % {"when": moved.when}


def _edit_conflict(
    request: SignedInRequest, mine: MeetingForm, meeting: Meeting
) -> tuple[MeetingForm, Conflict]:
    """The form as typed, in sight of what another has saved."""
    current = find_meeting(request, meeting.pk)
    theirs = MeetingForm(body=current.body, meeting=current)
    saved = Event.objects.about(current).filter(
        verb__in=["committees.meeting_edited", "committees.meeting_moved"]
    )
    data = merged(mine, theirs, current.version)
    again = MeetingForm(data, body=current.body, meeting=current)
    fields = differences(mine, theirs)
    return again, Conflict.since(saved.select_related("by").first(), fields)


def _version(pk: int) -> int:
    return Meeting.objects.values_list("version", flat=True).get(pk=pk)
