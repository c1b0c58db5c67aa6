"""One fork server for all tests of a process, and JUPYTER_PATH with our kernelspec; no test here runs where there is no sandbox."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from grader.course.nbgrader.plug_in import missing_for_sandbox
from grader.kernel import JUPYTER
from grader.kernel.sandbox.kernel_request import KernelError
from grader.kernel.warm.fork_server_client import ForkServerClient, fork_server
from tests.kernel.live import Live, kernel


@pytest.fixture(scope="session", autouse=True)
def only_where_there_is_a_sandbox() -> None:
    if missing := missing_for_sandbox():
        pytest.skip(f"this system gives no sandbox: {missing}")


@pytest.fixture(scope="session", autouse=True)
def kernelspec() -> Iterator[None]:
    before = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = str(JUPYTER)
    yield
    if before is None:
        del os.environ["JUPYTER_PATH"]
    else:
        os.environ["JUPYTER_PATH"] = before


@pytest.fixture(scope="session")
def the_fork_server() -> ForkServerClient:
    """A running fork server, on a system that gives the sandbox."""
    try:
        with kernel():
            pass
    except KernelError as problem:
        pytest.skip(f"this system gives no sandbox: {problem}")
    return fork_server()


@pytest.fixture
def sandboxed(the_fork_server: ForkServerClient) -> Iterator[Live]:
    with kernel() as live:
        yield live


@pytest.fixture(scope="session")
def plain(kernelspec: None) -> Iterator[Live]:
    with kernel("python3") as live:
        yield live
