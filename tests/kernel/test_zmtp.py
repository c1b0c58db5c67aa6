"""ZeroMQ's protocol as we read it: whole messages however the bytes are cut, and nothing larger than is wanted."""

from __future__ import annotations

import select
import socket
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from grader.kernel.channel import zmtp
from grader.kernel.channel.zmtp import (
    COMMAND,
    GREETING,
    LONG,
    MORE,
    MOST_PARTS,
    Connection,
    ProtocolError,
    Reader,
    TooLarge,
    frame,
    message,
)

READY = frame(b"\x05READY\x0bSocket-Type\x00\x00\x00\x04XPUB\x08Identity\x00\x00\x00\x00", COMMAND)
BEGINNING = GREETING + READY
MOST = 1 << 20
MESSAGES = [[b"one"], [b"", b"<IDS|MSG>", b"x" * 255, b"y" * 256, b"z" * 5000], [b""]]


def reader(stream: bytes = b"") -> Reader:
    """One that has been greeted."""
    made = Reader(MOST)
    made.feed(BEGINNING + stream)
    return made


def read(made: Reader, left: int = 1 << 30) -> list[list[bytes]]:
    """All messages that are there."""
    found = []
    while (parts := made.next(made.position + left)) is not None:
        found.append(parts)
    return found


def test_a_stream_cut_anywhere_gives_the_same_messages() -> None:
    stream = BEGINNING + b"".join(map(message, MESSAGES)) + frame(b"\x04PING\x00\x01abc", COMMAND) + message([b"end"])
    for cut in range(len(stream) + 1):
        made = Reader(MOST)
        made.feed(stream[:cut])
        found = read(made)
        made.feed(stream[cut:])
        assert [*found, *read(made)] == [*MESSAGES, [b"end"]]
        assert made.position == len(stream)


def test_bytes_that_come_one_by_one_give_the_same_messages() -> None:
    made, found = Reader(MOST), []
    for byte in BEGINNING + b"".join(map(message, MESSAGES)):
        made.feed(bytes([byte]))
        found += read(made)
    assert found == MESSAGES


@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.1 400 Bad Request\r\n".ljust(64),
        GREETING[:9] + b"\x00" + GREETING[10:],
        GREETING[:10] + b"\x02" + GREETING[11:],
        GREETING.replace(b"NULL\0", b"PLAIN"),
    ],
    ids=["another protocol", "no signature", "version 2", "another mechanism"],
)
def test_a_wrong_greeting_is_refused(greeting: bytes) -> None:
    made = Reader(MOST)
    made.feed(greeting + READY)
    with pytest.raises(ProtocolError):
        made.next(MOST)


def test_a_later_version_that_understands_ours_is_spoken_to() -> None:
    made = Reader(MOST)
    made.feed(GREETING[:10] + b"\x03\x01" + GREETING[12:] + READY + message([b"one"]))
    assert read(made) == [[b"one"]]


@pytest.mark.parametrize("first", [message([b"early"]), frame(b"\x05ERROR\x00", COMMAND), frame(b"\x05READY", MORE)])
def test_who_is_not_ready_says_nothing(first: bytes) -> None:
    made = Reader(MOST)
    made.feed(GREETING + first)
    with pytest.raises(ProtocolError):
        made.next(MOST)


@pytest.mark.parametrize("flags", [8, 0x80, MORE | COMMAND])
def test_flags_that_no_frame_has_are_refused(flags: int) -> None:
    with pytest.raises(ProtocolError):
        read(reader(bytes([flags, 1]) + b"x"))


@pytest.mark.parametrize("size", [2**63, 2**64 - 1, MOST])
@pytest.mark.parametrize("flags", [LONG, LONG | MORE, LONG | COMMAND])
def test_a_giant_frame_is_refused_when_it_is_announced(size: int, flags: int) -> None:
    made = reader(bytes([flags]) + size.to_bytes(8, "big"))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            made.next(1 << 62)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("part", [b"", b"xy", bytes(5000), bytes(MOST // 2)])
def test_a_message_of_parts_without_end_is_refused_while_it_comes(part: bytes) -> None:
    made, parts = reader(), 0
    with pytest.raises(TooLarge):
        while made.next(1 << 62) is None:
            made.feed(frame(part, MORE))
            parts += 1
    assert parts <= MOST_PARTS and parts * len(part) <= MOST + len(part)


def test_no_byte_is_read_beyond_what_is_wanted() -> None:
    made = reader(message([b"x" * 100]) + message([b"y" * 100]))
    assert made.next(made.position + len(BEGINNING) + 102) == [b"x" * 100]
    with pytest.raises(TooLarge):
        made.next(made.position + 101)
    assert made.next(made.position + 102) == [b"y" * 100]


def test_commands_count_as_what_is_read() -> None:
    ping = frame(b"\x04PING\x00\x01", COMMAND)
    with pytest.raises(TooLarge):
        reader(ping * 100).next(len(BEGINNING) + 50 * len(ping))


def test_a_ping_is_answered_with_its_own_words() -> None:
    made = reader(frame(b"\x04PING\x00\x01" + b"0123456789abcdefgh", COMMAND) + frame(b"\x07UNKNOWN", COMMAND))
    assert read(made) == []
    assert bytes(made.answers) == frame(b"\x04PONG0123456789abcdef", COMMAND)


@pytest.fixture
def address(tmp_path: Path) -> str:
    return str(tmp_path / "s")


@pytest.fixture
def theirs(address: str) -> Iterator[socket.socket]:
    """The other side's socket, bound and with one place to wait in."""
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(address)
        bound.listen(1)
        yield bound


def test_libzmq_understands_and_is_understood(address: str) -> None:
    context = zmq.Context()
    router, publisher = context.socket(zmq.ROUTER), context.socket(zmq.XPUB)
    for place, (bound, kind) in enumerate([(router, "DEALER"), (publisher, "SUB")]):
        bound.setsockopt(zmq.RCVTIMEO, 10_000)
        bound.setsockopt(zmq.HEARTBEAT_IVL, 20)
        bound.bind(f"ipc://{address}-{place}")
        ours = Connection(f"{address}-{place}", kind, MOST)
        ours.open()
        sent = [b"\x01"] if bound is publisher else [b"", b"long" * 100]
        ours.send_multipart(sent)
        who = bound.recv_multipart()[: -len(sent)]
        for parts in MESSAGES:
            bound.send_multipart([*who, *parts])
        assert [arrived(ours) for _ in MESSAGES] == MESSAGES
        ours.close()
    context.destroy(linger=0)


def arrived(ours: Connection) -> list[bytes]:
    while (parts := ours.next(1 << 30)) is None:
        assert ours.wait(select.POLLIN, 10)
        ours.take_in()
    return parts


def test_who_takes_nothing_in_is_not_sent_to_for_ever(
    theirs: socket.socket, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zmtp, "SECONDS_TO_SEND", 0.1)
    ours = Connection(address, "DEALER", MOST)
    with pytest.raises(zmtp.Closed, match="no answer"):
        ours.open()
    with pytest.raises(zmtp.Closed, match="taken in"):
        ours.send_multipart([bytes(8 << 20)])
    ours.close()


def test_what_was_said_before_the_end_is_heard(theirs: socket.socket, address: str) -> None:
    ours = Connection(address, "SUB", MOST)
    other, _ = theirs.accept()
    other.sendall(BEGINNING + message([b"last words"]))
    other.recv(1 << 16)
    other.close()
    ours.open()
    assert arrived(ours) == [b"last words"]
    with pytest.raises(zmtp.Closed):
        ours.take_in()
    ours.close()
