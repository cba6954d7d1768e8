"""Components, forms and error pages as they come out: words, shapes, names, links."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django import forms
from django.core.paginator import Paginator
from django.forms import formset_factory
from django.template import Context, Template
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django.utils import translation

from coordination.models import Event, Period
from coordination.services.days import months_in_words, span_in_words
from coordination.services.rounding import grouped
from coordination.templatetags.interface import (
    browser_name,
    content_language,
    control_class,
    current_at,
    error_links,
    short_hash,
)
from coordination.templatetags.lists import active_filters, page_link, page_numbers, sort_link
from coordination.templatetags.looks import POINTING, STATUS_LOOKS, look_of, look_of_event
from scripts.refresh_vendor import icon_files, read_manifest

pytestmark = pytest.mark.one_database

ICONS = {path.stem for path in icon_files(read_manifest())}


class FieldsOfAllKinds(forms.Form):
    title = forms.CharField(help_text="As in the plan.")
    place = forms.ChoiceField(choices=[("", "–"), ("ke/kitui", "Kitui")])
    stage = forms.ChoiceField(choices=[("planned", "Planned")], widget=forms.RadioSelect)
    sectors = forms.MultipleChoiceField(
        choices=[("Food", [("crops", "Crops")]), ("water", "Water")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    agreed = forms.BooleanField(required=False)
    token = forms.CharField(widget=forms.HiddenInput, required=False)


@pytest.fixture
def get():
    return RequestFactory().get


def without_space(html):
    return " ".join(html.split())


def test_every_icon_that_a_status_or_a_template_names_is_in_the_sprite(settings):
    templates = "".join(
        path.read_text() for path in (settings.BASE_DIR / "templates").rglob("*.html")
    )
    named = set(re.findall(r'{% icon "([\w-]+)"', templates))
    named |= set(re.findall(r'\bicon="([\w-]+)"', templates))
    named |= {look.icon for look in STATUS_LOOKS.values()} | POINTING
    assert named - ICONS == set()


# --- Languages ---


@pytest.mark.django_db
def test_where_one_language_is_offered_there_is_nothing_to_choose(client):
    assert 'class="languages"' not in client.get("/").content.decode()


@pytest.mark.django_db
def test_a_language_is_chosen_at_the_foot_of_the_page_and_remembered(client, settings):
    settings.LANGUAGES = [("en", "English"), ("ur", "Urdu")]
    page = client.get("/mechanisms/?page=1").content.decode()
    assert '<input type="hidden" name="next" value="/mechanisms/?page=1">' in page

    chosen = client.post("/i18n/setlang/", {"language": "ur", "next": "/mechanisms/?page=1"})

    assert chosen["Location"] == "/mechanisms/?page=1"
    assert chosen.cookies[settings.LANGUAGE_COOKIE_NAME]["max-age"] == 365 * 24 * 3600
    page = client.get("/").content.decode()
    assert '<html lang="ur" dir="rtl">' in page
    # Nobody has translated our own words yet: they are not said to be Urdu.
    assert '<body lang="en">' in page


def test_what_people_entered_keeps_its_language_where_the_page_speaks_another():
    assert content_language() == ""
    with translation.override("ur"):
        assert content_language() == ' lang="en" dir="auto"'


def test_from_the_right_a_day_stays_together_in_a_line_that_runs_the_other_way():
    """Between U+2067 and U+2069; else "FAO, 1 Jan–31 Mar 2021" shows its year in the middle."""
    first, last = dt.date(2021, 1, 1), dt.date(2021, 3, 31)
    noon = dt.datetime(2021, 1, 1, 12, tzinfo=dt.UTC)
    said = Template("{{ day|date }} {{ moment|date:'DATETIME_FORMAT' }}")
    with translation.override("ur"):
        day, after = said.render(Context({"day": first, "moment": noon})).split("\u2069 \u2067")
        assert day == "\u20671\u00a0جنوری 2021"
        assert after.endswith("\u2069")
        period = str(Period(starts_on=first, ends_before=dt.date(2021, 4, 1)))
        for words in (period, span_in_words(first, last), months_in_words(first, last)):
            assert (words[0], words[-1]) == ("\u2067", "\u2069")
    assert "\u2067" not in span_in_words(first, last)


@pytest.mark.parametrize("language", ["en", "ur"])
def test_thousands_stand_apart_in_every_language(language):
    with translation.override(language):
        assert grouped(Decimal(3465)) == "3,465"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Linux; Android 10; K) Chrome/126.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Firefox/127.0", "Firefox, Linux"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_called_what_people_call_it(user_agent, name):
    assert browser_name(user_agent) == name


def test_a_status_is_shown_by_its_own_word_or_by_another():
    assert look_of("verified") == STATUS_LOOKS["verified"]
    assert look_of("On time").icon == "check-lg"
    assert look_of("ready", "Ready for review").word == "Ready for review"


def test_an_unknown_status_looks_quiet_and_keeps_its_word():
    assert look_of("Adjourned") == ("Adjourned", "quiet", "circle-fill")


def test_an_event_reads_as_words_in_the_look_of_its_verb():
    assert look_of_event(Event(verb="workplans.result_verified")) == (
        "Result verified",
        "good",
        "check-circle-fill",
    )
    assert look_of_event(Event(verb="coordination.office_ended")).tone == "quiet"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"value": 0}, "0"),
        ({"value": "4,210", "provisional": True}, "4,210 provisional"),
        ({"value": None, "reason": "missing"}, "– No figure: missing"),
        ({"value": "38.2", "note": "as at 31 Dec 2020"}, "38.2 as at 31 Dec 2020"),
    ],
)
def test_a_figure_tells_zero_from_missing(arguments, words):
    html = render_to_string("components/figure.html", arguments)
    assert without_space(re.sub(r"<[^>]+>", " ", html)) == words


def test_completeness_names_who_is_missing_late_or_exempt():
    html = render_to_string(
        "components/completeness.html",
        {"received": 5, "due": 7, "missing": ["AVCD", "LMS"], "late": ["WFP"], "exempt": []},
    )
    words = without_space(re.sub(r"<[^>]+>", " ", html))
    assert words == (
        "Received 5 of 7 reports Who is missing, late or exempt Missing AVCD, LMS Late WFP"
    )


def test_a_link_in_the_navigation_knows_where_the_reader_is():
    assert current_at("/reports/", "/reports/") == "page"
    assert current_at("/reports/sek-2021-q1/", "/reports/") == "true"
    assert current_at("/places/", "/reports/") == ""


def test_a_column_orders_the_list_then_turns_it_round_and_keeps_its_filters(get):
    first = sort_link(get("/", {"place": "ke/kitui", "page": "3"}), "name")
    assert first == ("?place=ke%2Fkitui&order=name", "")
    assert sort_link(get("/", {"order": "name"}), "name") == ("?order=-name", "ascending")
    assert sort_link(get("/", {"order": "-name"}), "name") == ("?order=name", "descending")


def test_pages_of_a_long_list_keep_its_filters_and_leave_numbers_out(get):
    page = Paginator(range(475), 25).page(7)
    assert page_link(get("/", {"place": "ke", "page": "7"}), 8) == "?place=ke&page=8"
    assert page_numbers(page) == [1, page.paginator.ELLIPSIS, 6, 7, 8, page.paginator.ELLIPSIS, 19]


def test_filters_in_force_are_named_in_words_and_can_be_taken_off(get):
    request = get("/?place=ke/kitui&sectors=crops&sectors=water&title=&agreed=on&page=2")
    found = active_filters(FieldsOfAllKinds(request.GET), request)
    assert [(chip.label, chip.value) for chip in found] == [
        ("Place", "Kitui"),
        ("Sectors", "Crops, Water"),
        ("Agreed", "yes"),
    ]
    assert found[1].query == "?place=ke%2Fkitui&title=&agreed=on"


def test_controls_get_their_class_and_parts_of_controls_none():
    form = FieldsOfAllKinds()

    def classes(name):
        return re.findall(r'<(\w+)[^>]*? class="([^"]+)"', str(form[name]))

    assert classes("title") == [("input", "form-control")]
    assert classes("place") == [("select", "form-select")]
    assert classes("agreed") == [("input", "form-check-input")]
    assert classes("token") == []
    assert ("input", "form-check-input") in classes("stage")
    assert control_class({"attrs": {"class": "wide"}, "type": "text"}) == "form-control wide"


def test_a_refused_form_names_its_errors_once_at_the_top_and_beside_each_field():
    form = FieldsOfAllKinds({"title": "", "place": "ke/kitui"})
    html = str(form)
    assert html.index('class="error-summary"') < html.index('name="title"')
    assert '<a href="#id_title">Fill in “Title”.</a>' in html
    assert '<a href="#id_stage_0">Choose “Stage”.</a>' in html
    control = re.search(r'<input[^>]*name="title"[^>]*>', html).group()
    assert 'aria-invalid="true"' in control
    described = re.search(r'aria-describedby="([^"]+)"', control).group(1).split()
    assert described == ["id_title_helptext", "id_title_error"]
    assert all(html.count(f'id="{name}"') == 1 for name in described)


def test_errors_of_a_formset_lead_to_the_row():
    rows = formset_factory(FieldsOfAllKinds, extra=0)(
        {
            "form-TOTAL_FORMS": "1",
            "form-INITIAL_FORMS": "1",
            "form-0-place": "ke/kitui",
            "form-0-stage": "planned",
        }
    )
    assert error_links(None, rows) == [("id_form-0-title", "", "Fill in “Title”.")]


def test_a_list_in_which_nothing_is_chosen_says_so_in_words():
    class FieldsToChoose(forms.Form):
        place = forms.ChoiceField(choices=[("", "---------"), ("ke/kitui", "Kitui")])

    assert without_space(str(FieldsToChoose()["place"])).count(">Choose</option>") == 1
    assert "---------" not in str(FieldsToChoose()["place"])


class FieldsWithLimits(forms.Form):
    name = forms.CharField(max_length=3)
    agreed = forms.BooleanField()
    stage = forms.ChoiceField(choices=[("planned", "Planned")])
    reason = forms.CharField(error_messages={"required": "Say why."})
    persons = forms.IntegerField(min_value=1)
    share = forms.IntegerField(max_value=100)
    link = forms.URLField(assume_scheme="https")


def test_what_is_wrong_is_said_in_our_words_and_a_forms_own_sentence_stays():
    form = FieldsWithLimits(
        {"name": "Mwingi", "stage": "done", "persons": -3, "share": 101, "link": "no address"}
    )

    assert {field.name: list(field.errors) for field in form} == {
        "name": ["At most 3 characters; these are 6."],
        "agreed": ["Tick “Agreed”."],
        "stage": ["Choose one of what is offered."],
        "reason": ["Say why."],
        "persons": ["1 or more."],
        "share": ["100 or less."],
        "link": ["Write a web address, such as https://example.org."],
    }


def test_a_field_that_depends_on_another_is_not_called_optional():
    form = FieldsOfAllKinds()
    assert "(optional)" in form["sectors"].as_field_group()

    form.fields["sectors"].is_conditional = True
    assert "(optional)" not in form["sectors"].as_field_group()


def test_a_form_without_errors_has_no_summary():
    assert 'class="error-summary"' not in str(FieldsOfAllKinds())


def test_optional_fields_say_so():
    html = str(FieldsOfAllKinds()["sectors"].as_field_group())
    assert without_space(re.search(r"<legend>.*?</legend>", html, re.DOTALL).group()) == (
        '<legend>Sectors <span class="optional">(optional)</span></legend>'
    )


def test_a_hash_is_shortened_to_its_ends():
    assert short_hash("8f434346" + "0" * 48 + "2dc327aa") == "8f434346…2dc327aa"


def test_the_progress_of_long_work_polls_until_it_has_ended():
    running = render_to_string(
        "components/progress.html", {"status": "running", "percent": 40, "url": "/progress/"}
    )
    assert 'hx-get="/progress/" hx-trigger="every 2s"' in running
    assert "hx-get" not in render_to_string("components/progress.html", {"status": "ready"})


def test_the_timeline_shows_who_did_what_and_why():
    events = [
        Event(verb="workplans.result_returned", note="48 names, not 84."),
    ]
    html = render_to_string("components/timeline.html", {"events": events})
    words = without_space(re.sub(r"<[^>]+>", " ", html))
    assert words == "Result returned · the portal 48 names, not 84."


@pytest.mark.parametrize(
    "name", ["400", "403_csrf", "429", "500", "503", "503_database", "503_storage"]
)
def test_a_page_for_when_little_works_needs_no_request_and_no_database(name):
    html = get_template(f"{name}.html").render()
    assert html.count("<h1>") == 1
    assert "<h1></h1>" not in html
    assert "<script" not in html


def test_a_lost_reader_is_shown_the_way(client, db):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "/accounts/login/?next=/nowhere/" in response.content.decode()


def test_no_template_of_ours_has_code_or_style_that_the_security_policy_blocks(settings):
    blocked = re.compile(r"\sstyle=|\son\w+=\"|<style|<script(?![^>]*(\ssrc=|application/json))")
    found = [
        f"{path.relative_to(settings.BASE_DIR)}: {match.group()}"
        for path in sorted((settings.BASE_DIR / "templates").rglob("*.html"))
        if "pdf" not in path.parts
        for match in blocked.finditer(path.read_text())
    ]
    assert found == []


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "?refused=1", "?order=-code&page=19&state=verified"])
def test_the_gallery_shows_every_component_in_a_demo(client, settings, query):
    settings.DEMO = True
    response = client.get(f"/components/{query}")
    assert response.status_code == 200


@pytest.mark.django_db
def test_the_gallery_is_not_there_in_production(client):
    assert client.get("/components/").status_code == 404


@pytest.mark.parametrize(
    ("received", "due", "said"),
    [(6, 7, "Received <strong>6 of 7</strong>"), (0, 0, "Nothing was due.")],
)
def test_a_roll_up_that_nobody_owes_anything_for_says_so(received, due, said):
    html = render_to_string("components/completeness.html", {"received": received, "due": due})

    assert said in html
    assert ("<meter" in html) == bool(due)
