"""The lab's diagrams: one description, drawn as SVG text in English and in Russian.

Run `python grader/labs/ranks/diagrams/draw.py` to write them anew: same description, same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rows import Picture, Words

from grader.pictures.card import WIDTH

RANKS: tuple[Words, ...] = (("rank 0", "ранг 0"), ("rank 1", "ранг 1"), ("…", "…"), ("rank N - 1", "ранг N - 1"))


def ring_shift(language: str) -> str:
    picture = Picture(language, ("One turn of the ring", "Один шаг кольца"), 246)
    width, gap = 136, 36
    for rank in range(4):
        x = 34 + (width + gap) * rank
        picture.box(x, 84, width, 112, "#f0f1ee", "#8a8a86", rx=10)
        picture.words(x + width / 2, 104, (f"rank {rank}", f"ранг {rank}"), 13, bold=True)
        picture.chip("activation", x + 14, 114, width - 28, 30, f"x{rank}")
        picture.chip("gradient", x + 14, 154, width - 28, 30, (f"got x{(rank - 1) % 4}", f"пришло x{(rank - 1) % 4}"))
    for x in (34 + width, 34 + 2 * width + gap, 34 + 3 * width + 2 * gap):
        picture.arrow((x - 14, 129), (x + 10, 129), (x + 26, 169), (x + gap + 13, 169))
    last = 34 + (width + gap) * 3 + width
    picture.arrow((last - 14, 129), (last + 12, 129), (last + 12, 60), (18, 60), (18, 169), (46, 169))
    picture.words(WIDTH / 2, 52, ("the last rank sends to the first", "последний ранг отправляет первому"), 12)
    picture.words(
        WIDTH / 2,
        226,
        ("Everybody sends to the right and receives from the left, at the same time.",
         "Все отправляют направо и получают слева — одновременно."),
        13,
    )  # fmt: skip
    return picture.svg()


Cell = tuple[str, str]  # what stands in a chunk, and how it is drawn
OWN, MOVED, DONE, EMPTY = "activation", "gradient", "weight", ""


def rounds(
    title: Words, states: list[list[list[Cell]]], sent: list[str], below: tuple[Words, ...]
) -> Callable[[str], str]:
    """Three ranks and their three chunks at the start and after each of two turns; `sent` says what goes round."""

    def draw(language: str) -> str:
        picture = Picture(language, title, 308 + 20 * len(below))
        heads: tuple[Words, ...] = (
            ("at the start", "в начале"), ("after turn 1", "после шага 1"), ("after turn 2", "после шага 2"),
        )  # fmt: skip
        for place, (head, state) in enumerate(zip(heads, states, strict=True)):
            left = 88 + 212 * place
            picture.words(left + 86, 56, head, 13, bold=True)
            for chunk in range(3):
                picture.words(left + 29 + 58 * chunk, 76, (f"chunk {chunk}", f"кусок {chunk}"), 10.5)
            for rank, cells in enumerate(state):
                y = 84 + 56 * rank
                if not place:
                    picture.words(40, y + 26, (f"rank {rank}", f"ранг {rank}"), 13, bold=True)
                for chunk, (words, kind) in enumerate(cells):
                    x = left + 58 * chunk
                    if kind:
                        picture.chip(kind, x, y, 54, 40, words)
                    else:
                        picture.box(x, y, 54, 40, "none", "#8a8a86", 'stroke-dasharray="2 3"', rx=6)
            if place < 2:
                picture.words(left + 192, 58, sent[place], 11)
                picture.arrow((left + 179, 68), (left + 207, 68))
        for number, words in enumerate(below):
            picture.words(WIDTH / 2, 272 + 20 * number, words, 13)
        legend: tuple[tuple[str, Words], ...] = (
            (OWN, ("own numbers", "свои числа")), (MOVED, ("just arrived", "только что пришло")),
            (DONE, ("whole", "готово")),
        )  # fmt: skip
        for number, (kind, words) in enumerate(legend):
            top = 276 + 20 * len(below)
            picture.chip(kind, 118 + 190 * number, top, 22, 14)
            picture.words(147 + 190 * number, top + 11, words, anchor="start")
        return picture.svg()

    return draw


def _reduce_scatter() -> Callable[[str], str]:
    start = [[(str((chunk + 1) * 10**rank), OWN) for chunk in range(3)] for rank in range(3)]
    one, two = ([list(row) for row in start] for _ in range(2))
    one[0][1], one[1][2], one[2][0] = ("202", MOVED), ("33", MOVED), ("110", MOVED)
    two[0][0], two[1][1], two[2][2] = ("111", DONE), ("222", DONE), ("333", DONE)
    return rounds(
        ("Reduce-scatter round a ring", "Reduce-scatter по кольцу"),
        [start, one, two],
        ["rank − 1", "rank − 2"],
        (
            ("In turn t a rank sends chunk rank − t to the right and adds what arrives to its own.",
             "На шаге t ранг отправляет направо кусок rank − t и прибавляет пришедшее к своему."),
            ("After N − 1 turns chunk r is whole on rank r.", "Через N − 1 шагов кусок r готов на ранге r."),
        ),
    )  # fmt: skip


def _all_gather() -> Callable[[str], str]:
    whole = ["111", "222", "333"]
    states = []
    for turn in range(3):
        state = []
        for rank in range(3):
            row: list[Cell] = []
            for chunk in range(3):
                age = (rank - chunk) % 3
                kind = DONE if age == 0 else MOVED if age == turn else OWN
                row.append((whole[chunk], kind) if age <= turn else ("", EMPTY))
            state.append(row)
        states.append(state)
    return rounds(
        ("All-gather round a ring", "All-gather по кольцу"),
        states,
        ["rank", "rank − 1"],
        (
            ("Each rank sends on what it got last, in the first turn its own chunk.",
             "Каждый ранг отправляет дальше то, что пришло последним, сначала — свой кусок."),
        ),
    )  # fmt: skip


def column_ranks(language: str) -> str:
    picture = Picture(language, ("Column-parallel on N ranks", "По столбцам (column-wise) на N рангах"), 560)
    for y, name, dots in picture.lanes(RANKS):
        picture.words(26, y + 18, name, 12, bold=True, anchor="start")
        if dots:
            continue
        picture.chip("activation", 24, y + 26, 104, 24, "X  (2, 256)")
        picture.chip("weight", 24, y + 54, 104, 24, "W  (48, 256)")
        picture.chip("weight", 24, y + 82, 104, 24, "b  (1, 48)")
        picture.chip("activation", 150, y + 44, 96, 42, ("own columns", "свои столбцы"), "Y (2, 48)")
        picture.arrow((128, y + 66), (148, y + 66))
        picture.arrow((246, y + 66), (262, y + 66))
        picture.arrow((344, y + 66), (360, y + 66))
        picture.chip("activation", 362, y + 44, 78, 42, "Y", "(2, 192)")
        picture.arrow((440, y + 66), (458, y + 66))
        picture.chip("gradient", 460, y + 24, 100, 40, ("part of dX", "слагаемое dX"), "(2, 256)")
        picture.chip("gradient", 460, y + 70, 100, 36, "dW, db", ("stay here", "остаются"))
        picture.arrow((560, y + 44), (570, y + 44))
        picture.arrow((650, y + 44), (660, y + 44))
        picture.chip("gradient", 662, y + 24, 40, 40, "dX")
    picture.bar(264, 80, "all-gather", "Y", ("forward", "прямой"))
    picture.bar(572, 78, "all-reduce", "dX", ("backward", "обратный"))
    picture.footer(
        ("Each rank holds its rows of W, its piece of b, and all of X.",
         "У каждого ранга — свои строки W, своя часть b и весь X."),
        ("Every rank's dX is a part of one sum: without the all-reduce only dX is wrong.",
         "dX каждого ранга — слагаемое одной суммы: без all-reduce неверен только dX."),
    )  # fmt: skip
    return picture.svg()


def row_ranks(language: str) -> str:
    picture = Picture(language, ("Row-parallel on N ranks", "По строкам (row-wise) на N рангах"), 560)
    for y, name, dots in picture.lanes(RANKS):
        picture.words(26, y + 18, name, 12, bold=True, anchor="start")
        if dots:
            continue
        picture.chip("activation", 24, y + 26, 104, 24, "X  (2, 64)")
        picture.chip("weight", 24, y + 54, 104, 24, "W  (192, 64)")
        picture.chip("weight", 24, y + 82, 104, 24, "b  (1, 192)")
        picture.chip("activation", 150, y + 34, 108, 42, ("part of Y", "слагаемое Y"), "(2, 192)")
        picture.arrow((128, y + 52), (148, y + 52))
        picture.arrow((258, y + 55), (276, y + 55))
        picture.arrow((366, y + 55), (390, y + 55))
        picture.line((128, y + 94), (276, y + 94), dashed=True)
        picture.line((276, y + 94), (366, y + 94), dashed=True)
        picture.arrow((366, y + 94), (378, y + 94), (378, y + 72), (390, y + 72))
        picture.chip("activation", 392, y + 34, 96, 52, ("sum + b", "сумма + b"), "Y (2, 192)")
        picture.arrow((488, y + 60), (508, y + 60))
        picture.chip("gradient", 510, y + 24, 176, 36, "dX  (2, 64)", ("own input channels", "свои входные каналы"))
        picture.chip("gradient", 510, y + 68, 176, 38, "dW, db", ("db alike on all ranks", "db у всех одинаков"))
    picture.bar(278, 88, "all-reduce", ("the sum Y", "сумма Y"), ("forward", "прямой"))
    picture.footer(
        ("Each rank holds its columns of X and of W, and all of b.",
         "У каждого ранга — свои столбцы X и W и целиком b."),
        ("b is added after the sum, once. In the backward pass nothing crosses.",
         "b прибавляют после суммы, один раз. В обратном проходе ничего не передаётся."),
    )  # fmt: skip
    return picture.svg()


def hang(language: str) -> str:
    picture = Picture(language, ("Who waits for whom", "Кто кого ждёт"), 300)
    circles: tuple[tuple[float, Words, bool], ...] = (
        (30, ("a circle: all wait in send", "круг: все ждут в send"), True),
        (380, ("one has gone home", "один уже ушёл"), False),
    )
    for left, head, closed in circles:
        picture.words(left + 150, 58, head, 13, bold=True)
        places = ((left, 74), (left + 186, 74), (left + 186, 184), (left, 184))
        for rank, (x, y) in enumerate(places):
            waits: Words = ("waits in send", "ждёт в send") if closed else ("waits in recv", "ждёт в recv")
            gone = not closed and rank == 0
            kind = "weight" if gone else "activation"
            said: Words = ("has finished", "закончил") if gone else waits
            picture.chip(kind, x, y, 124, 44, (f"rank {rank}", f"ранг {rank}"), said)
        forward = (
            ((left + 124, 96), (left + 184, 96)), ((left + 248, 118), (left + 248, 182)),
            ((left + 186, 206), (left + 126, 206)), ((left + 62, 184), (left + 62, 120)),
        )  # fmt: skip
        for number, (start, end) in enumerate(forward):
            if closed:
                picture.arrow(start, end)
            elif number < 3:
                turned = {0: (left + 126, 96), 1: (left + 248, 120), 2: (left + 184, 206)}
                begun = {0: (left + 186, 96), 1: (left + 248, 184), 2: (left + 124, 206)}
                picture.arrow(begun[number], turned[number])
    picture.words(
        WIDTH / 2,
        262,
        ("An arrow points to the rank that is waited for. In a circle nobody can be first;",
         "Стрелка указывает на того, кого ждут. В круге никто не может быть первым;"),
        13,
    )  # fmt: skip
    picture.words(
        WIDTH / 2,
        281,
        ("for a rank that has returned, all others wait in vain.", "ранга, который уже вернулся, ждать бесполезно."),
        13,
    )
    return picture.svg()


DIAGRAMS: dict[str, Callable[[str], str]] = {
    "ring-shift": ring_shift,
    "ring-reduce-scatter": _reduce_scatter(),
    "ring-all-gather": _all_gather(),
    "column-ranks": column_ranks,
    "row-ranks": row_ranks,
    "hang": hang,
}

if __name__ == "__main__":
    for diagram, draw in DIAGRAMS.items():
        for language in ("en", "ru"):
            path = Path(__file__).with_name(f"{diagram}.{language}.svg")
            path.write_text(draw(language), encoding="utf-8")
