"""A joint committee that reviews communes and gives grants to them, typed in from paper (C10)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile

from committees.models import Access, Body, Decision, Meeting, Minutes
from committees.services.attendance import Noted, lines_of
from committees.services.criteria import Scale, criteria_on, set_criteria
from committees.services.grants import decide_grant, pay_grant, propose_grant, withdraw_grant
from committees.services.past_meetings import record_past_meeting
from committees.services.past_records import PaperItem, confirm_as_signed, type_in_record
from committees.services.performance import record_review
from coordination.models import Place, PlaceLevel, User
from coordination.models.money import MINOR_DIGITS
from coordination.services.files import vet_upload

from .people import who
from .sources import PICTURES, moment, place, read

Row = dict[str, Any]


def load_commune_grants() -> None:
    """Everything of ``data/commune_grants.yaml``."""
    Committee(read("commune_grants")).load()


class Committee:
    """The committee's deeds, in the order in which its secretary typed them in."""

    def __init__(self, told: Row) -> None:
        slug, _slash, name = told["body"].partition("/")
        self.told = told
        self.body = Body.objects.select_related("mechanism").get(mechanism__slug=slug, slug=name)
        self.secretary: User = who("psod-secretary")
        self.at = moment(told["entered_at"], self.body.mechanism)

    def load(self) -> None:
        self._set_up()
        for row in self.told["meetings"]:
            self._hold(row)
        for row in self.told["grants"]:
            self._give(row)

    def _set_up(self) -> None:
        levels = PlaceLevel.objects.filter(
            country_code=self.body.mechanism.country.level.country_code
        )
        self.body.reviews_level = levels.get(depth=self.told["level"])
        self.body.save(update_fields=["reviews_level"])
        above = place(self.told["district"]["under"])
        district = self._place(above, self.told["district"], levels)
        self.communes = {
            row["slug"]: self._place(district, row, levels) for row in self.told["communes"]
        }

    def _place(self, above: Place, row: Row, levels: Any) -> Place:
        depth = above.path.count("/") + 1
        made = Place(
            parent=above, slug=row["slug"], name=row["name"], path=f"{above.path}/{row['slug']}",
            level=levels.get(depth=depth),
        )  # fmt: skip
        made.full_clean()
        made.save()
        return made

    def _set_criteria(self, meeting: Meeting) -> None:
        """Those that are new by the day of the meeting: later ones come after its reviews."""
        for row in self.told["criteria"]:
            if meeting.held_on and row["applies_from"] <= meeting.held_on:
                self._set(row)

    def _set(self, row: Row) -> None:
        if self.body.criteria_sets.filter(applies_from=row["applies_from"]).exists():
            return
        scales = [Scale(name, Decimal(low), Decimal(high)) for name, low, high in row["scales"]]
        set_criteria(
            self.body, by=self.secretary, applies_from=row["applies_from"], scales=scales,
            note=row["note"], at=self.at,
        )  # fmt: skip

    def _hold(self, row: Row) -> None:
        meeting = record_past_meeting(
            self.body, by=self.secretary, at=self.at, kind="ordinary", mode="in_person", title="",
            number=row["number"], held_on=row["held_on"], is_day_known=True, venue="",
            chaired_by="Representative of the commune councils", access=Access.PUBLIC, note="",
            missing_note="", gap_reason="", is_quorate=None, quorum_note="", joint_with=[],
        )  # fmt: skip
        there = set(row["present"])
        notes = {
            line.key: (line.noted, Noted("present" if line.title in there else "absent"))
            for line in lines_of(meeting)
        }
        items = [PaperItem(**item) for item in row["items"]]
        paper = (PICTURES / "signature_page.jpg").read_bytes()
        file = vet_upload(ContentFile(paper, name=f"minutes-{row['held_on']}.jpg"))
        minutes = type_in_record(
            meeting, by=self.secretary, notes=notes, items=items, file=file, at=self.at
        )
        self._set_criteria(meeting)
        for slug, scores in row["reviews"].items():
            self._review(meeting, self.communes[slug], scores)
        if confirmed_on := row.get("confirmed_on"):
            self._confirm(minutes, confirmed_on)

    def _confirm(self, minutes: Minutes, confirmed_on: dt.date) -> None:
        confirm_as_signed(
            minutes, by=self.secretary, confirmed_on=confirmed_on, at=self.at,
            chair_post="Representative of the commune councils",
            secretary_post="Secretary of the committee",
        )  # fmt: skip

    def _review(self, meeting: Meeting, commune: Place, scores: list[Any]) -> None:
        if meeting.held_on is None or (found := criteria_on(self.body, meeting.held_on)) is None:
            return
        criteria = found.criteria.order_by("position")
        pairs = zip(criteria, scores, strict=True)
        record_review(
            self.body, commune, by=self.secretary, criteria=found, at=self.at, meeting=meeting,
            reviewed_on=meeting.held_on, covers_from=None, covers_to=None, note="",
            scores={each: Decimal(score) for each, score in pairs if score is not None},
        )  # fmt: skip

    def _give(self, row: Row) -> None:
        minor = row["amount"] * 10**MINOR_DIGITS
        grant = propose_grant(
            self.body, self.communes[row["place"]], by=self.secretary, at=self.at,
            purpose=row["purpose"], amount_minor=minor, currency=row["currency"],
            proposed_on=row["proposed_on"], note="",
        )  # fmt: skip
        if number := row.get("decision"):
            decision = Decision.objects.get(body=self.body, paper_number=number)
            grant = decide_grant(
                grant, by=self.secretary, decision=decision, amount_minor=minor, at=self.at
            )
        if paid_on := row.get("paid_on"):
            pay_grant(grant, by=self.secretary, paid_on=paid_on, at=self.at)
        if reason := row.get("withdrawn"):
            withdraw_grant(grant, by=self.secretary, reason=reason, at=self.at)
