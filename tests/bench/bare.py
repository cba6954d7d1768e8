"""The floor of a page: the same middleware and session, one query, as many rows, no more."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template import engines

from reporting.models import Total
from reporting.services.totals import COLUMNS

PAGE = engines["django"].from_string(
    "<!doctype html><title>Bare</title><h1>{{ request.user }}</h1><table>{% for row in rows %}"
    "<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
)
SHOWN = ("pk", "version", "place", "period", *COLUMNS[:4])


@login_required
def bare(request: HttpRequest, rows: int) -> HttpResponse:
    """A table of the first ``rows`` totals."""
    found = Total.objects.order_by("pk").values_list(*SHOWN)[:rows]
    return HttpResponse(PAGE.render({"rows": found}, request))
