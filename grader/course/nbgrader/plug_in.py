"""What an nbgrader_config.py needs so that nbgrader's own commands grade safely: `plug_in(c)`."""

import os
import subprocess
import sys
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from grader.kernel import KERNEL

SECONDS_PER_CELL = 60
PLAIN = "python3"
PROVISIONER = "tensor-parallel-sandbox"
UNSAFE = "TENSOR_PARALLEL_UNSAFE_NO_SANDBOX"  # in the environment: student code runs with your rights


def plug_in(c: Any, sandbox: bool | None = None) -> None:
    """Set nbgrader's published extension points; everything else of nbgrader stays as it is.

    Reading goes through `RebuildingExporter`, execution through `CarefulExecute`, points come from `Judge`, and
    feedback names the tasks and shows no hidden tests. Student code runs in the sandbox unless `sandbox` is False, or
    is None and the environment says TENSOR_PARALLEL_UNSAFE_NO_SANDBOX=1; every result is then marked.
    """
    c.CarefulExecute.kernel = kernel(sandbox)
    c.Autograde.exporter_class = "grader.course.nbgrader.rebuilding_exporter.RebuildingExporter"
    c.Autograde.sanitize_preprocessors = [
        "nbgrader.preprocessors.ClearOutput",
        "nbgrader.preprocessors.DeduplicateIds",
        "grader.course.nbgrader.batched_preprocessors.OverwriteOthersKernelspec",
        "grader.course.nbgrader.batched_preprocessors.BatchedOverwriteCells",
        "grader.course.nbgrader.batched_preprocessors.CheckOthersMetadata",
    ]
    c.Autograde.autograde_preprocessors = [
        "grader.course.execution.execute_notebook.CarefulExecute",
        "grader.course.judging.judge_preprocessor.Judge",
        "nbgrader.preprocessors.IgnorePattern",
        "nbgrader.preprocessors.LimitOutput",
        "grader.course.nbgrader.batched_preprocessors.BatchedSaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "grader.course.nbgrader.batched_preprocessors.CheckOthersMetadata",
    ]
    c.GenerateFeedback.exporter_class = "grader.report.overview.FeedbackExporter"
    c.GenerateFeedback.preprocessors = [
        "nbgrader.preprocessors.GetGrades",
        "nbgrader.preprocessors.ClearHiddenTests",
        "grader.report.overview.Overview",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    ]
    c.CarefulExecute.timeout = SECONDS_PER_CELL
    c.CarefulExecute.shutdown_kernel = "immediate"
    c.LimitOutput.max_lines = 1000


def kernel(sandbox: bool | None = None) -> str:
    """The kernelspec that student code runs in."""
    return KERNEL if sandboxed(sandbox) else PLAIN


def sandboxed(sandbox: bool | None = None) -> bool:
    """Whether student code is to run in the sandbox."""
    return os.environ.get(UNSAFE, "") in ("", "0") if sandbox is None else sandbox


def installed() -> bool:
    """Whether Jupyter finds the sandbox in this Python: files that are only on its path don't announce it."""
    return bool(entry_points(group="jupyter_client.kernel_provisioners", name=PROVISIONER))


@cache
def missing_for_sandbox(language: str = "en") -> str:
    """What this system lacks for the sandbox, in that language; empty where it lacks nothing.

    Asked in a process of its own: finding out takes namespaces and rights away.
    """
    asked = [sys.executable, "-m", "grader.kernel", "--language", language]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=120, check=False)
    if told.returncode == 0:
        return ""
    lacking = [line[2:].strip() for line in told.stdout.splitlines() if line.startswith("- ")]
    return "; ".join(" ".join(line.split()) for line in lacking) or told.stderr.strip()[-200:] or "?"
