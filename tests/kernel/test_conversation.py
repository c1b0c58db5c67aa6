"""What a kernel says of a cell, read off its sockets: whole, in time, and within limits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from jupyter_core.utils import run_sync
from nbclient.exceptions import DeadKernelError

from grader.kernel.channel.bounded_clients import MOST_BYTES
from grader.kernel.channel.conversation import CellLimits, Conversation, Told, TooMuchOutput
from grader.kernel.channel.socket_channels import SocketClient
from grader.kernel.warm.fork_server_client import ForkServerClient
from tests.kernel.flood import IOPUB, SHELL, flood
from tests.kernel.live import Live, kernel

LIMITS = CellLimits(60, 4, 1 << 20)


@pytest.fixture(params=["direct", "by libzmq"])
def spoken_to(sandboxed: Live, request: pytest.FixtureRequest) -> Iterator[Live]:
    """A kernel whose channels the grader reads itself, or leaves to libzmq."""
    if request.param == "by libzmq":
        yield sandboxed
    else:
        with direct(sandboxed) as live:
            yield live


@contextmanager
def direct(live: Live) -> Iterator[Live]:
    """The same kernel, with a client that reads its channels itself."""
    live.manager.client_factory = SocketClient
    client: Any = live.manager.client()
    client.start_channels()
    run_sync(client.wait_for_ready)(60)
    yield Live(live.manager, client)
    client.stop_channels()


def told(live: Live, code: str, limits: CellLimits = LIMITS) -> Told:
    """What one cell says."""
    (said,) = all_told(live, [code], True, limits)
    return said


def all_told(live: Live, cells: list[str], at_once: bool, limits: CellLimits = LIMITS) -> list[Told]:
    """What several cells say, asked for with one request or with one for each."""

    def look_after() -> None:
        if not live.manager.is_alive():
            raise DeadKernelError("Kernel died")

    conversation = Conversation(live.client)
    conversation.ask(cells, at_once)
    return [conversation.next(limits, look_after) for _ in cells]


def texts(said: Told) -> list[str]:
    return [output["text"] for output in said.outputs if output["output_type"] == "stream"]


def test_outputs_come_in_order_with_the_cells_number_and_reply(spoken_to: Live) -> None:
    said = told(spoken_to, "print('Ада')\ndisplay(2)\n1 / 0")
    assert [output["output_type"] for output in said.outputs] == ["stream", "display_data", "error"]
    assert texts(said) == ["Ада\n"]
    assert said.reply is not None and said.reply["content"]["status"] == "error"
    assert isinstance(said.execution_count, int)


def test_what_is_late_from_one_cell_is_not_taken_for_the_next_ones(spoken_to: Live) -> None:
    with pytest.raises(DeadKernelError, match=r"timeout after 0\.2 s"):
        told(spoken_to, "import time; time.sleep(1); print('first')", replace(LIMITS, seconds=0.2))
    assert texts(told(spoken_to, "print('second')")) == ["second\n"]


def test_cleared_outputs_are_gone_at_once_or_when_something_takes_their_place(spoken_to: Live) -> None:
    clear = "from IPython.display import clear_output\nprint('old')\nimport sys; sys.stdout.flush()\n"
    assert told(spoken_to, f"{clear}clear_output()").outputs == []
    assert texts(told(spoken_to, f"{clear}clear_output(wait=True)")) == ["old\n"]
    assert texts(told(spoken_to, f"{clear}clear_output(wait=True)\nprint('new')")) == ["new\n"]


def test_a_kernel_that_ends_is_noticed(spoken_to: Live) -> None:
    with pytest.raises(DeadKernelError, match="died"):
        told(spoken_to, "import os; os._exit(1)")


def test_a_cell_that_says_too_much_is_not_heard_to_its_end(spoken_to: Live) -> None:
    with pytest.raises(TooMuchOutput):
        told(spoken_to, "for _ in range(30): print('x' * 100_000)")


@pytest.mark.parametrize(
    "parts",
    ["[b'', b'{}', b'{}', b'{}', b'{}']", "[b'<IDS|MSG>', b'']", "[b'<IDS|MSG>', b'no', b'{}', b'{}', b'{}', b'{}']"],
)
def test_what_no_kernel_says_is_an_error(spoken_to: Live, parts: str) -> None:
    forge = f"get_ipython().kernel.iopub_socket.send_multipart({parts})"
    with pytest.raises(ValueError):
        told(spoken_to, f"{forge}\nimport time; time.sleep(1)")


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


def test_cells_asked_for_at_once_say_what_they_say_one_by_one(the_fork_server: ForkServerClient) -> None:
    found = []
    for at_once in (True, False):
        with kernel() as live:
            found.append([brief(said) for said in all_told(live, CELLS, at_once)])
        with kernel() as live, direct(live) as itself:
            found.append([brief(said) for said in all_told(itself, CELLS, at_once)])
    assert found[1:] == found[:1] * 3


def brief(said: Told) -> list[Any]:
    assert said.reply is not None
    outputs: list[Any] = []
    for out in said.outputs:
        kind, what = out["output_type"], out.get("text") or out.get("ename") or out.get("data")
        if kind == "stream" and outputs and outputs[-1][0] == kind:  # where a text is cut is a matter of time
            what = outputs.pop()[1] + what
        outputs.append((kind, what))
    return [said.reply["content"]["status"], said.execution_count, *outputs]


def test_a_shell_that_fails_costs_its_cells_and_not_those_behind(spoken_to: Live) -> None:
    breaks = "shell = get_ipython()\nold = type(shell).run_cell\nshell.run_cell = lambda *_, **__: (setattr(shell, 'run_cell', old.__get__(shell)), 1 / 0)"
    first, second, third = all_told(spoken_to, [breaks, "print(2)", "print(3)"], True)
    assert first.reply and first.reply["content"]["status"] == "ok"
    assert second.reply and second.reply["content"]["ename"] == "ZeroDivisionError"
    assert texts(third) == ["3\n"]


def test_a_cell_that_puts_something_else_in_the_place_of_its_output_ends_all_the_same(spoken_to: Live) -> None:
    odd = "import sys\nclass Odd:\n    def flush(self): raise ValueError\nold, sys.stdout = sys.stdout, Odd()"
    said = all_told(spoken_to, [odd, "1"], True)
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


@pytest.mark.parametrize("place", [SHELL, IOPUB])
def test_a_message_without_an_end_is_too_much_output(sandboxed: Live, place: int) -> None:
    with direct(sandboxed) as live, pytest.raises(TooMuchOutput):
        told(live, flood(place, megabytes=2))


def test_a_kernel_that_answers_no_more_bytes_is_not_waited_for(sandboxed: Live) -> None:
    hang_up = "import os, socket\nfor number in range(3, 200):\n    try: socket.socket(fileno=number).shutdown(2)\n    except OSError: pass"
    with direct(sandboxed) as live, pytest.raises(DeadKernelError, match="died"):
        told(live, hang_up + "\nimport time; time.sleep(60)", replace(LIMITS, seconds=50))


def test_what_is_said_while_nobody_listens_is_not_lost(sandboxed: Live) -> None:
    with direct(sandboxed) as live:
        conversation = Conversation(live.client)
        conversation.ask(["for number in range(3000): print(number, flush=True)"], True)
        time.sleep(2)
        said = conversation.next(replace(LIMITS, most_bytes=16 << 20, seconds=20), lambda: None)
    assert "".join(texts(said)).split() == list(map(str, range(3000)))


@pytest.mark.parametrize("reply_first", [False, True])
def test_the_reply_has_the_last_word_on_a_cells_number_whichever_channel_is_quicker(reply_first: bool) -> None:
    messages = [("execute_input", {"execution_count": 1}), ("execute_reply", {"execution_count": 2})]
    heard = Told()
    for kind, content in reversed(messages) if reply_first else messages:
        heard.hear(kind, content)
    assert heard.execution_count == 2
