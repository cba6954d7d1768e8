"""How the events of `workplans` read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from coordination.services.events import register_sentences

SENTENCES = {
    "workplans.plan_created": _("%(who)s began the plan %(what)s"),
    "workplans.plan_edited": _("%(who)s edited the plan %(what)s"),
    "workplans.plan_signed": _("%(who)s recorded that %(what)s is signed"),
    "workplans.plan_started": _("%(who)s recorded that %(what)s is in implementation"),
    "workplans.plan_closed": _("%(who)s recorded that %(what)s is closed"),
    "workplans.plan_published": _("%(who)s published %(what)s"),
    "workplans.exemption_lifted": _("%(who)s lifted the exemption: %(what)s"),
    "workplans.activity_created": _("%(who)s added %(what)s to its plan"),
    "workplans.activity_edited": _("%(who)s edited %(what)s"),
    "workplans.activity_updated": _("%(who)s told the progress of %(what)s"),
    "workplans.indicator_created": _("%(who)s drafted the indicator %(what)s"),
    "workplans.indicator_edited": _("%(who)s edited the reference sheet of %(what)s"),
    "workplans.indicator_put_in_use": _("%(who)s put %(what)s in use"),
    "workplans.indicator_revised": _("%(who)s replaced the reference sheet of %(what)s"),
    "workplans.indicator_retired": _("%(who)s retired %(what)s"),
    "workplans.reporter_assigned": _("%(who)s named a reporter of %(what)s"),
    "workplans.reporter_released": _("%(who)s ended the duty of a reporter of %(what)s"),
    "workplans.target_set": _("%(who)s set the target %(what)s"),
    "workplans.target_revised": _("%(who)s revised the target %(what)s"),
    "workplans.baseline_set": _("%(who)s set the baseline %(what)s"),
}


def register() -> None:
    """Make them known to `events.describe`."""
    register_sentences(SENTENCES)
