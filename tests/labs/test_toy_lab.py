"""A lab in a package elsewhere works with not one line outside its folder."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
import torch
from nbgrader.utils import determine_grade

from grader import authoring
from grader.bench.section import record_section
from grader.commands.build import lab_folders, points_of
from grader.corpus.entries import Entry, corpus_folder, read_corpus, solution_cells
from grader.corpus.score import wrong_hints
from grader.corpus.trial import Exam
from grader.course.intake.lab_files import lab_files
from grader.course.judging.judge_preprocessor import judge
from grader.judge.exam import verdict_on
from grader.judge.process import JudgeProcess, Outcome
from grader.judge.trace import to_json
from grader.lab import registry
from grader.lab.lab import Lab
from grader.pictures import picture
from tests.toy_lab.installed import HERE

ENTRIES = sorted(path.relative_to(HERE / "corpus").with_suffix("").as_posix() for path in HERE.glob("corpus/*/*.py"))


def test_it_is_found_by_its_entry_point_beside_the_labs_of_the_course(toy_lab: Lab) -> None:
    assert toy_lab.task_names == ("softmax.shard", "softmax.forward")
    assert {"toy_lab", "linear"} <= set(registry.labs()) and not registry.broken()
    assert type(toy_lab).__module__ == "grader.lab.lab" and registry.folder_of("toy_lab") != HERE


def test_its_own_solution_is_right(toy_lab: Lab) -> None:
    outcomes = Exam(toy_lab, solution_cells("toy_lab")).of_solution()
    assert set(outcomes) == set(toy_lab.task_names)
    assert not {task: outcome.render("en") for task, outcome in outcomes.items() if not outcome.passed}


def test_the_judge_s_process_finds_it_where_this_one_does(toy_lab: Lab) -> None:
    section, task = toy_lab.sections[0], "softmax.shard"
    trace = record_section(section, task, solution_cells("toy_lab"), section.cases[0], {"torch": torch})
    with JudgeProcess() as process:
        assert process.judge("toy_lab", task, section.cases[0], [to_json(trace)], 5) == Outcome()


def test_so_does_the_process_that_a_harmful_entry_is_tried_in(toy_lab: Lab) -> None:
    alone = "#\nP_gpu1, P_gpu2 = torch.softmax(X @ gate_gpu1.T, 1), torch.softmax(X @ gate_gpu2.T, 1)\n"
    lost = frozenset({"softmax.forward"})
    entry = Entry("x", "wrong", {"softmax.forward": alone}, "", lost, {}, "x", Path("x.py"), harms="nothing")
    trial = Exam(toy_lab, solution_cells("toy_lab")).of_entry(entry)
    assert trial.lost == lost and trial.outcomes["softmax.forward"].mistake == "softmax-of-one-device"


@pytest.mark.parametrize(("language", "legend"), [("en", "gate: the weights"), ("ru", "gate: веса")])
def test_its_picture_calls_the_weights_as_the_lab_does(toy_lab: Lab, language: str, legend: str) -> None:
    section, task = toy_lab.sections[0], "softmax.forward"
    trace = record_section(section, task, solution_cells("toy_lab"), toy_lab.shown_at, {"torch": torch})
    verdict = verdict_on(section, task, toy_lab.shown_at, (trace,), seed=5)
    drawn = picture(verdict.ledger, verdict.due, language, 4, True)
    assert legend in drawn.svg and "gate 50 %" in drawn.text and ">W<" not in drawn.svg


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_of_its_corpus_loses_exactly_its_tasks_and_no_hint_is_wrong(toy_lab: Lab, name: str) -> None:
    entries = {f"{one.kind}/{one.name}": one for one in read_corpus(corpus_folder("toy_lab"), toy_lab.task_names)}
    trial = Exam(toy_lab, solution_cells("toy_lab")).of_entry(entries[name])
    assert trial.lost == entries[name].loses, {task: one.render("en") for task, one in trial.outcomes.items()}
    assert not wrong_hints(trial)


@pytest.mark.slow
def test_its_notebooks_are_built_and_released_in_both_languages(toy_lab: Lab, tmp_path: Path) -> None:
    authoring.build(tmp_path, lab_folders(tmp_path), points_of, "toy_lab")
    files = lab_files(tmp_path, "toy_lab", str)
    assert set(files.released) == {"en", "ru"} and files.tasks == toy_lab.points


def test_a_task_that_the_judge_does_not_know_earns_nothing(toy_lab: Lab) -> None:
    check = nbformat.v4.new_code_cell('check = exam = lambda name: None\ncheck("softmax.unknown")')
    check.metadata["nbgrader"] = {"grade": True, "solution": False, "grade_id": "softmax-unknown", "points": 5}
    notebook = nbformat.v4.new_notebook(cells=[check], metadata={"course": {"lab": "toy_lab", "language": "en"}})
    judge(notebook, {}, b"k" * 32, {})
    (output,) = check.outputs
    assert output.output_type == "error" and "the judge knows no such task of the lab toy_lab" in output.evalue
    assert determine_grade(check) == (0, 5)
