"""Forged evidence before the examiner: what doesn't compute the answer from the inputs earns nothing, whatever it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import nbformat
import pytest

from grader.bench.evidence import MIME, evidence
from grader.bench.section import Runs
from grader.course.judging.examiner import Examined, Examiner
from grader.course.judging.judge_preprocessor import evidence_in, outputs_of
from grader.lab.case import Case
from grader.lab.registry import find_lab
from grader.labs.linear.lab import SOURCE
from tests.hostile.traces import FORGERIES, Forgery, Recorded, Records, scripted
from tests.labs.corpora import solution_cells

TASKS = ("reference.step", "manual.forward", "manual.dY", "column.shard", "column.forward")
MARKS = ("<script", "<SCRIPT", "\x1b")


def records(task: str, **cells: str) -> Records:
    """What a kernel hands out for a task of the solution, or of these cells."""
    texts, section = {**solution_cells(), **cells}, find_lab("linear").section(task)
    runs = Runs()
    plain = evidence("linear", section, task, lambda case: (runs.trace(section, task, texts, case, {}),))
    found = evidence_in(nbformat.v4.new_output("display_data", data={MIME: plain}), MIME)
    assert found is not None and found[0] == task
    return {case: texts[0] for case, texts in found[1].items()}


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    return Recorded({task: records(task) for task in TASKS}, records("manual.forward", **{"manual.forward": "Y = X @ W.T"}))


@pytest.fixture(scope="module")
def examiner() -> Iterator[Examiner]:
    with Examiner() as process:
        yield process


def examined(examiner: Examiner, recorded: Recorded, forgery: Forgery) -> Examined:
    """The judge's word on forged evidence, after it went through the kernel's message as it would."""
    runs = [{"case": c.to_plain(), "traces": [text]} for c, text in forgery.forge(recorded).items()]
    sent = json.loads(json.dumps({"version": 2, "lab": "linear", "task": forgery.task, "runs": runs}))
    found = evidence_in(nbformat.v4.new_output("display_data", data={MIME: sent}), MIME)
    assert found is not None
    return examiner.examine("linear", forgery.task, list(found[1].items()), "en", "seed")


def test_what_was_really_recorded_passes_on_the_same_way(examiner: Examiner, recorded: Recorded) -> None:
    for task in ("manual.forward", "manual.dY", "column.forward"):
        assert examined(examiner, recorded, Forgery("none", lambda r, task=task: r.right[task], task)).passed
    assert "bias" in examined(examiner, recorded, Forgery("none", lambda r: r.wrong)).text


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
def test_no_forged_record_earns_a_point(
    forgery: Forgery, examiner: Examiner, recorded: Recorded, record_property: Any
) -> None:
    said = examined(examiner, recorded, forgery)

    record_property("hostile class", {"records": 1, "undeserved records": int(said.passed)})
    assert not said.passed
    assert said.text.startswith(f"{forgery.task}: ") and len(said.text) < 5000
    shown = json.dumps([output for output in outputs_of(forgery.task, said, "en") if output.output_type == "display_data"])
    assert not any(mark in shown for mark in MARKS)
    assert not any("\x1b" in output.get("evalue", "") for output in outputs_of(forgery.task, said, "en"))


def test_a_right_records_picture_shows_its_lines_as_text(examiner: Examiner, recorded: Recorded) -> None:
    said = examined(examiner, recorded, Forgery("", lambda r: scripted(r.right["column.forward"]), "column.forward"))

    assert said.passed and said.picture
    assert "<script" not in said.picture["text/html"].lower() and "</svg>{task" not in said.picture["text/html"]
    assert "alert(1)" in said.picture["text/plain"]  # else nothing of it came this far


@pytest.mark.parametrize(
    "changes",
    [{"dtype": "load"}, {"dtype": "nothing"}, {"dtype": 3}, {"numbers": {"lr": float("nan")}},
     {"sizes": {"batch_size": 10**30}}, {"layout": "x"}, {"sizes": {"in_chs": {"a": 1}}}, {"sizes": 7}, {"values": None},
     {"device": "cuda:99"}, {"world": 10**9}, {"sizes": {"batch_size": {}}}, {"numbers": None}],
)  # fmt: skip
def test_a_challenge_of_the_kernels_own_helps_nobody(
    changes: dict[str, Any], examiner: Examiner, recorded: Recorded
) -> None:
    text = recorded.right["manual.forward"][SOURCE]
    run = {"case": SOURCE.to_plain() | changes, "traces": [text]}
    found = evidence_in(nbformat.v4.new_output("display_data", data={MIME: {"task": "manual.forward", "runs": [run] * 3}}), MIME)
    assert found is not None
    said = examiner.examine("linear", "manual.forward", list(found[1].items()), "en", "seed")
    assert not said.passed
    assert all(isinstance(case, Case) for case in found[1])
