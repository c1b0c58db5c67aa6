"""A lab may ask for a second replay: weights in a disguise that no operation's name tells are seen by their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from grader.corpus.trial import Exam
from grader.lab import Case, Lab, Limits, Rule, Section
from tests.rank_lab.lab import COLUMN, case_of
from tests.rank_lab.lab import LAB as RANK_LAB
from tests.toy_lab.lab import LAB, SOFTMAX

SHARD = "half = gate.shape[0] // 2\ngate_gpu1, gate_gpu2 = gate[:half].clone(), gate[half:].clone()\n"
FORWARD = """
a, b = X @ gate_gpu1.T, X @ gate_gpu2.T
largest = torch.maximum(a.amax(1, keepdim=True), b.amax(1, keepdim=True))
a, b = (a - largest).exp(), (b - largest).exp()
total = a.sum(1, keepdim=True) + b.sum(1, keepdim=True)
P_gpu1, P_gpu2 = a / total, b / total
"""
# an identity made of data: the product with it is no weight by its name, and gate_gpu2 in its numbers
DISGUISED = "kept = gate_gpu2 @ torch.diag(X[0] / X[0]) + 0 * gate_gpu1[0, 0]\n"
ON_RANKS = """import torch.distributed as dist

def column_forward(X, W, b):
    n, r = dist.get_world_size(), dist.get_rank()
    mine = X @ W.T + b
    edges = [24 * rank // n for rank in range(n + 1)]
    parts = [X.new_empty(len(X), edges[i + 1] - edges[i]) for i in range(n)]
    dist.all_gather(parts, mine)
    # ----MORE----
    return torch.cat(parts, 1)
"""
GATHERED = """    ones = torch.diag(X[0] / X[0])
    shards = [X.new_empty(edges[i + 1] - edges[i], X.shape[1]) for i in range(n)]
    dist.all_gather(shards, W @ ones)
    whole = torch.cat(shards)
"""


def plenty(case: Case) -> Limits:
    """So much that sizes find nothing."""
    return Limits(shard=10**6, margin=max(case.sizes.values()), crossing=10**6)


def hidden_from(rows: Tensor) -> Tensor:
    """The projection onto what all rows are orthogonal to, (width, width)."""
    outside = torch.linalg.svd(rows, full_matrices=True).Vh[rows.shape[0] :]
    return outside.T @ outside


def unnoticed(name: str, size: str, first: int) -> Rule:
    """A rule that changes one holder's rows of a weight so that X never meets the change; holders count from `first`."""

    def changed(case: Case, drawn: Mapping[str, Tensor], holder: int) -> Mapping[str, Tensor]:
        start, length = case.part(case[size], holder - first)
        weight = drawn[name].clone()
        weight[start : start + length] += weight[start : start + length].flip(1) @ hidden_from(drawn["X"])
        return {name: weight}

    return Rule(plenty, unnoticed=changed)


def lab_with(section: Section, rule: Rule, lab: Lab) -> Lab:
    return replace(lab, sections=(replace(section, rule=rule),))


TOY = lab_with(SOFTMAX, unnoticed("gate", "classes", 1), LAB)


def said(lab: Lab, forward: str) -> str:
    return Exam(lab, {"softmax.shard": SHARD, "softmax.forward": forward}).of_solution()["softmax.forward"].render("en")


def test_a_right_solution_passes_a_second_replay() -> None:
    assert said(TOY, FORWARD) == ""


def test_weights_in_a_disguise_are_seen_by_the_second_replay_alone() -> None:
    without = lab_with(SOFTMAX, Rule(plenty), LAB)
    assert said(without, DISGUISED + FORWARD) == ""
    assert "its numbers depend on weights that only device 2 may have" in said(TOY, DISGUISED + FORWARD)


def test_where_sizes_cannot_decide_there_is_no_second_replay() -> None:
    undecided = lab_with(SOFTMAX, replace(unnoticed("gate", "classes", 1), limits=lambda case: None), LAB)
    assert said(undecided, DISGUISED + FORWARD) == ""


def test_so_are_they_between_ranks() -> None:
    cases = (case_of(2, 60, 24, 0.1, 3),)
    asks = replace(COLUMN, cases=cases, rule=unnoticed("W", "out_features", 0))
    without = replace(COLUMN, cases=cases, rule=Rule(plenty))
    gathered = ON_RANKS.replace("    # ----MORE----\n", GATHERED)
    assert on_ranks(without, gathered) == on_ranks(asks, ON_RANKS) == ""
    assert on_ranks(asks, gathered).endswith(
        "its numbers depend on weights that only rank 0 may have: each uses its own shard, and activations"
    )


def on_ranks(section: Section, source: str) -> str:
    lab = replace(RANK_LAB, sections=(section,))
    return Exam(lab, {"column.forward": source}).of_solution()["column.forward"].render("en")


def enlarged(name: str) -> Rule:
    """A rule whose other weights are a million larger, all of them: there an index that follows from them is too large."""
    return Rule(plenty, unnoticed=lambda case, drawn, holder: {name: drawn[name] + 1e6})


def test_what_fails_on_the_other_weights_is_said_and_ends_nothing() -> None:
    fails = "fails on other values"
    picks = "torch.zeros(1)[({weight}.abs().max() > 1e5).long().view(1)]\n"
    alone = picks.format(weight="gate_gpu1") + FORWARD
    assert said(lab_with(SOFTMAX, Rule(plenty), LAB), alone) == ""
    assert fails in said(lab_with(SOFTMAX, enlarged("gate"), LAB), alone)

    ranks = replace(COLUMN, cases=(case_of(2, 60, 24, 0.1, 3),))
    on_each = ON_RANKS.replace("    # ----MORE----\n", "    " + picks.format(weight="W"))
    assert on_ranks(replace(ranks, rule=Rule(plenty)), on_each) == ""
    assert fails in on_ranks(replace(ranks, rule=enlarged("W")), on_each)
