"""Panel (b): how many bytes each collective moved, against what the task's pass of the layer needs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.judge.ledger import Collective, Due, Ledger, fault_of, superfluous
from grader.judge.ledger.account import NEGLIGIBLE
from grader.judge.ledger.collectives import OTHER, collective_of
from grader.judge.ledger.homes import DEVICES, common_home
from grader.lab.messages import N_
from grader.pictures.card import Card
from grader.pictures.lettering import bytes_said, fitted, said, shortened, width_of

MOST_BARS = 6
LEFT, LONGEST, THICK = 36, 380, 14
BROKEN, EXTRA, NEEDED, SMALL = "broken", "extra", "needed", "small"
# how a bar looks: fill, outline, and further attributes
LOOKS = {
    NEEDED: ("#56b4e9", "#0072b2", ""),
    SMALL: ("#56b4e9", "#0072b2", ""),
    EXTRA: ("#f0e442", "#7d7600", 'stroke-width="2" stroke-dasharray="4 2"'),
    BROKEN: ("#f7c9a8", "#a33c00", 'stroke-width="2.5"'),
}
SAID = {
    NEEDED: "",
    SMALL: "",
    EXTRA: N_("not needed here"),
    BROKEN: N_("breaks the rule"),
}
SAID_OF_OTHER = N_("other crossing")


@dataclass(frozen=True)
class Bar:
    """Collectives of one kind from one line: how often, how many numbers in all, and whether they are needed."""

    kind: str
    line: int
    code: str
    numbers: int
    times: int
    status: str


@dataclass(frozen=True)
class Theory:
    """A collective that is due: how many numbers, whether something like it was done, and whether what it makes was
    there before the cell."""

    kind: str
    makes: str
    numbers: int
    optional: bool
    done: bool
    earlier: bool = False

    @property
    def missing(self) -> bool:
        return not (self.done or self.optional or self.earlier)


@dataclass(frozen=True)
class Crossing:
    """What the panel shows: bars in the order of the cell, what they leave out, and the theory, where it is `known`."""

    bars: tuple[Bar, ...]
    left_out: int
    numbers_left_out: int
    theory: tuple[Theory, ...]
    known: bool = True


def crossing_in(ledger: Ledger, due: Sequence[Due] | None) -> Crossing:
    """What crossed by a ledger, beside what was due; None where nobody knows what is."""
    extra = set() if due is None else set(superfluous(ledger, due))
    broken = {violation.entry for violation in ledger.violations}
    bars: dict[tuple[str, int, str, str], Bar] = {}
    for one in sorted((*ledger.collectives, *_forbidden(ledger)), key=lambda c: c.at):
        status = BROKEN if one.at in broken else EXTRA if one in extra else NEEDED
        status = SMALL if status == NEEDED and one.numbers <= NEGLIGIBLE else status
        key = (one.kind, one.line, one.code, status)
        last = bars.get(key, Bar(one.kind, one.line, one.code, 0, 0, status))
        bars[key] = replace(last, numbers=last.numbers + one.numbers, times=last.times + 1)
    made = list(bars.values())
    shown = set(sorted(range(len(made)), key=lambda i: (made[i].status == SMALL, -made[i].numbers))[:MOST_BARS])
    rest = [bar for i, bar in enumerate(made) if i not in shown]
    done: dict[str, int] = {}
    for bar in made:
        if bar.status == NEEDED:
            done[bar.kind] = done.get(bar.kind, 0) + bar.numbers
    return Crossing(
        tuple(bar for i, bar in enumerate(made) if i in shown),
        sum(bar.times for bar in rest),
        sum(bar.numbers for bar in rest),
        tuple(_theory(ledger, one, done.get(one.signature.kind, 0)) for one in due or ()),
        known=due is not None,
    )


def _theory(ledger: Ledger, due: Due, done: int) -> Theory:
    made = ledger.outputs.get(due.signature.makes)
    given = {piece.storage for piece in ledger.inputs.values()}
    earlier = made is not None and made.storage in ledger.homes_before and made.storage not in given
    signature = due.signature
    # gathering the biases is not gathering Y; and who got it in another way lacks nothing
    in_another_way = made is not None and not ledger.violations and ledger.origins.get(made.storage) == DEVICES
    in_another_way = in_another_way and fault_of(ledger, (due,)) is None
    there = done > due.numbers // 2 or in_another_way
    return Theory(signature.kind, signature.makes, due.numbers, signature.optional, there, earlier and not done)


def _forbidden(ledger: Ledger) -> list[Collective]:
    """Moves that broke the rule, which the ledger does not count among the collectives."""
    counted = {one.at for one in ledger.collectives}
    broken = {violation.entry for violation in ledger.violations} - counted
    homes, out = dict(ledger.homes_before), []
    for at, (entry, changed) in enumerate(zip(ledger.entries, ledger.homes_along, strict=False)):
        if at in broken and entry.reads and not common_home(entry.reads, homes):
            moved = collective_of(entry, at, homes, 0)
            if moved.kind != OTHER:
                out.append(moved)
        homes.update(changed)
    return out


def title_of(language: str) -> str:
    return said(language, N_("What crosses between the devices"))


def status_of(bar: Bar, language: str) -> str:
    return said(language, SAID[bar.status]) if SAID[bar.status] else ""


def status_of_theory(one: Theory, language: str) -> str:
    if one.earlier:
        return said(language, N_("in an earlier cell"))
    if one.optional:
        return said(language, N_("optional")) if one.done else said(language, N_("optional, not done"))
    return said(language, N_("missing")) if one.missing else ""


def kind_said(kind: str, language: str) -> str:
    return kind if kind != OTHER else said(language, SAID_OF_OTHER)


def theory_said(one: Theory, language: str) -> str:
    return said(language, N_("in theory: {kind} of {name}"), kind=kind_said(one.kind, language), name=one.makes)


def _none(crossing: Crossing, language: str) -> str:
    if crossing.bars:
        return ""
    if crossing.theory or not crossing.known:
        return said(language, N_("Nothing crosses between the devices in this cell."))
    return said(language, N_("Nothing crosses between the devices in this cell, and nothing has to."))


def more_said(crossing: Crossing, language: str, bytes_per_number: int) -> str:
    amount = bytes_said(language, crossing.numbers_left_out * bytes_per_number)
    return said(language, N_("and {count} more: {bytes}"), count=crossing.left_out, bytes=amount)


def told(crossing: Crossing, language: str, bytes_per_number: int) -> list[str]:
    """The panel in plain lines."""
    out = [title_of(language) + ":"]
    if none := _none(crossing, language):
        out.append("  " + none)
    for bar in crossing.bars:
        times = f" ×{bar.times}" if bar.times > 1 else ""
        line = said(language, N_("line {line}"), line=bar.line)
        amount = bytes_said(language, bar.numbers * bytes_per_number)
        status = f" ({status_of(bar, language)})" if status_of(bar, language) else ""
        kind = kind_said(bar.kind, language)
        out.append(f"  {kind}{times}, {line}, `{shortened(bar.code, 50)}`: {amount}{status}")
    if crossing.left_out:
        out.append("  " + more_said(crossing, language, bytes_per_number))
    for one in crossing.theory:
        status = f" ({status_of_theory(one, language)})" if status_of_theory(one, language) else ""
        out.append(f"  {theory_said(one, language)}: {bytes_said(language, one.numbers * bytes_per_number)}{status}")
    return out


def draw(card: Card, top: float, crossing: Crossing, language: str, bytes_per_number: int) -> float:
    """Draw the panel from there on; returns where it ends."""
    card.text(20, top + 18, title_of(language), 13.5, bold=True, anchor="start")
    y = top + 30
    if none := _none(crossing, language):
        card.text(LEFT, y + 12, none, anchor="start")
        y += 22
    most = max([*(bar.numbers for bar in crossing.bars), *(one.numbers for one in crossing.theory)], default=1)
    scale = LONGEST / max(most, 1)
    for bar in crossing.bars:
        fill, stroke, more = LOOKS[bar.status]
        card.box(LEFT, y + 18, round(max(bar.numbers * scale, 2), 1), THICK, fill, stroke, more)
        _label(card, y, kind_said(bar.kind, language), bar, language)
        amount = bytes_said(language, bar.numbers * bytes_per_number)
        sign = "✗ " if bar.status == BROKEN else ""
        _amount(card, y, bar.numbers * scale, amount, sign + status_of(bar, language))
        y += 40
    if crossing.left_out:
        card.text(LEFT, y + 12, more_said(crossing, language, bytes_per_number), anchor="start")
        y += 22
    for one in crossing.theory:
        card.text(LEFT, y + 12, theory_said(one, language), anchor="start")
        length = round(max(one.numbers * scale, 2), 1)
        card.box(LEFT, y + 18, length, THICK, "#ffffff", "#555", 'stroke-width="1.3" stroke-dasharray="4 3"')
        card.path(_hatch(LEFT, y + 18, length), "#999", 0.8)
        sign = "✗ " if one.missing else ""
        amount = bytes_said(language, one.numbers * bytes_per_number)
        _amount(card, y, length, amount, sign + status_of_theory(one, language))
        y += 40
    return y + 2


def _label(card: Card, y: float, kind: str, bar: Bar, language: str) -> None:
    words = kind + (f" ×{bar.times}" if bar.times > 1 else "") + ", " + said(language, N_("line {line}"), line=bar.line)
    card.text(LEFT, y + 12, words, bold=True, anchor="start")
    x = LEFT + width_of(words, 12.4) + 8
    card.code(round(x, 1), y + 12, fitted(bar.code, 700 - x, 11, mono=True))


def _amount(card: Card, y: float, length: float, amount: str, status: str) -> None:
    x = LEFT + max(length, 2) + 8
    card.text(round(x, 1), y + 29, amount, anchor="start")
    if status:
        card.text(round(x + width_of(amount, 12) + 8, 1), y + 29, status, 12, bold=True, anchor="start")


def _hatch(left: float, top: float, length: float) -> str:
    """Slanted strokes inside a bar."""
    drawn, x = "", left - THICK + 8.0
    while x < left + length:
        start, end = max(x, left), min(x + THICK, left + length)
        if end > start:
            drawn += f"M{start:.1f} {top + THICK - (start - x):.1f}L{end:.1f} {top + THICK - (end - x):.1f}"
        x += 9
    return drawn
