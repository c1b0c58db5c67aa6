"""The gradebook for other systems: exporters for stock `nbgrader export`.

nbgrader export --exporter=grader.exports.CanvasExporter --to canvas.csv
nbgrader export --exporter=grader.exports.MoodleExporter --to moodle.csv
"""

from grader.exports.canvas import CanvasExporter
from grader.exports.moodle import MoodleExporter

__all__ = ["CanvasExporter", "MoodleExporter"]
