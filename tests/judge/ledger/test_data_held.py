"""Where a lab limits it, no tensor made of data is larger than a device or rank may hold at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.corpus.entries import read_corpus
from grader.corpus.trial import Exam
from grader.lab import Case, Limits, Rule
from tests.judge.test_second_replay import FORWARD, ON_RANKS, SHARD, lab_with, plenty
from tests.rank_lab.lab import COLUMN, case_of
from tests.rank_lab.lab import LAB as RANK_LAB
from tests.toy_lab.lab import LAB, SOFTMAX

CORPUS = Path(__file__).parents[2] / "toy_lab" / "corpus"


def own_logits(case: Case) -> Limits:
    """Plenty of all else, and the logits of the larger half of the classes."""
    return replace(plenty(case), storage=case["rows"] * -(-case["classes"] // 2))


def said(forward: str, rule: Rule) -> str:
    lab = lab_with(SOFTMAX, rule, LAB)
    return Exam(lab, {"softmax.shard": SHARD, "softmax.forward": forward}).of_solution()["softmax.forward"].render("en")


def test_gathered_logits_have_the_right_numbers_and_are_told_apart_by_what_is_held() -> None:
    entries = {entry.name: entry for entry in read_corpus(CORPUS, LAB.task_names)}
    gathered = entries["logits_gathered"].cells["softmax.forward"]
    assert said(gathered, Rule(plenty)) == ""
    assert "160 numbers of data in one tensor; here a device may hold 80 at once" in said(gathered, Rule(own_logits))


def test_a_right_solution_may_hold_its_own_part() -> None:
    assert said(FORWARD, Rule(own_logits)) == ""


WRITTEN = FORWARD + "both = torch.empty(X.shape[0], gate_gpu1.shape[0] + gate_gpu2.shape[0])\nboth[:, :1] = P_gpu1[:, :1]\n"


def test_a_part_written_into_a_larger_buffer_is_held_there() -> None:
    assert "of data in one tensor" in said(WRITTEN, Rule(own_logits))


@pytest.mark.parametrize(("enough", "says"), [(48, ""), (47, "48 numbers of data in one tensor; here a device may hold 47")])
def test_the_same_holds_of_a_rank_and_of_what_it_receives(enough: int, says: str) -> None:
    def limits(case: Case) -> Limits:
        return replace(plenty(case), storage=enough)

    section = replace(COLUMN, cases=(case_of(2, 12, 24, 0.1, 3),), rule=Rule(limits))
    lab = replace(RANK_LAB, sections=(section,))
    told = Exam(lab, {"column.forward": ON_RANKS}).of_solution()["column.forward"].render("en")
    assert says in told if says else told == ""
    received = ON_RANKS.replace("    # ----MORE----\n", "    whole = X.new_empty(48 * n)\n    dist.all_gather_into_tensor(whole, torch.cat(parts, 1).flatten())\n")
    told = Exam(lab, {"column.forward": received}).of_solution()["column.forward"].render("en")
    assert ("all_gather" in told and "of data" in told)
