"""The demo's accounts: posts that a visitor signs in as, each with a password that is no secret.

They exist in a demo alone: `load_demo` refuses anywhere else, and their passwords are kept by a
hasher that a production portal does not have (`config.demo.hashers`).
"""

from __future__ import annotations

from dataclasses import dataclass

from coordination.models import Role


@dataclass(frozen=True)
class Account:
    """A post with a login. ``organisation``, ``place`` and ``mechanism`` are address parts."""

    key: str
    post: str
    password: str
    role: Role
    organisation: str = ""
    place: str = ""
    mechanism: str = ""
    try_first: str = ""

    @property
    def email(self) -> str:
        return f"{self.key}@example.org"


ACCOUNTS = (
    Account(
        "kcdms-officer",
        "Partner data officer, KCDMS",
        "demo-field-school",
        Role.PARTNER_OFFICER,
        organisation="kcdms",
        try_first="Finish and submit the grid of January to March 2021",
    ),
    Account(
        "kcdms-signatory",
        "Authorised signatory, KCDMS",
        "demo-signed-paper",
        Role.PARTNER_SIGNATORY,
        organisation="kcdms",
        try_first="Sign a change of Kitui’s plan; restate a value that is verified already",
    ),
    Account(
        "kitui-focal-point",
        "County focal point, Kitui",
        "demo-green-grams",
        Role.COUNTY_FOCAL_POINT,
        organisation="kitui-county",
        place="ke/kitui",
        try_first="Verify what waits in the queue, or return a value with a reason",
    ),
    Account(
        "makueni-focal-point",
        "County focal point, Makueni",
        "demo-mango-season",
        Role.COUNTY_FOCAL_POINT,
        organisation="makueni-county",
        place="ke/makueni",
        try_first="Verify KCDMS’s values once they are in; consent to the report",
    ),
    Account(
        "kitui-lead",
        "County Lead, Kitui (KIWASH)",
        "demo-water-point",
        Role.COUNTY_LEAD,
        organisation="kiwash",
        place="ke/kitui",
        mechanism="sek",
        try_first="See what every partner of Kitui reports, and its plan, ward by ward",
    ),
    Account(
        "kitui-agriculture",
        "Agribusiness Expert, Agriculture, Kitui",
        "demo-pigeon-pea",
        Role.COMMITTEE_MEMBER,
        organisation="kitui-county",
        mechanism="sek",
        try_first="Read the papers and decisions of Kitui’s county structure",
    ),
    Account(
        "rla-secretariat",
        "Secretariat, RLA",
        "demo-round-table",
        Role.SECRETARIAT,
        organisation="rla",
        mechanism="sek",
        try_first="Start the report of January to March 2021 and have it made",
    ),
    Account(
        "psod-secretary",
        "Secretary of a joint committee, PSOD",
        "demo-notice-board",
        Role.COMMITTEE_MEMBER,
        organisation="psod",
        mechanism="dfgg",
        try_first="Record the payment of a commune’s grant; type in minutes from paper",
    ),
    Account(
        "usaid-officer",
        "Donor officer, USAID",
        "demo-open-ledger",
        Role.DONOR_OFFICER,
        organisation="usaid-kea",
        try_first="Download the published report of October to December 2020",
    ),
    Account(
        "administrator",
        "Administrator",
        "demo-key-keeper",
        Role.ADMINISTRATOR,
        try_first="Look behind the pages at /admin/",
    ),
)


def describe_accounts() -> str:
    """The accounts as a table for the terminal."""
    head = ("Sign in as", "with the password", "you are", "and may first")
    rows = [head, *((a.email, a.password, a.post, a.try_first) for a in ACCOUNTS)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
             for row in rows]  # fmt: skip
    lines.insert(1, "-" * max(len(line) for line in lines))
    return "\n".join(lines)
