"""Every wrong solution loses the points of the task that it breaks and nowhere else; every right one loses none."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mutants import ours
from tests.mutants.corpus import Case, cases, solution_cells
from tests.mutants.expectations import EVASIONS_WITHIN_THE_RULE, HARMS_ITS_PROCESS, NOT_IN_THE_LAB, NOT_THE_TASK
from tests.mutants.judging import lost, verdicts
from tests.mutants.named import right_name

ROOT = Path(__file__).resolve().parent.parent.parent
BASE = solution_cells()
SOMEWHERE = ours.wrong_somewhere()
MUTANTS = [*cases("mutant"), *ours.wrong(), *SOMEWHERE]
EVASIONS = [*(case for case in cases("evasion") if case.id not in EVASIONS_WITHIN_THE_RULE), *ours.ways_round()]
LEGIT = cases("legit")
RIGHT = [
    *cases("variant"),
    *(case for case in LEGIT if case.id not in NOT_THE_TASK),
    *(case for case in cases("evasion") if case.id in EVASIONS_WITHIN_THE_RULE),
    *ours.right(),
    *ours.styles(),
]


def name(case: Case) -> str:
    return f"{case.kind}: {case.id}"


def count(record_property: Callable[[str, object], None], kind: str, passed: bool) -> None:
    record_property("corpus", [kind, passed])


def describe(found: dict[str, object]) -> str:
    return "\n".join(f"{task}: {verdict.render('en')}" for task, verdict in found.items() if not verdict.passed)


@pytest.mark.parametrize("case", MUTANTS, ids=name)
def test_a_wrong_solution_loses_exactly_the_task_that_it_breaks(case, record_property):
    found = verdicts(BASE, case)
    count(record_property, "mutants killed", lost(found) == case.loses)
    assert case.loses and lost(found) == case.loses, describe(found)
    for task in case.loses if case in SOMEWHERE else ():  # the others' names are in test_named
        assert found[task].mistake in (None, right_name(case.id, task)), describe(found)


@pytest.mark.parametrize("case", EVASIONS, ids=name)
def test_a_way_round_the_rule_loses_the_task_that_takes_it(case, record_property):
    if case.id in HARMS_ITS_PROCESS:
        missed = _lost_in_own_process(case)
    else:
        missed = lost(verdicts(BASE, case))
    count(record_property, "evasions stopped", missed == case.loses)
    assert case.loses and missed == case.loses


@pytest.mark.parametrize("case", RIGHT, ids=name)
def test_a_right_solution_gets_full_marks(case, record_property):
    found = verdicts(BASE, case)
    count(record_property, "right solutions accepted", not lost(found))
    assert not lost(found), describe(found)


@pytest.mark.parametrize("case", [case for case in LEGIT if case.id in NOT_THE_TASK], ids=name)
def test_a_legit_pipeline_that_is_not_the_task_loses_that_task(case):
    assert lost(verdicts(BASE, case)) == case.loses


def test_the_labs_own_solution_gets_full_marks():
    whole = Case("solution", "solution", {}, "", frozenset())
    assert not lost(verdicts(BASE, whole))


def test_every_entry_of_the_corpus_is_run_or_listed_with_its_reason():
    for kind in ("mutants", "variants", "evasions", "legit"):
        listed = {entry["id"] for entry in json.loads((ROOT / f"tests/mutants/{kind}.json").read_text("utf-8"))}
        run = {case.id for case in cases(kind.rstrip("s"))}
        assert listed - run == listed & set(NOT_IN_THE_LAB)
    assert all(NOT_IN_THE_LAB.values())


def _lost_in_own_process(case: Case) -> frozenset[str]:
    """What the case loses of the tasks that it is expected to lose; a process that dies examines nothing more."""
    program = (
        "import sys, json\n"
        "from tests.mutants.corpus import cases, solution_cells\n"
        "from tests.mutants.judging import verdicts, lost\n"
        "case = next(case for case in cases('evasion') if case.id == sys.argv[1])\n"
        "print(json.dumps(sorted(lost(verdicts(solution_cells(), case, case.loses)))), flush=True)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, case.id], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    return frozenset(json.loads(ran.stdout)) if ran.stdout else frozenset()
