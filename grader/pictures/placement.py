"""Panel (c): the two devices with what lies on each, before the cell and after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod, sqrt

from grader.judge.ledger import Ledger, PlacedTensor
from grader.judge.ledger.homes import DEVICES, Home
from grader.lab.messages import N_
from grader.pictures.card import KINDS, WIDTH, Card
from grader.pictures.lettering import fitted, said, shape_said, shortened, width_of

MOST = 8
OTHER_LOOK = ("#ececea", "#666", 'stroke-width="1" stroke-dasharray="1 2"')
SPLIT = 226  # where the part after the cell begins
LONGEST = 30.0
LABEL = LONGEST + 10  # where a block's words begin
ROW = 21.0


@dataclass(frozen=True)
class Block:
    """A tensor as it is drawn: name, shape, kind of its look, and whether the cell made it or gave it new numbers."""

    name: str
    shape: tuple[int, ...]
    kind: str
    new: bool = False
    changed: bool = False


@dataclass(frozen=True)
class Place:
    """A device, or both: what lies there before the cell and after it, with how many more there are."""

    home: Home
    before: tuple[Block, ...]
    after: tuple[Block, ...]
    more_before: int = 0
    more_after: int = 0


def places_in(ledger: Ledger) -> tuple[Place, ...]:
    """Device 1, device 2, and what both have."""
    given = {piece.storage for piece in ledger.inputs.values()}
    earlier = {  # helper variables that an earlier cell left behind
        name
        for name, piece in ledger.others.items()
        if name not in ledger.inputs and piece.storage in ledger.homes_before and piece.storage not in given
    }
    idle = _idle(ledger)
    lay = [placed for placed in ledger.before if placed.name not in idle]
    lay += [placed for placed in ledger.after if placed.name in earlier]
    known = {placed.name for placed in lay}
    written = {piece.storage for entry in ledger.entries for piece in entry.writes}
    changed = {
        name
        for name, piece in ledger.outputs.items()
        if name in ledger.inputs and (piece.storage != ledger.inputs[name].storage or piece.storage in written)
    }
    out = []
    for home in (frozenset({1}), frozenset({2}), DEVICES):
        before = [_block(placed) for placed in lay if placed.devices == home]
        after = [
            _block(placed, placed.name not in known, placed.name in changed)
            for placed in ledger.after
            if placed.devices == home and placed.name not in idle
        ]
        # what the cell was to make is shown before its helper variables
        after.sort(key=lambda block: (block.new, block.name in earlier, block.new and block.name not in ledger.outputs))
        few_before, few_after = _few(before), _few(after)
        out.append(Place(home, few_before, few_after, len(before) - len(few_before), len(after) - len(few_after)))
    return tuple(out)


def _idle(ledger: Ledger) -> set[str]:
    """Whole tensors that the cell doesn't touch and whose shards or replicas it was given: no device needs them."""
    touched = {piece.storage for entry in ledger.entries for piece in (*entry.reads, *entry.makes)}
    return {
        name
        for name, piece in ledger.inputs.items()
        if ledger.names.on_device(name, 1) in ledger.inputs and piece.storage not in touched
    }


def _few(blocks: Sequence[Block]) -> tuple[Block, ...]:
    if len(blocks) <= MOST:
        return tuple(blocks)
    rank = sorted(range(len(blocks)), key=lambda i: (not (blocks[i].new or blocks[i].changed), i))
    return tuple(blocks[i] for i in sorted(rank[:MOST]))


def _block(placed: PlacedTensor, new: bool = False, changed: bool = False) -> Block:
    return Block(placed.name, placed.shape, placed.look.value, new, changed)


def title_of(language: str) -> str:
    return said(language, N_("What lies on which device"))


def place_said(home: Home, language: str) -> str:
    if home == DEVICES:
        return said(language, N_("on both"))
    return said(language, N_("device {device}"), device=min(home))


def label_of(block: Block, language: str) -> str:
    """`W_gpu1 (304 × 1024)`."""
    return f"{shortened(block.name, 24)} ({_shape(block, language)})"


def _shape(block: Block, language: str) -> str:
    return shape_said(block.shape) or said(language, N_("one number"))


def note_of(block: Block, language: str) -> str:
    """`new`, `changed` or nothing."""
    if block.new:
        return said(language, N_("new"))
    return said(language, N_("changed")) if block.changed else ""


def more_said(count: int, language: str) -> str:
    return said(language, N_("and {count} more"), count=count)


def told(places: Sequence[Place], language: str, rule: bool) -> list[str]:
    """The panel in plain lines."""
    out = [title_of(language) + ":"]
    if not rule:
        uncut = [label_of(block, language) for place in places for block in place.before]
        out.append(f"  {said(language, N_('before the cut'))}: {', '.join(uncut) or '–'}")
    for place in places:
        after = [block for block in place.after if rule or block.new]
        words = [
            label_of(block, language) + (f" [{note_of(block, language)}]" if note_of(block, language) else "")
            for block in after
        ]
        more = [more_said(place.more_after, language)] if place.more_after else []
        if words or place.home != DEVICES:
            out.append(f"  {place_said(place.home, language)}: {', '.join([*words, *more]) or '–'}")
    return out


def draw(card: Card, top: float, places: Sequence[Place], language: str, rule: bool) -> float:
    """Draw the panel from there on; returns where it ends."""
    card.text(20, top + 18, title_of(language), 13.5, bold=True, anchor="start")
    scale = _scale(places)
    if not rule:
        y = _uncut(card, top + 28, places, scale, language)
        for place in places:
            new = tuple(block for block in place.after if block.new)
            if new or place.home != DEVICES:
                shown = Place(place.home, (), new, 0, place.more_after)
                y = _place(card, y, shown, scale, language, split=False)
        return _key(card, y, language)
    y = top + 28
    card.text(34, y + 12, said(language, N_("before the cell")), 11.5, anchor="start")
    card.text(SPLIT + 14, y + 12, said(language, N_("after the cell")), 11.5, anchor="start")
    y += 18
    for place in places:
        y = _place(card, y, place, scale, language, split=True)
    return _key(card, y, language)


def _scale(places: Sequence[Place]) -> float:
    """So that the longest side is as long as a block may be; sides grow with the root of their sizes."""
    sides = [side for place in places for block in (*place.before, *place.after) for side in _sides(block.shape)]
    return LONGEST / sqrt(max((*sides, 1)))


def _sides(shape: tuple[int, ...]) -> tuple[int, int]:
    if not shape:
        return 1, 1
    return (prod(shape[:-1]), shape[-1]) if len(shape) > 1 else (1, shape[0])


def _uncut(card: Card, y: float, places: Sequence[Place], scale: float, language: str) -> float:
    blocks = tuple(block for place in places for block in place.before)
    shown = Place(DEVICES, (), blocks[:MOST], 0, sum(place.more_before for place in places) + len(blocks[MOST:]))
    return _place(card, y, shown, scale, language, split=False, title=said(language, N_("before the cut")))


def _place(card: Card, y: float, place: Place, scale: float, language: str, split: bool, title: str = "") -> float:
    left, wide = (SPLIT, WIDTH - 14 - SPLIT) if split else (14, WIDTH - 28)
    abreast = 2 if split else 3
    rows = [place.after[i : i + abreast] for i in range(0, len(place.after), abreast)]
    body = max(
        _tall([(block,) for block in place.before], scale, place.more_before),
        _tall(rows, scale, place.more_after),
        ROW,
    )
    both = place.home == DEVICES
    look = 'stroke-dasharray="6 4"' if both else ""
    card.box(14, y, WIDTH - 28, body + 28, "#f6f6f2" if both else "#f0f1ee", "#8a8a86", look, rx=10)
    card.text(26, y + 18, title or place_said(place.home, language), 12.5, bold=True, anchor="start")
    if split:
        card.path(f"M{SPLIT:g} {y + 6:g}V{y + body + 22:g}", "#8a8a86", 1)
        _column(card, 26, SPLIT - 34, y + 26, [(block,) for block in place.before], scale, language, place.more_before)
    _column(card, left + 12, (wide - 16) / abreast, y + 26, rows, scale, language, place.more_after)
    return y + body + 36


def _tall(rows: Sequence[tuple[Block, ...]], scale: float, more: int) -> float:
    return sum(_row(row, scale) for row in rows) + (ROW if more else 0)


def _row(row: tuple[Block, ...], scale: float) -> float:
    return max(ROW, *(_size(block, scale)[1] + 9 for block in row))


def _size(block: Block, scale: float) -> tuple[float, float]:
    high, wide = _sides(block.shape)
    return tuple(round(min(max(scale * sqrt(max(side, 0)), 3), LONGEST), 1) for side in (wide, high))  # type: ignore[return-value]


def _column(
    card: Card,
    x: float,
    each: float,
    y: float,
    rows: Sequence[tuple[Block, ...]],
    scale: float,
    language: str,
    more: int,
) -> None:
    for row in rows:
        high = _row(row, scale)
        for i, block in enumerate(row):
            _draw_block(card, x + i * each, each, y + high / 2, block, scale, language)
        y += high
    if more:
        card.text(x + LABEL, y + 14, more_said(more, language), 11.5, anchor="start")


def _draw_block(card: Card, x: float, room: float, middle: float, block: Block, scale: float, language: str) -> None:
    fill, stroke, look = KINDS.get(block.kind, OTHER_LOOK)
    wide, high = _size(block, scale)
    left = x + (LONGEST - wide) / 2
    if block.new:
        corner = (round(left - 2.5, 1), round(middle - high / 2 - 2.5, 1))
        card.box(*corner, wide + 5, high + 5, "none", "#111", 'stroke-width="2"')
    card.box(round(left, 1), round(middle - high / 2, 1), wide, high, fill, stroke, look)
    note = note_of(block, language)
    room -= LABEL + (width_of(note, 10.5) + 8 if note else 4)
    shape = f" ({_shape(block, language)})"
    label = fitted(block.name, room - width_of(shape, 11), 11) + shape
    card.text(x + LABEL, round(middle + 4, 1), label, 11, anchor="start")
    if note:
        card.text(round(x + LABEL + 5 + width_of(label, 11), 1), round(middle + 4, 1), note, 10.5, True, "start")


def _key(card: Card, y: float, language: str) -> float:
    x = 26.0
    for kind, words in (
        ("weight", N_("weights, bias")),
        ("activation", N_("activations")),
        ("gradient", N_("gradients")),
        ("other", N_("other")),
    ):
        fill, stroke, look = KINDS.get(kind, OTHER_LOOK)
        card.box(x, y + 4, 20, 12, fill, stroke, look)
        card.text(x + 28, y + 14, said(language, words), 11.5, anchor="start")
        x += 46 + width_of(said(language, words), 11.5)
    card.box(x, y + 4, 20, 12, "none", "#111", 'stroke-width="2"')
    card.text(x + 28, y + 14, said(language, N_("bold frame: new")), 11.5, anchor="start")
    return y + 24
