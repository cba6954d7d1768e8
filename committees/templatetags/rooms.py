"""Which rooms of a mechanism's committees a visitor finds."""

from django import template
from django.template import RequestContext

from coordination.models import Mechanism

register = template.Library()


@register.simple_tag(takes_context=True)
def takes_part(context: RequestContext, slug: str) -> bool:
    """Whether the visitor takes part in the mechanism: some rooms are not for the public."""
    return Mechanism.objects.taking_part(context.request.user).filter(slug=slug).exists()
