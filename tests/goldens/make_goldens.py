"""What the grader says today of the corpus, of its pictures and of the sample class, as plain data.

Each entry is keyed by case and task, so that it stays comparable wherever code and corpus move to. Only this module
imports what is under test.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache, partial
from hashlib import sha256
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy
import torch
from grader.course.checkout import lab_files
from grader.course.grade import grade
from grader.course.order import Order
from grader.course.sample import read_recipes, write_class
from grader.course.stock import StockCourse
from grader.judge.challenge import SOURCE, Challenge
from grader.judge.labs import find_section
from IPython.core.inputtransformer2 import TransformerManager

from grader.bench.carried import carry_over
from grader.bench.ranks import record_on
from grader.bench.section import record_section
from grader.bench.what_if import MODELS, SECTIONS, estimate
from grader.course.judging.course_key import KEY_FILE
from grader.course.plug_in import missing_for_sandbox
from grader.judge.ranks import TASKS, RanksVerdict, exam_cases, examine_ranks
from grader.judge.ranks import Case as RankCase
from grader.judge.trace import Trace, from_json, to_json
from grader.judge.verdict import Verdict, examine, verdict_on
from grader.pictures import picture
from grader.pictures.outcome import outcome
from grader.pictures.what_if import what_if_picture
from tests.goldens.comparing import Numbers
from tests.judge.ranks import right as ranks_right
from tests.judge.ranks import wrong as ranks_wrong
from tests.judge.ranks.solutions import Solution
from tests.mutants import ours
from tests.mutants.corpus import Case, cases, solution_cells
from tests.mutants.expectations import EVASIONS_WITHIN_THE_RULE, HARMS_ITS_PROCESS, NOT_THE_TASK
from tests.mutants.judging import _notebook as namespace_after

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "ru")
SOLUTION = Case("solution", "solution", {}, "", frozenset())
PRAISE = "right at the sizes of this notebook"
# wrong solutions whose runs are drawn: what was gathered, what is missing, what isn't needed, who holds too much
DRAWN = (
    "vstack",
    "global W in forward",
    "full dW = X.T @ dY, split",
    "cat of dW shards",
    "moved: both signs in one",
    "moved: every other row",
    "as_strided over un-split view",
    "roles swapped: row code, column task",
    "c08_dX_not_reduced",
    "c13_db_copy_paste",
    "c31_full_W_backward",
    "c35_dW_allreduced",
    "r05_not_reduced",
    "r08_X_swapped",
    "r17_db_allreduced",
    "r18_b_double_update",
    "r33_full_W_backward",
    "r53_column_instead",
    "partial sums weighted",
    "cut at one third",
)
Entries = dict[str, Any]
Draw = Callable[[], int]


@dataclass(frozen=True)
class Golden:
    """One file: the cases in it, and how the entry of each is made."""

    cases: Callable[[], Mapping[str, Any]]
    entry: Callable[[Any], Any]


def corpus() -> list[Case]:
    """Every solution for two devices."""
    kinds = [case for kind in ("mutant", "variant", "evasion", "legit") for case in cases(kind)]
    own = [ours.right(), ours.styles(), ours.wrong(), ours.wrong_somewhere(), ours.ways_round(), ours.decoys()]
    return [SOLUTION, *kinds, *(case for some in own for case in some)]


def _by_id(some: Iterable[Case]) -> dict[str, Case]:
    return {case.id: case for case in some}


def right() -> dict[str, Case]:
    """Right solutions."""
    kinds = {"solution", "variant", "legit", "ours, right", "style"}
    return _by_id(
        case
        for case in corpus()
        if (case.kind in kinds and case.id not in NOT_THE_TASK) or case.id in EVASIONS_WITHIN_THE_RULE
    )


def ways_round() -> dict[str, Case]:
    """Ways round the rule."""
    kinds = {"evasion", "ours, way round"}
    return _by_id(case for case in corpus() if case.kind in kinds and case.id not in EVASIONS_WITHIN_THE_RULE)


def wrong() -> dict[str, Case]:
    """All other wrong solutions."""
    others = {**right(), **ways_round()}
    return _by_id(case for case in corpus() if case.id not in others)


def seeds(*of: str) -> Draw:
    """The seeds to draw from for one task of one case: the same each time. torch's own numbers start anew too."""
    torch.set_num_threads(1)
    drawn = (int.from_bytes(sha256("\0".join([*of, str(n)]).encode()).digest()[:6]) for n in count())
    first = next(drawn)
    torch.manual_seed(first)
    random.seed(first)
    numpy.random.seed(first % (1 << 32))
    return lambda: next(drawn)


def two_devices(case: Case) -> Entries:
    """The exam's verdict on each task of the sections that a case touches, or of all where it touches none."""
    if case.id in HARMS_ITS_PROCESS:
        return _apart(case)
    return _two_devices(case)


def _two_devices(case: Case, tasks: Iterable[str] = ()) -> Entries:
    base = solution_cells()
    cells, carried = _cells(base, case), carry_over(namespace_after(case.before))
    touched = {task.split(".")[0] for task in case.cells or base}
    found = {}
    for task in tasks or [task for task in base if task.split(".")[0] in touched]:
        section = find_section(task)

        def record(challenge: Challenge, section: Any = section, task: str = task) -> Trace:
            return from_json(to_json(record_section(section, task, cells, challenge, carried)))

        draw = seeds(case.id, task)
        found[task] = _said(examine(section, task, section.challenges(), record, draw))
    return found


def _apart(case: Case) -> Entries:
    """Whether the case passes the tasks that it has to lose: its process may die of it, and what is said varies."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        found = process.submit(_two_devices, case, sorted(case.loses)).result(timeout=300)
    return {task: "passed" if said == "passed" else "failed" for task, said in found.items()}


def _cells(base: Mapping[str, str], case: Case) -> dict[str, str]:
    transform = TransformerManager().transform_cell
    return {task: transform(text) for task, text in {**base, **case.cells}.items()}


def _said(verdict: Verdict) -> Any:
    if verdict.passed:
        return "passed"
    said = {language: verdict.render(language) for language in LANGUAGES}
    on = verdict.challenge.described().render("en") if verdict.challenge else ""
    return {**said, "mistake": verdict.mistake, "on": on}


def ranks(solution: Solution) -> Entries:
    """The exam's verdict on a solution for any number of ranks, and for a right one what it moves."""

    def record(case: RankCase, rank: int) -> Trace:
        return from_json(to_json(record_on(TASKS[solution.task], case, rank, solution.source)))

    found: RanksVerdict = examine_ranks(TASKS[solution.task], exam_cases(), record, seeds(solution.id, solution.task))
    if found.passed:
        return {solution.task: {"passed": True, "moved": found.moved, "needed": found.needed}}
    said = {language: found.render(language) for language in LANGUAGES}
    return {solution.task: {**said, "on": found.case.name if found.case else ""}}


def pictured() -> dict[str, Case]:
    """The lab's own solution and some wrong ones."""
    known = _by_id(corpus())
    return {name: known[name] for name in (SOLUTION.id, *DRAWN)}


def texts(case: Case) -> Entries:
    """For each task (of a wrong solution those that it loses) the text twins of a check's card and of its picture."""
    base = solution_cells()
    cells, carried = _cells(base, case), carry_over(namespace_after(case.before))
    found = {}
    for task in [task for task in base if task in case.loses or case.id == SOLUTION.id]:
        section, draw = find_section(task), seeds(case.id, task)
        trace = record_section(section, task, cells, SOURCE, carried)
        verdict = verdict_on(section, task, SOURCE, trace, draw())
        found[task] = {language: list(_twins(section, task, verdict, language)) for language in LANGUAGES}
    return found


def _twins(section: Any, task: str, verdict: Verdict, language: str) -> Iterator[str]:
    drawn = None
    if section.shard_dim is not None and verdict.ledger is not None:
        drawn = picture(
            verdict.ledger, verdict.due, language, SOURCE.dtype.itemsize, section.task(task).rule
        )
    yield from outcome(task, verdict, PRAISE, language, SOURCE, drawn).text.split("\n")


def what_if(batch_size: int) -> Entries:
    """The text twin of the picture that shows the solution at a large model's sizes."""
    cells = _cells(solution_cells(), SOLUTION)
    estimates = [estimate(find_section(task), cells, model, batch_size, {}) for model in MODELS for task in SECTIONS]
    return {language: what_if_picture(estimates, batch_size, language).text.split("\n") for language in LANGUAGES}


def sample_class() -> dict[str, str]:
    """One class: it is graded as a whole."""
    return {"linear": "class"}


def graded(folder: str) -> Entries:
    """The results of the sample class by student, graded as `make demo` grades it, but with a key of our own."""
    lab = lab_files(ROOT, "linear", str)
    recipes = read_recipes(ROOT / "tests" / folder / "class.toml")
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        write_class(work / "submitted", recipes, lab, ROOT / "solutions")
        sandbox = False if missing_for_sandbox() else None
        order = Order(lab, work / "submitted", work / "results.jsonl", work / "course", "en", sandbox)
        course = StockCourse(order.course, lab.lab, sandbox)
        course.make(order.say)
        course.prepare(lab.solution, order.say)
        (order.course / KEY_FILE).write_text("5e" * 32, encoding="ascii")
        results = {result.student: asdict(result) for result in grade(order)}
    for result in results.values():
        result["tasks"] = {task.pop("task"): task for task in result["tasks"]}
        result["flags"] = [flag for flag in result["flags"] if not flag.startswith("no-sandbox")]
    return results


GOLDENS: dict[str, Golden] = {
    "right": Golden(right, two_devices),
    "wrong": Golden(wrong, two_devices),
    "ways_round": Golden(ways_round, two_devices),
    "ranks_right": Golden(lambda: {one.id: one for one in ranks_right.RIGHT}, ranks),
    "ranks_wrong": Golden(lambda: {one.id: one for one in ranks_wrong.WRONG}, ranks),
    "pictures": Golden(pictured, texts),
    "what_if": Golden(lambda: {"batch of 32": 32}, what_if),
    "sample_class": Golden(sample_class, graded),
}

# a student's values follow from the text of the whole notebook: any word of it changes them
CLOSENESS = {"sample_class": Numbers.MASKED}


def made(name: str, only: Sequence[str] = (), workers: int = 1) -> Entries:
    """A golden's entries by case, of these cases or of all."""
    wanted = [case for case in _cases(name) if not only or case in only]
    if workers == 1 or len(wanted) == 1:
        return {case: _entry(name, case) for case in wanted}
    with ProcessPoolExecutor(workers, get_context("spawn")) as processes:
        return dict(zip(wanted, processes.map(partial(_entry, name), wanted, chunksize=4), strict=True))


def _entry(name: str, case: str) -> Any:
    return GOLDENS[name].entry(_cases(name)[case])


@cache
def _cases(name: str) -> Mapping[str, Any]:
    return GOLDENS[name].cases()
