"""Who reads what a body keeps: its meetings' papers and minutes, its documents."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.models import Visitor, sees_mechanism, takes_part_in

from .seat import bodies_read_by


class Access(models.TextChoices):
    PUBLIC = "public", _("Everyone")
    MEMBERS = "members", _("Whoever takes part in the mechanism")
    BODY = "body", _("Whoever sits on the body")


def reads_less(access: str, other: str) -> bool:
    """Whether fewer people read what has ``access`` than what has the ``other``."""
    ranks = [Access.BODY, Access.MEMBERS, Access.PUBLIC]
    return ranks.index(Access(access)) < ranks.index(Access(other))


def readable_by(user: Visitor, *, mechanism: str, body: str, access: str = "access") -> Q:
    """The condition that a thing's access lets ``user`` read it (R24, domain 1.33).

    The arguments are the fields that lead from the thing to its mechanism, body and access. A
    mechanism's secretariat reads what all its bodies keep; an administrator nothing by that.
    """
    public = Q(**{access: Access.PUBLIC}) & sees_mechanism(user, mechanism)
    shared = Q(**{access: Access.MEMBERS, f"{mechanism}__in": takes_part_in(user)})
    return public | shared | Q(**{f"{body}__in": bodies_read_by(user)})
