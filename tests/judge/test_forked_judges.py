"""Judges come from one warm process, and neither its end nor one of theirs is another's."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from grader.judge import forked_judges
from grader.judge.process import Bounds, JudgeProcess, Outcome
from grader.judge.trace import to_json
from tests.judge.conftest import RIGHT_FORWARD, SMALL, forward

RIGHT = to_json(forward(*RIGHT_FORWARD))


def passes(judge: JudgeProcess) -> bool:
    return judge.judge("linear", "manual.forward", SMALL, [RIGHT], 5) == Outcome()


def parent(judge: JudgeProcess) -> int:
    return int(Path(f"/proc/{judge._child.pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def limit(judge: JudgeProcess, name: str) -> int:
    lines = Path(f"/proc/{judge._child.pid}/limits").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).removeprefix(name).split()[0])


@pytest.fixture
def two():
    with JudgeProcess(Bounds(memory=1 << 30)) as one, JudgeProcess(Bounds(memory=2 << 30)) as other:
        yield one, other


def test_two_judges_have_one_warm_process_and_limits_of_their_own(two):
    one, other = two
    assert passes(one) and passes(other)
    assert parent(one) == parent(other) != os.getpid() and one._child.pid != other._child.pid
    assert [limit(judge, "Max data size") for judge in two] == [1 << 30, 2 << 30]


def test_a_judge_holds_no_way_to_the_others(two):
    one, _ = two
    assert passes(one)
    held = {os.readlink(f"/proc/{one._child.pid}/fd/{number}") for number in os.listdir(f"/proc/{one._child.pid}/fd")}
    assert not any(name.startswith("socket:") for name in held)
    assert sum(name.startswith("pipe:") for name in held) == 2


def test_one_that_is_killed_is_another_ones_loss_only_of_time(two):
    one, other = two
    os.kill(one._child.pid, signal.SIGKILL)
    assert one._child.wait(10) == -signal.SIGKILL
    assert passes(other) and passes(one)
    assert (one.started, other.started) == (2, 1)


def test_when_the_warm_process_is_gone_judges_go_on_and_the_next_gets_a_new_one(two):
    one, other = two
    assert passes(other)
    before = parent(one)
    os.kill(before, signal.SIGKILL)
    assert passes(other)
    one._end()
    assert passes(one) and parent(one) != before


def test_an_interrupt_between_question_and_answer_leaves_no_answer_to_the_next_question(two, monkeypatch):
    one, other = two
    assert passes(one) and passes(other)
    child, send = one._child, socket.send_fds

    def interrupted(*what):
        send(*what)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(socket, "send_fds", interrupted)
        child.poll()
    assert not child._warm.alive  # whoever asks next gets a new one
    one._end()
    assert passes(one) and passes(other)


def test_a_judge_that_is_hung_up_on_ends(two):
    one, _ = two
    child = one._child
    child.stdin.close()
    assert child.wait(10) == 0


def test_where_the_system_cannot_fork_each_judge_starts_by_itself(monkeypatch):
    monkeypatch.setattr(forked_judges, "CAN_FORK", False)
    with JudgeProcess() as judge:
        assert passes(judge) and parent(judge) == os.getpid()
