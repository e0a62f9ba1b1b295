"""Draws one plain picture per kind of goods, so that the shop window can be judged without photos.

Shapes stand on a grid of 100 × 100; they are drawn large and scaled down for smooth edges.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

SIDE = 800
_SCALE = 2
_MARK = Path(__file__).parent / "data" / "mark.png"

Colour = str
Point = tuple[float, float]


class Canvas:
    """A square to draw on, in hundredths of its side."""

    def __init__(self, top: Colour, bottom: Colour) -> None:
        side = SIDE * _SCALE
        self.unit = side / 100
        shade = Image.linear_gradient("L").resize((side, side))
        self.image = Image.composite(
            Image.new("RGB", (side, side), bottom), Image.new("RGB", (side, side), top), shade
        )
        self.pen = ImageDraw.Draw(self.image)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        box = [(x - rx) * self.unit, (y - ry) * self.unit]
        self.pen.ellipse([*box, (x + rx) * self.unit, (y + ry) * self.unit], fill=colour)

    def shape(self, points: list[Point], colour: Colour) -> None:
        self.pen.polygon([(x * self.unit, y * self.unit) for x, y in points], fill=colour)

    def box(  # noqa: PLR0917 - reads as coordinates
        self, x: float, y: float, width: float, height: float, colour: Colour, radius: float = 2
    ) -> None:
        corners = (x * self.unit, y * self.unit, (x + width) * self.unit, (y + height) * self.unit)
        self.pen.rounded_rectangle(corners, radius * self.unit, fill=colour)

    def line(self, points: list[Point], colour: Colour, width: float) -> None:
        scaled = [(x * self.unit, y * self.unit) for x, y in points]
        self.pen.line(scaled, fill=colour, width=round(width * self.unit), joint="curve")

    def leaf(  # noqa: PLR0917 - reads as coordinates
        self, x: float, y: float, length: float, degrees: float, colour: Colour, fat: float = 0.32
    ) -> None:
        """A pointed leaf from (x, y) in a direction; 0° points right, 90° up."""
        turn = math.radians(degrees)
        outline: list[Point] = []
        for side in (1, -1):
            steps = range(13) if side == 1 else range(12, -1, -1)
            for step in steps:
                along = step / 12
                across = side * fat * math.sin(math.pi * along) / 2
                outline.append(
                    (
                        x + length * (along * math.cos(turn) - across * math.sin(turn)),
                        y - length * (along * math.sin(turn) + across * math.cos(turn)),
                    )
                )
        self.shape(outline, colour)

    def finished(self) -> bytes:
        """Scale down, write 示例 into the corner, and give a PNG."""
        image = self.image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        with Image.open(_MARK) as opened:
            mark = opened.convert("L")
        veil = mark.point([level * 3 // 5 for level in range(256)])
        place = (SIDE - mark.width - 28, SIDE - mark.height - 24)
        image.paste("white", (*place, place[0] + mark.width, place[1] + mark.height), veil)
        target = BytesIO()
        image.save(target, "PNG")
        return target.getvalue()


def _shadow(canvas: Canvas, y: float, width: float, colour: Colour) -> None:
    canvas.oval(50, y, width, 4, colour)


def _tea(canvas: Canvas) -> None:
    _shadow(canvas, 82, 30, "#8fa97a")
    canvas.shape([(26, 52), (74, 52), (68, 76), (60, 82), (40, 82), (32, 76)], "#f7f4ea")
    canvas.oval(50, 52, 24, 6, "#e9e3d0")
    canvas.oval(50, 52.6, 21, 4.6, "#9aad4c")
    for x, length, degrees in ((50, 26, 90), (49, 24, 128), (51, 24, 52)):
        canvas.leaf(x, 46, length, degrees, "#3f7a3a", 0.4)
        canvas.leaf(x, 46, length * 0.9, degrees, "#5f9a4e", 0.16)


def _white_tea(canvas: Canvas) -> None:
    _tea(canvas)
    for x, y in ((30, 30), (70, 26), (22, 44)):
        canvas.leaf(x, y, 12, 70, "#eef2dd", 0.35)


def _flower(canvas: Canvas) -> None:
    canvas.line([(50, 92), (48, 66), (54, 44), (50, 22)], "#4d7d3d", 1.6)
    for y, degrees in ((74, 30), (64, 150), (50, 25), (40, 155)):
        canvas.leaf(50, y, 20, degrees, "#5b9348", 0.42)
    for x, y, turn in ((50, 22, 90), (34, 42, 150), (68, 36, 40), (66, 62, 20), (34, 66, 160)):
        for spread, colour in (
            (-32, "#f4c63f"),
            (-12, "#fbe7a1"),
            (10, "#fff7dd"),
            (30, "#f6d25f"),
        ):
            canvas.leaf(x, y, 15, turn + spread, colour, 0.28)


def _walnut(canvas: Canvas) -> None:
    _shadow(canvas, 80, 36, "#b9936a")
    for x, y, size in ((34, 62, 17), (66, 64, 16), (50, 46, 18)):
        canvas.oval(x, y, size, size * 0.94, "#9b6a3c")
        canvas.oval(x - 1.5, y - 2, size * 0.84, size * 0.78, "#b98550")
        canvas.line([(x, y - size * 0.8), (x + 1, y), (x, y + size * 0.8)], "#8a5a30", 1.2)
        for side in (-1, 1):
            canvas.line(
                [(x + side * 4, y - 8), (x + side * 8, y - 1), (x + side * 5, y + 8)],
                "#8a5a30",
                0.9,
            )


def _rice(canvas: Canvas) -> None:
    _shadow(canvas, 82, 32, "#c9ab72")
    canvas.shape([(22, 54), (78, 54), (68, 80), (32, 80)], "#7a4f32")
    canvas.oval(50, 54, 28, 7, "#936344")
    canvas.oval(50, 48, 25, 15, "#fbfaf3")
    canvas.oval(50, 55, 26, 6, "#fbfaf3")
    for step in range(18):
        canvas.leaf(30 + step * 7 % 40, 38 + step * 5 % 18, 4, step * 47, "#e6e1cf", 0.4)
    for degrees in (60, 75, 95):
        canvas.line([(80, 50), (80 + 10 * math.cos(math.radians(degrees)), 16)], "#b8913f", 0.8)
    for step in range(10):
        canvas.leaf(79 + step % 2 * 3, 20 + step * 2.6, 6, 60 + step % 2 * 60, "#d9b04e", 0.5)


def _mutton(canvas: Canvas) -> None:
    canvas.box(14, 68, 72, 10, "#b98a5a", 3)
    canvas.box(14, 68, 72, 4, "#cfa06d", 2)
    canvas.shape([(24, 66), (22, 48), (36, 34), (58, 32), (76, 44), (76, 66)], "#b8433f")
    canvas.shape([(24, 66), (22, 54), (37, 41), (58, 39), (76, 51), (76, 66)], "#cf5a52")
    for points in (
        [(30, 60), (44, 47), (60, 46)],
        [(38, 64), (52, 54), (70, 55)],
        [(27, 52), (36, 44)],
    ):
        canvas.line([(float(x), float(y)) for x, y in points], "#f6d9cf", 1.6)
    canvas.oval(64, 59, 6, 5, "#f3e6d8")
    canvas.oval(64, 59, 3.4, 2.6, "#e2c7ae")
    canvas.leaf(24, 68, 18, 28, "#4f8a43", 0.4)
    canvas.leaf(22, 70, 16, 60, "#6aa65a", 0.4)


def _fungus(canvas: Canvas) -> None:
    _shadow(canvas, 80, 30, "#b5a68c")
    canvas.box(22, 74, 56, 9, "#8a6547", 4)
    for ring in range(3):
        reach = 28 - ring * 8
        for step in range(9 - ring):
            turn = math.pi * (step + 0.5) / (9 - ring)
            x, y = 50 + reach * math.cos(turn), 70 - reach * 1.15 * math.sin(turn)
            colour = ("#f0e3b8", "#f8efd2", "#fdf9ea")[ring]
            canvas.oval(x, y, 10 - ring, 8 - ring, colour)
            canvas.oval(x, y + 1.6, 7 - ring, 4.6 - ring, "#e3d19b" if ring == 0 else "#f1e4bd")


def _potato(canvas: Canvas) -> None:
    _shadow(canvas, 80, 36, "#a58f62")
    for x, y, rx, ry in ((34, 62, 18, 13), (64, 64, 19, 14), (50, 46, 18, 13)):
        canvas.oval(x, y, rx, ry, "#c69a54")
        canvas.oval(x - 2, y - 2, rx * 0.85, ry * 0.8, "#d9b26e")
        for dx, dy in ((-7, -2), (3, 3), (8, -4)):
            canvas.oval(x + dx, y + dy, 1.1, 0.8, "#a77d3c")


def _root(canvas: Canvas) -> None:
    _shadow(canvas, 82, 36, "#a79a72")
    for x, lean in ((28, -4), (42, 2), (56, -2), (70, 4)):
        canvas.shape(
            [
                (x - 5, 30),
                (x + 5, 30),
                (x + 4 + lean / 2, 58),
                (x + lean, 82),
                (x - 3 + lean / 2, 56),
            ],
            "#e9d9a6",
        )
        canvas.line([(x - 2, 34), (x - 1 + lean / 2, 56), (x + lean, 78)], "#cdb877", 0.8)
        for degrees in (60, 90, 120):
            canvas.leaf(x, 31, 13, degrees, "#5f934b", 0.35)


def _eggs(canvas: Canvas) -> None:
    canvas.shape([(14, 60), (86, 60), (74, 82), (26, 82)], "#a8794a")
    for step in range(8):
        canvas.line([(16 + step * 9.4, 62), (26 + step * 6.6, 81)], "#8f6238", 1)
    for x, y, colour in (
        (32, 54, "#e7b98a"), (50, 50, "#f3d9bd"), (68, 54, "#dfa877"), (41, 42, "#efcba4"), (59, 42, "#e9bd91"),
    ):  # fmt: skip
        canvas.oval(x, y, 9.5, 12, colour)
        canvas.oval(x - 3, y - 4, 2.6, 3.6, "#fbeee0")
    canvas.box(12, 58, 76, 6, "#bd8c5a", 3)


def _kiwi(canvas: Canvas) -> None:
    _shadow(canvas, 80, 36, "#8f9b62")
    canvas.oval(34, 50, 20, 23, "#7d5f3a")
    canvas.oval(31, 46, 14, 16, "#92724a")
    canvas.oval(64, 58, 22, 22, "#86673f")
    canvas.oval(64, 58, 20, 20, "#a9c957")
    canvas.oval(64, 58, 11, 11, "#cf4b4f")
    canvas.oval(64, 58, 5, 5, "#f3efc9")
    for step in range(18):
        turn = math.tau * step / 18
        canvas.oval(64 + 12 * math.cos(turn), 58 + 12 * math.sin(turn), 1.2, 1.2, "#3a2c20")


def _instrument(canvas: Canvas) -> None:
    _shadow(canvas, 90, 22, "#8a5638")
    canvas.box(47, 8, 6, 56, "#5a3220", 2)
    for y in (12, 18, 24):
        canvas.line([(42, y), (58, y)], "#d9b27c", 1.4)
    canvas.oval(50, 70, 21, 19, "#7b4527")
    canvas.oval(50, 70, 17, 15, "#b87a43")
    canvas.oval(50, 70, 6, 6, "#4b2818")
    for step in range(12):
        turn = math.tau * step / 12
        canvas.oval(50 + 14 * math.cos(turn), 70 + 12.4 * math.sin(turn), 0.9, 0.9, "#f0d9a8")
    for x in (48.4, 50, 51.6):
        canvas.line([(x, 10), (x, 84)], "#f5ead2", 0.35)
    canvas.box(44, 80, 12, 2, "#4b2818", 1)


def _dates(canvas: Canvas) -> None:
    _shadow(canvas, 80, 36, "#a5714e")
    for x, y in ((30, 64), (50, 68), (70, 64), (40, 52), (60, 52), (50, 38)):
        canvas.oval(x, y, 11, 13, "#8e2a22")
        canvas.oval(x - 1.6, y - 2, 8.6, 10, "#a83a2c")
        canvas.oval(x - 4, y - 5, 2, 3, "#cf6a55")
        canvas.line([(x, y - 12), (x + 2, y - 15)], "#6a4a2c", 1)


def _round_fruit(skin: Colour, light: Colour, squeeze: float = 1.0) -> Callable[[Canvas], None]:
    def draw(canvas: Canvas) -> None:
        _shadow(canvas, 80, 34, "#9a8a68")
        for x, y, size in ((36, 60, 20), (66, 62, 18), (52, 44, 19)):
            canvas.oval(x, y, size * squeeze, size, skin)
            canvas.oval(x - 3, y - 4, size * 0.66 * squeeze, size * 0.62, light)
            canvas.line([(x, y - size), (x + 1.6, y - size - 6)], "#6b4a2b", 1.3)
            canvas.leaf(x + 1, y - size - 3, 12, 24, "#5c9648", 0.42)

    return draw


def _pear(canvas: Canvas) -> None:
    _shadow(canvas, 82, 34, "#9c9a5e")
    for x, y in ((34, 64), (66, 64), (50, 56)):
        canvas.oval(x, y, 16, 17, "#d2c04c")
        canvas.oval(x, y - 15, 9.5, 12, "#d2c04c")
        canvas.oval(x - 3, y - 2, 10, 12, "#e3d573")
        canvas.line([(x, y - 26), (x + 2, y - 33)], "#6b4a2b", 1.3)
        canvas.leaf(x + 1, y - 29, 11, 20, "#6aa050", 0.42)


def _pine(canvas: Canvas) -> None:
    _shadow(canvas, 82, 32, "#a58a62")
    canvas.oval(42, 52, 18, 28, "#7a4f2d")
    for row in range(7):
        for column in range(4 + row % 2):
            x, y = 29 + column * 7.4 - row % 2 * 3.4, 32 + row * 7
            if ((x - 42) / 18) ** 2 + ((y - 52) / 28) ** 2 < 0.86:
                canvas.leaf(x, y + 3, 8, 270, "#a06f42", 0.9)
    for x, y in ((68, 62), (76, 70), (64, 74), (74, 56), (82, 76), (70, 80)):
        canvas.oval(x, y, 3.4, 5.2, "#e9cf9c")
        canvas.oval(x - 0.8, y - 1.4, 1.4, 2.4, "#f7e8c6")


def _pastry(canvas: Canvas) -> None:
    _shadow(canvas, 82, 36, "#b39a78")
    canvas.oval(50, 76, 36, 8, "#e8eef0")
    canvas.oval(50, 74.4, 30, 6, "#f8fbfb")
    for step in range(7):
        x = 22 + step * 7
        canvas.shape([(x, 72), (x + 10, 36), (x + 24, 36), (x + 14, 72)], "#f6ead2")
        canvas.line([(x, 72), (x + 10, 36)], "#d9bf92", 0.7)
        for dot in (0.3, 0.55, 0.8):
            canvas.oval(x + 7 + 8 * dot, 72 - 34 * dot, 1.6, 1.1, "#c88f56")


def _windmill(canvas: Canvas) -> None:
    canvas.box(48.8, 44, 2.4, 50, "#9a6d42", 1)
    for step, colour in enumerate(("#d9584a", "#efb13f", "#5fa36a", "#4f8fb8")):
        turn = math.radians(45 + step * 90)
        tip = (50 + 32 * math.cos(turn), 44 - 32 * math.sin(turn))
        side = (50 + 27 * math.cos(turn - 0.75), 44 - 27 * math.sin(turn - 0.75))
        canvas.shape([(50, 44), tip, side], colour)
        fold = (50 + 16 * math.cos(turn - 0.4), 44 - 16 * math.sin(turn - 0.4))
        canvas.shape([(50, 44), side, fold], "#fbf3e4")
    canvas.oval(50, 44, 3.4, 3.4, "#7a4a2b")


# name: colours of the ground above and below, and what is drawn on it
MOTIFS: dict[str, tuple[Colour, Colour, Callable[[Canvas], None]]] = {
    "tea": ("#dfe9cf", "#b7cd9c", _tea),
    "white_tea": ("#e9efdc", "#c3d3ae", _white_tea),
    "flower": ("#e6eedc", "#bfd3ae", _flower),
    "walnut": ("#f3e6d3", "#d8b98f", _walnut),
    "rice": ("#f6ecd2", "#e0c48d", _rice),
    "mutton": ("#f4e4d8", "#dcb8a0", _mutton),
    "fungus": ("#efe9da", "#cdbfa4", _fungus),
    "potato": ("#f1e8cf", "#c9b27f", _potato),
    "root": ("#eef0da", "#c8c596", _root),
    "eggs": ("#f6ead9", "#dfc19a", _eggs),
    "kiwi": ("#eaf0d3", "#bccb86", _kiwi),
    "instrument": ("#f3dfc9", "#c9895e", _instrument),
    "dates": ("#f6e2d4", "#d6a078", _dates),
    "pear": ("#f4f0cf", "#cdc787", _pear),
    "pine": ("#f3e8d5", "#d1b083", _pine),
    "orange": ("#fbeed2", "#f0c581", _round_fruit("#e58a22", "#f3a748")),
    "apple": ("#f8e6de", "#e3b5a4", _round_fruit("#c8352f", "#e0604f", 1.05)),
    "pastry": ("#f8f0e2", "#e0cba8", _pastry),
    "windmill": ("#dfeaf2", "#aecbdc", _windmill),
}


def draw(motif: str) -> bytes:
    """Draw the picture of a motif as a PNG."""
    top, bottom, motif_of = MOTIFS[motif]
    canvas = Canvas(top, bottom)
    motif_of(canvas)
    return canvas.finished()
