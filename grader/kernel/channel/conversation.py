"""Cells' runs as their kernel tells them, read from the sockets as it comes.

nbclient waits for each message in tasks of an event loop. For the 170 messages of a notebook that takes longer than
all that is done with them, and it is most of what grading costs outside of kernels.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any, Protocol

import zmq
from jupyter_client.client import KernelClient
from nbclient.exceptions import DeadKernelError

from grader.kernel.channel.all_cells_request import CELLS, DONE, part
from grader.kernel.channel.socket_channels import SocketChannels, SocketClient
from grader.kernel.channel.zmtp import Closed, TooLarge

REPLY = "execute_reply"
OUTPUTS = ("stream", "error", "display_data", "execute_result")
MOST_VALUES = 1_000_000  # of a cell: unpacked, small ones take twenty times their bytes; evidence has some thousands
LOOKED_AFTER = 1.0  # seconds of silence, after which it is asked whether the kernel still lives


class TooMuchOutput(DeadKernelError):
    """A cell shows more than any cell needs to."""


class OddMessage(ValueError):
    """What came is no message that a kernel sends."""


class TooLong(DeadKernelError):
    """A cell doesn't come to its end."""


@dataclass(frozen=True)
class CellLimits:
    """What a cell may take: seconds until the reply, seconds from there to its last output, bytes in all."""

    seconds: float | None
    seconds_for_output: float
    most_bytes: int


@dataclass
class Told:
    """What a kernel has said of a cell: its reply, and its outputs as messages have them."""

    reply: dict[str, Any] | None = None
    idle: bool = False
    execution_count: Any = None
    outputs: list[dict[str, Any]] = field(default_factory=list)
    clear_before_next: bool = False

    def hear(self, kind: str, content: dict[str, Any]) -> None:
        """Take in a message about the cell; other cells' outputs and widgets stay as they are."""
        if self.reply is None or kind in (REPLY, DONE):  # the reply has the last word: the channels race each other
            self.execution_count = content.get("execution_count", self.execution_count)
        if kind in (REPLY, DONE):
            self.reply, self.idle = {"content": content}, self.idle or kind == DONE
        elif kind == "status":
            self.idle = self.idle or content["execution_state"] == "idle"
        elif kind == "clear_output":
            self.clear_before_next = bool(content.get("wait"))
            self.outputs = self.outputs if self.clear_before_next else []
        elif kind in OUTPUTS:
            if self.clear_before_next:
                self.outputs.clear()
            self.outputs.append(content | {"output_type": kind})
            self.clear_before_next = False


class Channels(Protocol):
    """Where requests go and what comes of them is read: the shell and iopub channels of a client."""

    shell: Any

    @property
    def taken(self) -> int:
        """How many bytes have been read in all."""

    def next(self, left: int) -> list[bytes] | None:
        """The parts of a message that is there; where it can be, no more than so many bytes are read."""

    def wait(self, seconds: float) -> bool:
        """Whether something comes in that time."""


class ZmqChannels:
    """The channels of any client, read by libzmq."""

    def __init__(self, client: KernelClient) -> None:
        self.taken = 0
        self.shell: zmq.Socket[bytes] = zmq.Socket.shadow(client.shell_channel.socket)
        self._both: tuple[zmq.Socket[bytes], ...] = (zmq.Socket.shadow(client.iopub_channel.socket), self.shell)
        self._poller = zmq.Poller()
        for socket in self._both:
            self._poller.register(socket, zmq.POLLIN)
        # a kernel that broke the protocol is cut off, and a request to nobody would wait for ever
        self.shell.setsockopt(zmq.SNDTIMEO, int(1000 * LOOKED_AFTER))

    def next(self, left: int) -> list[bytes] | None:
        for socket in self._both:
            try:
                parts: list[bytes] = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                continue
            self.taken += sum(map(len, parts))
            return parts
        return None

    def wait(self, seconds: float) -> bool:
        return bool(self._poller.poll(int(1000 * seconds) + 1))


class Conversation:
    """Requests to run code, and what comes of them, over the channels that a client has opened."""

    def __init__(self, client: KernelClient) -> None:
        self.begun = False
        self._session = client.session
        self._channels: Channels = SocketChannels(client) if isinstance(client, SocketClient) else ZmqChannels(client)

    @property
    def taken(self) -> int:
        """How many bytes the kernel has sent."""
        return self._channels.taken

    def ask(self, cells: Sequence[str], at_once: bool) -> None:
        """Have these cells run, one after the other: with one request for all if the kernel takes it."""
        self.begun = True
        self._left = list(enumerate(cells))
        self._all = self._ask("", {CELLS: list(cells)}) if at_once and cells else ""

    def next(self, limits: CellLimits, look_after: Callable[[], None]) -> Told:
        """What the kernel says of the next cell; `look_after` raises if the kernel is gone.

        Raises:
            DeadKernelError: it is gone, doesn't come to an end, or says too much.
            OddMessage: it says what no kernel says.
        """
        number, cell = self._left.pop(0)
        return self._heard(part(self._all, number) if self._all else self._ask(cell), limits, look_after)

    def _heard(self, request: str, limits: CellLimits, look_after: Callable[[], None]) -> Told:
        told, channels, values = Told(), self._channels, 0
        until = channels.taken + limits.most_bytes
        end = time.monotonic() + (math.inf if limits.seconds is None else limits.seconds)
        while told.reply is None or not told.idle:
            left = end - time.monotonic()
            if left <= 0:
                raise TooLong("outputs are missing" if told.reply else f"timeout after {limits.seconds} s")
            try:
                parts = channels.next(until - channels.taken)
                if parts is None:
                    if not channels.wait(min(left, LOOKED_AFTER)):
                        look_after()
                    continue
            except TooLarge:
                raise TooMuchOutput("too much output") from None
            except Closed:
                look_after()
                raise DeadKernelError("Kernel died") from None
            values += sum(part.count(sign) for part in parts for sign in b",[{")
            if channels.taken > until or values > MOST_VALUES:
                raise TooMuchOutput("too much output")
            replied = told.reply is not None
            try:
                kind, content = self._read(parts, request)
                if kind:
                    told.hear(kind, content)
            except Exception as odd:  # whatever reading it stumbles over, its sender is to blame
                raise OddMessage(str(odd)) from odd
            if told.reply and not replied:
                end = time.monotonic() + limits.seconds_for_output
        return told

    def _ask(self, code: str, metadata: dict[str, Any] | None = None) -> str:
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        try:
            sent = self._session.send(self._channels.shell, "execute_request", content, metadata=metadata)
        except (zmq.Again, Closed):
            raise DeadKernelError("it can't be reached any more") from None
        return str(sent["header"]["msg_id"])

    def _read(self, parts: list[bytes], request: str) -> tuple[str, dict[str, Any]]:
        """The kind and the content of a message about this request; no kind if it is about something else."""
        _, (signature, *signed) = self._session.feed_identities(parts)
        if self._session.auth is not None and not compare_digest(self._session.sign(signed[:4]), signature):
            raise ValueError("a message that isn't the kernel's")
        header, parent, _, content, *_ = signed
        unpack = self._session.unpack
        if unpack(parent).get("msg_id") != request:
            return "", {}
        return str(unpack(header)["msg_type"]), dict(unpack(content))
