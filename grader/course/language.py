"""The language in which the command line and the intake speak to a person."""

import os
from collections.abc import Callable

from grader.lab.messages import LANGUAGES, N_, translator

__all__ = ["LANGUAGES", "N_", "Translate", "language_of_environment", "translator"]

Translate = Callable[[str], str]


def language_of_environment() -> str:
    """The first of the course's languages that the terminal's settings name, else English."""
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        for wanted in os.environ.get(variable, "").split(":"):
            if wanted[:2] in LANGUAGES:
                return wanted[:2]
    return "en"
