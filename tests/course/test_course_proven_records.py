"""Records that have passed are known again by their operations, and by nothing less."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from grader.course.judging import examiner
from grader.course.judging.proven_records import ProvenRecords, operations_key
from grader.judge.trace import MalformedTrace, from_json, to_json
from grader.lab.case import Case
from grader.lab.registry import find_lab
from grader.labs.linear.lab import SOURCE
from tests.course.test_course_judge_preprocessor import CELLS, handed_out

TASKS = [task for section in find_lab("linear").sections for task in section.task_names]
WITH_PICTURES = [task for task in TASKS if task.startswith(("column.", "row."))]


@pytest.fixture(autouse=True)
def proven(monkeypatch: pytest.MonkeyPatch) -> Iterator[ProvenRecords]:
    known = ProvenRecords()
    monkeypatch.setattr(examiner, "PROVEN", known)
    yield known


def request(task: str, seed: str = "seed", **changed: str) -> dict:
    found = handed_out(*TASKS[: TASKS.index(task) + 1], **changed)
    runs = [{"case": case.to_plain(), "traces": list(traces)} for case, traces in found[task].items()]
    return {"lab": "linear", "task": task, "language": "en", "seed": seed, "runs": runs}


@pytest.mark.parametrize("task", WITH_PICTURES)
def test_whoever_hands_in_a_known_record_gets_the_same_picture(task):
    asked = request(task)
    first = examiner.examined(asked)
    assert first["passed"] and first["picture"]
    assert examiner.examined({**asked, "seed": "another"}) == first


def test_a_known_record_is_not_replayed(monkeypatch):
    asked = request("manual.dY")
    assert examiner.examined(asked)["passed"]
    monkeypatch.setattr("grader.judge.exam.examine", None)
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
    some = {**asked, "runs": [run for run in asked["runs"] if run["case"] == SOURCE.to_plain()]}
    assert "has not been run" in examiner.examined(some)["text"]


def test_every_part_of_a_record_but_lines_and_code_counts():
    trace = from_json(request("manual.dY")["runs"][0]["traces"][-1])
    (phase,) = trace.phases
    node = phase.nodes[-1]

    def key(**changes: object) -> bytes | None:
        changed = replace(phase, nodes=(*phase.nodes[:-1], replace(node, **changes)))
        return operations_key("linear", "manual.dY", [(SOURCE, [to_json(replace(trace, phases=(changed,)))])])

    same = key()
    assert key(line=99, code="x") == same
    others = [key(operation="aten.mul.Tensor"), key(args=(*node.args[:-1], 3.0)), key(kwargs=(("alpha", 2),)), key(outputs=(77,))]
    others.append(operations_key("linear", "manual.forward", [(SOURCE, [to_json(trace)])]))
    others.append(operations_key("linear", "manual.dY", [(replace(SOURCE, numbers={"lr": 0.1}), [to_json(trace)])]))
    for changes in ({"inputs": phase.inputs[:-1]}, {"outputs": ()}, {"task": "manual.forward"}):
        others.append(operations_key("linear", "manual.dY", [(SOURCE, [to_json(replace(trace, phases=(replace(phase, **changes),)))])]))
    assert None not in (same, *others) and same not in others and len(set(others)) == len(others)


def test_only_the_latest_records_are_kept():
    known = ProvenRecords(most=2)
    known.add(b"a", ())
    known.add(b"b", ())
    assert known.find(b"a") == ()
    known.add(b"c", ())
    assert [known.find(key) for key in (b"a", b"b", b"c")] == [(), None, ()]


def own_texts(asked: dict) -> list:
    return [(Case.from_plain(run["case"]), run["traces"]) for run in asked["runs"]]


def test_the_texts_of_records_have_a_key_that_lines_and_code_do_not_change():
    plain, moved = request("manual.dY"), request("manual.dY", manual_dY="# mine\n\n" + CELLS["manual.dY"])
    assert plain["runs"] != moved["runs"]
    key = operations_key("linear", "manual.dY", own_texts(plain))
    assert key is not None and key == operations_key("linear", "manual.dY", own_texts(moved))
    others = [
        operations_key("linear", "manual.forward", own_texts(plain)),
        operations_key("linear", "manual.dY", own_texts(plain)[1:]),
        operations_key("linear", "manual.dY", own_texts(request("manual.dY", manual_dY="dY = Y - Y_gt"))),
    ]
    assert key not in others and len(set(others)) == len(others) and None not in others


@pytest.mark.parametrize(
    "node", [["a", [], {}, [], 1], ["a", [], {}, [], 1, "x", 2], ["a", [], {}, [], "1", "x"], ["a", [], {}, [], 1, 2],
             ["a", [], {}, [], 1, "x" * 1001], ["a", [], {}, [], -1, "x"], ["a", [], {}, [], True, "x"], "abcdef", 3, None]
)  # fmt: skip
def test_what_is_no_line_of_a_record_has_no_key(node):
    text = json.dumps({"version": 2, "phases": [{"task": "manual.dY", "nodes": [node]}]})
    assert operations_key("linear", "manual.dY", [(SOURCE, [text])]) is None


@pytest.mark.parametrize("text", ["", "[", "null", "[]", "3", "{}", '{"phases": 3}', '{"phases": ["x"]}', "[" * 100_000])
def test_what_is_no_record_has_no_key(text):
    assert operations_key("linear", "manual.dY", [(SOURCE, [text])]) is None


def test_a_known_record_with_a_forged_line_is_read_like_any_other():
    asked = request("manual.dY")
    assert examiner.examined(asked)["passed"]
    forged = json.loads(asked["runs"][3]["traces"][-1])
    forged["phases"][0]["nodes"][0][4] = "a line"
    asked["runs"][3]["traces"][-1] = json.dumps(forged)
    with pytest.raises(MalformedTrace):
        examiner.examined(asked)


def test_a_record_that_builds_on_an_earlier_one_is_known_with_that_one_only():
    shard = CELLS["column.shard"] + "\nedges = [(W_gpu1, b_gpu1, X_gpu1), (W_gpu2, b_gpu2, X_gpu2)]"
    forward = "Y = torch.cat([x @ w.T + c for w, c, x in edges], 1)"
    asked = request("column.forward", column_shard=shard, column_forward=forward)
    assert examiner.examined(asked)["passed"] and examiner.examined(asked)["passed"]
    swapped = shard.replace("[(W_gpu1, b_gpu1, X_gpu1), (W_gpu2, b_gpu2, X_gpu2)]", "[(W_gpu2, b_gpu2, X_gpu2), (W_gpu1, b_gpu1, X_gpu1)]")
    other = request("column.forward", column_shard=swapped, column_forward=forward)
    assert not examiner.examined(other)["passed"]
