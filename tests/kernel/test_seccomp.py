"""The filter is an allow list that holds for both machines."""

from __future__ import annotations

import struct

import pytest

from grader.kernel.sandbox import seccomp
from grader.kernel.sandbox.seccomp import ALLOW, AUDIT, KILL, REFUSE, filter_program
from grader.kernel.sandbox.syscalls import ALLOWED, FILTERED, MACHINES

ENOSYS, EPERM, EAFNOSUPPORT = 38, 1, 97


def verdict(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """What the filter answers: the program is run as Linux runs it."""
    code = list(struct.iter_unpack("=HBBI", filter_program(machine)))
    audit = AUDIT[machine] if architecture is None else architecture
    data = struct.pack("=IIQ6Q", number, audit, 0, *arguments, *[0] * (6 - len(arguments)))
    loaded, place = 0, 0
    while True:
        kind, then, otherwise, value = code[place]
        place += 1
        match kind:
            case seccomp.LOAD:
                (loaded,) = struct.unpack_from("=I", data, value)
                continue
            case seccomp.RETURN:
                return int(value)
            case seccomp.JUMP_IF_EQUAL:
                holds = loaded == value
            case seccomp.JUMP_IF_AT_LEAST:
                holds = loaded >= value
            case seccomp.JUMP_IF_ABOVE:
                holds = loaded > value
            case seccomp.JUMP_IF_ANY_BIT:
                holds = bool(loaded & value)
        place += then if holds else otherwise


@pytest.mark.parametrize("machine", MACHINES)
def test_exactly_the_listed_calls_exist(machine: str) -> None:
    plain = {number for number in range(1024) if verdict(machine, number) == ALLOW} - set(FILTERED[machine].values())
    assert plain == ALLOWED[machine]
    unknown = set(range(1024)) - ALLOWED[machine] - set(FILTERED[machine].values())
    assert {verdict(machine, number) for number in unknown} == {REFUSE | ENOSYS}


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_of_another_architecture_end_the_process(machine: str) -> None:
    assert verdict(machine, 20, architecture=0x40000003) == KILL
    # x32 calls have a high bit and the machine's own architecture
    assert verdict(machine, 0x40000000 | 1) == REFUSE | ENOSYS


@pytest.mark.parametrize("machine", MACHINES)
def test_clone_makes_processes_and_no_namespaces(machine: str) -> None:
    clone, thread = FILTERED[machine]["clone"], 0x3D0F00
    assert verdict(machine, clone, 17) == ALLOW
    assert verdict(machine, clone, thread) == ALLOW
    for bit in (17, 25, 26, 27, 28, 29, 30):
        assert verdict(machine, clone, 17 | 1 << bit) == REFUSE | EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_sockets_are_of_plain_kinds(machine: str) -> None:
    number = FILTERED[machine]["socket"]
    for family, protocol in ((1, 0), (2, 0), (2, 6), (2, 17), (10, 6), (16, 0)):
        assert verdict(machine, number, family, 1, protocol) == ALLOW
    for family, protocol in ((2, 132), (16, 6), (16, 9), (17, 0), (38, 0), (40, 0), (1, 6)):
        assert verdict(machine, number, family, 1, protocol) == REFUSE | EAFNOSUPPORT
