"""A diagram's card: two devices, tensors, bars and arrows, with words in both languages."""

from __future__ import annotations

from collections.abc import Iterator

from grader.pictures.card import KINDS, WIDTH, Card

Words = str | tuple[str, str]  # the same in both languages, or (English, Russian)

LEGEND: list[tuple[str, Words]] = [
    ("weight", ("weights, bias", "веса, смещение")),
    ("activation", ("activations", "активации")),
    ("gradient", ("gradients", "градиенты")),
]
LANES = (58, 244)  # where the two devices' boxes begin
LANE_HEIGHT = 172


class Picture(Card):
    """A diagram in one language, put together piece by piece."""

    def __init__(self, language: str, title: Words, height: int) -> None:
        self.russian = language == "ru"
        super().__init__(self.say(title), height)
        self.words(WIDTH / 2, 27, title, size=16, bold=True)

    def definitions(self) -> list[str]:
        """The arrows' tip."""
        return [
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
            'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#333"/></marker></defs>'
        ]

    def say(self, words: Words) -> str:
        return words if isinstance(words, str) else words[self.russian]

    def words(
        self, x: float, y: float, words: Words, size: float = 12, bold: bool = False, anchor: str = "middle"
    ) -> None:
        """One row of text, in the diagram's language."""
        self.text(x, y, self.say(words), size, bold, anchor)

    def lines(
        self, x: float, middle: float, rows: list[Words], sizes: tuple[float, float] = (12, 11)
    ) -> None:
        """Centred rows of text, the first one bold."""
        step = sizes[1] + 4
        top = middle - step * (len(rows) - 1) / 2 + 4
        for number, row in enumerate(rows):
            self.words(x, top + step * number, row, sizes[number > 0], bold=number == 0)

    def chip(
        self, kind: str, x: float, y: float, width: float, height: float, *rows: Words
    ) -> None:
        """A tensor: its name and shape, and below how it comes about."""
        fill, stroke, outline = KINDS[kind]
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" fill="{fill}" '
            f'stroke="{stroke}" {outline}/>'
        )
        self.lines(x + width / 2, y + height / 2, list(rows))

    def lane(self, y: float, height: float, title: Words, label_x: float = 26) -> None:
        """A device: what is drawn in it lies there."""
        self.parts.append(
            f'<rect x="14" y="{y:g}" width="{WIDTH - 28}" height="{height:g}" rx="10" '
            'fill="#f0f1ee" stroke="#8a8a86"/>'
        )
        self.words(label_x, y + 19, title, 13, bold=True, anchor="start")

    def collective(self, x: float, width: float, *rows: Words) -> None:
        """A bar across both devices: the only places where numbers cross."""
        top, bottom = LANES[0] - 10, LANES[1] + LANE_HEIGHT + 10
        self.parts.append(
            f'<rect x="{x:g}" y="{top}" width="{width:g}" height="{bottom - top}" rx="8" '
            'fill="#ffffff" stroke="#333" stroke-width="2"/>'
        )
        self.lines(x + width / 2, (top + bottom) / 2, list(rows), (13, 11.5))

    def line(self, *points: tuple[float, float], dashed: bool = False, tip: bool = False) -> None:
        path = "L".join(f"{x:g} {y:g}" for x, y in points)
        more = (' stroke-dasharray="3 4"' if dashed else "") + (
            ' marker-end="url(#tip)"' if tip else ""
        )
        self.parts.append(f'<path d="M{path}" fill="none" stroke="#333" stroke-width="1.5"{more}/>')

    def arrow(self, *points: tuple[float, float]) -> None:
        self.line(*points, tip=True)

    def footer(self, *rows: Words) -> None:
        """Rows of plain words above the legend."""
        for number, row in enumerate(rows):
            self.words(WIDTH / 2, self.height - 30 - 19 * (len(rows) - number), row, 13)
        for number, (kind, words) in enumerate(LEGEND):
            self.chip(kind, 118 + 180 * number, self.height - 28, 22, 14)
            self.words(147 + 180 * number, self.height - 17, words, anchor="start")


def devices(picture: Picture, label_x: float = 26) -> Iterator[tuple[int, float, str]]:
    """Both devices' boxes: number, top of the contents, the slice that they own."""
    for number, y in enumerate(LANES, start=1):
        picture.lane(y, LANE_HEIGHT, (f"device {number}", f"устройство {number}"), label_x)
        yield number, y + 30, ":part_size" if number == 1 else "part_size:"
