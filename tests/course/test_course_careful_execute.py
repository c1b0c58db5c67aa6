"""What a kernel says of itself costs nobody a notebook that files take."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grader.course.careful_execute import CarefulExecute

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


def test_any_number_of_malformed_errors_is_shown(tmp_path: Path) -> None:
    nb = new_notebook(cells=[new_code_cell(ERROR % found) for found in ("5", "{'a': 1}", "None", "[5]")])
    executed, _ = CarefulExecute().executed(nb, {"metadata": {"path": str(tmp_path)}})
    nbformat.validate(executed, relax_add_props=True)
    assert [cell.outputs[0].traceback for cell in executed.cells] == [[], [], [], ["5"]]
