"""What a kernel says of a cell, read off its sockets: whole, in time, and within limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from nbclient.exceptions import DeadKernelError

from grader.kernel.client import MOST_BYTES
from grader.kernel.conversation import Conversation, Limits, Told, TooMuchOutput
from grader.kernel.warm import Zygote
from tests.kernel.live import Live, kernel

LIMITS = Limits(60, 4, 1 << 20)


def told(live: Live, code: str, limits: Limits = LIMITS) -> Told:
    """What one cell says."""
    (said,) = all_told(live, [code], True, limits)
    return said


def all_told(live: Live, cells: list[str], at_once: bool, limits: Limits = LIMITS) -> list[Told]:
    """What several cells say, asked for with one request or with one for each."""

    def look_after() -> None:
        if not live.manager.is_alive():
            raise DeadKernelError("Kernel died")

    conversation = Conversation(live.client)
    conversation.ask(cells, at_once)
    return [conversation.next(limits, look_after) for _ in cells]


def texts(said: Told) -> list[str]:
    return [output["text"] for output in said.outputs if output["output_type"] == "stream"]


def test_outputs_come_in_order_with_the_cells_number_and_reply(sandboxed: Live) -> None:
    said = told(sandboxed, "print('Ада')\ndisplay(2)\n1 / 0")
    assert [output["output_type"] for output in said.outputs] == ["stream", "display_data", "error"]
    assert texts(said) == ["Ада\n"]
    assert said.reply is not None and said.reply["content"]["status"] == "error"
    assert isinstance(said.execution_count, int)


def test_what_is_late_from_one_cell_is_not_taken_for_the_next_ones(sandboxed: Live) -> None:
    with pytest.raises(DeadKernelError, match=r"timeout after 0\.2 s"):
        told(sandboxed, "import time; time.sleep(1); print('first')", replace(LIMITS, seconds=0.2))
    assert texts(told(sandboxed, "print('second')")) == ["second\n"]


def test_cleared_outputs_are_gone_at_once_or_when_something_takes_their_place(sandboxed: Live) -> None:
    clear = "from IPython.display import clear_output\nprint('old')\nimport sys; sys.stdout.flush()\n"
    assert told(sandboxed, f"{clear}clear_output()").outputs == []
    assert texts(told(sandboxed, f"{clear}clear_output(wait=True)")) == ["old\n"]
    assert texts(told(sandboxed, f"{clear}clear_output(wait=True)\nprint('new')")) == ["new\n"]


def test_a_kernel_that_ends_is_noticed(sandboxed: Live) -> None:
    with pytest.raises(DeadKernelError, match="died"):
        told(sandboxed, "import os; os._exit(1)")


def test_a_cell_that_says_too_much_is_not_heard_to_its_end(sandboxed: Live) -> None:
    with pytest.raises(TooMuchOutput):
        told(sandboxed, "for _ in range(30): print('x' * 100_000)")


@pytest.mark.parametrize(
    "parts",
    ["[b'', b'{}', b'{}', b'{}', b'{}']", "[b'<IDS|MSG>', b'']", "[b'<IDS|MSG>', b'no', b'{}', b'{}', b'{}', b'{}']"],
)
def test_what_no_kernel_says_is_an_error(sandboxed: Live, parts: str) -> None:
    forge = f"get_ipython().kernel.iopub_socket.send_multipart({parts})"
    with pytest.raises(ValueError):
        told(sandboxed, f"{forge}\nimport time; time.sleep(1)")


CELLS = [
    "import threading, time\nprint('one')\nthread = threading.Thread(target=print, args=['two'])\nthread.start(); thread.join()",
    "1 / 0",
    "print(undefined",
    "%nonsense",
    "import asyncio\nawait asyncio.sleep(0.1)\nprint('awaited')\n7",
    "raise SystemExit",
    "raise KeyboardInterrupt",
    "print('after')",
    "In[1], _",
]


def test_cells_asked_for_at_once_say_what_they_say_one_by_one(the_zygote: Zygote) -> None:
    found = []
    for at_once in (True, False):
        with kernel() as live:
            found.append([brief(said) for said in all_told(live, CELLS, at_once)])
    assert found[0] == found[1]


def brief(said: Told) -> list[Any]:
    assert said.reply is not None
    outputs = [(out["output_type"], out.get("text") or out.get("ename") or out.get("data")) for out in said.outputs]
    return [said.reply["content"]["status"], said.execution_count, *outputs]


def test_a_shell_that_fails_costs_its_cells_and_not_those_behind(sandboxed: Live) -> None:
    breaks = "shell = get_ipython()\nold = type(shell).run_cell\nshell.run_cell = lambda *_, **__: (setattr(shell, 'run_cell', old.__get__(shell)), 1 / 0)"
    first, second, third = all_told(sandboxed, [breaks, "print(2)", "print(3)"], True)
    assert first.reply and first.reply["content"]["status"] == "ok"
    assert second.reply and second.reply["content"]["ename"] == "ZeroDivisionError"
    assert texts(third) == ["3\n"]


def test_a_cell_that_puts_something_else_in_the_place_of_its_output_ends_all_the_same(sandboxed: Live) -> None:
    odd = "import sys\nclass Odd:\n    def flush(self): raise ValueError\nold, sys.stdout = sys.stdout, Odd()"
    said = all_told(sandboxed, [odd, "1"], True)
    assert [one.reply and one.reply["content"]["status"] for one in said] == ["ok", "error"]


def test_a_kernel_that_is_cut_off_between_two_cells_is_not_waited_for(sandboxed: Live) -> None:
    cell = f"""
import time
kernel, session = get_ipython().kernel, get_ipython().kernel.session
channel, ident = kernel.shell_stream.socket, kernel._shell_parent_ident.get()
parent, reply = kernel.get_parent("shell"), {{"status": "ok", "execution_count": 1}}
session.send(channel, "execute_reply", reply, parent=parent, ident=ident)
channel.send_multipart([*ident, bytes({MOST_BYTES + 1})])
time.sleep(1)
"""
    (said,) = all_told(sandboxed, [cell], False)
    assert said.reply is not None
    with pytest.raises(DeadKernelError, match="reached"):
        all_told(sandboxed, ["print('more')"], False, replace(LIMITS, seconds=5))


@pytest.mark.parametrize("reply_first", [False, True])
def test_the_reply_has_the_last_word_on_a_cells_number_whichever_channel_is_quicker(reply_first: bool) -> None:
    messages = [("execute_input", {"execution_count": 1}), ("execute_reply", {"execution_count": 2})]
    heard = Told()
    for kind, content in reversed(messages) if reply_first else messages:
        heard.hear(kind, content)
    assert heard.execution_count == 2
