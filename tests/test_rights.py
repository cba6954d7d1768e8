"""The rights matrix: every address, for every role and method, as rights.toml says."""

from __future__ import annotations

import copy
import datetime as dt
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
from django.contrib.admin import site
from django.db import transaction
from django.template.backends.django import Template
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from committees.models import Appointment, Correction, Meeting, Minutes, Participant, Terms
from committees.services.calling import token_of
from committees.services.feeds import open_feed
from committees.services.printouts import request_printout
from coordination.models import (
    Invitation,
    Office,
    Role,
    StoredFile,
    hash_token,
    standing_asked_once,
)
from tests.conftest import CAST
from tests.factories.committees import (
    ActionItemFactory,
    AgendaItemFactory,
    AlertFactory,
    AppointmentFactory,
    CadenceAlarmFactory,
    CapacityFactory,
    DecisionFactory,
    DocumentFactory,
    EscalationFactory,
    GrantFactory,
    MeetingFactory,
    MemoFactory,
    NominationFactory,
    NotificationFactory,
    ParticipantFactory,
    PerformanceReviewFactory,
    PlannedMeetingFactory,
    SeatFactory,
    TermsFactory,
    made_printout,
)
from tests.factories.coordination import MechanismFactory, OfficeFactory, SectorFactory
from tests.factories.plans import (
    ActivityEventFactory,
    AuditFactory,
    BottleneckFactory,
    EventFollowUpFactory,
    FrameworkFactory,
    IntendedResultFactory,
    LearningQuestionFactory,
    PhaseFactory,
    PlanningCalendarFactory,
    PlanningDocumentFactory,
    PlanningEventFactory,
    PlanningLineFactory,
    RiskFactory,
)
from tests.factories.reporting import ReportFactory, ReviewFactory, made_edition, made_pack
from tests.factories.workplans import (
    ActivityFactory,
    BaselineFactory,
    CommitmentFactory,
    IndicatorFactory,
    ObligationFactory,
    OverlapFactory,
    PeriodFactory,
    PlanFactory,
    ResultFactory,
    RoleOverlapFactory,
    StreamFactory,
    TargetFactory,
    VersionFactory,
)
from workplans.models import (
    ActivityTie,
    Participation,
    PhaseItem,
    PhaseSession,
    PlanVersion,
    Requirement,
    Result,
    ResultEvidence,
)
from workplans.services.plan_feeds import open_plan_feed

# What is asked of the database is tried on both with each QuerySet; here it is asked by address.
pytestmark = pytest.mark.one_database

MATRIX = tomllib.loads((Path(__file__).parent / "rights.toml").read_text())
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
GROUPS = ("ok", "sign_in", "refused", "hidden")
# What is answered to HEAD, or to a method that a view does not know, hangs on no right but those
# that GET and POST hang on: asked as who sees least, and as who sees most.
RARE_METHODS = {"HEAD", "PUT", "DELETE"}
RARE_METHODS_ASKED_AS = {"public", "secretary"}
# All of the administration stands behind one door.
AT_THE_DOOR = ("public", "former_officer", "partner_officer", "secretary", "chair", "administrator")
# Behind these stand Django's admin and allauth, tested below as a whole, the choice of a language,
# and what watches the portal and says no more than whether it is up (test_settings.py).
FOREIGN = ("admin/", "accounts/", "i18n/", "livez", "readyz", "metrics")
# Pages of allauth that a person needs before having signed in.
BEFORE_SIGN_IN = {
    "account_confirm_login_code", "account_email_verification_sent", "account_inactive",
    "account_login", "account_logout", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key_done", "account_signup", "mfa_authenticate",
    "mfa_login_webauthn", "socialaccount_login_cancelled", "socialaccount_login_error",
    "account_reset_password_from_key", "socialaccount_signup",
}  # fmt: skip
KEYS_OF_ACCOUNTS = {
    "account_reset_password_from_key": {"uidb36": "1", "key": "no-key"},
    "mfa_edit_webauthn": {"pk": 1},
    "mfa_remove_webauthn": {"pk": 1},
    "openid_connect_callback": {"provider_id": "none"},
    "openid_connect_login": {"provider_id": "none"},
}


def own_url_names(patterns=None) -> set[str | None]:
    names: set[str | None] = set()
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if str(pattern.pattern) in FOREIGN:
            continue
        if isinstance(pattern, URLResolver):
            names |= own_url_names(pattern.url_patterns)
        else:
            names.add(pattern.name)
    return names


@pytest.fixture
def world(cast, mechanism, organisations, kitui, quarter, review_body, settings):
    """One of each thing, so that every address can be filled."""
    settings.MFA_REQUIRED = False
    settings.MEDIA_ACCEL_PREFIX = "/protected/"  # who may have a file, not what is in it
    review_body.reviews_level = kitui.level
    review_body.save(update_fields=["reviews_level"])
    framework = FrameworkFactory(mechanism=mechanism, state="endorsed")
    area = IntendedResultFactory(framework=framework)
    indicator = IndicatorFactory(mechanism=mechanism, code="FARMERS-1", intended_result=area)
    version = VersionFactory(indicator=indicator)
    common = {"entered_by": cast["partner_officer"], "period": quarter}
    submitted = {
        "submitted_by": cast["partner_officer"],
        "submitted_at": timezone.now(),
        "first_submitted_at": timezone.now(),
    }
    stream = StreamFactory(version=version, organisation=organisations.kcdms, place=kitui)
    drafted = StreamFactory(
        version=VersionFactory(indicator__mechanism=mechanism),
        organisation=organisations.kcdms,
        place=kitui,
    )
    earlier = PeriodFactory(year=2020, quarter=4)
    result = ResultFactory(stream=stream, state=Result.State.SUBMITTED, **common, **submitted)
    verified = ResultFactory(
        stream=stream, state=Result.State.VERIFIED, **(common | {"period": earlier}), **submitted
    )
    draft = ResultFactory(stream=drafted, state=Result.State.DRAFT, **common)
    file = file_of(cast["partner_officer"])
    ResultEvidence.objects.create(result=result, file=file, caption="Attendance list")
    draft_evidence = ResultEvidence.objects.create(
        result=draft, file=file_of(cast["partner_officer"]), caption="Wrong list"
    )
    plan = PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")
    activity = ActivityFactory(plan=plan, code="KTI-01", lead=organisations.kcdms, places=[kitui])
    training = ActivityEventFactory(activity=activity)
    planning = PlanningDocumentFactory(mechanism=mechanism, place=kitui)
    public_report = ReportFactory(mechanism=mechanism, period=earlier)
    open_report = ReportFactory(mechanism=mechanism, period=quarter)
    session = PlannedMeetingFactory(body=review_body, state=Meeting.State.IN_SESSION)
    Minutes.objects.create(meeting=session)
    circulated = MeetingFactory(body=review_body, number=2)
    Minutes.objects.create(meeting=circulated, state=Minutes.State.CIRCULATED)
    seat = SeatFactory(body=review_body, title="Partner", organisation=organisations.kiwash)
    memo = MemoFactory(
        mechanism=mechanism, prepared_by=organisations.kcdms, bodies=[review_body], state="ready"
    )
    public_review = ReviewFactory(plan=plan, period=earlier, body=review_body)
    made_pack(public_review, by=cast["secretary"], state="published")
    review = ReviewFactory(plan=plan, period=quarter, body=review_body)
    made_pack(review, by=cast["secretary"])
    return SimpleNamespace(
        public_review=public_review,
        review=review,
        decision_request=review.requests.create(
            text="Move money.", asked_by=cast["secretary"], asked_at=timezone.now()
        ),
        mechanism=mechanism,
        body=review_body,
        seat=seat,
        nomination=NominationFactory(seat=seat),
        appointment=AppointmentFactory(seat__body=review_body, organisation=organisations.kiwash),
        capacity=CapacityFactory(seat=seat),
        performance=PerformanceReviewFactory(body=review_body, place=kitui),
        grant=GrantFactory(body=review_body, place=kitui),
        consultation=review_body.consultations.create(
            group="research",
            held_on=dt.date(2021, 2, 1),
            with_whom="Dean",
            subject="Wells",
            heard="Dig deeper.",
            recorded_by=cast["member"],
            recorded_at=timezone.now(),
        ),
        meeting=MeetingFactory(body=review_body, number=1),
        alarm=CadenceAlarmFactory(body=review_body),
        session=session,
        item=AgendaItemFactory(meeting=session),
        circulated=circulated,
        correction=Correction.objects.create(
            minutes=circulated.minutes,
            text="It was 40 wells.",
            asked_by=cast["member"],
            asked_at=timezone.now(),
        ),
        decision=DecisionFactory(meeting=circulated),
        **meetings_in(review_body, organisations.kcdms, cast["member"]),
        made_printout=made_printout(circulated.minutes, by=cast["secretary"]),
        printout=request_printout(mechanism, by=cast["secretary"], minutes=circulated.minutes),
        action=ActionItemFactory(
            body=review_body, number=1, owner_organisation=organisations.kcdms, state="done"
        ),
        memo=memo,
        circulation=memo.circulations.create(
            organisation=organisations.kiwash, sent_at=timezone.now(), comment="More on fees."
        ),
        # For all bodies of its kind, and its own, which is a draft.
        terms=TermsFactory(mechanism=mechanism, kind=review_body.kind, state=Terms.State.TABLED),
        draft_terms=TermsFactory(mechanism=mechanism, body=review_body),
        document=DocumentFactory(mechanism=mechanism, body=review_body, access="body"),
        notification=NotificationFactory(
            mechanism=mechanism, authority=organisations.kitui, bodies=[review_body]
        ),
        alert=AlertFactory(mechanism=mechanism, places=[kitui], raised_by=cast["county_lead"]),
        escalation=EscalationFactory(
            mechanism=mechanism, raised_by=cast["county_lead"], body=review_body
        ),
        assessment_round=mechanism.assessment_rounds.create(
            year=2090,
            closes_on=dt.date(2090, 12, 31),
            opened_by=cast["secretary"],
            opened_at=timezone.now(),
        ),
        support=mechanism.support.create(
            function="Convene",
            backbone=organisations.rla,
            given_on=dt.date(2021, 2, 1),
            text="Called the session.",
            recorded_by=cast["secretary"],
            recorded_at=timezone.now(),
        ),
        sector=SectorFactory(),
        kenya=mechanism.country,
        kitui=kitui,
        quarter=quarter,
        earlier=earlier,
        kcdms=organisations.kcdms,
        award=mechanism.awards.get(),
        membership=mechanism.memberships.get(organisation=organisations.kiwash),
        framework=framework,
        intended_result=area,
        indicator=indicator,
        version=version,
        stream=stream,
        target=TargetFactory(version=version, place=kitui),
        baseline=BaselineFactory(version=version, place=kitui),
        obligation=ObligationFactory(
            mechanism=mechanism, organisation=organisations.kcdms, period=quarter
        ),
        result=result,
        verified=verified,
        draft=draft,
        draft_evidence=draft_evidence,
        file=file,
        plan=plan,
        planning=planning,
        planning_line=PlanningLineFactory(document=planning),
        **process_of(plan, cast, circulated, organisations.kcdms),
        activity=activity,
        tie=ActivityTie.objects.create(
            kind="layering", first=activity, second=ActivityFactory(plan=plan, code="KTI-03")
        ),
        comment=activity.comments.create(text="Why there?", by=cast["peer"], at=timezone.now()),
        activity_event=training,
        next_plan=PlanFactory(
            mechanism=mechanism,
            place=kitui,
            slug="kitui-2021-22",
            starts_on=dt.date(2021, 7, 1),
            ends_before=dt.date(2022, 7, 1),
            state="drafting",
            is_published=False,
        ),
        audit=AuditFactory(mechanism=mechanism, owner=organisations.kiwash, is_public=True),
        learning_question=LearningQuestionFactory(mechanism=mechanism),
        risk=RiskFactory(plan=plan, owner=organisations.kcdms, is_public=True),
        bottleneck=BottleneckFactory(plan=plan, raised_by=organisations.kcdms),
        follow_up=EventFollowUpFactory(event=training, owner=organisations.kiwash),
        **money_in(activity, organisations.kcdms),
        overlap=OverlapFactory(
            first=activity, second__plan=plan, second__lead=organisations.kiwash, place=kitui
        ),
        role_overlap=RoleOverlapFactory(mechanism=mechanism, first=review_body),
        travel_rate=training.travel_rates.create(
            item="lunch",
            role="officer",
            amount_minor=1,
            currency="KES",
            declared_by=cast["partner_officer"],
            declared_at=timezone.now(),
        ),
        internal_activity=ActivityFactory(
            plan=plan, code="KTI-02", lead=organisations.kcdms, is_public=False
        ),
        report=public_report,
        edition=made_edition(public_report, by=cast["secretary"], state="published"),
        open_report=open_report,
        open_edition=made_edition(open_report, by=cast["secretary"]),
        office=OfficeFactory(
            role=Role.PARTNER_OFFICER, organisation=organisations.kiwash, mechanism=mechanism
        ),
        invitation=invitation_of(mechanism, organisations.kcdms, cast["secretary"]),
    )


def money_in(activity, organisation) -> dict[str, object]:
    """Promises of one organisation: one that waits, and one of which a part is released."""
    amounts = {"amount": 100, "confirmed": 60, "released": 30}
    return {
        "commitment": CommitmentFactory(activity=activity, organisation=organisation),
        "released": CommitmentFactory(activity=activity, organisation=organisation, **amounts),
    }


def meetings_in(body, organisation, member) -> dict[str, object]:
    """A meeting to come with its agenda and people, one that was held, and a calendar."""
    planned = PlannedMeetingFactory(body=body)
    appointment = Appointment.objects.get(holder=member)
    asked = ParticipantFactory(
        meeting=planned, seat=appointment.seat, appointment=appointment, organisation=None
    )
    Participant.objects.filter(pk=asked.pk).update(token_hash=hash_token(token_of(asked)))
    feed, feed_token = open_feed(member)
    return {
        "planned": planned,
        "held": MeetingFactory(body=body),
        "agenda_item": AgendaItemFactory(meeting=planned),
        "parked": AgendaItemFactory(meeting=None, body=body),
        "guests": ParticipantFactory(meeting=planned, organisation=organisation),
        "asked": asked,
        "reply_token": token_of(asked),
        "feed": feed,
        "feed_token": feed_token,
    }


def process_of(plan, cast, meeting, partner) -> dict[str, object]:
    """A step of the official calendar with who took part in it, and a calendar of the plan."""
    calendar = PlanningCalendarFactory(place=plan.place, year=plan.calendar)
    step = PlanningEventFactory(calendar=calendar)
    feed, token = open_plan_feed(plan, by=cast["member"])
    phase = PhaseFactory(plan=plan, state="under_way")
    version = PlanVersion.objects.create(
        plan=plan, number=1, snapshot='{"frame":{},"lines":[]}', sha256="0" * 64,
        frozen_by=cast["secretary"], frozen_at=timezone.now(),
    )  # fmt: skip
    return {
        "version_of_plan": version,
        "signature": version.signatures.create(side="partner", organisation=partner),
        "phase": phase,
        "phase_point": PhaseItem.objects.create(phase=phase, text="Invitations are sent"),
        "requirement": Requirement.objects.create(
            phase=phase, organisation=plan.mechanism.backbone
        ),
        "session_of_phase": PhaseSession.objects.create(phase=phase, meeting=meeting),
        "planning_step": step,
        "participation": Participation.objects.create(
            plan=plan, event=step, for_year=plan.starts_on, took_part_on=dt.date(2019, 9, 1),
            recorded_by=cast["secretary"], recorded_at=timezone.now(),
        ),
        "plan_feed": feed,
        "plan_feed_token": token,
    }  # fmt: skip


def file_of(user) -> StoredFile:
    return StoredFile.objects.create(
        path="evidence/none", name="list.pdf", media_type="application/pdf", size=1,
        sha256="0" * 64, uploaded_by=user, uploaded_at=timezone.now(),
    )  # fmt: skip


def invitation_of(mechanism, organisation, by) -> Invitation:
    return Invitation.objects.create(
        email="new@example.org", name="Data officer", token_hash=hash_token("token"),
        role=Role.PARTNER_OFFICER, organisation=organisation, mechanism=mechanism,
        office_starts_on=dt.date(2021, 1, 1), invited_by=by, created_at=timezone.now(),
        expires_at=timezone.now() + dt.timedelta(days=14),
    )  # fmt: skip


def fill(world, argument):
    """The value of "@thing.attribute" in the world, or the argument itself."""
    if not (isinstance(argument, str) and argument.startswith("@")):
        return argument
    thing, *attributes = argument[1:].split(".")
    value = getattr(world, thing)
    for attribute in attributes:
        value = getattr(value, attribute)
    return value


def outcome(response) -> str:
    """The group of rights.toml that an answer belongs to."""
    sign_in = reverse("account_login")
    if response.status_code in {301, 302, 303} and response.headers["Location"].startswith(sign_in):
        return "sign_in"
    if response.status_code < 400:
        return "ok"
    return {403: "refused", 404: "hidden", 405: "no such method"}.get(
        response.status_code, str(response.status_code)
    )


def expected(rule: dict[str, list[str] | str], role: str) -> str:
    named = [group for group in GROUPS if role in rule.get(group, [])]
    assert len(named) <= 1, f"{role} is in several groups"
    if named:
        return named[0]
    rest = [group for group in GROUPS if "others" in rule.get(group, [])]
    assert len(rest) == 1, f"{role} is in no group"
    return rest[0]


def test_the_matrix_knows_every_address():
    assert set(MATRIX) == own_url_names()


def answers(client, world, *, listed_only=False, methods=METHODS) -> dict[tuple[str, str], str]:
    """How each address of the matrix answers each method; whatever it did is undone.

    No page is drawn: that is done as four of the cast by tests/security/test_requests.py, and as
    nine of the demo's people by tests/browser/test_every_page.py.

    ``RIGHTS_OF="result-verify plan-list"`` asks these addresses alone, for who changes one.
    """
    cookies, found = client.cookies, {}
    names = os.environ.get("RIGHTS_OF", "").split() or sorted(MATRIX)
    # Whatever is done is undone: nobody's standing changes.
    with standing_asked_once(), undrawn():
        for name in names:
            for method in methods:
                if listed_only and method not in MATRIX[name]:
                    continue
                client.cookies = copy.copy(cookies)
                with transaction.atomic():
                    found[name, method] = outcome(client.generic(method, url_of(name, world)))
                    transaction.set_rollback(True)
    return found


@contextmanager
def undrawn() -> Iterator[None]:
    """Views answer as ever, with empty pages: for when only the answer's kind is asked for."""
    with mock.patch.object(Template, "render", return_value=""):
        yield


def url_of(name: str, world) -> str:
    rules = MATRIX[name]
    arguments = [fill(world, argument) for argument in rules.get("args", [])]
    return reverse(name, args=arguments) + rules.get("query", "")


@pytest.mark.parametrize("role", CAST)
def test_each_role_gets_what_the_matrix_says(role, world, cast, client):
    if role != "public":
        client.force_login(cast[role])
    methods = [m for m in METHODS if m not in RARE_METHODS or role in RARE_METHODS_ASKED_AS]
    found = answers(client, world, methods=methods)
    wanted = {}
    for name, method in found:
        rules = MATRIX[name]
        rule = rules.get(method) or (rules.get("GET") if method == "HEAD" else None)
        if rule is not None:
            wanted[name, method] = expected(rule, role)
        else:
            # An unknown method is refused, whichever check comes first, and does nothing.
            refusals = {"no such method", "sign_in", "refused", "hidden"}
            answer = found[name, method]
            wanted[name, method] = answer if answer in refusals else "no such method"
    assert found == wanted


@pytest.fixture
def namesake(holding, organisations, kitui):
    """The focal point of Kitui in another mechanism that works there."""
    other = MechanismFactory(slug="forum", country=kitui.parent, places=[kitui])
    return holding(
        "Focal point of the forum",
        Role.COUNTY_FOCAL_POINT,
        organisation=organisations.kitui,
        place=kitui,
        mechanism=other,
    )


def test_an_office_of_another_mechanism_of_the_county_opens_what_none_does(world, namesake, client):
    client.force_login(namesake)
    found = answers(client, world, listed_only=True)
    assert found == {
        (name, method): expected(MATRIX[name][method], "outsider") for name, method in found
    }


def test_an_ended_office_gives_no_right(world, cast, client):
    """R26: the right ends when the office ends, on the very next request."""
    officer = cast["partner_officer"]
    url = reverse("result-detail", args=[world.draft.pk])
    client.force_login(officer)
    assert client.get(url).status_code == 200

    Office.objects.filter(holder=officer).update(
        ends_on=timezone.localdate() - dt.timedelta(days=1)
    )

    assert client.get(url).status_code == 404


# --- What stands behind the same door -------------------------------------------------------------


def admin_addresses() -> list[str]:
    """Every list and every form of the administration, of whatever is registered by now."""
    names = ["index", "app_list", "jsi18n", "password_change", "autocomplete"]
    models = [f"{model._meta.app_label}_{model._meta.model_name}" for model in site._registry]
    return [
        *(reverse(f"admin:{name}", args=["workplans"] * (name == "app_list")) for name in names),
        *(reverse(f"admin:{model}_{page}") for model in models for page in ("changelist", "add")),
        *(
            reverse(f"admin:{model}_{page}", args=[1])
            for model in models
            for page in ("change", "delete", "history")
        ),
    ]


@pytest.mark.parametrize("role", AT_THE_DOOR)
def test_the_administration_is_for_administrators_alone(role, world, cast, client):
    if role != "public":
        client.force_login(cast[role])
    found = set()
    for address in admin_addresses():
        response = client.get(address, follow=True)
        last = response.redirect_chain[-1][0] if response.redirect_chain else address
        found.add("sign_in" if last.startswith("/accounts/login/") else response.status_code)
    if role == "administrator":
        assert found <= {200, 403, 404}
        assert client.get(reverse("admin:index")).status_code == 200
    else:
        assert found == {"sign_in" if role == "public" else 403}


def test_the_pages_of_an_account_need_one(client, db):
    found = {}
    for pattern in account_patterns():
        if pattern.name:
            address = reverse(pattern.name, kwargs=KEYS_OF_ACCOUNTS.get(pattern.name))
            found[pattern.name] = outcome(client.get(address))
    open_to_all = {name for name, answer in found.items() if answer == "ok"}
    assert open_to_all <= BEFORE_SIGN_IN
    rest = {answer for name, answer in found.items() if name not in BEFORE_SIGN_IN}
    assert rest <= {"sign_in", "hidden"}


def account_patterns(patterns=None) -> Iterator[URLPattern]:
    """Every address of allauth."""
    if patterns is None:
        (accounts,) = (
            each for each in get_resolver().url_patterns if str(each.pattern) == "accounts/"
        )
        patterns = accounts.url_patterns
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from account_patterns(pattern.url_patterns)
        else:
            yield pattern


def test_whoever_gets_in_by_htmx_gets_in_anyway(world, cast):
    """A part of a page is guarded as the page is."""
    clients = {"public": Client(), "peer": Client()}
    clients["peer"].force_login(cast["peer"])
    wrong = []
    for name, rules in MATRIX.items():
        if "GET" not in rules:
            continue
        for role, client in clients.items():
            with undrawn():
                response = client.get(url_of(name, world), headers={"HX-Request": "true"})
            found = "sign_in" if "HX-Redirect" in response.headers else outcome(response)
            if found != expected(rules["GET"], role):
                wrong.append((name, role, found))
    assert wrong == []
