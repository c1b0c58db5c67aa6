"""What a kernel says of a cell, read off its sockets: whole, in time, and within limits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from nbclient.exceptions import DeadKernelError

from grader.kernel.conversation import Conversation, Limits, Told, TooMuchOutput
from tests.kernel.live import Live

LIMITS = Limits(60, 4, 1 << 20)


def told(live: Live, code: str, limits: Limits = LIMITS) -> Told:
    def look_after() -> None:
        if not live.manager.is_alive():
            raise DeadKernelError("Kernel died")

    return Conversation(live.client).run(code, limits, look_after)


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
