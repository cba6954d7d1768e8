"""Four people follow January to March 2021 through the portal, each in a browser of his own."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import zoneinfo

from playwright.sync_api import expect

GRID = "/mechanisms/sek/reporting/2021-q1/kcdms/"
SECONDS_TO_RENDER = 90_000
PHONE = {"width": 360, "height": 740}
ROOM = "/mechanisms/sek/committees/kitui-structure/meetings/"
NAIROBI = zoneinfo.ZoneInfo("Africa/Nairobi")


def test_a_partner_fills_the_grid_is_told_what_does_not_add_up_and_submits(visit, look):
    page = visit("/desk/", as_="kcdms-officer")
    look(page)
    page.get_by_role("link", name=re.compile("KCDMS → SEK")).click()
    look(page)

    # 210 farmers in Kibwezi West, but the parts say 200: the grid says so before anything is sent.
    def number(label: str):
        return page.get_by_label(f"{label}, O2.1, Kibwezi West", exact=True)

    number("Value (farmers)").fill("210")
    parts = {"Sex: Female": "120", "Sex: Male": "80", "Sex: Not stated": "0"}
    ages = {"Age: 15 to 29 years": "70", "Age: 30 years and over": "130", "Age: Not stated": "10"}
    for label, value in (parts | ages).items():
        number(label).fill(value)
    expect(page.get_by_text("Sex: 10 missing")).to_be_visible()
    page.get_by_role("button", name="Check and submit").click()

    # Refused at the place, with what was typed still there; nothing of it was submitted.
    expect(page.get_by_text("Sex: the parts are 10 less than the total.").first).to_be_visible()
    expect(number("Value (farmers)")).to_have_value("210")
    look(page)

    number("Sex: Male").fill("90")
    reason = page.get_by_label("Reason of the deviation, O2.1, Mwingi Central", exact=True)
    reason.fill("One field school was postponed to April.")
    page.get_by_role("button", name="Check and submit").click()

    expect(page.get_by_role("heading", name="Submit the report of KCDMS")).to_be_visible()
    expect(page.get_by_text("values stay missing")).to_be_visible()
    look(page)
    page.get_by_role("button", name=re.compile(r"Submit \d+ values")).click()

    expect(number("Value (farmers)")).to_have_count(0)
    expect(page.locator(".status", has_text="Submitted").first).to_be_visible()
    page.goto("/desk/")
    expect(page.get_by_role("link", name=re.compile("KCDMS → SEK"))).to_have_count(0)


def test_a_county_official_verifies_one_value_and_returns_another(visit, look):
    page = visit("/desk/", as_="kitui-focal-point")
    page.get_by_role("link", name="Open the queue").click()
    look(page)
    expect(page.locator("summary", has_text="Verify all of this report").first).to_be_visible()
    rows = [row.get_attribute("id") for row in page.locator("tr[id^=value-]").all()]

    verified = page.locator(f"#{rows[0]}")
    verified.get_by_role("button", name="Verify").click()
    expect(verified.get_by_role("button", name="Verify")).to_have_count(0)

    returned = page.locator(f"#{rows[1]}")
    returned.locator("summary", has_text="Return").click()
    returned.get_by_label("Reason", exact=True).fill("The list of spending is not attached.")
    returned.get_by_role("button", name="Return with this reason").click()
    expect(returned.get_by_role("button", name="Verify")).to_have_count(0)
    look(page)

    # A return without a reason is refused, and the value still waits.
    page.goto("/verification/")
    waiting = page.locator(f"#{rows[2]}")
    waiting.locator("summary", has_text="Return").click()
    waiting.get_by_role("button", name="Return with this reason").click()
    expect(waiting.get_by_role("button", name="Verify")).to_be_visible()
    look(page)


def test_the_secretariat_compiles_a_county_consents_and_the_donor_downloads(visit, look):
    secretariat = visit("/reports/new/", as_="rla-secretariat")
    look(secretariat)
    secretariat.get_by_label("Mechanism").select_option(
        label=option(secretariat, "Mechanism", "SEK")
    )
    secretariat.get_by_label("Quarter").select_option(
        label=option(secretariat, "Quarter", "Mar 2021")
    )
    secretariat.get_by_role("button", name="Open the report").click()
    look(secretariat)
    workspace = secretariat.url
    secretariat.get_by_role("button", name="Compile the first edition").dblclick()
    made = secretariat.get_by_role("link", name=re.compile("Download the PDF|Review edition 1"))
    expect(made.first).to_be_visible(timeout=SECONDS_TO_RENDER)
    secretariat.goto(workspace)
    expect(secretariat.get_by_role("link", name=re.compile(r"^Edition \d"))).to_have_count(1)
    secretariat.get_by_role("link", name="Review edition 1").click()
    look(secretariat)
    edition = secretariat.url

    county = visit("/desk/", as_="makueni-focal-point")
    county.goto(edition)
    look(county)
    county.get_by_text("Consent to publication").click()
    county.get_by_role("button", name="Consent", exact=True).click()
    expect(county.get_by_text("Your consent is on record").first).to_be_visible()

    secretariat.reload()
    secretariat.get_by_text("Publish this edition").click()
    secretariat.get_by_role("button", name="Publish", exact=True).click()
    secretariat.goto(workspace)
    look(secretariat)

    donor = visit("/reports/?mine=1", as_="usaid-officer")
    look(donor)
    row = donor.get_by_role("row", name=re.compile("1 Jan–31 Mar 2021"))
    with donor.expect_download() as download:
        row.get_by_role("link", name=re.compile("^PDF")).click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")


def test_a_citizen_reads_a_published_report_and_checks_a_copy(visit, look, tmp_path):
    page = visit("/")
    look(page)
    page.get_by_role("link", name=re.compile("SEK quarterly progress report, 1 Oct")).first.click()
    look(page)
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("PDF")).first.click()
    copy = download.value.path().read_bytes()
    expect(page.get_by_text(hashlib.sha256(copy).hexdigest()).first).to_be_attached()

    page.goto("/reports/check/")
    genuine, forged = tmp_path / "report.pdf", tmp_path / "forged.pdf"
    genuine.write_bytes(copy)
    forged.write_bytes(copy.replace(b"%PDF-1", b"%PDF-2", 1))
    sent = []
    page.on("request", lambda request: sent.append(request.post_data_buffer))
    page.locator("input[data-check-file]").set_input_files(genuine)
    expect(page.get_by_role("status")).to_contain_text("Authentic")
    page.locator("input[data-check-file]").set_input_files(forged)
    expect(page.get_by_role("status")).to_contain_text("Not known")
    look(page)
    assert not any(sent), "the copy must not leave the browser"


def option(page, field: str, part: str) -> str:
    """The first choice of a select whose words contain ``part``."""
    choices = page.get_by_label(field).locator("option").all_inner_texts()
    return next(choice for choice in choices if part in choice)


def test_a_county_lead_raises_an_alert_and_an_issue_and_gets_the_answer(visit, look):
    phone = {"width": 360, "height": 740}
    lead = visit("/mechanisms/sek/alerts/new/", as_="kitui-lead", viewport=phone)
    expect(lead.get_by_label("Kitui", exact=True)).to_be_checked()
    lead.get_by_label("Kind").select_option(label="Locusts")
    lead.get_by_label("What happens").fill("Swarms at Mwingi")
    lead.get_by_role("button", name="Raise the alert").click()
    expect(lead.get_by_role("heading", name="Swarms at Mwingi", level=1)).to_be_visible()
    look(lead)

    lead.goto("/mechanisms/sek/escalations/new/")
    lead.get_by_label("Issue").fill("Nobody sprays at Mwingi")
    lead.get_by_label("What it is about").fill("The sprayers stand in Machakos.")
    lead.get_by_label("Raise it to").select_option(label="CLT Kitui")
    lead.get_by_role("button", name="Raise it").click()
    expect(lead.get_by_text("With the CLT Kitui since")).to_be_visible()
    look(lead)

    # The body that has it sees it on the desk, and answers.
    backbone = visit("/desk/", as_="rla-secretariat")
    backbone.get_by_role("link", name="Nobody sprays at Mwingi").click()
    look(backbone)
    backbone.get_by_role("link", name="Answer", exact=True).click()
    backbone.get_by_label("Answer").fill("Two sprayers come on Monday.")
    backbone.get_by_role("button", name="Send the answer").click()

    # The answer is on the desk of whoever raised it, who alone closes the issue.
    lead.goto("/desk/")
    lead.get_by_role("link", name="Nobody sprays at Mwingi").click()
    expect(lead.get_by_text("Two sprayers come on Monday.").first).to_be_visible()
    lead.get_by_role("button", name="It is settled: close it").click()
    expect(lead.locator(".lead .status", has_text="Closed")).to_be_visible()


def test_a_secretary_takes_a_meeting_from_its_date_to_confirmed_minutes(visit, look):
    secretary = visit(ROOM, as_="rla-secretariat")
    first = scheduled(secretary, "Monthly meeting of the county")
    look(secretary)
    build_the_agenda(secretary, look)
    county = visit("/desk/", as_="kitui-focal-point")
    ask_and_answer(secretary, county, look)
    open_with_a_quorum(secretary, first, look)
    phone = visit(f"{first}minutes/write/", as_="rla-secretariat", viewport=PHONE)
    write_on_a_phone(phone, look)
    circulate_and_correct(secretary, county, first, look)
    confirm_at_the_next_meeting(secretary, first, look)

    # The action stands on its owner's desk, the decision in the register.
    lead = visit("/desk/", as_="kitui-lead")
    expect(lead.get_by_role("link", name=re.compile("Hire two water trucks")).first).to_be_visible()
    lead.goto("/mechanisms/sek/committees/kitui-structure/decisions/")
    expect(lead.get_by_text("Truck water to Mwingi until the rains.").first).to_be_visible()


def build_the_agenda(secretary, look):
    """The usual items, and one of this meeting alone."""
    secretary.get_by_role("button", name="Add the usual items").click()
    secretary.get_by_label("Title").fill("Water trucking in Mwingi")
    secretary.get_by_label("Aim").select_option(label="To decide")
    secretary.get_by_role("button", name="Add it").click()
    expect(secretary.locator("ol.agenda > li")).to_have_count(5)
    secretary.get_by_role("button", name="Move up: Any other business").click()
    secretary.get_by_role("button", name="Move down: Any other business").click()
    look(secretary)


def ask_and_answer(secretary, county, look):
    """Whoever holds a seat is asked, and answers in two taps."""
    secretary.get_by_role("link", name="People", exact=True).click()
    secretary.get_by_role("button", name=re.compile(r"Send \d+ invitations")).click()
    expect(secretary.get_by_text("Invitations sent").first).to_be_visible()
    county.goto("/desk/")
    invitations = county.get_by_role("region", name="Invitations to answer")
    invitations.get_by_role("link", name=re.compile("^Kitui county structure")).first.click()
    look(county)
    county.get_by_role("button", name="I will come", exact=True).click()
    expect(county.get_by_text("Will come").first).to_be_visible()


def open_with_a_quorum(secretary, first, look):
    """Three of six seats are there, counted live."""
    secretary.goto(f"{first}minutes/")
    secretary.get_by_role("button", name="Open the meeting").click()
    expect(secretary.get_by_text("No quorum: decisions will have to be ratified")).to_be_visible()
    secretary.goto(f"{first}attendance/")
    for seat in (
        "County Lead",
        "County Government’s Point of Contact",
        "Sector-based representative, agriculture",
    ):
        row = secretary.get_by_role("row").filter(
            has=secretary.get_by_role("rowheader", name=re.compile(f"^{seat}"))
        )
        row.get_by_label("Attendance").select_option(label="Present")
    # Before anything is saved.
    expect(secretary.get_by_text("Quorum met")).to_be_visible()
    expect(secretary.get_by_text("Not saved yet.")).to_be_visible()
    secretary.get_by_role("button", name="Save").click()
    expect(secretary.get_by_text("Saved.")).to_be_visible()
    expect(secretary.get_by_text("Quorum met")).to_be_visible()
    look(secretary)


def unfold(phone, title):
    """The item of this title, of which a phone shows the name alone until one asks for it."""
    item = phone.get_by_role("article", name=title)
    if not item.is_visible():
        phone.locator("summary").filter(has_text=title).click()
    return item


def write_on_a_phone(phone, look):
    """Item by item; what is typed is kept by itself, each time."""
    look(phone)
    item = unfold(phone, "Water trucking in Mwingi")
    said = item.get_by_label("What was presented and said")
    said.fill("Two boreholes are dry.")
    expect(item.get_by_text("Draft kept at")).to_be_visible()
    with phone.expect_response("**/draft/"):
        said.fill("Two boreholes are dry since May.")
    phone.reload()
    item = phone.get_by_role("article", name="Water trucking in Mwingi")
    expect(item.get_by_label("What was presented and said")).to_have_value(
        "Two boreholes are dry since May."
    )
    item.get_by_role("link", name="Decision").click()
    look(phone)
    phone.get_by_label("Decision, word for word").fill("Truck water to Mwingi until the rains.")
    phone.get_by_label("Type").select_option(label="Approve")
    phone.get_by_role("button", name="Record the decision").click()
    item.get_by_role("link", name="Action").click()
    phone.get_by_label("What has to be done").fill("Hire two water trucks")
    phone.get_by_label("Seat that does it").select_option(label="County Lead")
    phone.get_by_role("button", name="Set the action").click()
    item.get_by_label("Outcome").select_option(label="Decided")
    item.get_by_role("button", name="Save").click()
    expect(item.get_by_text("Saved", exact=True)).to_be_visible()
    for title in (
        "Opening and confirmation of the agenda",
        "Previous minutes",
        "Matters arising",
        "Any other business",
    ):
        card = unfold(phone, title)
        card.get_by_label("Outcome").select_option(label="Noted")
        card.get_by_role("button", name="Save").click()
        expect(card.get_by_text("Saved", exact=True)).to_be_visible()
    phone.reload()
    phone.get_by_text("Close the meeting").click()
    phone.get_by_role("button", name="Close it").click()
    expect(phone.get_by_role("heading", name=re.compile("^Minutes"))).to_be_visible()


def circulate_and_correct(secretary, county, first, look):
    """A member asks for a correction, and reads why it is declined."""
    secretary.goto(f"{first}minutes/")
    secretary.get_by_role("link", name="Circulate").click()
    look(secretary)
    secretary.get_by_role("button", name="Circulate").click()
    county.goto(f"{first}minutes/")
    county.get_by_role("link", name="Ask for a correction").click()
    county.get_by_label("What should it say?").fill("Three boreholes are dry.")
    county.get_by_role("button", name="Ask for it").click()
    secretary.reload()
    look(secretary)
    secretary.get_by_role("link", name="Answer", exact=True).click()
    secretary.get_by_label("Decline it").check()
    secretary.get_by_label("Reason").fill("The third one was repaired.")
    secretary.get_by_role("button", name="Answer").click()


def confirm_at_the_next_meeting(secretary, first, look):
    """From then on they are frozen."""
    secretary.goto(ROOM)
    second = scheduled(secretary, "Next meeting of the county")
    secretary.goto(f"{second}minutes/")
    secretary.get_by_role("button", name="Open the meeting").click()
    secretary.goto(f"{first}minutes/")
    secretary.get_by_role("link", name="Confirm").click()
    look(secretary)
    secretary.get_by_label("Confirmed at the meeting").select_option(
        label="Next meeting of the county"
    )
    secretary.get_by_label("Signed by the secretary").fill("Secretariat, RLA")
    secretary.get_by_role("button", name="Confirm").click()
    expect(secretary.get_by_text("SHA-256 of the confirmed minutes")).to_be_visible()
    expect(secretary.get_by_role("link", name="Write")).to_have_count(0)
    look(secretary)


def scheduled(page, title: str) -> str:
    """The address of a meeting for the whole of today, scheduled from the page of meetings."""
    page.get_by_role("link", name="Schedule a meeting").click()
    page.get_by_label("Day").fill(dt.datetime.now(NAIROBI).date().isoformat())
    page.get_by_label("Begins").fill("00:01")
    page.get_by_label("Ends").fill("23:59")
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Schedule it").click()
    expect(page.get_by_role("heading", name="Agenda", level=1)).to_be_visible()
    return page.url.removesuffix("agenda/")


def test_a_signatory_confirms_a_part_of_a_commitment_on_a_phone(visit, look):
    """Signed in, it takes two taps from the desk or the letter; of a part, its amount as well."""
    phone = visit("/desk/", as_="kcdms-signatory", viewport=PHONE)
    phone.get_by_role("link", name="KCDMS: USD 40,000, Cash").click()
    look(phone)

    # More than was promised is refused, and what was typed is still there.
    phone.get_by_label("Confirmed in all").fill("60,000")
    phone.get_by_role("button", name="Confirm").click()
    expect(phone.get_by_text("No more can be confirmed than was promised.").first).to_be_visible()
    expect(phone.get_by_label("Confirmed in all")).to_have_value("60,000")
    look(phone)

    phone.get_by_label("Confirmed in all").fill("25,000")
    phone.get_by_role("button", name="Confirm").dblclick()
    expect(phone.locator(".status", has_text="Partly confirmed").first).to_be_visible()
    expect(phone.get_by_text("USD 25,000").first).to_be_visible()
    look(phone)

    # The plan's money counts it at once; the rest still waits.
    phone.goto("/mechanisms/sek/plans/kitui-2020-2021/money/")
    expect(phone.get_by_role("heading", name="Who has promised what")).to_be_visible()
    look(phone)
