"""The judge in a process of its own: a verdict each time, and a new child where one died."""

from __future__ import annotations

import io
import json
import os
import signal
from pathlib import Path

import pytest

from grader.judge import process as module
from grader.judge.process import Bounds, JudgeProcess, Outcome, not_examined, serve
from grader.judge.trace import Trace, to_json
from grader.judge.without_gpu import without_gpu
from grader.lab.messages import message
from grader.labs.linear.lab import case_of
from tests.judge.conftest import RIGHT_FORWARD, SMALL, forward, node

RIGHT = to_json(forward(*RIGHT_FORWARD))
WRONG = to_json(forward(*RIGHT_FORWARD, out=4))


@pytest.fixture(scope="module")
def judge():
    with JudgeProcess(Bounds(seconds=20, memory=1 << 30)) as process:
        yield process


def _said(outcome: Outcome) -> str:
    return outcome.reason.render("en") if outcome.reason else ""


def test_a_right_trace_passes_and_a_wrong_one_does_not(judge):
    assert judge.judge("linear", "manual.forward", SMALL, [RIGHT], 5) == Outcome()
    wrong = judge.judge("linear", "manual.forward", SMALL, [WRONG], 5)
    assert wrong.examined and not wrong.passed and "Y is wrong" in _said(wrong)


def test_a_text_that_is_no_trace_is_not_examined(judge):
    for text in ("", "{", "\ud800", '"\udfff"', "[" * 10_000, '{"version": 9}', "\n\n{}\n"):
        outcome = judge.judge("linear", "manual.forward", SMALL, [text], 5)
        assert not outcome.examined and "could not be examined: the record cannot be read" in _said(outcome)


def test_memory_without_end_is_not_examined(judge):
    numbers = [node("ones.default", (1 << 26,), out=slot) for slot in range(100, 104)]
    outcome = judge.judge("linear", "manual.forward", SMALL, [to_json(forward(*numbers, *RIGHT_FORWARD))], 5)
    assert _said(outcome) == "could not be examined: replaying it needs more than 1024 MB of memory"
    assert judge.judge("linear", "manual.forward", SMALL, [RIGHT], 5).passed


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="no list of a process's environment")
def test_points_do_not_depend_on_a_gpu_in_the_machine_that_gives_them(judge):
    judge.start()
    started_with = Path(f"/proc/{judge._child.pid}/environ").read_text().split("\0")
    assert {f"{name}={value}" for name, value in without_gpu().items()} <= set(started_with)


def test_a_child_that_dies_is_replaced_for_the_next_request(judge):
    judge.start()
    started = judge.started
    os.kill(judge._child.pid, signal.SIGSTOP)  # it cannot answer before it is gone
    os.kill(judge._child.pid, signal.SIGKILL)
    outcome = judge.judge("linear", "manual.forward", SMALL, [RIGHT], 5)
    assert outcome.passed or _said(outcome) == "could not be examined: the process that replayed it ended with SIGKILL"
    assert judge.judge("linear", "manual.forward", SMALL, [RIGHT], 5).passed and judge.started == started + 1


def test_a_child_that_hangs_is_killed_and_replaced():
    with JudgeProcess(Bounds(seconds=0.2)) as judge:
        os.kill(judge._child.pid, signal.SIGSTOP)
        outcome = judge.judge("linear", "manual.forward", SMALL, [RIGHT], 5)
        assert _said(outcome) == "could not be examined: replaying it takes longer than 0.2 s"
        assert judge.start() > 0 and judge.started == 2


def test_a_child_that_does_not_start_is_an_error(monkeypatch):
    monkeypatch.setattr(module, "READY", b"something else\n")
    with pytest.raises(RuntimeError, match="does not start"):
        JudgeProcess().start()


def test_a_judge_that_fails_says_so(monkeypatch):
    monkeypatch.setattr("grader.judge.exam.judge_trace", lambda *_: 1 / 0)
    (answer,) = _answers(RIGHT)
    said = "could not be examined: the judge itself fails: ZeroDivisionError: division by zero"
    assert _said(Outcome.from_plain(answer)) == said and not answer["examined"]


def test_each_line_gets_one_line():
    right, wrong = _answers(RIGHT, WRONG)
    assert right == {"reason": None, "examined": True}
    assert wrong["examined"] and wrong["reason"]["facts"]["name"] == "Y"


def _answers(*traces: str) -> list[dict]:
    requests = [json.dumps({"lab": "linear", "task": "manual.forward", "case": SMALL.to_plain(), "traces": [trace], "seed": 5}) for trace in traces]
    out = io.BytesIO()
    serve([request.encode() for request in requests], out, Bounds())
    ready, *lines = out.getvalue().splitlines(keepends=True)
    assert ready == module.READY
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("outcome", [Outcome(), Outcome(message("{a}", a=1)), not_examined(message("x"))])
def test_an_outcome_comes_back_from_plain_data_as_it_went(outcome):
    assert Outcome.from_plain(json.loads(json.dumps(outcome.to_plain()))) == outcome


def test_a_trace_without_a_phase_fails(judge):
    assert "has not been run" in _said(judge.judge("linear", "manual.forward", SMALL, [to_json(Trace(()))], 5))


def test_a_challenge_at_single_precision_goes_through(judge):
    assert judge.judge("linear", "manual.forward", case_of(4, 8, 6, 0.1).in_fp32(), [RIGHT], 5).passed

