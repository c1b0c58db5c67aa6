"""Panel (a): the timetable as a Gantt chart, a row for each rank and a column for each step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import ascii_lowercase, ascii_uppercase

from grader.lab.messages import N_
from grader.pictures.card import WIDTH, Card
from grader.pictures.lettering import fitted, grouped, said, shortened, width_of
from grader.pictures.ranks.parts import in_rows
from grader.pictures.ranks.timetable import Passing, Timetable

LEFT, RIGHT, CHIP, ROW, WIDEST = 92, 16, 43, 17, 156
BAND, MOST_STEPS, MOST_ROWS = 14, 42, 6
LETTERS = ascii_uppercase + ascii_lowercase
BROKEN, IDLE = "#a33c00", "#999"
# Okabe-Ito hues, tinted; the letter says the same
FILLS = ("#d7ecf9", "#fbe6bd", "#cdeee3", "#f5e0ec", "#fbf8c4", "#cfe0f5", "#f9d9c2", "#e6e6e2")
Key = tuple[object, ...]
Names = Mapping[Key, str]
Look = tuple[str, bool, bool]  # a chip's colour, whether it is sent, whether it was carried out


def title_of(language: str) -> str:
    return said(language, N_("Who sends what to whom, step by step"))


def told(table: Timetable, language: str) -> list[str]:
    """The panel in plain lines."""
    names, out = _names(table), [title_of(language) + ":"]
    for step in range(min(table.steps, MOST_STEPS)):
        words = [_told(passing, names) for passing in table.passings if passing.step == step]
        waiting = [wait.rank for wait in table.waits if wait.start <= step < (wait.end or table.steps)]
        if waiting:
            words.append(said(language, N_("waiting: {ranks}"), ranks=in_rows(sorted(waiting))))
        number = said(language, N_("step {step}"), step=step + 1)
        out.append(f"  {number}: {'; '.join(words)}")
    return out + [f"    {name}: {words}" if name else f"  {words}" for name, words in _legend(table, names, language)]


def draw(card: Card, top: float, table: Timetable, language: str) -> float:
    """Draw the panel from there on; returns where it ends."""
    card.text(20, top + 18, title_of(language), 13.5, bold=True, anchor="start")
    names, y = _names(table), top + 32
    for start in range(0, min(table.steps, MOST_STEPS), BAND):
        y = _band(card, y, table, range(start, min(start + BAND, table.steps)), names, language) + 8
    x, beside = LEFT - 56, (WIDTH - LEFT + 56 - RIGHT) // 3
    for name, words in _legend(table, names, language):
        takes = beside * -(-(int(width_of(words, 11.5)) + 36) // beside)
        if x > LEFT - 56 and (x + takes > WIDTH or not name):
            x, y = LEFT - 56, y + 19
        if name:
            card.box(x, y, 20, 15, _fill(name), "#555", 'stroke-width="0.8"', 3)
            card.text(x + 10, y + 11.5, name, 11, bold=True)
        left = x + 27 if name else x
        card.text(left, y + 11.5, fitted(words, WIDTH - left - RIGHT, 11.5), 11.5, not name, anchor="start")
        x, y = (x + takes, y) if name else (x, y + 19)
    return y + 24


def _band(card: Card, top: float, table: Timetable, steps: range, names: Names, language: str) -> float:
    """One row of columns: those of these steps."""
    column = round(min((WIDTH - LEFT - RIGHT) / min(table.steps, BAND), WIDEST), 1)
    across = int(column // CHIP)
    chips = {(rank, step): _chips(table, rank, step, names) for rank in range(table.ranks) for step in steps}
    lane = ROW * min(max(2, *(-(-len(cell) // across) for cell in chips.values())), MOST_ROWS) + 7
    rows, bottom = top + 18, top + 18 + lane * table.ranks

    def left_of(step: int) -> float:
        return LEFT + (step - steps.start) * column

    card.text(LEFT - 8, top + 12, said(language, N_("step")), 11.5, anchor="end")
    for step in steps:
        card.text(left_of(step) + column / 2, top + 12, str(step + 1), 11.5)
    for rank in range(table.ranks):
        card.text(LEFT - 8, rows + lane * (rank + 0.5) + 4, said(language, N_("rank {rank}"), rank=rank), anchor="end")
    ruled = "".join(f"M20 {rows + lane * rank:g}H{left_of(steps.stop):g}" for rank in range(table.ranks + 1))
    card.path(ruled, "#c8c8c4", 1)
    for wait in table.waits:
        start, end = max(wait.start, steps.start), min(wait.end or table.steps, steps.stop)
        if start < end:
            x, y, wide = left_of(start) + 3, rows + lane * wait.rank + 4, (end - start) * column - 6
            stroke = IDLE if wait.end else BROKEN
            words = said(language, N_("waits") if wait.end else N_("goes no further"))
            card.box(x, y, wide, lane - 8, "#efefec", stroke, 'stroke-dasharray="2 3"', 3)
            card.text(x + wide / 2, y + lane - 12, words if width_of(words, 11) < wide else "…", 11)
    for passing in table.passings:
        if not passing.alone and passing.done and passing.step in steps:
            name, x = names.get(_key(passing), "·"), left_of(passing.step) + 5
            card.box(x, rows + 4, column - 10, bottom - rows - 8, _fill(name), "#555", 'stroke-width="1.2"', 4)
            whole = f"{name} {passing.kind}"
            for rank in passing.ranks:
                words = whole if width_of(whole, 12) < column - 12 else name
                card.text(x + column / 2 - 5, rows + lane * (rank + 0.5) + 4, words, 11.5, bold=True)
    boxes, letters = dict[Look, str](), ""
    for (rank, step), cell in chips.items():
        left = left_of(step) + (column - CHIP * min(across, len(cell))) / 2
        for at, (words, look) in enumerate(cell[: MOST_ROWS * across]):
            words = "…" if at == MOST_ROWS * across - 1 and at < len(cell) - 1 else words
            x, y = round(left + CHIP * (at % across)), round(rows + 4 + lane * rank + ROW * (at // across))
            boxes[look] = boxes.get(look, "") + f"M{x + 1} {y}h{CHIP - 3}v{ROW - 2}h{3 - CHIP}z"
            letters += f'<text x="{x + CHIP // 2}" y="{y + 11}">{words}</text>'
    for (fill, sent, done), drawn in boxes.items():
        dashes = "" if sent else ' stroke-dasharray="3 2"'
        card.path(drawn, "#555" if done else BROKEN, 1.1 if done else 2.2, fill, dashes)
    card.parts.append(f'<g font-size="11" text-anchor="middle">{letters}</g>')
    return bottom


def _chips(table: Timetable, rank: int, step: int, names: Names) -> list[tuple[str, Look]]:
    """What a rank sends in a step, then what it receives; a call that was never carried out among them."""
    found = []
    for passing in table.passings:
        if passing.step == step and rank in passing.callers and not (passing.done and not passing.alone):
            name, sent = names.get(_key(passing), "·"), not passing.alone or passing.ranks[0] == rank
            to = "" if not passing.alone else f"→{passing.ranks[1]}" if sent else f"←{passing.ranks[0]}"
            words = ("" if passing.done else "✗") + name + to
            found.append((words, (_fill(name) if sent else "#ffffff", sent, passing.done)))
    return sorted(found, key=lambda chip: not chip[1][1])


def _key(passing: Passing) -> Key:
    """What has one letter: messages of one part, and collectives from one line."""
    return (passing.part,) if passing.alone else (passing.kind, passing.line, passing.code)


def _names(table: Timetable) -> Names:
    """Letters for what goes, in order of appearance, and of parts in one tensor; the last ones have none."""
    first: dict[Key, tuple[int, tuple[str, list[int]]]] = {}
    for passing in table.passings:
        order = passing.part.order if passing.part and passing.alone else ("", [])
        first.setdefault(_key(passing), (passing.step, order))
    known = sorted((key for key in first if key != (None,)), key=lambda key: first[key])
    return dict(zip(known, LETTERS, strict=False)) | {(None,): "?"}


def _legend(table: Timetable, names: Names, language: str) -> Iterator[tuple[str, str]]:
    """What each letter stands for, which calls were never carried out, and what has no room."""
    if not table.passings:
        yield "", said(language, N_("Nothing goes between the ranks."))
        return
    first = {_key(passing): passing for passing in reversed(table.passings)}
    yield "", said(language, N_("What goes (how many numbers each rank sends of it at once):"))
    for key, name in names.items():
        if key in first and key != (None,):
            passing, code = first[key], shortened(first[key].code, 44)
            least, most = min(passing.numbers), max(passing.numbers)
            numbers = grouped(most) if least in (0, most) else f"{grouped(least)}–{grouped(most)}"
            line = said(language, N_("line {line}"), line=passing.line)
            part = passing.part.said(language) if passing.part and passing.alone else ""
            yield name, f"{part or f'{passing.kind}, {line}, `{code}`'} ({numbers})"
    never: dict[Key, set[int]] = {}
    for passing in table.passings:
        if not passing.done:
            never.setdefault((passing.kind, passing.line, passing.code), set()).update(passing.callers)
    for (call, number, text), ranks in never.items():
        one = N_("rank {ranks}, line {line}, `{code}`: {call} is never carried out")
        more = N_("ranks {ranks}, line {line}, `{code}`: {call} is never carried out")
        facts = {"ranks": in_rows(sorted(ranks)), "line": number, "code": shortened(str(text), 44), "call": call}
        yield "✗", said(language, more if len(ranks) > 1 else one, **facts)
    unnamed = sum(key not in names for key in first)
    if unnamed:
        yield "·", said(language, N_("and {count} more"), count=unnamed)
    if table.steps > MOST_STEPS:
        yield "…", said(language, N_("and {count} more steps"), count=table.steps - MOST_STEPS)


def _told(passing: Passing, names: Names) -> str:
    sign, name = "" if passing.done else "✗", names.get(_key(passing), "·")
    if passing.alone:
        return f"{sign}{name} {passing.ranks[0]}→{passing.ranks[1]}"
    return f"{sign}{name} {passing.kind}" + ("" if passing.done else f" ({passing.ranks[0]})")


def _fill(name: str) -> str:
    return FILLS[LETTERS.find(name) % len(FILLS)]
