"""A vocabulary-parallel embedding: the rows that tokens find are activations, on ranks as on two devices."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

from grader.corpus.trial import Exam
from grader.lab import RANKS, Case, Lab, Limits, Role, Rule, Section, Task, Var, tokens

CASES = tuple(
    Case({"vocabulary": vocabulary, "width": width, "length": length}, {}, torch.float64, world=world)
    for vocabulary, width, length, world in ((64, 24, 6, 3), (103, 16, 12, 4))
)
IDS, ROWS = Var("ids", "ids", Role.TOKEN), Var("E", "E", Role.WEIGHT, cut=0)
TASK = Task(
    "embedding.forward", 1, (Var("Y", "Y", Role.ACTIVATION),), ("rank", "world_size", IDS, ROWS, "vocabulary"),
    "forward", ruled=True,
)  # fmt: skip
OWN = """
import torch.distributed as dist

def forward(rank, world_size, ids, E, vocabulary):
    mine = ids - vocabulary * rank // world_size
    there = (mine >= 0) & (mine < len(E))
    Y = E[mine.clamp(0, len(E) - 1)] * there[:, None]
    # ----MORE----
    dist.all_reduce(Y)
    return Y
"""
ZEROED = OWN.replace(" * there[:, None]", "\n    Y[~there] = 0")


def drawn(case: Case, generator: torch.Generator) -> Mapping[str, Tensor]:
    rows = torch.randn(case["vocabulary"], case["width"], generator=generator, dtype=torch.float64)
    return {"ids": tokens(case, case["vocabulary"], generator, case["length"]), "E": rows}


def limits(case: Case) -> Limits:
    shard = -(-case["vocabulary"] // case.world) * case["width"]
    return Limits(shard=shard, margin=case["vocabulary"], crossing=4 * case.world * case["length"] * case["width"])


def said(source: str) -> str:
    section = Section(
        "embedding", (TASK,), CASES, drawn, lambda case, ids, E: {"Y": E[ids]},
        parameters=lambda case: {"vocabulary": case["vocabulary"]},
        rule=Rule(limits, lambda case: max(case["vocabulary"], case["width"])), runner=RANKS,
    )  # fmt: skip
    lab = Lab("embedding", (section,), CASES[0], lambda variables: CASES[0])
    return Exam(lab, {TASK.name: source}).of_solution()[TASK.name].render("en")


@pytest.mark.parametrize("source", [OWN, ZEROED], ids=["multiplied by the mask", "set to zero"])
def test_rows_found_by_ids_that_were_shifted_and_clamped_may_cross(source: str) -> None:
    assert said(source) == ""


@pytest.mark.parametrize("rows", ["E[torch.arange(4)]", "E[:2]", "E[(0 * E[:4, 0]).long()]"])
def test_rows_that_no_token_finds_may_not(rows: str) -> None:
    more = f"    q = {rows}.clone()\n    dist.all_reduce(q)\n"
    assert "all_reduce carries weights or their gradients" in said(OWN.replace("    # ----MORE----\n", more))
