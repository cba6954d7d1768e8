"""The components and the way in, as a critic looks at them: both widths, both directions."""

import pytest

WAYS_IN = ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/")
# What is under one another on a phone and open beside one another on a desk.
FOLDED = "/mechanisms/sek/results/"


@pytest.fixture(params=["en", "ur"], ids=["from the left", "from the right"])
def language(request):
    return request.param


def test_components_and_ways_in_stand_up_to_a_critic(visit, look, portal, language):
    page = visit("/components/")
    page.context.add_cookies([{"name": "django_language", "value": language, "url": portal}])
    for path in ("/components/", "/components/?refused=1", FOLDED, *WAYS_IN):
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == language
        look(page, as_phone=True)


def test_the_menu_of_a_phone_opens_without_script(browser, portal):
    phone = {"width": 360, "height": 740}
    context = browser.new_context(base_url=portal, viewport=phone, java_script_enabled=False)
    page = context.new_page()
    page.goto("/components/")
    reports = page.get_by_role("navigation", name="Main").get_by_role("link", name="Reports")
    assert not reports.is_visible()
    page.get_by_role("button", name="Menu").click()
    assert reports.is_visible()
    context.close()


def test_a_phone_folds_what_a_desk_has_room_for_without_script(browser, portal):
    phone = {"width": 360, "height": 740}
    context = browser.new_context(base_url=portal, viewport=phone, java_script_enabled=False)
    page = context.new_page()
    page.goto(FOLDED)
    groups = page.locator("details.fold:has(> summary .fold__name):not(.chapters .fold)")
    last = groups.last.get_by_role("table")
    assert groups.first.get_by_role("table").is_visible()
    assert not last.is_visible()
    groups.last.locator("summary").click()
    assert last.is_visible()
    groups.last.locator("summary").click()
    page.set_viewport_size({"width": 1280, "height": 900})
    assert last.is_visible()
    assert not groups.last.locator("summary").is_visible()
    context.close()


@pytest.mark.parametrize(
    ("path", "reader"),
    [
        ("/reports/sek-2020-q4/", ""),
        ("/reviews/sek-kitui-2020-2021-2020-q4/", ""),
        ("/mechanisms/sek/committees/", ""),
        ("/mechanisms/brace/committees/", ""),
        ("/mechanisms/sek/reporting/2021-q1/kcdms/", "kcdms-officer"),
        ("/verification/", "kitui-focal-point"),
        ("/desk/", "rla-secretariat"),
        ("/mechanisms/sek/", "rla-secretariat"),
    ],
)
def test_what_is_long_fits_into_six_screens_of_a_phone(visit, path, reader):
    page = visit(path, as_=reader, viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollHeight") < 6 * 740


def test_paper_carries_what_waits_and_no_question_or_way_around_the_screen(visit):
    page = visit("/verification/", as_="kitui-focal-point")
    page.emulate_media(media="print")
    assert page.get_by_role("table").first.is_visible()
    assert not page.locator(".confirm__body").first.is_visible()
    assert not page.locator(".on-this-page").is_visible()


def test_a_link_into_what_a_phone_folds_opens_it(visit):
    page = visit("/mechanisms/sek/committees/", viewport={"width": 360, "height": 740})
    body = page.locator("article.panel").nth(1)
    assert not body.is_visible()
    page.evaluate("id => { location.hash = id }", body.get_attribute("id"))
    body.wait_for(state="visible")


def test_a_refused_form_takes_the_reader_to_its_errors(visit):
    page = visit("/components/?refused=1")
    assert page.title().startswith("Error: ")
    summary = page.locator(".error-summary")
    assert summary.evaluate("summary => summary === document.activeElement")
    summary.get_by_role("link", name="People reached").click()
    assert page.evaluate("location.hash") == "#id_people"
