"""A diagram's card: ranks as lanes, tensors, bars and arrows, with words in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.pictures.card import KINDS, WIDTH, Card

Words = str | tuple[str, str]  # the same in both languages, or (English, Russian)

LEGEND: list[tuple[str, Words]] = [
    ("weight", ("weights, bias", "веса, смещение")),
    ("activation", ("activations", "активации")),
    ("gradient", ("gradients", "градиенты")),
]
TOP, LANE, DOTS, GAP = 48, 114, 30, 8


class Picture(Card):
    """A diagram in one language, put together piece by piece."""

    def __init__(self, language: str, title: Words, height: int) -> None:
        self.russian = language == "ru"
        super().__init__(self.say(title), height)
        self.words(WIDTH / 2, 27, title, size=16, bold=True)
        self.bottom = TOP

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

    def lines(self, x: float, middle: float, rows: Sequence[Words], sizes: tuple[float, float] = (12, 11)) -> None:
        """Centred rows of text, the first one bold."""
        step = sizes[1] + 4
        top = middle - step * (len(rows) - 1) / 2 + 4
        for number, row in enumerate(rows):
            self.words(x, top + step * number, row, sizes[number > 0], bold=number == 0)

    def chip(self, kind: str, x: float, y: float, width: float, height: float, *rows: Words) -> None:
        """A tensor: its name and shape, and below how it comes about."""
        fill, stroke, outline = KINDS[kind]
        self.box(x, y, width, height, fill, stroke, outline, rx=6)
        self.lines(x + width / 2, y + height / 2, rows)

    def lanes(self, names: Sequence[Words]) -> Iterator[tuple[float, Words, bool]]:
        """A lane for each rank, with its top and whether it only stands for those in between."""
        for name in names:
            dots = name == ("…", "…")
            height = DOTS if dots else LANE
            self.box(14, self.bottom, WIDTH - 28, height, "#f0f1ee", "#8a8a86", rx=10)
            yield self.bottom, name, dots
            self.bottom += height + GAP

    def bar(self, x: float, width: float, *rows: Words) -> None:
        """A bar across all ranks: the only places where numbers cross."""
        top, bottom = TOP - 6, self.bottom - GAP + 6
        self.box(x, top, width, bottom - top, "#ffffff", "#333", 'stroke-width="2"', rx=8)
        self.lines(x + width / 2, (top + bottom) / 2, rows, (12.5, 11.5))

    def line(self, *points: tuple[float, float], dashed: bool = False, tip: bool = False) -> None:
        path = "L".join(f"{x:g} {y:g}" for x, y in points)
        more = (' stroke-dasharray="3 4"' if dashed else "") + (' marker-end="url(#tip)"' if tip else "")
        self.path(f"M{path}", "#333", more=more)

    def arrow(self, *points: tuple[float, float]) -> None:
        self.line(*points, tip=True)

    def footer(self, *rows: Words) -> None:
        """Rows of plain words above the legend."""
        for number, row in enumerate(rows):
            self.words(WIDTH / 2, self.height - 30 - 19 * (len(rows) - number), row, 13)
        for number, (kind, words) in enumerate(LEGEND):
            self.chip(kind, 118 + 180 * number, self.height - 28, 22, 14)
            self.words(147 + 180 * number, self.height - 17, words, anchor="start")
