"""A live kernel that tests speak to."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client import KernelManager
from traitlets.config import Config

from grader.kernel import KERNEL
from grader.kernel.provisioner import SandboxProvisioner


@dataclass
class Said:
    """What came of a cell."""

    text: str = ""
    error: str = ""
    died: bool = False
    rich: list[str] = field(default_factory=list)


@dataclass
class Live:
    """A kernel and the client to it."""

    manager: KernelManager
    client: Any

    @property
    def provisioner(self) -> SandboxProvisioner:
        assert isinstance(self.manager.provisioner, SandboxProvisioner)
        return self.manager.provisioner

    def run(self, code: str, timeout: float = 120) -> Said:
        """The cell's output; `died` where the kernel did not survive it."""
        said = Said()
        request = self.client.execute(code)
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            try:
                heard = self.client.get_iopub_msg(timeout=0.5)
            except Exception:
                if not self.manager.is_alive():
                    said.died = True
                    return said
                continue
            if heard["parent_header"].get("msg_id") != request:
                continue
            content = heard["content"]
            match heard["msg_type"]:
                case "stream":
                    said.text += content["text"]
                case "error":
                    said.error = f"{content['ename']}: {content['evalue']}"
                case "execute_result" | "display_data":
                    said.rich.append(content["data"].get("text/plain", ""))
                case "status" if content["execution_state"] == "idle":
                    return said
        raise AssertionError(f"no end of: {code[:200]}")

    def call(self, expression: str) -> Any:
        """The value of an expression inside, by its repr."""
        said = self.run(f"print(repr({expression}))")
        assert not said.error and not said.died, said
        return eval(said.text)  # what a test asked for itself


@contextmanager
def kernel(
    name: str = KERNEL, folder: Path | None = None, arguments: tuple[str, ...] = (), **settings: Any
) -> Iterator[Live]:
    """A kernel of that kernelspec, gone afterwards; `settings` are the provisioner's traits."""
    manager = KernelManager(kernel_name=name, config=Config({"SandboxProvisioner": settings}))
    manager.start_kernel(cwd=str(folder or os.getcwd()), extra_arguments=list(arguments))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        yield Live(manager, client)
    finally:
        client.stop_channels()
        if manager.has_kernel:
            manager.shutdown_kernel(now=True)
        else:
            manager.cleanup_resources()


def descendants(process: int) -> list[Mapping[str, Any]]:
    """The processes below that one."""
    from grader.kernel.sandbox.memory import family

    return [{"pid": pid, "command": command(pid)} for pid in family(process)[1:]]


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def commands() -> list[str]:
    """The command lines of all processes that can be seen."""
    return [command(int(name)) for name in os.listdir("/proc") if name.isdigit()]
