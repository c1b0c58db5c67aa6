"""The extension point of Jupyter: kernels of the kernelspec `tensor-parallel-grading` are forked into the sandbox."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Bool, Dict, List, Unicode

from grader.kernel.channel.bounded_clients import BlockingSandboxClient, SandboxClient, bound
from grader.kernel.sandbox.data_files import open_data
from grader.kernel.sandbox.isolation import SCRATCH
from grader.kernel.sandbox.kernel_request import ARGUMENTS, KernelError, KernelLimits, Request
from grader.kernel.warm.before_forking import THREADS
from grader.kernel.warm.fork_server_client import SandboxedKernel, fork_server
from grader.kernel.warm.kernel_processes import CHANNELS
from grader.lab.messages import N_, Message, message
from grader.lab.registry import python_path

UNSAFE = "TENSOR_PARALLEL_UNSAFE_NO_SANDBOX"


class SandboxProvisioner(LocalProvisioner):
    """Forks a warm kernel into a sandbox, or refuses; `sandboxed` says afterwards what it did.

    As in its base class, a launched kernel is `process`; unlike there it isn't a child of ours.
    """

    unsafe = Bool(
        help="Run student code without a sandbox, with all of your rights; every result has to be marked."
    ).tag(config=True)
    limits = Dict(
        help="Limits by name, as in grader.kernel.sandbox.kernel_request.KernelLimits, for example {'memory_mb': 1024}."
    ).tag(config=True)
    data_files = List(
        Unicode(),
        help="Patterns of files in the notebook's folder that its code may read, for example ['*.csv'].",
    ).tag(config=True)
    environment = Dict(help="Environment variables beside those that every kernel gets and those of kernel.json.").tag(
        config=True
    )

    sandboxed: bool | None = None
    cells_at_once = False  # whether the kernel takes one request for all cells
    _why: Message | None = None
    _channels: str | None = None

    def _unsafe_default(self) -> bool:
        return os.environ.get(UNSAFE, "") not in ("", "0")

    @property
    def ended_because(self) -> Message | None:
        """Why the kernel was ended from outside (memory, time); None where it wasn't."""
        return self._kernel.why if self._kernel else self._why

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Put the manager's end of the channels where only we can write."""
        if self.unsafe:
            return await super().pre_launch(**kwargs)
        if sys.platform != "linux":
            raise KernelError(
                message(
                    N_(
                        "Student code isn't run: the sandbox needs Linux, and this is {system}. Grade in a Linux "
                        "container (docs/threat-model.md says how), or pass --unsafe-no-sandbox if you trust every "
                        "submission; each result is then marked."
                    ),
                    system=sys.platform,
                )
            )
        manager: Any = self.parent
        self._channels = self._channels or tempfile.mkdtemp(prefix="kernel-")
        manager.transport, manager.ip, manager.cache_ports = "ipc", f"{self._channels}/s", False
        bound(manager.context)
        for stock, ours in ((AsyncKernelClient, SandboxClient), (BlockingKernelClient, BlockingSandboxClient)):
            if manager.client_factory is stock:
                manager.client_factory = ours
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """The connection to a kernel that is up.

        Raises:
            KernelError: this system doesn't give the sandbox, or the kernel didn't come up.
        """
        self._why = None
        self.sandboxed = not self.unsafe
        if self.unsafe:
            self.log.warning("student code runs without a sandbox")
            return await super().launch_kernel(cmd, **kwargs)
        folder = Path(kwargs.get("cwd") or os.getcwd())
        # a thread: the first of a process waits seconds for its fork server
        try:
            kernel = await _in_a_thread(lambda: self._fork(cmd, folder))
        except BaseException:
            # nobody cleans up after a kernel that never was
            await self.cleanup()
            raise
        self._hold(kernel)
        self.pid, self.pgid, self.cwd = kernel.pid, None, str(folder)
        self._pin_channels(kernel)
        return self.connection_info

    def _hold(self, kernel: SandboxedKernel | None) -> None:
        """Where the base class keeps a Popen: it asks no more of it than a kernel can answer."""
        held: Any = kernel
        self.process = held

    @property
    def _kernel(self) -> SandboxedKernel | None:
        held: Any = self.process
        return held if isinstance(held, SandboxedKernel) else None

    @property
    def sockets(self) -> dict[str, int]:
        """Descriptors of the files of a sandboxed kernel's sockets, by channel; none where it has ended."""
        return dict(zip(CHANNELS, self._kernel.sockets, strict=False)) if self._kernel else {}

    def _fork(self, cmd: list[str], folder: Path) -> SandboxedKernel:
        files = open_data(folder, self.data_files)
        place = cmd.index("-f") + 2 if "-f" in cmd else len(cmd)
        connection = {
            name: value.decode() if isinstance(value, bytes) else value for name, value in self.connection_info.items()
        }
        request = Request(
            connection=connection,
            arguments=(*ARGUMENTS, *cmd[place:]),
            environment=kernel_environment(cmd[0]) | dict(self.kernel_spec.env) | dict(self.environment),
            files=tuple(files),
            limits=KernelLimits.from_plain(self.limits),
        )
        self.cells_at_once = request.arguments == ARGUMENTS
        try:
            return fork_server(cmd[0]).fork(request, list(files.values()))
        finally:
            for descriptor in files.values():
                os.close(descriptor)

    def _pin_channels(self, kernel: SandboxedKernel) -> None:
        """Names on our side for the very sockets that were there before any student's code.

        A name inside could be swapped for a link to another socket of this machine, and Jupyter would connect to that.
        """
        for place, descriptor in enumerate(kernel.sockets, start=1):
            if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                raise KernelError(message(N_("no kernel was started: {why}"), why="a channel is no socket"))
            name = f"{self._channels}/s-{place}"
            with suppress(FileNotFoundError):
                os.unlink(name)
            os.symlink(f"/proc/{os.getpid()}/fd/{descriptor}", name)
            setattr(self.parent, CHANNEL_PORTS[place - 1], place)
        info: Any = self.connection_info
        info.update({name: place for place, name in enumerate(CHANNEL_PORTS, start=1)})

    async def wait(self) -> int | None:
        """The exit code, as soon as the kernel has ended; the base class looks ten times a second."""
        kernel = self._kernel
        if kernel is None:
            return await super().wait()
        while kernel.poll() is None:
            await _readable(kernel)
        self._why = kernel.why
        self._hold(None)
        return kernel.returncode

    async def kill(self, restart: bool = False) -> None:
        """End it and all that it started, and be there when it has."""
        await super().kill(restart=restart)
        kernel = self._kernel
        if kernel and kernel.poll() is None:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(_readable(kernel), 2)

    async def terminate(self, restart: bool = False) -> None:
        """Nothing inside is asked: what a student's code would do at its end is of no interest."""
        if self._kernel:
            await self.kill(restart=restart)
        else:
            await super().terminate(restart=restart)

    async def shutdown_requested(self, restart: bool = False) -> None:
        """A request to stop is carried out at once instead of waited for."""
        if self._kernel:
            await self.kill(restart=restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Leave nothing: no process, no socket, no directory."""
        if kernel := self._kernel:
            await self.kill()
            self._why = kernel.why
            kernel.close()
            self._hold(None)
        if self._channels and not restart:
            shutil.rmtree(self._channels, ignore_errors=True)
            self._channels = None
        await super().cleanup(restart=restart)

    async def get_provisioner_info(self) -> dict[str, Any]:
        return {**await super().get_provisioner_info(), "sandboxed": self.sandboxed}


CHANNEL_PORTS = ("shell_port", "iopub_port", "stdin_port", "hb_port", "control_port")


def kernel_environment(python: str) -> dict[str, str]:
    """The whole environment of a kernel: nothing of ours goes in."""
    return {
        "PATH": f"{Path(python).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": SCRATCH,
        "TMPDIR": SCRATCH,
        "USER": "student",
        "LANG": "C.UTF-8",
        "PYTHONPATH": python_path(),
        "PYTHONDONTWRITEBYTECODE": "1",
        "IPYTHONDIR": f"{SCRATCH}/.ipython",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        **dict.fromkeys(THREADS, "1"),
    }


async def _in_a_thread(fork: Callable[[], SandboxedKernel]) -> SandboxedKernel:
    """The kernel that it forks; unlike `asyncio.to_thread`, the interpreter's end doesn't wait for it."""
    loop = asyncio.get_running_loop()
    forked: asyncio.Future[SandboxedKernel] = loop.create_future()

    def tell(kernel: SandboxedKernel | None, problem: BaseException | None) -> None:
        if forked.done():  # nobody waits any more
            if kernel:
                kernel.close()
        elif kernel:
            forked.set_result(kernel)
        elif problem:
            forked.set_exception(problem)

    def work() -> None:
        kernel, problem = None, None
        try:
            kernel = fork()
        except BaseException as found:
            problem = found
        try:
            loop.call_soon_threadsafe(tell, kernel, problem)
        except RuntimeError:  # the loop is closed
            if kernel:
                kernel.close()

    threading.Thread(target=work, name="fork", daemon=True).start()
    return await forked


async def _readable(kernel: SandboxedKernel) -> None:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    descriptor = kernel.fileno()

    def end() -> None:
        if not ended.done():
            ended.set_result(None)

    loop.add_reader(descriptor, end)
    try:
        await ended
    finally:
        loop.remove_reader(descriptor)
