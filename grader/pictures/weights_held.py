"""Panel (a): how much of the weights, and of their gradient, each device holds along the steps of a cell."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.judge.ledger import Ledger, Moment
from grader.judge.ledger.homes import DEVICES
from grader.lab.messages import N_
from grader.pictures.card import GROUND, Card
from grader.pictures.lettering import fitted, grouped, parted, rows_of, said, shortened, why_of, width_of
from grader.pictures.steps import Stretch, columns, stretches

LEFT, RIGHT, WIDTH_OF_CHART = 114, 436, 268
HEIGHT = 132
CLEARLY = 1.1  # so many shards at once are more than a rounding of their sizes
MOST_LETTERS = 16  # of the weights' names together
MOST_DRAWN = 2.3  # full matrices; what is more is said in numbers
WARNING = "#a33c00"
# how each quantity's line looks: colour, width, dashes
WEIGHTS = ("#e69f00", 6.0, "")
GRADIENT = ("#7a2a5c", 2.2, ' stroke-dasharray="6 3"')


@dataclass(frozen=True)
class Mark:
    """The step that broke the rule, or the first at which a device holds more than a shard: which moment, the devices,
    the student's line, and why it is marked."""

    at: int
    devices: frozenset[int]
    line: int
    code: str
    why: str


@dataclass(frozen=True)
class WeightsHeld:
    """What the panel shows: the moments, the numbers of the full matrix and of a shard, what the lab calls the weights
    and their gradient, and what is marked."""

    moments: tuple[Moment, ...]
    full: int
    shard: int
    weights: str
    gradient: str
    mark: Mark | None = None
    misplaced: str = ""

    def shares(self, device: int, gradient: bool) -> list[float]:
        """What a device holds at each moment, in full matrices."""
        return [(one.gradients if gradient else one.weights).get(device, 0) / self.full for one in self.moments]

    def peak(self, device: int, gradient: bool) -> float:
        return max(self.shares(device, gradient), default=0)

    def shows(self, gradient: bool) -> bool:
        """Whether any device ever holds some of it."""
        return any(self.peak(device, gradient) > 0 for device in DEVICES)


def held_in(ledger: Ledger, language: str) -> WeightsHeld | None:
    """What a ledger says about it; None where the cell knows no weights."""
    if ledger.full <= 0 or not ledger.held:
        return None
    weights = _together(ledger.matrices)
    gradient = _together(ledger.gradients) or f"d{weights}"
    held = WeightsHeld(ledger.held, ledger.full, max(ledger.shard, 1), weights, gradient)
    mark = _mark(ledger, held, language)
    return replace(held, mark=mark, misplaced=_misplaced(ledger, mark, language))


def _together(names: Sequence[str]) -> str:
    return shortened(" + ".join(names), MOST_LETTERS)


def _mark(ledger: Ledger, held: WeightsHeld, language: str) -> Mark | None:
    above = _first_above(held)
    if ledger.violations:
        broken = ledger.violations[0]
        at = min(max(broken.entry + 1, 0), len(held.moments) - 1)
        over = frozenset(d for d in DEVICES if _most(held, at, d) > held.shard * CLEARLY)
        return Mark(at, over or DEVICES, broken.line, held.moments[at].code, why_of(broken.message, language))
    if above is None:
        return None
    at, over = above
    one = N_("device {device} holds {share} % of the full matrix; one shard is {shard} %")
    both = N_("each device holds {share} % of the full matrix; one shard is {shard} %")
    why = said(
        language,
        one if len(over) == 1 else both,
        device=min(over),
        share=grouped(100 * max(_most(held, at, device) for device in over) / held.full),
        shard=grouped(100 * held.shard / held.full),
    )
    return Mark(at, over, held.moments[at].line, held.moments[at].code, why)


def _misplaced(ledger: Ledger, mark: Mark | None, language: str) -> str:
    reason = ledger.misplaced
    if reason is None:
        return ""
    if mark is not None and dict(reason.facts).get("line") == str(mark.line):
        return why_of(reason, language)  # the line stands there already
    return parted(shortened(reason.render(language), 300))


def _first_above(held: WeightsHeld) -> tuple[int, frozenset[int]] | None:
    for at in range(len(held.moments)):
        over = frozenset(device for device in DEVICES if _most(held, at, device) > held.shard * CLEARLY)
        if over:
            return at, over
    return None


def _most(held: WeightsHeld, at: int, device: int) -> int:
    moment = held.moments[at]
    return max(moment.weights.get(device, 0), moment.gradients.get(device, 0))


def title_of(language: str) -> str:
    return said(language, N_("How much of the weights each device holds, step by step"))


def where(mark: Mark, language: str) -> str:
    """`line 8`, or that it was so before the cell."""
    return said(language, N_("line {line}"), line=mark.line) if mark.line else said(language, N_("before the cell"))


def told(held: WeightsHeld | None, language: str) -> list[str]:
    """The panel in plain lines."""
    if held is None:
        return [title_of(language) + ":", "  " + said(language, N_("no weights are known in this cell"))]
    shard = grouped(100 * held.shard / held.full)
    out = [
        said(language, N_("How much of the weights each device holds at most (one shard is {shard} %):"), shard=shard)
    ]
    for device in sorted(DEVICES):
        shown = [(held.weights, held.peak(device, False))]
        shown += [(held.gradient, held.peak(device, True))] if held.shows(True) else []
        amounts = ", ".join(f"{name} {grouped(100 * share)} %" for name, share in shown)
        out.append(f"  {said(language, N_('device {device}'), device=device)}: {amounts}")
    if held.mark is not None:
        code = f", `{shortened(held.mark.code, 60)}`" if held.mark.code else ""
        out.append(f"  ✗ {where(held.mark, language)}{code}: {held.mark.why}")
    if held.misplaced:
        out.append(f"  ✗ {held.misplaced}")
    return out


def draw(card: Card, top: float, held: WeightsHeld | None, language: str) -> float:
    """Draw the panel from there on; returns where it ends."""
    card.text(20, top + 18, title_of(language), 13.5, bold=True, anchor="start")
    if held is None:
        card.text(20, top + 42, said(language, N_("no weights are known in this cell")), anchor="start")
        return top + 58
    _legend(card, top + 38, held, language)
    peak = max(held.peak(device, gradient) for device in DEVICES for gradient in (False, True))
    scale = HEIGHT / min(max(1.3, 1.15 * peak), MOST_DRAWN)
    foot = top + 74 + HEIGHT
    for device, left in ((1, LEFT), (2, RIGHT)):
        _chart(card, held, device, left, foot, scale, language)
    card.text(LEFT - 8, foot + 15, said(language, N_("line of the cell")), 10.5, anchor="end")
    for share, words in _levels(held, language):
        card.text(LEFT - 8, foot - share * scale - 1, words, 10.5, anchor="end")
        card.text(LEFT - 8, foot - share * scale + 11, f"{grouped(100 * share)} %", 10.5, anchor="end")
        card.text(RIGHT - 6, foot - share * scale + 4, f"{grouped(100 * share)} %", 10.5, anchor="end")
    return _why(card, foot + 26, held, language)


def _levels(held: WeightsHeld, language: str) -> list[tuple[float, str]]:
    full = (1.0, said(language, N_("full matrix")))
    shard = held.shard / held.full
    return [full] if shard > 0.8 else [full, (shard, said(language, N_("one shard")))]


def _legend(card: Card, y: float, held: WeightsHeld, language: str) -> None:
    x = 20.0
    for shown, (colour, width, dashes), name, words in (
        (held.shows(False), WEIGHTS, held.weights, N_("{name}: the weights")),
        (held.shows(True), GRADIENT, held.gradient, N_("{name}: their gradient")),
    ):
        if shown:
            card.path(f"M{x:g} {y - 4:g}h34", colour, width, more=dashes)
            card.text(x + 42, y, said(language, words, name=name), anchor="start")
            x += 190


def _chart(card: Card, held: WeightsHeld, device: int, left: float, foot: float, scale: float, language: str) -> None:
    head = foot - HEIGHT
    right = left + WIDTH_OF_CHART
    name = said(language, N_("device {device}"), device=device)
    card.text(left, head - 8, name, 12, bold=True, anchor="start")
    card.box(left, head, WIDTH_OF_CHART, HEIGHT, "#ffffff", "#8a8a86")
    for share, _ in _levels(held, language):
        card.path(f"M{left:g} {foot - share * scale:g}H{right:g}", "#777", 1, more=' stroke-dasharray="2 3"')
    marked = held.mark is not None and device in held.mark.devices
    drawn = [(held.weights, False, WEIGHTS), (held.gradient, True, GRADIENT)]
    lines = [
        (name, columns(held.shares(device, gradient)), look, gradient)
        for name, gradient, look in drawn
        if held.shows(gradient)
    ]
    for _, shares, _, _ in lines if marked else ():
        _excess(card, shares, held.shard / held.full, left, foot, scale)
    for _, shares, (colour, width, dashes), _ in lines:
        card.path(_steps(shares, left, foot, scale), colour, width, more=dashes + ' stroke-linejoin="round"')
    for name, shares, _, gradient in lines:
        _name_line(card, name, shares, gradient, left, foot, scale)
    _ticks(card, stretches([moment.line for moment in held.moments]), len(held.moments), left, foot)
    if held.mark is not None and marked:
        _marker(card, held.mark, len(held.moments), left, foot, language)


def _y(share: float, foot: float, scale: float) -> float:
    return foot - min(share * scale, HEIGHT - 3)


def _steps(shares: Sequence[float], left: float, foot: float, scale: float) -> str:
    each = WIDTH_OF_CHART / len(shares)
    drawn, last = f"M{left:g} {_y(shares[0], foot, scale):.1f}", shares[0]
    for i, share in enumerate(shares):
        if share != last:
            drawn, last = f"{drawn}H{left + i * each:.1f}V{_y(share, foot, scale):.1f}", share
    return f"{drawn}H{left + WIDTH_OF_CHART:g}"


def _excess(card: Card, shares: Sequence[float], shard: float, left: float, foot: float, scale: float) -> None:
    """What is above one shard, shaded."""
    each = WIDTH_OF_CHART / len(shares)
    base, drawn, last = _y(shard, foot, scale), "", shard
    for i, share in enumerate(shares):
        share = max(share, shard)
        if share != last:
            x = left + i * each
            drawn += f"V{_y(share, foot, scale):.1f}" if not drawn else f"H{x:.1f}V{_y(share, foot, scale):.1f}"
            drawn = drawn if drawn.startswith("M") else f"M{x:.1f} {base:.1f}{drawn}"
            last = share
    if drawn:
        card.path(f"{drawn}H{left + WIDTH_OF_CHART:g}V{base:.1f}z", "none", 0, "#d55e00", ' fill-opacity="0.15"')


def _end_of_level(shares: Sequence[float]) -> int:
    """Where the longest part ends along which something, and always as much, is held."""
    best, start = (0, len(shares)), 0
    for i in range(1, len(shares) + 1):
        if i == len(shares) or shares[i] != shares[start]:
            best = max(best, (i - start if shares[start] else 0, i))
            start = i
    return best[1]


def _name_line(
    card: Card, name: str, shares: Sequence[float], below: bool, left: float, foot: float, scale: float
) -> None:
    """The name above the beginning of its line, or below its longest level part (above, where that is low)."""
    halo = f' paint-order="stroke" stroke="{GROUND}" stroke-width="3"'
    end = _end_of_level(shares)
    y = _y(shares[end - 1] if below else shares[0], foot, scale)
    y += 15 if below and foot - y > 20 else -7
    x, anchor = (left + end * WIDTH_OF_CHART / len(shares) - 5, "end") if below else (left + 5, "start")
    card.text(round(x, 1), y, name, 11.5, bold=True, anchor=anchor, more=halo)
    top = max(shares)
    if top * scale > HEIGHT:  # drawn no higher than the chart
        each = WIDTH_OF_CHART / len(shares)
        at = left + shares.index(top) * each
        late = at > left + WIDTH_OF_CHART / 2
        at, anchor = (at - 6, "end") if late else (at + each + 6, "start")
        words = f"{name} {grouped(100 * top)} %" + (" ▸" if late else "")
        words = words if late else f"◂ {words}"
        card.text(round(at, 1), foot - HEIGHT + 31, words, 11, bold=True, anchor=anchor, more=halo)


def _ticks(card: Card, parts: Sequence[Stretch], steps: int, left: float, foot: float) -> None:
    each = WIDTH_OF_CHART / max(steps, 1)
    free, drawn, ticked = left - 4, "", left - 4
    for part in parts:
        x = left + part.start * each
        if x - ticked >= 2:
            drawn, ticked = f"{drawn}M{x:.1f} {foot:g}v4", x
        words = part.name
        middle, half = left + (part.start + part.end) / 2 * each, 3.4 * len(words)
        if words and middle - half >= free and middle + half <= left + WIDTH_OF_CHART + 6:
            card.text(round(middle, 1), foot + 15, words, 10.5)
            free = middle + half + 5
    if drawn:
        card.path(drawn, "#8a8a86", 1)


def _marker(card: Card, mark: Mark, steps: int, left: float, foot: float, language: str) -> None:
    """A line down to the step, with its number beside it."""
    x = left + mark.at * WIDTH_OF_CHART / max(steps, 1)
    card.path(f"M{x:.1f} {foot:g}V{foot - HEIGHT:g}", WARNING, 1.8, more=' stroke-dasharray="7 3 2 3"')
    late = x > left + WIDTH_OF_CHART / 2
    card.text(
        round(x + (-6 if late else 6), 1), foot - HEIGHT + 15, f"✗ {where(mark, language)}", 12, True,
        "end" if late else "start", f' fill="{WARNING}" paint-order="stroke" stroke="{GROUND}" stroke-width="3"',
    )  # fmt: skip


def _why(card: Card, y: float, held: WeightsHeld, language: str) -> float:
    """What is marked, in words."""
    more = f' fill="{WARNING}"'
    if held.mark is not None:
        words = f"✗ {where(held.mark, language)}"
        card.text(20, y + 12, words, 12, bold=True, anchor="start", more=more)
        if held.mark.code:
            x = round(28 + width_of(words, 12.4), 1)
            card.code(x, y + 12, fitted(held.mark.code, 700 - x, 11, mono=True))
        y += 16
        for row in rows_of(held.mark.why, 664, 12, 3):
            card.text(36, y + 12, row, 12, anchor="start")
            y += 16
    for number, row in enumerate(rows_of(held.misplaced, 650, 12, 3)):
        if not number:
            card.text(20, y + 12, "✗", 12, bold=True, anchor="start", more=more)
        card.text(36, y + 12, row, 12, anchor="start")
        y += 16
    return y + 8
