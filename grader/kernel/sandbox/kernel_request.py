"""What a kernel may have: plain data that goes to the fork server with each request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import PurePosixPath
from typing import Any

from grader.lab.messages import Message

ARGUMENTS = ("--HistoryManager.enabled=False", "--IPKernelApp.quiet=True")  # of every kernel


class KernelError(RuntimeError):
    """No kernel was started; `message` says why and what to do, in the reader's language."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.render())
        self.message = message


@dataclass(frozen=True)
class KernelLimits:
    """A kernel's limits. Memory is what all its processes hold together, shared pages counted once."""

    memory_mb: int = 2048
    processes: int = 64  # threads count too
    processors: float = 1.0  # bound only where a cgroup can be made
    seconds: float = 3600.0  # from start to end, whatever it does
    processor_seconds: int = 900  # of each process
    address_space_mb: int = 8192  # of each process; torch maps far more than it uses
    file_mb: int = 64  # each file
    scratch_mb: int = 128  # /tmp
    shared_mb: int = 128  # /dev/shm
    descriptors: int = 256

    @staticmethod
    def from_plain(plain: Mapping[str, Any]) -> KernelLimits:
        """The limits in such data, unnamed ones at their default.

        Raises:
            TypeError: a name is unknown or a value is no number.
            ValueError: a limit is not positive.
        """
        limits = KernelLimits(**plain)
        for field in fields(limits):
            value = getattr(limits, field.name)
            if not isinstance(value, (int, float)) or isinstance(value, bool):
                raise TypeError(f"{field.name} is no number: {value!r}")
            if value <= 0:
                raise ValueError(f"{field.name} has to be positive")
        return limits


@dataclass(frozen=True)
class Request:
    """A kernel that somebody wants; the data files' contents come as descriptors beside it."""

    connection: Mapping[str, Any]
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    files: tuple[str, ...]
    limits: KernelLimits

    def to_plain(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_plain(plain: Mapping[str, Any]) -> Request:
        """The request in such data.

        Raises:
            KeyError, TypeError, ValueError: it holds none, or a file's name leads out of the kernel's folder.
        """
        files = tuple(plain["files"])
        for name in map(PurePosixPath, files):
            if name.is_absolute() or ".." in name.parts:
                raise ValueError(f"not a name below the kernel's folder: {name}")
        return Request(
            connection=dict(plain["connection"]),
            arguments=tuple(plain["arguments"]),
            environment=dict(plain["environment"]),
            files=files,
            limits=KernelLimits.from_plain(plain["limits"]),
        )
