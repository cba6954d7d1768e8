"""Setting texts for paper: fonts for every script, blocks of a typed text, words that break."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import qrcode
from django.contrib.staticfiles import finders
from qrcode.image.svg import SvgPathImage

FONTS = "vendor/fonts"

# Longer than any hash or ordinary address.
LONG_WORD = re.compile(r"\S{81,}")
PIECE = 40
ZERO_WIDTH_SPACE = "\u200b"


@dataclass(frozen=True)
class Face:
    """One face of a family of fonts."""

    family: str
    file: str
    weight: int
    style: str = "normal"

    @property
    def address(self) -> str:
        return _font_address(self.file)


# A text falls from one family to the next, so that a Khmer or Urdu word stands in its own script.
# Every face takes time to read: only those that a report holds letters of are in it.
FACES = (
    Face("Report Serif", "source-serif-4/source-serif-4-latin-400-normal", 400),
    Face("Report Serif", "source-serif-4/source-serif-4-latin-400-italic", 400, "italic"),
    Face("Report Serif", "source-serif-4/source-serif-4-latin-600-normal", 600),
    Face("Report Sans", "noto-sans/noto-sans-latin-400-normal", 400),
    Face("Report Sans", "noto-sans/noto-sans-latin-400-italic", 400, "italic"),
    Face("Report Sans", "noto-sans/noto-sans-latin-700-normal", 700),
)
FACES_OF_SCRIPTS = (
    (range(0x0100, 0x0250), (
        Face("Report Serif Extended", "source-serif-4/source-serif-4-latin-ext-400-normal", 400),
        Face("Report Serif Extended", "source-serif-4/source-serif-4-latin-ext-600-normal", 600),
        Face("Report Sans Extended", "noto-sans/noto-sans-latin-ext-400-normal", 400),
        Face("Report Sans Extended", "noto-sans/noto-sans-latin-ext-700-normal", 700),
    )),
    (range(0x0600, 0x0700), (
        Face("Report Arabic", "noto-naskh-arabic/noto-naskh-arabic-arabic-400-normal", 400),
        Face("Report Arabic", "noto-naskh-arabic/noto-naskh-arabic-arabic-700-normal", 700),
    )),
    (range(0x1780, 0x1800), (
        Face("Report Khmer", "noto-sans-khmer/noto-sans-khmer-khmer-400-normal", 400),
        Face("Report Khmer", "noto-sans-khmer/noto-sans-khmer-khmer-700-normal", 700),
    )),
)  # fmt: skip


@dataclass
class Block:
    """A stretch of a text: "paragraph", "heading" (one line each) or "list" (its items)."""

    kind: str
    lines: list[str] = field(default_factory=list)


def breakable(value: Any) -> Any:
    """The contents with chances to break in words longer than a line.

    To search for them letter by letter takes the renderer minutes.
    """
    if isinstance(value, str):
        return LONG_WORD.sub(lambda word: ZERO_WIDTH_SPACE.join(_pieces(word[0])), value)
    if isinstance(value, list):
        return [breakable(each) for each in value]
    if isinstance(value, dict):
        return {key: breakable(each) for key, each in value.items()}
    return value


def blocks_of(text: str) -> list[Block]:
    """A typed text in blocks: an empty line ends one, "- " begins an item, "# " is a heading."""
    blocks: list[Block] = []
    current: Block | None = None
    for line in (line.strip() for line in text.splitlines()):
        if not line:
            current = None
            continue
        kind, words = _kind_of(line)
        if current is None or current.kind != kind or kind == "heading":
            current = Block(kind)
            blocks.append(current)
        current.lines.append(words)
    return blocks


def faces_for(text: str) -> list[Face]:
    """The faces that a text needs: Latin always, other scripts when it holds their letters."""
    codes = {ord(letter) for letter in set(text)}
    extra = [faces for letters, faces in FACES_OF_SCRIPTS if not codes.isdisjoint(letters)]
    return [*FACES, *(face for faces in extra for face in faces)]


def _pieces(word: str) -> list[str]:
    return [word[start : start + PIECE] for start in range(0, len(word), PIECE)]


def _kind_of(line: str) -> tuple[str, str]:
    for mark, kind in (("- ", "list"), ("• ", "list"), ("# ", "heading")):
        if line.startswith(mark):
            return kind, line.removeprefix(mark).strip()
    return "paragraph", line


@lru_cache(maxsize=32)
def _font_address(file: str) -> str:
    """The face unpacked: here that is done once, by the renderer it would be for every paper."""
    from fontTools.ttLib import woff2  # noqa: PLC0415 - only who makes papers loads it

    unpacked = io.BytesIO()
    woff2.decompress(str(finders.find(f"{FONTS}/{file}.woff2")), unpacked)
    return data_address("font/ttf", unpacked.getvalue())


def data_address(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def code_of(address: str) -> str:
    """A QR code of the address, as a picture."""
    drawn = io.BytesIO()
    qrcode.make(address, image_factory=SvgPathImage, border=0).save(drawn)
    return data_address("image/svg+xml", drawn.getvalue())
