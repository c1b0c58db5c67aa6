"""A wrong sum over ranks is told as what it is, if the ranks' parts give it and nothing else does."""

from __future__ import annotations

import pytest

from grader.lab.case import Case
from tests.judge.ranks.judging import verdict
from tests.judge.ranks.right import REDUCE, ROW_REDUCE
from tests.judge.ranks.solutions import Solution, edited
from tests.rank_lab.lab import case_of

FOUR = case_of(3, 12, 8, 0.05, 4)
GATHERED = "    parts = [torch.empty_like(dX) for _ in range(n)]\n    dist.all_gather(parts, dX)\n    dX = {sum}\n"


def said(section: str, *edits: tuple[str, str], case: Case = FOUR) -> str:
    return verdict(Solution("", section, edited(section, *edits)), [case]).render("en")


@pytest.mark.parametrize(
    ("total", "hint"),
    [
        ("parts[1] + parts[3]", ": it is the sum over these ranks only: 1, 3"),
        ("parts[0] + parts[1] + parts[2]", ": it is the sum over these ranks only: 0, 1, 2"),
        ("sum(parts) / n", ": the ranks' parts are averaged, not added"),
    ],
)
def test_the_ranks_that_are_in_a_sum_are_named(total: str, hint: str):
    assert said("column", (REDUCE, GATHERED.format(sum=total))).endswith(hint)
    in_row = GATHERED.format(sum=total).replace("dX", "Y")
    assert said("row", (ROW_REDUCE, in_row)).endswith(hint)


@pytest.mark.parametrize("total", ["parts[0] - parts[1]", "parts[0] * 0.9 + parts[1]", "sum(parts) * 1.001"])
def test_what_no_parts_give_is_not_said_to_be_a_sum(total: str):
    found = said("column", (REDUCE, GATHERED.format(sum=total)))

    assert "dX is wrong" in found and "sum over" not in found and "averaged" not in found


def test_nothing_is_said_where_two_explanations_fit():
    """With an empty shard nobody can tell whether its rank takes part."""
    three_of_four = case_of(3, 12, 3, 0.05, 4)
    found = said("column", (REDUCE, GATHERED.format(sum="parts[1] + parts[2]")), case=three_of_four)

    assert "dX is wrong" in found and "sum over" not in found


@pytest.mark.parametrize("times", [0, 2, 4])
def test_how_often_the_bias_is_in_is_counted(times: int):
    found = said("row", ("    Y = Y + b\n", f"    Y = Y + {times} * b\n"))

    assert found.endswith(f": b is in it {times} times, and not once")
