"""Four people follow January to March 2021 through the portal, each in a browser of his own."""

from __future__ import annotations

import hashlib
import re

from playwright.sync_api import expect

GRID = "/mechanisms/sek/reporting/2021-q1/kcdms/"
SECONDS_TO_RENDER = 90_000


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
