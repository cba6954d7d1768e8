"""What a quarterly progress report is made of, in the order that its readers know (domain 4.1).

A chapter holds *sections*, whose text the secretariat edits, and *tables*, which are drawn from the
data when an edition is compiled. The narratives that reporters write feed the sections.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workplans.models import Narrative

From = Narrative.Section
LONGEST_TEXT = 20_000


@dataclass(frozen=True)
class Section:
    """A text. ``narratives`` are the reporters' texts that it begins with."""

    code: str
    title: str | Promise
    guidance: str | Promise
    narratives: tuple[str, ...] = ()
    limit: int = LONGEST_TEXT


@dataclass(frozen=True)
class Table:
    """A part that is drawn from the data; ``code`` names it in the snapshot and the templates."""

    code: str
    title: str | Promise
    # Left out where there is nothing to tell, instead of saying so.
    only_with_rows: bool = False


@dataclass(frozen=True)
class Chapter:
    number: str
    title: str | Promise
    parts: tuple[Section | Table, ...]
    is_wide: bool = False


QUARTERLY: tuple[Chapter, ...] = (
    Chapter("I", _("Executive summary"), (
        Section(
            "impact", _("Qualitative impact"),
            _("What changed for people and institutions in the quarter. With the next two texts "
              "and the table it fills at most two pages."),
            (From.IMPACT,), limit=1800,
        ),
        Table("summary", _("Quantitative impact")),
        Section(
            "summary_constraints", _("Constraints and opportunities in brief"),
            _("Two or three sentences; the full text stands in chapter IV."), limit=900,
        ),
        Section(
            "summary_next", _("The next quarter in brief"),
            _("Two or three sentences; the full text stands in chapter XIII."), limit=900,
        ),
    )),
    Chapter("II", _("Key achievements"), (
        Section(
            "achievements", _("Achievements"),
            _("What was achieved and under which result, in words; it begins with what each "
              "organisation said. Figures stand in chapter III."),
            (From.ACHIEVEMENTS,),
        ),
        Section(
            "lessons", _("Lessons learned"),
            _("What worked, what did not, and what will be done otherwise."), (From.LESSONS,),
        ),
    )),
    Chapter("III", _("Activity progress"), (
        Table("indicators", _("Performance data")),
        Table("places", _("Results by place")),
        Table("organisations", _("Results by organisation")),
        Table("activities", _("Activities of the joint work plans")),
    ), is_wide=True),
    Chapter("IV", _("Constraints and opportunities"), (
        Section(
            "constraints", _("Constraints and opportunities"),
            _("Causes, consequences, and how each was or will be met."), (From.CONSTRAINTS,),
        ),
    )),
    Chapter("V", _("Performance monitoring"), (
        Table("completeness", _("Reports received")),
        Section(
            "monitoring", _("Data collection, quality and verification"),
            _("How the data were collected and verified, and what limits them."),
            (From.MONITORING,),
        ),
    )),
    Chapter("VI", _("Gender, youth and disability"), (
        Table("disaggregates", _("Results by group")),
        Section(
            "gender", _("Progress on gender, youth and disability"),
            _("Who took part and who gained; what was done about who did not."), (From.GENDER,),
        ),
    )),
    Chapter("VII", _("Environmental mitigation and monitoring"), (
        Section(
            "environment", _("Environmental mitigation and monitoring"),
            _("Measures of the mitigation plan, and what monitoring of them showed."),
            (From.ENVIRONMENT,),
        ),
    )),
    Chapter("VIII", _("Links to other programmes"), (
        Table("joint_activities", _("Joint activities")),
        Section(
            "links", _("Sequencing, layering and integration"),
            _("Work done together with, or building on, other programmes."), (From.LINKS,),
        ),
    )),
    Chapter("IX", _("Links with government agencies"), (
        Section(
            "government", _("Links with government agencies"),
            _("Departments worked with; lines of the CIDP and the ADP that the work serves."),
            (From.GOVERNMENT,),
        ),
    )),
    Chapter("X", _("Locally led development"), (
        Section(
            "local_capacity", _("Local capacity"),
            _("Institutions strengthened, and what they now do by themselves."),
            (From.LOCAL_CAPACITY,),
        ),
    )),
    Chapter("XI", _("Sustainability and exit"), (
        Section(
            "sustainability", _("Sustainability and exit"),
            _("What will go on without the partners, and what was done for it."),
            (From.SUSTAINABILITY,),
        ),
    )),
    Chapter("XII", _("Private sector and leverage"), (
        Section(
            "private_sector", _("Private sector and leverage"),
            _("Firms engaged, and what they put in."), (From.PRIVATE_SECTOR,),
        ),
    )),
    Chapter("XIII", _("Next quarter’s work plan"), (
        Table("next_steps", _("Planned steps")),
        Section(
            "next_quarter", _("Work planned for the next quarter"),
            _("The main deeds of the next quarter, with who does them."), (From.NEXT_QUARTER,),
        ),
    )),
    Chapter("XIV", _("Financial information"), (
        Table("awards", _("Awards")),
        Table("award_finances", _("Obligated, spent and projected")),
        Section(
            "finance", _("Spending against the budget"),
            _("What explains the spending of the quarter, and what is expected of the next."),
            (From.FINANCE,),
        ),
    )),
    Chapter("XV", _("Administration"), (
        Table("support", _("Support given by the backbone"), only_with_rows=True),
        Section(
            "administration", _("Administration"),
            _("Changes of posts, sub-awards, constraints. Name posts, never persons."),
            (From.ADMINISTRATION,),
        ),
    )),
    Chapter("XVI", _("Places"), (Table("coverage", _("Places covered")),)),
    Chapter("XVII", _("Success stories, deliverables and media"), (
        Section(
            "story", _("Success stories"),
            _("One story told well. Persons only with their consent, and never by full name."),
            (From.STORY,),
        ),
        Section(
            "deliverables", _("Deliverables and media"),
            _("What was handed over in the quarter, and where the work was written or spoken of."),
            (From.DELIVERABLES,),
        ),
        Table("photographs", _("Photographs")),
    )),
    Chapter("A", _("About this report"), (
        Table("restatements", _("Restated figures")),
        Table("framework", _("Results framework")),
        Table("definitions", _("How the indicators are counted")),
        Section("disclaimer", _("Disclaimer"), _("Whose views the report gives, and whose not.")),
        Table("provenance", _("How this report was made")),
    )),
)  # fmt: skip


def sections() -> Iterator[Section]:
    """Every section, in the order of the report."""
    for chapter in QUARTERLY:
        yield from (part for part in chapter.parts if isinstance(part, Section))


SECTIONS: dict[str, Section] = {section.code: section for section in sections()}
