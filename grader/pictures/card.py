"""An SVG card: an opaque light ground, boxes, lines and plain text, readable on light and dark pages."""

from xml.sax.saxutils import escape

WIDTH = 720
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
INK = "#1a1a1a"
GROUND = "#fcfcfa"
# Okabe-Ito hues; the outline differs as well, so that colour is never the only sign.
KINDS = {
    "weight": ("#fbe6bd", "#a86500", 'stroke-width="2.5"'),
    "activation": ("#d7ecf9", "#0072b2", 'stroke-width="1.2"'),
    "gradient": ("#f5e0ec", "#9c4376", 'stroke-width="1.4" stroke-dasharray="5 3"'),
}


class Card:
    """A card put together piece by piece; several may stand in one page, so nothing on it has an id.

    Attributes:
        height: in pixels; may grow until `svg` is asked for.
        about: what a screen reader says besides the title.
    """

    def __init__(self, title: str, height: float = 0, about: str = "") -> None:
        self.title, self.height, self.about = title, height, about
        self.parts: list[str] = []

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float = 12,
        bold: bool = False,
        anchor: str = "middle",
        more: str = "",
    ) -> None:
        """One row of text at its baseline; `more` are further attributes."""
        weight = ' font-weight="600"' if bold else ""
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}"{weight}{more}>'
            f"{escape(words)}</text>"
        )

    def code(self, x: float, y: float, words: str, size: float = 11) -> None:
        """A line of the student's code."""
        self.text(x, y, words, size, anchor="start", more=f' font-family="{MONO}" xml:space="preserve"')

    def box(
        self, x: float, y: float, width: float, height: float, fill: str, stroke: str, more: str = "", rx: float = 0
    ) -> None:
        """A rectangle; `more` are further attributes."""
        round_ = f' rx="{rx:g}"' if rx else ""
        more = f" {more}" if more else ""
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"{round_} fill="{fill}" '
            f'stroke="{stroke}"{more}/>'
        )

    def path(self, drawn: str, stroke: str, width: float = 1.5, fill: str = "none", more: str = "") -> None:
        """A path from its `d`; `more` are further attributes."""
        self.parts.append(f'<path d="{drawn}" fill="{fill}" stroke="{stroke}" stroke-width="{width:g}"{more}/>')

    def opening(self) -> list[str]:
        """What stands before everything else, the ground among it."""
        name, height = escape(self.title), f"{self.height:g}"
        return [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
                f'viewBox="0 0 {WIDTH} {height}" role="img" font-family="{FONT}" fill="{INK}">'
            ),
            f"<title>{name}</title>",
            *([f"<desc>{escape(self.about)}</desc>"] if self.about else []),
            *self.definitions(),
            (
                f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{self.height - 1:g}" rx="10" '
                f'fill="{GROUND}" stroke="#c8c8c4"/>'
            ),
        ]

    def definitions(self) -> list[str]:
        """Markers and the like, for cards that stand alone."""
        return []

    def svg(self) -> str:
        """The card as SVG text."""
        return "\n".join([*self.opening(), *self.parts, "</svg>", ""])
