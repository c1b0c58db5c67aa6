"""A notebook's shell in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import CapturedIO, capture_output

Run = Callable[[str], tuple[CapturedIO, BaseException | None]]

GIVEN = """
import torch
import torch.nn as nn
lr, batch_size, in_ch, out_ch, device = 0.1, 4, 12, 7, "cpu"
torch.manual_seed(0)
Y_gt, X = torch.randn(batch_size, out_ch), torch.randn(batch_size, in_ch)
W, b = torch.randn(out_ch, in_ch), torch.randn(1, out_ch)
"""


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """A fresh shell with the extension loaded and the lab's given cells run, at small sizes."""
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "grader.bench")
    shell.run_cell(GIVEN)
    yield shell
    torch.set_default_device(None)
    InteractiveShell.clear_instance()


@pytest.fixture
def run(shell: InteractiveShell) -> Run:
    """`run(cell)`: what a cell prints, and the exception that it ends with."""

    def of(cell: str) -> tuple[CapturedIO, BaseException | None]:
        with capture_output() as captured:
            result = shell.run_cell(cell)
        return captured, result.error_before_exec or result.error_in_exec

    return of
