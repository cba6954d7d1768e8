"""Two bodies side by side: who sits on them and what they do, with what they share (S27)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from committees.forms.terms import PairForm
from committees.models import Body
from committees.services.bodies import quorum_in_words
from committees.services.comparison import compare_lists, composition_of, duties_of
from coordination.models import Mechanism


@require_safe
def body_compare(request: HttpRequest, slug: str) -> HttpResponse:
    """The composition and the duties of two bodies, overlaps marked."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    bodies = Body.objects.visible_to(request.user).filter(mechanism=mechanism)
    bodies = bodies.select_related("mechanism", "place", "parent", "reports_to")
    form = PairForm(bodies.in_order(), request.GET or None, by="slug")
    pair = form.pair()
    context = {"mechanism": mechanism, "form": form, "pair": pair}
    if pair:
        today = mechanism.today()
        context |= {
            "composition": compare_lists(*(composition_of(body, on=today) for body in pair)),
            "duties": compare_lists(*(duties_of(body) for body in pair)),
            "quorums": [quorum_in_words(body) for body in pair],
        }
    return render(request, "committees/body_compare.html", context)
