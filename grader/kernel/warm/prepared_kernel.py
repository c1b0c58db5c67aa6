"""A kernel that is made before the fork and connected behind it: half of what an ipykernel does at its start.

Sockets and threads don't survive a fork, so they come afterwards; command line, configuration, kernel and shell are the
same for all. A fork that made them itself would touch thousands of objects, and so copy the memory that they lie in.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import zmq
from ipykernel.ipkernel import IPythonKernel
from ipykernel.jsonutil import json_clean
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.application import BaseIPythonApplication
from IPython.paths import get_ipython_dir

from grader.kernel.channel.all_cells_request import CELLS, DONE, part
from grader.kernel.sandbox.kernel_request import ARGUMENTS
from grader.kernel.warm.output_stream import Stream

SECONDS_TO_SEND = 10.0
SHELL_STEPS = ("init_path", "init_shell", "init_extensions", "init_code")


class PreparedKernel(IPythonKernel):
    """An ipykernel that takes its channels when it is asked for a second time."""

    @classmethod
    def instance(cls, *args: Any, **kwargs: Any) -> Any:
        """The one kernel, connected to what is given by name."""
        prepared = cls.initialized()
        kernel: Any = super().instance(*args, **kwargs)
        if prepared:
            kernel.connect(kwargs)
        return kernel

    def connect(self, channels: dict[str, Any]) -> None:
        """Take these channels, and have the shell show things on them."""
        for name, value in channels.items():
            if value is not None:
                setattr(self, name, value)
        shell: Any = self.shell
        shell.profile_dir, shell.ipython_dir = self.profile_dir, get_ipython_dir()
        shell.starting_dir, shell.history_manager.dir_hist[:] = os.getcwd(), [Path.cwd()]
        shell.init_environment()
        for way in (shell.displayhook, shell.display_pub):
            way.session, way.pub_socket = self.session, self.iopub_socket

    async def do_execute(
        self,
        code: str,
        silent: bool,
        store_history: bool = True,
        user_expressions: Any = None,
        allow_stdin: bool = False,
        *,
        cell_meta: Any = None,
        cell_id: str | None = None,
    ) -> dict[str, Any]:
        """Run the code, or all cells that come with it."""
        cells = (cell_meta or {}).get(CELLS)
        if isinstance(cells, list):
            return await self._run_all(cells)
        reply: dict[str, Any] = await super().do_execute(  # type: ignore[no-untyped-call]
            code, silent, store_history, user_expressions, allow_stdin, cell_meta=cell_meta, cell_id=cell_id
        )
        return reply

    async def _run_all(self, cells: Sequence[str]) -> dict[str, Any]:
        asked: dict[str, Any] = self.get_parent()  # type: ignore[no-untyped-call]
        session = self.session
        assert session is not None
        for number, cell in enumerate(cells):
            parent = {**asked, "header": {**asked["header"], "msg_id": part(asked["header"]["msg_id"], number)}}
            self.set_parent([], parent)  # type: ignore[no-untyped-call]
            try:
                reply = await super().do_execute(cell, False)  # type: ignore[no-untyped-call]
            except (Exception, KeyboardInterrupt) as error:  # the shell itself failed, not the cell
                reply = {"status": "error", "ename": type(error).__name__, "evalue": str(error), "traceback": []}
            for stream in (sys.stdout, sys.stderr):
                with suppress(Exception):  # a student may put anything in their place
                    stream.flush()
            session.send(self.iopub_socket, DONE, json_clean(reply), parent)  # type: ignore[no-untyped-call]
            sent = threading.Event()
            self.iopub_thread.schedule(sent.set)
            sent.wait(SECONDS_TO_SEND)  # the next cell may let no other thread have its turn
        self.set_parent([], asked)  # type: ignore[no-untyped-call]
        return {"status": "ok", "execution_count": self.execution_count, "user_expressions": {}, "payload": []}


class PreparedApp(IPKernelApp):
    """The application around it: `prepare` before the fork, then `initialize` and `start` as for any other."""

    _prepared = False
    outstream_class = f"{Stream.__module__}.{Stream.__name__}"

    def prepare(self) -> None:
        """Do all that needs no channels. No thread is started."""
        BaseIPythonApplication.initialize(self, list(ARGUMENTS))
        self.log.setLevel(self.log_level)  # else each message is put into words that nobody reads
        self.kernel_class = PreparedKernel
        self.kernel = PreparedKernel.instance(parent=self, log=self.log, profile_dir=self.profile_dir, user_ns=None)
        for step in SHELL_STEPS:
            getattr(self, step)()
        _warm_up(self.shell)
        for step in SHELL_STEPS:
            setattr(self, step, _done)
        self.profile_dir = None  # each student's own comes with the sandbox
        self._prepared = True

    def parse_command_line(self, argv: Any = None) -> None:
        if not self._prepared:
            super().parse_command_line(argv)

    def init_iopub(self, context: Any) -> None:
        """Outputs wait here, in the kernel's own memory, until they are read: ZeroMQ would drop all above a number."""
        context.setsockopt(zmq.SNDHWM, 0)
        super().init_iopub(context)  # type: ignore[no-untyped-call]
        del context.sockopts[zmq.SNDHWM]

    def init_profile_dir(self) -> None:
        self.ipython_dir = get_ipython_dir()
        super().init_profile_dir()  # type: ignore[no-untyped-call]


def application(connection_file: str, arguments: tuple[str, ...]) -> IPKernelApp:
    """The application with its sockets bound: the prepared one, where there is one for these arguments."""
    app: Any
    if PreparedApp.initialized() and arguments == ARGUMENTS:
        app = PreparedApp.instance()
        app.connection_file = connection_file
    else:
        for one in (PreparedApp, PreparedKernel, ZMQInteractiveShell):
            one.clear_instance()
        app = IPKernelApp.instance()
    app.initialize(["-f", connection_file, *arguments])
    found: IPKernelApp = app
    return found


def _done() -> None:
    """A step of `initialize` that `prepare` has taken."""


def _warm_up(shell: Any) -> None:
    """Run a cell, and format an error."""
    shell.run_cell("None", store_history=False)
    try:
        raise ValueError
    except ValueError as error:
        shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
