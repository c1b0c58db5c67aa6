"""Records that have passed are known again by their operations, and by nothing less."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from grader.course import examiner
from grader.course.judging import runs_of
from grader.course.proven import Proven, operations_key
from grader.judge.challenge import SOURCE
from grader.judge.labs import LABS
from grader.judge.trace import from_json
from tests.course.test_course_judging import CELLS, handed_out

TASKS = [task for section in LABS["linear"].sections for task in section.task_names]
WITH_PICTURES = [task for task in TASKS if task.startswith(("column.", "row."))]


@pytest.fixture(autouse=True)
def proven(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proven]:
    known = Proven()
    monkeypatch.setattr(examiner, "PROVEN", known)
    yield known


def request(task: str, seed: str = "seed", **changed: str) -> dict:
    found = handed_out(*TASKS[: TASKS.index(task) + 1], **changed)
    runs = [{"challenge": challenge.to_plain(), "traces": list(traces)} for challenge, traces in runs_of(task, found)]
    return {"task": task, "language": "en", "seed": seed, "runs": runs}


@pytest.mark.parametrize("task", WITH_PICTURES)
def test_whoever_hands_in_a_known_record_gets_the_same_picture(task):
    asked = request(task)
    first = examiner.examined(asked)
    assert first["passed"] and first["picture"]
    assert examiner.examined({**asked, "seed": "another"}) == first


def test_a_known_record_is_not_replayed(monkeypatch):
    asked = request("manual.dY")
    assert examiner.examined(asked)["passed"]
    monkeypatch.setattr("grader.judge.verdict.examine", None)
    assert examiner.examined(asked)["passed"]


def test_comments_and_lines_make_no_other_record_but_its_picture_shows_them():
    plain = examiner.examined(request("column.forward"))
    moved = request("column.forward", column_forward="# mine\n\n" + CELLS["column.forward"])
    shown = examiner.examined(moved)
    assert shown["passed"] and shown["picture"] != plain["picture"]
    assert "line 10" in shown["picture"]["text/plain"] and "line 8" in plain["picture"]["text/plain"]


@pytest.mark.parametrize(
    "text",
    ["dY = (Y - Y_gt) / (X.shape[0] * out_ch)", "dY = 2 * (Y - Y_gt) / 19456", "raise NotImplementedError()"],
)
def test_a_wrong_one_is_not_taken_for_a_known_one(text, proven):
    assert examiner.examined(request("manual.dY"))["passed"]
    said = examiner.examined(request("manual.dY", manual_dY=text))
    assert not said["passed"] and said["text"].startswith("manual.dY: ")
    assert examiner.examined(request("manual.dY", manual_dY=text)) == said  # failing is not remembered


def test_what_fails_is_tried_on_values_of_its_own():
    asked = request("manual.dY", manual_dY="dY = Y - Y_gt")
    assert examiner.examined(asked)["text"] != examiner.examined({**asked, "seed": "another"})["text"]


def test_a_record_of_fewer_challenges_is_not_a_known_one():
    asked = request("manual.dY")
    assert examiner.examined(asked)["passed"]
    some = {**asked, "runs": [run for run in asked["runs"] if run["challenge"] == SOURCE.to_plain()]}
    assert "has not been run" in examiner.examined(some)["text"]


def test_every_part_of_a_record_but_lines_and_code_counts():
    trace = from_json(request("manual.dY")["runs"][0]["traces"][-1])
    (phase,) = trace.phases
    node = phase.nodes[-1]

    def key(**changes: object) -> bytes:
        changed = replace(phase, nodes=(*phase.nodes[:-1], replace(node, **changes)))
        return operations_key("manual.dY", [(SOURCE, replace(trace, phases=(changed,)))])

    same = key()
    assert key(line=99, code="x") == same
    others = [key(operation="aten.mul.Tensor"), key(args=(*node.args[:-1], 3.0)), key(kwargs=(("alpha", 2),)), key(outputs=(77,))]
    others.append(operations_key("manual.forward", [(SOURCE, trace)]))
    others.append(operations_key("manual.dY", [(replace(SOURCE, lr=0.1), trace)]))
    for changes in ({"inputs": phase.inputs[:-1]}, {"outputs": ()}, {"task": "manual.forward"}):
        others.append(operations_key("manual.dY", [(SOURCE, replace(trace, phases=(replace(phase, **changes),)))]))
    assert same not in others and len(set(others)) == len(others)


def test_only_the_latest_records_are_kept():
    known = Proven(most=2)
    known.add(b"a", ())
    known.add(b"b", ())
    assert known.find(b"a") == ()
    known.add(b"c", ())
    assert [known.find(key) for key in (b"a", b"b", b"c")] == [(), None, ()]
