"""Pause and reflect: what a plan's quarter taught, and all answers of a mechanism, searchable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Period
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.learning import (
    LearningAnswerForm,
    LearningSearchForm,
    SectorNarrativeForm,
)
from workplans.models import JointWorkPlan, LearningAnswer, LearningQuestion, SectorNarrative
from workplans.permissions.learning import can_reflect
from workplans.permissions.standing import can_see_work
from workplans.services.learning import (
    answer_question,
    questions_of,
    sectors_of,
    tell_sector_narrative,
    texts_of,
)
from workplans.services.plans import begun_periods

from .audits import find_mechanism
from .plans import find_plan

ANSWERS_A_PAGE = 20


@login_required
@require_safe
def plan_reflection(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """The newest quarter of the plan that has begun."""
    found = find_plan(request, slug, plan)
    require(can_see_work(request.user, found.mechanism))
    today = found.mechanism.today()
    for period in begun_periods(found, on=today)[:1]:
        return redirect("reflection", slug, plan, period.code)
    messages.warning(request, _("The plan’s first quarter has not begun yet."))
    return redirect(found)


@login_required
@require_safe
def reflection(request: SignedInRequest, slug: str, plan: str, period: str) -> HttpResponse:
    """What stands for the quarter's review: each question, and each sector, with who may write."""
    found = find_plan(request, slug, plan)
    require(can_see_work(request.user, found.mechanism))
    quarter = get_object_or_404(Period, code=period)
    rows = SectorNarrative.objects.filter(plan=found, period=quarter)
    told = {row.sector_id: row for row in rows}
    heads = [(head.value, head.label) for head in SectorNarrative.Head]
    sectors = [
        (sector, [(label, texts_of(told.get(sector.pk))[head]) for head, label in heads])
        for sector in sectors_of(found)
    ]
    today = found.mechanism.today()
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "period": quarter,
        "label": found.calendar.label(quarter),
        "periods": begun_periods(found, on=today),
        "questions": questions_of(found, quarter),
        "sectors": sectors,
        "can_reflect": can_reflect(request.user, found),
    }
    return render(request, "workplans/reflection.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def learning_answer(
    request: SignedInRequest, slug: str, plan: str, *, period: str, number: int
) -> HttpResponse:
    """Answer one question."""
    found, quarter = find_quarter(request, slug, plan, period)
    asked = LearningQuestion.objects.filter(mechanism=found.mechanism_id)
    question = get_object_or_404(asked, number=number)
    answers = LearningAnswer.objects.visible_to(request.user).select_related("by")
    writing = Writing(
        question.text,
        LearningAnswerForm,
        answers.filter(question=question, plan=found, period=quarter),
        partial(answer_question, question, found, quarter),
    )
    return write(request, found, quarter, writing)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sector_narrative(
    request: SignedInRequest, slug: str, plan: str, *, period: str, sector: int
) -> HttpResponse:
    """What a sector says of the quarter."""
    found, quarter = find_quarter(request, slug, plan, period)
    told = next((each for each in sectors_of(found) if each.pk == sector), None)
    if told is None:
        return redirect("reflection", slug, plan, period)
    narratives = SectorNarrative.objects.filter(plan=found, period=quarter, sector=told)
    writing = Writing(
        told.name,
        SectorNarrativeForm,
        narratives.select_related("by"),
        partial(tell_sector_narrative, found, quarter, told),
    )
    return write(request, found, quarter, writing)


@dataclass(frozen=True)
class Writing:
    """One piece of pause and reflect: its form, the one row that it may have, and its service."""

    heading: str
    form: type[LearningAnswerForm | SectorNarrativeForm]
    rows: QuerySet[Any]
    save: Callable[..., object]


def write(
    request: SignedInRequest, plan: JointWorkPlan, quarter: Period, writing: Writing
) -> HttpResponse:
    """The page on which it is written, and saved; a second writer is shown both texts (R27)."""
    form = writing.form(request.POST or None, told=writing.rows.first())
    conflict = None
    if request.method == "POST" and form.is_valid():
        try:
            writing.save(by=request.user, **form.content())
        except EditedMeanwhile:
            current = writing.rows.get()
            theirs = writing.form(told=current)
            conflict = Conflict(current.by, current.at, differences(form, theirs))
            form.data = merged(form, theirs, current.version)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("reflection", plan.mechanism.slug, plan.slug, quarter.code)
    context = {
        "form": form,
        "conflict": conflict,
        "heading": writing.heading,
        "period": quarter,
        "plan": plan,
        "mechanism": plan.mechanism,
    }
    return render(request, "workplans/reflection_form.html", context)


def find_quarter(
    request: SignedInRequest, slug: str, plan: str, period: str
) -> tuple[JointWorkPlan, Period]:
    """The plan that the visitor may reflect on, and the quarter; else 404 or 403."""
    found = find_plan(request, slug, plan)
    require(can_reflect(request.user, found))
    return found, get_object_or_404(Period, code=period)


@login_required
@require_safe
def learning_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Every answer of the mechanism's plans, searched by words."""
    mechanism = find_mechanism(request, slug)
    require(can_see_work(request.user, mechanism))
    form = LearningSearchForm(request.GET)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    answers = (
        LearningAnswer.objects.visible_to(request.user)
        .filter(plan__mechanism=mechanism)
        .exclude(text="")
        .with_words(text)
        .select_related("question", "plan__mechanism", "period")
        .order_by("-period__starts_on", "plan__title", "question__number")
    )
    page = Paginator(answers, ANSWERS_A_PAGE).get_page(request.GET.get("page"))
    context = {"mechanism": mechanism, "form": form, "page": page, "text": text}
    return render(request, "workplans/learning_list.html", context)
