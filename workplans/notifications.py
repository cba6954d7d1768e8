"""Whom the deeds of `workplans` are told, and of what; each person once an occasion."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    COUNTY_ROLES,
    PARTNER_ROLES,
    Mail,
    Mechanism,
    Membership,
    Office,
    Organisation,
    Place,
    Role,
    User,
)
from coordination.models.office import OfficeQuerySet
from coordination.services.mail import post
from workplans.models import (
    Activity,
    ActivityComment,
    ActivityUpdate,
    Commitment,
    EventFollowUp,
    IndicatorVersion,
    JointWorkPlan,
    Nudge,
    Obligation,
    Overlap,
    Phase,
    PlanVersion,
    Result,
    ResultDecision,
    RoleOverlap,
    Signature,
    UpdateChase,
)
from workplans.models.commitment import COUNTY_TYPES

EMAILS = "workplans/emails"
# As many as a letter names; the others are counted.
OVERLAPS_NAMED = 10


def reporters_of(organisation: Organisation, *, at: dt.datetime) -> list[User]:
    """Those who fill in the organisation's reports."""
    held = Office.objects.held(on=timezone.localdate(at)).of(*PARTNER_ROLES)
    return _holders(held.filter(organisation=organisation))


def verifiers_in(place: Place, mechanism: Mechanism, *, at: dt.datetime) -> list[User]:
    """Those who verify what is reported in the place to the mechanism."""
    held = Office.objects.held(on=timezone.localdate(at)).of(Role.COUNTY_FOCAL_POINT)
    return _holders(held.at(place).counting_in(mechanism))


def tell_of_opening(obligation: Obligation, *, at: dt.datetime) -> None:
    """Tell the reporters that a report is due, and by when."""
    post(
        f"obligation-opened:{obligation.pk}",
        reporters_of(obligation.organisation, at=at),
        subject=_("Report for %(period)s is due on %(day)s") % _names(obligation),
        template=f"{EMAILS}/obligation_opened.txt",
        context={"obligation": obligation},
        at=at,
    )


def tell_of_due_day(obligation: Obligation, *, at: dt.datetime) -> None:
    """Remind the reporters that the last day is near."""
    post(
        f"obligation-due:{obligation.pk}:{obligation.last_day}",
        reporters_of(obligation.organisation, at=at),
        subject=_("Report for %(period)s is due on %(day)s") % _names(obligation),
        template=f"{EMAILS}/obligation_due.txt",
        context={"obligation": obligation},
        at=at,
    )


def tell_of_overdue(obligation: Obligation, *, at: dt.datetime) -> None:
    """Tell the reporters that the last day has passed without their report."""
    post(
        f"obligation-overdue:{obligation.pk}:{obligation.last_day}",
        reporters_of(obligation.organisation, at=at),
        subject=_("Report for %(period)s is overdue") % _names(obligation),
        template=f"{EMAILS}/obligation_overdue.txt",
        context={"obligation": obligation},
        at=at,
    )


def tell_of_reminder(obligation: Obligation, *, at: dt.datetime) -> None:
    """Tell the reporters that the secretariat asks for the report; once a day."""
    post(
        f"obligation-reminded:{obligation.pk}:{obligation.reminded_on}",
        reporters_of(obligation.organisation, at=at),
        subject=_("The secretariat asks for your report for %(period)s") % _names(obligation),
        template=f"{EMAILS}/obligation_reminded.txt",
        context={"obligation": obligation, "is_overdue": obligation.is_overdue(at=at)},
        at=at,
    )


def tell_of_extension(obligation: Obligation, *, at: dt.datetime) -> None:
    """Tell the reporters the new last day."""
    post(
        f"obligation-extended:{obligation.pk}:{obligation.last_day}",
        reporters_of(obligation.organisation, at=at),
        subject=_("Report for %(period)s: extended to %(day)s") % _names(obligation),
        template=f"{EMAILS}/obligation_extended.txt",
        context={"obligation": obligation},
        at=at,
    )


def tell_of_exemption(obligation: Obligation, *, at: dt.datetime) -> None:
    """Tell the reporters that nothing is due; anew when it was due again in between."""
    post(
        f"obligation-exempted:{obligation.pk}:{at.isoformat()}",
        reporters_of(obligation.organisation, at=at),
        subject=_("Report for %(period)s: exempt") % _names(obligation),
        template=f"{EMAILS}/obligation_exempted.txt",
        context={"obligation": obligation},
        at=at,
    )


def tell_of_lifted_exemption(obligation: Obligation, reason: str, *, at: dt.datetime) -> None:
    """Tell the reporters that the report is due after all, and by when."""
    post(
        f"exemption-lifted:{obligation.pk}:{at.isoformat()}",
        reporters_of(obligation.organisation, at=at),
        subject=_("Report for %(period)s: no longer exempt") % _names(obligation),
        template=f"{EMAILS}/exemption_lifted.txt",
        context={
            "obligation": obligation,
            "reason": reason,
            "is_overdue": obligation.is_overdue(at=at),
        },
        at=at,
    )


def tell_of_submission(
    obligation: Obligation, results: Iterable[Result], *, at: dt.datetime
) -> None:
    """Tell each verifier in one letter how many values wait, and in which places."""
    counts = Counter(result.stream.place for result in results)
    waiting: defaultdict[User, list[Place]] = defaultdict(list)
    for place in counts:
        for verifier in verifiers_in(place, obligation.mechanism, at=at):
            waiting[verifier].append(place)
    for verifier, places in waiting.items():
        post(
            f"report-submitted:{obligation.pk}:{verifier.pk}:{at.isoformat()}",
            [verifier],
            subject=_("%(organisation)s has reported for %(period)s") % _names(obligation),
            template=f"{EMAILS}/report_submitted.txt",
            context={
                "obligation": obligation,
                "places": ", ".join(sorted(map(str, places))),
                "count": sum(counts[place] for place in places),
            },
            at=at,
        )


def tell_of_return(decision: ResultDecision, *, at: dt.datetime) -> None:
    """Tell the reporters which value came back, and why."""
    result = decision.result
    post(
        f"result-returned:{decision.pk}",
        reporters_of(result.stream.organisation, at=at),
        subject=_("Returned to you: %(indicator)s, %(place)s")
        % {"indicator": result.stream.version.indicator.code, "place": result.stream.place},
        template=f"{EMAILS}/result_returned.txt",
        context={"result": result, "reason": decision.reason},
        at=at,
    )


def tell_of_verification(results: Iterable[Result], *, at: dt.datetime) -> None:
    """Tell the reporters, once nothing of theirs in that period is open any more."""
    reports = {
        (
            result.stream.organisation,
            result.period,
            result.stream.version.indicator.mechanism,
        )
        for result in results
    }
    for organisation, period, mechanism in reports:
        of_report = Result.objects.of_mechanism(mechanism).filter(
            stream__organisation=organisation, period=period
        )
        if of_report.filter(state__in=Result.OPEN_STATES).exists():
            continue
        post(
            f"report-verified:{mechanism.pk}:{organisation.pk}:{period.pk}:{at.isoformat()}",
            reporters_of(organisation, at=at),
            subject=_("Your values for %(period)s are verified") % {"period": period},
            template=f"{EMAILS}/report_verified.txt",
            context={
                "mechanism": mechanism,
                "period": period,
                "organisation": organisation,
                "count": of_report.verified().count(),
            },
            at=at,
        )


def tell_of_restatement(revision: Result, *, at: dt.datetime) -> None:
    """Tell the place's verifiers that a verified value shall be corrected."""
    stream, indicator = revision.stream, revision.stream.version.indicator
    post(
        f"result-restated:{revision.pk}",
        verifiers_in(stream.place, indicator.mechanism, at=at),
        subject=_("%(organisation)s restates %(indicator)s")
        % {"organisation": stream.organisation, "indicator": indicator.code},
        template=f"{EMAILS}/result_restated.txt",
        context={"result": revision},
        at=at,
    )


def tell_of_withdrawal(decision: ResultDecision, *, at: dt.datetime) -> None:
    """Tell the reporters and the place's verifiers that a value is missing from now on."""
    result = decision.result
    stream, indicator = result.stream, result.stream.version.indicator
    concerned = {
        *reporters_of(stream.organisation, at=at),
        *verifiers_in(stream.place, indicator.mechanism, at=at),
    }
    post(
        f"result-withdrawn:{result.pk}",
        concerned,
        subject=_("Withdrawn: %(indicator)s, %(place)s")
        % {"indicator": indicator.code, "place": stream.place},
        template=f"{EMAILS}/result_withdrawn.txt",
        context={"result": result, "reason": decision.reason},
        at=at,
    )


def tell_of_new_plan(plan: JointWorkPlan, *, at: dt.datetime) -> None:
    """Tell the officials of the place and the members, who enter what they will do."""
    today = timezone.localdate(at)
    held = Office.objects.held(on=today)
    members = Membership.objects.current(on=today).filter(mechanism=plan.mechanism)
    partners = held.of(*PARTNER_ROLES).filter(organisation__in=members.values("organisation"))
    post(
        f"plan-created:{plan.pk}",
        _holders(partners | held.of(*COUNTY_ROLES).at(plan.place).counting_in(plan.mechanism)),
        subject=_("A plan is begun: %(plan)s") % {"plan": plan},
        template=f"{EMAILS}/plan_created.txt",
        context={"plan": plan},
        at=at,
    )


def tell_of_plan_state(plan: JointWorkPlan, note: str, *, at: dt.datetime) -> None:
    """Tell those whose activities stand in the plan, and the officials of its place."""
    held = Office.objects.held(on=timezone.localdate(at))
    leads = held.of(*PARTNER_ROLES).filter(organisation__in=plan.activities.values("lead"))
    post(
        f"plan-state:{plan.pk}:{plan.state}:{at.isoformat()}",
        _holders(leads | held.of(*COUNTY_ROLES).at(plan.place).counting_in(plan.mechanism)),
        subject=_("%(state)s: %(plan)s") % {"state": plan.get_state_display(), "plan": plan},
        template=f"{EMAILS}/plan_state.txt",
        context={"plan": plan, "note": note},
        at=at,
    )


def tell_of_published_plan(plan: JointWorkPlan, *, at: dt.datetime) -> None:
    """Tell those whose activities stand in the plan that everyone can read it now."""
    held = Office.objects.held(on=timezone.localdate(at)).of(*PARTNER_ROLES)
    post(
        f"plan-published:{plan.pk}",
        _holders(held.filter(organisation__in=plan.activities.values("lead"))),
        subject=_("Public now: %(plan)s") % {"plan": plan},
        template=f"{EMAILS}/plan_published.txt",
        context={"plan": plan},
        at=at,
    )


def tell_signatories(version: PlanVersion, *, at: dt.datetime) -> None:
    """Tell those who can sign in the portal that a version waits for them."""
    plan = version.plan
    held = Office.objects.held(on=timezone.localdate(at))
    owed = {
        side: version.signatures.filter(side=side).values("organisation")
        for side in Signature.Side.values
    }
    officials = held.of(Role.COUNTY_FOCAL_POINT).at(plan.place).counting_in(plan.mechanism)
    partners = held.of(Role.PARTNER_SIGNATORY).filter(organisation__in=owed[Signature.Side.PARTNER])
    donors = held.of(Role.DONOR_OFFICER).filter(organisation__in=owed[Signature.Side.DONOR])
    post(
        f"version-frozen:{version.pk}",
        _holders(officials | partners | donors),
        subject=_("To be signed: %(plan)s") % {"plan": plan},
        template=f"{EMAILS}/version_frozen.txt",
        context={"version": version, "plan": plan},
        at=at,
    )


GATES = {
    "gate_requested": _("Gate requested: %(phase)s"),
    "gate_passed": _("Passed: %(phase)s"),
    "gate_sent_back": _("Sent back: %(phase)s"),
}


def tell_of_gate(phase: Phase, deed: str, lines: Iterable[str], *, at: dt.datetime) -> None:
    """Tell the focal points of the place and the secretariat, who decide on a phase together."""
    plan = phase.plan
    held = Office.objects.held(on=timezone.localdate(at))
    officials = held.of(Role.COUNTY_FOCAL_POINT).at(plan.place).counting_in(plan.mechanism)
    clerks = held.of(Role.SECRETARIAT).filter(mechanism=plan.mechanism)
    post(
        f"{deed}:{phase.pk}:{at.isoformat()}",
        _holders(officials | clerks),
        subject=GATES[deed] % {"phase": phase},
        template=f"{EMAILS}/gate.txt",
        context={"phase": phase, "plan": plan, "deed": deed, "lines": list(lines)},
        at=at,
    )


def tell_of_activity_off_course(update: ActivityUpdate, *, at: dt.datetime) -> None:
    """Tell the officials of its counties and the secretariat, who can help while there is time."""
    activity = update.activity
    held = Office.objects.held(on=timezone.localdate(at))
    above = {path for place in activity.places.all() for path in place.path_and_above}
    officials = held.of(*COUNTY_ROLES).filter(place__path__in=above)
    officials = officials.counting_in(activity.plan.mechanism)
    clerks = held.of(Role.SECRETARIAT).filter(mechanism=activity.plan.mechanism)
    post(
        f"activity-off-course:{update.pk}:{update.status}",
        _holders(officials | clerks),
        subject=_("%(status)s: %(activity)s")
        % {"status": update.get_status_display(), "activity": activity},
        template=f"{EMAILS}/activity_off_course.txt",
        context={"update": update, "activity": activity},
        at=at,
    )


def tell_of_activity_put_forward(activity: Activity, *, at: dt.datetime) -> None:
    """Ask the officials of the plan's place to confirm what the lead says of it."""
    post(
        f"activity-put-forward:{activity.pk}:{activity.awaiting}:{at.isoformat()}",
        verifiers_in(activity.plan.place, activity.plan.mechanism, at=at),
        subject=_("For you to confirm: %(activity)s") % {"activity": activity},
        template=f"{EMAILS}/activity_put_forward.txt",
        context={"activity": activity},
        at=at,
    )


def tell_of_activity_answered(activity: Activity, *, is_confirmed: bool, at: dt.datetime) -> None:
    """Tell the lead whether the county confirms what it has said."""
    said = _("Confirmed: %(activity)s") if is_confirmed else _("Sent back: %(activity)s")
    post(
        f"activity-answered:{activity.pk}:{at.isoformat()}",
        reporters_of(activity.lead, at=at),
        subject=said % {"activity": activity},
        template=f"{EMAILS}/activity_answered.txt",
        context={"activity": activity, "is_confirmed": is_confirmed},
        at=at,
    )


def tell_of_activity_moved(
    activity: Activity,
    *,
    by: User,
    reason: str,
    carried: Collection[Commitment] = (),
    at: dt.datetime,
) -> None:
    """Tell those who count on it: co-implementers, the lead of what it is merged into, officials.

    Whose commitments are ``carried`` with it too. Whoever did it is not told.
    """
    held = Office.objects.held(on=timezone.localdate(at))
    concerned = {activity.lead_id, *activity.partners.values_list("organisation", flat=True)}
    if activity.merged_into is not None:
        concerned.add(activity.merged_into.lead_id)
    concerned |= {commitment.organisation_id for commitment in carried}
    partners = held.of(*PARTNER_ROLES).filter(organisation__in=concerned)
    officials = held.of(*COUNTY_ROLES).at(activity.plan.place)
    officials = officials.counting_in(activity.plan.mechanism)
    clerks = held.of(Role.SECRETARIAT).filter(mechanism=activity.plan.mechanism)
    post(
        f"activity-moved:{activity.pk}:{activity.status}:{at.isoformat()}",
        [person for person in _holders(partners | officials | clerks) if person != by],
        subject=_("%(status)s: %(activity)s")
        % {"status": activity.get_status_display(), "activity": activity},
        template=f"{EMAILS}/activity_moved.txt",
        context={"activity": activity, "reason": reason, "carried": carried},
        at=at,
    )


def tell_of_activity_comment(comment: ActivityComment, *, at: dt.datetime) -> None:
    """Tell the lead what was said of its activity, and ask for its answer."""
    post(
        f"activity-commented:{comment.pk}",
        [person for person in reporters_of(comment.activity.lead, at=at) if person != comment.by],
        subject=_("A comment on %(activity)s") % {"activity": comment.activity},
        template=f"{EMAILS}/activity_commented.txt",
        context={"comment": comment, "activity": comment.activity},
        at=at,
    )


def tell_of_comment_answered(comment: ActivityComment, *, at: dt.datetime) -> None:
    """Tell whoever commented whether it is accepted, and why."""
    post(
        f"activity-comment-answered:{comment.pk}",
        [comment.by],
        subject=_("Your comment is answered: %(activity)s") % {"activity": comment.activity},
        template=f"{EMAILS}/activity_comment_answered.txt",
        context={"comment": comment, "activity": comment.activity},
        at=at,
    )


def signatories_of(commitment: Commitment, *, at: dt.datetime) -> list[User]:
    """Those who may confirm it today; nobody of the mechanism's secretariat (R25)."""
    organisation, mechanism = commitment.organisation, commitment.activity.plan.mechanism
    held = Office.objects.held(on=timezone.localdate(at))
    signing = held.of(Role.PARTNER_SIGNATORY).filter(organisation=organisation)
    if organisation.type in COUNTY_TYPES and organisation.place_id:
        answering = held.of(Role.COUNTY_FOCAL_POINT).filter(place=organisation.place_id)
        signing |= answering.counting_in(mechanism)
    clerks = held.of(Role.SECRETARIAT).filter(mechanism=mechanism)
    return _holders(signing.exclude(holder__in=clerks.values("holder")))


def tell_signatory(commitment: Commitment, *, at: dt.datetime) -> None:
    """Ask who signs for the organisation to confirm it, in whole or in part."""
    post(
        f"commitment-asked:{commitment.pk}:{commitment.version}",
        signatories_of(commitment, at=at),
        subject=_("To confirm: %(amount)s for %(activity)s")
        % {"amount": commitment.amount, "activity": commitment.activity},
        template=f"{EMAILS}/commitment_asked.txt",
        context={"commitment": commitment, "activity": commitment.activity},
        at=at,
    )


def tell_signatory_again(commitment: Commitment, *, at: dt.datetime) -> None:
    """Tell who signs that the day is past on which a decision was expected; once a day named."""
    post(
        f"commitment-late:{commitment.pk}:{commitment.expected_on}",
        signatories_of(commitment, at=at),
        subject=_("Still to confirm: %(amount)s for %(activity)s")
        % {"amount": commitment.unconfirmed, "activity": commitment.activity},
        template=f"{EMAILS}/commitment_asked.txt",
        context={"commitment": commitment, "activity": commitment.activity},
        at=at,
    )


def tell_of_commitment(commitment: Commitment, *, at: dt.datetime) -> None:
    """Tell the organisation's officers, the activity's lead and the county what is confirmed."""
    post(
        f"commitment-confirmed:{commitment.pk}:{commitment.confirmed_minor}",
        _concerned_by(commitment, at=at),
        subject=_("Confirmed: %(amount)s for %(activity)s")
        % {"amount": commitment.confirmed, "activity": commitment.activity},
        template=f"{EMAILS}/commitment_confirmed.txt",
        context={"commitment": commitment, "activity": commitment.activity},
        at=at,
    )


def tell_of_commitment_withdrawn(commitment: Commitment, *, at: dt.datetime) -> None:
    """Tell the same people that it will not come, and why."""
    post(
        f"commitment-withdrawn:{commitment.pk}",
        _concerned_by(commitment, at=at),
        subject=_("Withdrawn: %(amount)s for %(activity)s")
        % {"amount": commitment.amount, "activity": commitment.activity},
        template=f"{EMAILS}/commitment_withdrawn.txt",
        context={"commitment": commitment, "activity": commitment.activity},
        at=at,
    )


def _concerned_by(commitment: Commitment, *, at: dt.datetime) -> list[User]:
    activity = commitment.activity
    held = Office.objects.held(on=timezone.localdate(at))
    reporting = held.of(*PARTNER_ROLES)
    reporting = reporting.filter(organisation__in=[commitment.organisation_id, activity.lead_id])
    above = {path for place in activity.places.all() for path in place.path_and_above}
    officials = held.of(Role.COUNTY_FOCAL_POINT).filter(place__path__in=above)
    return _holders(reporting | officials.counting_in(activity.plan.mechanism))


def tell_of_overlap_ahead(
    other: Activity,
    place: Place,
    *,
    lead: int,
    code: str,
    title: str,
    by: User,
    at: dt.datetime,
) -> None:
    """Tell the other lead and the county's focal points of an activity about to be saved (R13)."""
    mechanism = other.plan.mechanism
    concerned = {*reporters_of(other.lead, at=at), *verifiers_in(place, mechanism, at=at)}
    post(
        overlap_ahead_key(other, lead, code),
        [person for person in concerned if person != by],
        subject=_("Possible overlap with %(activity)s") % {"activity": other},
        template=f"{EMAILS}/overlap_ahead.txt",
        context={
            "other": other,
            "place": place,
            "lead": Organisation.objects.get(pk=lead),
            "code": code,
            "title": title,
        },
        at=at,
    )


def overlap_ahead_key(other: Activity, lead: int, code: str) -> str:
    """The occasion on which people are told of an activity that is not saved yet."""
    return f"overlap-ahead:{other.pk}:{lead}:{code}"


def tell_of_overlap(overlap: Overlap, *, at: dt.datetime) -> None:
    """Ask the focal points to decide; tell the leads, unless they were told before it was saved."""
    concerned = set(verifiers_in(overlap.place, overlap.mechanism, at=at))
    sides = ((overlap.first, overlap.second), (overlap.second, overlap.first))
    told = Mail.objects.filter(
        key__in=[overlap_ahead_key(one, other.lead_id, other.code) for one, other in sides]
    )
    if not told.exists():
        for one, _other in sides:
            concerned |= set(reporters_of(one.lead, at=at))
    post(
        f"overlap:{overlap.pk}",
        concerned,
        subject=_("Possible overlap: %(overlap)s") % {"overlap": overlap},
        template=f"{EMAILS}/overlap.txt",
        context={"overlap": overlap},
        at=at,
    )


def tell_of_overlaps(mechanism: Mechanism, overlaps: Iterable[Overlap], *, at: dt.datetime) -> None:
    """Tell each person concerned in one letter which an import has brought, and how many."""
    found = {overlap.pk: overlap for overlap in overlaps}
    met = {key for each in found.values() for key in (each.first_id, each.second_id)}
    leads = dict(Activity.objects.filter(pk__in=met).values_list("pk", "lead"))
    organisations = Organisation.objects.in_bulk(set(leads.values()))
    leading = {pk: reporters_of(one, at=at) for pk, one in organisations.items()}
    places = {overlap.place for overlap in found.values()}
    deciding = {place: verifiers_in(place, mechanism, at=at) for place in places}
    concerned: defaultdict[User, list[int]] = defaultdict(list)
    for overlap in found.values():
        sides = (leads[overlap.first_id], leads[overlap.second_id])
        people = {person for lead in sides for person in leading[lead]}
        for person in people | set(deciding[overlap.place]):
            concerned[person].append(overlap.pk)
    named = {pk for theirs in concerned.values() for pk in theirs[:OVERLAPS_NAMED]}
    full = Overlap.objects.in_full().in_bulk(named)
    for person, theirs in concerned.items():
        post(
            f"overlaps:{mechanism.pk}:{at.isoformat()}",
            [person],
            subject=_("Possible overlaps in %(mechanism)s: %(count)d")
            % {"mechanism": mechanism, "count": len(theirs)},
            template=f"{EMAILS}/overlaps.txt",
            context={
                "mechanism": mechanism,
                "count": len(theirs),
                "overlaps": [full[pk] for pk in theirs[:OVERLAPS_NAMED]],
            },
            at=at,
        )


def tell_of_overlap_decision(overlap: Overlap | RoleOverlap, *, at: dt.datetime) -> None:
    """Tell both lead organisations what is decided; of bodies, the mechanism's secretariat."""
    if isinstance(overlap, Overlap):
        concerned = {
            *reporters_of(overlap.first.lead, at=at),
            *reporters_of(overlap.second.lead, at=at),
        }
    else:
        held = Office.objects.held(on=timezone.localdate(at)).of(Role.SECRETARIAT)
        concerned = set(_holders(held.filter(mechanism=overlap.mechanism)))
    kind = "overlap" if isinstance(overlap, Overlap) else "role-overlap"
    post(
        f"{kind}-decided:{overlap.pk}:{at.isoformat()}",
        concerned,
        subject=_("%(decision)s: %(overlap)s")
        % {"decision": overlap.get_decision_display(), "overlap": overlap},
        template=f"{EMAILS}/overlap_decided.txt",
        context={"overlap": overlap},
        at=at,
    )


def tell_of_indicator_revision(version: IndicatorVersion, *, at: dt.datetime) -> None:
    """Tell those who report the indicator that they count by a new sheet."""
    held = Office.objects.held(on=timezone.localdate(at)).of(*PARTNER_ROLES)
    post(
        f"indicator-revised:{version.pk}",
        _holders(held.filter(organisation__in=version.streams.values("organisation"))),
        subject=_("New version: %(indicator)s") % {"indicator": version.indicator},
        template=f"{EMAILS}/indicator_revised.txt",
        context={"version": version, "indicator": version.indicator},
        at=at,
    )


def tell_of_indicator_retirement(
    version: IndicatorVersion, reporters: Iterable[Organisation], *, at: dt.datetime
) -> None:
    """Tell those whose duty ends with it up to when they report the indicator."""
    held = Office.objects.held(on=timezone.localdate(at)).of(*PARTNER_ROLES)
    post(
        f"indicator-retired:{version.pk}:{at.isoformat()}",
        _holders(held.filter(organisation__in=reporters)),
        subject=_("Retired: %(indicator)s") % {"indicator": version.indicator},
        template=f"{EMAILS}/indicator_retired.txt",
        context={"version": version, "indicator": version.indicator},
        at=at,
    )


def _holders(offices: OfficeQuerySet) -> list[User]:
    return list(User.objects.filter(offices__in=offices).distinct().order_by("pk"))


def _names(obligation: Obligation) -> dict[str, object]:
    return {
        "organisation": obligation.organisation,
        "period": obligation.period,
        "day": date_format(obligation.last_day),
    }


def tell_of_follow_up(follow_up: EventFollowUp, *, at: dt.datetime) -> None:
    """Tell the organisation that an event asks something of it."""
    event = follow_up.event
    post(
        f"event-follow-up:{follow_up.pk}",
        reporters_of(follow_up.owner, at=at),
        subject=_("Asked of you after %(event)s") % {"event": event},
        template=f"{EMAILS}/event_follow_up.txt",
        context={"follow_up": follow_up, "event": event, "activity": event.activity},
        at=at,
    )


def tell_of_missing_updates(chase: UpdateChase, codes: Iterable[str], *, at: dt.datetime) -> None:
    """Tell the organisation which updates the secretariat asks for; once a day."""
    post(
        f"updates-chased:{chase.pk}",
        reporters_of(chase.organisation, at=at),
        subject=_("The secretariat asks for your progress updates for %(period)s")
        % {"period": chase.period},
        template=f"{EMAILS}/updates_chased.txt",
        context={"chase": chase, "plan": chase.plan, "codes": ", ".join(codes)},
        at=at,
    )


def officials_of(department: Organisation, mechanism: Mechanism, *, at: dt.datetime) -> list[User]:
    """Who works for the department in an office that counts in the mechanism.

    Of a department without any, those of the government that it is part of.
    """
    day = timezone.localdate(at)
    held = Office.objects.giving_rights_in(mechanism, on=day).held(on=day)
    own = _holders(held.filter(organisation=department))
    if own or department.parent_id is None:
        return own
    return _holders(held.filter(organisation=department.parent_id))


def tell_department(
    nudge: Nudge, official: User, things: Iterable[str], *, at: dt.datetime
) -> None:
    """Tell one official what waits for the department, as far as that official sees it (P9)."""
    post(
        f"department-nudged:{nudge.pk}",
        [official],
        subject=_("%(champion)s asks %(department)s: %(plan)s")
        % {"champion": nudge.seat, "department": nudge.department, "plan": nudge.plan},
        template=f"{EMAILS}/department_nudged.txt",
        context={"nudge": nudge, "plan": nudge.plan, "things": list(things)},
        at=at,
    )
