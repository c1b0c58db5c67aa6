"""One pool for all tests of a process, and kernels whose processes can be found again, whoever their parent is now."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.manager import KernelManager, start_new_kernel

from grader.processes.pool import Pool

MARK = "TENSOR_PARALLEL_TEST_MARK"


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    """A pool that tests share: whatever a test does to it, the next one finds it in order."""
    pool = Pool()
    yield pool
    pool.close()


@dataclass
class Notebook:
    """A running notebook, the only user of a folder for temporary files."""

    manager: KernelManager
    client: Any
    mark: str
    temporary: Path

    def run(self, cell: str) -> tuple[str, str]:
        """What a cell prints and shows as text, and what it fails with."""
        said: list[str] = []

        def hear(heard: dict[str, Any]) -> None:
            content = heard["content"]
            said.append(content.get("text") or content.get("data", {}).get("text/plain", ""))

        reply = self.client.execute_interactive(cell, timeout=300, output_hook=hear)["content"]
        return "".join(said), "" if reply["status"] == "ok" else reply.get("evalue", "aborted")

    def processes(self) -> list[psutil.Process]:
        """Its processes: the kernel, and all that came of it."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == self.mark and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found


@pytest.fixture
def notebook(tmp_path: Path) -> Iterator[Notebook]:
    """A real Jupyter kernel with the course loaded."""
    mark, temporary = uuid.uuid4().hex, tmp_path / "temporary"
    temporary.mkdir()
    environment = os.environ | {MARK: mark, "TMPDIR": str(temporary)}
    manager, client = start_new_kernel(kernel_name="python3", env=environment, cwd=str(tmp_path))
    notebook = Notebook(manager, client, mark, temporary)
    try:
        notebook.run("%load_ext grader.bench\nimport torch\nimport torch.distributed as dist")
        notebook.run("from grader.processes import run_on_processes, side_by_side")
        yield notebook
    finally:
        client.stop_channels()
        if manager.is_alive():
            manager.shutdown_kernel(now=True)


def until(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold; a minute is more than any system takes for it."""
    end = time.monotonic() + 60
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
