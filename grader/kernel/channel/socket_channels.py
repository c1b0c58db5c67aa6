"""A sandboxed kernel's channels without libzmq: what it sends is read by ourselves, and never more than is wanted.

Of its five channels two are connected. Nothing is asked on the others, and what nobody reads would wait in memory.
"""

from __future__ import annotations

import select
import time
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.session import Session

from grader.kernel.channel.bounded_clients import MOST_BYTES, ready
from grader.kernel.channel.zmtp import Connection

SUBSCRIBE_TO_ALL = b"\x01"
LONGEST_WAIT = 3600.0  # seconds


class SocketChannel:
    """A connection as Jupyter's clients use one."""

    def __init__(self, connection: Connection, session: Session) -> None:
        self.connection = connection
        self._session = session

    def send(self, message: dict[str, Any]) -> None:
        socket: Any = self.connection
        self._session.send(socket, message)

    def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """The next message.

        Raises:
            Empty: it doesn't come in that time.
            ValueError, OSError: it isn't the kernel's, or never comes.
        """
        end = time.monotonic() + min(LONGEST_WAIT if timeout is None else timeout, LONGEST_WAIT)
        while (parts := self.connection.next(self.connection.reader.position + MOST_BYTES)) is None:
            if not self.connection.wait(select.POLLIN, end - time.monotonic()):
                raise Empty
            self.connection.take_in()
        _, signed = self._session.feed_identities(parts)
        return dict(self._session.deserialize(signed))

    def is_alive(self) -> bool:
        return not self.connection.closed

    def stop(self) -> None:
        self.connection.close()


class SocketClient(AsyncKernelClient):
    """A client of a kernel that `SandboxProvisioner` has started."""

    def start_channels(self, *_: object, **__: object) -> None:
        """Connect to the sockets that were there before any student's code."""
        provisioner: Any = getattr(self.parent, "provisioner", None)
        iopub, shell = (
            Connection(f"/proc/self/fd/{provisioner.sockets[name]}", kind, MOST_BYTES)
            for name, kind in (("iopub", "SUB"), ("shell", "DEALER"))
        )
        self._iopub_channel, self._shell_channel = (SocketChannel(end, self.session) for end in (iopub, shell))
        iopub.open()
        iopub.send_multipart([SUBSCRIBE_TO_ALL])
        shell.open()

    def stop_channels(self) -> None:
        for channel in (self._shell_channel, self._iopub_channel):
            if channel:
                channel.stop()

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        await ready(self, timeout)


class SocketManager(AsyncKernelManager):
    """Jupyter's manager, whose clients of sandboxed kernels are these, and which doesn't connect to one itself."""

    def client(self, **kwargs: Any) -> AsyncKernelClient:  # type: ignore[override]
        if self._sandboxed:
            self.client_factory = SocketClient
        return super().client(**kwargs)

    @property
    def _sandboxed(self) -> bool:
        return getattr(self.provisioner, "sandboxed", None) is True

    def _connect_control_socket(self) -> None:
        if not self._sandboxed:
            super()._connect_control_socket()


class SocketChannels:
    """The two channels of such a client as one conversation hears them."""

    def __init__(self, client: SocketClient) -> None:
        self.shell: Connection = client.shell_channel.connection
        self._both: tuple[Connection, ...] = (client.iopub_channel.connection, self.shell)
        self._poll = select.poll()
        for connection in self._both:
            self._poll.register(connection, select.POLLIN)

    @property
    def taken(self) -> int:
        """How many bytes have been read in all, the ones that aren't a whole message yet too."""
        return sum(connection.reader.position for connection in self._both)

    def next(self, left: int) -> list[bytes] | None:
        """A message that is there; no more than so many bytes are read."""
        for connection in self._both:
            if (parts := connection.next(connection.reader.position + left)) is not None:
                return parts
        return None

    def wait(self, seconds: float) -> bool:
        """Whether something comes in that time."""
        ready = {descriptor for descriptor, _ in self._poll.poll(int(1000 * seconds) + 1)}
        for connection in self._both:
            if connection.fileno() in ready:
                connection.take_in()
        return bool(ready)
