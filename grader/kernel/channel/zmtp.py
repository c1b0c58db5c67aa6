"""ZeroMQ's protocol (ZMTP 3.0, no security) as its client speaks it: bytes are counted before anything is made of them.

libzmq holds a message of many parts until its last one has come, however many they are. Whoever is connected to a
program that may be hostile reads with this.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterable

MORE, LONG, COMMAND = 1, 2, 4  # flags of a frame
MOST_PARTS = 1000  # of a message; Jupyter's have about seven
MOST_AT_ONCE = 1 << 16  # bytes that are read from a socket
SECONDS_TO_SEND = 10.0
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
READY, PING, PONG, ERROR = b"\x05READY", b"\x04PING", b"\x04PONG", b"\x05ERROR"
PING_TIME, MOST_OF_PING = 2, 16  # bytes: how long the other side waits, and what is to be sent back
MOST_OF_READY = 255


class ProtocolError(ValueError):
    """What no side that keeps to the protocol sends."""


class TooLarge(ProtocolError):
    """More than was to be taken in is announced, or has come."""


class Closed(ConnectionError):
    """The other side has closed the connection, or takes nothing in."""


def frame(body: bytes, flags: int = 0) -> bytes:
    """The bytes of one frame."""
    if len(body) > 255:
        return bytes([flags | LONG]) + len(body).to_bytes(8, "big") + body
    return bytes([flags, len(body)]) + body


def message(parts: Iterable[bytes]) -> bytes:
    """The bytes of a message."""
    *most, last = parts
    return b"".join([*(frame(part, MORE) for part in most), frame(last)])


def opening(kind: str) -> bytes:
    """What a client with a socket of that kind says first; messages have to wait until the other side is ready too."""
    name, value = b"Socket-Type", kind.encode()
    return GREETING + frame(READY + bytes([len(name)]) + name + len(value).to_bytes(4, "big") + value, COMMAND)


class Reader:
    """Messages put together from the bytes of a stream as they come.

    `ready` says whether the other side is, `position` counts the bytes of the stream whose frames have been read, and
    `answers` holds what is to be sent back.
    """

    def __init__(self, most: int) -> None:
        self.ready = False
        self.position = 0
        self.answers = bytearray()
        self._most = most
        self._bytes = bytearray()
        self._parts: list[bytes] = []
        self._began = 0  # where in the stream the message that isn't complete begins

    def feed(self, data: bytes | memoryview) -> None:
        """Take in what has come; call `next` until it has nothing before more is fed."""
        self._bytes += data

    def next(self, until: int) -> list[bytes] | None:
        """The parts of the next message that is complete and ends before that position; None if there is none yet.

        Raises:
            TooLarge: a frame that goes beyond that position begins, or a message that is too large.
            ProtocolError: this is no stream of messages.
        """
        if not self.ready and not self.begin():
            return None
        at, position, end = 0, self.position, len(self._bytes)
        try:
            with memoryview(self._bytes) as data:
                while end - at >= 2:
                    flags, size, start = data[at], data[at + 1], at + 2
                    if flags & LONG:
                        if end - at < 9:
                            return None
                        size, start = int.from_bytes(data[at + 1 : at + 9], "big"), at + 9
                    if flags > (MORE | LONG | COMMAND) or flags & (MORE | COMMAND) == MORE | COMMAND:
                        raise ProtocolError(f"a frame with flags {flags:#x}")
                    stop = start + size
                    after = position + stop
                    if after > until or after - self._began > self._most:
                        raise TooLarge(f"a frame of {size} bytes")
                    if stop > end:
                        return None
                    body = bytes(data[start:stop])
                    at = stop
                    if flags & COMMAND:
                        self._obey(body)
                        if not self._parts:
                            self._began = after
                        continue
                    self._parts.append(body)
                    if not flags & MORE:
                        found, self._parts, self._began = self._parts, [], after
                        return found
                    if len(self._parts) == MOST_PARTS:
                        raise TooLarge(f"a message of more than {MOST_PARTS} parts")
            return None
        finally:
            self.position = position + at
            del self._bytes[:at]

    def begin(self) -> bool:
        """Whether the other side has greeted and is ready; it may speak a later version, but has to understand ours.

        Raises:
            ProtocolError: it says something else.
        """
        begun = bytes(self._bytes[: len(GREETING) + 2 + MOST_OF_READY])
        if len(begun) < len(GREETING):
            return False
        if begun[0] != 0xFF or begun[9] != 0x7F:
            raise ProtocolError("no greeting")
        if begun[10] < 3:
            raise ProtocolError(f"version {begun[10]} of the protocol")
        if begun[12:32] != GREETING[12:32]:
            raise ProtocolError("another mechanism")
        if len(begun) < len(GREETING) + 2:
            return False
        flags, size = begun[len(GREETING) :][:2]
        stop = len(GREETING) + 2 + size
        if flags != COMMAND or not begun[len(GREETING) + 2 :].startswith(READY[: len(begun) - len(GREETING) - 2]):
            raise ProtocolError("it isn't ready")
        if len(begun) < stop:
            return False
        del self._bytes[:stop]
        self.ready, self.position, self._began = True, stop, stop
        return True

    def _obey(self, command: bytes) -> None:
        if command.startswith(ERROR):
            raise ProtocolError(f"refused: {command[len(ERROR) :]!r}")
        if command.startswith(PING):
            self.answers += frame(PONG + command[len(PING) + PING_TIME :][:MOST_OF_PING], COMMAND)


class Connection:
    """A client's end of a connection, which never holds more than `most` bytes of a message, and what one reading gave.

    It takes the place of a `zmq.Socket` where Jupyter sends.
    """

    def __init__(self, address: str, kind: str, most: int) -> None:
        """Connect to a Unix socket.

        Raises:
            OSError: nobody listens there.
        """
        self.reader = Reader(most)
        self._room = memoryview(bytearray(MOST_AT_ONCE))
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.settimeout(SECONDS_TO_SEND)
            self._socket.connect(address)
            self._socket.setblocking(False)
            self._send(opening(kind))
        except BaseException:
            self._socket.close()
            raise

    def open(self) -> None:
        """Wait until the other side is ready.

        Raises:
            Closed: it doesn't get ready.
            ProtocolError: it doesn't speak as it should.
        """
        end = time.monotonic() + SECONDS_TO_SEND
        while not self.reader.ready:
            if not self.wait(select.POLLIN, end - time.monotonic()):
                raise Closed("no answer")
            self.take_in()
            self.reader.begin()

    @property
    def closed(self) -> bool:
        return self._socket.fileno() < 0

    def fileno(self) -> int:
        return self._socket.fileno()

    def send_multipart(self, parts: Iterable[bytes], **_: object) -> None:
        """Send a message.

        Raises:
            Closed: it isn't taken in.
        """
        self._send(message(parts))

    def next(self, until: int) -> list[bytes] | None:
        """The next message of those that have been taken in, as `Reader.next` says."""
        found = self.reader.next(until)
        if self.reader.answers:
            answers, self.reader.answers = self.reader.answers, bytearray()
            self._send(answers)
        return found

    def take_in(self) -> None:
        """Read once what has come; call `next` until it has nothing before that.

        Raises:
            Closed: nothing will ever come again.
        """
        try:
            count = self._socket.recv_into(self._room)
        except BlockingIOError:
            return
        except OSError as problem:
            raise Closed(str(problem)) from problem
        if not count:
            raise Closed("closed by the other side")
        self.reader.feed(self._room[:count])

    def wait(self, event: int, seconds: float) -> bool:
        """Whether it can be read (`select.POLLIN`) or written (`select.POLLOUT`) within that time."""
        poll = select.poll()
        poll.register(self._socket, event)
        return bool(poll.poll(1000 * max(0.0, seconds)))

    def close(self) -> None:
        self._socket.close()

    def _send(self, data: bytes | bytearray) -> None:
        end = time.monotonic() + SECONDS_TO_SEND
        left = memoryview(data)
        while left:
            try:
                left = left[self._socket.send(left) :]
            except BlockingIOError:
                if not self.wait(select.POLLOUT, end - time.monotonic()):
                    raise Closed("what is sent isn't taken in") from None
            except OSError as problem:
                raise Closed(str(problem)) from problem
