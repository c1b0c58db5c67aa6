"""From a lab's one source to the notebooks that students and instructors open.

A lab's source is the percent file `notebook.py` in its folder: its code stands once, its prose in each language.
"""

from grader.authoring.building import SOURCE, BuildReport, CheckReport, LabFolder, build, check, lab_sources
from grader.authoring.catalogue import update_catalogue
from grader.authoring.pages import restamp, restamp_pages
from grader.authoring.source import SourceError

__all__ = [
    "SOURCE", "BuildReport", "CheckReport", "LabFolder", "SourceError", "build", "check", "lab_sources", "restamp",
    "restamp_pages", "update_catalogue",
]  # fmt: skip
