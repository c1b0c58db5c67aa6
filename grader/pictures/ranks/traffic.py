"""Panel (b): how many numbers leave each rank, against the least that theory asks."""

from __future__ import annotations

from collections.abc import Sequence

from grader.judge.ledger import ALL_REDUCE, Due
from grader.judge.ranks import RankPage
from grader.lab.messages import N_
from grader.pictures.card import Card
from grader.pictures.crossing import LOOKS, NEEDED
from grader.pictures.lettering import grouped, said

LEFT, LONGEST, THICK = 92, 380, 14


def leaving(pages: Sequence[RankPage]) -> list[int]:
    """The numbers that leave each rank, up to where the run stopped."""
    return [sum(call.leaves for call in page.calls) for page in pages]


def least(world: int, due: Sequence[Due]) -> float:
    """The numbers that leave a rank in theory, on average: all ranks' traffic can be shared out evenly."""
    return sum(one.numbers for one in due) / world


def title_of(language: str) -> str:
    return said(language, N_("How many numbers leave each rank"))


def theory(world: int, due: Sequence[Due], language: str) -> list[str]:
    """What theory says, in all and collective by collective; nothing where nobody knows what is due."""
    all_of_it = said(language, N_("least in theory, a rank on average: {numbers}"), numbers=grouped(least(world, due)))
    out = [all_of_it] if due else []
    for one in due:
        share = f"{(world - 1) * (2 if one.signature.kind == ALL_REDUCE else 1)}/{world}"
        facts = {"kind": one.signature.kind, "name": one.signature.makes, "share": share, "size": grouped(one.size)}
        template = N_("{kind} of {name}: {share} · {size} = {numbers}")
        out.append(said(language, template, numbers=grouped(one.numbers / world), **facts))
    return out


def told(pages: Sequence[RankPage], due: Sequence[Due], language: str) -> list[str]:
    """The panel in plain lines."""
    template, out = N_("rank {rank}"), [title_of(language) + ":"]
    out += [f"  {said(language, template, rank=rank)}: {grouped(n)}" for rank, n in enumerate(leaving(pages))]
    return out + [f"  {line}" for line in theory(len(pages), due, language)]


def draw(card: Card, top: float, pages: Sequence[RankPage], due: Sequence[Due], language: str) -> float:
    """Draw the panel from there on; returns where it ends."""
    card.text(20, top + 18, title_of(language), 13.5, bold=True, anchor="start")
    leaves, asked = leaving(pages), least(len(pages), due)
    y, scale = top + 32, LONGEST / max(*leaves, asked, 1)
    fill, stroke, more = LOOKS[NEEDED]
    for rank, numbers in enumerate(leaves):
        card.text(LEFT - 8, y + 11.5, said(language, N_("rank {rank}"), rank=rank), anchor="end")
        card.box(LEFT, y, round(max(numbers * scale, 1), 1), THICK, fill, stroke, more)
        card.text(LEFT + LONGEST + 14, y + 11.5, grouped(numbers), anchor="start")
        y += 20
    if due:
        card.path(f"M{LEFT + asked * scale:.1f} {top + 28:g}V{y + 4:g}", "#1a1a1a", 1.6, more=' stroke-dasharray="5 3"')
    for at, line in enumerate(theory(len(pages), due, language)):
        card.text(LEFT, y + 18, line if at else f"┆ {line}", bold=not at, anchor="start")
        y += 18
    return y + 10
