"""A sector session fills the next year's plan, and the county settles what meets in it."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo

from playwright.sync_api import expect

PLAN = "/mechanisms/sek/plans/kitui-2021-2022/"
NAIROBI = zoneinfo.ZoneInfo("Africa/Nairobi")
# Of KCDMS, in the ward and the weeks in which FAO trains; the others lie elsewhere in the county.
MEETING = ("KTI-AGR-21", "Field schools on green grams", "Nguni")
OTHERS = [
    ("KTI-AGR-22", "Field schools on sorghum", "Migwani"),
    ("KTI-AGR-23", "Lead farmers trained in hay", "Tharaka"),
    ("KTI-AGR-24", "Youth groups trained in beekeeping", "Ngomeni"),
    ("KTI-AGR-25", "Co-operatives trained in book-keeping", "Kyuso"),
    ("KTI-AGR-26", "Women’s groups trained in poultry", "Mumoni"),
    ("KTI-AGR-27", "Ward officers trained in soil testing", "Tseikuru"),
    ("KTI-AGR-28", "Traders trained in grading", "Mui"),
    ("KTI-AGR-29", "Store committees trained in fumigation", "Waita"),
    ("KTI-AGR-30", "Mango growers trained in pruning", "Mutomo"),
]


def test_a_sector_session_builds_ten_activities_settles_an_overlap_and_passes_a_gate(visit, look):
    partner = visit(PLAN, as_="kcdms-officer")
    for row in OTHERS:
        type_activity(partner, *row)
    type_activity(partner, *MEETING)

    # Told before it is saved; saved all the same, the county decides.
    expect(
        partner.get_by_text("The other lead and the county’s focal point have been told")
    ).to_be_visible()
    look(partner)
    partner.get_by_role("button", name="Save all the same").click()
    expect(partner.get_by_role("heading", name=MEETING[1])).to_be_visible()
    fill_in_the_grid(partner, look)

    county = visit(f"{PLAN}overlaps/", as_="kitui-focal-point")
    look(county)
    settle(county, look)
    pass_the_gate(county, visit(f"{PLAN}phases/", as_="rla-secretariat"), look)


def type_activity(partner, code: str, title: str, ward: str) -> None:
    partner.goto(f"{PLAN}new/")
    partner.get_by_label("Code").fill(code)
    partner.get_by_label("Title").fill(title)
    partner.get_by_label("Type of activity").select_option(label="Training")
    choices = partner.get_by_label("Sector").locator("option").all_inner_texts()
    sector = next(each for each in choices if each.startswith("Agriculture, Livestock"))
    partner.get_by_label("Sector").select_option(label=sector)
    partner.get_by_role("checkbox", name=re.compile(f"^{ward}")).first.check()
    partner.get_by_label("Starts on").fill("2021-09-15")
    partner.get_by_label("Last day").fill("2021-11-30")
    partner.get_by_role("button", name="Add the activity").click()


def fill_in_the_grid(partner, look) -> None:
    """All ten stand in the grid, where a cell is saved as one leaves it."""
    partner.goto(f"{PLAN}grid/")
    look(partner)
    cells = partner.get_by_label(re.compile(r"^Target group, KTI-AGR-(2[1-9]|30)$"))
    expect(cells).to_have_count(10)
    cells.first.fill("Farmers of both sexes")
    cells.first.press("Enter")
    expect(partner.get_by_text(re.compile("^Saved at"))).to_be_visible()
    partner.reload()
    expect(cells.first).to_have_value("Farmers of both sexes")


def settle(county, look) -> None:
    county.get_by_role("link", name=re.compile(MEETING[0])).click()
    look(county)
    county.get_by_role("link", name="Decide", exact=True).click()
    look(county)
    county.get_by_label("Divide places or tasks").check()
    county.get_by_label("Reason").fill("FAO trains in Nguni market, KCDMS in the villages.")
    county.get_by_role("button", name="Record it").click()
    county.get_by_role("link", name="It is settled").click()
    look(county)
    county.get_by_label("What became of it").fill("Both agreed on a list of villages.")
    county.get_by_role("button", name="Record it").click()
    expect(county.locator(".lead .status", has_text="Settled")).to_be_visible()


def pass_the_gate(county, secretariat, look) -> None:
    """Everything on the list is done; the gate opens when both sides have said so."""
    secretariat.get_by_role("row").filter(has_text="Under way").get_by_role("link").first.click()
    links = secretariat.get_by_role("link", name=re.compile("^Say how it stands"))
    expect(links.first).to_be_visible()  # a click does not wait until the next page is there
    phase = secretariat.url
    today = dt.datetime.now(NAIROBI).date().isoformat()
    for index in range(links.count()):
        links.nth(index).click()
        secretariat.get_by_label("Done", exact=True).check()
        secretariat.get_by_label("Done on").fill(today)
        secretariat.get_by_label("Done by").fill("Sector groups")
        secretariat.get_by_role("button", name="Save").click()
        expect(secretariat).to_have_url(phase)
    secretariat.get_by_role("link", name="Ask for the gate").click()
    secretariat.get_by_label("The work of the phase ended on").fill(today)
    look(secretariat)
    secretariat.get_by_role("button", name="Ask for it").click()
    for side in (secretariat, county):
        side.goto(phase)
        side.get_by_role("link", name="Let the phase pass").click()
        look(side)
        side.get_by_role("button", name="Pass it").click()
    expect(county.locator(".lead .status", has_text="Passed")).to_be_visible()
    look(county)
