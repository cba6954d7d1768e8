"""The library and the search: what is kept in versions, and found by who may read it (R24)."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from committees.models import (
    Access,
    ActionItem,
    AgendaItem,
    Decision,
    Document,
    Escalation,
    Memo,
    Minutes,
)
from committees.models.search import SearchIndex
from committees.services.library import BodyMissing, SameFile, add_document, add_version
from committees.services.search import SOURCES, _ranked, search_for
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.files import VettedFile
from tests.factories.committees import (
    ActionItemFactory,
    AgendaItemFactory,
    BodyFactory,
    DecisionFactory,
    DocumentFactory,
    EscalationFactory,
    MeetingFactory,
    MemoFactory,
    NotificationFactory,
    TermsFactory,
)
from tests.factories.coordination import MechanismFactory

# Each database searches in its own way.
pytestmark = pytest.mark.both_databases
# Who reads a thing does not hang on how its words are found.
who_reads = pytest.mark.one_database

PAPER = VettedFile("paper.csv", "text/csv", b"a,b\n1,2\n")
NEWER = VettedFile("paper.csv", "text/csv", b"a,b\n1,3\n")


def content(**given):
    return {
        "title": "Annual plan", "kind": "plan", "access": "members", "body": None, "place": None,
        "dated_on": None, "for_year": None, "summary": "", **given,
    }  # fmt: skip


@pytest.fixture(autouse=True)
def handed_over(settings):
    settings.MEDIA_ACCEL_PREFIX = "/protected/"  # who may have a file, not what is in it


# --- Kept in versions ---


def test_a_form_sent_twice_adds_one_document(mechanism, secretary):
    first = add_document(mechanism, by=secretary, file=PAPER, **content())

    assert add_document(mechanism, by=secretary, file=PAPER, **content()) == first
    assert (Document.objects.count(), first.versions.count()) == (1, 1)


def test_a_version_stays_when_the_next_one_comes(mechanism, secretary, body_secretary):
    document = add_document(mechanism, by=secretary, file=PAPER, **content())
    seen = newest_event()
    second = add_version(document, by=secretary, file=NEWER, note="Figures corrected.")
    assert add_version(document, by=secretary, file=NEWER) == second
    with pytest.raises(SameFile):
        add_version(document, by=body_secretary, file=NEWER)
    with pytest.raises(DoneMeanwhile):
        add_version(document, by=body_secretary, file=PAPER, seen=seen)

    assert [row.number for row in document.versions.order_by("number")] == [1, 2]
    assert document.versions.get(number=1).file.sha256 == PAPER.sha256


def test_a_document_for_a_body_names_it(mechanism, secretary):
    with pytest.raises(BodyMissing):
        add_document(mechanism, by=secretary, file=PAPER, **content(access="body"))


# --- Pages ---


def typed(**given):
    file = SimpleUploadedFile("plan.csv", b"a,b\n1,2\n")
    return {
        "title": "Plan",
        "kind": "plan",
        "access": "members",
        "file": file,
        "seen_version": 0,
        **given,
    }


def test_the_secretary_of_a_body_adds_what_is_of_it(client, review_body, body_secretary):
    other = BodyFactory(mechanism=review_body.mechanism)
    client.force_login(body_secretary)
    address = reverse("document-create", args=["sek"])
    assert client.post(address, typed()).context["form"].errors.keys() == {"body"}
    assert "body" in client.post(address, typed(body=other.pk)).context["form"].errors

    client.post(address, typed(body=review_body.pk, access="body"))

    document = Document.objects.get()
    assert (document.body, document.versions.count()) == (review_body, 1)


def test_a_focal_point_adds_what_is_of_its_county(client, mechanism, focal_point, kitui, makueni):
    client.force_login(focal_point)
    address = reverse("document-create", args=["sek"])
    assert "place" in client.post(address, typed(place=makueni.pk)).context["form"].errors

    client.post(address, typed(place=kitui.pk))

    assert Document.objects.get().place == kitui


def test_both_versions_are_shown_to_the_second_editor(client, mechanism, secretary):
    document = DocumentFactory(mechanism=mechanism, title="Plan")
    client.force_login(secretary)
    address = reverse("document-edit", args=[document.pk])
    seen = {"kind": "paper", "access": "members", "seen_version": 1}
    client.post(address, {"title": "Theirs", **seen})

    [pair] = client.post(address, {"title": "Mine", **seen}).context["conflict"].fields

    assert (pair.mine, pair.theirs, pair.beginning) == ("Mine", "Theirs", "")


def test_the_library_is_narrowed_in_its_address(client, mechanism, review_body, kitui, secretary):
    DocumentFactory(mechanism=mechanism, title="County plan", place=kitui, kind="plan")
    DocumentFactory(mechanism=mechanism, title="Paper", body=review_body)
    client.force_login(secretary)

    def found(address):
        return [row.title for row in client.get(address).context["page"]]

    library = reverse("document-list", args=["sek"])
    assert found(f"{library}?place=ke/kitui") == ["County plan"]
    assert found(f"{library}?body=review") == ["Paper"]
    elsewhere = MechanismFactory(slug="north")
    DocumentFactory(mechanism=elsewhere, title="Of another", place=kitui, access="public")
    DocumentFactory(mechanism=elsewhere, title="CANARY", place=kitui)
    assert found(f"{reverse('library')}?place=ke/kitui") == ["Of another", "County plan"]
    assert found(f"{library}?q=county+plan") == ["County plan"]
    assert found(reverse("body-documents", args=["sek", "review"])) == ["Paper"]


def test_the_library_asks_the_same_number_of_questions(client, mechanism, secretary):
    client.force_login(secretary)
    address = reverse("document-list", args=["sek"])

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    DocumentFactory(mechanism=mechanism, body=BodyFactory(mechanism=mechanism), versions=1)
    queries()
    asked = queries()
    for _ in range(2):
        DocumentFactory(mechanism=mechanism, body=BodyFactory(mechanism=mechanism), versions=2)

    assert queries() == asked


# --- Who reads what: page, file, list, search ---

READERS = {
    Access.PUBLIC: {
        "public",
        "outsider",
        "partner_officer",
        "donor_officer",
        "member",
        "secretary",
    },
    Access.MEMBERS: {"partner_officer", "donor_officer", "member", "secretary"},
    Access.BODY: {"member", "secretary"},
}
ASKERS = ("public", "outsider", "partner_officer", "donor_officer", "member", "secretary")


@who_reads
@pytest.mark.parametrize("access", READERS)
def test_a_document_is_open_to_its_readers_everywhere(client, cast, review_body, access):
    document = DocumentFactory(
        mechanism=review_body.mechanism, body=review_body, access=access, title="Zebra",
        summary="CANARY",
    )  # fmt: skip
    file = reverse("file-download", args=[document.versions.get().file_id])
    pages = [reverse("document-list", args=["sek"]), f"{reverse('search')}?q=zebra"]
    pages += [reverse("body-documents", args=["sek", "review"]), f"{reverse('search')}?q=canary"]
    for name in ASKERS:
        client.logout()
        if name != "public":
            client.force_login(cast[name])
        reads = name in READERS[access]
        address = document.get_absolute_url()
        assert [client.get(one).status_code == 200 for one in (address, file)] == [reads, reads]
        found = [address in client.get(page).content.decode() for page in pages]
        assert (name, found) == (name, [reads] * 4)


def said_at(meeting, state, **item):
    """Minutes of the meeting in a state, with one item that holds the word."""
    Minutes.objects.create(meeting=meeting, state=state, **(
        {"confirmed_on": meeting.held_on} if state == "confirmed" else {}
    ))  # fmt: skip
    return AgendaItemFactory(
        meeting=meeting, title="Wells", minutes_text="The okapi was counted twice.", **item
    )


@who_reads
@pytest.mark.parametrize(
    ("state", "access", "item", "readers"),
    [
        ("drafting", "public", {}, {"secretary"}),
        ("circulated", "public", {}, {"member", "secretary"}),
        ("confirmed", "public", {}, READERS[Access.PUBLIC]),
        ("confirmed", "members", {}, READERS[Access.MEMBERS]),
        ("confirmed", "body", {}, {"member", "secretary"}),
        ("confirmed", "public", {"is_restricted": True}, {"member", "secretary"}),
    ],
)
def test_minutes_are_found_by_who_reads_them(cast, review_body, state, access, item, readers):
    said_at(MeetingFactory(body=review_body, access=access), state, **item)

    found = {name for name in ASKERS if search_for("okapi", cast[name])}

    assert found == readers


def test_a_decision_of_a_restricted_item_is_found_by_the_body_alone(cast, review_body):
    meeting = MeetingFactory(body=review_body, access="public")
    item = said_at(meeting, "confirmed", is_restricted=True)
    DecisionFactory(meeting=meeting, item=item, text="Buy the quagga.")
    DecisionFactory(meeting=meeting, text="Sell the kudu.")

    quagga = {name for name in ASKERS if search_for("quagga", cast[name])}
    kudu = {name for name in ASKERS if search_for("kudu", cast[name])}

    assert (quagga, kudu) == ({"member", "secretary"}, READERS[Access.PUBLIC])


@who_reads
@pytest.mark.parametrize(
    ("access", "state", "readers"),
    [
        ("public", "drafting", {"partner_officer", "secretary"}),
        ("public", "ready", {"partner_officer", "secretary", *READERS[Access.PUBLIC]}),
        ("members", "ready", {"partner_officer", "secretary", *READERS[Access.MEMBERS]}),
        ("body", "ready", {"partner_officer", "member", "secretary"}),
    ],
)
def test_a_memo_is_found_by_who_reads_it(cast, review_body, organisations, access, state, readers):
    """The partner’s officer is of the organisation that prepared it."""
    MemoFactory(
        mechanism=review_body.mechanism, prepared_by=organisations.kcdms, bodies=[review_body],
        access=access, state=state, findings="The okapi needs a fence.",
    )  # fmt: skip

    assert {name for name in ASKERS if search_for("okapi", cast[name])} == readers


def test_an_action_item_is_found_by_its_body_and_by_who_owes_it(cast, review_body, organisations):
    ActionItemFactory(
        body=review_body, text="Fence the okapi.", owner_organisation=organisations.kcdms
    )

    found = {name for name in ASKERS if search_for("okapi", cast[name])}

    assert found == {"partner_officer", "member", "secretary"}


def test_an_escalation_is_found_by_who_raised_it_and_whom_it_reached(
    cast, review_body, organisations
):
    EscalationFactory(
        mechanism=review_body.mechanism, raised_by=cast["county_lead"], body=review_body,
        raised_for=organisations.kiwash, text="The okapi broke out.",
    )  # fmt: skip

    found = {name for name in (*ASKERS, "county_lead", "peer") if search_for("okapi", cast[name])}

    assert found == {"member", "secretary", "county_lead", "peer"}


def test_nothing_of_a_hidden_mechanism_is_found(public, outsider):
    hidden = MechanismFactory(is_public=False)
    body = BodyFactory(mechanism=hidden, name="Okapi committee")
    TermsFactory(mechanism=hidden, body=body, purpose="Okapi", state="tabled")
    NotificationFactory(mechanism=hidden, subject="Okapi")
    DocumentFactory(mechanism=hidden, title="Okapi", access="public")
    said_at(MeetingFactory(body=body, access="public"), "confirmed")

    assert [search_for("okapi", user) for user in (public, outsider)] == [[], []]


def test_what_is_found_stands_by_kind_with_the_words_marked(client, mechanism, review_body):
    DocumentFactory(
        mechanism=mechanism, title="Drought plan", access="public",
        summary="What the county does <b>when</b> the drought comes back.",
    )  # fmt: skip
    TermsFactory(mechanism=mechanism, body=review_body, purpose="Drought.", state="in_force")

    answer = client.get(reverse("search") + "?q=drought")

    page = answer.content.decode()
    assert [group.key for group in answer.context["lists"]] == ["documents", "terms"]
    assert page.count("<mark>drought</mark>") == 1
    assert "<b>when" not in page


@pytest.mark.parametrize("words", ["", "   ", "'", '"', "\\", "%", "a & | ! b:*", "x" * 300])
def test_no_words_break_the_search(client, mechanism, words):
    assert client.get(reverse("search"), {"q": words}).status_code == 200


@pytest.mark.skipif(connection.vendor != "postgresql", reason="full-text search is PostgreSQL's")
def test_postgresql_knows_the_forms_of_words_and_ranks_titles_first(mechanism, public):
    of = {"mechanism": mechanism, "access": "public"}
    DocumentFactory(title="Minutes of 2020", summary="They discussed droughts.", **of)
    DocumentFactory(title="Drought response", summary="Who does what.", **of)

    [found] = search_for("drought", public)

    assert [hit.title for hit in found.hits] == ["Drought response", "Minutes of 2020"]
    assert [piece.text for piece in found.hits[1].excerpt if piece.is_found] == ["droughts"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the index is PostgreSQL's")
@pytest.mark.parametrize(
    "model",
    [ActionItem, AgendaItem, Decision, Document, Escalation, Memo],
    ids=lambda m: m.__name__,
)
def test_what_grows_is_searched_by_its_index(db, model):
    source = next(source for source in SOURCES if source.rows(AnonymousUser()).model is model)
    [index] = [each.name for each in model._meta.indexes if isinstance(each, SearchIndex)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")

    plan = _ranked(source, model.objects.all(), "okapi of the fence").order_by().explain()

    assert f"on {index}" in plan


@pytest.mark.skipif(connection.vendor != "postgresql", reason="full-text search is PostgreSQL's")
def test_the_beginning_of_a_word_is_enough(mechanism, public):
    DocumentFactory(mechanism=mechanism, access="public", title="Okapi", summary="In 2020/3")

    found = [bool(search_for(words, public)) for words in ("oka", "2020/3", "oka 20", "kapi")]

    assert found == [True, True, True, False]


def test_the_search_asks_the_same_number_of_questions(client, mechanism, secretary):
    client.force_login(secretary)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("search") + "?q=okapi")
        return len(captured)

    def grow(number):
        for _ in range(number):
            body = BodyFactory(mechanism=mechanism, name="Okapi committee")
            DocumentFactory(mechanism=mechanism, body=body, title="Okapi")
            DecisionFactory(meeting=MeetingFactory(body=body), text="Okapi")
            TermsFactory(mechanism=mechanism, body=body, purpose="Okapi")
            said_at(MeetingFactory(body=body, number=2), "confirmed")
            NotificationFactory(mechanism=mechanism, subject="Okapi", bodies=[body])
            MemoFactory(mechanism=mechanism, title="Okapi", bodies=[body])
            ActionItemFactory(body=body, text="Okapi")
            EscalationFactory(mechanism=mechanism, raised_by=secretary, body=body, title="Okapi")

    grow(1)
    queries()
    asked = queries()
    grow(2)

    assert queries() == asked


def test_plans_are_found_by_the_year_that_they_are_for(client, mechanism, secretary):
    """A desk reviewer finds the plans of FY 2019/20 and FY 2020/21 apart (P36)."""
    for year in (2019, 2020):
        add_document(
            mechanism,
            by=secretary,
            file=VettedFile("plan.csv", "text/csv", str(year).encode()),
            **content(title=f"Plan of {year}", access="public", for_year=dt.date(year, 7, 1)),
        )

    page = client.get(f"/mechanisms/{mechanism.slug}/library/?year=2019-07-01").content.decode()
    assert "Plan of 2019" in page
    assert "Plan of 2020" not in page
    assert "FY 2019/20" in page
    for nothing in ("2017-07-01", "not-a-day", "2019-13-01"):
        answer = client.get(f"/mechanisms/{mechanism.slug}/library/?year={nothing}")
        assert answer.status_code == 200


def test_the_year_is_chosen_on_the_form(client, mechanism, secretary):
    client.force_login(secretary)
    document = add_document(mechanism, by=secretary, file=PAPER, **content())
    address = reverse("document-edit", args=[document.pk])
    year = mechanism.calendar.year_start(timezone.localdate())

    typed = content() | {"body": "", "place": "", "dated_on": "", "seen_version": 1}
    client.post(address, typed | {"for_year": year.isoformat()})

    document.refresh_from_db()
    assert document.for_year == year


def test_an_empty_library_offers_the_first_document_once_and_a_filter_the_way_back(
    client, mechanism, secretary
):
    client.force_login(secretary)
    address = reverse("document-list", args=[mechanism.slug])
    empty = client.get(address).content.decode()
    assert (empty.count("Add a document"), "Filter" in empty) == (1, False)

    add_document(mechanism, by=secretary, file=PAPER, **content())
    page = client.get(f"{address}?q=borehole").content.decode()
    assert ("Nothing matches these filters" in page, page.count("Add a document")) == (True, 1)
