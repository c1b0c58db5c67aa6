"""From a lab's one source to the notebooks that students and instructors open.

A lab is one percent file in `solutions/`: its code stands once, its prose in two languages.
"""

from grader.authoring.building import BuildReport, build, check
from grader.authoring.catalogue import update_catalogue
from grader.authoring.pages import restamp_pages
from grader.authoring.source import SourceError
from grader.authoring.stamps import restamp

__all__ = ["BuildReport", "SourceError", "build", "check", "restamp", "restamp_pages", "update_catalogue"]
