"""What an nbgrader_config.py sets, seen from the JupyterLab that reads it too."""

from __future__ import annotations

from jupyter_client.kernelspec import KernelSpecManager
from traitlets.config import Config

from grader.course.execution.execute_notebook import CarefulExecute
from grader.course.nbgrader.plug_in import plug_in
from grader.kernel import KERNEL


def test_the_grading_kernel_is_found_for_grading_and_offered_to_nobody() -> None:
    config = Config()
    plug_in(config, sandbox=True)
    assert config.CarefulExecute.kernel == KERNEL
    assert KERNEL not in KernelSpecManager().find_kernel_specs()

    execute = CarefulExecute(config=config)
    execute.kernel_name = execute.kernel
    assert "sandbox" in execute.create_kernel_manager().kernel_spec.display_name
