"""Clients for kernels that may be hostile, and that are ready when they are reached."""

from __future__ import annotations

import asyncio
import time
from queue import Empty
from typing import Any, TypeVar

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.client import KernelClient
from jupyter_core.utils import run_sync

MOST_BYTES = 32 << 20  # of a message part; a notebook's largest picture is far smaller
MOST_WAITING = 1000  # messages

Context = TypeVar("Context", bound="zmq.Context[Any]")


def bound(context: Context) -> Context:
    """The zmq context, whose sockets from now on take no message larger and no queue longer than that."""
    context.setsockopt(zmq.MAXMSGSIZE, MOST_BYTES)
    context.setsockopt(zmq.RCVHWM, MOST_WAITING)
    return context


async def ready(client: KernelClient, timeout: float | None = None) -> None:
    """Wait until the kernel answers and its iopub is heard.

    Jupyter's own way ends by listening to 0.2 s of silence, to be sure that no message of the start is taken for one of
    the first cell. Here the request's own `idle` says so: messages of one sender come in order.

    Raises:
        RuntimeError: the kernel died, or doesn't answer in `timeout` seconds.
    """
    end = time.monotonic() + (timeout or float("inf"))
    while time.monotonic() < end:
        request = client.kernel_info()
        # what iopub said before we were connected is lost, this request's idle with it: then ask again
        if await _hears(client, request, time.monotonic() + 0.25):
            while True:
                reply = await _message(client.shell_channel, end)
                if reply is None:
                    break
                if reply["msg_type"] == "kernel_info_reply" and reply["parent_header"].get("msg_id") == request:
                    client._handle_kernel_info_reply(reply)
                    return
        if not await client._async_is_alive():
            raise RuntimeError("Kernel died before replying to kernel_info")
    raise RuntimeError(f"Kernel didn't respond in {timeout:g} seconds")


async def _hears(client: KernelClient, request: str, end: float) -> bool:
    while heard := await _message(client.iopub_channel, end):
        ours = heard["parent_header"].get("msg_id") == request
        if ours and heard["msg_type"] == "status" and heard["content"]["execution_state"] == "idle":
            return True
    return False


async def _message(channel: Any, end: float) -> dict[str, Any] | None:
    try:
        found = channel.get_msg(timeout=max(0.0, end - time.monotonic()))
        return dict(await found if asyncio.iscoroutine(found) or asyncio.isfuture(found) else found)
    except Empty:
        return None


class SandboxClient(AsyncKernelClient):
    """What nbclient, nbconvert and papermill use."""

    def _context_default(self) -> zmq.asyncio.Context:
        self._created_context = True
        return bound(zmq.asyncio.Context())

    def start_channels(
        self, shell: bool = True, iopub: bool = True, stdin: bool = True, hb: bool = False, control: bool = True
    ) -> None:
        """Connect; that a kernel has ended is known from its provisioner, without a thread for its heartbeat."""
        super().start_channels(shell, iopub, stdin, hb, control)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        await ready(self, timeout)


class BlockingSandboxClient(BlockingKernelClient):
    """The same for code without an event loop."""

    def _context_default(self) -> zmq.Context[Any]:
        self._created_context = True
        return bound(zmq.Context())

    wait_for_ready = run_sync(ready)
