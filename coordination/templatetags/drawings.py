"""One SVG of a chart, and the shapes in it, written as text.

Nothing here depends on a style sheet: the PDF draws it alike. A page of results has hundreds of
lines in its cells, so they are put together here and not in a template.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zlib import crc32

from django.utils.html import conditional_escape as escaped
from django.utils.safestring import SafeString, mark_safe

INK = "#1c1f33"
FONTS = "'Report Sans', system-ui, 'Noto Sans', sans-serif"


@dataclass(frozen=True)
class Rect:
    """A bar. `x` and `width` in percent, `y` and `height` in pixels; `hatched` in its tone."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    stroke: str = ""
    hatched: bool = False

    def mirrored(self) -> Rect:
        return replace(self, x=100 - self.x - self.width)

    def svg(self, key: str) -> str:
        fill = f"url(#hatch-{key})" if self.hatched else self.fill
        stroke = f' stroke="{self.stroke}"' if self.stroke else ""
        return (
            f"{self.hatch(key) if self.hatched else ''}"
            f'<rect x="{self.x}%" y="{self.y}" width="{self.width}%" height="{self.height}"'
            f' fill="{fill}"{stroke}></rect>'
        )

    def hatch(self, key: str) -> str:
        """The pattern that fills it: stripes of its own tone."""
        return (
            f'<pattern id="hatch-{key}" width="5" height="5" patternUnits="userSpaceOnUse"'
            ' patternTransform="rotate(45)"><rect width="5" height="5" fill="#ffffff"></rect>'
            f'<rect width="2" height="5" fill="{self.stroke or self.fill}"></rect></pattern>'
        )


@dataclass(frozen=True)
class Line:
    """A mark or a rule, from (x1, y1) to (x2, y2)."""

    x1: float
    y1: float
    x2: float
    y2: float
    stroke: str
    thickness: float = 1
    dashes: str = ""

    def mirrored(self) -> Line:
        return replace(self, x1=100 - self.x1, x2=100 - self.x2)

    def svg(self, key: str) -> str:
        dashes = f' stroke-dasharray="{self.dashes}"' if self.dashes else ""
        return (
            f'<line x1="{self.x1}%" y1="{self.y1}" x2="{self.x2}%" y2="{self.y2}"'
            f' stroke="{self.stroke}" stroke-width="{self.thickness}"{dashes}></line>'
        )


@dataclass(frozen=True)
class Dot:
    """A point of a trend."""

    x: float
    y: float
    fill: str

    def mirrored(self) -> Dot:
        return replace(self, x=100 - self.x)

    def svg(self, key: str) -> str:
        return f'<circle cx="{self.x}%" cy="{self.y}" r="2.5" fill="{self.fill}"></circle>'


@dataclass(frozen=True)
class Digits:
    """A figure written in the drawing, centred at `x`; on a hatched bar with a halo around it."""

    x: float
    y: float
    text: str
    fill: str = INK
    halo: str = ""

    def mirrored(self) -> Digits:
        return replace(self, x=100 - self.x)

    def svg(self, key: str) -> str:
        figure = self._figure(f'fill="{self.fill}"')
        if not self.halo:
            return figure
        # The PDF renderer strokes letters over their fill: the halo is a figure of its own, below.
        around = f'fill="{self.halo}" stroke="{self.halo}" stroke-width="8" stroke-linejoin="round"'
        return self._figure(around) + figure

    def _figure(self, paint: str) -> str:
        return (
            f'<text x="{self.x}%" y="{self.y}" text-anchor="middle" {paint}>'
            f"{escaped(self.text)}</text>"
        )


Shape = Rect | Line | Dot | Digits


@dataclass(frozen=True)
class Drawing:
    """One SVG. `title` and `desc` say in words what it shows."""

    title: str
    desc: str
    height: float
    shapes: Sequence[Shape]
    width: str = "100%"

    @property
    def key(self) -> str:
        """The same for the same drawing, so that a report drawn twice is the same file."""
        return f"{crc32(f'{self.title}|{self.desc}'.encode()):08x}"

    def facing(self, *, rtl: bool) -> Drawing:
        """The drawing as it stands in the language of the page."""
        return replace(self, shapes=[shape.mirrored() for shape in self.shapes]) if rtl else self

    @property
    def svg(self) -> SafeString:
        """The drawing as a page and the PDF take it. Numbers are written as SVG reads them."""
        key = self.key
        shapes = "".join(
            shape.svg(f"{key}-{number}") for number, shape in enumerate(self.shapes, start=1)
        )
        # What stands beside its own words, such as the mark of a legend, says nothing.
        said = f"<title>{escaped(self.title)}</title>" if self.title else ""
        role = 'role="img"' if self.title else 'aria-hidden="true"'
        desc = f"<desc>{escaped(self.desc)}</desc>" if self.desc else ""
        # Of what people wrote there are only texts, and each is escaped.
        return mark_safe(  # noqa: S308 - of escaped parts
            f'<svg xmlns="http://www.w3.org/2000/svg" {role} width="{self.width}"'
            f' height="{self.height}" overflow="visible" direction="ltr" font-size="12"'
            f' font-family="{FONTS}">{said}{desc}{shapes}</svg>'
        )
