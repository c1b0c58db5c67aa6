"""Lettering: names, numbers and lines of code as they stand on a card, and how much of them fits."""

import re
import textwrap
import unicodedata

from grader.lab.messages import N_, Message, message, translator

NARROW_SPACE = "\u202f"
SPACES = frozenset(" \u00a0\u202f")
UNITS = N_("B kB MB GB TB")
HALF = N_("0.5")  # how a language writes it shows its decimal point
NARROW, WIDE = frozenset("iljtfrI.,:;'`|!()[]{}"), frozenset("mwMWшщжюфмыШЩЖЮФМЫ@%—")


def said(language: str, template: str, **facts: object) -> str:
    """A template's sentence in that language, filled with facts."""
    return message(template, **facts).render(language)


def clean(text: str) -> str:
    """A text that XML takes, in one row: whitespace and control characters become spaces, half surrogates and
    unassigned ones `?`; what is not seen, such as a change of direction, goes."""
    return "".join(_clean(letter) for letter in text).strip()


def shortened(text: str, most: int) -> str:
    """A clean text of at most so many letters, `…` at its end if it was longer."""
    text = clean(text[: 4 * most + 40])
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def fitted(text: str, width: float, size: float, mono: bool = False) -> str:
    """As much of a clean text as fits into so many pixels."""
    text = clean(text[:400])
    if width_of(text, size, mono) <= width:
        return text
    while text and width_of(text + "…", size, mono) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def width_of(text: str, size: float, mono: bool = False) -> float:
    """About how many pixels a text takes at a font size, rather too many than too few."""
    return size * sum(_width(letter, mono) for letter in text)


def rows_of(text: str, width: float, size: float, most: int) -> list[str]:
    """A text in rows of so many pixels, at most so many rows."""
    rows = textwrap.wrap(clean(text), max(8, int(width / (size * 0.6))), break_long_words=True)
    return [*rows[: most - 1], rows[most - 1] + "…"] if len(rows) > most else rows


def grouped(number: float) -> str:
    """A whole number, its thousands parted by narrow no-break spaces."""
    return f"{number:,.0f}".replace(",", NARROW_SPACE)


def parted(text: str) -> str:
    """A sentence with the same spaces in its numbers."""
    return re.sub(r"\b\d{5,12}\b", lambda found: grouped(int(found[0])), text)


def bytes_said(language: str, number: int) -> str:
    """Bytes as `2.5 MB` (1 kB = 1000 B)."""
    say = translator(language)
    units, point = say(UNITS).split(), say(HALF)[1]
    value, unit = float(number), 0
    while value >= 999.5 and unit < len(units) - 1:
        value, unit = value / 1000, unit + 1
    digits = f"{value:.1f}".removesuffix(".0") if value < 99.95 and unit else grouped(value)
    return f"{digits.replace('.', point)}\u00a0{units[unit]}"


def shape_said(shape: tuple[int, ...]) -> str:
    """A shape as `304 × 1024`; empty for a single number."""
    sizes = " × ".join(str(size) for size in shape[:5])
    return sizes + (" × …" if len(shape) > 5 else "")


def why_of(reason: Message, language: str) -> str:
    """What a message says behind the line and the code that it begins with."""
    facts = dict(reason.facts)
    text, code = reason.render(language), facts.get("code")
    if isinstance(code, str) and f"`{code}`: " in text:
        text = text.partition(f"`{code}`: ")[2]
    return parted(clean(text[:600]))


def _clean(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind in ("Cs", "Cn", "Co"):
        return "?"
    if kind in ("Cc", "Zl", "Zp"):
        return " "
    return "" if kind == "Cf" else letter


def _width(letter: str, mono: bool) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.2
    if unicodedata.combining(letter):
        return 0.0
    if mono:
        return 0.603
    if letter in NARROW or letter in SPACES:
        return 0.33 if letter in SPACES else 0.4
    if letter in WIDE:
        return 0.95
    return 0.74 if letter.isupper() else 0.64
