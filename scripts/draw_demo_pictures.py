"""Draw the demo's pictures anew: plain drawings that say what they are, not pretended photographs.

Run from the root of the repository: `python -m scripts.draw_demo_pictures`.
"""

from collections.abc import Callable
from math import sin
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

TARGET = Path(__file__).resolve().parent.parent / "config" / "demo" / "pictures"
WIDTH, HEIGHT = 1200, 800
# Drawn twice as large and made smaller, so that edges are smooth.
SCALE = 2
LABEL = "Illustrative picture"

SKY, SUN, HILL, FAR_HILL = "#dcebf2", "#f3c969", "#b98a5a", "#c9a47c"
SOIL, DARK_SOIL, LEAF, DARK_LEAF = "#a8713f", "#7d5230", "#5f8f4e", "#3f6b3a"
WALL, ROOF, DOOR, CONCRETE = "#efe3cf", "#8c4a3c", "#5b4636", "#bdb8ae"
TANK, TANK_BAND, WATER, STEEL, DARK = "#3b5f7d", "#2d4a63", "#6fa8c9", "#c8d0d6", "#2f3437"
CAN_COLOURS = ("#e0b13c", "#3f79a8", "#d9d4c7", "#e0b13c", "#b5533c")


class Canvas:
    """Pillow's drawing board in the picture's own units."""

    def __init__(self, sky: str = SKY) -> None:
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), sky)
        self.pen = ImageDraw.Draw(self.image)

    def box(  # noqa: PLR0917 - where, how large, which colour: one reads it as one drew it
        self, x: float, y: float, width: float, height: float, colour: str, r: int = 0
    ) -> None:
        corners = [x * SCALE, y * SCALE, (x + width) * SCALE, (y + height) * SCALE]
        self.pen.rounded_rectangle(corners, radius=r * SCALE, fill=colour)

    def shape(self, colour: str, *points: tuple[float, float]) -> None:
        self.pen.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=colour)

    def line(self, colour: str, width: float, *points: tuple[float, float]) -> None:
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self.pen.line(scaled, fill=colour, width=int(width * SCALE), joint="curve")

    def dot(  # noqa: PLR0917 - as above
        self, x: float, y: float, across: float, down: float, colour: str
    ) -> None:
        left, right = (x - across) * SCALE, (x + across) * SCALE
        top, bottom = (y - down) * SCALE, (y + down) * SCALE
        self.pen.ellipse([left, top, right, bottom], fill=colour)

    def save(self, name: str) -> None:
        self.box(0, HEIGHT - 64, WIDTH, 64, DARK)
        font = ImageFont.load_default(size=30 * SCALE)
        self.pen.text((32 * SCALE, (HEIGHT - 52) * SCALE), LABEL, font=font, fill="#ffffff")
        small = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        small.save(TARGET / name, quality=68, optimize=True, progressive=True)


def contour(y: float, phase: float, rise: float) -> list[tuple[float, float]]:
    """A line over the whole width that follows the hill."""
    return [(x, y + rise * sin(x / 190 + phase)) for x in range(-20, WIDTH + 40, 20)]


def draw_terraces(canvas: Canvas) -> None:
    canvas.dot(960, 150, 62, 62, SUN)
    canvas.shape(FAR_HILL, *contour(250, 0.4, 46), (WIDTH, HEIGHT), (0, HEIGHT))
    canvas.shape(HILL, *contour(330, 2.2, 38), (WIDTH, HEIGHT), (0, HEIGHT))
    for step in range(5):
        top = 390 + step * 82
        phase, rise = 2.4 + step * 0.12, 24 - step * 2
        edge = contour(top, phase, rise)
        canvas.shape(SOIL if step % 2 else "#b67e4a", *edge, (WIDTH, HEIGHT), (0, HEIGHT))
        canvas.line(DARK_LEAF, 9 + step * 2, *edge)
        for number, (x, y) in enumerate(contour(top + 42 + step * 2, phase, rise)[::2]):
            across = 9 + step * 2
            canvas.dot(x, y + 10, across * 1.5, across * 0.5, DARK_SOIL)
            for lean in (-1, 0, 1):
                canvas.line(
                    LEAF if (number + lean) % 2 else DARK_LEAF, 3 + step * 0.6,
                    (x, y + 8), (x + lean * across, y - across * 1.6),
                )  # fmt: skip


def draw_water_kiosk(canvas: Canvas) -> None:
    canvas.dot(220, 150, 56, 56, SUN)
    canvas.shape(FAR_HILL, *contour(410, 1.0, 34), (WIDTH, HEIGHT), (0, HEIGHT))
    canvas.shape("#cfa775", *contour(540, 2.0, 10), (WIDTH, HEIGHT), (0, HEIGHT))
    for x in (760, 860, 960, 1060):
        canvas.box(x, 330, 16, 250, DOOR)
    canvas.line(DOOR, 10, (768, 560), (1068, 350))
    canvas.line(DOOR, 10, (768, 350), (1068, 560))
    canvas.box(735, 312, 366, 22, DOOR, 4)
    canvas.box(770, 120, 296, 196, TANK, 26)
    for y in (160, 205, 250):
        canvas.box(770, y, 296, 8, TANK_BAND)
    canvas.box(870, 98, 96, 26, TANK_BAND, 8)
    canvas.line(STEEL, 12, (790, 314), (790, 470), (560, 470))
    canvas.box(250, 380, 330, 240, WALL)
    canvas.shape(ROOF, (222, 384), (270, 318), (560, 318), (608, 384))
    canvas.box(300, 440, 130, 90, DOOR, 4)
    canvas.box(292, 526, 146, 14, CONCRETE)
    canvas.box(478, 450, 66, 170, DOOR)
    canvas.box(600, 610, 330, 26, CONCRETE, 4)
    canvas.line(STEEL, 12, (640, 610), (640, 520), (690, 520), (690, 540))
    canvas.line(WATER, 8, (690, 540), (690, 572))
    for number, colour in enumerate(CAN_COLOURS):
        x = 664 + number * 62
        canvas.box(x, 570, 50, 62, colour, 8)
        canvas.box(x + 8, 558, 22, 16, colour, 4)


def draw_milk_cooling(canvas: Canvas) -> None:
    canvas.shape(FAR_HILL, *contour(300, 0.2, 52), (WIDTH, HEIGHT), (0, HEIGHT))
    canvas.shape(LEAF, *contour(420, 1.4, 18), (WIDTH, HEIGHT), (0, HEIGHT))
    canvas.shape("#d8c3a0", *contour(600, 2.6, 6), (WIDTH, HEIGHT), (0, HEIGHT))
    canvas.box(120, 260, 620, 350, WALL)
    canvas.shape(ROOF, (80, 268), (150, 170), (710, 170), (780, 268))
    canvas.shape(DARK, (300, 236), (330, 190), (560, 190), (530, 236))
    for x in (372, 440, 508):
        canvas.line(STEEL, 3, (x, 190), (x - 32, 236))
    canvas.box(170, 330, 120, 100, TANK_BAND, 4)
    canvas.box(226, 330, 8, 100, WALL)
    canvas.box(360, 330, 300, 280, DOOR, 4)
    canvas.box(400, 420, 220, 130, STEEL, 60)
    canvas.box(440, 400, 60, 24, CONCRETE, 6)
    canvas.box(420, 550, 18, 56, STEEL)
    canvas.box(582, 550, 18, 56, STEEL)
    canvas.box(800, 560, 320, 20, CONCRETE, 4)
    for x in (820, 1080):
        canvas.box(x, 580, 18, 60, CONCRETE)
    for number in range(4):
        x = 822 + number * 74
        canvas.box(x, 476, 56, 86, STEEL, 10)
        canvas.box(x + 12, 446, 32, 36, STEEL, 6)
        canvas.box(x + 6, 436, 44, 14, CONCRETE, 5)
        canvas.box(x + 6, 506, 44, 6, CONCRETE)


PICTURES: dict[str, Callable[[Canvas], None]] = {
    "terraces.jpg": draw_terraces,
    "water_kiosk.jpg": draw_water_kiosk,
    "milk_cooling.jpg": draw_milk_cooling,
}


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    for name, draw in PICTURES.items():
        canvas = Canvas()
        draw(canvas)
        canvas.save(name)
        print(f"{name}: {(TARGET / name).stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
