"""Two texts or two bodies side by side, with what differs, or what overlaps, marked."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from committees.models import Body, Seat, Terms

# How alike two lines must be to be called the same duty or the same seat in other words.
ALIKE = 0.72
# Words that a comparison by word reads of each text; longer texts are compared by line.
MOST_WORDS = 3000

COMPARED = (
    "purpose", "functions", "composition", "chair", "secretariat", "frequency", "quorum",
    "decision_rule", "reporting_line", "duration",
)  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """Some words of a text; ``is_own`` where the other text has not got them."""

    text: str
    is_own: bool


@dataclass(frozen=True)
class ComparedText:
    """One part of two terms of reference."""

    label: str
    left: list[Piece]
    right: list[Piece]

    @property
    def differs(self) -> bool:
        return any(piece.is_own for piece in self.left + self.right)


@dataclass(frozen=True)
class Entry:
    """A line of a list, and whether the other list has it too."""

    text: str
    is_shared: bool


@dataclass(frozen=True)
class ComparedList:
    """Two lists of which some entries say the same."""

    left: list[Entry]
    right: list[Entry]

    @property
    def shared(self) -> int:
        """How many of the left one's entries the right one has too."""
        return sum(entry.is_shared for entry in self.left)


def compare_terms(left: Terms, right: Terms) -> list[ComparedText]:
    """The parts that either of two versions has, with the words that differ."""
    rows = []
    for name in COMPARED:
        texts = getattr(left, name), getattr(right, name)
        if any(texts):
            label = str(Terms._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # a field of its own
            rows.append(ComparedText(label, *differences_by_word(*texts)))
    return rows


def differences_by_word(left: str, right: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces; those that the other has not got are marked."""
    mine, theirs = _words(left), _words(right)
    ours: tuple[list[Piece], list[Piece]] = ([], [])
    matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
    for same, begin, end, start, stop in matcher.get_opcodes():
        for pieces, words in ((ours[0], mine[begin:end]), (ours[1], theirs[start:stop])):
            if words:
                pieces.append(Piece("".join(words), same != "equal"))
    return _in_runs(ours[0]), _in_runs(ours[1])


def compare_lists(left: Sequence[str], right: Sequence[str]) -> ComparedList:
    """Both lists; an entry is shared where the other has it in nearly the same words."""
    return ComparedList(
        [Entry(text, _is_in(text, right)) for text in left],
        [Entry(text, _is_in(text, left)) for text in right],
    )


def composition_of(body: Body, *, on: dt.date) -> list[str]:
    """Who sits on the body: its seats on the day, else what the text says, a line each."""
    seats = body.seats.standing_on(on).in_order().select_related("organisation")
    said = [_seat_in_words(seat) for seat in seats]
    return said or lines_of(body.composition) or lines_of(_text_in_force(body, "composition"))


def duties_of(body: Body) -> list[str]:
    """What the body is there to do, a line each: its duties, else the functions in force."""
    return lines_of(body.duties) or lines_of(_text_in_force(body, "functions"))


def lines_of(text: str) -> list[str]:
    """The lines of a list, without the signs and numbers before them."""
    lines = (re.sub(r"^\s*(?:[-–•*]|\(?\w{1,3}[.)])\s+", "", line) for line in text.splitlines())
    return [line.strip() for line in lines if line.strip()]


def _text_in_force(body: Body, name: str) -> str:
    terms = body.terms.filter(state=Terms.State.IN_FORCE).first()
    return str(getattr(terms, name)) if terms else ""


def _seat_in_words(seat: Seat) -> str:
    function = "" if seat.function == Seat.Function.MEMBER else f", {seat.get_function_display()}"
    where = f" ({seat.organisation})" if seat.organisation else ""
    return f"{seat.title}{where}{function}"


def _in_runs(pieces: Sequence[Piece]) -> list[Piece]:
    """The same; own words that a space alone parts are one piece, which is read out at once."""
    runs: list[Piece] = []
    for piece in pieces:
        if piece.is_own and len(runs) > 1 and runs[-2].is_own and runs[-1].text.isspace():
            space = runs.pop()
            runs[-1] = Piece(runs[-1].text + space.text + piece.text, is_own=True)
        else:
            runs.append(piece)
    return runs


def _words(text: str) -> list[str]:
    words = re.split(r"(\s+)", text)
    return words if len(words) <= MOST_WORDS else re.split(r"(\n)", text)


def _is_in(text: str, others: Sequence[str]) -> bool:
    said = _plain(text)
    return any(
        said == _plain(other) or SequenceMatcher(None, said, _plain(other)).ratio() >= ALIKE
        for other in others
    )


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
