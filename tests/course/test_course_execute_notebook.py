"""What a kernel says of itself costs nobody a notebook that files take."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

from grader.course.execution.execute_notebook import CarefulExecute
from grader.course.nbgrader.plug_in import missing_for_sandbox
from grader.course.stopping import Stop, Stopped, stoppable
from grader.kernel import KERNEL
from grader.kernel.warm.fork_server_client import fork_server
from grader.lab.lab import Lab
from tests.kernel.flood import CONTROL, HEARTBEAT, IOPUB, SHELL, STDIN, VALUES, flood

ERROR = """
kernel = get_ipython().kernel
kernel.send_response(kernel.iopub_socket, "error", {"ename": 1, "evalue": [], "traceback": %s})
"""


@pytest.mark.parametrize("count", ["-9", "10 ** 4000"])
def test_a_cells_number_that_is_none_is_left_out(tmp_path: Path, count: str) -> None:
    number = f"shell = get_ipython()\nshell.execution_count = {count}\nNone"
    nb = new_notebook(cells=[new_code_cell(number), new_code_cell("print(2)")])
    executed, _ = CarefulExecute().executed(nb, {"metadata": {"path": str(tmp_path)}})
    nbformat.validate(executed, relax_add_props=True)
    assert executed.cells[0].execution_count is None
    assert executed.cells[1].outputs[0].text == "2\n"


def test_a_kernel_without_a_sandbox_knows_the_labs_that_this_process_knows(toy_lab: Lab, tmp_path: Path) -> None:
    nb = new_notebook(cells=[new_code_cell("from grader.lab.registry import find_lab\nprint(*find_lab('toy_lab').task_names)")])
    executed, _ = CarefulExecute().executed(nb, {"metadata": {"path": str(tmp_path)}})
    assert executed.cells[0].outputs[0].get("text") == "softmax.shard softmax.forward\n"


def test_any_number_of_malformed_errors_is_shown(tmp_path: Path) -> None:
    nb = new_notebook(cells=[new_code_cell(ERROR % found) for found in ("5", "{'a': 1}", "None", "[5]")])
    executed, _ = CarefulExecute().executed(nb, {"metadata": {"path": str(tmp_path)}})
    nbformat.validate(executed, relax_add_props=True)
    assert [cell.outputs[0].traceback for cell in executed.cells] == [[], [], [], ["5"]]


def test_a_cell_that_ends_its_kernel_costs_itself_only(tmp_path: Path) -> None:
    if missing := missing_for_sandbox():
        pytest.skip(f"this system gives no sandbox: {missing}")
    config = Config()
    config.CarefulExecute.kernel = KERNEL
    nb = new_notebook(cells=[new_code_cell(text) for text in ("print(1)", "import os; os._exit(1)", "print(3)")])
    executed, _ = CarefulExecute(config=config).executed(nb, {"metadata": {"path": str(tmp_path)}})
    assert [cell.outputs[0].get("text") for cell in executed.cells] == ["1\n", None, "3\n"]
    assert executed.metadata["course"]["flags"] == ["kernel-ended: `import os; os._exit(1)`"]


def test_an_error_of_our_own_is_no_students_and_is_flagged_as_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(self: CarefulExecute, outputs: list) -> list:
        if any("2" in str(output) for output in outputs):
            raise KeyError("ours")
        return outputs

    monkeypatch.setattr(CarefulExecute, "_kept", failing)
    nb = new_notebook(cells=[new_code_cell(text) for text in ("print(1)", "print(2)", "print(3)")])
    executed, _ = CarefulExecute().executed(nb, {"metadata": {"path": str(tmp_path)}})
    assert [flag for flag in executed.metadata["course"]["flags"] if "sandbox" not in flag] == ["own-error: KeyError: 'ours'"]


def test_a_request_to_stop_ends_the_kernel_that_the_main_thread_waits_for(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    waits = f"import time\nopen({str(begun)!r}, 'w').close()\ntime.sleep(10 ** 6)"
    nb = new_notebook(cells=[new_code_cell(waits)])

    def ask() -> None:
        while not begun.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=ask, daemon=True).start()
    with pytest.raises(KeyboardInterrupt), stoppable():
        CarefulExecute(timeout=None).preprocess(nb, {"metadata": {"path": str(tmp_path)}})


def test_a_kernel_that_comes_up_when_all_is_to_stop_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Asked(Stop):
        """Asked at the very moment that a kernel is up."""

        def calls(self, end: Callable[[], None]) -> None:
            self.asked = True
            super().calls(end)

    if missing := missing_for_sandbox():
        pytest.skip(f"this system gives no sandbox: {missing}")
    fork_server()  # its own folder stays
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    config = Config()
    config.CarefulExecute.kernel = KERNEL
    execute = CarefulExecute(config=config)
    execute.stop = Asked()
    with pytest.raises(Stopped):
        execute.executed(new_notebook(cells=[new_code_cell("1")]), {"metadata": {"path": str(tmp_path)}})
    assert list(tmp_path.iterdir()) == []


def test_a_kernel_that_sends_without_end_fills_no_memory_but_its_own(tmp_path: Path) -> None:
    if missing := missing_for_sandbox():
        pytest.skip(f"this system gives no sandbox: {missing}")
    config = Config()
    config.CarefulExecute.kernel, config.CarefulExecute.timeout = KERNEL, 20
    floods = [
        flood(IOPUB, megabytes=300),
        flood(SHELL, megabytes=300),
        flood(STDIN, HEARTBEAT, CONTROL, megabytes=300, last=True),
        VALUES,
    ]
    nb = new_notebook(cells=[new_code_cell(text) for text in ("print(1)", *floods, "print(6)")])
    execute, resources = CarefulExecute(config=config), {"metadata": {"path": str(tmp_path)}}
    execute.executed(new_notebook(cells=nb.cells[:1]), dict(resources))
    before = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # from now on the peak is counted anew
    executed, _ = execute.executed(nb, dict(resources))
    assert memory("VmHWM") - before < 200 << 10
    texts = [cell.outputs[0].get("text") for cell in executed.cells]
    assert texts == ["1\n", None, None, "connections: 0\n", None, "6\n"]


def memory(line: str) -> int:
    """Kilobytes that this process holds or, as `VmHWM`, has held."""
    found = Path("/proc/self/status").read_text().split(f"{line}:")[1]
    return int(found.split()[0])
