"""What an nbgrader_config.py needs so that nbgrader's own commands grade safely: `plug_in(c)`."""

from __future__ import annotations

from typing import Any

SECONDS_PER_CELL = 60


def plug_in(c: Any) -> None:
    """Set nbgrader's published extension points; everything else of nbgrader stays as it is.

    Reading goes through `WaryExporter`, execution through `CarefulExecute`, points come from `Judge`, and hidden
    tests stay out of feedback.
    """
    c.Autograde.exporter_class = "grader.course.wary_exporter.WaryExporter"
    c.Autograde.autograde_preprocessors = [
        "grader.course.careful_execute.CarefulExecute",
        "grader.course.judging.Judge",
        "nbgrader.preprocessors.IgnorePattern",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.GenerateFeedback.preprocessors = [
        "nbgrader.preprocessors.GetGrades",
        "nbgrader.preprocessors.ClearHiddenTests",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    ]
    c.CarefulExecute.timeout = SECONDS_PER_CELL
    c.CarefulExecute.shutdown_kernel = "immediate"
    c.LimitOutput.max_lines = 1000
